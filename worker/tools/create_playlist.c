/* create_playlist. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/adding.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/journal.h"
#include "worker/tools/making.h"
#include "worker/tools/playlist_find.h"
#include "worker/tools/uris.h"

/* Among the newest so many playlists it must appear. */
#define LOOK_AT 50

struct create {
	struct errand errand;
	struct uri_list uris;
	struct adding adding;
	struct making making;
};

/* The list was looked at: is it there, with the wanted visibility? */
static void
on_list(struct call *c, const struct sp_answer *a)
{
	struct create *t = c->state;
	struct json_object *items = json_get_arr(a->json, "items"), *p = NULL;
	bool public = false, seen = false;
	size_t i;
	err_t err;

	for (i = 0; i < field_len(items) && !seen; i++) {
		p = json_object_array_get_idx(items, i);
		seen = span_is(field_str(p, "id"), t->making.ref.id);
	}
	err = json_add_bool(call_data(c), "verified", seen);
	if (!seen) {
		call_line(c, "Spotify accepted the playlist, but it is not in the list yet; that can take "
		    "a moment.");
		call_end(c, err);
		return;
	}
	if (err == 0 && json_get_bool(p, "public", &public))
		err = json_add_bool(call_data(c), "public", public);
	if (public && !call_bool(c, "public"))
		call_line(c, "It was asked for as not public, but Spotify shows it as public; Spotify is "
		    "known to ignore that wish. Change it in Spotify if it matters.");
	if (err == 0 && playlist_total(p) >= 0)
		err = json_add_int(call_data(c), "total", playlist_total(p));
	call_line(c, "It is in the user's list of playlists.");
	call_end(c, err);
}

static void
verify(struct call *c)
{
	struct errand *e = c->state;
	struct buf query;

	if (!errand_may(c, 1)) {
		call_end(c, json_add_bool(call_data(c), "verified", false));
		return;
	}
	e->on_stop = NULL;
	buf_init(&query, 256);
	if (playlist_page_query(&query, 0, LOOK_AT) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_MY_PLAYLISTS, NULL, &query, NULL, on_list);
	buf_free(&query);
}

static void
on_filled(struct call *c)
{
	struct create *t = c->state;
	err_t err = t->uris.n > 0 ? adding_tell(c, &t->adding) : json_add_int(call_data(c), "added", 0);

	if (err != 0)
		call_broken(c, err);
	else if (t->errand.stopped)
		call_end(c, json_add_bool(call_data(c), "verified", false));
	else
		verify(c);
}

static void
fill(struct call *c)
{
	struct create *t = c->state;
	char link[ITEM_LINK_MAX];

	item_link(&t->making.ref, link);
	if (json_add_text(call_data(c), "url", link) != 0 ||
	    json_add_text(call_data(c), "name", call_str(c, "name")) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	call_line(c, "Created the playlist \"%s\": %s", call_str(c, "name"), link);
	t->adding.id = t->making.ref.id;
	t->adding.list = &t->uris;
	t->adding.position = -1;
	t->adding.total = 0;
	if (t->uris.n > 0)
		adding_start(c, &t->adding, on_filled);
	else
		on_filled(c);
}

static err_t
put_body(struct call *c, struct buf *out)
{
	struct json_object *o = json_object_new_object();
	bool together = call_bool(c, "collaborative");
	err_t err = json_add_text(o, "name", call_str(c, "name"));

	if (err == 0)
		err = json_add_bool(o, "public", call_bool(c, "public"));
	if (err == 0 && together)
		err = json_add_bool(o, "collaborative", true);
	if (err == 0 && call_has(c, "description"))
		err = json_add_text(o, "description", call_str(c, "description"));
	if (err == 0)
		err = json_write(out, o);
	json_object_put(o);
	return err;
}

static void
run(struct call *c)
{
	struct create *t = errand_begin(c, sizeof(*t));
	struct buf body;

	if (t == NULL || !uris_read(c, "uris", &t->uris))
		return;
	if (call_str(c, "name")[0] == '\0') {
		call_fail(c, "A playlist needs a name that is not empty.");
		return;
	}
	if (call_bool(c, "collaborative") && call_bool(c, "public")) {
		call_fail(c, "A collaborative playlist cannot be public with Spotify. Leave one of the "
		    "two out.");
		return;
	}
	t->making.name = call_str(c, "name");
	buf_init(&body, 8192);
	if (put_body(c, &body) != 0)
		call_broken(c, ERR_NOMEM);
	else
		making_start(c, &t->making, &body, fill);
	buf_free(&body);
}

const struct tool tool_create_playlist = {
	.name = "create_playlist",
	.title = "Create a playlist",
	.about = "Creates a playlist for the user and fills it in order. Calling twice makes two.",
	.args = (const struct arg[]){
		{.name = "name", .type = ARG_STR, .required = true, .max_bytes = PLAYLIST_NAME_BYTES},
		{.name = "description", .type = ARG_STR, .max_bytes = PLAYLIST_ABOUT_BYTES},
		{.name = "public", .type = ARG_BOOL, .fallback = "false",
		    .about = "Show it on the user's profile"},
		{.name = "collaborative", .type = ARG_BOOL, .fallback = "false",
		    .about = "Others may edit it; then it is not public"},
		{.name = "uris", .type = ARG_STRS, .max_items = ADDING_MAX, .max_bytes = 300,
		    .about = "Links or URIs, in order"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR, .always = true},
		{.name = "name", .type = OUT_STR, .always = true},
		{.name = "added", .type = OUT_INT, .always = true},
		{.name = "not_added", .type = OUT_INT},
		{.name = "not_added_urls", .type = OUT_STRS, .about = "The first hundred of them"},
		{.name = "outcome_unknown", .type = OUT_INT,
		    .about = "Entries of which it is not known whether they were added"},
		{.name = "problem", .type = OUT_STR, .about = "Why not everything was added"},
		{.name = "verified", .type = OUT_BOOL, .always = true,
		    .about = "It was seen in the user's list"},
		{.name = "public", .type = OUT_BOOL, .about = "As Spotify shows it"},
		{.name = "total", .type = OUT_INT, .about = "Entries, as Spotify counts them"},
		{.name = NULL}},
	.read_only = false, .destructive = false, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = "playlist-modify-public playlist-modify-private playlist-read-private",
	.max_requests = MAKING_REQUESTS + ADDING_REQUESTS + 1,
	.run = run,
};
