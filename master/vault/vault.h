/*
 * The vault's one state and what its parts need of each other.
 *
 *   vault.c    the supervisor's channel, the peers, the clock
 *   keys.c     the keyring's channel: questions about keys
 *   users.c    which user has which worker and which credentials
 *   worker.c   a worker's life: announced, bound, ended, reaped
 *   rows.c     what a worker may ask about its user's rows
 *   budget.c, permits.c, limits.c, breaker.c   what Spotify may be asked
 *   bind.c     front's channel: credential -> user -> worker
 *   ask.c      a question of the portal, from message to answer
 *   portal.c   the portal's channel: accounts
 *   clients.c, oauth.c, oauth_tokens.c   MCP clients that people let in
 *   login.c    a sign-in, from the browser's return to the new session
 *   apps.c     whose Spotify application a sign-in goes through
 *   enroll.c   the pool of enroll programs and their channels
 *
 * The vault never sees a plain Spotify token nor a plain credential of ours;
 * it holds hashes, sealed rows, and for seconds an authorization code.
 */
#ifndef TONEARM_VAULT_VAULT_H
#define TONEARM_VAULT_VAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "master/vault/db.h"
#include "master/vault/listen.h"
#include "master/vault/table.h"
#include "master/vault/waits.h"
#include "shared/base/secret.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"

/* A credential's list is trusted for this long after it was confirmed. */
#define CONFIRM_MS  300000
/* How often a confirmation is tried. */
#define PROBE_MS    60000
/* The clock of all deadlines here. */
#define TICK_MS     250
/* How many changes are remembered by name. */
#define NEWS_KEPT   1024
/* Seconds to name in a refusal because the database is away. */
#define RETRY_AFTER 5

/* Who may use the operator's Spotify application. */
enum app_access { ACCESS_ANYONE, ACCESS_LISTED, ACCESS_INVITED };

/* What the options say; strings are owned by who made the vault. */
struct vault_settings {
	const char *conninfo;
	const char *client_id;      /* the operator's Spotify application */
	const char *mode;           /* "development" or "extended" */
	const char *redirect_uri;
	struct {
		uint32_t per_day;   /* of one family of endpoints; 0: not bounded */
		uint32_t per_30s;   /* likewise */
	} calls[2];                 /* of one application; [1]: with extended quota */
	bool links;                 /* are personal links offered and accepted? */
	bool shared_app;            /* may people use the operator's application? */
	bool own_apps;              /* may they use others? */
	enum app_access access;     /* who may use the operator's */
	const char *allowed;        /* Spotify ids, for that */
	int64_t run;                /* random, of this run of the supervisor; 0: not known */
	unsigned probe_ms;          /* PROBE_MS but in tests */
	unsigned confirm_ms;        /* CONFIRM_MS but in tests */
};

/* Things that happened since the start, for `tonearm status`. */
struct vault_counts {
	uint64_t binds, binds_fresh, binds_from_memory, binds_refused;
	uint64_t stores, conflicts, leases;
	uint64_t logins, enrolled;
	uint64_t unknown_workers;   /* named by a trusted peer, but not there */
	uint64_t killed;
	uint64_t permits, permits_refused, permits_away, permit_leases;
	uint64_t limits, breaker_trips;
	uint64_t changes;           /* parts of records that were kept */
};

/* A trusted peer that may be replaced.  Answers to questions of an older one
 * are dropped: its request ids mean nothing to the newer. */
struct peer {
	struct channel *ch;         /* NULL while away */
	unsigned epoch;
};

/* Whose data may have changed, so that an answer to an older question is not
 * believed (users_noted). */
struct news {
	uint64_t n;                 /* notes since the start */
	uint64_t all;               /* the first so many were about everybody */
	uint8_t who[NEWS_KEPT][ID_BYTES]; /* note i at i % NEWS_KEPT */
};

struct bind;
struct key_ask;
struct login;
struct row_op;

struct vault {
	struct loop *loop;
	struct channel *control;    /* not owned: the supervisor's */
	struct vault_settings set;
	struct db *db;
	struct listen *listen;
	struct peer front, portal, keyring;
	struct secret check_key;    /* empty until the keyring gave it */
	struct event *tick;
	int64_t next_janitor, next_second;
	uint32_t heard;             /* how often it began to hear of changes */
	bool draining;
	uint64_t next_ask;          /* our own request ids */
	struct vault_counts counts;

	struct table workers;       /* struct worker by id */
	struct table users;         /* struct user by id */
	struct table creds;         /* struct credential by hash */
	struct table budgets;       /* struct budget by client id */
	struct news news;
	struct waits waits;         /* users who get no worker for now */
	struct bind *binds;         /* that are not answered yet */
	size_t n_binds;
	struct deferred wake;       /* binds that go on at the end of the turn */
	struct key_ask *key_asks, **key_asks_end;
	struct row_op *orphans;     /* stores of dead workers, tried again */
	struct login *logins;       /* that wait for something */
	size_t n_logins;
	struct enroll_slot *enrolls;
	size_t n_asks;              /* of the portal, open */
};

/* Makes the vault on a loop and an open control channel (neither is owned)
 * and starts to connect to the database.  The settings are copied, their
 * strings are not.  ERR_NOMEM. */
err_t vault_create(struct loop *loop, struct channel *control,
    const struct vault_settings *set, struct vault **out) MUST_CHECK;
void vault_destroy(struct vault **v);

/* The supervisor's channel; its owner is a struct vault_root. */
struct vault_root {
	struct vault *vault;        /* NULL until vault_create */
};
extern const struct channel_table vault_control_table;

/* Tells front how database and keyring are. */
void vault_tell_health(struct vault *v);

/* Asks the supervisor to end a worker or an enroll program. */
void vault_kill(struct vault *v, uint64_t worker, enum kill_reason why);
/* Tells it that a worker's channel is at its end: so must the worker be. */
void vault_left(struct vault *v, uint64_t worker);

/* 16 random bytes in the form of a version 4 UUID.  ERR_SYSTEM. */
err_t vault_random_id(uint8_t id[ID_BYTES]) MUST_CHECK;

/* Logs a message that could not be queued towards a trusted peer. */
void vault_sent(err_t err, const char *peer);

/* First 8 hex digits of a hash, for the log; out holds 9 bytes. */
const char *vault_hash_name(const uint8_t *hash, char out[9]);

#endif
