/* Contents of forms against their schemas (docs/protocol.md EL-2, R-7). */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/tools/form.h"

static struct json_object *
read(const char *text)
{
	struct json_object *v = NULL;

	if (json_parse(span_str(text), &json_from_spotify, &v) != 0)
		fail_msg("no JSON: %s", text);
	return v;
}

/* A form with the single property p. */
static bool
fits(const char *property, const char *content)
{
	struct json_object *schema = json_object_new_object(), *inside = json_object_new_object();
	struct json_object *c = read(content);
	bool fit;

	assert_int_equal(json_add(inside, "p", read(property)), 0);
	assert_int_equal(json_add(schema, "properties", inside), 0);
	fit = form_fits(schema, c);
	json_object_put(schema);
	json_object_put(c);
	return fit;
}

static void
each_kind_of_property_takes_its_values_only(void **state)
{
	static const struct {
		const char *property, *good[4], *bad[8];
	} cases[] = {
		{"{\"type\":\"string\"}", {"\"\"", "\"\xc3\xa4\""}, {"1", "true", "[]", "{}"}},
		{"{\"type\":\"string\",\"minLength\":2,\"maxLength\":3}", {"\"\xc3\xa4\xc3\xa4\"", "\"abc\""},
		    {"\"\xc3\xa4\"", "\"abcd\"", "22"}},
		{"{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", {"\"a\""}, {"\"c\"", "\"\"", "0"}},
		{"{\"type\":\"string\",\"oneOf\":[{\"const\":\"a\",\"title\":\"A\"}]}", {"\"a\""}, {"\"A\"", "[\"a\"]"}},
		{"{\"type\":\"boolean\"}", {"true", "false"}, {"0", "\"true\"", "[]"}},
		{"{\"type\":\"integer\",\"minimum\":1,\"maximum\":3}", {"1", "3", "2.0"},
		    {"0", "4", "1.5", "\"2\"", "true"}},
		{"{\"type\":\"number\",\"minimum\":0.5}", {"0.5", "7"}, {"0.4", "\"1\"", "false"}},
		{"{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},\"minItems\":1,"
		    "\"maxItems\":2}", {"[\"a\"]", "[\"b\",\"a\"]"},
		    {"[]", "[\"c\"]", "[\"a\",\"b\",\"a\"]", "[1]", "\"a\"", "[null]", "{}"}},
		{"{\"type\":\"array\",\"items\":{\"anyOf\":[{\"const\":\"a\",\"title\":\"A\"}]}}", {"[\"a\"]", "[]"},
		    {"[\"A\"]", "[[\"a\"]]"}},
		{"{\"type\":\"string\",\"format\":\"email\"}", {"\"a@b\"", "\"a.b@c.example\""},
		    {"\"a\"", "\"@b\"", "\"a@\"", "\"a b@c\"", "\"\""}},
		{"{\"type\":\"string\",\"format\":\"uri\"}", {"\"https://x/\"", "\"a+b:c\""},
		    {"\"x\"", "\":x\"", "\"1a:x\"", "\"a:\"", "\"a: b\"", "\"\""}},
		{"{\"type\":\"string\",\"format\":\"date\"}", {"\"2026-11-22\""},
		    {"\"2026-13-01\"", "\"2026-00-01\"", "\"2026-1-1\"", "\"2026-11-22x\"", "\"\""}},
		{"{\"type\":\"string\",\"format\":\"date-time\"}",
		    {"\"2026-11-22T10:00:00Z\"", "\"2026-11-22T10:00:00.5+01:00\""},
		    {"\"2026-11-22\"", "\"2026-11-22T24:00:00Z\"", "\"2026-11-22T10:00:00\"",
		    "\"2026-11-22T10:00:00.Z\"", "\"2026-11-22T10:00:00Zx\""}},
		/* What EL-2 does not know fits nothing. */
		{"{\"type\":\"object\"}", {NULL}, {"{}"}},
		{"{\"type\":\"string\",\"format\":\"x\"}", {NULL}, {"\"a\""}},
		{"{}", {NULL}, {"1", "\"a\""}},
		{"{\"type\":\"array\"}", {NULL}, {"[]"}},
	};
	char content[200];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (k = 0; k < 4 && cases[i].good[k] != NULL; k++) {
			(void)snprintf(content, sizeof(content), "{\"p\":%s}", cases[i].good[k]);
			if (!fits(cases[i].property, content))
				fail_msg("%s should fit %s", content, cases[i].property);
		}
		for (k = 0; k < 8 && cases[i].bad[k] != NULL; k++) {
			(void)snprintf(content, sizeof(content), "{\"p\":%s}", cases[i].bad[k]);
			if (fits(cases[i].property, content))
				fail_msg("%s should not fit %s", content, cases[i].property);
		}
	}
}

static void
what_is_required_must_be_there(void **state)
{
	struct json_object *schema = read("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},"
	    "\"b\":{\"type\":\"string\"}},\"required\":[\"a\"]}");
	static const struct {
		const char *content;
		bool fits;
	} cases[] = {
		{"{\"a\":\"x\"}", true}, {"{\"a\":\"x\",\"b\":null,\"c\":{}}", true},
		{"{}", false}, {"{\"a\":null}", false}, {"{\"b\":\"x\"}", false},
		{"{\"a\":\"x\",\"b\":1}", false}, {"[]", false}, {"1", false}, {"\"a\"", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *c = read(cases[i].content);

		if (form_fits(schema, c) != cases[i].fits)
			fail_msg("%s", cases[i].content);
		json_object_put(c);
	}
	assert_false(form_fits(schema, NULL));
	json_object_put(schema);
	/* Nothing required, nothing sent: that is a filled-in form. */
	schema = read("{\"type\":\"object\",\"properties\":{}}");
	assert_true(form_fits(schema, NULL));
	json_object_put(schema);
	assert_false(form_fits(NULL, NULL));
}

const struct CMUnitTest form_tests[] = {
	cmocka_unit_test(each_kind_of_property_takes_its_values_only),
	cmocka_unit_test(what_is_required_must_be_there),
};
const size_t form_tests_n = sizeof(form_tests) / sizeof(form_tests[0]);
