/*
 * Going through a list of things in the library in parts of one sort each:
 * looking which are saved, and saving or removing.  What each part came to is
 * kept thing by thing.  Shared by check_library, save_to_library and
 * remove_from_library.
 */
#ifndef TONEARM_TOOLS_SAVING_H
#define TONEARM_TOOLS_SAVING_H

#include <stddef.h>

#include "worker/tools/errand.h"
#include "worker/tools/uris.h"

#define SAVING_MAX 200
#define SAVING_PART 40       /* Spotify's own bound */
/* Parts at worst: things that are saved, artists and playlists do not share one. */
#define SAVING_PARTS (SAVING_MAX / SAVING_PART + 2)

#define SAVING_KINDS (ITEM_BIT(ITEM_TRACK) | ITEM_BIT(ITEM_ALBUM) | ITEM_BIT(ITEM_ARTIST) | \
	ITEM_BIT(ITEM_PLAYLIST) | ITEM_BIT(ITEM_SHOW) | ITEM_BIT(ITEM_EPISODE) | \
	ITEM_BIT(ITEM_AUDIOBOOK))
#define SAVING_WORDS "tracks, albums, artists, playlists, shows, episodes or audiobooks"

enum saved {
	SAVED_UNKNOWN,           /* not looked at */
	SAVED_NO, SAVED_YES,     /* found so, and left so */
	SAVED_CHANGED,           /* now as wanted */
	SAVED_FAILED,            /* as it was; why tells */
	SAVED_UNCLEAR            /* its change may have been carried out; why tells */
};

struct saving {
	struct uri_list list;
	enum saved *state;       /* one for each of the list, as why */
	const char **why;        /* sentence, or NULL */
	size_t *part;            /* which of the list are in this part */
	size_t n_part;
	enum sp_op op;           /* SP_OP_LIBRARY_CONTAINS: only look */
	bool again;              /* the part was looked at after an unclear change */
	bool begun;              /* the record of it is */
	const char *why_not;     /* sentence: a part could not be recorded */
	errand_step next;
};

/* Reads the argument "uris" and whether this access may touch what it names.
 * false: the call is over. */
bool saving_read(struct call *c, struct saving *s);

/* Goes through it with op and on with next, whatever happened.  Things whose
 * state is not SAVED_UNKNOWN are left alone.  s lasts as long as the call. */
void saving_start(struct call *c, struct saving *s, enum sp_op op, errand_step next);

/* How many are in this state; the sentence of the first that has one. */
size_t saving_count(const struct saving *s, enum saved state);
const char *saving_trouble(const struct saving *s);

/* Adds the links of all in this state as an array.  ERR_NOMEM. */
err_t saving_links(const struct saving *s, enum saved state, struct json_object *data,
    const char *name) MUST_CHECK;
/* Adds {url, problem} of all that failed or are unclear to data and text. */
err_t saving_failures(struct call *c, const struct saving *s) MUST_CHECK;
extern const struct out saving_failure_out[];

#endif
