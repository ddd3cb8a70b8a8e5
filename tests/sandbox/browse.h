/* Single tracks, albums, artists, shows and episodes of the catalogue. */
#ifndef SANDBOX_BROWSE_H
#define SANDBOX_BROWSE_H

#include "request.h"

void browse_track(struct request *r);
void browse_album(struct request *r);
void browse_album_tracks(struct request *r);
void browse_artist(struct request *r);
void browse_artist_albums(struct request *r);
void browse_show(struct request *r);
void browse_show_episodes(struct request *r);
void browse_episode(struct request *r);

/* Audiobooks and chapters: the catalogue has none. */
void browse_nothing(struct request *r);

/* Extended mode only: ?ids= and an artist's top tracks. */
void browse_several(struct request *r);
void browse_top_tracks(struct request *r);

#endif
