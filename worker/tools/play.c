/*
 * play: starts or resumes.  Its steps: choose what (a link, a playlist's name, a
 * search) -> choose where (a named device) -> send -> on trouble wake a device
 * and send once more -> look after a moment whether it plays.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/items.h"
#include "worker/tools/playback.h"
#include "worker/tools/player.h"
#include "worker/tools/playlist_find.h"
#include "worker/tools/uris.h"

#define URIS_MAX 100

#define SECOND_LOOK_MS 1200

struct play {
	struct player player;
	struct playlist_find find;
	struct uri_list uris;
	struct item_ref context;     /* kind ITEM_NONE: none */
	const char *name;            /* of what was found, for the answer; or NULL */
	bool again;                  /* looked once in vain */
	bool unknown;                /* the outcome of the command is not known */
	struct sp_error refusal;
};

static bool
resumes(const struct play *p)
{
	return p->context.kind == ITEM_NONE && p->uris.n == 0;
}

/* --- the end ------------------------------------------------------------------------- */

/* Was what was asked for heard? */
static bool
is_it(const struct play *p, struct json_object *player)
{
	struct span context = field_str(json_get_obj(player, "context"), "uri");
	struct span item = field_str(json_get_obj(player, "item"), "uri");
	const char *device = p->player.device;
	char uri[ITEM_LINK_MAX];
	size_t i;

	if (!field_bool(player, "is_playing", false) || (device[0] != '\0' &&
	    !span_is(field_str(json_get_obj(player, "device"), "id"), device)))
		return false;
	if (resumes(p))
		return true;
	if (p->context.kind != ITEM_NONE) {
		item_uri(&p->context, uri);
		return span_is(context, uri);
	}
	for (i = 0; i < p->uris.n; i++)
		if (uris_is(&p->uris, i, item))
			return true;
	return false;
}

static void
tell(struct call *c, const struct sp_answer *a)
{
	struct play *p = c->state;
	bool sure = a->error.problem == SP_OK && is_it(p, a->json);
	err_t err = 0;

	if (sure)
		call_line(c, "It plays.");
	if (p->name != NULL) {
		call_line(c, "Chosen: %s", p->name);
		err = json_add_text(call_data(c), "chosen", p->name);
	}
	if (err != 0)
		call_broken(c, err);
	else
		player_tell(c, sure, a, p->unknown ? &p->refusal : NULL);
}

/* A device that was asleep takes longer. */
static void
on_look(struct call *c, const struct sp_answer *a)
{
	struct play *p = c->state;

	if (!p->again && a->error.problem == SP_OK && !is_it(p, a->json) && errand_may(c, 1)) {
		p->again = true;
		player_look(c, SECOND_LOOK_MS, on_look);
	} else
		tell(c, a);
}

/* It was accepted: the mode, then a look. */
static void
on_shuffled(struct call *c, const struct sp_answer *a)
{
	if (a->error.problem != SP_OK)
		call_line(c, "Shuffle could not be set: %s", errand_sentence(c, &a->error));
	player_look(c, PLAYER_SETTLE_MS, on_look);
}

static void
accepted(struct call *c)
{
	if (!call_has(c, "shuffle") || !errand_may(c, 1)) {
		player_look(c, PLAYER_SETTLE_MS, on_look);
		return;
	}
	player_send_word(c, SP_OP_SHUFFLE, "state", call_bool(c, "shuffle") ? "true" : "false",
	    on_shuffled);
}

/* --- sending ----------------------------------------------------------------------------- */

/* Resuming what plays already is refused by Spotify: is it that? */
static void
on_refused_state(struct call *c, const struct sp_answer *a)
{
	struct play *p = c->state;

	if (a->error.problem == SP_OK && field_bool(a->json, "is_playing", false)) {
		call_line(c, "It was playing already.");
		tell(c, a);
	} else if (!player_hopeless(c, a, true))
		call_fail(c, "%s", player_sentence(c, &p->refusal));
}

static void
on_sent(struct call *c, const struct sp_answer *a)
{
	struct play *p = c->state;

	p->refusal = a->error;
	p->unknown = a->error.problem == SP_OUTCOME_UNKNOWN;
	if (a->error.problem == SP_OK)
		accepted(c);
	else if (p->unknown)
		player_look(c, PLAYER_SETTLE_MS, on_look);
	else if (a->error.problem == SP_RESTRICTED && resumes(p))
		player_state(c, on_refused_state);
	else
		player_fail(c, &a->error);
}

/* Where in the context to begin: a number counted from 1, or a link. */
static err_t
put_offset(struct call *c, struct buf *out)
{
	const char *at = call_str(c, "start_at");
	struct item_ref ref;
	char uri[ITEM_LINK_MAX];
	long number;
	char *end;

	if (at[0] == '\0')
		return 0;
	number = strtol(at, &end, 10);
	if (*end == '\0' && number >= 1 && number <= 100000)
		return buf_printf(out, ",\"offset\":{\"position\":%ld}", number - 1);
	if (item_parse(at, ITEM_TRACK, &ref) != 0)
		return ERR_SYNTAX;
	item_uri(&ref, uri);
	return buf_printf(out, ",\"offset\":{\"uri\":\"%s\"}", uri);
}

static err_t
put_body(struct call *c, struct buf *out)
{
	struct play *p = c->state;
	char uri[ITEM_LINK_MAX];
	err_t err = buf_put_byte(out, '{');

	if (err == 0 && p->context.kind != ITEM_NONE) {
		item_uri(&p->context, uri);
		err = buf_printf(out, "\"context_uri\":\"%s\"", uri);
	} else if (err == 0 && p->uris.n > 0)
		err = uris_put(&p->uris, 0, p->uris.n, out);
	if (err == 0 && !resumes(p))
		err = put_offset(c, out);
	if (err == 0 && call_has(c, "position_ms"))
		err = buf_printf(out, "%s\"position_ms\":%lld", out->len > 1 ? "," : "",
		    (long long)call_int(c, "position_ms"));
	return err != 0 ? err : buf_put_byte(out, '}');
}

/* Spotify lets only these begin elsewhere than at their beginning. */
static bool
start_fits(struct call *c)
{
	const struct play *p = c->state;

	return call_str(c, "start_at")[0] == '\0' || p->context.kind == ITEM_ALBUM ||
	    p->context.kind == ITEM_PLAYLIST || (p->context.kind == ITEM_NONE && p->uris.n > 0);
}

static void
send_play(struct call *c)
{
	struct play *p = c->state;
	bool empty = resumes(p) && !call_has(c, "position_ms");
	struct buf body;
	err_t err = 0;

	if (!start_fits(c)) {
		call_fail(c, "start_at works with an album, a playlist or uris; an artist, a show or an "
		    "audiobook begins where Spotify has it. Nothing was started: leave start_at out.");
		return;
	}
	buf_init(&body, 16384);
	p->player.wake = PLAYER_WAKE_ANY;
	if (!empty)
		err = put_body(c, &body);
	if (err == ERR_SYNTAX)
		call_fail(c, "start_at is neither a number (from 1) nor a link to a track or episode.");
	else if (err != 0)
		call_broken(c, err);
	else
		player_send(c, SP_OP_PLAY, NULL, &body, on_sent);
	buf_free(&body);
}

static void
choose_device(struct call *c)
{
	player_choose(c, send_play);
}

/* --- what ----------------------------------------------------------------------------------- */

/* Takes a link of any kind that can be played. */
static bool
take(struct call *c, const char *text, unsigned kinds, enum item_kind bare)
{
	struct play *p = c->state;
	struct item_ref ref;
	void *refs = NULL;

	if (!item_arg(c, text, kinds, bare, &ref))
		return false;
	if (ref.kind != ITEM_TRACK && ref.kind != ITEM_EPISODE && ref.kind != ITEM_CHAPTER) {
		p->context = ref;
		return true;
	}
	if (arena_alloc(&c->arena, sizeof(ref), &refs) != 0) {
		call_broken(c, ERR_NOMEM);
		return false;
	}
	p->uris.refs = refs;
	p->uris.refs[0] = ref;
	p->uris.n = 1;
	return true;
}

/* What was found, for the answer. */
static bool
keep_name(struct call *c, const char *line)
{
	struct play *p = c->state;
	char *copy = NULL;

	if (arena_strdup(&c->arena, span_str(line), &copy) != 0) {
		call_broken(c, ERR_NOMEM);
		return false;
	}
	p->name = copy;
	return true;
}

static void
on_playlist(struct call *c)
{
	struct play *p = c->state;
	char line[PLAYLIST_NAME_BYTES + ITEM_LINK_MAX + 2], link[ITEM_LINK_MAX];

	p->context = p->find.found.ref;
	item_link(&p->context, link);
	(void)snprintf(line, sizeof(line), "%s %s", p->find.found.name, link);
	if (p->find.found.name[0] == '\0' || keep_name(c, line))
		choose_device(c);
}

/* The first result of the one type that was searched for. */
static struct json_object *
first_result(struct json_object *answer)
{
	static const char *const lists[] = {"tracks", "albums", "artists"};
	struct json_object *items;
	size_t i, k;

	for (i = 0; i < 3; i++) {
		items = json_get_arr(json_get_obj(answer, lists[i]), "items");
		for (k = 0; k < field_len(items); k++)
			if (json_object_array_get_idx(items, k) != NULL)
				return json_object_array_get_idx(items, k);
	}
	return NULL;
}

static void
on_result(struct call *c, const struct sp_answer *a)
{
	struct json_object *item = first_result(a->json), *o;
	char line[1024];

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	if (item == NULL) {
		call_fail(c, "Spotify found nothing for that. Nothing was started.");
		return;
	}
	o = json_object_new_object();
	if (o == NULL || item_describe(item, o, line, sizeof(line)) != 0) {
		json_object_put(o);
		call_broken(c, ERR_NOMEM);
		return;
	}
	json_object_put(o);
	if (keep_name(c, line) && take(c, item_text(c, item, "uri", ITEM_LINK_MAX), ~0u, ITEM_NONE))
		choose_device(c);
}

/* Searches; q is built from the arguments that name something. */
static void
find_it(struct call *c, const char *type)
{
	static const char *const fields[] = {"album", "artist"};
	struct buf q, query;
	size_t i;
	err_t err;

	buf_init(&q, 1024);
	buf_init(&query, 4096);
	err = buf_put_str(&q, call_str(c, "query"));
	for (i = 0; i < 2 && err == 0; i++)
		if (call_has(c, fields[i]))
			err = buf_printf(&q, "%s%s:%s", q.len > 0 ? " " : "", fields[i],
			    call_str(c, fields[i]));
	if (err == 0)
		err = sp_query_put(&query, "q", buf_span(&q));
	if (err == 0)
		err = sp_query_put(&query, "type", span_str(type));
	if (err == 0)
		err = sp_query_num(&query, "limit", 1);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_SEARCH, NULL, &query, NULL, on_result);
	buf_free(&q);
	buf_free(&query);
}

/* An album or artist that was given as a link needs no search. */
static bool
take_link(struct call *c, const char *name, enum item_kind kind)
{
	struct item_ref ref;

	return call_has(c, name) && item_parse(call_str(c, name), ITEM_NONE, &ref) == 0 &&
	    ref.kind == kind && take(c, call_str(c, name), ITEM_BIT(kind), ITEM_NONE);
}

static void
run(struct call *c)
{
	const unsigned any = ITEM_BIT(ITEM_TRACK) | ITEM_BIT(ITEM_EPISODE) | ITEM_BIT(ITEM_ALBUM) |
	    ITEM_BIT(ITEM_ARTIST) | ITEM_BIT(ITEM_PLAYLIST) | ITEM_BIT(ITEM_SHOW) |
	    ITEM_BIT(ITEM_AUDIOBOOK) | ITEM_BIT(ITEM_CHAPTER);
	struct play *p = errand_begin(c, sizeof(*p));
	int ways = call_has(c, "uri") + (call_items(c, "uris") > 0) + call_has(c, "playlist") +
	    (call_has(c, "album") || call_has(c, "artist") || call_has(c, "query"));

	if (p == NULL)
		return;
	if (ways > 1) {
		call_fail(c, "Give one of uri, uris, playlist, or album, artist and query together; or none "
		    "of them to resume.");
		return;
	}
	if (call_has(c, "uri")) {
		if (take(c, call_str(c, "uri"), any, ITEM_TRACK))
			choose_device(c);
	} else if (call_items(c, "uris") > 0) {
		if (uris_read(c, "uris", &p->uris))
			choose_device(c);
	} else if (call_has(c, "playlist"))
		playlist_find(c, &p->find, call_str(c, "playlist"), on_playlist);
	else if (take_link(c, "album", ITEM_ALBUM) || (!call_has(c, "album") &&
	    !call_has(c, "query") && take_link(c, "artist", ITEM_ARTIST)))
		choose_device(c);
	else if (ways == 1)
		find_it(c, call_has(c, "query") ? "track" : call_has(c, "album") ? "album" : "artist");
	else
		choose_device(c);
}

const struct tool tool_play = {
	.name = "play",
	.title = "Play",
	.about = "Starts playback: links, a playlist by name, an album, an artist, or the best match of a "
	    "query; with none of these it resumes. Wakes a device if none is active. Needs "
	    "Spotify Premium.",
	.args = (const struct arg[]){
		{.name = "uri", .type = ARG_STR, .max_bytes = 300,
		    .about = "Link of anything that plays"},
		{.name = "uris", .type = ARG_STRS, .max_items = URIS_MAX, .max_bytes = 300,
		    .about = "Links of tracks and episodes, in order"},
		{.name = "playlist", .type = ARG_STR, .max_bytes = 300,
		    .about = "Link, or name of one of the user's playlists"},
		{.name = "album", .type = ARG_STR, .max_bytes = 200, .about = "Name or link"},
		{.name = "artist", .type = ARG_STR, .max_bytes = 200,
		    .about = "Name or link; with album or query it narrows those"},
		{.name = "query", .type = ARG_STR, .max_bytes = 200,
		    .about = "Words of a track to search for"},
		PLAYER_ARG_DEVICE,
		{.name = "position_ms", .type = ARG_INT, .min = 0, .max = 86400000,
		    .about = "Where in the item to begin"},
		{.name = "start_at", .type = ARG_STR, .max_bytes = 300,
		    .about = "Where in an album or playlist: a number from 1, or a track's link"},
		{.name = "shuffle", .type = ARG_BOOL},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "chosen", .type = OUT_STR, .about = "What was found for a name"},
		PLAYER_OUT_VERIFIED, PLAYER_OUT_STATE,
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = PLAYER_SCOPES " playlist-read-private",
	.max_requests = PLAYLIST_FIND_PAGES + PLAYER_REQUESTS + 4,
	.run = run,
};
