/*
 * What can be filled in for an argument of a prompt or a variable of a template,
 * from the person's own playlists, library and devices (text_arg.all and fits in
 * worker/mcp/catalog.h).  Few questions each; where the credential may not read
 * something, nothing is offered.
 */
#ifndef TONEARM_TOOLS_OFFERS_H
#define TONEARM_TOOLS_OFFERS_H

#include <stdbool.h>

#include "worker/tools/call.h"

/* Names of the person's playlists; of the devices. */
void offer_playlists(struct call *c);
void offer_devices(struct call *c);

/* Ids of things of the type that the argument "type" names, playlists if it names
 * none: the person's playlists, and what is newest in the library. */
void offer_ids(struct call *c);

/* Does the name hold what was typed, without regard to case? */
bool offer_fits(const char *name, const char *typed);

#endif
