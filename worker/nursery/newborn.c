/* The first steps of a forked worker; see newborn.h. */
#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "shared/confine/confine.h"
#include "shared/crypto/openssl.h"
#include <openssl/rand.h>

#include "worker/nursery/newborn.h"

#define FIRST_FD 3     /* the five channels end up on 3 to 7 */
#define HIGH_FD  20

/* Exit statuses, so that the obituary tells the step. */
enum { FAILED_FENCE = 120, FAILED_FDS, FAILED_USER, FAILED_LIMITS, FAILED_PARENT, FAILED_RANDOM };

/* Only 0 to 2 (null device) and the five channels stay open. */
static bool
keep_own(const struct newborn *n)
{
	int i, high[NEWBORN_FDS];

	if (dup2(n->null, STDIN_FILENO) < 0 || dup2(n->null, STDOUT_FILENO) < 0 ||
	    (!n->keep_stderr && dup2(n->null, STDERR_FILENO) < 0))
		return false;
	for (i = 0; i < NEWBORN_FDS; i++) {
		high[i] = fcntl(n->fds[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (high[i] < 0)
			return false;
	}
	for (i = 0; i < NEWBORN_FDS; i++)
		if (dup3(high[i], FIRST_FD + i, O_CLOEXEC) < 0)
			return false;
	return close_range(FIRST_FD + NEWBORN_FDS, ~0U, 0) == 0;
}

/* OpenSSL notices a fork by the pid; this does not rely on that. */
static bool
reseed(void)
{
	uint8_t seed[48];
	bool ok = getrandom(seed, sizeof(seed), 0) == (ssize_t)sizeof(seed);

	if (ok)
		RAND_seed(seed, sizeof(seed));
	explicit_bzero(seed, sizeof(seed));
	return ok;
}

static int
prepare(const struct newborn *n)
{
	/* Standard error may be a file, and refused calls are written there. */
	const struct confine_limits limits = {.processes = 1, .no_core = true,
		.no_files = !n->keep_stderr};

	/* The rules are a descriptor of the nursery's. */
	if (confine_worker_landlock() != 0)
		return FAILED_FENCE;
	if (!keep_own(n))
		return FAILED_FDS;
	if (n->uid != 0 && confine_become(n->uid, n->gid) != 0)
		return FAILED_USER;
	if (confine_limits(&limits) != 0 || confine_no_new_privs() != 0 ||
	    confine_undumpable() != 0)
		return FAILED_LIMITS;
	if (confine_die_with(n->supervisor) != 0)
		return FAILED_PARENT;
	return reseed() ? 0 : FAILED_RANDOM;
}

/*
 * A stack canary of its own for this process: what one worker's memory gives
 * away must not help against its siblings.  Frames of our callers hold the old
 * one, so nothing may return through them; this function has none itself.
 * x86-64 keeps the canary in the thread's block at fs:0x28; elsewhere it is in
 * read-only memory and stays the nursery's, which lives an hour at most.
 */
static void __attribute__((noinline, noreturn, no_stack_protector))
live(worker_life life, const struct worker_start *start)
{
#if defined(__x86_64__)
	unsigned long canary = 0;

	if (getrandom(&canary, sizeof(canary), 0) != (ssize_t)sizeof(canary))
		_exit(FAILED_RANDOM);
	/* Its first byte is 0, so that no string can run over it. */
	canary &= ~0xffUL;
	__asm__ volatile("movq %0, %%fs:0x28" : : "r"(canary) : "memory");
	canary = 0;
#endif
	_exit(life(start) == 0 ? 0 : 1);
}

void
newborn_begin(const struct newborn *n)
{
	const struct worker_start start = {
		.id = n->id, .control_fd = FIRST_FD, .front_fd = FIRST_FD + 1, .vault_fd = FIRST_FD + 2,
		.keyring_fd = FIRST_FD + 3, .egress_fd = FIRST_FD + 4,
		.conf = n->conf, .ca_store = n->ca_store,
	};
	int failed = prepare(n);

	if (failed != 0)
		_exit(failed);
	live(n->life, &start);
}
