/*
 * The Spotify client as the rest of the worker sees it.  Tools use api.h.
 */
#ifndef TONEARM_WORKER_SPOTIFY_SPOTIFY_H
#define TONEARM_WORKER_SPOTIFY_SPOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

struct governor;
struct spotify;
struct worker;

/* Makes the client in a blank worker, before its filter is on: no identity and
 * no token yet.  Owned by the worker.  ERR_NOMEM, ERR_SYSTEM. */
err_t spotify_create(struct worker *w, struct spotify **out) MUST_CHECK;
void spotify_destroy(struct spotify **s);

/* The worker is bound: w->who is valid, tokens is the opened ROW_TOKENS row
 * (JSON), empty if there is none or it could not be opened.  The view is
 * wiped after the call. */
void spotify_rows_ready(struct spotify *s, struct span tokens);

/* What decides whether a request may be sent (governor.h). */
struct governor *spotify_governor(struct spotify *s);

/* Answers to worker_dial.  fd is the client's from now on. */
void spotify_dialled(struct spotify *s, uint64_t dial, int fd);
void spotify_dial_failed(struct spotify *s, uint64_t dial, uint8_t why);

/* The channel to egress is new: dials without an answer are lost, ask again. */
void spotify_egress_back(struct spotify *s);

#endif
