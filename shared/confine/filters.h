/*
 * The lists of system calls, role by role, as data.  How they become a kernel
 * filter is filter.c's business.
 */
#ifndef TONEARM_CONFINE_FILTERS_H
#define TONEARM_CONFINE_FILTERS_H

#include <stddef.h>

#include "shared/confine/confine.h"

/* On which arguments a call is allowed. */
enum call_when {
	CALL_ANY,
	CALL_NO_EXEC,       /* third argument without PROT_EXEC */
	CALL_PRIVATE,       /* mmap: that, and nothing that RLIMIT_DATA does not count */
	CALL_NO_ADDRESS,    /* sendto on a connected socket only */
	CALL_FCNTL,         /* flags of a descriptor; never an owner, a signal or a lock */
	CALL_FCNTL_DUP,     /* copy of a descriptor, close-on-exec */
	CALL_NO_DELAY,      /* setsockopt: TCP_NODELAY only; never SO_LINGER */
	CALL_EGRESS_OPTIONS,    /* that and the room for sending */
	CALL_DATABASE_OPTIONS,  /* that and what finds a dead server */
	CALL_SOCKET_STATE,  /* getsockopt: how connecting went, who the peer is */
	CALL_READ_ONLY,     /* openat without any right to write or create */
	CALL_INET,          /* socket of AF_INET or AF_INET6 */
	CALL_LOCAL_OR_INET, /* the same and AF_UNIX, AF_NETLINK (name resolution) */
	CALL_ONE_TURN,      /* ioctl: how many bytes wait (FIONREAD) */
	CALL_WAKE,          /* futex: wake who waits; there is nobody to wait for */
	CALL_ADVICE,        /* madvise: not dumped, not inherited, given back */
	CALL_SIGPIPE        /* rt_sigaction for SIGPIPE; never a handler for SIGSYS */
};

struct call {
	const char *name;
	enum call_when when;
};

struct call_list {
	const char *role;
	const struct call *calls;   /* besides those of every role */
	size_t n;
};

extern const struct call calls_of_all[];
extern const size_t calls_of_all_n;
extern const struct call_list call_lists[CONFINE_ROLES];

#endif
