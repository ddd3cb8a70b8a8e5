/* Tests of the smaller parts of shared/http. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "shared/http/chunked.h"
#include "shared/http/media.h"
#include "shared/http/query.h"
#include "shared/http/response.h"

static err_t
chunks(const char *text, size_t max, struct buf *body, size_t *used)
{
	struct http_chunked c = {0};

	buf_init(body, max);
	return http_chunked_feed(&c, span_str(text), body, used);
}

static void
what_follows_the_last_chunk_is_left_alone(void **state)
{
	static const char text[] =
	    "3\r\nabc\r\nA;x=y;z\r\n0123456789\r\n0\r\n\r\nGET /";
	struct buf body;
	size_t used;

	(void)state;
	assert_int_equal(chunks(text, 100, &body, &used), 0);
	assert_string_equal(buf_cstr(&body), "abc0123456789");
	assert_string_equal(text + used, "GET /");
	buf_free(&body);
}

static void
a_chunk_that_would_not_fit_is_refused_at_once(void **state)
{
	struct buf body;
	size_t used;

	(void)state;
	assert_int_equal(chunks("b\r\nh", 10, &body, &used), ERR_LIMIT);
	assert_int_equal(body.len, 0);
	buf_free(&body);
	assert_int_equal(chunks("a\r\n0123456789\r\n0\r\n\r\n", 10, &body, &used), 0);
	assert_int_equal(body.len, 10);
	buf_free(&body);
	assert_int_equal(chunks("ffffffffffffffff\r\nh", 10, &body, &used), ERR_LIMIT);
	buf_free(&body);
}

static void
endless_extensions_are_refused(void **state)
{
	struct http_chunked c = {0};
	struct buf body;
	size_t used, i;
	err_t err;

	(void)state;
	buf_init(&body, 10);
	err = http_chunked_feed(&c, span_str("0;a"), &body, &used);
	assert_int_equal(err, ERR_SHORT);
	for (i = 0; err == ERR_SHORT && i < 10000; i++)
		err = http_chunked_feed(&c, span_str(";b=c"), &body, &used);
	assert_int_equal(err, ERR_LIMIT);
	buf_free(&body);
}

static void
a_response_head_is_written(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(http_put_status(&b, 401), 0);
	assert_int_equal(http_put_field_str(&b, "A-B", "c d"), 0);
	assert_int_equal(http_put_field_uint(&b, "N", 18446744073709551615u), 0);
	assert_int_equal(http_put_date(&b, 1700000000), 0);
	assert_int_equal(http_put_end(&b), 0);
	assert_string_equal(buf_cstr(&b), "HTTP/1.1 401 Unauthorized\r\nA-B: c d\r\n"
	    "N: 18446744073709551615\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\n");
	assert_string_equal(http_reason(299), "Status");
	buf_free(&b);
}

static void
no_value_can_add_a_line(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(http_put_field_str(&b, "A", "b\r\nC: d"), ERR_SYNTAX);
	assert_int_equal(http_put_field_str(&b, "A:", "b"), ERR_SYNTAX);
	assert_int_equal(http_put_field(&b, "A", span_of("\0", 1)), ERR_SYNTAX);
	assert_int_equal(http_put_field_str(&b, "A", "\177"), ERR_SYNTAX);
	assert_int_equal(http_put_field_str(&b, "A", "0123456789"), ERR_LIMIT);
	assert_int_equal(b.len, 0);
	assert_int_equal(http_put_field_str(&b, "A", "\tb"), 0);
	buf_free(&b);
}

static void
chunks_are_written(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 30);
	assert_int_equal(http_put_chunk(&b, span_str("0123456789abcdef")), 0);
	assert_int_equal(http_put_chunk(&b, span_str("too long")), ERR_LIMIT);
	assert_int_equal(http_put_chunk(&b, span_str("")), 0);
	assert_string_equal(buf_cstr(&b), "10\r\n0123456789abcdef\r\n0\r\n\r\n");
	buf_free(&b);
}

static void
media_types_are_compared_without_parameters(void **state)
{
	(void)state;
	assert_true(http_media_is(span_str("application/json"), "application/json"));
	assert_true(http_media_is(span_str("Application/JSON ; charset=utf-8"), "application/json"));
	assert_false(http_media_is(span_str("application/jsonx"), "application/json"));
	assert_false(http_media_is(span_str("text/plain; application/json"), "application/json"));
	assert_false(http_media_is(span_str(""), "application/json"));
}

static void
the_closest_range_decides(void **state)
{
	static const char sse[] = "text/event-stream";

	(void)state;
	assert_true(http_accepts(span_str(""), sse));
	assert_true(http_accepts(span_str("*/*"), sse));
	assert_true(http_accepts(span_str("application/json, text/event-stream"), sse));
	assert_true(http_accepts(span_str("text/*;q=0.1"), sse));
	assert_false(http_accepts(span_str("application/json"), sse));
	assert_false(http_accepts(span_str("*/*, text/event-stream;q=0"), sse));
	assert_false(http_accepts(span_str("text/event-stream; q=0.000, text/*"), sse));
	assert_true(http_accepts(span_str("text/*;q=0, text/event-stream;v=1;q=1"), sse));
	assert_false(http_accepts(span_str("image/*"), sse));
	assert_true(http_accepts(span_str("text/event-stream;q="), sse));
	assert_true(http_accepts_named(span_str("x/y,Text/Event-Stream"), sse));
	assert_false(http_accepts_named(span_str("*/*"), sse));
	assert_false(http_accepts_named(span_str("text/event-stream;q=0"), sse));
}

static err_t
get(const char *query, const char *name, struct buf *out)
{
	buf_clear(out);
	return http_query_get(span_str(query), name, out);
}

static void
a_parameter_is_found_and_unescaped(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 20);
	assert_int_equal(get("a=1&token=x%2By+z&b", "token", &b), 0);
	assert_string_equal(buf_cstr(&b), "x+y z");
	assert_int_equal(get("%74oken=1", "token", &b), 0);
	assert_int_equal(get("token", "token", &b), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(get("a&&tokens=1", "token", &b), ERR_NOTFOUND);
	assert_int_equal(get("", "token", &b), ERR_NOTFOUND);
	buf_free(&b);
}

static void
a_doubled_or_broken_parameter_is_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 20);
	assert_int_equal(get("t=1&t=1", "t", &b), ERR_SYNTAX);
	assert_int_equal(get("t=%", "t", &b), ERR_SYNTAX);
	assert_int_equal(get("t=%0", "t", &b), ERR_SYNTAX);
	assert_int_equal(get("t=%g0", "t", &b), ERR_SYNTAX);
	assert_int_equal(get("t=%0:", "t", &b), ERR_SYNTAX);
	assert_int_equal(get("t=%00", "t", &b), ERR_SYNTAX);
	assert_int_equal(get("%zz=1&t=1", "t", &b), ERR_SYNTAX);
	assert_int_equal(get("t=0123456789012345678901", "t", &b), ERR_LIMIT);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
a_parameter_is_noticed(void **state)
{
	(void)state;
	assert_true(http_query_has(span_str("a=1&access%5ftoken=x"), "access_token"));
	assert_true(http_query_has(span_str("%zz&t"), "t"));
	assert_false(http_query_has(span_str("a=t"), "t"));
}

static void
escaping_is_undone_by_unescaping(void **state)
{
	struct buf a, b;
	size_t i;

	(void)state;
	buf_init(&a, 1000);
	buf_init(&b, 1000);
	for (i = 1; i < 256; i++)
		assert_int_equal(buf_put_byte(&b, (uint8_t)i), 0);
	assert_int_equal(http_escape(buf_span(&b), &a), 0);
	buf_clear(&b);
	assert_int_equal(http_unescape(buf_span(&a), false, &b), 0);
	assert_int_equal(b.len, 255);
	for (i = 1; i < 256; i++)
		assert_int_equal(b.data[i - 1], i);
	assert_int_equal(http_unescape(span_str("%4a%4A"), false, &b), 0);
	assert_int_equal(b.data[255], 'J');
	buf_free(&a);
	buf_init(&a, 4);
	assert_int_equal(http_escape(span_str("a b c"), &a), ERR_LIMIT);
	assert_int_equal(a.len, 0);
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_follows_the_last_chunk_is_left_alone),
		cmocka_unit_test(a_chunk_that_would_not_fit_is_refused_at_once),
		cmocka_unit_test(endless_extensions_are_refused),
		cmocka_unit_test(a_response_head_is_written),
		cmocka_unit_test(no_value_can_add_a_line),
		cmocka_unit_test(chunks_are_written),
		cmocka_unit_test(media_types_are_compared_without_parameters),
		cmocka_unit_test(the_closest_range_decides),
		cmocka_unit_test(a_parameter_is_found_and_unescaped),
		cmocka_unit_test(a_doubled_or_broken_parameter_is_refused),
		cmocka_unit_test(a_parameter_is_noticed),
		cmocka_unit_test(escaping_is_undone_by_unescaping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
