/* Tickets; see ticket.h. */
#include "config.h"

#include <string.h>

#include "master/portal/ticket.h"
#include "shared/base/clock.h"
#include "shared/crypto/token.h"
#include "shared/ipc/words.h"

/* The vault lets it live no longer, whatever is asked for. */
#define TICKET_SECONDS 30

struct ticket {
	void (*then)(struct page *);
};

static err_t
ask_ticket(struct page *page)
{
	struct msg_cred_new m = {.cred_kind = CRED_TICKET, .scopes = page->scopes,
	    .expires_at = clock_wall_s() + TICKET_SECONDS};
	void *room;
	err_t err;

	err = arena_alloc(&page->arena, TOKEN_CHARS + 1, &room);
	if (err != 0)
		return err;
	page->secret = room;
	err = token_make(CRED_TICKET, page->account.user, page->portal->check_key, page->secret);
	if (err == 0)
		err = token_hash(span_str(page->secret), m.hash);
	if (err != 0)
		return err;
	memcpy(m.session, page->session_hash, sizeof(m.session));
	return send_cred_new(page->portal->vault, page_question(page), &m);
}

static void
on_account(struct page *page)
{
	struct ticket *t = page->work;

	page_wait_for(page, WAIT_OK, ANSWER_MS, ask_ticket(page), t->then);
}

void
ticket_get(struct page *page, uint32_t scopes, void (*then)(struct page *))
{
	struct ticket *t;
	struct msg_account_get m;
	void *room;

	if (arena_alloc(&page->arena, sizeof(*t), &room) != 0) {
		page_fail(page, PORTAL_UNAVAILABLE, 5);
		return;
	}
	t = room;
	t->then = then;
	page->work = t;
	page->scopes = scopes;
	memcpy(m.session, page->session_hash, sizeof(m.session));
	page_wait_for(page, WAIT_ACCOUNT, ANSWER_MS,
	    send_account_get(page->portal->vault, page_question(page), &m), on_account);
}
