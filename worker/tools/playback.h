/*
 * What is playing, as the tools tell it: shared by get_playback and the commands
 * to the player.
 */
#ifndef TONEARM_TOOLS_PLAYBACK_H
#define TONEARM_TOOLS_PLAYBACK_H

#include <json-c/json.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "worker/tools/call.h"
#include "worker/tools/errand.h"
#include "worker/tools/tool.h"

/* Members of structuredContent of a playback state. */
extern const struct out playback_out[];

/* Asks for the player's state and goes on with next. */
void playback_ask(struct call *c, errand_answer next);

/* Adds a player state (NULL: nothing is active) to an object and to the call's
 * text.  ERR_NOMEM. */
err_t playback_show(struct call *c, struct json_object *player, struct json_object *o) MUST_CHECK;

#endif
