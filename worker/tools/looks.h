/*
 * How resources are looked at while somebody listens (struct look in
 * worker/mcp/catalog.h): one question each, or one for each page of a list, and of
 * the answer what a person would call a change.  How far a track has got is none.
 */
#ifndef TONEARM_TOOLS_LOOKS_H
#define TONEARM_TOOLS_LOOKS_H

#include <stdbool.h>

#include "shared/base/span.h"
#include "worker/tools/call.h"

void look_at_player(struct call *c);
/* The first five hundred of the person's playlists, with what is in them. */
void look_at_playlists(struct call *c);
/* The one that is named by the URI, spotify://playlist/ID. */
void look_at_playlist(struct call *c);
bool look_is_playlist(struct span uri);

/* A tenth of what the application may ask in a day; 0: there is no bound. */
unsigned looks_a_day(const struct worker *w);

#endif
