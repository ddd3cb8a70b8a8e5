/*
 * Outside text made harmless for the place it goes to: one function for each
 * place.  Nothing else in the portal writes outside text into a page.
 *
 * All of them replace what is not UTF-8, control characters and the characters
 * that turn the writing direction by U+FFFD, so that a name can neither break
 * out of its place nor dress up as something else.
 */
#ifndef TONEARM_PORTAL_ESCAPE_H
#define TONEARM_PORTAL_ESCAPE_H

#include <stdbool.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

/* Appends s for use between tags.  Errors of buf_put. */
err_t escape_text(struct buf *out, struct span s) MUST_CHECK;

/* Appends s for use inside a quoted attribute value.  Errors of buf_put. */
err_t escape_attr(struct buf *out, struct span s) MUST_CHECK;

/*
 * Appends s for use as a whole quoted href or action.  Only http, https and
 * mailto addresses and paths on this site pass; anything else (a script, another
 * scheme, "//host") becomes "#".  Errors of buf_put.
 */
err_t escape_url(struct buf *out, struct span s) MUST_CHECK;

/*
 * The same for the address that opens a program on the person's device: a
 * private-use scheme (RFC 8252 section 7.1), or "#".  What leads to a page or a
 * script does not pass.  Errors of buf_put.
 */
err_t escape_app(struct buf *out, struct span s) MUST_CHECK;

/*
 * Appends what a stranger calls himself as one line of at most `most` bytes that
 * cannot be mistaken for another: without what is not seen, what is not UTF-8
 * and what turns the direction; white space is one blank, none at the ends.  It
 * is no markup yet.  Errors of buf_put.
 */
err_t escape_name(struct buf *out, struct span s, size_t most) MUST_CHECK;

/* Is s UTF-8 on one line, without the characters that would be replaced? */
bool escape_harmless(struct span s);

#endif
