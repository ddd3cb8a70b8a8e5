/*
 * The event loop of a program: libevent's, plus work put off to the end of
 * the current turn.  Channels flush there, so that all messages of a turn
 * travel in one packet, and closed objects are freed there, when no event of
 * theirs can be delivered any more.
 */
#ifndef TONEARM_LOOP_LOOP_H
#define TONEARM_LOOP_LOOP_H

#include <stdbool.h>

#include <event2/event.h>

#include "shared/base/err.h"

struct loop;

/* Work for the end of the turn.  Embed it; zero it before first use. */
struct deferred {
	struct deferred *next;
	bool queued, last;
	void (*fn)(void *arg);
	void *arg;
};

/* A new loop in *out; the caller frees it.  ERR_NOMEM, ERR_SYSTEM. */
err_t loop_create(struct loop **out) MUST_CHECK;
void loop_destroy(struct loop **loop);

/* libevent's base, for events of one's own; owned by the loop. */
struct event_base *loop_base(struct loop *loop);

/* Runs until loop_stop.  0, or ERR_SYSTEM. */
err_t loop_run(struct loop *loop) MUST_CHECK;
void loop_stop(struct loop *loop);

/* Does now what was put off: for the end of a program, after the loop. */
void loop_settle(struct loop *loop);

/* Calls fn(arg) once at the end of this turn; a second call before that does
 * nothing.  d must live until then, or be cancelled. */
void loop_defer(struct loop *loop, struct deferred *d, void (*fn)(void *), void *arg);
/* The same, but only when nothing is left of what loop_defer put off. */
void loop_defer_last(struct loop *loop, struct deferred *d, void (*fn)(void *), void *arg);
void loop_defer_cancel(struct loop *loop, struct deferred *d);

#endif
