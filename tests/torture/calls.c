/* System calls that fail on order; see calls.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/torture/calls.h"

static struct calls own;
struct calls *calls = &own;

void
calls_begin(enum call call, int err, uint64_t at, uint64_t n)
{
	calls->on = 0;
	calls->call = (int32_t)call;
	calls->err = err;
	calls->at = at;
	calls->n = n;
	calls->seen = calls->fired = 0;
}

void
calls_on(bool on)
{
	calls->on = on;
}

const char *
call_text(enum call call)
{
	static const char *const names[] = {
#define X(NAME, name) [CALL_##NAME] = #name,
		CALLS(X)
#undef X
	};

	return names[call];
}

static void
note_site(enum call call, const void *caller)
{
	uint64_t at = (uint64_t)(uintptr_t)caller;
	uint32_t i;

	for (i = 0; i < calls->n_sites; i++)
		if (calls->sites[i].at == at && calls->sites[i].call == (uint32_t)call)
			break;
	if (i == CALL_SITES)
		return;
	if (i == calls->n_sites) {
		calls->sites[i] = (struct call_site){.at = at, .call = (uint32_t)call};
		calls->n_sites = i + 1;
	}
	calls->sites[i].fired++;
}

/* Is this the call that is to fail?  Then errno is set. */
static bool
due(enum call call, const void *caller)
{
	if (!calls->on || calls->call != (int32_t)call)
		return false;
	calls->seen++;
	if (calls->at == 0 || calls->seen < calls->at || calls->seen - calls->at >= calls->n)
		return false;
	calls->fired++;
	note_site(call, caller);
	errno = calls->err;
	return true;
}

static bool
fails(enum call call, const void *caller)
{
	return calls->err != CALL_SHORT && due(call, caller);
}

static size_t
room(enum call call, size_t n, const void *caller)
{
	return calls->err == CALL_SHORT && n > 1 && due(call, caller) ? 1 : n;
}

/* A packet of frames begins with its version and two zero bytes. */
static bool
is_frames(const uint8_t *p, size_t n)
{
	return n >= 16 && p[0] == 1 && p[2] == 0 && p[3] == 0;
}

#ifdef CALLS_PRELOAD
#define F(name) name
#else
#define F(name) __wrap_##name
#endif
#define CALLER __builtin_return_address(0)

/* A peer that is gone is gone for good: the next calls see it too. */
static void
leave(int fd)
{
	int was = errno;

	if (was == EPIPE || was == ECONNRESET)
		(void)shutdown(fd, SHUT_RDWR);
	errno = was;
}

ssize_t F(send)(int fd, const void *p, size_t n, int flags);
ssize_t
F(send)(int fd, const void *p, size_t n, int flags)
{
	if (!(calls->streams_only && is_frames(p, n))) {
		if (fails(CALL_SEND, CALLER)) {
			leave(fd);
			return -1;
		}
		n = room(CALL_SEND, n, CALLER);
	}
	return syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
}

ssize_t F(recv)(int fd, void *p, size_t n, int flags);
ssize_t
F(recv)(int fd, void *p, size_t n, int flags)
{
	if (!(calls->streams_only && flags != MSG_DONTWAIT)) {
		if (fails(CALL_RECV, CALLER)) {
			leave(fd);
			return -1;
		}
		n = room(CALL_RECV, n, CALLER);
	}
	return syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}

ssize_t F(read)(int fd, void *p, size_t n);
ssize_t
F(read)(int fd, void *p, size_t n)
{
	if (fails(CALL_READ, CALLER))
		return -1;
	return syscall(SYS_read, fd, p, room(CALL_READ, n, CALLER));
}

/* What -D_FORTIFY_SOURCE makes of them where it cannot see the room. */
ssize_t F(__read_chk)(int fd, void *p, size_t n, size_t most);
ssize_t
F(__read_chk)(int fd, void *p, size_t n, size_t most)
{
	if (n > most)
		abort();
	if (fails(CALL_READ, CALLER))
		return -1;
	return syscall(SYS_read, fd, p, room(CALL_READ, n, CALLER));
}

ssize_t F(__recv_chk)(int fd, void *p, size_t n, size_t most, int flags);
ssize_t
F(__recv_chk)(int fd, void *p, size_t n, size_t most, int flags)
{
	if (n > most)
		abort();
	return F(recv)(fd, p, n, flags);
}

ssize_t F(write)(int fd, const void *p, size_t n);
ssize_t
F(write)(int fd, const void *p, size_t n)
{
	if (fails(CALL_WRITE, CALLER))
		return -1;
	return syscall(SYS_write, fd, p, room(CALL_WRITE, n, CALLER));
}

ssize_t F(getrandom)(void *p, size_t n, unsigned flags);
ssize_t
F(getrandom)(void *p, size_t n, unsigned flags)
{
	if (fails(CALL_GETRANDOM, CALLER))
		return -1;
	return syscall(SYS_getrandom, p, room(CALL_GETRANDOM, n, CALLER), flags);
}

/* Those that only fail: result, number and name, parameters, arguments. */
#define PLAIN(type, NAME, name, params, ...) \
	type F(name) params; \
	type F(name) params \
	{ \
		return fails(CALL_##NAME, CALLER) ? -1 : (type)syscall(SYS_##name, __VA_ARGS__); \
	}
PLAIN(ssize_t, SENDMSG, sendmsg, (int fd, const struct msghdr *m, int flags), fd, m, flags)
PLAIN(ssize_t, RECVMSG, recvmsg, (int fd, struct msghdr *m, int flags), fd, m, flags)
PLAIN(int, POLL, poll, (struct pollfd *p, nfds_t n, int ms), p, n, ms)
PLAIN(int, SOCKET, socket, (int domain, int type, int protocol), domain, type, protocol)
PLAIN(int, SOCKETPAIR, socketpair, (int domain, int type, int protocol, int fds[2]),
    domain, type, protocol, fds)
PLAIN(int, CONNECT, connect, (int fd, const struct sockaddr *a, socklen_t n), fd, a, n)
PLAIN(int, ACCEPT4, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags),
    fd, a, n, flags)
PLAIN(int, PIDFD_OPEN, pidfd_open, (pid_t pid, unsigned flags), pid, flags)
PLAIN(int, EXECVE, execve, (const char *path, char *const *argv, char *const *envp),
    path, argv, envp)
PLAIN(int, DUP2, dup2, (int from, int to), from, to)
PLAIN(int, CLOSE_RANGE, close_range, (unsigned first, unsigned last, int flags),
    first, last, flags)
PLAIN(int, WAITID, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
    type, id, info, options, NULL)

int F(fcntl)(int fd, int what, ...);
int
F(fcntl)(int fd, int what, ...)
{
	va_list ap;
	long arg;

	va_start(ap, what);
	arg = va_arg(ap, long);
	va_end(ap);
	if (what == F_DUPFD || what == F_DUPFD_CLOEXEC) {
		if (fails(CALL_FCNTL, CALLER))
			return -1;
	}
	return (int)syscall(SYS_fcntl, fd, what, arg);
}

int F(prctl)(int option, ...);
int
F(prctl)(int option, ...)
{
	va_list ap;
	long a[4];
	size_t i;

	va_start(ap, option);
	for (i = 0; i < 4; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return fails(CALL_PRCTL, CALLER) ? -1 :
	    (int)syscall(SYS_prctl, option, a[0], a[1], a[2], a[3]);
}

/* libevent's; a program has no other. */
int epoll_wait(int fd, struct epoll_event *e, int n, int ms)
{
	return fails(CALL_EPOLL_WAIT, CALLER) ? -1 : (int)syscall(SYS_epoll_wait, fd, e, n, ms);
}

#ifndef CALLS_PRELOAD
pid_t __real_fork(void);
pid_t F(fork)(void);
pid_t
F(fork)(void)
{
	return fails(CALL_FORK, CALLER) ? -1 : __real_fork();
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *F(fopen)(const char *path, const char *mode);
FILE *
F(fopen)(const char *path, const char *mode)
{
	return fails(CALL_FOPEN, CALLER) ? NULL : __real_fopen(path, mode);
}

int F(open)(const char *path, int flags, ...);
int
F(open)(const char *path, int flags, ...)
{
	return fails(CALL_OPEN, CALLER) ? -1 :
	    (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}
#else
/* The test's page, on the descriptor that it named; closed before main. */
static void __attribute__((constructor))
begin(void)
{
	const char *text = getenv("TORTURE_FD");
	int fd = text == NULL ? -1 : atoi(text);
	void *page;

	/* No test drives it: every byte comes by itself. */
	if (fd < 0) {
		calls->streams_only = 1;
		calls_begin(CALL_RECV, CALL_SHORT, 1, UINT64_MAX);
		calls_on(true);
		return;
	}
	page = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		abort();
	calls = page;
	(void)close(fd);
}
#endif
