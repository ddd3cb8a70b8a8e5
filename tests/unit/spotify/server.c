/* The scripted server; see server.h. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tests/unit/spotify/server.h"

#define RULES 128
#define ROOM (256 * 1024)

struct conn {
	struct server *server;
	struct conn *next;
	int fd, number;
	struct event *ev, *delay;
	char *data;
	size_t len;
	struct server_rule *rule;     /* to be answered after a delay */
};

struct server {
	struct event_base *base;
	int fd, port, connections;
	unsigned open, most_open;     /* requests that wait for a delayed answer */
	struct event *ev;
	struct conn *conns;
	struct server_rule rules[RULES];
	size_t n_rules, n_seen;
	struct server_seen seen[SERVER_SEEN];
};

static void
conn_free(struct conn *c)
{
	struct conn **p;

	for (p = &c->server->conns; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	c->server->open -= evtimer_pending(c->delay, NULL) ? 1 : 0;
	event_free(c->ev);
	event_free(c->delay);
	(void)close(c->fd);
	free(c->data);
	free(c);
}

/* True if the connection is gone. */
static bool
answer(struct conn *c, const struct server_rule *r)
{
	static const struct server_rule none = {.status = 404,
	    .body = "{\"error\":{\"status\":404,\"message\":\"Service not found\"}}"};
	char head[1024];
	const char *body;
	size_t n;
	int len;

	if (r == NULL)
		r = &none;
	body = r->body == NULL ? "" : r->body;
	n = r->body_n > 0 ? r->body_n : strlen(body);
	if (r->act == ACT_HANG)
		return false;
	if (r->act == ACT_CUT) {
		conn_free(c);
		return true;
	}
	len = snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Type: %s\r\n%s"
	    "Content-Length: %zu\r\n\r\n", r->status, r->type == NULL ? "application/json" : r->type,
	    r->fields == NULL ? "" : r->fields, n);
	if (r->status == 204)
		len = snprintf(head, sizeof(head), "HTTP/1.1 204 X\r\n\r\n");
	assert_int_equal(send(c->fd, head, (size_t)len, MSG_NOSIGNAL), len);
	if (r->act == ACT_HALF)
		n /= 2;
	while (n > 0 && r->status != 204) {
		ssize_t k = send(c->fd, body, n, MSG_NOSIGNAL);

		if (k <= 0)
			break;
		body += k;
		n -= (size_t)k;
	}
	if (r->act == ACT_HALF) {
		conn_free(c);
		return true;
	}
	return false;
}

static void
on_delay(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	c->server->open--;
	(void)answer(c, c->rule);
}

static const char *
field(const char *head, const char *name)
{
	const char *p = head;

	while ((p = strstr(p, "\r\n")) != NULL) {
		p += 2;
		if (strncasecmp(p, name, strlen(name)) == 0 && p[strlen(name)] == ':')
			return p + strlen(name) + 2;
	}
	return NULL;
}

static struct server_rule *
find_rule(struct server *s, const struct server_seen *q)
{
	size_t i;

	for (i = 0; i < s->n_rules; i++) {
		struct server_rule *r = &s->rules[i];

		if (r->turns != 0 && (r->method == NULL || strcmp(r->method, q->method) == 0) &&
		    strncmp(q->target, r->target, strlen(r->target)) == 0) {
			if (r->turns > 0)
				r->turns--;
			return r;
		}
	}
	return NULL;
}

/* Takes one whole request off the data; -1: more is needed, 1: the connection
 * is gone. */
static int
take(struct conn *c)
{
	struct server *s = c->server;
	char *end = memmem(c->data, c->len, "\r\n\r\n", 4);
	struct server_seen *q = &s->seen[s->n_seen];
	const char *v;
	size_t head, body = 0;

	if (end == NULL)
		return -1;
	end[2] = '\0';
	head = (size_t)(end - c->data) + 4;
	v = field(c->data, "Content-Length");
	if (v != NULL)
		body = strtoul(v, NULL, 10);
	if (c->len < head + body) {
		end[2] = '\r';
		return -1;
	}
	assert_true(s->n_seen < SERVER_SEEN);
	s->n_seen++;
	assert_int_equal(sscanf(c->data, "%7s %2047s", q->method, q->target), 2);
	v = field(c->data, "Authorization");
	q->bearer[0] = '\0';
	if (v != NULL)
		(void)sscanf(v, "Bearer %255s", q->bearer);
	q->body = strndup(c->data + head, body);
	q->connection = c->number;
	memmove(c->data, c->data + head + body, c->len - head - body + 1);
	c->len -= head + body;
	c->rule = find_rule(s, q);
	if (c->rule != NULL && c->rule->delay_ms > 0) {
		struct timeval tv = {0, (suseconds_t)c->rule->delay_ms * 1000};

		(void)event_add(c->delay, &tv);
		if (++s->open > s->most_open)
			s->most_open = s->open;
		return 0;
	}
	return answer(c, c->rule) ? 1 : 0;
}

static void
on_data(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	ssize_t n = recv(fd, c->data + c->len, ROOM - c->len - 1, 0);
	int r;

	(void)what;
	if (n <= 0) {
		conn_free(c);
		return;
	}
	c->len += (size_t)n;
	c->data[c->len] = '\0';
	do
		r = take(c);
	while (r == 0);
}

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	struct conn *c = calloc(1, sizeof(*c));

	(void)what;
	assert_non_null(c);
	c->server = s;
	c->fd = accept(fd, NULL, NULL);
	assert_true(c->fd >= 0);
	c->number = ++s->connections;
	c->data = calloc(1, ROOM);
	c->next = s->conns;
	s->conns = c;
	c->ev = event_new(s->base, c->fd, EV_READ | EV_PERSIST, on_data, c);
	c->delay = evtimer_new(s->base, on_delay, c);
	(void)event_add(c->ev, NULL);
}

struct server *
server_new(struct event_base *base)
{
	struct server *s = calloc(1, sizeof(*s));
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	assert_non_null(s);
	s->base = base;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_ok(bind(s->fd, (struct sockaddr *)&a, sizeof(a)));
	assert_ok(listen(s->fd, 64));
	assert_ok(getsockname(s->fd, (struct sockaddr *)&a, &len));
	s->port = ntohs(a.sin_port);
	s->ev = event_new(base, s->fd, EV_READ | EV_PERSIST, on_accept, s);
	assert_ok(event_add(s->ev, NULL));
	return s;
}

void
server_forget(struct server *s)
{
	size_t i;

	for (i = 0; i < s->n_seen; i++)
		free(s->seen[i].body);
	s->n_seen = 0;
	s->n_rules = 0;
}

unsigned
server_most_open(const struct server *s)
{
	return s->most_open;
}

void
server_free(struct server *s)
{
	while (s->conns != NULL)
		conn_free(s->conns);
	server_forget(s);
	event_free(s->ev);
	(void)close(s->fd);
	free(s);
}

int
server_port(const struct server *s)
{
	return s->port;
}

void
server_on(struct server *s, struct server_rule rule)
{
	assert_true(s->n_rules < RULES);
	s->rules[s->n_rules++] = rule;
}

size_t
server_count(const struct server *s)
{
	return s->n_seen;
}

const struct server_seen *
server_seen(const struct server *s, size_t i)
{
	assert_true(i < s->n_seen);
	return &s->seen[i];
}

const struct server_seen *
server_nth(const struct server *s, const char *method, const char *target, size_t n)
{
	size_t i;

	for (i = 0; i < s->n_seen; i++)
		if (strcmp(s->seen[i].method, method) == 0 &&
		    strncmp(s->seen[i].target, target, strlen(target)) == 0 && n-- == 0)
			return &s->seen[i];
	return NULL;
}

size_t
server_counted(const struct server *s, const char *method, const char *target)
{
	size_t n = 0;

	while (server_nth(s, method, target, n) != NULL)
		n++;
	return n;
}
