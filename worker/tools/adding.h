/*
 * Adding many entries to a playlist, a hundred at a time and one part after
 * the other.  A part whose outcome is unknown is never sent again before the
 * playlist was looked at.  Shared by create_playlist and add_to_playlist.
 */
#ifndef TONEARM_TOOLS_ADDING_H
#define TONEARM_TOOLS_ADDING_H

#include <stddef.h>
#include <stdint.h>

#include "worker/tools/errand.h"
#include "worker/tools/uris.h"

#define ADDING_PART 100
#define ADDING_MAX 1000
/* Requests for n entries at worst: each part sent twice and looked at once. */
#define ADDING_REQUESTS (ADDING_MAX / ADDING_PART * 3)

struct adding {
	const char *id;              /* the playlist's */
	const char *name;            /* its name, for the record; NULL: unknown */
	const struct uri_list *list;
	int64_t position;            /* where to insert; -1: at the end */
	int64_t total;               /* entries before the next part */
	size_t done;                 /* entries that are in */
	size_t part;                 /* entries of the part on its way */
	bool again;                  /* the part was sent once in vain */
	bool unknown;                /* ended with a part whose outcome is not known */
	const char *trouble;         /* sentence of what ended it early, or NULL */
	const char *why_not;         /* sentence: a part could not be recorded */
	errand_step next;
};

/* Adds and goes on with next, whatever happened: done, trouble and unknown
 * tell.  id, list, position and total are set by the caller; a lasts as long as
 * the call. */
void adding_start(struct call *c, struct adding *a, errand_step next);

/* Says so if the playlist gets too long for undo_change; before or after it is done. */
void adding_warn(struct call *c, const struct adding *a);

/* Adds what happened to data and text: added, not_added, outcome_unknown.
 * ERR_NOMEM. */
err_t adding_tell(struct call *c, const struct adding *a) MUST_CHECK;

#endif
