/*
 * What Spotify may be asked now, as far as this worker knows: its own pace,
 * the pauses that Spotify ordered (heard here, or told by the vault for the
 * whole application) and the daily allowances that are used up.  A call during
 * a pause is never sent: it would lengthen it.
 */
#ifndef TONEARM_SPOTIFY_LIMITS_H
#define TONEARM_SPOTIFY_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/spotify/errors.h"
#include "worker/spotify/ops.h"

/* A pause up to this long is waited for, once; a longer one is told. */
#define LIMITS_WAIT_S 5

struct limits {
	int64_t each_ms;         /* pace: what one request costs */
	int64_t credit_ms;       /* pace: time saved up */
	int64_t paced_ms;        /* monotonic, when credit_ms was right */
	int64_t paused_until;    /* monotonic ms: everything */
	int64_t quota_until[SP_FAMILY_COUNT];
	int64_t day_until[SP_FAMILY_COUNT];   /* our own bound */
	int64_t day_ask[SP_FAMILY_COUNT];     /* the vault is asked anew from then on */
	int64_t no_premium_until;
};

/* Starts with all of the burst; per_second (1 to 1000): the lasting pace. */
void limits_init(struct limits *l, int64_t now_ms, int64_t per_second);

/*
 * May op be sent at now_ms (monotonic)?  bulk: long work, which leaves some for
 * what the same person waits for meanwhile.  0: yes, and it is counted.  More: the
 * milliseconds to wait before asking again.  -1: no; *why is filled.
 */
int64_t limits_ask(struct limits *l, enum sp_op op, bool bulk, int64_t now_ms,
    struct sp_error *why);

/* The same of pauses and allowances only: nothing is counted. */
int64_t limits_barred(const struct limits *l, enum sp_op op, int64_t now_ms,
    struct sp_error *why);

/* Learns from an answer of Spotify: the milliseconds of a pause that others of
 * the application must keep too, 0 if there is none. */
int64_t limits_note(struct limits *l, const struct sp_error *e, int64_t now_ms);

/* The same from the vault: SP_QUOTA or SP_DAY for a family, SP_RATE for all; for so
 * many ms, 0: not told. */
int64_t limits_bar(struct limits *l, enum sp_problem problem, enum sp_family family,
    int64_t ms, int64_t now_ms);

#endif
