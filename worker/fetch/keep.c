/* Bounds of keeping; see keep.h. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "shared/base/ascii.h"
#include "worker/fetch/keep.h"

/* Is part `name`, or `name=`digits (also quoted)?  The number goes to *value. */
static bool
directive(struct span part, const char *name, int64_t *value)
{
	size_t i = 0, n = strlen(name);
	int64_t v = 0;

	if (part.n <= n || part.p[n] != '=' || !span_is_nocase(span_of(part.p, n), name))
		return false;
	part = span_of(part.p + n + 1, part.n - n - 1);
	if (part.n >= 2 && part.p[0] == '"' && part.p[part.n - 1] == '"')
		part = span_of(part.p + 1, part.n - 2);
	for (; i < part.n && part.p[i] >= '0' && part.p[i] <= '9' && v < INT32_MAX; i++)
		v = v * 10 + (part.p[i] - '0');
	/* What is no number is stale (RFC 9111 section 4.2.1). */
	*value = part.n > 0 && (i == part.n || v >= INT32_MAX) ? v : 0;
	return true;
}

/* The lifetime in Cache-Control; -1: none there. */
static int64_t
lifetime(struct span all)
{
	int64_t own = -1, shared = -1;

	while (all.n > 0) {
		const uint8_t *comma = memchr(all.p, ',', all.n);
		size_t n = comma == NULL ? all.n : (size_t)(comma - all.p);
		struct span part = ascii_trim(span_of(all.p, n));

		if (span_is_nocase(part, "no-store") || span_is_nocase(part, "no-cache"))
			return 0;
		if (!directive(part, "s-maxage", &shared))
			(void)directive(part, "max-age", &own);
		all = comma == NULL ? span_of(all.p, 0) : span_of(all.p + n + 1, all.n - n - 1);
	}
	return shared >= 0 ? shared : own;
}

uint32_t
keep_seconds(const struct keep_said *said, int64_t now_s)
{
	int64_t s = lifetime(said->cache_control);

	if (s >= 0 && said->age > 0)
		s -= said->age;
	else if (s < 0 && said->expires >= 0)
		s = said->expires - (said->date >= 0 ? said->date : now_s);
	else if (s < 0)
		s = KEEP_UNSAID;
	return s < KEEP_LEAST ? KEEP_LEAST : s > KEEP_MOST ? KEEP_MOST : (uint32_t)s;
}
