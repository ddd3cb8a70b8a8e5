/*
 * The user's credentials as the vault told them: the worker is the authority
 * on what each may do (docs/architecture.md).
 */
#ifndef TONEARM_WORKER_CREDENTIALS_H
#define TONEARM_WORKER_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/ipc/messages.h"
#include "shared/ipc/words.h"

#define CREDENTIALS_MAX 128
#define CONFIRMED_FOR_MS (5 * 60 * 1000)

struct credential {
	uint8_t hash[HASH_BYTES];
	uint8_t kind;
	uint8_t grant[ID_BYTES];
	uint32_t scopes;
	int64_t expires_at;   /* seconds since 1970; 0: never */
	char client[CLIENT_NAME + 1];   /* as others called it; may be empty */
};

struct credentials;

err_t credentials_create(struct credentials **out) MUST_CHECK;
void credentials_destroy(struct credentials **c);

/* Starts a new list beside the valid one; what credentials_add adds goes
 * there until credentials_commit makes it the valid one. */
void credentials_restart(struct credentials *c);
void credentials_commit(struct credentials *c);

/* Adds one, or replaces the one with the same hash.  ERR_LIMIT, ERR_NOMEM. */
err_t credentials_add(struct credentials *c, const struct msg_credential *m) MUST_CHECK;
void credentials_remove(struct credentials *c, const uint8_t hash[HASH_BYTES]);

/* The list agrees with the database now. */
void credentials_confirm(struct credentials *c);
/* Milliseconds since that. */
int64_t credentials_age_ms(const struct credentials *c);

/*
 * The credential with this hash, if it is of this kind and has not expired.
 * ERR_DENIED: not known, expired or of another kind.  ERR_AGAIN: the list was
 * not confirmed for five minutes.  *out stays valid until the list changes.
 */
err_t credentials_check(const struct credentials *c, const uint8_t hash[HASH_BYTES],
    uint8_t kind, const struct credential **out) MUST_CHECK;

/* What the client of this grant is called, "" if that is not known; valid until the
 * list changes. */
const char *credentials_client(const struct credentials *c, const uint8_t grant[ID_BYTES]);

#endif
