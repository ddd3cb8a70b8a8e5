/* search: Spotify's catalogue, past its pages of ten. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/cursor.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"

#define LIMIT_MAX 50
#define OFFSET_MAX 1000      /* Spotify's own: offset + limit */
#define PAGE 10
/* Several types are cut between pages only, so that none is left out: so many
 * entries of all types in a page, and no further page once so much is used. */
#define SEVERAL_PAGE 50
#define SEVERAL_BYTES (ITEM_PAGE_BYTES / 2)

static const char *const bound_to[] = {"query", "types", "market", NULL};
static const char *const type_words[] = {"track", "album", "artist", "playlist", "show",
    "episode", "audiobook", NULL};
#define N_TYPES 7

struct search {
	struct errand errand;
	size_t n_types;
	enum item_kind types[N_TYPES];
	uint32_t from, at;           /* first and next offset */
	uint32_t wanted;             /* entries of each type */
	uint32_t page_size;
	int64_t total[N_TYPES];
	bool ended;                  /* no type has more */
	struct item_page page;
	size_t number, nulls;
	struct json_object *totals;
};

static void ask_page(struct call *c);

static void
finish(struct call *c, const char *note)
{
	struct search *s = c->state;
	struct json_object *totals = field_add_obj(call_data(c), "totals");
	size_t i;
	bool ok = totals != NULL;

	for (i = 0; i < s->n_types && ok; i++)
		ok = s->total[i] < 0 || json_add_int(totals, item_kind_name(s->types[i]), s->total[i]) == 0;
	if (!ok || json_add_int(call_data(c), "returned", (int64_t)s->page.shown) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	if (s->page.shown == 0)
		call_line(c, "Nothing was found.");
	if (s->nulls > 0)
		call_line(c, "(Left out: %zu that Spotify does not open to this application.)", s->nulls);
	for (i = 0; i < s->n_types; i++)
		if (s->total[i] >= 0)
			call_line(c, "Spotify claims to have %lld %s%s for this.", (long long)s->total[i],
			    item_kind_name(s->types[i]), s->total[i] == 1 ? "" : "s");
	if (note[0] != '\0')
		call_line(c, "%s", note);
	if (!s->ended && s->at < OFFSET_MAX)
		cursor_give(c, bound_to, s->at);
	call_done(c);
}

/* Shows the entries of one type; how many there were. */
static size_t
show_type(struct call *c, size_t i, struct json_object *answer)
{
	struct search *s = c->state;
	char list[32];
	struct json_object *page, *items;
	size_t k, n;

	(void)snprintf(list, sizeof(list), "%ss", item_kind_name(s->types[i]));
	page = json_get_obj(answer, list);
	items = json_get_arr(page, "items");
	n = field_len(items);
	s->total[i] = field_int(page, "total", s->total[i]);
	for (k = 0; k < n; k++) {
		struct json_object *item = json_object_array_get_idx(items, k);

		if (item == NULL)
			s->nulls++;
		else if (item_show(c, &s->page, s->number + 1, item, span_of(NULL, 0)))
			s->number++;
		else
			return k;
	}
	return n;
}

static void
on_page(struct call *c, const struct sp_answer *a)
{
	struct search *s = c->state;
	size_t i, n, most = 0;
	uint32_t asked = s->wanted < s->page_size ? s->wanted : s->page_size;

	if (a->error.problem != SP_OK) {
		if (s->page.shown == 0)
			errand_fail(c, &a->error);
		else
			finish(c, errand_sentence(c, &a->error));
		return;
	}
	for (i = 0; i < s->n_types; i++) {
		n = show_type(c, i, a->json);
		if (n > most)
			most = n;
	}
	s->at += s->page.full ? (uint32_t)most : asked;
	s->wanted -= asked;
	s->ended = !s->page.full && most < asked;
	if (s->n_types > 1 && s->page.bytes > SEVERAL_BYTES)
		s->page.full = true;
	if (s->ended || s->page.full || s->wanted == 0 || s->at >= OFFSET_MAX)
		finish(c, "");
	else
		ask_page(c);
}

static err_t
put_types(const struct search *s, struct buf *query)
{
	struct buf types;
	err_t err = 0;
	size_t i;

	buf_init(&types, 256);
	for (i = 0; i < s->n_types && err == 0; i++)
		err = buf_printf(&types, "%s%s", i > 0 ? "," : "", item_kind_name(s->types[i]));
	if (err == 0)
		err = sp_query_put(query, "type", buf_span(&types));
	buf_free(&types);
	return err;
}

static void
ask_page(struct call *c)
{
	struct search *s = c->state;
	struct buf query;
	err_t err;

	if (!errand_may(c, 1)) {
		finish(c, "The search was ended early for lack of time.");
		return;
	}
	buf_init(&query, 4096);
	err = sp_query_put(&query, "q", span_str(call_str(c, "query")));
	if (err == 0)
		err = put_types(s, &query);
	if (err == 0)
		err = sp_query_num(&query, "limit",
		    s->wanted < s->page_size ? s->wanted : s->page_size);
	if (err == 0)
		err = sp_query_num(&query, "offset", s->at);
	if (err == 0 && call_has(c, "market"))
		err = sp_query_put(&query, "market", span_str(call_str(c, "market")));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_SEARCH, NULL, &query, NULL, on_page);
	buf_free(&query);
}

static void
on_stop(struct call *c)
{
	struct search *s = c->state;

	if (s->page.shown > 0)
		finish(c, "The search was ended early for lack of time.");
	else
		call_fail(c, "The search took too long. Try again.");
}

static void
run(struct call *c)
{
	struct search *s = errand_begin(c, sizeof(*s));
	size_t i, k;

	if (s == NULL || !cursor_read(c, bound_to, &s->from))
		return;
	s->errand.on_stop = on_stop;
	for (i = 0; i < N_TYPES; i++)
		s->total[i] = -1;
	for (i = 0; i < call_items(c, "types"); i++) {
		enum item_kind kind = item_kind_of(span_str(call_item(c, "types", i)));

		for (k = 0; k < s->n_types && s->types[k] != kind; k++)
			;
		if (k == s->n_types && k < N_TYPES)
			s->types[s->n_types++] = kind;
	}
	if (s->n_types == 0)
		s->types[s->n_types++] = ITEM_TRACK;
	s->page_size = SEVERAL_PAGE / s->n_types < PAGE ? (uint32_t)(SEVERAL_PAGE / s->n_types) : PAGE;
	s->page.limit = s->n_types > 1 ? SIZE_MAX : ITEM_PAGE_BYTES;
	s->at = s->from;
	s->wanted = (uint32_t)call_int(c, "limit");
	if (s->at >= OFFSET_MAX) {
		call_fail(c, "Spotify gives no more than %d results. Narrow the query.", OFFSET_MAX);
		return;
	}
	if (s->wanted > OFFSET_MAX - s->at)
		s->wanted = OFFSET_MAX - s->at;
	s->number = s->from;
	if (item_page_begin(c, &s->page, "items"))
		ask_page(c);
}

const struct tool tool_search = {
	.name = "search",
	.title = "Search Spotify",
	.about = "Finds tracks, albums, artists, playlists, shows, episodes and audiobooks. The query "
	    "may hold field filters: artist:NAME, album:NAME, track:NAME, year:1990-1999, "
	    "genre:NAME, isrc:CODE (tracks), upc:CODE and tag:new (albums); quotes keep words "
	    "together. Each result has a link that the other tools take.",
	.args = (const struct arg[]){
		{.name = "query", .type = ARG_STR, .required = true, .max_bytes = 250,
		    .about = "What to look for, with field filters if wanted"},
		{.name = "types", .type = ARG_STRS, .words = type_words, .max_items = 20,
		    .about = "Kinds of results; tracks if absent"},
		{.name = "limit", .type = ARG_INT, .min = 1, .max = LIMIT_MAX, .fallback = "10",
		    .about = "Most results of each kind"},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64,
		    .about = "From an earlier answer"},
		{.name = "market", .type = ARG_STR, .max_bytes = 2,
		    .about = "Two-letter country; the account's own if absent"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = item_out},
		{.name = "totals", .type = OUT_OBJ, .always = true,
		    .about = "How many Spotify claims to have, by kind"},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = 0,
	.max_requests = 8,   /* 50 of each of seven types, seven at a time */
	.run = run,
};
