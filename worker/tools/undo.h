/*
 * The inside of undo_change: what its parts share.  undo.c reads the record and
 * goes the way of its kind; undo_items.c works on what is in a playlist,
 * undo_details.c on what one says of itself, undo_library.c on what is saved and
 * followed, playlists as a whole included.
 */
#ifndef TONEARM_TOOLS_UNDO_H
#define TONEARM_TOOLS_UNDO_H

#include "worker/changes.h"
#include "worker/tools/edit.h"
#include "worker/tools/merge.h"
#include "worker/tools/saving.h"

/* First member of the state of undo_change and delete_playlist. */
struct undo {
	struct edit edit;        /* first: edit.h */
	struct saving saving;
	struct changes_ask *ask;
	const struct change_record *r;   /* what is undone; NULL: delete_playlist */
	bool finish;             /* what is missing is done instead */
	bool dry;

	struct merge merge;      /* undo_items.c */
	bool anew;
	size_t put_in;
	unsigned looks;          /* undo_details.c */
	struct change_details want;
	bool unknown;            /* whether they were set back, until it was looked at */
	const char *trouble;
};

/* Each does it and ends the call. */
void undo_items(struct call *c);
void undo_details(struct call *c);
void undo_library(struct call *c);

/*
 * The library without, or with, these (in the call's arena), then next; s->state
 * tells.  What is changed is recorded by saving.c unless the caller began a record.
 */
void undo_saving(struct call *c, struct item_ref *refs, size_t n, enum sp_op op,
    errand_step next);

/* All of it was done: the record is marked, so that it is not done twice. */
void undo_mark(struct call *c);

/* Adds change_id, what, undone and dry_run to the answer.  ERR_NOMEM. */
err_t undo_tell(struct call *c, bool whole) MUST_CHECK;

#endif
