/*
 * A plan that brings a playlist to given contents: entries that are there keep
 * their added dates where that takes few requests, others are put in.  Asks
 * nothing of Spotify.
 */
#ifndef TONEARM_TOOLS_REACH_H
#define TONEARM_TOOLS_REACH_H

#include "worker/tools/edit.h"

#define REACH_FINE 40        /* requests that are worth keeping added dates */

/*
 * Plans the way of the playlist in c->state, a struct edit just read, to goal:
 * numbers below list.n are entries of the list (each once), others minus list.n
 * are of fresh, URIs.  Local files and entries without content must be in goal.
 * What does not fit is counted in left, and goes on with another call.  *anew: all
 * is written anew, so every entry gets a new added date.  false: the call is over.
 */
bool edit_reach(struct call *c, const uint32_t *goal, size_t n, const char *const *fresh,
    bool *anew);

#endif
