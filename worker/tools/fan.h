/*
 * Several questions to Spotify at a time, where an errand has one: a few slots, each
 * refilled when its answer came.  Questions only, never changes.  Keeps the
 * errand's books: the entry's number of requests, time, stopping.
 *
 * While a fan is out the errand itself asks nothing.  When the call is stopped the
 * questions are dropped before the errand's on_stop is called.
 */
#ifndef TONEARM_TOOLS_FAN_H
#define TONEARM_TOOLS_FAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "worker/tools/errand.h"

#define FAN_WIDTH 4
#define FAN_QUERY 2048    /* bytes of an encoded query */

struct fan_question {
	enum sp_op op;           /* the fan's, unless changed */
	const char *id;          /* for {id} in its path; NULL: none */
	size_t number;           /* comes back with the answer */
	struct buf query;        /* empty */
};

/* Makes the next question.  false in *there: there is none to ask now (one may come
 * from an answer).  An error ends the call. */
typedef err_t (*fan_next)(struct call *c, struct fan_question *q, bool *there);
/* Takes an answer in; it does not end the call. */
typedef void (*fan_answer)(struct call *c, size_t number, const struct sp_answer *a);

struct fan {
	struct call *call;
	enum sp_op op;
	size_t expected;         /* questions there will be, as far as known */
	unsigned spare;          /* requests kept for what follows */
	int64_t spare_ms;        /* and time */
	fan_next next;
	fan_answer answered;
	errand_step done;        /* nothing is on its way and nothing is to be asked */
	unsigned busy;
	bool over;
	struct fan_slot {
		struct fan *fan;
		struct sp_wait *wait;
		size_t number;
	} slots[FAN_WIDTH];
};

/* Begins; op to answered are set by the caller, the fan lasts as long as the
 * call.  Goes on with done, also when requests or time ran out before all was
 * asked. */
void fan_start(struct call *c, struct fan *f, errand_step done);

/* Nobody waits for answers any more; done is not called. */
void fan_stop(struct fan *f);

#endif
