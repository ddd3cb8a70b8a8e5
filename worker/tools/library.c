/* get_library: what the user has saved. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/cursor.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/names.h"

#define PAGE 50
#define PAGES 10

static const char *const bound_to[] = {"kind", "contains", NULL};
static const char *const kind_words[] = {"tracks", "albums", "shows", "episodes", "audiobooks",
    "artists", NULL};
static const enum sp_op kind_ops[] = {SP_OP_SAVED_TRACKS, SP_OP_SAVED_ALBUMS, SP_OP_SAVED_SHOWS,
    SP_OP_SAVED_EPISODES, SP_OP_SAVED_AUDIOBOOKS, SP_OP_FOLLOWED_ARTISTS};

struct library {
	struct errand errand;
	enum sp_op op;
	uint32_t at;               /* next entry of Spotify's list */
	char after[ITEM_ID_MAX + 1];   /* artists go on behind this one */
	int64_t total;
	size_t limit, looked_at;
	bool asked, ended;
	struct item_page page;
};

static void ask_page(struct call *c);

static void
finish(struct call *c, const char *note)
{
	struct library *l = c->state;

	if ((l->total >= 0 && json_add_int(call_data(c), "total", l->total) != 0) ||
	    json_add_int(call_data(c), "returned", (int64_t)l->page.shown) != 0 ||
	    json_add_int(call_data(c), "looked_at", (int64_t)l->looked_at) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	if (l->total < 0)
		call_line(c, "%zu %s shown of %zu looked at; Spotify does not say how many there are.",
		    l->page.shown, call_str(c, "kind"), l->looked_at);
	else if (call_has(c, "contains"))
		call_line(c, "%zu found among %zu looked at; the library has %lld %s.", l->page.shown,
		    l->looked_at, (long long)l->total, call_str(c, "kind"));
	else
		call_line(c, "%zu of %lld %s shown%s.", l->page.shown, (long long)l->total,
		    call_str(c, "kind"), l->op == SP_OP_FOLLOWED_ARTISTS ? "" : ", newest first");
	if (note[0] != '\0')
		call_line(c, "%s", note);
	if (!l->ended)
		cursor_give_id(c, bound_to, l->at, l->after);
	call_done(c);
}

static bool
one_holds(struct json_object *list, const char *part, err_t *trouble)
{
	size_t i;

	for (i = 0; i < field_len(list); i++)
		if (names_hold(field_str(json_object_array_get_idx(list, i), "name"), part, trouble))
			return true;
	return false;
}

static bool
holds(struct json_object *item, const char *part, err_t *trouble)
{
	return names_hold(field_str(item, "name"), part, trouble) ||
	    names_hold(field_str(json_get_obj(item, "album"), "name"), part, trouble) ||
	    names_hold(field_str(json_get_obj(item, "show"), "name"), part, trouble) ||
	    names_hold(field_str(item, "publisher"), part, trouble) ||
	    one_holds(json_get_arr(item, "artists"), part, trouble) ||
	    one_holds(json_get_arr(item, "authors"), part, trouble);
}

/* Shows one entry if it is wanted; false: the page is full. */
static bool
show(struct call *c, struct json_object *entry)
{
	struct library *l = c->state;
	struct json_object *item = item_of_entry(entry);

	if (call_has(c, "contains") && (item == NULL || !holds(item, call_str(c, "contains"),
	    &c->trouble)))
		return true;
	return item_show(c, &l->page, l->page.shown + 1, item, field_str(entry, "added_at"));
}

/* Followed artists have no offsets: the list goes on behind an id.  Keeps that
 * of the last one looked at; is the list over? */
static bool
artists_end(struct library *l, struct json_object *page, size_t looked)
{
	struct json_object *items = json_get_arr(page, "items");
	struct span id, after = field_str(json_get_obj(page, "cursors"), "after");
	size_t i, n = field_len(items);

	for (i = looked; i > 0; i--) {
		id = field_str(json_object_array_get_idx(items, i - 1), "id");
		if (id.n > 0 && id.n < sizeof(l->after)) {
			(void)snprintf(l->after, sizeof(l->after), "%.*s", (int)id.n, (const char *)id.p);
			break;
		}
	}
	return looked == n && (n == 0 || after.n == 0 || i == 0);
}

static void
on_page(struct call *c, const struct sp_answer *a)
{
	struct library *l = c->state;
	bool artists = l->op == SP_OP_FOLLOWED_ARTISTS;
	struct json_object *page = artists ? json_get_obj(a->json, "artists") : a->json;
	struct json_object *items = json_get_arr(page, "items");
	size_t i, n = field_len(items);

	if (a->error.problem != SP_OK) {
		if (l->looked_at == 0)
			errand_fail(c, &a->error);
		else
			finish(c, errand_sentence(c, &a->error));
		return;
	}
	/* The pages of followed artists have no places; they end without a number, too. */
	if (artists)
		l->total = field_int(page, "total", l->total);
	else if (!errand_total(c, a, page, &l->total))
		return;
	l->asked = true;
	for (i = 0; i < n && l->page.shown < l->limit; i++)
		if (!show(c, json_object_array_get_idx(items, i)))
			break;
	l->at += (uint32_t)i;
	l->looked_at += i;
	l->ended = artists ? artists_end(l, page, i) : n == 0 || l->at >= l->total;
	if (l->ended || i < n || l->page.shown == l->limit)
		finish(c, "");
	else
		ask_page(c);
}

static void
ask_page(struct call *c)
{
	struct library *l = c->state;
	size_t want = call_has(c, "contains") ? PAGE : l->limit - l->page.shown;
	struct buf query;
	err_t err;

	if (!errand_may(c, 1)) {
		finish(c, "There is more to look at; it was ended here so as not to ask Spotify too much.");
		return;
	}
	buf_init(&query, 256);
	err = sp_query_num(&query, "limit", want < PAGE ? (int64_t)want : PAGE);
	if (err == 0)
		err = l->op != SP_OP_FOLLOWED_ARTISTS ? sp_query_num(&query, "offset", l->at) :
		    sp_query_put(&query, "type", span_str("artist"));
	if (err == 0 && l->after[0] != '\0')
		err = sp_query_put(&query, "after", span_str(l->after));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, l->op, NULL, &query, NULL, on_page);
	buf_free(&query);
}

static void
on_stop(struct call *c)
{
	struct library *l = c->state;

	if (l->asked)
		finish(c, "It was ended early for lack of time.");
	else
		call_fail(c, "Reading the library took too long. Try again.");
}

static void
run(struct call *c)
{
	struct library *l = errand_begin(c, sizeof(*l));
	size_t i;

	if (l == NULL || !cursor_read_id(c, bound_to, &l->at, l->after, sizeof(l->after)))
		return;
	l->errand.on_stop = on_stop;
	l->total = -1;
	for (i = 0; kind_words[i] != NULL; i++)
		if (strcmp(call_str(c, "kind"), kind_words[i]) == 0)
			l->op = kind_ops[i];
	l->limit = (size_t)call_int(c, "limit");
	if (item_page_begin(c, &l->page, "items"))
		ask_page(c);
}

const struct tool tool_get_library = {
	.name = "get_library",
	.title = "Saved items",
	.about = "Lists what the user has saved, newest first: tracks (Liked Songs), albums, shows, "
	    "episodes or audiobooks, or the artists the user follows.",
	.args = (const struct arg[]){
		{.name = "kind", .type = ARG_STR, .words = kind_words, .fallback = "tracks",
		    .about = "What to list"},
		{.name = "contains", .type = ARG_STR, .max_bytes = 200,
		    .about = "Text to look for, without regard to case; 500 entries a call"},
		{.name = "limit", .type = ARG_INT, .min = 1, .max = 50, .fallback = "50"},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64,
		    .about = "From an earlier answer"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = item_out},
		{.name = "total", .type = OUT_INT, .about = "Saved in all"},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "looked_at", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_LIBRARY_READ,
	.spotify_scopes = "user-library-read user-read-playback-position user-follow-read",
	.max_requests = PAGES,
	.run = run,
};
