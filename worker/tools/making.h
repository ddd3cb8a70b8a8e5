/*
 * Making a playlist.  When Spotify breaks off, the user's list is looked at before
 * anything is said: a playlist of that name, empty and the user's own, at its head
 * is the one that was just made.  Shared by create_playlist and import_tracks.
 */
#ifndef TONEARM_TOOLS_MAKING_H
#define TONEARM_TOOLS_MAKING_H

#include "worker/tools/errand.h"
#include "worker/tools/items.h"

#define MAKING_REQUESTS 2

struct making {
	const char *name;          /* set by the caller */
	struct item_ref ref;       /* the outcome */
	struct sp_error refusal;
	struct buf body;           /* a view into the arena */
	const char *why_not;       /* sentence: it could not be recorded */
	errand_step next;
};

/* Makes the playlist that body describes and goes on with next; otherwise the call
 * fails with a sentence. */
void making_start(struct call *c, struct making *m, const struct buf *body, errand_step next);

#endif
