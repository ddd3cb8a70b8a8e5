/*
 * The inside of import_tracks: lines, and how they are looked up.
 */
#ifndef TONEARM_TOOLS_IMPORT_H
#define TONEARM_TOOLS_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/tools/adding.h"
#include "worker/tools/errand.h"
#include "worker/tools/fan.h"
#include "worker/tools/items.h"
#include "worker/tools/making.h"
#include "worker/tools/match.h"
#include "worker/tools/playlist_find.h"
#include "worker/tools/uris.h"
#include "worker/tools/wish.h"

struct import_row {
	struct wish wish;
	size_t number;           /* of the line, from 1 */
	const char *trouble;     /* why it is no wish, or NULL */
	unsigned asked;          /* next question */
	bool busy, tried;
	struct match match;
	struct item_ref ref;     /* what was found, if match.level says so */
	const char *name, *by, *album, *line;
	int64_t duration_ms;
};

struct import {
	struct errand errand;
	struct playlist_find find;
	struct fan fan;
	struct making making;
	struct uri_list uris;
	struct adding adding;
	struct import_row *rows;
	size_t n;
	enum match_level least;   /* that is added */
	const char *trouble;     /* what ended the looking up, or NULL */
	err_t broken;            /* of this side: the call is over with it */
	errand_step resolved;
};

/* Looks up what the rows of the call's state wish for, several at a time, and goes
 * on with resolved, also when requests, time or Spotify's patience ended before all
 * was asked. */
void import_look_up(struct call *c, errand_step resolved);

#endif
