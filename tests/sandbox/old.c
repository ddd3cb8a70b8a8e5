/* What only an app with extended quota may still call. */
#include "config.h"

#include "old.h"

#include "library.h"
#include "playlists.h"
#include "present.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 50, ALBUMS_MAX = 20, OFFSET_MAX = 100000, RELEASES = 60, USERS_MAX = 5 };

static const struct {
	const char *list;
	enum kind kind;
} lists[] = { { "tracks", KIND_TRACK },
	      { "albums", KIND_ALBUM },
	      { "shows", KIND_SHOW },
	      { "episodes", KIND_EPISODE },
	      { "audiobooks", KIND_AUDIOBOOK } };

static const char *const categories[] = { "blues", "chill", "classical", "focus", "folk", "jazz", "party", "sleep" };

/* The ids of the query, else those of the body; null after answering. Owned by
 * the caller. */
static js *read_ids(struct request *r, size_t max)
{
	const char *text = params_get(&r->query, "ids");
	js *list = NULL;
	if (text == NULL && r->length > 0) {
		js *body = request_json(r, false);
		if (body == NULL)
			return NULL;
		list = json_object_get(js_get(body, "ids"));
		json_object_put(body);
	} else if (text != NULL) {
		list = text_must(json_object_new_array());
		for (const char *s = text; *s != '\0';) {
			size_t n = strcspn(s, ",");
			char *id = text_must(strndup(s, n));
			js_add_str(list, id);
			free(id);
			s += n + (s[n] == ',');
		}
	}
	if (!json_object_is_type(list, json_type_array) || js_len(list) == 0)
		answer_error(r, 400, "Missing required field: ids", NULL);
	else if (js_len(list) > max)
		answer_error(r, 400, "Too many ids requested", NULL);
	else
		return list;
	json_object_put(list);
	return NULL;
}

static char *uri_of(enum kind kind, const char *id)
{
	return text_format("spotify:%s:%s", catalogue_kind_name(kind), id == NULL ? "" : id);
}

/* Which list segment 2 names; false after answering. */
static bool find_list(struct request *r, size_t *at)
{
	for (*at = 0; *at < sizeof lists / sizeof lists[0]; (*at)++)
		if (strcmp(r->segment[2], lists[*at].list) == 0)
			return true;
	answer_error(r, 404, "Service not found", NULL);
	return false;
}

/* What the ids name, as uris; null after answering. */
static js *read_uris(struct request *r, enum kind kind)
{
	js *ids = read_ids(r, kind == KIND_ALBUM ? ALBUMS_MAX : IDS_MAX);
	if (ids == NULL)
		return NULL;
	js *uris = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(ids); i++) {
		size_t index;
		const char *id = js_at_str(ids, i);
		if (id == NULL || !catalogue_find(r->box->catalogue, kind, id, &index)) {
			answer_error(r, 400, id != NULL && catalogue_is_id(id) ? "Payload contains a non-existing ID"
									       : "Invalid base62 id",
				     NULL);
			json_object_put(uris);
			uris = NULL;
			break;
		}
		char *uri = uri_of(kind, id);
		js_add_str(uris, uri);
		free(uri);
	}
	json_object_put(ids);
	return uris;
}

static void keep_or_drop(struct request *r, bool keep, enum kind kind, const char *list, unsigned status)
{
	js *uris = read_uris(r, kind);
	if (uris == NULL)
		return;
	for (size_t i = 0; i < js_len(uris); i++) {
		if (keep)
			library_keep(r->user, list, js_at_str(uris, i), state_now_ms(r->box) / 1000);
		else
			library_drop(r->user, list, js_at_str(uris, i));
	}
	state_changed(r->box);
	json_object_put(uris);
	answer_empty(r, status);
}

static void say_which(struct request *r, enum kind kind, const char *list)
{
	js *uris = read_uris(r, kind);
	if (uris == NULL)
		return;
	js *answer = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(uris); i++)
		js_add(answer, json_object_new_boolean(library_holds(r->user, list, js_at_str(uris, i))));
	json_object_put(uris);
	answer_json(r, 200, answer);
}

void old_save(struct request *r)
{
	size_t at;
	if (find_list(r, &at))
		keep_or_drop(r, true, lists[at].kind, lists[at].list, 200);
}

void old_remove(struct request *r)
{
	size_t at;
	if (find_list(r, &at))
		keep_or_drop(r, false, lists[at].kind, lists[at].list, 200);
}

void old_contains(struct request *r)
{
	size_t at;
	if (find_list(r, &at))
		say_which(r, lists[at].kind, lists[at].list);
}

/* Artists are followed by id out of the catalogue, users by theirs. */
static bool is_artist(struct request *r)
{
	const char *type = params_get(&r->query, "type");
	if (type != NULL && strcmp(type, "artist") == 0)
		return true;
	if (type == NULL || strcmp(type, "user") != 0)
		answer_error(r, 400, "Invalid type", NULL);
	return false;
}

static void users(struct request *r, const char *what)
{
	js *ids = read_ids(r, IDS_MAX);
	js *answer = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(ids); i++) {
		char *uri = text_format("spotify:user:%s", js_at_str(ids, i) == NULL ? "" : js_at_str(ids, i));
		js_add(answer, json_object_new_boolean(library_holds(r->user, "users", uri)));
		if (strcmp(what, "PUT") == 0 && state_user(r->box, js_at_str(ids, i)) != NULL)
			library_keep(r->user, "users", uri, state_now_ms(r->box) / 1000);
		else if (strcmp(what, "DELETE") == 0)
			library_drop(r->user, "users", uri);
		free(uri);
	}
	if (ids != NULL && strcmp(what, "GET") == 0)
		answer_json(r, 200, json_object_get(answer));
	else if (ids != NULL)
		answer_empty(r, 204);
	state_changed(r->box);
	json_object_put(answer);
	json_object_put(ids);
}

void old_follow(struct request *r)
{
	bool artist = is_artist(r);
	if (artist)
		keep_or_drop(r, strcmp(r->method, "PUT") == 0, KIND_ARTIST, "artists", 204);
	else if (r->answer.status == 0)
		users(r, r->method);
}

void old_follows(struct request *r)
{
	bool artist = is_artist(r);
	if (artist)
		say_which(r, KIND_ARTIST, "artists");
	else if (r->answer.status == 0)
		users(r, "GET");
}

void old_follow_list(struct request *r)
{
	js *playlist = playlists_named(r);
	if (playlist == NULL)
		return;
	char *uri = text_format("spotify:playlist:%s", js_str(playlist, "id"));
	if (strcmp(r->method, "PUT") == 0)
		library_keep(r->user, "playlists", uri, 0);
	else
		library_drop(r->user, "playlists", uri);
	free(uri);
	state_changed(r->box);
	answer_empty(r, 200);
}

void old_follows_list(struct request *r)
{
	js *playlist = playlists_named(r);
	if (playlist == NULL)
		return;
	js *ids = read_ids(r, USERS_MAX);
	if (ids == NULL)
		return;
	char *uri = text_format("spotify:playlist:%s", js_str(playlist, "id"));
	js *answer = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(ids); i++) {
		js *user = state_user(r->box, js_at_str(ids, i));
		js_add(answer, json_object_new_boolean(user != NULL && library_holds(user, "playlists", uri)));
	}
	free(uri);
	json_object_put(ids);
	answer_json(r, 200, answer);
}

/* --- browse --- */

static int newest_first(const void *a, const void *b)
{
	const struct album *const *x = a;
	const struct album *const *y = b;
	int order = strcmp((*y)->date, (*x)->date);
	return order != 0 ? order : strcmp((*x)->id, (*y)->id);
}

void old_releases(struct request *r)
{
	struct view v = present_view(r);
	const struct catalogue *c = v.catalogue;
	long limit;
	long offset;
	if (!request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		return;
	const struct album **all = text_must(calloc(c->album_count, sizeof(const struct album *)));
	for (size_t i = 0; i < c->album_count; i++)
		all[i] = &c->albums[i];
	qsort(all, c->album_count, sizeof(const struct album *), newest_first);
	js *items = text_must(json_object_new_array());
	for (long i = offset; i < RELEASES && i < offset + limit; i++)
		js_add(items, present_album(&v, (size_t)(all[i] - c->albums)));
	free(all);
	js *o = text_must(json_object_new_object());
	js_put(o, "albums", present_page("/browse/new-releases", "", limit, offset, RELEASES, items));
	answer_json(r, 200, o);
}

static js *category(const char *id)
{
	js *o = text_must(json_object_new_object());
	char *href = text_format(API_BASE "/browse/categories/%s", id);
	js_put_str(o, "href", href);
	js_put(o, "icons", present_images(id));
	js_put_str(o, "id", id);
	js_put_str(o, "name", id);
	free(href);
	return o;
}

void old_categories(struct request *r)
{
	long total = (long)(sizeof categories / sizeof categories[0]);
	long limit;
	long offset;
	if (!request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		return;
	js *items = text_must(json_object_new_array());
	for (long i = offset; i < total && i < offset + limit; i++)
		js_add(items, category(categories[i]));
	js *o = text_must(json_object_new_object());
	js_put(o, "categories", present_page("/browse/categories", "", limit, offset, total, items));
	answer_json(r, 200, o);
}

void old_category(struct request *r)
{
	for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++) {
		if (strcmp(categories[i], r->segment[3]) == 0) {
			answer_json(r, 200, category(categories[i]));
			return;
		}
	}
	answer_error(r, 404, "Resource not found", NULL);
}

void old_markets(struct request *r)
{
	js *o = text_must(json_object_new_object());
	js_put(o, "markets", present_markets());
	answer_json(r, 200, o);
}
