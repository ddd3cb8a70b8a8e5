/*
 * One bind: from the question of front to its answer.  The inside of bind.c:
 * what a fresh worker needs is collected and sent here.
 */
#ifndef TONEARM_VAULT_BIND_LOAD_H
#define TONEARM_VAULT_BIND_LOAD_H

#include "master/vault/users.h"
#include "shared/base/arena.h"

enum bind_state {
	BIND_RESOLVING,   /* the database is asked whose the credential is, and for the rest */
	BIND_WAITING,     /* for the user's worker to end, come, or know more */
	BIND_LOADING,     /* the user is taken; perhaps it is asked again */
	BIND_KEYING,      /* the keyring is asked; the worker knows its user */
	BIND_DONE         /* front has its answer; a question is still open */
};

struct bind_row {
	uint8_t kind;
	uint64_t version;
	uint8_t login[ID_BYTES];
	struct span sealed;           /* in the arena */
};

struct bind {
	struct bind *next;            /* in vault.binds */
	struct vault *v;
	enum bind_state state;
	unsigned front_epoch;
	uint64_t request;             /* front's */
	uint8_t hash[HASH_BYTES];
	uint8_t kind;
	uint64_t offered;             /* the blank worker */
	int64_t began;                /* monotonic ms */
	bool woken;
	bool list_read;               /* a live worker's list was read for this bind */
	uint8_t person[ID_BYTES];     /* from RESOLVING on */
	struct worker *worker;        /* pinned, from LOADING on */
	unsigned rounds;              /* times the loading began */

	/* What was loaded. */
	uint64_t asked;               /* vault.news.n when the question left */
	bool loaded;                  /* by RESOLVING, and not used yet */
	bool failed;                  /* no answer, or one that cannot be used */
	bool missing;                 /* the credential leads to nobody (any more) */
	struct arena arena;
	struct msg_identity identity;
	uint32_t key_id;
	struct span wrapped;
	struct bind_row rows[ROWS_MAX];
	unsigned n_rows;
	struct credential *creds;     /* owned */
	size_t n_creds;
	unsigned keys_open;           /* answers that the keyring owes */
	bool keys_failed;
	void (*then)(struct bind *b); /* the step after loading, or keying */
};

/* Asks whose the credential is and for all that a worker needs; done(b) is
 * called with the answer, possibly before this returns.  The first answer says
 * whose it is (b->person); a later one that says another is "missing". */
void bind_load(struct bind *b, void (*done)(struct bind *b));
/* Forgets what was loaded. */
void bind_unload(struct bind *b);

/* Sends identity, credentials and rows to the worker.  After an error the
 * worker is useless. */
err_t bind_send(struct bind *b) MUST_CHECK;

/* Asks the keyring to give the worker its keys: the key of each login that
 * seals a row, then the user's own; done(b) once all have answered. */
void bind_key(struct bind *b, void (*done)(struct bind *b));

#endif
