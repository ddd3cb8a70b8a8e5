/* Accepting; see listener.h.  Knows nothing of HTTP but one fixed answer. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "master/front/client.h"
#include "master/front/listener.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define ACCEPTS_A_TURN 64
#define SAY_MS 1000       /* a shortage is said once in so long */

static const char too_many[] =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\n"
    "Connection: close\r\n\r\n";

/* Answers without reading; the peer is not waited for. */
static void
turn_away(struct front *f, int fd)
{
	f->counts.refused_connections++;
	(void)send(fd, too_many, sizeof(too_many) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_RDWR);
	(void)close(fd);
}

/* No descriptor or no memory for one, in this program or in the system. */
static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

static void
say_shortage(struct front *f)
{
	int64_t now = clock_mono_ms();

	if (f->shortage_said != 0 && now - f->shortage_said < SAY_MS)
		return;
	f->shortage_said = now;
	log_error("out_of_descriptors", LF_UINT("clients", front_clients(f)),
	    LF_UINT("refused", f->counts.refused_connections));
}

/*
 * No descriptor is left, and the connection would stay in the queue and wake
 * us for ever: the reserved one is given up for as long as it takes to turn
 * the connection away.  False if not even that helps.
 */
static bool
turn_away_unseen(struct front *f, int listener)
{
	int fd;

	if (f->reserve_fd >= 0)
		(void)close(f->reserve_fd);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		turn_away(f, fd);
	f->reserve_fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
	return fd >= 0;
}

/* Lets them wait in the queue until the next tick. */
static void
pause_listeners(struct front *f)
{
	unsigned i;

	for (i = 0; i < f->n_listeners; i++)
		if (event_del(f->listeners[i].readable) == 0)
			f->listeners_paused = true;
}

void
listeners_go_on(struct front *f)
{
	unsigned i;

	if (!f->listeners_paused)
		return;
	f->listeners_paused = false;
	for (i = 0; i < f->n_listeners; i++)
		if (event_add(f->listeners[i].readable, NULL) != 0)
			f->listeners_paused = true;
}

/* One connection's descriptor, or -1 and errno.  Who has said nothing for long
 * makes room for who comes. */
static int
take_connection(struct listener *l, struct sockaddr_storage *from)
{
	socklen_t n = sizeof(*from);
	int fd;

	memset(from, 0, sizeof(*from));
	fd = accept4(l->fd, (struct sockaddr *)from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0 || !is_shortage(errno))
		return fd;
	say_shortage(l->front);
	if (clients_make_room(l->front)) {
		n = sizeof(*from);
		fd = accept4(l->fd, (struct sockaddr *)from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	} else {
		errno = EMFILE;
	}
	return fd;
}

/* False when nobody is waiting any more, or nobody can be taken. */
static bool
accept_one(struct listener *l)
{
	struct front *f = l->front;
	struct sockaddr_storage from;
	struct address peer;
	int one = 1, fd = take_connection(l, &from);
	err_t err;

	if (fd < 0 && is_shortage(errno)) {
		if (turn_away_unseen(f, l->fd))
			return true;
		pause_listeners(f);
		return false;
	}
	if (fd < 0)
		return errno == ECONNABORTED || errno == EINTR;
	if (front_clients(f) + front_workers(f) >= f->fds_max && !clients_make_room(f)) {
		say_shortage(f);
		turn_away(f, fd);
		return true;
	}
	if (l->kind == LISTENER_TCP)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	peer = address_of(&from);
	f->counts.connections++;
	err = client_create(l, fd, &peer);
	if (err != 0)
		log_warn("connection_lost", LF_STR("error", err_text(err)));
	return true;
}

static void
on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < ACCEPTS_A_TURN; i++)
		if (!accept_one(l))
			break;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage s;
	socklen_t n = sizeof(s);

	memset(&s, 0, sizeof(s));
	if (getsockname(fd, (struct sockaddr *)&s, &n) != 0)
		return 0;
	if (s.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)(void *)&s)->sin_port);
	return s.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)(void *)&s)->sin6_port) : 0;
}

err_t
listener_add(struct front *f, int fd, uint8_t kind)
{
	struct listener *l = &f->listeners[f->n_listeners];
	int flags = fcntl(fd, F_GETFL);
	err_t err = ERR_SYSTEM;

	if (f->n_listeners == FRONT_LISTENERS || f->draining) {
		err = ERR_LIMIT;
		goto fail;
	}
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		goto fail;
	*l = (struct listener){.front = f, .fd = fd, .kind = kind,
	    .port = kind == LISTENER_TCP ? port_of(fd) : 0};
	l->readable = event_new(loop_base(f->loop), fd, EV_READ | EV_PERSIST, on_connection, l);
	err = ERR_NOMEM;
	if (l->readable == NULL)
		goto fail;
	if (f->serving && event_add(l->readable, NULL) != 0) {
		event_free(l->readable);
		err = ERR_SYSTEM;
		goto fail;
	}
	if (f->n_listeners++ == 0)
		f->listening_since = clock_mono_ms();
	return 0;
fail:
	(void)close(fd);
	return err;
}

void
listeners_serve(struct front *f)
{
	unsigned i;

	for (i = 0; i < f->n_listeners; i++)
		if (event_add(f->listeners[i].readable, NULL) != 0)
			log_error("not_listening", LF_UINT("port", f->listeners[i].port));
	f->serving = true;
	log_info("serving", LF_INT("ms", clock_mono_ms() - f->listening_since));
}

void
listeners_close(struct front *f)
{
	while (f->n_listeners > 0) {
		struct listener *l = &f->listeners[--f->n_listeners];

		event_free(l->readable);
		(void)close(l->fd);
	}
}
