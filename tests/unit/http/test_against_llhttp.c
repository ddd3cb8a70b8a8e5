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

#include "tests/unit/http/awkward.h"
#include "tests/unit/http/reader.h"
#include "tests/unit/http/theirs.h"

#define ROUNDS 300000

/* What we understood must be how their reading begins. */
static unsigned
compare(struct span bytes)
{
	struct reading ours, theirs;
	const char *error;
	unsigned n;

	read_ours(bytes, bytes.n, &ours);
	read_theirs(bytes, &theirs, &error);
	if (theirs.text.len < ours.text.len || (ours.text.len > 0 &&
	    memcmp(theirs.text.data, ours.text.data, ours.text.len) != 0)) {
		print_message("--- bytes\n%.*s\n--- ours\n%s\n--- theirs (%s)\n%s\n",
		    (int)bytes.n, (const char *)bytes.p, buf_cstr(&ours.text),
		    error, buf_cstr(&theirs.text));
		fail_msg("llhttp reads it otherwise");
	}
	n = ours.complete;
	buf_free(&ours.text);
	buf_free(&theirs.text);
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

static void
put(struct buf *b, struct span s)
{
	assert_int_equal(buf_put_span(b, s), 0);
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
	put(&out, span_of(b->data, at));
	if (how == 1)
		assert_int_equal(buf_put_byte(&out, (uint8_t)pick(256)), 0);
	else if (how != 2)
		put(&out, span_str(piece));
	put(&out, span_of(b->data + at + drop, b->len - at - drop));
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
