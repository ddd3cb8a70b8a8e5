/*
 * Which system calls each role may make; see filters.h.  Whatever is not here
 * ends the process: no role but the supervisor and the nursery has fork, exec,
 * kill, ptrace or prctl.  A call belongs here only if a test makes it.
 */
#include "config.h"

#include "shared/confine/filters.h"

/* Memory, time, waiting, and what already is open. */
const struct call calls_of_all[] = {
	{"read", CALL_ANY}, {"write", CALL_ANY}, {"close", CALL_ANY},
	{"recvfrom", CALL_ANY}, {"sendto", CALL_NO_ADDRESS},
	{"fcntl", CALL_FCNTL},
	{"poll", CALL_ANY}, {"ppoll", CALL_ANY},
	{"epoll_wait", CALL_ANY}, {"epoll_pwait", CALL_ANY}, {"epoll_ctl", CALL_ANY},
	{"mmap", CALL_PRIVATE}, {"mprotect", CALL_NO_EXEC},
	{"munmap", CALL_ANY}, {"mremap", CALL_ANY}, {"brk", CALL_ANY}, {"madvise", CALL_ANY},
	{"mlock", CALL_ANY}, {"munlock", CALL_ANY},
	{"clock_gettime", CALL_ANY}, {"gettimeofday", CALL_ANY}, {"time", CALL_ANY},
	{"getrandom", CALL_ANY}, {"futex", CALL_ANY}, {"restart_syscall", CALL_ANY},
	{"getpid", CALL_ANY}, {"gettid", CALL_ANY},
	{"rt_sigaction", CALL_ANY}, {"rt_sigprocmask", CALL_ANY}, {"rt_sigreturn", CALL_ANY},
	{"exit", CALL_ANY}, {"exit_group", CALL_ANY},
#ifdef TONEARM_FAULTS
	{"tgkill", CALL_ANY},   /* a test has a program end itself */
#endif
};
const size_t calls_of_all_n = sizeof(calls_of_all) / sizeof(calls_of_all[0]);

/* Clients' connections; relays, never dials. */
static const struct call front[] = {
	{"accept4", CALL_ANY}, {"accept", CALL_ANY},
	{"recvmsg", CALL_ANY}, {"sendmsg", CALL_ANY}, {"readv", CALL_ANY}, {"writev", CALL_ANY},
	{"shutdown", CALL_ANY}, {"ioctl", CALL_ONE_TURN},
	{"getsockopt", CALL_ANY}, {"setsockopt", CALL_ANY},
	{"getsockname", CALL_ANY}, {"getpeername", CALL_ANY},
	{"fcntl", CALL_FCNTL_DUP},
};

/* Connections to PostgreSQL, opened again when they are lost. */
static const struct call vault[] = {
	{"recvmsg", CALL_ANY}, {"sendmsg", CALL_ANY}, {"sendmmsg", CALL_ANY},
	{"socket", CALL_LOCAL_OR_INET}, {"connect", CALL_ANY}, {"bind", CALL_ANY},
	{"sendto", CALL_ANY}, {"shutdown", CALL_ANY}, {"ioctl", CALL_ONE_TURN},
	{"getsockopt", CALL_ANY}, {"setsockopt", CALL_ANY},
	{"getsockname", CALL_ANY}, {"getpeername", CALL_ANY},
	{"openat", CALL_READ_ONLY}, {"newfstatat", CALL_ANY}, {"fstat", CALL_ANY},
	{"stat", CALL_ANY}, {"lseek", CALL_ANY}, {"pread64", CALL_ANY},
	{"access", CALL_ANY}, {"faccessat2", CALL_ANY}, {"readlink", CALL_ANY},
	{"getuid", CALL_ANY}, {"geteuid", CALL_ANY}, {"getgid", CALL_ANY}, {"getegid", CALL_ANY},
	{"mmap", CALL_NO_EXEC},  /* the C library shares nscd's tables, where there is one */
	{"sysinfo", CALL_ANY},   /* OpenSSL's, for a server that speaks TLS */
	{"uname", CALL_ANY}, {"rt_sigpending", CALL_ANY}, {"rt_sigtimedwait", CALL_ANY},
};

/* Channels only. */
static const struct call keyring[] = {
	{"recvmsg", CALL_ANY},
};
static const struct call portal[] = {
	{"recvmsg", CALL_ANY},
};

/* Outbound connections and name servers. */
static const struct call egress[] = {
	{"recvmsg", CALL_ANY}, {"sendmsg", CALL_ANY},
	{"socket", CALL_INET}, {"connect", CALL_ANY}, {"bind", CALL_ANY}, {"sendto", CALL_ANY},
	{"getsockopt", CALL_ANY}, {"setsockopt", CALL_ANY},
	{"getsockname", CALL_ANY}, {"getpeername", CALL_ANY},
	{"openat", CALL_READ_ONLY}, {"newfstatat", CALL_ANY}, {"fstat", CALL_ANY},
	{"lseek", CALL_ANY}, {"fcntl", CALL_FCNTL_DUP},
};

/* TLS over sockets that egress connected; no descriptor is ever sent. */
static const struct call worker[] = {
	{"recvmsg", CALL_ANY},
	{"getsockopt", CALL_ANY}, {"setsockopt", CALL_TCP_OPTIONS},
	{"getsockname", CALL_ANY}, {"getpeername", CALL_ANY},
	{"connect", CALL_IN_PROGRESS}, {"shutdown", CALL_ANY},
};

#define LIST(name) {#name, name, sizeof(name) / sizeof(name[0])}

const struct call_list call_lists[CONFINE_ROLES] = {
	[CONFINE_FRONT] = LIST(front),
	[CONFINE_VAULT] = LIST(vault),
	[CONFINE_KEYRING] = LIST(keyring),
	[CONFINE_PORTAL] = LIST(portal),
	[CONFINE_EGRESS] = LIST(egress),
	[CONFINE_ENROLL] = {"enroll", worker, sizeof(worker) / sizeof(worker[0])},
	[CONFINE_WORKER] = LIST(worker),
};
