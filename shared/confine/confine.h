/*
 * What a program gives up before it touches anything from outside: uid,
 * capabilities, limits, and every system call that its duty does not need.
 * Knows which role needs what; knows nothing of what the roles do with it.
 */
#ifndef TONEARM_CONFINE_CONFINE_H
#define TONEARM_CONFINE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/base/err.h"

/* One list of system calls each (filters.c). */
enum confine_role {
	CONFINE_FRONT, CONFINE_VAULT, CONFINE_KEYRING, CONFINE_PORTAL, CONFINE_EGRESS,
	CONFINE_ENROLL, CONFINE_FETCH, CONFINE_WORKER, CONFINE_ROLES
};

/* What a role needs besides what all of its kind need: files it may read and,
 * for egress, TCP ports it may connect to. */
struct confine_keep {
	const char *const *paths;
	size_t n_paths;
	const uint16_t *ports;
	size_t n_ports;
	bool any_port;      /* instead of ports: documents of clients may be at any */
};

/*
 * Puts this process, for good, behind two fences: Landlock's, where the kernel
 * has it (no file but what the role reads; no TCP port but what it
 * connects to; no signal to anybody else), and the filter of system calls.
 * Sets no_new_privs first.  A call outside the list ends the process with SIGSYS
 * (the supervisor's obituary then says "signal 31 (refused system call)" and,
 * where it may read the kernel's records, which one).  Call it when the program is set up, before its first outside byte.  ERR_SYSTEM,
 * ERR_NOMEM.
 */
err_t confine_role(enum confine_role role) MUST_CHECK;

/* The same for a role with files or ports of its own. */
err_t confine_role_keeping(enum confine_role role, const struct confine_keep *keep) MUST_CHECK;

/* The version of Landlock in this kernel; 0: absent, or switched off at boot. */
int confine_landlock_abi(void);

/*
 * The same for a worker, in three steps: the nursery makes rules and list once
 * (confine_worker_prepare); Landlock's are entered by the nursery itself and
 * again by each worker as it begins, so that siblings are kept apart
 * (confine_worker_landlock, needs no_new_privs); the list is applied when the
 * worker is set up (confine_worker).  ERR_STATE if it was not prepared.
 */
err_t confine_worker_prepare(void) MUST_CHECK;
err_t confine_worker_landlock(void) MUST_CHECK;
err_t confine_worker(void) MUST_CHECK;

/*
 * For runs that look for a missing call where the kernel's records cannot be
 * read: a refused call raises a SIGSYS, which a handler in the process answers
 * with one log line naming role, pid and call, and the end of the process.  No
 * list lets that handler be replaced; but what a conquered process writes to
 * the log then is its own.  To be called before confine_role or
 * confine_worker_prepare.  ERR_SYSTEM.
 */
err_t confine_explain(void) MUST_CHECK;

/* False in a build with sanitizers, where no filter is applied. */
bool confine_filters_work(void);

/* Limits of one process, in bytes and numbers; 0 leaves a limit alone. */
struct confine_limits {
	size_t data;        /* RLIMIT_DATA */
	size_t addresses;   /* RLIMIT_AS: bounds what the first does not count, page tables say */
	unsigned files;     /* RLIMIT_NOFILE */
	unsigned processes; /* RLIMIT_NPROC of its uid */
	bool no_core;       /* RLIMIT_CORE 0 */
	bool no_files;      /* RLIMIT_FSIZE 0: no file can grow, not even a log that is
	                     * standard error: only for programs without one */
};

/* Sets soft and hard limits alike.  ERR_SYSTEM. */
err_t confine_limits(const struct confine_limits *limits) MUST_CHECK;

/* No privilege by exec from now on.  ERR_SYSTEM. */
err_t confine_no_new_privs(void) MUST_CHECK;

/* No core file, no ptrace by the same uid, procfs owned by root.  A change of
 * uid or an exec undoes it: call it after those.  ERR_SYSTEM. */
err_t confine_undumpable(void) MUST_CHECK;

/* Dies with parent: SIGKILL when the parent goes; ERR_STATE if it has gone
 * already (the parent is no longer the process `parent`).  A change of uid
 * undoes it: call it after that. */
err_t confine_die_with(pid_t parent) MUST_CHECK;

/* Takes uid and gid for good, gives up all other groups and every capability;
 * checks that there is no way back.  ERR_SYSTEM, ERR_DENIED (it could go
 * back). */
err_t confine_become(uid_t uid, gid_t gid) MUST_CHECK;

/* As confine_become, but keeps CAP_SETUID, CAP_SETGID over the change and over
 * an exec (ambient), so that the nursery can give each worker its uid. */
err_t confine_become_nursery(uid_t uid, gid_t gid) MUST_CHECK;

/* The supervisor, started as root, keeps what it needs to start and end
 * processes of other users (CAP_SETUID, CAP_SETGID, CAP_KILL, CAP_SETPCAP) and
 * gives up the rest of root's power.  ERR_SYSTEM. */
err_t confine_supervisor(void) MUST_CHECK;

#endif
