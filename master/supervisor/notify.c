/*
 * systemd's notification protocol: one datagram.  Forty lines of our own rather
 * than libsystemd, which would bring its compression libraries into the
 * process that may change users.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "master/supervisor/notify.h"
#include "shared/base/log.h"

void
notify_alive(int64_t now)
{
	static int64_t last;
	const char *span = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long us = span == NULL ? 0 : strtoll(span, NULL, 10);

	if (us <= 0 || now - last < us / 3000)
		return;
	if (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid())
		return;
	last = now;
	notify_systemd("WATCHDOG=1");
}

void
notify_systemd(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n;
	int fd;

	if (name == NULL || (name[0] != '/' && name[0] != '@'))
		return;
	n = strlen(name);
	if (n < 2 || n >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, name, n);
	if (name[0] == '@')
		a.sun_path[0] = '\0';    /* an abstract address */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&a,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		log_warn("notify_failed");
	(void)close(fd);
}
