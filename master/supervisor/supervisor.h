/*
 * The supervisor's one state, and what its parts ask of each other.  It reads
 * no byte from outside: only the configuration, its programs' control channels
 * and the operator's local socket.
 *
 * roles.c     the five lasting programs, their channels to each other
 * members.c   workers and programs for one task: joined, ended; workers made
 * pools.c     programs for one task (enroll, fetch): made, kept ahead
 * blame.c     users whose workers crash
 * nursery.c   the program that forks workers
 * watch.c     programs that live and do not work
 * drain.c     the way out
 * operator.c  the local socket of the tonearm command
 */
#ifndef TONEARM_SUPERVISOR_SUPERVISOR_H
#define TONEARM_SUPERVISOR_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "master/supervisor/listen.h"
#include "master/supervisor/process.h"
#include "master/supervisor/refusals.h"
#include "master/supervisor/slots.h"
#include "master/supervisor/throttle.h"
#include "shared/conf/file.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "shared/loop/loop.h"

struct supervisor;
struct operator;

/* How long somebody has been silent, or has only used CPU time (watch.c). */
struct watch {
	unsigned turns;
	int64_t cpu_ms;     /* of its life, when the count began */
};

/* --- lasting programs ----------------------------------------------------- */
enum role_index { ROLE_KEYRING, ROLE_VAULT, ROLE_EGRESS, ROLE_PORTAL, ROLE_FRONT, ROLES };
#define ROLE_BIT(r) (1u << (r))

struct role {
	struct supervisor *sup;
	const struct role_plan *plan;   /* roles.c */
	struct process process;
	struct channel *control;        /* NULL while it does not run */
	bool ready;                     /* it said READY since it was started */
	int64_t lost_ms;                /* since when its control channel is gone */
	unsigned asked;                 /* members whose PEER it has not answered */
	uint64_t starts, deaths, hangs;
	struct watch watch;
	struct throttle throttle;
	struct event *again;            /* the next start */
};

/* --- workers, enroll and fetch programs ------------------------------------ */
enum member_kind { MEMBER_WORKER, MEMBER_ENROLL, MEMBER_FETCH, MEMBER_KINDS };

struct member {
	struct supervisor *sup;
	uint64_t id;
	enum member_kind kind;
	bool bound;                     /* has a user; for ever */
	bool excused;                   /* its death is not held against its user */
	bool killed;
	bool deserted;                  /* it left requests unanswered: a crash, whatever its status */
	unsigned joining;               /* turns for which a PEER_OK was waited for */
	unsigned stopped;               /* turns for which it was seen to be stopped */
	uint64_t done;                  /* requests it had finished, as front last said */
	struct watch watch;
	uint8_t handle[ID_BYTES];       /* of its user, once bound */
	struct process process;         /* pid 0 until the nursery named it */
	struct channel *control;
	int end[ROLES];                 /* channel ends to give to programs; -1: none */
	unsigned asked, joined;         /* ROLE_BITs: PEER sent, PEER_OK came */
	int64_t used_ms;                /* of a pool: since when it is in use; 0: blank */
	int64_t lost_ms;                /* since when its control channel is gone; 0: it is not */
	int64_t made_ms;
	struct nursery *nursery;        /* that forks it, until it is named */
};

/* --- the nursery ---------------------------------------------------------- */
struct nursery {
	struct supervisor *sup;
	struct process process;
	struct channel *control;
	bool ready, leaving;            /* leaving: forks no more, ends when nothing is pending */
	unsigned forks, pending;        /* workers made; asked for and not yet named */
	struct watch watch;
	int64_t started_ms;
};

enum phase { PHASE_STARTING, PHASE_RUNNING, PHASE_DRAIN_FRONT, PHASE_DRAIN_WORKERS,
	PHASE_DRAIN_REST };

#define ENROLL_MOST  8
#define FETCH_MOST   4

/* Programs for one task. */
struct pool {
	struct slots slots;
	struct throttle throttle;
	int64_t next_ms;                /* none is made before */
};

struct supervisor {
	struct loop *loop;
	struct conf conf;
	const char *conf_path;          /* NULL: environment only */
	bool isolated;                  /* started as root: each program its own user */
	enum phase phase;
	bool told_to_end;               /* by a signal; a second one is obeyed at once */
	int64_t phase_until_ms, drain_until_ms, started_ms;
	int exit_code;
	int64_t run;                    /* random: tells this run from any other */
	struct listeners listeners;
	struct role roles[ROLES];
	struct slots workers;
	struct pool pools[MEMBER_KINDS]; /* but for MEMBER_WORKER */
	uint32_t bound;                 /* workers that have a user */
	struct nursery nurseries[2];
	unsigned nursery;               /* which of them forks now */
	struct throttle nursery_throttle;
	int64_t nursery_next_ms;
	struct crashes crashes;
	uint64_t workers_made, worker_deaths, worker_kills, worker_refusals;
	struct refusals refusals;
	struct event *tick;
	int64_t watched_ms;             /* the last look at who works */
	struct operator *operator;
};

/* roles.c */
err_t roles_init(struct supervisor *s) MUST_CHECK;
err_t role_start(struct role *r) MUST_CHECK;
void roles_free(struct supervisor *s);
const char *role_name(const struct role *r);
void roles_tell_gone(struct supervisor *s, uint64_t id, uint8_t cause);
err_t give_config(struct supervisor *s, struct channel *ch, enum conf_program program) MUST_CHECK;
void roles_give_settings(struct supervisor *s);
const char *programs_dir(const struct supervisor *s);
void startup_done(struct supervisor *s);
uid_t role_uid(const struct supervisor *s, unsigned n);
enum peer_kind role_kind(const struct role *r);
#define UID_NURSERY 5
#define UID_ENROLL  6   /* and those after it, one for each slot */
#define UID_FETCH   14  /* likewise */

/* members.c */
struct member *member_find(struct supervisor *s, uint64_t id);
void members_join(struct supervisor *s);
void member_joined(struct supervisor *s, enum role_index r, uint64_t id);
void member_bound(struct supervisor *s, const struct msg_worker_bound *m);
void member_kill(struct member *m, uint8_t reason);
void member_drop(struct member *m);
void member_named(struct supervisor *s, uint64_t id, pid_t pid);
void members_role_died(struct supervisor *s, enum role_index r);
void members_keep_ahead(struct supervisor *s);
void members_each(struct supervisor *s, enum member_kind kind, void (*fn)(struct member *, void *),
    void *arg);
void members_nursery_died(struct supervisor *s, struct nursery *n);
void members_tick(struct supervisor *s, int64_t now);
uint32_t members_blank(const struct supervisor *s);
err_t member_new(struct supervisor *s, enum member_kind kind, struct member **out) MUST_CHECK;
err_t member_start(struct member *m, const struct process_plan *plan, int *fd) MUST_CHECK;
err_t member_control(struct member *m, int fd) MUST_CHECK;
void member_join(struct member *m);

/* pools.c */
err_t pools_init(struct supervisor *s) MUST_CHECK;
void pools_free(struct supervisor *s);
uint32_t pools_alive(const struct supervisor *s);
bool pools_know(const struct supervisor *s, pid_t pid);
void pools_keep_ahead(struct supervisor *s);
void pool_wanted(struct supervisor *s, enum member_kind kind);
void pool_death(struct member *m, const struct death *d);
void pool_check(struct member *m, int64_t now);
enum role_index pool_user(enum member_kind kind);
/* "worker", "enroll" or "fetch". */
const char *member_word(const struct member *m);

/* blame.c */
void member_count_death(struct member *m, const struct death *d);
void member_left(struct supervisor *s, uint64_t id, bool deserted);
void members_tell_waits(struct supervisor *s);

/* watch.c */
void watch_tick(struct supervisor *s, int64_t now);
void watch_work(struct supervisor *s, const struct msg_work *w);

/* nursery.c */
void nursery_tick(struct supervisor *s, int64_t now);
err_t nursery_spawn(struct supervisor *s, struct member *m, const int fds[5]) MUST_CHECK;
bool nursery_can_spawn(const struct supervisor *s);
void nursery_retire(struct supervisor *s);
void nurseries_close(struct supervisor *s);

/* drain.c */
void drain_begin(struct supervisor *s);
void drain_force(struct supervisor *s);
void drain_step(struct supervisor *s);
void supervisor_fail(struct supervisor *s, const char *who);

/* operator.c */
err_t operator_open(struct supervisor *s) MUST_CHECK;
void operator_close(struct supervisor *s);
/* A program's figures, asked for with this request id. */
void operator_status(struct supervisor *s, const char *who, uint64_t request, struct span text);

/* Writes the obituary of a process; of one that its filter ended, with the
 * call it died of, where the kernel's records can be read. */
void obituary(struct supervisor *s, const char *who, uint64_t id, const struct death *d,
    bool expected);

#endif
