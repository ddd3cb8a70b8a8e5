/* The invented music: made once at start from word lists, the same every
 * time, read-only afterwards. Knows no users, no HTTP and no JSON. */
#ifndef SANDBOX_CATALOGUE_H
#define SANDBOX_CATALOGUE_H

#include "digest.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind { KIND_TRACK, KIND_ALBUM, KIND_ARTIST, KIND_SHOW, KIND_EPISODE, KIND_AUDIOBOOK, KIND_CHAPTER };

/* How many shows and episodes came before the long one: what accounts have
 * saved depends on it. */
enum { CATALOGUE_SHORT_SHOWS = 3, CATALOGUE_SHORT_EPISODES = 18 };

struct artist {
	char id[ID_SIZE];
	const char *name;
	const char *genre[2];
	const char *moods; /* found by search, not shown */
	int popularity; /* 0 to 100 */
	int followers;
	size_t first_album;
	size_t albums;
};

struct album {
	char id[ID_SIZE];
	char name[112];
	size_t artist;
	const char *type; /* album or single */
	char date[11];
	char upc[14];
	char folded[112]; /* name and surroundings in small letters, for searching */
	char around[256];
	size_t first_track;
	size_t tracks;
};

struct track {
	char id[ID_SIZE];
	char name[112];
	char isrc[13];
	char folded[112]; /* name and surroundings in small letters, for searching */
	char around[352];
	size_t album;
	long guest; /* index of a second artist or -1 */
	uint32_t duration_ms;
	unsigned number; /* from 1 */
	bool is_explicit;
	int popularity;
};

struct show {
	char id[ID_SIZE];
	const char *name;
	const char *publisher;
	const char *about;
	size_t first_episode;
	size_t episodes;
};

struct episode {
	char id[ID_SIZE];
	char name[112];
	size_t show;
	uint32_t duration_ms;
	char date[11];
};

struct audiobook {
	char id[ID_SIZE];
	const char *name;
	const char *author;
	const char *narrator;
	const char *about;
	size_t first_chapter;
	size_t chapters;
};

struct chapter {
	char id[ID_SIZE];
	char name[128];
	size_t book;
	unsigned number; /* from 0 */
	uint32_t duration_ms;
	char date[11];
};

struct catalogue_entry {
	char id[ID_SIZE];
	enum kind kind;
	size_t index;
};

struct catalogue {
	struct artist *artists;
	size_t artist_count;
	struct album *albums;
	size_t album_count;
	struct track *tracks;
	size_t track_count;
	struct show *shows;
	size_t show_count;
	struct episode *episodes;
	size_t episode_count;
	struct audiobook *books;
	size_t book_count;
	struct chapter *chapters;
	size_t chapter_count;
	struct catalogue_entry *entries; /* sorted by id */
	size_t entry_count;
};

/* Makes the whole catalogue; the caller destroys it. */
struct catalogue *catalogue_create(void);
void catalogue_destroy(struct catalogue **c);

/* Finds an id of that kind; false when there is none. */
bool catalogue_find(const struct catalogue *c, enum kind kind, const char *id, size_t *index);

/* Finds spotify:track:..., album, artist, show, episode, audiobook or chapter.
 * Spotify itself writes show in the uri of an audiobook and episode in that of a
 * chapter: those are found too. */
bool catalogue_find_uri(const struct catalogue *c, const char *uri, enum kind *kind, size_t *index);

/* track, album, artist, show, episode, audiobook, chapter. */
const char *catalogue_kind_name(enum kind kind);

/* Whether s has the form of an id (22 base-62 characters). */
bool catalogue_is_id(const char *s);

/* Index of the artist of a track. */
size_t catalogue_track_artist(const struct catalogue *c, size_t track);

/* Length of a track, episode or chapter uri in milliseconds; 0 for anything else but
 * local files, whose uri ends in their seconds. */
uint32_t catalogue_duration(const struct catalogue *c, const char *uri);

#endif
