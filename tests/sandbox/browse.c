/* Single tracks, albums, artists, shows and episodes of the catalogue. */
#include "config.h"

#include "browse.h"

#include "present.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { OFFSET_MAX = 100000 };

/* The thing that segment 2 names; false after answering. */
static bool named(struct request *r, enum kind kind, size_t *index)
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

void browse_nothing(struct request *r)
{
	if (!catalogue_is_id(r->segment[2]))
		answer_error(r, 400, "Invalid base62 id", NULL);
	else
		answer_error(r, 404, "Resource not found", NULL);
}

void browse_track(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (named(r, KIND_TRACK, &i))
		answer_json(r, 200, present_track(&v, i));
}

void browse_album(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (named(r, KIND_ALBUM, &i))
		answer_json(r, 200, present_album_full(&v, i));
}

void browse_album_tracks(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	long limit;
	long offset;
	if (!named(r, KIND_ALBUM, &i) || !request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
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
	if (named(r, KIND_ARTIST, &i))
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
	if (!named(r, KIND_ARTIST, &artist) ||
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

static js *episode_for(const struct request *r, const struct view *v, size_t i, bool with_show)
{
	js *o = present_episode(v, i, with_show);
	if (text_has_word(r->scope, "user-read-playback-position")) {
		js *point = js_object_in(o, "resume_point");
		js_put_bool(point, "fully_played", i % 4 == 0);
		js_put_int(point, "resume_position_ms", i % 3 == 0 ? 90000 : 0);
	}
	return o;
}

static js *episodes_page(const struct request *r, const struct view *v, size_t show, long limit, long offset)
{
	const struct show *s = &v->catalogue->shows[show];
	js *items = text_must(json_object_new_array());
	for (size_t n = (size_t)offset; n < s->episodes && n < (size_t)(offset + limit); n++)
		js_add(items, episode_for(r, v, s->first_episode + n, false));
	char *path = text_format("/shows/%s/episodes", s->id);
	js *page = present_page(path, "", limit, offset, (long)s->episodes, items);
	free(path);
	return page;
}

void browse_show(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (!named(r, KIND_SHOW, &i))
		return;
	js *o = present_show(&v, i);
	js_put(o, "episodes", episodes_page(r, &v, i, 50, 0));
	answer_json(r, 200, o);
}

void browse_show_episodes(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	long limit;
	long offset;
	if (named(r, KIND_SHOW, &i) && request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		answer_json(r, 200, episodes_page(r, &v, i, limit, offset));
}

void browse_episode(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (named(r, KIND_EPISODE, &i))
		answer_json(r, 200, episode_for(r, &v, i, true));
}

void browse_several(struct request *r)
{
	struct view v = present_view(r);
	const char *ids = params_get(&r->query, "ids");
	const char *word = r->segment[1];
	enum kind kind = strcmp(word, "tracks") == 0 ? KIND_TRACK : strcmp(word, "albums") == 0 ? KIND_ALBUM : KIND_ARTIST;
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
		size_t i;
		if (!catalogue_find(v.catalogue, kind, id, &i))
			js_add(list, NULL);
		else
			js_add(list, kind == KIND_TRACK	  ? present_track(&v, i)
				     : kind == KIND_ALBUM ? present_album_full(&v, i)
							  : present_artist(&v, i));
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
	if (!named(r, KIND_ARTIST, &artist))
		return;
	js *o = text_must(json_object_new_object());
	js *list = js_array_in(o, "tracks");
	size_t first = v.catalogue->albums[v.catalogue->artists[artist].first_album].first_track;
	for (size_t i = 0; i < 10; i++)
		js_add(list, present_track(&v, first + i));
	answer_json(r, 200, o);
}
