/*
 * A list of items to add somewhere: read from an argument, with everything
 * that does not fit named at once; written out in parts.
 */
#ifndef TONEARM_TOOLS_URIS_H
#define TONEARM_TOOLS_URIS_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "worker/tools/items.h"

struct uri_list {
	size_t n;
	struct item_ref *refs;   /* in the call's arena */
};

/* Reads the argument name (links, URIs, bare ids of tracks): tracks and
 * episodes only.  false: the call has failed, naming what does not fit. */
bool uris_read(struct call *c, const char *name, struct uri_list *out);

/* The same for any kinds (a mask of ITEM_BIT), which words name: "tracks, albums
 * or shows".  What is given twice counts once if once is set. */
bool uris_read_kinds(struct call *c, const char *name, unsigned kinds, const char *words,
    bool once, struct uri_list *out);

/* Appends `"uris":["spotify:track:...",...]` of entries from to from + n - 1.
 * Errors of buf_put. */
err_t uris_put(const struct uri_list *list, size_t from, size_t n, struct buf *out) MUST_CHECK;

/* Is entry i the thing that this URI of Spotify's names? */
bool uris_is(const struct uri_list *list, size_t i, struct span uri);

#endif
