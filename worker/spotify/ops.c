/* The table of Spotify's operations; see ops.h. */
#include "config.h"

#include "worker/spotify/ops.h"

#define ANY      SP_BODY_ANY
#define THING    SP_BODY_THING
#define ITEMS    SP_BODY_ITEMS
#define PERHAPS  SP_BODY_PERHAPS

#define LIB_READ  "user-library-read"
#define PL_READ   "playlist-read-private"
#define EDIT      "playlist-modify-public playlist-modify-private"
#define STATE     "user-read-playback-state"
#define CONTROL   "user-modify-playback-state"
#define RESUME    "user-read-playback-position"

/*
 * How long an answer may be used again.  The catalogue changes by the day; the
 * position in an episode or chapter while one listens; what the person owns may
 * be changed in Spotify's own application at any time.
 */
#define CATALOGUE_S 300
#define LISTENING_S 30
#define OWN_LIST_S  10
#define OWN_S       5

/* name, method, path, family, page_max, repeatable, command, body, scopes, keep_s */
static const struct sp_op_info op_table[SP_OP_COUNT] = {
	[SP_OP_ME] = {"me", "GET", "/me", SP_FAMILY_PROFILE, 0, true, false, THING, "", 0},
	[SP_OP_SEARCH] = {"search", "GET", "/search",
	    SP_FAMILY_SEARCH, 10, true, false, SP_BODY_FOUND, "", CATALOGUE_S},
	[SP_OP_TRACK] = {"track", "GET", "/tracks/{id}",
	    SP_FAMILY_TRACKS, 0, true, false, THING, "", CATALOGUE_S},
	[SP_OP_ALBUM] = {"album", "GET", "/albums/{id}",
	    SP_FAMILY_ALBUMS, 0, true, false, THING, "", CATALOGUE_S},
	[SP_OP_ALBUM_TRACKS] = {"album_tracks", "GET", "/albums/{id}/tracks",
	    SP_FAMILY_ALBUMS, 50, true, false, ITEMS, "", CATALOGUE_S},
	[SP_OP_ARTIST] = {"artist", "GET", "/artists/{id}",
	    SP_FAMILY_ARTISTS, 0, true, false, THING, "", CATALOGUE_S},
	[SP_OP_ARTIST_ALBUMS] = {"artist_albums", "GET", "/artists/{id}/albums",
	    SP_FAMILY_ARTISTS, 10, true, false, ITEMS, "", CATALOGUE_S},
	[SP_OP_SHOW] = {"show", "GET", "/shows/{id}",
	    SP_FAMILY_PODCASTS, 0, true, false, THING, "", CATALOGUE_S},
	[SP_OP_SHOW_EPISODES] = {"show_episodes", "GET", "/shows/{id}/episodes",
	    SP_FAMILY_PODCASTS, 50, true, false, ITEMS, "", LISTENING_S},
	[SP_OP_EPISODE] = {"episode", "GET", "/episodes/{id}",
	    SP_FAMILY_PODCASTS, 0, true, false, THING, "", LISTENING_S},
	[SP_OP_AUDIOBOOK] = {"audiobook", "GET", "/audiobooks/{id}",
	    SP_FAMILY_BOOKS, 0, true, false, THING, "", CATALOGUE_S},
	[SP_OP_AUDIOBOOK_CHAPTERS] = {"audiobook_chapters", "GET", "/audiobooks/{id}/chapters",
	    SP_FAMILY_BOOKS, 50, true, false, ITEMS, "", LISTENING_S},
	[SP_OP_CHAPTER] = {"chapter", "GET", "/chapters/{id}",
	    SP_FAMILY_BOOKS, 0, true, false, THING, "", LISTENING_S},
	[SP_OP_SAVED_TRACKS] = {"saved_tracks", "GET", "/me/tracks",
	    SP_FAMILY_LIBRARY, 50, true, false, ITEMS, LIB_READ, OWN_LIST_S},
	[SP_OP_SAVED_ALBUMS] = {"saved_albums", "GET", "/me/albums",
	    SP_FAMILY_LIBRARY, 50, true, false, ITEMS, LIB_READ, OWN_LIST_S},
	[SP_OP_SAVED_SHOWS] = {"saved_shows", "GET", "/me/shows",
	    SP_FAMILY_LIBRARY, 50, true, false, ITEMS, LIB_READ, OWN_LIST_S},
	[SP_OP_SAVED_EPISODES] = {"saved_episodes", "GET", "/me/episodes",
	    SP_FAMILY_LIBRARY, 50, true, false, ITEMS, LIB_READ " " RESUME, OWN_LIST_S},
	[SP_OP_SAVED_AUDIOBOOKS] = {"saved_audiobooks", "GET", "/me/audiobooks",
	    SP_FAMILY_LIBRARY, 50, true, false, ITEMS, LIB_READ, OWN_LIST_S},
	[SP_OP_FOLLOWED_ARTISTS] = {"followed_artists", "GET", "/me/following",
	    SP_FAMILY_LIBRARY, 50, true, false, SP_BODY_ARTISTS, "user-follow-read", OWN_LIST_S},
	[SP_OP_LIBRARY_SAVE] = {"library_save", "PUT", "/me/library",
	    SP_FAMILY_LIBRARY, 40, true, false, ANY, "user-library-modify", 0},
	[SP_OP_LIBRARY_REMOVE] = {"library_remove", "DELETE", "/me/library",
	    SP_FAMILY_LIBRARY, 40, true, false, ANY, "user-library-modify", 0},
	[SP_OP_LIBRARY_CONTAINS] = {"library_contains", "GET", "/me/library/contains",
	    SP_FAMILY_LIBRARY, 40, true, false, SP_BODY_LIST, LIB_READ, OWN_S},
	[SP_OP_TOP_ARTISTS] = {"top_artists", "GET", "/me/top/artists",
	    SP_FAMILY_HISTORY, 50, true, false, ITEMS, "user-top-read", CATALOGUE_S},
	[SP_OP_TOP_TRACKS] = {"top_tracks", "GET", "/me/top/tracks",
	    SP_FAMILY_HISTORY, 50, true, false, ITEMS, "user-top-read", CATALOGUE_S},
	[SP_OP_RECENTLY_PLAYED] = {"recently_played", "GET", "/me/player/recently-played",
	    SP_FAMILY_HISTORY, 50, true, false, SP_BODY_RECENT, "user-read-recently-played", 0},
	[SP_OP_MY_PLAYLISTS] = {"my_playlists", "GET", "/me/playlists",
	    SP_FAMILY_PLAYLISTS, 50, true, false, ITEMS, PL_READ, OWN_LIST_S},
	[SP_OP_PLAYLIST_CREATE] = {"playlist_create", "POST", "/me/playlists",
	    SP_FAMILY_PLAYLISTS, 0, false, false, THING, EDIT, 0},
	[SP_OP_PLAYLIST] = {"playlist", "GET", "/playlists/{id}",
	    SP_FAMILY_PLAYLISTS, 0, true, false, THING, "", OWN_S},
	[SP_OP_PLAYLIST_CHANGE] = {"playlist_change", "PUT", "/playlists/{id}",
	    SP_FAMILY_PLAYLISTS, 0, true, false, ANY, EDIT, 0},
	[SP_OP_PLAYLIST_ITEMS] = {"playlist_items", "GET", "/playlists/{id}/items",
	    SP_FAMILY_PLAYLISTS, 50, true, false, SP_BODY_TOTAL, PL_READ, OWN_S},
	[SP_OP_PLAYLIST_ADD] = {"playlist_add", "POST", "/playlists/{id}/items",
	    SP_FAMILY_PLAYLISTS, 100, false, false, PERHAPS, EDIT, 0},
	[SP_OP_PLAYLIST_REPLACE] = {"playlist_replace", "PUT", "/playlists/{id}/items",
	    SP_FAMILY_PLAYLISTS, 100, true, false, PERHAPS, EDIT, 0},
	[SP_OP_PLAYLIST_REORDER] = {"playlist_reorder", "PUT", "/playlists/{id}/items",
	    SP_FAMILY_PLAYLISTS, 0, false, false, PERHAPS, EDIT, 0},
	[SP_OP_PLAYLIST_REMOVE] = {"playlist_remove", "DELETE", "/playlists/{id}/items",
	    SP_FAMILY_PLAYLISTS, 100, true, false, PERHAPS, EDIT, 0},
	[SP_OP_PLAYLIST_COVER] = {"playlist_cover", "PUT", "/playlists/{id}/images",
	    SP_FAMILY_PLAYLISTS, 0, true, false, ANY, "ugc-image-upload " EDIT, 0},
	[SP_OP_PLAYER] = {"player", "GET", "/me/player",
	    SP_FAMILY_PLAYER, 0, true, false, SP_BODY_PLAYER, STATE, 0},
	[SP_OP_DEVICES] = {"devices", "GET", "/me/player/devices",
	    SP_FAMILY_PLAYER, 0, true, false, SP_BODY_DEVICES, STATE, 0},
	[SP_OP_QUEUE] = {"queue", "GET", "/me/player/queue",
	    SP_FAMILY_PLAYER, 0, true, false, SP_BODY_QUEUE, STATE " user-read-currently-playing", 0},
	[SP_OP_TRANSFER] = {"transfer", "PUT", "/me/player",
	    SP_FAMILY_PLAYER, 0, true, true, ANY, CONTROL, 0},
	[SP_OP_PLAY] = {"play", "PUT", "/me/player/play",
	    SP_FAMILY_PLAYER, 100, true, true, ANY, CONTROL, 0},
	[SP_OP_PAUSE] = {"pause", "PUT", "/me/player/pause",
	    SP_FAMILY_PLAYER, 0, true, true, ANY, CONTROL, 0},
	[SP_OP_NEXT] = {"next", "POST", "/me/player/next",
	    SP_FAMILY_PLAYER, 0, false, true, ANY, CONTROL, 0},
	[SP_OP_PREVIOUS] = {"previous", "POST", "/me/player/previous",
	    SP_FAMILY_PLAYER, 0, false, true, ANY, CONTROL, 0},
	[SP_OP_SEEK] = {"seek", "PUT", "/me/player/seek",
	    SP_FAMILY_PLAYER, 0, true, true, ANY, CONTROL, 0},
	[SP_OP_REPEAT] = {"repeat", "PUT", "/me/player/repeat",
	    SP_FAMILY_PLAYER, 0, true, true, ANY, CONTROL, 0},
	[SP_OP_SHUFFLE] = {"shuffle", "PUT", "/me/player/shuffle",
	    SP_FAMILY_PLAYER, 0, true, true, ANY, CONTROL, 0},
	[SP_OP_VOLUME] = {"volume", "PUT", "/me/player/volume",
	    SP_FAMILY_PLAYER, 0, true, true, ANY, CONTROL, 0},
	[SP_OP_QUEUE_ADD] = {"queue_add", "POST", "/me/player/queue",
	    SP_FAMILY_PLAYER, 0, false, true, ANY, CONTROL, 0},
	/* Repeating a refresh or a code could spend it; only the caller knows. */
	[SP_OP_TOKEN] = {"token", "POST", "/api/token",
	    SP_FAMILY_ACCOUNTS, 0, false, false, ANY, "", 0},
};

const struct sp_op_info *
sp_op_info(enum sp_op op)
{
	return &op_table[op];
}

const char *
sp_family_name(enum sp_family family)
{
	static const char *const names[] = {
#define X(name, text) text,
		SP_FAMILIES(X)
#undef X
	};

	return family < SP_FAMILY_COUNT ? names[family] : "?";
}

err_t
sp_percent(struct buf *out, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i;
	err_t err = 0;

	for (i = 0; i < s.n && err == 0; i++) {
		uint8_t c = s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '.' || c == '_' || c == '~')
			err = buf_put_byte(out, c);
		else {
			const uint8_t e[3] = {'%', (uint8_t)hex[c >> 4], (uint8_t)hex[c & 15]};

			err = buf_put(out, e, sizeof(e));
		}
	}
	return err;
}

err_t
sp_op_target(enum sp_op op, struct span id, struct span query, struct buf *out)
{
	const char *path = op_table[op].path;
	const char *hole = strstr(path, "{id}");
	err_t err;

	if (hole == NULL)
		err = buf_put_str(out, path);
	else if (id.n == 0)
		return ERR_STATE;
	else {
		err = buf_put(out, path, (size_t)(hole - path));
		if (err == 0)
			err = sp_percent(out, id);
		if (err == 0)
			err = buf_put_str(out, hole + 4);
	}
	if (err == 0 && query.n > 0)
		err = buf_put_byte(out, '?');
	if (err == 0)
		err = buf_put_span(out, query);
	return err;
}

err_t
sp_query_put(struct buf *out, const char *name, struct span value)
{
	err_t err = 0;

	if (out->len > 0)
		err = buf_put_byte(out, '&');
	if (err == 0)
		err = buf_put_str(out, name);
	if (err == 0)
		err = buf_put_byte(out, '=');
	if (err == 0)
		err = sp_percent(out, value);
	return err;
}

err_t
sp_query_num(struct buf *out, const char *name, int64_t value)
{
	return buf_printf(out, "%s%s=%lld", out->len > 0 ? "&" : "", name, (long long)value);
}
