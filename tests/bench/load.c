/*
 * Sends requests at random times (Poisson arrivals) over a set of keep-alive
 * connections and tells how long the answers took.  A request's time begins
 * when it was due, not when a connection was free for it, so a server that
 * stops for a while cannot hide that.
 *
 * Usage: load PORT REQUEST TOKENS RATE SECONDS CONNECTIONS ORDER EXPECT
 *
 * PORT: on 127.0.0.1.  REQUEST: file with a whole request, in which @TOKEN@
 * stands for a line of the file TOKENS.  RATE: requests a second.  ORDER:
 * "random" or "once" (each token in turn, each one time).  EXPECT: text that each good answer
 * contains.  Prints one line of JSON.  Knows HTTP/1.1 only as far as an answer's
 * length; knows nothing of MCP.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MARK     "@TOKEN@"
#define GRACE_NS 10000000000LL   /* for the last answers */
#define CONNS    1024

struct text {
	char *p;
	size_t n;
};

struct conn {
	int fd;
	bool busy;
	int64_t due;        /* when its request was to be sent */
	char *in;           /* the answer so far */
	size_t n, room;
};

struct load {
	struct text before, after, tokens, scratch;
	const char **token;
	size_t n_tokens, next_token;
	bool random;
	const char *expect;
	uint16_t port;
	int epoll;
	struct conn conn[CONNS];
	int free[CONNS], n_conns, free_at, n_free;   /* a ring: the longest idle first */
	double rate;
	int64_t start, end, next_due;
	int64_t *waiting;           /* due times of requests without a connection */
	size_t n_waiting, waiting_at;
	int64_t *took;
	size_t n_took, most, sent;
	size_t bad_status, unexpected, broken, bytes;
	uint64_t seed;
	bool shown;
};

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *
room_for(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		fail("memory");
	return p;
}

static struct text
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct text t = {NULL, 0};
	long n;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
		fail(path);
	rewind(f);
	t.n = (size_t)n;
	t.p = room_for(t.n, 1);
	if (fread(t.p, 1, t.n, f) != t.n)
		fail(path);
	(void)fclose(f);
	return t;
}

/* In [0, 1). */
static double
chance(struct load *l)
{
	l->seed ^= l->seed << 13;
	l->seed ^= l->seed >> 7;
	l->seed ^= l->seed << 17;
	return (double)(l->seed >> 11) / 9007199254740992.0;
}

static void
prepare_requests(struct load *l, const char *request, const char *tokens)
{
	struct text whole = read_file(request);
	char *mark = strstr(whole.p, MARK), *at, *line;
	size_t lines = 0, longest = 0;

	l->before = whole;
	if (mark != NULL) {
		l->before.n = (size_t)(mark - whole.p);
		l->after.p = mark + strlen(MARK);
		l->after.n = whole.n - l->before.n - strlen(MARK);
	}
	l->tokens = read_file(tokens);
	for (at = l->tokens.p; *at != '\0'; at++)
		lines += *at == '\n';
	l->token = room_for(lines + 1, sizeof(*l->token));
	for (line = strtok_r(l->tokens.p, "\n", &at); line != NULL; line = strtok_r(NULL, "\n", &at)) {
		l->token[l->n_tokens++] = line;
		if (strlen(line) > longest)
			longest = strlen(line);
	}
	if (l->n_tokens == 0) {
		fprintf(stderr, "load: no tokens in %s\n", tokens);
		exit(1);
	}
	l->scratch.p = room_for(whole.n + longest, 1);
}

static void
build_request(struct load *l)
{
	const char *token = l->token[l->random ? (size_t)(chance(l) * (double)l->n_tokens) :
	    l->next_token++ % l->n_tokens];
	char *p = l->scratch.p;

	memcpy(p, l->before.p, l->before.n);
	p += l->before.n;
	if (l->after.p != NULL) {
		p = stpcpy(p, token);
		memcpy(p, l->after.p, l->after.n);
		p += l->after.n;
	}
	l->scratch.n = (size_t)(p - l->scratch.p);
}

static void
connect_one(struct load *l, int i)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(l->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
	struct conn *c = &l->conn[i];
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail("connect");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
		fail("epoll");
}

static void
set_free(struct load *l, int i)
{
	l->conn[i].busy = false;
	l->conn[i].n = 0;
	l->free[(l->free_at + l->n_free++) % l->n_conns] = i;
}

/* The server let go of it. */
static void
replace(struct load *l, int i)
{
	struct conn *c = &l->conn[i];
	bool was_busy = c->busy;

	(void)close(c->fd);
	connect_one(l, i);
	if (was_busy) {
		l->broken++;
		set_free(l, i);
	}
}

static void
send_one(struct load *l, int64_t due)
{
	int i = l->free[l->free_at];
	struct conn *c = &l->conn[i];

	l->free_at = (l->free_at + 1) % l->n_conns;
	l->n_free--;
	c->busy = true;
	c->due = due;
	build_request(l);
	l->sent++;
	if (send(c->fd, l->scratch.p, l->scratch.n, MSG_NOSIGNAL) != (ssize_t)l->scratch.n)
		replace(l, i);
}

/* --- answers ------------------------------------------------------------------- */

/* The value of a header field in the head [p, end), or NULL. */
static const char *
field(const char *p, const char *end, const char *name)
{
	size_t n = strlen(name);

	for (p = memchr(p, '\n', (size_t)(end - p)); p != NULL && p + n + 2 < end;
	     p = memchr(p + 1, '\n', (size_t)(end - p - 1)))
		if (strncasecmp(p + 1, name, n) == 0 && p[n + 1] == ':')
			return p + n + 2;
	return NULL;
}

/* Is the chunked body [p, end) complete? */
static bool
chunks_end(const char *p, const char *end)
{
	const char *line;
	size_t n;

	for (;;) {
		line = memchr(p, '\n', (size_t)(end - p));
		if (line == NULL)
			return false;
		n = strtoul(p, NULL, 16);
		if (n == 0)
			return end - line >= 3;
		if ((size_t)(end - line) < n + 3)
			return false;
		p = line + n + 3;
	}
}

static bool
complete(const struct conn *c)
{
	const char *head = memmem(c->in, c->n, "\r\n\r\n", 4), *value;

	if (head == NULL)
		return false;
	value = field(c->in, head + 2, "content-length");
	if (value != NULL)
		return c->n >= (size_t)(head + 4 - c->in) + strtoul(value, NULL, 10);
	value = field(c->in, head + 2, "transfer-encoding");
	return value == NULL || chunks_end(head + 4, c->in + c->n);
}

static void
show(struct load *l, const struct conn *c)
{
	if (l->shown)
		return;
	l->shown = true;
	fprintf(stderr, "load: an answer that was not expected: %.*s\n",
	    (int)(c->n < 1000 ? c->n : 1000), c->in);
}

static void
judge(struct load *l, const struct conn *c)
{
	l->bytes += c->n;
	if (c->n < 12 || memcmp(c->in + 9, "200", 3) != 0)
		l->bad_status++;
	else if (memmem(c->in, c->n, l->expect, strlen(l->expect)) == NULL)
		l->unexpected++;
	else {
		l->took[l->n_took++] = now_ns() - c->due;
		return;
	}
	show(l, c);
}

static void
receive(struct load *l, int i)
{
	struct conn *c = &l->conn[i];
	ssize_t got;

	if (c->room - c->n < 65536) {
		c->room = c->room * 2 + 131072;
		c->in = realloc(c->in, c->room);
		if (c->in == NULL)
			fail("memory");
	}
	got = recv(c->fd, c->in + c->n, c->room - c->n - 1, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		replace(l, i);
		return;
	}
	c->n += (size_t)got;
	c->in[c->n] = '\0';
	if (c->busy && complete(c)) {
		judge(l, c);
		set_free(l, i);
	}
}

/* --- the run -------------------------------------------------------------------- */

static void
send_due(struct load *l, int64_t now)
{
	while (l->next_due <= now && l->next_due < l->end && l->n_waiting < l->most) {
		l->waiting[l->n_waiting++] = l->next_due;
		l->next_due += (int64_t)(-log(1 - chance(l)) / l->rate * 1e9);
	}
	while (l->waiting_at < l->n_waiting && l->n_free > 0)
		send_one(l, l->waiting[l->waiting_at++]);
}

static bool
over(const struct load *l, int64_t now)
{
	bool all = l->next_due >= l->end || l->n_waiting == l->most;

	return now > l->end + GRACE_NS ||
	    (all && l->waiting_at == l->n_waiting && l->n_free == l->n_conns);
}

static void
run(struct load *l)
{
	struct epoll_event events[64];
	struct timespec wait;
	int64_t now, left;
	int i, n;

	l->start = now_ns();
	l->end += l->start;
	l->next_due = l->start;
	for (now = l->start; !over(l, now); now = now_ns()) {
		send_due(l, now);
		left = l->next_due < l->end && l->n_waiting < l->most ? l->next_due - now_ns() : 10000000;
		if (left < 0)
			left = 0;
		wait.tv_sec = left / 1000000000;
		wait.tv_nsec = left % 1000000000;
		n = epoll_pwait2(l->epoll, events, 64, &wait, NULL);
		for (i = 0; i < n; i++)
			receive(l, (int)events[i].data.u32);
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
ms_at(const struct load *l, double part)
{
	size_t i = (size_t)(part * (double)l->n_took);

	if (l->n_took == 0)
		return 0;
	return (double)l->took[i < l->n_took ? i : l->n_took - 1] / 1e6;
}

static void
report(struct load *l)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	qsort(l->took, l->n_took, sizeof(*l->took), compare);
	printf("{\"sent\":%zu,\"good\":%zu,\"bad_status\":%zu,\"unexpected\":%zu,\"broken\":%zu,"
	    "\"unanswered\":%zu,\"seconds\":%.3f,\"bytes\":%zu,\"p50\":%.4f,\"p90\":%.4f,"
	    "\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f,\"own_cpu_s\":%.3f}\n",
	    l->sent, l->n_took, l->bad_status, l->unexpected, l->broken,
	    l->n_waiting - l->n_took - l->bad_status - l->unexpected - l->broken,
	    (double)(now_ns() - l->start) / 1e9, l->bytes,
	    ms_at(l, 0.5), ms_at(l, 0.9), ms_at(l, 0.99), ms_at(l, 0.999), ms_at(l, 1),
	    (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
}

int
main(int argc, char **argv)
{
	static struct load l;
	double seconds;
	int i;

	if (argc != 9) {
		fprintf(stderr, "usage: load PORT REQUEST TOKENS RATE SECONDS CONNECTIONS ORDER EXPECT\n");
		return 2;
	}
	l.port = (uint16_t)strtoul(argv[1], NULL, 10);
	prepare_requests(&l, argv[2], argv[3]);
	l.rate = strtod(argv[4], NULL);
	seconds = strtod(argv[5], NULL);
	l.n_conns = (int)strtol(argv[6], NULL, 10);
	l.random = strcmp(argv[7], "random") == 0;
	l.expect = argv[8];
	if (l.port == 0 || l.rate <= 0 || seconds <= 0 || l.n_conns < 1 || l.n_conns > CONNS)
		return 2;
	l.seed = (uint64_t)now_ns() | 1;
	l.end = (int64_t)(seconds * 1e9);
	/* Each token has its turn, one time. */
	l.most = l.random ? (size_t)(l.rate * seconds * 2) + 1000 : l.n_tokens;
	l.waiting = room_for(l.most, sizeof(*l.waiting));
	l.took = room_for(l.most, sizeof(*l.took));
	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l.epoll < 0)
		fail("epoll");
	for (i = 0; i < l.n_conns; i++) {
		connect_one(&l, i);
		set_free(&l, i);
	}
	run(&l);
	report(&l);
	return 0;
}
