/* GET /search. Words are looked for anywhere in names; all words first, some
 * words when nothing has all. Filters narrow further. */
#include "config.h"

#include "search.h"

#include "playlists.h"
#include "present.h"
#include "spoken.h"
#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 12, OFFSET_MAX = 1000, TYPES = 7 };

static const char *const types[TYPES] = { "track", "artist", "album", "playlist", "show", "episode", "audiobook" };

/* A search text taken apart. All pointers point into copy. */
struct query {
	char *copy;
	const char *word[WORDS_MAX];
	size_t words;
	const char *artist;
	const char *album;
	const char *track;
	const char *genre;
	const char *isrc;
	const char *upc;
	bool fresh;  /* tag:new */
	bool hidden; /* tag:hipster */
	int from_year;
	int to_year;
};

struct hit {
	int score;
	size_t index;
};

struct hits {
	struct hit *list;
	size_t count;
};

static bool set_filter(struct query *q, const char *name, char *value)
{
	if (strcmp(name, "artist") == 0)
		q->artist = value;
	else if (strcmp(name, "album") == 0)
		q->album = value;
	else if (strcmp(name, "track") == 0)
		q->track = value;
	else if (strcmp(name, "genre") == 0)
		q->genre = value;
	else if (strcmp(name, "isrc") == 0)
		q->isrc = value;
	else if (strcmp(name, "upc") == 0)
		q->upc = value;
	else if (strcmp(name, "tag") == 0)
		*(strcmp(value, "new") == 0 ? &q->fresh : &q->hidden) = true;
	else if (strcmp(name, "year") == 0) {
		char *dash = strchr(value, '-');
		q->from_year = atoi(value);
		q->to_year = dash == NULL ? q->from_year : atoi(dash + 1);
	} else
		return false;
	return true;
}

/* Cuts one piece off: a "quoted part" or what stands up to the next space. */
static char *take_piece(char **rest)
{
	char *s = *rest + strspn(*rest, " ");
	char *end;
	if (*s == '\0')
		return NULL;
	if (*s == '"') {
		s++;
		end = s + strcspn(s, "\"");
	} else {
		end = s + strcspn(s, " ");
	}
	*rest = *end == '\0' ? end : end + 1;
	*end = '\0';
	return s;
}

/* name:value, name:"quoted value" or name:several words up to the next filter:
 * Spotify takes the words after a filter as its value. */
static void read_query(const char *text, struct query *q)
{
	char *rest;
	*q = (struct query){ .copy = text_copy(text) };
	for (char *s = q->copy; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	rest = q->copy;
	for (;;) {
		rest += strspn(rest, " ");
		size_t name = strcspn(rest, ": \"");
		if (rest[name] == ':' && name > 0 && name < 8) {
			char key[8];
			memcpy(key, rest, name);
			key[name] = '\0';
			char *after = rest + name + 1;
			char *value = take_piece(&after);
			if (value != NULL && set_filter(q, key, value)) {
				rest = after;
				continue;
			}
			if (value == NULL)
				break;
			rest = after;
			if (q->words < WORDS_MAX)
				q->word[q->words++] = value;
			continue;
		}
		char *piece = take_piece(&rest);
		if (piece == NULL)
			break;
		if (q->words < WORDS_MAX && *piece != '\0')
			q->word[q->words++] = piece;
	}
}

/* Whether a word begins at this place of text. */
static bool word_start(const char *text, const char *at)
{
	return at == text || (!isalnum((unsigned char)at[-1]) && (unsigned char)at[-1] < 0x80);
}

typedef char *find_text(const char *text, const char *part);

/* Where a word is; loosely (some is better than nothing): only at the start of
 * a word, and rainy is found in rain. */
static const char *place(find_text *find, const char *text, const char *word, bool loosely)
{
	char shorter[24];
	size_t n = strlen(word);
	const char *at;
	if (!loosely)
		return find(text, word);
	if (n < 4 || n >= sizeof shorter)
		return NULL;
	memcpy(shorter, word, n);
	shorter[n > 4 ? n - 1 : n] = '\0';
	for (at = find(text, shorter); at != NULL && !word_start(text, at);)
		at = find(at + 1, shorter);
	return at;
}

/* How well the words fit: names count most, then what stands around. 0 when
 * not all (or loosely: not a single one) are there. find: strstr for text in
 * small letters, else strcasestr, which is slower. */
static int rate(const struct query *q, const char *name, const char *around, bool loosely, find_text *find)
{
	int score = 1;
	size_t found = 0;
	for (size_t i = 0; i < q->words; i++) {
		const char *in_name = place(find, name, q->word[i], loosely);
		const char *in_around = in_name != NULL ? NULL : place(find, around, q->word[i], loosely);
		if (in_name != NULL)
			score += word_start(name, in_name) ? 60 : 25;
		else if (in_around != NULL)
			score += word_start(around, in_around) ? 20 : 5;
		found += in_name != NULL || in_around != NULL;
		if (!loosely && found <= i)
			return 0;
	}
	if (q->words > 0 && found == 0)
		return 0;
	return score + (loosely ? (int)found * 100 : 0);
}

static bool year_fits(const struct query *q, const char *date)
{
	int year = atoi(date);
	return q->from_year == 0 || (year >= q->from_year && year <= q->to_year);
}

static bool holds(const char *text, const char *part)
{
	return part == NULL || strcasestr(text, part) != NULL;
}

static bool genre_fits(const struct query *q, const struct artist *a)
{
	return q->genre == NULL || holds(a->genre[0], q->genre) || holds(a->genre[1], q->genre);
}

static int rate_track(const struct catalogue *c, const struct query *q, size_t i, bool any)
{
	const struct track *t = &c->tracks[i];
	const struct album *al = &c->albums[t->album];
	const struct artist *ar = &c->artists[al->artist];
	if (!holds(t->name, q->track) || !holds(al->name, q->album) || !holds(ar->name, q->artist) ||
	    !genre_fits(q, ar) || !year_fits(q, al->date) || q->upc != NULL ||
	    (q->isrc != NULL && strcasecmp(q->isrc, t->isrc) != 0))
		return 0;
	int score = rate(q, t->folded, t->around, any, strstr);
	return score == 0 ? 0 : score + t->popularity / 2;
}

static int rate_album(const struct catalogue *c, const struct query *q, size_t i, bool any)
{
	const struct album *al = &c->albums[i];
	const struct artist *ar = &c->artists[al->artist];
	bool is_new = strcmp(al->date, "2025-10") > 0;
	if (!holds(al->name, q->album) || !holds(ar->name, q->artist) || !genre_fits(q, ar) ||
	    !year_fits(q, al->date) || (q->upc != NULL && strcmp(q->upc, al->upc) != 0) || (q->fresh && !is_new) ||
	    (q->hidden && ar->popularity > 45) || q->track != NULL || q->isrc != NULL)
		return 0;
	int score = rate(q, al->folded, al->around, any, strstr);
	return score == 0 ? 0 : score + ar->popularity / 4;
}

static int rate_other(const struct request *r, const struct query *q, size_t type, size_t i, bool any)
{
	const struct catalogue *c = r->box->catalogue;
	bool filtered = q->album != NULL || q->track != NULL || q->isrc != NULL || q->upc != NULL || q->from_year != 0;
	char around[256];
	if (filtered || (type != 1 && q->words == 0))
		return 0;
	switch (type) {
	case 1:
		if (!holds(c->artists[i].name, q->artist) || !genre_fits(q, &c->artists[i]))
			return 0;
		snprintf(around, sizeof around, "%s, %s / %s", c->artists[i].genre[0], c->artists[i].genre[1],
			 c->artists[i].moods);
		return rate(q, c->artists[i].name, around, any, strcasestr);
	case 4:
		return rate(q, c->shows[i].name, c->shows[i].about, any, strcasestr);
	case 5:
		snprintf(around, sizeof around, "%s / %s", c->shows[c->episodes[i].show].name,
			 c->shows[c->episodes[i].show].about);
		return rate(q, c->episodes[i].name, around, any, strcasestr);
	case 6:
		snprintf(around, sizeof around, "%s / %s", c->books[i].author, c->books[i].narrator);
		return rate(q, c->books[i].name, around, any, strcasestr);
	default:
		return 0;
	}
}

/* Playlists of everybody that are public, as one array of borrowed objects. */
static js *public_playlists(struct sandbox *box)
{
	js *list = text_must(json_object_new_array());
	json_object_object_foreach(js_object_in(box->doc, "playlists"), key, playlist) {
		(void)key;
		if (js_bool(playlist, "public", false))
			js_add(list, json_object_get(playlist));
	}
	return list;
}

static int compare_hits(const void *a, const void *b)
{
	const struct hit *x = a;
	const struct hit *y = b;
	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static size_t pool_size(const struct request *r, size_t type, js *playlists)
{
	const struct catalogue *c = r->box->catalogue;
	switch (type) {
	case 0: return c->track_count;
	case 1: return c->artist_count;
	case 2: return c->album_count;
	case 3: return js_len(playlists);
	case 4: return c->show_count;
	case 5: return c->episode_count;
	case 6: return spoken_books_open(r) ? c->book_count : 0;
	default: return 0;
	}
}

static struct hits find(const struct request *r, const struct query *q, size_t type, js *playlists)
{
	size_t n = pool_size(r, type, playlists);
	struct hits hits = { .list = text_must(calloc(n + 1, sizeof *hits.list)) };
	for (int any = 0; any < 2 && hits.count == 0; any++) {
		for (size_t i = 0; i < n; i++) {
			int score;
			if (type == 0)
				score = rate_track(r->box->catalogue, q, i, any == 1);
			else if (type == 2)
				score = rate_album(r->box->catalogue, q, i, any == 1);
			else if (type == 3 && q->words == 0)
				score = 0; /* filters are about music, not playlists */
			else if (type == 3)
				score = rate(q, js_str(js_at(playlists, i), "name"),
					     js_str(js_at(playlists, i), "description"), any == 1, strcasestr);
			else
				score = rate_other(r, q, type, i, any == 1);
			if (score > 0)
				hits.list[hits.count++] = (struct hit){ .score = score, .index = i };
		}
	}
	qsort(hits.list, hits.count, sizeof *hits.list, compare_hits);
	return hits;
}

static js *present_hit(const struct request *r, const struct view *v, size_t type, size_t index, js *playlists)
{
	switch (type) {
	case 0: return present_track(v, index);
	case 1: return present_artist(v, index);
	case 2: return present_album(v, index);
	case 3: return playlists_present(r, js_at(playlists, index));
	case 4: return present_show(v, index);
	case 5: return present_episode(v, index, false);
	case 6: return spoken_audiobook(v, index);
	default: return NULL;
	}
}

/* The number that Spotify names is an estimate: on the first page of many it is
 * too large, and it changes as one pages on. */
static long claimed(const struct request *r, long total, long limit, long offset)
{
	if (request_extended(r) || total <= limit)
		return total;
	long guess = total + total / 3 - offset / 2;
	return guess < total ? total : guess;
}

static void put_type(struct request *r, js *answer, const struct query *q, size_t type, long limit, long offset)
{
	struct view v = present_view(r);
	js *playlists = type == 3 ? public_playlists(r->box) : NULL;
	struct hits hits = find(r, q, type, playlists);
	js *items = text_must(json_object_new_array());
	long total = (long)hits.count;
	struct text extra = { 0 };
	char *name = text_format("%ss", types[type]);
	v.playable = true;
	/* Spotify's own playlists come as null: one takes the second place. */
	bool gap = type == 3 && !request_extended(r) && total > 0;
	total += gap;
	for (long i = offset; i < total && i < offset + limit; i++) {
		if (gap && i == 1)
			js_add(items, NULL);
		else
			js_add(items, present_hit(r, &v, type, hits.list[i - (gap && i > 1)].index, playlists));
	}
	text_add(&extra, "&query=");
	text_add_query(&extra, params_get(&r->query, "q"));
	text_add(&extra, "&type=");
	text_add_query(&extra, types[type]);
	js_put(answer, name, present_page("/search", extra.data, limit, offset, claimed(r, total, limit, offset), items));
	text_free(&extra);
	free(name);
	free(hits.list);
	json_object_put(playlists);
}

/* Marks the wanted types; false after answering 400. */
static bool read_types(struct request *r, bool wanted[TYPES])
{
	const char *s = params_get(&r->query, "type");
	if (s == NULL || *s == '\0') {
		answer_error(r, 400, "Missing parameter type", NULL);
		return false;
	}
	while (*s != '\0') {
		size_t n = strcspn(s, ",");
		bool found = false;
		for (size_t i = 0; i < TYPES; i++) {
			if (strlen(types[i]) == n && memcmp(types[i], s, n) == 0)
				found = wanted[i] = true;
		}
		if (!found) {
			char *message = text_format("Bad search type field %.*s", (int)(n > 60 ? 60 : n), s);
			answer_error(r, 400, message, NULL);
			free(message);
			return false;
		}
		s += n + (s[n] == ',');
	}
	return true;
}

void search_get(struct request *r)
{
	const char *text = params_get(&r->query, "q");
	bool extended = request_extended(r);
	bool wanted[TYPES] = { false };
	struct query q;
	long limit;
	long offset;
	if (text == NULL || *text == '\0') {
		answer_error(r, 400, "No search query", NULL);
		return;
	}
	if (!read_types(r, wanted) || !request_page(r, extended ? 20 : 5, extended ? 50 : 10, OFFSET_MAX, &limit, &offset))
		return;
	js *answer = text_must(json_object_new_object());
	read_query(text, &q);
	for (size_t i = 0; i < TYPES; i++)
		if (wanted[i])
			put_type(r, answer, &q, i, limit, offset);
	free(q.copy);
	answer_json(r, 200, answer);
}
