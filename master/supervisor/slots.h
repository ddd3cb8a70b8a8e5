/*
 * Numbers for workers: a slot that picks the user id and is given again only
 * after its process was reaped, and a generation that never comes again.
 */
#ifndef TONEARM_SUPERVISOR_SLOTS_H
#define TONEARM_SUPERVISOR_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"

#define ID_ENROLL (UINT64_C(1) << 63)   /* set in the ids of enroll programs */
#define ID_FETCH  (UINT64_C(1) << 62)   /* and of fetch programs */

struct slots {
	void **used;            /* owned; what holds each slot, NULL while free */
	uint32_t n;             /* slots there are, at most 65535 */
	uint32_t taken;
	uint32_t next;          /* where the search goes on: a slot rests as long as it can */
	uint64_t generation;
	uint64_t mark;          /* ID_ENROLL, ID_FETCH or 0, part of every id */
};

/* n slots, all free.  ERR_NOMEM. */
err_t slots_init(struct slots *s, uint32_t n, uint64_t mark) MUST_CHECK;
void slots_free(struct slots *s);

/* Gives holder a slot and *id, generation << 16 | slot.  ERR_LIMIT: none free. */
err_t slots_take(struct slots *s, void *holder, uint64_t *id) MUST_CHECK;

/* What has this very id; NULL if its generation is over. */
void *slots_find(const struct slots *s, uint64_t id, uint64_t (*id_of)(const void *));

void slots_give(struct slots *s, uint64_t id);

static inline uint32_t
slot_of(uint64_t id)
{
	return (uint32_t)(id & 0xffff);
}

#endif
