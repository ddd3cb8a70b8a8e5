/*
 * The migration files of a folder: NNNN_name.sql, numbered without gaps.
 * Number 0 makes roles and schema and is run by superusers only.  Knows
 * nothing of a database.
 */
#ifndef TONEARM_CLI_MIGRATIONS_H
#define TONEARM_CLI_MIGRATIONS_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/crypto/hash.h"

#define MIGRATIONS_MAX 1000

struct migration {
	char *name;                            /* "0001_tables"; owned */
	char sha256[2 * SHA256_BYTES + 1];     /* of the text, hex */
	struct buf text;
};

/* Entry i is migration number i. */
struct migrations {
	struct migration *list;                /* owned */
	size_t n;
};

/* Reads every file of the folder.  ERR_NOTFOUND, ERR_SYNTAX (a gap, a name
 * twice), ERR_SYSTEM, ERR_LIMIT, ERR_NOMEM, ERR_CRYPTO: said already. */
err_t migrations_read(const char *folder, struct migrations *out) MUST_CHECK;
void migrations_free(struct migrations *m);

#endif
