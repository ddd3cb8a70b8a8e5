/*
 * get_items: details of any mix of things, one question to Spotify each, several of
 * them on their way at a time.  They are shown in the order in which they were asked
 * for.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/text.h"
#include "worker/tools/fan.h"
#include "worker/tools/items.h"
#include "worker/tools/uris.h"

#define ITEMS_MOST 20
#define ABOUT_BYTES 400
#define TEXT_BYTES 120
#define LISTED 10            /* entries of a list inside an item */
#define KINDS (ITEM_BIT(ITEM_TRACK) | ITEM_BIT(ITEM_ALBUM) | ITEM_BIT(ITEM_ARTIST) | \
	ITEM_BIT(ITEM_PLAYLIST) | ITEM_BIT(ITEM_SHOW) | ITEM_BIT(ITEM_EPISODE) | \
	ITEM_BIT(ITEM_AUDIOBOOK) | ITEM_BIT(ITEM_CHAPTER))

static const enum sp_op ops[ITEM_KINDS] = {
	[ITEM_TRACK] = SP_OP_TRACK, [ITEM_ALBUM] = SP_OP_ALBUM, [ITEM_ARTIST] = SP_OP_ARTIST,
	[ITEM_PLAYLIST] = SP_OP_PLAYLIST, [ITEM_SHOW] = SP_OP_SHOW,
	[ITEM_EPISODE] = SP_OP_EPISODE, [ITEM_AUDIOBOOK] = SP_OP_AUDIOBOOK,
	[ITEM_CHAPTER] = SP_OP_CHAPTER,
};

enum state { OPEN, ASKED, OTHER_KIND, SHOWN, IN_TROUBLE };

struct get {
	struct errand errand;
	struct fan fan;
	struct uri_list uris;
	struct one {
		enum state state;            /* OTHER_KIND: the show may be a book; ask again */
		bool again;                  /* that was done */
		struct json_object *o;       /* in the call's data */
		const char *text;            /* its line, or the sentence of its trouble */
	} *all;
	const char *trouble;         /* sentence of the first that could not be read */
	const char *ended;           /* of what concerns all others too, or NULL */
	err_t broken;
};

/* --- details ----------------------------------------------------------------------- */

static err_t
put_text(struct call *c, struct json_object *item, const char *from, size_t max,
    struct json_object *o, const char *name)
{
	const char *text = item_text(c, item, from, max);

	return text[0] == '\0' ? 0 : json_add_text(o, name, text);
}

/* The link of a thing inside, by its URI. */
static err_t
put_link(struct json_object *thing, struct json_object *o, const char *name)
{
	struct span uri = field_str(thing, "uri");
	char text[ITEM_LINK_MAX], link[ITEM_LINK_MAX];
	struct item_ref ref;

	if (uri.n == 0 || uri.n >= sizeof(text))
		return 0;
	(void)snprintf(text, sizeof(text), "%.*s", (int)uri.n, (const char *)uri.p);
	if (item_parse(text, ITEM_NONE, &ref) != 0)
		return 0;
	item_link(&ref, link);
	return name != NULL ? json_add_text(o, name, link) : json_append(o,
	    json_new_str(span_str(link)));
}

static err_t
put_artist_links(struct json_object *item, struct json_object *o)
{
	struct json_object *artists = json_get_arr(item, "artists"), *list;
	size_t i, n = field_len(artists);
	err_t err = 0;

	if (n == 0)
		return 0;
	list = field_add_arr(o, "artist_urls");
	if (list == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n && i < LISTED && err == 0; i++)
		err = put_link(json_object_array_get_idx(artists, i), list, NULL);
	return err;
}

/* An array of texts, or of objects with a name. */
static err_t
put_words(struct call *c, struct json_object *item, const char *name, struct json_object *o)
{
	struct json_object *from = json_get_arr(item, name), *list, *one;
	size_t i, n = field_len(from);
	struct span text;
	struct buf clean;
	err_t err = 0;

	if (n == 0)
		return 0;
	list = field_add_arr(o, name);
	if (list == NULL)
		return ERR_NOMEM;
	(void)c;
	for (i = 0; i < n && i < LISTED && err == 0; i++) {
		one = json_object_array_get_idx(from, i);
		if (!json_is_str(one, &text))
			text = field_str(one, "name");
		buf_init(&clean, TEXT_BYTES + 8);
		err = text_clean(text, TEXT_BYTES, &clean);
		if (err == 0 && clean.len > 0)
			err = json_append(list, json_new_str(buf_span(&clean)));
		buf_free(&clean);
	}
	return err;
}

static err_t
put_number(struct json_object *item, const char *from, struct json_object *o, const char *name)
{
	int64_t n = field_int(item, from, -1);

	return n < 0 ? 0 : json_add_int(o, name, n);
}

static err_t
put_numbers(struct json_object *item, struct json_object *o)
{
	struct json_object *resume = json_get_obj(item, "resume_point");
	bool truth;
	err_t err = put_number(item, "track_number", o, "track_number");

	if (err == 0)
		err = put_number(item, "disc_number", o, "disc_number");
	if (err == 0)
		err = put_number(item, "chapter_number", o, "chapter_number");
	if (err == 0 && field_int(item, "popularity", 0) > 0)
		err = put_number(item, "popularity", o, "popularity");
	if (err == 0)
		err = put_number(json_get_obj(item, "followers"), "total", o, "followers");
	if (err == 0)
		err = put_number(resume, "resume_position_ms", o, "resume_ms");
	if (err == 0 && json_get_bool(resume, "fully_played", &truth))
		err = json_add_bool(o, "fully_played", truth);
	if (err == 0 && json_get_bool(item, "public", &truth))
		err = json_add_bool(o, "public", truth);
	if (err == 0 && json_get_bool(item, "collaborative", &truth))
		err = json_add_bool(o, "collaborative", truth);
	return err;
}

static err_t
put_released(struct json_object *item, struct json_object *o)
{
	struct span date = field_str(item, "release_date");

	if (json_get(o, "released") != NULL)
		return 0;
	if (date.n < 4 || date.p[0] == '0')
		date = field_str(json_get_obj(item, "album"), "release_date");
	return date.n < 4 || date.n > 10 || date.p[0] == '0' ? 0 : json_add_str(o, "released", date);
}

static err_t
put_details(struct call *c, struct json_object *item, struct json_object *o)
{
	static const char *const lists[] = {"genres", "languages", "narrators"};
	struct json_object *ids = json_get_obj(item, "external_ids");
	struct json_object *inside = json_get_obj(item, "album");
	size_t i;
	err_t err = put_released(item, o);

	if (err == 0)
		err = put_artist_links(item, o);
	if (err == 0)
		err = put_link(inside, o, "album_url");
	inside = json_get_obj(item, "show");
	if (inside == NULL)
		inside = json_get_obj(item, "audiobook");
	if (err == 0)
		err = put_link(inside, o, "part_of_url");
	if (err == 0)
		err = put_text(c, ids, "isrc", 16, o, "isrc");
	if (err == 0)
		err = put_text(c, ids, "upc", 20, o, "upc");
	if (err == 0)
		err = put_text(c, item, "album_type", 20, o, "album_type");
	if (err == 0)
		err = put_text(c, item, "label", TEXT_BYTES, o, "label");
	if (err == 0)
		err = put_numbers(item, o);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]) && err == 0; i++)
		err = put_words(c, item, lists[i], o);
	return err != 0 ? err : put_text(c, item, "description", ABOUT_BYTES, o, "description");
}

/* A list in one line.  Not by json-c, whose text is cut in silence where memory is
 * short. */
static void
tell_list(struct call *c, const char *name, struct json_object *list)
{
	size_t i;

	call_text(c, "   %s: [", name);
	for (i = 0; i < json_object_array_length(list); i++)
		call_text(c, "%s\"%s\"", i > 0 ? "," : "",
		    json_object_get_string(json_object_array_get_idx(list, i)));
	call_line(c, "]");
}

/* What the details say, behind the item's line. */
static void
tell_details(struct call *c, struct json_object *o)
{
	static const char *const told[] = {"released", "album_type", "label", "isrc", "upc",
	    "track_number", "disc_number", "chapter_number", "popularity", "followers", "genres",
	    "languages", "narrators", "resume_ms", "fully_played", "album_url", "artist_urls",
	    "part_of_url", "description"};
	struct json_object *v;
	const char *text;
	size_t i;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		v = json_get(o, told[i]);
		text = v == NULL || json_object_is_type(v, json_type_array) ? NULL : json_object_get_string(v);
		if (v != NULL && json_object_is_type(v, json_type_array))
			tell_list(c, told[i], v);
		else if (v != NULL && text == NULL)
			c->trouble = ERR_NOMEM;
		else if (v != NULL)
			call_line(c, "   %s: %s", told[i], text);
	}
}

/* What other tools take is there even if Spotify left it out. */
static err_t
put_own_link(const struct item_ref *ref, struct json_object *o)
{
	char link[ITEM_LINK_MAX];

	item_link(ref, link);
	return json_get(o, "url") != NULL ? 0 : json_add_text(o, "url", link);
}

static err_t
take_item(struct call *c, size_t i, struct json_object *item)
{
	struct get *g = c->state;
	struct one *one = &g->all[i];
	char line[1024] = "", *copy = NULL;
	err_t err = item_describe(item, one->o, line, sizeof(line));

	if (err == 0)
		err = put_details(c, item, one->o);
	if (err == 0)
		err = put_own_link(&g->uris.refs[i], one->o);
	if (err == 0)
		err = arena_strdup(&c->arena, span_str(line), &copy);
	one->text = copy;
	one->state = SHOWN;
	return err;
}

static err_t
take_trouble(struct get *g, size_t i, const char *sentence)
{
	struct one *one = &g->all[i];
	err_t err = json_add_text(one->o, "type", item_kind_name(g->uris.refs[i].kind));

	if (err == 0)
		err = put_own_link(&g->uris.refs[i], one->o);
	if (err == 0)
		err = json_add_text(one->o, "problem", sentence);
	one->text = sentence;
	one->state = IN_TROUBLE;
	return err;
}

/* --- the end ------------------------------------------------------------------------- */

/* The lines of what was looked at; the rest leaves the data and is named. */
static void
tell_all(struct call *c)
{
	struct get *g = c->state;
	struct json_object *array = json_get_arr(call_data(c), "items");
	char link[ITEM_LINK_MAX];
	size_t i, left = 0;

	for (i = 0; i < g->uris.n; i++) {
		item_link(&g->uris.refs[i], link);
		if (g->all[i].state == SHOWN) {
			call_line(c, "%zu. %s", i + 1, g->all[i].text);
			tell_details(c, g->all[i].o);
		} else if (g->all[i].state == IN_TROUBLE)
			call_line(c, "%zu. %s could not be read: %s", i + 1, link, g->all[i].text);
	}
	for (i = g->uris.n; i-- > 0;)
		if (g->all[i].state < SHOWN) {
			(void)json_object_array_del_idx(array, i, 1);
			left++;
		}
	if (left == 0)
		return;
	call_line(c, "Not looked at: %zu of the list; ask for them again:", left);
	for (i = 0; i < g->uris.n; i++)
		if (g->all[i].state < SHOWN) {
			item_link(&g->uris.refs[i], link);
			call_line(c, "%s", link);
		}
}

static void
finish(struct call *c, const char *note)
{
	struct get *g = c->state;
	size_t i, read = 0;

	for (i = 0; i < g->uris.n; i++)
		read += g->all[i].state == SHOWN;
	if (g->broken != 0 || json_add_int(call_data(c), "requested", (int64_t)g->uris.n) != 0 ||
	    json_add_int(call_data(c), "returned", (int64_t)read) != 0) {
		call_broken(c, g->broken != 0 ? g->broken : ERR_NOMEM);
		return;
	}
	if (read == 0 && g->trouble != NULL) {
		if (g->uris.n == 1)
			call_fail(c, "%s", g->trouble);
		else
			call_fail(c, "None of the %zu items could be read. %s", g->uris.n, g->trouble);
		return;
	}
	if (note != NULL)
		call_line(c, "%s", note);
	tell_all(c);
	call_done(c);
}

/* --- asking -------------------------------------------------------------------------- */

/* Does it concern this item only, or its kind? */
static bool
only_this(enum sp_problem problem)
{
	return problem == SP_NOT_FOUND || problem == SP_CLOSED || problem == SP_PLAYLIST_CLOSED ||
	    problem == SP_BAD_REQUEST || problem == SP_SCOPE || problem == SP_QUOTA ||
	    problem == SP_UNREADABLE;
}

/* A link to an audiobook or a chapter looks like one to a show or an episode. */
static bool
may_be_a_book(const struct get *g, size_t i)
{
	enum item_kind kind = g->uris.refs[i].kind;

	return !g->all[i].again && (kind == ITEM_SHOW || kind == ITEM_EPISODE);
}

static void
on_item(struct call *c, size_t i, const struct sp_answer *a)
{
	struct get *g = c->state;
	const char *sentence;
	err_t err;

	if (a->error.problem == SP_NOT_FOUND && may_be_a_book(g, i) && errand_may(c, 1)) {
		g->all[i].state = OTHER_KIND;
		return;
	}
	if (a->error.problem == SP_OK)
		err = take_item(c, i, a->json);
	else {
		sentence = errand_sentence(c, &a->error);
		if (g->trouble == NULL)
			g->trouble = sentence;
		if (only_this(a->error.problem))
			err = take_trouble(g, i, sentence);
		else {
			g->all[i].state = OPEN;
			g->ended = sentence;
			return;
		}
	}
	if (g->broken == 0)
		g->broken = err;
}

static err_t
next_question(struct call *c, struct fan_question *q, bool *there)
{
	struct get *g = c->state;
	const struct item_ref *ref;
	size_t i;

	*there = false;
	for (i = 0; i < g->uris.n && g->all[i].state != OPEN && g->all[i].state != OTHER_KIND; i++)
		;
	if (g->broken != 0 || g->ended != NULL || i == g->uris.n)
		return 0;
	ref = &g->uris.refs[i];
	q->op = ops[ref->kind];
	if (g->all[i].state == OTHER_KIND) {
		g->all[i].again = true;
		q->op = ref->kind == ITEM_SHOW ? SP_OP_AUDIOBOOK : SP_OP_CHAPTER;
	}
	g->all[i].state = ASKED;
	q->id = ref->id;
	q->number = i;
	*there = true;
	return ref->kind != ITEM_PLAYLIST ? 0 : sp_query_put(&q->query, "fields",
	    span_str("type,uri,name,description,public,collaborative,owner(id,display_name),"
	    "followers(total),items(total),tracks(total)"));
}

static void
on_all(struct call *c)
{
	struct get *g = c->state;

	finish(c, g->ended);
}

static void
on_stop(struct call *c)
{
	struct get *g = c->state;
	size_t i;

	for (i = 0; i < g->uris.n && g->all[i].state != SHOWN; i++)
		;
	if (i < g->uris.n)
		finish(c, "It was ended early for lack of time.");
	else
		call_fail(c, "Reading these items took too long. Try again.");
}

static void
run(struct call *c)
{
	struct get *g = errand_begin(c, sizeof(*g));
	struct json_object *array;
	void *all = NULL;
	size_t i;

	if (g == NULL || !uris_read_kinds(c, "uris", KINDS,
	    "tracks, albums, artists, playlists, shows, episodes, audiobooks or chapters", true,
	    &g->uris))
		return;
	array = field_add_arr(call_data(c), "items");
	if (array == NULL || arena_alloc(&c->arena, g->uris.n * sizeof(*g->all), &all) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	g->all = all;
	for (i = 0; i < g->uris.n; i++) {
		g->all[i].o = field_append_obj(array);
		if (g->all[i].o == NULL) {
			call_broken(c, ERR_NOMEM);
			return;
		}
	}
	g->errand.on_stop = on_stop;
	g->fan.next = next_question;
	g->fan.answered = on_item;
	fan_start(c, &g->fan, on_all);
}

static const struct out detail_out[] = {
	ITEM_OUT_MEMBERS,
	{.name = "artist_urls", .type = OUT_STRS},
	{.name = "album_url", .type = OUT_STR},
	{.name = "part_of_url", .type = OUT_STR},   /* show or audiobook */
	{.name = "album_type", .type = OUT_STR},
	{.name = "label", .type = OUT_STR},
	{.name = "isrc", .type = OUT_STR},
	{.name = "upc", .type = OUT_STR},
	{.name = "track_number", .type = OUT_INT},
	{.name = "disc_number", .type = OUT_INT},
	{.name = "chapter_number", .type = OUT_INT},
	{.name = "popularity", .type = OUT_INT},
	{.name = "followers", .type = OUT_INT},
	{.name = "resume_ms", .type = OUT_INT},
	{.name = "fully_played", .type = OUT_BOOL},
	{.name = "public", .type = OUT_BOOL},
	{.name = "collaborative", .type = OUT_BOOL},
	{.name = "genres", .type = OUT_STRS},
	{.name = "languages", .type = OUT_STRS},
	{.name = "narrators", .type = OUT_STRS},
	{.name = "description", .type = OUT_STR},
	{.name = "problem", .type = OUT_STR, .about = "Why it could not be read"},
	{.name = NULL},
};

const struct tool tool_get_items = {
	.name = "get_items",
	.title = "Details of items",
	.about = "Details of up to 20 things of any kind, mixed: release date, ISRC or UPC, "
	    "genres, description. For what is inside use list_contents or get_playlist.",
	.args = (const struct arg[]){
		{.name = "uris", .type = ARG_STRS, .required = true, .min_items = 1,
		    .max_items = ITEMS_MOST, .max_bytes = 300,
		    .about = "Links, URIs; bare ids are tracks"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = detail_out},
		{.name = "requested", .type = OUT_INT, .always = true},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = 0,
	.max_requests = ITEMS_MOST,
	.run = run,
};
