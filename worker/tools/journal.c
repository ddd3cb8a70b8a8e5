/* A tool's side of the record of changes; see journal.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "worker/spotify/text.h"
#include "worker/tools/journal.h"
#include "worker/tools/unfinished.h"
#include "worker/worker.h"

/* undo_change knows from the record what to do, so it has no such argument. */
static bool
may_go_without(const struct call *c)
{
	const struct arg *a;

	for (a = c->tool->args; a != NULL && a->name != NULL; a++)
		if (strcmp(a->name, "without_undo") == 0)
			return true;
	return false;
}

static const char *
sentence(struct call *c, enum change_word word, uint32_t retry_s)
{
	char text[400], *copy = NULL;

	if (word == CHANGE_AWAY)
		(void)snprintf(text, sizeof(text), "Tonearm cannot keep the record that undo_change needs "
		    "just now, so this was not sent to Spotify. Try again in %u seconds%s.", retry_s,
		    may_go_without(c) ? "; with without_undo: true it is done now, and cannot be "
		    "undone" : "");
	else
		(void)snprintf(text, sizeof(text), "The record that undo_change needs cannot be kept for "
		    "this change, so it was not sent to Spotify.%s", may_go_without(c) ?
		    " With without_undo: true it is done all the same, and cannot be undone; or make it "
		    "smaller." : "");
	return arena_strdup(&c->arena, span_str(text), &copy) == 0 ? copy : "";
}

bool
journal_on(const struct call *c)
{
	return c->change != NULL;
}

static const char *
kept(struct call *c, const char *text)
{
	char *copy = NULL;

	return text != NULL && arena_strdup(&c->arena, span_str(text), &copy) == 0 ? copy : "";
}

/* Whoever registered the client chose its name. */
static const char *
client_name(struct call *c)
{
	struct buf clean;
	char *copy = NULL;

	buf_init(&clean, 4 * CLIENT_NAME);
	if (text_clean(span_str(c->client), CLIENT_NAME, &clean) != 0 ||
	    arena_strdup(&c->arena, buf_span(&clean), &copy) != 0)
		copy = NULL;
	buf_free(&clean);
	return copy == NULL ? "" : copy;
}

void
journal_begin(struct call *c, const struct change_about *about)
{
	struct change_about full = *about;
	struct errand *e = c->state;

	if (c->change != NULL || call_bool(c, "without_undo") || e->unrecorded)
		return;
	full.tool = c->tool->name;
	full.client = client_name(c);
	if (full.undoes == NULL)
		full.undoes = c->undoes;
	e->record_thing = kept(c, about->thing);
	e->record_name = kept(c, about->name);
	/* A worker without a record has no business here: then nothing is changed. */
	if (c->worker->changes == NULL || change_begin(c->worker, &full, &c->change) != 0)
		e->unrecorded = true;
}

/* --- storing -------------------------------------------------------------------------- */

static void
go_on(struct call *c, enum change_word word, uint32_t retry_s)
{
	struct errand *e = c->state;

	if (word == CHANGE_STORED && (!e->stopped || e->must)) {
		e->record_next(c);
		return;
	}
	if (word == CHANGE_STORED)
		journal_rest(c);
	if (e->record_why != NULL)
		*e->record_why = word == CHANGE_STORED ? NULL : sentence(c, word, retry_s);
	e->record_refused(c);
}

static void
on_word(void *arg, enum change_word word, uint32_t retry_s)
{
	struct call *c = arg;

	((struct errand *)c->state)->recording = false;
	go_on(c, word, retry_s);
}

/* An earlier worker may have done part of the same. */
static void
on_looked(struct call *c, const char *found)
{
	struct errand *e = c->state;

	if (found == NULL) {
		change_stored(c->change, on_word, c);
		return;
	}
	e->recording = false;
	journal_rest(c);
	if (e->record_why != NULL)
		*e->record_why = found;
	e->record_refused(c);
}

void
journal_intent(struct call *c, const struct change_step *steps, size_t n, errand_step next,
    errand_step refused, const char **why)
{
	struct errand *e = c->state;
	size_t i;

	e->record_next = next;
	e->record_refused = refused;
	e->record_why = why;
	if (c->change == NULL) {
		go_on(c, e->unrecorded ? CHANGE_REFUSED : CHANGE_STORED, 0);
		return;
	}
	for (i = 0; i < n; i++)
		change_intent(c->change, &steps[i]);
	e->recording = true;
	if (e->record_looked || !unfinished_look(c, e->record_thing, e->record_name, on_looked))
		change_stored(c->change, on_word, c);
	e->record_looked = true;
}

void
journal_outcome(struct call *c, enum change_step_state state)
{
	if (c->change != NULL)
		change_outcome(c->change, state);
}

void
journal_rest(struct call *c)
{
	if (c->change != NULL)
		change_rest(c->change);
}

void
journal_cut(struct call *c)
{
	if (c->change != NULL)
		change_cut(c->change);
}

/* --- things ------------------------------------------------------------------------------ */

err_t
journal_refs(struct call *c, const struct item_ref *refs, size_t n)
{
	void *room = NULL;
	const char **uris;
	char uri[ITEM_LINK_MAX], *copy;
	size_t i;
	err_t err;

	if (c->change == NULL)
		return 0;
	err = arena_alloc(&c->arena, (n + 1) * sizeof(*uris), &room);
	uris = room;
	for (i = 0; i < n && err == 0; i++) {
		item_uri(&refs[i], uri);
		err = arena_strdup(&c->arena, span_str(uri), &copy);
		uris[i] = copy;
	}
	if (err == 0)
		change_uris(c->change, uris, n);
	return err;
}

uint32_t *
journal_numbers(struct call *c, size_t from, size_t n)
{
	void *room = NULL;
	uint32_t *ids;
	size_t i;

	if (arena_alloc(&c->arena, (n + 1) * sizeof(*ids), &room) != 0)
		return NULL;
	ids = room;
	for (i = 0; i < n; i++)
		ids[i] = (uint32_t)(from + i);
	return ids;
}
