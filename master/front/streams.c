/*
 * Streams; see streams.h.  Knows neither what comes on them nor whose they are:
 * a stream is found by its credential's hash, and goes only to a worker that
 * the vault named for that hash.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/front/relay.h"
#include "master/front/streams.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define FRAMES_MAX   256   /* STREAMs of a worker in a second */
#define SWEEP_SHARE  100   /* a tick looks at one in so many */
#define DOUBTED_ENDS 2     /* at a tick: each is a worker that is bound anew */
#define DISPLACE_MS  100

static struct list *
row_of(struct front *f, const uint8_t hash[HASH_BYTES])
{
	return &f->parked[((size_t)hash[0] << 8 | hash[1]) % FRONT_STREAM_ROWS];
}

static bool
is_of(const struct request *r, const uint8_t hash[HASH_BYTES], uint8_t kind)
{
	return (kind == CRED_NONE || r->cred_kind == kind) && memcmp(r->hash, hash, HASH_BYTES) == 0;
}

/* The first that front keeps of a credential (CRED_NONE: of any kind); NULL if
 * there is none. */
static struct request *
find_parked(struct front *f, const uint8_t hash[HASH_BYTES], uint8_t kind)
{
	const struct list *row = row_of(f, hash);
	struct link *l;

	for (l = list_first(row); l != NULL; l = list_next(row, l)) {
		struct request *r = LINK_OWNER(l, struct request, held_by);

		if (is_of(r, hash, kind))
			return r;
	}
	return NULL;
}

static unsigned
count_parked(struct front *f, const struct request *like)
{
	const struct list *row = row_of(f, like->hash);
	unsigned n = 0;
	struct link *l;

	for (l = list_first(row); l != NULL; l = list_next(row, l))
		n += is_of(LINK_OWNER(l, struct request, held_by), like->hash, like->cred_kind);
	return n;
}

/* --- what a worker says --------------------------------------------------------- */

/* May this worker speak of its streams once more in this second? */
static bool
budget(struct worker *w)
{
	int64_t second = clock_mono_ms() / 1000;

	if (second != w->stream_second) {
		w->stream_second = second;
		w->stream_frames = 0;
	}
	return w->stream_frames++ < FRAMES_MAX;
}

static struct stream *
keep_words(const struct msg_stream *m)
{
	struct stream *s = malloc(sizeof(*s) + m->farewell.n + m->note.n);

	if (s == NULL)
		return NULL;
	*s = (struct stream){.parked = m->parked == 1, .farewell = m->farewell.n, .note = m->note.n};
	if (m->expires > 0)
		s->expires = clock_mono_ms() + (int64_t)m->expires * 1000;
	if (m->farewell.n > 0)
		memcpy(s->text, m->farewell.p, m->farewell.n);
	if (m->note.n > 0)
		memcpy(s->text + m->farewell.n, m->note.p, m->note.n);
	return s;
}

static void
take_words(struct request *r, struct stream *s)
{
	struct worker *w = r->worker;

	w->streams += r->stream == NULL;
	free(r->stream);
	r->stream = s;
	if (w->streams > w->front->conf.streams_per_user)
		streams_end(r);
	else
		client_flush_later(r->client);
}

err_t
streams_on_stream(void *owner, struct channel *ch, const struct frame *fr)
{
	struct worker *w = owner;
	struct request *r = NULL;
	struct msg_stream m;
	struct stream *s;
	err_t err = msg_get_stream(fr->body, &m);

	(void)ch;
	if (err == 0)
		err = relay_find(w, fr, &r);
	if (err != 0)
		return err;
	if (m.parked > 1)
		return ERR_SYNTAX;
	if (!budget(w))
		return ERR_LIMIT;
	if (r == NULL)
		return 0;
	if (r->state != REQUEST_STREAMING || r->last)
		return ERR_STATE;
	s = keep_words(&m);
	if (s == NULL) {
		relay_cancel(r);
		request_fail(r, 502, "out of memory", 1);
		return 0;
	}
	take_words(r, s);
	return 0;
}

/* --- keeping, and handing back -------------------------------------------------- */

static bool
is_parked(const struct request *r)
{
	return r->stream != NULL && r->stream->parked && r->begun && !r->last;
}

static bool
has_farewell(const struct request *r)
{
	return r->stream != NULL && r->stream->farewell > 0 && r->begun && !r->last;
}

bool
streams_at_rest(const struct worker *w)
{
	struct link *l;

	for (l = list_first(&w->open); l != NULL; l = list_next(&w->open, l)) {
		const struct request *r = LINK_OWNER(l, struct request, held_by);

		if (!is_parked(r) || r->waiting > 0)
			return false;
	}
	return true;
}

static void
keep(struct request *r)
{
	struct front *f = r->front;

	workers_forget_request(r);
	request_set_state(r, REQUEST_PARKED);
	r->waiting = r->owed = 0;
	list_add(row_of(f, r->hash), &r->held_by);
	if (count_parked(f, r) > f->conf.streams_per_user)
		streams_end(r);
}

void
streams_keep(struct worker *w)
{
	struct link *l = list_first(&w->open), *next;

	for (; l != NULL; l = next) {
		struct request *r = LINK_OWNER(l, struct request, held_by);

		next = list_next(&w->open, l);
		/* News may have been lost, or what it was handed is what it died of: a
		 * client that hears the farewell asks again, a cut some do not see. */
		if (is_parked(r) && !r->stream->handed)
			keep(r);
		else if (is_parked(r) || has_farewell(r))
			streams_end(r);
	}
}

/* False if the worker's channel takes no more. */
static bool
hand_over(struct request *r, struct worker *w)
{
	struct msg_stream_back m = {.cred_kind = r->cred_kind,
	    .note = span_of(r->stream->text + r->stream->farewell, r->stream->note)};

	memcpy(m.hash, r->hash, HASH_BYTES);
	if (send_stream_back(w->ch, r->id, &m) != 0)
		return false;
	list_remove(row_of(r->front, r->hash), &r->held_by);
	request_set_state(r, REQUEST_STREAMING);
	r->stream->handed = true;
	r->stream->doubted = false;
	workers_hold_request(w, r);
	return true;
}

void
streams_hand_back(struct front *f, uint64_t worker, const uint8_t hash[HASH_BYTES],
    uint8_t cred_kind)
{
	struct worker *w = workers_find(f, worker);
	struct request *r;

	while (w != NULL && w->state == WORKER_BOUND &&
	    (r = find_parked(f, hash, cred_kind)) != NULL) {
		if (w->streams >= f->conf.streams_per_user)
			streams_end(r);
		else if (!hand_over(r, w))
			break;
	}
}

/* --- their end ------------------------------------------------------------------ */

void
streams_end(struct request *r)
{
	struct client *c = r->client;

	if (r->worker != NULL)
		relay_cancel(r);
	if (!r->begun) {
		request_fail(r, 503, "the stream has ended; ask again", 1);
		return;
	}
	/* In the middle of an event there is no place for another. */
	if (r->stream != NULL && answer_between_events(c))
		answer_data(c, span_of(r->stream->text, r->stream->farewell));
	if (c->fd < 0)
		return;
	request_free(r);
	answer_end(c);
}

void
streams_end_of(struct front *f, const uint8_t hash[HASH_BYTES])
{
	struct link *l = list_first(&f->requests[REQUEST_STREAMING]), *next;
	struct request *r;

	for (; l != NULL; l = next) {
		r = LINK_OWNER(l, struct request, link);
		next = list_next(&f->requests[REQUEST_STREAMING], l);
		if (is_of(r, hash, CRED_NONE))
			streams_end(r);
	}
	while ((r = find_parked(f, hash, CRED_NONE)) != NULL)
		streams_end(r);
}

void
streams_end_all(struct front *f, bool all)
{
	struct link *l = list_first(&f->requests[REQUEST_STREAMING]), *next;

	for (; l != NULL; l = next) {
		struct request *r = LINK_OWNER(l, struct request, link);

		next = list_next(&f->requests[REQUEST_STREAMING], l);
		if (all || r->get || is_parked(r))
			streams_end(r);
	}
	while (f->requests[REQUEST_PARKED].n > 0)
		streams_end(LINK_OWNER(list_first(&f->requests[REQUEST_PARKED]), struct request, link));
}

void
streams_doubt(struct front *f)
{
	const struct list *parked = &f->requests[REQUEST_PARKED];
	struct link *l;

	for (l = list_first(parked); l != NULL; l = list_next(parked, l))
		LINK_OWNER(l, struct request, link)->stream->doubted = true;
}

bool
streams_make_room(struct front *f)
{
	struct link *l = list_first(&f->requests[REQUEST_PARKED]);
	int64_t now = clock_mono_ms();
	struct client *c;

	/* A flood of connections must not end them all at once. */
	if (l == NULL || now - f->stream_displaced < DISPLACE_MS)
		return false;
	f->stream_displaced = now;
	c = LINK_OWNER(l, struct request, link)->client;
	c->head.keep_alive = false;
	streams_end(LINK_OWNER(l, struct request, link));
	client_close(c);
	return true;
}

void
streams_forget(struct request *r)
{
	if (r->state == REQUEST_PARKED)
		list_remove(row_of(r->front, r->hash), &r->held_by);
	free(r->stream);
	r->stream = NULL;
}

/* The list goes round, so that each is looked at within ten seconds. */
void
streams_sweep(struct front *f, int64_t now_ms)
{
	struct list *parked = &f->requests[REQUEST_PARKED];
	size_t rounds = parked->n == 0 ? 0 : parked->n / SWEEP_SHARE + 1;
	unsigned ends = f->vault != NULL && f->database && f->keyring ? DOUBTED_ENDS : 0;

	for (; rounds > 0 && parked->n > 0; rounds--) {
		struct request *r = LINK_OWNER(list_first(parked), struct request, link);

		if (r->stream->expires != 0 && now_ms >= r->stream->expires) {
			streams_end(r);
		} else if (r->stream->doubted && ends > 0) {
			ends--;
			streams_end(r);
		} else {
			request_set_state(r, REQUEST_PARKED);
		}
	}
}

/* --- what it costs ------------------------------------------------------------------- */

void
streams_slim(struct client *c)
{
	struct request *r = c->request;

	if (r == NULL || r->stream == NULL || !r->begun || c->out.len > 0)
		return;
	buf_free(&c->out);
	if (c->in.len == 0)
		buf_free(&c->in);
	/* Of the request's head its log line wants the method, and nothing more. */
	buf_free(&c->head_text);
	free(c->fields);
	c->fields = c->head.fields = NULL;
	c->head.n_fields = 0;
	c->head.target = c->head.path = c->head.query = c->head.host = span_of(NULL, 0);
	r->head.session = span_of(NULL, 0);
	arena_reset(&r->arena);
}
