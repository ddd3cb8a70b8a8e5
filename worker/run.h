/*
 * The life of one worker, from the fork in the nursery to its end.
 */
#ifndef TONEARM_WORKER_RUN_H
#define TONEARM_WORKER_RUN_H

#include <stdint.h>

#include "shared/base/err.h"
#include "shared/conf/values.h"

/* What a worker starts with; everything is inherited from the nursery. */
struct worker_start {
	uint64_t id;                     /* given by the supervisor, never reused */
	int control_fd;                  /* channel ends (SEQPACKET, non-blocking): supervisor, */
	int front_fd;                    /* front, */
	int vault_fd;                    /* vault, */
	int keyring_fd;                  /* keyring, */
	int egress_fd;                   /* egress; worker_run owns all five */
	const struct conf_values *conf;  /* the options that name the worker */
	void *ca_store;                  /* X509_STORE of trusted authorities, shared by all
	                                  * siblings; up-ref it for each SSL_CTX */
};

/*
 * Runs a worker in a process that has its own uid, limits and random state
 * already.  It makes its event base and all that must differ between siblings,
 * then applies the filter (confine_worker in shared/confine/confine.h), then
 * serves until it retires or its supervisor is gone.  0: the process is to end
 * with status 0; an error: with status 1.
 */
err_t worker_run(const struct worker_start *start) MUST_CHECK;

/* The same without the filter, in the nursery (rehearsal.h); may be called
 * again, and worker_run after it. */
err_t worker_practise(const struct worker_start *start) MUST_CHECK;

#endif
