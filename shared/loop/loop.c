/* Event loop with end-of-turn work; see loop.h. */
#include "config.h"

#include <stdlib.h>

#include "shared/loop/loop.h"

struct loop {
	struct event_base *base;
	struct deferred *first, **last;
	bool stop;
};

err_t
loop_create(struct loop **out)
{
	struct event_config *config;
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return ERR_NOMEM;
	l->last = &l->first;
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
	while (l->first != NULL) {
		struct deferred *d = l->first;

		l->first = d->next;
		if (l->first == NULL)
			l->last = &l->first;
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

void
loop_defer(struct loop *l, struct deferred *d, void (*fn)(void *), void *arg)
{
	if (d->queued)
		return;
	d->fn = fn;
	d->arg = arg;
	d->next = NULL;
	d->queued = true;
	*l->last = d;
	l->last = &d->next;
}

void
loop_defer_cancel(struct loop *l, struct deferred *d)
{
	struct deferred **p;

	if (!d->queued)
		return;
	for (p = &l->first; *p != d; p = &(*p)->next)
		;
	*p = d->next;
	if (l->last == &d->next)
		l->last = p;
	d->queued = false;
}
