/*
 * Turns at a playlist.  Clients call several tools at once, and a tool that changes a
 * playlist looks at it first: what another puts in between would be lost or moved.  So
 * each waits until the worker's other calls that are at the same playlist are over.
 * Other programs, and a worker of the same person on another node, are not waited for:
 * what they do is found out when the playlist is read again (edit.h).
 */
#ifndef TONEARM_TOOLS_TURN_H
#define TONEARM_TOOLS_TURN_H

#include "worker/tools/errand.h"

/* Goes on with next, in this turn of the loop or later, when the playlist with this id,
 * copied, is this call's until its end.  A call has one. */
void turn_take(struct call *c, const char *id, errand_step next);

/* For call.c: the call is over, or waits for a person.  Nothing if it has none. */
void turn_leave(struct call *c);

#endif
