/*
 * A growing byte buffer with a maximum from birth.  It keeps a NUL behind its
 * content, so that text in it can be given to functions that want a C string.
 */
#ifndef TONEARM_BASE_BUF_H
#define TONEARM_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

struct buf {
	uint8_t *data;   /* owned; NULL until the first byte */
	size_t len;      /* bytes in use */
	size_t cap;      /* bytes allocated, the NUL included */
	size_t max;      /* len never exceeds this */
};

/* Makes b empty with room for at most max bytes.  Allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* Wipes and frees the content; b is empty and usable afterwards. */
void buf_free(struct buf *b);

/* Forgets the content (wiped) but keeps the memory. */
void buf_clear(struct buf *b);

/* Appends n bytes.  ERR_LIMIT past the maximum, ERR_NOMEM; b unchanged then. */
err_t buf_put(struct buf *b, const void *p, size_t n) MUST_CHECK;

/* Appends a view, a C string, one byte. */
err_t buf_put_span(struct buf *b, struct span s) MUST_CHECK;
err_t buf_put_str(struct buf *b, const char *s) MUST_CHECK;
err_t buf_put_byte(struct buf *b, uint8_t c) MUST_CHECK;

/* Appends formatted text as printf does.  Errors as buf_put. */
err_t buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3))) MUST_CHECK;

/*
 * Makes room for n more bytes and gives the place to write them; buf_added
 * tells how many were written.  Errors as buf_put.
 */
err_t buf_room(struct buf *b, size_t n, uint8_t **place) MUST_CHECK;
void buf_added(struct buf *b, size_t n);

/* Drops the first n bytes (n <= len). */
void buf_drop(struct buf *b, size_t n);

/* Drops everything behind the first len bytes; nothing if there is less. */
void buf_cut(struct buf *b, size_t len);

/* View of the content; valid until the next change. */
struct span buf_span(const struct buf *b);

/* The content as C string ("" when empty); valid until the next change. */
const char *buf_cstr(const struct buf *b);

#endif
