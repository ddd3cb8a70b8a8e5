/*
 * Workers; see workers.h.  Knows nothing of HTTP, and never who a worker's
 * user is.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "master/front/relay.h"
#include "master/front/routes.h"
#include "master/front/streams.h"
#include "master/front/workers.h"
#include "shared/base/log.h"

#define UNKNOWN_OUTCOME \
	"the worker ended before it answered; whether the request was carried out is not known"

static struct worker **
slot_of(struct front *f, uint64_t id)
{
	return &f->slots[id % FRONT_SLOTS];
}

struct worker *
workers_find(struct front *f, uint64_t id)
{
	struct worker *w = *slot_of(f, id);

	return w != NULL && w->id == id ? w : NULL;
}

void
workers_set_state(struct worker *w, enum worker_state state)
{
	list_remove(&w->front->workers[w->state], &w->link);
	w->state = state;
	list_add(&w->front->workers[state], &w->link);
}

/* Its end is on the way; one that closed its channel to live on, out of
 * anybody's reach, is not to have it. */
static void
say_left(const struct worker *w)
{
	const struct msg_kill_worker m = {.worker = w->id,
		.reason = w->open.n > w->streams ? KILL_DESERTED : KILL_LEFT};

	if (w->front->control != NULL && send_kill_worker(w->front->control, 0, &m) != 0)
		log_error("kill_not_sent", LF_UINT("worker", w->id));
}

static void
worker_ended(void *owner, struct channel *ch, enum channel_end end)
{
	struct worker *w = owner;

	(void)ch;
	if (end == CHANNEL_EOF) {
		if (w->open.n > 0)
			w->front->counts.worker_deaths++;
		say_left(w);
		workers_gone(w);
		return;
	}
	w->front->counts.violations++;
	workers_kill(w, KILL_VIOLATION);
}

err_t
workers_add(struct front *f, uint64_t id, bool bound, int fd)
{
	struct worker *old = *slot_of(f, id), *w = calloc(1, sizeof(*w));
	struct channel *ch = NULL;
	err_t err;

	/* A slot is used again only after its process is gone. */
	if (old != NULL)
		workers_gone(old);
	err = channel_open(f->loop, fd, &relay_table, w, worker_ended, &ch);
	if (err == 0 && w == NULL) {
		channel_close(&ch);
		err = ERR_NOMEM;
	}
	if (err != 0) {
		free(w);
		return err;
	}
	channel_set_state(ch, bound ? WORKER_CH_BOUND : WORKER_CH_BLANK);
	w->front = f;
	w->id = id;
	w->ch = ch;
	list_init(&w->open);
	list_init(&w->routes);
	w->state = bound ? WORKER_BOUND : WORKER_BLANK;
	list_add(&f->workers[w->state], &w->link);
	*slot_of(f, id) = w;
	return 0;
}

struct worker *
workers_offer(struct front *f)
{
	struct link *l = list_first(&f->workers[WORKER_BLANK]);
	struct worker *w;

	if (l == NULL)
		return NULL;
	w = LINK_OWNER(l, struct worker, link);
	workers_set_state(w, WORKER_OFFERED);
	return w;
}

void
workers_bound(struct worker *w, bool fresh)
{
	w->fresh = fresh;
	channel_set_state(w->ch, WORKER_CH_BOUND);
	workers_set_state(w, WORKER_BOUND);
}

static void
fail_requests(struct worker *w, struct request *hung)
{
	while (w->open.n > 0) {
		struct request *r = LINK_OWNER(list_first(&w->open), struct request, held_by);

		if (hung != NULL && r == hung)
			request_fail(r, 504, "the worker did not answer in time; whether the request "
			    "was carried out is not known", 0);
		else
			request_fail(r, 502, UNKNOWN_OUTCOME, 0);
	}
}

static void
forget(struct worker *w, struct request *hung)
{
	struct front *f = w->front;

	*slot_of(f, w->id) = NULL;
	routes_drop_worker(w);
	list_remove(&f->workers[w->state], &w->link);
	channel_close(&w->ch);
	streams_keep(w);
	fail_requests(w, hung);
	free(w);
}

void
workers_gone(struct worker *w)
{
	forget(w, NULL);
}

static void
ask_to_kill(struct worker *w, uint8_t reason)
{
	const struct msg_kill_worker m = {.worker = w->id, .reason = reason};

	log_warn("worker_to_be_killed", LF_UINT("worker", w->id), LF_UINT("reason", reason));
	if (w->front->control == NULL || send_kill_worker(w->front->control, 0, &m) != 0)
		log_error("kill_not_sent", LF_UINT("worker", w->id));
}

void
workers_kill(struct worker *w, uint8_t reason)
{
	ask_to_kill(w, reason);
	forget(w, NULL);
}

void
workers_hung(struct request *r)
{
	ask_to_kill(r->worker, KILL_HUNG);
	forget(r->worker, r);
}

err_t
workers_take_request(struct worker *w, struct request *r)
{
	if (w->open.n - w->streams >= w->front->conf.requests_per_user)
		return ERR_LIMIT;
	workers_hold_request(w, r);
	return 0;
}

void
workers_hold_request(struct worker *w, struct request *r)
{
	w->streams += r->stream != NULL;
	list_add(&w->open, &r->held_by);
	r->worker = w;
	r->client->worker = w->id;
}

void
workers_forget_request(struct request *r)
{
	struct worker *w = r->worker;

	list_remove(&w->open, &r->held_by);
	w->streams -= r->stream != NULL;
	r->worker = NULL;
}

struct request *
workers_request(const struct worker *w, uint64_t id)
{
	struct link *l;

	for (l = list_first(&w->open); l != NULL; l = list_next(&w->open, l)) {
		struct request *r = LINK_OWNER(l, struct request, held_by);

		if (r->id == id)
			return r;
	}
	return NULL;
}
