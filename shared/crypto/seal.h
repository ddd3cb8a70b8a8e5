/*
 * Sealing with AES-256-GCM (NIST SP 800-38D): secret rows under a user's data
 * key or a login's key, and data keys under a master key.  The associated data
 * ties each to its place, so that nothing can be moved to another user, kind,
 * version or key.  Nonces are random: a data key seals far fewer than 2^32
 * rows.
 *
 * Row:         version u8 = 1, nonce 12, ciphertext, tag 16;
 *              aad "tonearm row" || owner id || kind u8 || row version LE64.
 * Change:      the same form as a row;
 *              aad "tonearm change" || user id || change id || part LE16 (a person has
 *              one data key for life, so the user names the key).
 * Wrapped key: version u8 = 1, nonce 12, ciphertext 32, tag 16;
 *              aad "tonearm wrap" || key id LE32 || user id.
 */
#ifndef TONEARM_CRYPTO_SEAL_H
#define TONEARM_CRYPTO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/crypto/random.h"

#define SEAL_KEY_BYTES 32
#define SEAL_EXTRA     (1 + 12 + 16)                 /* sealed longer than plain */
#define WRAPPED_BYTES  (SEAL_EXTRA + SEAL_KEY_BYTES) /* 61 */

/* Where a row stands.  Under a login key owner is the login's id and version
 * is 0; under a data key owner is the user's id and version the row's. */
struct seal_place {
	uint8_t owner[UUID_BYTES];
	uint8_t kind;        /* enum row_kind */
	uint64_t version;
};

/* Appends the sealed form of plain to out (plain.n + SEAL_EXTRA bytes).
 * ERR_LIMIT, ERR_NOMEM, ERR_SYSTEM, ERR_CRYPTO; out unchanged then. */
err_t seal_row(const uint8_t key[SEAL_KEY_BYTES], const struct seal_place *place,
    struct span plain, struct buf *out) MUST_CHECK;

/* Appends the plain text of a sealed row to out, which the caller wipes
 * (buf_free does).  ERR_CRYPTO if anything was altered or the key or place is
 * another, ERR_SYNTAX for a form that is none, ERR_LIMIT, ERR_NOMEM; out
 * unchanged then. */
err_t open_row(const uint8_t key[SEAL_KEY_BYTES], const struct seal_place *place,
    struct span sealed, struct buf *out) MUST_CHECK;

/* Where a part of the record of a change stands (worker/changes.h). */
struct seal_change_place {
	uint8_t owner[UUID_BYTES];   /* the user's id */
	uint8_t change[UUID_BYTES];
	uint16_t part;
};

/* As seal_row and open_row. */
err_t seal_change(const uint8_t key[SEAL_KEY_BYTES], const struct seal_change_place *place,
    struct span plain, struct buf *out) MUST_CHECK;
err_t open_change(const uint8_t key[SEAL_KEY_BYTES], const struct seal_change_place *place,
    struct span sealed, struct buf *out) MUST_CHECK;

/* Wraps a user's data key under master key number key_id. */
err_t wrap_key(const uint8_t master[SEAL_KEY_BYTES], uint32_t key_id,
    const uint8_t user[UUID_BYTES], const uint8_t data_key[SEAL_KEY_BYTES],
    uint8_t out[WRAPPED_BYTES]) MUST_CHECK;

/* The reverse.  ERR_SYNTAX, ERR_CRYPTO as open_row. */
err_t unwrap_key(const uint8_t master[SEAL_KEY_BYTES], uint32_t key_id,
    const uint8_t user[UUID_BYTES], struct span wrapped,
    uint8_t data_key[SEAL_KEY_BYTES]) MUST_CHECK;

#endif
