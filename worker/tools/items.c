/* Items in and out; see items.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/text.h"
#include "worker/tools/items.h"

#define NAME_MAX_BYTES 80
#define BY_MAX_BYTES 70
#define FROM_MAX_BYTES 60
#define ID_BARE 22

static const char *const kind_names[ITEM_KINDS] = {
	[ITEM_TRACK] = "track", [ITEM_ALBUM] = "album", [ITEM_ARTIST] = "artist",
	[ITEM_PLAYLIST] = "playlist", [ITEM_SHOW] = "show", [ITEM_EPISODE] = "episode",
	[ITEM_AUDIOBOOK] = "audiobook", [ITEM_CHAPTER] = "chapter", [ITEM_USER] = "user",
};

const char *
item_kind_name(enum item_kind kind)
{
	return kind < ITEM_KINDS ? kind_names[kind] : NULL;
}

enum item_kind
item_kind_of(struct span name)
{
	enum item_kind k;

	for (k = ITEM_TRACK; k < ITEM_KINDS; k++)
		if (span_is(name, kind_names[k]))
			return k;
	return ITEM_NONE;
}

/* --- reading ---------------------------------------------------------------------- */

static bool
id_char(char ch, bool user)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	    (user && (ch == '-' || ch == '_' || ch == '.'));
}

/* Takes the id at p, which ends at the end or at one of the characters in
 * ends. */
static err_t
take_id(const char *p, const char *ends, enum item_kind kind, struct item_ref *out)
{
	size_t n = strcspn(p, ends), i;

	if (kind == ITEM_NONE || n == 0 || n > ITEM_ID_MAX || (kind != ITEM_USER && n != ID_BARE))
		return ERR_SYNTAX;
	for (i = 0; i < n; i++)
		if (!id_char(p[i], kind == ITEM_USER))
			return ERR_SYNTAX;
	out->kind = kind;
	memcpy(out->id, p, n);
	out->id[n] = '\0';
	return 0;
}

/* "track:ID", also the old "user:NAME:playlist:ID". */
static err_t
parse_uri(const char *p, struct item_ref *out)
{
	size_t n = strcspn(p, ":");
	const char *old = strstr(p, ":playlist:");

	if (strncmp(p, "user:", 5) == 0 && old != NULL)
		return take_id(old + 10, "", ITEM_PLAYLIST, out);
	if (p[n] != ':')
		return ERR_SYNTAX;
	return take_id(p + n + 1, "", item_kind_of(span_of(p, n)), out);
}

/* "intl-de/track/ID?si=x" behind the host. */
static err_t
parse_path(const char *p, struct item_ref *out)
{
	const char *old = strstr(p, "/playlist/");
	size_t n;

	if (strncmp(p, "intl-", 5) == 0 || strncmp(p, "embed/", 6) == 0) {
		p += strcspn(p, "/");
		if (*p == '/')
			p++;
	}
	if (strncmp(p, "user/", 5) == 0 && old != NULL)
		p = old + 1;
	n = strcspn(p, "/");
	if (p[n] != '/')
		return ERR_SYNTAX;
	return take_id(p + n + 1, "/?#", item_kind_of(span_of(p, n)), out);
}

err_t
item_parse(const char *text, enum item_kind bare, struct item_ref *out)
{
	static const char *const hosts[] = {"open.spotify.com/", "play.spotify.com/"};
	const char *p = text;
	struct item_ref ref;
	size_t i;
	err_t err = ERR_SYNTAX;

	p += strspn(p, " \t\r\n<");
	if (strncmp(p, "spotify:", 8) == 0)
		err = parse_uri(p + 8, &ref);
	else if (strncmp(p, "spotify://", 10) == 0)
		err = parse_path(p + 10, &ref);
	else {
		if (strncmp(p, "https://", 8) == 0)
			p += 8;
		else if (strncmp(p, "http://", 7) == 0)
			p += 7;
		for (i = 0; i < 2 && err != 0; i++)
			if (strncmp(p, hosts[i], strlen(hosts[i])) == 0)
				err = parse_path(p + strlen(hosts[i]), &ref);
		if (err != 0 && bare != ITEM_NONE && bare != ITEM_USER)
			err = take_id(p, " >", bare, &ref);
	}
	if (err == 0)
		*out = ref;
	return err;
}

void
item_uri(const struct item_ref *ref, char *out)
{
	(void)snprintf(out, ITEM_LINK_MAX, "spotify:%s:%s", kind_names[ref->kind], ref->id);
}

void
item_link(const struct item_ref *ref, char *out)
{
	/* An audiobook's page is that of a show. */
	(void)snprintf(out, ITEM_LINK_MAX, "https://open.spotify.com/%s/%s",
	    kind_names[ref->kind == ITEM_AUDIOBOOK ? ITEM_SHOW : ref->kind], ref->id);
}

bool
item_arg(struct call *c, const char *text, unsigned kinds, enum item_kind bare,
    struct item_ref *out)
{
	char list[160] = "";
	enum item_kind k;
	size_t n = 0;

	if (item_parse(text, bare, out) == 0 && (kinds & ITEM_BIT(out->kind)) != 0)
		return true;
	for (k = ITEM_TRACK; k < ITEM_KINDS; k++)
		if ((kinds & ITEM_BIT(k)) != 0)
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n > 0 ? ", " : "",
			    kind_names[k]);
	call_fail(c, "\"%.100s\" is not a Spotify link or URI of the kind wanted here (%s). Give a "
	    "link like https://open.spotify.com/track/... as it stands in an answer; never make "
	    "one up.", text, list);
	return false;
}

/* --- showing ------------------------------------------------------------------------ */

const struct out item_out[] = {ITEM_OUT_MEMBERS, {.name = NULL}};

/* Names of an array of objects, joined: "A, B". */
static err_t
join_names(struct json_object *list, struct buf *out)
{
	size_t i, n = field_len(list);
	err_t err = 0;

	for (i = 0; i < n && err == 0; i++) {
		struct span name = field_str(json_object_array_get_idx(list, i), "name");

		if (name.n == 0)
			continue;
		if (out->len > 0)
			err = buf_put_str(out, ", ");
		if (err == 0)
			err = buf_put_span(out, name);
	}
	return err;
}

/* Who it is by, as Spotify keeps it for each kind. */
static err_t
put_by(struct json_object *item, struct buf *out)
{
	struct json_object *owner = json_get_obj(item, "owner"), *show = json_get_obj(item, "show");
	struct span text = {NULL, 0};

	if (field_len(json_get_arr(item, "artists")) > 0)
		return join_names(json_get_arr(item, "artists"), out);
	if (field_len(json_get_arr(item, "authors")) > 0)
		return join_names(json_get_arr(item, "authors"), out);
	if (show != NULL)
		text = field_str(show, "name");
	else if (owner != NULL) {
		text = field_str(owner, "display_name");
		if (text.n == 0)
			text = field_str(owner, "id");
	} else
		text = field_str(item, "publisher");
	return buf_put_span(out, text);
}

struct shown {
	const char *type;
	struct buf name, by, from;
	int64_t ms, count;
	struct span released;
	char url[ITEM_LINK_MAX];
};

static void
shown_free(struct shown *s)
{
	buf_free(&s->name);
	buf_free(&s->by);
	buf_free(&s->from);
}

static int64_t
count_inside(struct json_object *item)
{
	static const char *const names[] = {"total_tracks", "total_episodes", "total_chapters"};
	struct json_object *items = json_get_obj(item, "items");
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (field_int(item, names[i], -1) >= 0)
			return field_int(item, names[i], -1);
	if (items == NULL)
		items = json_get_obj(item, "tracks");
	return field_int(items, "total", -1);
}

static err_t
look_at(struct json_object *item, struct shown *s)
{
	struct span uri = field_str(item, "uri"), type = field_str(item, "type");
	char text[ITEM_LINK_MAX];
	struct item_ref ref;
	struct buf raw;
	err_t err;

	memset(s, 0, sizeof(*s));
	buf_init(&s->name, 4096);
	buf_init(&s->by, 4096);
	buf_init(&s->from, 4096);
	buf_init(&raw, 65536);
	s->type = item_kind_name(item_kind_of(type));
	(void)snprintf(text, sizeof(text), "%.*s", (int)uri.n, (const char *)uri.p);
	if (field_bool(item, "is_local", false) || span_starts(uri, "spotify:local:"))
		s->type = "local";
	else if (uri.n < sizeof(text) && item_parse(text, ITEM_NONE, &ref) == 0) {
		item_link(&ref, s->url);
		/* Audiobooks and chapters live under URIs of shows and episodes. */
		if (!span_is(type, "audiobook") && !span_is(type, "chapter"))
			s->type = item_kind_name(ref.kind);
	}
	s->ms = field_int(item, "duration_ms", -1);
	s->count = count_inside(item);
	s->released = field_str(item, "release_date");
	if (s->released.n < 4 || s->released.p[0] == '0')
		s->released = field_str(json_get_obj(item, "album"), "release_date");
	err = text_clean(field_str(item, "name"), NAME_MAX_BYTES, &s->name);
	if (err == 0)
		err = put_by(item, &raw);
	if (err == 0)
		err = text_clean(buf_span(&raw), BY_MAX_BYTES, &s->by);
	if (err == 0)
		err = text_clean(field_str(json_get_obj(item, "album"), "name"), FROM_MAX_BYTES,
		    &s->from);
	if (s->type == NULL || (s->name.len == 0 && s->url[0] == '\0'))
		s->type = "unavailable";
	buf_free(&raw);
	return err;
}

static err_t
put_text(struct json_object *o, const char *name, const struct buf *text)
{
	return text->len == 0 ? 0 : json_add_str(o, name, buf_span(text));
}

/* Things of which one wants to know how new they are. */
static bool
dated(const struct shown *s)
{
	return s->released.n >= 4 && s->released.n <= 10 && s->released.p[0] != '0' &&
	    (strcmp(s->type, "album") == 0 || strcmp(s->type, "episode") == 0);
}

static err_t
fill(const struct shown *s, struct json_object *item, struct json_object *o)
{
	err_t err = json_add_text(o, "type", s->type);

	if (err == 0)
		err = put_text(o, "name", &s->name);
	if (err == 0)
		err = put_text(o, "by", &s->by);
	if (err == 0)
		err = put_text(o, "album", &s->from);
	if (err == 0 && s->ms >= 0)
		err = json_add_int(o, "duration_ms", s->ms);
	if (err == 0 && dated(s))
		err = json_add_str(o, "released", s->released);
	if (err == 0 && s->count >= 0)
		err = json_add_int(o, "count", s->count);
	if (err == 0 && field_bool(item, "explicit", false))
		err = json_add_bool(o, "explicit", true);
	if (err == 0 && !field_bool(item, "is_playable", true))
		err = json_add_bool(o, "playable", false);
	if (err == 0 && s->url[0] != '\0')
		err = json_add_text(o, "url", s->url);
	return err;
}

static void
write_line(const struct shown *s, char *line, size_t n)
{
	char ms[32] = "", count[32] = "", date[16] = "";

	if (s->ms >= 0)
		(void)snprintf(ms, sizeof(ms), " %lld:%02lld", (long long)(s->ms / 60000),
		    (long long)(s->ms / 1000 % 60));
	if (s->count >= 0)
		(void)snprintf(count, sizeof(count), " [%lld]", (long long)s->count);
	if (dated(s))
		(void)snprintf(date, sizeof(date), " %.*s", (int)s->released.n,
		    (const char *)s->released.p);
	(void)snprintf(line, n, "%s%s%s%s%s%s%s%s%s%s%s%s",
	    s->name.len > 0 ? buf_cstr(&s->name) : "(no longer available)",
	    s->by.len > 0 ? " - " : "", buf_cstr(&s->by),
	    s->from.len > 0 ? " (" : "", buf_cstr(&s->from), s->from.len > 0 ? ")" : "",
	    ms, count, date, strcmp(s->type, "local") == 0 ? " (local file)" : "",
	    s->url[0] != '\0' ? " " : "", s->url);
}

err_t
item_describe(struct json_object *item, struct json_object *o, char *line, size_t n)
{
	struct shown s;
	err_t err = look_at(item, &s);

	if (err == 0)
		err = fill(&s, item, o);
	if (err == 0)
		write_line(&s, line, n);
	shown_free(&s);
	return err;
}

bool
item_page_begin(struct call *c, struct item_page *page, const char *name)
{
	page->array = field_add_arr(call_data(c), name);
	if (page->array == NULL)
		call_broken(c, ERR_NOMEM);
	return page->array != NULL;
}

bool
item_show(struct call *c, struct item_page *page, size_t number, struct json_object *item,
    struct span added)
{
	struct json_object *o = json_object_new_object();
	char line[1024];
	size_t n = 0;
	err_t err;

	err = o == NULL ? ERR_NOMEM : item_describe(item, o, line, sizeof(line));
	if (err == 0 && added.n >= 10)
		err = json_add_str(o, "added", span_of(added.p, 10));
	if (err == 0 &&
	    json_object_to_json_string_length(o, JSON_C_TO_STRING_NOSLASHESCAPE, &n) == NULL)
		err = ERR_NOMEM;
	if (err != 0)
		goto no;
	if (page->shown > 0 &&
	    page->bytes + n + 1 > (page->limit > 0 ? page->limit : ITEM_PAGE_BYTES)) {
		page->full = true;
		goto no;
	}
	page->bytes += n + 1;
	if (json_append(page->array, o) != 0) {
		c->trouble = ERR_NOMEM;
		return false;
	}
	page->shown++;
	call_line(c, "%zu. %s", number, line);
	return true;
no:
	/* Not "the page is full": the call fails. */
	if (err == ERR_NOMEM)
		c->trouble = err;
	json_object_put(o);
	return false;
}

struct json_object *
item_of_entry(struct json_object *entry)
{
	/* "track" and "episode" inside a media object are truths, not objects. */
	static const char *const names[] = {"item", "track", "episode", "album", "show", "audiobook"};
	struct json_object *o;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		o = json_get_obj(entry, names[i]);
		if (o != NULL && !(i > 2 && field_str(entry, "uri").n > 0))
			return o;
	}
	return field_str(entry, "uri").n > 0 || field_str(entry, "name").n > 0 ? entry : NULL;
}

const char *
item_text(struct call *c, struct json_object *o, const char *name, size_t max)
{
	struct buf text;
	char *copy = NULL;
	err_t err;

	buf_init(&text, max);
	/* Spotify writes descriptions with entities, and nothing else. */
	err = strcmp(name, "description") == 0 ? text_clean_html(field_str(o, name), max, &text) :
	    text_clean(field_str(o, name), max, &text);
	if (err == 0)
		err = arena_strdup(&c->arena, buf_span(&text), &copy);
	if (err == ERR_NOMEM)
		c->trouble = err;
	buf_free(&text);
	return copy == NULL ? "" : copy;
}

const char *
item_raw(struct call *c, struct json_object *o, const char *name, size_t max)
{
	struct span text = field_str(o, name);
	char *copy = NULL;

	if (text.n == 0)
		return "";
	if (text.n > max || memchr(text.p, '\0', text.n) != NULL ||
	    (strcmp(name, "description") == 0 && memchr(text.p, '&', text.n) != NULL))
		return item_text(c, o, name, max);
	if (arena_strdup(&c->arena, text, &copy) != 0)
		c->trouble = ERR_NOMEM;
	return copy == NULL ? "" : copy;
}
