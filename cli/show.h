/*
 * Results for a person: columns under their titles, or one thing as lines.
 * What somebody else chose (names) is made harmless for a terminal first.
 */
#ifndef TONEARM_CLI_SHOW_H
#define TONEARM_CLI_SHOW_H

#include <stddef.h>

#include <libpq-fe.h>

enum show_as {
	SHOW_TEXT,
	SHOW_ID,      /* the first eight digits of a UUID: enough to name it */
	SHOW_TIME,    /* seconds since 1970; 0: never */
	SHOW_COUNT
};

struct show {
	const char *title;
	const char *column;   /* name in the result */
	enum show_as as;
};

/* A line of titles and a line for each row; "none" instead where there is none. */
void show_table(const PGresult *r, const struct show *columns, size_t n);

/* One row: "title  value" lines. */
void show_row(const PGresult *r, int row, const struct show *columns, size_t n);

/* A value as text that a terminal can be given: no control characters, nothing
 * that turns the direction of writing.  Cut at `room`. */
void show_clean(const char *value, char *out, size_t room);

#endif
