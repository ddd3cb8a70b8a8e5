/* What each user's devices play: a state that moves with the sandbox's clock.
 * Knows nothing of HTTP. */
#ifndef SANDBOX_PLAYER_H
#define SANDBOX_PLAYER_H

#include "js.h"
#include "state.h"

#include <stdbool.h>
#include <stdint.h>

/* Gives the user an empty player. */
void player_init(js *user);

/* Adds a device; id null for one that Spotify shows without id. Borrowed. */
js *player_add_device(js *user, const char *id, const char *name, const char *type, int volume, bool volume_works,
		      bool restricted);

/* Brings the player up to now: ended tracks are followed by the next, a device
 * that was paused for ten minutes stops being active. Returns the player. */
js *player_settle(struct sandbox *box, js *user);

/* Device of that id, or the active one for null; null when there is none. */
js *player_device(js *user, const char *id);

/* Makes a device the active one. */
void player_activate(struct sandbox *box, js *user, const char *device_id);

/* The uris that a context stands for, owned by the caller; null when there is
 * no such context. */
js *player_context(struct sandbox *box, js *user, const char *uri);

/* Plays list (taken) from an index and position; context may be null. */
void player_start(struct sandbox *box, js *user, const char *context, js *list, size_t index, int64_t position_ms);

/* The commands. The player must be settled. */
void player_set_playing(struct sandbox *box, js *user, bool playing);
void player_next(struct sandbox *box, js *user);
bool player_previous(struct sandbox *box, js *user); /* false: there is none */
void player_seek(struct sandbox *box, js *user, int64_t position_ms);
void player_set_shuffle(struct sandbox *box, js *user, bool on);
void player_enqueue(struct sandbox *box, js *user, const char *uri);

/* Up to where the user has heard an episode or chapter (0 when never), and
 * whether to its end. */
void player_resume_point(struct sandbox *box, js *user, const char *id, int64_t *ms, bool *heard);

/* Puts one play into the past: the newest comes first. context may be null. */
void player_past(js *user, const char *uri, const char *context, int64_t at_ms);

/* The uris to come: queue first, then the rest of the list; at most max.
 * Owned by the caller. */
js *player_coming(js *user, size_t max);

#endif
