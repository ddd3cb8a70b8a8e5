/* Finding the person that a word names; for all commands about people. */
#ifndef TONEARM_CLI_USER_H
#define TONEARM_CLI_USER_H

#include <libpq-fe.h>

#include "shared/base/err.h"

#define USER_ID_CHARS 36
#define USER_NAME_ROOM 168

struct person {
	char id[USER_ID_CHARS + 1];
	char name[USER_NAME_ROOM];   /* for a sentence, harmless for a terminal */
};

/* By id, Spotify id or the beginning of the id, which must be one person's only.
 * ERR_NOTFOUND, ERR_SYSTEM: said already. */
err_t user_find(PGconn *db, const char *who, struct person *out) MUST_CHECK;

#endif
