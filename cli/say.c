/* Sentences for a person; see say.h. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/say.h"

void
say_error(const char *fmt, ...)
{
	va_list ap;

	(void)fflush(stdout);
	(void)fputs("tonearm: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

void
say_hint(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("  ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}
