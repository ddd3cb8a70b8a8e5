/*
 * Changing what is in a playlist: the playlist is read as a whole, a tool makes
 * a plan of parts from that, the parts are carried out one after the other, and
 * at the end the contents are read again and held against the plan (never the
 * snapshot id, which lags).  A part whose outcome is not known is looked for
 * before anything is sent again.  Every part passes before_part and after_part
 * (edit.c), where it is recorded (journal.h).
 *
 *     struct edit *e: first member errand, see below
 *     edit_open(c, text, planned);          find, read; planned() when all is known
 *     edit_drop / edit_order / edit_replace / edit_insert / edit_move   the plan
 *     edit_run(c, told);                    carry out, verify
 *     edit_tell(c);                         what happened, into the answer
 */
#ifndef TONEARM_TOOLS_EDIT_H
#define TONEARM_TOOLS_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/tools/entries.h"
#include "worker/tools/errand.h"
#include "worker/tools/playlist_find.h"

#define EDIT_PART 100            /* URIs of one part: Spotify's bound */
#define EDIT_ENTRIES 1200        /* entries of a playlist that can be edited */
#define EDIT_ADDED 1000          /* entries that one edit can bring in */
/* Entries of a playlist in which a change can be undone: what an editing tool can have
 * made of one that it was able to read. */
#define EDIT_UNDONE (EDIT_ENTRIES + EDIT_ADDED)
#define EDIT_SPARE 4             /* requests kept for looking after unknown outcomes */
#define EDIT_REQUESTS 100        /* of one tool, in all */

enum edit_kind { EDIT_REMOVE, EDIT_INSERT, EDIT_MOVE, EDIT_REPLACE };

/* One request.  ids are numbers for edit_uri. */
struct edit_part {
	enum edit_kind kind;
	uint32_t at;             /* INSERT: position; MOVE: the first entry's */
	uint32_t to;             /* MOVE: position of the entry to insert before */
	uint32_t n;              /* entries or URIs */
	const uint32_t *ids;     /* REMOVE, INSERT, REPLACE */
	bool bound;              /* the next part must follow, or entries are missing */
};

/* First member of an editing tool's state. */
struct edit {
	struct errand errand;
	struct playlist_find find;
	struct entries list;     /* the playlist as it was */

	/* URIs by number: those below list.n are the entries that were read. */
	const char **uris;
	size_t n_uris, room;
	uint32_t *plan, *now, *then;   /* contents after all parts, after those done, scratch */
	uint32_t *before;              /* as they were read: 0, 1, 2 ... */
	size_t n_plan, n_now, n_then;

	struct edit_part *parts;
	size_t n, n_room;
	size_t left;             /* parts that would be needed but do not fit in one call */
	const char *go_on;       /* sentence: how to do the rest; NULL: repeat the call */

	size_t done;             /* parts carried out */
	bool again;              /* the part was sent once in vain */
	bool unknown;            /* whether the part after those is in is not known */
	bool verified;           /* the contents were read and are as planned */
	bool differs;            /* they were read and are not */
	size_t look, look_end;   /* verifying: entries from here to there */
	bool second_look;
	const char *trouble;     /* sentence of what ended it early, or NULL */
	const char *why_not;     /* sentence: a part could not be recorded */
	errand_step next;
};

/* The URI of number id. */
const char *edit_uri(const struct edit *e, uint32_t id);

/* Finds the playlist by text, reads all of it and goes on with next; otherwise
 * the call fails with a sentence. */
void edit_open(struct call *c, const char *text, errand_step next);

/* Parts that may still be planned, so that verifying fits in as well. */
size_t edit_room(const struct call *c);

/* --- the plan: each appends parts; false: the call is over (memory) ------------- */
bool edit_insert(struct call *c, size_t at, const char *const *uris, size_t n);
bool edit_move(struct call *c, size_t from, size_t n, size_t to);
bool edit_replace(struct call *c, const char *const *uris, size_t n);
/*
 * Takes out the entries marked in drop, one truth for each of e->list.all.  Where
 * others of the same URI stay, all are removed and those put back in their
 * places; *put_back is how many.  Local files and entries without content cannot be
 * dropped and must not be marked.  What does not fit into this call is counted in
 * e->left.
 */
bool edit_drop(struct call *c, const bool *drop, size_t *put_back);
/* Moves entries until they stand in this order, a permutation of the numbers in
 * the plan; what does not fit is counted in e->left and goes on with another
 * call. */
bool edit_order(struct call *c, const uint32_t *order);
/* Takes the plan back. */
void edit_forget(struct edit *e);

/* --- carrying out ------------------------------------------------------------------ */
/* Goes on with next whatever happened; done, unknown, verified, differs and
 * trouble tell.  A stop ends it where no entry is missing. */
void edit_run(struct call *c, errand_step next);

/*
 * Adds url, name, total, requests_planned, done, verified, dry_run and what went
 * wrong to the answer, and its lines; ends the call.
 */
void edit_tell(struct call *c, bool dry_run);

/* Members that edit_tell adds, for the tables of outputs. */
#define EDIT_OUT \
	{.name = "url", .type = OUT_STR, .always = true}, \
	{.name = "name", .type = OUT_STR, .always = true}, \
	{.name = "before", .type = OUT_INT, .always = true, .quiet = true, .about = "Entries before"}, \
	{.name = "total", .type = OUT_INT, .always = true, .about = "Entries now, as far as known"}, \
	{.name = "steps", .type = OUT_INT, .always = true, .quiet = true, .about = "Planned requests"}, \
	{.name = "done", .type = OUT_INT, .always = true, .quiet = true, .about = "Of these carried out"}, \
	{.name = "verified", .type = OUT_BOOL, .always = true, \
	    .about = "Read again afterwards and as planned"}, \
	{.name = "dry_run", .type = OUT_BOOL, .always = true, .quiet = true}, \
	{.name = "more_needed", .type = OUT_BOOL, .about = "Not all fitted into one call"}, \
	{.name = "missing_urls", .type = OUT_STRS, .about = "Taken out and not put back"}, \
	{.name = "problem", .type = OUT_STR}

#endif
