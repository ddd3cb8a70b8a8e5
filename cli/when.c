/* Times for a person; see when.h. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/when.h"

#define YEAR_MOST 9999
#define SECONDS_MOST 253402300799   /* the end of that year */

/* "+01:00", "-0330" or "+01": seconds east of Greenwich. */
static bool
read_offset(const char *text, long *out)
{
	int d[4] = {0, 0, 0, 0}, n = 0;
	const char *p;

	for (p = text + 1; *p != '\0'; p++) {
		if (*p == ':' && n == 2)
			continue;
		if (*p < '0' || *p > '9' || n == 4)
			return false;
		d[n++] = *p - '0';
	}
	if ((n != 2 && n != 4) || d[0] * 10 + d[1] > 14 || d[2] > 5)
		return false;
	*out = ((d[0] * 10 + d[1]) * 60 + d[2] * 10 + d[3]) * 60L * (*text == '-' ? -1 : 1);
	return true;
}

static err_t
read_seconds(const char *text, int64_t *out)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || n > SECONDS_MOST)
		return ERR_SYNTAX;
	*out = n;
	return 0;
}

/* The date and the time of day; what follows them, or NULL. */
static const char *
read_clock(const char *text, struct tm *tm)
{
	static const char *const forms[] = {"T%H:%M:%S", "T%H:%M", " %H:%M:%S", " %H:%M"};
	const char *rest = strptime(text, "%Y-%m-%d", tm), *more;
	size_t i;

	if (rest == NULL || rest != text + 10)
		return NULL;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm with = *tm;

		more = strptime(rest, forms[i], &with);
		if (more != NULL) {
			*tm = with;
			return more;
		}
	}
	return *rest == '\0' ? rest : NULL;
}

err_t
when_read(const char *text, int64_t *out)
{
	struct tm tm = {.tm_isdst = -1}, wanted;
	const char *rest;
	long east = 0;
	time_t t;

	if (strspn(text, "0123456789") == strlen(text) && *text != '\0')
		return read_seconds(text, out);
	rest = read_clock(text, &tm);
	if (rest == NULL || tm.tm_year + 1900 > YEAR_MOST)
		return ERR_SYNTAX;
	wanted = tm;
	if (strcmp(rest, "Z") == 0 || ((*rest == '+' || *rest == '-') && read_offset(rest, &east)))
		t = timegm(&tm) - east;
	else if (*rest == '\0')
		t = mktime(&tm);
	else
		return ERR_SYNTAX;
	/* The 30th of February is no date. */
	if (tm.tm_mday != wanted.tm_mday || tm.tm_mon != wanted.tm_mon || t < 0)
		return ERR_SYNTAX;
	*out = t;
	return 0;
}

void
when_text(int64_t when, char out[WHEN_CHARS])
{
	const time_t t = (time_t)when;
	struct tm tm;

	if (when <= 0 || when > SECONDS_MOST || localtime_r(&t, &tm) == NULL ||
	    strftime(out, WHEN_CHARS, "%Y-%m-%d %H:%M", &tm) == 0)
		memcpy(out, "never", sizeof("never"));
}
