/* Turns at a playlist; see turn.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "worker/tools/turn.h"
#include "worker/worker.h"

#define LOOK_MS 100

struct turn {
	struct turn *next;           /* of those that have it: worker.turns */
	char id[64];
	errand_step go_on;
};

static bool
is_taken(const struct worker *w, const char *id)
{
	const struct turn *t;

	for (t = w->turns; t != NULL && strcmp(t->id, id) != 0; t = t->next)
		;
	return t != NULL;
}

static void
try(struct call *c)
{
	struct turn *t = c->turn;

	if (is_taken(c->worker, t->id)) {
		errand_pause(c, LOOK_MS, try);
		return;
	}
	t->next = c->worker->turns;
	c->worker->turns = t;
	t->go_on(c);
}

void
turn_take(struct call *c, const char *id, errand_step next)
{
	struct turn *t;
	void *room = NULL;

	turn_leave(c);
	if (arena_alloc(&c->arena, sizeof(*t), &room) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	t = c->turn = room;
	c->leave = turn_leave;
	t->go_on = next;
	(void)snprintf(t->id, sizeof(t->id), "%s", id);
	try(c);
}

void
turn_leave(struct call *c)
{
	struct turn **link;

	if (c->turn == NULL)
		return;
	for (link = &c->worker->turns; *link != NULL && *link != c->turn; link = &(*link)->next)
		;
	if (*link != NULL)
		*link = c->turn->next;
	c->turn = NULL;
}
