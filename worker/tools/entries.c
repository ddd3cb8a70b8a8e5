/* Reading a whole playlist; see entries.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/text.h"
#include "worker/tools/entries.h"
#include "worker/tools/items.h"
#include "worker/tools/playlist_find.h"

#define NAME_BYTES 120
#define BY_BYTES 120
#define URI_BYTES 600            /* local files carry their names in it */
#define SAME_MS 2000

#define MEDIA "type,uri,name,duration_ms,is_local,artists(name),album(name,release_date)," \
	"show(name),release_date,external_ids(isrc)"
#define PAGE_FIELDS "total,items(added_at,is_local,item(" MEDIA "),track(" MEDIA "))"
#define FIRST_FIELDS "name,owner(id,display_name),items(" PAGE_FIELDS "),tracks(" PAGE_FIELDS ")"

static void read_rest(struct call *c);

static struct entries *
entries_of(struct call *c)
{
	return ((struct errand *)c->state)->sub;
}

/* --- one entry -------------------------------------------------------------------------- */

static uint64_t
hash_of(uint64_t h, struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* Title and artists without their case; 0 without a title. */
static err_t
hash_text(const char *name, const char *by, uint64_t *out)
{
	struct buf folded;
	err_t err;

	*out = 0;
	if (name[0] == '\0')
		return 0;
	buf_init(&folded, 4096);
	err = text_fold(span_str(name), &folded);
	if (err == 0)
		err = buf_put_byte(&folded, '\n');
	if (err == 0)
		err = text_fold(span_str(by), &folded);
	if (err == 0)
		*out = hash_of(HASH_START, buf_span(&folded)) | 1;
	buf_free(&folded);
	return err;
}

static const char *
keep(struct call *c, struct span s, size_t max)
{
	struct buf text;
	char *copy = NULL;
	err_t err;

	if (s.n == 0)
		return "";
	buf_init(&text, max + 8);
	err = text_clean(s, max, &text);
	if (err == 0)
		err = arena_strdup(&c->arena, buf_span(&text), &copy);
	if (err != 0)
		c->trouble = err;
	buf_free(&text);
	return copy == NULL ? "" : copy;
}

/* Names of the artists, or of the show, joined. */
static const char *
keep_by(struct call *c, struct json_object *item)
{
	struct json_object *list = json_get_arr(item, "artists");
	struct buf text;
	const char *kept;
	size_t i;
	err_t err = 0;

	buf_init(&text, 16384);
	for (i = 0; i < field_len(list) && err == 0; i++) {
		struct span name = field_str(json_object_array_get_idx(list, i), "name");

		if (name.n > 0 && text.len > 0)
			err = buf_put_str(&text, ", ");
		if (err == 0)
			err = buf_put_span(&text, name);
	}
	if (err == 0 && text.len == 0)
		err = buf_put_span(&text, field_str(json_get_obj(item, "show"), "name"));
	if (err == ERR_NOMEM)
		c->trouble = err;
	kept = keep(c, buf_span(&text), BY_BYTES);
	buf_free(&text);
	return kept;
}

/* A URI must come back byte for byte: copied, not cleaned. */
static const char *
keep_uri(struct call *c, struct span uri)
{
	char *copy = NULL;

	if (uri.n == 0 || uri.n > URI_BYTES || memchr(uri.p, '\0', uri.n) != NULL)
		return "";
	if (arena_strdup(&c->arena, uri, &copy) != 0)
		c->trouble = ERR_NOMEM;
	return copy == NULL ? "" : copy;
}

static void
take_entry(struct call *c, struct json_object *from, struct entry *x)
{
	struct json_object *item = item_of_entry(from), *album = json_get_obj(item, "album");
	struct span released = field_str(item, "release_date");

	x->uri = keep_uri(c, field_str(item, "uri"));
	x->name = keep(c, field_str(item, "name"), NAME_BYTES);
	x->by = keep_by(c, item);
	x->album = keep(c, field_str(album, "name"), NAME_BYTES);
	x->isrc = keep(c, field_str(json_get_obj(item, "external_ids"), "isrc"), 24);
	x->added = keep(c, field_str(from, "added_at"), 24);
	x->released = keep(c, released.n > 0 ? released : field_str(album, "release_date"), 12);
	x->ms = field_int(item, "duration_ms", -1);
	x->local = field_bool(from, "is_local", false) || field_bool(item, "is_local", false) ||
	    strncmp(x->uri, "spotify:local:", 14) == 0;
	x->isrc_hash = x->isrc[0] == '\0' ? 0 : hash_of(HASH_START, span_str(x->isrc)) | 1;
	if (hash_text(x->name, x->by, &x->text_hash) != 0)
		c->trouble = ERR_NOMEM;
}

bool
entry_movable(const struct entry *x)
{
	return !x->local && (strncmp(x->uri, "spotify:track:", 14) == 0 ||
	    strncmp(x->uri, "spotify:episode:", 16) == 0);
}

bool
entry_same(const struct entry *a, const struct entry *b, bool recording)
{
	if (a->uri[0] == '\0' || b->uri[0] == '\0')
		return false;
	if (strcmp(a->uri, b->uri) == 0)
		return true;
	if (!recording)
		return false;
	if (a->isrc_hash != 0 && b->isrc_hash != 0 && a->isrc_hash == b->isrc_hash)
		return strcmp(a->isrc, b->isrc) == 0;
	return a->text_hash != 0 && a->text_hash == b->text_hash && a->ms >= 0 && b->ms >= 0 &&
	    a->ms - b->ms <= SAME_MS && b->ms - a->ms <= SAME_MS;
}

void
entry_link(const struct entry *x, char *out)
{
	struct item_ref ref;

	out[0] = '\0';
	if (!x->local && item_parse(x->uri, ITEM_NONE, &ref) == 0)
		item_link(&ref, out);
}

err_t
entry_put_link(const struct entry *x, struct json_object *list)
{
	char link[ITEM_LINK_MAX];

	entry_link(x, link);
	return link[0] == '\0' ? 0 : json_append(list, json_new_str(span_str(link)));
}

void
entry_line(const struct entry *x, char *line, size_t n)
{
	char link[ITEM_LINK_MAX], ms[32] = "";

	entry_link(x, link);
	if (x->ms >= 0)
		(void)snprintf(ms, sizeof(ms), " %lld:%02lld", (long long)(x->ms / 60000),
		    (long long)(x->ms / 1000 % 60));
	(void)snprintf(line, n, "%s%s%s%s%s%s%s%s%s%s",
	    x->name[0] != '\0' ? x->name : "(no longer available)", x->by[0] != '\0' ? " - " : "",
	    x->by, x->album[0] != '\0' ? " (" : "", x->album, x->album[0] != '\0' ? ")" : "", ms,
	    x->local ? " (local file)" : "", link[0] != '\0' ? " " : "", link);
}

static const char *
type_of(const struct entry *x)
{
	if (x->local)
		return "local";
	if (strncmp(x->uri, "spotify:episode:", 16) == 0)
		return "episode";
	return entry_movable(x) ? "track" : "unavailable";
}

static err_t
fill(const struct entry *x, struct json_object *o)
{
	const char *const texts[][2] = {{"name", x->name}, {"by", x->by}, {"album", x->album}};
	char link[ITEM_LINK_MAX];
	size_t i;
	err_t err = json_add_text(o, "type", type_of(x));

	for (i = 0; i < 3 && err == 0; i++)
		if (texts[i][1][0] != '\0')
			err = json_add_text(o, texts[i][0], texts[i][1]);
	if (err == 0 && x->ms >= 0)
		err = json_add_int(o, "duration_ms", x->ms);
	entry_link(x, link);
	if (err == 0 && link[0] != '\0')
		err = json_add_text(o, "url", link);
	return err;
}

bool
entry_show(struct call *c, struct item_page *page, size_t number, const struct entry *x)
{
	struct json_object *o = json_object_new_object();
	size_t n = 0, most = page->limit > 0 ? page->limit : ITEM_PAGE_BYTES;
	char line[768];
	err_t err = o == NULL ? ERR_NOMEM : fill(x, o);

	if (err == 0 && json_object_to_json_string_length(o, JSON_C_TO_STRING_NOSLASHESCAPE, &n) == NULL)
		err = ERR_NOMEM;
	if (err == 0 && page->shown > 0 && page->bytes + n + 1 > most) {
		page->full = true;
		json_object_put(o);
		return false;
	}
	if (err == 0)
		err = json_append(page->array, o);
	else
		json_object_put(o);
	if (err != 0) {
		c->trouble = ERR_NOMEM;
		return false;
	}
	page->bytes += n + 1;
	page->shown++;
	entry_line(x, line, sizeof(line));
	call_line(c, "%zu. %s", number, line);
	return true;
}

/* --- reading --------------------------------------------------------------------------- */

bool
entries_complete(const struct entries *e)
{
	return e->trouble == NULL && !e->closed && !e->changed && e->from == 0 &&
	    (int64_t)e->n == e->total;
}

bool
entries_need_all(struct call *c, const struct entries *e)
{
	if (entries_complete(e))
		return true;
	if (e->closed)
		call_fail(c, "The entries of \"%s\" are closed: Spotify lets this application read and "
		    "change only playlists that the user owns or shares. Nothing was changed.", e->name);
	else if (e->trouble != NULL)
		call_fail(c, "%s Nothing was changed.", e->trouble);
	else if (e->changed)
		call_fail(c, "Somebody changed the playlist while it was read. Nothing was changed by this "
		    "call; try again.");
	else
		call_fail(c, "The playlist has %lld entries; %zu are the most that one call can work on. "
		    "Nothing was changed.", (long long)e->total, e->most);
	return false;
}

/* From the first page object: how many there are, and room for what is wanted. */
static bool
make_room(struct call *c, struct entries *e, int64_t total)
{
	void *all = NULL;
	err_t err;

	e->total = total;
	if (total < 0) {
		e->trouble = "Spotify's answer about the playlist could not be read.";
		return false;
	}
	if ((size_t)total <= e->from)
		e->most = 0;
	else if ((size_t)total - e->from < e->most)
		e->most = (size_t)total - e->from;
	err = arena_alloc(&c->arena, (e->most + 1) * sizeof(*e->all), &all);
	if (err != 0)
		c->trouble = err;
	e->all = all;
	return err == 0;
}

/* Takes the entries of a page object in at place at; how many. */
static size_t
take_page(struct call *c, struct entries *e, struct json_object *page, size_t at)
{
	struct json_object *items = json_get_arr(page, "items");
	int64_t total = field_int(page, "total", -1);
	size_t i, n = field_len(items);

	if (e->all == NULL && !make_room(c, e, total))
		return 0;
	if (total != e->total) {
		e->changed = true;
		return 0;
	}
	for (i = 0; i < n && at + i < e->most; i++)
		take_entry(c, json_object_array_get_idx(items, i), &e->all[at + i]);
	return i;
}

static void
take_error(struct call *c, struct entries *e, const struct sp_error *error)
{
	e->error = *error;
	if (error->problem == SP_PLAYLIST_CLOSED)
		e->closed = true;
	else
		e->trouble = errand_sentence(c, error);
}

static bool
ended(const struct call *c, const struct entries *e)
{
	return c->trouble != 0 || e->changed || e->closed || e->trouble != NULL;
}

/* Goes on after e->n entries in a row. */
static void
go_on(struct call *c)
{
	struct entries *e = entries_of(c);

	if (c->trouble != 0)
		call_broken(c, c->trouble);
	else if (ended(c, e) || (e->all != NULL && e->n == e->most))
		e->next(c);
	else if (errand_may(c, 1))
		read_rest(c);
	else {
		e->trouble = "The time or the number of requests of one call was used up while the "
		    "playlist was read.";
		e->next(c);
	}
}

static err_t
put_page_query(const struct entries *e, size_t at, struct buf *query)
{
	err_t err = playlist_page_query(query, (uint32_t)(e->from + at), ENTRIES_PAGE);

	if (err == 0)
		err = sp_query_put(query, "fields", span_str(PAGE_FIELDS));
	if (err == 0)
		err = sp_query_put(query, "additional_types", span_str("track,episode"));
	return err;
}

/* --- pages side by side ---------------------------------------------------------------- */

static size_t
place_of(const struct entries *e, size_t number)
{
	return e->rest.from + number * ENTRIES_PAGE;
}

static size_t
wanted_of(const struct entries *e, size_t number)
{
	size_t left = e->most - place_of(e, number);

	return left < ENTRIES_PAGE ? left : ENTRIES_PAGE;
}

static err_t
next_page(struct call *c, struct fan_question *q, bool *there)
{
	struct entries *e = entries_of(c);

	*there = e->rest.asked < e->rest.pages && !ended(c, e);
	if (!*there)
		return 0;
	q->id = e->id;
	q->number = e->rest.asked++;
	return put_page_query(e, place_of(e, q->number), &q->query);
}

static void
on_page(struct call *c, size_t number, const struct sp_answer *a)
{
	struct entries *e = entries_of(c);

	if (a->error.problem != SP_OK) {
		if (!ended(c, e))
			take_error(c, e, &a->error);
		return;
	}
	e->rest.got[number] = (uint8_t)take_page(c, e, a->json, place_of(e, number));
	e->rest.read += e->rest.got[number];
	call_progress(c, (double)e->rest.read, (double)e->most, NULL);
}

/* The entries up to the first gap. */
static void
on_rest(struct call *c)
{
	struct entries *e = entries_of(c);
	size_t i, before = e->n;

	for (i = 0; i < e->rest.pages && e->rest.got[i] > 0; i++) {
		e->n = place_of(e, i) + e->rest.got[i];
		if (e->rest.got[i] < wanted_of(e, i))
			break;
	}
	/* A page that was there a moment ago is empty. */
	if (e->n == before && e->rest.asked > 0 && !ended(c, e))
		e->changed = true;
	go_on(c);
}

/* One page tells how many there are; several are read side by side. */
static void
on_only_page(struct call *c, const struct sp_answer *a)
{
	struct entries *e = entries_of(c);
	size_t n = 0;

	if (a->error.problem != SP_OK)
		take_error(c, e, &a->error);
	else {
		n = take_page(c, e, a->json, e->n);
		e->n += n;
		if (n == 0 && e->n < e->most && !ended(c, e))
			e->changed = true;
	}
	go_on(c);
}

static void
read_only_page(struct call *c)
{
	struct entries *e = entries_of(c);
	struct buf query;
	err_t err;

	buf_init(&query, FAN_QUERY);
	err = put_page_query(e, e->n, &query);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PLAYLIST_ITEMS, e->id, &query, NULL, on_only_page);
	buf_free(&query);
}

static void
read_rest(struct call *c)
{
	struct entries *e = entries_of(c);
	void *got = NULL;

	if (e->all == NULL || e->most - e->n <= ENTRIES_PAGE) {
		read_only_page(c);
		return;
	}
	e->rest.from = e->rest.read = e->n;
	e->rest.asked = 0;
	e->rest.pages = (e->most - e->n + ENTRIES_PAGE - 1) / ENTRIES_PAGE;
	if (arena_alloc(&c->arena, e->rest.pages, &got) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	e->rest.got = got;
	e->fan.op = SP_OP_PLAYLIST_ITEMS;
	e->fan.expected = e->rest.pages;
	e->fan.next = next_page;
	e->fan.answered = on_page;
	fan_start(c, &e->fan, on_rest);
}

static void
on_first(struct call *c, const struct sp_answer *a)
{
	struct entries *e = entries_of(c);
	struct json_object *owner = json_get_obj(a->json, "owner"), *page;

	if (a->error.problem != SP_OK) {
		e->error = a->error;
		e->trouble = errand_sentence(c, &a->error);
		e->next(c);
		return;
	}
	e->name = item_text(c, a->json, "name", 100);
	e->owner_id = item_text(c, owner, "id", 80);
	e->owner = item_text(c, owner, "display_name", 80);
	page = json_get_obj(a->json, "items");
	if (json_get_arr(page, "items") == NULL)
		page = json_get_obj(a->json, "tracks");
	/* Without them, only trying tells whether the user shares it. */
	if (e->from == 0 && json_get_arr(page, "items") != NULL)
		e->n = take_page(c, e, page, 0);
	go_on(c);
}

void
entries_read(struct call *c, struct entries *e, errand_step next)
{
	struct buf query;
	err_t err;

	((struct errand *)c->state)->sub = e;
	e->next = next;
	e->name = e->owner = e->owner_id = "";
	e->total = -1;
	buf_init(&query, 4096);
	err = sp_query_put(&query, "fields", span_str(FIRST_FIELDS));
	if (err == 0)
		err = sp_query_put(&query, "additional_types", span_str("track,episode"));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PLAYLIST, e->id, &query, NULL, on_first);
	buf_free(&query);
}
