/* Playlists: their details, lists of them, and what the entries part needs. */
#ifndef SANDBOX_PLAYLISTS_H
#define SANDBOX_PLAYLISTS_H

#include "js.h"
#include "request.h"

#include <stdbool.h>

/* Makes an empty playlist and puts it into the owner's list; borrowed. A null
 * id makes a random one. */
js *playlists_new(struct sandbox *box, const char *id, const char *owner, const char *name, const char *description,
		  bool is_public, bool collaborative);

/* A new entry, owned by the caller; uri null: an entry that Spotify cannot
 * resolve any more; seconds 0: an old entry without date and adder. */
js *playlists_entry(const char *uri, int64_t seconds, const char *by);

/* Says that a playlist changed: new snapshot id. */
void playlists_touch(struct sandbox *box, js *playlist);

/* Call before the entries change: readers see the old ones for a while when
 * a switch says so. */
void playlists_before_edit(struct sandbox *box, js *playlist);

/* The entries that readers see now. */
js *playlists_seen(const struct sandbox *box, js *playlist);

/* The snapshot id readers see now (it may lag behind). */
const char *playlists_snapshot(const struct sandbox *box, js *playlist);

/* The playlist named by segment 2 of the path, borrowed; null after answering. */
js *playlists_named(struct request *r);

/* Whether the caller may read or change the entries. */
bool playlists_mine_or_shared(const struct request *r, js *playlist);

/* Whether the caller has the scope to change a playlist of that kind; answers
 * 403 itself when not. */
bool playlists_may_write(struct request *r, bool is_public);

/* Simplified playlist object, owned by the caller. */
js *playlists_present(const struct request *r, js *playlist);

/* Which names go out: the new (items, item) and the old (tracks, track). */
bool playlists_new_names(const struct request *r);
bool playlists_old_names(const struct request *r);

void playlists_mine(struct request *r);
void playlists_of_user(struct request *r);
void playlists_create(struct request *r);
void playlists_get(struct request *r);
void playlists_change(struct request *r);
void playlists_images(struct request *r);
void playlists_set_image(struct request *r);

#endif
