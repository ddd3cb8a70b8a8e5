/* Faults on purpose, in builds for tests only; see fault.h. */
#include "config.h"

#include "shared/fault/fault.h"

#ifdef TONEARM_FAULTS

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES 4096
#define DELAY_MS   300
#define STARVE_NS  1000000000LL

/* As tests/crash/faults.mjs has it. */
struct slot {
	uint32_t action;   /* enum fault_action; 0 once it has fired */
	uint32_t skip;     /* so many pass unharmed before */
	uint32_t only;     /* this pid; 0: anybody */
	uint32_t fired;    /* how often it has */
	uint32_t by;       /* the pid that it hit last */
	uint32_t passed;   /* how often anybody came by */
	uint32_t none[2];
};
_Static_assert(FAULT_COUNT * sizeof(struct slot) <= FILE_BYTES, "the file is too short");

static struct slot *slots;
static int64_t starved_until;   /* monotonic ns; 0: there is memory */

static int64_t
now_ns(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- memory: the C library's own, unless it is to be short ------------------------- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t k, size_t n);
void *__libc_realloc(void *p, size_t n);

static bool
starved(void)
{
	if (starved_until == 0)
		return false;
	if (now_ns() < starved_until) {
		errno = ENOMEM;
		return true;
	}
	starved_until = 0;
	return false;
}

void *
malloc(size_t n)
{
	return starved() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t k, size_t n)
{
	return starved() ? NULL : __libc_calloc(k, n);
}

void *
realloc(void *p, size_t n)
{
	return starved() ? NULL : __libc_realloc(p, n);
}

/* --- the points --------------------------------------------------------------------- */

void
fault_open(const char *path)
{
	void *map;
	int fd;

	if (*path == '\0')
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	map = fd < 0 ? MAP_FAILED :
	    mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		_exit(99);
	(void)close(fd);
	slots = map;
}

static void
signal_self(int sig)
{
	(void)syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), sig);
}

static bool
act(uint32_t action)
{
	static int *volatile nothing;

	switch (action) {
	case FAULT_KILL:
		signal_self(SIGKILL);
		break;
	case FAULT_SEGV:
		*nothing = 1;
		break;
	case FAULT_STOP:
		signal_self(SIGSTOP);
		break;
	case FAULT_OOM:
		starved_until = now_ns() + STARVE_NS;
		break;
	case FAULT_DELAY:
		(void)poll(NULL, 0, DELAY_MS);
		break;
	case FAULT_SPIN:
		for (;;)
			(void)__atomic_load_n(&slots->passed, __ATOMIC_RELAXED);
	default:
		break;
	}
	return action == FAULT_FAIL;
}

bool
fault_armed(enum fault_point p)
{
	return slots != NULL && __atomic_load_n(&slots[p].action, __ATOMIC_ACQUIRE) != 0;
}

bool
fault_here(enum fault_point p)
{
	struct slot *s;
	uint32_t action, self, skip;

	if (slots == NULL)
		return false;
	s = &slots[p];
	(void)__atomic_add_fetch(&s->passed, 1, __ATOMIC_RELAXED);
	action = __atomic_load_n(&s->action, __ATOMIC_ACQUIRE);
	if (action == 0)
		return false;
	self = (uint32_t)getpid();
	if (s->only != 0 && s->only != self)
		return false;
	skip = __atomic_load_n(&s->skip, __ATOMIC_RELAXED);
	if (skip > 0) {
		__atomic_store_n(&s->skip, skip - 1, __ATOMIC_RELAXED);
		return false;
	}
	if (!__atomic_compare_exchange_n(&s->action, &action, 0, false, __ATOMIC_ACQ_REL,
	    __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&s->by, self, __ATOMIC_RELAXED);
	(void)__atomic_add_fetch(&s->fired, 1, __ATOMIC_RELEASE);
	return act(action);
}

#else

/* A file must hold something. */
typedef int fault_is_not_built;

#endif
