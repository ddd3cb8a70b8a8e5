/*
 * What each version is given: capabilities, what the server says of itself, and
 * the blocks of results (docs/protocol.md L-21, L-22, 4.3, 9.11, 9.12).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/tools/call.h"

static int
setup(void **state)
{
	struct bench *b;

	assert_int_equal(bench_setup(state), 0);
	b = *state;
	offer_tools(&b->catalog);
	return 0;
}

static void
initialize(struct bench *b, const char *version)
{
	char session[200];

	start_session(b, version, session);
}

static void
the_server_says_of_itself_what_the_version_knows(void **state)
{
	struct bench *b = *state;

	initialize(b, "2024-11-05");
	assert_int_equal(json_object_object_length(at(b->reply.json, "result|serverInfo")), 2);
	initialize(b, "2025-03-26");
	assert_int_equal(json_object_object_length(at(b->reply.json, "result|serverInfo")), 2);
	initialize(b, "2025-06-18");
	assert_non_null(at(b->reply.json, "result|serverInfo|title"));
	assert_int_equal(json_object_object_length(at(b->reply.json, "result|serverInfo")), 3);
	initialize(b, "2025-11-25");
	assert_non_null(at(b->reply.json, "result|serverInfo|description"));
	assert_string_equal(text_at(b, "result|serverInfo|websiteUrl"), "https://tonearm.example");
	assert_string_equal(text_at(b, "result|serverInfo|icons|0|src"),
	    "https://tonearm.example/icon.png");
	modern(b, "1", "tools/list", "");
	assert_string_equal(text_at(b,
	    "result|_meta|io.modelcontextprotocol/serverInfo|icons|0|sizes|0"), "48x48");
}

static void
a_tool_has_its_icon_from_2025_11_25_on(void **state)
{
	struct bench *b = *state;

	in_session(b, "2025-06-18", "tools/list", "");
	assert_null(at(b->reply.json, "result|tools|1|icons"));
	in_session(b, "2025-11-25", "tools/list", "");
	assert_string_equal(text_at(b, "result|tools|1|icons|0|src"),
	    "https://tonearm.example/icon.png");
	assert_null(at(b->reply.json, "result|tools|2|icons"));
	/* Made before the fork there would be no address for it. */
	assert_int_equal(mcp_prepare(&b->catalog), 0);
	modern(b, "1", "tools/list", "");
	assert_string_equal(text_at(b, "result|tools|1|icons|0|src"),
	    "https://tonearm.example/icon.png");
}

static void
blocks_are_what_the_version_knows(void **state)
{
	static const struct {
		const char *version;
		const char *third, *fourth;
	} cases[] = {
		{"2024-11-05", "text", "text"}, {"2025-03-26", "audio", "text"},
		{"2025-06-18", "audio", "resource_link"}, {"2025-11-25", "audio", "resource_link"},
	};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		in_session(b, cases[i].version, "tools/call", "\"name\":\"all\"");
		assert_result(b);
		assert_int_equal(json_object_array_length(at(b->reply.json, "result|content")), 6);
		assert_string_equal(text_at(b, "result.content.0.text"), "words\n");
		assert_string_equal(text_at(b, "result.content.1.type"), "image");
		assert_string_equal(text_at(b, "result.content.2.type"), cases[i].third);
		assert_string_equal(text_at(b, "result.content.3.type"), cases[i].fourth);
		assert_string_equal(text_at(b, "result.content.4.resource.text"), "y");
		assert_string_equal(text_at(b, "result.content.5.resource.blob"), "CCCC");
		/* Nothing structured was given, and none was promised. */
		assert_null(at(b->reply.json, "result|structuredContent"));
	}
	in_session(b, "2025-03-26", "tools/call", "\"name\":\"all\"");
	assert_string_equal(text_at(b, "result|content|3|text"), "x: test://x");
	modern_named(b, "1", "tools/call", "all", ",\"name\":\"all\"");
	assert_string_equal(text_at(b, "result|content|3|title"), "The X");
	modern_named(b, "1", "tools/call", "image", ",\"name\":\"image\"");
	assert_int_equal(json_object_array_length(at(b->reply.json, "result|content")), 1);
	assert_string_equal(text_at(b, "result.content.0.data"), "AAAA");
}

static void
capabilities_are_what_the_catalog_has(void **state)
{
	struct bench *b = *state;

	/* The tools behind the bench's resources are not in this catalog. */
	initialize(b, "2025-11-25");
	assert_string_equal(text_at(b, "result.capabilities"),
	    "{ \"tools\": { } }");
	in_session(b, "2025-11-25", "resources/list", "");
	assert_error(b, 200, -32601);
	b->catalog.tools_change = true;
	b->catalog.logging = true;
	modern(b, "1", "server/discover", "");
	assert_string_equal(text_at(b, "result.capabilities"),
	    "{ \"tools\": { \"listChanged\": true }, \"logging\": { } }");
}

static void
run_nothing(struct call *c)
{
	call_done(c);
}

static void
capabilities_of_everything(void **state)
{
	static const char *const words[] = {"a", NULL};
	static const struct text_arg args[] = {{.name = "a", .words = words}, {.name = NULL}};
	static const struct prompt prompt = {.name = "p", .args = args, .run = run_nothing};
	static const struct prompt *const prompts[] = {&prompt, NULL};
	static const struct resource resources[] = {
		{.uri = "test://x", .name = "x", .read = run_nothing, .subscribable = true},
		{.uri = NULL}};
	struct bench *b = *state;

	b->catalog.prompts = prompts;
	b->catalog.resources = resources;
	b->catalog.tools_change = b->catalog.prompts_change = b->catalog.resources_change = true;
	b->catalog.subscribe = true;
	b->catalog.logging = true;
	initialize(b, "2025-03-26");
	assert_string_equal(text_at(b, "result.capabilities"),
	    "{ \"tools\": { \"listChanged\": true }, \"prompts\": { \"listChanged\": true }, "
	    "\"resources\": { \"subscribe\": true, \"listChanged\": true }, "
	    "\"completions\": { }, \"logging\": { } }");
	initialize(b, "2024-11-05");
	assert_null(at(b->reply.json, "result|capabilities|completions"));
	modern(b, "1", "server/discover", "");
	assert_non_null(at(b->reply.json, "result|capabilities|completions"));
}

#define P(f) cmocka_unit_test_setup_teardown(f, setup, bench_teardown)

const struct CMUnitTest degrade_tests[] = {
	P(the_server_says_of_itself_what_the_version_knows),
	P(a_tool_has_its_icon_from_2025_11_25_on),
	P(blocks_are_what_the_version_knows),
	P(capabilities_are_what_the_catalog_has),
	P(capabilities_of_everything),
};
const size_t degrade_tests_n = sizeof(degrade_tests) / sizeof(degrade_tests[0]);
