/* The invented music: artists by hand, albums and most tracks from word lists
 * and a fixed pseudo-random sequence, so that every id is the same for ever. */
#include "config.h"

#include "catalogue.h"

#include "text.h"
#include "words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALBUMS_EACH = 3, MAX_TRACKS_EACH = 12, LONG_SHOW_EPISODES = 130 };

/* splitmix64: small, and the same on every machine, unlike random(). */
static uint64_t draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static size_t pick(uint64_t *seed, size_t n)
{
	return (size_t)(draw(seed) % n);
}

static void seeded_id(char out[ID_SIZE], const char *what, size_t n)
{
	char *seed = text_format("sandbox:%s:%zu", what, n);
	digest_id(seed, out);
	free(seed);
}

static void make_title(uint64_t *seed, char *out, size_t room)
{
	const char *quality = words_qualities[pick(seed, words_quality_count)];
	const char *thing = words_things[pick(seed, words_thing_count)];
	const char *other = words_things[pick(seed, words_thing_count)];
	const char *place = words_places[pick(seed, words_place_count)];
	const char *deed = words_deeds[pick(seed, words_deed_count)];
	switch (pick(seed, 8)) {
	case 0: snprintf(out, room, "%s %s", quality, thing); break;
	case 1: snprintf(out, room, "The %s and the %s", thing, other); break;
	case 2: snprintf(out, room, "%s in %s", thing, place); break;
	case 3: snprintf(out, room, "%s the %s", deed, thing); break;
	case 4: snprintf(out, room, "%s %s, %s %s", quality, thing, words_qualities[pick(seed, words_quality_count)], other); break;
	case 5: snprintf(out, room, "My %s %s", quality, thing); break;
	case 6: snprintf(out, room, "%s %s", thing, other); break;
	default: snprintf(out, room, "%s on %s", quality, place); break;
	}
}

static void make_date(uint64_t *seed, int first_year, int years, char out[11])
{
	unsigned year = (unsigned)first_year + (unsigned)pick(seed, (size_t)years);
	snprintf(out, 11, "%04u-%02u-%02u", year % 10000u, 1u + (unsigned)pick(seed, 12) % 12u,
		 1u + (unsigned)pick(seed, 28) % 28u);
}

static const char *nth_hit(const char *artist, size_t n)
{
	for (size_t i = 0; i < words_hit_count; i++)
		if (strcmp(words_hits[i].artist, artist) == 0 && n-- == 0)
			return words_hits[i].title;
	return NULL;
}

/* Hits open the first album: its first track, its fourth, its seventh. */
static const char *hit_for(const struct catalogue *c, size_t artist, size_t nth_album, unsigned number)
{
	if (nth_album != 0 || number % 3 != 1)
		return NULL;
	return nth_hit(c->artists[artist].name, (number - 1) / 3);
}

static bool title_taken(const struct catalogue *c, const struct album *album, const char *name)
{
	for (size_t i = album->first_track; i < c->track_count; i++)
		if (strcmp(c->tracks[i].name, name) == 0)
			return true;
	return false;
}

static void make_track(struct catalogue *c, size_t album, size_t nth_album, unsigned number, uint64_t *seed)
{
	struct track *t = &c->tracks[c->track_count];
	const struct album *a = &c->albums[album];
	const char *hit = hit_for(c, a->artist, nth_album, number);
	seeded_id(t->id, "track", c->track_count);
	t->album = album;
	t->number = number;
	t->guest = -1;
	t->duration_ms = (uint32_t)(132000 + pick(seed, 190) * 1000 + pick(seed, 1000));
	t->is_explicit = pick(seed, 14) == 0;
	t->popularity = (int)pick(seed, 55);
	snprintf(t->isrc, sizeof t->isrc, "QZSBX%07u", (unsigned)(c->track_count % 10000000u));
	do
		make_title(seed, t->name, sizeof t->name);
	while (title_taken(c, a, t->name));
	if (pick(seed, 11) == 0) {
		t->guest = (long)pick(seed, c->artist_count);
		if ((size_t)t->guest == a->artist)
			t->guest = -1;
	}
	if (hit != NULL) {
		snprintf(t->name, sizeof t->name, "%s", hit);
		t->popularity = 70 + (int)pick(seed, 28);
		t->is_explicit = false;
	}
	c->track_count++;
}

static void make_album(struct catalogue *c, size_t artist, size_t nth)
{
	static const size_t base[ALBUMS_EACH] = { 10, 8, 3 };
	struct album *a = &c->albums[c->album_count];
	uint64_t seed = UINT64_C(0x70617065) + c->album_count * 7919;
	seeded_id(a->id, "album", c->album_count);
	a->artist = artist;
	a->type = nth == 2 ? "single" : "album";
	a->first_track = c->track_count;
	a->tracks = base[nth] + pick(&seed, nth == 2 ? 2 : 3);
	make_title(&seed, a->name, sizeof a->name);
	make_date(&seed, 1974, 52, a->date);
	snprintf(a->upc, sizeof a->upc, "07%011u", (unsigned)(draw(&seed) % 1000000000u));
	for (unsigned number = 1; number <= a->tracks; number++)
		make_track(c, c->album_count, nth, number, &seed);
	if (nth == 2)
		snprintf(a->name, sizeof a->name, "%s", c->tracks[a->first_track].name);
	c->album_count++;
}

static void make_artists(struct catalogue *c)
{
	c->artist_count = words_artist_count;
	c->artists = text_must(calloc(words_artist_count, sizeof *c->artists));
	c->albums = text_must(calloc(words_artist_count * ALBUMS_EACH, sizeof *c->albums));
	c->tracks = text_must(calloc(words_artist_count * ALBUMS_EACH * MAX_TRACKS_EACH, sizeof *c->tracks));
	for (size_t i = 0; i < c->artist_count; i++) {
		struct artist *a = &c->artists[i];
		uint64_t seed = 41 + i;
		seeded_id(a->id, "artist", i);
		a->name = words_artists[i].name;
		a->genre[0] = words_artists[i].genre[0];
		a->genre[1] = words_artists[i].genre[1];
		a->moods = words_artists[i].moods;
		a->popularity = 35 + (int)pick(&seed, 60);
		a->followers = 900 + (int)pick(&seed, 900000);
	}
	for (size_t i = 0; i < c->artist_count; i++) {
		c->artists[i].first_album = c->album_count;
		c->artists[i].albums = ALBUMS_EACH;
		for (size_t n = 0; n < ALBUMS_EACH; n++)
			make_album(c, i, n);
	}
}

static void make_episode(struct catalogue *c, size_t show, const char *name)
{
	struct episode *e = &c->episodes[c->episode_count];
	uint64_t seed = 977 + c->episode_count;
	seeded_id(e->id, "episode", c->episode_count);
	e->show = show;
	e->duration_ms = (uint32_t)(600000 + pick(&seed, 1800) * 1000);
	make_date(&seed, 2023, 3, e->date);
	if (name != NULL)
		snprintf(e->name, sizeof e->name, "%s", name);
	else
		make_title(&seed, e->name, sizeof e->name);
	c->episode_count++;
}

static void make_long_show(struct catalogue *c)
{
	struct show *s = &c->shows[c->show_count];
	seeded_id(s->id, "show", c->show_count);
	s->name = "Small Hours Archive";
	s->publisher = "Backroom Audio";
	s->about = "Every night something short";
	s->first_episode = c->episode_count;
	s->episodes = LONG_SHOW_EPISODES;
	for (size_t n = 0; n < LONG_SHOW_EPISODES; n++)
		make_episode(c, c->show_count, NULL);
	c->show_count++;
}

static void make_books(struct catalogue *c)
{
	size_t total = 0;
	for (size_t i = 0; i < words_book_count; i++)
		total += words_books[i].chapters;
	c->book_count = words_book_count;
	c->books = text_must(calloc(words_book_count, sizeof *c->books));
	c->chapters = text_must(calloc(total, sizeof *c->chapters));
	for (size_t i = 0; i < words_book_count; i++) {
		struct audiobook *b = &c->books[i];
		seeded_id(b->id, "audiobook", i);
		b->name = words_books[i].name;
		b->author = words_books[i].author;
		b->narrator = words_books[i].narrator;
		b->about = words_books[i].about;
		b->first_chapter = c->chapter_count;
		b->chapters = words_books[i].chapters;
		for (unsigned n = 0; n < words_books[i].chapters; n++) {
			struct chapter *ch = &c->chapters[c->chapter_count];
			uint64_t seed = 5003 + c->chapter_count;
			char title[112];
			seeded_id(ch->id, "chapter", c->chapter_count);
			make_title(&seed, title, sizeof title);
			snprintf(ch->name, sizeof ch->name, "%u. %s", n + 1, title);
			ch->book = i;
			ch->number = n;
			ch->duration_ms = (uint32_t)(300000 + pick(&seed, 2400) * 1000);
			snprintf(ch->date, sizeof ch->date, "2024-%02u-15", (unsigned)(i % 12u) + 1u);
			c->chapter_count++;
		}
	}
}

static void make_shows(struct catalogue *c)
{
	size_t each = sizeof words_shows[0].episode / sizeof words_shows[0].episode[0];
	c->show_count = words_show_count;
	c->shows = text_must(calloc(words_show_count + 1, sizeof *c->shows));
	c->episodes = text_must(calloc(words_show_count * each + LONG_SHOW_EPISODES, sizeof *c->episodes));
	for (size_t i = 0; i < words_show_count; i++) {
		struct show *s = &c->shows[i];
		seeded_id(s->id, "show", i);
		s->name = words_shows[i].name;
		s->publisher = words_shows[i].publisher;
		s->about = words_shows[i].about;
		s->first_episode = c->episode_count;
		s->episodes = each;
		for (size_t n = 0; n < each; n++)
			make_episode(c, i, words_shows[i].episode[n]);
	}
	make_long_show(c);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct catalogue_entry *)a)->id, ((const struct catalogue_entry *)b)->id);
}

static void add_entry(struct catalogue *c, enum kind kind, size_t index, const char *id)
{
	struct catalogue_entry *e = &c->entries[c->entry_count++];
	memcpy(e->id, id, ID_SIZE);
	e->kind = kind;
	e->index = index;
}

static void make_index(struct catalogue *c)
{
	size_t n = c->artist_count + c->album_count + c->track_count + c->show_count + c->episode_count +
		   c->book_count + c->chapter_count;
	c->entries = text_must(calloc(n, sizeof *c->entries));
	for (size_t i = 0; i < c->artist_count; i++)
		add_entry(c, KIND_ARTIST, i, c->artists[i].id);
	for (size_t i = 0; i < c->album_count; i++)
		add_entry(c, KIND_ALBUM, i, c->albums[i].id);
	for (size_t i = 0; i < c->track_count; i++)
		add_entry(c, KIND_TRACK, i, c->tracks[i].id);
	for (size_t i = 0; i < c->show_count; i++)
		add_entry(c, KIND_SHOW, i, c->shows[i].id);
	for (size_t i = 0; i < c->episode_count; i++)
		add_entry(c, KIND_EPISODE, i, c->episodes[i].id);
	for (size_t i = 0; i < c->book_count; i++)
		add_entry(c, KIND_AUDIOBOOK, i, c->books[i].id);
	for (size_t i = 0; i < c->chapter_count; i++)
		add_entry(c, KIND_CHAPTER, i, c->chapters[i].id);
	qsort(c->entries, c->entry_count, sizeof *c->entries, compare_entries);
}

static void fold(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* Search goes over all of it with every request, so the text stands ready. */
static void make_search_text(struct catalogue *c)
{
	for (size_t i = 0; i < c->album_count; i++) {
		struct album *a = &c->albums[i];
		const struct artist *by = &c->artists[a->artist];
		memcpy(a->folded, a->name, sizeof a->folded);
		snprintf(a->around, sizeof a->around, "%s / %s, %s / %s", by->name, by->genre[0], by->genre[1],
			 by->moods);
		fold(a->folded);
		fold(a->around);
	}
	for (size_t i = 0; i < c->track_count; i++) {
		struct track *t = &c->tracks[i];
		const struct album *on = &c->albums[t->album];
		const struct artist *by = &c->artists[on->artist];
		memcpy(t->folded, t->name, sizeof t->folded);
		snprintf(t->around, sizeof t->around, "%s / %s / %s, %s / %s", by->name, on->name, by->genre[0],
			 by->genre[1], by->moods);
		fold(t->folded);
		fold(t->around);
	}
}

struct catalogue *catalogue_create(void)
{
	struct catalogue *c = text_must(calloc(1, sizeof *c));
	make_artists(c);
	make_search_text(c);
	make_shows(c);
	make_books(c);
	make_index(c);
	return c;
}

void catalogue_destroy(struct catalogue **c)
{
	if (*c == NULL)
		return;
	free((*c)->artists);
	free((*c)->albums);
	free((*c)->tracks);
	free((*c)->shows);
	free((*c)->episodes);
	free((*c)->books);
	free((*c)->chapters);
	free((*c)->entries);
	free(*c);
	*c = NULL;
}

bool catalogue_is_id(const char *s)
{
	size_t n = 0;
	for (; s[n] != '\0'; n++)
		if (!isalnum((unsigned char)s[n]) || n >= ID_SIZE - 1)
			return false;
	return n == ID_SIZE - 1;
}

bool catalogue_find(const struct catalogue *c, enum kind kind, const char *id, size_t *index)
{
	struct catalogue_entry key = { .kind = kind };
	if (!catalogue_is_id(id))
		return false;
	memcpy(key.id, id, ID_SIZE);
	const struct catalogue_entry *e =
		bsearch(&key, c->entries, c->entry_count, sizeof *c->entries, compare_entries);
	if (e == NULL || e->kind != kind)
		return false;
	*index = e->index;
	return true;
}

const char *catalogue_kind_name(enum kind kind)
{
	static const char *const names[] = { "track", "album", "artist", "show", "episode", "audiobook", "chapter" };
	return names[kind];
}

bool catalogue_find_uri(const struct catalogue *c, const char *uri, enum kind *kind, size_t *index)
{
	static const struct {
		const char *word;
		enum kind kind;
	} words[] = { { "track", KIND_TRACK },	   { "album", KIND_ALBUM },	    { "artist", KIND_ARTIST },
		      { "show", KIND_SHOW },	   { "episode", KIND_EPISODE },	    { "show", KIND_AUDIOBOOK },
		      { "episode", KIND_CHAPTER }, { "audiobook", KIND_AUDIOBOOK }, { "chapter", KIND_CHAPTER } };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		char prefix[32];
		int n = snprintf(prefix, sizeof prefix, "spotify:%s:", words[i].word);
		if (strncmp(uri, prefix, (size_t)n) == 0 && catalogue_find(c, words[i].kind, uri + n, index)) {
			*kind = words[i].kind;
			return true;
		}
	}
	return false;
}

size_t catalogue_track_artist(const struct catalogue *c, size_t track)
{
	return c->albums[c->tracks[track].album].artist;
}

uint32_t catalogue_duration(const struct catalogue *c, const char *uri)
{
	enum kind kind;
	size_t i;
	if (text_begins(uri, "spotify:local:")) {
		long long seconds;
		const char *last = strrchr(uri, ':');
		if (text_number(last + 1, &seconds) && seconds > 0 && seconds < 100000)
			return (uint32_t)seconds * 1000u;
		return 0;
	}
	if (!catalogue_find_uri(c, uri, &kind, &i))
		return 0;
	if (kind == KIND_TRACK)
		return c->tracks[i].duration_ms;
	if (kind == KIND_CHAPTER)
		return c->chapters[i].duration_ms;
	return kind == KIND_EPISODE ? c->episodes[i].duration_ms : 0;
}
