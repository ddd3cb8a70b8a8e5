/* Repeats; see again.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "worker/spotify/again.h"
#include "worker/spotify/limits.h"

#define REPEATS_READ 2       /* after 5xx or a broken connection */
#define REPEATS_WRITE 1      /* of a change that may be repeated */
#define REPEATS_UNSENT 1
#define REPEATS_RATE 3       /* when Spotify does not say how long to wait */

/* base ms, half as much again at most; so that many do not come back at once. */
static int64_t
jitter(int64_t base)
{
	return base + (int64_t)arc4random_uniform((uint32_t)(base / 2 + 1));
}

static bool
reads(enum sp_op op)
{
	return strcmp(sp_op_info(op)->method, "GET") == 0;
}

/* It may or may not have been carried out: again, if that does no harm. */
static enum again_word
after_failure(struct again *a, struct sp_error *e, int64_t *wait_ms)
{
	const bool reading = reads(e->op);

	if (sp_op_info(e->op)->repeatable &&
	    a->failures < (reading ? REPEATS_READ : REPEATS_WRITE)) {
		*wait_ms = jitter(300 << (2 * a->failures));
		a->failures++;
		return AGAIN_LATER;
	}
	if (!reading)
		e->problem = SP_OUTCOME_UNKNOWN;
	return AGAIN_NO;
}

/* It was refused: again once the time that Spotify names is over, if it is short. */
static enum again_word
after_rate(struct again *a, const struct sp_error *e, int64_t *wait_ms)
{
	if (e->problem == SP_RATE && e->retry_after <= LIMITS_WAIT_S && a->pauses == 0)
		*wait_ms = e->retry_after * 1000 + jitter(100);
	else if (e->problem == SP_RATE_UNKNOWN && a->pauses < REPEATS_RATE)
		*wait_ms = jitter(1000 << a->pauses);
	else
		return AGAIN_NO;
	a->pauses++;
	return AGAIN_LATER;
}

enum again_word
again_judge(struct again *a, bool sent, struct sp_error *e, int64_t *wait_ms)
{
	switch (e->problem) {
	case SP_TOKEN_REFUSED:
		if (a->renewed)
			return AGAIN_NO;
		a->renewed = true;
		return AGAIN_NOW;
	case SP_RATE:
	case SP_RATE_UNKNOWN:
		return after_rate(a, e, wait_ms);
	case SP_DOWN:
		return after_failure(a, e, wait_ms);
	case SP_UNREACHABLE:
		if (sent)
			return after_failure(a, e, wait_ms);
		if (a->unsent >= REPEATS_UNSENT)
			return AGAIN_NO;
		a->unsent++;
		*wait_ms = jitter(200);
		return AGAIN_LATER;
	case SP_UNREADABLE:
		/* Of a change that may have been carried out. */
		if (!reads(e->op))
			e->problem = SP_OUTCOME_UNKNOWN;
		return AGAIN_NO;
	default:
		return AGAIN_NO;
	}
}
