/*
 * A playlist read as a whole, entry by entry, for tools that compare, copy or
 * change it.  Read without a market, so that the URIs are those which the
 * playlist holds.  Changes nothing.
 */
#ifndef TONEARM_TOOLS_ENTRIES_H
#define TONEARM_TOOLS_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "worker/tools/errand.h"
#include "worker/tools/fan.h"
#include "worker/tools/items.h"

/* Entries of the first question, and of each one after it. */
#define ENTRIES_FIRST 100
#define ENTRIES_PAGE 50
/* Questions that n entries take. */
#define ENTRIES_REQUESTS(n) \
	((n) <= ENTRIES_FIRST ? 2 : 2 + ((n) - ENTRIES_FIRST + ENTRIES_PAGE - 1) / ENTRIES_PAGE)

struct entry {
	const char *uri;        /* "" if the entry has no content any more */
	const char *name, *by, *album, *isrc, *added, *released;   /* clean; "" if unknown */
	int64_t ms;             /* -1: unknown */
	bool local;             /* a file of the user's; neither added nor removed by URI */
	uint64_t isrc_hash, text_hash;   /* of what makes a recording; 0: unknown */
};

/* Part of the state of a tool that needs it. */
struct entries {
	const char *id;         /* the playlist's; set by the caller */
	size_t most;            /* entries to read at most; set by the caller */
	size_t from;            /* first entry to read; set by the caller */
	const char *name, *owner, *owner_id;    /* clean */
	int64_t total;          /* entries it has */
	size_t n;               /* entries read */
	struct entry *all;
	bool closed;            /* Spotify does not show them to this application */
	bool changed;           /* somebody changed it meanwhile; the reading ended */
	const char *trouble;    /* sentence of what ended the reading early, or NULL */
	struct sp_error error;
	errand_step next;
	/* the pages behind the first, which are read side by side */
	struct fan fan;
	struct {
		size_t from;        /* place of the first of them in all */
		size_t pages, asked, read;
		uint8_t *got;       /* entries of each page; ENTRIES_PAGE at most */
	} rest;
};

/*
 * Reads and goes on with next, whatever happened: complete, closed, changed and
 * trouble tell.  e lasts as long as the call.
 */
void entries_read(struct call *c, struct entries *e, errand_step next);

/* Was all of it read? */
bool entries_complete(const struct entries *e);

/* Ends the call with a sentence unless all of it was read; true if it was. */
bool entries_need_all(struct call *c, const struct entries *e);

/* May this URI be added to and removed from a playlist? */
bool entry_movable(const struct entry *x);

/* The same thing: by URI; or the same recording, by ISRC, else by title, artists
 * and duration (two seconds more or less). */
bool entry_same(const struct entry *a, const struct entry *b, bool recording);

/* The link of an entry into out (ITEM_LINK_MAX bytes); "" if it has none. */
void entry_link(const struct entry *x, char *out);

/* Adds its link to a list of texts, if it has one.  ERR_NOMEM. */
err_t entry_put_link(const struct entry *x, struct json_object *list) MUST_CHECK;

/* Writes "Title - Artists (Album) 3:20 https://..." into line. */
void entry_line(const struct entry *x, char *line, size_t n);

/* Adds the entry to a page of answers: item_out's members, and a line with this
 * number.  False: the page is full, or memory ran out. */
bool entry_show(struct call *c, struct item_page *page, size_t number, const struct entry *x);

#endif
