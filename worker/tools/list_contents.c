/* list_contents: what is inside an album, a show or an audiobook, or by an artist. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/cursor.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"

#define LIMIT_MAX 50
#define PAGES 8              /* an artist's pages hold ten only */
#define KINDS (ITEM_BIT(ITEM_ALBUM) | ITEM_BIT(ITEM_ARTIST) | ITEM_BIT(ITEM_SHOW) | \
	ITEM_BIT(ITEM_AUDIOBOOK))

static const char *const bound_to[] = {"uri", "groups", NULL};
static const char *const group_words[] = {"album", "single", "appears_on", "compilation", NULL};

struct contents {
	struct errand errand;
	struct item_ref ref;
	enum sp_op op;
	uint32_t at;                 /* next entry of Spotify's list */
	int64_t total;
	size_t limit;
	bool ended, asked;
	struct item_page page;
};

static void ask_page(struct call *c);

static enum sp_op
op_of(enum item_kind kind)
{
	return kind == ITEM_ALBUM ? SP_OP_ALBUM_TRACKS : kind == ITEM_ARTIST ? SP_OP_ARTIST_ALBUMS :
	    kind == ITEM_SHOW ? SP_OP_SHOW_EPISODES : SP_OP_AUDIOBOOK_CHAPTERS;
}

static const char *
word_of(const struct contents *t)
{
	return t->op == SP_OP_ALBUM_TRACKS ? "tracks" : t->op == SP_OP_ARTIST_ALBUMS ? "albums" :
	    t->op == SP_OP_SHOW_EPISODES ? "episodes" : "chapters";
}

static void
finish(struct call *c, const char *note)
{
	struct contents *t = c->state;
	struct json_object *data = call_data(c);
	char link[ITEM_LINK_MAX];

	item_link(&t->ref, link);
	if (json_add_text(data, "url", link) != 0 || json_add_text(data, "kind", word_of(t)) != 0 ||
	    json_add_int(data, "total", t->total) != 0 ||
	    json_add_int(data, "returned", (int64_t)t->page.shown) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	call_line(c, "%zu of %lld %s of %s shown.", t->page.shown, (long long)t->total, word_of(t),
	    link);
	if (note[0] != '\0')
		call_line(c, "%s", note);
	if (!t->ended)
		cursor_give(c, bound_to, t->at);
	call_done(c);
}

static void
on_page(struct call *c, const struct sp_answer *a)
{
	struct contents *t = c->state;
	struct json_object *items = json_get_arr(a->json, "items");
	size_t i, n = field_len(items);

	/* The page of an audiobook is that of a show. */
	if (a->error.problem == SP_NOT_FOUND && t->op == SP_OP_SHOW_EPISODES && !t->asked) {
		t->op = SP_OP_AUDIOBOOK_CHAPTERS;
		ask_page(c);
		return;
	}
	if (a->error.problem != SP_OK) {
		if (!t->asked)
			errand_fail(c, &a->error);
		else
			finish(c, errand_sentence(c, &a->error));
		return;
	}
	if (!errand_total(c, a, a->json, &t->total))
		return;
	t->asked = true;
	for (i = 0; i < n && t->page.shown < t->limit; i++)
		if (!item_show(c, &t->page, t->at + i + 1, json_object_array_get_idx(items, i),
		    span_of(NULL, 0)))
			break;
	t->at += (uint32_t)i;
	t->ended = n == 0 || t->at >= t->total;
	if (t->ended || i < n || t->page.shown == t->limit)
		finish(c, "");
	else
		ask_page(c);
}

static err_t
put_groups(struct call *c, struct buf *query)
{
	size_t i, n = call_items(c, "groups");
	struct buf words;
	err_t err = 0;

	if (n == 0)
		return 0;
	buf_init(&words, 256);
	for (i = 0; i < n && err == 0; i++)
		err = buf_printf(&words, "%s%s", i > 0 ? "," : "", call_item(c, "groups", i));
	if (err == 0)
		err = sp_query_put(query, "include_groups", buf_span(&words));
	buf_free(&words);
	return err;
}

static void
ask_page(struct call *c)
{
	struct contents *t = c->state;
	size_t most = sp_op_info(t->op)->page_max, want = t->limit - t->page.shown;
	struct buf query;
	err_t err = 0;

	if (!errand_may(c, 1)) {
		finish(c, "It was ended here so as not to ask Spotify too much.");
		return;
	}
	buf_init(&query, 512);
	if (t->op == SP_OP_ARTIST_ALBUMS)
		err = put_groups(c, &query);
	if (err == 0)
		err = sp_query_num(&query, "limit", (int64_t)(want < most ? want : most));
	if (err == 0)
		err = sp_query_num(&query, "offset", t->at);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, t->op, t->ref.id, &query, NULL, on_page);
	buf_free(&query);
}

static void
on_stop(struct call *c)
{
	struct contents *t = c->state;

	if (t->asked)
		finish(c, "It was ended early for lack of time.");
	else
		call_fail(c, "Reading this took too long. Try again, with a smaller limit perhaps.");
}

static bool
read_uri(struct call *c, struct contents *t)
{
	const char *uri = call_str(c, "uri");

	if (item_parse(uri, ITEM_NONE, &t->ref) == 0) {
		if (t->ref.kind == ITEM_PLAYLIST) {
			call_fail(c, "The contents of a playlist are read with get_playlist.");
			return false;
		}
		if (t->ref.kind == ITEM_TRACK || t->ref.kind == ITEM_EPISODE ||
		    t->ref.kind == ITEM_CHAPTER) {
			call_fail(c, "A single %s has nothing inside; get_items tells about it, and gives the "
			    "link of what it belongs to.", item_kind_name(t->ref.kind));
			return false;
		}
	}
	return item_arg(c, uri, KINDS, ITEM_NONE, &t->ref);
}

static void
run(struct call *c)
{
	struct contents *t = errand_begin(c, sizeof(*t));

	if (t == NULL || !read_uri(c, t) || !cursor_read(c, bound_to, &t->at))
		return;
	if (call_items(c, "groups") > 0 && t->ref.kind != ITEM_ARTIST) {
		call_fail(c, "groups is for artists only; leave it out here.");
		return;
	}
	t->errand.on_stop = on_stop;
	t->total = -1;
	t->op = op_of(t->ref.kind);
	t->limit = call_has(c, "limit") ? (size_t)call_int(c, "limit") :
	    t->ref.kind == ITEM_ARTIST ? 20 : LIMIT_MAX;
	if (item_page_begin(c, &t->page, "items"))
		ask_page(c);
}

const struct tool tool_list_contents = {
	.name = "list_contents",
	.title = "Contents of an album, artist, show or audiobook",
	.about = "Lists the tracks of an album, the albums of an artist, the episodes of a show "
	    "(newest first) or the chapters of an audiobook. For playlists use get_playlist.",
	.args = (const struct arg[]){
		{.name = "uri", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link or URI of an album, artist, show or audiobook"},
		{.name = "groups", .type = ARG_STRS, .words = group_words, .max_items = 4,
		    .about = "Artists only: which releases; all if absent"},
		{.name = "limit", .type = ARG_INT, .min = 1, .max = LIMIT_MAX,
		    .about = "50 if absent, for artists 20"},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64,
		    .about = "From an earlier answer"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR, .always = true},
		{.name = "kind", .type = OUT_STR, .always = true},
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = item_out},
		{.name = "total", .type = OUT_INT, .always = true},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = 0,
	.max_requests = PAGES,
	.run = run,
};
