/*
 * What a list should be when one earlier change of it is taken back: the list
 * before that change, after it, and as it is now, whoever changed it since.  What
 * others did meanwhile stays.  Entries are numbers that stand for what they are;
 * nothing here knows playlists or Spotify.
 */
#ifndef TONEARM_TOOLS_MERGE_H
#define TONEARM_TOOLS_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/err.h"

#define MERGE_MAX 4096       /* entries of a list */

struct merge_list {
	const uint64_t *keys;    /* what each is; equal keys are the same thing */
	const bool *fixed;       /* it can be moved, but neither put in nor taken out */
	size_t n;
};

struct merge {
	struct merge_list before, after, now;
	/* The change was carried out in part only: what is missing from now is
	 * missing because of it. */
	bool in_part;

	/* The outcome: numbers below now.n are entries of now, others minus now.n are
	 * entries of before that are not there and have to be put in. */
	uint32_t *out;
	size_t n_out;
	size_t lost;             /* fixed ones of before that are not there any more */
	size_t stuck;            /* fixed ones of now that should go and stay */
	size_t foreign;          /* entries of now that others put in, and that stay */
};

/*
 * Fills in the outcome, from arena.  If nobody changed the list since, it is just
 * before (but for lost and stuck ones).  ERR_NOMEM, ERR_LIMIT.
 */
err_t merge_back(struct arena *arena, struct merge *m) MUST_CHECK;

#endif
