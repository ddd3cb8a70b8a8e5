/* Prompts, completion and resources of a catalog (docs/protocol.md 9.2 to 9.5). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"

static int
setup(void **state)
{
	struct bench *b;

	assert_int_equal(bench_setup(state), 0);
	b = *state;
	offer_everything(&b->catalog);
	return 0;
}

static void
get(struct bench *b, const char *name, const char *arguments)
{
	char params[512];

	(void)snprintf(params, sizeof(params), ",\"name\":\"%s\"%s", name, arguments);
	modern_named(b, "1", "prompts/get", name, params);
}

/* --- prompts ----------------------------------------------------------------------- */
static void
prompts_are_listed_for_the_scopes(void **state)
{
	struct bench *b = *state;

	modern(b, "1", "prompts/list", "");
	assert_result(b);
	assert_int_equal(json_object_array_length(at(b->reply.json, "result|prompts")), 3);
	assert_string_equal(text_at(b, "result.prompts.0.name"), "greet");
	assert_string_equal(text_at(b, "result.prompts.0.title"), "Greet");
	assert_string_equal(text_at(b, "result.prompts.0.description"), "Greets somebody.");
	assert_string_equal(text_at(b, "result.prompts.0.arguments.0"), "{ \"name\": \"name\", "
	    "\"title\": \"Name\", \"description\": \"who\", \"required\": true }");
	assert_string_equal(text_at(b, "result.prompts.0.arguments.1"), "{ \"name\": \"how\" }");
	assert_null(at(b->reply.json, "result|prompts|1|arguments"));
	assert_string_equal(text_at(b, "result.cacheScope"), "private");
	assert_non_null(at(b->reply.json, "result|ttlMs"));
	modern(b, "1", "prompts/list", ",\"cursor\":\"\"");
	assert_error(b, 200, -32602);
}

static void
titles_and_icons_are_for_versions_that_know_them(void **state)
{
	struct bench *b = *state;

	in_session(b, "2025-03-26", "prompts/list", "");
	assert_null(at(b->reply.json, "result|prompts|0|title"));
	assert_null(at(b->reply.json, "result|prompts|0|arguments|0|title"));
	in_session(b, "2025-06-18", "prompts/list", "");
	assert_non_null(at(b->reply.json, "result|prompts|0|title"));
	assert_null(at(b->reply.json, "result|prompts|0|icons"));
	in_session(b, "2025-11-25", "prompts/list", "");
	assert_string_equal(text_at(b, "result.prompts.0.icons.0"),
	    "{ \"src\": \"https:\\/\\/tonearm.example\\/icon.png\", \"mimeType\": \"image\\/png\", "
	    "\"sizes\": [ \"48x48\", \"96x96\" ], \"theme\": \"dark\" }");
	assert_string_equal(text_at(b, "result|prompts|0|icons|1|src"), "data:image/png;base64,AAAA");
	in_session(b, "2025-06-18", "resources/list", "");
	assert_null(at(b->reply.json, "result|resources|0|icons"));
	in_session(b, "2025-11-25", "resources/list", "");
	assert_non_null(at(b->reply.json, "result|resources|0|icons"));
}

static void
a_prompt_is_filled_in(void **state)
{
	struct bench *b = *state;

	get(b, "greet", ",\"arguments\":{\"name\":\"Ada\",\"how\":\"well\",\"other\":1}");
	assert_result(b);
	assert_string_equal(text_at(b, "result.description"), "Greets somebody.");
	assert_string_equal(text_at(b, "result.messages"), "[ { \"role\": \"user\", \"content\": "
	    "{ \"type\": \"text\", \"text\": \"Hello Ada, well\" } }, { \"role\": \"assistant\", "
	    "\"content\": { \"type\": \"text\", \"text\": \"Hello.\" } } ]");
	assert_string_equal(text_at(b, "result.resultType"), "complete");
	assert_null(at(b->reply.json, "result|ttlMs"));
}

static void
what_a_prompt_lacks_is_minus_32602(void **state)
{
	static const char *const wrong[] = {"", ",\"arguments\":{}", ",\"arguments\":{\"name\":7}",
		",\"arguments\":{\"name\":null}", ",\"arguments\":{\"name\":\"a\\u0000b\"}",
		",\"arguments\":{\"name\":\"a\",\"how\":[]}", ",\"arguments\":[]"};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		get(b, "greet", wrong[i]);
		if (b->reply.status != 400)   /* a NUL is refused with the JSON */
			assert_error(b, 200, -32602);
	}
	get(b, "nope", "");
	assert_error(b, 200, -32602);
	get(b, "hidden", ",\"arguments\":{}");
	assert_error(b, 200, -32602);
	get(b, "failing", "");
	assert_error(b, 200, -32603);
	assert_string_equal(text_at(b, "error.message"), "It cannot be said now.");
}

static void
a_prompts_blocks_are_what_the_version_knows(void **state)
{
	struct bench *b = *state;

	get(b, "blocks", "");
	assert_string_equal(text_at(b, "result.messages.0.content.type"), "image");
	assert_string_equal(text_at(b, "result.messages.1.content.type"), "audio");
	assert_string_equal(text_at(b, "result.messages.2.content.type"), "resource");
	assert_string_equal(text_at(b, "result.messages.3.content.type"), "resource_link");
	in_session(b, "2024-11-05", "prompts/get", "\"name\":\"blocks\"");
	assert_string_equal(text_at(b, "result.messages.0.content.type"), "image");
	assert_string_equal(text_at(b, "result.messages.1.content.type"), "text");
	assert_string_equal(text_at(b, "result.messages.2.content.type"), "resource");
	assert_string_equal(text_at(b, "result.messages.3.content.text"),
	    "b, the letter: test://b");
}

static void
without_prompts_there_are_no_methods_of_prompts(void **state)
{
	struct bench *b = *state;

	b->catalog.prompts = NULL;
	b->catalog.templates = NULL;
	modern(b, "1", "prompts/list", "");
	assert_error(b, 404, -32601);
	get(b, "greet", "");
	assert_error(b, 404, -32601);
	modern(b, "1", "completion/complete", "");
	assert_error(b, 404, -32601);
	in_session(b, "2025-11-25", "prompts/list", "");
	assert_error(b, 200, -32601);
	/* This one has nothing to show and is there all the same. */
	modern(b, "1", "resources/templates/list", "");
	assert_string_equal(text_at(b, "result.resourceTemplates"), "[ ]");
}

/* --- completion ---------------------------------------------------------------------- */
static void
complete(struct bench *b, const char *ref, const char *argument, const char *more)
{
	char params[512];

	(void)snprintf(params, sizeof(params), ",\"ref\":{%s},\"argument\":{%s}%s", ref, argument,
	    more);
	modern(b, "1", "completion/complete", params);
}
#define GREET "\"type\":\"ref/prompt\",\"name\":\"greet\""
#define THING "\"type\":\"ref/resource\",\"uri\":\"test://thing/{id}/data\""

static void
words_are_completed_without_case(void **state)
{
	struct bench *b = *state;

	complete(b, GREET, "\"name\":\"how\",\"value\":\"FR\"", "");
	assert_string_equal(text_at(b, "result.completion"),
	    "{ \"values\": [ \"Friendly\", \"frankly\" ], \"total\": 2, \"hasMore\": false }");
	assert_string_equal(text_at(b, "result.resultType"), "complete");
	complete(b, GREET, "\"name\":\"how\",\"value\":\"x\"", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ ]");
	complete(b, THING, "\"name\":\"id\",\"value\":\"\"", "");
	assert_string_equal(text_at(b, "result.completion.total"), "3");
	in_session(b, "2025-03-26", "completion/complete",
	    "\"ref\":{" GREET "},\"argument\":{\"name\":\"how\",\"value\":\"l\"}");
	assert_string_equal(text_at(b, "result.completion.values.0"), "loud");
}

static void
a_hundred_suggestions_and_how_many_there_are(void **state)
{
	struct bench *b = *state;

	complete(b, GREET, "\"name\":\"many\",\"value\":\"v\"",
	    ",\"context\":{\"arguments\":{\"name\":\"n\"}}");
	assert_int_equal(json_object_array_length(at(b->reply.json, "result|completion|values")), 100);
	assert_string_equal(text_at(b, "result.completion.values.99"), "nv99");
	assert_string_equal(text_at(b, "result.completion.total"), "130");
	assert_string_equal(text_at(b, "result.completion.hasMore"), "true");
	complete(b, GREET, "\"name\":\"name\",\"value\":\"v\"", "");
	assert_error(b, 200, -32603);
}

static void
what_cannot_be_completed_is_empty_or_minus_32602(void **state)
{
	static const char *const refs[] = {"", "\"type\":\"ref/prompt\"",
		"\"type\":\"ref/prompt\",\"name\":\"nope\"", "\"type\":\"ref/prompt\",\"name\":\"hidden\"",
		"\"type\":\"ref/resource\",\"uri\":\"test://hidden\"",
		"\"type\":\"ref/resource\",\"name\":\"greet\"", "\"type\":\"ref/x\",\"name\":\"greet\"",
		"\"name\":\"greet\"", "\"type\":7,\"name\":\"greet\""};
	static const char *const arguments[] = {"", "\"name\":\"how\"", "\"value\":\"\"",
		"\"name\":7,\"value\":\"\"", "\"name\":\"how\",\"value\":7"};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		complete(b, refs[i], "\"name\":\"how\",\"value\":\"\"", "");
		assert_error(b, 200, -32602);
	}
	for (i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		complete(b, GREET, arguments[i], "");
		assert_error(b, 200, -32602);
	}
	complete(b, GREET, "\"name\":\"free\",\"value\":\"x\"", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ ]");
	complete(b, GREET, "\"name\":\"nope\",\"value\":\"x\"", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ ]");
	complete(b, "\"type\":\"ref/resource\",\"uri\":\"test://both\"",
	    "\"name\":\"x\",\"value\":\"x\"", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ ]");
}

/* --- resources ------------------------------------------------------------------------ */
static void
read_uri(struct bench *b, const char *uri)
{
	char params[256];

	(void)snprintf(params, sizeof(params), ",\"uri\":\"%s\"", uri);
	modern_named(b, "1", "resources/read", uri, params);
}

static void
a_resource_of_its_own_has_text_and_blobs(void **state)
{
	struct bench *b = *state;

	read_uri(b, "test://both");
	assert_result(b);
	assert_string_equal(text_at(b, "result|contents|0|uri"), "test://both");
	assert_string_equal(text_at(b, "result|contents|0|text"), "words");
	assert_string_equal(text_at(b, "result|contents|1|mimeType"), "image/png");
	assert_string_equal(text_at(b, "result|contents|1|blob"), "AAAA");
	assert_non_null(at(b->reply.json, "result|ttlMs"));
	read_uri(b, "test://thing/a.b-c_1/data");
	assert_string_equal(text_at(b, "result|contents|0|text"), "a.b-c_1");
	assert_null(at(b->reply.json, "result|contents|0|mimeType"));
}

static void
what_is_not_there_or_not_allowed_is_not_found(void **state)
{
	static const char *const uris[] = {"test://hidden", "test://thing/none/data",
		"test://thing//data", "test://thing/../data", "test://thing/./data",
		"test://thing/a/b/data", "test://thing/a%2fb/data", "test://thing/a/datax",
		"test://thing/a/dat", "test://both/", "TEST://both"};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		read_uri(b, uris[i]);
		assert_error(b, 200, -32602);
		assert_string_equal(text_at(b, "error|data|uri"), uris[i]);
	}
	in_session(b, "2025-11-25", "resources/read", "\"uri\":\"test://thing/none/data\"");
	assert_error(b, 200, -32002);
}

static void
subscriptions_are_for_who_may_read(void **state)
{
	struct bench *b = *state;

	assert_true(catalog_subscribable(&b->catalog, span_str("test://both"), SCOPE_ALL));
	assert_true(catalog_subscribable(&b->catalog, span_str("test://hidden"), SCOPE_ALL));
	assert_false(catalog_subscribable(&b->catalog, span_str("test://hidden"),
	    SCOPE_LIBRARY_READ));
	assert_true(catalog_subscribable(&b->catalog, span_str("test://thing/x/data"), 0));
	assert_false(catalog_subscribable(&b->catalog, span_str("test://thing/x"), SCOPE_ALL));
}

#define P(f) cmocka_unit_test_setup_teardown(f, setup, bench_teardown)

const struct CMUnitTest prompts_tests[] = {
	P(prompts_are_listed_for_the_scopes),
	P(titles_and_icons_are_for_versions_that_know_them),
	P(a_prompt_is_filled_in),
	P(what_a_prompt_lacks_is_minus_32602),
	P(a_prompts_blocks_are_what_the_version_knows),
	P(without_prompts_there_are_no_methods_of_prompts),
	P(words_are_completed_without_case),
	P(a_hundred_suggestions_and_how_many_there_are),
	P(what_cannot_be_completed_is_empty_or_minus_32602),
	P(a_resource_of_its_own_has_text_and_blobs),
	P(what_is_not_there_or_not_allowed_is_not_found),
	P(subscriptions_are_for_who_may_read),
};
const size_t prompts_tests_n = sizeof(prompts_tests) / sizeof(prompts_tests[0]);
