/* Event loop with end-of-turn work; see loop.h. */
#include "config.h"

#include <stdlib.h>

#include "shared/loop/loop.h"

struct queue {
	struct deferred *first, **end;
};

struct loop {
	struct event_base *base;
	struct queue soon, last;
	bool stop;
};

err_t
loop_create(struct loop **out)
{
	struct event_config *config;
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return ERR_NOMEM;
	l->soon.end = &l->soon.first;
	l->last.end = &l->last.first;
	config = event_config_new();
	if (config == NULL) {
		free(l);
		return ERR_NOMEM;
	}
	(void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	l->base = event_base_new_with_config(config);
	event_config_free(config);
	if (l->base == NULL) {
		free(l);
		return ERR_SYSTEM;
	}
	*out = l;
	return 0;
}

void
loop_destroy(struct loop **loop)
{
	if (*loop == NULL)
		return;
	event_base_free((*loop)->base);
	free(*loop);
	*loop = NULL;
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

/* Runs what was put off; what that puts off in turn runs as well. */
static void
run_deferred(struct loop *l)
{
	while (l->soon.first != NULL || l->last.first != NULL) {
		struct queue *q = l->soon.first != NULL ? &l->soon : &l->last;
		struct deferred *d = q->first;

		q->first = d->next;
		if (q->first == NULL)
			q->end = &q->first;
		d->queued = false;
		d->fn(d->arg);
	}
}

err_t
loop_run(struct loop *l)
{
	l->stop = false;
	run_deferred(l);
	while (!l->stop) {
		if (event_base_loop(l->base,
		    EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY) < 0)
			return ERR_SYSTEM;
		run_deferred(l);
	}
	return 0;
}

void
loop_settle(struct loop *l)
{
	run_deferred(l);
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
	(void)event_base_loopbreak(l->base);
}

static void
put_off(struct queue *q, struct deferred *d, void (*fn)(void *), void *arg)
{
	d->fn = fn;
	d->arg = arg;
	d->next = NULL;
	d->queued = true;
	*q->end = d;
	q->end = &d->next;
}

void
loop_defer(struct loop *l, struct deferred *d, void (*fn)(void *), void *arg)
{
	if (d->queued)
		return;
	d->last = false;
	put_off(&l->soon, d, fn, arg);
}

void
loop_defer_last(struct loop *l, struct deferred *d, void (*fn)(void *), void *arg)
{
	if (d->queued)
		return;
	d->last = true;
	put_off(&l->last, d, fn, arg);
}

void
loop_defer_cancel(struct loop *l, struct deferred *d)
{
	struct queue *q = d->last ? &l->last : &l->soon;
	struct deferred **p;

	if (!d->queued)
		return;
	for (p = &q->first; *p != d; p = &(*p)->next)
		;
	*p = d->next;
	if (q->end == &d->next)
		q->end = p;
	d->queued = false;
}
