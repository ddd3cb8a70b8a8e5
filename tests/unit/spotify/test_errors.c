/*
 * What answers mean, and the sentence a model gets.  With TONEARM_SHARED (or
 * ../shared) the project's collection of answers is held against the table
 * here: a case that is there must be here.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/unit.h"
#include "worker/spotify/errors.h"
#include "worker/spotify/field.h"

#define J "application/json"
#define P "text/plain"
#define WEB(status, message) "{\"error\":{\"status\":" #status ",\"message\":\"" message "\"}}"
#define WHY(status, message, reason) "{\"error\":{\"status\":" #status ",\"message\":\"" message \
	"\",\"reason\":\"" reason "\"}}"
#define ACC(error, text) "{\"error\":\"" error "\",\"error_description\":\"" text "\"}"

static const struct {
	const char *name;
	enum sp_op op;
	int status;
	const char *type;
	int64_t retry_after;
	const char *body;
	enum sp_problem problem;
	const char *says;       /* part of the sentence; NULL: none is needed */
} cases[] = {
	{"missing_token", SP_OP_ME, 401, J, -1, WEB(401, "Missing/invalid/expired access token"),
	    SP_TOKEN_REFUSED, "https://t.example/login"},
	{"invalid_token", SP_OP_ME, 401, J, -1, WEB(401, "Missing/invalid/expired access token"),
	    SP_TOKEN_REFUSED, "access token"},
	{"expired_token_older_wording", SP_OP_ME, 401, J, -1, WEB(401, "The access token expired"),
	    SP_TOKEN_REFUSED, "access token"},
	{"player_scope_missing", SP_OP_PLAYER, 401, J, -1, WEB(401, "Permissions missing"),
	    SP_PLAYER_SCOPE, "user-read-playback-state"},
	{"scope_missing", SP_OP_SAVED_TRACKS, 403, J, -1, WEB(403, "Insufficient client scope"),
	    SP_SCOPE, "user-library-read"},
	{"closed_to_this_app", SP_OP_ARTIST, 403, J, -1, WEB(403, "Forbidden"), SP_CLOSED,
	    "closed to the application"},
	{"closed_to_this_app", SP_OP_PLAYLIST_ITEMS, 403, J, -1, WEB(403, "Forbidden"),
	    SP_PLAYLIST_CLOSED, "owner and collaborators"},
	{"closed_to_this_app", SP_OP_MY_PLAYLISTS, 403, J, -1, WEB(403, "Forbidden"), SP_CLOSED,
	    "(playlists) closed"},
	{"user_not_allowlisted", SP_OP_ME, 403, P, -1, "User not registered in the Developer Dashboard",
	    SP_NOT_ALLOWLISTED, "User Management"},
	{"owner_not_premium", SP_OP_ME, 403, P, -1, "Active premium subscription required for the "
	    "owner of the app. When the subscription status changes, it can take a few hours before "
	    "requests are allowed again.", SP_OWNER_PREMIUM, "operator"},
	{"premium_required", SP_OP_PLAY, 403, J, -1,
	    WHY(403, "Player command failed: Premium required", "PREMIUM_REQUIRED"), SP_PREMIUM,
	    "only Premium accounts"},
	{"player_restriction", SP_OP_PAUSE, 403, J, -1,
	    WHY(403, "Player command failed: Restriction violated", "UNKNOWN"), SP_RESTRICTED,
	    "paused or playing already"},
	{"older_player_reason", SP_OP_PAUSE, 403, J, -1,
	    WHY(403, "Player command failed", "ALREADY_PAUSED"), SP_RESTRICTED, NULL},
	{"no_active_device", SP_OP_PLAY, 404, J, -1,
	    WHY(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE"),
	    SP_NO_DEVICE, "No Spotify device is active"},
	{"device_not_found", SP_OP_PLAY, 404, J, -1, WEB(404, "Device not found"), SP_DEVICE_GONE,
	    "does not know that device"},
	{"resource_not_found", SP_OP_TRACK, 404, J, -1, WEB(404, "Resource not found"), SP_NOT_FOUND,
	    "nothing under that id"},
	{"route_not_found", SP_OP_TRACK, 404, J, -1, WEB(404, "Service not found"), SP_NO_ROUTE,
	    "operator"},
	{"invalid_limit", SP_OP_SEARCH, 400, J, -1, WEB(400, "Invalid limit"), SP_BAD_LIMIT,
	    "size of the page"},
	{"library_uris_in_body", SP_OP_LIBRARY_SAVE, 400, J, -1,
	    WEB(400, "Missing required field: uris"), SP_BAD_URIS, "list of items"},
	{"too_many_uris", SP_OP_PLAYLIST_ADD, 400, J, -1,
	    WEB(400, "You can add a maximum of 100 tracks per request."), SP_TOO_MANY, "fewer items"},
	{"other_400", SP_OP_TRACK, 400, J, -1, WEB(400, "invalid id"), SP_BAD_REQUEST, "HTTP 400"},
	{"rate_limited", SP_OP_ME, 429, J, 2, WEB(429, "API rate limit exceeded"), SP_RATE,
	    "in 2 seconds"},
	{"rate_limited_plain", SP_OP_ME, 429, P, 19056, "Too many requests", SP_RATE,
	    "in 5 h 18 min (at 2026-11-22 17:17 UTC)"},
	{"rate_limited_no_header", SP_OP_ME, 429, J, -1, WEB(429, "API rate limit exceeded"),
	    SP_RATE_UNKNOWN, "does not say for how long"},
	{"quota_exceeded", SP_OP_SEARCH, 429, J, 48925,
	    WHY(429, "Too many requests", "QUOTA_EXCEEDED"), SP_QUOTA, "allowance"},
	{"bad_gateway", SP_OP_ME, 502, J, -1, WEB(502, "Bad gateway."), SP_DOWN, "HTTP 502"},
	{"edge_unavailable", SP_OP_ME, 503, P, -1, "upstream connect error or disconnect/reset before "
	    "headers. reset reason: connection termination", SP_DOWN, "HTTP 503"},
	{"edge_html", SP_OP_ME, 502, "text/html", -1, "<html><head><title>502 Server Error</title>"
	    "</head><body>Error: Server Error</body></html>", SP_DOWN, "HTTP 502"},
	{"player_ok_plain_text", SP_OP_PLAY, 200, P, -1, "oPClBVDzidwlAlSqmFF-zKNO62E", SP_OK, NULL},
	{"player_nothing_playing", SP_OP_PLAYER, 204, "", -1, "", SP_OK, NULL},
	{"refresh_expired", SP_OP_TOKEN, 400, J, -1, ACC("invalid_grant", "Refresh token expired"),
	    SP_GRANT_EXPIRED, "six months"},
	{"refresh_revoked", SP_OP_TOKEN, 400, J, -1, ACC("invalid_grant", "Refresh token revoked"),
	    SP_GRANT_REVOKED, "spotify.com/account/apps"},
	{"refresh_invalid", SP_OP_TOKEN, 400, J, -1, ACC("invalid_grant", "Invalid refresh token"),
	    SP_GRANT_INVALID, "https://t.example/login"},
	{"code_invalid", SP_OP_TOKEN, 400, J, -1, ACC("invalid_grant", "Invalid authorization code"),
	    SP_CODE_INVALID, "Start over"},
	{"client_invalid", SP_OP_TOKEN, 400, J, -1, ACC("invalid_client", "Invalid client"),
	    SP_CLIENT_INVALID, "client id"},
	{"client_secret_invalid", SP_OP_TOKEN, 400, J, -1,
	    ACC("invalid_client", "Invalid client secret"), SP_CLIENT_INVALID, "client id"},
	{"client_missing", SP_OP_TOKEN, 400, J, -1, "{\"error\":\"invalid_client\"}",
	    SP_CLIENT_INVALID, "client id"},
	{"token_edge_failure", SP_OP_TOKEN, 503, P, -1,
	    "upstream connect error or disconnect/reset before headers", SP_ACCOUNTS_DOWN,
	    "sign-in itself is still good"},
	{"token_html_400", SP_OP_TOKEN, 400, "text/html", -1, "{\"error\":\"invalid_grant\"}",
	    SP_ACCOUNTS_DOWN, NULL},
	{"token_ok_first", SP_OP_TOKEN, 200, J, -1, "{}", SP_OK, NULL},
	{"token_ok_refresh_without_refresh_token", SP_OP_TOKEN, 200, J, -1, "{}", SP_OK, NULL},
	{"token_ok_refresh_rotated", SP_OP_TOKEN, 200, J, -1, "{}", SP_OK, NULL},
};
#define N (sizeof(cases) / sizeof(cases[0]))

static const struct sp_error_facts facts = {.login_url = "https://t.example/login",
	.now = 1795348800};   /* 2026-11-22 12:00 UTC */

static void
every_case_has_its_meaning_and_sentence(void **state)
{
	struct sp_error e;
	struct buf text;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		sp_classify(cases[i].op, cases[i].status, cases[i].type, span_str(cases[i].body),
		    cases[i].retry_after, &e);
		if (e.problem != cases[i].problem)
			fail_msg("%s means %s", cases[i].name, sp_problem_word(e.problem));
		if (cases[i].says == NULL)
			continue;
		buf_init(&text, 2048);
		assert_ok(sp_error_text(&e, &facts, &text));
		if (strstr(buf_cstr(&text), cases[i].says) == NULL)
			fail_msg("%s says: %s", cases[i].name, buf_cstr(&text));
		if (strpbrk(buf_cstr(&text), "{}") != NULL)
			fail_msg("%s leaves a hole: %s", cases[i].name, buf_cstr(&text));
		buf_free(&text);
	}
}

static void
every_problem_has_word_and_sentence(void **state)
{
	struct sp_error e = {.status = 500, .op = SP_OP_PLAYER, .retry_after = 10};
	struct buf text;
	unsigned p;

	(void)state;
	for (p = SP_OK + 1; p < SP_PROBLEM_COUNT; p++) {
		e.problem = p;
		buf_init(&text, 2048);
		assert_ok(sp_error_text(&e, &facts, &text));
		assert_true(text.len > 20);
		assert_null(strpbrk(buf_cstr(&text), "{}"));
		assert_non_null(sp_problem_word(p));
		buf_free(&text);
	}
}

static void
each_problem_has_its_own_sentence(void **state)
{
	struct sp_error e = {.status = 500, .op = SP_OP_PLAYER, .retry_after = 10};
	struct buf text[SP_PROBLEM_COUNT];
	unsigned p, q;

	(void)state;
	for (p = SP_OK + 1; p < SP_PROBLEM_COUNT; p++) {
		e.problem = p;
		buf_init(&text[p], 2048);
		assert_ok(sp_error_text(&e, &facts, &text[p]));
		for (q = SP_OK + 1; q < p; q++)
			if (strcmp(buf_cstr(&text[p]), buf_cstr(&text[q])) == 0)
				fail_msg("%s: %s", sp_problem_word(p), buf_cstr(&text[p]));
	}
	for (p = SP_OK + 1; p < SP_PROBLEM_COUNT; p++)
		buf_free(&text[p]);
}

static void
waiting_times_are_told_for_people(void **state)
{
	static const struct { int64_t s; const char *text; } t[] = {
		{-1, "later; Spotify does not say when"}, {0, "in 0 seconds"}, {1, "in 1 second"},
		{119, "in 119 seconds"}, {120, "in 2 min (at 12:02 UTC)"},
		{3541, "in 1 h 0 min (at 2026-11-22 12:59 UTC)"},
		{48925, "in 13 h 36 min (at 2026-11-23 01:35 UTC)"},
	};
	struct buf text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_init(&text, 256);
		assert_ok(sp_wait_text(t[i].s, 1795348800, &text));
		assert_string_equal(buf_cstr(&text), t[i].text);
		buf_free(&text);
	}
}

/* The collection outside the project: every case is in the table above and is
 * read the same with its own body. */
static void
the_collected_answers_are_all_known(void **state)
{
	const char *shared = getenv("TONEARM_SHARED");
	char path[512];
	struct json_object *all, *c;
	struct sp_error e;
	struct buf body;
	size_t i, k;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/spotify/examples/errors.json",
	    shared != NULL ? shared : "../shared");
	all = json_object_from_file(path);
	if (all == NULL) {
		print_message("skipped: %s is not there (TONEARM_SHARED)\n", path);
		skip();
	}
	for (i = 0; i < field_len(all); i++) {
		struct json_object *headers, *b;
		struct span name, retry;
		int64_t seconds = -1;
		char type[64] = "";

		c = json_object_array_get_idx(all, i);
		name = field_str(c, "name");
		for (k = 0; k < N && !span_is(name, cases[k].name); k++)
			;
		if (k == N)
			fail_msg("%.*s is not in the table", (int)name.n, (const char *)name.p);
		headers = json_get_obj(c, "headers");
		retry = field_str(headers, "Retry-After");
		if (retry.n > 0)
			seconds = atoll((const char *)retry.p);
		(void)snprintf(type, sizeof(type), "%.*s", (int)field_str(c, "content_type").n,
		    (const char *)field_str(c, "content_type").p);
		b = json_get(c, "body");
		buf_init(&body, 65536);
		if (json_object_is_type(b, json_type_string))
			assert_ok(buf_put_span(&body, field_str(c, "body")));
		else if (b != NULL)
			assert_ok(json_write(&body, b));
		sp_classify(cases[k].op, (int)field_int(c, "status", 0), type, buf_span(&body), seconds,
		    &e);
		if (e.problem != cases[k].problem)
			fail_msg("%s means %s", cases[k].name, sp_problem_word(e.problem));
		buf_free(&body);
	}
	json_object_put(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_has_its_meaning_and_sentence),
		cmocka_unit_test(every_problem_has_word_and_sentence),
		cmocka_unit_test(each_problem_has_its_own_sentence),
		cmocka_unit_test(waiting_times_are_told_for_people),
		cmocka_unit_test(the_collected_answers_are_all_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
