/*
 * Writing the head of an HTTP/1.1 response.  A field is written whole and
 * checked, or not at all: nothing from outside can add a line.
 */
#ifndef TONEARM_HTTP_RESPONSE_H
#define TONEARM_HTTP_RESPONSE_H

#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

/* Reason phrase of a status; "Status" for one that is not in the list. */
const char *http_reason(unsigned status);

/* Appends the status line.  Errors of buf.h. */
err_t http_put_status(struct buf *out, unsigned status) MUST_CHECK;

/* Appends one field.  ERR_SYNTAX if name is no token or value holds a control
 * byte; nothing is appended then. */
err_t http_put_field(struct buf *out, const char *name, struct span value) MUST_CHECK;
err_t http_put_field_str(struct buf *out, const char *name, const char *value) MUST_CHECK;
err_t http_put_field_uint(struct buf *out, const char *name, uint64_t value) MUST_CHECK;

/* Appends the Date field for a time in seconds since 1970 (RFC 9110 6.6.1). */
err_t http_put_date(struct buf *out, int64_t wall_s) MUST_CHECK;

/* Appends the empty line that ends the head. */
err_t http_put_end(struct buf *out) MUST_CHECK;

/* Appends one chunk of a chunked body; without data, the last one. */
err_t http_put_chunk(struct buf *out, struct span data) MUST_CHECK;

#endif
