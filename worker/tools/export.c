/* export_playlist: entries as text for other programs, in parts. */
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

#define PART_ENTRIES 400
#define PART_BYTES 36000     /* quoted once more on its way, it stays below 64 KiB */
#define ENTRY_BYTES 4096

static const char *const bound_to[] = {"playlist", "format", NULL};

struct export {
	struct errand errand;
	struct playlist_find find;
	struct entries list;
	uint32_t from;
};

/* --- formats ---------------------------------------------------------------------------- */

/* A field of CSV.  What a spreadsheet would take for a formula gets a quote in
 * front: titles are written by strangers. */
static err_t
put_field(struct buf *out, const char *s)
{
	err_t err = buf_put_byte(out, '"');

	if (err == 0 && s[0] != '\0' && strchr("=+-@", s[0]) != NULL)
		err = buf_put_byte(out, '\'');
	for (; *s != '\0' && err == 0; s++) {
		err = buf_put_byte(out, (uint8_t)*s);
		if (err == 0 && *s == '"')
			err = buf_put_byte(out, '"');
	}
	return err != 0 ? err : buf_put_byte(out, '"');
}

static err_t
put_csv(struct buf *out, size_t number, const struct entry *x)
{
	char link[ITEM_LINK_MAX];
	const char *const texts[] = {x->name, x->by, x->album, x->isrc, x->added, link};
	size_t i;
	err_t err;

	entry_link(x, link);
	err = buf_printf(out, "%zu,", number);
	for (i = 0; i < 6 && err == 0; i++) {
		err = put_field(out, texts[i]);
		if (err == 0)
			err = buf_put_byte(out, ',');
	}
	if (err == 0 && x->ms >= 0)
		err = buf_printf(out, "%lld", (long long)x->ms);
	return err != 0 ? err : buf_put_str(out, "\r\n");
}

static err_t
put_m3u(struct buf *out, size_t number, const struct entry *x)
{
	char link[ITEM_LINK_MAX];

	entry_link(x, link);
	if (link[0] == '\0')
		return buf_printf(out, "# %zu has no link: %s%s%s\n", number, x->by,
		    x->by[0] != '\0' ? " - " : "", x->name[0] != '\0' ? x->name : "no longer available");
	return buf_printf(out, "#EXTINF:%lld,%s%s%s\n%s\n", (long long)(x->ms < 0 ? -1 : x->ms / 1000),
	    x->by, x->by[0] != '\0' ? " - " : "", x->name, link);
}

static err_t
put_json(struct buf *out, size_t number, const struct entry *x)
{
	char link[ITEM_LINK_MAX];
	const char *const texts[][2] = {{"name", x->name}, {"artists", x->by}, {"album", x->album},
	    {"isrc", x->isrc}, {"added_at", x->added}, {"url", link}, {"uri", x->uri}};
	struct json_object *o = json_object_new_object();
	size_t i;
	err_t err = o == NULL ? ERR_NOMEM : json_add_int(o, "number", (int64_t)number);

	entry_link(x, link);
	for (i = 0; i < 7 && err == 0; i++)
		if (texts[i][1][0] != '\0')
			err = json_add_text(o, texts[i][0], texts[i][1]);
	if (err == 0 && x->ms >= 0)
		err = json_add_int(o, "duration_ms", x->ms);
	if (err == 0)
		err = json_write(out, o);
	json_object_put(o);
	return err;
}

static const struct format {
	const char *name, *mime;
	err_t (*put)(struct buf *out, size_t number, const struct entry *x);
	const char *head;        /* of the first part: the parts make one file */
	bool json;               /* each part is a whole by itself */
} formats[] = {
	{"csv", "text/csv", put_csv, "number,title,artists,album,isrc,added_at,url,duration_ms\r\n", false},
	{"m3u", "audio/x-mpegurl", put_m3u, "#EXTM3U\n", false},
	{"json", "application/json", put_json, "", true},
};

/* --- the part ----------------------------------------------------------------------------- */

static const struct format *
format_of(struct call *c)
{
	size_t i;

	for (i = 0; i + 1 < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, call_str(c, "format")) == 0)
			break;
	return &formats[i];
}

static err_t
put_head(struct export *t, const struct format *f, struct buf *out)
{
	err_t err;

	if (!f->json)
		return t->from > 0 ? 0 : buf_put_str(out, f->head);
	err = buf_put_str(out, "{\"playlist\":");
	if (err == 0)
		err = json_write_str(out, span_str(t->list.name));
	return err != 0 ? err : buf_printf(out, ",\"total\":%lld,\"offset\":%u,\"entries\":[",
	    (long long)t->list.total, t->from);
}

/* Writes as many entries as fit; *n is how many. */
static err_t
put_part(struct export *t, const struct format *f, struct buf *out, size_t *n)
{
	struct buf one;
	err_t err = put_head(t, f, out);

	buf_init(&one, ENTRY_BYTES);
	for (*n = 0; *n < t->list.n && err == 0; (*n)++) {
		one.len = 0;
		err = f->put(&one, t->from + *n + 1, &t->list.all[*n]);
		if (err != 0 || (*n > 0 && out->len + one.len > PART_BYTES))
			break;
		if (f->json && *n > 0)
			err = buf_put_byte(out, ',');
		if (err == 0)
			err = buf_put_span(out, buf_span(&one));
	}
	if (err == 0 && f->json)
		err = buf_put_str(out, "]}");
	buf_free(&one);
	return err;
}

static err_t
tell(struct call *c, const struct format *f, size_t n)
{
	struct export *t = c->state;
	struct json_object *data = call_data(c);
	char link[ITEM_LINK_MAX];
	err_t err;

	item_link(&t->find.found.ref, link);
	call_line(c, "Playlist \"%s\" %s", t->list.name, link);
	call_line(c, "%zu of %lld entries as %s, beginning with number %u.", n,
	    (long long)t->list.total, f->name, t->from + 1);
	err = json_add_text(data, "url", link);
	if (err == 0)
		err = json_add_text(data, "name", t->list.name);
	if (err == 0)
		err = json_add_text(data, "format", f->name);
	if (err == 0)
		err = json_add_int(data, "total", t->list.total);
	if (err == 0)
		err = json_add_int(data, "offset", t->from);
	return err != 0 ? err : json_add_int(data, "returned", (int64_t)n);
}

static void
on_read(struct call *c)
{
	struct export *t = c->state;
	const struct format *f = format_of(c);
	char uri[ITEM_LINK_MAX];
	struct buf part;
	size_t n = 0;
	err_t err;

	if (t->list.closed)
		call_fail(c, "The entries of \"%s\" are closed: Spotify lets this application read only "
		    "playlists that the user owns or shares.", t->list.name);
	else if (t->list.changed)
		call_fail(c, "Somebody changed the playlist while it was read; try again.");
	else if (t->list.n == 0 && t->list.trouble != NULL)
		call_fail(c, "%s", t->list.trouble);
	if (c->over)
		return;
	buf_init(&part, PART_BYTES + ENTRY_BYTES);
	err = put_part(t, f, &part, &n);
	if (err == 0)
		err = tell(c, f, n);
	if (err == 0) {
		(void)snprintf(uri, sizeof(uri), "spotify://playlist/%s/%s?from=%u",
		    t->find.found.ref.id, f->name, t->from);
		call_resource(c, uri, f->mime, buf_span(&part));
	}
	buf_free(&part);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	if (n > 0 && (int64_t)(t->from + n) < t->list.total)
		cursor_give(c, bound_to, t->from + (uint32_t)n);
	call_done(c);
}

static void
on_found(struct call *c)
{
	struct export *t = c->state;

	t->list.id = t->find.found.ref.id;
	t->list.from = t->from;
	t->list.most = PART_ENTRIES;
	entries_read(c, &t->list, on_read);
}

static void
run(struct call *c)
{
	struct export *t = errand_begin(c, sizeof(*t));

	if (t != NULL && cursor_read(c, bound_to, &t->from))
		playlist_find(c, &t->find, call_str(c, "playlist"), on_found);
}

const struct tool tool_export_playlist = {
	.name = "export_playlist",
	.title = "Export a playlist",
	.about = "Gives a playlist's entries as CSV, M3U (of Spotify links) or JSON, as an embedded "
	    "resource, in parts of up to 400 entries; the cursor gives the next. Parts of CSV and M3U "
	    "put together make one file; each part of JSON is a whole.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "format", .type = ARG_STR, .fallback = "csv",
		    .words = (const char *const[]){"csv", "m3u", "json", NULL}},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR, .always = true},
		{.name = "name", .type = OUT_STR, .always = true},
		{.name = "format", .type = OUT_STR, .always = true},
		{.name = "total", .type = OUT_INT, .always = true},
		{.name = "offset", .type = OUT_INT, .always = true},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_READ,
	.spotify_scopes = PLAYLIST_SCOPES_READ,
	.max_requests = PLAYLIST_FIND_PAGES + ENTRIES_REQUESTS(PART_ENTRIES),
	.bulk = true,
	.run = run,
};
