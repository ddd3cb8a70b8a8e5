/* Changes that were left open; see unfinished.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "worker/tools/change_words.h"
#include "worker/tools/unfinished.h"
#include "worker/worker.h"

#define FOR_S 3600           /* so long after it began it is asked about */
#define LOOKED_AT 20         /* changes, newest first */

struct unfinished {
	struct call *call;
	const char *thing, *name;
	unfinished_answer next;
	struct changes_ask *ask;
};

static bool
is_young(const struct change_record *r)
{
	return clock_wall_s() - r->at / 1000000 < FOR_S;
}

static bool
is_open(const struct change_record *r)
{
	return r->state == CHANGE_OPEN && !r->running && !r->undone && is_young(r);
}

static bool
is_same(const struct unfinished *u, const struct change_record *r)
{
	if (strcmp(r->tool, u->call->tool->name) != 0)
		return false;
	if (u->thing[0] != '\0')
		return strcmp(r->thing, u->thing) == 0;
	return r->kind == CHANGE_MADE && strcmp(r->name, u->name) == 0;
}

static const char *
sentence(struct call *c, const struct change_record *r)
{
	char text[600], id[CHANGE_ID_TEXT], when[32], *copy = NULL;

	change_id_text(r->id, id);
	change_time(r->at, when);
	(void)snprintf(text, sizeof(text), "An earlier %s of the same playlist (%s) was interrupted, and "
	    "part of it may have been carried out; doing it again could do that part twice. %s "
	    "undo_change with change_id %s %stakes back what was done. With without_undo: true it "
	    "goes ahead all the same.", r->tool, when, change_can_finish(r) ?
	    "undo_change with finish: true does what is missing." : "", id,
	    change_can_finish(r) ? "and without finish " : "");
	return arena_strdup(&c->arena, span_str(text), &copy) == 0 ? copy : "An earlier change of this "
	    "was interrupted; see list_changes.";
}

static const char *
sentence_done(struct call *c, const struct change_record *r)
{
	char text[400], id[CHANGE_ID_TEXT], when[32], *copy = NULL;

	change_id_text(r->id, id);
	change_time(r->at, when);
	if (r->running)
		(void)snprintf(text, sizeof(text), "An earlier %s of the same playlist (%s) is still being "
		    "carried out, although nobody waits for its answer any more. Look at list_changes "
		    "(change_id %s) in some seconds before this is done besides.", r->tool, when, id);
	else
		(void)snprintf(text, sizeof(text), "An earlier %s of the same playlist (%s) was carried out, "
		    "although nobody waited for its answer any more; this would be done besides. undo_change "
		    "with change_id %s takes that one back. To do this as well, call again.", r->tool,
		    when, id);
	return arena_strdup(&c->arena, span_str(text), &copy) == 0 ? copy : "An earlier change of this "
	    "was carried out; see list_changes.";
}

/* Was it carried out, and nobody told? */
static bool
is_untold(const struct call *c, const struct change_record *r)
{
	return is_young(r) && changes_untold(c->worker->changes, r);
}

static void
on_records(void *arg, enum change_word word, const struct change_record *records, size_t n,
    bool more, uint32_t retry_s)
{
	struct unfinished *u = arg;
	struct call *c = u->call;
	const char *found = NULL;
	size_t i, open = 0;

	(void)more;
	(void)retry_s;
	for (i = 0; i < n && word == CHANGE_STORED; i++) {
		open += is_open(&records[i]) || is_untold(c, &records[i]);
		if (found != NULL || !is_same(u, &records[i]))
			continue;
		if (is_open(&records[i]))
			found = sentence(c, &records[i]);
		else if (changes_goes_on(c->worker->changes, records[i].id))
			found = sentence_done(c, &records[i]);
		else if (is_untold(c, &records[i])) {
			found = sentence_done(c, &records[i]);
			changes_told(c->worker->changes, &records[i]);
		}
	}
	/* What this worker leaves open from now on it knows (changes.c). */
	if (word == CHANGE_STORED && open == 0)
		c->worker->nothing_open = true;
	u->next(c, found);
}

/* Can there be anything to find?  Without, nothing is asked. */
static bool
anything(const struct worker *w)
{
	return !w->nothing_open || changes_goes_on(w->changes, NULL);
}

bool
unfinished_look(struct call *c, const char *thing, const char *name, unfinished_answer next)
{
	struct unfinished *u;
	void *room = NULL;

	if (!anything(c->worker) || c->tool->idempotent || c->repeatable || c->undoes != NULL ||
	    strcmp(c->tool->name, "undo_change") == 0 ||
	    arena_alloc(&c->arena, sizeof(*u), &room) != 0)
		return false;
	u = room;
	*u = (struct unfinished){.call = c, .thing = thing, .name = name, .next = next};
	return changes_list(c->worker, 0, LOOKED_AT, &c->arena, on_records, u, &u->ask) == 0;
}
