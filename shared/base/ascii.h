/*
 * Letters, digits and blanks of ASCII, whatever the locale says.
 */
#ifndef TONEARM_BASE_ASCII_H
#define TONEARM_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/span.h"

static inline bool
ascii_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What a hexadecimal digit of either case stands for; -1: it is none. */
static inline int
ascii_hex(uint8_t c)
{
	if (ascii_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads 2 * n hexadecimal digits, and no more, into n bytes; false: it is something
 * else, and out may have been written to. */
static inline bool
ascii_unhex(struct span hex, uint8_t *out, size_t n)
{
	size_t i;

	if (hex.n / 2 != n || hex.n % 2 != 0)
		return false;
	for (i = 0; i < n; i++) {
		int high = ascii_hex(hex.p[2 * i]), low = ascii_hex(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Without the spaces and tabs at both ends. */
static inline struct span
ascii_trim(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

#endif
