/* Ended sessions; see ended.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "worker/mcp/ended.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/session.h"
#include "worker/worker.h"

#define WAIT_MS     5000
#define RETRY_AFTER 2       /* seconds */
#define FORMAT      1       /* only ended sessions */
#define FORMAT_MORE 2       /* how many of them, in 2 bytes, they, subscriptions */
#define ENTRY_BYTES 16      /* in the row: number, time */

struct entry {
	uint64_t session;
	int64_t at;             /* when it was ended, seconds since 1970 */
	bool stored;
	bool over;              /* its streams are ended, or it never had any here */
};

/* A DELETE that waits for the row. */
struct wait {
	struct wait *next;
	struct ended *ended;
	struct request *rq;
};

/* There from the first ended session on. */
struct ended {
	struct mcp *mcp;
	struct entry entry[ENDED_MAX];   /* by time, the oldest first */
	unsigned n;
	struct wait *waits;
	struct event *timer;             /* the waits' patience */
};

static void answer_waits(struct ended *e, uint16_t status, uint32_t retry_after);

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	answer_waits(arg, 503, RETRY_AFTER);
}

/* The list of this worker, made when it is needed; NULL: no memory. */
static struct ended *
list_of(struct mcp *m)
{
	struct ended *e = m->ended;

	if (e != NULL)
		return e;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	e->mcp = m;
	e->timer = event_new(loop_base(m->worker->loop), -1, 0, on_timer, e);
	if (e->timer == NULL) {
		free(e);
		return NULL;
	}
	m->ended = e;
	return e;
}

void
ended_free(struct mcp *m)
{
	struct ended *e = m->ended;
	struct wait *w;

	if (e == NULL)
		return;
	while ((w = e->waits) != NULL) {
		e->waits = w->next;
		w->rq->on_gone = NULL;
		free(w);
	}
	event_free(e->timer);
	free(e);
	m->ended = NULL;
}

static struct entry *
find(struct ended *e, uint64_t session)
{
	unsigned i;

	for (i = 0; i < e->n; i++)
		if (e->entry[i].session == session)
			return &e->entry[i];
	return NULL;
}

bool
ended_has(const struct mcp *m, uint64_t session)
{
	const struct entry *at = m->ended == NULL ? NULL : find(m->ended, session);

	return at != NULL && at->stored;
}

unsigned
ended_count(const struct mcp *m)
{
	return m->ended == NULL ? 0 : m->ended->n;
}

static void
take_out(struct ended *e, unsigned i)
{
	e->n--;
	memmove(&e->entry[i], &e->entry[i + 1], (e->n - i) * sizeof(e->entry[0]));
}

static void
forget(struct ended *e, uint64_t session)
{
	const struct entry *at = find(e, session);

	if (at != NULL)
		take_out(e, (unsigned)(at - e->entry));
}

/* Puts it where its time belongs.  Of a full list the oldest goes, which is
 * perhaps this one. */
static void
put(struct ended *e, const struct entry *new)
{
	struct entry *same = find(e, new->session);
	unsigned i;

	if (same != NULL) {
		same->stored = same->stored || new->stored;
		return;
	}
	if (e->n == ENDED_MAX) {
		if (new->at < e->entry[0].at)
			return;
		take_out(e, 0);
	}
	for (i = e->n; i > 0 && e->entry[i - 1].at > new->at; i--)
		e->entry[i] = e->entry[i - 1];
	e->entry[i] = *new;
	e->n++;
}

/* An id that old is refused for its age. */
static void
drop_old(struct ended *e)
{
	const int64_t since = clock_wall_s() - SESSION_DAYS * 24LL * 3600;
	unsigned i = 0;

	while (i < e->n) {
		if (e->entry[i].at < since && e->entry[i].stored)
			take_out(e, i);
		else
			i++;
	}
}

/* --- the row: its format, then numbers and times, each of 8 bytes ---------------- */

static uint64_t
get_le(const uint8_t *p)
{
	uint64_t v = 0;
	unsigned i;

	for (i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static void
put_le(uint8_t *p, uint64_t v)
{
	unsigned i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void
read_entries(struct ended *e, struct span list)
{
	size_t at;

	for (at = 0; list.n - at >= ENTRY_BYTES; at += ENTRY_BYTES) {
		const struct entry one = {.session = get_le(list.p + at),
		    .at = (int64_t)get_le(list.p + at + 8), .stored = true};

		put(e, &one);
	}
	drop_old(e);
}

static void
read_row(struct ended *e, struct span row)
{
	size_t n;

	if (row.n > 0 && row.p[0] == FORMAT)
		read_entries(e, span_of(row.p + 1, row.n - 1));
	if (row.n < 3 || row.p[0] != FORMAT_MORE)
		return;
	n = (row.p[1] | (size_t)row.p[2] << 8) * ENTRY_BYTES;
	if (n > row.n - 3)
		return;
	read_entries(e, span_of(row.p + 3, n));
	subscribe_read(e->mcp, span_of(row.p + 3 + n, row.n - 3 - n));
}

err_t
ended_load(struct mcp *m, struct span row)
{
	struct ended *e;
	unsigned i;

	if (row.n == 0)
		return 0;
	e = list_of(m);
	if (e == NULL)
		return ERR_NOMEM;
	read_row(e, row);
	for (i = 0; i < e->n; i++)
		e->entry[i].over = true;
	return 0;
}

static void on_row(void *arg, enum row_outcome outcome, struct span plain, uint32_t retry_ms);

static err_t
write_row(const struct ended *e, struct span tail, struct buf *row)
{
	const uint8_t head[3] = {tail.n > 0 ? FORMAT_MORE : FORMAT, (uint8_t)e->n, (uint8_t)(e->n >> 8)};
	uint8_t entry[ENTRY_BYTES];
	unsigned i;
	err_t err = buf_put(row, head, tail.n > 0 ? 3 : 1);

	for (i = 0; err == 0 && i < e->n; i++) {
		put_le(entry, e->entry[i].session);
		put_le(entry + 8, (uint64_t)e->entry[i].at);
		err = buf_put(row, entry, sizeof(entry));
	}
	return err == 0 ? buf_put_span(row, tail) : err;
}

static err_t
store(struct ended *e)
{
	struct buf row, tail;
	err_t err;

	buf_init(&tail, ENDED_TAIL_MAX);
	buf_init(&row, ENDED_ROW_MAX + 2 + ENDED_TAIL_MAX);
	err = subscribe_write(e->mcp, &tail);
	if (err == 0)
		err = write_row(e, buf_span(&tail), &row);
	if (err == 0)
		err = row_store(e->mcp->worker, ROW_SESSIONS, buf_span(&row), on_row, e);
	buf_free(&row);
	buf_free(&tail);
	return err;
}

void
ended_store(struct mcp *m)
{
	struct ended *e = list_of(m);

	/* If not now, then with the next change; a client subscribes again at worst. */
	if (e != NULL)
		(void)!store(e);
}

/* --- DELETEs ----------------------------------------------------------------------- */

static void
answer_waits(struct ended *e, uint16_t status, uint32_t retry_after)
{
	const struct answer head = {.status = status, .retry_after = retry_after};
	struct wait *w;

	(void)event_del(e->timer);
	while ((w = e->waits) != NULL) {
		struct request *rq = w->rq;

		e->waits = w->next;
		free(w);
		rq->on_gone = NULL;
		request_answer(rq, &head, span_of(NULL, 0));
	}
}

/* The client has gone; its session ends all the same. */
static void
wait_gone(struct request *rq)
{
	struct wait *w = rq->state_of_protocol, **at = &w->ended->waits;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	free(w);
}

/* What is ended here or elsewhere has no streams any more. */
static void
end_streams(struct ended *e)
{
	unsigned i;

	for (i = 0; i < e->n; i++) {
		if (!e->entry[i].stored || e->entry[i].over)
			continue;
		e->entry[i].over = true;
		streams_session_over(e->mcp, e->entry[i].session);
	}
}

static void
on_row(void *arg, enum row_outcome outcome, struct span plain, uint32_t retry_ms)
{
	struct ended *e = arg;
	unsigned i;

	if (outcome == ROW_DONE) {
		for (i = 0; i < e->n; i++)
			e->entry[i].stored = true;
		end_streams(e);
		answer_waits(e, 200, 0);
	} else if (outcome == ROW_NEWER) {
		/* Another node of this user ended sessions as well: both lists hold. */
		read_row(e, plain);
		end_streams(e);
		if (store(e) != 0)
			answer_waits(e, 503, RETRY_AFTER);
	} else {
		answer_waits(e, 503, (retry_ms + 999) / 1000 > RETRY_AFTER ?
		    (retry_ms + 999) / 1000 : RETRY_AFTER);
	}
}

void
ended_add(struct mcp *m, uint64_t session, struct request *rq)
{
	const struct entry one = {.session = session, .at = clock_wall_s()};
	const struct timeval patience = {.tv_sec = WAIT_MS / 1000};
	struct ended *e = m->worker->vault == NULL ? NULL : list_of(m);
	struct wait *w = e == NULL ? NULL : calloc(1, sizeof(*w));
	bool known;

	if (w == NULL) {
		request_answer(rq, &(struct answer){.status = 503, .retry_after = RETRY_AFTER},
		    span_of(NULL, 0));
		return;
	}
	w->ended = e;
	w->rq = rq;
	if (e->waits == NULL)
		(void)event_add(e->timer, &patience);
	w->next = e->waits;
	e->waits = w;
	rq->state_of_protocol = w;
	rq->on_gone = wait_gone;
	drop_old(e);
	known = find(e, session) != NULL;
	put(e, &one);
	/* The answer comes from on_row, for everything that was stored by then. */
	if (store(e) != 0) {
		if (!known)
			forget(e, session);
		answer_waits(e, 503, RETRY_AFTER);
	}
}
