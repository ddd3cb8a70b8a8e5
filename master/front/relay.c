/*
 * Relaying; see relay.h.  Whatever comes from a worker is taken for hostile:
 * only listed statuses and media, only its own requests, only as much as its
 * credit allows.  Knows nothing of what is in a body.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/front/relay.h"
#include "master/front/routes.h"
#include "master/front/streams.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/fault/fault.h"

#define QUEUE_MAX     (4 * 1024 * 1024)   /* towards one worker, before a request */
#define GIVE_BACK_MIN (32 * 1024)
#define RETRY_MAX     86400
#define LOG_LINES_MAX 20                  /* a second and worker */

static bool
is_forwarded(struct span name)
{
	static const char *const names[] = {
		"accept", "content-type", "mcp-protocol-version", "mcp-session-id",
		"last-event-id", "mcp-method", "mcp-name",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(name, names[i]))
			return true;
	return name.n > 10 && span_is_nocase(span_of(name.p, 10), "mcp-param-");
}

static err_t
send_fields(const struct request *r)
{
	const struct http_head *h = &r->client->head;
	char name[64];
	size_t i, k;
	err_t err = 0;

	/* A ticket says all that there is to say. */
	for (i = 0; err == 0 && !r->download && i < h->n_fields; i++) {
		struct msg_req_field m = {.value = h->fields[i].value};

		if (!is_forwarded(h->fields[i].name))
			continue;
		if (h->fields[i].name.n > sizeof(name))
			return ERR_LIMIT;
		for (k = 0; k < h->fields[i].name.n; k++) {
			uint8_t c = h->fields[i].name.p[k];

			name[k] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
		}
		m.name = span_of(name, h->fields[i].name.n);
		err = send_req_field(r->worker->ch, r->id, &m);
	}
	return err;
}

static err_t
send_body(const struct request *r, struct span body)
{
	struct msg_req_body m = {.last = 0};
	err_t err;

	do {
		size_t n = body.n < BODY_PART ? body.n : BODY_PART;

		m.data = span_of(body.p, n);
		m.last = n == body.n;
		err = send_req_body(r->worker->ch, r->id, &m);
		body = span_of(n == 0 ? body.p : body.p + n, body.n - n);
	} while (err == 0 && m.last == 0);
	return err;
}

void
relay_send(struct request *r, struct worker *w)
{
	struct client *c = r->client;
	struct msg_req_head m = {
	    .method = (uint8_t)(r->download ? METHOD_POST : c->head.method), .cred_kind = r->cred_kind,
	    .credential = secret_span(&r->credential), .body_bytes = (uint32_t)c->body.len};
	err_t err = workers_take_request(w, r);

	if (err != 0) {
		request_fail(r, 429, "too many requests at once", 1);
		return;
	}
	if (channel_queued(w->ch) > QUEUE_MAX) {
		request_fail(r, 503, "the worker is busy; ask again", 1);
		return;
	}
	err = send_req_head(w->ch, r->id, &m);
	if (err == 0)
		err = send_fields(r);
	if (err == 0)
		err = send_body(r, buf_span(&c->body));
	secret_clear(&r->credential);
	buf_free(&c->body);
	if (err == 0) {
		FAULT_SENT(w->ch, front_sent);
		request_set_state(r, w->fresh ? REQUEST_FRESH : REQUEST_SENT);
		return;
	}
	relay_cancel(r);
	if (err == ERR_LIMIT)
		request_fail(r, 431, "a field of the request is too long", 0);
	else
		request_fail(r, 503, "the worker is leaving; ask again", 1);
}

void
relay_cancel(struct request *r)
{
	const struct msg_req_cancel m = {0};

	/* If it cannot be said, what the worker still sends is dropped. */
	if (send_req_cancel(r->worker->ch, r->id, &m) != 0)
		r->front->counts.late_frames++;
}

void
relay_give_back(struct request *r)
{
	struct msg_credit m = {.bytes = (uint32_t)r->owed};

	if (r->owed == 0 || (r->owed < GIVE_BACK_MIN && r->waiting > 0))
		return;
	if (send_credit(r->worker->ch, r->id, &m) == 0)
		r->owed = 0;
}

err_t
relay_find(struct worker *w, const struct frame *fr, struct request **out)
{
	if (fr->request == 0 || fr->request > w->front->last_request)
		return ERR_DENIED;
	*out = workers_request(w, fr->request);
	if (*out == NULL)
		w->front->counts.late_frames++;
	return 0;
}

static err_t
on_ack(void *owner, struct channel *ch, const struct frame *fr)
{
	struct worker *w = owner;
	struct request *r;
	err_t err = relay_find(w, fr, &r);

	(void)ch;
	if (err != 0 || r == NULL)
		return err;
	FAULT(front_acked);
	w->fresh = false;
	if (r->state != REQUEST_FRESH && r->state != REQUEST_SENT)
		return ERR_STATE;
	request_set_state(r, REQUEST_WORKING);
	return 0;
}

static bool
allowed_head(const struct msg_res_head *m)
{
	static const uint16_t statuses[] = {
		200, 202, 400, 401, 403, 404, 405, 406, 413, 415, 429, 500, 503,
	};
	bool listed = false;
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		listed = listed || statuses[i] == m->status;
	for (i = 0; i < m->session.n; i++)
		if (m->session.p[i] < 0x21 || m->session.p[i] > 0x7e)
			return false;
	if (m->media == MEDIA_SSE && m->status != 200)
		return false;
	/* The step up names what it needs, and is a 403 of nothing else. */
	if ((m->auth_error == AUTH_SCOPE) != (m->scopes != 0) || (m->scopes & ~SCOPE_ALL) != 0 ||
	    (m->auth_error == AUTH_SCOPE && m->status != 403))
		return false;
	return listed && m->media <= MEDIA_SSE && m->auth_error < AUTH_COUNT &&
	    m->retry_after <= RETRY_MAX;
}

/* The answer goes to a browser that is signed in here: it is a file, or front's
 * own words, but nothing of what else a worker may say.  True: it goes on. */
static err_t
check_download(struct request *r, const struct msg_res_head *m, bool *goes_on)
{
	*goes_on = m->status == 200;
	if (m->status == 200)
		return m->media == MEDIA_JSON && m->session.n == 0 && m->auth_error == AUTH_NONE ?
		    0 : ERR_DENIED;
	relay_cancel(r);
	if (m->status == 401)
		request_fail(r, 401, "", 0);
	else
		request_fail(r, 503, "your data cannot be put together now; ask for it again",
		    m->retry_after > 0 ? m->retry_after : 5);
	return 0;
}

/* Part of an answer is there when its turn ends: one that is whole by then
 * gets a length, another goes out in chunks. */
static void
begin_answer(void *arg)
{
	struct request *r = arg;
	struct client *c = r->client;
	struct buf hold = r->hold;

	r->begun = true;
	if (r->last) {
		request_answer_whole(r, buf_span(&r->hold));
		return;
	}
	buf_init(&r->hold, 0);
	answer_begin(c, &r->head);
	/* From here on r may be gone with its connection. */
	answer_data(c, buf_span(&hold));
	buf_free(&hold);
	client_flush_later(c);
}

static err_t
on_res_head(void *owner, struct channel *ch, const struct frame *fr)
{
	struct worker *w = owner;
	struct request *r;
	struct msg_res_head m;
	char *session;
	bool goes_on;
	err_t err = msg_get_res_head(fr->body, &m);

	(void)ch;
	if (err == 0)
		err = relay_find(w, fr, &r);
	if (err != 0)
		return err;
	if (!allowed_head(&m))
		return ERR_DENIED;
	if (r == NULL)
		return 0;
	if (r->have_head)
		return ERR_STATE;
	FAULT(front_head);
	w->fresh = false;
	r->have_head = true;
	if (r->download) {
		err = check_download(r, &m, &goes_on);
		if (err != 0 || !goes_on)
			return err;
	}
	r->head = (struct answer_head){.status = m.status, .media = (enum media)m.media,
	    .retry_after = m.retry_after, .allow = m.allow, .auth_error = m.auth_error,
	    .scopes = m.scopes,
	    .download = r->download};
	if (m.session.n > 0) {
		if (arena_strdup(&r->arena, m.session, &session) != 0) {
			relay_cancel(r);
			request_fail(r, 502, "out of memory", 1);
			return 0;
		}
		r->head.session = span_of(session, m.session.n);
	}
	request_set_state(r, m.media == MEDIA_SSE ? REQUEST_STREAMING : REQUEST_ANSWERING);
	if (!r->back)
		loop_defer(w->front->loop, &r->turn, begin_answer, r);
	return 0;
}

/* The last part has come and the head is out. */
static void
finish(struct request *r)
{
	struct client *c = r->client;

	request_free(r);
	answer_end(c);
}

/* For the portal: kept until it is whole. */
static err_t
take_back(struct request *r, const struct msg_res_body *m)
{
	r->owed += m->data.n;
	r->worker->done += m->last == 1;
	if (buf_put_span(&r->hold, m->data) != 0) {
		relay_cancel(r);
		request_fail(r, 502, "", 0);
	} else if (m->last == 1)
		request_return(r);
	else
		relay_give_back(r);
	return 0;
}

static err_t
take_part(struct request *r, const struct msg_res_body *m)
{
	struct client *c = r->client;
	err_t err;

	if (r->back)
		return take_back(r, m);
	r->waiting += m->data.n;
	r->last = m->last == 1;
	r->worker->done += r->last;
	if (!r->begun && r->last && r->hold.len == 0) {
		/* Whole in one part, as nearly all are: it is not held. */
		r->begun = true;
		request_answer_whole(r, m->data);
		return 0;
	}
	if (r->begun) {
		answer_data(c, m->data);
		if (c->fd >= 0 && m->last == 1)
			finish(r);
		return 0;
	}
	err = buf_put_span(&r->hold, m->data);
	if (err != 0) {
		relay_cancel(r);
		request_fail(r, 502, "out of memory", 1);
	}
	return 0;
}

static err_t
on_res_body(void *owner, struct channel *ch, const struct frame *fr)
{
	struct worker *w = owner;
	struct request *r;
	struct msg_res_body m;
	err_t err = msg_get_res_body(fr->body, &m);

	(void)ch;
	if (err == 0)
		err = relay_find(w, fr, &r);
	if (err != 0)
		return err;
	if (r == NULL)
		return 0;
	if (!r->have_head || r->last || m.last > 1)
		return ERR_STATE;
	if (r->waiting + r->owed + m.data.n > FRONT_CREDIT) {
		w->front->counts.overruns++;
		workers_kill(w, KILL_CREDIT);
		return 0;
	}
	if (m.last == 1)
		FAULT(front_last);
	request_set_state(r, r->state);
	return take_part(r, &m);
}

static err_t
on_idle(void *owner, struct channel *ch, const struct frame *fr)
{
	struct worker *w = owner;
	const struct msg_retire m = {0};

	(void)fr;
	/* While nobody can be bound anew, who has a worker keeps it (claim C6); it
	 * will ask again. */
	if (!streams_at_rest(w) || w->state == WORKER_RETIRING || w->front->vault == NULL ||
	    !w->front->database || !w->front->keyring)
		return 0;
	FAULT(front_retire);
	/* One that was not told stays, and offers again. */
	if (send_retire(ch, 0, &m) != 0) {
		log_warn("retire_not_sent", LF_UINT("worker", w->id));
		return 0;
	}
	routes_drop_worker(w);
	workers_set_state(w, WORKER_RETIRING);
	streams_keep(w);
	return 0;
}

/* May this worker log one more line in this second? */
static bool
log_budget(struct worker *w)
{
	int64_t second = clock_mono_ms() / 1000;

	if (second != w->log_second) {
		if (w->log_dropped > 0)
			log_warn("worker_log_dropped", LF_UINT("worker", w->id),
			    LF_UINT("lines", w->log_dropped));
		w->log_second = second;
		w->log_lines = w->log_dropped = 0;
	}
	if (w->log_lines >= LOG_LINES_MAX) {
		w->log_dropped++;
		return false;
	}
	w->log_lines++;
	return true;
}

static err_t
on_worker_log(void *owner, struct channel *ch, const struct frame *fr)
{
	static const char *const events[WEV_COUNT] = {
		"none",
#define X(name) "worker_" #name,
		WORKER_EVENTS(X)
#undef X
	};
	struct worker *w = owner;
	struct msg_worker_log m;
	err_t err = msg_get_worker_log(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (m.event == WEV_NONE || m.event >= WEV_COUNT)
		return ERR_SYNTAX;
	if (log_budget(w))
		log_info(events[m.event], LF_UINT("worker", w->id), LF_INT("a", m.a),
		    LF_INT("b", m.b), LF_INT("c", m.c), LF_INT("d", m.d));
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_REQ_ACK, .when = WORKER_CH_BOUND, .handle = on_ack},
	{.type = MSG_RES_HEAD, .when = WORKER_CH_BOUND, .handle = on_res_head},
	{.type = MSG_RES_BODY, .when = WORKER_CH_BOUND, .handle = on_res_body},
	{.type = MSG_STREAM, .when = WORKER_CH_BOUND, .handle = streams_on_stream},
	{.type = MSG_IDLE, .when = WORKER_CH_BOUND, .handle = on_idle},
	{.type = MSG_WORKER_LOG, .handle = on_worker_log},
};

const struct channel_table relay_table = {
	.peer = "worker", .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_fds = 0, .max_queue = 8 * QUEUE_MAX,
};
