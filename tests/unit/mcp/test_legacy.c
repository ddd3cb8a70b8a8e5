/* The legacy era: versions, sessions, batches (docs/protocol.md section 5). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/credentials.h"

#define LIST "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"
#define PING "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"
#define CALL_SLOW(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\"," \
	"\"params\":{\"name\":\"slow\"}}"

static void
initialize_answers_the_same_version_if_it_is_ours(void **state)
{
	static const char *const ours[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};
	struct bench *b = *state;
	char session[200];
	size_t i;

	for (i = 0; i < 4; i++) {
		start_session(b, ours[i], session);
		assert_true(strlen(session) > 40);
		assert_string_equal(text_at(b, "result.serverInfo.name"), "tonearm");
		assert_null(at(b->reply.json, "result|resultType"));
		assert_non_null(at(b->reply.json, "result|capabilities|tools"));
		assert_true(strlen(text_at(b, "result.instructions")) < 2048);
	}
}

static void
initialize_never_answers_with_the_modern_version(void **state)
{
	static const char *const asked[] = {"2026-07-28", "2024-10-07", "2099-01-01", "", "x"};
	struct bench *b = *state;
	char body[256];
	size_t i;

	for (i = 0; i < 5; i++) {
		(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":"
		    "\"initialize\",\"params\":{\"protocolVersion\":\"%s\"}}", asked[i]);
		post(b, NO_FIELDS, body);
		assert_string_equal(text_at(b, "result.protocolVersion"), "2025-11-25");
		assert_string_equal(text_at(b, "id"), "a");
	}
}

static void
initialize_without_version_is_minus_32602(void **state)
{
	struct bench *b = *state;

	post(b, NO_FIELDS, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}");
	assert_error(b, 200, -32602);
	assert_string_equal(b->reply.session, "");
}

static void
a_session_id_is_visible_ascii_and_new_each_time(void **state)
{
	struct bench *b = *state;
	char one[200], two[200];
	size_t i;

	start_session(b, "2025-11-25", one);
	start_session(b, "2025-11-25", two);
	assert_string_not_equal(one, two);
	for (i = 0; one[i] != '\0'; i++)
		assert_in_range(one[i], 0x21, 0x7e);
}

static void
titles_and_descriptions_come_with_their_versions(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-03-26", session);
	assert_null(at(b->reply.json, "result|serverInfo|title"));
	start_session(b, "2025-06-18", session);
	assert_non_null(at(b->reply.json, "result|serverInfo|title"));
	assert_null(at(b->reply.json, "result|serverInfo|websiteUrl"));
	start_session(b, "2025-11-25", session);
	assert_string_equal(text_at(b, "result.serverInfo.websiteUrl"), "https://tonearm.example");
}

static void
a_request_without_session_is_400(void **state)
{
	struct bench *b = *state;

	post(b, NO_FIELDS, LIST);
	assert_error(b, 400, -32600);
	assert_string_equal(text_at(b, "id"), "1");
}

static void
an_unknown_or_altered_session_is_404(void **state)
{
	struct bench *b = *state;
	char session[200];
	size_t i, n;

	legacy(b, "no-such-session", LIST);
	assert_error(b, 404, -32001);
	start_session(b, "2025-11-25", session);
	n = strlen(session);
	for (i = 0; i < n; i++) {
		char was = session[i];

		session[i] = was == 'A' ? 'B' : 'A';
		legacy(b, session, LIST);
		assert_error(b, 404, -32001);
		session[i] = was;
	}
	session[n - 1] = '\0';
	legacy(b, session, LIST);
	assert_error(b, 404, -32001);
}

static void
a_session_of_another_user_is_404(void **state)
{
	struct bench *b = *state;
	uint8_t key[KEY_BYTES] = {1};
	char session[200];

	start_session(b, "2025-11-25", session);
	assert_int_equal(secret_set(&b->worker.key, span_of(key, sizeof(key))), 0);
	legacy(b, session, LIST);
	assert_error(b, 404, -32001);
}

static void
a_session_survives_a_new_worker(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-06-18", session);
	client_gone(b);
	mcp_destroy(&b->worker.mcp);
	assert_int_equal(mcp_create(&b->worker, &b->worker.mcp), 0);
	legacy(b, session, LIST);
	assert_result(b);
}

static void
a_deleted_session_is_404(void **state)
{
	struct bench *b = *state;
	char one[200], two[200];

	start_session(b, "2025-11-25", one);
	start_session(b, "2025-11-25", two);
	send_raw(b, METHOD_DELETE, FIELDS("mcp-session-id", one), "");
	assert_int_equal(b->reply.status, 200);
	assert_true(b->reply.ended);
	legacy(b, one, LIST);
	assert_error(b, 404, -32001);
	legacy(b, two, LIST);
	assert_result(b);
	send_raw(b, METHOD_DELETE, FIELDS("mcp-session-id", one), "");
	assert_int_equal(b->reply.status, 404);
	send_raw(b, METHOD_DELETE, NO_FIELDS, "");
	assert_int_equal(b->reply.status, 400);
}

static void
get_is_405_with_allow(void **state)
{
	struct bench *b = *state;

	send_raw(b, METHOD_GET, FIELDS("accept", "text/event-stream"), "");
	assert_int_equal(b->reply.status, 405);
	assert_int_equal(b->reply.allow, METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_DELETE));
	assert_true(b->reply.ended);
}

static void
a_wrong_version_header_is_400(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-11-25", session);
	post(b, FIELDS("mcp-session-id", session, "mcp-protocol-version", "1999-01-01"), LIST);
	assert_error(b, 400, -32600);
	post(b, FIELDS("mcp-session-id", session, "mcp-protocol-version", "bogus"), LIST);
	assert_error(b, 400, -32600);
	/* Another version of ours is tolerated, none at all as well (L-4). */
	post(b, FIELDS("mcp-session-id", session, "mcp-protocol-version", "2025-06-18"), LIST);
	assert_result(b);
	legacy(b, session, LIST);
	assert_result(b);
}

static void
notifications_and_responses_are_202(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-11-25", session);
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
	assert_int_equal(b->reply.status, 202);
	assert_int_equal(b->reply.body.len, 0);
	assert_true(b->reply.ended);
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{}}");
	assert_int_equal(b->reply.status, 202);
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":1,\"message\":\"x\"}}");
	assert_int_equal(b->reply.status, 202);
}

static void
ping_is_answered_with_an_empty_result(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-11-25", session);
	legacy(b, session, PING);
	assert_string_equal(buf_cstr(&b->reply.body), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
}

static void
an_unknown_method_is_200_and_minus_32601(void **state)
{
	static const char *const methods[] = {"prompts/list", "logging/setLevel",
		"resources/subscribe", "completion/complete", "server/discover", "x"};
	struct bench *b = *state;
	char session[200], body[200];
	size_t i;

	start_session(b, "2025-11-25", session);
	for (i = 0; i < 6; i++) {
		(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}",
		    methods[i]);
		legacy(b, session, body);
		assert_error(b, 200, -32601);
	}
}

static void
ids_of_every_type_are_echoed_unchanged(void **state)
{
	static const char *const ids[] = {"0", "-1", "7", "9007199254740993", "1.0", "1e3",
		"\"\"", "\"a\"", "\"0\"", "\"\\u00e4\\\"\\\\\"", "\"\xf0\x9f\x98\x80\""};
	static const char *const echoed[] = {"0", "-1", "7", "9007199254740993", "1.0", "1e3",
		"\"\"", "\"a\"", "\"0\"", "\"\xc3\xa4\\\"\\\\\"", "\"\xf0\x9f\x98\x80\""};
	struct bench *b = *state;
	char session[200], body[200], expected[200];
	size_t i;

	start_session(b, "2025-11-25", session);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}",
		    ids[i]);
		(void)snprintf(expected, sizeof(expected), "{\"jsonrpc\":\"2.0\",\"id\":%s,"
		    "\"result\":{}}", echoed[i]);
		legacy(b, session, body);
		assert_string_equal(buf_cstr(&b->reply.body), expected);
	}
}

static void
what_is_no_json_rpc_is_minus_32600(void **state)
{
	static const char *const bodies[] = {
		"1", "\"x\"", "null", "{}", "{\"jsonrpc\":\"2.0\"}",
		"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
		"{\"id\":1,\"method\":\"ping\"}",
		"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1e300,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":null}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}",
	};
	struct bench *b = *state;
	char session[200];
	size_t i;

	start_session(b, "2025-11-25", session);
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		legacy(b, session, bodies[i]);
		assert_error(b, 400, -32600);
	}
	legacy(b, session, bodies[8]);
	assert_false(json_has(b->reply.json, "id"));
}

static void
what_is_no_json_is_minus_32700_without_id(void **state)
{
	static const char *const bodies[] = {"", "{", "{'a':1}", "{\"a\":1}x", "[NaN]",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":99999999999999999999,\"method\":\"ping\"}",
		"\xef\xbb\xbf{}", "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}"};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		post(b, NO_FIELDS, bodies[i]);
		assert_error(b, 400, -32700);
		assert_false(json_has(b->reply.json, "id"));
	}
}

static void
params_that_are_no_object_are_minus_32602(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-11-25", session);
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":[1]}");
	assert_error(b, 200, -32602);
}

static void
a_batch_is_answered_in_2025_03_26_only(void **state)
{
	static const char body[] = "[" PING ",{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"nope\"},"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}]";
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-03-26", session);
	legacy(b, session, body);
	assert_int_equal(b->reply.status, 200);
	assert_int_equal(json_object_array_length(b->reply.json), 2);
	assert_non_null(at(b->reply.json, "0|result"));
	assert_string_equal(text_at(b, "1.error.code"), "-32601");
	assert_string_equal(text_at(b, "1.id"), "x");
	start_session(b, "2025-06-18", session);
	legacy(b, session, body);
	assert_error(b, 400, -32600);
	start_session(b, "2025-11-25", session);
	legacy(b, session, body);
	assert_error(b, 400, -32600);
}

static void
a_batch_is_events_where_nothing_else_is_taken(void **state)
{
	static const char body[] = "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"},"
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}]";
	struct bench *b = *state;
	struct json_object *e;
	char session[200];

	start_session(b, "2025-03-26", session);
	post(b, FIELDS("mcp-session-id", session, "accept", "text/event-stream"), body);
	assert_int_equal(b->reply.status, 200);
	assert_int_equal(b->reply.media, MEDIA_SSE);
	assert_true(b->reply.ended);
	assert_int_equal(events(b), 2);
	e = event_json(b, 1);
	assert_int_equal(json_object_get_int(at(e, "id")), 2);
	json_object_put(e);
}

static void
a_batch_waits_for_its_slowest_request(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-03-26", session);
	legacy(b, session, "[" CALL_SLOW("7") "," PING "]");
	assert_false(b->reply.head);
	finish_slow();
	turn(b);
	assert_int_equal(json_object_array_length(b->reply.json), 2);
	assert_string_equal(text_at(b, "0.id"), "1");
	assert_string_equal(text_at(b, "1.id"), "7");
}

static void
bad_batches_are_minus_32600(void **state)
{
	static const char *const bodies[] = {"[]", "[1]", "[" PING ",{}]",
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}]",
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" ENVELOPE "}}]"};
	struct bench *b = *state;
	char session[200];
	size_t i;

	start_session(b, "2025-03-26", session);
	for (i = 0; i < 5; i++) {
		legacy(b, session, bodies[i]);
		assert_error(b, 400, -32600);
	}
	legacy(b, session, "[{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}]");
	assert_int_equal(b->reply.status, 202);
}

static void
a_dropped_connection_does_not_cancel(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-11-25", session);
	legacy(b, session, CALL_SLOW("1"));
	assert_int_equal(slow_running, 1);
	client_gone(b);
	assert_int_equal(slow_stopped, 0);
	assert_int_equal(slow_running, 1);
	finish_slow();
	turn(b);
}

static void
cancelled_stops_the_request_of_the_same_session(void **state)
{
	struct bench *b = *state;
	char one[200], two[200];
	struct kept *kept;

	start_session(b, "2025-11-25", one);
	start_session(b, "2025-11-25", two);
	legacy(b, one, CALL_SLOW("\"7\""));
	kept = keep(b);
	legacy(b, two, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
	    "\"params\":{\"requestId\":\"7\"}}");
	assert_int_equal(b->reply.status, 202);
	assert_int_equal(slow_stopped, 0);
	legacy(b, one, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
	    "\"params\":{\"requestId\":7}}");
	assert_int_equal(slow_stopped, 0);
	legacy(b, one, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
	    "\"params\":{\"requestId\":\"7\"}}");
	assert_int_equal(b->reply.status, 202);
	assert_int_equal(slow_stopped, 1);
	back(b, kept);
	assert_int_equal(b->reply.status, 202);
	assert_int_equal(b->reply.body.len, 0);
	assert_true(b->reply.ended);
}

const struct CMUnitTest legacy_tests[] = {
	T(initialize_answers_the_same_version_if_it_is_ours),
	T(initialize_never_answers_with_the_modern_version),
	T(initialize_without_version_is_minus_32602),
	T(a_session_id_is_visible_ascii_and_new_each_time),
	T(titles_and_descriptions_come_with_their_versions),
	T(a_request_without_session_is_400),
	T(an_unknown_or_altered_session_is_404),
	T(a_session_of_another_user_is_404),
	T(a_session_survives_a_new_worker),
	T(a_deleted_session_is_404),
	T(get_is_405_with_allow),
	T(a_wrong_version_header_is_400),
	T(notifications_and_responses_are_202),
	T(ping_is_answered_with_an_empty_result),
	T(an_unknown_method_is_200_and_minus_32601),
	T(ids_of_every_type_are_echoed_unchanged),
	T(what_is_no_json_rpc_is_minus_32600),
	T(what_is_no_json_is_minus_32700_without_id),
	T(params_that_are_no_object_are_minus_32602),
	T(a_batch_is_answered_in_2025_03_26_only),
	T(a_batch_is_events_where_nothing_else_is_taken),
	T(a_batch_waits_for_its_slowest_request),
	T(bad_batches_are_minus_32600),
	T(a_dropped_connection_does_not_cancel),
	T(cancelled_stops_the_request_of_the_same_session),
};
const size_t legacy_tests_n = sizeof(legacy_tests) / sizeof(legacy_tests[0]);
