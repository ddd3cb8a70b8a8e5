/* The tools over the whole client against the stand-in for Spotify. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "shared/json/json.h"
#include "tests/unit/spotify/sandbox.h"
#include "tests/unit/tools/bench.h"

static struct sandbox box;
static bool there;

static int
start_box(void **state)
{
	(void)state;
	assert_ok(curl_global_init(CURL_GLOBAL_DEFAULT));
	there = sandbox_start(&box) == 0;
	if (!there)
		print_message("skipped: no tonearm-sandbox here (TONEARM_SANDBOX names it)\n");
	return 0;
}

static int
stop_box(void **state)
{
	(void)state;
	if (there)
		sandbox_stop(&box);
	return 0;
}

static int
setup(void **state)
{
	if (!there)
		return 0;
	return rig_setup_at(state, box.base, box.port);
}

static int
teardown(void **state)
{
	if (!there)
		return 0;
	return rig_teardown(state);
}

/* The rig, with user signed in; skips without a sandbox. */
static struct rig *
as(void **state, const char *user)
{
	struct rig *r = *state;
	struct buf row;

	if (!there)
		skip();
	buf_init(&row, 8192);
	sandbox_row(&box, user, &row);
	rig_bind(r, buf_cstr(&row));
	(void)snprintf(r->w.who.spotify_id, sizeof(r->w.who.spotify_id), "%s", user);
	buf_free(&row);
	return r;
}

static void
control(const char *path, const char *body)
{
	json_object_put(sandbox_control(&box, path, body));
}

static void
search_goes_past_pages_of_ten(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a, b;

	char args[128];

	tool_call(r, "search", "{'query':'a','limit':25}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 25);
	assert_int_equal(a.requests, 3);
	assert_true(strlen(got_str(&a, "items.24.url")) > 20);
	(void)snprintf(args, sizeof(args), "{'query':'a','limit':5,'cursor':'%s'}",
	    got_str(&a, "cursor"));
	tool_call(r, "search", args, &b);
	assert_int_equal(got_int(&b, "returned"), 5);
	assert_string_not_equal(got_str(&b, "items.0.url"), got_str(&a, "items.0.url"));
	assert_string_not_equal(got_str(&b, "items.0.url"), got_str(&a, "items.24.url"));
	result_free(&b);
	/* The cursor of another question is refused. */
	(void)snprintf(args, sizeof(args), "{'query':'b','cursor':'%s'}", got_str(&a, "cursor"));
	tool_call(r, "search", args, &b);
	assert_true(b.failed);
	assert_true(says(&b, "cursor"));
	result_free(&a);
	result_free(&b);
}

static void
search_finds_several_kinds(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;

	tool_call(r, "search", "{'query':'o','types':['artist','playlist','album'],'limit':3}", &a);
	assert_false(a.failed);
	assert_true(got_int(&a, "returned") >= 3);
	assert_non_null(got(&a, "totals.artist"));
	assert_non_null(got(&a, "totals.album"));
	assert_true(a.data_bytes < 12288);
	result_free(&a);
}

static void
what_plays_is_told(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;

	tool_call(r, "get_playback", "{}", &a);
	assert_true(got_bool(&a, "active"));
	assert_true(strlen(got_str(&a, "item.name")) > 0);
	assert_int_equal(strncmp(got_str(&a, "item.url"), "https://open.spotify.com/track/", 31), 0);
	result_free(&a);
}

static void
nothing_playing_is_told(void **state)
{
	struct rig *r = as(state, "otter");
	struct result a;

	tool_call(r, "get_playback", "{}", &a);
	assert_false(a.failed);
	assert_false(got_bool(&a, "active"));
	result_free(&a);
}

static void
playlists_are_listed_and_filtered(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a, b;

	tool_call(r, "list_playlists", "{}", &a);
	assert_true(got_int(&a, "returned") > 1);
	assert_true(says(&a, "Odds and Ends"));
	tool_call(r, "list_playlists", "{'name_contains':'ODDS'}", &b);
	assert_int_equal(got_int(&b, "returned"), 1);
	assert_string_equal(got_str(&b, "playlists.0.name"), "Odds and Ends");
	assert_true(got_bool(&b, "playlists.0.owned"));
	result_free(&a);
	result_free(&b);
}

static void
a_playlist_with_odd_entries_is_read_by_name(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;
	size_t i, local = 0, gone = 0, episodes = 0;

	tool_call(r, "get_playlist", "{'playlist':'odds and'}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "contents"), "open");
	assert_int_equal(got_int(&a, "returned"), got_int(&a, "total"));
	for (i = 0; i < (size_t)got_int(&a, "returned"); i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "items.%zu.type", i);
		local += strcmp(got_str(&a, path), "local") == 0;
		gone += strcmp(got_str(&a, path), "unavailable") == 0;
		episodes += strcmp(got_str(&a, path), "episode") == 0;
	}
	assert_int_equal(local, 1);
	assert_int_equal(gone, 1);
	assert_int_equal(episodes, 1);
	result_free(&a);
}

static void
a_long_playlist_is_read_in_pages(void **state)
{
	struct rig *r = as(state, "marlow");
	struct result a;
	char name[100] = "", args[300], cursor[80] = "";
	int64_t seen = 0, total = 0;
	int pages = 0;
	size_t i;

	tool_call(r, "list_playlists", "{'owned_only':true}", &a);
	for (i = 0; i < (size_t)got_int(&a, "returned"); i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "playlists.%zu.count", i);
		if (got_int(&a, path) == 128) {
			(void)snprintf(path, sizeof(path), "playlists.%zu.url", i);
			(void)snprintf(name, sizeof(name), "%s", got_str(&a, path));
		}
	}
	result_free(&a);
	assert_true(name[0] != '\0');
	do {
		if (cursor[0] != '\0')
			(void)snprintf(args, sizeof(args), "{'playlist':'%s','cursor':'%s'}", name, cursor);
		else
			(void)snprintf(args, sizeof(args), "{'playlist':'%s'}", name);
		tool_call(r, "get_playlist", args, &a);
		assert_false(a.failed);
		assert_true(a.data_bytes < 12288);
		assert_true(a.text.len < 12288);
		assert_int_equal(got_int(&a, "offset"), seen);
		seen += got_int(&a, "returned");
		total = got_int(&a, "total");
		(void)snprintf(cursor, sizeof(cursor), "%s", got_str(&a, "cursor"));
		result_free(&a);
	} while (cursor[0] != '\0' && ++pages < 20);
	assert_int_equal(seen, 128);
	assert_int_equal(total, 128);
}

static void
closed_contents_are_told(void **state)
{
	struct rig *r = as(state, "marlow");
	struct result a, b;
	char args[200];
	size_t i;

	/* A playlist of somebody else that search finds. */
	tool_call(r, "search", "{'query':'odds and ends','types':['playlist'],'limit':10}", &a);
	assert_false(a.failed);
	for (i = 0; i < (size_t)got_int(&a, "returned"); i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "items.%zu.url", i);
		(void)snprintf(args, sizeof(args), "{'playlist':'%s'}", got_str(&a, path));
		tool_call(r, "get_playlist", args, &b);
		if (!b.failed && strcmp(got_str(&b, "contents"), "closed") == 0) {
			assert_true(says(&b, "closed"));
			result_free(&a);
			result_free(&b);
			return;
		}
		result_free(&b);
	}
	print_message("no closed playlist was found by search\n");
	result_free(&a);
}

/* A playlist of 240 entries, thirty tracks over and over. */
static void
make_long_playlist(struct rig *r, struct result *found, struct result *made)
{
	struct buf args;
	size_t i;

	tool_call(r, "search", "{'query':'a','limit':30}", found);
	buf_init(&args, 65536);
	assert_ok(buf_put_str(&args, "{'name':'Made by the test','description':'d & d','uris':["));
	for (i = 0; i < 240; i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "items.%zu.url", i % 30);
		assert_ok(buf_printf(&args, "%s'%s'", i > 0 ? "," : "", got_str(found, path)));
	}
	assert_ok(buf_put_str(&args, "]}"));
	tool_call(r, "create_playlist", buf_cstr(&args), made);
	assert_false(made->failed);
	assert_int_equal(got_int(made, "added"), 240);
	assert_true(got_bool(made, "verified"));
	assert_int_equal(got_int(made, "total"), 240);
	assert_int_equal(made->requests, 5);
	buf_free(&args);
}

static void
a_playlist_is_made_filled_and_extended(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result found, made, more, seen;
	struct buf args;

	make_long_playlist(r, &found, &made);
	/* Everything in it is there already: nothing is added. */
	buf_init(&args, 65536);
	assert_ok(buf_printf(&args, "{'playlist':'%s','skip_duplicates':true,'uris':['%s','%s']}",
	    got_str(&made, "url"), got_str(&found, "items.0.url"), got_str(&found, "items.7.url")));
	tool_call(r, "add_to_playlist", buf_cstr(&args), &more);
	assert_false(more.failed);
	assert_int_equal(got_int(&more, "added"), 0);
	assert_int_equal(got_int(&more, "skipped_duplicates"), 2);
	result_free(&more);
	buf_free(&args);

	/* A rehearsal changes nothing. */
	buf_init(&args, 65536);
	assert_ok(buf_printf(&args, "{'playlist':'made by','dry_run':'true','position':'0',"
	    "'uris':'%s'}", got_str(&found, "items.3.url")));
	tool_call(r, "add_to_playlist", buf_cstr(&args), &more);
	assert_int_equal(got_int(&more, "would_add"), 1);
	assert_int_equal(got_int(&more, "total"), 240);
	result_free(&more);
	buf_free(&args);

	/* In earnest, at the head. */
	buf_init(&args, 65536);
	assert_ok(buf_printf(&args, "{'playlist':'made by','position':0,'uris':['%s']}",
	    got_str(&found, "items.3.url")));
	tool_call(r, "add_to_playlist", buf_cstr(&args), &more);
	assert_int_equal(got_int(&more, "added"), 1);
	assert_int_equal(got_int(&more, "total"), 241);
	buf_free(&args);
	buf_init(&args, 1024);
	assert_ok(buf_printf(&args, "{'playlist':'%s','limit':2}", got_str(&made, "url")));
	tool_call(r, "get_playlist", buf_cstr(&args), &seen);
	assert_string_equal(got_str(&seen, "items.0.url"), got_str(&found, "items.3.url"));
	assert_string_equal(got_str(&seen, "items.1.url"), got_str(&found, "items.0.url"));
	assert_int_equal(got_int(&seen, "total"), 241);
	result_free(&seen);
	result_free(&more);
	result_free(&made);
	result_free(&found);
	buf_free(&args);
}

static void
a_part_whose_answer_broke_is_not_added_twice(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result found, made, more;
	struct buf args;

	tool_call(r, "search", "{'query':'a','limit':2}", &found);
	tool_call(r, "create_playlist", "{'name':'Broken line'}", &made);
	assert_false(made.failed);
	/* It is carried out, but the answer breaks off. */
	control("faults", "{\"path\":\"/v1/playlists\",\"kind\":\"cutoff\",\"method\":\"POST\","
	    "\"count\":1}");
	buf_init(&args, 4096);
	assert_ok(buf_printf(&args, "{'playlist':'%s','uris':['%s','%s']}", got_str(&made, "url"),
	    got_str(&found, "items.0.url"), got_str(&found, "items.1.url")));
	tool_call(r, "add_to_playlist", buf_cstr(&args), &more);
	assert_false(more.failed);
	assert_int_equal(got_int(&more, "added"), 2);
	assert_int_equal(got_int(&more, "total"), 2);
	result_free(&more);
	/* It is not carried out: added once the look has shown that. */
	control("faults", "{\"path\":\"/v1/playlists\",\"kind\":\"bad_gateway\",\"method\":\"POST\","
	    "\"count\":1}");
	tool_call(r, "add_to_playlist", buf_cstr(&args), &more);
	assert_false(more.failed);
	assert_int_equal(got_int(&more, "added"), 2);
	assert_int_equal(got_int(&more, "total"), 4);
	result_free(&more);
	/* Twice in a row: told, not tried for ever. */
	control("faults", "{\"path\":\"/v1/playlists\",\"kind\":\"bad_gateway\",\"method\":\"POST\","
	    "\"count\":5}");
	tool_call(r, "add_to_playlist", buf_cstr(&args), &more);
	assert_true(more.failed);
	assert_true(says(&more, "Nothing was added"));
	result_free(&more);
	result_free(&found);
	result_free(&made);
	buf_free(&args);
	(void)box;
}

static void
playing_wakes_a_device(void **state)
{
	struct rig *r = as(state, "marlow");
	struct result found, a, b;
	char args[300];

	tool_call(r, "search", "{'query':'a','limit':1}", &found);
	(void)snprintf(args, sizeof(args), "{'uri':'%s'}", got_str(&found, "items.0.url"));
	tool_call(r, "play", args, &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	assert_true(strlen(got_str(&a, "woken_device")) > 0);
	assert_string_equal(got_str(&a, "player.item.url"), got_str(&found, "items.0.url"));
	tool_call(r, "pause", "{}", &b);
	assert_false(b.failed);
	assert_false(got_bool(&b, "was_paused"));
	result_free(&b);
	tool_call(r, "pause", "{}", &b);
	assert_false(b.failed);
	assert_true(got_bool(&b, "was_paused"));
	result_free(&b);
	tool_call(r, "play", "{}", &b);
	assert_true(got_bool(&b, "verified"));
	result_free(&b);
	/* Resuming what plays. */
	tool_call(r, "play", "{}", &b);
	assert_false(b.failed);
	assert_true(says(&b, "playing already"));
	result_free(&b);
	result_free(&a);
	result_free(&found);
}

static void
playing_by_name_and_query(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;

	tool_call(r, "play", "{'playlist':'odds and','shuffle':true,'start_at':1}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "player.context.type"), "playlist");
	assert_true(got_bool(&a, "player.shuffle"));
	result_free(&a);
	tool_call(r, "play", "{'query':'a'}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	assert_true(strlen(got_str(&a, "chosen")) > 0);
	result_free(&a);
	tool_call(r, "play", "{'uri':'x','query':'y'}", &a);
	assert_true(a.failed);
	result_free(&a);
	tool_call(r, "play", "{'device':'no such thing'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "Known devices"));
	result_free(&a);
}

static void
without_devices_and_without_premium_playing_is_explained(void **state)
{
	struct rig *r = as(state, "otter");
	struct result a;

	tool_call(r, "play", "{}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "Known devices: none"));
	result_free(&a);
}

static void
without_premium_playing_is_explained(void **state)
{
	struct rig *r = as(state, "saffron");
	struct result a;

	tool_call(r, "play", "{}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "Premium"));
	result_free(&a);
	tool_call(r, "get_status", "{}", &a);
	assert_non_null(got(&a, "premium"));
	result_free(&a);
}

static void
the_library_is_listed_and_searched(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a, b;
	char args[200];

	tool_call(r, "get_library", "{'limit':3}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 3);
	assert_true(strlen(got_str(&a, "items.0.added")) == 10);
	(void)snprintf(args, sizeof(args), "{'limit':3,'cursor':'%s'}", got_str(&a, "cursor"));
	tool_call(r, "get_library", args, &b);
	assert_string_not_equal(got_str(&b, "items.0.url"), got_str(&a, "items.0.url"));
	result_free(&b);
	(void)snprintf(args, sizeof(args), "{'contains':'%.5s'}", got_str(&a, "items.1.name"));
	tool_call(r, "get_library", args, &b);
	assert_true(got_int(&b, "returned") >= 1);
	result_free(&b);
	result_free(&a);
}

static void
status_tells_who_and_what(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;

	tool_call(r, "get_status", "{}", &a);
	assert_true(got_bool(&a, "spotify_answers"));
	assert_string_equal(got_str(&a, "mode"), "development");
	assert_string_equal(got_str(&a, "sign_in"), "valid");
	assert_string_equal(got_str(&a, "sign_in_ends"), "2025-12-15");
	result_free(&a);
}

static void
somebody_who_is_not_on_the_list_is_told(void **state)
{
	struct rig *r = as(state, "quill");
	struct result a;

	tool_call(r, "get_status", "{}", &a);
	assert_false(a.failed);
	assert_false(got_bool(&a, "spotify_answers"));
	assert_true(says(&a, "dashboard"));
	result_free(&a);
	tool_call(r, "search", "{'query':'a'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "dashboard"));
	result_free(&a);
}

/* Text as it may stand in the bench's arguments, which take ' for ". */
static void
put_plain(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text != '\'' && *text != '"' && *text != '\\')
			assert_ok(buf_put_byte(out, (uint8_t)*text));
}

/* What the search shows comes back when it is written as a list. */
static void
a_list_of_what_there_is_is_imported(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result found, a;
	struct buf args;
	char path[64];
	size_t i, n, same = 0;

	tool_call(r, "search", "{'query':'a','limit':20}", &found);
	n = (size_t)got_int(&found, "returned");
	assert_true(n >= 10);
	buf_init(&args, 65536);
	assert_ok(buf_put_str(&args, "{'name':'Imported','lines':["));
	for (i = 0; i < n; i++) {
		assert_ok(buf_put_str(&args, i > 0 ? ",'" : "'"));
		(void)snprintf(path, sizeof(path), "items.%zu.by", i);
		put_plain(&args, got_str(&found, path));
		assert_ok(buf_put_str(&args, " - "));
		(void)snprintf(path, sizeof(path), "items.%zu.name", i);
		put_plain(&args, got_str(&found, path));
		assert_ok(buf_put_byte(&args, '\''));
	}
	assert_ok(buf_put_str(&args, "]}"));
	tool_call(r, "import_tracks", buf_cstr(&args), &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "requested"), n);
	if (got_int(&a, "added") != (int64_t)n)
		fail_msg("not all %zu were added: %s", n, buf_cstr(&a.text));
	for (i = 0; i < n; i++) {
		char wanted[64];

		(void)snprintf(path, sizeof(path), "matched.%zu.name", i);
		(void)snprintf(wanted, sizeof(wanted), "items.%zu.name", i);
		same += strcmp(got_str(&a, path), got_str(&found, wanted)) == 0;
	}
	assert_int_equal(same, n);
	result_free(&found);
	result_free(&a);
	buf_free(&args);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(search_goes_past_pages_of_ten),
		T(search_finds_several_kinds),
		T(what_plays_is_told),
		T(nothing_playing_is_told),
		T(playlists_are_listed_and_filtered),
		T(a_playlist_with_odd_entries_is_read_by_name),
		T(a_long_playlist_is_read_in_pages),
		T(closed_contents_are_told),
		T(a_playlist_is_made_filled_and_extended),
		T(a_list_of_what_there_is_is_imported),
		T(a_part_whose_answer_broke_is_not_added_twice),
		T(playing_wakes_a_device),
		T(playing_by_name_and_query),
		T(without_devices_and_without_premium_playing_is_explained),
		T(without_premium_playing_is_explained),
		T(the_library_is_listed_and_searched),
		T(status_tells_who_and_what),
		T(somebody_who_is_not_on_the_list_is_told),
	};

	return cmocka_run_group_tests(tests, start_box, stop_box);
}
