/*
 * The local socket of the tonearm command: a line asks ("status", "drain"),
 * lines answer, the connection ends.  Only our own user (or root) can open it;
 * what it can ask for is what a signal could.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"

#define CLIENTS_MOST   8
#define LINE_MOST      64
#define ANSWER_MOST    65536
#define FIGURES_MS     1000     /* how long a status waits for the programs' figures */

struct client {
	struct operator *op;
	struct bufferevent *io;      /* NULL: a free place */
	uint64_t request;            /* of the figures it waits for */
	unsigned waits;              /* programs that have not answered */
	struct event *timer;
	bool closing;
};

struct operator {
	struct supervisor *sup;
	int fd;
	struct event *accepts;
	uint64_t last_request;
	struct client clients[CLIENTS_MOST];
};

static void
client_end(struct client *c)
{
	if (c->io != NULL)
		bufferevent_free(c->io);
	if (c->timer != NULL)
		event_free(c->timer);
	c->io = NULL;
	c->timer = NULL;
	c->waits = 0;
}

/* The answer is complete: the connection ends when it has left. */
static void
finish(struct client *c)
{
	c->closing = true;
	if (evbuffer_get_length(bufferevent_get_output(c->io)) == 0)
		client_end(c);
}

static void __attribute__((format(printf, 2, 3)))
say(struct client *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (evbuffer_get_length(bufferevent_get_output(c->io)) < ANSWER_MOST)
		(void)evbuffer_add_vprintf(bufferevent_get_output(c->io), fmt, ap);
	va_end(ap);
}

static void
say_state(struct client *c)
{
	static const char *const phases[] = {"starting", "running", "draining", "draining", "ending"};
	const struct supervisor *s = c->op->sup;
	int64_t now = clock_mono_ms();
	size_t i;

	say(c, "state %s\n", phases[s->phase]);
	say(c, "isolation %s\n", s->isolated ? "isolated" : "reduced");
	say(c, "landlock_abi %d\n", confine_landlock_abi());
	say(c, "uptime_seconds %lld\n", (long long)(now - s->started_ms) / 1000);
	say(c, "workers_alive %u\n", s->workers.taken);
	say(c, "workers_bound %u\n", s->bound);
	say(c, "workers_blank %u\n", members_blank(s));
	say(c, "workers_made %llu\n", (unsigned long long)s->workers_made);
	say(c, "workers_ended %llu\n", (unsigned long long)s->worker_deaths);
	say(c, "workers_killed %llu\n", (unsigned long long)s->worker_kills);
	say(c, "workers_refused_call %llu\n", (unsigned long long)s->worker_refusals);
	say(c, "enroll_alive %u\n", s->pools[MEMBER_ENROLL].slots.taken);
	say(c, "fetch_alive %u\n", s->pools[MEMBER_FETCH].slots.taken);
	say(c, "nursery_pid %d\n", (int)s->nurseries[s->nursery].process.pid);
	for (i = 0; i < ROLES; i++) {
		const struct role *r = &s->roles[i];

		say(c, "%s_pid %d\n", role_name(r), (int)r->process.pid);
		say(c, "%s_ready %s\n", role_name(r), r->ready ? "yes" : "no");
		say(c, "%s_starts %llu\n", role_name(r), (unsigned long long)r->starts);
		say(c, "%s_deaths %llu\n", role_name(r), (unsigned long long)r->deaths);
	}
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	c->waits = 0;
	finish(c);
}

/* Asks each program for its figures; what does not come in a second is left out. */
static void
ask_figures(struct client *c)
{
	const struct msg_status_ask m = {};
	struct timeval wait = {.tv_sec = FIGURES_MS / 1000};
	struct supervisor *s = c->op->sup;
	size_t i;

	c->request = ++c->op->last_request;
	for (i = 0; i < ROLES; i++)
		if (s->roles[i].ready && send_status_ask(s->roles[i].control, c->request, &m) == 0)
			c->waits++;
	c->timer = event_new(loop_base(s->loop), -1, 0, on_timeout, c);
	if (c->waits == 0 || c->timer == NULL || event_add(c->timer, &wait) != 0)
		finish(c);
}

void
operator_status(struct supervisor *s, const char *who, uint64_t request, struct span text)
{
	size_t i, k, n;

	for (i = 0; i < CLIENTS_MOST && s->operator != NULL; i++) {
		struct client *c = &s->operator->clients[i];

		if (c->io == NULL || c->waits == 0 || c->request != request)
			continue;
		for (k = 0; k < text.n; k += n + 1) {
			const uint8_t *end = memchr(text.p + k, '\n', text.n - k);

			n = end == NULL ? text.n - k : (size_t)(end - text.p) - k;
			if (n > 0)
				say(c, "%s_%.*s\n", who, (int)n, (const char *)text.p + k);
		}
		if (--c->waits == 0)
			finish(c);
	}
}

static void
on_line(struct bufferevent *io, void *arg)
{
	struct client *c = arg;
	char *line;
	size_t n;

	if (c->closing || c->waits > 0)
		return;
	line = evbuffer_readln(bufferevent_get_input(io), &n, EVBUFFER_EOL_CRLF);
	if (line == NULL) {
		if (evbuffer_get_length(bufferevent_get_input(io)) > LINE_MOST)
			client_end(c);
		return;
	}
	if (strcmp(line, "status") == 0) {
		say_state(c);
		ask_figures(c);
	} else if (strcmp(line, "drain") == 0) {
		say(c, "ok draining\n");
		finish(c);
		drain_begin(c->op->sup);
	} else {
		say(c, "error unknown question; known are: status, drain\n");
		finish(c);
	}
	free(line);
}

static void
on_written(struct bufferevent *io, void *arg)
{
	struct client *c = arg;

	(void)io;
	if (c->closing)
		client_end(c);
}

static void
on_event(struct bufferevent *io, short what, void *arg)
{
	(void)io;
	(void)what;
	client_end(arg);
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct operator *op = arg;
	struct timeval patience = {.tv_sec = 10};
	struct client *c = NULL;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i;

	(void)what;
	if (fd < 0)
		return;
	for (i = 0; i < CLIENTS_MOST && c == NULL; i++)
		if (op->clients[i].io == NULL)
			c = &op->clients[i];
	if (c != NULL)
		memset(c, 0, sizeof(*c));
	if (c == NULL ||
	    (c->io = bufferevent_socket_new(loop_base(op->sup->loop), fd, BEV_OPT_CLOSE_ON_FREE)) == NULL) {
		(void)close(fd);
		return;
	}
	c->op = op;
	bufferevent_setcb(c->io, on_line, on_written, on_event, c);
	bufferevent_setwatermark(c->io, EV_READ, 0, 2 * LINE_MOST);
	(void)bufferevent_set_timeouts(c->io, &patience, &patience);
	(void)bufferevent_enable(c->io, EV_READ | EV_WRITE);
}

err_t
operator_open(struct supervisor *s)
{
	struct operator *op = calloc(1, sizeof(*op));
	const char *path = conf_str(&s->conf.values, "server.control_socket");
	struct buf why;
	err_t err;

	if (op == NULL)
		return ERR_NOMEM;
	buf_init(&why, 1024);
	op->sup = s;
	err = listen_unix(path, 0600, &op->fd, &why);
	if (err != 0) {
		(void)fprintf(stderr, "tonearmd: server.control_socket: %s\n", buf_cstr(&why));
		buf_free(&why);
		free(op);
		return err;
	}
	buf_free(&why);
	op->accepts = event_new(loop_base(s->loop), op->fd, EV_READ | EV_PERSIST, on_accept, op);
	if (op->accepts == NULL || event_add(op->accepts, NULL) != 0) {
		(void)close(op->fd);
		free(op);
		return ERR_NOMEM;
	}
	s->operator = op;
	return 0;
}

void
operator_close(struct supervisor *s)
{
	struct operator *op = s->operator;
	size_t i;

	if (op == NULL)
		return;
	for (i = 0; i < CLIENTS_MOST; i++)
		client_end(&op->clients[i]);
	event_free(op->accepts);
	(void)close(op->fd);
	(void)unlink(conf_str(&s->conf.values, "server.control_socket"));
	free(op);
	s->operator = NULL;
}
