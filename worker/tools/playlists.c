/* list_playlists and get_playlist. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/cursor.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/playlist_find.h"
#include "worker/worker.h"

#define PAGE 50
#define LIST_PAGES 10

static bool
is_owned(struct call *c, struct json_object *playlist)
{
	struct span id = field_str(json_get_obj(playlist, "owner"), "id");

	return id.n > 0 && span_is(id, c->worker->who.spotify_id);
}

/* --- list_playlists ------------------------------------------------------------------- */

static const char *const list_bound_to[] = {"name_contains", "owned_only", NULL};

struct list {
	struct errand errand;
	uint32_t at;                 /* next entry of Spotify's list */
	int64_t total;
	size_t limit, closed;
	unsigned pages;
	bool ended;
	struct item_page page;
};

static void list_ask(struct call *c);

static void
list_finish(struct call *c, const char *note)
{
	struct list *l = c->state;

	if (json_add_int(call_data(c), "total", l->total) != 0 ||
	    json_add_int(call_data(c), "returned", (int64_t)l->page.shown) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	call_line(c, "%zu of %lld playlists shown.", l->page.shown, (long long)l->total);
	if (l->closed > 0)
		call_line(c, "(%zu entries are empty in Spotify's answer and left out.)", l->closed);
	if (note[0] != '\0')
		call_line(c, "%s", note);
	if (!l->ended)
		cursor_give(c, list_bound_to, l->at);
	call_done(c);
}

/* Shows one playlist if it is wanted; false: the page is full. */
static bool
list_show(struct call *c, struct json_object *playlist)
{
	struct list *l = c->state;
	bool owned = is_owned(c, playlist);

	if (playlist == NULL) {
		l->closed++;
		return true;
	}
	if ((call_bool(c, "owned_only") && !owned) || (call_has(c, "name_contains") &&
	    !names_hold(field_str(playlist, "name"), call_str(c, "name_contains"), &c->trouble)))
		return true;
	if (!item_show(c, &l->page, l->page.shown + 1, playlist, span_of(NULL, 0)))
		return false;
	if (owned && json_add_bool(json_object_array_get_idx(l->page.array, l->page.shown - 1),
	    "owned", true) != 0)
		c->trouble = ERR_NOMEM;
	return true;
}

static void
list_on_page(struct call *c, const struct sp_answer *a)
{
	struct list *l = c->state;
	struct json_object *items = json_get_arr(a->json, "items");
	size_t i, n = field_len(items);

	if (a->error.problem != SP_OK) {
		if (l->pages == 0)
			errand_fail(c, &a->error);
		else
			list_finish(c, errand_sentence(c, &a->error));
		return;
	}
	if (!errand_total(c, a, a->json, &l->total))
		return;
	l->pages++;
	for (i = 0; i < n && l->page.shown < l->limit; i++)
		if (!list_show(c, json_object_array_get_idx(items, i)))
			break;
	l->at += (uint32_t)i;
	l->ended = n == 0 || l->at >= l->total;
	if (l->ended || i < n || l->page.shown == l->limit)
		list_finish(c, "");
	else
		list_ask(c);
}

static void
list_ask(struct call *c)
{
	struct list *l = c->state;
	struct buf query;
	err_t err;

	if (!errand_may(c, 1)) {
		list_finish(c, "The list goes on; it was ended here so as not to ask Spotify too much.");
		return;
	}
	buf_init(&query, 256);
	err = playlist_page_query(&query, l->at, PAGE);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_MY_PLAYLISTS, NULL, &query, NULL, list_on_page);
	buf_free(&query);
}

static void
list_on_stop(struct call *c)
{
	struct list *l = c->state;

	if (l->total >= 0)
		list_finish(c, "The list was ended early for lack of time.");
	else
		call_fail(c, "Reading the playlists took too long. Try again.");
}

static void
run_list(struct call *c)
{
	struct list *l = errand_begin(c, sizeof(*l));

	if (l == NULL || !cursor_read(c, list_bound_to, &l->at))
		return;
	l->errand.on_stop = list_on_stop;
	l->total = -1;
	l->limit = (size_t)call_int(c, "limit");
	if (item_page_begin(c, &l->page, "playlists"))
		list_ask(c);
}

const struct tool tool_list_playlists = {
	.name = "list_playlists",
	.title = "List playlists",
	.about = "Lists the playlists of the user, own and followed, with owner, number of entries "
	    "and link.",
	.args = (const struct arg[]){
		{.name = "name_contains", .type = ARG_STR, .max_bytes = 200,
		    .about = "Only those with this in their name, without regard to case"},
		{.name = "owned_only", .type = ARG_BOOL, .fallback = "false",
		    .about = "Only the user's own"},
		{.name = "limit", .type = ARG_INT, .min = 1, .max = 50, .fallback = "50"},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64,
		    .about = "From an earlier answer"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "playlists", .type = OUT_OBJS, .always = true, .fields = item_out},
		{.name = "total", .type = OUT_INT, .always = true,
		    .about = "How many the user has in all"},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_READ,
	.spotify_scopes = PLAYLIST_SCOPES_READ,
	.max_requests = LIST_PAGES,
	.run = run_list,
};

/* --- get_playlist ----------------------------------------------------------------------- */

/* What is asked of each entry; both the names of 2026 and the older ones. */
#define MEDIA "type,uri,name,duration_ms,explicit,is_local,artists(name),album(name),show(name)"
#define ENTRIES "total,items(added_at,is_local,item(" MEDIA "),track(" MEDIA "))"
#define DETAILS "type,uri,id,name,description,public,collaborative,owner(id,display_name)," \
	"items(" ENTRIES "),tracks(" ENTRIES ")"

static const char *const get_bound_to[] = {"playlist", NULL};

struct get {
	struct errand errand;
	struct playlist_find find;
	uint32_t offset;
	int64_t total;
	size_t limit;
	struct item_page page;
};

static err_t
get_query(struct buf *query, const char *fields)
{
	err_t err = sp_query_put(query, "fields", span_str(fields));

	return err != 0 ? err : sp_query_put(query, "additional_types", span_str("track,episode"));
}

static void
get_finish(struct call *c)
{
	struct get *g = c->state;
	struct json_object *data = call_data(c);
	uint32_t next = g->offset + (uint32_t)g->page.shown;

	if (json_add_int(data, "total", g->total) != 0 ||
	    json_add_int(data, "offset", g->offset) != 0 ||
	    json_add_int(data, "returned", (int64_t)g->page.shown) != 0 ||
	    json_add_text(data, "contents", "open") != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	call_line(c, "%zu of %lld entries shown, beginning with number %u.", g->page.shown,
	    (long long)g->total, g->offset + 1);
	if (next < g->total && g->page.shown > 0)
		cursor_give(c, get_bound_to, next);
	call_done(c);
}

/* Shows entries from a page object {total, items} of an answer. */
static void
show_entries(struct call *c, const struct sp_answer *a, struct json_object *page)
{
	struct get *g = c->state;
	struct json_object *items = json_get_arr(page, "items");
	size_t i, n = field_len(items);

	g->total = -1;
	if (!errand_total(c, a, page, &g->total))
		return;
	for (i = 0; i < n && g->page.shown < g->limit; i++) {
		struct json_object *entry = json_object_array_get_idx(items, i);

		if (!item_show(c, &g->page, g->offset + i + 1, item_of_entry(entry),
		    field_str(entry, "added_at")))
			break;
	}
	get_finish(c);
}

/* The contents are closed: what is known is still an answer. */
static void
show_closed(struct call *c)
{
	struct json_object *data = call_data(c);

	if (json_add_text(data, "contents", "closed") != 0 || json_add_int(data, "returned", 0) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	call_line(c, "Its contents are closed: Spotify lets this application read the entries of a "
	    "playlist only if the user owns it or is a collaborator. To work with it, copy the "
	    "entries into a playlist of one's own in Spotify.");
	call_done(c);
}

static void
on_entries(struct call *c, const struct sp_answer *a)
{
	if (a->error.problem == SP_PLAYLIST_CLOSED)
		show_closed(c);
	else if (a->error.problem != SP_OK)
		errand_fail(c, &a->error);
	else
		show_entries(c, a, a->json);
}

static void
ask_entries(struct call *c)
{
	struct get *g = c->state;
	struct buf query;
	err_t err;

	buf_init(&query, 1024);
	err = playlist_page_query(&query, g->offset, PAGE);
	if (err == 0)
		err = get_query(&query, ENTRIES);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PLAYLIST_ITEMS, g->find.found.ref.id, &query, NULL, on_entries);
	buf_free(&query);
}

static err_t
show_details(struct call *c, struct json_object *playlist)
{
	struct json_object *data = call_data(c), *owner = json_get_obj(playlist, "owner");
	const char *name = item_text(c, playlist, "name", 100);
	const char *about = item_text(c, playlist, "description", 300);
	const char *by = item_text(c, owner, "display_name", 80);
	bool truth;
	err_t err = json_add_text(data, "name", name);

	if (by[0] == '\0')
		by = item_text(c, owner, "id", 80);
	if (err == 0 && about[0] != '\0')
		err = json_add_text(data, "description", about);
	if (err == 0 && by[0] != '\0')
		err = json_add_text(data, "owner", by);
	if (err == 0 && field_str(owner, "id").n > 0)
		err = json_add_bool(data, "owned", is_owned(c, playlist));
	if (err == 0 && json_get_bool(playlist, "public", &truth))
		err = json_add_bool(data, "public", truth);
	if (err == 0 && json_get_bool(playlist, "collaborative", &truth))
		err = json_add_bool(data, "collaborative", truth);
	call_line(c, "Playlist \"%s\"%s%s%s%s", name, by[0] != '\0' ? " by " : "", by,
	    about[0] != '\0' ? ": " : "", about);
	return err;
}

static void
on_details(struct call *c, const struct sp_answer *a)
{
	struct json_object *page;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	if (show_details(c, a->json) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	page = json_get_obj(a->json, "items");
	if (page == NULL || json_get_arr(page, "items") == NULL)
		page = json_get_obj(a->json, "tracks");
	/* The first hundred entries come with the details if they are open. */
	if (json_get_arr(page, "items") != NULL)
		show_entries(c, a, page);
	else
		ask_entries(c);   /* only trying tells whether the user shares it */
}

static void
on_found(struct call *c)
{
	struct get *g = c->state;
	char link[ITEM_LINK_MAX];
	struct buf query;

	item_link(&g->find.found.ref, link);
	if (json_add_text(call_data(c), "url", link) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	call_line(c, "%s", link);
	if (g->offset > 0) {
		ask_entries(c);
		return;
	}
	buf_init(&query, 2048);
	if (get_query(&query, DETAILS) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_PLAYLIST, g->find.found.ref.id, &query, NULL, on_details);
	buf_free(&query);
}

static void
run_get(struct call *c)
{
	struct get *g = errand_begin(c, sizeof(*g));

	if (g == NULL || !cursor_read(c, get_bound_to, &g->offset))
		return;
	g->limit = (size_t)call_int(c, "limit");
	if (item_page_begin(c, &g->page, "items"))
		playlist_find(c, &g->find, call_str(c, "playlist"), on_found);
}

const struct tool tool_get_playlist = {
	.name = "get_playlist",
	.title = "Look into a playlist",
	.about = "Gives a playlist's details and its entries in order. Spotify closes the "
	    "contents of playlists that the user neither owns nor shares; the answer says so.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "limit", .type = ARG_INT, .min = 1, .max = 50, .fallback = "50",
		    .about = "Most entries"},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64,
		    .about = "From an earlier answer"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR, .always = true},
		{.name = "name", .type = OUT_STR, .about = "On the first page, as all details"},
		{.name = "description", .type = OUT_STR, .about = "Written by its owner"},
		{.name = "owner", .type = OUT_STR},
		{.name = "owned", .type = OUT_BOOL, .about = "By the user"},
		{.name = "public", .type = OUT_BOOL, .about = "Shown on the owner's profile"},
		{.name = "collaborative", .type = OUT_BOOL},
		{.name = "contents", .type = OUT_STR, .always = true, .about = "open or closed"},
		{.name = "total", .type = OUT_INT, .about = "Entries in all"},
		{.name = "offset", .type = OUT_INT, .about = "Position of the first entry shown"},
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = item_out},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_READ,
	.spotify_scopes = PLAYLIST_SCOPES_READ,
	.max_requests = PLAYLIST_FIND_PAGES + 2,
	.run = run_get,
};
