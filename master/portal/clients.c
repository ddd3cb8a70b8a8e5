/* Finding clients; see clients.h. */
#include "config.h"

#include <string.h>

#include "master/portal/clients.h"
#include "master/portal/documents.h"
#include "shared/base/log.h"
#include "shared/crypto/hash.h"
#include "shared/ipc/words.h"

/* What the search keeps, in the page's arena. */
struct search {
	struct span client_id;
	clients_then *then;
	bool have_copy;              /* an old copy of its document is there */
	void (*failed)(struct page *, uint8_t, uint32_t); /* of the page, as it was */
	void *work;
};

/* Gives the page back what was its own. */
static void
finish(struct page *page, enum clients_found found, uint32_t retry_after)
{
	struct search *s = page->work;

	page->failed = s->failed;
	page->work = s->work;
	s->then(page, found, retry_after);
}

static bool
is_document(const struct page *page, struct span id)
{
	const struct portal_conf *c = &page->portal->conf;

	return c->documents && (span_starts(id, "https://") ||
	    (c->documents_loopback && span_starts(id, "http://")));
}

/* What a document says becomes the client's row, but for what may not be. */
static bool
describe(struct page *page)
{
	const struct msg_fetched *f = &page->fetched;
	struct search *s = page->work;
	struct msg_client *c = &page->mcp_client;

	if (!span_eq(f->client_id, s->client_id))
		return false;
	*c = (struct msg_client){.client_id = f->client_id, .kind = CLIENT_DOCUMENT,
	    .auth_method = CLIENT_AUTH_NONE, .name = f->name, .uri = f->uri,
	    .redirects = f->redirects, .fresh = 1};
	return true;
}

static void
on_kept(struct page *page)
{
	finish(page, CLIENTS_FOUND, 0);
}

static void
on_not_kept(struct page *page, uint8_t why, uint32_t retry_after)
{
	log_warn("client_not_kept", LF_UINT("why", why));
	finish(page, CLIENTS_AWAY, retry_after);
}

static void
on_fetched(struct page *page)
{
	struct search *s = page->work;
	const struct msg_client *c = &page->mcp_client;
	struct msg_client_put m = {.keep_s = page->fetched.keep_s};
	err_t err;

	if (page->fetch_why != 0 || !describe(page)) {
		log_info("client_document_refused", LF_UINT("why", page->fetch_why));
		if (page->fetch_why == 0)
			page->fetch_why = FETCH_CONTENT;
		finish(page, CLIENTS_NO_DOCUMENT, 0);
		return;
	}
	m.client_id = s->client_id;
	m.kind = c->kind;
	m.auth_method = c->auth_method;
	m.name = c->name;
	m.uri = c->uri;
	m.redirects = c->redirects;
	page->failed = on_not_kept;
	err = sha256(s->client_id, m.digest);
	if (err == 0)
		err = page->portal->vault == NULL ? ERR_CLOSED :
		    send_client_put(page->portal->vault, page_question(page), &m);
	page_wait_for(page, WAIT_CLIENT_KEPT, ANSWER_MS, err, on_kept);
}

static void
on_found(struct page *page)
{
	struct search *s = page->work;

	/* A copy of a document that is past its time is not good any more: what
	 * it names may have been somebody's mistake that is mended by now. */
	if (page->mcp_client.fresh == 0 && is_document(page, s->client_id))
		documents_fetch(page, s->client_id, on_fetched);
	else
		finish(page, CLIENTS_FOUND, 0);
}

static void
on_not_found(struct page *page, uint8_t why, uint32_t retry_after)
{
	struct search *s = page->work;

	if (why != PORTAL_NOT_FOUND)
		finish(page, CLIENTS_AWAY, retry_after);
	else if (is_document(page, s->client_id))
		documents_fetch(page, s->client_id, on_fetched);
	else
		finish(page, CLIENTS_UNKNOWN, 0);
}

void
clients_find(struct page *page, struct span client_id, clients_then *then)
{
	const struct msg_client_get m = {.client_id = client_id};
	struct search *s;
	void *room;

	if (client_id.n == 0 || client_id.n > CLIENT_ID_MAX) {
		then(page, CLIENTS_UNKNOWN, 0);
		return;
	}
	if (arena_alloc(&page->arena, sizeof(*s), &room) != 0) {
		page_fail(page, PORTAL_UNAVAILABLE, 5);
		return;
	}
	s = room;
	*s = (struct search){.client_id = client_id, .then = then, .failed = page->failed,
	    .work = page->work};
	page->work = s;
	page->failed = on_not_found;
	page_wait_for(page, WAIT_CLIENT, ANSWER_MS, page->portal->vault == NULL ? ERR_CLOSED :
	    send_client_get(page->portal->vault, page_question(page), &m), on_found);
}
