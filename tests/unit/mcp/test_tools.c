/* Tools and resources in both eras (docs/protocol.md section 9). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/tools/call.h"
#include "worker/tools/tool.h"

/* A call of echo in a session; args is the inside of arguments. */
static void
echo(struct bench *b, const char *args)
{
	char params[1024];

	(void)snprintf(params, sizeof(params), ",\"name\":\"echo\",\"arguments\":{%s}", args);
	modern_named(b, "1", "tools/call", "echo", params);
}

static void
tools_list_shows_what_the_scopes_allow_in_stable_order(void **state)
{
	struct bench *b = *state;
	char first[8192];

	modern(b, "1", "tools/list", "");
	assert_result(b);
	/* library:write is not among the scopes, so remove is not there. */
	assert_int_equal(json_object_array_length(at(b->reply.json, "result|tools")), 4);
	assert_string_equal(text_at(b, "result.tools.0.name"), "echo");
	assert_string_equal(text_at(b, "result.tools.1.name"), "slow");
	assert_string_equal(text_at(b, "result.tools.2.name"), "get_status");
	(void)snprintf(first, sizeof(first), "%s", buf_cstr(&b->reply.body));
	modern(b, "1", "tools/list", "");
	assert_string_equal(buf_cstr(&b->reply.body), first);
}

static void
a_tool_is_described_completely(void **state)
{
	struct bench *b = *state;

	modern(b, "1", "tools/list", "");
	assert_string_equal(text_at(b, "result.tools.0.title"), "Echo");
	assert_string_equal(text_at(b, "result.tools.0.description"), "Says it again.");
	assert_string_equal(text_at(b, "result.tools.0.annotations"),
	    "{ \"title\": \"Echo\", \"readOnlyHint\": true, \"destructiveHint\": false, "
	    "\"idempotentHint\": true, \"openWorldHint\": false }");
	assert_string_equal(text_at(b, "result.tools.0.inputSchema"),
	    "{ \"type\": \"object\", \"properties\": { "
	    "\"words\": { \"type\": \"string\", \"description\": \"what to say\" }, "
	    "\"times\": { \"type\": \"integer\", \"minimum\": 1, \"maximum\": 5, \"default\": 1 }, "
	    "\"mode\": { \"type\": \"string\", \"enum\": [ \"plain\", \"loud\" ], "
	    "\"default\": \"plain\" }, "
	    "\"upper\": { \"type\": \"boolean\" }, "
	    "\"list\": { \"type\": \"array\", \"items\": { \"type\": \"string\" }, "
	    "\"minItems\": 1, \"maxItems\": 3 } }, "
	    "\"required\": [ \"words\" ] }");
	/* What is always there, and not what is inside. */
	assert_string_equal(text_at(b, "result.tools.0.outputSchema"),
	    "{ \"type\": \"object\", \"properties\": { "
	    "\"said\": { \"type\": \"string\" }, \"times\": { \"type\": \"integer\" } } }");
	assert_string_equal(text_at(b, "result.tools.1.inputSchema"),
	    "{ \"type\": \"object\", \"properties\": { }, \"additionalProperties\": false }");
}

static void
a_tool_is_described_as_its_version_knows_it(void **state)
{
	struct bench *b = *state;

	in_session(b, "2024-11-05", "tools/list", "");
	assert_null(at(b->reply.json, "result|tools|0|annotations"));
	assert_null(at(b->reply.json, "result|ttlMs"));
	in_session(b, "2025-03-26", "tools/list", "");
	assert_non_null(at(b->reply.json, "result|tools|0|annotations"));
	assert_null(at(b->reply.json, "result|tools|0|title"));
	assert_null(at(b->reply.json, "result|tools|0|outputSchema"));
	in_session(b, "2025-06-18", "tools/list", "");
	assert_non_null(at(b->reply.json, "result|tools|0|title"));
	assert_non_null(at(b->reply.json, "result|tools|0|outputSchema"));
}

static void
a_cursor_nobody_gave_is_minus_32602(void **state)
{
	struct bench *b = *state;

	modern(b, "1", "tools/list", ",\"cursor\":\"x\"");
	assert_error(b, 200, -32602);
	in_session(b, "2025-11-25", "resources/list", "\"cursor\":\"\"");
	assert_error(b, 200, -32602);
}

static void
a_result_has_text_and_structured_content(void **state)
{
	struct bench *b = *state;

	echo(b, "\"words\":\"hello\",\"times\":2,\"mode\":\"loud\"");
	assert_result(b);
	assert_string_equal(text_at(b, "result.content.0.type"), "text");
	assert_string_equal(text_at(b, "result.content.0.text"), "hello!\nhello!\n");
	assert_string_equal(text_at(b, "result.structuredContent.said"), "hello");
	assert_string_equal(text_at(b, "result.isError"), "false");
	assert_string_equal(text_at(b, "result.resultType"), "complete");
	in_session(b, "2025-03-26", "tools/call",
	    "\"name\":\"echo\",\"arguments\":{\"words\":\"x\"}");
	assert_null(at(b->reply.json, "result|structuredContent"));
	assert_null(at(b->reply.json, "result|_meta"));
	in_session(b, "2025-06-18", "tools/call",
	    "\"name\":\"echo\",\"arguments\":{\"words\":\"x\"}");
	assert_non_null(at(b->reply.json, "result|structuredContent"));
}

static void
a_result_without_text_has_its_data_as_text(void **state)
{
	struct bench *b = *state;

	modern_named(b, "1", "tools/call", "get_items",
	    ",\"name\":\"get_items\",\"arguments\":{\"uris\":[\"u\"]}");
	assert_string_equal(text_at(b, "result.content.0.text"), "{\"uri\":\"u\"}");
}

static void
arguments_may_be_absent_or_null(void **state)
{
	struct bench *b = *state;

	modern_named(b, "1", "tools/call", "get_status", ",\"name\":\"get_status\"");
	assert_string_equal(text_at(b, "result.structuredContent.fine"), "true");
	modern_named(b, "1", "tools/call", "get_status",
	    ",\"name\":\"get_status\",\"arguments\":null");
	assert_string_equal(text_at(b, "result.isError"), "false");
	echo(b, "\"words\":\"x\",\"times\":null,\"list\":null,\"upper\":null");
	assert_string_equal(text_at(b, "result.structuredContent.times"), "1");
}

static void
arguments_are_taken_forgivingly(void **state)
{
	struct bench *b = *state;

	echo(b, "\"words\":1984,\"times\":\"2\",\"mode\":\"LOUD\",\"upper\":\"True\",\"list\":\"one\"");
	assert_string_equal(text_at(b, "result.content.0.text"), "1984!\n1984!\n");
	assert_string_equal(text_at(b, "result.structuredContent.first"), "one");
	echo(b, "\"words\":\"x\",\"times\":2.0,\"list\":\"[\\\"a\\\",\\\"b\\\"]\"");
	assert_string_equal(text_at(b, "result.structuredContent.first"), "a");
	assert_string_equal(text_at(b, "result.structuredContent.times"), "2");
	echo(b, "\"words\":\"x\",\"list\":\"[not json\"");
	assert_string_equal(text_at(b, "result.structuredContent.first"), "[not json");
}

static void
wrong_arguments_are_a_result_with_a_sentence(void **state)
{
	static const struct {
		const char *args, *sentence;
	} cases[] = {
		{"", "words is missing: what to say"},
		{"\"words\":null", "words is missing: what to say"},
		{"\"words\":{}", "words must be text."},
		{"\"words\":\"x\",\"times\":6", "times must be from 1 to 5, not 6."},
		{"\"words\":\"x\",\"times\":\"two\"", "times must be a whole number."},
		{"\"words\":\"x\",\"times\":1.5", "times must be a whole number."},
		{"\"words\":\"x\",\"times\":\"\"", "times must be a whole number."},
		{"\"words\":\"x\",\"times\":\" 1\"", "times must be a whole number."},
		{"\"words\":\"x\",\"mode\":\"soft\"", "mode must be one of: plain, loud."},
		{"\"words\":\"x\",\"upper\":1", "upper must be true or false."},
		{"\"words\":\"x\",\"list\":[]", "list needs at least 1 item."},
		{"\"words\":\"x\",\"list\":[\"1\",\"2\",\"3\",\"4\"]",
		    "list has 4 items; at most 3 are taken in one call."},
		{"\"words\":\"x\",\"list\":[null]", "list must be text."},
		{"\"words\":\"x\",\"list\":7", "list must be an array of texts."},
		{"\"words\":\"12345678901234567890123456789012345678901\"",
		    "words is too long: at most 40 bytes."},
		{"\"words\":\"x\",\"volume\":3", "echo has no argument of that name; its arguments "
		    "are: words, times, mode, upper, list."},
	};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		echo(b, cases[i].args);
		assert_result(b);
		assert_string_equal(text_at(b, "result.isError"), "true");
		assert_string_equal(text_at(b, "result.content.0.text"), cases[i].sentence);
		assert_null(at(b->reply.json, "result|structuredContent"));
	}
	modern_named(b, "1", "tools/call", "get_status",
	    ",\"name\":\"get_status\",\"arguments\":{\"x\":1}");
	assert_string_equal(text_at(b, "result.content.0.text"), "get_status takes no arguments.");
}

static void
a_failed_tool_is_a_result_with_text_only(void **state)
{
	struct bench *b = *state;

	echo(b, "\"words\":\"fail\"");
	assert_result(b);
	assert_string_equal(text_at(b, "result.isError"), "true");
	assert_string_equal(text_at(b, "result.content.0.text"), "It failed because it was told to.");
	assert_null(at(b->reply.json, "result|structuredContent"));
}

static void
an_unknown_tool_or_malformed_call_is_minus_32602(void **state)
{
	struct bench *b = *state;

	modern_named(b, "1", "tools/call", "nope", ",\"name\":\"nope\"");
	assert_error(b, 200, -32602);
	modern_named(b, "1", "tools/call", "echo", ",\"name\":\"echo\",\"arguments\":[1]");
	assert_error(b, 200, -32602);
	in_session(b, "2025-11-25", "tools/call", "\"name\":7");
	assert_error(b, 200, -32602);
	in_session(b, "2025-11-25", "tools/call", "");
	assert_error(b, 200, -32602);
}

static void
a_tool_outside_the_scopes_says_which_scope_it_needs(void **state)
{
	struct bench *b = *state;

	modern_named(b, "1", "tools/call", "remove", ",\"name\":\"remove\"");
	assert_result(b);
	assert_string_equal(text_at(b, "result.isError"), "true");
	assert_non_null(strstr(text_at(b, "result.content.0.text"), "library:write"));
}

static void
ask_for_remove(struct bench *b, bool challenge, uint8_t kind)
{
	static const char yes[] = "server.public_url=https://tonearm.example\n"
	    "oauth.scope_challenge=yes\n", no[] = "server.public_url=https://tonearm.example\n";

	conf_values_free(&b->conf);
	assert_int_equal(conf_values_parse(&b->conf, span_str(challenge ? yes : no)), 0);
	b->cred_kind = kind;
	modern_named(b, "1", "tools/call", "remove", ",\"name\":\"remove\"");
}

static void
where_the_operator_wants_it_a_client_is_sent_for_more(void **state)
{
	struct bench *b = *state;

	ask_for_remove(b, true, CRED_OAUTH);
	assert_int_equal(b->reply.status, 403);
	assert_int_equal(b->reply.auth_error, AUTH_SCOPE);
	/* What it has and what it needs: what is asked for next replaces it. */
	assert_int_equal(b->reply.scopes, SCOPE_ALL);
	assert_error(b, 403, -32600);
	/* Who has a token or a link of the person's own cannot ask for more. */
	ask_for_remove(b, true, CRED_PERSONAL);
	assert_result(b);
	assert_string_equal(text_at(b, "result.isError"), "true");
	ask_for_remove(b, true, CRED_LINK);
	assert_result(b);
	ask_for_remove(b, false, CRED_OAUTH);
	assert_result(b);
	assert_int_equal(b->reply.auth_error, AUTH_NONE);
}

static void
a_write_scope_implies_its_read_scope(void **state)
{
	const struct tool reads = {.scope = SCOPE_PLAYLISTS_READ}, none = {.scope = 0};
	char text[200];

	(void)state;
	assert_true(tool_allowed(&reads, SCOPE_PLAYLISTS_WRITE));
	assert_true(tool_allowed(&reads, SCOPE_PLAYLISTS_READ));
	assert_false(tool_allowed(&reads, SCOPE_LIBRARY_WRITE | SCOPE_PLAYBACK_CONTROL));
	assert_true(tool_allowed(&none, 0));
	assert_string_equal(scope_names(SCOPE_LIBRARY_READ | SCOPE_HISTORY_READ, text, sizeof(text)),
	    "library:read history:read");
}

static void
progress_is_streamed_before_the_result(void **state)
{
	struct bench *b = *state;
	struct json_object *e;

	modern_named(b, "7", "tools/call", "slow", ",\"name\":\"slow\"");
	assert_false(b->reply.head);
	finish_slow();
	turn(b);
	assert_int_equal(b->reply.media, MEDIA_JSON);
	/* With a token: a stream as soon as there is progress. */
	post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", "tools/call", "mcp-name", "slow"),
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\","
	    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\","
	    "\"io.modelcontextprotocol/clientCapabilities\":{},\"progressToken\":\"t\"}}}");
	assert_false(b->reply.head);
	progress_slow(1, "one");
	progress_slow(1, "not more than before");
	progress_slow(2.5, NULL);
	assert_int_equal(b->reply.media, MEDIA_SSE);
	finish_slow();
	turn(b);
	assert_true(b->reply.ended);
	assert_int_equal(events(b), 3);
	e = event_json(b, 0);
	assert_string_equal(json_object_to_json_string_ext(at(e, "params"), JSON_C_TO_STRING_PLAIN),
	    "{\"progressToken\":\"t\",\"progress\":1,\"total\":10,\"message\":\"one\"}");
	json_object_put(e);
	e = event_json(b, 1);
	assert_string_equal(json_object_to_json_string_ext(at(e, "params"), JSON_C_TO_STRING_PLAIN),
	    "{\"progressToken\":\"t\",\"progress\":2.5,\"total\":10}");
	json_object_put(e);
	e = event_json(b, 2);
	assert_int_equal(json_object_get_int(at(e, "id")), 7);
	assert_non_null(at(e, "result|content"));
	json_object_put(e);
}

static void
progress_is_not_streamed_to_who_takes_json_only(void **state)
{
	struct bench *b = *state;

	post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", "tools/call", "mcp-name", "slow",
	    "accept", "application/json"),
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\","
	    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\","
	    "\"io.modelcontextprotocol/clientCapabilities\":{},\"progressToken\":1}}}");
	progress_slow(1, NULL);
	finish_slow();
	turn(b);
	assert_result(b);
	assert_int_equal(b->reply.media, MEDIA_JSON);
}

static void
a_closed_stream_cancels_a_modern_request(void **state)
{
	struct bench *b = *state;

	modern_named(b, "1", "tools/call", "slow", ",\"name\":\"slow\"");
	assert_int_equal(slow_running, 1);
	client_gone(b);
	assert_int_equal(slow_stopped, 1);
	assert_int_equal(slow_running, 0);
}

static void
a_call_that_runs_out_of_time_is_stopped(void **state)
{
	struct bench *b = *state;

	modern_named(b, "1", "tools/call", "slow", ",\"name\":\"slow\"");
	slow_time_over(b, false);
	assert_int_equal(slow_stopped, 1);
	assert_result(b);
}

static void
a_call_that_cannot_be_stopped_is_answered_all_the_same(void **state)
{
	struct bench *b = *state;

	modern_named(b, "1", "tools/call", "slow", ",\"name\":\"slow\"");
	slow_time_over(b, true);
	assert_result(b);
	assert_string_equal(text_at(b, "result.isError"), "true");
	assert_non_null(strstr(text_at(b, "result.content.0.text"), "55 seconds"));
	assert_int_equal(slow_running, 1);
	finish_slow();
	turn(b);
}

static void
half_a_character_does_not_spoil_the_answer(void **state)
{
	struct bench *b = *state;

	echo(b, "\"words\":\"half\"");
	assert_result(b);
	assert_string_equal(text_at(b, "result.isError"), "false");
	assert_string_equal(text_at(b, "result.content.0.text"), "half\n");
}

static void
resources_are_listed_for_their_tools_only(void **state)
{
	struct bench *b = *state;

	modern(b, "1", "resources/list", "");
	assert_int_equal(json_object_array_length(at(b->reply.json, "result|resources")), 1);
	assert_string_equal(text_at(b, "result.resources.0.uri"), "spotify://status");
	assert_non_null(at(b->reply.json, "result|resources|0|description"));
	modern(b, "1", "resources/templates/list", "");
	assert_string_equal(text_at(b, "result.resourceTemplates.0.uriTemplate"),
	    "spotify://{type}/{id}");
}

static void
an_item_is_read_by_its_template(void **state)
{
	struct bench *b = *state;

	in_session(b, "2025-11-25", "resources/read", "\"uri\":\"spotify://track/4uLU6hMCjMI75M1A2tKUQC\"");
	assert_string_equal(text_at(b, "result.contents.0.text"),
	    "{\"uri\":\"spotify:track:4uLU6hMCjMI75M1A2tKUQC\"}");
	assert_string_equal(text_at(b, "result.contents.0.mimeType"), "application/json");
}

static void
a_resource_not_found_is_minus_32602_or_in_legacy_minus_32002(void **state)
{
	static const char *const uris[] = {"spotify://nope", "spotify://track/", "spotify://track/a/b",
		"spotify://track/..", "spotify://user/abc", "spotify://trackabc", "file:///etc/passwd", "",
		"spotify://player", "spotify://track/a%20b",
		"spotify://track/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct bench *b = *state;
	char params[256];
	size_t i;

	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		(void)snprintf(params, sizeof(params), "\"uri\":\"%s\"", uris[i]);
		in_session(b, "2025-06-18", "resources/read", params);
		assert_error(b, 200, -32002);
		assert_string_equal(text_at(b, "error.data.uri"), uris[i]);
	}
	modern_named(b, "1", "resources/read", "spotify://nope", ",\"uri\":\"spotify://nope\"");
	assert_error(b, 200, -32602);
	assert_string_equal(text_at(b, "error.data.uri"), "spotify://nope");
	in_session(b, "2025-06-18", "resources/read", "");
	assert_error(b, 200, -32602);
}

const struct CMUnitTest tools_tests[] = {
	T(tools_list_shows_what_the_scopes_allow_in_stable_order),
	T(a_tool_is_described_completely),
	T(a_tool_is_described_as_its_version_knows_it),
	T(a_cursor_nobody_gave_is_minus_32602),
	T(a_result_has_text_and_structured_content),
	T(a_result_without_text_has_its_data_as_text),
	T(arguments_may_be_absent_or_null),
	T(arguments_are_taken_forgivingly),
	T(wrong_arguments_are_a_result_with_a_sentence),
	T(a_failed_tool_is_a_result_with_text_only),
	T(an_unknown_tool_or_malformed_call_is_minus_32602),
	T(a_tool_outside_the_scopes_says_which_scope_it_needs),
	T(where_the_operator_wants_it_a_client_is_sent_for_more),
	T(a_write_scope_implies_its_read_scope),
	T(progress_is_streamed_before_the_result),
	T(progress_is_not_streamed_to_who_takes_json_only),
	T(a_closed_stream_cancels_a_modern_request),
	T(a_call_that_runs_out_of_time_is_stopped),
	T(a_call_that_cannot_be_stopped_is_answered_all_the_same),
	T(half_a_character_does_not_spoil_the_answer),
	T(resources_are_listed_for_their_tools_only),
	T(an_item_is_read_by_its_template),
	T(a_resource_not_found_is_minus_32602_or_in_legacy_minus_32002),
};
const size_t tools_tests_n = sizeof(tools_tests) / sizeof(tools_tests[0]);
