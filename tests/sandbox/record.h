/* What arrived: every request with the user its token belongs to, so that a
 * test can prove that no token was ever used for another. Bounded. */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include "js.h"
#include "request.h"

#include <stddef.h>
#include <stdint.h>

enum { RECORD_ROOM = 200000 };

struct record;

struct record *record_create(void);
void record_destroy(struct record **record);

/* Notes one answered request; control calls and the overview are left out. */
void record_add(struct record *record, const struct request *r);

/* Forgets all entries; sequence numbers go on. */
void record_clear(struct record *record);

/* Entries with a sequence number above since, at most limit of them, with
 * next (give it as since for the rest), total and dropped. Owned by caller. */
js *record_list(const struct record *record, uint64_t since, size_t limit);

/* The request target with the values of secret parameters replaced; caller
 * frees. */
char *record_mask(const char *target);

#endif
