/* Questions for the record of changes; see changes.h.  A question waits until all
 * that was written before it is stored, so that its answer is what was told. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/crypto/seal.h"
#include "worker/changes_inside.h"

#define GOT_MAX (1u << 20)
#define AWAY_S  5

/* What is kept of a frame; its sealed text follows. */
struct got {
	uint8_t id[ID_BYTES];
	int64_t at;
	uint16_t part;
	uint32_t n;
};

static void
ask_free(struct changes_ask *a)
{
	struct changes_ask **link;

	for (link = &a->all->asks; *link != a; link = &(*link)->next)
		;
	*link = a->next;
	loop_defer_cancel(a->all->worker->loop, &a->telling);
	if (a->timer != NULL)
		event_free(a->timer);
	buf_free(&a->got);
	free(a);
}

void
changes_drop(struct changes_ask **ask)
{
	if (*ask != NULL)
		ask_free(*ask);
	*ask = NULL;
}

void
changes_asks_free(struct changes *c)
{
	while (c->asks != NULL)
		ask_free(c->asks);
}

/* --- the answer ------------------------------------------------------------------ */

/* Opens the parts of one change that begin at *from; *from is behind them. */
static err_t
open_parts(struct changes_ask *a, size_t *from, struct got *first, struct buf *plain)
{
	struct got g;
	err_t err = 0, bad = 0;

	memcpy(first, a->got.data + *from, sizeof(*first));
	while (*from < a->got.len) {
		struct seal_change_place place = {.part = 0};

		memcpy(&g, a->got.data + *from, sizeof(g));
		if (memcmp(g.id, first->id, ID_BYTES) != 0)
			break;
		*from += sizeof(g);
		memcpy(place.owner, a->all->worker->who.user, ID_BYTES);
		memcpy(place.change, g.id, ID_BYTES);
		place.part = g.part;
		err = open_change(a->all->worker->key.page, &place,
		    span_of(a->got.data + *from, g.n), plain);
		*from += g.n;
		bad = bad != 0 ? bad : err;
	}
	return bad;
}

/* What is known of one that cannot be read: that it is there, and when it began. */
static void
spoil(struct change_record *r)
{
	memset(r, 0, sizeof(*r));
	r->spoilt = true;
	r->state = CHANGE_PARTLY;
	r->thing = r->name = r->tool = r->client = "";
	r->position = r->total = -1;
}

/* Makes records of all that came. */
static err_t
make_records(struct changes_ask *a, struct change_record *records, size_t room, size_t *n)
{
	static const uint8_t list[ID_BYTES];
	struct changes *c = a->all;
	size_t from = 0;
	struct got first;
	struct buf plain;
	err_t err = 0;

	buf_init(&plain, GOT_MAX);
	while (from < a->got.len && *n < room && err != ERR_NOMEM) {
		struct change_record *r = &records[(*n)++];

		buf_clear(&plain);
		memset(r, 0, sizeof(*r));
		err = open_parts(a, &from, &first, &plain);
		if (err == 0)
			err = change_read(buf_span(&plain), a->arena, r);
		if (err != 0) {
			worker_log(c->worker, WEV_row_unreadable, ROW_COUNT, err, 0, 0);
			spoil(r);
		}
		memcpy(r->id, first.id, ID_BYTES);
		r->at = first.at;
		r->whole = memcmp(a->id, list, ID_BYTES) != 0;
		r->running = changes_running(c, first.id);
	}
	buf_free(&plain);
	return err == ERR_NOMEM ? err : 0;
}

static void
on_telling(void *arg)
{
	struct changes_ask *a = arg;
	changes_answer fn = a->fn;
	void *fn_arg = a->arg, *records = NULL;
	enum change_word word = a->word;
	uint32_t retry_s = a->retry_s;
	size_t n = 0, most = a->most;
	err_t err = 0;

	if (word == CHANGE_STORED) {
		err = arena_alloc(a->arena, (most + 1) * sizeof(struct change_record), &records);
		if (err == 0)
			err = make_records(a, records, most + 1, &n);
		if (err != 0)
			word = CHANGE_REFUSED;
	}
	if (err != 0)
		n = 0;
	ask_free(a);
	fn(fn_arg, word, records, n < most ? n : most, n > most, retry_s);
}

static void
answer(struct changes_ask *a, enum change_word word, uint32_t retry_s)
{
	if (a->over)
		return;
	a->over = true;
	a->word = word;
	a->retry_s = retry_s;
	(void)event_del(a->timer);
	loop_defer(a->all->worker->loop, &a->telling, on_telling, a);
}

static void
on_waited(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	answer(arg, CHANGE_AWAY, AWAY_S);
}

/* --- the question ------------------------------------------------------------------ */

static void
send_ask(struct changes_ask *a)
{
	struct msg_changes_ask m = {.before = a->before, .most = (uint16_t)(a->most + 1)};

	if (a->sent || a->over || a->all->reading != 0)
		return;
	memcpy(m.id, a->id, ID_BYTES);
	buf_clear(&a->got);
	a->request = changes_request(a->all);
	a->sent = a->all->store->ask(a->all->worker, a->request, &m) == 0;
	if (a->sent)
		a->all->reading = a->request;
}

void
changes_asks_go(struct changes *c)
{
	struct changes_ask *a;

	for (a = c->asks; a != NULL; a = a->next)
		send_ask(a);
}

void
changes_asks_again(struct changes *c)
{
	struct changes_ask *a;

	for (a = c->asks; a != NULL; a = a->next)
		a->sent = false;
	c->reading = 0;
	if (c->first == NULL)
		changes_asks_go(c);
}

void
changes_asks_away(struct changes *c, uint32_t retry_s)
{
	struct changes_ask *a;

	for (a = c->asks; a != NULL; a = a->next)
		answer(a, CHANGE_AWAY, retry_s);
}

/* The vault has answered, perhaps somebody who is gone: the next question. */
static void
read_over(struct changes *c, uint64_t request)
{
	if (c->reading != request)
		return;
	c->reading = 0;
	if (c->first == NULL)
		changes_asks_go(c);
}

static struct changes_ask *
find(struct changes *c, uint64_t request)
{
	struct changes_ask *a;

	for (a = c->asks; a != NULL && (!a->sent || a->request != request); a = a->next)
		;
	return a;
}

void
changes_ask_failed(struct changes *c, uint64_t request, uint32_t retry_s)
{
	struct changes_ask *a = find(c, request);

	if (a != NULL)
		answer(a, CHANGE_AWAY, retry_s);
	read_over(c, request);
}

err_t
changes_on_change(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct changes_ask *a;
	struct msg_change m;
	struct got g = {.n = 0};
	err_t err = msg_get_change(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	a = find(w->changes, f->request);
	if (a == NULL || a->over)
		goto out;
	if (m.sealed.n > 0) {
		memcpy(g.id, m.id, ID_BYTES);
		g.at = m.created_at;
		g.part = m.part;
		g.n = (uint32_t)m.sealed.n;
		err = buf_put(&a->got, &g, sizeof(g));
		if (err == 0)
			err = buf_put_span(&a->got, m.sealed);
	}
	if (err != 0)
		answer(a, CHANGE_REFUSED, 0);
	else if (m.last != 0)
		answer(a, CHANGE_STORED, 0);
out:
	if (m.last != 0)
		read_over(w->changes, f->request);
	return 0;
}

static err_t
ask(struct worker *w, const struct changes_ask *what, struct changes_ask **out)
{
	const struct timeval wait = {.tv_sec = CHANGE_WAIT_MS / 1000};
	struct changes *c = w->changes;
	struct changes_ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_NOMEM;
	*a = *what;
	a->all = c;
	buf_init(&a->got, GOT_MAX);
	a->next = c->asks;
	c->asks = a;
	a->timer = event_new(loop_base(w->loop), -1, 0, on_waited, a);
	if (a->timer == NULL || event_add(a->timer, &wait) != 0) {
		ask_free(a);
		return ERR_NOMEM;
	}
	if (c->first == NULL)
		send_ask(a);
	changes_try(c);
	*out = a;
	return 0;
}

err_t
changes_list(struct worker *w, int64_t before, size_t most, struct arena *arena,
    changes_answer fn, void *arg, struct changes_ask **out)
{
	const struct changes_ask what = {.before = before, .most = most < CHANGES_PAGE ? most :
	    CHANGES_PAGE, .arena = arena, .fn = fn, .arg = arg};

	return ask(w, &what, out);
}

err_t
changes_read(struct worker *w, const uint8_t id[ID_BYTES], struct arena *arena,
    changes_answer fn, void *arg, struct changes_ask **out)
{
	struct changes_ask what = {.most = 1, .arena = arena, .fn = fn, .arg = arg};

	memcpy(what.id, id, ID_BYTES);
	return ask(w, &what, out);
}
