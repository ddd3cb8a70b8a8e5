/*
 * The chunked transfer coding of a request body (RFC 9112 section 7), undone
 * as bytes arrive.
 */
#ifndef TONEARM_HTTP_CHUNKED_H
#define TONEARM_HTTP_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

#define CHUNK_EXTRA_MAX 4096  /* bytes of extensions in one body */

/* Zero it before each body. */
struct http_chunked {
	int state;
	unsigned digits;   /* of the current size */
	uint64_t left;     /* bytes of the current chunk that are still to come */
	size_t extra;      /* bytes of extensions so far */
	size_t name;       /* bytes of the current word of an extension */
};

/*
 * Takes bytes of in and appends the data in them to body.  *used is set, also
 * on error, to how many bytes were taken; after 0 the body has ended and what
 * follows belongs to the next request.  Extensions are checked and dropped.
 * ERR_SHORT: more is needed.  ERR_SYNTAX: malformed, or a trailer came.
 * ERR_LIMIT: body is full, or extensions grew too long.  ERR_NOMEM.
 */
err_t http_chunked_feed(struct http_chunked *c, struct span in, struct buf *body,
    size_t *used) MUST_CHECK;

#endif
