/* Listening sockets; see listen.h.  Never accepts, never reads. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "master/supervisor/listen.h"
#include "shared/conf/options.h"

#define BACKLOG 1024
#define UNSENT_MAX (128 * 1024)
#define SYSTEMD_FIRST_FD 3

/* Says what did not work; always ERR_CONFIG. */
static err_t
cannot(struct buf *why, const char *what, int error, const char *advice)
{
	if (buf_printf(why, "cannot listen on %s: %s. %s", what, strerror(error), advice) != 0)
		return ERR_CONFIG;
	return ERR_CONFIG;
}

static const char *
advice_for(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "Another program has it: end that one or choose another server.listen.";
	case EADDRNOTAVAIL:
		return "This machine has no such address: choose another server.listen.";
	case EACCES:
		return "This user may not: start tonearmd as root or choose a port above 1023.";
	default:
		return "Choose another server.listen.";
	}
}

/* Is somebody serving the socket file at path? */
static bool
served(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd < 0)
		return false;
	yes = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 || errno == EAGAIN;
	(void)close(fd);
	return yes;
}

/* The folder of a socket file is made if only its last step is missing. */
static void
make_folder(const char *path)
{
	char folder[108];
	char *slash;

	(void)strcpy(folder, path);
	slash = strrchr(folder, '/');
	if (slash == NULL || slash == folder)
		return;
	*slash = '\0';
	if (mkdir(folder, 0755) == 0)
		(void)chmod(folder, 0755);
}

err_t
listen_unix(const char *path, unsigned mode, int *out, struct buf *why)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat st;
	mode_t mask;
	int fd, failed;

	if (strlen(path) >= sizeof(a.sun_path))
		return cannot(why, path, ENAMETOOLONG, "Choose a shorter path.");
	(void)strcpy(a.sun_path, path);
	make_folder(path);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return cannot(why, path, EEXIST, "There is a file of that name that is no socket.");
		if (served(&a))
			return cannot(why, path, EADDRINUSE, "Is tonearmd running already?");
		(void)unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return cannot(why, path, errno, "");
	mask = umask(0777 & ~(mode_t)mode);
	failed = bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, BACKLOG) != 0;
	(void)umask(mask);
	if (failed) {
		failed = errno;
		(void)close(fd);
		return cannot(why, path, failed, "The folder must be there and this user must be "
		    "allowed to write in it.");
	}
	*out = fd;
	return 0;
}

/* What connections take from this listener: of an answer that nobody reads the
 * kernel holds no more than this beside what it has sent; else it would be
 * megabytes. */
static void
bound_unsent(int fd)
{
	int most = UNSENT_MAX;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

static err_t
listen_tcp(const char *text, int *out, struct buf *why)
{
	struct sockaddr_storage a = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a;
	char host[64] = "";
	const char *colon = strrchr(text, ':');
	size_t n = (size_t)(colon - text);
	socklen_t len = text[0] == '[' ? sizeof(*v6) : sizeof(*v4);
	in_port_t port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	int fd, one = 1, failed;

	if (n >= sizeof(host))
		return ERR_CONFIG;
	if (text[0] == '[') {
		memcpy(host, text + 1, n - 2);
		v6->sin6_family = AF_INET6;
		v6->sin6_port = port;
		(void)inet_pton(AF_INET6, host, &v6->sin6_addr);
	} else {
		memcpy(host, text, n);
		v4->sin_family = AF_INET;
		v4->sin_port = port;
		(void)inet_pton(AF_INET, host, &v4->sin_addr);
	}
	fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return cannot(why, text, errno, advice_for(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (a.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, BACKLOG) != 0) {
		failed = errno;
		(void)close(fd);
		return cannot(why, text, failed, advice_for(failed));
	}
	bound_unsent(fd);
	*out = fd;
	return 0;
}

/* A variable of systemd's as a number; -1 if it is not there or none. */
static long
variable(const char *name)
{
	const char *text = getenv(name);
	char *rest;
	long v;

	if (text == NULL || *text == '\0')
		return -1;
	v = strtol(text, &rest, 10);
	return *rest == '\0' ? v : -1;
}

/* sd_listen_fds(3): descriptors from 3 on, if they are meant for us. */
static err_t
take_passed(struct listeners *l, struct buf *why)
{
	long i, n = variable("LISTEN_FDS");

	if (n <= 0 || variable("LISTEN_PID") != (long)getpid())
		return 0;
	for (i = 0; i < n && l->n < LISTENERS_MAX; i++) {
		int fd = SYSTEMD_FIRST_FD + (int)i, accepts = 0;
		struct sockaddr_storage a = {.ss_family = AF_UNSPEC};
		socklen_t len = sizeof(a), optlen = sizeof(accepts);

		if (getsockname(fd, (struct sockaddr *)&a, &len) != 0 ||
		    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &optlen) != 0 || accepts == 0)
			return cannot(why, "a socket that systemd passed", ENOTSOCK,
			    "The socket unit must list stream sockets with Accept=no.");
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
		l->list[l->n].fd = fd;
		if (a.ss_family != AF_UNIX)
			bound_unsent(fd);
		l->list[l->n++].kind = a.ss_family == AF_UNIX ? LISTENER_UNIX : LISTENER_TCP;
	}
	l->passed = true;
	return 0;
}

static err_t
open_one(struct listeners *l, const char *text, struct buf *why)
{
	err_t err;
	int fd = -1;

	if (l->n == LISTENERS_MAX)
		return cannot(why, text, E2BIG, "server.listen may name 16 addresses.");
	if (strncmp(text, "unix:", 5) == 0) {
		err = listen_unix(text + 5, 0666, &fd, why);
		if (err == 0)
			(void)strcpy(l->list[l->n].path, text + 5);
	} else {
		err = listen_tcp(text, &fd, why);
	}
	if (err != 0)
		return err;
	l->list[l->n].kind = text[0] == 'u' ? LISTENER_UNIX : LISTENER_TCP;
	l->list[l->n++].fd = fd;
	return 0;
}

err_t
listeners_open(struct listeners *l, const char *list, struct buf *why)
{
	char *copy, *rest, *part;
	err_t err;

	memset(l, 0, sizeof(*l));
	err = take_passed(l, why);
	if (err != 0 || l->passed)
		return err;
	copy = strdup(list);
	if (copy == NULL)
		return ERR_NOMEM;
	for (part = strtok_r(copy, ", ", &rest); part != NULL && err == 0;
	    part = strtok_r(NULL, ", ", &rest))
		err = open_one(l, part, why);
	free(copy);
	if (err != 0)
		listeners_close(l);
	return err;
}

void
listeners_close(struct listeners *l)
{
	unsigned i;

	for (i = 0; i < l->n; i++) {
		(void)close(l->list[i].fd);
		if (l->list[i].path[0] != '\0')
			(void)unlink(l->list[i].path);
	}
	l->n = 0;
}
