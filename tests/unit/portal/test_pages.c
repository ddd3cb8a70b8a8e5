/* What a browser sees of the portal without an account: pages and sign-in. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

/* --- pages for everybody -------------------------------------------------------- */

static void
the_first_page_needs_nobody(void **state)
{
	struct rig *r = *state;

	rig_vault_away(r);
	rig_get(r, "/", false);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->media, MEDIA_HTML);
	assert_int_equal(r->cache, 0);
	assert_true(rig_shows(r, "href=\"/login\""));
	assert_true(rig_shows(r, "Spotify’s terms"));
	assert_true(rig_shows(r, "Development Mode"));
	assert_false(rig_shows(r, "Everybody here uses a Spotify application of their own"));
	assert_false(rig_shows(r, "Practice mode"));
	r->portal.conf.shared_app = false;
	rig_get(r, "/", false);
	assert_true(rig_shows(r, "Everybody here uses a Spotify application of their own"));
	assert_false(rig_shows(r, "Development Mode"));
	rig_get(r, "/privacy", false);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "The Listening Room"));
	assert_true(rig_shows(r, "href=\"mailto:desk@tonearm.example\""));
	rig_get(r, "/terms", false);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "third-party beneficiary"));
}

static void
an_operator_without_name_or_with_a_web_address_is_shown_well(void **state)
{
	struct rig *r = *state;

	r->portal.conf.operator_name = "";
	r->portal.conf.operator_contact = "https://desk.example/?a&b";
	r->portal.conf.sandbox = true;
	rig_get(r, "/privacy", false);
	assert_true(rig_shows(r, "href=\"https://desk.example/?a&amp;b\""));
	assert_true(rig_shows(r, "Practice mode"));
	r->portal.conf.operator_contact = "";
	rig_get(r, "/terms", false);
	assert_false(rig_shows(r, "Questions"));
}

static void
files_have_their_types_and_may_be_kept(void **state)
{
	struct rig *r = *state;

	rig_get(r, "/style.css?v=1", false);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->media, MEDIA_CSS);
	assert_int_equal(r->cache, 1);
	assert_true(rig_shows(r, "--paper"));
	rig_get(r, "/favicon.svg", false);
	assert_int_equal(r->media, MEDIA_SVG);
	rig_get(r, "/icon.png", false);
	assert_int_equal(r->media, MEDIA_PNG);
	assert_int_equal(r->cache, 1);
	assert_memory_equal(buf_span(&r->body).p, "\x89PNG\r\n\x1a\n", 8);
	rig_get(r, "/robots.txt", false);
	assert_int_equal(r->media, MEDIA_TEXT);
}

static void
pages_have_no_script_and_nothing_from_elsewhere(void **state)
{
	static const char *const targets[] = {"/", "/privacy", "/terms", "/account",
	    "/account/delete", "/nowhere"};
	static const char *const unwanted[] = {"<script", " style=", "<style", " onclick",
	    "<iframe", " src=", "javascript:", "{{", "}}"};
	struct rig *r = *state;
	size_t i, j;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		rig_get(r, targets[i], true);
		for (j = 0; j < sizeof(unwanted) / sizeof(unwanted[0]); j++)
			if (rig_shows(r, unwanted[j]))
				fail_msg("%s shows %s", targets[i], unwanted[j]);
		assert_true(rig_shows(r, "<!doctype html>"));
		assert_true(rig_shows(r, "not made,"));
	}
	rig_get(r, "/style.css", false);
	assert_false(rig_shows(r, "url("));
	assert_false(rig_shows(r, "@import"));
}

static void
unknown_addresses_and_wrong_methods_have_a_page(void **state)
{
	const struct ask post = {.method = METHOD_POST, .target = "/", .body = ""};
	const struct ask head = {.method = METHOD_HEAD, .target = "/login"};
	const struct ask get = {.method = METHOD_GET, .target = "/account/link"};
	const struct ask none = {.method = METHOD_OPTIONS, .target = "/"};
	struct rig *r = *state;

	rig_get(r, "/account/../login", false);
	assert_int_equal(r->status, 404);
	rig_get(r, "/%3Cscript%3E?<script>", false);
	assert_int_equal(r->status, 404);
	assert_false(rig_shows(r, "script"));
	rig_ask(r, &post);
	assert_int_equal(r->status, 405);
	rig_ask(r, &head);
	assert_int_equal(r->status, 405);
	rig_ask(r, &get);
	assert_int_equal(r->status, 405);
	rig_ask(r, &none);
	assert_int_equal(r->status, 405);
}

/* --- signing in --------------------------------------------------------------------- */

static void
param(const char *url, const char *name, char *out, size_t room)
{
	const char *p = strstr(url, name);
	size_t n;

	assert_non_null(p);
	p += strlen(name);
	n = strcspn(p, "&");
	assert_true(n < room);
	memcpy(out, p, n);
	out[n] = '\0';
}

static void
an_address_that_begins_too_many_sign_ins_is_asked_to_wait(void **state)
{
	struct rig *r = *state;
	struct ask ask = {.method = METHOD_GET, .target = "/login", .client = "198.51.100.9"};
	unsigned i;

	for (i = 0; i < BEGINS_BURST; i++) {
		rig_ask(r, &ask);
		assert_int_equal(r->status, 303);
	}
	rig_ask(r, &ask);
	assert_int_equal(r->status, 429);
	assert_true(r->retry_after > 0);
	assert_int_equal(r->questions, 0);   /* the vault hears nothing of it */
	assert_true(rig_shows(r, "Many sign-ins from your network"));
	/* Others are not held up. */
	ask.client = "198.51.100.10";
	rig_ask(r, &ask);
	assert_int_equal(r->status, 303);
}

static void
sign_in_leads_to_spotify_with_a_bound_state(void **state)
{
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	const char *cookie;
	char value[128];

	rig_get(r, "/login", false);
	assert_int_equal(r->status, 303);
	assert_ptr_equal(strstr(r->location, "https://accounts.spotify.com/authorize?"), r->location);
	assert_non_null(strstr(r->location, "&code_challenge_method=S256&"));
	assert_non_null(strstr(r->location, "&client_id=0123456789abcdef0123456789abcdef&"));
	assert_non_null(strstr(r->location,
	    "&redirect_uri=https%3A%2F%2Ftonearm.example%2Fcallback&"));
	assert_non_null(strstr(r->location, "&scope=user-read-private%20"));
	assert_null(strstr(r->location, "show_dialog"));
	param(r->location, "&state=", value, sizeof(value));
	assert_int_equal(strlen(value), 43);
	rig_hash(value, 43, hash);
	assert_memory_equal(hash, r->login_begin.state, HASH_BYTES);
	cookie = rig_cookie(r, "__Secure-tonearm_login");
	assert_non_null(cookie);
	rig_secret(cookie, 43);
	rig_secret(value, 43);
	/* What it says in plain text is bound by the same hash. */
	rig_hash(cookie, 46, hash);
	assert_memory_equal(hash, r->login_begin.cookie, HASH_BYTES);
	assert_string_equal(cookie + 43,
	    ".1s; Path=/callback; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
	/* The cookie itself stays between browser and portal. */
	memcpy(value, cookie, 43);
	assert_null(strstr(r->location, value));
	rig_get(r, "/login?switch=1", false);
	assert_non_null(strstr(r->location, "&show_dialog=true"));
}

static void
without_https_cookies_have_plain_names(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, false);
	rig_get(&r, "/login", false);
	assert_non_null(rig_cookie(&r, "tonearm_login"));
	assert_null(strstr(r.cookie1, "Secure"));
	rig_get(&r, "/account", true);
	assert_int_equal(r.status, 200);
	assert_int_equal(rig_close(&r), 0);
}

/* The first trip, through the operator's application, for no client. */
#define LOGIN_COOKIE "bG9naW4tY29va2llLW9mLXRoZS10ZXN0LTAwMDAwMDA.1s"
#define CALLBACK "/callback?code=AQsecretCode%2D1&state=c29tZS1zdGF0ZQ"

static void
callback(struct rig *r, const char *target, const char *cookie)
{
	const struct ask a = {.method = METHOD_GET, .target = target, .cookie = cookie,
	    .fetch_site = "cross-site"};

	rig_ask(r, &a);
}

static void
coming_back_opens_a_session(void **state)
{
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	const char *cookie;

	callback(r, CALLBACK, "__Secure-tonearm_login=" LOGIN_COOKIE);
	assert_int_equal(r->status, 303);
	assert_string_equal(r->location, "/account");
	assert_string_equal(r->code, "AQsecretCode-1");
	rig_secret("AQsecretCode", 12);
	rig_hash("c29tZS1zdGF0ZQ", 14, hash);
	assert_memory_equal(hash, r->login_finish.state, HASH_BYTES);
	rig_hash(LOGIN_COOKIE, 46, hash);
	assert_memory_equal(hash, r->login_finish.cookie, HASH_BYTES);
	cookie = rig_cookie(r, "__Host-tonearm_session");
	assert_non_null(cookie);
	rig_secret(cookie, 43);
	rig_hash(cookie, 43, hash);
	assert_memory_equal(hash, r->login_finish.session, HASH_BYTES);
	assert_string_equal(cookie + 43,
	    "; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
	cookie = rig_cookie(r, "__Secure-tonearm_login");
	assert_non_null(cookie);
	assert_non_null(strstr(cookie, "Max-Age=0"));
	assert_int_equal(r->questions, 1);
}

static void
the_session_before_is_ended(void **state)
{
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	char cookie[256];

	(void)snprintf(cookie, sizeof(cookie),
	    "__Secure-tonearm_login=" LOGIN_COOKIE "; __Host-tonearm_session=%s", rig_session);
	callback(r, CALLBACK, cookie);
	assert_int_equal(r->status, 303);
	assert_int_equal(r->questions, 2);
	assert_int_equal(r->asked[1], MSG_SESSION_END);
	rig_hash(rig_session, 43, hash);
	assert_memory_equal(hash, r->session_end.session, HASH_BYTES);
}

static void
a_callback_without_this_browsers_cookie_is_refused(void **state)
{
	struct rig *r = *state;

	callback(r, CALLBACK, NULL);
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
	assert_null(rig_cookie(r, "__Host-tonearm_session"));
	assert_true(rig_shows(r, "does not fit"));
	callback(r, CALLBACK, "__Secure-tonearm_login=short");
	assert_int_equal(r->status, 400);
	callback(r, CALLBACK, "__Secure-tonearm_login=" LOGIN_COOKIE
	    "; __Secure-tonearm_login=" LOGIN_COOKIE);
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
}

static void
a_malformed_callback_is_refused(void **state)
{
	static const char *const bad[] = {"/callback", "/callback?code=x", "/callback?state=x",
	    "/callback?code=x&state=%zz", "/callback?code=x&error=y&state=z",
	    "/callback?code=x&code=y&state=z", "/callback?code=x&state=z&state=z"};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		callback(r, bad[i], "__Secure-tonearm_login=" LOGIN_COOKIE);
		assert_int_equal(r->status, 400);
		assert_int_equal(r->questions, 0);
	}
}

static void
saying_no_at_spotify_is_no_error(void **state)
{
	struct rig *r = *state;

	callback(r, "/callback?error=access_denied&state=x",
	    "__Secure-tonearm_login=" LOGIN_COOKIE);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->asked[0], MSG_LOGIN_CANCEL);
	assert_true(rig_shows(r, "You said no"));
	assert_non_null(strstr(r->cookie1, "Max-Age=0"));
}

static void
an_error_from_spotify_is_shown_as_text(void **state)
{
	struct rig *r = *state;

	callback(r, "/callback?error=%3Cscript%3Ealert(1)%3C/script%3E&state=x",
	    "__Secure-tonearm_login=" LOGIN_COOKIE);
	assert_int_equal(r->status, 502);
	assert_true(rig_shows(r, "&lt;script&gt;alert(1)&lt;/script&gt;"));
	assert_false(rig_shows(r, "<script"));
}

static void
every_way_a_sign_in_can_fail_has_its_page(void **state)
{
	static const struct { uint8_t why; uint16_t status; const char *says; } cases[] = {
		{PORTAL_BAD_STATE, 400, "does not fit"},
		{PORTAL_DENIED, 400, "Spotify refused the sign-in"},
		{PORTAL_NOT_ALLOWED, 403, "href=\"/login?switch=1\""},
		{PORTAL_OWNER_PREMIUM, 502, "Premium"},
		{PORTAL_SPOTIFY_DOWN, 502, "Spotify is not answering"},
		{PORTAL_LIMIT, 429, "Too many sign-ins at once"},
		{PORTAL_WRONG_APP, 502, "not set up right"},
		{PORTAL_NOT_INVITED, 403, "not open to everybody"},
		{PORTAL_UNAVAILABLE, 503, "One moment"},
		{99, 500, "broke"},
	};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r->fail = cases[i].why;
		callback(r, CALLBACK, "__Secure-tonearm_login=" LOGIN_COOKIE);
		assert_int_equal(r->status, cases[i].status);
		assert_true(rig_shows(r, cases[i].says));
		assert_null(rig_cookie(r, "__Host-tonearm_session"));
		assert_non_null(rig_cookie(r, "__Secure-tonearm_login"));
		assert_false(rig_shows(r, "AQsecretCode"));
	}
}

/* --- the log ---------------------------------------------------------------------------- */

static void
no_secret_is_in_the_log(void **state)
{
	(void)state;
	rig_check_log("signed_in", 4);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(the_first_page_needs_nobody),
		RIGGED(an_operator_without_name_or_with_a_web_address_is_shown_well),
		RIGGED(files_have_their_types_and_may_be_kept),
		RIGGED(pages_have_no_script_and_nothing_from_elsewhere),
		RIGGED(unknown_addresses_and_wrong_methods_have_a_page),
		RIGGED(sign_in_leads_to_spotify_with_a_bound_state),
		RIGGED(an_address_that_begins_too_many_sign_ins_is_asked_to_wait),
		cmocka_unit_test(without_https_cookies_have_plain_names),
		RIGGED(coming_back_opens_a_session),
		RIGGED(the_session_before_is_ended),
		RIGGED(a_callback_without_this_browsers_cookie_is_refused),
		RIGGED(a_malformed_callback_is_refused),
		RIGGED(saying_no_at_spotify_is_no_error),
		RIGGED(an_error_from_spotify_is_shown_as_text),
		RIGGED(every_way_a_sign_in_can_fail_has_its_page),
		cmocka_unit_test(no_secret_is_in_the_log),
	};

	return cmocka_run_group_tests(tests, rig_log_to_file, NULL);
}
