/*
 * undo_change for what is saved and followed, and for playlists as a whole: made,
 * deleted; and delete_playlist, the other way of the same.
 */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/confirm.h"
#include "worker/tools/journal.h"
#include "worker/tools/undo.h"
#include "worker/worker.h"

void
undo_saving(struct call *c, struct item_ref *refs, size_t n, enum sp_op op, errand_step next)
{
	struct saving *s = &((struct undo *)c->state)->saving;
	void *state = NULL, *why = NULL, *part = NULL;

	if (arena_alloc(&c->arena, (n + 1) * sizeof(*s->state), &state) != 0 ||
	    arena_alloc(&c->arena, (n + 1) * sizeof(*s->why), &why) != 0 ||
	    arena_alloc(&c->arena, SAVING_PART * sizeof(*s->part), &part) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	s->list = (struct uri_list){.n = n, .refs = refs};
	s->state = state;
	s->why = why;
	s->part = part;
	saving_start(c, s, op, next);
}

/* --- undoing ----------------------------------------------------------------------------- */

/* What the change may have touched; false: the call is over. */
static bool
things(struct call *c, struct item_ref **out, size_t *n)
{
	const struct change_record *r = ((struct undo *)c->state)->r;
	bool playlist = r->kind == CHANGE_MADE || r->kind == CHANGE_DELETED;
	struct item_ref *refs;
	void *room = NULL;
	size_t i, k, most = 1;

	for (i = 0; i < r->n_steps; i++)
		most += r->steps[i].n_ids;
	if (arena_alloc(&c->arena, most * sizeof(*refs), &room) != 0) {
		call_broken(c, ERR_NOMEM);
		return false;
	}
	refs = room;
	*n = 0;
	for (i = 0; i < r->n_steps && !playlist; i++)
		for (k = 0; k < r->steps[i].n_ids && r->steps[i].state != STEP_NOT_DONE; k++)
			*n += item_parse(r->uris[r->steps[i].ids[k]], ITEM_NONE, &refs[*n]) == 0;
	if (playlist)
		*n = item_parse(r->thing, ITEM_NONE, &refs[0]) == 0;
	*out = refs;
	if (*n == 0)
		call_fail(c, playlist ? "Whether the playlist was made at all is not known; look for it "
		    "with list_playlists. Nothing was changed." :
		    "Nothing of this change was carried out, so there is nothing to undo.");
	return *n > 0;
}

static err_t
tell_saving(struct call *c, enum saved state)
{
	const struct undo *t = c->state;
	const struct saving *s = &t->saving;
	char link[ITEM_LINK_MAX];
	size_t i, n = saving_count(s, state);
	err_t err = saving_links(s, state, call_data(c), "changed_urls");

	if (t->r->kind == CHANGE_MADE)
		call_line(c, "A playlist goes with all that is in it by now, whoever put it in; undoing this "
		    "in its turn brings it back.");
	call_line(c, t->dry ? "%zu of %zu would be changed:" : "%zu of %zu changed:", n, s->list.n);
	for (i = 0; i < s->list.n; i++)
		if (s->state[i] == state) {
			item_link(&s->list.refs[i], link);
			call_line(c, "- %s", link);
		}
	if (err == 0)
		err = json_add_bool(call_data(c), "dry_run", t->dry);
	return err != 0 ? err : saving_failures(c, s);
}

static void
on_saved(struct call *c)
{
	struct undo *t = c->state;
	const struct saving *s = &t->saving;
	size_t failed = saving_count(s, SAVED_FAILED) + saving_count(s, SAVED_UNCLEAR);
	err_t err;

	if (saving_count(s, SAVED_FAILED) == s->list.n) {
		call_fail(c, "Nothing was changed. %s", saving_trouble(s));
		return;
	}
	if (failed == 0)
		undo_mark(c);
	err = undo_tell(c, failed == 0);
	if (err == 0)
		err = tell_saving(c, SAVED_CHANGED);
	call_end(c, err);
}

static bool
takes_out(enum change_kind kind)
{
	return kind == CHANGE_SAVED || kind == CHANGE_FOLLOWED || kind == CHANGE_MADE;
}

static void
on_looked(struct call *c)
{
	struct undo *t = c->state;
	enum saved now = takes_out(t->r->kind) ? SAVED_YES : SAVED_NO;
	err_t err = undo_tell(c, false);

	if (err == 0)
		err = tell_saving(c, now);
	call_end(c, err);
}

/* Others' playlists among what was saved take the permission for playlists, as they did
 * then. */
static bool
may_follow(struct call *c, const struct item_ref *refs, size_t n)
{
	size_t i;

	for (i = 0; i < n && !scope_allows(SCOPE_PLAYLISTS_WRITE, c->scopes); i++)
		if (refs[i].kind == ITEM_PLAYLIST) {
			call_fail(c, "There are playlists in this change, which takes the permission "
			    "playlists:write; this connection was not given it. The user can undo it on the "
			    "account page.");
			return false;
		}
	return true;
}

void
undo_library(struct call *c)
{
	struct undo *t = c->state;
	const struct change_record *r = t->r;
	struct item_ref *refs = NULL;
	size_t n = 0;

	if (!things(c, &refs, &n) || !may_follow(c, refs, n))
		return;
	if (r->kind == CHANGE_MADE && !t->dry)
		journal_begin(c, &(struct change_about){.kind = CHANGE_DELETED, .thing = r->thing,
		    .name = r->name, .planned = 1, .position = -1, .total = -1,
		    .details_before = {.is_public = -1, .collaborative = -1},
		    .details_after = {.is_public = -1, .collaborative = -1}});
	undo_saving(c, refs, n, t->dry ? SP_OP_LIBRARY_CONTAINS : takes_out(r->kind) ?
	    SP_OP_LIBRARY_REMOVE : SP_OP_LIBRARY_SAVE, t->dry ? on_looked : on_saved);
}

/* --- delete_playlist ---------------------------------------------------------------------- */

static void
on_deleted(struct call *c)
{
	struct undo *t = c->state;
	const struct saving *s = &t->saving;
	char link[ITEM_LINK_MAX];
	bool gone = s->state[0] == SAVED_NO;

	if (s->state[0] != SAVED_CHANGED && !gone) {
		call_fail(c, "%s%s", s->state[0] == SAVED_FAILED ? "The playlist was not deleted. " : "",
		    saving_trouble(s));
		return;
	}
	item_link(&s->list.refs[0], link);
	call_line(c, gone ? "The playlist \"%s\" %s was not among the user's playlists." :
	    "The playlist \"%s\" %s was deleted.", t->edit.list.name, link);
	if (!gone && c->change != NULL)
		call_line(c, "undo_change brings it back, see list_changes.");
	if (json_add_text(call_data(c), "url", link) != 0 ||
	    json_add_text(call_data(c), "name", t->edit.list.name) != 0 ||
	    json_add_bool(call_data(c), "deleted", !gone) != 0)
		call_broken(c, ERR_NOMEM);
	else
		call_done(c);
}

static void
on_details(struct call *c, const struct sp_answer *a)
{
	struct undo *t = c->state;
	struct span owner = field_str(json_get_obj(a->json, "owner"), "id");
	struct item_ref *ref = &t->edit.find.found.ref;
	char uri[ITEM_LINK_MAX];

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	t->edit.list.name = item_text(c, a->json, "name", 100);
	if (!span_is(owner, c->worker->who.spotify_id)) {
		call_fail(c, "The playlist \"%s\" is not the user's own. remove_from_library stops following "
		    "it. Nothing was changed.", t->edit.list.name);
		return;
	}
	if (!call_confirmed(c, "Delete your playlist \"%s\"?", t->edit.list.name))
		return;
	item_uri(ref, uri);
	journal_begin(c, &(struct change_about){.kind = CHANGE_DELETED, .thing = uri,
	    .name = t->edit.list.name, .planned = 1, .position = -1, .total = -1,
	    .details_before = {.is_public = -1, .collaborative = -1},
	    .details_after = {.is_public = -1, .collaborative = -1}});
	undo_saving(c, ref, 1, SP_OP_LIBRARY_REMOVE, on_deleted);
}

static void
on_found(struct call *c)
{
	struct undo *t = c->state;

	errand_ask_with(c, SP_OP_PLAYLIST, t->edit.find.found.ref.id, "fields",
	    "name,owner(id)", on_details);
}

static void
run(struct call *c)
{
	struct undo *t = errand_begin(c, sizeof(*t));

	if (t != NULL)
		playlist_find(c, &t->edit.find, call_str(c, "playlist"), on_found);
}

const struct tool tool_delete_playlist = {
	.name = "delete_playlist",
	.title = "Delete a playlist",
	.about = "Deletes a playlist that the user owns. For 30 days undo_change brings it back.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR, .always = true},
		{.name = "name", .type = OUT_STR, .always = true},
		{.name = "deleted", .type = OUT_BOOL, .always = true},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = PLAYLIST_FIND_PAGES + 4,
	.run = run,
};
