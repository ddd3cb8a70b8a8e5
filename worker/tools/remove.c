/* remove_from_playlist and dedupe_playlist: some entries go, the others stay. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/confirm.h"
#include "worker/tools/edit.h"
#include "worker/tools/items.h"
#include "worker/tools/journal.h"
#include "worker/tools/uris.h"

#define LINES 100            /* entries that an answer names */

struct removal {
	struct edit edit;        /* first: edit.h */
	struct uri_list uris;
	bool *drop;              /* one for each entry */
	size_t marked, put_back, fixed;
};

static bool
room_for_marks(struct call *c)
{
	struct removal *t = c->state;
	void *drop = NULL;
	err_t err = arena_alloc(&c->arena, t->edit.list.n + 1, &drop);

	if (err != 0)
		call_broken(c, err);
	t->drop = drop;
	return err == 0;
}

static void
mark(struct removal *t, size_t i)
{
	t->marked += !t->drop[i];
	t->drop[i] = true;
}

/* Names what goes. */
static err_t
tell_entries(struct call *c, bool dry)
{
	struct removal *t = c->state;
	struct json_object *urls = field_add_arr(call_data(c), "urls");
	size_t i, told = 0;
	char line[768];
	err_t err = urls == NULL ? ERR_NOMEM : 0;

	call_line(c, dry ? "Would be removed: %zu." : "To be removed: %zu.", t->marked);
	for (i = 0; i < t->edit.list.n && err == 0; i++)
		if (t->drop[i] && told++ < LINES) {
			entry_line(&t->edit.list.all[i], line, sizeof(line));
			call_line(c, "%zu. %s", i + 1, line);
			err = entry_put_link(&t->edit.list.all[i], urls);
		}
	if (told > LINES)
		call_line(c, "... and %zu more.", told - LINES);
	if (t->put_back > 0)
		call_line(c, "%zu other entries of the same tracks stay: Spotify removes every copy, so they "
		    "are taken out and put back in their places, which gives them a new added date.",
		    t->put_back);
	if (t->fixed > 0)
		call_line(c, "%zu more are local files or have no content any more; Spotify cannot remove "
		    "them through an application, the user can in Spotify.", t->fixed);
	return err;
}

static void
told(struct call *c)
{
	edit_tell(c, false);
}

/* The marks are made: the plan, and on with it. */
static void
carry_out(struct call *c)
{
	struct removal *t = c->state;
	struct json_object *data = call_data(c);
	bool dry = call_bool(c, "dry_run");
	err_t err;

	if (!edit_drop(c, t->drop, &t->put_back))
		return;
	err = json_add_int(data, "to_remove", (int64_t)t->marked);
	if (err == 0)
		err = json_add_int(data, "put_back", (int64_t)t->put_back);
	if (err == 0)
		err = json_add_int(data, "not_removable", (int64_t)t->fixed);
	if (err == 0)
		err = tell_entries(c, dry);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	if (t->edit.n == 0 && t->edit.left > 0)
		call_fail(c, "To remove one of that many copies takes more requests than one call may make. "
		    "Nothing was changed. Remove every copy by its link and add it again where it is "
		    "wanted.");
	else if (dry)
		edit_tell(c, true);
	else if (t->edit.n == 0 || call_confirmed(c, "Remove %zu of the %zu entries of your playlist "
	    "\"%s\"?", t->marked, t->edit.list.n, t->edit.list.name))
		edit_run(c, told);
}

/* --- remove_from_playlist -------------------------------------------------------------------- */

static bool
wanted(const struct removal *t, size_t i)
{
	size_t k;

	for (k = 0; k < t->uris.n; k++)
		if (uris_is(&t->uris, k, span_str(t->edit.list.all[i].uri)))
			return true;
	return false;
}

/* Marks one position; false: the call has failed. */
static bool
mark_position(struct call *c, const char *text)
{
	struct removal *t = c->state;
	const struct entry *x;
	char line[768], *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 0 || (size_t)n >= t->edit.list.n) {
		call_fail(c, "\"%.40s\" is not a position in this playlist, which has %zu entries, counted "
		    "from 0. Nothing was changed.", text, t->edit.list.n);
		return false;
	}
	x = &t->edit.list.all[n];
	entry_line(x, line, sizeof(line));
	if (!entry_movable(x)) {
		call_fail(c, "At position %ld is %s: a local file, or an entry without content. Spotify "
		    "cannot remove it through an application; the user can in Spotify. Nothing was changed.",
		    n, line);
		return false;
	}
	if (t->uris.n > 0 && !wanted(t, (size_t)n)) {
		call_fail(c, "At position %ld is %s, which is none of uris. Positions count from 0. Nothing was "
		    "changed.", n, line);
		return false;
	}
	mark(t, (size_t)n);
	return true;
}

static bool
mark_uris(struct call *c)
{
	struct removal *t = c->state;
	struct json_object *absent = field_add_arr(call_data(c), "not_found");
	char link[ITEM_LINK_MAX];
	size_t i, k;
	err_t err = 0;

	for (k = 0; k < t->uris.n && err == 0; k++) {
		bool found = false;

		for (i = 0; i < t->edit.list.n; i++)
			if (uris_is(&t->uris, k, span_str(t->edit.list.all[i].uri))) {
				mark(t, i);
				found = true;
			}
		item_link(&t->uris.refs[k], link);
		if (!found) {
			err = json_append(absent, json_new_str(span_str(link)));
			call_line(c, "Not in the playlist: %s", link);
		}
	}
	if (err != 0)
		call_broken(c, err);
	else if (t->marked == 0)
		call_fail(c, "None of these is in the playlist. Nothing was changed. The same song may be there "
		    "under another link: look at the playlist.");
	return err == 0 && t->marked > 0;
}

static void
remove_read(struct call *c)
{
	struct removal *t = c->state;
	size_t i, n = call_items(c, "positions");

	if (!room_for_marks(c))
		return;
	for (i = 0; i < n; i++)
		if (!mark_position(c, call_item(c, "positions", i)))
			return;
	if (n > 0)
		t->edit.go_on = "The positions have changed: look at the playlist before the rest is "
		    "removed.";
	if (n > 0 || mark_uris(c))
		carry_out(c);
}

static void
run_remove(struct call *c)
{
	struct removal *t = errand_begin(c, sizeof(*t));

	if (t == NULL || !uris_read(c, "uris", &t->uris))
		return;
	if (t->uris.n == 0 && call_items(c, "positions") == 0)
		call_fail(c, "Say what to remove: uris, or positions.");
	else
		edit_open(c, call_str(c, "playlist"), remove_read);
}

#define REMOVAL_OUT \
	{.name = "to_remove", .type = OUT_INT, .always = true}, \
	{.name = "urls", .type = OUT_STRS, .always = true},   /* of the first of them */ \
	{.name = "put_back", .type = OUT_INT, .always = true, \
	    .about = "Other copies, taken out and put back: they lose their added date"}, \
	{.name = "not_removable", .type = OUT_INT, .always = true, .about = "Local files and the like"}

const struct tool tool_remove_from_playlist = {
	.name = "remove_from_playlist",
	.title = "Remove from a playlist",
	.about = "Removes entries from a playlist: every copy of the given uris, or the entries at the given "
	    "positions. Where only one of several copies goes, the others are taken out and put back, "
	    "which loses their added date: try dry_run first. Local files cannot be removed.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "uris", .type = ARG_STRS, .max_items = 500, .max_bytes = 300,
		    .about = "Links or URIs"},
		{.name = "positions", .type = ARG_STRS, .max_items = 200, .max_bytes = 10,
		    .about = "Counted from 0: one less than the numbers get_playlist shows. With uris: each "
		    "must hold one of them"},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		EDIT_OUT, REMOVAL_OUT,
		{.name = "not_found", .type = OUT_STRS},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = EDIT_REQUESTS,
	.run = run_remove,
};

/* --- dedupe_playlist --------------------------------------------------------------------------- */

static void
dedupe_read(struct call *c)
{
	struct removal *t = c->state;
	bool recording = strcmp(call_str(c, "match"), "recording") == 0;
	const struct entry *all = t->edit.list.all;
	size_t i, k;

	if (!room_for_marks(c))
		return;
	for (i = 0; i < t->edit.list.n; i++) {
		for (k = 0; k < i && (t->drop[k] || !entry_same(&all[k], &all[i], recording)); k++)
			;
		if (k == i)
			continue;
		if (entry_movable(&all[i]))
			mark(t, i);
		else
			t->fixed++;
	}
	carry_out(c);
}

static void
run_dedupe(struct call *c)
{
	if (errand_begin(c, sizeof(struct removal)) != NULL)
		edit_open(c, call_str(c, "playlist"), dedupe_read);
}

const struct tool tool_dedupe_playlist = {
	.name = "dedupe_playlist",
	.title = "Remove duplicates",
	.about = "Removes what a playlist has twice and keeps the first of each: by link (id), or by "
	    "recording (ISRC, or title, artists and duration). With match id the copy that stays is put "
	    "back in its place and loses its added date: try dry_run first.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "match", .type = ARG_STR, .fallback = "recording",
		    .words = (const char *const[]){"id", "recording", NULL}},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){EDIT_OUT, REMOVAL_OUT, {.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = EDIT_REQUESTS,
	.run = run_dedupe,
};
