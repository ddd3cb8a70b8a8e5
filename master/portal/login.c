/* Sign-in; see login.h. */
#include "config.h"

#include <string.h>

#include "master/portal/form.h"
#include "master/portal/login.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/crypto/hash.h"
#include "shared/http/query.h"
#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"


/* --- /login ------------------------------------------------------------------ */

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
	struct span result = span_str("");
	struct buf url, wanted;
	err_t err;

	buf_init(&url, 4096);
	buf_init(&wanted, 1024);
	err = buf_printf(&url, "%s/authorize?response_type=code", c->accounts_url);
	if (err == 0)
		err = put_parameter(&url, "client_id", page->client_id);
	if (err == 0)
		err = put_parameter(&url, "redirect_uri",
		    page_text(page, "%s/callback", c->public_url));
	if (err == 0)
		err = put_parameter(&url, "state", span_str(page->state));
	if (err == 0)
		err = scopes_put_spotify(SCOPE_ALL, span_str(""), &wanted);
	if (err == 0)
		err = put_parameter(&url, "scope", buf_span(&wanted));
	if (err == 0)
		err = put_parameter(&url, "code_challenge_method", span_str("S256"));
	if (err == 0)
		err = put_parameter(&url, "code_challenge", page->challenge);
	if (err == 0 && span_is(page->query, "switch=1"))
		err = put_parameter(&url, "show_dialog", span_str("true"));
	if (err == 0)
		result = page_copy(page, buf_span(&url));
	else
		page->broken = true;
	buf_free(&url);
	buf_free(&wanted);
	return result;
}

static void
on_login_started(struct page *page)
{
	show_redirect(page, authorize_url(page),
	    session_login_cookie(page, span_str(page->secret)), span_str(""));
}

void
login_start(struct page *page)
{
	struct msg_login_begin m = {.client_id = span_str("")};
	uint32_t wait_s = 0;
	err_t err;

	if (!begins_allow(&page->portal->begins, page->client, clock_mono_ms(), &wait_s)) {
		page->portal->begins_refused++;
		/* Once for a hundred: whoever does this could fill the log. */
		if (page->portal->begins_refused % 100 == 1)
			log_warn("sign_ins_refused", LF_SPAN("address", page->client),
			    LF_UINT("so_far", page->portal->begins_refused));
		show_message(page, MESSAGE_BUSY, wait_s, span_str(""), span_str(""));
		return;
	}
	err = session_random(page, &page->state, m.state);

	if (err == 0)
		err = session_random(page, &page->secret, m.cookie);
	if (err != 0) {
		show_message(page, MESSAGE_BROKEN, 0, span_str(""), span_str(""));
		return;
	}
	err = send_login_begin(page->portal->vault, page_question(page), &m);
	page_wait_for(page, WAIT_LOGIN_STARTED, ANSWER_MS, err, on_login_started);
}

/* --- /callback --------------------------------------------------------------- */

/* Whatever becomes of it, this sign-in is over: its cookie goes. */
static void
on_login_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	log_info("sign_in_failed", LF_UINT("why", why));
	show_failure(page, why, retry_after, session_login_cookie(page, span_str("")));
}

static void
on_cancelled(struct page *page)
{
	bool refused = span_is(page->label, "access_denied");

	log_info("sign_in_cancelled", LF_INT("by_the_person", refused));
	if (refused)
		page->label = span_str("");
	show_message(page, refused ? MESSAGE_CANCELLED : MESSAGE_SPOTIFY_SAID, 0, page->label,
	    session_login_cookie(page, span_str("")));
}

static void
on_login_done(struct page *page)
{
	const struct span fresh = span_str(page->secret);

	/* The session before this one ends; nobody waits for the answer. */
	if (page->session.n > 0) {
		struct msg_session_end m;

		memcpy(m.session, page->session_hash, sizeof(m.session));
		if (send_session_end(page->portal->vault, page_question(page), &m) != 0)
			log_warn("old_session_kept");
	}
	log_info("signed_in");
	show_redirect(page, span_str("/account"), session_cookie(page, fresh),
	    session_login_cookie(page, span_str("")));
}

static err_t
ask_cancel(struct page *page, const uint8_t state[HASH_BYTES], const uint8_t cookie[HASH_BYTES])
{
	struct msg_login_cancel m;

	memcpy(m.state, state, HASH_BYTES);
	memcpy(m.cookie, cookie, HASH_BYTES);
	return send_login_cancel(page->portal->vault, page_question(page), &m);
}

static err_t
ask_finish(struct page *page, const uint8_t state[HASH_BYTES], const uint8_t cookie[HASH_BYTES],
    struct span code)
{
	struct msg_login_finish m = {.code = code};
	err_t err = session_random(page, &page->secret, m.session);

	if (err != 0)
		return err;
	memcpy(m.state, state, HASH_BYTES);
	memcpy(m.cookie, cookie, HASH_BYTES);
	return send_login_finish(page->portal->vault, page_question(page), &m);
}

void
login_callback(struct page *page)
{
	uint8_t state_hash[HASH_BYTES], cookie_hash[HASH_BYTES];
	struct span state = {0}, code = {0};
	err_t no_code, no_error, err;

	page->failed = on_login_failed;
	no_code = form_get(&page->arena, page->query, "code", &code);
	no_error = form_get(&page->arena, page->query, "error", &page->label);
	err = form_get(&page->arena, page->query, "state", &state);
	if (err == 0)
		err = sha256(state, state_hash);
	/* Without the cookie this browser did not start the sign-in: somebody
	 * may be planting his own account here (RFC 6819 section 4.4.1.8). */
	if (err == 0)
		err = session_login_hash(page, cookie_hash);
	if (err != 0 || (no_code == 0) == (no_error == 0) || code.n > 2048) {
		page_fail(page, PORTAL_BAD_STATE, 0);
		return;
	}
	if (no_error == 0)
		page_wait_for(page, WAIT_OK, ANSWER_MS,
		    ask_cancel(page, state_hash, cookie_hash), on_cancelled);
	else
		page_wait_for(page, WAIT_LOGIN_DONE, LOGIN_MS,
		    ask_finish(page, state_hash, cookie_hash, code), on_login_done);
}
