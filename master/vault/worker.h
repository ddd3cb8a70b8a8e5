/*
 * A worker's channel: blank, then its user's, for ever.  A worker names no
 * user: whose rows it stores, leases and reads is decided by the channel.
 */
#ifndef TONEARM_VAULT_WORKER_H
#define TONEARM_VAULT_WORKER_H

#include "master/vault/users.h"

enum worker_state {
	WORKER_BLANK,     /* may send nothing */
	WORKER_RESTORING, /* has a user already; the supervisor will say whose it is */
	WORKER_BINDING,   /* taken by a bind; still may send nothing */
	WORKER_BOUND,     /* has a user */
	WORKER_ENDED      /* its channel is at its end */
};

struct worker {
	struct table_node node;     /* in vault.workers */
	struct vault *vault;
	uint64_t id;
	enum worker_state state;
	struct channel *ch;         /* NULL while restoring and once ended */
	int held_fd;                /* while restoring: not read yet; else -1 */
	struct user *user;          /* set while BINDING and BOUND, and until freed */
	unsigned pins;              /* binds and stores that still need it */
	unsigned open_ops;          /* questions of the worker that are not answered */
	int64_t ops_left, ops_at;   /* its allowance of them, in thousandths; monotonic ms */
	unsigned open_permits;      /* questions for permits, likewise */
	int64_t permits_left, permits_at; /* its allowance of them */
	unsigned open_changes;      /* parts of the record of changes, likewise */
	int64_t changes_left, changes_at; /* its allowance of these and of questions */
	bool reading_changes;       /* such a question is open */
	bool condemned;             /* the supervisor was asked to kill it */
	bool reaped;                /* the supervisor says it is gone */
	int64_t ended_at;           /* monotonic ms, of the end or the reaping */
	uint8_t leased_kind;        /* the row it holds, or may hold, a lease on; 0 for none */
	uint64_t leased_version;
	uint8_t holder[ID_BYTES];   /* its name in leases; nil before the first */
};

struct worker *worker_find(struct vault *v, uint64_t id);

/* The supervisor announces a worker: takes fd.  bound: it has a user already,
 * from before the vault was started anew; worker_restore will follow, and
 * nothing is read from it before.  ERR_* : it is not installed. */
err_t worker_peer(struct vault *v, uint64_t id, int fd, bool bound) MUST_CHECK;
/* The supervisor says whose a live worker is. */
void worker_restore(struct vault *v, uint64_t id, const uint8_t user[ID_BYTES]);
/* The supervisor has reaped it. */
void worker_reaped(struct vault *v, uint64_t id);

/* From now on the worker may ask for its user's rows. */
void worker_bound(struct worker *w);

/* Closes the channel and asks the supervisor to end the worker; its user
 * stays taken until the supervisor says that it is gone. */
void worker_condemn(struct worker *w, enum kill_reason why);

/* Tells the worker of one credential.  Errors as send_credential. */
err_t credential_send(struct worker *w, const struct credential *c) MUST_CHECK;

/* Sending failed: a worker that does not read is ended. */
void worker_sent(struct worker *w, err_t err);

/* Keeps the worker and its user here; every pin needs its unpin, which may
 * free both. */
void worker_pin(struct worker *w);
void worker_unpin(struct worker *w);

/* Ends waits that took too long; tries stores of dead workers again. */
void workers_tick(struct vault *v, int64_t now);
void workers_end(struct vault *v);

#endif
