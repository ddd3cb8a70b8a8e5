/*
 * The inside of edit.h: making parts, and what a playlist holds after one.
 * Asks nothing of Spotify.
 */
#ifndef TONEARM_TOOLS_PLAN_H
#define TONEARM_TOOLS_PLAN_H

#include "shared/base/buf.h"
#include "worker/tools/edit.h"

/* Makes an empty plan for the playlist in e->list; false: the call is over. */
bool plan_begin(struct call *c, struct edit *e);

/* The numbers of the entries as they were read: 0, 1, 2 ... */
const uint32_t *plan_before(const struct edit *e);

/* Makes e->then from e->now: the contents once p was carried out. */
void plan_apply(struct edit *e, const struct edit_part *p);

/* Appends the body of p's request.  Errors of buf_put. */
err_t plan_body(const struct edit *e, const struct edit_part *p, struct buf *out) MUST_CHECK;

#endif
