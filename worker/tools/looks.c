/* Looking for changes; see looks.h. */
#include "config.h"

#include <string.h>

#include "shared/conf/values.h"
#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/errand.h"
#include "worker/tools/looks.h"
#include "worker/tools/playback.h"
#include "worker/tools/playlist_find.h"
#include "worker/worker.h"

#define PLAYLIST_URI "spotify://playlist/"
#define PAGE 50
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

/* What a playlist is called, and what is in it by the name of its state. */
static void
note_playlist(struct call *c, struct json_object *playlist)
{
	static const char *const members[] = {"id", "snapshot_id", "name", "description", "public",
	    "collaborative"};
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		note(c, playlist, members[i]);
}

static void
on_playlists(struct call *c, const struct sp_answer *a)
{
	struct json_object *items = json_get_arr(a->json, "items");
	size_t i;

	if (a->error.problem != SP_OK) {
		fail(c, &a->error);
		return;
	}
	note(c, a->json, "total");
	for (i = 0; i < field_len(items); i++)
		note_playlist(c, json_object_array_get_idx(items, i));
	call_done(c);
}

void
look_at_playlists(struct call *c)
{
	struct buf query;
	err_t err;

	if (errand_begin(c, sizeof(struct errand)) == NULL)
		return;
	buf_init(&query, 128);
	err = playlist_page_query(&query, 0, PAGE);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_MY_PLAYLISTS, NULL, &query, NULL, on_playlists);
	buf_free(&query);
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
