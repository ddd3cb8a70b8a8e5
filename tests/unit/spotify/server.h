/*
 * A scripted HTTP/1.1 server on loopback for tests: each request is written
 * down and answered by the first rule that fits and has turns left.
 */
#ifndef TONEARM_TESTS_SPOTIFY_SERVER_H
#define TONEARM_TESTS_SPOTIFY_SERVER_H

#include <stddef.h>

#include <event2/event.h>

#define SERVER_SEEN 512
#define FOREVER (-1)

enum server_act {
	ACT_ANSWER,
	ACT_CUT,     /* reads the request, then closes without a byte */
	ACT_HALF,    /* answers half of the body, then closes */
	ACT_HANG     /* never answers */
};

struct server_rule {
	const char *method;       /* NULL: any */
	const char *target;       /* a beginning of it */
	int status;
	const char *type;         /* Content-Type; NULL: application/json */
	const char *fields;       /* further header lines, each with \r\n, or NULL */
	const char *body;
	size_t body_n;            /* 0: up to its NUL */
	int turns;                /* FOREVER, or how often */
	enum server_act act;
	unsigned delay_ms;
};

struct server_seen {
	char method[8], target[2048], bearer[256];
	char *body;
	int connection;
};

struct server;

struct server *server_new(struct event_base *base);
void server_free(struct server *s);
int server_port(const struct server *s);

/* Copies the rule; strings must stay valid. */
void server_on(struct server *s, struct server_rule rule);
#define ON(s, m, t, st, b) server_on((s), (struct server_rule){.method = (m), .target = (t), \
	.status = (st), .body = (b), .turns = FOREVER})
#define ONCE(s, m, t, st, b) server_on((s), (struct server_rule){.method = (m), .target = (t), \
	.status = (st), .body = (b), .turns = 1})
void server_forget(struct server *s);    /* all rules, all that was seen */

/* Most requests that waited for delayed answers at the same time. */
unsigned server_most_open(const struct server *s);

size_t server_count(const struct server *s);
const struct server_seen *server_seen(const struct server *s, size_t i);
/* How many requests with this method and beginning of the target were seen. */
size_t server_counted(const struct server *s, const char *method, const char *target);
/* The n-th of them, or NULL. */
const struct server_seen *server_nth(const struct server *s, const char *method,
    const char *target, size_t n);

#endif
