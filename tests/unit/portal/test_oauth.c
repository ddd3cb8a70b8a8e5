/* What clients find and ask for before they have a code: metadata, authorization
 * (docs/protocol.md ). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define CALLBACK  "https://claude.ai/api/mcp/auth_callback"
#define BACK      "https%3A%2F%2Fclaude.ai%2Fapi%2Fmcp%2Fauth_callback"
#define GOOD      "/authorize?response_type=code&client_id=abc&redirect_uri=" BACK \
	"&code_challenge=" CHALLENGE "&code_challenge_method=S256"
#define ISS       "iss=https%3A%2F%2Ftonearm.example"

static int
setup(void **state)
{
	struct rig *r;

	if (rig_setup(state) != 0)
		return -1;
	r = *state;
	r->client = (struct msg_client){.client_id = span_str("abc"), .kind = CLIENT_REGISTERED,
	    .name = span_str("Claude"), .redirects = span_str(CALLBACK "\nhttp://localhost/callback\n"
	    "cursor://anysphere.cursor-mcp/oauth/callback"), .fresh = 1};
	return 0;
}

static struct json_object *
answer_of(const struct rig *r)
{
	struct json_object *o = NULL;

	assert_int_equal(r->media, MEDIA_JSON);
	assert_int_equal(r->cors, 1);
	assert_ok(json_parse(buf_span(&r->body), &json_from_client, &o));
	return o;
}

static void
assert_error(const struct rig *r, unsigned status, const char *error)
{
	struct json_object *o = answer_of(r);
	struct span s = {0};

	assert_int_equal(r->status, status);
	assert_true(json_get_str(o, "error", &s));
	if (!span_is(s, error))
		fail_msg("%.*s instead of %s", (int)s.n, (const char *)s.p, error);
	assert_true(json_get_str(o, "error_description", &s));
	assert_int_equal(r->cache, 0);
	json_object_put(o);
}

/* --- metadata -------------------------------------------------------------------------- */

static void
the_resource_is_described_in_both_places(void **state)
{
	static const char *const places[] = {"/.well-known/oauth-protected-resource",
	    "/.well-known/oauth-protected-resource/mcp"};
	struct rig *r = *state;
	struct json_object *o;
	struct span s;
	size_t i;

	rig_vault_away(r);
	for (i = 0; i < 2; i++) {
		rig_get(r, places[i], false);
		assert_int_equal(r->status, 200);
		assert_int_equal(r->cache, 1);
		o = answer_of(r);
		assert_true(json_get_str(o, "resource", &s) && span_is(s, "https://tonearm.example/mcp"));
		assert_true(rig_shows(r, "\"authorization_servers\":[\"https:\\/\\/tonearm.example\"]") ||
		    rig_shows(r, "\"authorization_servers\":[\"https://tonearm.example\"]"));
		assert_true(rig_shows(r, "\"bearer_methods_supported\":[\"header\"]"));
		assert_true(rig_shows(r, "\"playlists:write\""));
		assert_false(rig_shows(r, "offline_access"));
		json_object_put(o);
	}
}

static void
the_server_is_described_with_what_is_true(void **state)
{
	static const char *const places[] = {"/.well-known/oauth-authorization-server",
	    "/.well-known/openid-configuration"};
	static const struct { const char *name, *path; } urls[] = {
		{"issuer", ""}, {"authorization_endpoint", "/authorize"}, {"token_endpoint", "/token"},
		{"revocation_endpoint", "/revoke"}, {"registration_endpoint", "/register"},
		{"op_policy_uri", "/privacy"}, {"op_tos_uri", "/terms"},
	};
	static const char *const lists[] = {
		"\"response_types_supported\":[\"code\"]", "\"code_challenge_methods_supported\":[\"S256\"]",
		"\"grant_types_supported\":[\"authorization_code\",\"refresh_token\"]",
		("\"token_endpoint_auth_methods_supported\":[\"none\",\"client_secret_post\","
		"\"client_secret_basic\"]"), "\"client_id_metadata_document_supported\":true",
		"\"authorization_response_iss_parameter_supported\":true", "\"library:read\"",
	};
	struct rig *r = *state;
	size_t i, k;

	for (i = 0; i < 2; i++) {
		struct json_object *o;
		struct span s;

		rig_get(r, places[i], false);
		o = answer_of(r);
		for (k = 0; k < sizeof(urls) / sizeof(urls[0]); k++) {
			char wanted[128];

			(void)snprintf(wanted, sizeof(wanted), "https://tonearm.example%s", urls[k].path);
			assert_true(json_get_str(o, urls[k].name, &s) && span_is(s, wanted));
		}
		for (k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
			if (!rig_shows(r, lists[k]))
				fail_msg("%s is missing", lists[k]);
		json_object_put(o);
	}
	r->portal.conf.registration = r->portal.conf.documents = false;
	rig_get(r, places[0], false);
	assert_false(rig_shows(r, "registration_endpoint"));
	assert_false(rig_shows(r, "client_id_metadata_document_supported"));
}

static void
programs_are_answered_in_json_whatever_is_wrong(void **state)
{
	static const struct { const char *target; uint8_t allow; } cases[] = {
		{"/token", METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_OPTIONS)},
		{"/register", METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_OPTIONS)},
		{"/revoke", METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_OPTIONS)},
	};
	struct rig *r = *state;
	static char large[17000];
	size_t i;

	memset(large, 'x', sizeof(large) - 1);
	for (i = 0; i < 3; i++) {
		struct ask a = {.method = METHOD_GET, .target = cases[i].target};

		rig_ask(r, &a);
		assert_error(r, 405, "invalid_request");
		assert_int_equal(r->allow, cases[i].allow);
		a.method = METHOD_OPTIONS;
		rig_ask(r, &a);
		assert_int_equal(r->status, 204);
		assert_int_equal(r->cors, 1);
		assert_int_equal(r->body.len, 0);
		a.method = METHOD_POST;
		a.body = large;
		rig_ask(r, &a);
		assert_error(r, 413, "invalid_request");
	}
	rig_vault_away(r);
	rig_get(r, "/", false);
	for (i = 0; i < 3; i++) {
		const struct ask a = {.method = METHOD_POST, .target = cases[i].target, .body = ""};

		rig_ask(r, &a);
		assert_error(r, 503, "temporarily_unavailable");
		assert_int_equal(r->retry_after, 5);
	}
	/* What people see has no CORS. */
	rig_get(r, "/authorize", false);
	assert_int_equal(r->cors, 0);
	assert_int_equal(r->media, MEDIA_HTML);
}

/* --- authorization ---------------------------------------------------------------------- */

static void
a_request_in_order_leads_to_consent(void **state)
{
	struct rig *r = *state;
	const char *cookie;
	uint8_t hash[HASH_BYTES];

	rig_get(r, GOOD "&state=x%2By%20z&scope=library%3Aread+playlists%3Awrite+offline_access"
	    "&resource=https%3A%2F%2Ftonearm.example%2Fmcp&nonce=1&unknown=2", false);
	assert_int_equal(r->status, 303);
	assert_string_equal(r->location, "/consent?request=a1b2c3d4e5f60718293a4b5c6d7e8f90");
	assert_true(span_is(r->client_get, "abc"));
	assert_true(span_is(r->auth_begin.client_id, "abc"));
	assert_true(span_is(r->auth_begin.redirect_uri, CALLBACK));
	assert_true(span_is(r->auth_begin.challenge, CHALLENGE));
	assert_int_equal(r->auth_begin.has_state, 1);
	assert_true(span_is(r->auth_begin.state, "x+y z"));
	assert_int_equal(r->auth_begin.scopes, SCOPE_LIBRARY_READ | SCOPE_PLAYLISTS_READ |
	    SCOPE_PLAYLISTS_WRITE);
	cookie = rig_cookie(r, "__Host-tonearm_browser");
	assert_non_null(cookie);
	assert_non_null(strstr(cookie, "; HttpOnly; SameSite=Lax; Secure"));
	rig_hash(cookie, strcspn(cookie, ";"), hash);
	assert_memory_equal(hash, r->auth_begin.browser, HASH_BYTES);
	rig_secret(cookie, strcspn(cookie, ";"));
}

static void
a_browser_that_is_known_keeps_its_cookie(void **state)
{
	const struct ask a = {.method = METHOD_GET, .target = GOOD,
	    .cookie = "__Host-tonearm_browser=YnJvd3Nlci1jb29raWUtb2YtdGhlLXRlc3QtMDAwMDA"};
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];

	rig_ask(r, &a);
	assert_int_equal(r->status, 303);
	rig_hash("YnJvd3Nlci1jb29raWUtb2YtdGhlLXRlc3QtMDAwMDA", 43, hash);
	assert_memory_equal(hash, r->auth_begin.browser, HASH_BYTES);
	/* Without scope: the preset; without state: none. */
	assert_int_equal(r->auth_begin.scopes, SCOPE_LIBRARY_READ | SCOPE_PLAYLISTS_READ |
	    SCOPE_PLAYBACK_READ | SCOPE_PLAYBACK_CONTROL | SCOPE_HISTORY_READ);
	assert_int_equal(r->auth_begin.has_state, 0);
	rig_get(r, GOOD "&state=&scope=", false);
	assert_int_equal(r->auth_begin.has_state, 1);
	assert_int_equal(r->auth_begin.state.n, 0);
	assert_int_equal(r->auth_begin.scopes & SCOPE_LIBRARY_WRITE, 0);
}

/* Nobody is told anything at an address that may not be the client's. */
static void
what_has_no_sure_client_or_address_is_a_page_and_no_redirect(void **state)
{
	static const char *const targets[] = {
		"/authorize", "/authorize?client_id=abc", "/authorize?redirect_uri=" BACK,
		"/authorize?client_id=&redirect_uri=" BACK,
		"/authorize?client_id=other&redirect_uri=" BACK,
		"/authorize?client_id=abc&client_id=abc&redirect_uri=" BACK,
		"/authorize?client_id=abc&redirect_uri=" BACK "&redirect_uri=" BACK,
		"/authorize?client_id=abc&redirect_uri=" BACK "%2F",
		"/authorize?client_id=abc&redirect_uri=https%3A%2F%2Fevil.example%2F",
		"/authorize?client_id=abc&redirect_uri=" BACK "%23x",
		"/authorize?client_id=abc&redirect_uri=http%3A%2F%2Flocalhost.evil.example%2Fcallback",
		"/authorize?client_id=abc&redirect_uri=javascript%3Aalert(1)",
		"/authorize?client_id=abc&redirect_uri=%2F%2Fevil.example",
		"/authorize?client_id=%zz&redirect_uri=" BACK,
		"/authorize?client_id=abc%00&redirect_uri=" BACK,
	};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		rig_get(r, targets[i], false);
		if (r->status != 400 || r->media != MEDIA_HTML || r->location[0] != '\0')
			fail_msg("%s: %d %s", targets[i], r->status, r->location);
	}
	r->fail = PORTAL_UNAVAILABLE;
	rig_get(r, GOOD, false);
	assert_int_equal(r->status, 503);
	assert_string_equal(r->location, "");
}

static void
other_faults_are_told_to_the_client(void **state)
{
	static const struct { const char *target, *error; } cases[] = {
		{"&code_challenge=" CHALLENGE "&code_challenge_method=S256", "invalid_request"},
		{"&response_type=token&code_challenge=" CHALLENGE "&code_challenge_method=S256",
		    "unsupported_response_type"},
		{"&response_type=code", "invalid_request"},
		{"&response_type=code&code_challenge=" CHALLENGE, "invalid_request"},
		{"&response_type=code&code_challenge=" CHALLENGE "&code_challenge_method=plain",
		    "invalid_request"},
		{"&response_type=code&code_challenge=short&code_challenge_method=S256", "invalid_request"},
		{"&response_type=code&code_challenge=" CHALLENGE "x&code_challenge_method=S256",
		    "invalid_request"},
		{"&response_type=code&code_challenge=&code_challenge_method=S256", "invalid_request"},
		{"&response_type=code&code_challenge=" CHALLENGE "&code_challenge_method=S256"
		    "&response_mode=fragment", "invalid_request"},
		{"&response_type=code&code_challenge=" CHALLENGE "&code_challenge_method=S256"
		    "&scope=openid+email", "invalid_scope"},
		{"&response_type=code&code_challenge=" CHALLENGE "&code_challenge_method=S256"
		    "&scope=library%3Aread&scope=library%3Aread", "invalid_request"},
		{"&response_type=code&code_challenge=" CHALLENGE "&code_challenge_method=S256"
		    "&resource=https%3A%2F%2Fevil.example%2Fmcp", "invalid_target"},
		{"&response_type=code&code_challenge=" CHALLENGE "&code_challenge_method=S256"
		    "&prompt=none", "consent_required"},
		{"&response_type=code&response_type=code&code_challenge=" CHALLENGE
		    "&code_challenge_method=S256", "invalid_request"},
	};
	struct rig *r = *state;
	size_t i;

	r->client.kind = CLIENT_DOCUMENT;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char target[1024], wanted[256];

		(void)snprintf(target, sizeof(target), "%s%s", "/authorize?client_id=abc&redirect_uri="
		    BACK "&state=s%26t", cases[i].target);
		rig_get(r, target, false);
		assert_int_equal(r->status, 303);
		(void)snprintf(wanted, sizeof(wanted), CALLBACK "?error=%s&error_description=",
		    cases[i].error);
		if (strncmp(r->location, wanted, strlen(wanted)) != 0)
			fail_msg("%s: %s", target, r->location);
		assert_non_null(strstr(r->location, "&state=s%26t&" ISS));
		assert_int_equal(r->questions, 1);
	}
	/* Without a state none comes back, with an empty one an empty one. */
	rig_get(r, "/authorize?client_id=abc&redirect_uri=" BACK, false);
	assert_null(strstr(r->location, "state="));
	rig_get(r, "/authorize?client_id=abc&state=&redirect_uri=" BACK, false);
	assert_non_null(strstr(r->location, "&state=&" ISS));
	/* A doubled one is neither. */
	rig_get(r, GOOD "&state=a&state=b", false);
	assert_non_null(strstr(r->location, "error=invalid_request"));
	assert_null(strstr(r->location, "state="));
}

static void
the_address_of_a_client_keeps_its_own_query(void **state)
{
	struct rig *r = *state;

	r->client.kind = CLIENT_DOCUMENT;
	r->client.redirects = span_str("https://a.example/cb?x=1\nhttps://a.example/cb?");
	rig_get(r, "/authorize?client_id=abc&redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Fx%3D1", false);
	assert_true(strncmp(r->location, "https://a.example/cb?x=1&error=invalid_request&", 46) == 0);
	rig_get(r, "/authorize?client_id=abc&redirect_uri=https%3A%2F%2Fa.example%2Fcb%3F", false);
	assert_true(strncmp(r->location, "https://a.example/cb?error=", 27) == 0);
	rig_get(r, "/authorize?client_id=abc&redirect_uri=http%3A%2F%2Flocalhost%3A5000%2Fcallback",
	    false);
	assert_int_equal(r->status, 400);
	r->client.redirects = span_str("http://localhost/callback");
	rig_get(r, "/authorize?client_id=abc&redirect_uri=http%3A%2F%2Flocalhost%3A5000%2Fcallback",
	    false);
	assert_true(strncmp(r->location, "http://localhost:5000/callback?error=", 37) == 0);
}

static void
a_state_of_four_thousand_bytes_comes_back_whole(void **state)
{
	static char target[8192], text[4200];
	struct rig *r = *state;
	const size_t n = 4096;

	memset(text, 'a', n);
	(void)snprintf(target, sizeof(target), "%s%s", GOOD "&state=", text);
	rig_get(r, target, false);
	assert_int_equal(r->status, 303);
	assert_int_equal(r->auth_begin.state.n, n);
	r->client.kind = CLIENT_DOCUMENT;
	(void)snprintf(target, sizeof(target), "%s%s",
	    "/authorize?client_id=abc&redirect_uri=" BACK "&state=", text);
	rig_get(r, target, false);
	assert_non_null(strstr(r->location, text));
	/* One more, and one that would not fit into an address: nobody to tell. */
	(void)snprintf(target, sizeof(target), "%s%sa", GOOD "&state=", text);
	rig_get(r, target, false);
	assert_int_equal(r->status, 400);
	memset(text, '/', 4000);
	text[4000] = '\0';
	(void)snprintf(target, sizeof(target), "%s%s", GOOD "&state=", text);
	rig_get(r, target, false);
	assert_int_equal(r->status, 400);
	assert_string_equal(r->location, "");
}

static void
a_program_of_its_own_scheme_is_opened_from_a_page(void **state)
{
	struct rig *r = *state;

	rig_get(r, "/authorize?client_id=abc&state=%22%3Cx&redirect_uri="
	    "cursor%3A%2F%2Fanysphere.cursor-mcp%2Foauth%2Fcallback", false);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->media, MEDIA_HTML);
	assert_string_equal(r->location, "");
	assert_true(rig_shows(r, "content=\"0;url=cursor://anysphere.cursor-mcp/oauth/callback"
	    "?error=invalid_request&amp;"));
	assert_true(rig_shows(r, "state=%22%3Cx"));
	assert_true(rig_shows(r, "Nothing was connected"));
}

/* RFC 9700 section 4.11.2: anybody may register any site. */
static void
a_link_to_us_does_not_lead_on_to_a_site_that_anybody_registered(void **state)
{
	struct rig *r = *state;

	r->client.redirects = span_str("https://a.example/cb\nhttp://127.0.0.1/cb");
	rig_get(r, "/authorize?client_id=abc&prompt=none&state=%3Cx&redirect_uri="
	    "https%3A%2F%2Fa.example%2Fcb", false);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->media, MEDIA_HTML);
	assert_string_equal(r->location, "");
	assert_false(rig_shows(r, "http-equiv"));
	assert_true(rig_shows(r, "<code>a.example</code>"));
	assert_true(rig_shows(r, "href=\"https://a.example/cb?error=invalid_request&amp;"));
	assert_true(rig_shows(r, "state=%3Cx&amp;" ISS));
	/* A program on the same machine is nobody's site. */
	rig_get(r, "/authorize?client_id=abc&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcb", false);
	assert_int_equal(r->status, 303);
	assert_true(strncmp(r->location, "http://127.0.0.1:5000/cb?error=", 31) == 0);
	/* The operator entered it, or the site itself says so. */
	r->client.kind = CLIENT_GIVEN;
	rig_get(r, "/authorize?client_id=abc&redirect_uri=https%3A%2F%2Fa.example%2Fcb", false);
	assert_int_equal(r->status, 303);
}

static void
a_document_that_cannot_be_fetched_is_a_page(void **state)
{
	struct rig *r = *state;

	/* Without a path it is no address of a document. */
	rig_get(r, "/authorize?client_id=https%3A%2F%2Fc.example&redirect_uri=" BACK, false);
	assert_int_equal(r->media, MEDIA_HTML);
	assert_true(r->status >= 400);
	assert_string_equal(r->location, "");
	assert_true(span_is(r->client_get, "https://c.example"));
	/* Where they are not asked for it is an id like any other. */
	r->portal.conf.documents = false;
	rig_get(r, "/authorize?client_id=https%3A%2F%2Fc.example&redirect_uri=" BACK, false);
	assert_int_equal(r->status, 400);
	/* A copy that is past its time is not used. */
	r->portal.conf.documents = true;
	r->client.client_id = span_str("https://c.example");
	r->client.kind = CLIENT_DOCUMENT;
	r->client.fresh = 0;
	rig_get(r, "/authorize?client_id=https%3A%2F%2Fc.example&redirect_uri=" BACK, false);
	assert_string_equal(r->location, "");
	r->client.fresh = 1;
	rig_get(r, "/authorize?client_id=https%3A%2F%2Fc.example&redirect_uri=" BACK, false);
	assert_int_equal(r->status, 303);
}

static void
an_address_begins_so_many_requests(void **state)
{
	const struct ask a = {.method = METHOD_GET, .target = "/authorize", .client = "192.0.2.1"};
	const struct ask other = {.method = METHOD_GET, .target = "/authorize", .client = "192.0.2.2"};
	struct rig *r = *state;
	unsigned i;

	for (i = 0; i < 700 && (i == 0 || r->status == 400); i++)
		rig_ask(r, &a);
	assert_int_equal(r->status, 429);
	assert_true(i > 600);
	assert_true(r->retry_after > 0);
	rig_ask(r, &other);
	assert_int_equal(r->status, 400);
}

static void
no_secret_is_in_the_log(void **state)
{
	(void)state;
	rig_check_log("authorization_refused", 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_resource_is_described_in_both_places),
		T(the_server_is_described_with_what_is_true),
		T(programs_are_answered_in_json_whatever_is_wrong),
		T(a_request_in_order_leads_to_consent),
		T(a_browser_that_is_known_keeps_its_cookie),
		T(what_has_no_sure_client_or_address_is_a_page_and_no_redirect),
		T(other_faults_are_told_to_the_client),
		T(the_address_of_a_client_keeps_its_own_query),
		T(a_state_of_four_thousand_bytes_comes_back_whole),
		T(a_program_of_its_own_scheme_is_opened_from_a_page),
		T(a_link_to_us_does_not_lead_on_to_a_site_that_anybody_registered),
		T(a_document_that_cannot_be_fetched_is_a_page),
		T(an_address_begins_so_many_requests),
		cmocka_unit_test(no_secret_is_in_the_log),
	};

	return cmocka_run_group_tests_name("portal oauth", tests, rig_log_to_file, NULL);
}
