/*
 * Which of several recordings is the one that a line of a list means, and how
 * sure that is.  What it says is proved on hard cases by tests/unit/tools/
 * test_match.c, with precision and recall.  Asks nothing of Spotify.
 *
 * high    title and artist are the same (or the ISRC is), and so is the recording
 * medium  likely: a part of the title, a typing mistake in both, another cut
 * low     worth showing, not worth adding: another recording (live, remix,
 *         karaoke), another artist, no artist given and several that have it
 */
#ifndef TONEARM_TOOLS_MATCH_H
#define TONEARM_TOOLS_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/tools/wish.h"

#define MATCH_ARTISTS 8
#define MATCH_QUERIES 3      /* questions for one line at most */
#define MATCH_QUERY_BYTES 240

enum match_level { MATCH_NONE, MATCH_LOW, MATCH_MEDIUM, MATCH_HIGH };

/* A recording of Spotify's, as far as it matters; borrowed. */
struct candidate {
	struct span title;
	size_t n_artists;
	struct span artists[MATCH_ARTISTS];
	struct span album;
	int64_t duration_ms;         /* 0: unknown */
	struct span isrc;            /* empty: unknown */
};

enum match_reason {
	WHY_SAME_ISRC      = 1 << 0,
	WHY_TITLE_TYPO     = 1 << 1,
	WHY_TITLE_PART     = 1 << 2,   /* a subtitle more or less */
	WHY_TITLE_OTHER    = 1 << 3,
	WHY_ARTIST_TYPO    = 1 << 4,
	WHY_ARTIST_PART    = 1 << 5,
	WHY_ARTIST_OTHER   = 1 << 6,
	WHY_NO_ARTIST      = 1 << 7,
	WHY_SEVERAL        = 1 << 8,   /* no artist given, several have the title */
	WHY_RECORDING      = 1 << 9,   /* live, remix, ... where none was asked for, or not where it was */
	WHY_WHICH          = 1 << 10,  /* another remix, another concert */
	WHY_CUT            = 1 << 11,  /* radio edit, extended */
	WHY_SAME_DURATION  = 1 << 12,
	WHY_DURATION       = 1 << 13,
	WHY_GUESTS         = 1 << 14,
	WHY_SWAPPED        = 1 << 15,  /* title first, then the artist */
	WHY_IMITATION      = 1 << 16   /* karaoke, cover, tribute */
};

struct match {
	size_t index;                /* of the candidate */
	enum match_level level;
	uint32_t reasons;
	unsigned points;             /* to compare two of one level */
};

/* "high", "medium", "low", "none". */
const char *match_level_name(enum match_level level);

/* The best of the candidates for a wish of names; level MATCH_NONE: none is worth
 * showing.  ERR_NOMEM. */
err_t match_pick(const struct wish *w, const struct candidate *c, size_t n,
    struct match *out) MUST_CHECK;

/* Appends the reasons in words ("another recording; a typing mistake in the
 * title"), nothing if there are none.  Errors of buf_put. */
err_t match_why(uint32_t reasons, struct buf *out) MUST_CHECK;

/* Appends question number i to Spotify's search for the wish (not encoded):
 * ISRC, then with filters, then plain.  *there is false if there is no such
 * question.  Errors of buf_put, ERR_NOMEM. */
err_t match_query(const struct wish *w, unsigned i, struct buf *out, bool *there) MUST_CHECK;

#endif
