/*
 * What the Spotify client takes from the worker that it lives in: its row, its
 * lease, its log, its sockets.  Must not know what they are for.
 */
#ifndef TONEARM_SPOTIFY_HOME_H
#define TONEARM_SPOTIFY_HOME_H

#include <stdint.h>

#include "shared/base/err.h"
#include "worker/spotify/tokens.h"

struct worker;

/* For tokens_create. */
struct tokens_env home_tokens_env(struct worker *w);

/* A dial for transfers_create; owner is the worker. */
err_t home_dial(void *owner, uint64_t request, enum dial_host host) MUST_CHECK;

#endif
