/*
 * The own scopes as people meet them: sentences with boxes to tick, reading
 * back what was ticked, and words for what somebody may do.  Knows nothing of
 * who asks for them or why.
 */
#ifndef TONEARM_PORTAL_TICKS_H
#define TONEARM_PORTAL_TICKS_H

#include "master/portal/page.h"
#include "master/portal/template.h"

/*
 * Adds a list with an entry for each scope of `shown`: field (the name of the
 * box), title, sentence, ticked (is it one of `ticked`?).  In the page's
 * arena.  ERR_NOMEM, ERR_LIMIT.
 */
err_t ticks_list(struct page *page, struct view *v, const char *name, uint32_t shown,
    uint32_t ticked) MUST_CHECK;

/* What was ticked in the page's form, with what it implies: a tick to change
 * without the one to see is the same as both.  0: nothing.  ERR_SYNTAX if a box
 * is there twice or holds anything but its value; ERR_NOMEM, ERR_LIMIT. */
err_t ticks_read(struct page *page, uint32_t *out) MUST_CHECK;

/* A sentence for what these allow: "Sees your library and your playlists;
 * changes your playlists." */
struct span ticks_words(struct page *page, uint32_t scopes);

#endif
