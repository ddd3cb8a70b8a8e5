/* Tests of shared/http/head and chunked over whole streams of requests. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "shared/base/ascii.h"
#include "shared/http/head.h"
#include "tests/unit/http/awkward.h"
#include "tests/unit/http/reader.h"

static void
judge(const char *name, struct span bytes, enum verdict must)
{
	struct reading r;
	bool accepted;

	read_ours(bytes, bytes.n, &r);
	accepted = r.end == 0;
	if (r.end == ERR_SHORT)
		fail_msg("%s: still waiting at its end", name);
	if (must != EITHER && accepted != (must == ACCEPT))
		fail_msg("%s: %s", name, accepted ? "accepted" : "refused");
	buf_free(&r.text);
}

static void
every_awkward_request_is_judged_as_listed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n_awkward_requests; i++) {
		const struct awkward *a = &awkward_requests[i];
		struct buf bytes;

		buf_init(&bytes, 65536);
		assert_int_equal(awkward_bytes(a, "127.0.0.1:8001", &bytes), 0);
		judge(a->name, buf_span(&bytes), a->must);
		judge(a->name, buf_span(&bytes), a->ours);
		buf_free(&bytes);
	}
}

static void
byte_by_byte_delivery_gives_the_same_reading(void **state)
{
	size_t i, step;

	(void)state;
	for (i = 0; i < n_awkward_requests; i++) {
		struct reading whole, parts;
		struct buf bytes;

		buf_init(&bytes, 65536);
		assert_int_equal(awkward_bytes(&awkward_requests[i], "a", &bytes), 0);
		read_ours(buf_span(&bytes), bytes.len, &whole);
		for (step = 1; step < 8; step++) {
			read_ours(buf_span(&bytes), step, &parts);
			assert_int_equal(whole.end, parts.end);
			assert_int_equal(whole.status, parts.status);
			assert_true(span_eq(buf_span(&whole.text), buf_span(&parts.text)));
			buf_free(&parts.text);
		}
		buf_free(&whole.text);
		buf_free(&bytes);
	}
}

/* The JSON holds bytes as characters up to U+00FF. */
static void
put_latin1(struct buf *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0xc0 && i + 1 < n)
			c = (unsigned char)(((c & 3u) << 6) | ((unsigned char)s[++i] & 0x3fu));
		assert_int_equal(buf_put_byte(out, c), 0);
	}
}

static void
judge_json_item(struct json_object *item)
{
	struct json_object *name, *request, *expect;
	const char *word;
	struct buf bytes;

	assert_true(json_object_object_get_ex(item, "name", &name));
	assert_true(json_object_object_get_ex(item, "request", &request));
	assert_true(json_object_object_get_ex(item, "expect", &expect));
	word = json_object_get_string(expect);
	buf_init(&bytes, 65536);
	put_latin1(&bytes, json_object_get_string(request),
	    (size_t)json_object_get_string_len(request));
	judge(json_object_get_string(name), buf_span(&bytes),
	    strcmp(word, "accept") == 0 ? ACCEPT : strcmp(word, "refuse") == 0 ? REFUSE : EITHER);
	buf_free(&bytes);
}

static void
every_request_of_the_outside_list_is_judged_as_it_says(void **state)
{
	const char *folder = getenv("TONEARM_SHARED");
	struct json_object *list, *requests;
	char path[4096];
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/http/awkward-requests.json",
	    folder == NULL ? "../shared" : folder);
	list = json_object_from_file(path);
	if (list == NULL) {
		print_message("skipped: no %s\n", path);
		skip();
	}
	assert_true(json_object_object_get_ex(list, "requests", &requests));
	assert_true(json_object_array_length(requests) > 0);
	for (i = 0; i < json_object_array_length(requests); i++)
		judge_json_item(json_object_array_get_idx(requests, i));
	(void)json_object_put(list);
}

/* What refusing this text answers; 0 if it is accepted. */
static unsigned
status_of(const char *text)
{
	struct reading r;
	unsigned status;

	read_ours(span_str(text), strlen(text), &r);
	status = r.end == ERR_SYNTAX ? r.status : 0;
	buf_free(&r.text);
	return status;
}

static void
each_refusal_has_its_status(void **state)
{
	(void)state;
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
	assert_int_equal(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(status_of("PUT / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
	assert_int_equal(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
	assert_int_equal(status_of("GET / HTTP/x.0\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1-1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.x\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1./\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"), 417);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br\r\n\r\n"), 501);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: /\r\n\r\n"), 400);
}

/* "GET /aaa... HTTP/1.1" with a target of n bytes. */
static void
put_request(struct buf *out, size_t n)
{
	size_t i;

	assert_int_equal(buf_put_str(out, "GET /"), 0);
	for (i = 1; i < n; i++)
		assert_int_equal(buf_put_byte(out, 'a'), 0);
	assert_int_equal(buf_put_str(out, " HTTP/1.1\r\nHost: a\r\n"), 0);
}

static unsigned
finish(struct buf *b)
{
	unsigned status;

	assert_int_equal(buf_put_str(b, "\r\n"), 0);
	status = status_of(buf_cstr(b));
	buf_free(b);
	return status;
}

static void
the_target_may_have_8192_bytes_and_no_more(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	put_request(&b, HTTP_TARGET_MAX);
	assert_int_equal(finish(&b), 0);
	put_request(&b, HTTP_TARGET_MAX + 1);
	assert_int_equal(finish(&b), 414);
	put_request(&b, HTTP_HEAD_MAX + 1);
	assert_int_equal(finish(&b), 414);
}

static void
the_head_may_have_16384_bytes_and_no_more(void **state)
{
	struct buf b;
	size_t extra;

	(void)state;
	for (extra = 0; extra < 2; extra++) {
		buf_init(&b, 65536);
		put_request(&b, 100);
		assert_int_equal(buf_put_str(&b, "X: "), 0);
		while (b.len + 4 < HTTP_HEAD_MAX + extra)
			assert_int_equal(buf_put_byte(&b, 'x'), 0);
		assert_int_equal(buf_put_str(&b, "\r\n"), 0);
		assert_int_equal(finish(&b), extra == 0 ? 0 : 431);
	}
}

static void
there_may_be_64_fields_and_no_more(void **state)
{
	struct buf b;
	size_t i, n;

	(void)state;
	for (n = HTTP_FIELDS_MAX; n <= HTTP_FIELDS_MAX + 1; n++) {
		buf_init(&b, 65536);
		put_request(&b, 10);
		for (i = 1; i < n; i++)
			assert_int_equal(buf_put_str(&b, "X: y\r\n"), 0);
		assert_int_equal(finish(&b), n == HTTP_FIELDS_MAX ? 0 : 431);
	}
}

static void
parse(const char *text, struct http_head *h)
{
	static struct http_field fields[HTTP_FIELDS_MAX];
	struct http_scan s = {0};
	unsigned status = 0;

	assert_int_equal(http_scan(&s, span_str(text)), 0);
	assert_int_equal(s.at, strlen(text));
	assert_int_equal(http_head_parse(span_of(text + s.skip, s.at - s.skip), fields, h, &status), 0);
}

static void
the_parts_of_a_head_are_found(void **state)
{
	struct http_head h;
	size_t n;

	(void)state;
	parse("POST /a/b?x=1?2 HTTP/1.1\r\nHOST: h:1\r\nA:  b c \t\r\na: d\r\n"
	    "Content-Length: 7\r\nExpect: 100-Continue\r\n\r\n", &h);
	assert_int_equal(h.method, METHOD_POST);
	assert_int_equal(h.minor, 1);
	assert_true(span_is(h.path, "/a/b"));
	assert_true(span_is(h.query, "x=1?2"));
	assert_true(span_is(h.host, "h:1"));
	assert_true(h.framing == HTTP_BODY_LENGTH && h.content_length == 7);
	assert_true(h.keep_alive && h.expect_continue);
	assert_true(span_is(*http_head_field(&h, "a", &n), "b c"));
	assert_int_equal(n, 2);
	assert_null(http_head_field(&h, "b", NULL));
}

static void
connection_words_decide_on_keeping_it(void **state)
{
	struct http_head h;

	(void)state;
	parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed, keep-alive\r\n\r\n", &h);
	assert_true(h.keep_alive);
	parse("GET / HTTP/1.1\r\nHost: a\r\nConnection:\r\nConnection: x ,CLOSE\r\n\r\n", &h);
	assert_false(h.keep_alive);
	parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n", &h);
	assert_false(h.keep_alive);
	assert_false(h.expect_continue);
	assert_int_equal(h.host.n, 0);
}

static void
white_space_alone_trims_to_nothing(void **state)
{
	(void)state;
	assert_int_equal(ascii_trim(span_str(" \t ")).n, 0);
	assert_int_equal(ascii_trim(span_of(NULL, 0)).n, 0);
	assert_false(http_is_token(0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_awkward_request_is_judged_as_listed),
		cmocka_unit_test(byte_by_byte_delivery_gives_the_same_reading),
		cmocka_unit_test(every_request_of_the_outside_list_is_judged_as_it_says),
		cmocka_unit_test(each_refusal_has_its_status),
		cmocka_unit_test(the_target_may_have_8192_bytes_and_no_more),
		cmocka_unit_test(the_head_may_have_16384_bytes_and_no_more),
		cmocka_unit_test(there_may_be_64_fields_and_no_more),
		cmocka_unit_test(the_parts_of_a_head_are_found),
		cmocka_unit_test(connection_words_decide_on_keeping_it),
		cmocka_unit_test(white_space_alone_trims_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
