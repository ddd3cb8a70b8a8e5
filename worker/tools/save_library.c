/*
 * save_to_library and remove_from_library.  Each part is looked at first, so
 * that only what is not yet as wanted is changed, and told.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/confirm.h"
#include "worker/tools/journal.h"
#include "worker/tools/saving.h"
#include "worker/worker.h"

#define PLAYLISTS_MOST 20    /* that one call removes: each is looked at */
/* Looking before, changing, looking after. */
#define PART_REQUESTS 3
#define SCOPES "user-library-modify user-library-read user-follow-modify user-follow-read " \
    "playlist-modify-public playlist-modify-private"

struct change {
	struct errand errand;
	struct saving saving;
	size_t at;               /* playlist that is looked at */
};

/* --- telling ------------------------------------------------------------------------- */

static err_t
tell_counts(struct call *c, const struct saving *s, bool save, bool dry)
{
	enum saved same = save ? SAVED_YES : SAVED_NO;
	struct json_object *data = call_data(c);
	size_t unclear = saving_count(s, SAVED_UNCLEAR);
	err_t err = json_add_int(data, "requested", (int64_t)s->list.n);

	if (err == 0)
		err = json_add_int(data, save ? "saved" : "removed",
		    (int64_t)saving_count(s, SAVED_CHANGED));
	if (err == 0)
		err = json_add_int(data, save ? "saved_before" : "not_there",
		    (int64_t)saving_count(s, same));
	if (err == 0)
		err = json_add_int(data, "failed", (int64_t)saving_count(s, SAVED_FAILED));
	if (err == 0 && unclear > 0)
		err = json_add_int(data, "outcome_unknown", (int64_t)unclear);
	if (err == 0 && !save)
		err = json_add_bool(data, "dry_run", dry);
	return err;
}

static void
say_links(struct call *c, const struct saving *s, enum saved state)
{
	char link[ITEM_LINK_MAX];
	size_t i;

	for (i = 0; i < s->list.n; i++)
		if (s->state[i] == state) {
			item_link(&s->list.refs[i], link);
			call_line(c, "- %s", link);
		}
}

static void
tell(struct call *c, bool save, bool dry)
{
	const struct saving *s = &((struct change *)c->state)->saving;
	enum saved same = save ? SAVED_YES : SAVED_NO;
	size_t changed = saving_count(s, SAVED_CHANGED), failed = saving_count(s, SAVED_FAILED);
	err_t err;

	if (failed == s->list.n) {
		call_fail(c, "Nothing was changed. %s", saving_trouble(s));
		return;
	}
	err = tell_counts(c, s, save, dry);
	if (dry) {
		call_line(c, "Nothing was changed. %zu of %zu would be removed:",
		    saving_count(s, SAVED_YES), s->list.n);
		say_links(c, s, SAVED_YES);
		if (err == 0)
			err = saving_links(s, SAVED_YES, call_data(c), "would_remove_urls");
	} else
		call_line(c, "%zu of %zu %s.", changed, s->list.n, save ? "saved" : "removed");
	if (saving_count(s, same) > 0) {
		call_line(c, "%zu %s.", saving_count(s, same),
		    save ? "were saved before" : "were not there");
		if (err == 0)
			err = saving_links(s, same, call_data(c), save ? "saved_before_urls" :
			    "not_there_urls");
	}
	if (err == 0)
		err = saving_failures(c, s);
	call_end(c, err);
}

/* --- save_to_library ------------------------------------------------------------------ */

static void
on_saved(struct call *c)
{
	tell(c, true, false);
}

static void
run_save(struct call *c)
{
	struct change *t = errand_begin(c, sizeof(*t));

	if (t != NULL && saving_read(c, &t->saving))
		saving_start(c, &t->saving, SP_OP_LIBRARY_SAVE, on_saved);
}

/* --- remove_from_library --------------------------------------------------------------- */

static void look_at_playlist(struct call *c);

static void
on_removed(struct call *c)
{
	tell(c, false, false);
}

static void
on_rehearsed(struct call *c)
{
	tell(c, false, true);
}

static void
go(struct call *c)
{
	struct change *t = c->state;

	if (call_bool(c, "dry_run"))
		saving_start(c, &t->saving, SP_OP_LIBRARY_CONTAINS, on_rehearsed);
	else
		saving_start(c, &t->saving, SP_OP_LIBRARY_REMOVE, on_removed);
}

static void
leave_out(struct change *t, const char *why)
{
	t->saving.state[t->at] = SAVED_FAILED;
	t->saving.why[t->at] = why;
}

/* Whose is it?  To unfollow one's own is to delete it. */
static void
on_playlist(struct call *c, const struct sp_answer *a)
{
	struct change *t = c->state;
	struct span owner = field_str(json_get_obj(a->json, "owner"), "id");

	if (a->error.problem != SP_OK)
		leave_out(t, errand_sentence(c, &a->error));
	else if (owner.n == 0)
		leave_out(t, "Spotify does not say whose playlist this is, so it was left alone.");
	else if (span_is(owner, c->worker->who.spotify_id))
		leave_out(t, "This playlist is the user's own: to take it out of the library is to delete "
		    "it. Use delete_playlist if that is wanted.");
	t->at++;
	look_at_playlist(c);
}

static void
look_at_playlist(struct call *c)
{
	struct change *t = c->state;
	const struct uri_list *list = &t->saving.list;
	struct buf query;

	while (t->at < list->n && list->refs[t->at].kind != ITEM_PLAYLIST)
		t->at++;
	if (t->at == list->n) {
		go(c);
		return;
	}
	if (!errand_may(c, 1)) {
		leave_out(t, "The time of one call was over; do the rest with another.");
		t->at++;
		look_at_playlist(c);
		return;
	}
	buf_init(&query, 64);
	if (sp_query_put(&query, "fields", span_str("owner(id)")) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_PLAYLIST, list->refs[t->at].id, &query, NULL, on_playlist);
	buf_free(&query);
}

static void
run_remove(struct call *c)
{
	struct change *t = errand_begin(c, sizeof(*t));
	size_t i, playlists = 0;

	if (t == NULL || !saving_read(c, &t->saving))
		return;
	for (i = 0; i < t->saving.list.n; i++)
		playlists += t->saving.list.refs[i].kind == ITEM_PLAYLIST;
	if (playlists > PLAYLISTS_MOST)
		call_fail(c, "One call unfollows at most %d playlists, and here are %zu. Nothing was "
		    "changed; give fewer.", PLAYLISTS_MOST, playlists);
	else if (call_bool(c, "dry_run") || call_confirmed(c, "Remove %zu thing%s from your Spotify "
	    "library (or stop following them)?", t->saving.list.n, t->saving.list.n == 1 ? "" : "s"))
		look_at_playlist(c);
}

#define FAILURES \
	{.name = "failed", .type = OUT_INT, .always = true}, \
	{.name = "outcome_unknown", .type = OUT_INT, \
	    .about = "Look before trying again"}, \
	{.name = "failures", .type = OUT_OBJS, .fields = saving_failure_out}

const struct tool tool_save_to_library = {
	.name = "save_to_library",
	.title = "Save to the library",
	.about = "Saves up to 200 tracks, albums, shows, episodes and audiobooks, and follows artists "
	    "and playlists. What is there already stays as it is.",
	.args = (const struct arg[]){
		{.name = "uris", .type = ARG_STRS, .required = true, .min_items = 1,
		    .max_items = SAVING_MAX, .max_bytes = 300,
		    .about = "Links, URIs; bare ids are tracks"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "requested", .type = OUT_INT, .always = true},
		{.name = "saved", .type = OUT_INT, .always = true},
		{.name = "saved_before", .type = OUT_INT, .always = true},
		{.name = "saved_before_urls", .type = OUT_STRS},
		FAILURES,
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_LIBRARY_WRITE,
	.spotify_scopes = SCOPES,
	.max_requests = SAVING_PARTS * PART_REQUESTS,
	.run = run_save,
};

const struct tool tool_remove_from_library = {
	.name = "remove_from_library",
	.title = "Remove from the library",
	.about = "Removes up to 200 tracks, albums, shows, episodes and audiobooks from the library, "
	    "and stops following artists and other people's playlists. The user's own playlists "
	    "are deleted with delete_playlist.",
	.args = (const struct arg[]){
		{.name = "uris", .type = ARG_STRS, .required = true, .min_items = 1,
		    .max_items = SAVING_MAX, .max_bytes = 300,
		    .about = "Links, URIs; bare ids are tracks"},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false",
		    .about = "Only tell what would be done"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "requested", .type = OUT_INT, .always = true},
		{.name = "removed", .type = OUT_INT, .always = true},
		{.name = "not_there", .type = OUT_INT, .always = true},
		{.name = "not_there_urls", .type = OUT_STRS},
		{.name = "would_remove_urls", .type = OUT_STRS},
		FAILURES,
		{.name = "dry_run", .type = OUT_BOOL, .always = true, .quiet = true},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_LIBRARY_WRITE,
	.spotify_scopes = SCOPES,
	.max_requests = PLAYLISTS_MOST + SAVING_PARTS * PART_REQUESTS,
	.run = run_remove,
};
