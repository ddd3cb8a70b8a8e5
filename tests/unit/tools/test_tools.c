/* Tools against a scripted Spotify: odd answers, errors, stopping, sizes. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/bench.h"

#define ID "0123456789abcdefghij%02d"
#define FIX "0123456789abcdefghijAB"
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* A page object {total, items:[...]} of n tracks with names of a given text,
 * from number `from` on; wrap puts each into {"wrap": ...} with a date. */
static char *
tracks(int from, int n, int total, const char *name, const char *wrap)
{
	struct buf b;
	char *text;
	int i;

	buf_init(&b, 1 << 20);
	assert_ok(buf_printf(&b, "{\"total\":%d,\"items\":[", total));
	for (i = from; i < from + n; i++) {
		assert_ok(buf_put_str(&b, i > from ? "," : ""));
		if (wrap != NULL)
			assert_ok(buf_printf(&b, "{\"added_at\":\"2026-01-02T03:04:05Z\",\"%s\":", wrap));
		assert_ok(buf_printf(&b, "{\"type\":\"track\",\"uri\":\"spotify:track:" ID "\","
		    "\"name\":\"%s %d\",\"duration_ms\":200000,\"explicit\":true,\"artists\":[{\"name\":"
		    "\"%s\"}],\"album\":{\"name\":\"%s\"}}", i, name, i, name, name));
		assert_ok(buf_put_str(&b, wrap != NULL ? "}" : ""));
	}
	assert_ok(buf_put_str(&b, "]}"));
	text = strdup(buf_cstr(&b));
	assert_non_null(text);
	buf_free(&b);
	return text;
}

#define LONG "A name that goes on and on with many words so that it is far longer than any " \
	"reasonable title would ever be, and then some more of it \xE2\x80\xAE to be sure"

static void
fifty_tracks_stay_under_twelve_kilobytes(void **state)
{
	static const char *const names[] = {"An ordinary title", LONG};
	struct rig *r = *state;
	struct result a, b;
	char args[200];
	size_t i;

	rig_bind(r, ROW_GOOD);
	for (i = 0; i < 2; i++) {
		char *page = tracks(0, 50, 50, names[i], "track");

		server_forget(r->server);
		ON(r->server, "GET", "/v1/me/tracks", 200, page);
		tool_call(r, "get_library", "{}", &a);
		assert_false(a.failed);
		assert_true(a.data_bytes < 12288);
		assert_true(a.text.len < 12288);
		if (i == 0)
			assert_int_equal(got_int(&a, "returned"), 50);
		else {
			/* What does not fit follows with the cursor. */
			assert_true(got_int(&a, "returned") < 50);
			(void)snprintf(args, sizeof(args), "{'cursor':'%s'}", got_str(&a, "cursor"));
			tool_call(r, "get_library", args, &b);
			(void)snprintf(args, sizeof(args), "offset=%d", (int)got_int(&a, "returned"));
			assert_non_null(strstr(server_seen(r->server, 1)->target, args));
			result_free(&b);
		}
		result_free(&a);
		free(page);
	}
}

static void
a_playlist_under_the_old_names_is_read_too(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *page = tracks(0, 3, 3, "Old", "track"), body[4096];

	rig_bind(r, ROW_GOOD);
	(void)snprintf(body, sizeof(body), "{\"name\":\"P\",\"owner\":{\"id\":\"owner\"},"
	    "\"description\":\"it&#x27;s &lt;b&gt;\\u0007 so\",\"tracks\":%s}", page);
	ON(r->server, "GET", "/v1/playlists/" FIX, 200, body);
	tool_call(r, "get_playlist", "{'playlist':'spotify:playlist:" FIX "'}", &a);
	assert_int_equal(got_int(&a, "returned"), 3);
	assert_string_equal(got_str(&a, "description"), "it's <b> so");
	assert_true(got_bool(&a, "owned"));
	assert_int_equal(a.requests, 1);
	result_free(&a);
	free(page);
}

/* What could not be read is not said, and no number takes its place. */
static void
nothing_is_made_up_for_what_cannot_be_read(void **state)
{
	static const char *const lists[][2] = {{"list_playlists", "{}"}, {"get_library", "{}"},
	    {"get_top_items", "{}"}, {"list_contents", "{'uri':'spotify:show:" FIX "'}"},
	    {"get_playlist", "{'playlist':'" FIX "'}"}};
	struct rig *r = *state;
	struct result a;
	size_t i;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/playlists", 200, "{\"total\":null,\"items\":[null]}");
	ON(r->server, "GET", "/v1/me/tracks", 200, "{\"items\":[]}");
	ON(r->server, "GET", "/v1/me/top/tracks", 200, "{\"total\":-1,\"items\":[]}");
	ON(r->server, "GET", "/v1/shows/" FIX "/episodes", 200, "{\"total\":\"4\",\"items\":[]}");
	ON(r->server, "GET", "/v1/playlists/" FIX, 200, "{\"name\":\"P\",\"items\":{\"items\":[]}}");
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		tool_call(r, lists[i][0], lists[i][1], &a);
		assert_true(a.failed);
		assert_true(says(&a, "could not be read"));
		result_free(&a);
	}
	server_forget(r->server);
	ON(r->server, "GET", "/v1/playlists/" FIX, 200,
	    "{\"name\":\"P\",\"items\":{\"total\":0,\"items\":[]}}");
	tool_call(r, "get_playlist", "{'playlist':'" FIX "'}", &a);
	assert_false(a.failed);
	assert_null(got(&a, "collaborative"));
	assert_null(got(&a, "owned"));
	assert_null(got(&a, "owner"));
	result_free(&a);
	ON(r->server, "GET", "/v1/search", 200, "{\"tracks\":{\"items\":[]}}");
	tool_call(r, "search", "{'query':'x'}", &a);
	assert_false(a.failed);
	assert_null(got(&a, "totals.track"));
	result_free(&a);
	ON(r->server, "GET", "/v1/me/player", 200, "{\"device\":{\"id\":\"x\",\"name\":\"Den\"}}");
	tool_call(r, "get_playback", "{}", &a);
	assert_true(got_bool(&a, "active"));
	assert_null(got(&a, "playing"));
	assert_null(got(&a, "shuffle"));
	assert_null(got(&a, "kind"));
	assert_null(got(&a, "device.active"));
	assert_null(got(&a, "device.takes_commands"));
	assert_true(says(&a, "Playing or paused"));
	assert_true(says(&a, "Shuffle unknown, repeat unknown"));
	result_free(&a);
}

static void
a_shared_playlist_is_tried_and_a_closed_one_told(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *page = tracks(0, 2, 2, "Shared", "item");

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 200, page);
	ON(r->server, "GET", "/v1/playlists/" FIX, 200,
	    "{\"name\":\"P\",\"owner\":{\"id\":\"somebody\"},\"collaborative\":false}");
	tool_call(r, "get_playlist", "{'playlist':'" FIX "'}", &a);
	assert_string_equal(got_str(&a, "contents"), "open");
	assert_int_equal(got_int(&a, "returned"), 2);
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 403,
	    "{\"error\":{\"status\":403,\"message\":\"Forbidden\"}}");
	ON(r->server, "GET", "/v1/playlists/" FIX, 200,
	    "{\"name\":\"P\",\"owner\":{\"id\":\"somebody\"}}");
	tool_call(r, "get_playlist", "{'playlist':'" FIX "'}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "contents"), "closed");
	assert_string_equal(got_str(&a, "name"), "P");
	result_free(&a);
	free(page);
}

#define LISTED(name, id) "{\"type\":\"playlist\",\"name\":\"" name "\",\"id\":\"" id \
	"\",\"uri\":\"spotify:playlist:" id "\",\"owner\":{\"id\":\"owner\"},\"images\":null," \
	"\"items\":{\"total\":3}}"

static void
a_name_that_fits_several_playlists_lists_them(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/playlists", 200, "{\"total\":4,\"next\":\"https://evil.example/\","
	    "\"items\":[null," LISTED("Mix", "0123456789abcdefghijM1") ","
	    LISTED("mix", "0123456789abcdefghijM2") "," LISTED("Mixed", "0123456789abcdefghijM3") "]}");
	tool_call(r, "get_playlist", "{'playlist':'MIX'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "playlist/0123456789abcdefghijM1"));
	assert_true(says(&a, "playlist/0123456789abcdefghijM2"));
	assert_null(strstr(buf_cstr(&a.text), "M3"));
	result_free(&a);
	tool_call(r, "get_playlist", "{'playlist':'another'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "None of your playlists"));
	result_free(&a);
	tool_call(r, "list_playlists", "{}", &a);
	assert_int_equal(got_int(&a, "returned"), 3);
	result_free(&a);
}

static void
paging_ends_on_an_empty_page(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/playlists", 200, "{\"total\":5000,\"items\":[]}");
	tool_call(r, "list_playlists", "{}", &a);
	assert_false(a.failed);
	assert_int_equal(a.requests, 1);
	assert_null(got(&a, "cursor"));
	result_free(&a);
}

static void
a_search_that_finds_little_asks_once(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/search", 200, "{\"playlists\":{\"total\":99,\"items\":[null,"
	    LISTED("One", FIX) ",null]}}");
	tool_call(r, "search", "{'query':'x','types':'playlist','limit':'50'}", &a);
	assert_false(a.failed);
	assert_int_equal(a.requests, 1);
	assert_int_equal(got_int(&a, "returned"), 1);
	assert_true(says(&a, "Left out: 2"));
	assert_non_null(strstr(server_seen(r->server, 0)->target, "q=x&type=playlist&limit=10"));
	result_free(&a);
}

static void
a_list_of_words_may_be_one_text(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/search", 200, "{\"playlists\":{\"total\":0,\"items\":[]},"
	    "\"shows\":{\"total\":0,\"items\":[]}}");
	tool_call(r, "search", "{'query':'x','types':'playlist, Show'}", &a);
	assert_false(a.failed);
	assert_non_null(strstr(server_seen(r->server, 0)->target, "type=playlist%2Cshow"));
	result_free(&a);
	assert_refused("search", "{'query':'x','types':'show,'}", "types");
	assert_refused("search", "{'query':'x','types':''}", "types");
}

static void
an_error_on_a_later_page_keeps_what_there_is(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *page = tracks(0, 10, 100, "T", NULL), body[65536];

	rig_bind(r, ROW_GOOD);
	(void)snprintf(body, sizeof(body), "{\"tracks\":%s}", page);
	ONCE(r->server, "GET", "/v1/search", 200, body);
	server_on(r->server, (struct server_rule){.target = "/v1/search", .status = 429,
	    .fields = "Retry-After: 40000\r\n", .turns = FOREVER,
	    .body = "{\"error\":{\"status\":429,\"message\":\"x\",\"reason\":\"QUOTA_EXCEEDED\"}}"});
	tool_call(r, "search", "{'query':'x','limit':30}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 10);
	assert_true(says(&a, "allowance"));
	assert_non_null(got(&a, "cursor"));
	result_free(&a);
	free(page);
}

static void
errors_are_whole_sentences(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/tracks", 403,
	    "{\"error\":{\"status\":403,\"message\":\"Insufficient client scope\"}}");
	tool_call(r, "get_library", "{}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "user-library-read"));
	assert_true(says(&a, "https://tonearm.example/login"));
	result_free(&a);
}

static void
uris_that_are_none_are_named_and_nothing_is_sent(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	tool_call(r, "add_to_playlist", "{'playlist':'" FIX "','uris':['spotify:track:" FIX "',"
	    "'spotify:album:" FIX "','Yesterday']}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "2 of 3"));
	assert_true(says(&a, "Yesterday"));
	assert_int_equal(server_count(r->server), 0);
	result_free(&a);
	assert_refused("add_to_playlist", "{'playlist':'x','uris':[]}", "uris");
	assert_refused("search", "{}", "query");
	assert_refused("search", "{'query':'x','limit':51}", "limit");
	assert_refused("search", "{'query':'x','types':['song']}", "types");
}

/* 250 links of tracks, as an array's inside. */
static char *
many(int n)
{
	struct buf b;
	char *text;
	int i;

	buf_init(&b, 1 << 20);
	for (i = 0; i < n; i++)
		assert_ok(buf_printf(&b, "%s'spotify:track:0123456789abcdefghi%03d'", i > 0 ? "," : "", i));
	text = strdup(buf_cstr(&b));
	buf_free(&b);
	return text;
}

static void
a_failure_between_parts_is_told_exactly(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct buf args;
	char *list = many(250);

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 200, "{\"total\":7}");
	ONCE(r->server, "POST", "/v1/playlists/" FIX "/items", 201, "{\"snapshot_id\":\"s\"}");
	ON(r->server, "POST", "/v1/playlists/" FIX "/items", 403,
	    "{\"error\":{\"status\":403,\"message\":\"Forbidden\"}}");
	buf_init(&args, 1 << 20);
	assert_ok(buf_printf(&args, "{'playlist':'" FIX "','position':2,'uris':[%s]}", list));
	tool_call(r, "add_to_playlist", buf_cstr(&args), &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "added"), 100);
	assert_int_equal(got_int(&a, "not_added"), 150);
	assert_string_equal(got_str(&a, "not_added_urls.0"),
	    "https://open.spotify.com/track/0123456789abcdefghi100");
	assert_true(says(&a, "owner and collaborators"));
	assert_int_equal(got_int(&a, "total"), 107);
	/* The parts follow each other at moving positions. */
	assert_non_null(strstr(server_seen(r->server, 1)->body, "\"position\":2}"));
	assert_non_null(strstr(server_seen(r->server, 2)->body, "\"position\":102}"));
	result_free(&a);
	buf_free(&args);
	free(list);
}

static void
a_part_that_stays_unknown_is_told(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", "/v1/playlists/" FIX "/items", 200, "{\"total\":7}");
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 200, "{\"total\":8}");
	ON(r->server, "POST", "/v1/playlists/" FIX "/items", 500, "{}");
	tool_call(r, "add_to_playlist", "{'playlist':'" FIX "','uris':['spotify:track:" FIX "',"
	    "'spotify:episode:" FIX "']}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "added"), 0);
	assert_int_equal(got_int(&a, "outcome_unknown"), 2);
	assert_null(got(&a, "total"));
	assert_int_equal(server_counted(r->server, "POST", "/v1/playlists"), 1);
	result_free(&a);
}

static void
a_playlist_that_was_made_unseen_is_found(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "POST", "/v1/me/playlists", 502, "{}");
	ON(r->server, "GET", "/v1/me/playlists", 200, "{\"total\":1,\"items\":[{\"name\":\"New\","
	    "\"id\":\"" FIX "\",\"uri\":\"spotify:playlist:" FIX "\",\"public\":true,"
	    "\"owner\":{\"id\":\"owner\"},\"items\":{\"total\":0}}]}");
	tool_call(r, "create_playlist", "{'name':'New'}", &a);
	assert_false(a.failed);
	assert_int_equal(server_counted(r->server, "POST", "/v1/me/playlists"), 1);
	assert_true(got_bool(&a, "public"));
	assert_true(says(&a, "ignore that wish"));
	result_free(&a);
	tool_call(r, "create_playlist", "{'name':'Newer'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "not known whether"));
	result_free(&a);
}

static void
an_advertisement_and_an_unknown_item_are_told(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/player", 200, "{\"device\":{\"id\":null,\"name\":\"Radio\","
	    "\"type\":\"New\",\"volume_percent\":null,\"is_restricted\":true},\"context\":null,"
	    "\"progress_ms\":null,\"item\":null,\"currently_playing_type\":\"ad\","
	    "\"is_playing\":true,\"repeat_state\":null}");
	tool_call(r, "get_playback", "{}", &a);
	assert_false(a.failed);
	assert_true(says(&a, "an advertisement"));
	assert_false(got_bool(&a, "device.takes_commands"));
	result_free(&a);
}

static void
stopped(void **state, const char *tool, const char *args)
{
	struct rig *r = *state;
	struct result a;
	struct call *c;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/", .turns = FOREVER,
	    .act = ACT_HANG});
	tool_start(r, tool, args, &a, &c);
	rig_for(r, 30);
	assert_false(a.there);
	call_cancel(c);
	rig_for(r, 30);
	/* Nobody is told any more, and nothing is left behind (ASan sees). */
	assert_false(a.there);
	result_free(&a);
}

static void
a_cancelled_search_stops(void **state)
{
	stopped(state, "search", "{'query':'x'}");
}

static void
a_cancelled_reading_of_a_playlist_stops(void **state)
{
	stopped(state, "get_playlist", "{'playlist':'Name'}");
}

static void
a_change_under_way_is_waited_for_when_cancelled(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct call *c;
	char *list = many(150);
	struct buf args;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 200, "{\"total\":0}");
	server_on(r->server, (struct server_rule){.method = "POST", .target = "/v1/playlists",
	    .status = 201, .body = "{}", .turns = FOREVER, .delay_ms = 60});
	buf_init(&args, 1 << 20);
	assert_ok(buf_printf(&args, "{'playlist':'" FIX "','uris':[%s]}", list));
	tool_start(r, "add_to_playlist", buf_cstr(&args), &a, &c);
	rig_for(r, 40);
	assert_int_equal(server_counted(r->server, "POST", "/v1/playlists"), 1);
	call_cancel(c);
	rig_for(r, 150);
	/* The part on its way came to its end, no other was sent. */
	assert_int_equal(server_counted(r->server, "POST", "/v1/playlists"), 1);
	result_free(&a);
	buf_free(&args);
	free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(fifty_tracks_stay_under_twelve_kilobytes),
		T(a_playlist_under_the_old_names_is_read_too),
		T(a_shared_playlist_is_tried_and_a_closed_one_told),
		T(nothing_is_made_up_for_what_cannot_be_read),
		T(a_name_that_fits_several_playlists_lists_them),
		T(paging_ends_on_an_empty_page),
		T(a_search_that_finds_little_asks_once),
		T(a_list_of_words_may_be_one_text),
		T(an_error_on_a_later_page_keeps_what_there_is),
		T(errors_are_whole_sentences),
		T(uris_that_are_none_are_named_and_nothing_is_sent),
		T(a_failure_between_parts_is_told_exactly),
		T(a_part_that_stays_unknown_is_told),
		T(a_playlist_that_was_made_unseen_is_found),
		T(an_advertisement_and_an_unknown_item_are_told),
		T(a_cancelled_search_stops),
		T(a_cancelled_reading_of_a_playlist_stops),
		T(a_change_under_way_is_waited_for_when_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
