/*
 * Which user has which worker, and which credentials that worker was told.
 * One user has at most one worker; a user is here exactly as long as a worker
 * is, or was, its own.  The list of credentials is what memory may answer
 * from when the database is away, for CONFIRM_MS after the last proof.
 */
#ifndef TONEARM_VAULT_USERS_H
#define TONEARM_VAULT_USERS_H

#include "master/vault/vault.h"
#include "shared/ipc/families.h"

struct worker;
struct user;
struct budget;

/* A user's calls to Spotify of late, in so many slots (permits.c). */
#define USE_SLOTS 4

/* Permits that its worker has, used or not (permits.c). */
struct given {
	uint32_t n;
	int64_t at;                  /* monotonic ms, of the first of them */
	int64_t hour;                /* of their lease (budget.h) */
};

struct credential {
	struct table_node node;      /* in vault.creds */
	struct user *user;
	uint8_t hash[HASH_BYTES];
	uint8_t kind;                /* enum cred_kind */
	uint8_t grant[ID_BYTES];
	uint32_t scopes;
	int64_t expires_at;
	char client[CLIENT_NAME + 1]; /* what its client, or it itself, is called; or "" */
};

enum user_state {
	USER_BINDING,   /* a bind is collecting what its worker needs */
	USER_BOUND,     /* requests may go to its worker */
	USER_LEAVING    /* its worker is ending; nobody else may be bound yet */
};

struct user {
	struct table_node node;      /* in vault.users */
	uint8_t id[ID_BYTES];
	enum user_state state;
	struct worker *worker;       /* never NULL */
	struct credential *creds;    /* owned; what the worker was told */
	size_t n_creds;
	int64_t confirmed_at;        /* monotonic ms; 0: never */
	int64_t authorized_at;       /* of the sign-in that the worker knows; 0: not known */
	bool loading;                /* the list is being read */
	bool stale;                  /* something changed since the reading began */
	bool checking;               /* the person is being read */
	bool check_again;
	bool restoring;              /* the worker is older than this vault: it is to be
	                              * told everything again, but its rows */
	bool refreshed;              /* the worker was told to end and come anew */
	struct budget *budget;       /* of the user's Spotify application; never NULL */
	uint32_t use[USE_SLOTS];
	int64_t use_slot;
	struct given given[SP_FAMILY_COUNT];
};

/* NULL if that person has no worker here. */
struct user *user_find(struct vault *v, const uint8_t id[ID_BYTES]);

/* A user in state BINDING with this worker, which gets it.  ERR_NOMEM. */
err_t user_create(struct vault *v, const uint8_t id[ID_BYTES], struct worker *w,
    struct user **out) MUST_CHECK;
/* Forgets the user; its worker has none any more.  Binds that waited go on. */
void user_free(struct vault *v, struct user **u);

/* The user's entry for a credential, NULL if the worker was not told of it. */
const struct credential *user_credential(const struct user *u, const uint8_t hash[HASH_BYTES]);

/* The user whose confirmed list has this credential, while memory may be
 * believed (CONFIRM_MS) and its worker is bound; else NULL. */
struct user *user_from_memory(struct vault *v, const uint8_t hash[HASH_BYTES], uint8_t kind);

/* Sets the name; what is longer than CLIENT_NAME is cut. */
void credential_name(struct credential *c, struct span name);

/* Reads the rows of a credential_entries answer; *out is owned by the caller,
 * NULL when there are none.  ERR_NOMEM. */
err_t credentials_read(const struct db_answer *a, struct credential **out, size_t *n) MUST_CHECK;

/* Reads the columns of person_get, from column first of a row on; the texts are
 * views into the answer. */
void identity_read(struct msg_identity *m, const uint8_t user[ID_BYTES],
    const struct db_answer *a, int row, int first);

/* Notes that what the database says of a person (NULL: of anybody) may be
 * other than what was asked for up to now. */
void users_note(struct vault *v, const uint8_t id[ID_BYTES]);
/* Was that noted after the first so many notes (vault.news.n when something was
 * asked)?  Also true when it is not remembered. */
bool users_noted(const struct vault *v, const uint8_t id[ID_BYTES], uint64_t since);

/* "8-4-4-4-12" hex digits to bytes; false for anything else. */
bool users_read_id(const char *text, uint8_t id[ID_BYTES]);

/* Replaces the list (owned from now on) and confirms it, saying nothing to
 * anybody. */
void user_set_credentials(struct vault *v, struct user *u, struct credential *creds, size_t n);

/* A credential was revoked for certain: worker and front are told at once. */
void user_forget_credential(struct vault *v, const uint8_t hash[HASH_BYTES]);

/* Reads the list anew and tells worker and front what changed. */
void user_reload(struct vault *v, struct user *u);

/* Reads the person anew: gone kills the worker, a newer sign-in refreshes it. */
void user_check_person(struct vault *v, struct user *u);

/* Tells the worker that its user signed in again (once). */
void user_refreshed(struct vault *v, struct user *u);

/* The person was deleted: routes dropped, worker killed. */
void user_revoked(struct vault *v, struct user *u);

/* Reads again what could not be read before; about once a second. */
void users_retry(struct vault *v);

/* What the LISTEN connection says (arg is the vault). */
extern const struct listen_duty users_listen_duty;

#endif
