/* Catalogue, users and pages as the Web API writes them in JSON. */
#include "config.h"

#include "present.h"

#include "spoken.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct view present_view(const struct request *r)
{
	return (struct view){ .catalogue = r->box->catalogue,
			      .extended = request_extended(r),
			      .playable = params_get(&r->query, "market") != NULL,
			      .reader = r };
}

static js *object(void)
{
	return text_must(json_object_new_object());
}

static js *array(void)
{
	return text_must(json_object_new_array());
}

js *present_link(const char *kind, const char *id)
{
	js *o = object();
	char *url = text_format("https://open.spotify.com/%s/%s", kind, id);
	js_put_str(o, "spotify", url);
	free(url);
	return o;
}

void present_names(js *o, const char *kind, const char *id, const char *name)
{
	char *href = text_format(API_BASE "/%ss/%s", kind, id);
	char *uri = text_format("spotify:%s:%s", kind, id);
	js_put(o, "external_urls", present_link(kind, id));
	js_put_str(o, "href", href);
	js_put_str(o, "id", id);
	js_put_str(o, "name", name);
	js_put_str(o, "type", kind);
	js_put_str(o, "uri", uri);
	free(href);
	free(uri);
}

js *present_images(const char *seed)
{
	static const int size[] = { 640, 300, 64 };
	js *list = array();
	for (size_t i = 0; i < 3; i++) {
		char sum[65];
		char *what = text_format("image:%s:%d", seed, size[i]);
		digest_hex(what, sum);
		char *url = text_format("https://i.scdn.co/image/%.40s", sum);
		js *image = object();
		js_put_str(image, "url", url);
		js_put_int(image, "height", size[i]);
		js_put_int(image, "width", size[i]);
		js_add(list, image);
		free(url);
		free(what);
	}
	return list;
}

js *present_markets(void)
{
	static const char *const some[] = { "CA", "DE", "GB", "IE", "JP", "NZ", "PL", "US" };
	js *list = array();
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		js_add_str(list, some[i]);
	return list;
}

static js *artist_ref(const struct view *v, size_t i)
{
	const struct artist *a = &v->catalogue->artists[i];
	js *o = object();
	present_names(o, "artist", a->id, a->name);
	return o;
}

js *present_artist(const struct view *v, size_t i)
{
	const struct artist *a = &v->catalogue->artists[i];
	js *o = artist_ref(v, i);
	js *genres = js_array_in(o, "genres");
	js_add_str(genres, a->genre[0]);
	js_add_str(genres, a->genre[1]);
	js_put(o, "images", present_images(a->id));
	if (v->extended) {
		js *followers = js_object_in(o, "followers");
		js_put(followers, "href", NULL);
		js_put_int(followers, "total", a->followers);
		js_put_int(o, "popularity", a->popularity);
	}
	return o;
}

js *present_album(const struct view *v, size_t i)
{
	const struct album *a = &v->catalogue->albums[i];
	js *o = object();
	js_put_str(o, "album_type", a->type);
	js_put_int(o, "total_tracks", (int64_t)a->tracks);
	present_names(o, "album", a->id, a->name);
	js_put(o, "images", present_images(a->id));
	js_put_str(o, "release_date", a->date);
	js_put_str(o, "release_date_precision", "day");
	js_add(js_array_in(o, "artists"), artist_ref(v, a->artist));
	if (v->playable)
		js_put_bool(o, "is_playable", true);
	if (v->extended)
		js_put(o, "available_markets", present_markets());
	return o;
}

static void put_copyright(js *album, const struct album *a, const struct artist *artist)
{
	js *list = js_array_in(album, "copyrights");
	char *text = text_format("%.4s %s Recordings", a->date, artist->name);
	static const char *const types[] = { "C", "P" };
	for (size_t i = 0; i < 2; i++) {
		js *o = object();
		js_put_str(o, "text", text);
		js_put_str(o, "type", types[i]);
		js_add(list, o);
	}
	free(text);
}

js *present_album_full(const struct view *v, size_t i)
{
	const struct album *a = &v->catalogue->albums[i];
	js *o = present_album(v, i);
	js *tracks = array();
	char *path = text_format("/albums/%s/tracks", a->id);
	for (size_t t = 0; t < a->tracks && t < 50; t++)
		js_add(tracks, present_track_simple(v, a->first_track + t));
	js_put(o, "tracks", present_page(path, "", 50, 0, (long)a->tracks, tracks));
	put_copyright(o, a, &v->catalogue->artists[a->artist]);
	js_put_str(js_object_in(o, "external_ids"), "upc", a->upc);
	js_put(o, "genres", array());
	if (v->extended) {
		js_put_str(o, "label", "Sandbox Recordings");
		js_put_int(o, "popularity", v->catalogue->artists[a->artist].popularity);
	}
	free(path);
	return o;
}

js *present_track_simple(const struct view *v, size_t i)
{
	const struct track *t = &v->catalogue->tracks[i];
	js *o = object();
	js *artists = js_array_in(o, "artists");
	js_add(artists, artist_ref(v, v->catalogue->albums[t->album].artist));
	if (t->guest >= 0)
		js_add(artists, artist_ref(v, (size_t)t->guest));
	js_put_int(o, "disc_number", 1);
	js_put_int(o, "duration_ms", t->duration_ms);
	js_put_bool(o, "explicit", t->is_explicit);
	present_names(o, "track", t->id, t->name);
	js_put_int(o, "track_number", t->number);
	js_put_bool(o, "is_local", false);
	if (v->playable)
		js_put_bool(o, "is_playable", true);
	if (v->extended)
		js_put(o, "available_markets", present_markets());
	return o;
}

js *present_track(const struct view *v, size_t i)
{
	const struct track *t = &v->catalogue->tracks[i];
	js *o = present_track_simple(v, i);
	js_put(o, "album", present_album(v, t->album));
	js_put_str(js_object_in(o, "external_ids"), "isrc", t->isrc);
	if (v->extended) {
		js_put_int(o, "popularity", t->popularity);
		js_put(o, "preview_url", NULL);
	}
	return o;
}

static void put_spoken(js *o, const char *about)
{
	char *html = text_format("<p>%s</p>", about);
	js_put_str(o, "description", about);
	js_put_str(o, "html_description", html);
	js_put_bool(o, "explicit", false);
	js_put_bool(o, "is_externally_hosted", false);
	js_add_str(js_array_in(o, "languages"), "en");
	free(html);
}

js *present_show(const struct view *v, size_t i)
{
	const struct show *s = &v->catalogue->shows[i];
	js *o = object();
	present_names(o, "show", s->id, s->name);
	put_spoken(o, s->about);
	js_put(o, "copyrights", array());
	js_put(o, "images", present_images(s->id));
	js_put_str(o, "media_type", "audio");
	js_put_int(o, "total_episodes", (int64_t)s->episodes);
	if (v->extended) {
		js_put_str(o, "publisher", s->publisher);
		js_put(o, "available_markets", present_markets());
	}
	return o;
}

js *present_episode(const struct view *v, size_t i, bool with_show)
{
	const struct episode *e = &v->catalogue->episodes[i];
	js *o = object();
	present_names(o, "episode", e->id, e->name);
	put_spoken(o, v->catalogue->shows[e->show].about);
	js_put(o, "audio_preview_url", NULL);
	js_put_int(o, "duration_ms", e->duration_ms);
	js_put(o, "images", present_images(e->id));
	js_put_bool(o, "is_playable", true);
	js_put_str(o, "language", "en");
	js_put_str(o, "release_date", e->date);
	js_put_str(o, "release_date_precision", "day");
	if (with_show)
		js_put(o, "show", present_show(v, e->show));
	spoken_put_resume(v->reader, o, e->id);
	return o;
}

js *present_user(js *user, bool with_name)
{
	js *o = object();
	const char *id = js_str(user, "id");
	char *href = text_format(API_BASE "/users/%s", id);
	char *uri = text_format("spotify:user:%s", id);
	if (with_name)
		js_put_str(o, "display_name", js_str(user, "display_name"));
	js_put(o, "external_urls", present_link("user", id));
	js_put_str(o, "href", href);
	js_put_str(o, "id", id);
	js_put_str(o, "type", "user");
	js_put_str(o, "uri", uri);
	free(href);
	free(uri);
	return o;
}

js *present_page(const char *path, const char *extra, long limit, long offset, long total, js *items)
{
	js *page = object();
	char *href = text_format(API_BASE "%s?offset=%ld&limit=%ld%s", path, offset, limit, extra);
	char *next = text_format(API_BASE "%s?offset=%ld&limit=%ld%s", path, offset + limit, limit, extra);
	char *back = text_format(API_BASE "%s?offset=%ld&limit=%ld%s", path,
				 offset > limit ? offset - limit : 0, limit, extra);
	js_put_str(page, "href", href);
	js_put_int(page, "limit", limit);
	js_put_str(page, "next", offset + limit < total ? next : NULL);
	js_put_int(page, "offset", offset);
	js_put_str(page, "previous", offset > 0 ? back : NULL);
	js_put_int(page, "total", total);
	js_put(page, "items", items);
	free(href);
	free(next);
	free(back);
	return page;
}

/* spotify:local:artist:album:title:seconds, each with + for a space. */
static js *local_file(const char *uri)
{
	js *o = object();
	js *album = js_object_in(o, "album");
	js *artist = object();
	char *copy = text_copy(uri + strlen("spotify:local:"));
	char *field[4] = { copy, NULL, NULL, NULL };
	for (size_t i = 1; i < 4; i++) {
		field[i] = strchr(field[i - 1], ':');
		if (field[i] == NULL)
			break;
		*field[i]++ = '\0';
	}
	long long seconds = 0;
	(void)text_number(field[3], &seconds);
	static const char *const null_members[] = { "album_type", "href", "id", "release_date",
						    "release_date_precision", "uri" };
	for (size_t i = 0; i < sizeof null_members / sizeof null_members[0]; i++)
		js_put(album, null_members[i], NULL);
	js_put(album, "artists", array());
	js_put(album, "external_urls", object());
	js_put(album, "images", array());
	js_put_str(album, "name", field[1] == NULL ? "" : params_decode(field[1], 1));
	js_put_str(album, "type", "album");
	js_put(artist, "external_urls", object());
	js_put(artist, "href", NULL);
	js_put(artist, "id", NULL);
	js_put_str(artist, "name", params_decode(field[0], 1));
	js_put_str(artist, "type", "artist");
	js_put(artist, "uri", NULL);
	js_add(js_array_in(o, "artists"), artist);
	js_put_int(o, "disc_number", 0);
	js_put_int(o, "duration_ms", seconds * 1000);
	js_put_bool(o, "explicit", false);
	js_put(o, "external_ids", object());
	js_put(o, "external_urls", object());
	js_put(o, "href", NULL);
	js_put(o, "id", NULL);
	js_put_bool(o, "is_local", true);
	js_put_str(o, "name", field[2] == NULL ? "" : params_decode(field[2], 1));
	js_put_int(o, "track_number", 0);
	js_put_str(o, "type", "track");
	js_put_str(o, "uri", uri);
	free(copy);
	return o;
}

/* What a reader gets who did not say additional_types=episode. */
static js *episode_as_track(const struct view *v, size_t i)
{
	const struct episode *e = &v->catalogue->episodes[i];
	const struct show *s = &v->catalogue->shows[e->show];
	js *o = object();
	js *album = js_object_in(o, "album");
	js *artist = object();
	present_names(o, "episode", e->id, e->name);
	present_names(album, "show", s->id, s->name);
	js_put_str(album, "album_type", "compilation");
	js_put(album, "artists", array());
	js_put(album, "images", present_images(s->id));
	js_put_str(album, "release_date", e->date);
	js_put_str(album, "release_date_precision", "day");
	js_put_int(album, "total_tracks", (int64_t)s->episodes);
	present_names(artist, "artist", s->id, s->publisher);
	js_put_str(artist, "type", "show");
	js_add(js_array_in(o, "artists"), artist);
	js_put_int(o, "disc_number", 0);
	js_put_int(o, "duration_ms", e->duration_ms);
	js_put_bool(o, "explicit", false);
	js_put(o, "external_ids", object());
	js_put_bool(o, "is_local", false);
	js_put_int(o, "track_number", 0);
	return o;
}

/* What plays of an audiobook has the form of a show's episode. */
static js *chapter_as_episode(const struct view *v, size_t i)
{
	const struct chapter *c = &v->catalogue->chapters[i];
	const struct audiobook *b = &v->catalogue->books[c->book];
	js *o = object();
	js *of = js_object_in(o, "show");
	present_names(o, "episode", c->id, c->name);
	put_spoken(o, "");
	js_put(o, "audio_preview_url", NULL);
	js_put_int(o, "duration_ms", c->duration_ms);
	js_put(o, "images", present_images(b->id));
	js_put_bool(o, "is_playable", true);
	js_put_str(o, "language", "en");
	js_put_str(o, "release_date", c->date);
	js_put_str(o, "release_date_precision", "day");
	present_names(of, "show", b->id, b->name);
	put_spoken(of, b->about);
	js_put(of, "copyrights", array());
	js_put(of, "images", present_images(b->id));
	js_put_str(of, "media_type", "audio");
	js_put_int(of, "total_episodes", (int64_t)b->chapters);
	spoken_put_resume(v->reader, o, c->id);
	if (v->extended) {
		js_put_str(of, "publisher", b->author);
		js_put(of, "available_markets", present_markets());
	}
	return o;
}

js *present_media(const struct view *v, const char *uri, bool episodes)
{
	enum kind kind;
	size_t i;
	if (uri == NULL)
		return NULL;
	if (text_begins(uri, "spotify:local:"))
		return local_file(uri);
	if (!catalogue_find_uri(v->catalogue, uri, &kind, &i))
		return NULL;
	if (kind == KIND_TRACK)
		return present_track(v, i);
	if (kind == KIND_CHAPTER)
		return chapter_as_episode(v, i);
	if (kind != KIND_EPISODE)
		return NULL;
	return episodes ? present_episode(v, i, true) : episode_as_track(v, i);
}
