/* Log messages to clients (docs/protocol.md section 9.8, L-18). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/asking.h"
#include "worker/mcp/inside.h"

static void
set_level(struct bench *b, const char *session, const char *level)
{
	char body[200];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"logging/setLevel\","
	    "\"params\":{\"level\":%s}}", level);
	legacy(b, session, body);
}

/* How many messages come before the result of a call that logs. */
static unsigned
messages(struct bench *b, const char *session)
{
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
	    "\"params\":{\"name\":\"ask\",\"arguments\":{\"how\":\"log\"}}}");
	assert_true(b->reply.ended);
	return b->reply.media == MEDIA_SSE ? events(b) - 1 : 0;
}

static unsigned
modern_messages(struct bench *b, const char *level)
{
	char body[500];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
	    "\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\","
	    "\"io.modelcontextprotocol/clientCapabilities\":{}%s},\"name\":\"ask\","
	    "\"arguments\":{\"how\":\"log\"}}}", level);
	post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", "tools/call", "mcp-name", "ask"),
	    body);
	return b->reply.media == MEDIA_SSE ? events(b) - 1 : 0;
}

static void
a_session_gets_messages_from_its_level_on(void **state)
{
	struct bench *b = *state;
	char one[200], two[200];
	struct json_object *e;

	asking_offer(b);
	start_session(b, "2025-11-25", one);
	start_session(b, "2025-06-18", two);
	assert_int_equal(messages(b, one), 2);   /* info, where nothing was said */
	set_level(b, one, "\"debug\"");
	assert_result(b);
	assert_int_equal(json_object_object_length(at(b->reply.json, "result")), 0);
	set_level(b, two, "\"error\"");
	assert_int_equal(messages(b, one), 3);
	e = event_json(b, 0);
	assert_string_equal(json_object_get_string(json_get(e, "method")), "notifications/message");
	assert_string_equal(json_object_get_string(at(e, "params|level")), "debug");
	assert_string_equal(json_object_get_string(at(e, "params|logger")), "bench");
	assert_string_equal(json_object_get_string(at(e, "params|data")), "small");
	json_object_put(e);
	assert_int_equal(messages(b, two), 1);
	e = event_json(b, 0);
	assert_string_equal(json_object_get_string(at(e, "params|level")), "emergency");
	assert_null(at(e, "params|logger"));
	json_object_put(e);
	/* A client that takes no stream gets the result all the same. */
	post(b, FIELDS("mcp-session-id", one, "accept", "application/json"),
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"ask\","
	    "\"arguments\":{\"how\":\"log\"}}}");
	assert_result(b);
}

static void
a_level_that_is_none_is_minus_32602(void **state)
{
	static const char *const wrong[] = {"\"loud\"", "\"\"", "\"Debug\"", "1", "null", "{}", "[]"};
	struct bench *b = *state;
	char session[200], level[100];
	size_t i;

	asking_offer(b);
	start_session(b, "2025-11-25", session);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		set_level(b, session, wrong[i]);
		assert_error(b, 200, -32602);
		(void)snprintf(level, sizeof(level), ",\"io.modelcontextprotocol/logLevel\":%s", wrong[i]);
		(void)modern_messages(b, level);
		assert_error(b, 200, -32602);
	}
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"logging/setLevel\"}");
	assert_error(b, 200, -32602);
	assert_int_equal(asking_runs, 0);
}

static void
a_modern_request_says_its_level_for_itself(void **state)
{
	struct bench *b = *state;

	asking_offer(b);
	assert_int_equal(modern_messages(b, ""), 0);
	assert_result(b);
	assert_int_equal(modern_messages(b, ",\"io.modelcontextprotocol/logLevel\":\"debug\""), 3);
	assert_int_equal(modern_messages(b, ",\"io.modelcontextprotocol/logLevel\":\"emergency\""), 1);
	assert_int_equal(modern_messages(b, ""), 0);
	modern(b, "1", "logging/setLevel", ",\"level\":\"debug\"");
	assert_error(b, 404, -32601);
}

static void
without_the_capability_there_are_none(void **state)
{
	struct bench *b = *state;
	char session[200];

	asking_offer(b);
	b->catalog.logging = false;
	start_session(b, "2025-11-25", session);
	assert_string_equal(text_at(b, "result.capabilities.logging"), "(nothing)");
	set_level(b, session, "\"debug\"");
	assert_error(b, 200, -32601);
	assert_int_equal(messages(b, session), 0);
	assert_int_equal(modern_messages(b, ",\"io.modelcontextprotocol/logLevel\":\"debug\""), 0);
	b->catalog.logging = true;
	start_session(b, "2025-11-25", session);
	assert_string_equal(text_at(b, "result.capabilities.logging"), "{ }");
}

static void
levels_of_many_sessions_are_bounded(void **state)
{
	struct bench *b = *state;
	char sessions[LEVELS_MAX + 1][200];
	unsigned i;

	asking_offer(b);
	for (i = 0; i <= LEVELS_MAX; i++) {
		start_session(b, "2025-11-25", sessions[i]);
		set_level(b, sessions[i], "\"debug\"");
		assert_result(b);
		if (i == LEVELS_MAX - 1)
			set_level(b, sessions[0], "\"alert\"");   /* not the oldest any more */
	}
	assert_int_equal(messages(b, sessions[0]), 1);
	assert_int_equal(messages(b, sessions[1]), 2);
	assert_int_equal(messages(b, sessions[2]), 3);
	assert_int_equal(messages(b, sessions[LEVELS_MAX]), 3);
}

const struct CMUnitTest logging_tests[] = {
	T(a_session_gets_messages_from_its_level_on),
	T(a_level_that_is_none_is_minus_32602),
	T(a_modern_request_says_its_level_for_itself),
	T(without_the_capability_there_are_none),
	T(levels_of_many_sessions_are_bounded),
};
const size_t logging_tests_n = sizeof(logging_tests) / sizeof(logging_tests[0]);
