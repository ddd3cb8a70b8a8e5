/*
 * Spotify's operations as one table: what each is called, where it lives,
 * which quota it draws on, how large its pages are, whether it may be repeated
 * and which permission it needs.  Nothing here knows users, tokens or tools.
 */
#ifndef TONEARM_SPOTIFY_OPS_H
#define TONEARM_SPOTIFY_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/families.h"

enum sp_op {
	SP_OP_ME, SP_OP_SEARCH,
	SP_OP_TRACK, SP_OP_ALBUM, SP_OP_ALBUM_TRACKS, SP_OP_ARTIST, SP_OP_ARTIST_ALBUMS,
	SP_OP_SHOW, SP_OP_SHOW_EPISODES, SP_OP_EPISODE,
	SP_OP_AUDIOBOOK, SP_OP_AUDIOBOOK_CHAPTERS, SP_OP_CHAPTER,
	SP_OP_SAVED_TRACKS, SP_OP_SAVED_ALBUMS, SP_OP_SAVED_SHOWS, SP_OP_SAVED_EPISODES,
	SP_OP_SAVED_AUDIOBOOKS, SP_OP_FOLLOWED_ARTISTS,
	SP_OP_LIBRARY_SAVE, SP_OP_LIBRARY_REMOVE, SP_OP_LIBRARY_CONTAINS,
	SP_OP_TOP_ARTISTS, SP_OP_TOP_TRACKS, SP_OP_RECENTLY_PLAYED,
	SP_OP_MY_PLAYLISTS, SP_OP_PLAYLIST_CREATE, SP_OP_PLAYLIST, SP_OP_PLAYLIST_CHANGE,
	SP_OP_PLAYLIST_ITEMS, SP_OP_PLAYLIST_ADD, SP_OP_PLAYLIST_REPLACE,
	SP_OP_PLAYLIST_REORDER, SP_OP_PLAYLIST_REMOVE, SP_OP_PLAYLIST_COVER,
	SP_OP_PLAYER, SP_OP_DEVICES, SP_OP_QUEUE, SP_OP_TRANSFER, SP_OP_PLAY, SP_OP_PAUSE,
	SP_OP_NEXT, SP_OP_PREVIOUS, SP_OP_SEEK, SP_OP_REPEAT, SP_OP_SHUFFLE, SP_OP_VOLUME,
	SP_OP_QUEUE_ADD,
	SP_OP_TOKEN,
	SP_OP_COUNT
};

/* What a success must bring. */
enum sp_body {
	SP_BODY_ANY,              /* whatever it is says nothing */
	SP_BODY_THING,            /* an object with an id, a name, ... */
	SP_BODY_ITEMS,            /* a page: a list "items", and how many there are, "total" */
	SP_BODY_TOTAL,            /* "total"; the list if it was asked for */
	SP_BODY_RECENT,           /* "items" only */
	SP_BODY_ARTISTS,          /* a list "items" in "artists" */
	SP_BODY_FOUND,            /* "items" in "tracks", "albums", ...: one at least */
	SP_BODY_DEVICES,          /* a list "devices" */
	SP_BODY_QUEUE,            /* a list "queue", or nothing */
	SP_BODY_PLAYER,           /* an object about what plays, or nothing */
	SP_BODY_LIST,             /* a list, and no object around it */
	SP_BODY_PERHAPS           /* an object or nothing */
};

struct sp_op_info {
	const char *name;         /* for logs and tests */
	const char *method;
	const char *path;         /* behind the base URL; {id} is filled in */
	enum sp_family family;
	uint16_t page_max;        /* largest limit, or most entries of one write; 0: none */
	bool repeatable;          /* a second time changes nothing more */
	bool command;             /* a player command */
	enum sp_body body;
	const char *scopes;       /* Spotify's scopes, each needed; "" for none */
	uint16_t keep_s;          /* seconds for which an answer may be used again (cache.h) */
};

/* The entry of op, which must be below SP_OP_COUNT. */
const struct sp_op_info *sp_op_info(enum sp_op op);

/* A family's name for a person. */
const char *sp_family_name(enum sp_family family);

/*
 * Appends path and query of a call to out: {id} replaced by id (percent-encoded)
 * and query, already encoded and without '?', behind it unless empty.
 * ERR_STATE if the path wants an id and none is given; errors of buf_put.
 */
err_t sp_op_target(enum sp_op op, struct span id, struct span query, struct buf *out) MUST_CHECK;

/*
 * Appends "name=value" to a query, with '&' before it unless out is empty; the
 * value is percent-encoded (RFC 3986 unreserved characters stay).
 */
err_t sp_query_put(struct buf *out, const char *name, struct span value) MUST_CHECK;
err_t sp_query_num(struct buf *out, const char *name, int64_t value) MUST_CHECK;

/* Appends s percent-encoded.  Errors of buf_put. */
err_t sp_percent(struct buf *out, struct span s) MUST_CHECK;

#endif
