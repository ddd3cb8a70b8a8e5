/*
 * Names of artists, compared: "Ada Quill feat. The Lanterns" against the names
 * that a recording is credited to.  Must not know Spotify.
 */
#ifndef TONEARM_TOOLS_ARTIST_H
#define TONEARM_TOOLS_ARTIST_H

#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/tools/normal.h"

enum artist_fit {
	ARTIST_OTHER,
	ARTIST_PART,     /* a word of the name: "Quill" for "Ada Quill" */
	ARTIST_NEAR,     /* the same but for a typing mistake */
	ARTIST_MAIN,     /* one of those that were named */
	ARTIST_SAME
};

#define ARTIST_PARTS 6

/* Names taken out of one text. */
struct artist_names {
	struct normal whole;
	size_t n;
	struct normal part[ARTIST_PARTS];
	struct span first;        /* the first one as it was written */
};

/* Takes "A feat. B & C" apart; first is a part of text.  ERR_NOMEM. */
err_t artist_names(struct span text, struct artist_names *out) MUST_CHECK;

/* How well the names fit those of a recording, whose guests may be named in its
 * title only.  ERR_NOMEM. */
err_t artist_fit(const struct artist_names *wanted, const struct span *credited, size_t n,
    const struct normal *guests, enum artist_fit *out) MUST_CHECK;

/* Does a text name several, and the recording others than the first of these? */
err_t artist_others(const struct artist_names *wanted, const struct span *credited, size_t n,
    const struct normal *guests, bool *out) MUST_CHECK;

/* Are all that are named in guests credited, or among the other's guests?  ERR_NOMEM. */
err_t artist_guests_fit(const struct normal *guests, const struct span *credited, size_t n,
    const struct normal *theirs, bool *out) MUST_CHECK;

#endif
