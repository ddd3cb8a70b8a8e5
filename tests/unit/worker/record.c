/* A vault's memory of changes; see record.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "tests/unit/unit.h"
#include "tests/unit/worker/record.h"
#include "worker/changes_inside.h"

struct record_part {
	struct record_part *next;    /* in the order in which they came */
	int64_t at;                  /* of its change */
	uint16_t part;
	uint8_t id[ID_BYTES];
	size_t n;
	uint8_t sealed[];
};

/* An answer in the next turn. */
struct record_answer {
	struct record_answer *next;
	struct record *r;
	struct event *ev;
	uint64_t request;
	uint8_t type;
	struct buf body;
	bool ask;
	struct msg_changes_ask question;
};

static struct record *the_record;
static int64_t last_at;      /* microseconds since 1970 */

static void
answer_free(struct record_answer *a)
{
	struct record_answer **link;

	for (link = &a->r->answers; *link != a; link = &(*link)->next)
		;
	*link = a->next;
	event_free(a->ev);
	buf_free(&a->body);
	free(a);
}

static void
say(struct record *r, const struct record_answer *a, const struct record_part *p, bool last)
{
	struct msg_change m = {.last = last};
	struct frame f = {.type = MSG_CHANGE, .request = a->request};
	struct buf body;

	if (p != NULL) {
		memcpy(m.id, p->id, ID_BYTES);
		m.part = p->part;
		m.created_at = p->at;
		m.sealed = span_of(p->sealed, p->n);
	}
	buf_init(&body, 32768);
	assert_ok(msg_put_change(&body, &m));
	f.body = buf_span(&body);
	assert_ok(changes_on_change(r->w, NULL, &f));
	buf_free(&body);
}

static int
by_time_and_number(const void *a, const void *b)
{
	const struct record_part *x = *(const struct record_part *const *)a;
	const struct record_part *y = *(const struct record_part *const *)b;

	if (x->at != y->at)
		return x->at < y->at ? 1 : -1;
	return (int)x->part - (int)y->part;
}

static void
say_parts(struct record *r, const struct record_answer *a)
{
	static const uint8_t list[ID_BYTES];
	const bool all = memcmp(a->question.id, list, ID_BYTES) == 0;
	const struct record_part **found = calloc(r->parts + 1, sizeof(struct record_part *));
	struct record_part *p;
	size_t i, n = 0, heads = 0, shown = 0;

	assert_non_null(found);
	for (p = r->first; p != NULL; p = p->next)
		if (all ? (p->part == 0 || p->part >= CHANGE_PART_MARKS) &&
		    (a->question.before == 0 || p->at < a->question.before) :
		    memcmp(p->id, a->question.id, ID_BYTES) == 0)
			found[n++] = p;
	qsort(found, n, sizeof(struct record_part *), by_time_and_number);
	for (shown = 0; shown < n; shown++) {
		heads += found[shown]->part == 0;
		if (all && heads > a->question.most)
			break;
	}
	for (i = 0; i < shown; i++)
		say(r, a, found[i], i + 1 == shown);
	if (shown == 0)
		say(r, a, NULL, true);
	free(found);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct record_answer *a = arg;
	struct frame f = {.type = a->type, .request = a->request, .body = buf_span(&a->body)};
	struct record *r = a->r;

	(void)fd;
	(void)what;
	if (a->ask) {
		a->ask = false;
		say_parts(r, a);
	} else if (a->type == MSG_CHANGE_KEPT)
		assert_ok(changes_on_kept(r->w, NULL, &f));
	else
		assert_ok(changes_on_failed(r->w, NULL, &f));
	answer_free(a);
}

static struct record_answer *
answer_later(struct record *r, uint64_t request, uint8_t type)
{
	static const struct timeval soon = {0, 100};
	struct record_answer *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->r = r;
	a->request = request;
	a->type = type;
	buf_init(&a->body, 64);
	a->next = r->answers;
	r->answers = a;
	a->ev = evtimer_new(loop_base(r->w->loop), on_turn, a);
	assert_non_null(a->ev);
	assert_int_equal(event_add(a->ev, &soon), 0);
	return a;
}

static void
fail_later(struct record *r, uint64_t request, uint8_t why, uint32_t retry_after)
{
	struct record_answer *a = answer_later(r, request, MSG_STORE_FAILED);
	const struct msg_store_failed m = {.why = why, .retry_after = retry_after};

	assert_ok(msg_put_store_failed(&a->body, &m));
}

static struct record_part *
find(struct record *r, const uint8_t id[ID_BYTES], uint16_t part)
{
	struct record_part *p;

	for (p = r->first; p != NULL; p = p->next)
		if (p->part == part && memcmp(p->id, id, ID_BYTES) == 0)
			return p;
	return NULL;
}

static void
keep(struct record *r, const struct msg_change_put *m)
{
	const struct record_part *head = find(r, m->id, 0);
	struct record_part *p = calloc(1, sizeof(*p) + m->sealed.n), **link;

	assert_non_null(p);
	if (head == NULL)
		last_at = last_at < clock_wall_s() * 1000000 ? clock_wall_s() * 1000000 : last_at + 1;
	p->at = head == NULL ? last_at : head->at;
	p->part = m->part;
	memcpy(p->id, m->id, ID_BYTES);
	p->n = m->sealed.n;
	memcpy(p->sealed, m->sealed.p, p->n);
	for (link = &r->first; *link != NULL; link = &(*link)->next)
		;
	*link = p;
	r->parts++;
	if (r->on_put != NULL)
		r->on_put(r->arg, m->part);
}

static err_t
put(struct worker *w, uint64_t request, const struct msg_change_put *m)
{
	struct record *r = the_record;
	const struct record_part *there = find(r, m->id, m->part);

	assert_ptr_equal(w, r->w);
	assert_true(m->part == 0 || m->part >= CHANGE_PART_MARKS ? m->sealed.n <= CHANGE_MARK_MAX :
	    m->sealed.n <= 16384);
	if (r->silent)
		return ERR_AGAIN;
	r->puts++;
	if (r->refuse != 0 && r->puts > r->refuse_from) {
		fail_later(r, request, r->refuse, r->retry_after);
		return 0;
	}
	if (there != NULL && !span_eq(span_of(there->sealed, there->n), m->sealed)) {
		fail_later(r, request, STORE_TAKEN, 0);
		return 0;
	}
	if (m->part != 0 && find(r, m->id, 0) == NULL) {
		fail_later(r, request, STORE_GONE, 0);
		return 0;
	}
	r->repeats += there != NULL;
	if (there == NULL)
		keep(r, m);
	(void)answer_later(r, request, MSG_CHANGE_KEPT);
	return 0;
}

static err_t
ask(struct worker *w, uint64_t request, const struct msg_changes_ask *m)
{
	struct record *r = the_record;
	struct record_answer *a;

	assert_ptr_equal(w, r->w);
	assert_in_range(m->most, 1, CHANGES_MOST);
	if (r->silent)
		return ERR_AGAIN;
	/* The vault ends a worker that sends another question meanwhile. */
	for (a = r->answers; a != NULL; a = a->next)
		assert_false(a->ask);
	r->asks++;
	if (r->refuse != 0) {
		fail_later(r, request, r->refuse, r->retry_after);
		return 0;
	}
	a = answer_later(r, request, MSG_CHANGE);
	a->ask = true;
	a->question = *m;
	return 0;
}

void
record_attach(struct record *r, struct worker *w)
{
	static const struct changes_store store = {.put = put, .ask = ask};

	r->w = w;
	the_record = r;
	assert_ok(changes_create(w, &w->changes));
	changes_store_in(w->changes, &store);
}

void
record_detach(struct record *r)
{
	if (r->w == NULL)
		return;
	while (r->answers != NULL)
		answer_free(r->answers);
	changes_destroy(&r->w->changes);
	r->w = NULL;
	the_record = NULL;
}

void
record_free(struct record *r)
{
	while (r->first != NULL) {
		struct record_part *p = r->first;

		r->first = p->next;
		free(p);
	}
	r->parts = 0;
}
