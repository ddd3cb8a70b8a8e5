/* Growing byte buffer with a maximum; see buf.h.  Knows nothing of formats. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_free(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

void
buf_clear(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	b->len = 0;
}

/*
 * Moves the content to a block of at least want bytes.  Not realloc: the old
 * block may hold a secret and must be wiped before it is given back.
 */
static err_t
grow(struct buf *b, size_t want)
{
	size_t cap = b->cap == 0 ? 256 : b->cap;
	uint8_t *data;

	/* By doubling, or at once by as much as one large part needs: what is
	 * never used would be touched all the same when it is wiped. */
	if (cap < want)
		cap = cap > SIZE_MAX / 2 ? SIZE_MAX : 2 * cap;
	if (cap < want)
		cap = want > SIZE_MAX - 255 ? want : (want + 255) / 256 * 256;
	if (cap > b->max + 1)
		cap = b->max + 1;
	data = malloc(cap);
	if (data == NULL)
		return ERR_NOMEM;
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	free(b->data);
	b->data = data;
	b->cap = cap;
	return 0;
}

err_t
buf_room(struct buf *b, size_t n, uint8_t **place)
{
	err_t err;

	if (b->max == SIZE_MAX || n > b->max - b->len)
		return ERR_LIMIT;
	if (b->data == NULL || b->len + n + 1 > b->cap) {
		err = grow(b, b->len + n + 1);
		if (err != 0)
			return err;
	}
	*place = b->data + b->len;
	return 0;
}

void
buf_added(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = 0;
}

err_t
buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *place;
	err_t err;

	err = buf_room(b, n, &place);
	if (err != 0)
		return err;
	if (n > 0)
		memcpy(place, p, n);
	buf_added(b, n);
	return 0;
}

err_t
buf_put_span(struct buf *b, struct span s)
{
	return buf_put(b, s.p, s.n);
}

err_t
buf_put_str(struct buf *b, const char *s)
{
	return buf_put(b, s, strlen(s));
}

err_t
buf_put_byte(struct buf *b, uint8_t c)
{
	return buf_put(b, &c, 1);
}

err_t
buf_printf(struct buf *b, const char *fmt, ...)
{
	/* Into the room that is there; only what does not fit is formatted again. */
	size_t room = b->data == NULL ? 0 : b->cap - b->len;
	uint8_t *place = room == 0 ? NULL : b->data + b->len;
	va_list ap;
	int n;
	err_t err;

	va_start(ap, fmt);
	n = vsnprintf((char *)place, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		return ERR_SYSTEM;
	if ((size_t)n < room && (size_t)n <= b->max - b->len) {
		b->len += (size_t)n;
		return 0;
	}
	/* A part that was cut off does not stay behind. */
	if (room > 0)
		explicit_bzero(place, room);
	err = buf_room(b, (size_t)n, &place);
	if (err != 0)
		return err;
	va_start(ap, fmt);
	(void)vsnprintf((char *)place, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_added(b, (size_t)n);
	return 0;
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	explicit_bzero(b->data + b->len, n);
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	explicit_bzero(b->data + len, b->len - len);
	b->len = len;
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){.p = b->data, .n = b->len};
}

const char *
buf_cstr(const struct buf *b)
{
	return b->len == 0 ? "" : (const char *)b->data;
}
