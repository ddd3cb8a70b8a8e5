/* The player calls of the Web API. A command with device_id wakes that device
 * and makes it the active one; without it an active device is needed. */
#include "config.h"

#include "player_api.h"

#include "player.h"
#include "present.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE_SHOWN = 20, BODY_FAILS_AT = 9216 };

static bool wants_episodes(const struct request *r)
{
	const char *types = params_get(&r->query, "additional_types");
	return types != NULL && strstr(types, "episode") != NULL;
}

static js *device_json(js *device, bool active)
{
	js *o = text_must(json_object_new_object());
	bool volume = js_bool(device, "supports_volume", true);
	js_put_str(o, "id", js_str(device, "id"));
	js_put_bool(o, "is_active", active);
	js_put_bool(o, "is_private_session", false);
	js_put_bool(o, "is_restricted", js_bool(device, "restricted", false));
	js_put_str(o, "name", js_str(device, "name"));
	js_put_bool(o, "supports_volume", volume);
	js_put_str(o, "type", js_str(device, "type"));
	js_put(o, "volume_percent", volume ? json_object_new_int64(js_int(device, "volume", 50)) : NULL);
	return o;
}

static js *context_json(const char *uri)
{
	if (uri == NULL)
		return NULL;
	js *o = text_must(json_object_new_object());
	const char *type = uri + strlen("spotify:");
	const char *colon = strchr(type, ':');
	bool collection = strstr(uri, ":collection") != NULL;
	char *kind = collection || colon == NULL ? text_copy("collection")
						 : text_must(strndup(type, (size_t)(colon - type)));
	char *href = collection || colon == NULL ? text_copy(API_BASE "/me/tracks")
						 : text_format(API_BASE "/%ss/%s", kind, colon + 1);
	js_put_str(o, "type", kind);
	js_put_str(o, "href", href);
	js_put(o, "external_urls", present_link(kind, collection || colon == NULL ? "tracks" : colon + 1));
	js_put_str(o, "uri", uri);
	free(kind);
	free(href);
	return o;
}

static js *disallows(js *p)
{
	js *actions = text_must(json_object_new_object());
	js *no = js_object_in(actions, "disallows");
	js_put_bool(no, js_bool(p, "playing", false) ? "resuming" : "pausing", true);
	if (js_int(p, "pos", 0) == 0)
		js_put_bool(no, "skipping_prev", true);
	return actions;
}

js *player_api_state_json(struct request *r, js *user, bool with_device, bool episodes)
{
	struct view v = present_view(r);
	js *p = player_settle(r->box, user);
	js *device = player_device(user, NULL);
	const char *uri = js_str(p, "current");
	if (device == NULL)
		return NULL;
	js *o = text_must(json_object_new_object());
	bool ad = state_switch(r->box, "ad_playing");
	bool episode = uri != NULL && text_begins(uri, "spotify:episode:");
	if (with_device) {
		js_put(o, "device", device_json(device, true));
		js_put_bool(o, "shuffle_state", js_bool(p, "shuffle", false));
		js_put_bool(o, "smart_shuffle", false);
		js_put_str(o, "repeat_state", js_str(p, "repeat"));
	}
	js_put_int(o, "timestamp", js_int(p, "since_ms", 0));
	js_put(o, "context", ad ? NULL : context_json(js_str(p, "context")));
	js_put_int(o, "progress_ms", js_int(p, "progress_ms", 0));
	js_put(o, "item", ad || (episode && !episodes) ? NULL : present_media(&v, uri, true));
	js_put_str(o, "currently_playing_type", ad	   ? "ad"
						: uri == NULL ? "unknown"
						: episode	   ? "episode"
								   : "track");
	js_put(o, "actions", disallows(p));
	js_put_bool(o, "is_playing", js_bool(p, "playing", false));
	return o;
}

static void answer_state(struct request *r, bool with_device)
{
	js *o = player_api_state_json(r, r->user, with_device, wants_episodes(r));
	if (o == NULL)
		answer_empty(r, 204);
	else
		answer_json(r, 200, o);
}

void player_api_state(struct request *r)
{
	answer_state(r, true);
}

void player_api_current(struct request *r)
{
	answer_state(r, false);
}

void player_api_devices(struct request *r)
{
	js *p = player_settle(r->box, r->user);
	js *active = player_device(r->user, NULL);
	js *devices = js_get(p, "devices");
	js *o = text_must(json_object_new_object());
	js *list = js_array_in(o, "devices");
	for (size_t i = 0; i < js_len(devices); i++)
		js_add(list, device_json(js_at(devices, i), js_at(devices, i) == active));
	answer_json(r, 200, o);
}

void player_api_queue(struct request *r)
{
	struct view v = present_view(r);
	js *p = player_settle(r->box, r->user);
	bool active = player_device(r->user, NULL) != NULL;
	js *o = text_must(json_object_new_object());
	js_put(o, "currently_playing", active ? present_media(&v, js_str(p, "current"), true) : NULL);
	js *list = js_array_in(o, "queue");
	js *coming = player_coming(r->user, active ? QUEUE_SHOWN : 0);
	for (size_t i = 0; i < js_len(coming); i++)
		js_add(list, present_media(&v, js_at_str(coming, i), true));
	json_object_put(coming);
	answer_json(r, 200, o);
}

static js *played_json(const struct view *v, js *one)
{
	js *o = text_must(json_object_new_object());
	char when[40];
	state_iso_ms(js_int(one, "t", 0), when);
	js_put(o, "track", present_media(v, js_str(one, "u"), false));
	js_put_str(o, "played_at", when);
	js_put(o, "context", context_json(js_str(one, "c")));
	return o;
}

void player_api_recent(struct request *r)
{
	struct view v = present_view(r);
	const char *after = params_get(&r->query, "after");
	const char *before = params_get(&r->query, "before");
	long long from = 0;
	long long to = INT64_MAX;
	long limit;
	long offset;
	if ((after != NULL && before != NULL) || (after != NULL && !text_number(after, &from)) ||
	    (before != NULL && !text_number(before, &to))) {
		answer_error(r, 400, "Invalid cursor", NULL);
		return;
	}
	if (!request_page(r, 20, 50, 0, &limit, &offset))
		return;
	js *history = js_get(player_settle(r->box, r->user), "history");
	js *o = text_must(json_object_new_object());
	js *items = js_array_in(o, "items");
	int64_t newest = 0;
	int64_t oldest = 0;
	bool more = false;
	for (size_t i = 0; i < js_len(history); i++) {
		js *one = js_at(history, i);
		int64_t at = js_int(one, "t", 0);
		if (at <= from || at >= to || !text_begins(js_str(one, "u"), "spotify:track:"))
			continue;
		if ((long)js_len(items) == limit) {
			more = true;
			break;
		}
		js_add(items, played_json(&v, one));
		newest = newest == 0 ? at : newest;
		oldest = at;
	}
	char *next = text_format(API_BASE "/me/player/recently-played?before=%lld&limit=%ld", (long long)oldest, limit);
	js_put_str(o, "next", more ? next : NULL);
	js_put(o, "cursors", NULL);
	if (js_len(items) > 0) {
		char *a = text_format("%lld", (long long)newest);
		char *b = text_format("%lld", (long long)oldest);
		js_put_str(js_object_in(o, "cursors"), "after", a);
		js_put_str(js_object_in(o, "cursors"), "before", b);
		free(a);
		free(b);
	}
	js_put_int(o, "limit", limit);
	js_put_str(o, "href", API_BASE "/me/player/recently-played");
	answer_json(r, 200, o);
	free(next);
}

/* --- commands --- */

/* Documented as 204, often a 200 with some text: every other one of each. */
static void done(struct request *r)
{
	if (r->box->commands++ % 2 == 0) {
		char *text = digest_secret("", 27);
		answer_text(r, 200, text);
		free(text);
	} else {
		answer_empty(r, 204);
	}
}

static void restricted(struct request *r)
{
	answer_error(r, 403, "Player command failed: Restriction violated", "UNKNOWN");
}

/* Settles the player and finds the device meant; null after answering. */
static js *target_device(struct request *r, const char *id)
{
	player_settle(r->box, r->user);
	js *device = player_device(r->user, id);
	if (device == NULL && id != NULL) {
		answer_error(r, 404, "Device not found", NULL);
	} else if (device == NULL) {
		answer_error(r, 404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE");
	} else if (js_bool(device, "restricted", false)) {
		restricted(r);
		device = NULL;
	} else if (id != NULL && device != player_device(r->user, NULL)) {
		player_activate(r->box, r->user, id);
	}
	return device;
}

static js *command(struct request *r)
{
	return target_device(r, params_get(&r->query, "device_id"));
}

void player_api_transfer(struct request *r)
{
	js *body = request_json(r, false);
	if (body == NULL)
		return;
	js *ids = js_get(body, "device_ids");
	if (js_len(ids) == 0 || js_at_str(ids, 0) == NULL) {
		answer_error(r, 400, "Missing required field: device_ids", NULL);
	} else if (js_len(ids) > 1) {
		answer_error(r, 400, "Only one device id is supported", NULL);
	} else if (target_device(r, js_at_str(ids, 0)) != NULL) {
		js *p = js_get(r->user, "player");
		if (js_bool(body, "play", false) && js_str(p, "current") != NULL && !js_bool(p, "playing", false))
			player_set_playing(r->box, r->user, true);
		done(r);
	}
	json_object_put(body);
}

/* The list that uris of a body stand for, owned; null after answering. */
static js *uris_list(struct request *r, js *uris)
{
	js *list = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(uris); i++) {
		const char *uri = js_at_str(uris, i);
		if (uri == NULL || text_begins(uri, "spotify:local:") || catalogue_duration(r->box->catalogue, uri) == 0) {
			char *message = text_format("Invalid track uri: %s", uri == NULL ? "null" : uri);
			answer_error(r, 400, message, NULL);
			free(message);
			json_object_put(list);
			return NULL;
		}
		js_add_str(list, uri);
	}
	return list;
}

/* Where offset {position} or {uri} points to; false after answering. */
static bool read_offset(struct request *r, js *body, const char *context, js *list, size_t *index)
{
	js *offset = js_get(body, "offset");
	const char *uri = js_str(offset, "uri");
	int64_t position = js_int(offset, "position", 0);
	*index = 0;
	if (offset == NULL)
		return true;
	/* What a person has saved is played as a playlist is. */
	if (context != NULL && !text_begins(context, "spotify:album:") && !text_begins(context, "spotify:playlist:") &&
	    strstr(context, ":collection") == NULL) {
		answer_error(r, 400, "Can't have offset for this type of context", NULL);
		return false;
	}
	if (uri != NULL) {
		for (size_t i = 0; i < js_len(list); i++) {
			if (strcmp(js_at_str(list, i), uri) == 0) {
				*index = i;
				return true;
			}
		}
		answer_error(r, 404, "Resource not found", NULL);
		return false;
	}
	if (position < 0 || position >= (int64_t)js_len(list)) {
		answer_error(r, 400, "Invalid offset", NULL);
		return false;
	}
	*index = (size_t)position;
	return true;
}

static void resume(struct request *r, int64_t position_ms)
{
	js *p = js_get(r->user, "player");
	if (js_bool(p, "playing", false) || js_str(p, "current") == NULL) {
		restricted(r);
		return;
	}
	player_set_playing(r->box, r->user, true);
	if (position_ms >= 0)
		player_seek(r->box, r->user, position_ms);
	done(r);
}

static void play(struct request *r, js *body)
{
	const char *context = js_str(body, "context_uri");
	js *uris = js_get(body, "uris");
	int64_t position_ms = js_int(body, "position_ms", -1);
	js *list = NULL;
	size_t index = 0;
	if (context != NULL && uris != NULL) {
		answer_error(r, 400, "Can't have both context_uri and uris", NULL);
		return;
	}
	if (context == NULL && js_len(uris) == 0) {
		if (command(r) != NULL)
			resume(r, position_ms);
		return;
	}
	list = context != NULL ? player_context(r->box, r->user, context) : uris_list(r, uris);
	if (list == NULL) {
		if (context != NULL)
			answer_error(r, 400, "Invalid context uri", NULL);
		return;
	}
	if (!read_offset(r, body, context, list, &index) || command(r) == NULL) {
		json_object_put(list);
		return;
	}
	player_start(r->box, r->user, context, list, index, position_ms);
	done(r);
}

void player_api_play(struct request *r)
{
	if (r->length > BODY_FAILS_AT) {
		answer_error(r, 500, "Server error", NULL);
		return;
	}
	js *body = request_json(r, true);
	if (body == NULL)
		return;
	play(r, body);
	json_object_put(body);
}

void player_api_pause(struct request *r)
{
	if (command(r) == NULL)
		return;
	if (!js_bool(js_get(r->user, "player"), "playing", false)) {
		restricted(r);
		return;
	}
	player_set_playing(r->box, r->user, false);
	done(r);
}

void player_api_next(struct request *r)
{
	if (command(r) == NULL)
		return;
	if (js_str(js_get(r->user, "player"), "current") == NULL) {
		restricted(r);
		return;
	}
	player_next(r->box, r->user);
	done(r);
}

void player_api_previous(struct request *r)
{
	if (command(r) == NULL)
		return;
	if (player_previous(r->box, r->user))
		done(r);
	else
		restricted(r);
}

/* A number in the query within bounds; false after answering 400. */
static bool query_number(struct request *r, const char *name, long long max, long long *value)
{
	if (text_number(params_get(&r->query, name), value) && *value >= 0 && *value <= max)
		return true;
	char *message = text_format("Missing or invalid parameter: %s", name);
	answer_error(r, 400, message, NULL);
	free(message);
	return false;
}

void player_api_seek(struct request *r)
{
	long long ms;
	if (!query_number(r, "position_ms", INT64_C(86400000), &ms) || command(r) == NULL)
		return;
	player_seek(r->box, r->user, ms);
	done(r);
}

void player_api_volume(struct request *r)
{
	long long percent;
	js *device;
	if (!query_number(r, "volume_percent", 100, &percent) || (device = command(r)) == NULL)
		return;
	if (!js_bool(device, "supports_volume", true)) {
		answer_error(r, 403, "Player command failed: Cannot control device volume", "VOLUME_CONTROL_DISALLOW");
		return;
	}
	js_put_int(device, "volume", percent);
	state_changed(r->box);
	done(r);
}

/* One of the words (ended by null) in the query; null after answering 400. */
static const char *query_word(struct request *r, const char *name, const char *const *words)
{
	const char *value = params_get(&r->query, name);
	for (; value != NULL && *words != NULL; words++)
		if (strcmp(*words, value) == 0)
			return *words;
	char *message = text_format("Missing or invalid parameter: %s", name);
	answer_error(r, 400, message, NULL);
	free(message);
	return NULL;
}

void player_api_shuffle(struct request *r)
{
	static const char *const words[] = { "true", "false", NULL };
	const char *state = query_word(r, "state", words);
	if (state == NULL || command(r) == NULL)
		return;
	player_set_shuffle(r->box, r->user, strcmp(state, "true") == 0);
	done(r);
}

void player_api_repeat(struct request *r)
{
	static const char *const words[] = { "track", "context", "off", NULL };
	const char *state = query_word(r, "state", words);
	if (state == NULL || command(r) == NULL)
		return;
	js_put_str(js_get(r->user, "player"), "repeat", state);
	state_changed(r->box);
	done(r);
}

void player_api_enqueue(struct request *r)
{
	const char *uri = params_get(&r->query, "uri");
	if (uri == NULL || !(text_begins(uri, "spotify:track:") || text_begins(uri, "spotify:episode:")) ||
	    catalogue_duration(r->box->catalogue, uri) == 0) {
		answer_error(r, 400, uri == NULL ? "Missing required field: uri" : "Invalid track uri", NULL);
		return;
	}
	if (command(r) == NULL)
		return;
	player_enqueue(r->box, r->user, uri);
	done(r);
}
