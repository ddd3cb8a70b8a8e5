/*
 * Owns a listening socket over restarts of the program that serves it, as a
 * systemd socket unit does (sd_listen_fds(3)): the program finds it as
 * descriptor 3, with LISTEN_FDS and LISTEN_PID.  For whole-system tests.
 *
 *   holder unix:PATH|PORT COMMAND [ARGUMENT]...
 *
 * Each line on standard input starts the command once more.  It says
 * "started PID" and "ended PID STATUS" (a wait status), and ends with its
 * input; the commands are left alone.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTENER 3
#define BACKLOG  1024

static int
fail(const char *what)
{
	(void)fprintf(stderr, "holder: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Makes the socket descriptor 3, open over exec.  0, or -1 with errno. */
static int
make_listener(const char *where)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr_in inet = {.sin_family = AF_INET};
	bool is_path = strncmp(where, "unix:", 5) == 0;
	const struct sockaddr *to = is_path ? (const struct sockaddr *)&local :
	    (const struct sockaddr *)&inet;
	int fd = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		return -1;
	inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	inet.sin_port = htons((uint16_t)strtoul(where, NULL, 10));
	(void)snprintf(local.sun_path, sizeof(local.sun_path), "%s", where + (is_path ? 5 : 0));
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, to, is_path ? sizeof(local) : sizeof(inet)) != 0 ||
	    listen(fd, BACKLOG) != 0 || (is_path && chmod(local.sun_path, 0666) != 0))
		return -1;
	if (fd == LISTENER)
		return 0;
	if (dup2(fd, LISTENER) < 0)
		return -1;
	return close(fd);
}

static void
run(char *const command[])
{
	char text[24];
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	if (null >= 0 && dup2(null, STDIN_FILENO) == 0 && setenv("LISTEN_FDS", "1", 1) == 0 &&
	    setenv("LISTEN_PID", text, 1) == 0)
		(void)execv(command[0], command);
	_exit(127);
}

static int
start(char *const command[])
{
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0)
		run(command);
	(void)printf("started %d\n", (int)pid);
	return 0;
}

/* Starts a command for each line.  1 when the input has ended, -1 on errors. */
static int
read_lines(char *const command[])
{
	char text[256];
	ssize_t n = read(STDIN_FILENO, text, sizeof(text)), i;

	if (n <= 0)
		return n == 0 ? 1 : -1;
	for (i = 0; i < n; i++)
		if (text[i] == '\n' && start(command) != 0)
			return -1;
	return 0;
}

static void
reap(int signals)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(signals, &info, sizeof(info)) < 0)
		return;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		(void)printf("ended %d %d\n", (int)pid, status);
}

int
main(int argc, char **argv)
{
	struct pollfd from[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};
	sigset_t child;
	int rc = 0;

	if (argc < 3) {
		(void)fprintf(stderr, "Usage: holder unix:PATH|PORT COMMAND [ARGUMENT]...\n");
		return 2;
	}
	if (make_listener(argv[1]) != 0)
		return fail(argv[1]);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	from[1].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (from[1].fd < 0)
		return fail("signalfd");
	while (rc == 0 && poll(from, 2, -1) >= 0) {
		if (from[1].revents != 0)
			reap(from[1].fd);
		if (from[0].revents != 0)
			rc = read_lines(argv + 2);
	}
	return rc == 1 ? 0 : fail("standard input");
}
