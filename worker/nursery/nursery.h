/*
 * The nursery: the worker program before it has a user.  It prepares once what
 * every worker needs and forks blank workers into the supervisor's care.  It
 * knows no secret and no user, and holds no event base, no curl handle and no
 * random seed that siblings would share.
 */
#ifndef TONEARM_WORKER_NURSERY_H
#define TONEARM_WORKER_NURSERY_H

#include "worker/run.h"

/* What a forked worker does; worker_run, or a test's own. */
typedef err_t (*worker_life)(const struct worker_start *start);

/* What is gone through once before the first fork (rehearsal.h); an error is
 * logged and costs workers time and memory. */
typedef err_t (*nursery_rehearsal)(const struct conf_values *conf, void *ca_store);

/* The whole life of the nursery; in forked workers it does not return.  The
 * exit status of the program.  rehearse may be NULL. */
int nursery_main(worker_life life, nursery_rehearsal rehearse);

#endif
