/*
 * Answers with holes: whatever Spotify may leave out, set to null or send as another
 * type, no tool stumbles over it.  Each kept input of the tools' fuzzer, and each
 * recorded answer where those are (TONEARM_SHARED or ../shared), is spoilt in one
 * place after the other and given to its tool.  What must hold then is said in
 * tests/fuzz/tools.c: one end, a valid result, only declared members.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"

#define ID "0123456789abcdefghijAB"
#define FILE_MOST 65536
#define PLACES 60            /* of one answer, spread over all of it */

void
fuzz_failed(const char *file, int line, const char *what)
{
	print_error("does not hold: %s\n", what);
	_fail(file, line);
	abort();   /* not reached: _fail jumps */
}

/* --- spoiling -------------------------------------------------------------------------- */

enum spoil { AS_NULL, AWAY, AS_TEXT, AS_NUMBER, AS_LIST, AS_OBJECT, SPOILS };

static struct json_object *
instead(enum spoil how)
{
	switch (how) {
	case AS_TEXT:
		return json_object_new_string("\xe2\x80\xae{\"x\"}\n");
	case AS_NUMBER:
		return json_object_new_int64(-4611686018427387904);
	case AS_LIST:
		return json_object_new_array();
	case AS_OBJECT:
		return json_object_new_object();
	default:
		return NULL;
	}
}

/* Spoils the place *at, counted in the order of reading; *at falls below 0 when it
 * was met. */
static void
spoil(struct json_object *o, long *at, enum spoil how)
{
	struct json_object_iterator i, end;
	size_t k;

	if (json_object_is_type(o, json_type_array)) {
		for (k = 0; k < json_object_array_length(o) && *at >= 0; k++) {
			if ((*at)-- > 0)
				spoil(json_object_array_get_idx(o, k), at, how);
			else if (how == AWAY)
				(void)json_object_array_del_idx(o, k, 1);
			else
				(void)json_object_array_put_idx(o, k, instead(how));
		}
		return;
	}
	if (!json_object_is_type(o, json_type_object))
		return;
	i = json_object_iter_begin(o);
	end = json_object_iter_end(o);
	for (; *at >= 0 && !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *name = json_object_iter_peek_name(&i);

		if ((*at)-- > 0)
			spoil(json_object_iter_peek_value(&i), at, how);
		else {
			if (how == AWAY)
				json_object_object_del(o, name);
			else
				(void)json_object_object_add(o, name, instead(how));
			return;
		}
	}
}

static long
places_of(struct json_object *o)
{
	long at = 1000000;

	spoil(o, &at, AS_NULL);
	return 1000000 - at;
}

/* The call with the answer before its last line spoilt in up to PLACES places. */
static unsigned
spoil_all(const char *before, const char *answer, const char *after)
{
	struct json_object *o = NULL, *copy;
	long n, place, at;
	unsigned fed = 0, how;
	struct buf in;

	if (json_parse(span_str(answer), &json_from_spotify, &o) != 0 || o == NULL)
		return 0;
	buf_init(&in, 1 << 22);
	n = places_of(o);
	for (place = 0; place < n; place += n / PLACES + 1)
		for (how = 0; how < SPOILS; how++) {
			copy = NULL;
			assert_ok(json_object_deep_copy(o, &copy, NULL));
			at = place;
			spoil(copy, &at, how);
			buf_clear(&in);
			assert_ok(buf_put_str(&in, before));
			assert_ok(json_write(&in, copy));
			assert_ok(buf_put_str(&in, after));
			fuzz_tool_run(buf_span(&in));
			json_object_put(copy);
			fed++;
		}
	json_object_put(o);
	buf_free(&in);
	return fed;
}

/* --- what is kept in the project ---------------------------------------------------------- */

/* Each line of answers in turn; a line is a byte for the status and JSON. */
static unsigned
spoil_file(const char *path)
{
	char *text = calloc(1, FILE_MOST), *line, *end, *before;
	FILE *f = fopen(path, "rb");
	unsigned fed = 0;

	assert_non_null(text);
	if (f == NULL)
		fail_msg("%s cannot be read", path);
	(void)!fread(text, 1, FILE_MOST - 1, f);
	(void)fclose(f);
	line = strchr(text, '\n');
	while (line != NULL && line[1] != '\0') {
		line += 2;
		end = strchr(line, '\n');
		before = strndup(text, (size_t)(line - text));
		assert_non_null(before);
		if (end != NULL)
			*end = '\0';
		fed += spoil_all(before, line, end == NULL ? "" : "\n");
		if (end != NULL)
			*end = '\n';
		free(before);
		line = end;
	}
	free(text);
	return fed;
}

static void
kept_inputs_with_holes_are_read(void **state)
{
	const char *top = getenv("srcdir");
	char path[1024], file[1400];
	const struct dirent *e;
	unsigned fed = 0;
	DIR *dir;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/tool_run", top == NULL ? "." : top);
	dir = opendir(path);
	if (dir == NULL)
		fail_msg("%s cannot be read", path);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		fed += spoil_file(file);
	}
	(void)closedir(dir);
	print_message("%u spoilt answers\n", fed);
	assert_true(fed > 1000);
}

/* --- what was recorded --------------------------------------------------------------------- */

static const struct { const char *file, *call; } recorded[] = {
	{"player_track", "get_playback {}"}, {"player_episode", "get_playback {}"},
	{"player_local_file", "get_playback {}"}, {"player_ad_item_null", "get_playback {}"},
	{"devices", "list_devices {}"}, {"queue", "get_queue {}"},
	{"search_track", "search {\"query\":\"x\",\"limit\":4}"},
	{"search_multi_null_playlists",
	    "search {\"query\":\"x\",\"types\":[\"artist\",\"album\",\"playlist\"],\"limit\":2}"},
	{"me_playlists", "list_playlists {\"limit\":3}"},
	{"playlist_owned", "get_playlist {\"playlist\":\"" ID "\"}"},
	{"playlist_owned", "dedupe_playlist {\"playlist\":\"" ID "\",\"dry_run\":true}"},
	{"playlist_owned", "export_playlist {\"playlist\":\"" ID "\",\"format\":\"json\"}"},
	{"saved_tracks", "get_library {\"limit\":2}"},
	{"saved_albums", "get_library {\"kind\":\"albums\",\"limit\":1}"},
	{"saved_shows", "get_library {\"kind\":\"shows\",\"limit\":1}"},
	{"saved_episodes", "get_library {\"kind\":\"episodes\",\"limit\":2}"},
	{"saved_audiobooks", "get_library {\"kind\":\"audiobooks\",\"limit\":1}"},
	{"followed_artists", "get_library {\"kind\":\"artists\",\"limit\":1}"},
	{"library_contains", "check_library {\"uris\":[\"" ID "\",\"spotify:album:" ID "\"]}"},
	{"top_artists", "get_top_items {\"kind\":\"artists\",\"limit\":2}"},
	{"top_tracks", "get_top_items {\"limit\":2}"},
	{"recently_played", "get_recently_played {\"limit\":2}"},
	{"album_tracks", "list_contents {\"uri\":\"spotify:album:" ID "\",\"limit\":2}"},
	{"artist_albums", "list_contents {\"uri\":\"spotify:artist:" ID "\",\"limit\":2}"},
	{"show_episodes", "list_contents {\"uri\":\"spotify:show:" ID "\",\"limit\":2}"},
	{"audiobook_chapters", "list_contents {\"uri\":\"spotify:audiobook:" ID "\",\"limit\":2}"},
	{"track", "get_items {\"uris\":\"" ID "\"}"},
	{"album", "get_items {\"uris\":\"spotify:album:" ID "\"}"},
	{"artist", "get_items {\"uris\":\"spotify:artist:" ID "\"}"},
	{"show", "get_items {\"uris\":\"spotify:show:" ID "\"}"},
	{"episode", "get_items {\"uris\":\"spotify:episode:" ID "\"}"},
	{"audiobook", "get_items {\"uris\":\"spotify:audiobook:" ID "\"}"},
	{"chapter", "get_items {\"uris\":\"spotify:chapter:" ID "\"}"},
	{"playlist_owned", "get_items {\"uris\":\"spotify:playlist:" ID "\"}"},
	{"playlist_not_owned", "get_playlist {\"playlist\":\"" ID "\"}"},
};

static unsigned
spoil_recorded(const char *mode, size_t i)
{
	const char *shared = getenv("TONEARM_SHARED");
	char path[512], before[512];
	struct json_object *o;
	unsigned fed;

	(void)snprintf(path, sizeof(path), "%s/spotify/examples/%s/%s.json",
	    shared != NULL ? shared : "../shared", mode, recorded[i].file);
	o = json_object_from_file(path);
	if (o == NULL)
		return 0;
	(void)snprintf(before, sizeof(before), "%s\nP", recorded[i].call);
	fed = spoil_all(before, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), "\n");
	json_object_put(o);
	return fed;
}

static void
recorded_answers_with_holes_are_read(void **state)
{
	unsigned fed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++)
		fed += spoil_recorded("devmode", i) + spoil_recorded("full", i);
	if (fed == 0) {
		print_message("skipped: the recorded answers are not there (TONEARM_SHARED)\n");
		skip();
	}
	print_message("%u spoilt answers\n", fed);
	assert_true(fed > 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_inputs_with_holes_are_read),
		cmocka_unit_test(recorded_answers_with_holes_are_read),
	};

	log_open("holes", LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
