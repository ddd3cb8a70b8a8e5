/* undo_change: takes back, or finishes, one change of the record; see undo.h. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/tools/change_words.h"
#include "worker/tools/confirm.h"
#include "worker/tools/undo.h"
#include "worker/worker.h"

/* --- what the parts share -------------------------------------------------------------- */

void
undo_mark(struct call *c)
{
	const struct undo *t = c->state;
	const uint8_t *by = c->change != NULL ? change_id(c->change) : t->r->id;
	err_t err;

	if (t->finish)
		err = changes_settled(c->worker, t->r->id, t->r->planned, t->r->thing);
	else
		err = changes_undone(c->worker, t->r->id, by);
	if (err != 0)
		call_line(c, "It could not be noted in the record that this was done.");
}

err_t
undo_tell(struct call *c, bool whole)
{
	const struct undo *t = c->state;
	char id[CHANGE_ID_TEXT], what[200];
	err_t err;

	change_id_text(t->r->id, id);
	change_what(t->r, what, sizeof(what));
	call_line(c, "%s: %s (change_id %s).", t->dry ? "Nothing was changed yet" : !whole ? "In part" :
	    t->finish ? "Finished" : "Undone", what, id);
	err = json_add_text(call_data(c), "change_id", id);
	if (err == 0)
		err = json_add_text(call_data(c), "what", what);
	if (err == 0)
		err = json_add_bool(call_data(c), t->finish ? "finished" : "undone", whole && !t->dry);
	return err;
}

/* --- which change, and how ---------------------------------------------------------------- */

static void
fail_none(struct call *c)
{
	call_fail(c, "There is no change with this id, or it is older than 30 days. list_changes shows what "
	    "there is.");
}

/* May it be done, by this connection and at all? */
static bool
may(struct call *c, const struct change_record *r)
{
	const struct undo *t = c->state;
	const char *note = change_note(r);
	bool library = change_of_library(r);

	if (!scope_allows(library ? SCOPE_LIBRARY_WRITE : SCOPE_PLAYLISTS_WRITE, c->scopes))
		call_fail(c, "This changes %s, which takes the permission %s; this connection was not given "
		    "it. The user can undo it on the account page.", library ? "the library" :
		    "a playlist", library ? "library:write" : "playlists:write");
	else if (r->undone)
		call_fail(c, "This change has been undone already. Nothing was changed.");
	else if (!change_can_undo(r))
		call_fail(c, "This cannot be undone. %s Nothing was changed.", note);
	else if (t->finish && !change_can_finish(r))
		call_fail(c, "There is nothing of this change to finish; without finish it is undone. "
		    "Nothing was changed.");
	else
		return true;
	return false;
}

static void
go(struct call *c)
{
	struct undo *t = c->state;
	const struct change_record *r = t->r;

	t->edit.errand.on_stop = NULL;
	if (!t->finish)
		c->undoes = r->id;
	if (r->kind == CHANGE_DETAILS)
		undo_details(c);
	else if (r->kind == CHANGE_ITEMS || r->kind == CHANGE_ADDED || t->finish)
		undo_items(c);
	else
		undo_library(c);
}

static void
on_record(void *arg, enum change_word word, const struct change_record *records, size_t n,
    bool more, uint32_t retry_s)
{
	struct call *c = arg;
	struct undo *t = c->state;
	char what[200], when[32];

	(void)more;
	t->ask = NULL;
	if (word != CHANGE_STORED) {
		call_fail(c, "The record of changes cannot be read just now. Try again in %u seconds. Nothing "
		    "was changed.", retry_s > 0 ? retry_s : 10);
		return;
	}
	if (n == 0) {
		fail_none(c);
		return;
	}
	t->r = &records[0];
	if (!may(c, t->r))
		return;
	change_what(t->r, what, sizeof(what));
	change_time(t->r->at, when);
	if (t->dry || call_confirmed(c, "%s this: %s (%s)?", t->finish ? "Finish" : "Undo", what, when))
		go(c);
}

static void
on_stop(struct call *c)
{
	struct undo *t = c->state;

	if (t->ask != NULL)
		changes_drop(&t->ask);
	call_fail(c, "The record of changes could not be read in time. Nothing was changed.");
}

static void
run(struct call *c)
{
	struct undo *t = errand_begin(c, sizeof(*t));
	uint8_t id[ID_BYTES];
	err_t err;

	if (t == NULL)
		return;
	if (!change_id_read(call_str(c, "change_id"), id)) {
		fail_none(c);
		return;
	}
	t->finish = call_bool(c, "finish");
	t->dry = call_bool(c, "dry_run");
	t->edit.errand.on_stop = on_stop;
	err = changes_read(c->worker, id, &c->arena, on_record, c, &t->ask);
	if (err != 0)
		call_broken(c, err);
}

const struct tool tool_undo_change = {
	.name = "undo_change",
	.title = "Undo a change",
	.about = "Takes back a change that list_changes shows; what others did since stays. An "
	    "interrupted one can be finished instead.",
	.args = (const struct arg[]){
		{.name = "change_id", .type = ARG_STR, .required = true, .max_bytes = 64},
		{.name = "finish", .type = ARG_BOOL, .fallback = "false",
		    .about = "Do what is missing"},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "change_id", .type = OUT_STR, .always = true},
		{.name = "what", .type = OUT_STR, .always = true},
		{.name = "undone", .type = OUT_BOOL},
		{.name = "finished", .type = OUT_BOOL},
		{.name = "url", .type = OUT_STR},
		{.name = "name", .type = OUT_STR},
		{.name = "before", .type = OUT_INT},
		{.name = "total", .type = OUT_INT},
		{.name = "steps", .type = OUT_INT},
		{.name = "done", .type = OUT_INT},
		{.name = "verified", .type = OUT_BOOL},
		{.name = "dry_run", .type = OUT_BOOL, .always = true},
		{.name = "put_in", .type = OUT_INT},
		{.name = "not_restorable", .type = OUT_INT},
		{.name = "of_others", .type = OUT_INT, .about = "Entries that came since and stay"},
		{.name = "new_dates", .type = OUT_BOOL},
		{.name = "more_needed", .type = OUT_BOOL},
		{.name = "missing_urls", .type = OUT_STRS},
		{.name = "changed_urls", .type = OUT_STRS},
		{.name = "failures", .type = OUT_OBJS, .fields = saving_failure_out},
		{.name = "problem", .type = OUT_STR},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE, .scope_or = SCOPE_LIBRARY_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = EDIT_REQUESTS,
	.run = run,
};
