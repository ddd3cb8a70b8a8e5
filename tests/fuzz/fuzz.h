/*
 * A harness is one function that takes any bytes, gives them to a reader of
 * outside input and says what must be true afterwards:
 *
 *     FUZZ(chunked) { ... must(used <= in.n); ... }
 *
 * and one entry in the list below.  Two programs are made of them: fuzz, where
 * libFuzzer makes up the bytes, and fuzz-replay, which feeds the kept ones
 * (tests/fuzz/corpus) with any compiler.
 */
#ifndef TONEARM_TESTS_FUZZ_H
#define TONEARM_TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/span.h"

/* name, largest input that is of use */
#define FUZZERS(X) \
	X(http_head, 4096) X(http_against, 4096) X(chunked, 4096) X(http_words, 1024) \
	X(front_names, 512) X(messages, 4096) X(channel, 8192) \
	X(json, 4096) X(tool_args, 4096) X(tool_run, 8192) X(mcp, 8192) \
	X(conf_file, 8192) X(conf_values, 2048) X(keyfile, 2048) \
	X(base64, 512) X(token, 256) X(seal, 1024) \
	X(spotify_error, 2048) X(spotify_text, 1024) X(spotify_grant, 4096) \
	X(portal_form, 4096) X(portal_page, 2048) X(redirects, 1024) X(portal_oauth, 4096) \
	X(document, 4096) X(change_text, 8192) X(wish_lines, 2048)

#define FUZZ(name) void fuzz_##name(struct span in)
#define X(name, most) FUZZ(name);
FUZZERS(X)
#undef X

struct fuzzer {
	const char *name;
	size_t most;
	void (*feed)(struct span in);
};
/* All of them; the last has no name. */
extern const struct fuzzer fuzzers[];

/* What does not hold is reported as each of the two programs does it. */
void fuzz_failed(const char *file, int line, const char *what) __attribute__((noreturn));
#define must(what) ((what) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #what))

/* For tests/torture: called when a harness does something of its own amid the
 * code under test (false), and when that goes on (true).  NULL: nobody listens. */
extern void (*fuzz_working)(bool now);

/* Takes the first byte, or 0 at the end; the bytes up to the next c, which is
 * taken as well; at most n bytes. */
static inline uint8_t
take_byte(struct span *in)
{
	if (in->n == 0)
		return 0;
	in->n--;
	return *in->p++;
}

static inline struct span
take_until(struct span *in, uint8_t c)
{
	const uint8_t *end = in->n == 0 ? NULL : memchr(in->p, c, in->n);
	struct span s = span_of(in->p, end == NULL ? in->n : (size_t)(end - in->p));

	*in = end == NULL ? span_of(in->p, 0) : span_of(end + 1, in->n - s.n - 1);
	return s;
}

static inline struct span
take_bytes(struct span *in, size_t n)
{
	struct span s = span_of(in->p, n < in->n ? n : in->n);

	*in = span_of(s.n == 0 ? in->p : in->p + s.n, in->n - s.n);
	return s;
}

#endif
