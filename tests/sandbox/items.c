/* The entries of playlists: read, add, replace, reorder, remove. */
#include "config.h"

#include "items.h"

#include "fields.h"
#include "playlists.h"
#include "present.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { URIS_MAX = 100, ENTRIES_MAX = 10000, OFFSET_MAX = 100000 };

static js *adder(const struct request *r, const char *id)
{
	js *user = state_user(r->box, id);
	return user == NULL ? NULL : present_user(user, false);
}

static js *entry_json(const struct request *r, const struct view *v, js *entry, const char *word, bool episodes)
{
	js *o = text_must(json_object_new_object());
	const char *uri = js_str(entry, "u");
	int64_t seconds = js_int(entry, "t", 0);
	char when[32];
	state_iso(seconds, when);
	js_put_str(o, "added_at", seconds == 0 ? NULL : when);
	js_put(o, "added_by", seconds == 0 ? NULL : adder(r, js_str(entry, "b")));
	js_put_bool(o, "is_local", uri != NULL && text_begins(uri, "spotify:local:"));
	js_put(o, "primary_color", NULL);
	js *media = present_media(v, uri, episodes);
	if (media != NULL && v->extended == false) {
		/* recorded answers carry these two flags inside the media object */
		bool episode = text_begins(uri, "spotify:episode:");
		js_put_bool(media, "episode", episode);
		js_put_bool(media, "track", !episode);
	}
	if (strcmp(word, "both") == 0) {
		js_put(o, "track", json_object_get(media));
		js_put(o, "item", media);
	} else {
		js_put(o, word, media);
	}
	js_put_str(js_object_in(o, "video_thumbnail"), "url", NULL);
	return o;
}

static js *page(struct request *r, js *playlist, long limit, long offset, const char *path_word, const char *word)
{
	struct view v = present_view(r);
	const char *types = params_get(&r->query, "additional_types");
	bool episodes = types != NULL && strstr(types, "episode") != NULL;
	js *entries = playlists_seen(r->box, playlist);
	js *items = text_must(json_object_new_array());
	for (size_t i = (size_t)offset; i < js_len(entries) && i < (size_t)(offset + limit); i++)
		js_add(items, entry_json(r, &v, js_at(entries, i), word, episodes));
	char *path = text_format("/playlists/%s/%s", js_str(playlist, "id"), path_word);
	js *o = present_page(path, types == NULL ? "" : "&additional_types=track", limit, offset,
			     (long)js_len(entries), items);
	free(path);
	return o;
}

static const char *entry_word(const struct request *r)
{
	if (!playlists_new_names(r))
		return "track";
	return playlists_old_names(r) ? "both" : "item";
}

void items_put_page(struct request *r, js *object, js *playlist, long limit)
{
	if (playlists_new_names(r))
		js_put(object, "items", page(r, playlist, limit, 0, "items", entry_word(r)));
	if (playlists_old_names(r))
		js_put(object, "tracks", page(r, playlist, limit, 0, "tracks", entry_word(r)));
}

void items_get(struct request *r)
{
	long limit;
	long offset;
	bool old_path = strcmp(r->segment[3], "tracks") == 0;
	js *playlist = playlists_named(r);
	if (playlist == NULL)
		return;
	if (!playlists_mine_or_shared(r, playlist) && !request_extended(r)) {
		answer_error(r, 403, "Forbidden", NULL);
		return;
	}
	if (!request_page(r, 20, old_path ? 100 : 50, OFFSET_MAX, &limit, &offset))
		return;
	js *o = page(r, playlist, limit, offset, old_path ? "tracks" : "items", old_path ? "track" : entry_word(r));
	answer_json(r, 200, fields_select(o, params_get(&r->query, "fields")));
}

/* The playlist to change; null after answering. */
static js *writable(struct request *r)
{
	js *playlist = playlists_named(r);
	if (playlist == NULL)
		return NULL;
	if (!playlists_mine_or_shared(r, playlist)) {
		answer_error(r, 403, "Forbidden", NULL);
		return NULL;
	}
	return playlists_may_write(r, js_bool(playlist, "public", true)) ? playlist : NULL;
}

static void answer_snapshot(struct request *r, unsigned status, js *playlist)
{
	js *o = text_must(json_object_new_object());
	playlists_touch(r->box, playlist);
	js_put_str(o, "snapshot_id", js_str(playlist, "snapshot"));
	answer_json(r, status, o);
}

/* Whether every uri may be put into a playlist; answers 400 when not. */
static bool good_uris(struct request *r, js *uris)
{
	if (!json_object_is_type(uris, json_type_array)) {
		answer_error(r, 400, "Missing required field: uris", NULL);
		return false;
	}
	if (js_len(uris) > URIS_MAX) {
		answer_error(r, 400, "You can add a maximum of 100 tracks per request.", NULL);
		return false;
	}
	for (size_t i = 0; i < js_len(uris); i++) {
		const char *uri = js_at_str(uris, i);
		enum kind kind;
		size_t index;
		bool form = uri != NULL && (text_begins(uri, "spotify:track:") || text_begins(uri, "spotify:episode:"));
		if (!form) {
			char *message = text_format("Invalid track uri: %s", uri == NULL ? "null" : uri);
			answer_error(r, 400, message, NULL);
			free(message);
			return false;
		}
		if (!catalogue_find_uri(r->box->catalogue, uri, &kind, &index)) {
			answer_error(r, 400, "Payload contains a non-existing ID", NULL);
			return false;
		}
	}
	return true;
}

/* A query uris wins over the body, as Spotify has it. Owned by the caller. */
static js *wanted_uris(struct request *r, js *body)
{
	const char *query = params_get(&r->query, "uris");
	if (query == NULL)
		return json_object_get(js_get(body, "uris"));
	js *list = text_must(json_object_new_array());
	for (const char *s = query; *s != '\0';) {
		size_t n = strcspn(s, ",");
		char *uri = text_must(strndup(s, n));
		js_add_str(list, uri);
		free(uri);
		s += n + (s[n] == ',');
	}
	return list;
}

static void add(struct request *r, js *playlist, js *body)
{
	js *uris = wanted_uris(r, body);
	js *entries = js_get(playlist, "entries");
	int64_t position = js_int(body, "position", (int64_t)js_len(entries));
	long long from_query;
	if (text_number(params_get(&r->query, "position"), &from_query))
		position = from_query;
	if (!good_uris(r, uris)) {
		/* answered */
	} else if (js_len(uris) == 0) {
		answer_error(r, 400, "No uris provided", NULL);
	} else if (position < 0 || position > (int64_t)js_len(entries)) {
		answer_error(r, 400, "Index out of bounds", NULL);
	} else if (js_len(entries) + js_len(uris) > ENTRIES_MAX) {
		answer_error(r, 403, "Playlist size limit reached", NULL);
	} else {
		int64_t now = state_now_ms(r->box) / 1000;
		playlists_before_edit(r->box, playlist);
		for (size_t i = 0; i < js_len(uris); i++)
			js_insert(entries, (size_t)position + i,
				  playlists_entry(js_at_str(uris, i), now, request_user_id(r)));
		answer_snapshot(r, 201, playlist);
	}
	json_object_put(uris);
}

void items_add(struct request *r)
{
	js *playlist = writable(r);
	js *body;
	if (playlist == NULL || (body = request_json(r, params_get(&r->query, "uris") != NULL)) == NULL)
		return;
	add(r, playlist, body);
	json_object_put(body);
}

static void replace(struct request *r, js *playlist, js *uris)
{
	if (!good_uris(r, uris))
		return;
	js *fresh = text_must(json_object_new_array());
	playlists_before_edit(r->box, playlist);
	int64_t now = state_now_ms(r->box) / 1000;
	for (size_t i = 0; i < js_len(uris); i++)
		js_add(fresh, playlists_entry(js_at_str(uris, i), now, request_user_id(r)));
	js_put(playlist, "entries", fresh);
	answer_snapshot(r, 200, playlist);
}

static void reorder(struct request *r, js *playlist, js *body)
{
	js *entries = js_get(playlist, "entries");
	int64_t total = (int64_t)js_len(entries);
	int64_t start = js_int(body, "range_start", -1);
	int64_t before = js_int(body, "insert_before", -1);
	int64_t length = js_int(body, "range_length", 1);
	if (start < 0 || before < 0 || length < 1 || start >= total || before > total || length > total - start) {
		answer_error(r, 400, "Index out of bounds", NULL);
		return;
	}
	playlists_before_edit(r->box, playlist);
	if (before < start || before > start + length) {
		js *moved = text_must(json_object_new_array());
		for (int64_t i = 0; i < length; i++)
			js_add(moved, json_object_get(js_at(entries, (size_t)(start + i))));
		json_object_array_del_idx(entries, (size_t)start, (size_t)length);
		int64_t to = before > start ? before - length : before;
		for (int64_t i = 0; i < length; i++)
			js_insert(entries, (size_t)(to + i), json_object_get(js_at(moved, (size_t)i)));
		json_object_put(moved);
	}
	answer_snapshot(r, 200, playlist);
}

void items_put(struct request *r)
{
	js *playlist = writable(r);
	js *body;
	if (playlist == NULL || (body = request_json(r, params_get(&r->query, "uris") != NULL)) == NULL)
		return;
	js *uris = wanted_uris(r, body);
	bool moves = js_get(body, "range_start") != NULL;
	if (moves && uris != NULL)
		answer_error(r, 400, "Cannot both replace and reorder", NULL);
	else if (moves)
		reorder(r, playlist, body);
	else
		replace(r, playlist, uris);
	json_object_put(uris);
	json_object_put(body);
}

static bool is_among(js *list, const char *uri)
{
	for (size_t i = 0; uri != NULL && i < js_len(list); i++) {
		const char *one = js_str(js_at(list, i), "uri");
		if (one != NULL && strcmp(one, uri) == 0)
			return true;
	}
	return false;
}

/* Every occurrence goes; positions are ignored, as since 2024. */
static void remove_all(struct request *r, js *playlist, js *list)
{
	js *entries = js_get(playlist, "entries");
	if (!json_object_is_type(list, json_type_array) || js_len(list) == 0) {
		answer_error(r, 400, "Missing required field: items", NULL);
		return;
	}
	if (js_len(list) > URIS_MAX) {
		answer_error(r, 400, "You can remove a maximum of 100 tracks per request.", NULL);
		return;
	}
	for (size_t i = 0; i < js_len(list); i++) {
		const char *uri = js_str(js_at(list, i), "uri");
		if (uri == NULL || !(text_begins(uri, "spotify:track:") || text_begins(uri, "spotify:episode:"))) {
			answer_error(r, 400, "Invalid track uri", NULL);
			return;
		}
	}
	js *kept = text_must(json_object_new_array());
	playlists_before_edit(r->box, playlist);
	for (size_t i = 0; i < js_len(entries); i++)
		if (!is_among(list, js_str(js_at(entries, i), "u")))
			js_add(kept, json_object_get(js_at(entries, i)));
	js_put(playlist, "entries", kept);
	answer_snapshot(r, 200, playlist);
}

void items_remove(struct request *r)
{
	js *playlist = writable(r);
	js *body;
	if (playlist == NULL || (body = request_json(r, false)) == NULL)
		return;
	/* The old path knows the list as tracks, the new one only as items. */
	const char *word = strcmp(r->segment[3], "tracks") == 0 ? "tracks" : "items";
	remove_all(r, playlist, js_get(body, word));
	json_object_put(body);
}
