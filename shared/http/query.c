/* Query strings; see query.h.  Knows no parameter by name. */
#include "config.h"

#include <string.h>

#include "shared/base/ascii.h"
#include "shared/http/query.h"

/* The byte that the escape at text.p[at] stands for; 0 if it is broken. */
static uint8_t
escaped(struct span text, size_t at)
{
	int high, low;

	if (text.n - at < 3)
		return 0;
	high = ascii_hex(text.p[at + 1]);
	low = ascii_hex(text.p[at + 2]);
	return high < 0 || low < 0 ? 0 : (uint8_t)(high * 16 + low);
}

err_t
http_unescape(struct span text, bool form, struct buf *out)
{
	size_t at = 0, was = out->len;
	err_t err = 0;

	while (err == 0 && at < text.n) {
		uint8_t c = text.p[at];

		if (c == '%') {
			c = escaped(text, at);
			at += 2;
			if (c == 0) {
				err = ERR_SYNTAX;
				break;
			}
		} else if (c == '+' && form) {
			c = ' ';
		}
		at++;
		err = buf_put_byte(out, c);
	}
	if (err != 0)
		buf_cut(out, was);
	return err;
}

/* The next name and value of *rest; false at its end. */
static bool
next_pair(struct span *rest, struct span *name, struct span *value)
{
	const uint8_t *end, *eq;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '&', rest->n);
	*name = span_of(rest->p, end == NULL ? rest->n : (size_t)(end - rest->p));
	*rest = end == NULL ? span_of(NULL, 0) :
	    span_of(end + 1, rest->n - name->n - 1);
	eq = name->n == 0 ? NULL : memchr(name->p, '=', name->n);
	*value = eq == NULL ? span_of(NULL, 0) :
	    span_of(eq + 1, name->n - (size_t)(eq + 1 - name->p));
	if (eq != NULL)
		name->n = (size_t)(eq - name->p);
	return true;
}

/* Does the escaped name mean `wanted`?  ERR_SYNTAX if it is broken. */
static err_t
name_is(struct span name, const char *wanted, bool *same)
{
	struct buf plain;
	err_t err;

	buf_init(&plain, name.n);
	err = http_unescape(name, true, &plain);
	if (err == 0)
		*same = span_is(buf_span(&plain), wanted);
	buf_free(&plain);
	return err;
}

err_t
http_query_get(struct span query, const char *name, struct buf *out)
{
	struct span key, value, rest = query;
	size_t was = out->len;
	bool found = false, same = false;
	err_t err = 0;

	while (err == 0 && next_pair(&rest, &key, &value)) {
		err = name_is(key, name, &same);
		if (err != 0 || !same)
			continue;
		err = found ? ERR_SYNTAX : http_unescape(value, true, out);
		found = true;
	}
	if (err != 0)
		buf_cut(out, was);
	if (err == 0 && !found)
		err = ERR_NOTFOUND;
	return err;
}

bool
http_query_has(struct span query, const char *name)
{
	struct span key, value, rest = query;
	bool same;

	while (next_pair(&rest, &key, &value))
		if (name_is(key, name, &same) == 0 && same)
			return true;
	return false;
}

static bool
is_unreserved(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    c == '-' || c == '.' || c == '_' || c == '~';
}

err_t
http_escape(struct span text, struct buf *out)
{
	size_t i, was = out->len;
	err_t err = 0;

	for (i = 0; err == 0 && i < text.n; i++)
		err = is_unreserved(text.p[i]) ? buf_put_byte(out, text.p[i]) :
		    buf_printf(out, "%%%02X", text.p[i]);
	if (err != 0)
		buf_cut(out, was);
	return err;
}
