/* Single tracks, albums and artists of the catalogue, and several at once. */
#include "config.h"

#include "browse.h"

#include "present.h"
#include "spoken.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { OFFSET_MAX = 100000 };

bool browse_named(struct request *r, enum kind kind, size_t *index)
{
	const char *market = params_get(&r->query, "market");
	if (!catalogue_is_id(r->segment[2]))
		answer_error(r, 400, "Invalid base62 id", NULL);
	else if (market != NULL && (strlen(market) != 2 || !isupper((unsigned char)market[0]) ||
				    !isupper((unsigned char)market[1])))
		answer_error(r, 400, "Invalid market code", NULL);
	else if (!catalogue_find(r->box->catalogue, kind, r->segment[2], index))
		answer_error(r, 404, "Resource not found", NULL);
	else
		return true;
	return false;
}

void browse_track(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (browse_named(r, KIND_TRACK, &i))
		answer_json(r, 200, present_track(&v, i));
}

void browse_album(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (browse_named(r, KIND_ALBUM, &i))
		answer_json(r, 200, present_album_full(&v, i));
}

void browse_album_tracks(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	long limit;
	long offset;
	if (!browse_named(r, KIND_ALBUM, &i) || !request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		return;
	const struct album *a = &v.catalogue->albums[i];
	js *items = text_must(json_object_new_array());
	for (size_t n = (size_t)offset; n < a->tracks && n < (size_t)(offset + limit); n++)
		js_add(items, present_track_simple(&v, a->first_track + n));
	char *path = text_format("/albums/%s/tracks", a->id);
	answer_json(r, 200, present_page(path, "", limit, offset, (long)a->tracks, items));
	free(path);
}

void browse_artist(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (browse_named(r, KIND_ARTIST, &i))
		answer_json(r, 200, present_artist(&v, i));
}

/* Whether the comma-separated list (null: everything) holds the word. */
static bool group_wanted(const char *list, const char *word)
{
	size_t length = strlen(word);
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, ",");
		if (n == length && memcmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return list == NULL;
}

/* Whether one of the album's tracks has the artist as a guest. */
static bool appears_on(const struct catalogue *c, size_t album, size_t artist)
{
	const struct album *a = &c->albums[album];
	for (size_t t = a->first_track; t < a->first_track + a->tracks; t++)
		if (c->tracks[t].guest == (long)artist)
			return true;
	return false;
}

void browse_artist_albums(struct request *r)
{
	struct view v = present_view(r);
	const char *groups = params_get(&r->query, "include_groups");
	size_t artist;
	long limit;
	long offset;
	long total = 0;
	if (!browse_named(r, KIND_ARTIST, &artist) ||
	    !request_page(r, v.extended ? 20 : 5, v.extended ? 50 : 10, OFFSET_MAX, &limit, &offset))
		return;
	js *items = text_must(json_object_new_array());
	for (size_t i = 0; i < v.catalogue->album_count; i++) {
		const struct album *a = &v.catalogue->albums[i];
		const char *group = a->artist == artist ? a->type : "appears_on";
		if (a->artist != artist && !appears_on(v.catalogue, i, artist))
			continue;
		if (!group_wanted(groups, group))
			continue;
		if (total >= offset && total < offset + limit) {
			js *o = present_album(&v, i);
			if (v.extended)
				js_put_str(o, "album_group", group);
			js_add(items, o);
		}
		total++;
	}
	struct text extra = { 0 };
	char *path = text_format("/artists/%s/albums", v.catalogue->artists[artist].id);
	if (groups != NULL) {
		text_add(&extra, "&include_groups=");
		text_add_query(&extra, groups);
	}
	answer_json(r, 200, present_page(path, extra.data == NULL ? "" : extra.data, limit, offset, total, items));
	text_free(&extra);
	free(path);
}

/* One of a batch; null (which Spotify puts there too) when there is no such thing. */
static js *one_of(const struct request *r, const struct view *v, enum kind kind, const char *id)
{
	size_t i;
	if (!catalogue_find(v->catalogue, kind, id, &i))
		return NULL;
	switch (kind) {
	case KIND_TRACK: return present_track(v, i);
	case KIND_ALBUM: return present_album_full(v, i);
	case KIND_ARTIST: return present_artist(v, i);
	case KIND_SHOW: return present_show(v, i);
	case KIND_EPISODE: return present_episode(v, i, true);
	case KIND_AUDIOBOOK: return spoken_books_open(r) ? spoken_audiobook(v, i) : NULL;
	case KIND_CHAPTER: return spoken_books_open(r) ? spoken_chapter(v, i, true) : NULL;
	}
	return NULL;
}

void browse_several(struct request *r)
{
	struct view v = present_view(r);
	const char *ids = params_get(&r->query, "ids");
	const char *word = r->segment[1];
	enum kind kind = KIND_TRACK;
	while (kind < KIND_CHAPTER && !(text_begins(word, catalogue_kind_name(kind)) &&
					strlen(word) == strlen(catalogue_kind_name(kind)) + 1))
		kind++;
	size_t max = kind == KIND_ALBUM ? 20 : 50;
	if (ids == NULL || *ids == '\0') {
		answer_error(r, 400, "Missing required field: ids", NULL);
		return;
	}
	js *o = text_must(json_object_new_object());
	js *list = js_array_in(o, word);
	while (*ids != '\0') {
		size_t n = strcspn(ids, ",");
		char *id = text_must(strndup(ids, n));
		js_add(list, one_of(r, &v, kind, id));
		free(id);
		ids += n + (ids[n] == ',');
	}
	if (js_len(list) > max) {
		json_object_put(o);
		answer_error(r, 400, "Too many ids requested", NULL);
		return;
	}
	answer_json(r, 200, o);
}

void browse_top_tracks(struct request *r)
{
	struct view v = present_view(r);
	size_t artist;
	if (!browse_named(r, KIND_ARTIST, &artist))
		return;
	js *o = text_must(json_object_new_object());
	js *list = js_array_in(o, "tracks");
	size_t first = v.catalogue->albums[v.catalogue->artists[artist].first_album].first_track;
	for (size_t i = 0; i < 10; i++)
		js_add(list, present_track(&v, first + i));
	answer_json(r, 200, o);
}
