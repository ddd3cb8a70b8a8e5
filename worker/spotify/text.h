/*
 * Text that comes from Spotify is data written by strangers: playlist names,
 * descriptions, device names.  Before it goes anywhere it loses control and
 * direction characters and whatever makes several lines of one, and is cut.
 */
#ifndef TONEARM_SPOTIFY_TEXT_H
#define TONEARM_SPOTIFY_TEXT_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

/*
 * Appends a clean form of UTF-8 text to out, at most max bytes: without
 * control, bidi, zero-width-space, filler, tag and non-characters, and with joiners and
 * variation selectors only where they can mean something; runs of white space
 * become one blank, none at the ends; text that is too long is cut between two
 * characters and ends with "…".  Broken UTF-8 becomes U+FFFD.
 * Errors of buf_put.
 */
err_t text_clean(struct span in, size_t max, struct buf *out) MUST_CHECK;

/* The same, with HTML entities read first (descriptions carry them). */
err_t text_clean_html(struct span in, size_t max, struct buf *out) MUST_CHECK;

/* Appends the text with the case of its letters taken away, for comparison:
 * ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic; others stay.  Errors
 * of buf_put. */
err_t text_fold(struct span in, struct buf *out) MUST_CHECK;

/*
 * Reads one UTF-8 character at *i and moves *i behind it.  U+FFFD for a
 * broken one.  *i must be below in.n.
 */
unsigned text_next(struct span in, size_t *i);

#endif
