/* get_playback; see playback.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/devices.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/playback.h"

const struct out playback_out[] = {
	{.name = "active", .type = OUT_BOOL, .always = true},
	{.name = "playing", .type = OUT_BOOL},
	{.name = "kind", .type = OUT_STR, .about = "track, episode, ad or unknown"},
	{.name = "item", .type = OUT_OBJ},
	{.name = "progress_ms", .type = OUT_INT},
	{.name = "shuffle", .type = OUT_BOOL},
	{.name = "repeat", .type = OUT_STR, .about = "off, context or track"},
	{.name = "context", .type = OUT_OBJ, .about = "What it is played from"},
	{.name = "device", .type = OUT_OBJ},
	{.name = NULL},
};

static err_t
show_context(struct call *c, struct json_object *player, struct json_object *data)
{
	struct json_object *context = json_get_obj(player, "context"), *o;
	const char *uri = item_text(c, context, "uri", ITEM_LINK_MAX - 1);
	char link[ITEM_LINK_MAX] = "";
	struct item_ref ref;
	err_t err;

	if (context == NULL)
		return 0;
	o = field_add_obj(data, "context");
	if (o == NULL)
		return ERR_NOMEM;
	if (item_parse(uri, ITEM_NONE, &ref) == 0)
		item_link(&ref, link);
	else if (strstr(uri, ":collection") != NULL)
		(void)snprintf(link, sizeof(link), "https://open.spotify.com/collection/tracks");
	err = json_add_text(o, "type", item_text(c, context, "type", 40));
	if (err == 0 && link[0] != '\0')
		err = json_add_text(o, "url", link);
	call_line(c, "From: %s %s", item_text(c, context, "type", 40), link);
	return err;
}

static err_t
show_item(struct call *c, struct json_object *player, struct json_object *data)
{
	struct json_object *item = json_get_obj(player, "item"), *o;
	bool playing = false, told = json_get_bool(player, "is_playing", &playing);
	const char *how = !told ? "Playing or paused" : playing ? "Playing" : "Paused";
	int64_t at = field_int(player, "progress_ms", -1);
	const char *kind = item_text(c, player, "currently_playing_type", 20);
	char line[1024];
	err_t err = 0;

	if (item == NULL) {
		call_line(c, "%s: %s.", how, strcmp(kind, "ad") == 0 ?
		    "an advertisement" : "something that Spotify does not tell");
		return 0;
	}
	o = field_add_obj(data, "item");
	if (o == NULL)
		return ERR_NOMEM;
	err = item_describe(item, o, line, sizeof(line));
	if (err != 0)
		return err;
	call_line(c, "%s: %s", how, line);
	if (at >= 0) {
		err = json_add_int(data, "progress_ms", at);
		call_line(c, "At %lld:%02lld", (long long)(at / 60000), (long long)(at / 1000 % 60));
	}
	return err;
}

static err_t
show_device(struct call *c, struct json_object *player, struct json_object *data)
{
	struct json_object *device = json_get_obj(player, "device"), *o;

	if (device == NULL)
		return 0;
	o = field_add_obj(data, "device");
	if (o == NULL)
		return ERR_NOMEM;
	call_line(c, "On: %s (%s)", item_text(c, device, "name", 80),
	    item_text(c, device, "type", 40));
	return device_describe(c, device, o);
}

err_t
playback_show(struct call *c, struct json_object *player, struct json_object *data)
{
	const char *repeat = item_text(c, player, "repeat_state", 20);
	const char *kind = item_text(c, player, "currently_playing_type", 20);
	bool shuffle = false, told, playing;
	err_t err = json_add_bool(data, "active", player != NULL);

	if (err != 0 || player == NULL) {
		call_line(c, "Nothing is playing and no device is active.");
		return err;
	}
	if (json_get_bool(player, "is_playing", &playing))
		err = json_add_bool(data, "playing", playing);
	if (err == 0 && kind[0] != '\0')
		err = json_add_text(data, "kind", kind);
	if (err == 0)
		err = show_item(c, player, data);
	if (err == 0)
		err = show_context(c, player, data);
	if (err == 0)
		err = show_device(c, player, data);
	told = json_get_bool(player, "shuffle_state", &shuffle);
	if (err == 0 && told)
		err = json_add_bool(data, "shuffle", shuffle);
	if (err == 0 && repeat[0] != '\0')
		err = json_add_text(data, "repeat", repeat);
	call_line(c, "Shuffle %s, repeat %s", !told ? "unknown" : shuffle ? "on" : "off",
	    repeat[0] != '\0' ? repeat : "unknown");
	return err;
}

/* --- get_playback ------------------------------------------------------------------- */

static void
on_player(struct call *c, const struct sp_answer *a)
{
	err_t err;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	err = playback_show(c, a->json, call_data(c));
	call_end(c, err);
}

/* Episodes are shown only to those who ask for them. */
void
playback_ask(struct call *c, errand_answer next)
{
	struct buf query;
	err_t err;

	buf_init(&query, 256);
	err = sp_query_put(&query, "additional_types", span_str("track,episode"));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PLAYER, NULL, &query, NULL, next);
	buf_free(&query);
}

static void
run_get_playback(struct call *c)
{
	if (errand_begin(c, sizeof(struct errand)) != NULL)
		playback_ask(c, on_player);
}

const struct tool tool_get_playback = {
	.name = "get_playback",
	.title = "What is playing",
	.about = "Tells what is playing now or paused: the item with its link, how far it is, the "
	    "device, shuffle, repeat and what it is played from.",
	.out = playback_out,
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYBACK_READ,
	.spotify_scopes = "user-read-playback-state",
	.max_requests = 1,
	.run = run_get_playback,
};
