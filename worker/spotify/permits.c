/*
 * Asking for permits; see permits.h.  A desk is the queue of one family, a
 * pair of them: for those who are wanted at once, and for long work.  It has
 * at most one question under way.
 */
#include "config.h"

#include <stdlib.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "worker/spotify/permits.h"

/* The vault forgets a permit after 60 s; its word took its time to arrive. */
#define KEPT_MS 55000
/* A call that was ended, or pages that were in the cache, left it over. */
#define BACK_MS 5000
/* Without a word about when to ask again. */
#define AGAIN_MS 1000

struct desk {
	struct permit_wait *first;
	uint64_t question;       /* its number; 0: none is under way */
	int64_t again_ms;        /* not asked before */
	unsigned wanted;         /* of those who wait, and what is sure to follow them */
	uint8_t why;             /* the last refusal: enum permit_why */
};

struct permits {
	struct loop *loop;
	struct permits_env env;
	struct desk desks[SP_FAMILY_COUNT][2];
	unsigned held[SP_FAMILY_COUNT];
	int64_t held_until[SP_FAMILY_COUNT];
	int64_t held_at[SP_FAMILY_COUNT];    /* one came, or was taken */
	uint64_t last_id;
	struct event *timer;
	struct deferred turn;
};

static void turn(void *arg);

/* --- queues ---------------------------------------------------------------------- */

static void
desk_add(struct desk *d, struct permit_wait *w)
{
	struct permit_wait **end = &d->first;

	while (*end != NULL)
		end = &(*end)->next;
	w->next = NULL;
	w->prev = end;
	*end = w;
}

void
permits_unwait(struct permit_wait *w)
{
	if (w->prev == NULL)
		return;
	*w->prev = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	w->next = NULL;
	w->prev = NULL;
}

static void
tell(struct permit_wait *w, const struct sp_error *why)
{
	permits_unwait(w);
	w->fn(w->arg, why);
}

static unsigned
waiting(const struct desk *d)
{
	const struct permit_wait *w;
	unsigned n = 0;

	for (w = d->first; w != NULL; w = w->next)
		n++;
	return n;
}

/* Those who wait now hear it; who comes while they do waits for the next word. */
static void
tell_all(struct desk *d, const struct sp_error *why)
{
	struct permit_wait *told = d->first;

	d->first = NULL;
	if (told != NULL)
		told->prev = &told;
	while (told != NULL)
		tell(told, why);
}

/* --- what is at hand --------------------------------------------------------------- */

bool
permits_take(struct permits *p, enum sp_family family)
{
	if (p->held[family] == 0 || clock_mono_ms() >= p->held_until[family])
		return false;
	p->held[family]--;
	p->held_at[family] = clock_mono_ms();
	return true;
}

static void
keep(struct permits *p, enum sp_family family, unsigned n)
{
	const int64_t now = clock_mono_ms();

	if (now >= p->held_until[family])
		p->held[family] = 0;
	/* What is there already ends first; all of it is taken to. */
	if (p->held[family] == 0)
		p->held_until[family] = now + KEPT_MS;
	p->held[family] += n;
	p->held_at[family] = now;
}

/* When to look again at least. */
static int64_t
give_back(struct permits *p, enum sp_family family, int64_t now, int64_t next)
{
	const int64_t due = p->held_at[family] + BACK_MS;

	if (now >= p->held_until[family])
		p->held[family] = 0;
	if (p->held[family] > 0 && now < due)
		return due < next ? due : next;
	while (p->held[family] > 0) {
		const unsigned n = p->held[family] < PERMITS_MOST ? p->held[family] : PERMITS_MOST;

		p->held[family] -= n;
		if (p->env.back(p->env.owner, family, (uint8_t)n) != 0)
			p->held[family] = 0;
	}
	return next;
}

/* --- errors -------------------------------------------------------------------------- */

struct sp_error
permits_error(const struct permit_word *word)
{
	static const enum sp_problem problems[PERMIT_WHY_COUNT] = {
		[PERMIT_GIVEN] = SP_PERMITS_AWAY, [PERMIT_PACE] = SP_PACE,
		[PERMIT_SHARE] = SP_SHARE, [PERMIT_AWAY] = SP_PERMITS_AWAY,
		[PERMIT_DAY] = SP_DAY, [PERMIT_QUOTA] = SP_QUOTA, [PERMIT_RATE] = SP_RATE};
	struct sp_error e = {.problem = SP_PERMITS_AWAY, .status = 429};

	if (word->why < PERMIT_WHY_COUNT)
		e.problem = problems[word->why];
	if (word->why >= PERMIT_DAY)
		e.retry_after = (word->until_ms - clock_wall_ms() + 999) / 1000;
	else
		e.retry_after = (word->wait_ms + INT64_C(999)) / 1000;
	if (e.retry_after < 1)
		e.retry_after = 1;
	return e;
}

/* For somebody whose time is over: the last that was heard. */
static struct sp_error
too_late(const struct desk *d, int64_t now)
{
	const int64_t left = d->again_ms - now;
	const struct permit_word word = {.why = d->question != 0 ? PERMIT_AWAY : d->why,
	    .wait_ms = left > 0 ? (uint32_t)left : AGAIN_MS};

	return permits_error(&word);
}

/* --- asking ---------------------------------------------------------------------------- */

static void
ask(struct permits *p, enum sp_family family, bool bulk)
{
	struct desk *d = &p->desks[family][bulk];
	unsigned n = waiting(d);
	err_t err;

	if (n < d->wanted)
		n = d->wanted;
	if (n > PERMITS_MOST)
		n = PERMITS_MOST;
	d->wanted = 0;
	d->question = ++p->last_id;
	err = p->env.ask(p->env.owner, d->question, family, (uint8_t)n, bulk);
	/* Away: permits_vault_back asks again, unless those who wait lose patience. */
	if (err != 0 && err != ERR_AGAIN) {
		d->question = 0;
		d->why = PERMIT_AWAY;
		d->again_ms = clock_mono_ms() + AGAIN_MS;
	}
}

/* Whoever waits in vain is told; the time of the next look. */
static int64_t
look_at(struct permits *p, enum sp_family family, bool bulk, int64_t now, int64_t next)
{
	struct desk *d = &p->desks[family][bulk];
	struct permit_wait *w, *after;
	struct sp_error e;

	/* Those at hand may have come for somebody who is gone. */
	while (d->first != NULL && permits_take(p, family))
		tell(d->first, NULL);
	for (w = d->first; w != NULL; w = after) {
		after = w->next;
		if (w->deadline_ms > now && (d->question != 0 || d->again_ms < w->deadline_ms))
			continue;
		e = too_late(d, now);
		tell(w, &e);
		/* The list may be another now. */
		after = d->first;
	}
	if (d->first == NULL)
		return next;
	if (d->question == 0 && d->again_ms <= now)
		ask(p, family, bulk);
	if (d->question == 0 && d->again_ms < next)
		next = d->again_ms;
	for (w = d->first; w != NULL; w = w->next)
		if (w->deadline_ms < next)
			next = w->deadline_ms;
	return next;
}

/* One look at every desk, at the end of a turn in which something changed. */
static void
turn(void *arg)
{
	struct permits *p = arg;
	const int64_t now = clock_mono_ms(), never = INT64_MAX;
	int64_t next = never;
	struct timeval tv;
	unsigned i;

	for (i = 0; i < SP_FAMILY_COUNT; i++) {
		next = look_at(p, (enum sp_family)i, false, now, next);
		next = look_at(p, (enum sp_family)i, true, now, next);
		next = give_back(p, (enum sp_family)i, now, next);
	}
	(void)evtimer_del(p->timer);
	if (next == never)
		return;
	next = next > now ? next - now : 1;
	tv = (struct timeval){.tv_sec = (time_t)(next / 1000),
	    .tv_usec = (suseconds_t)(next % 1000 * 1000)};
	(void)evtimer_add(p->timer, &tv);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	turn(arg);
}

void
permits_wait(struct permits *p, enum sp_family family, bool bulk, unsigned more,
    struct permit_wait *w, void (*fn)(void *, const struct sp_error *), void *arg)
{
	struct desk *d = &p->desks[family][bulk];

	w->fn = fn;
	w->arg = arg;
	w->deadline_ms = clock_mono_ms() + (bulk ? PERMITS_BULK_MS : PERMITS_WAIT_MS);
	desk_add(d, w);
	/* Of several that come together each counts those behind it. */
	more += waiting(d);
	if (d->wanted < more)
		d->wanted = more;
	loop_defer(p->loop, &p->turn, turn, p);
}

/* --- answers ------------------------------------------------------------------------------ */

static struct desk *
find(struct permits *p, uint64_t id, enum sp_family *family)
{
	unsigned i;

	for (i = 0; i < 2 * SP_FAMILY_COUNT && id != 0; i++) {
		if (p->desks[i / 2][i % 2].question == id) {
			*family = (enum sp_family)(i / 2);
			return &p->desks[i / 2][i % 2];
		}
	}
	return NULL;
}

bool
permits_answer(struct permits *p, uint64_t id, const struct permit_word *word,
    enum sp_family *family)
{
	struct desk *d = find(p, id, family);
	unsigned given = word->given;
	struct sp_error e;

	if (d == NULL)
		return false;
	d->question = 0;
	d->why = word->why;
	d->again_ms = 0;
	d->wanted = 0;
	if (given == 0 && word->why < PERMIT_DAY)
		d->again_ms = clock_mono_ms() + (word->wait_ms > 0 ? word->wait_ms : AGAIN_MS);
	else if (given == 0) {
		e = permits_error(word);
		tell_all(d, &e);
	}
	for (; given > 0 && d->first != NULL; given--)
		tell(d->first, NULL);
	if (given > 0)
		keep(p, *family, given);
	loop_defer(p->loop, &p->turn, turn, p);
	return true;
}

void
permits_refuse(struct permits *p, enum sp_family family, const struct sp_error *why)
{
	unsigned i;

	for (i = 0; i < SP_FAMILY_COUNT; i++) {
		if (family != SP_FAMILY_COUNT && family != i)
			continue;
		tell_all(&p->desks[i][0], why);
		tell_all(&p->desks[i][1], why);
	}
}

void
permits_vault_back(struct permits *p)
{
	unsigned i;

	for (i = 0; i < 2 * SP_FAMILY_COUNT; i++) {
		p->desks[i / 2][i % 2].question = 0;
		p->desks[i / 2][i % 2].again_ms = 0;
	}
	loop_defer(p->loop, &p->turn, turn, p);
}

err_t
permits_create(struct loop *loop, const struct permits_env *env, struct permits **out)
{
	struct permits *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	p->loop = loop;
	p->env = *env;
	p->timer = evtimer_new(loop_base(loop), on_timer, p);
	if (p->timer == NULL) {
		free(p);
		return ERR_NOMEM;
	}
	*out = p;
	return 0;
}

void
permits_destroy(struct permits **pp)
{
	struct permits *p = *pp;
	unsigned i;

	*pp = NULL;
	if (p == NULL)
		return;
	for (i = 0; i < 2 * SP_FAMILY_COUNT; i++)
		while (p->desks[i / 2][i % 2].first != NULL)
			permits_unwait(p->desks[i / 2][i % 2].first);
	loop_defer_cancel(p->loop, &p->turn);
	event_free(p->timer);
	free(p);
}
