/* Looking for changes; see looks.h. */
#include "config.h"

#include <string.h>

#include "shared/conf/values.h"
#include "shared/crypto/hash.h"
#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/errand.h"
#include "worker/tools/looks.h"
#include "worker/tools/playback.h"
#include "worker/tools/playlist_find.h"
#include "worker/worker.h"

#define PLAYLIST_URI "spotify://playlist/"
#define PAGE 50
#define PAGES ERRAND_LOOK    /* of a list, in one look */
#define STATE_BYTES 65536    /* of one playlist; Spotify's bounds are far below */
#define SHARE 10             /* the tenth part */
#define QUOTA_S 3600         /* where Spotify does not say until when */
#define SIGN_IN_S 600

/* One member, as it came. */
static void
note(struct call *c, struct json_object *o, const char *name)
{
	struct json_object *v = json_get(o, name);
	const char *text = v == NULL ? "-" : json_object_to_json_string(v);

	if (text == NULL)
		c->trouble = ERR_NOMEM;
	else
		call_line(c, "%s %s", name, text);
}

/* When it is no use to look again. */
static void
fail(struct call *c, const struct sp_error *e)
{
	if (e->retry_after > 0)
		c->pause_s = e->retry_after < UINT32_MAX ? (uint32_t)e->retry_after : UINT32_MAX;
	else if (e->problem == SP_QUOTA)
		c->pause_s = QUOTA_S;
	else if (sp_grant_over(e->problem) || e->problem == SP_NOT_SIGNED_IN)
		c->pause_s = SIGN_IN_S;
	errand_fail(c, e);
}

static void
on_player(struct call *c, const struct sp_answer *a)
{
	static const char *const members[] = {"is_playing", "currently_playing_type",
	    "shuffle_state", "repeat_state"};
	struct json_object *device = json_get_obj(a->json, "device"), *item;
	size_t i;

	if (a->error.problem != SP_OK) {
		fail(c, &a->error);
		return;
	}
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		note(c, a->json, members[i]);
	note(c, device, "id");
	note(c, device, "name");
	note(c, device, "is_active");
	note(c, device, "volume_percent");
	item = json_get_obj(a->json, "item");
	note(c, item, "uri");
	note(c, item, "name");
	note(c, json_get_obj(a->json, "context"), "uri");
	call_done(c);
}

void
look_at_player(struct call *c)
{
	if (errand_begin(c, sizeof(struct errand)) != NULL)
		playback_ask(c, on_player);
}

/* What a playlist is called, and what is in it by the name of its state, in a few
 * bytes, so that hundreds of them fit into the call's text. */
static void
note_playlist(struct call *c, struct json_object *playlist)
{
	static const char *const members[] = {"id", "snapshot_id", "name", "description", "public",
	    "collaborative"};
	uint8_t digest[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	struct json_object *v;
	struct buf state;
	const char *text;
	size_t i;
	err_t err = 0;

	buf_init(&state, STATE_BYTES);
	for (i = 0; i < sizeof(members) / sizeof(members[0]) && err == 0; i++) {
		v = json_get(playlist, members[i]);
		text = v == NULL ? "-" : json_object_to_json_string(v);
		err = text == NULL ? ERR_NOMEM : buf_printf(&state, "%s\n", text);
	}
	if (err == 0)
		err = sha256(buf_span(&state), digest);
	if (err != 0)
		c->trouble = err;
	else {
		hex_encode(span_of(digest, sizeof(digest)), hex);
		call_line(c, "%s", hex);
	}
	buf_free(&state);
}

struct list_look {
	struct errand errand;
	uint32_t at;                 /* where the next page begins */
	unsigned pages;
};

static void ask_playlists(struct call *c);

static void
on_playlists(struct call *c, const struct sp_answer *a)
{
	struct list_look *l = c->state;
	struct json_object *items = json_get_arr(a->json, "items");
	size_t i, n = field_len(items);

	if (a->error.problem != SP_OK) {
		fail(c, &a->error);
		return;
	}
	if (l->pages++ == 0)
		note(c, a->json, "total");
	for (i = 0; i < n; i++)
		note_playlist(c, json_object_array_get_idx(items, i));
	l->at += PAGE;
	if (n > 0 && l->at < field_int(a->json, "total", 0) && l->pages < PAGES)
		ask_playlists(c);
	else
		call_done(c);
}

/* All of them or none: half a list would look like a change. */
static void
ask_playlists(struct call *c)
{
	const struct list_look *l = c->state;
	struct buf query;
	err_t err;

	buf_init(&query, 128);
	err = playlist_page_query(&query, l->at, PAGE);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_MY_PLAYLISTS, NULL, &query, NULL, on_playlists);
	buf_free(&query);
}

void
look_at_playlists(struct call *c)
{
	if (errand_begin(c, sizeof(struct list_look)) != NULL)
		ask_playlists(c);
}

static void
on_playlist(struct call *c, const struct sp_answer *a)
{
	if (a->error.problem == SP_NOT_FOUND) {
		call_line(c, "gone");
		call_done(c);
	} else if (a->error.problem != SP_OK)
		fail(c, &a->error);
	else {
		note_playlist(c, a->json);
		call_done(c);
	}
}

void
look_at_playlist(struct call *c)
{
	struct buf query;
	err_t err;

	if (errand_begin(c, sizeof(struct errand)) == NULL)
		return;
	buf_init(&query, 256);
	err = sp_query_put(&query, "fields", span_str("snapshot_id,name,description,public,"
	    "collaborative"));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PLAYLIST, call_str(c, "uri") + strlen(PLAYLIST_URI), &query, NULL,
		    on_playlist);
	buf_free(&query);
}

bool
look_is_playlist(struct span uri)
{
	return span_starts(uri, PLAYLIST_URI);
}

unsigned
looks_a_day(const struct worker *w)
{
	const int64_t calls = conf_int(w->conf, w->who.extended ?
	    "spotify.extended_calls_per_day_family" : "spotify.calls_per_day_family", 0);

	return calls <= 0 ? 0 : calls < SHARE ? 1 : (unsigned)(calls / SHARE);
}
