/* What the crypto tests share: cmocka with what it needs before it, and bytes
 * written as hex. */
#ifndef TONEARM_TESTS_UNIT_CRYPTO_UNIT_H
#define TONEARM_TESTS_UNIT_CRYPTO_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The bytes that a hex text stands for; room bytes at out. */
static inline size_t
from_hex(const char *hex, uint8_t *out, size_t room)
{
	size_t n = 0;

	for (; *hex != '\0'; hex += 2) {
		const char pair[3] = {hex[0], hex[1], '\0'};

		assert_true(n < room);
		out[n++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

#endif
