/*
 * From the fork to the worker's own life: everything that siblings must not
 * share is made anew, everything that a worker may not have is given up.
 */
#ifndef TONEARM_WORKER_NURSERY_NEWBORN_H
#define TONEARM_WORKER_NURSERY_NEWBORN_H

#include <sys/types.h>

#include "worker/nursery/nursery.h"

#define NEWBORN_FDS 5

struct newborn {
	uint64_t id;
	uid_t uid;                       /* 0: keep the nursery's (reduced mode); never root */
	gid_t gid;
	pid_t supervisor;                /* its parent */
	int fds[NEWBORN_FDS];            /* supervisor, front, vault, keyring, egress */
	int null;                        /* an open null device */
	bool keep_stderr;                /* for developers: refused calls are written there */
	const struct conf_values *conf;
	void *ca_store;
	worker_life life;
};

/* In the forked process: becomes the worker, lives, ends. */
void __attribute__((noreturn)) newborn_begin(const struct newborn *n);

#endif
