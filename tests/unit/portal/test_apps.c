/* Sign-ins for clients and through applications of people's own; invitations. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "master/portal/csrf.h"
#include "shared/base/clock.h"
#include "shared/crypto/token.h"
#include "shared/ipc/scopes.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

#define REQUEST "00112233445566778899aabbccddeeff"
#define OWN_ID  "0123456789abcdef0123456789abcdef"
#define BROWSER "__Host-tonearm_browser=YnJvd3Nlci1jb29raWUtb2YtdGhlLXRlc3QtMDAwMDA"
#define SESSION "__Host-tonearm_session=c2Vzc2lvbi1jb29raWUtb2YtdGhlLXRlc3QtMDAwMDA"
#define LOGIN   "__Secure-tonearm_login=bG9naW4tY29va2llLW9mLXRoZS10ZXN0LTAwMDAwMDA"
#define CALLBACK "/callback?code=AQcode&state=c29tZS1zdGF0ZQ"

static void
get(struct rig *r, const char *target, const char *cookie)
{
	const struct ask a = {.method = METHOD_GET, .target = target, .cookie = cookie,
	    .fetch_site = "cross-site"};

	rig_ask(r, &a);
}

/* POST of a form of a page that nobody was signed in to. */
static void
post_as_nobody(struct rig *r, const char *target, const char *fields, const char *site)
{
	char proof[CSRF_CHARS + 1], body[1024];
	const struct ask a = {.method = METHOD_POST, .target = target, .body = body,
	    .content_type = "application/x-www-form-urlencoded",
	    .origin = r->portal.conf.public_url, .fetch_site = site};

	assert_ok(csrf_make(r->portal.form_key, span_str(""), proof));
	(void)snprintf(body, sizeof(body), "csrf=%s&%s", proof, fields);
	rig_ask(r, &a);
}

/* The scopes that Spotify is asked for: all of them among what the address says? */
static bool
asked_for(const struct rig *r, const char *scope)
{
	const char *at = strstr(r->location, "&scope=");
	size_t n = at == NULL ? 0 : strcspn(at + 7, "&");

	return at != NULL && memmem(at, n + 8, scope, strlen(scope)) != NULL;
}

/* --- what is asked for ----------------------------------------------------------------- */

static void
who_is_not_signed_in_is_asked_for_all(void **state)
{
	struct rig *r = *state;

	get(r, "/login", NULL);
	assert_true(asked_for(r, "playlist-modify-private"));
	assert_true(asked_for(r, "user-top-read"));
	assert_string_equal(r->login_client, "");
	/* Or for what the link names. */
	get(r, "/login?scopes=library%3Aread", NULL);
	assert_true(asked_for(r, "user-library-read"));
	assert_false(asked_for(r, "user-top-read"));
}

static void
who_is_signed_in_is_asked_for_what_was_granted(void **state)
{
	struct rig *r = *state;

	r->account.spotify_scopes = span_str("user-read-private user-top-read");
	get(r, "/login", SESSION);
	assert_int_equal(r->status, 303);
	assert_true(asked_for(r, "user-read-private%20user-top-read&"));
	get(r, "/login?scopes=library%3Awrite", SESSION);
	assert_true(asked_for(r, "user-library-modify"));
	assert_true(asked_for(r, "user-library-read"));
	assert_true(asked_for(r, "user-top-read"));
	assert_false(asked_for(r, "playlist-modify"));
	get(r, "/login?scopes=all", SESSION);
	assert_true(asked_for(r, "playlist-modify-private"));
	/* Another account has nothing to do with this one's. */
	get(r, "/login?switch=1&scopes=library%3Aread", SESSION);
	assert_false(asked_for(r, "user-top-read"));
	/* A dead session is as good as none. */
	r->fail_type = MSG_ACCOUNT_GET;
	r->fail_typed = PORTAL_NO_SESSION;
	get(r, "/login", SESSION);
	assert_int_equal(r->status, 303);
	assert_true(asked_for(r, "playlist-modify-private"));
	r->fail_typed = PORTAL_UNAVAILABLE;
	get(r, "/login", SESSION);
	assert_int_equal(r->status, 503);
}

static void
a_client_s_request_decides_what_is_asked_for(void **state)
{
	static const uint8_t id[ID_BYTES] = {0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
	    0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	struct rig *r = *state;

	r->auth.scopes = SCOPE_LIBRARY_READ | SCOPE_HISTORY_READ;
	r->auth.consented = SCOPE_LIBRARY_READ;
	get(r, "/login?request=" REQUEST, BROWSER);
	assert_int_equal(r->status, 303);
	assert_true(asked_for(r, "user-library-read"));
	assert_false(asked_for(r, "user-top-read"));
	assert_memory_equal(r->login_begin.auth, id, ID_BYTES);
	/* With nothing granted before and nothing but the catalogue needed, no more. */
	r->auth.consented = 0;
	get(r, "/login?request=" REQUEST, BROWSER);
	assert_true(asked_for(r, "user-top-read"));
	assert_non_null(strstr(r->cookie1, ".1s" REQUEST ";"));
}

static void
a_request_of_another_browser_is_over(void **state)
{
	struct rig *r = *state;

	get(r, "/login?request=" REQUEST, NULL);
	assert_int_equal(r->status, 400);
	assert_true(rig_shows(r, "This request is over"));
	assert_int_equal(r->questions, 0);
	get(r, "/login?request=" REQUEST "0", BROWSER);
	assert_int_equal(r->status, 400);
	get(r, "/login?request=00112233445566778899AABBCCDDEEFF", BROWSER);
	assert_int_equal(r->status, 400);
	r->fail = PORTAL_NOT_FOUND;
	get(r, "/login?request=" REQUEST, BROWSER);
	assert_int_equal(r->status, 400);
	assert_true(rig_shows(r, "This request is over"));
}

/* --- the way back -------------------------------------------------------------------------- */

static void
a_sign_in_for_a_client_leads_back_to_its_request(void **state)
{
	struct rig *r = *state;

	get(r, CALLBACK, LOGIN ".1s" REQUEST);
	assert_int_equal(r->status, 303);
	assert_string_equal(r->location, "/consent?request=" REQUEST);
	assert_non_null(rig_cookie(r, "__Host-tonearm_session"));
	/* A note of another form is none of ours. */
	get(r, CALLBACK, LOGIN ".3s");
	assert_int_equal(r->status, 400);
	get(r, CALLBACK, LOGIN ".1s" REQUEST "0");
	assert_int_equal(r->status, 400);
	get(r, CALLBACK, LOGIN);
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
}

static void
what_spotify_granted_before_is_asked_for_once_more(void **state)
{
	struct rig *r = *state;

	r->login_done.missing = span_str("user-top-read");
	r->account.spotify_scopes = span_str("user-library-read");
	get(r, CALLBACK, LOGIN ".1s" REQUEST);
	assert_int_equal(r->status, 303);
	assert_true(asked_for(r, "user-read-private%20user-library-read%20user-top-read&"));
	/* Signed in already, and on the second trip. */
	assert_non_null(rig_cookie(r, "__Host-tonearm_session"));
	assert_non_null(rig_cookie(r, "__Secure-tonearm_login"));
	assert_non_null(strstr(rig_cookie(r, "__Secure-tonearm_login"), ".2s" REQUEST));
	/* There is no third. */
	get(r, CALLBACK, LOGIN ".2s" REQUEST);
	assert_string_equal(r->location, "/consent?request=" REQUEST);
	/* It is no harm if the second cannot begin. */
	r->fail_type = MSG_LOGIN_BEGIN;
	r->fail_typed = PORTAL_LIMIT;
	get(r, CALLBACK, LOGIN ".1s");
	assert_string_equal(r->location, "/account");
	assert_non_null(rig_cookie(r, "__Host-tonearm_session"));
}

static void
saying_no_leads_back_to_the_client(void **state)
{
	struct rig *r = *state;

	r->auth.redirect_uri = span_str("https://client.example/back");
	r->auth.has_state = 1;
	r->auth.state = span_str("their state");
	get(r, "/callback?error=access_denied&state=x", LOGIN ".1s" REQUEST "; " BROWSER);
	assert_int_equal(r->status, 303);
	assert_ptr_equal(strstr(r->location, "https://client.example/back?"), r->location);
	assert_non_null(strstr(r->location, "error=access_denied"));
	assert_int_equal(r->asked[0], MSG_LOGIN_CANCEL);
	assert_int_equal(r->asked[r->questions - 1], MSG_AUTH_END);
	/* Not from another browser, and not when the state was not ours. */
	get(r, "/callback?error=access_denied&state=x", LOGIN ".1s" REQUEST);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "You said no"));
	r->fail = PORTAL_BAD_STATE;
	get(r, "/callback?error=access_denied&state=x", LOGIN ".1s" REQUEST "; " BROWSER);
	assert_int_equal(r->status, 400);
	assert_false(rig_shows(r, REQUEST));
}

/* --- own applications ------------------------------------------------------------------------ */

static void
a_client_id_is_taken_as_people_paste_it(void **state)
{
	struct rig *r = *state;

	get(r, "/app", NULL);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "https://tonearm.example/callback"));
	post_as_nobody(r, "/app/use", "client_id=+01234567%0989ABCDEF+0123456789abcdef%0A",
	    "same-origin");
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "href=\"/login?app=own\""));
	assert_string_equal(r->cookie1, "__Host-tonearm_app=n" OWN_ID
	    "; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure");
	post_as_nobody(r, "/app/use", "client_id=" OWN_ID "&request=" REQUEST, "same-origin");
	assert_true(rig_shows(r, "href=\"/login?app=own&amp;request=" REQUEST "\""));
	/* Anything else is shown again, as text. */
	post_as_nobody(r, "/app/use", "client_id=%22%3E%3Cb%3Eno", "same-origin");
	assert_int_equal(r->status, 400);
	assert_true(rig_shows(r, "That is no client id"));
	assert_false(rig_shows(r, "<b>no"));
	post_as_nobody(r, "/app/use", "client_id=" OWN_ID "0", "same-origin");
	assert_int_equal(r->status, 400);
	/* No other site chooses an application for anybody. */
	post_as_nobody(r, "/app/use", "client_id=" OWN_ID, "cross-site");
	assert_int_equal(r->status, 403);
	assert_string_equal(r->cookie1, "");
}

static void
a_sign_in_goes_through_the_chosen_application(void **state)
{
	struct rig *r = *state;

	get(r, "/login?app=own", "__Host-tonearm_app=n" OWN_ID);
	assert_int_equal(r->status, 303);
	assert_string_equal(r->login_client, OWN_ID);
	assert_non_null(strstr(r->cookie1, ".1c;"));
	/* What was entered and has not worked yet is for that sign-in alone. */
	get(r, "/login", "__Host-tonearm_app=n" OWN_ID);
	assert_string_equal(r->login_client, "");
	get(r, "/login", "__Host-tonearm_app=k" OWN_ID);
	assert_string_equal(r->login_client, OWN_ID);
	get(r, "/login?app=shared", "__Host-tonearm_app=k" OWN_ID);
	assert_string_equal(r->login_client, "");
	/* Who is signed in comes through what they use. */
	r->account.app = APP_GUEST;
	r->account.client_id = span_str("fedcba9876543210fedcba9876543210");
	get(r, "/login", SESSION "; __Host-tonearm_app=k" OWN_ID);
	assert_string_equal(r->login_client, "fedcba9876543210fedcba9876543210");
	r->account.app = APP_SHARED;
	get(r, "/login", SESSION "; __Host-tonearm_app=k" OWN_ID);
	assert_string_equal(r->login_client, "");
	/* A cookie that is none of ours counts for nothing. */
	get(r, "/login", "__Host-tonearm_app=k<script>");
	assert_string_equal(r->login_client, "");
	get(r, "/login?app=own", NULL);
	assert_string_equal(r->location, "/app");
}

static void
an_application_that_worked_is_kept(void **state)
{
	struct rig *r = *state;

	get(r, CALLBACK, LOGIN ".1c; __Host-tonearm_app=n" OWN_ID);
	assert_int_equal(r->status, 303);
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_app"), "k" OWN_ID ";"));
	get(r, CALLBACK, LOGIN ".1s; __Host-tonearm_app=k" OWN_ID);
	assert_ptr_equal(strstr(rig_cookie(r, "__Host-tonearm_app"), "; Path=/; Max-Age=0"),
	    rig_cookie(r, "__Host-tonearm_app"));
	/* A sign-in through something else proves nothing about it. */
	get(r, CALLBACK, LOGIN ".1f; __Host-tonearm_app=n" OWN_ID);
	assert_null(rig_cookie(r, "__Host-tonearm_app"));
	/* What led nowhere is forgotten. */
	r->fail = PORTAL_WRONG_APP;
	get(r, CALLBACK, LOGIN ".1c; __Host-tonearm_app=n" OWN_ID);
	assert_int_equal(r->status, 400);
	assert_true(rig_shows(r, "Spotify does not know this application"));
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_app"), "Max-Age=0"));
}

static void
each_trouble_of_an_own_application_has_its_page(void **state)
{
	static const struct { uint8_t why; uint16_t status; const char *says, *way; } cases[] = {
		{PORTAL_NOT_ALLOWED, 403, "User Management", "/login?app=own"},
		{PORTAL_OWNER_PREMIUM, 403, "owner has no Premium", "/login?app=own"},
		{PORTAL_NOT_INVITED, 403, "somebody else’s", "href=\"/app\""},
		{PORTAL_WRONG_APP, 400, "32 ", "href=\"/app\""},
		{PORTAL_SPOTIFY_DOWN, 502, "not answering", "/login?app=own"},
	};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r->fail = cases[i].why;
		get(r, CALLBACK, LOGIN ".1f; __Host-tonearm_app=n" OWN_ID);
		assert_int_equal(r->status, cases[i].status);
		assert_true(rig_shows(r, cases[i].says));
		assert_true(rig_shows(r, cases[i].way));
		assert_null(rig_cookie(r, "__Host-tonearm_session"));
	}
}

static void
what_is_not_offered_is_not_shown(void **state)
{
	struct rig *r = *state;

	r->portal.conf.shared_app = false;
	get(r, "/login", NULL);
	assert_int_equal(r->status, 303);
	assert_string_equal(r->location, "/app");
	get(r, "/login?request=" REQUEST, BROWSER);
	assert_string_equal(r->location, "/app?request=" REQUEST);
	get(r, "/app?request=" REQUEST, NULL);
	assert_true(rig_shows(r, "name=\"request\" value=\"" REQUEST "\""));
	get(r, "/app?request=%22%3E", NULL);
	assert_false(rig_shows(r, "name=\"request\""));
	r->portal.conf.shared_app = true;
	r->portal.conf.own_apps = false;
	get(r, "/app", NULL);
	assert_true(rig_shows(r, "does not offer this"));
	assert_false(rig_shows(r, "name=\"client_id\""));
	post_as_nobody(r, "/app/use", "client_id=" OWN_ID, "same-origin");
	assert_int_equal(r->status, 403);
	assert_string_equal(r->cookie1, "");
	r->fail = PORTAL_NOT_OFFERED;
	get(r, "/login", "__Host-tonearm_app=k" OWN_ID);
	assert_int_equal(r->status, 403);
	assert_true(rig_shows(r, "href=\"/login?app=shared\""));
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_app"), "Max-Age=0"));
}

/* --- invitations ----------------------------------------------------------------------------- */

static void
the_owner_sees_and_makes_invitations(void **state)
{
	struct rig *r = *state;
	const char *at;
	uint8_t hash[HASH_BYTES];

	r->account.app = APP_OWN;
	r->account.client_id = span_str(OWN_ID);
	r->n_invites = 2;
	r->invites[0] = (struct msg_invite_row){.id = "abcdefghijklmno",
	    .label = span_str("<Dinu>"), .created_at = 1790000000, .used_at = 1790000000};
	r->invites[1] = (struct msg_invite_row){.label = span_str("Open one"),
	    .created_at = 1790000000, .expires_at = 1790600000};
	rig_get(r, "/app", true);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, OWN_ID));
	assert_true(rig_shows(r, "&lt;Dinu&gt;"));
	assert_true(rig_shows(r, "value=\"6162636465666768696a6b6c6d6e6f00\""));
	assert_true(rig_shows(r, "Make an invitation"));
	rig_post(r, "/app/invite", "label=Dinu");
	assert_int_equal(r->status, 200);
	at = memmem(r->body.data, r->body.len, "/invite?code=tonearm_in_", 24);
	assert_non_null(at);
	rig_secret(at + 13, 67);
	rig_hash(at + 13, 67, hash);
	assert_memory_equal(hash, r->invite_new.hash, HASH_BYTES);
	rig_post(r, "/app/invite/drop", "id=6162636465666768696a6b6c6d6e6f00");
	assert_int_equal(r->status, 303);
	assert_memory_equal(r->invite_drop.id, "abcdefghijklmno", ID_BYTES);
	rig_post(r, "/app/invite", "label=");
	assert_int_equal(r->status, 400);
	/* Guests have no such page. */
	r->account.app = APP_GUEST;
	rig_get(r, "/app", true);
	assert_false(rig_shows(r, "Make an invitation"));
	assert_true(rig_shows(r, "You are a guest"));
	assert_false(rig_shows(r, OWN_ID));
	r->fail_type = MSG_INVITE_NEW;
	r->fail_typed = PORTAL_STALE;
	rig_post(r, "/app/invite", "label=x");
	assert_true(rig_shows(r, "sign in again first"));
}

#define CODE "aW52aXRhdGlvbi1vZi10aGUtdGVzdC0wMDAwMDAwMDA"

static void
an_invitation_says_who_invites(void **state)
{
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];

	r->invite = (struct msg_invite){.inviter = span_str("Clara & <Co>"), .app = APP_GUEST,
	    .expires_at = 1790600000};
	get(r, "/invite?code=" CODE, NULL);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "Clara &amp; &lt;Co&gt;"));
	assert_true(rig_shows(r, "Spotify has a list, too"));
	rig_hash(CODE, 43, hash);
	assert_memory_equal(hash, r->invite_get.invite, HASH_BYTES);
	/* Looking does nothing; accepting leads on. */
	assert_string_equal(r->cookie1, "");
	post_as_nobody(r, "/invite", "code=" CODE, "same-origin");
	assert_int_equal(r->status, 200);
	assert_non_null(strstr(r->cookie1, "__Host-tonearm_app=n" CODE ";"));
	assert_true(rig_shows(r, "href=\"/login?app=own\""));
	get(r, "/login?app=own", "__Host-tonearm_app=n" CODE);
	assert_memory_equal(hash, r->login_begin.invite, HASH_BYTES);
	assert_string_equal(r->login_client, "");
	post_as_nobody(r, "/invite", "code=" CODE, "cross-site");
	assert_int_equal(r->status, 403);
}

static void
a_guessed_invitation_is_over(void **state)
{
	static const uint8_t user[ID_BYTES] = "somebody";
	struct rig *r = *state;
	char text[TOKEN_CHARS + 1], target[128];

	get(r, "/invite?code=guess", NULL);
	assert_int_equal(r->status, 404);
	assert_int_equal(r->questions, 0);
	assert_true(rig_shows(r, "This invitation is over"));
	get(r, "/invite", NULL);
	assert_int_equal(r->status, 404);
	/* Nor does another kind of token, or a check sum that is wrong, lead to a question. */
	assert_ok(token_make(CRED_LINK, user, r->portal.check_key, text));
	(void)snprintf(target, sizeof(target), "/invite?code=%s", text);
	get(r, target, NULL);
	assert_int_equal(r->status, 404);
	assert_ok(token_make(CRED_INVITE, user, r->portal.check_key, text));
	text[20] = text[20] == 'A' ? 'B' : 'A';
	(void)snprintf(target, sizeof(target), "/invite?code=%s", text);
	get(r, target, NULL);
	assert_int_equal(r->status, 404);
	assert_int_equal(r->questions, 0);
	r->fail = PORTAL_NOT_FOUND;
	get(r, "/invite?code=" CODE, NULL);
	assert_int_equal(r->status, 404);
	post_as_nobody(r, "/invite", "code=" CODE, "same-origin");
	assert_int_equal(r->status, 404);
	assert_string_equal(r->cookie1, "");
	/* One that ended between page and sign-in is forgotten. */
	get(r, "/login?app=own", "__Host-tonearm_app=n" CODE);
	assert_int_equal(r->status, 404);
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_app"), "Max-Age=0"));
}

static void
nothing_secret_is_logged(void **state)
{
	(void)state;
	rig_check_log("invitation_made", 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_not_signed_in_is_asked_for_all),
		TEST(who_is_signed_in_is_asked_for_what_was_granted),
		TEST(a_client_s_request_decides_what_is_asked_for),
		TEST(a_request_of_another_browser_is_over),
		TEST(a_sign_in_for_a_client_leads_back_to_its_request),
		TEST(what_spotify_granted_before_is_asked_for_once_more),
		TEST(saying_no_leads_back_to_the_client),
		TEST(a_client_id_is_taken_as_people_paste_it),
		TEST(a_sign_in_goes_through_the_chosen_application),
		TEST(an_application_that_worked_is_kept),
		TEST(each_trouble_of_an_own_application_has_its_page),
		TEST(what_is_not_offered_is_not_shown),
		TEST(the_owner_sees_and_makes_invitations),
		TEST(an_invitation_says_who_invites),
		TEST(a_guessed_invitation_is_over),
		cmocka_unit_test(nothing_secret_is_logged),
	};

	return cmocka_run_group_tests(tests, rig_log_to_file, NULL);
}
