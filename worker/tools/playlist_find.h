/*
 * From what a person calls a playlist to the playlist: a link, URI or id, or
 * the name of one of the user's own list.
 */
#ifndef TONEARM_TOOLS_PLAYLIST_FIND_H
#define TONEARM_TOOLS_PLAYLIST_FIND_H

#include <stdint.h>

#include <json-c/json.h>

#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/names.h"

/* Pages of 50 of the user's playlists that a search by name reads at most. */
#define PLAYLIST_FIND_PAGES 6
#define PLAYLIST_FIND_SHOWN 16

/* Spotify's scopes for reading playlists, and for changing what was read. */
#define PLAYLIST_SCOPES_READ "playlist-read-private playlist-read-collaborative"
#define PLAYLIST_SCOPES_EDIT "playlist-modify-public playlist-modify-private " PLAYLIST_SCOPES_READ

/* Spotify takes names of 100 characters and descriptions of 300. */
#define PLAYLIST_NAME_BYTES 400
#define PLAYLIST_ABOUT_BYTES 1200

struct playlist_found {
	struct item_ref ref;
	const char *name;       /* clean, from the arena; "" if given as link or id */
};

/* Part of the state of a tool that needs it. */
struct playlist_find {
	const char *text;
	struct name_finder finder;
	uint32_t offset;
	bool more;              /* the user has more than were looked at */
	size_t n;
	struct playlist_found seen[PLAYLIST_FIND_SHOWN];
	struct playlist_found found;    /* the outcome */
	errand_step next;
};

/* Finds the playlist named by text and goes on with next, with the outcome in
 * f->found; otherwise the call fails with a sentence. */
void playlist_find(struct call *c, struct playlist_find *f, const char *text, errand_step next);

/* Appends the query of a page of /me/playlists.  Errors of buf_put. */
err_t playlist_page_query(struct buf *query, uint32_t offset, unsigned limit) MUST_CHECK;

/* How many entries a playlist says it has; -1: it does not say. */
int64_t playlist_total(struct json_object *playlist);

#endif
