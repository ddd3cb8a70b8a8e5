/*
 * The tools fed with the recorded answers that lie outside the project
 * (TONEARM_SHARED or ../shared; skipped where they are absent), in both modes
 * of an application: everything is shown, nothing breaks.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/bench.h"

#define FIX "0123456789abcdefghijAB"
#define AT_ONCE 8

static char *kept[AT_ONCE];
static size_t n_kept;

/* The text of an example, kept until the end of the test; NULL: not there. */
static const char *
example(const char *mode, const char *name)
{
	const char *shared = getenv("TONEARM_SHARED");
	char path[512];
	struct json_object *o;

	(void)snprintf(path, sizeof(path), "%s/spotify/examples/%s/%s.json",
	    shared != NULL ? shared : "../shared", mode, name);
	o = json_object_from_file(path);
	if (o == NULL)
		return NULL;
	assert_true(n_kept < AT_ONCE);
	kept[n_kept] = strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
	return kept[n_kept++];
}

static int
setup(void **state)
{
	n_kept = 0;
	return rig_setup(state);
}

static int
teardown(void **state)
{
	while (n_kept > 0)
		free(kept[--n_kept]);
	return rig_teardown(state);
}

struct sample {
	const char *file, *target, *tool, *args;
	int returned;              /* what "returned" must be; -1: it has none */
	const char *says;
};

static const struct sample samples[] = {
	{"player_track", "/v1/me/player", "get_playback", "{}", -1, "Living Room"},
	{"player_episode", "/v1/me/player", "get_playback", "{}", -1, "episode"},
	{"player_local_file", "/v1/me/player", "get_playback", "{}", -1, "local file"},
	{"player_ad_item_null", "/v1/me/player", "get_playback", "{}", -1, "advertisement"},
	{"search_track", "/v1/search", "search", "{'query':'x','limit':4}", -1, "/track/"},
	{"search_multi_null_playlists", "/v1/search", "search",
	    "{'query':'x','types':['artist','album','playlist'],'limit':2}", -1, "Left out"},
	{"me_playlists", "/v1/me/playlists", "list_playlists", "{'limit':3}", 3, "Kitchen Radio"},
	{"playlist_owned", "/v1/playlists/" FIX, "get_playlist", "{'playlist':'" FIX "'}", -1, "1. "},
	{"saved_tracks", "/v1/me/tracks", "get_library", "{'limit':2}", -1, "/track/"},
	{"saved_albums", "/v1/me/albums", "get_library", "{'kind':'albums','limit':1}", -1, "/album/"},
	{"saved_shows", "/v1/me/shows", "get_library", "{'kind':'shows','limit':1}", -1, "/show/"},
	{"saved_episodes", "/v1/me/episodes", "get_library", "{'kind':'episodes','limit':2}", -1,
	    "no longer available"},
	{"saved_audiobooks", "/v1/me/audiobooks", "get_library", "{'kind':'audiobooks','limit':1}", -1,
	    "1. "},
	{"followed_artists", "/v1/me/following", "get_library", "{'kind':'artists','limit':1}", 1,
	    "/artist/"},
	{"library_contains", "/v1/me/library/contains", "check_library", "{'uris':['" FIX "',"
	    "'spotify:album:" FIX "']}", -1, "1 of 2 are saved"},
	{"top_artists", "/v1/me/top/artists", "get_top_items", "{'kind':'artists','limit':2}", -1,
	    "/artist/"},
	{"top_tracks", "/v1/me/top/tracks", "get_top_items", "{'limit':2}", -1, "/track/"},
	{"recently_played", "/v1/me/player/recently-played", "get_recently_played", "{'limit':2}", -1,
	    "T"},
	{"album_tracks", "/v1/albums/" FIX "/tracks", "list_contents", "{'uri':'spotify:album:" FIX
	    "','limit':2}", -1, "/track/"},
	{"artist_albums", "/v1/artists/" FIX "/albums", "list_contents", "{'uri':'spotify:artist:" FIX
	    "','limit':2}", -1, "/album/"},
	{"show_episodes", "/v1/shows/" FIX "/episodes", "list_contents", "{'uri':'spotify:show:" FIX
	    "','limit':2}", -1, "/episode/"},
	{"audiobook_chapters", "/v1/audiobooks/" FIX "/chapters", "list_contents",
	    "{'uri':'spotify:audiobook:" FIX "','limit':2}", -1, "1. "},
	{"track", "/v1/tracks/" FIX, "get_items", "{'uris':'" FIX "'}", 1, "album_url"},
	{"album", "/v1/albums/" FIX, "get_items", "{'uris':'spotify:album:" FIX "'}", 1, "released"},
	{"artist", "/v1/artists/" FIX, "get_items", "{'uris':'spotify:artist:" FIX "'}", 1,
	    "/artist/"},
	{"show", "/v1/shows/" FIX, "get_items", "{'uris':'spotify:show:" FIX "'}", 1, "/show/"},
	{"episode", "/v1/episodes/" FIX, "get_items", "{'uris':'spotify:episode:" FIX "'}", 1,
	    "released"},
	{"audiobook", "/v1/audiobooks/" FIX, "get_items", "{'uris':'spotify:audiobook:" FIX "'}", 1,
	    "narrators"},
	{"chapter", "/v1/chapters/" FIX, "get_items", "{'uris':'spotify:chapter:" FIX "'}", 1,
	    "1. "},
	{"playlist_owned", "/v1/playlists/" FIX, "get_items", "{'uris':'spotify:playlist:" FIX
	    "'}", 1, "/playlist/"},
};

static void
try_sample(struct rig *r, const char *mode, const struct sample *s)
{
	const char *text = example(mode, s->file);
	struct result a;

	if (text == NULL)
		skip();
	server_forget(r->server);
	ON(r->server, "GET", s->target, 200, text);
	tool_call(r, s->tool, s->args, &a);
	if (a.failed || !says(&a, s->says))
		fail_msg("%s (%s): %s", s->file, mode, buf_cstr(&a.text));
	if (s->returned >= 0)
		assert_int_equal(got_int(&a, "returned"), s->returned);
	result_free(&a);
	while (n_kept > 0)
		free(kept[--n_kept]);
}

static void
recorded_answers_are_shown_in_both_modes(void **state)
{
	static const char *const modes[] = {"devmode", "full"};
	struct rig *r = *state;
	size_t m, i;

	if (example("devmode", "me") == NULL) {
		print_message("skipped: the recorded answers are not there (TONEARM_SHARED)\n");
		skip();
	}
	rig_bind(r, ROW_GOOD);
	for (m = 0; m < 2; m++)
		for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
			try_sample(r, modes[m], &samples[i]);
}

static void
a_mixed_playlist_and_a_foreign_one(void **state)
{
	struct rig *r = *state;
	const char *mine = example("devmode", "playlist_not_owned");
	const char *items = example("devmode", "playlist_items_mixed");
	struct result a;

	if (mine == NULL || items == NULL) {
		print_message("skipped: the recorded answers are not there (TONEARM_SHARED)\n");
		skip();
	}
	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 200, items);
	ON(r->server, "GET", "/v1/playlists/" FIX, 200, mine);
	tool_call(r, "get_playlist", "{'playlist':'" FIX "'}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "items.0.type"), "track");
	assert_string_equal(got_str(&a, "items.1.type"), "episode");
	assert_string_equal(got_str(&a, "items.2.type"), "local");
	assert_string_equal(got_str(&a, "items.3.type"), "unavailable");
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 403,
	    "{\"error\":{\"status\":403,\"message\":\"Forbidden\"}}");
	ON(r->server, "GET", "/v1/playlists/" FIX, 200, mine);
	tool_call(r, "get_playlist", "{'playlist':'" FIX "'}", &a);
	assert_string_equal(got_str(&a, "contents"), "closed");
	result_free(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(recorded_answers_are_shown_in_both_modes),
		T(a_mixed_playlist_and_a_foreign_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
