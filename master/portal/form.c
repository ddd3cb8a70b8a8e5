/* Forms and cookies; see form.h. */
#include "config.h"

#include <string.h>

#include "master/portal/form.h"
#include "shared/base/buf.h"
#include "shared/http/query.h"

/* Cuts the part before sep off *s; the rest stays in *s. */
static struct span
cut(struct span *s, uint8_t sep)
{
	const uint8_t *p = s->n == 0 ? NULL : memchr(s->p, sep, s->n);
	struct span head = *s;

	if (p == NULL) {
		*s = span_of(NULL, 0);
		return head;
	}
	head.n = (size_t)(p - s->p);
	*s = span_of(p + 1, s->n - head.n - 1);
	return head;
}

err_t
form_get(struct arena *a, struct span form, const char *name, struct span *out)
{
	struct buf value;
	char *copy = NULL;
	err_t err;

	if (form.n > FORM_BYTES_MAX)
		return ERR_LIMIT;
	/* An escaped one is refused where escapes are read. */
	if (form.n > 0 && memchr(form.p, 0, form.n) != NULL)
		return ERR_SYNTAX;
	buf_init(&value, FORM_BYTES_MAX);
	err = http_query_get(form, name, &value);
	if (err == 0)
		err = arena_strdup(a, buf_span(&value), &copy);
	if (err == 0)
		*out = span_of(copy, value.len);
	buf_free(&value);
	return err;
}

err_t
form_id(struct span hex, uint8_t out[ID_BYTES])
{
	size_t i;

	if (hex.n != 2 * (size_t)ID_BYTES)
		return ERR_SYNTAX;
	for (i = 0; i < hex.n; i++) {
		uint8_t c = hex.p[i], *to = &out[i / 2];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return ERR_SYNTAX;
		*to = (uint8_t)((i % 2 == 0 ? 0 : *to << 4) | (c <= '9' ? c - '0' : c - 'a' + 10));
	}
	return 0;
}

bool
form_type(struct span content_type)
{
	struct span type = cut(&content_type, ';');

	while (type.n > 0 && type.p[type.n - 1] == ' ')
		type.n--;
	return span_is_nocase(type, "application/x-www-form-urlencoded");
}

err_t
cookie_get(struct span header, const char *name, struct span *out)
{
	struct span found = {0};
	bool have = false;

	while (header.n > 0) {
		struct span value = cut(&header, ';'), key;

		while (value.n > 0 && value.p[0] == ' ')
			value = span_of(value.p + 1, value.n - 1);
		key = cut(&value, '=');
		if (!span_is(key, name))
			continue;
		if (have)
			return ERR_SYNTAX;
		have = true;
		found = value;
	}
	if (!have)
		return ERR_NOTFOUND;
	*out = found;
	return 0;
}
