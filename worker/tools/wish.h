/*
 * A line of a list that somebody wants to have in Spotify, read: "artist - title"
 * with any dash or a tab, "title by artist", a link, a URI, an ISRC, a row of CSV.
 * What a line means is not always certain; then there are several readings.
 * Asks nothing of Spotify.
 */
#ifndef TONEARM_TOOLS_WISH_H
#define TONEARM_TOOLS_WISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/tools/items.h"

#define WISH_BYTES 600      /* of a line; what is longer is no wish */
#define WISH_READINGS 4
#define WISH_FIELDS 8       /* columns of a row that are looked at */
#define ISRC_LEN 12

enum wish_kind {
	WISH_NOTHING,       /* an empty line, a comment, a heading */
	WISH_ITEM,          /* ref */
	WISH_NAMES          /* isrc, readings, or both */
};

struct wish_reading {
	struct span artist;     /* empty: not known */
	struct span title;
	bool doubtful;          /* the other way round than people write it */
};

struct wish {
	enum wish_kind kind;
	struct item_ref ref;
	char isrc[ISRC_LEN + 1];    /* "" if not given */
	int64_t duration_ms;        /* 0 if not given */
	size_t n;
	struct wish_reading readings[WISH_READINGS];   /* the likeliest first */
	char text[WISH_BYTES + 1];  /* what they point into */
};

/* What the columns of the rows that follow a heading are. */
enum wish_column { COLUMN_OTHER, COLUMN_ARTIST, COLUMN_TITLE, COLUMN_ISRC, COLUMN_LINK,
	COLUMN_DURATION };
struct wish_heading {
	size_t n;                   /* 0: there was none */
	char separator;
	enum wish_column columns[WISH_FIELDS];
};

/*
 * Reads a line.  heading is empty at first and kept from line to line: a row
 * that names columns (title, artist, isrc, ...) fills it and is itself
 * WISH_NOTHING.  ERR_LIMIT: the line is too long.  ERR_SYNTAX: a link to
 * something that cannot be in a playlist; the kind is in out->ref then.
 */
err_t wish_read(const char *line, struct wish_heading *heading, struct wish *out) MUST_CHECK;

/* Reads an ISRC, with or without hyphens and blanks, into out. */
bool wish_isrc(struct span text, char out[ISRC_LEN + 1]);

/* Reads "3:45", "1:02:03", "225000" (ms) or "225" (s); 0: it is none. */
int64_t wish_duration(struct span text);

#endif
