/*
 * Which system calls each role may make; see filters.h.  Whatever is not here
 * ends the process: no role but the supervisor and the nursery has fork, exec,
 * kill, ptrace or prctl.  A call belongs here only if tests/filters-used.mjs sees
 * a program make it, or if its comment begins with "unseen:" and says when it
 * is made.
 */
#include "config.h"

#include "shared/confine/filters.h"

/* Memory, time, waiting, and what already is open. */
const struct call calls_of_all[] = {
	{"read", CALL_ANY}, {"write", CALL_ANY}, {"close", CALL_ANY},
	{"recvfrom", CALL_ANY}, {"sendto", CALL_NO_ADDRESS},
	{"fcntl", CALL_FCNTL},
	{"poll", CALL_ANY}, {"epoll_wait", CALL_ANY}, {"epoll_ctl", CALL_ANY},
	{"ppoll", CALL_ANY},           /* unseen: machines that have no poll */
	{"epoll_pwait", CALL_ANY},     /* unseen: machines that have no epoll_wait */
	{"restart_syscall", CALL_ANY}, /* unseen: a wait goes on after SIGSTOP and SIGCONT */
	{"mmap", CALL_PRIVATE}, {"munmap", CALL_ANY}, {"brk", CALL_ANY},
	{"mremap", CALL_ANY},          /* unseen: a buffer grows beyond 128 KiB */
	{"madvise", CALL_ADVICE}, {"mlock", CALL_ANY},
	{"clock_gettime", CALL_ANY},   /* unseen: virtual machines whose clock wants a call */
	{"gettimeofday", CALL_ANY},    /* unseen: the same */
	{"time", CALL_ANY},            /* unseen: the same */
	{"getrandom", CALL_ANY}, {"futex", CALL_WAKE}, {"getpid", CALL_ANY},
	{"exit_group", CALL_ANY},
#ifdef TONEARM_FAULTS
	{"tgkill", CALL_ANY},          /* unseen: a test has a program end itself */
	{"rt_sigprocmask", CALL_ANY},  /* unseen: the same */
	{"gettid", CALL_ANY},          /* unseen: the same */
#endif
};
const size_t calls_of_all_n = sizeof(calls_of_all) / sizeof(calls_of_all[0]);

/* Clients' connections; relays, never dials, passes no descriptor. */
static const struct call front[] = {
	{"accept4", CALL_ANY}, {"recvmsg", CALL_ANY}, {"shutdown", CALL_ANY},
	{"setsockopt", CALL_NO_DELAY}, {"getsockname", CALL_ANY},
	{"fcntl", CALL_FCNTL_DUP},
};

/* Connections to PostgreSQL, opened again when they are lost. */
static const struct call vault[] = {
	{"recvmsg", CALL_ANY},
	{"socket", CALL_LOCAL_OR_INET}, {"connect", CALL_ANY}, {"sendto", CALL_ANY},
	{"getsockopt", CALL_SOCKET_STATE}, {"setsockopt", CALL_DATABASE_OPTIONS},
	{"getsockname", CALL_ANY},
	{"bind", CALL_ANY},      /* unseen: the host's name has several addresses (netlink) */
	{"sendmmsg", CALL_ANY},  /* unseen: the host's name is asked of a name server */
	{"ioctl", CALL_ONE_TURN},  /* unseen: the same */
	{"openat", CALL_READ_ONLY}, {"newfstatat", CALL_ANY}, {"lseek", CALL_ANY},
	{"fstat", CALL_ANY},     /* unseen: newer C libraries have it for newfstatat */
	{"geteuid", CALL_ANY},
	{"mmap", CALL_NO_EXEC},  /* the C library shares nscd's tables, where there is one */
	{"sysinfo", CALL_ANY},   /* OpenSSL's, for a server that speaks TLS */
	{"uname", CALL_ANY},
};

/* Channels only. */
static const struct call keyring[] = {
	{"recvmsg", CALL_ANY},
};
static const struct call portal[] = {
	{"recvmsg", CALL_ANY},
};

/* Outbound connections and name servers, whose addresses are read before. */
static const struct call egress[] = {
	{"recvmsg", CALL_ANY}, {"sendmsg", CALL_ANY},
	{"socket", CALL_INET}, {"connect", CALL_ANY}, {"sendto", CALL_ANY},
	{"setsockopt", CALL_EGRESS_OPTIONS}, {"fcntl", CALL_FCNTL_DUP},
};

/* TLS over sockets that egress connected; no descriptor is ever sent. */
static const struct call worker[] = {
	{"recvmsg", CALL_ANY},
	{"getsockopt", CALL_SOCKET_STATE}, {"setsockopt", CALL_NO_DELAY},
	{"getsockname", CALL_ANY}, {"getpeername", CALL_ANY},
	{"rt_sigaction", CALL_SIGPIPE},
	{"shutdown", CALL_ANY},  /* unseen: a connection to Spotify that went bad */
};

#define LIST(name) {#name, name, sizeof(name) / sizeof(name[0])}

const struct call_list call_lists[CONFINE_ROLES] = {
	[CONFINE_FRONT] = LIST(front),
	[CONFINE_VAULT] = LIST(vault),
	[CONFINE_KEYRING] = LIST(keyring),
	[CONFINE_PORTAL] = LIST(portal),
	[CONFINE_EGRESS] = LIST(egress),
	[CONFINE_ENROLL] = {"enroll", worker, sizeof(worker) / sizeof(worker[0])},
	[CONFINE_FETCH] = {"fetch", worker, sizeof(worker) / sizeof(worker[0])},
	[CONFINE_WORKER] = LIST(worker),
};
