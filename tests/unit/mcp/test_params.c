/* Mcp-Param-* headers (docs/protocol.md M-9 to M-11, M-14). */
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
	offer_tools(&b->catalog);
	return 0;
}

/* A call with one header, NULL: without; arguments is the inside of them. */
static void
call_with(struct bench *b, const char *field, const char *value, const char *arguments)
{
	char body[1024];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
	    "\"params\":{" ENVELOPE ",\"name\":\"route\",\"arguments\":{%s}}}", arguments);
	if (field == NULL)
		post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", "tools/call",
		    "mcp-name", "route"), body);
	else
		post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", "tools/call",
		    "mcp-name", "route", field, value), body);
}

static void
what_agrees_is_served(void **state)
{
	static const char *const cases[][3] = {
		{"mcp-param-region", "north", "\"region\":\"north\""},
		{"mcp-param-region", "=?base64?bm9ydGg=?=", "\"region\":\"north\""},
		{"mcp-param-region", "=?base64?IG7DtnJkbGljaA==?=", "\"region\":\" n\xc3\xb6rdlich\""},
		{"mcp-param-region", "=?base64?\?=", "\"region\":\"\""},
		{"mcp-param-region", "bm9ydGg=", "\"region\":\"bm9ydGg=\""},
		{"mcp-param-region", "=?base64?bm9ydGg=", "\"region\":\"=?base64?bm9ydGg=\""},
		{"mcp-param-x-number", "42", "\"number\":42"},
		{"mcp-param-x-number", "42.0", "\"number\":42"},
		{"mcp-param-x-number", "42", "\"number\":42.0"},
		{"mcp-param-x-number", "4.2e1", "\"number\":42"},
		{"mcp-param-x-number", "-7", "\"number\":-7"},
		{"mcp-param-x-number", "20", "\"number\":\"20\""},
		{"mcp-param-sure", "true", "\"sure\":true"},
		{"mcp-param-sure", "false", "\"sure\":false"},
		{"mcp-param-other", "anything", "\"plain\":\"x\""},
		{"mcp-param-plain", "anything", "\"plain\":\"x\""},
		{NULL, NULL, "\"region\":null,\"sure\":null"},
		{NULL, NULL, "\"plain\":\"x\""},
		{NULL, NULL, ""},
	};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		call_with(b, cases[i][0], cases[i][1], cases[i][2]);
		assert_result(b);
	}
}

static void
what_differs_is_minus_32020(void **state)
{
	static const char *const cases[][3] = {
		{"mcp-param-region", "south", "\"region\":\"north\""},
		{"mcp-param-region", "North", "\"region\":\"north\""},
		{"mcp-param-region", "=?base64?bm9ydGg?=", "\"region\":\"north\""},
		{"mcp-param-region", "=?base64?bm9ydGg==?=", "\"region\":\"north\""},
		{"mcp-param-region", "=?base64?bm9y_Gg=?=", "\"region\":\"north\""},
		{"mcp-param-region", "=?BASE64?bm9ydGg=?=", "\"region\":\"north\""},
		{"mcp-param-region", "=?base64?/w==?=", "\"region\":\"north\""},
		{"mcp-param-region", "n\xc3\xb6rd", "\"region\":\"n\xc3\xb6rd\""},
		{"mcp-param-region", "bm9ydGg=", "\"region\":\"north\""},
		{"mcp-param-region", "north", ""},
		{"mcp-param-region", "north", "\"region\":null"},
		{NULL, NULL, "\"region\":\"north\""},
		{NULL, NULL, "\"number\":0"},
		{NULL, NULL, "\"sure\":false"},
		{"mcp-param-x-number", "42.5", "\"number\":42"},
		{"mcp-param-x-number", "0x2a", "\"number\":42"},
		{"mcp-param-x-number", "+42", "\"number\":42"},
		{"mcp-param-x-number", "42 ", "\"number\":42"},
		{"mcp-param-x-number", "nan", "\"number\":42"},
		{"mcp-param-x-number", "42-", "\"number\":42"},
		{"mcp-param-x-number", "=?base64?NDMgAA==?=", "\"number\":42"},
		{"mcp-param-x-number", "", "\"number\":0"},
		{"mcp-param-x-number", "\"42\"", "\"number\":42"},
		{"mcp-param-sure", "True", "\"sure\":true"},
		{"mcp-param-sure", "1", "\"sure\":true"},
	};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		call_with(b, cases[i][0], cases[i][1], cases[i][2]);
		assert_error(b, 400, -32020);
		assert_int_equal(json_object_get_int(at(b->reply.json, "id")), 1);
	}
}

static void
they_are_checked_after_the_method_and_before_the_arguments(void **state)
{
	struct bench *b = *state;

	/* A wrong argument is said only when the headers are right. */
	call_with(b, NULL, NULL, "\"region\":\"north\",\"nope\":1");
	assert_error(b, 400, -32020);
	call_with(b, "mcp-param-region", "north", "\"region\":\"north\",\"nope\":1");
	assert_result(b);
	assert_string_equal(text_at(b, "result.isError"), "true");
}

static void
legacy_clients_neither_see_nor_send_them(void **state)
{
	struct bench *b = *state;

	modern(b, "1", "tools/list", "");
	assert_string_equal(text_at(b, "result|tools|0|inputSchema|properties|region|x-mcp-header"),
	    "Region");
	assert_null(at(b->reply.json, "result|tools|0|inputSchema|properties|plain|x-mcp-header"));
	in_session(b, "2025-11-25", "tools/list", "");
	assert_non_null(at(b->reply.json, "result|tools|0|inputSchema|properties|region"));
	assert_null(at(b->reply.json, "result|tools|0|inputSchema|properties|region|x-mcp-header"));
	in_session(b, "2025-11-25", "tools/call",
	    "\"name\":\"route\",\"arguments\":{\"region\":\"north\"}");
	assert_result(b);
}

static void
a_schema_given_as_text_is_shown_as_it_is(void **state)
{
	struct bench *b = *state;

	modern(b, "1", "tools/list", "");
	assert_string_equal(text_at(b, "result|tools|3|inputSchema|$defs|a|$anchor"), "x");
	modern_named(b, "1", "tools/call", "shown", ",\"name\":\"shown\",\"arguments\":{\"any\":[1]}");
	assert_result(b);
	assert_string_equal(text_at(b, "result.isError"), "false");
}

#define P(f) cmocka_unit_test_setup_teardown(f, setup, bench_teardown)

const struct CMUnitTest params_tests[] = {
	P(what_agrees_is_served),
	P(what_differs_is_minus_32020),
	P(they_are_checked_after_the_method_and_before_the_arguments),
	P(legacy_clients_neither_see_nor_send_them),
	P(a_schema_given_as_text_is_shown_as_it_is),
};
const size_t params_tests_n = sizeof(params_tests) / sizeof(params_tests[0]);
