/*
 * Titles taken apart: the song's name, who is a guest on it, and which
 * recording it is.  "Salt Roads (feat. Ada Quill) - Live at the Pier / 2011
 * Remaster" is the song "salt roads", a guest, and the marks live and remaster.
 * Must not know Spotify.
 */
#ifndef TONEARM_TOOLS_TITLE_H
#define TONEARM_TOOLS_TITLE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/tools/normal.h"

enum title_mark {
	/* Another recording than the song's own. */
	MARK_LIVE         = 1 << 0,
	MARK_REMIX        = 1 << 1,
	MARK_ACOUSTIC     = 1 << 2,
	MARK_DEMO         = 1 << 3,
	MARK_INSTRUMENTAL = 1 << 4,
	MARK_KARAOKE      = 1 << 5,
	MARK_COVER        = 1 << 6,
	MARK_SPEED        = 1 << 7,   /* sped up, slowed */
	MARK_ARRANGED     = 1 << 8,   /* orchestral, piano, without instruments */
	MARK_VERSION      = 1 << 9,   /* any other version */
	MARK_REPRISE      = 1 << 10,
	/* The same recording, cut in another way. */
	MARK_EDIT         = 1 << 11,
	MARK_EXTENDED     = 1 << 12,
	/* The same recording. */
	MARK_REMASTER     = 1 << 13,
	MARK_PLAIN        = 1 << 14
};
#define MARKS_OTHER ((1u << 11) - 1)
#define MARKS_CUT (MARK_EDIT | MARK_EXTENDED)

struct title {
	struct normal core;      /* without brackets and without " - ..." */
	struct normal full;      /* with what among these is no mark */
	struct normal which;     /* words of the marks of another recording */
	struct normal guests;    /* "feat. ..." */
	struct span name;        /* the core as it was written, for questions */
	uint32_t marks;
};

/* Takes a title apart; out->name is a part of text.  ERR_NOMEM. */
err_t title_read(struct span text, struct title *out) MUST_CHECK;

/* Reads "salt roads live" as the song "salt roads", live: in what people type, a
 * mark stands without brackets.  false: there is none, or nothing else. */
bool title_bare_mark(const struct title *in, struct title *out);

/* Do two titles of the same song name agree in what else belongs to them: the same
 * subtitle but for typing mistakes, or one that says less of the same ("from the film
 * Hollow Street", "from Hollow Street")?  One without a subtitle agrees with any. */
bool title_same_subtitle(const struct title *a, const struct title *b);

/* The marks that the words of a text make: 0 if it holds none. */
uint32_t title_marks(const struct normal *text);

#endif
