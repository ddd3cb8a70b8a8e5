/*
 * Connections; see client.h.  Knows bytes and deadlines; not what is asked,
 * nor who answers it.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master/front/client.h"
#include "master/front/request.h"
#include "master/front/streams.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/http/response.h"

/* How long a client may stay in a state without progress; 0: for ever. */
static const int64_t state_ms[CLIENT_STATES] = {
	[CLIENT_IDLE] = 75000, [CLIENT_HEAD] = 10000, [CLIENT_BODY] = 30000,
	[CLIENT_ANSWER] = 20000, [CLIENT_BLOCKED] = 30000, [CLIENT_LINGER] = 2000,
};

/* While draining: how long an idle connection waits for one more request. */
#define DRAIN_IDLE_MS 5000
/* In the end: how long a new connection may say nothing. */
#define DRAIN_SILENT_MS 1000
/* How long a stream may have something waiting without a pause. */
#define STREAM_BEHIND_MS 60000

static void client_work(struct client *c);

void
client_set_state(struct client *c, enum client_state state)
{
	struct front *f = c->front;

	list_remove(&f->clients[c->state], &c->link);
	c->state = state;
	/* Head and body have one deadline for all their bytes. */
	c->since = clock_mono_ms();
	list_add(&f->clients[state], &c->link);
}

static void
arm(struct event *ev, bool *armed, bool want)
{
	if (*armed == want)
		return;
	if (want ? event_add(ev, NULL) == 0 : event_del(ev) == 0)
		*armed = want;
}

static void
release(void *arg)
{
	struct client *c = arg;

	event_free(c->readable);
	event_free(c->writable);
	buf_free(&c->in);
	buf_free(&c->head_text);
	buf_free(&c->body);
	buf_free(&c->out);
	free(c->fields);
	free(c);
}

void
client_close(struct client *c)
{
	if (c->fd < 0)
		return;
	if (c->request != NULL)
		request_abandon(c->request);
	arm(c->readable, &c->read_armed, false);
	arm(c->writable, &c->write_armed, false);
	(void)close(c->fd);
	c->fd = -1;
	list_remove(&c->front->clients[c->state], &c->link);
	loop_defer_cancel(c->front->loop, &c->flush);
	loop_defer(c->front->loop, &c->release, release, c);
}

/* The last answer has left: what still comes is read and thrown away, since
 * closing on unread bytes would reset the connection under the answer. */
static void
linger(struct client *c)
{
	(void)shutdown(c->fd, SHUT_WR);
	buf_clear(&c->in);
	client_set_state(c, CLIENT_LINGER);
	arm(c->readable, &c->read_armed, true);
}

static void
forget_request(struct client *c)
{
	buf_free(&c->head_text);
	buf_free(&c->body);
	memset(&c->head, 0, sizeof(c->head));
	memset(&c->scan, 0, sizeof(c->scan));
	memset(&c->chunked, 0, sizeof(c->chunked));
	memset(&c->refusal, 0, sizeof(c->refusal));
	memset(&c->answer, 0, sizeof(c->answer));
	c->body_seen = 0;
	c->discard = false;
	c->place = PLACE_NONE;
	c->cred_kind = CRED_NONE;
	c->request_id = c->worker = 0;
}

static void
close_slow(struct client *c)
{
	log_info("slow_reader_closed", LF_UINT("request", c->request_id));
	client_close(c);
}

/* The answer has left completely. */
static void
answered(struct client *c)
{
	bool more = c->head.keep_alive;

	request_log(c);
	forget_request(c);
	buf_free(&c->out);
	if (!more) {
		linger(c);
		return;
	}
	client_set_state(c, CLIENT_IDLE);
	arm(c->readable, &c->read_armed, true);
	client_work(c);
}

/* Bytes are waiting.  A stream's client that reads a little now and then is as
 * slow as one that reads nothing. */
static void
blocked(struct client *c)
{
	if (c->state != CLIENT_BLOCKED)
		client_set_state(c, CLIENT_BLOCKED);
	if (c->blocked_since == 0)
		c->blocked_since = c->since;
	if (c->answer.stream && c->since - c->blocked_since > STREAM_BEHIND_MS)
		close_slow(c);
}

/* Nothing is waiting to leave. */
static void
left(struct client *c)
{
	if (c->answer.done) {
		answered(c);
	} else if (c->answer.begun) {
		client_set_state(c, CLIENT_ANSWER);
		streams_slim(c);
	}
}

void
client_flush(struct client *c)
{
	ssize_t n = 0;

	loop_defer_cancel(c->front->loop, &c->flush);
	while (c->fd >= 0 && c->out.len > 0) {
		n = send(c->fd, c->out.data, c->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			break;
		buf_drop(&c->out, (size_t)n);
		client_set_state(c, CLIENT_BLOCKED);
	}
	if (c->fd < 0)
		return;
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		client_close(c);
		return;
	}
	if (c->request != NULL)
		request_bytes_left(c->request, c->out.len);
	arm(c->writable, &c->write_armed, c->out.len > 0);
	if (c->out.len > 0) {
		blocked(c);
	} else {
		c->blocked_since = 0;
		left(c);
	}
}

static void
flush_now(void *arg)
{
	client_flush(arg);
}

void
client_flush_later(struct client *c)
{
	if (c->fd >= 0)
		loop_defer(c->front->loop, &c->flush, flush_now, c);
}

static void
refuse(struct client *c, unsigned status, const char *message)
{
	const struct refusal r = {.status = status, .message = message, .close = true};

	answer_refusal(c, &r);
}

/* The body at hand is complete, or there is none. */
static void
body_done(struct client *c)
{
	client_set_state(c, CLIENT_WAIT);
	request_run(c);
}

static void
want_body(struct client *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	c->discard = c->refusal.status != 0;
	buf_init(&c->body, FRONT_BODY_MAX);
	if (c->head.framing == HTTP_BODY_NONE ||
	    (c->head.framing == HTTP_BODY_LENGTH && c->head.content_length == 0)) {
		body_done(c);
		return;
	}
	if (c->head.framing == HTTP_BODY_LENGTH && c->head.content_length > FRONT_BODY_MAX) {
		if (c->refusal.status == 0)
			c->refusal = (struct refusal){.status = 413,
			    .message = "the body is longer than 1 MiB"};
		c->refusal.close = true;
		body_done(c);
		return;
	}
	client_set_state(c, CLIENT_BODY);
	/* Sent past c->out, which is empty here; a full socket just loses it,
	 * and the client sends its body after a moment all the same. */
	if (c->head.expect_continue && c->in.len == 0)
		(void)send(c->fd, go_on, sizeof(go_on) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* False when more bytes are needed. */
static bool
take_head(struct client *c)
{
	unsigned status = 400;
	err_t err = http_scan(&c->scan, buf_span(&c->in));

	if (err == ERR_SHORT) {
		if (c->state == CLIENT_IDLE && c->in.len > 0)
			client_set_state(c, CLIENT_HEAD);
		return false;
	}
	c->began = clock_mono_ms();
	if (err != 0) {
		refuse(c, c->scan.status, http_reason(c->scan.status));
		return false;
	}
	buf_init(&c->head_text, HTTP_HEAD_MAX);
	err = buf_put(&c->head_text, c->in.data + c->scan.skip, c->scan.at - c->scan.skip);
	buf_drop(&c->in, c->scan.at);
	if (c->fields == NULL)
		c->fields = calloc(HTTP_FIELDS_MAX, sizeof(*c->fields));
	if (err != 0 || c->fields == NULL) {
		client_close(c);
		return false;
	}
	err = http_head_parse(buf_span(&c->head_text), c->fields, &c->head, &status);
	if (err != 0) {
		memset(&c->head, 0, sizeof(c->head));
		refuse(c, status, http_reason(status));
		return false;
	}
	request_judge(c);
	want_body(c);
	return true;
}

/* Moves bytes of a body with a length. */
static err_t
take_counted(struct client *c)
{
	uint64_t left = c->head.content_length - c->body_seen;
	size_t n = left < c->in.len ? (size_t)left : c->in.len;
	err_t err = c->discard ? 0 : buf_put(&c->body, c->in.data, n);

	if (err != 0)
		return err;
	buf_drop(&c->in, n);
	c->body_seen += n;
	return c->body_seen == c->head.content_length ? 0 : ERR_SHORT;
}

static err_t
take_chunks(struct client *c)
{
	size_t used = 0, had = c->body.len;
	err_t err = http_chunked_feed(&c->chunked, buf_span(&c->in), &c->body, &used);

	buf_drop(&c->in, used);
	c->body_seen += c->body.len - had;
	if (c->discard) {
		buf_clear(&c->body);
		if (c->body_seen > FRONT_BODY_MAX)
			return ERR_LIMIT;
	}
	return err;
}

static bool
take_body(struct client *c)
{
	err_t err = c->head.framing == HTTP_BODY_LENGTH ? take_counted(c) : take_chunks(c);

	if (err == ERR_SHORT)
		return false;
	if (err == 0) {
		body_done(c);
		return true;
	}
	if (c->refusal.status != 0 && err == ERR_LIMIT) {
		c->refusal.close = true;
		answer_refusal(c, &c->refusal);
	} else if (err == ERR_LIMIT) {
		refuse(c, 413, "the body is longer than 1 MiB");
	} else if (err == ERR_SYNTAX) {
		refuse(c, 400, "the body's chunks are malformed");
	} else {
		client_close(c);
	}
	return false;
}

/* Understands what is in c->in, request after request. */
static void
client_work(struct client *c)
{
	bool more = true;

	if (c->working)
		return;
	c->working = true;
	while (more && c->fd >= 0) {
		if (c->state == CLIENT_IDLE || c->state == CLIENT_HEAD)
			more = c->in.len > 0 && take_head(c);
		else if (c->state == CLIENT_BODY)
			more = c->in.len > 0 && take_body(c);
		else
			more = false;
	}
	c->working = false;
	if (c->fd >= 0 && c->state == CLIENT_IDLE && c->in.len == 0)
		buf_free(&c->in);
}

/* The other side has closed.  Half-closed clients are not waited for: most of
 * those who close have gone. */
static void
on_eof(struct client *c)
{
	if (c->request != NULL)
		c->answer.status = 499;
	if (c->state == CLIENT_WAIT || c->state == CLIENT_ANSWER || c->state == CLIENT_BLOCKED)
		request_log(c);
	client_close(c);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	/* Shared by all and wiped: a buffer of this size for each would be made,
	 * wiped and freed with each request. */
	static uint8_t bytes[CLIENT_READ];
	struct client *c = arg;
	size_t room = c->in.max - c->in.len;
	ssize_t n;
	err_t err;

	(void)what;
	if (room > CLIENT_READ)
		room = CLIENT_READ;
	if (room == 0) {
		/* Read on when the request at hand is answered. */
		arm(c->readable, &c->read_armed, false);
		return;
	}
	n = recv(fd, bytes, room, MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			on_eof(c);
		return;
	}
	if (n == 0) {
		on_eof(c);
		return;
	}
	err = c->state == CLIENT_LINGER ? 0 : buf_put(&c->in, bytes, (size_t)n);
	explicit_bzero(bytes, (size_t)n);
	if (err != 0)
		client_close(c);
	else if (c->state != CLIENT_LINGER)
		client_work(c);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	c->write_armed = false;
	client_flush(c);
}

err_t
client_create(const struct listener *l, int fd, const struct address *peer)
{
	struct front *f = l->front;
	struct client *c = calloc(1, sizeof(*c));
	err_t err = ERR_NOMEM;

	if (c == NULL)
		goto fail;
	c->front = f;
	c->fd = fd;
	c->peer = *peer;
	c->port = l->port;
	c->late = f->draining;
	c->behind_proxy = l->kind == LISTENER_UNIX || networks_have(&f->conf.proxies, peer);
	buf_init(&c->in, CLIENT_IN_MAX);
	buf_init(&c->out, CLIENT_OUT_MAX);
	c->readable = event_new(loop_base(f->loop), fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(loop_base(f->loop), fd, EV_WRITE, on_writable, c);
	if (c->readable == NULL || c->writable == NULL)
		goto fail;
	arm(c->readable, &c->read_armed, true);
	if (!c->read_armed) {
		err = ERR_SYSTEM;
		goto fail;
	}
	c->state = CLIENT_HEAD;
	c->since = clock_mono_ms();
	list_add(&f->clients[CLIENT_HEAD], &c->link);
	return 0;
fail:
	if (c != NULL && c->readable != NULL)
		event_free(c->readable);
	if (c != NULL && c->writable != NULL)
		event_free(c->writable);
	free(c);
	(void)close(fd);
	return err;
}

static void
too_old(struct client *c)
{
	switch (c->state) {
	case CLIENT_HEAD:
		if (c->in.len == 0)
			client_close(c);
		else
			refuse(c, 408, "the request's head took longer than 10 s");
		break;
	case CLIENT_BODY:
		refuse(c, 408, "the request's body took longer than 30 s");
		break;
	case CLIENT_ANSWER:
		client_set_state(c, CLIENT_ANSWER);
		if (c->answer.stream)
			answer_comment(c);
		break;
	case CLIENT_BLOCKED:
		close_slow(c);
		break;
	default:
		client_close(c);
		break;
	}
}

bool
clients_make_room(struct front *f)
{
	/* Those who mean it send a head in much less than a second, and use a
	 * connection that they keep more often than that. */
	static const struct {
		enum client_state state;
		int64_t ms;
	} last[] = {{CLIENT_HEAD, 1000}, {CLIENT_LINGER, 0}, {CLIENT_IDLE, 5000}};
	int64_t now = clock_mono_ms();
	size_t i;

	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		struct link *l = list_first(&f->clients[last[i].state]);
		struct client *c = l == NULL ? NULL : LINK_OWNER(l, struct client, link);

		if (c == NULL || (now - c->since < last[i].ms &&
		    (c->state != CLIENT_HEAD || c->in.len > 0)))
			continue;
		f->counts.displaced++;
		client_close(c);
		return true;
	}
	if (!streams_make_room(f))
		return false;
	f->counts.displaced++;
	return true;
}

void
clients_close_silent(struct front *f, int64_t now_ms)
{
	struct link *l = list_first(&f->clients[CLIENT_HEAD]), *next;

	for (; l != NULL; l = next) {
		struct client *c = LINK_OWNER(l, struct client, link);

		next = list_next(&f->clients[CLIENT_HEAD], l);
		if (c->in.len == 0 && now_ms - c->since >= DRAIN_SILENT_MS)
			client_close(c);
	}
}

void
clients_sweep(struct front *f, int64_t now_ms)
{
	unsigned s;

	for (s = 0; s < CLIENT_STATES; s++) {
		int64_t ms = state_ms[s];
		size_t rounds = f->clients[s].n;

		if (s == CLIENT_IDLE && f->draining)
			ms = DRAIN_IDLE_MS;
		for (; ms > 0 && rounds > 0 && f->clients[s].n > 0; rounds--) {
			struct client *c = LINK_OWNER(list_first(&f->clients[s]), struct client, link);

			if (now_ms - c->since < ms)
				break;
			too_old(c);
		}
	}
}
