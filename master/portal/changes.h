/*
 * /account/changes: what was changed at Spotify through this server, and undoing it.
 * Only the person's worker can read that record and only it can undo, so it is
 * asked with a ticket (worker/desk.h); what it says is text of strangers here.
 */
#ifndef TONEARM_PORTAL_CHANGES_H
#define TONEARM_PORTAL_CHANGES_H

#include "master/portal/page.h"

/* The list; the query may say "before", a number from an earlier list. */
void changes_show(struct page *page);

/* The form's field "change": that one is undone (or, with "finish", finished), and the
 * list shown again. */
void changes_undo(struct page *page);

#endif
