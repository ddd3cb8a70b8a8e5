/* Results for a person; see show.h. */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show.h"
#include "cli/when.h"

#define CELL_CHARS 256
#define CELL_WIDTH 40      /* columns of text that a name gets at most */

/* Bytes of the UTF-8 character at p; 0 if it is none. */
static size_t
char_bytes(const unsigned char *p)
{
	size_t i, n = *p < 0x80 ? 1 : *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 && *p < 0xf0 ? 3 :
	    *p >= 0xc2 && *p < 0xe0 ? 2 : 0;

	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* C0, DEL, C1; marks that turn or hide text (U+061C, U+200B to U+200F, U+2028 to
 * U+202E, U+2060 to U+206F, U+FEFF). */
static bool
harmful(const unsigned char *p, size_t n)
{
	if (n == 1)
		return *p < 0x20 || *p == 0x7f;
	if (n == 2)
		return (p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xd8 && p[1] == 0x9c);
	if (n == 3 && p[0] == 0xe2 && p[1] == 0x80)
		return (p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae);
	if (n == 3 && p[0] == 0xe2 && p[1] == 0x81)
		return p[2] >= 0xa0 && p[2] <= 0xaf;
	return n == 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf;
}

void
show_clean(const char *value, char *out, size_t room)
{
	const unsigned char *p = (const unsigned char *)value;
	size_t at = 0;

	while (*p != '\0' && at + 5 < room) {
		size_t n = char_bytes(p);

		if (n == 0 || harmful(p, n)) {
			out[at++] = '?';
			p += n == 0 ? 1 : n;
			continue;
		}
		memcpy(out + at, p, n);
		at += n;
		p += n;
	}
	out[at] = '\0';
}

/* Characters of a text; nearly always its columns on a terminal. */
static size_t
width_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Shortens to so many characters, the last of them "…". */
static void
cut(char *text, size_t most)
{
	size_t n = 0;
	char *p;

	if (width_of(text) <= most)
		return;
	for (p = text; *p != '\0'; p++) {
		if (((unsigned char)*p & 0xc0) == 0x80)
			continue;
		if (++n == most)
			break;
	}
	memcpy(p, "\xe2\x80\xa6", 4);
}

static void
cell(const PGresult *r, int row, const struct show *c, char out[CELL_CHARS])
{
	const char *value = PQgetvalue(r, row, PQfnumber(r, c->column));

	if (value == NULL)
		value = "";
	switch (c->as) {
	case SHOW_TIME:
		when_text(strtoll(value, NULL, 10), out);
		break;
	case SHOW_ID:
		(void)snprintf(out, CELL_CHARS, "%.8s", value);
		break;
	default:
		show_clean(value, out, CELL_CHARS);
		break;
	}
}

static void
put(const char *text, size_t width, bool right, bool last)
{
	size_t n = width_of(text), pad = n < width ? width - n : 0;

	if (right)
		(void)printf("%*s", (int)pad, "");
	(void)fputs(text, stdout);
	if (!right && !last)
		(void)printf("%*s", (int)pad, "");
	(void)fputs(last ? "\n" : "  ", stdout);
}

static size_t
column_width(const PGresult *r, const struct show *c)
{
	size_t most = width_of(c->title);
	char text[CELL_CHARS];
	int row;

	for (row = 0; row < PQntuples(r); row++) {
		cell(r, row, c, text);
		cut(text, CELL_WIDTH);
		if (width_of(text) > most)
			most = width_of(text);
	}
	return most;
}

void
show_table(const PGresult *r, const struct show *columns, size_t n)
{
	size_t widths[16], i;
	char text[CELL_CHARS];
	int row;

	if (PQntuples(r) == 0) {
		(void)puts("none");
		return;
	}
	for (i = 0; i < n; i++) {
		widths[i] = column_width(r, &columns[i]);
		put(columns[i].title, widths[i], columns[i].as == SHOW_COUNT, i + 1 == n);
	}
	for (row = 0; row < PQntuples(r); row++) {
		for (i = 0; i < n; i++) {
			cell(r, row, &columns[i], text);
			/* The last column has room. */
			if (i + 1 < n)
				cut(text, CELL_WIDTH);
			put(text, widths[i], columns[i].as == SHOW_COUNT, i + 1 == n);
		}
	}
}

void
show_row(const PGresult *r, int row, const struct show *columns, size_t n)
{
	size_t i, width = 0;
	char text[CELL_CHARS];

	for (i = 0; i < n; i++)
		if (width_of(columns[i].title) > width)
			width = width_of(columns[i].title);
	for (i = 0; i < n; i++) {
		if (columns[i].as == SHOW_ID)
			show_clean(PQgetvalue(r, row, PQfnumber(r, columns[i].column)), text, sizeof(text));
		else
			cell(r, row, &columns[i], text);
		put(columns[i].title, width, false, false);
		(void)puts(text);
	}
}
