/* Letting a client in: what the person is shown, and what follows. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "master/portal/csrf.h"
#include "shared/base/clock.h"
#include "shared/crypto/token.h"
#include "shared/ipc/scopes.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

#define DAY     (24 * 3600)
#define BROWSER "YnJvd3Nlci1jb29raWUtb2YtdGhlLXRlc3QtMDAwMDA"
#define ANOTHER "YW5vdGhlci1jb29raWUtb2YtdGhlLXRlc3QtMDAwMDA"
#define REQUEST "0123456789abcdef0123456789abcdef"
#define PAGE    "/consent?request=" REQUEST
#define READING "library%3Aread=yes&playback%3Aread=yes"
#define ALL_OF_SPOTIFY "user-read-private user-library-read user-follow-read " \
	"user-read-playback-position user-library-modify user-follow-modify " \
	"playlist-read-private playlist-read-collaborative playlist-modify-public " \
	"playlist-modify-private ugc-image-upload user-read-playback-state " \
	"user-read-currently-playing user-modify-playback-state user-top-read " \
	"user-read-recently-played"

static int
setup(void **state)
{
	struct rig *r;

	if (rig_setup(state) != 0)
		return -1;
	r = *state;
	r->account.authorized_at = clock_wall_s() - DAY;
	r->account.spotify_scopes = span_str(ALL_OF_SPOTIFY);
	r->auth = (struct msg_auth){
	    .client_id = span_str("https://claude.ai/oauth/client.json"), .kind = CLIENT_DOCUMENT,
	    .name = span_str("Claude"), .uri = span_str("https://claude.ai"),
	    .redirects = span_str("https://claude.ai/api/mcp/auth_callback"),
	    .redirect_uri = span_str("https://claude.ai/api/mcp/auth_callback"), .has_state = 1,
	    .state = span_str("a b&c=\xc3\xa4"), .scopes = SCOPE_LIBRARY_READ | SCOPE_PLAYBACK_READ,
	    .expires_at = clock_wall_s() + 600};
	return 0;
}

static const char *
cookies(const char *browser, const char *session)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "%s%s%s%s%s", browser == NULL ? "" :
	    "__Host-tonearm_browser=", browser == NULL ? "" : browser,
	    browser != NULL && session != NULL ? "; " : "", session == NULL ? "" :
	    "__Host-tonearm_session=", session == NULL ? "" : session);
	return text;
}

static void
look(struct rig *r, const char *target, const char *browser, const char *session)
{
	const struct ask a = {.method = METHOD_GET, .target = target,
	    .cookie = cookies(browser, session), .fetch_site = "cross-site"};

	rig_ask(r, &a);
}

/* Sends the form as the page of this browser and session would. */
static void
decide(struct rig *r, const char *browser, const char *session, const char *fields)
{
	uint8_t key[KEY_BYTES];
	char field[CSRF_CHARS + 1], body[2048];
	const struct ask a = {.method = METHOD_POST, .target = "/consent",
	    .cookie = cookies(browser, session), .body = body,
	    .content_type = "application/x-www-form-urlencoded",
	    .origin = r->portal.conf.public_url, .fetch_site = "same-origin"};

	assert_ok(csrf_key(rig_check_key, key));
	assert_ok(csrf_consent_make(key, span_str(browser), span_str(REQUEST), span_str(session),
	    field));
	rig_secret(field, CSRF_CHARS);
	(void)snprintf(body, sizeof(body), "csrf=%s&request=" REQUEST "&%s", field, fields);
	rig_ask(r, &a);
}

static void
assert_asked(const struct rig *r, size_t n, const uint8_t types[])
{
	size_t i;

	assert_int_equal(r->questions, n);
	for (i = 0; i < n; i++)
		assert_int_equal(r->asked[i], types[i]);
}

static const uint8_t hex_request[ID_BYTES] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

/* --- the page ------------------------------------------------------------------------ */

static void
the_page_says_who_asks_for_what_and_for_whom(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET};
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];

	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->media, MEDIA_HTML);
	assert_int_equal(r->cache, 0);
	assert_asked(r, 2, types);
	assert_memory_equal(r->auth_get.auth, hex_request, ID_BYTES);
	rig_hash(BROWSER, 43, hash);
	assert_memory_equal(r->auth_get.browser, hash, HASH_BYTES);
	rig_hash(rig_session, 43, hash);
	assert_memory_equal(r->auth_get.session, hash, HASH_BYTES);
	assert_true(rig_shows(r, "Let <bdi>Claude</bdi> use your Spotify account"));
	assert_true(rig_shows(r, "as claude.ai describes it"));
	assert_true(rig_shows(r, "<span class=\"host\">claude.ai</span>"));
	assert_true(rig_shows(r, "<bdi>Clara Haskil</bdi>"));
	assert_true(rig_shows(r, "href=\"/login?switch=1&amp;request=" REQUEST "\""));
	assert_false(rig_shows(r, "program on your own device"));
	/* What is asked for is ticked, the rest is not. */
	assert_true(rig_shows(r, "name=\"library:read\" value=\"yes\" checked>"));
	assert_true(rig_shows(r, "name=\"playback:read\" value=\"yes\" checked>"));
	assert_true(rig_shows(r, "name=\"library:write\" value=\"yes\">"));
	assert_true(rig_shows(r, "name=\"playlists:write\" value=\"yes\">"));
	/* The browser may follow the form to Spotify and to the client, nowhere else. */
	assert_string_equal(r->form_action, "https://accounts.spotify.com https://claude.ai");
	assert_false(rig_shows(r, BROWSER));
	assert_false(rig_shows(r, rig_session));
	rig_secret(BROWSER, 43);
	rig_secret(rig_session, 43);
}

static void
who_is_not_signed_in_is_told_what_comes_next(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET};
	static const uint8_t nobody[HASH_BYTES];
	struct rig *r = *state;

	look(r, PAGE, BROWSER, NULL);
	assert_int_equal(r->status, 200);
	assert_asked(r, 1, types);
	assert_memory_equal(r->auth_get.session, nobody, HASH_BYTES);
	assert_true(rig_shows(r, "signing in with Spotify comes next"));
	assert_true(rig_shows(r, "Allow and sign in"));
	/* A session that has ended is nobody's, and its cookie goes. */
	r->fail_type = MSG_ACCOUNT_GET;
	r->fail_typed = PORTAL_NO_SESSION;
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "Allow and sign in"));
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_session"), "Max-Age=0"));
}

static void
a_program_on_the_same_machine_is_warned_about(void **state)
{
	struct rig *r = *state;

	r->auth.kind = CLIENT_REGISTERED;
	r->auth.client_id = span_str("a1b2c3");
	r->auth.name = span_str("Some Client");
	r->auth.redirects = span_str("http://127.0.0.1/callback\nhttp://localhost/callback");
	r->auth.redirect_uri = span_str("http://127.0.0.1:33418/callback");
	look(r, PAGE, BROWSER, rig_session);
	assert_true(rig_shows(r, "program on your own device"));
	assert_true(rig_shows(r, "<span class=\"host\">127.0.0.1:33418</span>"));
	assert_true(rig_shows(r, "nobody has checked that"));
	assert_false(rig_shows(r, "It is described at"));
	assert_string_equal(r->form_action, "https://accounts.spotify.com http://127.0.0.1:33418");
	r->auth.redirects = r->auth.redirect_uri = span_str("cursor://anysphere.cursor-mcp/oauth/callback");
	look(r, PAGE, BROWSER, rig_session);
	assert_true(rig_shows(r, "program on your own device"));
	/* One that the operator entered. */
	r->auth.kind = CLIENT_GIVEN;
	r->auth.redirects = r->auth.redirect_uri = span_str("https://chatgpt.com/connector_platform_oauth_redirect");
	look(r, PAGE, BROWSER, rig_session);
	assert_true(rig_shows(r, "as the operator of this server entered it"));
	assert_true(rig_shows(r, "<span class=\"host\">chatgpt.com</span>"));
	assert_false(rig_shows(r, "program on your own device"));
}

static void
a_clients_name_cannot_become_markup(void **state)
{
	struct rig *r = *state;

	r->auth.name = span_str("</title><script>alert(1)</script>\xe2\x80\xae");
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 200);
	assert_false(rig_shows(r, "<script"));
	assert_true(rig_shows(r, "&lt;script&gt;"));
	assert_false(rig_shows(r, "\xe2\x80\xae"));
	r->auth.name = span_str("");
	look(r, PAGE, BROWSER, rig_session);
	assert_true(rig_shows(r, "A client without a name"));
}

static void
a_request_that_is_over_or_another_browsers_has_a_page(void **state)
{
	static const char *const bad[] = {"/consent", "/consent?request=", "/consent?request=12",
	    "/consent?request=0123456789ABCDEF0123456789ABCDEF", PAGE "0",
	    "/consent?request=" REQUEST "&request=" REQUEST};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		look(r, bad[i], BROWSER, rig_session);
		assert_int_equal(r->status, 400);
		assert_true(rig_shows(r, "This request is over"));
		assert_int_equal(r->questions, 0);
	}
	look(r, PAGE, NULL, rig_session);
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
	look(r, PAGE, "short", rig_session);
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
	r->fail = PORTAL_NOT_FOUND;
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 400);
	assert_true(rig_shows(r, "connect it again, in this browser"));
	r->fail = PORTAL_UNAVAILABLE;
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 503);
}

static void
an_earlier_consent_only_proposes(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET};
	struct rig *r = *state;

	r->auth.before = SCOPE_ALL;
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 200);
	assert_asked(r, 2, types);
	assert_string_equal(r->location, "");
	assert_true(rig_shows(r, "name=\"playlists:write\" value=\"yes\" checked>"));
}

/* --- the answer ---------------------------------------------------------------------- */

/* The code in the address that the browser is sent to. */
static void
sent_code(const struct rig *r, char out[TOKEN_CHARS + 1])
{
	const char *p = strstr(r->location, "code=");

	assert_non_null(p);
	memcpy(out, p + 5, TOKEN_CHARS);
	out[TOKEN_CHARS] = '\0';
	rig_secret(out, TOKEN_CHARS);
}

static void
allowing_gives_the_client_a_code(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET, MSG_AUTH_CONSENT,
	    MSG_AUTH_GRANT};
	struct rig *r = *state;
	enum cred_kind kind = CRED_NONE;
	char code[TOKEN_CHARS + 1];
	uint8_t hash[HASH_BYTES];

	decide(r, BROWSER, rig_session, READING "&decision=allow");
	assert_int_equal(r->status, 303);
	assert_asked(r, 4, types);
	assert_int_equal(r->auth_consent.scopes, SCOPE_LIBRARY_READ | SCOPE_PLAYBACK_READ);
	rig_hash(rig_session, 43, hash);
	assert_memory_equal(r->auth_consent.session, hash, HASH_BYTES);
	assert_memory_equal(r->auth_grant.session, hash, HASH_BYTES);
	rig_hash(BROWSER, 43, hash);
	assert_memory_equal(r->auth_consent.browser, hash, HASH_BYTES);
	assert_memory_equal(r->auth_grant.browser, hash, HASH_BYTES);
	assert_memory_equal(r->auth_grant.auth, hex_request, ID_BYTES);
	sent_code(r, code);
	assert_ok(token_check(span_str(code), rig_check_key, &kind));
	assert_int_equal(kind, CRED_CODE);
	rig_hash(code, TOKEN_CHARS, hash);
	assert_memory_equal(r->auth_grant.code, hash, HASH_BYTES);
	assert_ptr_equal(strstr(r->location, "https://claude.ai/api/mcp/auth_callback?code="),
	    r->location);
	assert_true(strstr(r->location, "&state=a%20b%26c%3D%C3%A4") != NULL);
	assert_non_null(strstr(r->location, "&iss=https%3A%2F%2Ftonearm.example"));
}

static void
a_tick_to_change_is_one_to_see_as_well(void **state)
{
	struct rig *r = *state;

	decide(r, BROWSER, rig_session, "playlists:write=yes&playback%3Acontrol=yes&decision=allow");
	assert_int_equal(r->auth_consent.scopes, SCOPE_PLAYLISTS_READ | SCOPE_PLAYLISTS_WRITE |
	    SCOPE_PLAYBACK_READ | SCOPE_PLAYBACK_CONTROL);
}

static void
refusing_tells_the_client_so(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET, MSG_AUTH_END};
	struct rig *r = *state;

	decide(r, BROWSER, rig_session, READING "&decision=refuse");
	assert_int_equal(r->status, 303);
	assert_asked(r, 3, types);
	assert_memory_equal(r->auth_end.auth, hex_request, ID_BYTES);
	assert_ptr_equal(strstr(r->location,
	    "https://claude.ai/api/mcp/auth_callback?error=access_denied"), r->location);
	assert_true(strstr(r->location, "&state=a%20b%26c%3D%C3%A4") != NULL);
	assert_non_null(strstr(r->location, "&iss="));
	assert_null(strstr(r->location, "code="));
}

static void
who_must_sign_in_first_is_sent_there(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_AUTH_CONSENT};
	static const uint8_t nobody[HASH_BYTES];
	struct rig *r = *state;

	decide(r, BROWSER, NULL, READING "&decision=allow");
	assert_int_equal(r->status, 303);
	assert_asked(r, 2, types);
	assert_memory_equal(r->auth_consent.session, nobody, HASH_BYTES);
	assert_string_equal(r->location, "/login?request=" REQUEST);
	/* Spotify has granted less than is ticked. */
	r->account.spotify_scopes = span_str("user-read-private user-library-read");
	decide(r, BROWSER, rig_session, READING "&decision=allow");
	assert_string_equal(r->location, "/login?request=" REQUEST);
	assert_int_equal(r->asked[r->questions - 1], MSG_AUTH_CONSENT);
	/* The sign-in has lapsed. */
	r->account.spotify_scopes = span_str(ALL_OF_SPOTIFY);
	r->account.authorized_at = clock_wall_s() - 190 * DAY;
	decide(r, BROWSER, rig_session, READING "&decision=allow");
	assert_string_equal(r->location, "/login?request=" REQUEST);
}

static void
nothing_ticked_is_no_consent(void **state)
{
	static const char *const bad[] = {"decision=allow", ("decision=perhaps&" READING), READING,
	    "library%3Aread=no&decision=allow", "library:read=yes&library:read=yes&decision=allow"};
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		decide(r, BROWSER, rig_session, bad[i]);
		assert_int_equal(r->status, 400);
		assert_asked(r, 2, types);
		assert_true(rig_shows(r, "name=\"decision\" value=\"allow\""));
		assert_true(rig_shows(r, "class=\"notice warn\" role=\"alert\""));
	}
}

static void
a_form_of_another_person_browser_or_request_is_shown_anew(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET};
	struct rig *r = *state;
	uint8_t key[KEY_BYTES];
	char wrong[4][CSRF_CHARS + 1], body[300];
	struct ask a = {.method = METHOD_POST, .target = "/consent", .body = body,
	    .content_type = "application/x-www-form-urlencoded",
	    .origin = r->portal.conf.public_url, .fetch_site = "same-origin"};
	size_t i;

	assert_ok(csrf_key(rig_check_key, key));
	assert_ok(csrf_consent_make(key, span_str(BROWSER), span_str(REQUEST), span_str(""),
	    wrong[0]));
	assert_ok(csrf_consent_make(key, span_str(ANOTHER), span_str(REQUEST),
	    span_str(rig_session), wrong[1]));
	assert_ok(csrf_consent_make(key, span_str(BROWSER),
	    span_str("fedcba9876543210fedcba9876543210"), span_str(rig_session), wrong[2]));
	/* The proof of the account page's forms. */
	assert_ok(csrf_make(key, span_str(rig_session), wrong[3]));
	for (i = 0; i < 4; i++) {
		(void)snprintf(body, sizeof(body), "csrf=%s&request=" REQUEST "&%s&decision=allow",
		    wrong[i], READING);
		a.cookie = cookies(BROWSER, rig_session);
		rig_ask(r, &a);
		assert_int_equal(r->status, 403);
		assert_asked(r, 2, types);
		assert_true(rig_shows(r, "look again and decide"));
		assert_string_equal(r->location, "");
	}
	/* And one that did not come from a page of ours at all. */
	a.origin = "https://evil.example";
	a.fetch_site = "cross-site";
	rig_ask(r, &a);
	assert_int_equal(r->status, 403);
	assert_int_equal(r->questions, 0);
	assert_true(rig_shows(r, "did not come from here"));
}

static void
a_session_that_ended_does_not_pass_its_consent_on(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET};
	struct rig *r = *state;

	r->fail_type = MSG_ACCOUNT_GET;
	r->fail_typed = PORTAL_NO_SESSION;
	decide(r, BROWSER, rig_session, READING "&decision=allow");
	assert_int_equal(r->status, 403);
	assert_asked(r, 2, types);
	assert_true(rig_shows(r, "no longer signed in"));
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_session"), "Max-Age=0"));
}

/* --- back from Spotify ------------------------------------------------------------------ */

static void
an_allowed_request_goes_on_after_the_sign_in(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET, MSG_AUTH_GRANT};
	struct rig *r = *state;
	char code[TOKEN_CHARS + 1];

	r->auth.consented = SCOPE_LIBRARY_READ;
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 303);
	assert_asked(r, 3, types);
	sent_code(r, code);
	/* Not while nobody is signed in. */
	look(r, PAGE, BROWSER, NULL);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->questions, 1);
	assert_true(rig_shows(r, "name=\"library:read\" value=\"yes\" checked>"));
	assert_true(rig_shows(r, "name=\"playback:read\" value=\"yes\">"));
}

static void
what_another_person_allowed_is_asked_again(void **state)
{
	static const uint8_t types[] = {MSG_AUTH_GET, MSG_ACCOUNT_GET};
	struct rig *r = *state;

	r->auth.consented = SCOPE_LIBRARY_READ;
	r->auth.other = 1;
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 200);
	assert_asked(r, 2, types);
	assert_true(rig_shows(r, "while somebody else was signed in"));
	assert_true(rig_shows(r, "<bdi>Clara Haskil</bdi>"));
	/* The vault says so only when it comes to the grant. */
	r->auth.other = 0;
	r->fail_type = MSG_AUTH_GRANT;
	r->fail_typed = PORTAL_OTHER_PERSON;
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 403);
	assert_string_equal(r->location, "");
	assert_true(rig_shows(r, "Somebody else has signed in"));
	r->fail_typed = PORTAL_NOT_FOUND;
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 400);
	assert_true(rig_shows(r, "This request is over"));
}

static void
what_spotify_withholds_is_said_and_makes_no_circle(void **state)
{
	struct rig *r = *state;

	r->auth.consented = SCOPE_LIBRARY_READ | SCOPE_HISTORY_READ;
	r->account.spotify_scopes = span_str("user-read-private user-library-read");
	look(r, PAGE, BROWSER, rig_session);
	assert_int_equal(r->status, 200);
	assert_string_equal(r->location, "");
	assert_true(rig_shows(r, "Spotify has not given Tonearm all that you ticked"));
}

static void
a_programs_own_scheme_is_opened_from_a_page(void **state)
{
	struct rig *r = *state;

	r->auth.name = span_str("Cursor");
	r->auth.redirects = r->auth.redirect_uri =
	    span_str("cursor://anysphere.cursor-mcp/oauth/callback");
	decide(r, BROWSER, rig_session, READING "&decision=allow");
	assert_int_equal(r->status, 200);
	assert_string_equal(r->location, "");
	assert_true(rig_shows(r, "href=\"cursor://anysphere.cursor-mcp/oauth/callback?code="));
	assert_true(rig_shows(r, "http-equiv=\"refresh\" content=\"0;url=cursor://"));
	assert_true(rig_shows(r, "<bdi>Cursor</bdi>"));
	decide(r, BROWSER, rig_session, "decision=refuse");
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "error=access_denied"));
	assert_true(rig_shows(r, "Nothing was connected"));
}

/* --- the log ---------------------------------------------------------------------------- */

static void
no_secret_is_in_the_log(void **state)
{
	(void)state;
	rig_check_log("client_let_in", 5);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(the_page_says_who_asks_for_what_and_for_whom),
		RIGGED(who_is_not_signed_in_is_told_what_comes_next),
		RIGGED(a_program_on_the_same_machine_is_warned_about),
		RIGGED(a_clients_name_cannot_become_markup),
		RIGGED(a_request_that_is_over_or_another_browsers_has_a_page),
		RIGGED(an_earlier_consent_only_proposes),
		RIGGED(allowing_gives_the_client_a_code),
		RIGGED(a_tick_to_change_is_one_to_see_as_well),
		RIGGED(refusing_tells_the_client_so),
		RIGGED(who_must_sign_in_first_is_sent_there),
		RIGGED(nothing_ticked_is_no_consent),
		RIGGED(a_form_of_another_person_browser_or_request_is_shown_anew),
		RIGGED(a_session_that_ended_does_not_pass_its_consent_on),
		RIGGED(an_allowed_request_goes_on_after_the_sign_in),
		RIGGED(what_another_person_allowed_is_asked_again),
		RIGGED(what_spotify_withholds_is_said_and_makes_no_circle),
		RIGGED(a_programs_own_scheme_is_opened_from_a_page),
		cmocka_unit_test(no_secret_is_in_the_log),
	};

	return cmocka_run_group_tests(tests, rig_log_to_file, NULL);
}
