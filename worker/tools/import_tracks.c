/* import_tracks: lines to tracks, several at a time, then into a playlist. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/import.h"
#include "worker/tools/journal.h"
#include "worker/tools/turn.h"

#define LINES_MAX 50
#define TEXT_BYTES 120       /* of a line that is shown again */

static const char *const levels[] = {"high", "medium", "low", NULL};

static bool
accepted(const struct import *t, const struct import_row *r)
{
	return r->match.level >= t->least;
}

/* --- the answer ------------------------------------------------------------------- */

static err_t
put_text(struct call *c, struct json_object *o, const struct import_row *r)
{
	const char *text = call_item(c, "lines", r->number - 1);
	struct json_object *line = json_object_new_object();
	const char *clean;
	err_t err = json_add_text(line, "text", text);

	clean = item_text(c, line, "text", TEXT_BYTES);
	json_object_put(line);
	return err != 0 ? err : json_add_text(o, "text", clean);
}

static err_t
put_found(struct json_object *o, const struct import_row *r)
{
	char link[ITEM_LINK_MAX];
	err_t err = 0;

	item_link(&r->ref, link);
	if (r->name != NULL)
		err = json_add_text(o, "name", r->name);
	if (err == 0 && r->by != NULL)
		err = json_add_text(o, "by", r->by);
	if (err == 0 && r->album != NULL)
		err = json_add_text(o, "album", r->album);
	if (err == 0 && r->duration_ms > 0)
		err = json_add_int(o, "duration_ms", r->duration_ms);
	return err != 0 ? err : json_add_text(o, "url", link);
}

static err_t
put_why(struct call *c, struct json_object *o, const struct import *t, const struct import_row *r)
{
	struct buf why;
	err_t err;

	buf_init(&why, 1024);
	if (r->trouble != NULL)
		err = buf_put_str(&why, r->trouble);
	else if (!r->tried && r->match.level == MATCH_NONE)
		err = buf_put_str(&why, "not looked up; give this line again");
	else if (r->match.level == MATCH_NONE)
		err = buf_put_str(&why, "nothing like it was found");
	else
		err = match_why(r->match.reasons, &why);
	if (err == 0 && why.len > 0)
		err = json_add_text(o, "why", buf_cstr(&why));
	if (err == 0 && !accepted(t, r))
		call_text(c, "Line %zu needs review (%s%s%s): ", r->number,
		    match_level_name(r->match.level), why.len > 0 ? ", " : "", buf_cstr(&why));
	buf_free(&why);
	return err;
}

static err_t
put_row(struct call *c, const struct import *t, const struct import_row *r, struct json_object *list)
{
	struct json_object *o = field_append_obj(list);
	bool found = r->match.level > MATCH_NONE;
	char link[ITEM_LINK_MAX];
	err_t err;

	if (o == NULL)
		return ERR_NOMEM;
	item_link(&r->ref, link);
	err = json_add_int(o, "line", (int64_t)r->number);
	if (err == 0)
		err = json_add_text(o, "confidence", match_level_name(r->match.level));
	if (err == 0)
		err = put_why(c, o, t, r);
	if (err == 0 && !accepted(t, r)) {
		err = put_text(c, o, r);
		if (err == 0)
			call_line(c, "\"%s\"%s%s", item_text(c, o, "text", TEXT_BYTES),
			    found ? " - perhaps " : "", !found ? "" : r->line != NULL ? r->line : link);
	} else if (err == 0)
		call_line(c, "%zu. %s: %s", r->number, match_level_name(r->match.level),
		    r->line != NULL ? r->line : link);
	return err != 0 || !found ? err : put_found(o, r);
}

static err_t
put_rows(struct call *c)
{
	struct import *t = c->state;
	struct json_object *found = field_add_arr(call_data(c), "matched");
	struct json_object *review = field_add_arr(call_data(c), "review");
	size_t i, n[MATCH_HIGH + 1] = {0}, left = 0;
	err_t err = found == NULL || review == NULL ? ERR_NOMEM : 0;

	for (i = 0; i < t->n && err == 0; i++) {
		struct import_row *r = &t->rows[i];

		n[r->match.level]++;
		left += !r->tried && r->match.level == MATCH_NONE && r->trouble == NULL;
		if (accepted(t, r))
			err = put_row(c, t, r, found);
	}
	for (i = 0; i < t->n && err == 0; i++)
		if (!accepted(t, &t->rows[i]))
			err = put_row(c, t, &t->rows[i], review);
	call_line(c, "%zu lines: %zu high, %zu medium, %zu low, %zu without a match.", t->n,
	    n[MATCH_HIGH], n[MATCH_MEDIUM], n[MATCH_LOW], n[MATCH_NONE]);
	if (err == 0)
		err = json_add_int(call_data(c), "requested", (int64_t)t->n);
	if (err == 0 && left > 0) {
		err = json_add_int(call_data(c), "not_tried", (int64_t)left);
		call_line(c, "%zu lines were not looked up; give them again.%s%s", left,
		    t->trouble != NULL ? " " : "", t->trouble != NULL ? t->trouble : "");
	}
	return err == 0 ? json_add_bool(call_data(c), "dry_run", call_bool(c, "dry_run")) : err;
}

static err_t
put_target(struct call *c, const struct item_ref *ref, const char *name)
{
	char link[ITEM_LINK_MAX];
	err_t err;

	item_link(ref, link);
	err = json_add_text(call_data(c), "url", link);
	if (err == 0 && name[0] != '\0')
		err = json_add_text(call_data(c), "name", name);
	call_line(c, name[0] != '\0' ? "Playlist \"%s\" %s" : "Playlist%s %s", name, link);
	return err;
}

/* --- into the playlist --------------------------------------------------------------- */

static void
on_added(struct call *c)
{
	struct import *t = c->state;
	bool new = call_has(c, "name");
	err_t err = put_target(c, new ? &t->making.ref : &t->find.found.ref,
	    new ? call_str(c, "name") : t->find.found.name);

	if (!new && t->adding.done == 0 && t->adding.trouble != NULL && !t->adding.unknown) {
		call_fail(c, "The lines were looked up, but nothing was added. %s", t->adding.trouble);
		return;
	}
	if (err == 0)
		err = adding_tell(c, &t->adding);
	if (err == 0)
		err = put_rows(c);
	call_end(c, err);
}

static void
add(struct call *c, const char *id, int64_t total)
{
	struct import *t = c->state;

	t->adding.id = id;
	t->adding.name = t->find.found.name;
	t->adding.list = &t->uris;
	t->adding.position = -1;
	t->adding.total = total;
	adding_start(c, &t->adding, on_added);
}

static void
on_made(struct call *c)
{
	struct import *t = c->state;

	add(c, t->making.ref.id, 0);
}

static void
make(struct call *c)
{
	struct import *t = c->state;
	struct json_object *o = json_object_new_object();
	struct buf body;
	err_t err = json_add_text(o, "name", call_str(c, "name"));

	buf_init(&body, 4096);
	if (err == 0)
		err = json_add_bool(o, "public", false);
	if (err == 0)
		err = json_write(&body, o);
	t->making.name = call_str(c, "name");
	if (err != 0)
		call_broken(c, err);
	else
		making_start(c, &t->making, &body, on_made);
	buf_free(&body);
	json_object_put(o);
}

/* Nothing is to be added: an empty playlist would be of no use. */
static void
only_tell(struct call *c)
{
	struct import *t = c->state;
	err_t err = call_has(c, "playlist") ?
	    put_target(c, &t->find.found.ref, t->find.found.name) : 0;

	if (err == 0)
		err = json_add_int(call_data(c), "added", 0);
	if (err == 0 && call_bool(c, "dry_run"))
		err = json_add_int(call_data(c), "would_add", (int64_t)t->uris.n);
	call_line(c, "Nothing was changed.");
	if (call_bool(c, "dry_run"))
		call_line(c, "%zu tracks would be added.", t->uris.n);
	if (err == 0)
		err = put_rows(c);
	call_end(c, err);
}

static void
on_resolved(struct call *c)
{
	struct import *t = c->state;
	void *refs = NULL;
	size_t i, tried = 0;

	for (i = 0; i < t->n; i++)
		tried += t->rows[i].tried || t->rows[i].match.level > MATCH_NONE;
	if (t->trouble != NULL && tried == 0) {
		call_fail(c, "%s Nothing was changed.", t->trouble);
		return;
	}
	if (arena_alloc(&c->arena, (t->n + 1) * sizeof(*t->uris.refs), &refs) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	t->uris.refs = refs;
	for (i = 0; i < t->n; i++)
		if (accepted(t, &t->rows[i]))
			t->uris.refs[t->uris.n++] = t->rows[i].ref;
	if (call_bool(c, "dry_run") || t->uris.n == 0)
		only_tell(c);
	else if (call_has(c, "name"))
		make(c);
	else
		add(c, t->find.found.ref.id, t->adding.total);
}

/* --- the beginning ----------------------------------------------------------------------- */

static void
on_total(struct call *c, const struct sp_answer *a)
{
	struct import *t = c->state;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	t->adding.total = field_int(a->json, "total", -1);
	import_look_up(c, on_resolved);
}

/* Whether it can be written to, and how long it is, before anything is looked up. */
static void
ask_total(struct call *c)
{
	struct import *t = c->state;
	struct buf query;
	err_t err;

	buf_init(&query, 256);
	err = playlist_page_query(&query, 0, 1);
	if (err == 0)
		err = sp_query_put(&query, "fields", span_str("total"));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PLAYLIST_ITEMS, t->find.found.ref.id, &query, NULL, on_total);
	buf_free(&query);
}

static void
on_found(struct call *c)
{
	struct import *t = c->state;

	turn_take(c, t->find.found.ref.id, ask_total);
}

static void
read_lines(struct call *c)
{
	struct import *t = c->state;
	struct wish_heading heading = {.n = 0};
	size_t i;
	err_t err;

	for (i = 0; i < call_items(c, "lines"); i++) {
		struct import_row *r = &t->rows[t->n];

		r->number = i + 1;
		err = wish_read(call_item(c, "lines", i), &heading, &r->wish);
		if (err == ERR_LIMIT)
			r->trouble = "the line is too long";
		else if (err != 0)
			r->trouble = "a link that is not to a track or an episode";
		else if (r->wish.kind == WISH_NOTHING)
			continue;
		else if (r->wish.kind == WISH_ITEM) {
			r->ref = r->wish.ref;
			r->match.level = MATCH_HIGH;
		}
		t->n++;
	}
}

static void
run(struct call *c)
{
	struct import *t = errand_begin(c, sizeof(*t));
	void *rows = NULL;

	if (t == NULL)
		return;
	if (arena_alloc(&c->arena, (call_items(c, "lines") + 1) * sizeof(*t->rows), &rows) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	t->rows = rows;
	t->least = strcmp(call_str(c, "min_confidence"), "high") == 0 ? MATCH_HIGH :
	    strcmp(call_str(c, "min_confidence"), "low") == 0 ? MATCH_LOW : MATCH_MEDIUM;
	read_lines(c);
	if (call_has(c, "name") && call_has(c, "playlist"))
		call_fail(c, "Give either name, for a new playlist, or playlist, for one that exists. "
		    "Nothing was changed.");
	else if (!call_has(c, "name") && !call_has(c, "playlist") && !call_bool(c, "dry_run"))
		call_fail(c, "Give name, for a new playlist, or playlist, for one that exists; or dry_run "
		    "to see only what the lines match.");
	else if (call_has(c, "name") && call_str(c, "name")[0] == '\0')
		call_fail(c, "A playlist needs a name that is not empty.");
	else if (t->n == 0)
		call_fail(c, "None of the lines names a track. Nothing was changed.");
	else if (call_has(c, "playlist"))
		playlist_find(c, &t->find, call_str(c, "playlist"), on_found);
	else
		import_look_up(c, on_resolved);
}

static const struct out review_out[] = {
	{.name = "line", .type = OUT_INT, .always = true},
	{.name = "confidence", .type = OUT_STR, .always = true},
	{.name = "why", .type = OUT_STR},
	{.name = "text", .type = OUT_STR},
	{.name = "name", .type = OUT_STR},
	{.name = "by", .type = OUT_STR},
	{.name = "album", .type = OUT_STR},
	{.name = "duration_ms", .type = OUT_INT},
	{.name = "url", .type = OUT_STR},
	{.name = NULL}
};

const struct tool tool_import_tracks = {
	.name = "import_tracks",
	.title = "Import a list of tracks",
	.about = "Finds the tracks that lines of text mean and adds them, in order, to a new playlist "
	    "(name) or one of the user's (playlist). A line is \"artist - title\", \"title by "
	    "artist\", an ISRC, a link or a CSV row. Only matches of min_confidence are added; "
	    "the others are in review: ask the person, then use add_to_playlist.",
	.args = (const struct arg[]){
		{.name = "lines", .type = ARG_STRS, .required = true, .min_items = 1,
		    .max_items = LINES_MAX, .max_bytes = 1000},
		{.name = "name", .type = ARG_STR, .max_bytes = PLAYLIST_NAME_BYTES,
		    .about = "Of a new playlist"},
		{.name = "playlist", .type = ARG_STR, .max_bytes = 300,
		    .about = "Link, URI, id or name of one that exists"},
		{.name = "min_confidence", .type = ARG_STR, .words = levels, .fallback = "medium"},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false",
		    .about = "Only tell what the lines match"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR},
		{.name = "name", .type = OUT_STR},
		{.name = "requested", .type = OUT_INT, .always = true},
		{.name = "added", .type = OUT_INT, .always = true},
		{.name = "would_add", .type = OUT_INT},
		{.name = "matched", .type = OUT_OBJS, .always = true, .about = "As review"},
		{.name = "review", .type = OUT_OBJS, .always = true, .fields = review_out,
		    .about = "Not added"},
		{.name = "not_tried", .type = OUT_INT, .about = "Lines to give again"},
		{.name = "not_added", .type = OUT_INT},
		{.name = "not_added_urls", .type = OUT_STRS},
		{.name = "outcome_unknown", .type = OUT_INT},
		{.name = "problem", .type = OUT_STR},
		{.name = "dry_run", .type = OUT_BOOL, .always = true, .quiet = true},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = 100,
	.bulk = true,
	.run = run,
};
