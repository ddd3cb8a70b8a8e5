/*
 * What the keyring makes from its master keys.  Keys that must be the same
 * again tomorrow, and have no row to stand in, come from the master of the
 * lowest number.
 */
#ifndef TONEARM_KEYRING_DERIVE_H
#define TONEARM_KEYRING_DERIVE_H

#include <stdint.h>

#include "master/keyring/keyfile.h"
#include "shared/base/err.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/seal.h"
#include "shared/ipc/messages.h"

/* PKCE verifier and challenge: 32 bytes in base64url (RFC 7636 section 4). */
#define PKCE_CHARS B64URL_LEN(32)

/* The key of the check in our tokens.  ERR_CRYPTO, as all of these. */
err_t derive_check_key(const struct masters *m, uint8_t out[KEY_BYTES]) MUST_CHECK;

/* The key that seals what an enroll program learns in one login. */
err_t derive_login_key(const struct masters *m, const uint8_t login[ID_BYTES],
    uint8_t out[KEY_BYTES]) MUST_CHECK;

/* A login's code verifier and its S256 challenge, each with a NUL. */
err_t derive_verifier(const struct masters *m, const uint8_t login[ID_BYTES],
    char out[PKCE_CHARS + 1]) MUST_CHECK;
err_t derive_challenge(const struct masters *m, const uint8_t login[ID_BYTES],
    char out[PKCE_CHARS + 1]) MUST_CHECK;

/* A new data key for a user, wrapped under the current master.  Nobody sees
 * the key itself.  ERR_SYSTEM. */
err_t derive_new_wrapped(const struct masters *m, const uint8_t user[ID_BYTES],
    uint32_t *key_id, uint8_t wrapped[WRAPPED_BYTES]) MUST_CHECK;

/* A user's data key.  ERR_NOTFOUND: no such master; ERR_SYNTAX, ERR_CRYPTO:
 * not this user's key. */
err_t derive_data_key(const struct masters *m, const uint8_t user[ID_BYTES],
    uint32_t key_id, struct span wrapped, uint8_t out[KEY_BYTES]) MUST_CHECK;

#endif
