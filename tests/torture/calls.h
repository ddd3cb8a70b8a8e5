/*
 * System calls that fail on order, as memory.h does it for memory: the k-th
 * call of one function fails with one errno, or moves one byte only.  Which
 * places called is noted, so that a test can say how many were hit.
 *
 * In a test program the linker catches our own code's calls (--wrap), and
 * libevent's epoll_wait by its name; as calls.so, preloaded, all of a program.
 */
#ifndef TONEARM_TORTURE_CALLS_H
#define TONEARM_TORTURE_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#define CALLS(X) \
	X(ACCEPT4, accept4) X(CLOSE_RANGE, close_range) X(CONNECT, connect) X(DUP2, dup2) \
	X(EPOLL_WAIT, epoll_wait) X(EXECVE, execve) X(FCNTL, fcntl) X(FOPEN, fopen) X(FORK, fork) \
	X(GETRANDOM, getrandom) X(OPEN, open) X(PIDFD_OPEN, pidfd_open) X(POLL, poll) \
	X(PRCTL, prctl) X(READ, read) X(RECV, recv) X(RECVMSG, recvmsg) X(SEND, send) \
	X(SENDMSG, sendmsg) X(SOCKET, socket) X(SOCKETPAIR, socketpair) X(WAITID, waitid) \
	X(WRITE, write)

enum call {
#define X(NAME, name) CALL_##NAME,
	CALLS(X)
#undef X
	CALL_COUNT
};

#define CALL_SHORT (-1)      /* instead of an errno: one byte only */
#define CALL_SITES 256

struct call_site {
	uint64_t at;             /* the return address */
	uint32_t call, fired;    /* which function; how many faults there */
};

struct calls {
	volatile uint32_t on;
	volatile int32_t call, err;
	volatile uint64_t at, n;         /* from the at-th call on, n of them */
	volatile uint64_t seen, fired;
	volatile uint32_t streams_only;  /* leave the programs' channels alone */
	volatile uint32_t n_sites;
	struct call_site sites[CALL_SITES];
};

extern struct calls *calls;

/* The at-th call from now on and n - 1 after it fail. */
void calls_begin(enum call call, int err, uint64_t at, uint64_t n);
void calls_on(bool on);
const char *call_text(enum call call);

#endif
