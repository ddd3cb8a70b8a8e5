/* Media types; see media.h.  Knows no type by name. */
#include "config.h"

#include <string.h>

#include "shared/base/ascii.h"
#include "shared/http/media.h"

/* What stands before the first c; *rest is what follows it. */
static struct span
take(struct span *rest, char c)
{
	const uint8_t *at = rest->n == 0 ? NULL : memchr(rest->p, c, rest->n);
	struct span part = *rest;

	if (at == NULL) {
		*rest = span_of(NULL, 0);
	} else {
		part.n = (size_t)(at - rest->p);
		*rest = span_of(at + 1, rest->n - part.n - 1);
	}
	return ascii_trim(part);
}

bool
http_media_is(struct span content_type, const char *type)
{
	struct span rest = content_type;

	return span_is_nocase(take(&rest, ';'), type);
}

/* A weight of 0, 0. or 0.000 means: not this one. */
static bool
weight_is_zero(struct span value)
{
	size_t i;

	for (i = 0; i < value.n; i++)
		if (value.p[i] != '0' && value.p[i] != '.')
			return false;
	return value.n > 0;
}

/* How exactly the range names the type: 3 itself, 2 its family, 1 anything. */
static int
closeness(struct span range, const char *type)
{
	size_t family = strcspn(type, "/") + 1;

	if (span_is_nocase(range, type))
		return 3;
	if (span_is(range, "*/*"))
		return 1;
	if (range.n == family + 1 && range.p[family] == '*' &&
	    memcmp(range.p, type, family) == 0)
		return 2;
	return 0;
}

/* The closest range's closeness, negative if it refuses; 0 if none fits. */
static int
best_range(struct span accept, const char *type)
{
	struct span rest = accept;
	int best = 0, close;

	while (rest.n > 0) {
		struct span range = take(&rest, ',');

		close = closeness(take(&range, ';'), type);
		while (range.n > 0) {
			struct span parameter = take(&range, ';');
			struct span name = take(&parameter, '=');

			if (span_is_nocase(name, "q") && weight_is_zero(parameter))
				close = -close;
		}
		if (close * close > best * best)
			best = close;
	}
	return best;
}

bool
http_accepts(struct span accept, const char *type)
{
	return ascii_trim(accept).n == 0 || best_range(accept, type) > 0;
}

bool
http_accepts_named(struct span accept, const char *type)
{
	return best_range(accept, type) == 3;
}
