/*
 * Patience with what keeps dying: the wait before a program is started again,
 * and before a user whose workers crash gets another one.  Pure arithmetic:
 * the caller brings the time.
 */
#ifndef TONEARM_SUPERVISOR_THROTTLE_H
#define TONEARM_SUPERVISOR_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/ipc/messages.h"

#define THROTTLE_FIRST_MS   200
#define THROTTLE_MOST_MS    60000
#define THROTTLE_SUCCESS_MS 10000   /* who lived so long starts from the first wait */

struct throttle {
	int64_t wait_ms;   /* the last wait given; 0 at first */
};

/* The program died after lived_ms: how long to wait before the next start. */
int64_t throttle_died(struct throttle *t, int64_t lived_ms);

#define CRASHES_KEPT     256
#define CRASH_MEMORY_MS  600000   /* crashes further apart than this start anew */
#define CRASH_FIRST_MS   1000
#define CRASH_MOST_MS    60000
#define CRASH_PAUSE_AT   5        /* so many crashes: a long pause */
#define CRASH_PAUSE_MS   900000

#define LEFT_KEPT        64
#define LEFT_MS          1000     /* how long somebody may still complain of who left */

/* Users whose workers crashed lately, by the vault's opaque handle. */
struct crashes {
	struct left {
		uint64_t worker;
		uint8_t handle[ID_BYTES];
		int64_t at_ms;       /* 0: free entry */
	} left[LEFT_KEPT];           /* workers that ended with status 0 just now */
	unsigned left_next;
	struct crash {
		uint8_t handle[ID_BYTES];
		unsigned n;          /* 0: free entry */
		int64_t last_ms, until_ms;
	} list[CRASHES_KEPT];
};

/* A worker of this user crashed: the first is free, the second costs a second
 * of waiting, doubling, the fifth within ten minutes a pause of 15 minutes. */
void crashes_add(struct crashes *c, const uint8_t handle[ID_BYTES], int64_t now_ms);

/* A worker of this user ended by itself.  If nobody complains until
 * crashes_settle has come by late enough, nothing is held against its user. */
void crashes_left(struct crashes *c, uint64_t worker, const uint8_t handle[ID_BYTES],
    int64_t now_ms);
void crashes_settle(struct crashes *c, int64_t now_ms);

/* That worker left work undone: whose it was, for crashes_add.  False: it is
 * not known any more. */
bool crashes_accuse(struct crashes *c, uint64_t worker, uint8_t handle[ID_BYTES]);

/* Milliseconds for which this user gets no worker; 0: it may have one. */
int64_t crashes_wait(const struct crashes *c, const uint8_t handle[ID_BYTES], int64_t now_ms);

#endif
