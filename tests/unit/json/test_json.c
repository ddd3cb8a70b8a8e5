/*
 * What the JSON guard takes and refuses, and that whatever it takes is read by
 * json-c as it was written.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/json/json.h"

#define TEXT(s) span_of((s), sizeof(s) - 1)
#define CASE(s, e) {(s), sizeof(s) - 1, (e)}

struct sample {
	const char *text;
	size_t n;
	err_t expected;
};

static const struct sample samples[] = {
	/* values at the top */
	CASE("{}", 0), CASE("[]", 0), CASE("0", 0), CASE("-1", 0), CASE("true", 0),
	CASE("null", 0), CASE("\"\"", 0), CASE(" \t\r\n{ } \n", 0),
	CASE("1.5e3", 0), CASE("-0", 0), CASE("0.0", 0), CASE("1E+2", 0), CASE("1e-2", 0),
	/* nothing, too much, too little */
	CASE("", ERR_SYNTAX), CASE("   ", ERR_SYNTAX), CASE("{}{}", ERR_SYNTAX),
	CASE("{} x", ERR_SYNTAX), CASE("1 2", ERR_SYNTAX), CASE("{", ERR_SYNTAX),
	CASE("[", ERR_SYNTAX), CASE("[1", ERR_SYNTAX), CASE("[1,", ERR_SYNTAX),
	CASE("[1,]", ERR_SYNTAX), CASE("[,1]", ERR_SYNTAX), CASE("{\"a\"}", ERR_SYNTAX),
	CASE("{\"a\":}", ERR_SYNTAX), CASE("{\"a\":1,}", ERR_SYNTAX), CASE("{,}", ERR_SYNTAX),
	CASE("{\"a\" 1}", ERR_SYNTAX), CASE("{\"a\":1 \"b\":2}", ERR_SYNTAX),
	CASE("{1:2}", ERR_SYNTAX), CASE("{a:1}", ERR_SYNTAX), CASE("]", ERR_SYNTAX),
	CASE("[1}", ERR_SYNTAX), CASE("{\"a\":1]", ERR_SYNTAX), CASE("}", ERR_SYNTAX),
	CASE("{}\0", ERR_SYNTAX), CASE("\0{}", ERR_SYNTAX), CASE("[\f1]", ERR_SYNTAX),
	CASE("[\v1]", ERR_SYNTAX), CASE("\xef\xbb\xbf{}", ERR_SYNTAX),
	CASE("[\xc2\xa0" "1]", ERR_SYNTAX),
	/* what json-c would take */
	CASE("{'a':1}", ERR_SYNTAX), CASE("['a']", ERR_SYNTAX), CASE("NaN", ERR_SYNTAX),
	CASE("[NaN]", ERR_SYNTAX), CASE("Infinity", ERR_SYNTAX), CASE("-Infinity", ERR_SYNTAX),
	CASE("nan", ERR_SYNTAX), CASE("True", ERR_SYNTAX), CASE("TRUE", ERR_SYNTAX),
	CASE("nul", ERR_SYNTAX), CASE("nulll", ERR_SYNTAX), CASE("/* */1", ERR_SYNTAX),
	CASE("// x\n1", ERR_SYNTAX), CASE("\"a\nb\"", ERR_SYNTAX), CASE("\"a\tb\"", ERR_SYNTAX),
	CASE("\"a\x01" "b\"", ERR_SYNTAX), CASE("\"a\0b\"", ERR_SYNTAX), CASE("\"\x7f\"", 0),
	/* doubled names */
	CASE("{\"a\":1,\"a\":2}", ERR_SYNTAX), CASE("{\"a\":1,\"b\":{\"a\":2}}", 0),
	CASE("{\"a\":1,\"\\u0061\":2}", ERR_SYNTAX), CASE("{\"\":1,\"\":2}", ERR_SYNTAX),
	CASE("{\"a\":{\"x\":1,\"x\":2}}", ERR_SYNTAX), CASE("[{\"a\":1},{\"a\":2}]", 0),
	CASE("{\"x\":[{\"b\":1}],\"b\":1,\"x\":2}", ERR_SYNTAX),
	CASE("{\"\\u00e4\":1,\"\xc3\xa4\":2}", ERR_SYNTAX),
	CASE("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", ERR_SYNTAX),
	CASE("{\"a\":1,\"A\":2}", 0), CASE("{\"\\/\":1,\"/\":2}", ERR_SYNTAX),
	/* strings */
	CASE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 0), CASE("\"\\x41\"", ERR_SYNTAX),
	CASE("\"\\'\"", ERR_SYNTAX), CASE("\"\\u12\"", ERR_SYNTAX), CASE("\"\\u12g4\"", ERR_SYNTAX),
	CASE("\"\\\"", ERR_SYNTAX), CASE("\"", ERR_SYNTAX), CASE("\"\\", ERR_SYNTAX),
	CASE("\"\\\0\"", ERR_SYNTAX), CASE("\"\\u0000\"", ERR_SYNTAX), CASE("\"\\uD83D\\uDE00\"", 0),
	CASE("\"\\ud83d\"", ERR_SYNTAX), CASE("\"\\ude00\"", ERR_SYNTAX),
	CASE("\"\\ud83d\\ud83d\"", ERR_SYNTAX), CASE("\"\\ud83dx\"", ERR_SYNTAX),
	CASE("\"\\ud83d\\n\"", ERR_SYNTAX), CASE("\"\\ude00\\ud83d\"", ERR_SYNTAX),
	/* UTF-8 */
	CASE("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"", 0), CASE("\"\xc3\"", ERR_SYNTAX),
	CASE("\"\xc0\x80\"", ERR_SYNTAX), CASE("\"\xe0\x80\x80\"", ERR_SYNTAX),
	CASE("\"\xed\xa0\x80\"", ERR_SYNTAX), CASE("\"\xf4\x90\x80\x80\"", ERR_SYNTAX),
	CASE("\"\xff\"", ERR_SYNTAX), CASE("\"\x80\"", ERR_SYNTAX),
	CASE("\"\xf4\x8f\xbf\xbf\"", 0), CASE("\"\xef\xbf\xbf\"", 0),
	/* numbers */
	CASE("01", ERR_SYNTAX), CASE("-", ERR_SYNTAX), CASE("+1", ERR_SYNTAX), CASE(".5", ERR_SYNTAX),
	CASE("5.", ERR_SYNTAX), CASE("1e", ERR_SYNTAX), CASE("1e+", ERR_SYNTAX), CASE("0x10", ERR_SYNTAX),
	CASE("1.e2", ERR_SYNTAX), CASE("--1", ERR_SYNTAX), CASE("-01", ERR_SYNTAX), CASE("00", ERR_SYNTAX),
	CASE("9223372036854775807", 0), CASE("9223372036854775808", ERR_LIMIT),
	CASE("-9223372036854775808", 0), CASE("-9223372036854775809", ERR_LIMIT),
	CASE("99999999999999999999", ERR_LIMIT), CASE("1e999", ERR_LIMIT), CASE("-1e999", ERR_LIMIT),
	CASE("1e308", 0), CASE("1e-999", 0),
	CASE("0.00000000000000000000000000000000000000000000000000000000000000000000001", ERR_LIMIT),
};

static void
each_sample_is_taken_or_refused_as_it_says(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		/* A copy without a byte behind it: reading past the end is seen. */
		char *copy = malloc(samples[i].n + 1);
		err_t err;

		assert_non_null(copy);
		memcpy(copy + 1, samples[i].text, samples[i].n);
		err = json_guard(span_of(copy + 1, samples[i].n), &json_from_client);
		if (err != samples[i].expected)
			fail_msg("sample %zu: %s: %d", i, samples[i].text, err);
		free(copy);
	}
}

static void
what_is_taken_json_c_reads_too(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct json_object *v = NULL;
		err_t err = json_parse(span_of(samples[i].text, samples[i].n),
		    &json_from_client, &v);

		if (err != samples[i].expected)
			fail_msg("sample %zu: %s: %d", i, samples[i].text, err);
		json_object_put(v);
	}
}

/* Every change of one byte, and every prefix, of a text: taken by the guard means
 * taken by json-c, and writing and reading again gives the same value. */
static void
a_changed_byte_never_makes_the_two_readers_differ(void **state)
{
	static const char base[] =
	    "{\"a\":[1,-2.5e1,true,null,\"x\\u00e4\\ud83d\\ude00\xc3\xa4\"],\"b\":{\"c\":{}}}";
	char text[sizeof(base)];
	size_t at, n = sizeof(base) - 1;
	unsigned c, taken = 0;

	(void)state;
	for (at = 0; at < n; at++) {
		for (c = 0; c < 256; c++) {
			struct json_object *v = NULL, *again = NULL;
			struct buf out;

			memcpy(text, base, sizeof(base));
			text[at] = (char)c;
			if (json_guard(span_of(text, n), &json_from_client) != 0)
				continue;
			taken++;
			buf_init(&out, 4096);
			assert_int_equal(json_parse(span_of(text, n), &json_from_client, &v), 0);
			assert_int_equal(json_write(&out, v), 0);
			assert_int_equal(json_parse(buf_span(&out), &json_from_client, &again), 0);
			assert_int_equal(json_object_equal(v, again), 1);
			json_object_put(v);
			json_object_put(again);
			buf_free(&out);
		}
	}
	assert_true(taken > n);
	for (at = 0; at < n; at++)
		assert_int_equal(json_guard(span_of(base, at), &json_from_client), ERR_SYNTAX);
}

static struct buf
repeated(const char *before, const char *part, const char *after, size_t times)
{
	struct buf b;

	buf_init(&b, 8u << 20);
	assert_int_equal(buf_put_str(&b, before), 0);
	while (times-- > 0)
		assert_int_equal(buf_put_str(&b, part), 0);
	assert_int_equal(buf_put_str(&b, after), 0);
	return b;
}

static void
nesting_ends_at_the_limit(void **state)
{
	char text[2 * JSON_DEPTH + 2];
	struct json_object *v = NULL;

	(void)state;
	memset(text, '[', JSON_DEPTH);
	memset(text + JSON_DEPTH, ']', JSON_DEPTH);
	assert_int_equal(json_parse(span_of(text, sizeof(text) - 2), &json_from_client, &v), 0);
	json_object_put(v);
	memset(text, '[', JSON_DEPTH + 1);
	memset(text + JSON_DEPTH + 1, ']', JSON_DEPTH + 1);
	assert_int_equal(json_guard(span_of(text, sizeof(text)), &json_from_client), ERR_LIMIT);
	/* The deepest level may still hold a value. */
	memset(text, '[', JSON_DEPTH);
	text[JSON_DEPTH] = '1';
	memset(text + JSON_DEPTH + 1, ']', JSON_DEPTH);
	v = NULL;
	assert_int_equal(json_parse(span_of(text, sizeof(text) - 1), &json_from_client, &v), 0);
	json_object_put(v);
}

static void
each_limit_holds(void **state)
{
	static const struct json_limits small =
	    {.bytes = 100, .nodes = 5, .members = 3, .string = 8, .nul = false};
	struct buf b;

	(void)state;
	assert_int_equal(json_guard(TEXT("[1,2,3,4]"), &small), 0);
	assert_int_equal(json_guard(TEXT("[1,2,3,4,5]"), &small), ERR_LIMIT);
	assert_int_equal(json_guard(TEXT("\"12345678\""), &small), 0);
	assert_int_equal(json_guard(TEXT("\"123456789\""), &small), ERR_LIMIT);
	assert_int_equal(json_guard(TEXT("{\"a\":1,\"b\":2,\"c\":3}"), &small), 0);
	assert_int_equal(json_guard(TEXT("{\"a\":1,\"b\":2,\"c\":3,\"d\":4}"), &small), ERR_LIMIT);
	b = repeated("1", " ", "", 100);
	assert_int_equal(json_guard(buf_span(&b), &small), ERR_LIMIT);
	buf_free(&b);
	b = repeated("{\"", "k", "\":1}", JSON_KEY_BYTES);
	assert_int_equal(json_guard(buf_span(&b), &json_from_client), 0);
	buf_free(&b);
	b = repeated("{\"", "k", "\":1}", JSON_KEY_BYTES + 1);
	assert_int_equal(json_guard(buf_span(&b), &json_from_client), ERR_LIMIT);
	buf_free(&b);
	b = repeated("[", "1,", "1]", 65536);
	assert_int_equal(json_guard(buf_span(&b), &json_from_client), ERR_LIMIT);
	assert_int_equal(json_guard(buf_span(&b), &json_from_spotify), 0);
	buf_free(&b);
}

static void
spotify_may_send_nul_in_strings(void **state)
{
	struct json_object *v = NULL;
	struct span s;

	(void)state;
	assert_int_equal(json_parse(TEXT("{\"a\":\"x\\u0000y\"}"), &json_from_spotify, &v), 0);
	assert_true(json_get_str(v, "a", &s));
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "x\0y", 3);
	json_object_put(v);
}

static void
getters_give_only_their_own_type(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"i\":5,\"d\":2.0,\"f\":2.5,\"b\":true,\"n\":null,"
	    "\"o\":{},\"a\":[],\"big\":9007199254740992,\"e\":1e300}";
	struct json_object *v = NULL;
	struct span s;
	int64_t i;
	double d;
	bool b;

	(void)state;
	assert_int_equal(json_parse(TEXT(text), &json_from_client, &v), 0);
	assert_true(json_get_str(v, "s", &s) && span_is(s, "x"));
	assert_false(json_get_str(v, "i", &s) || json_get_str(v, "n", &s) || json_get_str(v, "zz", &s));
	assert_true(json_get_int(v, "i", &i) && i == 5);
	assert_true(json_get_int(v, "d", &i) && i == 2);
	assert_false(json_get_int(v, "f", &i) || json_get_int(v, "big", &i) ||
	    json_get_int(v, "e", &i) || json_get_int(v, "s", &i) || json_get_int(v, "b", &i));
	assert_true(json_get_num(v, "f", &d) && json_get_num(v, "i", &d));
	assert_false(json_get_num(v, "s", &d));
	assert_true(json_get_bool(v, "b", &b) && b);
	assert_false(json_get_bool(v, "i", &b));
	assert_non_null(json_get_obj(v, "o"));
	assert_null(json_get_obj(v, "a"));
	assert_non_null(json_get_arr(v, "a"));
	assert_null(json_get_arr(v, "o"));
	assert_true(json_has(v, "n"));
	assert_false(json_has(v, "zz"));
	assert_null(json_get(NULL, "x"));
	assert_null(json_get(json_get(v, "a"), "x"));
	json_object_put(v);
}

static void
numbers_are_written_as_they_were_read(void **state)
{
	static const char text[] = "[1.0,1e2,0.1,-0.0,12345678901234567,2.50]";
	struct json_object *v = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(json_parse(TEXT(text), &json_from_client, &v), 0);
	assert_int_equal(json_write(&out, v), 0);
	assert_string_equal(buf_cstr(&out), text);
	json_object_put(v);
	buf_free(&out);
}

static void
strings_are_written_with_escapes(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(json_write_str(&out, TEXT("a\"\\/\n\x01\xc3\xa4")), 0);
	assert_string_equal(buf_cstr(&out), "\"a\\\"\\\\/\\n\\u0001\xc3\xa4\"");
	buf_free(&out);
}

/* json-c's own writer loses pieces when memory runs out; ours stands in for it. */
static void
what_we_write_is_what_json_c_writes(void **state)
{
	static const char text[] = "{\"\":null,\"a/\\\"\\u0001\\b\\t\\n\\f\\r\\u007f\\u00e4\":[true,false,[],{}],"
	    "\"n\":[0,-1,9007199254740991,1.5e300,-2.50,1e-7],\"\\ud83d\\ude00\":{\"\\u001f\":\"x\"}}";
	struct json_object *v = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(json_parse(TEXT(text), &json_from_client, &v), 0);
	assert_int_equal(json_write(&out, v), 0);
	assert_string_equal(buf_cstr(&out), json_object_to_json_string_ext(v,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(v);
	buf_free(&out);
}

static void
a_text_that_does_not_fit_leaves_nothing_behind(void **state)
{
	struct json_object *v = NULL;
	struct buf out;

	(void)state;
	assert_int_equal(json_parse(TEXT("{\"a\":\"0123456789\"}"), &json_from_client, &v), 0);
	buf_init(&out, 12);
	assert_int_equal(buf_put_str(&out, "x"), 0);
	assert_int_equal(json_write(&out, v), ERR_LIMIT);
	assert_string_equal(buf_cstr(&out), "x");
	assert_int_equal(json_write_str(&out, TEXT("0123456789a")), ERR_LIMIT);
	assert_string_equal(buf_cstr(&out), "x");
	json_object_put(v);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_is_taken_or_refused_as_it_says),
		cmocka_unit_test(what_is_taken_json_c_reads_too),
		cmocka_unit_test(a_changed_byte_never_makes_the_two_readers_differ),
		cmocka_unit_test(nesting_ends_at_the_limit),
		cmocka_unit_test(each_limit_holds),
		cmocka_unit_test(spotify_may_send_nul_in_strings),
		cmocka_unit_test(getters_give_only_their_own_type),
		cmocka_unit_test(numbers_are_written_as_they_were_read),
		cmocka_unit_test(strings_are_written_with_escapes),
		cmocka_unit_test(what_we_write_is_what_json_c_writes),
		cmocka_unit_test(a_text_that_does_not_fit_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
