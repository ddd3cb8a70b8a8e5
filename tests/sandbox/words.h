/* The invented names the catalogue is made of. */
#ifndef SANDBOX_WORDS_H
#define SANDBOX_WORDS_H

#include <stddef.h>

struct words_artist {
	const char *name;
	const char *genre[2];
	const char *moods; /* further words by which search finds the artist's music */
};

/* A named track. Hits of one artist stand together, in the artists' order. */
struct words_hit {
	const char *artist;
	const char *title;
};

struct words_show {
	const char *name;
	const char *publisher;
	const char *about;
	const char *episode[6];
};

struct words_book {
	const char *name;
	const char *author;
	const char *narrator;
	const char *about;
	unsigned chapters;
};

extern const struct words_artist words_artists[];
extern const size_t words_artist_count;
extern const struct words_hit words_hits[];
extern const size_t words_hit_count;
extern const struct words_show words_shows[];
extern const size_t words_show_count;
extern const struct words_book words_books[];
extern const size_t words_book_count;

extern const char *const words_qualities[];
extern const size_t words_quality_count;
extern const char *const words_things[];
extern const size_t words_thing_count;
extern const char *const words_places[];
extern const size_t words_place_count;
extern const char *const words_deeds[];
extern const size_t words_deed_count;

#endif
