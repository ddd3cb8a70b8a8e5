/*
 * Differential test: nothing that we accept may be refused or read otherwise by
 * llhttp, which is the parser of Node's HTTP server.  Each round damages a
 * request from the table of awkward ones and compares both readings.
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

#include <llhttp/llhttp.h>

#include "tests/unit/http/awkward.h"
#include "tests/unit/http/reader.h"

#define ROUNDS 300000

struct theirs {
	llhttp_t parser;
	struct reading r;
	struct buf url, name, value, body;
	bool begun;
};

static struct theirs *
of(llhttp_t *p)
{
	return p->data;
}

static int
add(struct buf *b, const char *at, size_t n)
{
	assert_int_equal(buf_put(b, at, n), 0);
	return 0;
}

static int on_url(llhttp_t *p, const char *at, size_t n) { return add(&of(p)->url, at, n); }
static int on_name(llhttp_t *p, const char *at, size_t n) { return add(&of(p)->name, at, n); }
static int on_value(llhttp_t *p, const char *at, size_t n) { return add(&of(p)->value, at, n); }
static int on_body(llhttp_t *p, const char *at, size_t n) { return add(&of(p)->body, at, n); }

static int
on_begin(llhttp_t *p)
{
	struct theirs *t = of(p);

	buf_clear(&t->url);
	buf_clear(&t->name);
	buf_clear(&t->value);
	buf_clear(&t->body);
	t->begun = false;
	return 0;
}

static void
begin(struct theirs *t)
{
	if (!t->begun)
		reading_begin(&t->r, llhttp_method_name(t->parser.method), buf_span(&t->url),
		    t->parser.http_minor);
	t->begun = true;
}

static int
on_field_done(llhttp_t *p)
{
	struct theirs *t = of(p);

	begin(t);
	reading_field(&t->r, buf_span(&t->name), buf_span(&t->value));
	buf_clear(&t->name);
	buf_clear(&t->value);
	return 0;
}

static int
on_done(llhttp_t *p)
{
	begin(of(p));
	reading_end(&of(p)->r, buf_span(&of(p)->body));
	return 0;
}

static void
read_theirs(struct span bytes, struct theirs *t)
{
	llhttp_settings_t s;
	llhttp_errno_t err;
	const char *at = (const char *)bytes.p, *end = at + bytes.n;

	memset(t, 0, sizeof(*t));
	buf_init(&t->r.text, 1 << 20);
	buf_init(&t->url, 65536);
	buf_init(&t->name, 65536);
	buf_init(&t->value, 65536);
	buf_init(&t->body, 65536);
	llhttp_settings_init(&s);
	s.on_message_begin = on_begin;
	s.on_url = on_url;
	s.on_header_field = on_name;
	s.on_header_value = on_value;
	s.on_header_value_complete = on_field_done;
	s.on_body = on_body;
	s.on_message_complete = on_done;
	llhttp_init(&t->parser, HTTP_REQUEST, &s);
	t->parser.data = t;
	err = llhttp_execute(&t->parser, at, (size_t)(end - at));
	while (err == HPE_PAUSED_UPGRADE) {
		at = llhttp_get_error_pos(&t->parser);
		llhttp_resume_after_upgrade(&t->parser);
		err = llhttp_execute(&t->parser, at, (size_t)(end - at));
	}
}

static void
free_theirs(struct theirs *t)
{
	buf_free(&t->r.text);
	buf_free(&t->url);
	buf_free(&t->name);
	buf_free(&t->value);
	buf_free(&t->body);
}

/* What we understood must be how their reading begins. */
static unsigned
compare(struct span bytes)
{
	struct reading ours;
	struct theirs theirs;
	unsigned n;

	read_ours(bytes, bytes.n, &ours);
	read_theirs(bytes, &theirs);
	if (theirs.r.text.len < ours.text.len || (ours.text.len > 0 &&
	    memcmp(theirs.r.text.data, ours.text.data, ours.text.len) != 0)) {
		print_message("--- bytes\n%.*s\n--- ours\n%s\n--- theirs (%s)\n%s\n",
		    (int)bytes.n, (const char *)bytes.p, buf_cstr(&ours.text),
		    llhttp_errno_name(llhttp_get_errno(&theirs.parser)), buf_cstr(&theirs.r.text));
		fail_msg("llhttp reads it otherwise");
	}
	n = ours.complete;
	buf_free(&ours.text);
	free_theirs(&theirs);
	return n;
}

static uint64_t seed = 0x9e3779b97f4a7c15u;

static size_t
pick(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % n);
}

/* One small harm: a byte changed, dropped, or a piece put in. */
static void
damage(struct buf *b)
{
	static const char *const pieces[] = {
		"\r\n", "\r", "\n", " ", "\t", ":", ",", ";", "0", "00", "5", "a", "\200", "?", "#", "%",
		"Host: a\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "chunked",
		"Connection: close\r\n", "Expect: 100-continue\r\n", "0\r\n\r\n", "HTTP/1.0", "/", "\"",
		"Upgrade: x\r\nConnection: upgrade\r\n", "X: y\r\n",
	};
	size_t at = pick(b->len + 1);
	struct buf out;
	const char *piece = pieces[pick(sizeof(pieces) / sizeof(pieces[0]))];
	size_t how = pick(4), drop = how == 0 ? 0 : pick(3);

	if (drop > b->len - at)
		drop = b->len - at;
	buf_init(&out, b->max);
	(void)add(&out, (const char *)b->data, at);
	if (how == 1)
		assert_int_equal(buf_put_byte(&out, (uint8_t)pick(256)), 0);
	else if (how != 2)
		(void)add(&out, piece, strlen(piece));
	(void)add(&out, (const char *)b->data + at + drop, b->len - at - drop);
	buf_free(b);
	*b = out;
}

static void
nothing_is_accepted_that_llhttp_reads_otherwise(void **state)
{
	unsigned long round, accepted = 0;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		const struct awkward *a = &awkward_requests[round % n_awkward_requests];
		size_t harms = round < n_awkward_requests ? 0 : 1 + pick(3);
		struct buf b;

		buf_init(&b, 65536);
		assert_int_equal(awkward_bytes(a, "a", &b), 0);
		while (harms-- > 0 && b.len > 0)
			damage(&b);
		if (b.len > 0)
			accepted += compare(buf_span(&b)) > 0;
		buf_free(&b);
	}
	print_message("%d rounds, %lu accepted by us\n", ROUNDS, accepted);
	assert_true(accepted > ROUNDS / 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_accepted_that_llhttp_reads_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
