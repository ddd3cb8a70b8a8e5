/* get_playback and pause. */
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

err_t
playback_query(struct buf *query)
{
	return sp_query_put(query, "additional_types", span_str("track,episode"));
}

static err_t
show_context(struct call *c, struct json_object *player)
{
	struct json_object *context = json_get_obj(player, "context"), *o;
	const char *uri = item_text(c, context, "uri", ITEM_LINK_MAX - 1);
	char link[ITEM_LINK_MAX] = "";
	struct item_ref ref;
	err_t err;

	if (context == NULL)
		return 0;
	o = field_add_obj(call_data(c), "context");
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
show_item(struct call *c, struct json_object *player)
{
	struct json_object *item = json_get_obj(player, "item"), *o;
	bool playing = field_bool(player, "is_playing", false);
	int64_t at = field_int(player, "progress_ms", -1);
	const char *kind = item_text(c, player, "currently_playing_type", 20);
	char line[1024];
	err_t err = 0;

	if (item == NULL) {
		call_line(c, "%s: %s.", playing ? "Playing" : "Paused",
		    strcmp(kind, "ad") == 0 ? "an advertisement" :
		    "something that Spotify does not tell");
		return 0;
	}
	o = field_add_obj(call_data(c), "item");
	if (o == NULL)
		return ERR_NOMEM;
	err = item_describe(item, o, line, sizeof(line));
	if (err != 0)
		return err;
	call_line(c, "%s: %s", playing ? "Playing" : "Paused", line);
	if (at >= 0) {
		err = json_add_int(call_data(c), "progress_ms", at);
		call_line(c, "At %lld:%02lld", (long long)(at / 60000), (long long)(at / 1000 % 60));
	}
	return err;
}

static err_t
show_device(struct call *c, struct json_object *player)
{
	struct json_object *device = json_get_obj(player, "device"), *o;

	if (device == NULL)
		return 0;
	o = field_add_obj(call_data(c), "device");
	if (o == NULL)
		return ERR_NOMEM;
	call_line(c, "On: %s (%s)", item_text(c, device, "name", 80),
	    item_text(c, device, "type", 40));
	return device_describe(c, device, o);
}

err_t
playback_show(struct call *c, struct json_object *player)
{
	struct json_object *data = call_data(c);
	const char *repeat = item_text(c, player, "repeat_state", 20);
	err_t err = json_add_bool(data, "active", player != NULL);

	if (err != 0 || player == NULL) {
		call_line(c, "Nothing is playing and no device is active.");
		return err;
	}
	err = json_add_bool(data, "playing", field_bool(player, "is_playing", false));
	if (err == 0)
		err = json_add_text(data, "kind", item_text(c, player, "currently_playing_type", 20));
	if (err == 0)
		err = show_item(c, player);
	if (err == 0)
		err = show_context(c, player);
	if (err == 0)
		err = show_device(c, player);
	if (err == 0)
		err = json_add_bool(data, "shuffle", field_bool(player, "shuffle_state", false));
	if (err == 0 && repeat[0] != '\0')
		err = json_add_text(data, "repeat", repeat);
	call_line(c, "Shuffle %s, repeat %s", field_bool(player, "shuffle_state", false) ? "on" : "off",
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
	err = playback_show(c, a->json);
	if (err != 0)
		call_broken(c, err);
	else
		call_done(c);
}

static void
ask_player(struct call *c, errand_answer next)
{
	struct buf query;
	err_t err;

	buf_init(&query, 256);
	err = playback_query(&query);
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
		ask_player(c, on_player);
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

/* --- pause ----------------------------------------------------------------------------- */

struct pause {
	struct errand errand;
	char device[DEVICE_ID_MAX + 1];
	struct sp_error refusal;
};

static void
paused(struct call *c, bool was, const char *text)
{
	err_t err = json_add_bool(call_data(c), "paused", true);

	if (err == 0)
		err = json_add_bool(call_data(c), "was_paused", was);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	call_line(c, "%s", text);
	call_done(c);
}

/* Spotify refuses to pause what is paused: is it that? */
static void
on_state(struct call *c, const struct sp_answer *a)
{
	struct pause *p = c->state;

	if (a->error.problem == SP_OK && a->json != NULL &&
	    !field_bool(a->json, "is_playing", true))
		paused(c, true, "Playback was paused already.");
	else
		errand_fail(c, &p->refusal);
}

static void
on_pause(struct call *c, const struct sp_answer *a)
{
	struct pause *p = c->state;

	if (a->error.problem == SP_OK)
		paused(c, false, "Spotify accepted the command to pause.");
	else if (a->error.problem == SP_RESTRICTED) {
		p->refusal = a->error;
		ask_player(c, on_state);
	} else if (a->error.problem == SP_NO_DEVICE)
		paused(c, true, "No device is active, so nothing is playing.");
	else
		errand_fail(c, &a->error);
}

static void
send_pause(struct call *c)
{
	struct pause *p = c->state;
	struct buf query;
	err_t err = 0;

	buf_init(&query, 1024);
	if (p->device[0] != '\0')
		err = sp_query_put(&query, "device_id", span_str(p->device));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PAUSE, NULL, &query, NULL, on_pause);
	buf_free(&query);
}

static void
on_devices(struct call *c, const struct sp_answer *a)
{
	struct pause *p = c->state;

	if (a->error.problem != SP_OK)
		errand_fail(c, &a->error);
	else if (device_find(c, json_get_arr(a->json, "devices"), call_str(c, "device"), p->device))
		send_pause(c);
}

static void
run_pause(struct call *c)
{
	if (errand_begin(c, sizeof(struct pause)) == NULL)
		return;
	if (call_has(c, "device"))
		errand_ask(c, SP_OP_DEVICES, NULL, NULL, NULL, on_devices);
	else
		send_pause(c);
}

const struct tool tool_pause = {
	.name = "pause",
	.title = "Pause playback",
	.about = "Pauses what is playing, on the active device or on the one that is named. Saying so "
	    "twice does no harm. Needs Spotify Premium.",
	.args = (const struct arg[]){
		{.name = "device", .type = ARG_STR, .max_bytes = 200,
		    .about = "Name or id of a device; the active one if absent"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "paused", .type = OUT_BOOL, .always = true},
		{.name = "was_paused", .type = OUT_BOOL, .about = "It was paused before already"},
		{.name = NULL}},
	.read_only = false, .destructive = false, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = "user-modify-playback-state user-read-playback-state",
	.max_requests = 3,
	.run = run_pause,
};
