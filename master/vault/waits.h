/*
 * Users who get no worker for a while since theirs kept crashing.  The
 * supervisor says who and how long; it alone sees processes end.
 */
#ifndef TONEARM_VAULT_WAITS_H
#define TONEARM_VAULT_WAITS_H

#include <stdint.h>

#include "shared/ipc/messages.h"

#define WAITS_KEPT 256   /* as many as the supervisor remembers */

struct waits {
	struct {
		uint8_t user[ID_BYTES];
		int64_t until;       /* monotonic ms; 0: free entry */
	} list[WAITS_KEPT];
};

/* This user waits until then. */
void waits_set(struct waits *w, const uint8_t user[ID_BYTES], int64_t until_ms);

/* Whole seconds that the user has to wait yet; 0: none. */
uint32_t waits_left(const struct waits *w, const uint8_t user[ID_BYTES], int64_t now_ms);

#endif
