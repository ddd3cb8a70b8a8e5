/* Single tracks, albums and artists of the catalogue, and several at once. */
#ifndef SANDBOX_BROWSE_H
#define SANDBOX_BROWSE_H

#include "request.h"

/* The thing of that kind that segment 2 of the path names; false after answering. */
bool browse_named(struct request *r, enum kind kind, size_t *index);

void browse_track(struct request *r);
void browse_album(struct request *r);
void browse_album_tracks(struct request *r);
void browse_artist(struct request *r);
void browse_artist_albums(struct request *r);

/* Extended mode only: ?ids= (of every kind) and an artist's top tracks. */
void browse_several(struct request *r);
void browse_top_tracks(struct request *r);

#endif
