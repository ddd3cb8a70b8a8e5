/* combine_playlists: one list of entries from several. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/adding.h"
#include "worker/tools/entries.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/journal.h"
#include "worker/tools/making.h"
#include "worker/tools/playlist_find.h"
#include "worker/tools/turn.h"

#define LISTS 8
#define LIST_ENTRIES 1000
#define MAX_REQUESTS 100
#define LINES 100
/* Requests that finding and reading may use. */
#define READING (MAX_REQUESTS - ADDING_REQUESTS - MAKING_REQUESTS)

struct combine {
	struct errand errand;
	struct playlist_find find[LISTS + 1];   /* the last: where it goes */
	struct entries list[LISTS + 1];
	size_t n;                    /* lists to combine */
	size_t at;                   /* the one that is found or read */
	bool target;                 /* it goes into a playlist that there is */
	const struct entry **result; /* from its end on: what the target has already */
	size_t n_result, room;
	size_t skipped, there;       /* cannot be added; are in the target already */
	struct uri_list uris;
	struct making making;
	struct adding adding;
};

static void read_next(struct call *c);

/* --- the result --------------------------------------------------------------------------- */

static bool
is_in(const struct entries *e, const struct entry *x, bool recording)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (entry_same(&e->all[i], x, recording))
			return true;
	return false;
}

/* Puts an entry in unless it is there or cannot be. */
static void
put(struct call *c, const struct entry *x)
{
	struct combine *t = c->state;
	bool recording = strcmp(call_str(c, "match"), "recording") == 0;
	size_t i;

	for (i = 0; i < t->n_result; i++)
		if (entry_same(t->result[i], x, recording))
			return;
	for (i = 0; i < t->there; i++)
		if (entry_same(t->result[t->room - 1 - i], x, recording))
			return;
	if (!entry_movable(x))
		t->skipped++;
	else if (t->target && is_in(&t->list[t->n], x, recording))
		t->result[t->room - 1 - t->there++] = x;
	else
		t->result[t->n_result++] = x;
}

/* Is it in how many of the other lists? */
static size_t
others_with(struct call *c, const struct entry *x)
{
	struct combine *t = c->state;
	bool recording = strcmp(call_str(c, "match"), "recording") == 0;
	size_t k, n = 0;

	for (k = 1; k < t->n; k++)
		n += is_in(&t->list[k], x, recording);
	return n;
}

static void
combine(struct call *c)
{
	struct combine *t = c->state;
	const char *mode = call_str(c, "mode");
	size_t i, k, longest = 0;

	for (k = 0; k < t->n; k++)
		longest = t->list[k].n > longest ? t->list[k].n : longest;
	if (strcmp(mode, "union") == 0) {
		for (k = 0; k < t->n; k++)
			for (i = 0; i < t->list[k].n; i++)
				put(c, &t->list[k].all[i]);
	} else if (strcmp(mode, "interleave") == 0) {
		for (i = 0; i < longest; i++)
			for (k = 0; k < t->n; k++)
				if (i < t->list[k].n)
					put(c, &t->list[k].all[i]);
	} else {
		size_t wanted = strcmp(mode, "intersect") == 0 ? t->n - 1 : 0;

		for (i = 0; i < t->list[0].n; i++)
			if (others_with(c, &t->list[0].all[i]) == wanted)
				put(c, &t->list[0].all[i]);
	}
}

/* --- the answer ---------------------------------------------------------------------------- */

static err_t
tell(struct call *c, const struct item_ref *ref, const char *name, bool dry)
{
	struct combine *t = c->state;
	struct json_object *data = call_data(c);
	struct json_object *urls = dry ? field_add_arr(data, "urls") : NULL;
	char link[ITEM_LINK_MAX], line[768];
	size_t i;
	err_t err = dry && urls == NULL ? ERR_NOMEM : json_add_text(data, "name", name);

	if (err == 0 && ref != NULL) {
		item_link(ref, link);
		err = json_add_text(data, "url", link);
	}
	call_line(c, "%s \"%s\" %s: %zu entries from %zu playlists.", dry ? "For" : "In", name,
	    ref != NULL ? link : "(new)", t->n_result, t->n);
	if (t->skipped > 0)
		call_line(c, "Left out: %zu local files or entries without content, which Spotify does not let "
		    "an application add.", t->skipped);
	if (t->there > 0)
		call_line(c, "%zu are in it already and are not added again.", t->there);
	for (i = 0; dry && i < t->n_result && i < LINES && err == 0; i++) {
		entry_line(t->result[i], line, sizeof(line));
		call_line(c, "%zu. %s", i + 1, line);
		err = entry_put_link(t->result[i], urls);
	}
	if (err == 0)
		err = json_add_int(data, "result", (int64_t)t->n_result);
	if (err == 0)
		err = json_add_int(data, "left_out", (int64_t)t->skipped);
	if (err == 0)
		err = json_add_int(data, "there_already", (int64_t)t->there);
	return err != 0 ? err : json_add_bool(data, "dry_run", dry);
}

static void
on_added(struct call *c)
{
	struct combine *t = c->state;
	const struct item_ref *ref = t->target ? &t->find[t->n].found.ref : &t->making.ref;
	err_t err;

	if (t->target && t->adding.done == 0 && t->adding.trouble != NULL && !t->adding.unknown) {
		call_fail(c, "Nothing was added. %s", t->adding.trouble);
		return;
	}
	err = tell(c, ref, t->target ? t->list[t->n].name : call_str(c, "into_name"), false);
	if (err == 0)
		err = adding_tell(c, &t->adding);
	if (err == 0 && !t->adding.unknown)
		err = json_add_int(call_data(c), "total", t->adding.total);
	call_end(c, err);
}

static void
fill(struct call *c)
{
	struct combine *t = c->state;

	t->adding.id = t->target ? t->find[t->n].found.ref.id : t->making.ref.id;
	t->adding.name = t->target ? t->list[t->n].name : call_str(c, "into_name");
	t->adding.list = &t->uris;
	t->adding.position = -1;
	t->adding.total = t->target ? t->list[t->n].total : 0;
	if (t->uris.n > 0)
		adding_start(c, &t->adding, on_added);
	else
		on_added(c);
}

static void
create(struct call *c)
{
	struct combine *t = c->state;
	struct json_object *o = json_object_new_object();
	struct buf body;
	err_t err = o == NULL ? ERR_NOMEM : json_add_text(o, "name", call_str(c, "into_name"));

	buf_init(&body, 8192);
	if (err == 0)
		err = json_add_bool(o, "public", false);
	if (err == 0)
		err = json_write(&body, o);
	json_object_put(o);
	t->making.name = call_str(c, "into_name");
	if (err != 0)
		call_broken(c, err);
	else
		making_start(c, &t->making, &body, fill);
	buf_free(&body);
}

static bool
make_uris(struct call *c)
{
	struct combine *t = c->state;
	void *refs = NULL;
	size_t i;

	if (arena_alloc(&c->arena, (t->n_result + 1) * sizeof(*t->uris.refs), &refs) != 0) {
		call_broken(c, ERR_NOMEM);
		return false;
	}
	t->uris.refs = refs;
	for (i = 0; i < t->n_result; i++)
		if (item_parse(t->result[i]->uri, ITEM_NONE, &t->uris.refs[t->uris.n]) == 0)
			t->uris.n++;
	return true;
}

static void
all_read(struct call *c)
{
	struct combine *t = c->state;
	void *result = NULL;
	size_t k;

	for (k = 0; k < t->n; k++)
		t->room += t->list[k].n;
	if (arena_alloc(&c->arena, (t->room + 1) * sizeof(const struct entry *), &result) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	t->result = result;
	combine(c);
	if (t->n_result > ADDING_MAX)
		call_fail(c, "Together that is %zu entries; %d are the most that one call adds. Nothing was "
		    "changed.", t->n_result, ADDING_MAX);
	else if (!make_uris(c))
		return;
	else if (call_bool(c, "dry_run")) {
		if (tell(c, t->target ? &t->find[t->n].found.ref : NULL, t->target ?
		    t->list[t->n].name : call_str(c, "into_name"), true) != 0 ||
		    json_add_int(call_data(c), "added", 0) != 0)
			call_broken(c, ERR_NOMEM);
		else
			call_done(c);
	} else if (t->target)
		fill(c);
	else if (t->n_result == 0)
		call_fail(c, "The result is empty, so no playlist was made.");
	else
		create(c);
}

/* --- finding and reading ------------------------------------------------------------------------ */

static size_t
lists(const struct combine *t)
{
	return t->n + (t->target ? 1 : 0);
}

static void
on_read(struct call *c)
{
	struct combine *t = c->state;

	if (!entries_need_all(c, &t->list[t->at]))
		return;
	if (++t->at < lists(t))
		read_next(c);
	else
		all_read(c);
}

static void
read_list(struct call *c)
{
	struct combine *t = c->state;

	entries_read(c, &t->list[t->at], on_read);
}

static void
read_next(struct call *c)
{
	struct combine *t = c->state;
	struct entries *e = &t->list[t->at];
	size_t later = (lists(t) - t->at - 1) * 2, free = 0;

	if (READING > c->requests + later + 2)
		free = READING - c->requests - later - 2;
	e->id = t->find[t->at].found.ref.id;
	e->most = ENTRIES_FIRST + free * ENTRIES_PAGE;
	if (e->most > LIST_ENTRIES)
		e->most = LIST_ENTRIES;
	/* Only the one that is changed. */
	if (t->at == t->n)
		turn_take(c, e->id, read_list);
	else
		read_list(c);
}

static void
on_found(struct call *c)
{
	struct combine *t = c->state;

	if (++t->at < lists(t)) {
		playlist_find(c, &t->find[t->at], t->at < t->n ? call_item(c, "playlists", t->at) :
		    call_str(c, "into_playlist"), on_found);
		return;
	}
	t->at = 0;
	read_next(c);
}

static void
run(struct call *c)
{
	struct combine *t = errand_begin(c, sizeof(*t));

	if (t == NULL)
		return;
	t->n = call_items(c, "playlists");
	t->target = c->repeatable = call_str(c, "into_playlist")[0] != '\0';
	if (t->target == (call_str(c, "into_name")[0] != '\0'))
		call_fail(c, "Say where it is to go: into_name for a new playlist, or into_playlist for one that "
		    "there is. Nothing was changed.");
	else
		playlist_find(c, &t->find[0], call_item(c, "playlists", 0), on_found);
}

const struct tool tool_combine_playlists = {
	.name = "combine_playlists",
	.title = "Combine playlists",
	.about = "Makes one list of several playlists: union, intersect (in all of them), subtract (the "
	    "first without the others) or interleave (one of each in turn), nothing twice, in a "
	    "new playlist or at the end of one. Up to 1,000 entries.",
	.args = (const struct arg[]){
		{.name = "playlists", .type = ARG_STRS, .required = true, .min_items = 2,
		    .max_items = LISTS, .max_bytes = 300, .about = "Links, URIs, ids or names"},
		{.name = "mode", .type = ARG_STR, .required = true, .words = (const char *const[]){
		    "union", "intersect", "subtract", "interleave", NULL}},
		{.name = "into_name", .type = ARG_STR, .max_bytes = PLAYLIST_NAME_BYTES,
		    .about = "Name of a new playlist"},
		{.name = "into_playlist", .type = ARG_STR, .max_bytes = 300,
		    .about = "Or one that there is: link, URI, id or name"},
		{.name = "match", .type = ARG_STR, .fallback = "recording",
		    .words = (const char *const[]){"recording", "id", NULL}},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR},
		{.name = "name", .type = OUT_STR, .always = true},
		{.name = "result", .type = OUT_INT, .always = true, .about = "Entries to add"},
		{.name = "urls", .type = OUT_STRS},   /* the first of them, in a dry run */
		{.name = "left_out", .type = OUT_INT, .always = true, .about = "Cannot be added"},
		{.name = "there_already", .type = OUT_INT, .always = true},
		{.name = "dry_run", .type = OUT_BOOL, .always = true, .quiet = true},
		{.name = "added", .type = OUT_INT, .always = true},
		{.name = "not_added", .type = OUT_INT},
		{.name = "not_added_urls", .type = OUT_STRS},
		{.name = "outcome_unknown", .type = OUT_INT},
		{.name = "problem", .type = OUT_STR},
		{.name = "total", .type = OUT_INT},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = MAX_REQUESTS,
	.bulk = true,
	.run = run,
};
