/*
 * Base64 in its two alphabets (RFC 4648 sections 4 and 5).  Decoding is
 * strict: no white space, no foreign character, no missing or superfluous
 * padding, no stray bits, so that every value has exactly one text.
 * OpenSSL has the standard alphabet only, and its decoder is lenient.
 */
#ifndef TONEARM_CRYPTO_B64_H
#define TONEARM_CRYPTO_B64_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

/* Characters for n bytes: base64url without padding, base64 with it. */
#define B64URL_LEN(n) (((n) * 8 + 5) / 6)
#define B64STD_LEN(n) (((n) + 2) / 3 * 4)

/* Writes in as base64url without padding and a NUL; out has room for
 * B64URL_LEN(in.n) + 1 characters. */
void b64url_encode(struct span in, char *out);

/* Writes in as padded base64 and a NUL; out has room for
 * B64STD_LEN(in.n) + 1 characters. */
void b64std_encode(struct span in, char *out);

/*
 * Reads text into out, which has room for room bytes; *n is how many there
 * were.  ERR_SYNTAX for text that the encoder would not have written,
 * ERR_LIMIT if it does not fit.  On error *n is untouched and out may hold a
 * part: the caller wipes it if it matters.
 */
err_t b64url_decode(struct span text, uint8_t *out, size_t room, size_t *n) MUST_CHECK;
err_t b64std_decode(struct span text, uint8_t *out, size_t room, size_t *n) MUST_CHECK;

#endif
