/*
 * What is playing, as the tools tell it: shared by get_playback, pause and
 * play.
 */
#ifndef TONEARM_TOOLS_PLAYBACK_H
#define TONEARM_TOOLS_PLAYBACK_H

#include <json-c/json.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "worker/tools/call.h"
#include "worker/tools/tool.h"

/* Members of structuredContent of a playback state. */
extern const struct out playback_out[];

/* Appends the query that makes Spotify show episodes too.  ERR_NOMEM. */
err_t playback_query(struct buf *query) MUST_CHECK;

/* Adds a player state (NULL: nothing is active) to the call's data and text.
 * ERR_NOMEM. */
err_t playback_show(struct call *c, struct json_object *player) MUST_CHECK;

#endif
