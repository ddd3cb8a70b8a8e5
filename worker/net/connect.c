/*
 * connect() and socketpair() of this program; see connect.h.  Otherwise they are
 * the system's calls, which the worker's filter does not contain.
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/net/connect.h"

/* The one piece of global state here: connect() has no other way to know. */
static uint64_t adopted[CONNECT_FDS / 64];

static bool
is_adopted(int fd)
{
	return fd >= 0 && fd < CONNECT_FDS &&
	    (adopted[fd / 64] >> (fd % 64) & 1) != 0;
}

bool
connect_adopt(int fd)
{
	if (fd < 0 || fd >= CONNECT_FDS)
		return false;
	adopted[fd / 64] |= (uint64_t)1 << (fd % 64);
	return true;
}

void
connect_forget(int fd)
{
	if (is_adopted(fd))
		adopted[fd / 64] &= ~((uint64_t)1 << (fd % 64));
}

static bool no_pairs;

void
connect_refuse_pairs(bool refuse)
{
	no_pairs = refuse;
}

int
socketpair(int domain, int type, int protocol, int fds[2])
{
	if (no_pairs) {
		errno = EMFILE;
		return -1;
	}
	return (int)syscall(SYS_socketpair, domain, type, protocol, fds);
}

/* Interposed for libcurl. */
int
connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	if (is_adopted(fd)) {
		errno = EINPROGRESS;
		return -1;
	}
	return (int)syscall(SYS_connect, fd, addr, len);
}
