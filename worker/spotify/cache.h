/*
 * Spotify's recent answers to one person's questions, for a short time: what is
 * asked twice within it costs one request.  How long an answer may be used is said
 * for each operation (ops.h); after that it is never given out again, and
 * within seconds it is gone.  Spotify's terms allow no more than that.
 *
 * It lives in one worker, so it holds one person's answers.  It knows neither
 * network nor tokens.
 *
 * What the person changes through Tonearm makes older answers about playlists and
 * library useless: they are dropped when the change is sent and again when its
 * outcome is known, and Spotify's own are not believed for two seconds, because its
 * lists take up a change a little later.  Of the player nothing is kept, but who
 * looks at it after a command must not be given what somebody asked before.
 */
#ifndef TONEARM_SPOTIFY_CACHE_H
#define TONEARM_SPOTIFY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/loop/loop.h"
#include "worker/spotify/ops.h"

struct cache;

/* A cache of at most most bytes, names and answers together; 0: it keeps nothing.
 * ERR_NOMEM. */
err_t cache_create(struct loop *loop, size_t most, struct cache **out) MUST_CHECK;
void cache_destroy(struct cache **c);

/* To be taken when a question is asked: an answer is kept, and a question joined to
 * another one, only while the ticket is the same. */
unsigned cache_ticket(const struct cache *c, enum sp_op op);

/*
 * The body of the answer to a question (path and query), in a view that is valid
 * until the next call.  Times are monotonic milliseconds.  false: ask Spotify.
 */
bool cache_find(struct cache *c, enum sp_op op, struct span target, int64_t now_ms,
    struct span *body);

/* Keeps an answer to a question of asked_ms, if it may be kept at all, is not too
 * large and nothing was changed since the ticket was taken.  Without memory
 * nothing is kept. */
void cache_put(struct cache *c, enum sp_op op, struct span target, struct span body,
    unsigned ticket, int64_t asked_ms, int64_t now_ms);

/* A change is sent; its outcome, or that there will be none, is known.  Once each
 * for every op that is no question. */
void cache_changing(struct cache *c, enum sp_op op);
void cache_changed(struct cache *c, enum sp_op op, int64_t now_ms);

/* Frees what may no longer be used, as a timer does; milliseconds until there is
 * more of it, -1 if the cache is empty. */
int64_t cache_sweep(struct cache *c, int64_t now_ms);

/* Bytes held, for tests and for whoever wonders. */
size_t cache_bytes(const struct cache *c);

#endif
