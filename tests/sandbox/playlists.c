/* Playlists: their details and lists of them. */
#include "config.h"

#include "playlists.h"

#include "fields.h"
#include "items.h"
#include "present.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { OFFSET_MAX = 100000, LAG_DEFAULT_S = 30, FIRST_ENTRIES = 100, IMAGE_MAX = 256 * 1024 };

js *playlists_entry(const char *uri, int64_t seconds, const char *by)
{
	js *entry = text_must(json_object_new_object());
	js_put_str(entry, "u", uri);
	js_put_int(entry, "t", seconds);
	js_put_str(entry, "b", by);
	return entry;
}

js *playlists_new(struct sandbox *box, const char *id, const char *owner, const char *name, const char *description,
		  bool is_public, bool collaborative)
{
	js *playlist = text_must(json_object_new_object());
	js *user = state_user(box, owner);
	char random_id[ID_SIZE];
	if (id == NULL) {
		digest_random_id(random_id);
		id = random_id;
	}
	js_put_str(playlist, "id", id);
	js_put_str(playlist, "name", name);
	js_put_str(playlist, "description", description == NULL ? "" : description);
	js_put_str(playlist, "owner", owner);
	js_put_bool(playlist, "public", is_public);
	js_put_bool(playlist, "collaborative", collaborative);
	js_array_in(playlist, "entries");
	js_put_int(playlist, "revision", 0);
	js_put(js_object_in(box->doc, "playlists"), id, playlist);
	js_insert(js_array_in(user, "playlists"), 0, js_text(id));
	playlists_touch(box, playlist);
	return playlist;
}

static int64_t lag_ms(const struct sandbox *box)
{
	int64_t seconds = state_switch_number(box, "snapshot_lag");
	return (seconds == 0 && state_switch(box, "snapshot_lag") ? LAG_DEFAULT_S : seconds) * 1000;
}

const char *playlists_snapshot(const struct sandbox *box, js *playlist)
{
	const char *old = js_str(playlist, "snapshot_old");
	const char *between = js_str(playlist, "snapshot_between");
	int64_t age = state_now_ms(box) - js_int(playlist, "snapshot_ms", 0);
	int64_t lag = lag_ms(box);
	if (old == NULL || age >= lag)
		return js_str(playlist, "snapshot");
	/* Shortly before the new one there is one that nobody was ever told. */
	return between != NULL && age >= lag - lag / 3 ? between : old;
}

void playlists_before_edit(struct sandbox *box, js *playlist)
{
	js *copy = NULL;
	json_object_object_del(playlist, "entries_old");
	if (state_switch_number(box, "entries_lag_ms") <= 0)
		return;
	if (json_object_deep_copy(js_get(playlist, "entries"), &copy, NULL) != 0)
		copy = NULL;
	js_put(playlist, "entries_old", text_must(copy));
	js_put_int(playlist, "entries_ms", state_now_ms(box));
}

js *playlists_seen(const struct sandbox *box, js *playlist)
{
	js *old = js_get(playlist, "entries_old");
	int64_t until = js_int(playlist, "entries_ms", 0) + state_switch_number(box, "entries_lag_ms");
	return old != NULL && state_now_ms(box) < until ? old : js_get(playlist, "entries");
}

void playlists_touch(struct sandbox *box, js *playlist)
{
	char snapshot[33];
	int64_t revision = js_int(playlist, "revision", 0) + 1;
	const char *seen = playlists_snapshot(box, playlist);
	char *old = seen == NULL ? NULL : text_copy(seen);
	digest_snapshot((uint32_t)revision, snapshot);
	js_put_str(playlist, "snapshot_between", snapshot);
	digest_snapshot((uint32_t)revision, snapshot);
	js_put_int(playlist, "revision", revision);
	js_put_str(playlist, "snapshot_old", old);
	js_put_str(playlist, "snapshot", snapshot);
	js_put_int(playlist, "snapshot_ms", state_now_ms(box));
	free(old);
	state_changed(box);
}

js *playlists_named(struct request *r)
{
	const char *id = r->segment[2];
	js *playlist = state_playlist(r->box, id);
	if (!catalogue_is_id(id))
		answer_error(r, 400, "Invalid base62 id", NULL);
	else if (playlist == NULL)
		answer_error(r, 404, "Resource not found", NULL);
	else
		return playlist;
	return NULL;
}

bool playlists_mine_or_shared(const struct request *r, js *playlist)
{
	const char *me = request_user_id(r);
	js *others = js_get(playlist, "collaborators");
	if (strcmp(js_str(playlist, "owner"), me) == 0)
		return true;
	for (size_t i = 0; i < js_len(others); i++)
		if (strcmp(js_at_str(others, i), me) == 0)
			return true;
	return false;
}

bool playlists_may_write(struct request *r, bool is_public)
{
	if (text_has_word(r->scope, is_public ? "playlist-modify-public" : "playlist-modify-private"))
		return true;
	answer_error(r, 403, "Insufficient client scope", NULL);
	return false;
}

bool playlists_new_names(const struct request *r)
{
	return !state_switch(r->box, "old_names");
}

bool playlists_old_names(const struct request *r)
{
	return request_extended(r) || state_switch(r->box, "both_names") || state_switch(r->box, "old_names");
}

static js *owner_json(const struct request *r, js *playlist)
{
	js *user = state_user(r->box, js_str(playlist, "owner"));
	return user == NULL ? text_must(json_object_new_object()) : present_user(user, true);
}

static js *cover(js *playlist)
{
	const char *own = js_str(playlist, "image");
	js *list = text_must(json_object_new_array());
	js *images = present_images(own == NULL ? js_str(playlist, "id") : own);
	js *first = json_object_get(js_at(images, 0));
	js_put(first, "height", NULL);
	js_put(first, "width", NULL);
	js_add(list, first);
	json_object_put(images);
	return list;
}

/* Without entries and without a picture of its own there is nothing to show. */
static bool bare(js *playlist)
{
	return js_len(js_get(playlist, "entries")) == 0 && js_str(playlist, "image") == NULL;
}

/* Everything but the entries. */
static js *details(const struct request *r, js *playlist)
{
	js *o = text_must(json_object_new_object());
	const char *id = js_str(playlist, "id");
	char *href = text_format(API_BASE "/playlists/%s", id);
	char *uri = text_format("spotify:playlist:%s", id);
	js_put_bool(o, "collaborative", js_bool(playlist, "collaborative", false));
	js_put_str(o, "description", js_str(playlist, "description"));
	js_put(o, "external_urls", present_link("playlist", id));
	js_put_str(o, "href", href);
	js_put_str(o, "id", id);
	js_put(o, "images", bare(playlist) ? NULL : cover(playlist));
	js_put_str(o, "name", js_str(playlist, "name"));
	js_put(o, "owner", owner_json(r, playlist));
	js_put(o, "primary_color", NULL);
	js_put_bool(o, "public", js_bool(playlist, "public", true));
	js_put_str(o, "snapshot_id", playlists_snapshot(r->box, playlist));
	js_put_str(o, "type", "playlist");
	js_put_str(o, "uri", uri);
	free(href);
	free(uri);
	return o;
}

static js *reference(const struct request *r, js *playlist, const char *word)
{
	js *o = text_must(json_object_new_object());
	char *href = text_format(API_BASE "/playlists/%s/%s", js_str(playlist, "id"), word);
	js_put_str(o, "href", href);
	js_put_int(o, "total", (int64_t)js_len(playlists_seen(r->box, playlist)));
	free(href);
	return o;
}

js *playlists_present(const struct request *r, js *playlist)
{
	js *o = details(r, playlist);
	if (playlists_new_names(r))
		js_put(o, "items", reference(r, playlist, "items"));
	if (playlists_old_names(r))
		js_put(o, "tracks", reference(r, playlist, "tracks"));
	return o;
}

/* A page of the lists of user. The link names a path that is closed to
 * development mode, as recorded answers do: whoever follows it gets a 403. */
static void answer_list(struct request *r, js *user)
{
	long limit;
	long offset;
	js *ids = js_get(user, "playlists");
	js *items;
	if (!request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		return;
	bool foreign = user != r->user;
	bool shared = text_has_word(r->scope, "playlist-read-collaborative");
	js *seen = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(ids); i++) {
		js *playlist = state_playlist(r->box, js_at_str(ids, i));
		bool hidden = playlist == NULL || (foreign && !js_bool(playlist, "public", true)) ||
			      (!shared && js_bool(playlist, "collaborative", false));
		if (!hidden)
			js_add(seen, json_object_get(playlist));
	}
	items = text_must(json_object_new_array());
	for (size_t i = (size_t)offset; i < js_len(seen) && i < (size_t)(offset + limit); i++)
		js_add(items, playlists_present(r, js_at(seen, i)));
	char *path = text_format("/users/%s/playlists", js_str(user, "id"));
	answer_json(r, 200, present_page(path, "", limit, offset, (long)js_len(seen), items));
	free(path);
	json_object_put(seen);
}

void playlists_mine(struct request *r)
{
	answer_list(r, r->user);
}

void playlists_of_user(struct request *r)
{
	js *user = state_user(r->box, r->segment[2]);
	if (user == NULL)
		answer_error(r, 404, "Resource not found", NULL);
	else
		answer_list(r, user);
}

/* Description and name are plain text here; Spotify hands descriptions out
 * with HTML entities, so they are stored that way. */
static char *escaped(const char *s)
{
	struct text t = { 0 };
	text_add_html(&t, s == NULL ? "" : s);
	return t.data == NULL ? text_copy("") : t.data;
}

static void create(struct request *r, js *body)
{
	const char *name = js_str(body, "name");
	bool is_public = js_bool(body, "public", true);
	bool collaborative = js_bool(body, "collaborative", false);
	if (name == NULL || *name == '\0') {
		answer_error(r, 400, "Missing required field: name", NULL);
		return;
	}
	if (collaborative && is_public) {
		answer_error(r, 400, "Collaborative playlists can only be private.", NULL);
		return;
	}
	if (!playlists_may_write(r, is_public) || (collaborative && !playlists_may_write(r, true)))
		return;
	if (state_switch(r->box, "public_ignored"))
		is_public = true;
	char *about = escaped(js_str(body, "description"));
	js *playlist = playlists_new(r->box, NULL, request_user_id(r), name, about, is_public, collaborative);
	free(about);
	js *o = details(r, playlist);
	js_put(o, "followers", json_object_new_object());
	js_put(js_get(o, "followers"), "href", NULL);
	js_put_int(js_get(o, "followers"), "total", 0);
	items_put_page(r, o, playlist, FIRST_ENTRIES);
	answer_json(r, 201, o);
}

void playlists_create(struct request *r)
{
	js *body;
	if (strcmp(r->segment[1], "users") == 0 && strcmp(r->segment[2], request_user_id(r)) != 0) {
		answer_error(r, 403, "You cannot create a playlist for another user", NULL);
		return;
	}
	body = request_json(r, false);
	if (body == NULL)
		return;
	create(r, body);
	json_object_put(body);
}

void playlists_get(struct request *r)
{
	js *playlist = playlists_named(r);
	if (playlist == NULL)
		return;
	js *o = details(r, playlist);
	js *followers = js_object_in(o, "followers");
	js_put(followers, "href", NULL);
	js_put_int(followers, "total", js_int(playlist, "followers", 0));
	if (playlists_mine_or_shared(r, playlist) || request_extended(r))
		items_put_page(r, o, playlist, FIRST_ENTRIES);
	answer_json(r, 200, fields_select(o, params_get(&r->query, "fields")));
}

static void change(struct request *r, js *playlist, js *body)
{
	const char *name = js_str(body, "name");
	const char *about = js_str(body, "description");
	bool was_public = js_bool(playlist, "public", true);
	bool is_public = js_bool(body, "public", was_public);
	bool collaborative = js_bool(body, "collaborative", js_bool(playlist, "collaborative", false));
	if (!playlists_may_write(r, was_public))
		return;
	if (collaborative && is_public) {
		answer_error(r, 400, "Collaborative playlists can only be private.", NULL);
		return;
	}
	if (name != NULL && *name != '\0')
		js_put_str(playlist, "name", name);
	if (about != NULL) {
		char *safe = escaped(about);
		js_put_str(playlist, "description", safe);
		free(safe);
	}
	if (!state_switch(r->box, "public_ignored"))
		js_put_bool(playlist, "public", is_public);
	js_put_bool(playlist, "collaborative", collaborative);
	playlists_touch(r->box, playlist);
	answer_empty(r, 200);
}

void playlists_change(struct request *r)
{
	js *playlist = playlists_named(r);
	if (playlist == NULL)
		return;
	if (strcmp(js_str(playlist, "owner"), request_user_id(r)) != 0) {
		answer_error(r, 403, "Forbidden", NULL);
		return;
	}
	js *body = request_json(r, false);
	if (body == NULL)
		return;
	change(r, playlist, body);
	json_object_put(body);
}

void playlists_images(struct request *r)
{
	js *playlist = playlists_named(r);
	if (playlist != NULL)
		answer_json(r, 200, bare(playlist) ? text_must(json_object_new_array()) : cover(playlist));
}

/* A JPEG in base64, with nothing else around it. */
static bool jpeg_text(const struct request *r)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	return r->content_type != NULL && text_begins(r->content_type, "image/jpeg") && r->length > 4 &&
	       r->length % 4 == 0 && text_begins(r->body, "/9j/") && strspn(r->body, alphabet) == r->length;
}

void playlists_set_image(struct request *r)
{
	js *playlist = playlists_named(r);
	char sum[65];
	if (playlist == NULL)
		return;
	if (strcmp(js_str(playlist, "owner"), request_user_id(r)) != 0) {
		answer_error(r, 403, "Forbidden", NULL);
	} else if (!playlists_may_write(r, js_bool(playlist, "public", true))) {
		return;
	} else if (r->length > IMAGE_MAX) {
		answer_error(r, 413, "Request body too large", NULL);
	} else if (!jpeg_text(r)) {
		answer_error(r, 400, "Bad request", NULL);
	} else {
		digest_hex(r->body, sum);
		js_put_str(playlist, "image", sum);
		js_put_int(playlist, "image_length", (int64_t)r->length);
		playlists_touch(r->box, playlist);
		answer_empty(r, 202);
	}
}
