/*
 * What a bound worker may ask: store, lease and read the sealed rows of its
 * own user.  The user comes from the channel, never from a message.
 */
#ifndef TONEARM_VAULT_ROWS_H
#define TONEARM_VAULT_ROWS_H

#include "master/vault/worker.h"

/* Questions a worker may have open at once. */
#define WORKER_OPS_MAX 8
/* Questions at once, and then so many a second: a worker has one or two an
 * hour, and repeats a store that failed after a second or more. */
#define WORKER_OPS_BURST 64
#define WORKER_OPS_RATE  2
/* A refresh at Spotify takes seconds; after this its lease is anybody's. */
#define LEASE_SECONDS 20

err_t rows_on_store(void *owner, struct channel *ch, const struct frame *f);
err_t rows_on_lease(void *owner, struct channel *ch, const struct frame *f);
err_t rows_on_reread(void *owner, struct channel *ch, const struct frame *f);

/* Each question of a worker costs the database a transaction that others wait
 * behind: may it have one more now?  Counts it if so. */
bool rows_allowance(struct worker *w);

/* The worker has ended: a lease that it held is given back. */
void rows_release(struct worker *w);

/* Stores of dead workers are tried again while the database comes back. */
void rows_retry(struct vault *v);
/* Frees what waits. */
void rows_end(struct vault *v);

#endif
