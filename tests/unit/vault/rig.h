/*
 * A vault with the test at the other end of every channel: supervisor, front,
 * portal, keyring, workers, enroll programs.  Everything runs on one loop;
 * what the vault says is kept until the test asks for it.
 */
#ifndef TONEARM_TESTS_VAULT_RIG_H
#define TONEARM_TESTS_VAULT_RIG_H

#include <stdbool.h>

#include "master/vault/vault.h"
#include "tests/unit/unit.h"

/* What the vault said on one channel, oldest first. */
struct seen {
	struct seen *next;
	uint8_t type;
	uint64_t request;
	struct buf body;
};

/* The test's end of a channel. */
struct end {
	struct channel *ch;    /* NULL once closed */
	bool closed;           /* by the vault */
	struct seen *first;
	struct rig *rig;
};

/* How the keyring behaves. */
enum keyring_mode { KEYRING_GOOD, KEYRING_REFUSES, KEYRING_SILENT };

struct rig {
	struct loop *loop;
	struct vault_root root;
	struct channel *control;   /* the vault's end */
	struct end supervisor, front, portal, keyring;
	enum keyring_mode keyring_mode;
	uint64_t next_worker;
};

#define ANY_REQUEST UINT64_MAX

/* A vault whose database is up, with front, portal and keyring. */
void rig_begin(struct rig *r);
void rig_end(struct rig *r);
/* The vault dies and comes anew, with front, portal and keyring. */
void rig_restart_vault(struct rig *r);

/* The test's end of a channel, on fd (owned from now on). */
void rig_open(struct rig *r, struct end *e, int fd);
/* Joins a peer of this kind; worker is 0 for those that have no number. */
void rig_join(struct rig *r, struct end *e, uint8_t kind, uint64_t worker);
void rig_join_bound(struct rig *r, struct end *e, uint64_t worker);
/* Joins a worker whose end the caller alone reads and writes. */
int rig_join_raw(struct rig *r, uint64_t worker);
/* A new number, and a blank worker of that number. */
uint64_t rig_worker(struct rig *r, struct end *e);
/* The test closes its end; what was seen is forgotten. */
void rig_close(struct end *e);
/* The supervisor says that a worker was reaped. */
void rig_gone(struct rig *r, uint64_t worker);

/* Runs the loop until the vault says this (within 15 s); the frame is taken
 * out and valid until the next call of rig_take. */
struct span rig_take(struct end *e, uint8_t type, uint64_t request);
/* Has it been said?  Without running the loop. */
bool rig_has(const struct end *e, uint8_t type);
/* Runs the loop until the vault closes this channel. */
void rig_until_closed(struct end *e);
/* Runs the loop until fn(arg) is true (within 15 s). */
void rig_until(struct rig *r, bool (*fn)(void *arg), void *arg);
/* Everything that was asked before has been done: a question and its answer
 * through supervisor and front. */
void rig_settle(struct rig *r);
/* One turn of the loop, at most a few milliseconds. */
void rig_turn(struct rig *r);

/* --- people ------------------------------------------------------------------ */

/* A person with a fresh web session, in the database. */
struct person {
	uint8_t id[ID_BYTES];
	uint8_t session[HASH_BYTES];
	uint8_t login[ID_BYTES];     /* whose key seals the first row */
};

/* Signs in person number n of this test run. */
void person_make(struct person *p);
/* A credential of this kind in the database; its random hash to hash. */
void person_credential(const struct person *p, int kind, uint8_t hash[HASH_BYTES]);

void random_bytes(void *p, size_t n);

/* front asks; the answer is taken with rig_take(&r->front, ..., request). */
uint64_t front_bind(struct rig *r, const uint8_t hash[HASH_BYTES], int kind, uint64_t worker);
/* A person with one personal token, bound to a new worker; messages of the
 * bind are taken out. */
uint64_t bind_person(struct rig *r, struct person *p, uint8_t hash[HASH_BYTES],
    struct end *worker);

/* Everything that was notified until now has reached the vault.  Once for a
 * worker: it is told that its user signed in again. */
void rig_hear_all(const struct person *p, struct end *worker);

/* The answer to a bind, the supervisor's next order to kill: as expected? */
void expect_refused(struct rig *r, uint64_t request, enum bind_why why);
void expect_killed(struct rig *r, uint64_t worker, enum kill_reason why);

/* The groups of tests. */
extern const struct CMUnitTest bind_tests[], change_tests[], rows_tests[], portal_tests[], outage_tests[],
    program_tests[], hostile_tests[], oauth_tests[];
extern const size_t bind_tests_n, change_tests_n, rows_tests_n, portal_tests_n, outage_tests_n, program_tests_n,
    hostile_tests_n, oauth_tests_n;
extern const struct CMUnitTest tokens_tests[];
extern const size_t tokens_tests_n;
extern const struct CMUnitTest export_tests[], apps_tests[];
extern const size_t export_tests_n, apps_tests_n;
extern const struct CMUnitTest changes_tests[], permits_tests[], limits_tests[];
extern const size_t changes_tests_n, permits_tests_n, limits_tests_n;
int rig_setup(void **state);
int rig_teardown(void **state);

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
