/* Which part answers which path, in one table, and what is checked before. */
#include "config.h"

#include "router.h"

#include "accounts.h"
#include "browse.h"
#include "control.h"
#include "faults.h"
#include "items.h"
#include "library.h"
#include "limits.h"
#include "old.h"
#include "pages.h"
#include "player_api.h"
#include "playlists.h"
#include "search.h"
#include "spoken.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	OPEN = 0,
	EXTENDED = 1, /* 403 Forbidden for an app in development mode */
	CLOSED = 2,   /* 403 Forbidden for every app made since November 2024 */
	PLAYER = 4,   /* a missing scope is 401 Permissions missing */
	PREMIUM = 8   /* the playing user needs Premium */
};

struct route {
	const char *method;
	const char *path;  /* below /v1; * stands for any one segment */
	const char *scope; /* all of the space-separated words; a|b: either */
	unsigned flags;
	void (*answer)(struct request *r);
};

static const struct route routes[] = {
	{ "GET", "me", NULL, OPEN, library_me },
	{ "GET", "search", NULL, OPEN, search_get },
	{ "GET", "tracks/*", NULL, OPEN, browse_track },
	{ "GET", "albums/*", NULL, OPEN, browse_album },
	{ "GET", "albums/*/tracks", NULL, OPEN, browse_album_tracks },
	{ "GET", "artists/*", NULL, OPEN, browse_artist },
	{ "GET", "artists/*/albums", NULL, OPEN, browse_artist_albums },
	{ "GET", "shows/*", NULL, OPEN, spoken_show },
	{ "GET", "shows/*/episodes", NULL, OPEN, spoken_show_episodes },
	{ "GET", "episodes/*", NULL, OPEN, spoken_episode },
	{ "GET", "audiobooks/*", NULL, OPEN, spoken_book },
	{ "GET", "audiobooks/*/chapters", NULL, OPEN, spoken_book_chapters },
	{ "GET", "chapters/*", NULL, OPEN, spoken_chapter_get },

	{ "GET", "me/playlists", "playlist-read-private", OPEN, playlists_mine },
	{ "POST", "me/playlists", "playlist-modify-public|playlist-modify-private", OPEN, playlists_create },
	{ "GET", "playlists/*", NULL, OPEN, playlists_get },
	{ "PUT", "playlists/*", "playlist-modify-public|playlist-modify-private", OPEN, playlists_change },
	{ "GET", "playlists/*/images", NULL, OPEN, playlists_images },
	{ "PUT", "playlists/*/images", "ugc-image-upload playlist-modify-public|playlist-modify-private", OPEN,
	  playlists_set_image },
	{ "GET", "playlists/*/items", "playlist-read-private", OPEN, items_get },
	{ "POST", "playlists/*/items", "playlist-modify-public|playlist-modify-private", OPEN, items_add },
	{ "PUT", "playlists/*/items", "playlist-modify-public|playlist-modify-private", OPEN, items_put },
	{ "DELETE", "playlists/*/items", "playlist-modify-public|playlist-modify-private", OPEN, items_remove },
	{ "GET", "playlists/*/tracks", "playlist-read-private", EXTENDED, items_get },
	{ "POST", "playlists/*/tracks", "playlist-modify-public|playlist-modify-private", EXTENDED, items_add },
	{ "PUT", "playlists/*/tracks", "playlist-modify-public|playlist-modify-private", EXTENDED, items_put },
	{ "DELETE", "playlists/*/tracks", "playlist-modify-public|playlist-modify-private", EXTENDED, items_remove },

	{ "GET", "me/tracks", "user-library-read", OPEN, library_tracks },
	{ "GET", "me/albums", "user-library-read", OPEN, library_albums },
	{ "GET", "me/shows", "user-library-read", OPEN, library_shows },
	{ "GET", "me/episodes", "user-library-read user-read-playback-position", OPEN, library_episodes },
	{ "GET", "me/audiobooks", "user-library-read", OPEN, library_audiobooks },
	{ "GET", "me/following", "user-follow-read", OPEN, library_following },
	{ "PUT", "me/library", NULL, OPEN, library_save },
	{ "DELETE", "me/library", NULL, OPEN, library_remove },
	{ "GET", "me/library/contains", NULL, OPEN, library_contains },
	{ "GET", "me/top/*", "user-top-read", OPEN, library_top },

	{ "GET", "me/player", "user-read-playback-state", PLAYER, player_api_state },
	{ "PUT", "me/player", "user-modify-playback-state", PLAYER | PREMIUM, player_api_transfer },
	{ "GET", "me/player/currently-playing", "user-read-currently-playing", PLAYER, player_api_current },
	{ "GET", "me/player/devices", "user-read-playback-state", PLAYER, player_api_devices },
	{ "GET", "me/player/queue", "user-read-currently-playing user-read-playback-state", PLAYER, player_api_queue },
	{ "GET", "me/player/recently-played", "user-read-recently-played", PLAYER, player_api_recent },
	{ "POST", "me/player/queue", "user-modify-playback-state", PLAYER | PREMIUM, player_api_enqueue },
	{ "PUT", "me/player/play", "user-modify-playback-state", PLAYER | PREMIUM, player_api_play },
	{ "PUT", "me/player/pause", "user-modify-playback-state", PLAYER | PREMIUM, player_api_pause },
	{ "POST", "me/player/next", "user-modify-playback-state", PLAYER | PREMIUM, player_api_next },
	{ "POST", "me/player/previous", "user-modify-playback-state", PLAYER | PREMIUM, player_api_previous },
	{ "PUT", "me/player/seek", "user-modify-playback-state", PLAYER | PREMIUM, player_api_seek },
	{ "PUT", "me/player/volume", "user-modify-playback-state", PLAYER | PREMIUM, player_api_volume },
	{ "PUT", "me/player/shuffle", "user-modify-playback-state", PLAYER | PREMIUM, player_api_shuffle },
	{ "PUT", "me/player/repeat", "user-modify-playback-state", PLAYER | PREMIUM, player_api_repeat },

	/* Closed to development mode since February 2026. */
	{ "GET", "tracks", NULL, EXTENDED, browse_several },
	{ "GET", "albums", NULL, EXTENDED, browse_several },
	{ "GET", "artists", NULL, EXTENDED, browse_several },
	{ "GET", "artists/*/top-tracks", NULL, EXTENDED, browse_top_tracks },
	{ "GET", "users/*", NULL, EXTENDED, library_user },
	{ "GET", "users/*/playlists", "playlist-read-private", EXTENDED, playlists_of_user },
	{ "POST", "users/*/playlists", "playlist-modify-public|playlist-modify-private", EXTENDED, playlists_create },
	{ "GET", "shows", NULL, EXTENDED, browse_several },
	{ "GET", "episodes", "user-read-playback-position", EXTENDED, browse_several },
	{ "GET", "audiobooks", NULL, EXTENDED, browse_several },
	{ "GET", "chapters", NULL, EXTENDED, browse_several },
	{ "PUT", "me/following", "user-follow-modify", EXTENDED, old_follow },
	{ "DELETE", "me/following", "user-follow-modify", EXTENDED, old_follow },
	{ "GET", "me/following/contains", "user-follow-read", EXTENDED, old_follows },
	{ "PUT", "me/*", "user-library-modify", EXTENDED, old_save },
	{ "DELETE", "me/*", "user-library-modify", EXTENDED, old_remove },
	{ "GET", "me/*/contains", "user-library-read", EXTENDED, old_contains },
	{ "PUT", "playlists/*/followers", "playlist-modify-public|playlist-modify-private", EXTENDED, old_follow_list },
	{ "DELETE", "playlists/*/followers", "playlist-modify-public|playlist-modify-private", EXTENDED,
	  old_follow_list },
	{ "GET", "playlists/*/followers/contains", NULL, EXTENDED, old_follows_list },
	{ "GET", "browse/new-releases", NULL, EXTENDED, old_releases },
	{ "GET", "browse/categories", NULL, EXTENDED, old_categories },
	{ "GET", "browse/categories/*", NULL, EXTENDED, old_category },
	{ "GET", "markets", NULL, EXTENDED, old_markets },

	/* Closed to every newer app since November 2024. */
	{ NULL, "artists/*/related-artists", NULL, CLOSED, NULL },
	{ NULL, "recommendations", NULL, CLOSED, NULL },
	{ NULL, "recommendations/available-genre-seeds", NULL, CLOSED, NULL },
	{ NULL, "audio-features", NULL, CLOSED, NULL },
	{ NULL, "audio-features/*", NULL, CLOSED, NULL },
	{ NULL, "audio-analysis/*", NULL, CLOSED, NULL },
	{ NULL, "browse/featured-playlists", NULL, CLOSED, NULL },
	{ NULL, "browse/categories/*/playlists", NULL, CLOSED, NULL },
};

static const struct route control_routes[] = {
	{ "POST", "faults", NULL, OPEN, faults_post },
	{ "GET", "faults", NULL, OPEN, faults_get },
	{ "DELETE", "faults", NULL, OPEN, faults_delete },
	{ "GET", "clock", NULL, OPEN, control_clock },
	{ "POST", "clock", NULL, OPEN, control_clock },
	{ "GET", "switches", NULL, OPEN, control_switches },
	{ "POST", "switches", NULL, OPEN, control_switches },
	{ "POST", "revoke", NULL, OPEN, control_revoke },
	{ "GET", "users", NULL, OPEN, control_users },
	{ "POST", "users", NULL, OPEN, control_users_add },
	{ "POST", "people", NULL, OPEN, control_people },
	{ "GET", "apps", NULL, OPEN, control_apps },
	{ "POST", "apps", NULL, OPEN, control_apps },
	{ "GET", "record", NULL, OPEN, control_record },
	{ "POST", "record/clear", NULL, OPEN, control_record_clear },
	{ "GET", "tokens", NULL, OPEN, control_tokens },
	{ "GET", "player", NULL, OPEN, control_player },
	{ "GET", "playlist", NULL, OPEN, control_playlist },
	{ "POST", "playlist", NULL, OPEN, control_playlist },
	{ "POST", "device", NULL, OPEN, control_device },
	{ "POST", "save", NULL, OPEN, control_save },
};

static bool path_fits(const char *pattern, const struct request *r, size_t from)
{
	size_t at = from;
	while (*pattern != '\0') {
		size_t n = strcspn(pattern, "/");
		if (at == r->segments)
			return false;
		bool any = n == 1 && pattern[0] == '*';
		if (!any && (strncmp(pattern, r->segment[at], n) != 0 || r->segment[at][n] != '\0'))
			return false;
		at++;
		pattern += n;
		if (*pattern == '/')
			pattern++;
	}
	return at == r->segments;
}

static const struct route *find_route(const struct route *table, size_t count, const struct request *r, size_t from)
{
	for (size_t i = 0; i < count; i++)
		if ((table[i].method == NULL || strcmp(table[i].method, r->method) == 0) &&
		    path_fits(table[i].path, r, from))
			return &table[i];
	return NULL;
}

/* a b|c: a and one of b and c. */
static bool scope_covers(const char *granted, const char *needed)
{
	while (needed != NULL && *needed != '\0') {
		char word[64];
		bool found = false;
		for (;;) {
			size_t n = strcspn(needed, " |");
			if (n < sizeof word) {
				memcpy(word, needed, n);
				word[n] = '\0';
				found = found || text_has_word(granted, word);
			}
			needed += n;
			if (*needed != '|')
				break;
			needed++;
		}
		if (!found)
			return false;
		needed += strspn(needed, " ");
	}
	return true;
}

void router_identify(struct request *r)
{
	r->app = NULL;
	r->user = NULL;
	r->scope = NULL;
	if (r->authorization == NULL || strncasecmp(r->authorization, "Bearer ", 7) != 0)
		return;
	const char *token = r->authorization + 7;
	token += strspn(token, " ");
	if (*token == '\0')
		return;
	digest_hex(token, r->token_hash);
	js *entry = js_get(js_get(r->box->doc, "access"), token);
	if (entry == NULL)
		return;
	if (js_int(entry, "expires_ms", 0) <= state_now_ms(r->box)) {
		r->expired = true;
		free(r->note_user);
		r->note_user = text_copy(js_str(entry, "user"));
		return;
	}
	r->app = state_app(r->box, js_str(entry, "app"));
	r->user = state_user(r->box, js_str(entry, "user"));
	r->scope = js_str(entry, "scope");
}

/* Everything that is wrong before the path is looked at. */
static bool caller_allowed(struct request *r)
{
	if (r->user == NULL || r->app == NULL) {
		bool missing = r->token_hash[0] == '\0';
		answer_error(r, 401, "Missing/invalid/expired access token", NULL);
		answer_header(r, "WWW-Authenticate",
			      missing ? "Bearer realm=\"spotify\", error=\"missing_token\", "
					"error_description=\"No token provided\""
				      : "Bearer realm=\"spotify\", error=\"invalid_token\", "
					"error_description=\"Invalid access token\"");
		return false;
	}
	if (!request_extended(r) && !state_owner_premium(r->box, r->app)) {
		answer_text(r, 403,
			    "Active premium subscription required for the owner of the app. When the subscription "
			    "status changes, it can take a few hours before requests are allowed again.");
		return false;
	}
	if (!state_allowlisted(r->app, request_user_id(r))) {
		answer_text(r, 403, "User not registered in the Developer Dashboard");
		return false;
	}
	return true;
}

static void answer_api(struct request *r)
{
	const struct route *route = find_route(routes, sizeof routes / sizeof routes[0], r, 1);
	if (!caller_allowed(r) || !limits_pass(r))
		return;
	if (route == NULL) {
		answer_error(r, 404, "Service not found", NULL);
	} else if ((route->flags & CLOSED) != 0 || ((route->flags & EXTENDED) != 0 && !request_extended(r))) {
		answer_error(r, 403, "Forbidden", NULL);
	} else if (!scope_covers(r->scope, route->scope)) {
		if ((route->flags & PLAYER) != 0)
			answer_error(r, 401, "Permissions missing", NULL);
		else
			answer_error(r, 403, "Insufficient client scope", NULL);
	} else if ((route->flags & PREMIUM) != 0 && !js_bool(r->user, "premium", false)) {
		answer_error(r, 403, "Player command failed: Premium required", "PREMIUM_REQUIRED");
	} else {
		route->answer(r);
	}
}

static void answer_control(struct request *r)
{
	const struct route *route = find_route(control_routes, sizeof control_routes / sizeof control_routes[0], r, 1);
	if (route == NULL)
		answer_error(r, 404, "No such control call; see tests/sandbox/README.md", NULL);
	else
		route->answer(r);
}

static bool is(const struct request *r, const char *method, const char *path)
{
	return strcmp(r->method, method) == 0 && strcmp(r->path, path) == 0;
}

void router_answer(struct request *r)
{
	if (r->too_large)
		answer_error(r, 413, "Request body too large", NULL);
	else if (r->segments > 0 && strcmp(r->segment[0], "v1") == 0)
		answer_api(r);
	else if (r->segments > 0 && strcmp(r->segment[0], "_sandbox") == 0)
		answer_control(r);
	else if (is(r, "GET", "/authorize"))
		accounts_authorize(r);
	else if (is(r, "POST", "/authorize/decide"))
		accounts_decide(r);
	else if (is(r, "POST", "/api/token"))
		accounts_token(r);
	else if (is(r, "GET", "/"))
		pages_overview(r);
	else
		answer_error(r, 404, "Service not found", NULL);
	if (r->answer.status == 0)
		answer_error(r, 500, "The sandbox forgot to answer", NULL);
}
