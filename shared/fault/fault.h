/*
 * Named places at which a test can have a program die, stop, run out of memory
 * or fail.  They exist only in a build configured with --enable-faults; in any
 * other the macros are nothing and no program has a trace of them
 * (tests/crash/absent.sh).
 *
 * The places are armed, and the shots counted, in a file that all programs map
 * and the test writes (option faults.file): one slot for each point, in the
 * order of the list below.  What is armed fires once, in the first process that
 * comes by.
 */
#ifndef TONEARM_FAULT_FAULT_H
#define TONEARM_FAULT_FAULT_H

/* Every point there is, in the order of its program's work. */
#define FAULT_POINTS(X) \
	X(front_asks)          /* BIND is queued */ \
	X(front_bound)         /* the vault named the worker */ \
	X(front_sent)          /* a request is queued for its worker */ \
	X(front_acked)         /* the worker took it up */ \
	X(front_head)          /* the answer's head has come */ \
	X(front_last)          /* so has its last part */ \
	X(front_retire)        /* an idle worker is about to be let go */ \
	X(front_joined)        /* a worker's channel is in place */ \
	X(front_page)          /* a page is asked for */ \
	X(vault_resolved)      /* the credential's person is known */ \
	X(vault_loaded)        /* what the worker needs has been read */ \
	X(vault_told)          /* the worker knows its person */ \
	X(vault_keyed)         /* the keyring sent the key; front does not know */ \
	X(vault_bound)         /* front knows */ \
	X(vault_leased)        /* a lease is committed, the worker does not know */ \
	X(vault_store)         /* a row is about to be stored */ \
	X(vault_stored)        /* it is committed, the worker does not know */ \
	X(vault_restored)      /* a worker of an earlier vault is joined again */ \
	X(vault_login)         /* a sign-in's code has come */ \
	X(vault_enrolled)      /* Spotify said who it is */ \
	X(vault_kept)          /* the person is committed, the portal does not know */ \
	X(keyring_asked)       /* a person's key is wanted */ \
	X(keyring_sent)        /* it went to the worker, the vault does not know */ \
	X(keyring_login)       /* a sign-in's keys are wanted */ \
	X(egress_dial)         /* a connection is wanted */ \
	X(egress_dialled)      /* it went to the asker */ \
	X(portal_page)         /* a page is wanted */ \
	X(portal_answered)     /* the vault answered the portal */ \
	X(nursery_asked)       /* a worker is wanted */ \
	X(nursery_forked)      /* it runs, the supervisor does not know its name */ \
	X(worker_born)         /* it begins to run */ \
	X(worker_identity)     /* it knows its person */ \
	X(worker_bound)        /* it has the key, too */ \
	X(worker_head)         /* a request begins to arrive */ \
	X(worker_acked)        /* it was acknowledged */ \
	X(worker_serves)       /* it is whole and allowed */ \
	X(worker_dials)        /* Spotify is about to be asked */ \
	X(worker_answers)      /* the answer's head is queued */ \
	X(worker_lease)        /* a refresh of the tokens begins */ \
	X(worker_store)        /* fresh tokens are about to be stored */ \
	X(worker_idle)         /* nothing to do: it offers to leave */ \
	X(worker_retires)      /* it was told to */ \
	X(worker_joined)       /* a program was started anew and joined to it */ \
	X(enroll_begins)       /* a sign-in has its code and keys */ \
	X(enroll_done)         /* Spotify said who it is */ \
	X(fetch_begins)        /* a document is wanted */ \
	X(fetch_done)          /* it is there */

/* What an armed point does; 0: nothing. */
enum fault_action {
	FAULT_KILL = 1,   /* SIGKILL */
	FAULT_SEGV,       /* an access to no memory */
	FAULT_STOP,       /* SIGSTOP */
	FAULT_OOM,        /* no memory can be had for a second */
	FAULT_FAIL,       /* the step fails, where it is asked with FAULT_FAILS */
	FAULT_DELAY,      /* 300 ms pass */
	FAULT_SPIN        /* an endless loop */
};

#ifdef TONEARM_FAULTS

#include <stdbool.h>

enum fault_point {
#define X(name) FAULT_AT_##name,
	FAULT_POINTS(X)
#undef X
	FAULT_COUNT
};

/* Maps the file; "" is none.  Before the program's filter, which allows no
 * file.  A file that cannot be mapped ends the program: a test without its
 * faults would prove nothing. */
void fault_open(const char *path);

/* The program passes a point; true if it is to fail there. */
bool fault_here(enum fault_point p);

/* Is it armed? */
bool fault_armed(enum fault_point p);

#define FAULT(name) ((void)fault_here(FAULT_AT_##name))
#define FAULT_FAILS(name) fault_here(FAULT_AT_##name)
/* As FAULT, but what is queued on the channel has left before. */
#define FAULT_SENT(ch, name) do { \
		if (fault_armed(FAULT_AT_##name)) \
			channel_flush(ch); \
		FAULT(name); \
	} while (0)

#else

#define FAULT(name) ((void)0)
#define FAULT_FAILS(name) false
#define FAULT_SENT(ch, name) ((void)0)

#endif
#endif
