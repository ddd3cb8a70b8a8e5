/*
 * Families of Spotify's endpoints that seem to share a daily quota in
 * Development Mode, as one list.  Spotify does not publish its groups; these
 * follow the paths.  Their numbers travel in messages and stand in the
 * database: a new one goes to the end, none is ever reused.
 */
#ifndef TONEARM_IPC_FAMILIES_H
#define TONEARM_IPC_FAMILIES_H

#define SP_FAMILIES(X) \
	X(PROFILE,  "profile") \
	X(SEARCH,   "search") \
	X(TRACKS,   "tracks") \
	X(ALBUMS,   "albums") \
	X(ARTISTS,  "artists") \
	X(PODCASTS, "shows and episodes") \
	X(BOOKS,    "audiobooks") \
	X(LIBRARY,  "library") \
	X(HISTORY,  "listening history") \
	X(PLAYLISTS, "playlists") \
	X(PLAYER,   "player") \
	X(ACCOUNTS, "sign-in")

enum sp_family {
#define X(name, text) SP_FAMILY_##name,
	SP_FAMILIES(X)
#undef X
	SP_FAMILY_COUNT
};

#endif
