/*
 * tonearm status and check-config.  status speaks to the supervisor over its
 * local socket: one line "status", then text until the end.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/say.h"

#define ANSWER_WAIT_S 10

static bool
no_arguments(const struct command_args *a, const char *command)
{
	if (a->argc == 0)
		return true;
	say_error("'%s' takes no arguments", command);
	return false;
}

/* A connection to the supervisor, or -1 with errno. */
static int
dial(const char *path)
{
	const struct timeval wait = {.tv_sec = ANSWER_WAIT_S};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		int why = errno;

		(void)close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/* Sends the question and prints what comes; false with errno. */
static bool
ask(int fd, const char *line, bool *answered)
{
	char part[4096];
	ssize_t n;

	if (send(fd, line, strlen(line), MSG_NOSIGNAL) != (ssize_t)strlen(line))
		return false;
	while ((n = recv(fd, part, sizeof(part), 0)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		*answered = true;
		(void)fwrite(part, 1, (size_t)n, stdout);
	}
	return true;
}

int
command_status(const struct command_args *a)
{
	const char *path = conf_str(a->conf, "server.control_socket");
	bool answered = false, ok;
	int fd;

	if (!no_arguments(a, "status"))
		return EXIT_USAGE;
	fd = dial(path);
	if (fd < 0) {
		say_error("%s: %s", path, strerror(errno));
		if (errno == ENOENT || errno == ECONNREFUSED)
			say_hint("The server does not run, or server.control_socket differs.");
		else
			say_hint("Run this as root or as the user who starts tonearmd.");
		return EXIT_FAILED;
	}
	ok = ask(fd, "status\n", &answered);
	if (!ok)
		say_error("%s: %s", path, errno == EAGAIN ? "no answer in time" : strerror(errno));
	else if (!answered)
		say_error("%s: the server closed the connection without an answer", path);
	(void)close(fd);
	return ok && answered ? EXIT_DONE : EXIT_FAILED;
}

int
command_check_config(const struct command_args *a)
{
	if (!no_arguments(a, "check-config"))
		return EXIT_USAGE;
	(void)printf("%s: nothing wrong\n", a->conf_path);
	return EXIT_DONE;
}
