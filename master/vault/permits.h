/*
 * Who may ask Spotify now: workers ask for permits, and those of one
 * application get them in turn, interactive calls before bulk, who had least of
 * late first.  A worker names a family of endpoints and nothing else: whose
 * application it is, is known by its channel.
 */
#ifndef TONEARM_VAULT_PERMITS_H
#define TONEARM_VAULT_PERMITS_H

#include "master/vault/budget.h"
#include "master/vault/worker.h"

/* Questions that a worker may have open, and its allowance of them: so many at
 * once, and then so many a second. */
#define PERMIT_ASKS_MAX   64
#define PERMIT_ASKS_BURST 512
#define PERMIT_ASKS_RATE  128
/* A question waits so long for its turn before it is told to come back. */
#define PERMIT_HOLD_MS 2000

err_t permits_on_ask(void *owner, struct channel *ch, const struct frame *f);
/* Some that it got will not be used. */
err_t permits_on_back(void *owner, struct channel *ch, const struct frame *f);

/* May a worker say one more thing about Spotify's limits now?  Counts it if so. */
bool permits_allowance(struct worker *w);

/* This user's application is now known (empty: not yet).  ERR_NOMEM: it stays
 * what it was. */
err_t permits_join(struct vault *v, struct user *u, struct span client_id, bool extended) MUST_CHECK;
/* The user is freed. */
void permits_leave(struct user *u);
/* The worker's channel is at its end: so are its questions. */
void permits_gone(struct worker *w);

/* Goes on with those who wait; an application's pauses may have changed. */
void permits_go_on(struct budget *b);

void permits_tick(struct vault *v, int64_t now);
void permits_end(struct vault *v);

#endif
