/* To Spotify and back; see trip.h. */
#include "config.h"

#include <string.h>

#include "master/portal/form.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "master/portal/trip.h"
#include "shared/crypto/hash.h"
#include "shared/http/query.h"
#include "shared/ipc/scopes.h"

struct trip *
trip_of(const struct page *page)
{
	return page->work;
}

struct trip *
trip_create(struct page *page)
{
	void *room = NULL;

	if (arena_alloc(&page->arena, sizeof(struct trip), &room) != 0) {
		show_message(page, MESSAGE_BROKEN, 0, span_str(""), span_str(""));
		return NULL;
	}
	memset(room, 0, sizeof(struct trip));
	page->work = room;
	return room;
}

static err_t
put_parameter(struct buf *url, const char *name, struct span value)
{
	err_t err = buf_printf(url, "&%s=", name);

	return err != 0 ? err : http_escape(value, url);
}

/* Spotify's authorization address for this login, in the page's arena. */
static struct span
authorize_url(struct page *page)
{
	const struct portal_conf *c = &page->portal->conf;
	const struct trip *t = trip_of(page);
	struct span result = span_str("");
	struct buf url, scopes;
	err_t err;

	buf_init(&url, 4096);
	buf_init(&scopes, 2048);
	err = buf_printf(&url, "%s/authorize?response_type=code", c->accounts_url);
	if (err == 0)
		err = put_parameter(&url, "client_id", page->client_id);
	if (err == 0)
		err = put_parameter(&url, "redirect_uri",
		    page_text(page, "%s/callback", c->public_url));
	if (err == 0)
		err = put_parameter(&url, "state", span_str(page->state));
	if (err == 0)
		err = scopes_put_spotify(t->wanted, t->granted, &scopes);
	if (err == 0)
		err = put_parameter(&url, "scope", buf_span(&scopes));
	if (err == 0)
		err = put_parameter(&url, "code_challenge_method", span_str("S256"));
	if (err == 0)
		err = put_parameter(&url, "code_challenge", page->challenge);
	if (err == 0 && t->other_account)
		err = put_parameter(&url, "show_dialog", span_str("true"));
	if (err == 0)
		result = page_copy(page, buf_span(&url));
	else
		page->broken = true;
	buf_free(&url);
	buf_free(&scopes);
	return result;
}

static void
on_login_started(struct page *page)
{
	const struct trip *t = trip_of(page);

	show_redirect(page, authorize_url(page), session_login_cookie(page, t->cookie), t->session);
}

/*
 * The cookie of the sign-in says, besides its random part, what the way back has
 * to know: which trip it is, through whose application, for which client.  The
 * vault keeps the hash of all of it, so nobody can change a part.
 */
static err_t
make_cookie(struct page *page, struct trip *t, uint8_t hash[HASH_BYTES])
{
	char *random;
	err_t err = session_random(page, &random, hash);

	if (err != 0)
		return err;
	t->cookie = page_text(page, "%s.%c%c%.*s", random, t->second ? '2' : '1',
	    t->chosen ? 'c' : t->foreign ? 'f' : 's', (int)t->request.n, (const char *)t->request.p);
	return page->broken ? ERR_NOMEM : sha256(t->cookie, hash);
}

void
trip_set_out(struct page *page, trip_failed failed)
{
	struct trip *t = trip_of(page);
	struct msg_login_begin m = {.client_id = t->client_id};
	err_t err = session_random(page, &page->state, m.state);

	page->failed = failed;
	if (err == 0)
		err = make_cookie(page, t, m.cookie);
	if (err != 0) {
		show_message(page, MESSAGE_BROKEN, 0, span_str(""), span_str(""));
		return;
	}
	memcpy(m.auth, t->auth, ID_BYTES);
	memcpy(m.invite, t->invite, HASH_BYTES);
	err = send_login_begin(page->portal->vault, page_question(page), &m);
	page_wait_for(page, WAIT_LOGIN_STARTED, ANSWER_MS, err, on_login_started);
}

/* What make_cookie wrote. */
err_t
trip_read_note(struct span note, struct trip *t)
{
	if (note.n < 2 || (note.p[0] != '1' && note.p[0] != '2') ||
	    (note.p[1] != 's' && note.p[1] != 'f' && note.p[1] != 'c'))
		return ERR_SYNTAX;
	t->second = note.p[0] == '2';
	t->chosen = note.p[1] == 'c';
	t->foreign = note.p[1] != 's';
	t->request = span_of(note.p + 2, note.n - 2);
	return t->request.n == 0 ? 0 : form_id(t->request, t->auth);
}

/* --- what has to be known first ----------------------------------------------------- */

void
trip_ask_person(struct page *page, void (*then)(struct page *), trip_failed failed)
{
	struct msg_account_get m;

	memcpy(m.session, page->session_hash, HASH_BYTES);
	page->failed = failed;
	page_wait_for(page, WAIT_ACCOUNT, ANSWER_MS,
	    send_account_get(page->portal->vault, page_question(page), &m), then);
}

void
trip_ask_request(struct page *page, void (*then)(struct page *), trip_failed failed)
{
	const struct trip *t = trip_of(page);
	struct msg_auth_get m = {.auth = {0}};
	struct span browser = {0};

	if (session_browser(page, &browser, m.browser) != 0) {
		show_message(page, MESSAGE_REQUEST_OVER, 0, span_str(""), span_str(""));
		return;
	}
	memcpy(m.auth, t->auth, ID_BYTES);
	if (t->person)
		memcpy(m.session, page->session_hash, HASH_BYTES);
	page->failed = failed;
	page_wait_for(page, WAIT_AUTH, ANSWER_MS,
	    send_auth_get(page->portal->vault, page_question(page), &m), then);
}
