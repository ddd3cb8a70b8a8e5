/* Catalogue, users and pages as the Web API writes them in JSON. Development
 * mode loses the fields that Spotify took out in February 2026. */
#ifndef SANDBOX_PRESENT_H
#define SANDBOX_PRESENT_H

#include "catalogue.h"
#include "js.h"
#include "request.h"

#include <stdbool.h>

#define API_BASE "https://api.spotify.com/v1"

/* Who reads: decides about fields. */
struct view {
	const struct catalogue *catalogue;
	bool extended;
	bool playable; /* a market applies: say is_playable */
	const struct request *reader; /* whose places in episodes are shown */
};

struct view present_view(const struct request *r);

/* New objects, owned by the caller. */
js *present_artist(const struct view *v, size_t i);
js *present_album(const struct view *v, size_t i);	/* simplified */
js *present_album_full(const struct view *v, size_t i); /* with its first 50 tracks */
js *present_track(const struct view *v, size_t i);
js *present_track_simple(const struct view *v, size_t i);
js *present_show(const struct view *v, size_t i);
js *present_episode(const struct view *v, size_t i, bool with_show);
js *present_user(js *user, bool with_name); /* public part */

/* A page object. path is what follows API_BASE, extra further query text
 * ("" or beginning with &). Takes items. */
js *present_page(const char *path, const char *extra, long limit, long offset, long total, js *items);

/* What a uri stands for in a playlist or player. episodes false: an episode
 * comes in the form of a track. Null for an unknown uri. */
js *present_media(const struct view *v, const char *uri, bool episodes);

/* external_urls object: {"spotify": "https://open.spotify.com/<kind>/<id>"}. */
js *present_link(const char *kind, const char *id);

/* The members that every object has; kind is the word in paths and uris. */
void present_names(js *o, const char *kind, const char *id, const char *name);

/* Countries, for those who still see them. */
js *present_markets(void);

/* An array with one to three image objects. */
js *present_images(const char *seed);

#endif
