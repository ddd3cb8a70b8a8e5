/*
 * Whether what failed is asked again, and when: the table of README.md as one
 * function.  It judges by the operation, by what happened and by what the question
 * has been through; it sends nothing and knows no clock.
 */
#ifndef TONEARM_SPOTIFY_AGAIN_H
#define TONEARM_SPOTIFY_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/spotify/errors.h"

/* What a question has been through; zero at first. */
struct again {
	unsigned failures;    /* 5xx and broken connections */
	unsigned pauses;      /* 429 */
	unsigned unsent;
	bool renewed;         /* a refused token was replaced */
};

enum again_word {
	AGAIN_NO,             /* it is over: *e is what to tell */
	AGAIN_NOW,            /* with another token */
	AGAIN_LATER           /* after *wait_ms */
};

/*
 * e: what went wrong; sent: may Spotify have seen the request?  *e becomes
 * SP_OUTCOME_UNKNOWN where a change may or may not have been carried out.
 */
enum again_word again_judge(struct again *a, bool sent, struct sp_error *e, int64_t *wait_ms);

#endif
