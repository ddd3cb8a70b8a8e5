/* Shows, episodes, audiobooks and chapters. */
#include "config.h"

#include "spoken.h"

#include "browse.h"
#include "player.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { OFFSET_MAX = 100000, FIRST_PAGE = 50 };

bool spoken_books_open(const struct request *r)
{
	static const char *const open[] = { "AU", "CA", "GB", "IE", "NZ", "US" };
	const char *country = js_str(r->user, "country");
	for (size_t i = 0; country != NULL && i < sizeof open / sizeof open[0]; i++)
		if (strcmp(open[i], country) == 0)
			return true;
	return false;
}

/* The uri and the link of an audiobook say show, those of a chapter episode. */
static void put_names(js *o, const char *kind, const char *word, const char *id, const char *name)
{
	char *href = text_format(API_BASE "/%ss/%s", kind, id);
	char *uri = text_format("spotify:%s:%s", word, id);
	js_put(o, "external_urls", present_link(word, id));
	js_put_str(o, "href", href);
	js_put_str(o, "id", id);
	js_put_str(o, "name", name);
	js_put_str(o, "type", kind);
	js_put_str(o, "uri", uri);
	free(href);
	free(uri);
}

static void put_about(js *o, const char *about)
{
	char *html = text_format("<p>%s</p>", about);
	js_put_str(o, "description", about);
	js_put_str(o, "html_description", html);
	js_put_bool(o, "explicit", false);
	js_add_str(js_array_in(o, "languages"), "en");
	free(html);
}

static void put_people(js *o, const char *member, const char *name)
{
	js *one = text_must(json_object_new_object());
	js_put_str(one, "name", name);
	js_add(js_array_in(o, member), one);
}

js *spoken_audiobook(const struct view *v, size_t i)
{
	const struct audiobook *b = &v->catalogue->books[i];
	js *o = text_must(json_object_new_object());
	put_names(o, "audiobook", "show", b->id, b->name);
	put_about(o, b->about);
	put_people(o, "authors", b->author);
	put_people(o, "narrators", b->narrator);
	js *right = text_must(json_object_new_object());
	js_put_str(right, "text", b->author);
	js_put_str(right, "type", "P");
	js_add(js_array_in(o, "copyrights"), right);
	js_put_str(o, "edition", "Unabridged");
	js_put(o, "images", present_images(b->id));
	js_put_bool(o, "is_externally_hosted", false);
	js_put_str(o, "media_type", "audio");
	js_put_int(o, "total_chapters", (int64_t)b->chapters);
	if (v->extended) {
		js_put_str(o, "publisher", "Backroom Books");
		js_put(o, "available_markets", present_markets());
	}
	return o;
}

js *spoken_chapter(const struct view *v, size_t i, bool with_book)
{
	const struct chapter *c = &v->catalogue->chapters[i];
	js *o = text_must(json_object_new_object());
	put_names(o, "chapter", "episode", c->id, c->name);
	put_about(o, "");
	js_put(o, "audio_preview_url", NULL);
	js_put_int(o, "chapter_number", c->number);
	js_put_int(o, "duration_ms", c->duration_ms);
	js_put(o, "images", present_images(v->catalogue->books[c->book].id));
	js_put_bool(o, "is_playable", true);
	js_put_str(o, "release_date", c->date);
	js_put_str(o, "release_date_precision", "day");
	if (with_book)
		js_put(o, "audiobook", spoken_audiobook(v, c->book));
	spoken_put_resume(v->reader, o, c->id);
	if (v->extended)
		js_put(o, "available_markets", present_markets());
	return o;
}

static void put_nulls(js *o, const char *const *names)
{
	for (; *names != NULL; names++)
		js_put(o, *names, NULL);
}

static js *dead(const char *kind)
{
	js *o = text_must(json_object_new_object());
	char *href = text_format(API_BASE "/%ss/null", kind);
	js_put_bool(o, "explicit", false);
	js_put(o, "external_urls", present_link(kind, "null"));
	js_put_str(o, "href", href);
	js_array_in(o, "images");
	js_add(js_array_in(o, "languages"), NULL);
	js_put_str(o, "type", kind);
	free(href);
	return o;
}

js *spoken_dead_episode(void)
{
	static const char *const both[] = { "description", "html_description", "id", "is_externally_hosted", "name", "uri",
					    NULL };
	static const char *const episode[] = { "audio_preview_url", "duration_ms", "language", NULL };
	static const char *const show[] = { "copyrights", "media_type", "total_episodes", NULL };
	js *o = dead("episode");
	js *of = dead("show");
	js *point = js_object_in(o, "resume_point");
	put_nulls(o, both);
	put_nulls(o, episode);
	put_nulls(of, both);
	put_nulls(of, show);
	js_put_str(o, "release_date", "0000");
	js_put_str(o, "release_date_precision", "year");
	js_put_bool(point, "fully_played", false);
	js_put(point, "resume_position_ms", NULL);
	js_put(o, "show", of);
	return o;
}

void spoken_put_resume(const struct request *r, js *o, const char *id)
{
	int64_t ms;
	bool heard;
	if (!text_has_word(r->scope, "user-read-playback-position"))
		return;
	js *point = js_object_in(o, "resume_point");
	player_resume_point(r->box, r->user, id, &ms, &heard);
	js_put_bool(point, "fully_played", heard);
	js_put_int(point, "resume_position_ms", ms);
}

static js *episodes_page(const struct view *v, size_t show, long limit, long offset)
{
	const struct show *s = &v->catalogue->shows[show];
	js *items = text_must(json_object_new_array());
	for (size_t n = (size_t)offset; n < s->episodes && n < (size_t)(offset + limit); n++)
		js_add(items, present_episode(v, s->first_episode + n, false));
	char *path = text_format("/shows/%s/episodes", s->id);
	js *page = present_page(path, "", limit, offset, (long)s->episodes, items);
	free(path);
	return page;
}

void spoken_show(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (!browse_named(r, KIND_SHOW, &i))
		return;
	js *o = present_show(&v, i);
	js_put(o, "episodes", episodes_page(&v, i, FIRST_PAGE, 0));
	answer_json(r, 200, o);
}

void spoken_show_episodes(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	long limit;
	long offset;
	if (browse_named(r, KIND_SHOW, &i) && request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		answer_json(r, 200, episodes_page(&v, i, limit, offset));
}

void spoken_episode(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (browse_named(r, KIND_EPISODE, &i))
		answer_json(r, 200, present_episode(&v, i, true));
}

/* Elsewhere an audiobook does not exist. */
static bool book_named(struct request *r, enum kind kind, size_t *index)
{
	if (!browse_named(r, kind, index))
		return false;
	if (spoken_books_open(r))
		return true;
	answer_error(r, 404, "Resource not found", NULL);
	return false;
}

static js *chapters_page(const struct view *v, size_t book, long limit, long offset)
{
	const struct audiobook *b = &v->catalogue->books[book];
	js *items = text_must(json_object_new_array());
	for (size_t n = (size_t)offset; n < b->chapters && n < (size_t)(offset + limit); n++)
		js_add(items, spoken_chapter(v, b->first_chapter + n, false));
	char *path = text_format("/audiobooks/%s/chapters", b->id);
	js *page = present_page(path, "", limit, offset, (long)b->chapters, items);
	free(path);
	return page;
}

void spoken_book(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (!book_named(r, KIND_AUDIOBOOK, &i))
		return;
	js *o = spoken_audiobook(&v, i);
	js_put(o, "chapters", chapters_page(&v, i, FIRST_PAGE, 0));
	answer_json(r, 200, o);
}

void spoken_book_chapters(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	long limit;
	long offset;
	if (book_named(r, KIND_AUDIOBOOK, &i) && request_page(r, 20, 50, OFFSET_MAX, &limit, &offset))
		answer_json(r, 200, chapters_page(&v, i, limit, offset));
}

void spoken_chapter_get(struct request *r)
{
	struct view v = present_view(r);
	size_t i;
	if (book_named(r, KIND_CHAPTER, &i))
		answer_json(r, 200, spoken_chapter(&v, i, true));
}
