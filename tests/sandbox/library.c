/* The caller: profile, saved things, followed artists, favourites. */
#include "config.h"

#include "library.h"

#include "playlists.h"
#include "present.h"
#include "spoken.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { OFFSET_MAX = 100000, URIS_MAX = 40, FAVOURITES = 80 };

static js *profile(const struct request *r, js *user, bool own)
{
	js *o = present_user(user, true);
	js_put(o, "images", present_images(js_str(user, "id")));
	if (own)
		js_put_str(o, "account_id", js_str(user, "account_id"));
	if (!request_extended(r))
		return o;
	js *followers = js_object_in(o, "followers");
	js_put(followers, "href", NULL);
	js_put_int(followers, "total", 7);
	if (own && text_has_word(r->scope, "user-read-private")) {
		js *filter = js_object_in(o, "explicit_content");
		js_put_bool(filter, "filter_enabled", false);
		js_put_bool(filter, "filter_locked", false);
		js_put_str(o, "country", js_str(user, "country"));
		js_put_str(o, "product", js_bool(user, "premium", false) ? "premium" : "free");
	}
	if (own && text_has_word(r->scope, "user-read-email"))
		js_put_str(o, "email", js_str(user, "email"));
	return o;
}

void library_me(struct request *r)
{
	answer_json(r, 200, profile(r, r->user, true));
}

void library_user(struct request *r)
{
	js *user = state_user(r->box, r->segment[2]);
	if (user == NULL)
		answer_error(r, 404, "Resource not found", NULL);
	else
		answer_json(r, 200, profile(r, user, false));
}

/* One saved thing as {added_at, KIND}; an audiobook without any wrapping. */
static js *present_saved(const struct view *v, js *one)
{
	enum kind kind = KIND_EPISODE;
	size_t i = 0;
	char when[32];
	js *media = NULL;
	if (js_str(one, "u") == NULL)
		media = spoken_dead_episode();
	else if (!catalogue_find_uri(v->catalogue, js_str(one, "u"), &kind, &i))
		return NULL;
	else if (kind == KIND_AUDIOBOOK)
		return spoken_audiobook(v, i);
	else if (kind == KIND_TRACK)
		media = present_track(v, i);
	else if (kind == KIND_ALBUM)
		media = present_album_full(v, i);
	else if (kind == KIND_SHOW)
		media = present_show(v, i);
	else
		media = present_episode(v, i, true);
	js *o = text_must(json_object_new_object());
	state_iso(js_int(one, "t", 0), when);
	js_put_str(o, "added_at", when);
	js_put(o, catalogue_kind_name(kind), media);
	return o;
}

static void saved_page(struct request *r, const char *list_name)
{
	struct view v = present_view(r);
	js *saved = js_get(r->user, list_name);
	long limit;
	long offset;
	if (!request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		return;
	if (strcmp(list_name, "audiobooks") == 0 && !spoken_books_open(r))
		saved = NULL; /* saved on a journey: at home there is nothing of that kind */
	js *items = text_must(json_object_new_array());
	for (size_t i = (size_t)offset; i < js_len(saved) && i < (size_t)(offset + limit); i++) {
		js *one = present_saved(&v, js_at(saved, i));
		if (one != NULL)
			js_add(items, one);
	}
	char *path = text_format("/me/%s", list_name);
	answer_json(r, 200, present_page(path, "", limit, offset, (long)js_len(saved), items));
	free(path);
}

void library_tracks(struct request *r)
{
	saved_page(r, "tracks");
}

void library_albums(struct request *r)
{
	saved_page(r, "albums");
}

void library_shows(struct request *r)
{
	saved_page(r, "shows");
}

void library_episodes(struct request *r)
{
	saved_page(r, "episodes");
}

void library_audiobooks(struct request *r)
{
	saved_page(r, "audiobooks");
}

void library_following(struct request *r)
{
	struct view v = present_view(r);
	const char *type = params_get(&r->query, "type");
	const char *after = params_get(&r->query, "after");
	js *saved = js_get(r->user, "artists");
	long limit;
	long offset;
	size_t from = 0;
	const char *last = NULL;
	if (type == NULL || strcmp(type, "artist") != 0) {
		answer_error(r, 400, "Invalid type", NULL);
		return;
	}
	if (!request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		return;
	for (size_t i = 0; after != NULL && i < js_len(saved); i++)
		if (strcmp(js_str(js_at(saved, i), "u") + strlen("spotify:artist:"), after) == 0)
			from = i + 1;
	js *items = text_must(json_object_new_array());
	size_t i = from;
	for (; i < js_len(saved) && i < from + (size_t)limit; i++) {
		enum kind kind;
		size_t index;
		if (catalogue_find_uri(v.catalogue, js_str(js_at(saved, i), "u"), &kind, &index)) {
			js_add(items, present_artist(&v, index));
			last = v.catalogue->artists[index].id;
		}
	}
	bool more = i < js_len(saved) && last != NULL;
	char *href = text_format(API_BASE "/me/following?type=artist&limit=%ld", limit);
	char *next = text_format("%s&after=%s", href, last == NULL ? "" : last);
	js *o = text_must(json_object_new_object());
	js *page = js_object_in(o, "artists");
	js_put_str(page, "href", href);
	js_put_int(page, "limit", limit);
	js_put_str(page, "next", more ? next : NULL);
	js_put_str(js_object_in(page, "cursors"), "after", more ? last : NULL);
	js_put_int(page, "total", (int64_t)js_len(saved));
	js_put(page, "items", items);
	answer_json(r, 200, o);
	free(href);
	free(next);
}

/* --- PUT, DELETE, contains: one uri at a time --- */

/* Name of the user's list for that uri; null when the library takes no such
 * thing. Playlists and users need no entry in the catalogue. */
static const char *list_for(const struct request *r, const char *uri)
{
	static const char *const names[] = { "tracks", "albums", "artists", "shows", "episodes", "audiobooks", NULL };
	enum kind kind;
	size_t index;
	if (text_begins(uri, "spotify:playlist:"))
		return state_playlist(r->box, uri + strlen("spotify:playlist:")) == NULL ? NULL : "playlists";
	if (text_begins(uri, "spotify:user:"))
		return state_user(r->box, uri + strlen("spotify:user:")) == NULL ? NULL : "users";
	return catalogue_find_uri(r->box->catalogue, uri, &kind, &index) ? names[kind] : NULL;
}

/* The id that ends a uri: an audiobook may be called a show. */
static const char *id_in(const char *uri)
{
	const char *colon = strrchr(uri, ':');
	return colon == NULL ? uri : colon + 1;
}

static size_t place_in(js *user, const char *list_name, const char *uri)
{
	if (list_name == NULL)
		return SIZE_MAX;
	js *list = js_get(user, list_name);
	bool ids = strcmp(list_name, "playlists") == 0;
	for (size_t i = 0; i < js_len(list); i++) {
		const char *one = ids ? js_at_str(list, i) : js_str(js_at(list, i), "u");
		if (one != NULL && strcmp(id_in(one), id_in(uri)) == 0)
			return i;
	}
	return SIZE_MAX;
}

void library_put(js *user, const char *list_name, const char *uri, int64_t seconds)
{
	js *one = text_must(json_object_new_object());
	js_put_str(one, "u", uri);
	js_put_int(one, "t", seconds);
	js_insert(js_array_in(user, list_name), 0, one);
}

void library_keep(js *user, const char *list_name, const char *uri, int64_t seconds)
{
	if (list_name == NULL || place_in(user, list_name, uri) != SIZE_MAX)
		return;
	if (strcmp(list_name, "playlists") == 0) {
		js_insert(js_array_in(user, "playlists"), 0, js_text(uri + strlen("spotify:playlist:")));
		return;
	}
	library_put(user, list_name, uri, seconds);
}

void library_drop(js *user, const char *list_name, const char *uri)
{
	size_t at = place_in(user, list_name, uri);
	if (at != SIZE_MAX)
		json_object_array_del_idx(js_get(user, list_name), at, 1);
}

bool library_holds(js *user, const char *list_name, const char *uri)
{
	return place_in(user, list_name, uri) != SIZE_MAX;
}

void library_add(js *user, const char *uri, int64_t seconds)
{
	static const struct {
		const char *prefix;
		const char *list;
	} lists[] = { { "spotify:track:", "tracks" },	  { "spotify:album:", "albums" },
		      { "spotify:artist:", "artists" },	  { "spotify:show:", "shows" },
		      { "spotify:episode:", "episodes" }, { "spotify:playlist:", "playlists" },
		      { "spotify:audiobook:", "audiobooks" } };
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (text_begins(uri, lists[i].prefix))
			library_keep(user, lists[i].list, uri, seconds);
}

static bool scope_for(const struct request *r, const char *list_name, bool reading)
{
	if (strcmp(list_name, "playlists") == 0)
		return reading ? text_has_word(r->scope, "playlist-read-private")
			       : text_has_word(r->scope, "playlist-modify-public") ||
					 text_has_word(r->scope, "playlist-modify-private");
	if (strcmp(list_name, "artists") == 0 || strcmp(list_name, "users") == 0)
		return text_has_word(r->scope, reading ? "user-follow-read" : "user-follow-modify");
	return text_has_word(r->scope, reading ? "user-library-read" : "user-library-modify");
}

/* The uris of the query, each with list and scope seen to; null after
 * answering. Owned by the caller. */
static js *read_uris(struct request *r, bool reading)
{
	const char *text = params_get(&r->query, "uris");
	if (text == NULL || *text == '\0') {
		answer_error(r, 400, "Missing required field: uris", NULL);
		return NULL;
	}
	js *list = text_must(json_object_new_array());
	while (*text != '\0') {
		size_t n = strcspn(text, ",");
		char *uri = text_must(strndup(text, n));
		js_add_str(list, uri);
		free(uri);
		text += n + (text[n] == ',');
	}
	if (js_len(list) > URIS_MAX) {
		answer_error(r, 400, "Too many uris: at most 40 are allowed", NULL);
		goto refused;
	}
	for (size_t i = 0; i < js_len(list); i++) {
		const char *name = list_for(r, js_at_str(list, i));
		if (name == NULL) {
			answer_error(r, 400, "Invalid uri", NULL);
			goto refused;
		}
		if (!scope_for(r, name, reading)) {
			answer_error(r, 403, "Insufficient client scope", NULL);
			goto refused;
		}
	}
	return list;
refused:
	json_object_put(list);
	return NULL;
}

void library_save(struct request *r)
{
	js *uris = read_uris(r, false);
	if (uris == NULL)
		return;
	for (size_t i = 0; i < js_len(uris); i++)
		library_keep(r->user, list_for(r, js_at_str(uris, i)), js_at_str(uris, i), state_now_ms(r->box) / 1000);
	state_changed(r->box);
	json_object_put(uris);
	answer_empty(r, 200);
}

void library_remove(struct request *r)
{
	js *uris = read_uris(r, false);
	if (uris == NULL)
		return;
	for (size_t i = 0; i < js_len(uris); i++) {
		library_drop(r->user, list_for(r, js_at_str(uris, i)), js_at_str(uris, i));
	}
	state_changed(r->box);
	json_object_put(uris);
	answer_empty(r, 200);
}

void library_contains(struct request *r)
{
	js *uris = read_uris(r, true);
	if (uris == NULL)
		return;
	js *answer = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(uris); i++) {
		const char *uri = js_at_str(uris, i);
		js_add(answer, json_object_new_boolean(library_holds(r->user, list_for(r, uri), uri)));
	}
	json_object_put(uris);
	answer_json(r, 200, answer);
}

/* Favourites follow from the user's name and the time range alone: a walk
 * through the catalogue from a place and with a step of the user's own. */
void library_top(struct request *r)
{
	struct view v = present_view(r);
	const char *range = params_get(&r->query, "time_range");
	bool artists = strcmp(r->segment[3], "artists") == 0;
	long limit;
	long offset;
	if (!artists && strcmp(r->segment[3], "tracks") != 0) {
		answer_error(r, 404, "Service not found", NULL);
		return;
	}
	if (range == NULL)
		range = "medium_term";
	if (strcmp(range, "long_term") != 0 && strcmp(range, "medium_term") != 0 && strcmp(range, "short_term") != 0) {
		answer_error(r, 400, "Invalid time range", NULL);
		return;
	}
	if (!request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		return;
	size_t pool = artists ? v.catalogue->artist_count : v.catalogue->track_count;
	long total = (long)(pool < FAVOURITES ? pool : FAVOURITES);
	char *seed = text_format("top:%s:%s", request_user_id(r), range);
	uint64_t n = digest_number(seed);
	js *items = text_must(json_object_new_array());
	for (long k = offset; k < total && k < offset + limit; k++) {
		size_t i = (size_t)((n % pool + (uint64_t)k * 7) % pool);
		js_add(items, artists ? present_artist(&v, i) : present_track(&v, i));
	}
	char *path = text_format("/me/top/%s", r->segment[3]);
	char *extra = text_format("&time_range=%s", range);
	answer_json(r, 200, present_page(path, extra, limit, offset, total, items));
	free(seed);
	free(path);
	free(extra);
}
