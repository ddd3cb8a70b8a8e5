/* add_to_playlist. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/adding.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/journal.h"
#include "worker/tools/playlist_find.h"
#include "worker/tools/turn.h"
#include "worker/tools/uris.h"

#define PAGE 50
/* Pages that are read to find what is in already: 2,500 entries. */
#define READ_PAGES 50

struct add {
	struct errand errand;
	struct playlist_find find;
	struct uri_list uris;
	struct adding adding;
	bool *drop;                /* one for each of uris: is in already */
	size_t dropped;
	uint32_t read;             /* entries read */
};

static void read_page(struct call *c);

static err_t
tell_target(struct call *c)
{
	struct add *t = c->state;
	char link[ITEM_LINK_MAX];
	err_t err;

	item_link(&t->find.found.ref, link);
	err = json_add_text(call_data(c), "url", link);
	if (err == 0 && t->find.found.name[0] != '\0')
		err = json_add_text(call_data(c), "name", t->find.found.name);
	if (err == 0)
		err = json_add_int(call_data(c), "requested", (int64_t)(t->uris.n + t->dropped));
	if (err == 0)
		err = json_add_int(call_data(c), "skipped_duplicates", (int64_t)t->dropped);
	if (err == 0)
		err = json_add_bool(call_data(c), "dry_run", call_bool(c, "dry_run"));
	call_line(c, t->find.found.name[0] != '\0' ? "Playlist \"%s\" %s" : "Playlist%s %s",
	    t->find.found.name, link);
	if (t->dropped > 0)
		call_line(c, "%zu entries are in it already (or were given twice) and are left out.",
		    t->dropped);
	return err;
}

static void
on_added(struct call *c)
{
	struct add *t = c->state;
	err_t err = tell_target(c);

	if (err == 0)
		err = adding_tell(c, &t->adding);
	if (err == 0 && !t->adding.unknown)
		err = json_add_int(call_data(c), "total", t->adding.total);
	if (err != 0)
		call_broken(c, err);
	else if (t->adding.done == 0 && t->adding.trouble != NULL && !t->adding.unknown)
		call_fail(c, "Nothing was added. %s", t->adding.trouble);
	else
		call_done(c);
}

static void
dry_run(struct call *c)
{
	struct add *t = c->state;
	err_t err = tell_target(c);

	if (err == 0)
		err = json_add_int(call_data(c), "would_add", (int64_t)t->uris.n);
	if (err == 0)
		err = json_add_int(call_data(c), "added", 0);
	if (err == 0)
		err = json_add_int(call_data(c), "total", t->adding.total);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	call_line(c, "Nothing was changed. %zu entries would be added %s; it has %lld now.", t->uris.n,
	    call_has(c, "position") ? "at the position given" : "at the end",
	    (long long)t->adding.total);
	adding_warn(c, &t->adding);
	call_done(c);
}

/* Takes the entries out that are in already, keeping the order. */
static void
leave_out(struct add *t)
{
	size_t i, k = 0;

	for (i = 0; i < t->uris.n; i++)
		if (!t->drop[i])
			t->uris.refs[k++] = t->uris.refs[i];
	t->dropped = t->uris.n - k;
	t->uris.n = k;
}

static void
write_it(struct call *c)
{
	struct add *t = c->state;

	if (call_bool(c, "skip_duplicates"))
		leave_out(t);
	t->adding.id = t->find.found.ref.id;
	t->adding.name = t->find.found.name;
	t->adding.list = &t->uris;
	t->adding.position = call_has(c, "position") ? call_int(c, "position") : -1;
	if (t->adding.position > t->adding.total) {
		call_fail(c, "The playlist has %lld entries, so position %lld does not exist. Nothing was "
		    "changed.", (long long)t->adding.total, (long long)t->adding.position);
		return;
	}
	if (call_bool(c, "dry_run"))
		dry_run(c);
	else
		adding_start(c, &t->adding, on_added);
}

static void
mark(struct add *t, struct span uri)
{
	size_t i;

	for (i = 0; i < t->uris.n; i++)
		if (!t->drop[i] && uris_is(&t->uris, i, uri))
			t->drop[i] = true;
}

/* What was given twice counts as in already, the second time. */
static void
mark_doubles(struct add *t)
{
	size_t i, k;

	for (i = 0; i < t->uris.n; i++)
		for (k = 0; k < i && !t->drop[i]; k++)
			t->drop[i] = t->uris.refs[k].kind == t->uris.refs[i].kind &&
			    strcmp(t->uris.refs[k].id, t->uris.refs[i].id) == 0;
}

static void
on_entries(struct call *c, const struct sp_answer *a)
{
	struct add *t = c->state;
	struct json_object *items = json_get_arr(a->json, "items");
	size_t i, n = field_len(items);

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	t->adding.total = field_int(a->json, "total", -1);
	if (!call_bool(c, "skip_duplicates")) {
		write_it(c);
		return;
	}
	for (i = 0; i < n; i++)
		mark(t, field_str(item_of_entry(json_object_array_get_idx(items, i)), "uri"));
	if (n < PAGE && t->read + (int64_t)n < t->adding.total) {
		call_fail(c, "Spotify did not show all %lld entries of the playlist, so it cannot be told what "
		    "is in it already. Nothing was changed; try again.", (long long)t->adding.total);
		return;
	}
	t->read += PAGE;
	if (t->read >= t->adding.total)
		write_it(c);
	else if (t->read >= READ_PAGES * PAGE || !errand_may(c, 1))
		call_fail(c, "The playlist has %lld entries, too many to look for duplicates in one call. "
		    "Nothing was changed; call without skip_duplicates to add all the same.",
		    (long long)t->adding.total);
	else
		read_page(c);
}

static void
read_page(struct call *c)
{
	struct add *t = c->state;
	bool all = c->repeatable = call_bool(c, "skip_duplicates");
	struct buf query;
	err_t err;

	buf_init(&query, 512);
	err = playlist_page_query(&query, t->read, all ? PAGE : 1);
	if (err == 0)
		err = sp_query_put(&query, "fields",
		    span_str(all ? "total,items(item(uri),track(uri))" : "total"));
	if (err == 0)
		err = sp_query_put(&query, "additional_types", span_str("track,episode"));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PLAYLIST_ITEMS, t->find.found.ref.id, &query, NULL, on_entries);
	buf_free(&query);
}

static void
on_found(struct call *c)
{
	turn_take(c, ((struct add *)c->state)->find.found.ref.id, read_page);
}

static void
run(struct call *c)
{
	struct add *t = errand_begin(c, sizeof(*t));
	void *drop = NULL;

	if (t == NULL || !uris_read(c, "uris", &t->uris))
		return;
	if (arena_alloc(&c->arena, t->uris.n + 1, &drop) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	t->drop = drop;
	mark_doubles(t);
	playlist_find(c, &t->find, call_str(c, "playlist"), on_found);
}

const struct tool tool_add_to_playlist = {
	.name = "add_to_playlist",
	.title = "Add to a playlist",
	.about = "Adds up to 1,000 tracks and episodes to a playlist that the user owns or shares, in "
	    "order, at the end or at a position. skip_duplicates leaves out what is in already.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "uris", .type = ARG_STRS, .required = true, .min_items = 1,
		    .max_items = ADDING_MAX, .max_bytes = 300,
		    .about = "Links or URIs, in order"},
		{.name = "position", .type = ARG_INT, .min = 0, .max = 100000,
		    .about = "Where to insert, counted from 0; at the end if absent"},
		{.name = "skip_duplicates", .type = ARG_BOOL, .fallback = "false"},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false",
		    .about = "Only tell what would be done"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR, .always = true},
		{.name = "name", .type = OUT_STR},
		{.name = "requested", .type = OUT_INT, .always = true},
		{.name = "added", .type = OUT_INT, .always = true},
		{.name = "would_add", .type = OUT_INT},
		{.name = "skipped_duplicates", .type = OUT_INT, .always = true},
		{.name = "not_added", .type = OUT_INT},
		{.name = "not_added_urls", .type = OUT_STRS, .about = "The first hundred of them"},
		{.name = "outcome_unknown", .type = OUT_INT,
		    .about = "Entries of which it is not known whether they were added"},
		{.name = "problem", .type = OUT_STR, .about = "Why not everything was added"},
		{.name = "total", .type = OUT_INT, .about = "Entries afterwards"},
		{.name = "dry_run", .type = OUT_BOOL, .always = true, .quiet = true},
		{.name = NULL}},
	.read_only = false, .destructive = false, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = PLAYLIST_FIND_PAGES + READ_PAGES + ADDING_REQUESTS,
	.run = run,
};
