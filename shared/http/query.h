/* Query strings and percent escapes (RFC 3986 section 2.1, and the form
 * encoding that browsers send). */
#ifndef TONEARM_HTTP_QUERY_H
#define TONEARM_HTTP_QUERY_H

#include <stdbool.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

/*
 * Appends text to out with its escapes undone; '+' becomes a space if form is
 * set.  ERR_SYNTAX for a broken escape or an escaped NUL; errors of buf.h.  On
 * error out is as before.
 */
err_t http_unescape(struct span text, bool form, struct buf *out) MUST_CHECK;

/*
 * Appends the value of the parameter `name` in a query string or form body.
 * ERR_NOTFOUND: it is not there.  ERR_SYNTAX: it is there twice, or escaped
 * wrongly anywhere in the text.  Errors of buf.h.
 */
err_t http_query_get(struct span query, const char *name, struct buf *out) MUST_CHECK;

/* Is there a parameter of this name, whatever its value?  Names with broken
 * escapes count as other names. */
bool http_query_has(struct span query, const char *name);

/* Appends text so that it can stand in a query (unreserved bytes stay). */
err_t http_escape(struct span text, struct buf *out) MUST_CHECK;

#endif
