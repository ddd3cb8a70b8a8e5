/* Calls that ask, in the modern era (docs/protocol.md, M-13, EL-3). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/asking.h"

#define ALL "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}"
#define ACCEPT "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\"}}"

/* tools/call of a tool; more: further members of params, with a leading comma. */
static void
call_tool(struct bench *b, const char *tool, const char *how, const char *caps, const char *more)
{
	static char body[65536];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
	    "\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\","
	    "\"io.modelcontextprotocol/clientCapabilities\":%s},\"name\":\"%s\","
	    "\"arguments\":{\"how\":\"%s\"}%s}}", caps, tool, how, more);
	post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", "tools/call", "mcp-name", tool),
	    body);
}

static void
ask(struct bench *b, const char *how, const char *more)
{
	call_tool(b, "ask", how, ALL, more);
}

static void
assert_type(struct bench *b, const char *type)
{
	assert_result(b);
	if (strcmp(text_at(b, "result.resultType"), type) != 0)
		fail_msg("expected %s, got %s", type, buf_cstr(&b->reply.body));
}

static void
assert_text(struct bench *b, const char *text)
{
	assert_type(b, "complete");
	assert_string_equal(text_at(b, "result.content.0.text"), text);
}

/* The state of the last answer, as a member to send back. */
static const char *
state_back(struct bench *b, const char *more)
{
	static char out[32768];

	(void)snprintf(out, sizeof(out), ",\"requestState\":\"%s\"%s", text_at(b, "result.requestState"),
	    more);
	return out;
}

static void
a_question_is_an_input_required_result(void **state)
{
	struct bench *b = *state;

	asking_offer(b);
	ask(b, "form", "");
	assert_type(b, "input_required");
	assert_string_equal(text_at(b, "result.inputRequests.who.method"), "elicitation/create");
	assert_string_equal(text_at(b, "result.inputRequests.who.params.message"), "Who?");
	assert_string_equal(text_at(b, "result.inputRequests.who.params.mode"), "form");
	/* Nothing to keep: no state; and no caching of this (M-23). */
	assert_string_equal(text_at(b, "result.requestState"), "(nothing)");
	assert_string_equal(text_at(b, "result.ttlMs"), "(nothing)");
	assert_non_null(at(b->reply.json, "result|_meta|io.modelcontextprotocol/serverInfo"));
	ask(b, "form", ",\"inputResponses\":{\"who\":" ACCEPT "}");
	assert_text(b, "accept:Ann\n");
	assert_int_equal(asking_runs, 2);
	ask(b, "form", ",\"inputResponses\":{\"who\":{\"action\":\"decline\"}}");
	assert_text(b, "decline:\n");
	ask(b, "form", ",\"inputResponses\":{\"who\":{\"action\":\"cancel\"}}");
	assert_text(b, "cancel:\n");
	/* A handler that looks before it asks gets its answer as well. */
	ask(b, "late", "");
	assert_type(b, "input_required");
	ask(b, "late", ",\"inputResponses\":{\"who\":" ACCEPT ",\"else\":{\"action\":\"accept\"}}");
	assert_text(b, "accept:Ann\n");
}

static void
answers_that_fit_nothing_are_asked_for_again(void **state)
{
	static const char *const answers[] = {"{}", "{\"other\":" ACCEPT "}", "{\"who\":null}",
		"{\"who\":1}", "{\"who\":\"accept\"}", "{\"who\":[" ACCEPT "]}", "{\"who\":true}",
		"{\"who\":{}}", "{\"who\":{\"action\":\"Accept\",\"content\":{\"name\":\"Ann\"}}}",
		"{\"who\":{\"action\":1}}", "{\"who\":{\"action\":null,\"content\":{\"name\":\"Ann\"}}}",
		"{\"who\":{\"action\":\"accept\"}}", "{\"who\":{\"action\":\"accept\",\"content\":null}}",
		"{\"who\":{\"action\":\"accept\",\"content\":[\"Ann\"]}}",
		"{\"who\":{\"action\":\"accept\",\"content\":{\"name\":\"A\"}}}",
		"{\"who\":{\"action\":\"accept\",\"content\":{\"name\":7}}}",
		"{\"who\":{\"action\":\"accept\",\"content\":{\"name\":\"Ann\",\"age\":151}}}",
		"{\"who\":{\"action\":\"accept\",\"content\":{\"age\":5}}}"};
	struct bench *b = *state;
	char more[400];
	size_t i;

	asking_offer(b);
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		(void)snprintf(more, sizeof(more), ",\"inputResponses\":%s", answers[i]);
		ask(b, i % 2 == 0 ? "form" : "late", more);
		assert_type(b, "input_required");
		assert_string_equal(text_at(b, "result.inputRequests.who.method"), "elicitation/create");
	}
	ask(b, "model", ",\"inputResponses\":{\"model\":{\"role\":\"assistant\",\"model\":\"m\","
	    "\"content\":\"text\"}}");
	assert_type(b, "input_required");
	ask(b, "model", ",\"inputResponses\":{\"model\":{\"role\":\"system\",\"model\":\"m\","
	    "\"content\":{\"type\":\"text\",\"text\":\"t\"}}}");
	assert_type(b, "input_required");
	ask(b, "model", ",\"inputResponses\":{\"model\":{\"role\":\"assistant\",\"model\":\"m\","
	    "\"content\":[{\"type\":\"text\",\"text\":\"t\"},7]}}");
	assert_type(b, "input_required");
	ask(b, "roots", ",\"inputResponses\":{\"roots\":{\"roots\":[{\"name\":\"x\"}]}}");
	assert_type(b, "input_required");
	ask(b, "roots", ",\"inputResponses\":{\"roots\":{\"roots\":{}}}");
	assert_type(b, "input_required");
	ask(b, "roots", ",\"inputResponses\":{\"roots\":{\"roots\":[{\"uri\":\"file:///x\"}]}}");
	assert_type(b, "complete");
}

static void
input_responses_and_states_of_wrong_types_are_minus_32602(void **state)
{
	static const char *const wrong[] = {
		",\"inputResponses\":null", ",\"inputResponses\":7", ",\"inputResponses\":\"x\"",
		",\"inputResponses\":[]", ",\"inputResponses\":true", ",\"requestState\":null",
		",\"requestState\":7", ",\"requestState\":{}", ",\"requestState\":[]",
		",\"requestState\":\"\"", ",\"requestState\":\"s1.\"", ",\"requestState\":\"s1..\"",
		",\"requestState\":\"rubbish\"", ",\"requestState\":\"s1.AAAA.AAAA\""};
	struct bench *b = *state;
	size_t i;

	asking_offer(b);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ask(b, "form", wrong[i]);
		assert_error(b, 200, -32602);
		/* Also where nothing would be asked. */
		ask(b, "log", wrong[i]);
		assert_error(b, 200, -32602);
	}
	assert_int_equal(asking_runs, 0);
}

static void
a_state_goes_through_the_client_unaltered(void **state)
{
	struct bench *b = *state;
	uint8_t key[KEY_BYTES];
	char text[2000];

	asking_offer(b);
	ask(b, "steps", "");
	assert_type(b, "input_required");
	assert_string_equal(text_at(b, "result.inputRequests.first.method"), "elicitation/create");
	ask(b, "steps", ",\"inputResponses\":{\"first\":" ACCEPT "}");
	assert_type(b, "input_required");
	assert_string_equal(text_at(b, "result.inputRequests.second.method"), "elicitation/create");
	assert_int_equal(json_object_object_length(at(b->reply.json, "result|inputRequests")), 1);
	(void)snprintf(text, sizeof(text), "%.1999s", state_back(b, ""));
	ask(b, "steps", state_back(b, ",\"inputResponses\":{\"second\":{\"action\":\"accept\","
	    "\"content\":{\"name\":\"Bob\"}}}"));
	assert_text(b, "Ann and accept:Bob\n");
	/* The same state again: rounds are not single use; the handler decides. */
	ask(b, "steps", text);
	assert_type(b, "input_required");
	/* Of another tool, and with other arguments. */
	call_tool(b, "other", "steps", ALL, text);
	assert_error(b, 200, -32602);
	ask(b, "form", text);
	assert_error(b, 200, -32602);
	/* Of another user. */
	memset(key, 8, sizeof(key));
	assert_int_equal(secret_set(&b->worker.key, span_of(key, sizeof(key))), 0);
	ask(b, "steps", text);
	assert_error(b, 200, -32602);
	/* Altered. */
	text[strlen(text) - 1] = '\0';
	(void)snprintf(text + strlen(text), 16, "A\"");
	ask(b, "steps", text);
	assert_error(b, 200, -32602);
}

static void
a_round_may_ask_nothing_but_for_its_state(void **state)
{
	struct bench *b = *state;

	asking_offer(b);
	call_tool(b, "ask", "state", "{}", "");
	assert_type(b, "input_required");
	assert_string_equal(text_at(b, "result.inputRequests"), "(nothing)");
	call_tool(b, "ask", "state", "{}", state_back(b, ""));
	assert_text(b, "kept\n");
}

static void
what_was_answered_is_not_asked_again(void **state)
{
	struct bench *b = *state;

	asking_offer(b);
	ask(b, "three", "");
	assert_type(b, "input_required");
	assert_int_equal(json_object_object_length(at(b->reply.json, "result|inputRequests")), 3);
	assert_string_equal(text_at(b, "result.inputRequests.roots.method"), "roots/list");
	assert_string_equal(text_at(b, "result.inputRequests.model.params.maxTokens"), "10");
	ask(b, "three", ",\"inputResponses\":{\"who\":" ACCEPT ",\"roots\":{\"roots\":[]}}");
	assert_type(b, "input_required");
	assert_int_equal(json_object_object_length(at(b->reply.json, "result|inputRequests")), 1);
	ask(b, "three", state_back(b, ",\"inputResponses\":{\"model\":{\"role\":\"assistant\","
	    "\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"t\"}}}"));
	assert_text(b, "accept:Ann\n");
}

static void
an_answer_too_long_to_be_kept_is_asked_for_again(void **state)
{
	static char more[30000];
	struct bench *b = *state;
	size_t n;

	asking_offer(b);
	n = (size_t)snprintf(more, sizeof(more), ",\"inputResponses\":{\"who\":{\"action\":\"accept\","
	    "\"content\":{\"name\":\"Ann\",\"x\":\"");
	memset(more + n, 'x', 17000);
	(void)snprintf(more + n + 17000, 100, "\"}}}");
	ask(b, "three", more);
	assert_type(b, "input_required");
	assert_string_equal(text_at(b, "result.requestState"), "(nothing)");
	ask(b, "three", "");
	assert_int_equal(json_object_object_length(at(b->reply.json, "result|inputRequests")), 3);
}

static void
a_call_asks_ten_times_at_most(void **state)
{
	struct bench *b = *state;
	unsigned n = 0;

	asking_offer(b);
	ask(b, "forever", "");
	while (strcmp(text_at(b, "result.resultType"), "input_required") == 0 && n++ < 20)
		ask(b, "forever", state_back(b, ",\"inputResponses\":{}"));
	assert_type(b, "complete");
	assert_string_equal(text_at(b, "result.isError"), "true");
	assert_int_equal(n, 9);
}

static void
only_what_the_client_declared_is_asked(void **state)
{
	static const struct {
		const char *how, *caps, *needed;
	} cases[] = {
		{"form", "{}", "{\"elicitation\":{}}"},
		{"form", "{\"sampling\":{}}", "{\"elicitation\":{}}"},
		{"form", "{\"elicitation\":{\"url\":{}}}", "{\"elicitation\":{}}"},
		{"page", "{\"elicitation\":{}}", "{\"elicitation\":{\"url\":{}}}"},
		{"page", "{\"elicitation\":{\"form\":{}}}", "{\"elicitation\":{\"url\":{}}}"},
		{"model", "{\"elicitation\":{}}", "{\"sampling\":{}}"},
		{"roots", "{}", "{\"roots\":{}}"},
		{"three", "{\"elicitation\":{}}", "{\"sampling\":{},\"roots\":{}}"},
		{"lacks", ALL, "{\"elicitation\":{\"url\":{}},\"sampling\":{}}"},
	};
	struct bench *b = *state;
	size_t i;

	asking_offer(b);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		call_tool(b, "ask", cases[i].how, cases[i].caps, "");
		assert_error(b, 400, -32021);
		assert_string_equal(json_object_to_json_string_ext(
		    at(b->reply.json, "error|data|requiredCapabilities"), JSON_C_TO_STRING_PLAIN),
		    cases[i].needed);
	}
	call_tool(b, "ask", "page", "{\"elicitation\":{\"url\":{}}}", "");
	assert_type(b, "input_required");
	assert_string_equal(text_at(b, "result.inputRequests.page.params.mode"), "url");
	assert_string_equal(text_at(b, "result.inputRequests.page.params.elicitationId"), "(nothing)");
	/* Answers that came uncalled for open nothing. */
	call_tool(b, "ask", "three", "{}", ",\"inputResponses\":{\"who\":" ACCEPT "}");
	assert_error(b, 400, -32021);
}

static void
a_resource_may_ask_as_well(void **state)
{
	static const char more[] = ",\"uri\":\"test://asking\"";
	struct bench *b = *state;
	char body[1000];
	int i;

	asking_offer(b);
	for (i = 0; i < 2; i++) {
		(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\","
		    "\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\","
		    "\"io.modelcontextprotocol/clientCapabilities\":" ALL "}%s%s}}", more,
		    i == 0 ? "" : ",\"inputResponses\":{\"who\":" ACCEPT "}");
		post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", "resources/read", "mcp-name",
		    "test://asking"), body);
		assert_type(b, i == 0 ? "input_required" : "complete");
	}
	assert_string_equal(text_at(b, "result.contents.0.text"), "accept");
	/* Other methods know nothing of rounds. */
	modern(b, "1", "tools/list", ",\"inputResponses\":7,\"requestState\":7");
	assert_type(b, "complete");
}

const struct CMUnitTest ask_tests[] = {
	T(a_question_is_an_input_required_result),
	T(answers_that_fit_nothing_are_asked_for_again),
	T(input_responses_and_states_of_wrong_types_are_minus_32602),
	T(a_state_goes_through_the_client_unaltered),
	T(a_round_may_ask_nothing_but_for_its_state),
	T(what_was_answered_is_not_asked_again),
	T(an_answer_too_long_to_be_kept_is_asked_for_again),
	T(a_call_asks_ten_times_at_most),
	T(only_what_the_client_declared_is_asked),
	T(a_resource_may_ask_as_well),
};
const size_t ask_tests_n = sizeof(ask_tests) / sizeof(ask_tests[0]);
