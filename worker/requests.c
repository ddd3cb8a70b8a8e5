/* The requests of a worker; see requests.h.  Must not know MCP. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/crypto/token.h"
#include "shared/fault/fault.h"
#include "worker/credentials.h"
#include "worker/requests.h"
#include "worker/worker.h"

#define ARENA_BYTES  (128u << 10)
#define RETRY_MS     20        /* after a full queue towards front */

struct requests {
	struct worker *worker;
	const struct requests_owner *owner;
	struct request *first;
	struct deferred sweep;      /* frees what is dead, at the end of the turn */
	struct event *retry;
	struct event *second;       /* those that were doubted are judged again */
};

static void sink_head(struct request *rq, const struct answer *a);
static void sink_more(struct request *rq);
static bool sink_whole(struct request *rq, const struct answer *a, const struct span *parts,
    size_t n_parts);
static void sink_stream(struct request *rq, const struct stream_word *word);

static const struct request_sink front_sink = {
	.head = sink_head, .more = sink_more, .whole = sink_whole, .stream = sink_stream};

static void
request_free(struct request *rq)
{
	buf_free(&rq->body);
	buf_free(&rq->out);
	arena_reset(&rq->arena);
	explicit_bzero(rq, sizeof(*rq));
	free(rq);
}

static void
sweep(void *arg)
{
	struct requests *r = arg;
	struct request **at = &r->first;

	while (*at != NULL) {
		struct request *rq = *at;

		if (!rq->dead) {
			at = &rq->next;
			continue;
		}
		if (rq->on_gone != NULL)
			rq->on_gone(rq);
		*at = rq->next;
		request_free(rq);
	}
	r->owner->changed(r->worker);
}

/* The request is over.  Its owner hears of it, and its memory goes, at the end
 * of the turn, when nobody is in the middle of writing to it. */
static void
bury(struct request *rq)
{
	struct requests *r = rq->worker->requests;

	if (rq->dead)
		return;
	rq->dead = true;
	loop_defer(rq->worker->loop, &r->sweep, sweep, r);
}

/* No memory for an answer that has begun: half of it must not look whole.  The
 * worker ends, front cuts what is open, and the next request gets a new one. */
static void
give_up(struct request *rq)
{
	bury(rq);
	loop_stop(rq->worker->loop);
}

static void
retry_later(struct requests *r)
{
	const struct timeval tv = {.tv_usec = RETRY_MS * 1000};

	if (!event_pending(r->retry, EV_TIMEOUT, NULL))
		(void)event_add(r->retry, &tv);
}

/* One part of the answer; false when no more can leave now. */
static bool
pump_part(struct request *rq)
{
	struct msg_res_body m;
	size_t left = rq->out.len - rq->out_sent, n = left;
	err_t err;

	if (n > rq->credit)
		n = rq->credit;
	if (n > BODY_PART)
		n = BODY_PART;
	if (n == 0 && left > 0)
		return false;            /* CREDIT will call again */
	if (n == 0 && !rq->ended)
		return false;
	m = (struct msg_res_body){.last = rq->ended && n == left,
	    .data = span_of(rq->out.data == NULL ? NULL : rq->out.data + rq->out_sent, n)};
	err = send_res_body(rq->worker->front, rq->id, &m);
	if (err == ERR_AGAIN) {
		retry_later(rq->worker->requests);
		return false;
	}
	if (err == ERR_NOMEM)
		give_up(rq);
	else if (err != 0 || m.last != 0)
		bury(rq);
	if (rq->dead)
		return false;
	rq->out_sent += n;
	rq->credit -= n;
	if (rq->out_sent == rq->out.len) {
		buf_clear(&rq->out);
		rq->out_sent = 0;
	}
	return true;
}

static void
sink_more(struct request *rq)
{
	if (rq->dead || rq->worker->front == NULL)
		return;
	if (rq->starved) {
		give_up(rq);
		return;
	}
	if (rq->ended)
		rq->state = REQUEST_LEAVING;
	while (pump_part(rq))
		;
}

static void
sink_head(struct request *rq, const struct answer *a)
{
	const struct msg_res_head m = {.status = a->status, .media = a->media,
	    .auth_error = a->auth_error, .scopes = a->scopes, .allow = a->allow, .retry_after = a->retry_after,
	    .session = a->session};
	err_t err;

	if (rq->dead || rq->worker->front == NULL)
		return;
	err = send_res_head(rq->worker->front, rq->id, &m);
	if (err == ERR_NOMEM)
		give_up(rq);
	else if (err != 0)
		bury(rq);
	FAULT_SENT(rq->worker->front, worker_answers);
}

/* Straight into the packet, if credit and one frame suffice. */
static bool
sink_whole(struct request *rq, const struct answer *a, const struct span *parts, size_t n_parts)
{
	size_t i, len = 0;
	err_t err;

	for (i = 0; i < n_parts; i++)
		len += parts[i].n;
	if (rq->dead || rq->worker->front == NULL || len > rq->credit || len > BODY_PART)
		return false;
	request_begin(rq, a);
	if (rq->dead)
		return true;
	rq->state = REQUEST_LEAVING;
	err = send_res_body_parts(rq->worker->front, rq->id, parts, n_parts);
	if (err == ERR_AGAIN)
		return false;            /* kept, and sent when there is room */
	if (err == ERR_NOMEM)
		give_up(rq);
	else
		bury(rq);
	return true;
}

static void
sink_stream(struct request *rq, const struct stream_word *word)
{
	const struct msg_stream m = {.parked = word->parked, .expires = word->expires,
		.farewell = word->farewell, .note = word->note};
	struct requests *r = rq->worker->requests;
	err_t err;

	if (rq->dead || rq->worker->front == NULL)
		return;
	err = send_stream(rq->worker->front, rq->id, &m);
	if (err == ERR_NOMEM)
		give_up(rq);
	else if (err == ERR_AGAIN)
		rq->unheard = true;
	else if (err != 0)
		bury(rq);
	r->owner->changed(r->worker);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct requests *r = arg;
	struct request *rq;

	(void)fd;
	(void)what;
	for (rq = r->first; rq != NULL; rq = rq->next)
		if (rq->head_sent)
			sink_more(rq);
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	requests_bound(arg);
}

err_t
requests_create(struct worker *w, const struct requests_owner *owner, struct requests **out)
{
	struct requests *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	r->worker = w;
	r->owner = owner;
	r->retry = event_new(loop_base(w->loop), -1, 0, on_retry, r);
	r->second = event_new(loop_base(w->loop), -1, 0, on_second, r);
	if (r->retry == NULL || r->second == NULL) {
		if (r->retry != NULL)
			event_free(r->retry);
		free(r);
		return ERR_NOMEM;
	}
	*out = r;
	return 0;
}

void
requests_destroy(struct requests **r)
{
	struct request *rq;

	if (*r == NULL)
		return;
	loop_defer_cancel((*r)->worker->loop, &(*r)->sweep);
	while ((rq = (*r)->first) != NULL) {
		(*r)->first = rq->next;
		if (rq->on_gone != NULL)
			rq->on_gone(rq);
		request_free(rq);
	}
	event_free((*r)->retry);
	event_free((*r)->second);
	free(*r);
	*r = NULL;
}

static struct request *
find(const struct requests *r, uint64_t id)
{
	struct request *rq;

	for (rq = r->first; rq != NULL; rq = rq->next)
		if (rq->id == id && !rq->dead)
			return rq;
	return NULL;
}

/* What the protocol's clients read; the id was not looked for. */
#define NO_ANSWER(code, text) \
	"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":" code ",\"message\":\"" text "\"}}"

static void
refuse(struct request *rq, const struct answer *a, const char *body)
{
	worker_log(rq->worker, WEV_request_refused, a->status, 0, 0, 0);
	request_answer(rq, a, span_str(body));
}

/* A stream of an earlier worker: may its credential still have it? */
static void
take(struct requests *r, struct request *rq)
{
	const struct credential *cred = NULL;
	err_t err;

	rq->state = REQUEST_SERVED;
	/* A ticket opens no stream. */
	err = rq->cred_kind == CRED_TICKET ? ERR_DENIED :
	    credentials_check(r->worker->credentials, rq->hash, rq->cred_kind, &cred);
	if (err == 0) {
		memcpy(rq->grant, cred->grant, sizeof(rq->grant));
		rq->scopes = cred->scopes;
	}
	/* While the database is away, nothing ends for that. */
	r->owner->take(r->worker, rq, err != ERR_DENIED);
}

/* The word of a new credential comes by the vault's channel, its first request by
 * front's, and the two have no order: what is not known is judged again when
 * both have been read. */
static bool
judged_again(struct requests *r, struct request *rq)
{
	const struct timeval soon = {.tv_usec = RETRY_MS * 1000};

	if (rq->doubted || (!event_pending(r->second, EV_TIMEOUT, NULL) &&
	    event_add(r->second, &soon) != 0))
		return false;
	rq->doubted = true;
	rq->state = REQUEST_WAITING;
	return true;
}

/* A complete request of a bound worker: is it allowed, and by what? */
static void
serve(struct requests *r, struct request *rq)
{
	const struct credential *cred = NULL;
	err_t err;

	rq->state = REQUEST_SERVED;
	err = credentials_check(r->worker->credentials, rq->hash, rq->cred_kind, &cred);
	if (err == ERR_DENIED && judged_again(r, rq)) {
		return;
	} else if (err == ERR_DENIED) {
		refuse(rq, &(struct answer){.status = 401, .media = MEDIA_JSON,
		    .auth_error = AUTH_INVALID}, "{\"error\":\"invalid_token\"}");
	} else if (err != 0) {
		refuse(rq, &(struct answer){.status = 503, .media = MEDIA_JSON,
		    .retry_after = 15}, NO_ANSWER("-32603", "The token cannot be checked now; ask again."));
	} else if (rq->refused) {
		refuse(rq, &(struct answer){.status = 413, .media = MEDIA_JSON},
		    NO_ANSWER("-32600", "The request is too large."));
	} else {
		memcpy(rq->grant, cred->grant, sizeof(rq->grant));
		rq->scopes = cred->scopes;
		FAULT(worker_serves);
		r->owner->serve(r->worker, rq);
	}
}

static struct request *
make_blank(struct requests *r, uint64_t id, uint8_t cred_kind)
{
	struct request *rq = calloc(1, sizeof(*rq));

	if (rq == NULL)
		return NULL;
	rq->worker = r->worker;
	rq->sink = &front_sink;
	rq->id = id;
	rq->cred_kind = cred_kind;
	rq->credit = REQUEST_CREDIT;
	arena_init(&rq->arena, ARENA_BYTES);
	buf_init(&rq->body, REQUEST_BODY_MAX);
	buf_init(&rq->out, REQUEST_ANSWER_MAX);
	return rq;
}

static err_t
make(struct requests *r, uint64_t id, const struct msg_req_head *m, struct request **out)
{
	struct request *rq = make_blank(r, id, m->cred_kind);
	err_t err;

	if (rq == NULL)
		return ERR_NOMEM;
	rq->method = m->method;
	rq->refused = m->body_bytes > REQUEST_BODY_MAX;
	err = token_hash(m->credential, rq->hash);
	if (err != 0) {
		request_free(rq);
		return err;
	}
	rq->next = r->first;
	r->first = rq;
	*out = rq;
	return 0;
}

static err_t
make_taken(struct requests *r, uint64_t id, const struct msg_stream_back *m,
    struct request **out)
{
	struct request *rq = make_blank(r, id, m->cred_kind);
	char *note;
	err_t err;

	if (rq == NULL)
		return ERR_NOMEM;
	err = arena_strdup(&rq->arena, m->note, &note);
	if (err != 0) {
		request_free(rq);
		return err;
	}
	memcpy(rq->hash, m->hash, sizeof(rq->hash));
	rq->note = span_of(note, m->note.n);
	rq->method = METHOD_GET;
	rq->taken = rq->head_sent = true;
	rq->state = REQUEST_WAITING;
	rq->next = r->first;
	r->first = rq;
	*out = rq;
	return 0;
}

err_t
requests_on_stream_back(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_stream_back m;
	struct request *rq;
	err_t err;

	err = msg_get_stream_back(f->body, &m);
	if (err != 0)
		return err;
	if (find(w->requests, f->request) != NULL)
		return ERR_STATE;
	if (requests_open(w->requests, true) >= REQUESTS_OPEN ||
	    make_taken(w->requests, f->request, &m, &rq) != 0) {
		const struct msg_res_body body = {.last = 1};

		/* Its client opens it again. */
		if (send_res_body(ch, f->request, &body) != 0)
			return 0;
		return 0;
	}
	if (w->bound)
		take(w->requests, rq);
	else
		w->requests->owner->first(w);
	w->requests->owner->changed(w);
	return 0;
}

err_t
requests_on_head(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	const struct msg_req_ack ack = {0};
	struct msg_req_head m;
	struct request *rq;
	err_t err;

	err = msg_get_req_head(f->body, &m);
	if (err != 0)
		return err;
	FAULT(worker_head);
	if (find(w->requests, f->request) != NULL)
		return ERR_STATE;
	if (requests_open(w->requests, true) >= REQUESTS_OPEN ||
	    make(w->requests, f->request, &m, &rq) != 0) {
		/* No memory to answer with more than this. */
		const struct msg_res_head head = {.status = 503, .retry_after = 1};
		const struct msg_res_body body = {.last = 1};

		if (send_res_head(ch, f->request, &head) != 0 ||
		    send_res_body(ch, f->request, &body) != 0)
			return 0;
		return 0;
	}
	if (send_req_ack(ch, f->request, &ack) != 0)
		bury(rq);
	FAULT_SENT(ch, worker_acked);
	if (!w->bound)
		w->requests->owner->first(w);
	w->requests->owner->changed(w);
	return 0;
}

err_t
requests_on_field(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct request *rq = find(w->requests, f->request);
	struct msg_req_field m;
	err_t err;

	(void)ch;
	err = msg_get_req_field(f->body, &m);
	if (err != 0 || rq == NULL || rq->state != REQUEST_ARRIVING)
		return err;
	if (++rq->n_fields > REQUEST_FIELDS || request_add_field(rq, m.name, m.value) != 0)
		rq->refused = true;
	return 0;
}

err_t
requests_on_body(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct request *rq = find(w->requests, f->request);
	struct msg_req_body m;
	err_t err;

	(void)ch;
	err = msg_get_req_body(f->body, &m);
	if (err != 0 || rq == NULL || rq->state != REQUEST_ARRIVING)
		return err;
	if (!rq->refused && buf_put_span(&rq->body, m.data) != 0)
		rq->refused = true;
	if (m.last == 0)
		return 0;
	rq->state = REQUEST_WAITING;
	if (w->bound)
		serve(w->requests, rq);
	return 0;
}

err_t
requests_on_cancel(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct request *rq = find(w->requests, f->request);
	struct msg_req_cancel m;
	err_t err;

	(void)ch;
	err = msg_get_req_cancel(f->body, &m);
	if (err == 0 && rq != NULL)
		bury(rq);
	return err;
}

err_t
requests_on_credit(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct request *rq = find(w->requests, f->request);
	struct msg_credit m;
	err_t err;

	(void)ch;
	err = msg_get_credit(f->body, &m);
	if (err != 0 || rq == NULL)
		return err;
	rq->credit += m.bytes;
	if (rq->credit > REQUEST_CREDIT)
		rq->credit = REQUEST_CREDIT;
	if (rq->head_sent)
		sink_more(rq);
	return 0;
}

void
requests_bound(struct requests *r)
{
	struct request *rq;

	for (rq = r->first; rq != NULL; rq = rq->next) {
		if (rq->state != REQUEST_WAITING || rq->dead)
			continue;
		if (rq->taken)
			take(r, rq);
		else
			serve(r, rq);
	}
}

void
requests_front_gone(struct requests *r)
{
	struct request *rq;

	for (rq = r->first; rq != NULL; rq = rq->next)
		bury(rq);
}

unsigned
requests_open(const struct requests *r, bool with_quiet)
{
	const struct request *rq;
	unsigned n = 0;

	for (rq = r->first; rq != NULL; rq = rq->next)
		if (!rq->dead && (with_quiet || !rq->quiet))
			n++;
	return n;
}
