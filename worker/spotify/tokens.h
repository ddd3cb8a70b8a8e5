/*
 * The access token of one person: at hand, renewed a few minutes early and
 * once when Spotify refuses it, one renewal at a time (all who wait share its
 * outcome), and over all nodes under the lease of the row that keeps it.
 *
 * A new access token is used at once.  A new refresh token is stored; if that
 * cannot be acknowledged it is used all the same and the store repeated.
 * "invalid_grant" ends a sign-in only if the row, read again, is unchanged and
 * the vault believes it: Spotify was seen to refuse everybody's sign-in for a
 * while.  Nothing else ever ends one.
 */
#ifndef TONEARM_SPOTIFY_TOKENS_H
#define TONEARM_SPOTIFY_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/loop/loop.h"
#include "worker/spotify/errors.h"
#include "worker/spotify/governor.h"
#include "worker/spotify/grant.h"
#include "worker/spotify/transfer.h"
#include "worker/worker.h"

struct tokens;

/* The row behind the tokens, and the rest of the world; answers as the
 * functions of the same names in worker/worker.h. */
struct tokens_env {
	void *owner;
	err_t (*store)(void *owner, struct span plain, row_answer fn, void *arg);
	err_t (*lease)(void *owner, row_answer fn, void *arg);
	err_t (*reread)(void *owner, row_answer fn, void *arg);
	/* Is an ended sign-in to be believed?  As governor_doubt. */
	err_t (*doubt)(void *owner, int64_t believed_ms, grant_said fn, void *arg);
	const char *(*client_id)(void *owner);
	void (*log)(void *owner, enum worker_event event, int64_t a, int64_t b);
};

/* Somebody who waits for a token.  Embed it; zero it before first use.  why is
 * NULL if there is one now (tokens_now gives it). */
struct token_wait {
	struct token_wait *next, **prev;
	void (*fn)(void *arg, const struct sp_error *why);
	void *arg;
};

err_t tokens_create(struct loop *loop, struct transfers *ts, const struct tokens_env *env,
    struct tokens **out) MUST_CHECK;
void tokens_destroy(struct tokens **t);

/* The row as it was at bind; empty: there is none. */
void tokens_load(struct tokens *t, struct span row);

/* The token, if one is there that needs no renewal.  The view is valid until
 * the next turn; generation names it for tokens_refused. */
bool tokens_now(struct tokens *t, struct span *access, unsigned *generation);

/* Calls w->fn when there is a token or cannot be one; never from inside. */
void tokens_wait(struct tokens *t, struct token_wait *w, void (*fn)(void *, const struct sp_error *),
    void *arg);
void tokens_unwait(struct token_wait *w);

/* Spotify refused the token of this generation. */
void tokens_refused(struct tokens *t, unsigned generation);

/* What is known for get_status.  NULL: no sign-in is there. */
const struct grant *tokens_grant(const struct tokens *t);
/* The reason why there can be no token until the next sign-in, or SP_OK. */
enum sp_problem tokens_over(const struct tokens *t);

#endif
