/* Hearing of changes in the database; see listen.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/vault/listen.h"
#include "master/vault/pglink.h"

#define ANSWER_MS 5000

enum listen_state {
	LISTEN_DOWN,
	LISTEN_ASKED,    /* LISTEN is sent, its result awaited */
	LISTEN_UP,
	LISTEN_PROBING   /* up, and the probe's result awaited */
};

struct listen {
	struct pglink *link;
	const struct listen_duty *duty;
	void *arg;
	enum listen_state state;
	unsigned probe_ms;
	struct event *timer;   /* the next probe, or the deadline of an answer */
};

static void
arm(struct listen *l, unsigned ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};

	(void)event_add(l->timer, &tv);
}

static err_t
ask(struct listen *l, PGconn *pg, const char *sql, enum listen_state state)
{
	if (PQsendQuery(pg, sql) != 1)
		return ERR_SYSTEM;
	l->state = state;
	arm(l, ANSWER_MS);
	return 0;
}

static err_t
on_up(void *owner, PGconn *pg)
{
	return ask(owner, pg, "LISTEN tonearm", LISTEN_ASKED);
}

static void
on_down(void *owner)
{
	struct listen *l = owner;

	l->state = LISTEN_DOWN;
	(void)event_del(l->timer);
}

/* The question of this state was answered well. */
static void
on_answered(struct listen *l)
{
	enum listen_state was = l->state;

	l->state = LISTEN_UP;
	arm(l, l->probe_ms);
	pglink_proved(l->link);
	if (was == LISTEN_ASKED)
		l->duty->up(l->arg);
	else
		l->duty->proved(l->arg);
}

static void
take_notes(struct listen *l, PGconn *pg)
{
	PGnotify *n;

	while ((n = PQnotifies(pg)) != NULL) {
		l->duty->note(l->arg, n->extra);
		PQfreemem(n);
	}
}

static err_t
on_readable(void *owner, PGconn *pg)
{
	struct listen *l = owner;
	bool answered = false;

	while ((l->state == LISTEN_ASKED || l->state == LISTEN_PROBING) && PQisBusy(pg) == 0) {
		PGresult *res = PQgetResult(pg);
		ExecStatusType status = PQresultStatus(res);

		if (res == NULL) {
			/* Notes first: the proof covers what came before it. */
			take_notes(l, pg);
			if (!answered)
				return ERR_STATE;
			on_answered(l);
			break;
		}
		PQclear(res);
		if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
			return ERR_SYSTEM;
		answered = true;
	}
	take_notes(l, pg);
	return 0;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct listen *l = arg;
	PGconn *pg = pglink_pg(l->link);

	(void)fd;
	(void)what;
	if (pg == NULL)
		return;
	if (l->state != LISTEN_UP || ask(l, pg, "SELECT 1", LISTEN_PROBING) != 0)
		pglink_drop(l->link, "no answer");
	else
		pglink_flush(l->link);
}

static const struct pglink_duty link_duty = {
	.up = on_up, .readable = on_readable, .down = on_down,
};

err_t
listen_create(struct loop *loop, const char *conninfo, unsigned probe_ms,
    const struct listen_duty *duty, void *arg, struct listen **out)
{
	struct listen *l = calloc(1, sizeof(*l));
	err_t err;

	if (l == NULL)
		return ERR_NOMEM;
	l->duty = duty;
	l->arg = arg;
	l->probe_ms = probe_ms;
	l->timer = evtimer_new(loop_base(loop), on_timer, l);
	err = l->timer == NULL ? ERR_NOMEM :
	    pglink_create(loop, conninfo, &link_duty, l, &l->link);
	if (err != 0) {
		listen_destroy(&l);
		return err;
	}
	*out = l;
	return 0;
}

void
listen_destroy(struct listen **lp)
{
	struct listen *l = *lp;

	if (l == NULL)
		return;
	*lp = NULL;
	pglink_destroy(&l->link);
	if (l->timer != NULL)
		event_free(l->timer);
	free(l);
}

bool
listen_is_up(const struct listen *l)
{
	return l->state == LISTEN_UP || l->state == LISTEN_PROBING;
}
