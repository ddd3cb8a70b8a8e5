/*
 * The text of our own credentials: a prefix for the kind, the user's shard
 * (4 hex digits, for a balancer to hash on), 256 random bits, and a keyed
 * check of 48 bits.  The check refuses junk without a query and lets secret
 * scanners find leaks; it proves nothing else.
 *
 * Knows nothing of users but the id the shard is made of.
 */
#ifndef TONEARM_CRYPTO_TOKEN_H
#define TONEARM_CRYPTO_TOKEN_H

#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/random.h"
#include "shared/ipc/words.h"

#define TOKEN_CHECK_KEY_BYTES 32
#define TOKEN_SHARD_CHARS 4
/* "tonearm_pt_" shard "_" 43 characters of random, 8 of check. */
#define TOKEN_CHARS (11 + TOKEN_SHARD_CHARS + 1 + 43 + 8)

/* The user's shard as text: the first 2 bytes of SHA-256(user), and a NUL.
 * ERR_CRYPTO. */
err_t token_shard(const uint8_t user[UUID_BYTES], char out[TOKEN_SHARD_CHARS + 1]) MUST_CHECK;

/* A new token of a kind for a user, and a NUL; the caller wipes it.
 * ERR_UNSUPPORTED for a kind without prefix, ERR_SYSTEM, ERR_CRYPTO. */
err_t token_make(enum cred_kind kind, const uint8_t user[UUID_BYTES],
    const uint8_t check_key[TOKEN_CHECK_KEY_BYTES], char out[TOKEN_CHARS + 1]) MUST_CHECK;

/* The same, with the shard of another token of the person: `like` was found to
 * be one (token_check). */
err_t token_make_like(enum cred_kind kind, struct span like,
    const uint8_t check_key[TOKEN_CHECK_KEY_BYTES], char out[TOKEN_CHARS + 1]) MUST_CHECK;

/*
 * Is text a token that was made under this check key?  *kind tells which.
 * Pure: no query, no state; the comparison takes constant time.  ERR_SYNTAX
 * for a wrong form, ERR_DENIED for a wrong check, ERR_CRYPTO.
 */
err_t token_check(struct span text, const uint8_t check_key[TOKEN_CHECK_KEY_BYTES],
    enum cred_kind *kind) MUST_CHECK;

/* What is stored of a token: SHA-256 of its whole text.  ERR_CRYPTO. */
err_t token_hash(struct span text, uint8_t out[SHA256_BYTES]) MUST_CHECK;

#endif
