/* Waiting inside a call; see fixtures.h. */
#include "config.h"

#include <event2/event.h>

#include "tests/conformance/fixtures.h"
#include "worker/worker.h"

struct wait {
	struct call *call;
	struct event *timer;
	void (*next)(struct call *c);
};

static void
end(struct call *c)
{
	struct wait *w = c->state;

	if (w->timer != NULL)
		event_free(w->timer);
	w->timer = NULL;
	c->on_stop = NULL;
}

static void
on_stop(struct call *c)
{
	end(c);
	call_fail(c, "The call was stopped.");
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct wait *w = arg;

	(void)fd;
	(void)what;
	end(w->call);
	w->next(w->call);
}

void
fixture_after(struct call *c, unsigned ms, void (*next)(struct call *c))
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (long)(ms % 1000) * 1000};
	struct wait *w = c->state;
	void *room;

	if (w == NULL) {
		if (arena_alloc(&c->arena, sizeof(*w), &room) != 0) {
			call_broken(c, ERR_NOMEM);
			return;
		}
		c->state = w = room;
	}
	w->call = c;
	w->next = next;
	w->timer = evtimer_new(loop_base(c->worker->loop), on_time, w);
	if (w->timer == NULL || evtimer_add(w->timer, &tv) != 0) {
		end(c);
		call_broken(c, ERR_NOMEM);
		return;
	}
	c->on_stop = on_stop;
}
