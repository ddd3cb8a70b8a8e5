/*
 * How often an address, or a token that was revoked, may fail.  A small table of leaky
 * buckets: an address that is not in it has a full bucket, so forgetting one
 * is harmless.
 */
#ifndef TONEARM_FRONT_FAILURES_H
#define TONEARM_FRONT_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

#include "master/front/address.h"

#define FAILURES_ROWS  4096
#define FAILURES_BURST 120    /* failures at once */
#define FAILURES_RATE  4      /* and then so many a second */

struct failure_row {
	struct address who;       /* IPv6: its /64 */
	int64_t at;               /* monotonic ms of the last look */
	uint32_t left_ms;         /* what is left, in 1/1000 of a failure */
};

struct failures {
	struct failure_row *rows; /* owned */
	uint64_t salt;            /* so that nobody can choose who shares a row */
};

/* ERR_NOMEM, ERR_SYSTEM. */
err_t failures_init(struct failures *f) MUST_CHECK;
void failures_free(struct failures *f);

/* May this address try? */
bool failures_allow(const struct failures *f, const struct address *a, int64_t now_ms);

/* It has failed. */
void failures_count(struct failures *f, const struct address *a, int64_t now_ms);

#endif
