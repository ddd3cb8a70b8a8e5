/*
 * The file of master keys: lines "ID BASE64" (ID from 1, 32 bytes in padded
 * base64) and one line "current ID", which names the key that wraps new data
 * keys.  Empty lines and lines that begin with # mean nothing.
 */
#ifndef TONEARM_KEYRING_KEYFILE_H
#define TONEARM_KEYRING_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/secret.h"
#include "shared/base/span.h"

#define MASTER_BYTES 32
#define MASTERS_MAX  64

struct masters {
	struct secret keys;         /* one behind the other, in locked memory */
	uint32_t id[MASTERS_MAX];
	size_t n;
	size_t current;             /* index of the one that wraps */
	size_t lowest;              /* index of the lowest id: other keys are
	                             * derived from it, so it must stay */
};

/*
 * Reads the file behind fd (which stays open) into *out and wipes what it
 * read on the way.  ERR_SYNTAX with *line (from 1; 0: the file as a whole),
 * ERR_LIMIT, ERR_SYSTEM, ERR_NOMEM.  *out only on success.
 */
err_t masters_read(int fd, struct masters *out, size_t *line) MUST_CHECK;
void masters_wipe(struct masters *m);

/* The key at an index; valid until masters_wipe. */
const uint8_t *masters_key(const struct masters *m, size_t index);

/* Index of a key's number; ERR_NOTFOUND. */
err_t masters_find(const struct masters *m, uint32_t id, size_t *index) MUST_CHECK;

#endif
