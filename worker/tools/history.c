/* get_top_items and get_recently_played: what the user listens to. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/cursor.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"

#define LIMIT_MAX 50

/* --- get_top_items --------------------------------------------------------------------- */

static const char *const bound_to[] = {"kind", "time_range", NULL};
static const char *const kind_words[] = {"tracks", "artists", NULL};
static const char *const range_words[] = {"short_term", "medium_term", "long_term", NULL};

struct top {
	struct errand errand;
	uint32_t at;
	struct item_page page;
};

static void
on_top(struct call *c, const struct sp_answer *a)
{
	struct top *t = c->state;
	struct json_object *items = json_get_arr(a->json, "items");
	size_t i, n = field_len(items);
	int64_t total = -1;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	if (!errand_total(c, a, a->json, &total))
		return;
	for (i = 0; i < n; i++)
		if (!item_show(c, &t->page, t->at + i + 1, json_object_array_get_idx(items, i),
		    span_of(NULL, 0)))
			break;
	t->at += (uint32_t)i;
	if (json_add_int(call_data(c), "total", total) != 0 ||
	    json_add_int(call_data(c), "returned", (int64_t)t->page.shown) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	call_line(c, "%zu of %lld %s shown, the most played first.", t->page.shown, (long long)total,
	    call_str(c, "kind"));
	if (n > 0 && t->at < total)
		cursor_give(c, bound_to, t->at);
	call_done(c);
}

static void
run_top(struct call *c)
{
	struct top *t = errand_begin(c, sizeof(*t));
	struct buf query;
	err_t err;

	if (t == NULL || !cursor_read(c, bound_to, &t->at))
		return;
	t->page.array = field_add_arr(call_data(c), "items");
	buf_init(&query, 256);
	err = t->page.array == NULL ? ERR_NOMEM :
	    sp_query_put(&query, "time_range", span_str(call_str(c, "time_range")));
	if (err == 0)
		err = sp_query_num(&query, "limit", call_int(c, "limit"));
	if (err == 0)
		err = sp_query_num(&query, "offset", t->at);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, strcmp(call_str(c, "kind"), "artists") == 0 ? SP_OP_TOP_ARTISTS :
		    SP_OP_TOP_TRACKS, NULL, &query, NULL, on_top);
	buf_free(&query);
}

const struct tool tool_get_top_items = {
	.name = "get_top_items",
	.title = "Most played",
	.about = "The tracks or artists the user plays most, in about the last 4 weeks (short_term), 6 "
	    "months (medium_term) or year (long_term), as Spotify counts them.",
	.args = (const struct arg[]){
		{.name = "kind", .type = ARG_STR, .words = kind_words, .fallback = "tracks",
		    .about = "What to list"},
		{.name = "time_range", .type = ARG_STR, .words = range_words,
		    .fallback = "medium_term", .about = "How far back"},
		{.name = "limit", .type = ARG_INT, .min = 1, .max = LIMIT_MAX, .fallback = "20"},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64,
		    .about = "From an earlier answer"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = item_out},
		{.name = "total", .type = OUT_INT, .always = true},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_HISTORY_READ,
	.spotify_scopes = "user-top-read",
	.max_requests = 1,
	.run = run_top,
};

/* --- get_recently_played ---------------------------------------------------------------- */

struct recent {
	struct errand errand;
	struct json_object *array;
	size_t shown, bytes;
	char latest[32], earliest[32];   /* times of what was shown */
};

/* "Z", "+02:00", "+0200" or nothing: minutes east of UTC.  false: none of these. */
static bool
read_zone(const char *p, int *minutes)
{
	int h, m, n = 0;

	*minutes = 0;
	if (*p == '\0' || strcmp(p, "Z") == 0 || strcmp(p, "z") == 0)
		return true;
	if ((*p != '+' && *p != '-') || (sscanf(p + 1, "%2d:%2d%n", &h, &m, &n) != 2 &&
	    sscanf(p + 1, "%2d%2d%n", &h, &m, &n) != 2) || p[1 + n] != '\0' || h < 0 || h > 14 ||
	    m < 0 || m > 59)
		return false;
	*minutes = (h * 60 + m) * (*p == '-' ? -1 : 1);
	return true;
}

/* Reads ISO 8601, or milliseconds or seconds since 1970, into milliseconds. */
static bool
read_time(const char *text, int64_t *ms)
{
	struct tm tm = {.tm_mday = 0};
	const char *p = text;
	int n = 0, zone;
	char *end;

	if (*p != '\0' && strspn(p, "0123456789") == strlen(p) && strlen(p) <= 15) {
		*ms = strtoll(p, NULL, 10);
		if (*ms < INT64_C(100000000000))
			*ms *= 1000;
		return true;
	}
	if (sscanf(p, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3)
		return false;
	p += n;
	n = 0;
	if (*p == 'T' || *p == ' ') {
		if (sscanf(p + 1, "%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &n) != 2)
			return false;
		p += 1 + n;
		if (*p == ':' && sscanf(p + 1, "%2d%n", &tm.tm_sec, &n) == 1)
			p += 1 + n;
	}
	*ms = 0;
	if (*p == '.') {
		*ms = (int64_t)(strtod(p, &end) * 1000 + 0.5);
		p = end;
	}
	if (!read_zone(p, &zone) || tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 ||
	    tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 ||
	    tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*ms += ((int64_t)timegm(&tm) - zone * 60) * 1000;
	return true;
}

/* Adds the link of what it was played from, if it is one. */
static err_t
put_context(struct json_object *entry, struct json_object *o)
{
	struct span uri = field_str(json_get_obj(entry, "context"), "uri");
	char text[ITEM_LINK_MAX * 2], link[ITEM_LINK_MAX];
	struct item_ref ref;

	if (uri.n == 0 || uri.n >= sizeof(text))
		return 0;
	(void)snprintf(text, sizeof(text), "%.*s", (int)uri.n, (const char *)uri.p);
	if (item_parse(text, ITEM_NONE, &ref) != 0 || ref.kind == ITEM_USER)
		return 0;
	item_link(&ref, link);
	return json_add_text(o, "played_from", link);
}

static bool
plausible_time(struct span at)
{
	return at.n >= 19 && at.n < 32 && at.p[4] == '-' && at.p[10] == 'T';
}

/* Shows one entry; false: it does not fit any more, or memory ran out. */
static bool
show_played(struct call *c, struct json_object *entry)
{
	struct recent *t = c->state;
	struct span at = field_str(entry, "played_at");
	struct json_object *o = json_object_new_object();
	char line[1024] = "";
	size_t n = 0;
	err_t err = o == NULL ? ERR_NOMEM : item_describe(item_of_entry(entry), o, line,
	    sizeof(line));

	if (!plausible_time(at))
		at = span_of(NULL, 0);
	if (err == 0 && at.n > 0)
		err = json_add_str(o, "played_at", at);
	if (err == 0)
		err = put_context(entry, o);
	if (err == 0 &&
	    json_object_to_json_string_length(o, JSON_C_TO_STRING_NOSLASHESCAPE, &n) == NULL)
		err = ERR_NOMEM;
	if (err != 0 || (t->shown > 0 && t->bytes + n + 1 > ITEM_PAGE_BYTES)) {
		if (err != 0)
			c->trouble = err;
		json_object_put(o);
		return false;
	}
	if (json_append(t->array, o) != 0) {
		c->trouble = ERR_NOMEM;
		return false;
	}
	t->bytes += n + 1;
	t->shown++;
	if (at.n > 0) {
		(void)snprintf(t->earliest, sizeof(t->earliest), "%.*s", (int)at.n, (const char *)at.p);
		if (t->latest[0] == '\0')
			memcpy(t->latest, t->earliest, sizeof(t->latest));
	}
	call_line(c, "%zu. %s%s%s", t->shown, line, at.n > 0 ? " at " : "", at.n > 0 ? t->earliest : "");
	return true;
}

static void
on_played(struct call *c, const struct sp_answer *a)
{
	struct recent *t = c->state;
	struct json_object *items = json_get_arr(a->json, "items"), *data = call_data(c);
	size_t i, n = field_len(items);
	err_t err;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	for (i = 0; i < n; i++)
		if (!show_played(c, json_object_array_get_idx(items, i)))
			break;
	err = json_add_int(data, "returned", (int64_t)t->shown);
	if (err == 0 && t->latest[0] != '\0')
		err = json_add_text(data, "latest", t->latest);
	if (err == 0 && t->earliest[0] != '\0')
		err = json_add_text(data, "earliest", t->earliest);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	if (n == 0)
		call_line(c, "Spotify tells of nothing played in that time; it keeps about the last 50 "
		    "tracks, and no podcasts.");
	else if (t->earliest[0] != '\0' && (i < n || n == (size_t)call_int(c, "limit")))
		call_line(c, "For what was played earlier call with before %s", t->earliest);
	call_done(c);
}

/* Adds "before" or "after" to the query.  false: the call has failed. */
static bool
put_bound(struct call *c, struct buf *query)
{
	static const char *const names[] = {"before", "after"};
	int64_t ms;
	size_t i;

	if (call_has(c, "before") && call_has(c, "after")) {
		call_fail(c, "Spotify takes before or after, not both. Leave one of them out.");
		return false;
	}
	for (i = 0; i < 2; i++) {
		if (!call_has(c, names[i]))
			continue;
		if (!read_time(call_str(c, names[i]), &ms)) {
			call_fail(c, "\"%.60s\" is no time. Give %s as 2026-11-22T18:00:00Z, or as "
			    "milliseconds since 1970.", call_str(c, names[i]), names[i]);
			return false;
		}
		if (sp_query_num(query, names[i], ms) != 0) {
			call_broken(c, ERR_NOMEM);
			return false;
		}
	}
	return true;
}

static void
run_recent(struct call *c)
{
	struct recent *t = errand_begin(c, sizeof(*t));
	struct buf query;

	if (t == NULL)
		return;
	t->array = field_add_arr(call_data(c), "items");
	buf_init(&query, 256);
	if (t->array == NULL || sp_query_num(&query, "limit", call_int(c, "limit")) != 0)
		call_broken(c, ERR_NOMEM);
	else if (put_bound(c, &query))
		errand_ask(c, SP_OP_RECENTLY_PLAYED, NULL, &query, NULL, on_played);
	buf_free(&query);
}

static const struct out played_out[] = {
	ITEM_OUT_MEMBERS,
	{.name = "played_at", .type = OUT_STR},
	{.name = "played_from", .type = OUT_STR},
	{.name = NULL},
};

const struct tool tool_get_recently_played = {
	.name = "get_recently_played",
	.title = "Recently played",
	.about = "What the user played last, the latest first, with times in UTC. Spotify keeps about "
	    "the last 50 tracks and no podcasts.",
	.args = (const struct arg[]){
		{.name = "before", .type = ARG_STR, .max_bytes = 40,
		    .about = "Only what was played before this time, such as 2026-11-22T18:00:00Z"},
		{.name = "after", .type = ARG_STR, .max_bytes = 40,
		    .about = "Only what was played after this time; not together with before"},
		{.name = "limit", .type = ARG_INT, .min = 1, .max = LIMIT_MAX, .fallback = "20"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = played_out},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "latest", .type = OUT_STR, .about = "Time of the first of them"},
		{.name = "earliest", .type = OUT_STR, .about = "Time of the last: before for the next call"},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_HISTORY_READ,
	.spotify_scopes = "user-read-recently-played",
	.max_requests = 1,
	.run = run_recent,
};
