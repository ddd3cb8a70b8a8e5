/* compare_playlists. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/cursor.h"
#include "worker/tools/entries.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/playlist_find.h"

#define MAX_REQUESTS 20

static const char *const bound_to[] = {"a", "b", "match", NULL};

struct compare {
	struct errand errand;
	struct playlist_find find[2];
	struct entries list[2];
	uint32_t at;                 /* of the list of outcomes */
	uint32_t seen;               /* outcomes passed so far */
	size_t limit;
	struct item_page page;
};

/* Entries that so many questions can read. */
static size_t
entries_for(unsigned questions)
{
	/* One more may go to finding out that the first brought no entries. */
	return questions < 3 ? ENTRIES_FIRST : ENTRIES_FIRST + (questions - 2) * ENTRIES_PAGE;
}

static bool
in_list(const struct entries *e, size_t n, const struct entry *x, bool recording)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (entry_same(&e->all[i], x, recording))
			return true;
	return false;
}

/* Shows one outcome if it belongs to this page. */
static void
show(struct call *c, const char *in, const struct entry *x)
{
	struct compare *t = c->state;
	uint32_t i = t->seen++;

	if (i < t->at || t->page.shown >= t->limit || t->page.full)
		return;
	if (entry_show(c, &t->page, i + 1, x) &&
	    json_add_text(json_object_array_get_idx(t->page.array, t->page.shown - 1), "in", in) != 0)
		c->trouble = ERR_NOMEM;
}

/* Goes through list k for what the other has (both) or has not; how many. */
static int64_t
walk(struct call *c, unsigned k, bool both, const char *in)
{
	struct compare *t = c->state;
	const struct entries *mine = &t->list[k], *other = &t->list[1 - k];
	bool recording = strcmp(call_str(c, "match"), "recording") == 0;
	size_t i, heading = t->page.shown;
	int64_t n = 0;

	for (i = 0; i < mine->n; i++) {
		const struct entry *x = &mine->all[i];

		if (x->uri[0] == '\0' || in_list(mine, i, x, recording) ||
		    in_list(other, other->n, x, recording) != both)
			continue;
		if (t->page.shown == heading && t->seen >= t->at && !t->page.full &&
		    t->page.shown < t->limit && n++ >= 0)
			call_line(c, "%s:", in);
		else
			n++;
		show(c, in, x);
	}
	return n;
}

static err_t
tell_list(struct call *c, unsigned k)
{
	struct compare *t = c->state;
	struct json_object *o = field_add_obj(call_data(c), k == 0 ? "a" : "b");
	const struct entries *e = &t->list[k];
	char link[ITEM_LINK_MAX];
	err_t err;

	item_link(&t->find[k].found.ref, link);
	call_line(c, "%s: \"%s\" %s, %lld entries", k == 0 ? "a" : "b", e->name, link,
	    (long long)e->total);
	err = o == NULL ? ERR_NOMEM : json_add_text(o, "name", e->name);
	if (err == 0)
		err = json_add_text(o, "url", link);
	if (err == 0)
		err = json_add_int(o, "total", e->total);
	if (err == 0)
		err = json_add_int(o, "compared", (int64_t)e->n);
	return err;
}

static void
finish(struct call *c)
{
	struct compare *t = c->state;
	struct json_object *data = call_data(c);
	bool all = entries_complete(&t->list[0]) && entries_complete(&t->list[1]);
	int64_t both, only_a, only_b;
	err_t err = tell_list(c, 0);

	if (err == 0)
		err = tell_list(c, 1);
	only_a = walk(c, 0, false, "only in a");
	only_b = walk(c, 1, false, "only in b");
	both = walk(c, 0, true, "in both");
	if (err == 0)
		err = json_add_int(data, "in_both", both);
	if (err == 0)
		err = json_add_int(data, "only_in_a", only_a);
	if (err == 0)
		err = json_add_int(data, "only_in_b", only_b);
	if (err == 0)
		err = json_add_bool(data, "complete", all);
	if (err == 0)
		err = json_add_int(data, "returned", (int64_t)t->page.shown);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	call_line(c, "In both: %lld. Only in a: %lld. Only in b: %lld.", (long long)both,
	    (long long)only_a, (long long)only_b);
	if (!all)
		call_line(c, "Only the first %zu entries of a and %zu of b were compared, which is as many as "
		    "one call can read: what is said to be in one only may be in the rest of the other.",
		    t->list[0].n, t->list[1].n);
	if (t->at + t->page.shown < t->seen)
		cursor_give(c, bound_to, t->at + (uint32_t)t->page.shown);
	call_done(c);
}

/* A list that could not be read at all ends the call; a part of it will do. */
static bool
readable(struct call *c, const struct entries *e)
{
	if (e->closed)
		call_fail(c, "The entries of \"%s\" are closed: Spotify lets this application read only "
		    "playlists that the user owns or shares.", e->name);
	else if (e->n == 0 && e->trouble != NULL)
		call_fail(c, "%s", e->trouble);
	else if (e->changed)
		call_fail(c, "Somebody changed \"%s\" while it was read; try again.", e->name);
	else
		return true;
	return false;
}

static void
on_b(struct call *c)
{
	struct compare *t = c->state;

	if (readable(c, &t->list[1]))
		finish(c);
}

static void
on_a(struct call *c)
{
	struct compare *t = c->state;

	if (!readable(c, &t->list[0]))
		return;
	t->list[1].id = t->find[1].found.ref.id;
	t->list[1].most = entries_for(MAX_REQUESTS - c->requests);
	entries_read(c, &t->list[1], on_b);
}

static void
found_b(struct call *c)
{
	struct compare *t = c->state;

	if (strcmp(t->find[0].found.ref.id, t->find[1].found.ref.id) == 0) {
		call_fail(c, "a and b are the same playlist. Give the links of two.");
		return;
	}
	t->list[0].id = t->find[0].found.ref.id;
	t->list[0].most = entries_for((MAX_REQUESTS - c->requests) / 2);
	entries_read(c, &t->list[0], on_a);
}

static void
found_a(struct call *c)
{
	struct compare *t = c->state;

	playlist_find(c, &t->find[1], call_str(c, "b"), found_b);
}

static void
run(struct call *c)
{
	struct compare *t = errand_begin(c, sizeof(*t));

	if (t == NULL || !cursor_read(c, bound_to, &t->at))
		return;
	t->limit = (size_t)call_int(c, "limit");
	if (item_page_begin(c, &t->page, "items"))
		playlist_find(c, &t->find[0], call_str(c, "a"), found_a);
}

static const struct out list_out[] = {
	{.name = "name", .type = OUT_STR, .always = true},
	{.name = "url", .type = OUT_STR, .always = true},
	{.name = "total", .type = OUT_INT, .always = true},
	{.name = "compared", .type = OUT_INT, .always = true},
	{.name = NULL},
};

const struct tool tool_compare_playlists = {
	.name = "compare_playlists",
	.title = "Compare two playlists",
	.about = "Tells which tracks two playlists have in common and which only one of them has: by "
	    "recording (ISRC, or title, artists and duration), or by link only. Some 500 entries of each are compared.",
	.args = (const struct arg[]){
		{.name = "a", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Playlist: link, URI, id or name"},
		{.name = "b", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "The other playlist"},
		{.name = "match", .type = ARG_STR, .fallback = "recording",
		    .words = (const char *const[]){"recording", "id", NULL}},
		{.name = "limit", .type = ARG_INT, .min = 1, .max = 50, .fallback = "50"},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "a", .type = OUT_OBJ, .always = true, .fields = list_out},
		{.name = "b", .type = OUT_OBJ, .always = true, .fields = list_out},
		{.name = "in_both", .type = OUT_INT, .always = true},
		{.name = "only_in_a", .type = OUT_INT, .always = true},
		{.name = "only_in_b", .type = OUT_INT, .always = true},
		{.name = "complete", .type = OUT_BOOL, .always = true,
		    .about = "false: some entries were not compared"},
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = (const struct out[]){
			{.name = "in", .type = OUT_STR, .always = true},
			{.name = "type", .type = OUT_STR, .always = true},
			{.name = "name", .type = OUT_STR},
			{.name = "by", .type = OUT_STR},
			{.name = "album", .type = OUT_STR},
			{.name = "duration_ms", .type = OUT_INT},
			{.name = "url", .type = OUT_STR},
			{.name = NULL}}},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_READ,
	.spotify_scopes = PLAYLIST_SCOPES_READ,
	.max_requests = MAX_REQUESTS,
	.bulk = true,
	.run = run,
};
