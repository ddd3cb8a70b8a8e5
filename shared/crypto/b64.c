/* Strict base64; see b64.h. */
#include "config.h"

#include <stdbool.h>

#include "shared/crypto/b64.h"

static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char std_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NO_DIGIT 64u

/* 0xff when a <= c <= b, else 0; without a branch, since keys pass here. */
static unsigned
in_range(unsigned c, unsigned a, unsigned b)
{
	return 0xffu & ~(((c - a) | (b - c)) >> 8);
}

/* The six bits of a character, NO_DIGIT if it is foreign. */
static unsigned
digit(unsigned c, const char *alphabet)
{
	unsigned c62 = (unsigned char)alphabet[62], c63 = (unsigned char)alphabet[63];
	unsigned upper = in_range(c, 'A', 'Z'), lower = in_range(c, 'a', 'z');
	unsigned number = in_range(c, '0', '9');
	unsigned is62 = in_range(c, c62, c62), is63 = in_range(c, c63, c63);
	unsigned known = upper | lower | number | is62 | is63;

	return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (number & (c - '0' + 52)) |
	    (is62 & 62u) | (is63 & 63u) | (~known & NO_DIGIT);
}

static char *
encode(struct span in, const char *alphabet, char *out)
{
	unsigned bits = 0, held = 0;
	size_t i;

	for (i = 0; i < in.n; i++) {
		held = (held << 8 | in.p[i]) & 0xffffu;
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = alphabet[(held >> (bits - 6)) & 63u];
	}
	if (bits > 0)
		*out++ = alphabet[(held << (6 - bits)) & 63u];
	*out = '\0';
	return out;
}

void
b64url_encode(struct span in, char *out)
{
	(void)encode(in, url_alphabet, out);
}

void
b64std_encode(struct span in, char *out)
{
	char *end = encode(in, std_alphabet, out);

	while ((end - out) % 4 != 0)
		*end++ = '=';
	*end = '\0';
}

static err_t
decode(struct span text, const char *alphabet, uint8_t *out, size_t room, size_t *n)
{
	unsigned bits = 0, held = 0;
	size_t i, done = 0;

	if (text.n % 4 == 1)
		return ERR_SYNTAX;
	if (text.n / 4 * 3 + text.n % 4 * 6 / 8 > room)
		return ERR_LIMIT;
	for (i = 0; i < text.n; i++) {
		unsigned d = digit(text.p[i], alphabet);

		if (d == NO_DIGIT)
			return ERR_SYNTAX;
		held = (held << 6 | d) & 0xffffu;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[done++] = (uint8_t)(held >> bits);
		}
	}
	/* The bits that no byte needs must be zero, else two texts would mean
	 * the same. */
	if ((held & ((1u << bits) - 1)) != 0)
		return ERR_SYNTAX;
	*n = done;
	return 0;
}

err_t
b64url_decode(struct span text, uint8_t *out, size_t room, size_t *n)
{
	return decode(text, url_alphabet, out, room, n);
}

err_t
b64std_decode(struct span text, uint8_t *out, size_t room, size_t *n)
{
	if (text.n % 4 != 0)
		return ERR_SYNTAX;
	if (text.n > 0 && text.p[text.n - 1] == '=')
		text.n -= text.p[text.n - 2] == '=' ? 2 : 1;
	return decode(text, std_alphabet, out, room, n);
}
