/* Consent; see consent.h. */
#include "config.h"

#include <string.h>

#include "master/portal/account_view.h"
#include "master/portal/consent.h"
#include "master/portal/consent_view.h"
#include "master/portal/csrf.h"
#include "master/portal/form.h"
#include "master/portal/oauth_return.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "master/portal/ticks.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/crypto/token.h"
#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"

enum decision { UNDECIDED, REFUSE, ALLOW };

/* What is kept from step to step. */
struct consent {
	struct span request;            /* its number, as text */
	uint8_t auth[ID_BYTES];
	struct span browser;            /* the cookie, and its hash */
	uint8_t browser_hash[HASH_BYTES];
	enum decision decision;
	uint32_t ticked;                /* with ALLOW */
	bool person;                    /* page->account is who is signed in */
	bool signed_out;                /* the session's cookie opens nothing */
	uint16_t status;                /* of the page, if it is shown */
	const char *notice;             /* one more sentence on it, or NULL */
};

static struct consent *
of(const struct page *page)
{
	return page->work;
}

static void
say_over(struct page *page)
{
	show_message(page, MESSAGE_REQUEST_OVER, 0, span_str(""), span_str(""));
}

/* A question about the request failed. */
static void
on_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	if (why == PORTAL_NOT_FOUND || why == PORTAL_BAD_STATE)
		say_over(page);
	else
		show_failure(page, why, retry_after, span_str(""));
}

/* --- which request, which browser -------------------------------------------------- */

/* Finds request and browser; false, and the page is answered, without them. */
static bool
begin(struct page *page, struct span fields)
{
	struct consent *c;
	void *room = NULL;
	err_t err = arena_alloc(&page->arena, sizeof(*c), &room);

	if (err != 0) {
		show_message(page, MESSAGE_BROKEN, 0, span_str(""), span_str(""));
		return false;
	}
	c = room;
	memset(c, 0, sizeof(*c));
	c->status = 200;
	page->work = c;
	page->failed = on_failed;
	err = form_get(&page->arena, fields, "request", &c->request);
	if (err == 0)
		err = form_id(c->request, c->auth);
	if (err == 0)
		err = session_browser(page, &c->browser, c->browser_hash);
	if (err != 0)
		say_over(page);
	return err == 0;
}

/* --- the page -------------------------------------------------------------------------- */

/* What is ticked at first: what the person ticked already, else what is asked
 * for and what this client had before.  It is never more than a proposal. */
static uint32_t
proposal(const struct page *page)
{
	const struct consent *c = of(page);
	const struct msg_auth *a = &page->auth;

	if (c->decision == ALLOW)
		return c->ticked;
	return scopes_whole(a->consented != 0 ? a->consented : a->scopes | a->before);
}

static void
show_consent(struct page *page)
{
	struct consent *c = of(page);
	struct reply r = {.status = c->status};
	char proof[CSRF_CHARS + 1];
	struct view v;

	/* A dead cookie is taken back, and the proof is one for nobody. */
	if (c->signed_out) {
		page->session = span_str("");
		r.cookie1 = session_cookie(page, span_str(""));
	}
	r.form_action = consent_form_action(page);
	show_common(page, &v);
	if (csrf_consent_make(page->portal->form_key, c->browser, c->request, page->session,
	    proof) != 0 || consent_view(page, &v, c->person, proposal(page),
	    span_str(c->notice), page_copy(page, span_str(proof)), c->request) != 0)
		page->broken = true;
	show_page(page, "consent.html", &v, &r);
}

/* --- back to the client ----------------------------------------------------------------- */

static struct oauth_return
way_back(const struct page *page)
{
	return (struct oauth_return){.redirect_uri = page->auth.redirect_uri,
	    .state = page->auth.state, .has_state = page->auth.has_state != 0};
}

static void
on_granted(struct page *page)
{
	const struct oauth_return to = way_back(page);

	log_info("client_let_in", LF_UINT("scopes", page->scopes));
	oauth_return_code(page, &to, span_str(page->secret), span_str(""), span_str(""));
}

/* The consent turned out to be another person's, or the session over. */
static void
on_grant_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	struct consent *c = of(page);

	if (why != PORTAL_OTHER_PERSON && why != PORTAL_NO_SESSION) {
		on_failed(page, why, retry_after);
		return;
	}
	c->status = 403;
	c->notice = "Somebody else has signed in meanwhile. Please look again at who is asking, "
	    "and for whom.";
	c->signed_out = c->signed_out || why == PORTAL_NO_SESSION;
	c->person = c->person && !c->signed_out;
	show_consent(page);
}

static err_t
ask_grant(struct page *page)
{
	const struct consent *c = of(page);
	struct msg_auth_grant m;
	void *room = NULL;
	err_t err = arena_alloc(&page->arena, TOKEN_CHARS + 1, &room);

	if (err != 0)
		return err;
	page->secret = room;
	err = token_make(CRED_CODE, page->account.user, page->portal->check_key, page->secret);
	if (err == 0)
		err = token_hash(span_str(page->secret), m.code);
	if (err != 0)
		return err;
	memcpy(m.auth, c->auth, sizeof(m.auth));
	memcpy(m.browser, c->browser_hash, sizeof(m.browser));
	memcpy(m.session, page->session_hash, sizeof(m.session));
	return send_auth_grant(page->portal->vault, page_question(page), &m);
}

static void
grant(struct page *page, uint32_t scopes)
{
	page->scopes = scopes;
	page->failed = on_grant_failed;
	page_wait_for(page, WAIT_OK, ANSWER_MS, ask_grant(page), on_granted);
}

/* Is the person's sign-in with Spotify good for these scopes? */
static bool
covered(struct page *page, uint32_t scopes)
{
	const struct msg_account *a = &page->account;
	struct buf needed;
	bool ok;

	if (account_valid_until(a->authorized_at) <= clock_wall_s())
		return false;
	buf_init(&needed, 2048);
	ok = scopes_put_spotify(scopes, span_str(""), &needed) == 0 &&
	    scopes_covered(buf_span(&needed), a->spotify_scopes);
	buf_free(&needed);
	return ok;
}

/* --- the answer ---------------------------------------------------------------------------- */

static void
on_consented(struct page *page)
{
	const struct consent *c = of(page);

	if (c->person && covered(page, c->ticked)) {
		grant(page, c->ticked);
		return;
	}
	show_redirect(page, page_text(page, "/login?request=%.*s", (int)c->request.n,
	    (const char *)c->request.p), span_str(""), span_str(""));
}

static void
ask_consent(struct page *page)
{
	const struct consent *c = of(page);
	struct msg_auth_consent m = {.scopes = c->ticked};

	memcpy(m.auth, c->auth, sizeof(m.auth));
	memcpy(m.browser, c->browser_hash, sizeof(m.browser));
	if (c->person)
		memcpy(m.session, page->session_hash, sizeof(m.session));
	page_wait_for(page, WAIT_OK, ANSWER_MS,
	    send_auth_consent(page->portal->vault, page_question(page), &m), on_consented);
}

static void
on_ended(struct page *page)
{
	const struct oauth_return to = way_back(page);

	log_info("client_refused");
	oauth_return_error(page, &to, "access_denied", "the person said no", span_str(""),
	    span_str(""));
}

static void
ask_end(struct page *page)
{
	const struct consent *c = of(page);
	struct msg_auth_end m;

	memcpy(m.auth, c->auth, sizeof(m.auth));
	memcpy(m.browser, c->browser_hash, sizeof(m.browser));
	page_wait_for(page, WAIT_OK, ANSWER_MS,
	    send_auth_end(page->portal->vault, page_question(page), &m), on_ended);
}

/* --- request and person are known -------------------------------------------------------------- */

/* A request that was allowed already and is looked at again: mostly on the way
 * back from Spotify. */
static void
look_again(struct page *page)
{
	struct consent *c = of(page);
	uint32_t allowed = page->auth.consented;

	if (page->auth.other != 0) {
		c->notice = "This was allowed while somebody else was signed in. Please decide "
		    "anew for this account.";
	} else if (c->person && covered(page, allowed)) {
		grant(page, allowed);
		return;
	} else if (c->person) {
		c->notice = "Spotify has not given Tonearm all that you ticked. Allow asks it once "
		    "more; or untick what it withholds.";
	}
	show_consent(page);
}

static void
on_known(struct page *page)
{
	const struct consent *c = of(page);

	page->failed = on_failed;
	if (c->decision == REFUSE)
		ask_end(page);
	else if (c->decision == ALLOW && c->notice == NULL)
		ask_consent(page);
	else if (page->auth.consented != 0 && c->notice == NULL)
		look_again(page);
	else
		show_consent(page);
}

static void
on_account(struct page *page)
{
	of(page)->person = true;
	on_known(page);
}

/* Signed out is no error here: the page is for both. */
static void
on_account_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	struct consent *c = of(page);

	if (why != PORTAL_NO_SESSION) {
		on_failed(page, why, retry_after);
		return;
	}
	c->signed_out = true;
	/* What was ticked for somebody must not become the next one's consent. */
	if (c->decision == ALLOW) {
		c->status = 403;
		c->notice = "You are no longer signed in. Please decide once more.";
	}
	on_known(page);
}

static void
on_auth(struct page *page)
{
	struct msg_account_get m;

	if (page->session.n == 0) {
		on_known(page);
		return;
	}
	memcpy(m.session, page->session_hash, sizeof(m.session));
	page->failed = on_account_failed;
	page_wait_for(page, WAIT_ACCOUNT, ANSWER_MS,
	    send_account_get(page->portal->vault, page_question(page), &m), on_account);
}

static void
ask_auth(struct page *page)
{
	const struct consent *c = of(page);
	struct msg_auth_get m = {.none = 0};

	memcpy(m.auth, c->auth, sizeof(m.auth));
	memcpy(m.browser, c->browser_hash, sizeof(m.browser));
	if (page->session.n > 0)
		memcpy(m.session, page->session_hash, sizeof(m.session));
	page_wait_for(page, WAIT_AUTH, ANSWER_MS,
	    send_auth_get(page->portal->vault, page_question(page), &m), on_auth);
}

void
consent_show(struct page *page)
{
	if (begin(page, page->query))
		ask_auth(page);
}

/* What was decided, or why the page is shown once more. */
static void
read_decision(struct page *page)
{
	struct consent *c = of(page);
	const struct span form = buf_span(&page->body);
	struct span proof = {0}, decision = {0};

	if (form_get(&page->arena, form, "csrf", &proof) != 0 ||
	    !csrf_consent_ok(page->portal->form_key, c->browser, c->request, page->session, proof)) {
		log_info("form_refused", LF_STR("route", "/consent"),
		    LF_INT("why", MESSAGE_FORM_EXPIRED));
		c->status = 403;
		c->notice = "Something changed since this page was opened, perhaps who is signed in. "
		    "So nothing was done; please look again and decide.";
		return;
	}
	if (form_get(&page->arena, form, "decision", &decision) == 0 &&
	    span_is(decision, "refuse")) {
		c->decision = REFUSE;
		return;
	}
	if (!span_is(decision, "allow") || ticks_read(page, &c->ticked) != 0) {
		c->status = 400;
		c->notice = "The form was not complete, so nothing was done. Please decide once more.";
		return;
	}
	c->decision = ALLOW;
	if (c->ticked == 0) {
		c->status = 400;
		c->notice = "No box is ticked. Tick at least one, or refuse.";
	}
}

void
consent_decide(struct page *page)
{
	if (!begin(page, buf_span(&page->body)))
		return;
	read_decision(page);
	ask_auth(page);
}
