/* Media types; see accept.h. */
#include "config.h"

#include <string.h>

#include "worker/mcp/accept.h"

static struct span
trim(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Takes what stands before the next separator off *rest, trimmed. */
static struct span
next(struct span *rest, char separator)
{
	const uint8_t *end = rest->n == 0 ? NULL : memchr(rest->p, separator, rest->n);
	struct span part = *rest;

	if (end == NULL) {
		*rest = span_of(NULL, 0);
	} else {
		part.n = (size_t)(end - part.p);
		*rest = span_of(end + 1, rest->n - part.n - 1);
	}
	return trim(part);
}

bool
media_is_json(struct span content_type)
{
	return span_is_nocase(next(&content_type, ';'), "application/json");
}

/* Is there a parameter q of weight 0 ("0", "0.", "0.000")? */
static bool
weight_is_zero(struct span params)
{
	while (params.n > 0) {
		struct span p = next(&params, ';');
		size_t i = 2;

		if (p.n < 3 || (p.p[0] != 'q' && p.p[0] != 'Q') || p.p[1] != '=')
			continue;
		while (i < p.n && (p.p[i] == '0' || p.p[i] == '.'))
			i++;
		return i == p.n;
	}
	return false;
}

/* How closely a range names a type: 3 exactly, 2 its half, 1 anything, 0 not. */
static int
closeness(struct span range, const char *whole, const char *half)
{
	if (span_is_nocase(range, whole))
		return 3;
	if (span_is_nocase(range, half))
		return 2;
	return span_is(range, "*/*") ? 1 : 0;
}

void
accept_read(struct span accept, bool *json, bool *sse)
{
	int json_by = 0, sse_by = 0;

	*json = *sse = false;
	while (accept.n > 0) {
		struct span one = next(&accept, ',');
		struct span range = next(&one, ';');
		const bool taken = !weight_is_zero(one);
		int c;

		/* The closest range decides (RFC 9110 section 12.5.1). */
		c = closeness(range, "application/json", "application/*");
		if (c > json_by) {
			json_by = c;
			*json = taken;
		}
		c = closeness(range, "text/event-stream", "text/*");
		if (c > sse_by) {
			sse_by = c;
			*sse = taken;
		}
	}
}
