/*
 * A view of bytes that somebody else owns.  It may hold NUL bytes and is not
 * terminated; it lives no longer than its owner.
 */
#ifndef TONEARM_BASE_SPAN_H
#define TONEARM_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t n;
};

/* View of n bytes at p; p may be NULL when n is 0. */
static inline struct span
span_of(const void *p, size_t n)
{
	return (struct span){.p = p, .n = n};
}

/* View of a C string without its terminator; NULL gives an empty view. */
static inline struct span
span_str(const char *s)
{
	return (struct span){.p = (const uint8_t *)s, .n = s == NULL ? 0 : strlen(s)};
}

/* Same bytes?  Not constant in time: never for secrets. */
static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Same bytes as the C string s?  Not constant in time. */
static inline bool
span_is(struct span a, const char *s)
{
	return span_eq(a, span_str(s));
}

/* Same bytes as s when ASCII letters count without their case? */
static inline bool
span_is_nocase(struct span a, const char *s)
{
	size_t i;

	if (a.n != strlen(s))
		return false;
	for (i = 0; i < a.n; i++) {
		unsigned char x = a.p[i], y = (unsigned char)s[i];

		if (x >= 'A' && x <= 'Z')
			x = (unsigned char)(x - 'A' + 'a');
		if (y >= 'A' && y <= 'Z')
			y = (unsigned char)(y - 'A' + 'a');
		if (x != y)
			return false;
	}
	return true;
}

/* Does a begin with the C string s? */
static inline bool
span_starts(struct span a, const char *s)
{
	size_t n = strlen(s);

	return a.n >= n && memcmp(a.p, s, n) == 0;
}

#endif
