/* Spotify's redirect; see callback.h. */
#include "config.h"

#include <string.h>

#include "master/portal/callback.h"
#include "master/portal/choice.h"
#include "master/portal/form.h"
#include "master/portal/oauth_return.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "master/portal/trip.h"
#include "master/portal/trouble.h"
#include "shared/base/log.h"
#include "shared/crypto/hash.h"
#include "shared/ipc/words.h"

/* Whatever becomes of it, this sign-in is over: its cookie goes. */
static void
on_login_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	const struct trip *t = trip_of(page);
	struct trouble trouble = {.why = why, .retry_after = retry_after, .own = t->foreign,
	    .request = t->request, .cookie1 = session_login_cookie(page, span_str(""))};

	/* Of a state that fits nothing its cookie proves nothing either. */
	if (why == PORTAL_BAD_STATE) {
		trouble.request = span_str("");
		trouble.own = false;
	}
	if (t->chosen && (why == PORTAL_NOT_INVITED || why == PORTAL_WRONG_APP))
		trouble.cookie2 = choice_cookie(page, NULL);
	log_info("sign_in_failed", LF_UINT("why", why));
	trouble_show(page, &trouble);
}

static void
say_cancelled(struct page *page)
{
	const struct trip *t = trip_of(page);
	bool refused = span_is(page->label, "access_denied");
	const struct trouble trouble = {
	    .why = refused ? TROUBLE_CANCELLED : TROUBLE_SPOTIFY_SAID, .own = t->foreign,
	    .request = t->request, .detail = refused ? span_str("") : page->label,
	    .cookie1 = session_login_cookie(page, span_str(""))};

	trouble_show(page, &trouble);
}

static void
on_cannot_return(struct page *page, uint8_t why, uint32_t retry_after)
{
	(void)why;
	(void)retry_after;
	say_cancelled(page);
}

/* The client hears that the person said no (RFC 6749 section 4.1.2.1). */
static void
on_request_ended(struct page *page)
{
	const struct oauth_return back = {.redirect_uri = page->auth.redirect_uri,
	    .state = page->auth.state, .has_state = page->auth.has_state != 0};

	oauth_return_error(page, &back, "access_denied",
	    "The person did not sign in with Spotify.",
	    session_login_cookie(page, span_str("")), span_str(""));
}

static void
on_request_to_end(struct page *page)
{
	const struct trip *t = trip_of(page);
	struct msg_auth_end m;
	struct span browser = {0};

	if (session_browser(page, &browser, m.browser) != 0) {
		say_cancelled(page);
		return;
	}
	memcpy(m.auth, t->auth, ID_BYTES);
	page_wait_for(page, WAIT_OK, ANSWER_MS,
	    send_auth_end(page->portal->vault, page_question(page), &m), on_request_ended);
}

static void
on_cancelled(struct page *page)
{
	const struct trip *t = trip_of(page);
	bool refused = span_is(page->label, "access_denied");
	struct span browser = {0};
	uint8_t hash[HASH_BYTES];

	log_info("sign_in_cancelled", LF_INT("by_the_person", refused));
	if (!refused || t->request.n == 0 || session_browser(page, &browser, hash) != 0) {
		say_cancelled(page);
		return;
	}
	trip_ask_request(page, on_request_to_end, on_cannot_return);
}

/* Where the sign-in was for. */
static void
arrive(struct page *page)
{
	const struct trip *t = trip_of(page);
	struct span where = t->request.n == 0 ? span_str("/account") :
	    page_text(page, "/consent?request=%.*s", (int)t->request.n,
	    (const char *)t->request.p);
	struct span over = session_login_cookie(page, span_str(""));
	struct choice choice = {0};

	/* The application stays this browser's from now on, or is it no more.  The
	 * other cookie then goes by itself. */
	if (t->foreign == t->chosen && choice_read(page, &choice) == 0) {
		choice.kept = true;
		over = choice_cookie(page, t->chosen ? &choice : NULL);
	}
	show_redirect(page, where, t->session, over);
}

static void
on_no_second(struct page *page, uint8_t why, uint32_t retry_after)
{
	(void)why;
	(void)retry_after;
	arrive(page);
}

/* What was granted before is asked for once more, with what is granted now. */
static void
on_person_for_more(struct page *page)
{
	struct trip *t = trip_of(page);

	t->second = true;
	t->granted = page_text(page, "%.*s %.*s", (int)page->account.spotify_scopes.n,
	    (const char *)page->account.spotify_scopes.p, (int)page->login.missing.n,
	    (const char *)page->login.missing.p);
	if (page->account.app != APP_SHARED)
		t->client_id = page->account.client_id;
	trip_set_out(page, on_no_second);
}

static void
on_login_done(struct page *page)
{
	struct trip *t = trip_of(page);

	/* The session before this one ends; nobody waits for the answer. */
	if (page->session.n > 0) {
		struct msg_session_end m;

		memcpy(m.session, page->session_hash, sizeof(m.session));
		if (send_session_end(page->portal->vault, page_question(page), &m) != 0)
			log_warn("old_session_kept");
	}
	log_info("signed_in");
	t->session = session_cookie(page, span_str(page->secret));
	if (page->login.missing.n > 0 && !t->second &&
	    sha256(span_str(page->secret), page->session_hash) == 0) {
		log_info("sign_in_granted_less");
		trip_ask_person(page, on_person_for_more, on_no_second);
		return;
	}
	arrive(page);
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
callback_start(struct page *page)
{
	uint8_t state_hash[HASH_BYTES], cookie_hash[HASH_BYTES];
	struct span state = {0}, code = {0}, note = {0};
	struct trip *t = trip_create(page);
	err_t no_code, no_error, err;

	if (t == NULL)
		return;
	page->failed = on_login_failed;
	no_code = form_get(&page->arena, page->query, "code", &code);
	no_error = form_get(&page->arena, page->query, "error", &page->label);
	err = form_get(&page->arena, page->query, "state", &state);
	if (err == 0)
		err = sha256(state, state_hash);
	/* Without the cookie this browser did not start the sign-in: somebody
	 * may be planting his own account here (RFC 6819 section 4.4.1.8). */
	if (err == 0)
		err = session_login(page, &note, cookie_hash);
	if (err == 0)
		err = trip_read_note(note, t);
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
