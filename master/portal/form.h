/*
 * Reading what a browser sends: cookies, and forms in the encoding
 * application/x-www-form-urlencoded (WHATWG URL, section 5), which is also
 * that of a query.  Strict: a field that is there twice or is badly encoded is
 * an error, not a guess (shared/http/query.h does the decoding).
 */
#ifndef TONEARM_PORTAL_FORM_H
#define TONEARM_PORTAL_FORM_H

#include "shared/base/arena.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/messages.h"

#define FORM_BYTES_MAX 16384

/*
 * The decoded value of the field called name (plain ASCII) to *out, in memory
 * of the arena.  ERR_NOTFOUND; ERR_SYNTAX if the form is malformed, holds the
 * field twice or a NUL in it; ERR_LIMIT past the size above; ERR_NOMEM.
 */
err_t form_get(struct arena *a, struct span form, const char *name, struct span *out) MUST_CHECK;

/* The bytes of an id in 32 lower-case hex digits.  ERR_SYNTAX. */
err_t form_id(struct span hex, uint8_t out[ID_BYTES]) MUST_CHECK;

/* Is this the media type of a form, with or without parameters? */
bool form_type(struct span content_type);

/*
 * The value of a cookie in a Cookie header (RFC 6265 section 5.4), a view.
 * ERR_NOTFOUND; ERR_SYNTAX if it is there twice, which only a stranger who
 * plants cookies from a sibling domain brings about.
 */
err_t cookie_get(struct span header, const char *name, struct span *out) MUST_CHECK;

#endif
