/*
 * tonearm-front's part in signing clients in: challenges that say where and what
 * for, and the fields of the portal's answers to programs and people.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/front/steps.h"

#define PRESET "library:read playlists:read playback:read playback:control history:read"

/* The challenge is one field; the metadata is where the options say the server
 * is, whatever Host and X-Forwarded-Host say. */
static void
a_401_says_where_to_sign_in_and_what_to_ask_for(void **state)
{
	char junk[TOKEN_CHARS + 1], wanted[512];
	struct response r;
	int fd = dial(&rig);
	size_t i;
	static const char *const methods[] = {"GET", "POST", "DELETE"};

	(void)state;
	for (i = 0; i < 3; i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "%s /mcp HTTP/1.1\r\nHost: %s\r\n"
		    "X-Forwarded-Host: evil.example\r\nContent-Length: 0\r\n\r\n", methods[i], rig.host);
		put_text(fd, text);
		assert_true(read_response(fd, false, &r));
		assert_int_equal(r.status, 401);
		(void)snprintf(wanted, sizeof(wanted), "Bearer realm=\"tonearm\", resource_metadata="
		    "\"http://%s/.well-known/oauth-protected-resource/mcp\", scope=\"" PRESET "\"",
		    rig.host);
		assert_string_equal(field_of(&r, "WWW-Authenticate"), wanted);
		assert_null(strstr(buf_cstr(&r.head), "offline_access"));
		assert_string_equal(field_of(&r, "Content-Type"), "application/json");
		assert_non_null(strstr(buf_cstr(&r.body), "\"error\":\"invalid_token\""));
		free_response(&r);
	}
	(void)snprintf(junk, sizeof(junk), "%s", rig_token(&rig, CRED_OAUTH, 1));
	junk[40] = junk[40] == 'A' ? 'B' : 'A';
	post(fd, junk, "", "{}");
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 401);
	assert_non_null(strstr(field_of(&r, "WWW-Authenticate"), ", error=\"invalid_token\""));
	free_response(&r);
	(void)close(fd);
}

/* Codes, refresh tokens, secrets, tickets, invitations: none of them opens /mcp. */
static void
no_other_kind_of_token_is_accepted(void **state)
{
	unsigned kind;
	int fd = dial(&rig);

	(void)state;
	for (kind = CRED_NONE + 1; kind < CRED_COUNT; kind++) {
		if (kind == CRED_PERSONAL || kind == CRED_OAUTH)
			continue;
		post(fd, rig_token(&rig, (enum cred_kind)kind, 1), "", "{}");
		expect(fd, 401, NULL);
	}
	no_frame(&rig.vault);
	(void)close(fd);
}

static void
an_oauth_token_reaches_its_worker(void **state)
{
	const char *token = rig_token(&rig, CRED_OAUTH, 3);
	struct asked a;
	struct end w;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	post(fd, token, "", "{\"a\":1}");
	take_request(&w, &a);
	assert_int_equal(a.kind, CRED_OAUTH);
	give_answer(&w, a.id, 200, "{}");
	expect(fd, 200, "{}");
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
}

static void
a_403_for_scopes_names_all_that_are_needed(void **state)
{
	const char *token = rig_token(&rig, CRED_OAUTH, 4);
	struct response r;
	struct asked a;
	struct end w;
	char wanted[512];
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_PUT(&w, a.id, RES_HEAD, res_head, .status = 403, .media = MEDIA_JSON,
	    .auth_error = AUTH_SCOPE, .scopes = SCOPE_LIBRARY_READ | SCOPE_LIBRARY_WRITE);
	RIG_SEND(&w, a.id, RES_BODY, res_body, .last = 1, .data = span_str("{}"));
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 403);
	(void)snprintf(wanted, sizeof(wanted), "Bearer realm=\"tonearm\", resource_metadata="
	    "\"http://%s/.well-known/oauth-protected-resource/mcp\", "
	    "scope=\"library:read library:write\", error=\"insufficient_scope\", "
	    "error_description=\"this needs more than was allowed\"", rig.host);
	assert_string_equal(field_of(&r, "WWW-Authenticate"), wanted);
	free_response(&r);
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
}

/* The next request for a page: answered with this head and body. */
#define ANSWER_PAGE(text, ...) do { \
	struct msg_page_req asked_; \
	struct msg_req_body body_; \
	uint64_t rid_; \
	RIG_EXPECT(&rig.portal, PAGE_REQ, page_req, &asked_, &rid_); \
	RIG_EXPECT(&rig.portal, REQ_BODY, req_body, &body_, &rid_); \
	RIG_PUT(&rig.portal, rid_, PAGE_RES, page_res, __VA_ARGS__); \
	RIG_SEND(&rig.portal, rid_, RES_BODY, res_body, .last = 1, .data = span_str(text)); \
} while (0)

static void
answers_to_programs_are_for_every_origin_and_not_kept(void **state)
{
	struct response r;
	int fd = dial(&rig);

	(void)state;
	get_path(fd, "/.well-known/oauth-authorization-server", "Origin: https://else.example\r\n");
	ANSWER_PAGE("{}", .status = 200, .media = MEDIA_JSON, .cors = 1, .cache = 1);
	assert_true(read_response(fd, false, &r));
	assert_string_equal(field_of(&r, "Content-Type"), "application/json");
	assert_string_equal(field_of(&r, "Access-Control-Allow-Origin"), "*");
	assert_null(field_of(&r, "Access-Control-Allow-Credentials"));
	assert_string_equal(field_of(&r, "Cache-Control"), "public, max-age=3600");
	free_response(&r);
	get_path(fd, "/token", "");
	ANSWER_PAGE("{}", .status = 401, .media = MEDIA_JSON, .cors = 1, .basic = 1);
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 401);
	assert_string_equal(field_of(&r, "WWW-Authenticate"), "Basic realm=\"tonearm\"");
	assert_string_equal(field_of(&r, "Cache-Control"), "no-store");
	free_response(&r);
	get_path(fd, "/token", "");
	ANSWER_PAGE("{}", .status = 405, .media = MEDIA_JSON, .cors = 1,
	    .allow = METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_OPTIONS));
	assert_true(read_response(fd, false, &r));
	assert_string_equal(field_of(&r, "Allow"), "POST, OPTIONS");
	free_response(&r);
	(void)close(fd);
}

static void
a_preflight_for_a_program_says_what_may_be_sent(void **state)
{
	char text[256];
	struct response r;
	int fd = dial(&rig);

	(void)state;
	(void)snprintf(text, sizeof(text), "OPTIONS /token HTTP/1.1\r\nHost: %s\r\n"
	    "Origin: https://else.example\r\nAccess-Control-Request-Method: POST\r\n\r\n", rig.host);
	put_text(fd, text);
	ANSWER_PAGE("", .status = 204, .cors = 1);
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 204);
	assert_string_equal(field_of(&r, "Access-Control-Allow-Origin"), "*");
	assert_string_equal(field_of(&r, "Access-Control-Allow-Methods"), "GET, HEAD, POST, OPTIONS");
	assert_string_equal(field_of(&r, "Access-Control-Allow-Headers"),
	    "Authorization, Content-Type, MCP-Protocol-Version");
	free_response(&r);
	/* Pages for people are for no other origin. */
	put_text(fd, text);
	ANSWER_PAGE("x", .status = 405, .media = MEDIA_HTML);
	assert_true(read_response(fd, false, &r));
	assert_null(field_of(&r, "Access-Control-Allow-Origin"));
	free_response(&r);
	(void)close(fd);
}

static void
a_page_may_lead_its_forms_to_a_client(void **state)
{
	struct response r;
	int fd = dial(&rig);

	(void)state;
	get_path(fd, "/consent", "");
	ANSWER_PAGE("<p>", .status = 200, .media = MEDIA_HTML,
	    .form_action = span_str("https://accounts.example https://claude.ai cursor:"));
	assert_true(read_response(fd, false, &r));
	assert_string_equal(field_of(&r, "Content-Security-Policy"), "default-src 'none'; "
	    "style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self' "
	    "https://accounts.example https://claude.ai cursor:; frame-ancestors 'none'");
	assert_string_equal(field_of(&r, "X-Frame-Options"), "DENY");
	free_response(&r);
	(void)close(fd);
}

/* The portal is not believed either: no source can end the directive, and none
 * can be a keyword or a wildcard. */
static void
a_source_that_is_none_ends_the_portal(void **state)
{
	static const char *const sources[] = {"https://a; script-src *", "'unsafe-inline'", "*",
	    "https://a\r\nX: y", "https://a,https://b", "https://a\t", "data:\"", "https://a?b"};
	struct msg_page_req m;
	uint64_t id;
	int fd = dial(&rig);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		get_path(fd, "/", "");
		RIG_EXPECT(&rig.portal, PAGE_REQ, page_req, &m, &id);
		RIG_SEND(&rig.portal, id, PAGE_RES, page_res, .status = 200, .media = MEDIA_HTML,
		    .form_action = span_str(sources[i]));
		expect(fd, 502, NULL);
		end_close(&rig.portal);
		rig_portal(&rig);
	}
	(void)close(fd);
}

/* A state of 4096 bytes goes back to its client in a redirect. */
static void
a_redirect_may_be_8000_bytes_long(void **state)
{
	char place[8001];
	struct response r;
	int fd = dial(&rig);

	(void)state;
	(void)snprintf(place, sizeof(place), "https://claude.ai/api/mcp/auth_callback?state=");
	memset(place + strlen(place), 'x', sizeof(place) - 1 - strlen(place));
	place[sizeof(place) - 1] = '\0';
	get_path(fd, "/authorize", "");
	ANSWER_PAGE("", .status = 303, .location = span_str(place),
	    .cookie1 = span_str("a=b"), .cookie2 = span_str("c=d"));
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 303);
	assert_non_null(strstr(buf_cstr(&r.head), place));
	free_response(&r);
	(void)close(fd);
}

static int
start(void **state)
{
	(void)state;
	rig_start(&rig, "server.isolation=reduced\n");
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_401_says_where_to_sign_in_and_what_to_ask_for),
		TEST(no_other_kind_of_token_is_accepted),
		TEST(an_oauth_token_reaches_its_worker),
		TEST(a_403_for_scopes_names_all_that_are_needed),
		TEST(answers_to_programs_are_for_every_origin_and_not_kept),
		TEST(a_preflight_for_a_program_says_what_may_be_sent),
		TEST(a_page_may_lead_its_forms_to_a_client),
		TEST(a_source_that_is_none_ends_the_portal),
		TEST(a_redirect_may_be_8000_bytes_long),
	};

	return cmocka_run_group_tests_name("front sign-in", tests, NULL, NULL);
}
