/*
 * SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104) and HKDF (RFC 5869) over
 * OpenSSL.  Messages may come in parts, so that nobody glues secrets together.
 */
#ifndef TONEARM_CRYPTO_HASH_H
#define TONEARM_CRYPTO_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define SHA256_BYTES 32

/* SHA-256 of one view.  ERR_CRYPTO if OpenSSL fails (memory). */
err_t sha256(struct span in, uint8_t out[SHA256_BYTES]) MUST_CHECK;

/* HMAC-SHA-256 of n_parts views one after the other.  ERR_CRYPTO. */
err_t hmac_sha256(struct span key, const struct span *parts, size_t n_parts,
    uint8_t out[SHA256_BYTES]) MUST_CHECK;

/* HMAC-SHA-256 under label || data: how one key is made from another for a
 * purpose.  label is a C string, data may be empty.  ERR_CRYPTO. */
err_t derive_key(struct span key, const char *label, struct span data,
    uint8_t out[SHA256_BYTES]) MUST_CHECK;

/* Lower-case hex and a NUL; out has room for 2 * in.n + 1 characters. */
void hex_encode(struct span in, char *out);

#endif
