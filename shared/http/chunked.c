/*
 * Chunked bodies; see chunked.h.  Knows nothing of heads.  A trailer is
 * refused: no MCP client or browser sends one, and readers differ on what a
 * Content-Length or Connection there means (llhttp obeys them).
 */
#include "config.h"

#include "shared/base/ascii.h"
#include "shared/http/chunked.h"
#include "shared/http/head.h"

enum {
	SIZE, EXT_NAME, EXT_VALUE, SIZE_LF, DATA, DATA_CR, DATA_LF, END_CR, END_LF, DONE
};

/* One byte of the line with the size. */
static err_t
size_byte(struct http_chunked *c, uint8_t b)
{
	int value = ascii_hex(b);

	if (value >= 0) {
		/* Sixteen digits cannot overflow 64 bits. */
		if (c->digits++ == 16)
			return ERR_SYNTAX;
		c->left = c->left * 16 + (uint64_t)value;
		return 0;
	}
	if (c->digits == 0 || (b != ';' && b != '\r'))
		return ERR_SYNTAX;
	c->name = 0;
	c->state = b == ';' ? EXT_NAME : SIZE_LF;
	return 0;
}

/* Extensions are tokens, or pairs of them; what is quoted would need a second
 * grammar for something that nobody uses. */
static err_t
extension_byte(struct http_chunked *c, uint8_t b)
{
	if (++c->extra > CHUNK_EXTRA_MAX)
		return ERR_LIMIT;
	if (http_is_token(b)) {
		c->name++;
		return 0;
	}
	if (c->name == 0)
		return ERR_SYNTAX;
	c->name = 0;
	if (b == '\r')
		c->state = SIZE_LF;
	else if (b == ';')
		c->state = EXT_NAME;
	else if (b == '=' && c->state == EXT_NAME)
		c->state = EXT_VALUE;
	else
		return ERR_SYNTAX;
	return 0;
}

/* Goes on only if the byte is the one that must stand here. */
static err_t
must_be(struct http_chunked *c, uint8_t b, uint8_t wanted, int next)
{
	if (b != wanted)
		return ERR_SYNTAX;
	c->state = next;
	return 0;
}

/* One byte outside the data. */
static err_t
step(struct http_chunked *c, uint8_t b)
{
	switch (c->state) {
	case SIZE:
		return size_byte(c, b);
	case EXT_NAME:
	case EXT_VALUE:
		return extension_byte(c, b);
	case SIZE_LF:
		return must_be(c, b, '\n', c->left > 0 ? DATA : END_CR);
	case DATA_CR:
		return must_be(c, b, '\r', DATA_LF);
	case DATA_LF:
		c->digits = 0;
		return must_be(c, b, '\n', SIZE);
	case END_CR:
		return must_be(c, b, '\r', END_LF);
	default:
		return must_be(c, b, '\n', DONE);
	}
}

err_t
http_chunked_feed(struct http_chunked *c, struct span in, struct buf *body, size_t *used)
{
	size_t at = 0;
	err_t err = 0;

	while (err == 0 && at < in.n && c->state != DONE) {
		if (c->state == DATA) {
			size_t n = c->left < in.n - at ? (size_t)c->left : in.n - at;

			err = c->left > body->max - body->len ? ERR_LIMIT :
			    buf_put(body, in.p + at, n);
			if (err != 0)
				break;
			at += n;
			c->left -= n;
			if (c->left == 0)
				c->state = DATA_CR;
		} else {
			err = step(c, in.p[at]);
			at += err == 0;
		}
	}
	*used = at;
	if (err != 0)
		return err;
	return c->state == DONE ? 0 : ERR_SHORT;
}
