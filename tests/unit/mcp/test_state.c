/* requestState (docs/protocol.md ): read by nobody but for the request it was
 * made for. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/mcp/state.h"

#define NOW 1800000000

static struct secret key, other_key;

static struct json_object *
read(const char *text)
{
	struct json_object *v = NULL;

	assert_int_equal(json_parse(span_str(text), &json_from_spotify, &v), 0);
	return v;
}

static int
setup(void **state)
{
	uint8_t bytes[KEY_BYTES];

	(void)state;
	memset(bytes, 1, sizeof(bytes));
	assert_int_equal(secret_set(&key, span_of(bytes, sizeof(bytes))), 0);
	memset(bytes, 2, sizeof(bytes));
	assert_int_equal(secret_set(&other_key, span_of(bytes, sizeof(bytes))), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	secret_clear(&key);
	secret_clear(&other_key);
	return 0;
}

static struct state_for
belongs(struct json_object *params)
{
	return (struct state_for){.data_key = &key, .grant = {7}, .method = span_str("tools/call"),
		.params = params, .now = NOW};
}

static err_t
open_state(const struct state_for *f, const struct buf *text, unsigned *round)
{
	struct buf inner;
	err_t err;

	buf_init(&inner, STATE_MAX);
	err = state_read(f, buf_span(text), round, &inner);
	buf_free(&inner);
	return err;
}

static void
a_state_comes_back_as_it_was(void **state)
{
	static const char *const args[] = {"{\"name\":\"x\",\"arguments\":{\"b\":[1,{\"d\":2,\"c\":3}],\"a\":2}}",
		"{\"_meta\":{\"k\":1},\"arguments\":{\"a\":2,\"b\":[1,{\"c\":3,\"d\":2}]},\"name\":\"x\","
		"\"inputResponses\":{},\"requestState\":\"s\"}"};
	struct json_object *one = read(args[0]), *two = read(args[1]);
	struct state_for f = belongs(one);
	uint8_t all[STATE_MAX];
	struct buf text, inner;
	unsigned round = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	buf_init(&text, 65536);
	buf_init(&inner, STATE_MAX);
	assert_int_equal(state_make(&f, 3, span_of(all, sizeof(all)), &text), 0);
	/* Another order of the members is the same request, until the last second. */
	f.params = two;
	f.now = NOW + STATE_SECONDS;
	assert_int_equal(state_read(&f, buf_span(&text), &round, &inner), 0);
	assert_int_equal(round, 3);
	assert_true(span_eq(buf_span(&inner), span_of(all, sizeof(all))));
	buf_clear(&text);
	assert_int_equal(state_make(&f, 1, span_of(all, sizeof(all) + 1), &text), ERR_LIMIT);
	buf_free(&text);
	buf_free(&inner);
	json_object_put(one);
	json_object_put(two);
}

static void
a_state_is_worth_nothing_elsewhere(void **state)
{
	struct json_object *params = read("{\"name\":\"x\",\"arguments\":{\"a\":1}}");
	struct json_object *others[] = {
		read("{\"name\":\"y\",\"arguments\":{\"a\":1}}"), read("{\"name\":\"x\",\"arguments\":{\"a\":2}}"),
		read("{\"name\":\"x\",\"arguments\":{\"a\":\"1\"}}"), read("{\"name\":\"x\"}"),
		read("{\"uri\":\"x\",\"arguments\":{\"a\":1}}"), read("{\"name\":\"x\",\"arguments\":{\"a\":1,\"b\":1}}"),
		NULL};
	const struct state_for f = belongs(params);
	struct state_for g;
	unsigned round = 0;
	struct buf text;
	size_t i;

	(void)state;
	buf_init(&text, 65536);
	assert_int_equal(state_make(&f, 1, span_str("s"), &text), 0);
	assert_int_equal(open_state(&f, &text, &round), 0);
	g = f;
	g.data_key = &other_key;
	assert_int_equal(open_state(&g, &text, &round), ERR_DENIED);
	g = f;
	g.grant[0]++;
	assert_int_equal(open_state(&g, &text, &round), ERR_DENIED);
	g = f;
	g.method = span_str("prompts/get");
	assert_int_equal(open_state(&g, &text, &round), ERR_DENIED);
	g = f;
	g.now = NOW + STATE_SECONDS + 1;
	assert_int_equal(open_state(&g, &text, &round), ERR_DENIED);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		g = f;
		g.params = others[i];
		assert_int_equal(open_state(&g, &text, &round), ERR_DENIED);
		json_object_put(others[i]);
	}
	buf_free(&text);
	json_object_put(params);
}

static void
an_altered_state_is_refused(void **state)
{
	struct json_object *params = read("{\"name\":\"x\"}");
	const struct state_for f = belongs(params);
	struct buf text, part;
	unsigned round = 0;
	size_t i;

	(void)state;
	buf_init(&text, 65536);
	buf_init(&part, 65536);
	assert_int_equal(state_make(&f, 1, span_str("inside"), &text), 0);
	for (i = 0; i < text.len; i++) {
		const uint8_t was = text.data[i];

		text.data[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(open_state(&f, &text, &round), ERR_DENIED);
		text.data[i] = was;
		buf_clear(&part);
		assert_int_equal(buf_put(&part, text.data, i), 0);
		assert_int_equal(open_state(&f, &part, &round), ERR_DENIED);
	}
	assert_int_equal(buf_put_byte(&text, 'A'), 0);
	assert_int_equal(open_state(&f, &text, &round), ERR_DENIED);
	buf_clear(&text);
	for (i = 0; i < 40000; i++)
		assert_int_equal(buf_put_byte(&text, '.'), 0);
	assert_int_equal(open_state(&f, &text, &round), ERR_DENIED);
	buf_free(&text);
	buf_free(&part);
	json_object_put(params);
}

#define S(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
const struct CMUnitTest state_tests[] = {
	S(a_state_comes_back_as_it_was),
	S(a_state_is_worth_nothing_elsewhere),
	S(an_altered_state_is_refused),
};
const size_t state_tests_n = sizeof(state_tests) / sizeof(state_tests[0]);
