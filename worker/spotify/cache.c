/* Recent answers; see cache.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "worker/spotify/cache.h"

/* One answer must not push out all others. */
#define PART 4
#define SETTLE_MS 2000

struct entry {
	struct entry *next, *prev;   /* the latest first */
	int64_t until_ms;
	enum sp_op op;
	size_t target_n, body_n;
	uint8_t bytes[];             /* target, body */
};

struct cache {
	size_t most, bytes;
	struct entry *first, *last;
	unsigned changes;            /* counted to tell answers from before one */
	unsigned changing;
	unsigned commands;           /* likewise, of the player */
	int64_t settled_ms;          /* Spotify's own lists are right from then on */
	struct event *timer;         /* pending while there is something to sweep */
	int64_t due_ms;              /* what it is set for */
};

/* May the person's own changes alter the answer? */
static bool
personal(enum sp_op op)
{
	enum sp_family family = sp_op_info(op)->family;

	return family == SP_FAMILY_PLAYLISTS || family == SP_FAMILY_LIBRARY;
}

/* Sweeps a second after due_ms at the latest, or when that is over anyway. */
static void
sweep_at(struct cache *c, int64_t due_ms, int64_t now_ms)
{
	struct timeval tv = {.tv_sec = (time_t)((due_ms - now_ms) / 1000 + 1)};

	if (evtimer_pending(c->timer, NULL) && c->due_ms <= due_ms)
		return;
	c->due_ms = due_ms;
	(void)evtimer_add(c->timer, &tv);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct cache *c = arg;
	int64_t now = clock_mono_ms(), ms = cache_sweep(c, now);

	(void)fd;
	(void)what;
	if (ms >= 0)
		sweep_at(c, now + ms, now);
}

err_t
cache_create(struct loop *loop, size_t most, struct cache **out)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->most = most;
	c->timer = evtimer_new(loop_base(loop), on_timer, c);
	if (c->timer == NULL) {
		free(c);
		return ERR_NOMEM;
	}
	*out = c;
	return 0;
}

static size_t
size_of(const struct entry *e)
{
	return sizeof(*e) + e->target_n + e->body_n;
}

static void
unlink_entry(struct cache *c, struct entry *e)
{
	*(e->prev != NULL ? &e->prev->next : &c->first) = e->next;
	*(e->next != NULL ? &e->next->prev : &c->last) = e->prev;
	c->bytes -= size_of(e);
}

static void
forget(struct cache *c, struct entry *e)
{
	unlink_entry(c, e);
	free(e);
}

static void
put_first(struct cache *c, struct entry *e)
{
	e->prev = NULL;
	e->next = c->first;
	*(c->first != NULL ? &c->first->prev : &c->last) = e;
	c->first = e;
	c->bytes += size_of(e);
}

void
cache_destroy(struct cache **cp)
{
	struct cache *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	while (c->first != NULL)
		forget(c, c->first);
	event_free(c->timer);
	free(c);
}

unsigned
cache_ticket(const struct cache *c, enum sp_op op)
{
	if (sp_op_info(op)->family == SP_FAMILY_PLAYER)
		return c->commands;
	return personal(op) ? c->changes : 0;
}

static struct entry *
look_up(struct cache *c, enum sp_op op, struct span target)
{
	struct entry *e;

	for (e = c->first; e != NULL; e = e->next)
		if (e->op == op && e->target_n == target.n &&
		    memcmp(e->bytes, target.p, target.n) == 0)
			return e;
	return NULL;
}

bool
cache_find(struct cache *c, enum sp_op op, struct span target, int64_t now_ms, struct span *body)
{
	struct entry *e = look_up(c, op, target);

	if (e == NULL)
		return false;
	if (e->until_ms <= now_ms) {
		forget(c, e);
		return false;
	}
	unlink_entry(c, e);
	put_first(c, e);
	*body = span_of(e->bytes + e->target_n, e->body_n);
	return true;
}

void
cache_put(struct cache *c, enum sp_op op, struct span target, struct span body, unsigned ticket,
    int64_t asked_ms, int64_t now_ms)
{
	int64_t until = asked_ms + (int64_t)sp_op_info(op)->keep_s * 1000;
	size_t n = sizeof(struct entry) + target.n + body.n;
	struct entry *e;

	if (until <= now_ms || target.n == 0 || body.n == 0 || n > c->most / PART ||
	    ticket != cache_ticket(c, op) ||
	    (personal(op) && (c->changing > 0 || asked_ms < c->settled_ms)))
		return;
	e = look_up(c, op, target);
	if (e != NULL)
		forget(c, e);
	while (c->last != NULL && c->bytes + n > c->most)
		forget(c, c->last);
	e = malloc(n);
	if (e == NULL)
		return;
	e->until_ms = until;
	e->op = op;
	e->target_n = target.n;
	e->body_n = body.n;
	memcpy(e->bytes, target.p, target.n);
	memcpy(e->bytes + target.n, body.p, body.n);
	put_first(c, e);
	sweep_at(c, until, now_ms);
}

/* A change of the library can be one of the playlists (they are followed there),
 * and the other way about. */
static void
drop_personal(struct cache *c)
{
	struct entry *e, *next;

	c->changes++;
	for (e = c->first; e != NULL; e = next) {
		next = e->next;
		if (personal(e->op))
			forget(c, e);
	}
}

void
cache_changing(struct cache *c, enum sp_op op)
{
	c->commands += sp_op_info(op)->family == SP_FAMILY_PLAYER;
	if (!personal(op))
		return;
	c->changing++;
	drop_personal(c);
}

void
cache_changed(struct cache *c, enum sp_op op, int64_t now_ms)
{
	c->commands += sp_op_info(op)->family == SP_FAMILY_PLAYER;
	if (!personal(op))
		return;
	c->changing--;
	c->settled_ms = now_ms + SETTLE_MS;
	drop_personal(c);
}

int64_t
cache_sweep(struct cache *c, int64_t now_ms)
{
	struct entry *e, *next;
	int64_t soonest = -1;

	for (e = c->first; e != NULL; e = next) {
		next = e->next;
		if (e->until_ms <= now_ms)
			forget(c, e);
		else if (soonest < 0 || e->until_ms - now_ms < soonest)
			soonest = e->until_ms - now_ms;
	}
	return soonest;
}

size_t
cache_bytes(const struct cache *c)
{
	return c->bytes;
}
