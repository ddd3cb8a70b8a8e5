/* The account page and its actions; see account.h. */
#include "config.h"

#include <string.h>

#include "master/portal/account.h"
#include "master/portal/account_view.h"
#include "master/portal/escape.h"
#include "master/portal/form.h"
#include "master/portal/left.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "master/portal/ticks.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/crypto/token.h"
#include "shared/ipc/words.h"

#define LABEL_BYTES_MAX 64
#define DAY             (24 * 3600)

enum notice { NOTICE_NONE, NOTICE_LINK_OFF, NOTICE_REVOKED, NOTICE_CLIENT, NOTICE_ALL };

static void
refuse_form(struct page *page)
{
	show_message(page, MESSAGE_FORM_WRONG, 0, span_str(""), span_str(""));
}

/* Asks who the session is; then comes next. */
static void
ask_account(struct page *page, void (*then)(struct page *))
{
	struct msg_account_get m;

	memcpy(m.session, page->session_hash, sizeof(m.session));
	page_wait_for(page, WAIT_ACCOUNT, ANSWER_MS,
	    send_account_get(page->portal->vault, page_question(page), &m), then);
}

/* --- looking ------------------------------------------------------------------- */

static void
show_account(struct page *page, const char *file, const struct reply *r)
{
	struct view v;

	show_common(page, &v);
	if (account_view(page, &v, clock_wall_s()) != 0)
		page->broken = true;
	show_page(page, file, &v, r);
}

static void
on_left(struct page *page)
{
	struct reply r = {.status = 200};

	if (session_notice(page) != 0)
		r.cookie1 = session_notice_cookie(page, NOTICE_NONE);
	show_account(page, "account.html", &r);
}

static void
on_account(struct page *page)
{
	left_ask(page, on_left);
}

void
account_show(struct page *page)
{
	ask_account(page, on_account);
}

static void
on_account_to_delete(struct page *page)
{
	const struct reply r = {.status = 200};

	show_account(page, "delete.html", &r);
}

void
account_delete_ask(struct page *page)
{
	ask_account(page, on_account_to_delete);
}

/* --- making a link or a token ----------------------------------------------------- */

static void
show_secret(struct page *page, const char *file)
{
	const struct reply r = {.status = 200};
	struct view v;

	show_common(page, &v);
	view_text(&v, "secret", span_str(page->secret));
	view_text(&v, "label", page->label);
	view_text(&v, "access", ticks_words(page, page->scopes));
	view_text(&v, "expires", page->expires_at == 0 ? span_str("") :
	    account_date(page, page->expires_at));
	show_page(page, file, &v, &r);
}

static void
on_link_made(struct page *page)
{
	log_info("link_made");
	show_secret(page, "link.html");
}

static void
on_token_made(struct page *page)
{
	log_info("token_made");
	show_secret(page, "token.html");
}

static err_t
ask_new(struct page *page, enum cred_kind kind)
{
	struct msg_cred_new m = {.cred_kind = (uint8_t)kind, .scopes = page->scopes,
	    .expires_at = page->expires_at, .label = page->label};
	void *room;
	err_t err;

	err = arena_alloc(&page->arena, TOKEN_CHARS + 1, &room);
	if (err != 0)
		return err;
	page->secret = room;
	err = token_make(kind, page->account.user, page->portal->check_key, page->secret);
	if (err == 0)
		err = token_hash(span_str(page->secret), m.hash);
	if (err != 0)
		return err;
	memcpy(m.session, page->session_hash, sizeof(m.session));
	return send_cred_new(page->portal->vault, page_question(page), &m);
}

static void
on_account_for_link(struct page *page)
{
	page_wait_for(page, WAIT_OK, ANSWER_MS, ask_new(page, CRED_LINK), on_link_made);
}

static void
on_account_for_token(struct page *page)
{
	page_wait_for(page, WAIT_OK, ANSWER_MS, ask_new(page, CRED_PERSONAL), on_token_made);
}

/* What the new credential may do: the boxes that are ticked, at least one. */
static err_t
read_access(struct page *page)
{
	err_t err = ticks_read(page, &page->scopes);

	return err == 0 && page->scopes == 0 ? ERR_SYNTAX : err;
}

/* The field "days": how long a token is good for. */
static err_t
read_days(struct page *page)
{
	static const struct { const char *text; int days; } choices[] = {
	    {"30", 30}, {"180", 180}, {"365", 365}};
	struct span value = {0};
	size_t i;
	err_t err = form_get(&page->arena, buf_span(&page->body), "days", &value);

	if (err != 0)
		return err;
	if (span_is(value, "0")) {
		page->expires_at = 0;
		return 0;
	}
	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		if (span_is(value, choices[i].text)) {
			page->expires_at = clock_wall_s() + (int64_t)choices[i].days * DAY;
			return 0;
		}
	}
	return ERR_SYNTAX;
}

/* The field "label": a name for the token, without blanks around it. */
static err_t
read_label(struct page *page)
{
	struct span s = {0};
	err_t err = form_get(&page->arena, buf_span(&page->body), "label", &s);

	if (err != 0)
		return err;
	while (s.n > 0 && s.p[0] == ' ')
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	if (s.n > LABEL_BYTES_MAX)
		return ERR_LIMIT;
	if (!escape_harmless(s))
		return ERR_SYNTAX;
	page->label = s;
	return 0;
}

void
account_link_make(struct page *page)
{
	if (!page->portal->conf.links) {
		show_message(page, MESSAGE_LINKS_OFF, 0, span_str(""), span_str(""));
		return;
	}
	if (read_access(page) != 0) {
		refuse_form(page);
		return;
	}
	page->label = span_str("Personal link");
	ask_account(page, on_account_for_link);
}

void
account_token_make(struct page *page)
{
	if (read_access(page) != 0 || read_days(page) != 0 || read_label(page) != 0)
		refuse_form(page);
	else
		ask_account(page, on_account_for_token);
}

/* --- taking away --------------------------------------------------------------------- */

static void
on_link_revoked(struct page *page)
{
	log_info("link_revoked");
	show_redirect(page, span_str("/account"),
	    session_notice_cookie(page, NOTICE_LINK_OFF), span_str(""));
}

static void
on_client_revoked(struct page *page)
{
	log_info("client_revoked");
	show_redirect(page, span_str("/account"),
	    session_notice_cookie(page, NOTICE_CLIENT), span_str(""));
}

static void
on_all_revoked(struct page *page)
{
	log_info("all_revoked");
	show_redirect(page, span_str("/account"),
	    session_notice_cookie(page, NOTICE_ALL), span_str(""));
}

static void
on_token_revoked(struct page *page)
{
	log_info("token_revoked");
	show_redirect(page, span_str("/account"),
	    session_notice_cookie(page, NOTICE_REVOKED), span_str(""));
}

static err_t
read_grant(struct page *page, uint8_t out[ID_BYTES])
{
	static const uint8_t all[ID_BYTES];
	struct span hex = {0};
	err_t err = form_get(&page->arena, buf_span(&page->body), "grant", &hex);

	if (err == 0)
		err = form_id(hex, out);
	/* All zero would be all of them, which has a word of its own. */
	return err == 0 && memcmp(out, all, ID_BYTES) == 0 ? ERR_SYNTAX : err;
}

void
account_revoke(struct page *page)
{
	static const struct {
		const char *kind;
		void (*then)(struct page *);
	} kinds[] = {{"link", on_link_revoked}, {"token", on_token_revoked},
	    {"client", on_client_revoked}, {"all", on_all_revoked}};
	struct msg_cred_revoke m = {.none = 0};
	struct span kind = {0};
	size_t i, n = sizeof(kinds) / sizeof(kinds[0]);
	err_t err = form_get(&page->arena, buf_span(&page->body), "kind", &kind);

	for (i = 0; err == 0 && i < n && !span_is(kind, kinds[i].kind); i++)
		;
	if (err == 0 && i < n && !span_is(kind, "all"))
		err = read_grant(page, m.grant);
	if (err != 0 || i == n) {
		refuse_form(page);
		return;
	}
	memcpy(m.session, page->session_hash, sizeof(m.session));
	page_wait_for(page, WAIT_OK, ANSWER_MS,
	    send_cred_revoke(page->portal->vault, page_question(page), &m), kinds[i].then);
}

/* --- leaving --------------------------------------------------------------------------- */

static void
on_signed_out(struct page *page)
{
	log_info("signed_out");
	show_redirect(page, span_str("/"), session_cookie(page, span_str("")), span_str(""));
}

/* Signed out already is as good; but "away" must say so, for the session lives. */
static void
on_sign_out_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	if (why == PORTAL_NO_SESSION)
		on_signed_out(page);
	else
		show_failure(page, why, retry_after, span_str(""));
}

void
account_sign_out(struct page *page)
{
	struct msg_session_end m;

	memcpy(m.session, page->session_hash, sizeof(m.session));
	page->failed = on_sign_out_failed;
	page_wait_for(page, WAIT_OK, ANSWER_MS,
	    send_session_end(page->portal->vault, page_question(page), &m), on_signed_out);
}

static void
on_deleted(struct page *page)
{
	struct span cookie = session_cookie(page, span_str(""));

	log_info("account_deleted");
	page->session = span_str("");
	show_message(page, MESSAGE_DELETED, 0, span_str(""), cookie);
}

void
account_delete(struct page *page)
{
	struct msg_account_delete m;
	struct span sure = {0};

	if (form_get(&page->arena, buf_span(&page->body), "sure", &sure) != 0 ||
	    !span_is(sure, "yes")) {
		refuse_form(page);
		return;
	}
	memcpy(m.session, page->session_hash, sizeof(m.session));
	page_wait_for(page, WAIT_OK, ANSWER_MS,
	    send_account_delete(page->portal->vault, page_question(page), &m), on_deleted);
}
