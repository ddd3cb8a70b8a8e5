/* get_items and list_contents against a scripted Spotify. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tools/bench.h"

#define FIX "0123456789abcdefghijAB"
#define FIX2 "123456789abcdefghijAB"
#define FORBIDDEN "{\"error\":{\"status\":403,\"message\":\"Forbidden\"}}"
#define NOTHING "{\"error\":{\"status\":404,\"message\":\"Resource not found\"}}"
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

#define TRACK "{\"type\":\"track\",\"uri\":\"spotify:track:" FIX "\",\"name\":\"Low Tide\"," \
	"\"duration_ms\":200000,\"explicit\":true,\"track_number\":3,\"disc_number\":1," \
	"\"popularity\":0,\"artists\":[{\"name\":\"Mira\",\"uri\":\"spotify:artist:" FIX "\"}]," \
	"\"album\":{\"name\":\"Shore\",\"uri\":\"spotify:album:" FIX "\"," \
	"\"release_date\":\"2024-05-06\"},\"external_ids\":{\"isrc\":\"GBAYE0601498\"}}"

static void
a_mix_is_read(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/tracks/" FIX, 200, TRACK);
	ON(r->server, "GET", "/v1/artists/" FIX, 200, "{\"type\":\"artist\",\"name\":\"Mira\","
	    "\"uri\":\"spotify:artist:" FIX "\",\"images\":null,\"genres\":[\"dream pop\",null],"
	    "\"followers\":null}");
	ON(r->server, "GET", "/v1/playlists/" FIX, 200, "{\"type\":\"playlist\",\"name\":\"P\","
	    "\"uri\":\"spotify:playlist:" FIX "\",\"description\":\"it&#x27;s so\\u0007\","
	    "\"public\":null,\"collaborative\":false,\"owner\":{\"id\":\"somebody\"},"
	    "\"tracks\":{\"total\":7}}");
	tool_call(r, "get_items", "{'uris':['" FIX "','https://open.spotify.com/artist/" FIX "',"
	    "'spotify:playlist:" FIX "','spotify:track:" FIX "']}", &a);
	assert_false(a.failed);
	/* The same thing twice is asked for once. */
	assert_int_equal(a.requests, 3);
	assert_int_equal(got_int(&a, "returned"), 3);
	assert_string_equal(got_str(&a, "items.0.isrc"), "GBAYE0601498");
	assert_string_equal(got_str(&a, "items.0.released"), "2024-05-06");
	assert_string_equal(got_str(&a, "items.0.album_url"), "https://open.spotify.com/album/" FIX);
	assert_string_equal(got_str(&a, "items.0.artist_urls.0"),
	    "https://open.spotify.com/artist/" FIX);
	assert_null(got(&a, "items.0.popularity"));
	assert_string_equal(got_str(&a, "items.1.genres.0"), "dream pop");
	assert_null(got(&a, "items.1.genres.1"));
	assert_string_equal(got_str(&a, "items.2.description"), "it's so");
	assert_int_equal(got_int(&a, "items.2.count"), 7);
	assert_null(got(&a, "items.2.public"));
	assert_non_null(strstr(server_nth(r->server, "GET", "/v1/playlists", 0)->target, "fields="));
	assert_true(says(&a, "1. Low Tide - Mira (Shore) 3:20 https://open.spotify.com/track/" FIX));
	assert_true(says(&a, "isrc: GBAYE0601498"));
	result_free(&a);
}

/* The first is the last to be answered. */
static void
several_are_asked_for_at_a_time_and_shown_in_order(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct call *c;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "GET", .target = "/v1/tracks/" FIX,
	    .status = 200, .body = TRACK, .delay_ms = 300, .turns = FOREVER});
	ON(r->server, "GET", "/v1/artists/" FIX, 200, "{\"type\":\"artist\",\"name\":\"Mira\"}");
	ON(r->server, "GET", "/v1/albums/" FIX, 404, NOTHING);
	tool_start(r, "get_items", "{'uris':['" FIX "','spotify:artist:" FIX "','spotify:album:" FIX
	    "']}", &a, &c);
	rig_for(r, 150);
	assert_false(a.there);
	assert_int_equal(server_counted(r->server, "GET", "/v1/artists"), 1);
	rig_until(r, &a.there);
	assert_string_equal(got_str(&a, "items.0.name"), "Low Tide");
	assert_string_equal(got_str(&a, "items.1.name"), "Mira");
	assert_non_null(got(&a, "items.2.problem"));
	assert_true(strstr(buf_cstr(&a.text), "Low Tide") < strstr(buf_cstr(&a.text), "2. Mira"));
	result_free(&a);
}

static void
a_dead_episode_and_empty_members_are_read(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/episodes/" FIX, 200, "{\"type\":\"episode\",\"id\":null,"
	    "\"uri\":null,\"name\":null,\"release_date\":\"0000\",\"show\":null,\"images\":null,"
	    "\"languages\":null,\"resume_point\":{\"fully_played\":false,"
	    "\"resume_position_ms\":-1},\"href\":\"https://api.spotify.com/v1/episodes/null\"}");
	ON(r->server, "GET", "/v1/albums/" FIX, 200, "null");
	tool_call(r, "get_items", "{'uris':['spotify:episode:" FIX "','spotify:album:" FIX "']}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "items.0.type"), "unavailable");
	assert_string_equal(got_str(&a, "items.0.url"), "https://open.spotify.com/episode/" FIX);
	assert_null(got(&a, "items.0.released"));
	assert_null(got(&a, "items.0.resume_ms"));
	assert_true(says(&a, "no longer available"));
	result_free(&a);
}

static void
a_book_under_the_link_of_a_show_is_found(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/shows/" FIX, 404, NOTHING);
	ON(r->server, "GET", "/v1/audiobooks/" FIX, 200, "{\"type\":\"audiobook\",\"name\":\"Book\","
	    "\"uri\":\"spotify:show:" FIX "\",\"authors\":[{\"name\":\"A. Writer\"}],"
	    "\"narrators\":[{\"name\":\"A. Reader\"}],\"total_chapters\":9}");
	tool_call(r, "get_items", "{'uris':['https://open.spotify.com/show/" FIX "']}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "items.0.type"), "audiobook");
	assert_string_equal(got_str(&a, "items.0.by"), "A. Writer");
	assert_string_equal(got_str(&a, "items.0.narrators.0"), "A. Reader");
	assert_int_equal(got_int(&a, "items.0.count"), 9);
	result_free(&a);
}

static void
one_that_cannot_be_read_leaves_the_others(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/tracks/" FIX, 200, TRACK);
	ON(r->server, "GET", "/v1/artists/" FIX, 404, NOTHING);
	ON(r->server, "GET", "/v1/albums/" FIX, 403, FORBIDDEN);
	tool_call(r, "get_items", "{'uris':['spotify:artist:" FIX "','spotify:album:" FIX "','" FIX
	    "']}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "requested"), 3);
	assert_int_equal(got_int(&a, "returned"), 1);
	assert_non_null(strstr(got_str(&a, "items.0.problem"), "nothing under that id"));
	assert_non_null(strstr(got_str(&a, "items.1.problem"), "closed to the application"));
	assert_string_equal(got_str(&a, "items.2.name"), "Low Tide");
	result_free(&a);
	tool_call(r, "get_items", "{'uris':['spotify:artist:" FIX "']}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "nothing under that id"));
	result_free(&a);
	tool_call(r, "get_items", "{'uris':['spotify:artist:" FIX "','spotify:album:" FIX "']}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "None of the 2 items"));
	result_free(&a);
}

static void
a_pause_of_spotify_ends_the_reading(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/tracks/" FIX, 200, TRACK);
	server_on(r->server, (struct server_rule){.target = "/v1/albums", .status = 429,
	    .fields = "Retry-After: 300\r\n", .turns = FOREVER, .body = "Too many requests",
	    .type = "text/plain"});
	server_on(r->server, (struct server_rule){.method = "GET", .target = "/v1/artists",
	    .status = 200, .body = "{\"type\":\"artist\",\"name\":\"Mira\"}", .delay_ms = 100,
	    .turns = FOREVER});
	tool_call(r, "get_items", "{'uris':['" FIX "','spotify:album:" FIX "','spotify:artist:a" FIX2
	    "','spotify:artist:b" FIX2 "','spotify:artist:c" FIX2 "','spotify:artist:d" FIX2
	    "','spotify:artist:e" FIX2 "','spotify:artist:f" FIX2 "']}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "requested"), 8);
	assert_in_range(got_int(&a, "returned"), 1, 4);
	assert_true(says(&a, "asks all users"));
	assert_true(says(&a, "Not looked at: "));
	assert_true(says(&a, "https://open.spotify.com/artist/f" FIX2));
	assert_string_equal(got_str(&a, "items.0.name"), "Low Tide");
	assert_in_range(server_counted(r->server, "GET", "/v1/artists"), 0, 3);
	result_free(&a);
	assert_refused("get_items", "{'uris':[]}", "uris");
	tool_call(r, "get_items", "{'uris':['spotify:user:somebody']}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "1 of 1 entries of uris are not links"));
	result_free(&a);
}

/* A page of n entries of a kind, numbered from 'from' on; the third is null. */
static char *
page_of(const char *kind, int from, int n, int total)
{
	struct buf b;
	char *text;
	int i;

	buf_init(&b, 1 << 18);
	assert_ok(buf_printf(&b, "{\"total\":%d,\"next\":\"https://evil.example/\",\"items\":[", total));
	for (i = from; i < from + n; i++)
		assert_ok(i == from + 2 ? buf_put_str(&b, ",null") : buf_printf(&b,
		    "%s{\"type\":\"%s\",\"uri\":\"spotify:%s:0123456789abcdefghij%02d\",\"name\":\"N %d\","
		    "\"images\":null,\"artists\":null,\"release_date\":\"2020\"}", i > from ? "," : "",
		    kind, kind, i % 100, i));
	assert_ok(buf_put_str(&b, "]}"));
	text = strdup(buf_cstr(&b));
	assert_non_null(text);
	buf_free(&b);
	return text;
}

static void
an_artist_is_read_in_pages_of_ten(void **state)
{
	static const char path[] = "/v1/artists/" FIX "/albums";
	struct rig *r = *state;
	struct result a, b;
	char *pages[3] = {page_of("album", 0, 10, 33), page_of("album", 10, 10, 33),
	    page_of("album", 20, 5, 33)}, args[300];
	size_t i;

	rig_bind(r, ROW_GOOD);
	for (i = 0; i < 3; i++)
		ONCE(r->server, "GET", path, 200, pages[i]);
	tool_call(r, "list_contents", "{'uri':'spotify:artist:" FIX "','groups':['album','single'],"
	    "'limit':25}", &a);
	assert_false(a.failed);
	assert_int_equal(a.requests, 3);
	assert_int_equal(got_int(&a, "returned"), 25);
	assert_int_equal(got_int(&a, "total"), 33);
	assert_string_equal(got_str(&a, "kind"), "albums");
	assert_string_equal(got_str(&a, "items.2.type"), "unavailable");
	assert_string_equal(got_str(&a, "items.24.name"), "N 24");
	assert_non_null(strstr(server_seen(r->server, 0)->target,
	    "include_groups=album%2Csingle&limit=10&offset=0"));
	assert_non_null(strstr(server_seen(r->server, 2)->target, "limit=5&offset=20"));
	/* The rest, and only with the same question. */
	(void)snprintf(args, sizeof(args), "{'uri':'spotify:artist:" FIX "','cursor':'%s'}",
	    got_str(&a, "cursor"));
	tool_call(r, "list_contents", args, &b);
	assert_true(b.failed);
	assert_true(says(&b, "cursor does not belong"));
	result_free(&b);
	free(pages[0]);
	pages[0] = page_of("album", 25, 8, 33);
	ONCE(r->server, "GET", path, 200, pages[0]);
	(void)snprintf(args, sizeof(args), "{'uri':'spotify:artist:" FIX "','limit':8,"
	    "'groups':['album','single'],'cursor':'%s'}", got_str(&a, "cursor"));
	tool_call(r, "list_contents", args, &b);
	assert_int_equal(got_int(&b, "returned"), 8);
	assert_null(got(&b, "cursor"));
	assert_true(says(&b, "26. N 25"));
	result_free(&a);
	result_free(&b);
	for (i = 0; i < 3; i++)
		free(pages[i]);
}

static void
albums_shows_and_books_are_listed(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *tracks = page_of("track", 0, 4, 4), *episodes = page_of("episode", 0, 50, 120),
	    *chapters = page_of("chapter", 0, 3, 3);

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/albums/" FIX "/tracks", 200, tracks);
	ON(r->server, "GET", "/v1/shows/" FIX "/episodes", 200, episodes);
	ON(r->server, "GET", "/v1/shows/0123456789abcdefghijXY/episodes", 404, NOTHING);
	ON(r->server, "GET", "/v1/audiobooks/0123456789abcdefghijXY/chapters", 200, chapters);
	tool_call(r, "list_contents", "{'uri':'https://open.spotify.com/album/" FIX "?si=1'}", &a);
	assert_int_equal(got_int(&a, "returned"), 4);
	assert_null(got(&a, "cursor"));
	assert_string_equal(got_str(&a, "kind"), "tracks");
	result_free(&a);
	tool_call(r, "list_contents", "{'uri':'spotify:show:" FIX "'}", &a);
	assert_int_equal(got_int(&a, "returned"), 50);
	assert_int_equal(a.requests, 1);
	assert_non_null(got(&a, "cursor"));
	assert_true(a.data_bytes < 12288);
	result_free(&a);
	/* An audiobook under the link that Spotify shows for it. */
	tool_call(r, "list_contents",
	    "{'uri':'https://open.spotify.com/show/0123456789abcdefghijXY'}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "kind"), "chapters");
	assert_int_equal(got_int(&a, "returned"), 3);
	result_free(&a);
	free(tracks);
	free(episodes);
	free(chapters);
}

static void
what_has_no_contents_is_explained(void **state)
{
	static const struct { const char *args, *says; } cases[] = {
		{"{'uri':'spotify:playlist:" FIX "'}", "get_playlist"},
		{"{'uri':'spotify:track:" FIX "'}", "has nothing inside"},
		{"{'uri':'Low Tide'}", "is not a Spotify link or URI"},
		{"{'uri':'spotify:album:" FIX "','groups':['single']}", "for artists only"},
		{"{'uri':'spotify:album:" FIX "'}", "nothing under that id"},
		{"{'uri':'spotify:artist:" FIX "'}", "comes back in"},
	};
	struct rig *r = *state;
	struct result a;
	size_t i;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/albums", 404, NOTHING);
	server_on(r->server, (struct server_rule){.target = "/v1/artists", .status = 429,
	    .fields = "Retry-After: 40000\r\n", .turns = FOREVER,
	    .body = "{\"error\":{\"status\":429,\"message\":\"x\",\"reason\":\"QUOTA_EXCEEDED\"}}"});
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tool_call(r, "list_contents", cases[i].args, &a);
		assert_true(a.failed);
		assert_true(says(&a, cases[i].says));
		result_free(&a);
	}
	assert_refused("list_contents", "{'uri':'x','groups':['live']}", "groups");
}

static void
a_later_page_that_fails_keeps_the_first(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *page = page_of("album", 0, 10, 33);

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", "/v1/artists", 200, page);
	ON(r->server, "GET", "/v1/artists", 403, FORBIDDEN);
	tool_call(r, "list_contents", "{'uri':'spotify:artist:" FIX "'}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 10);
	assert_true(says(&a, "closed to the application"));
	assert_non_null(got(&a, "cursor"));
	result_free(&a);
	server_forget(r->server);
	/* An empty page ends the list, whatever the total. */
	ON(r->server, "GET", "/v1/artists", 200, "{\"total\":33,\"items\":[]}");
	tool_call(r, "list_contents", "{'uri':'spotify:artist:" FIX "'}", &a);
	assert_int_equal(a.requests, 1);
	assert_null(got(&a, "cursor"));
	result_free(&a);
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_mix_is_read),
		T(several_are_asked_for_at_a_time_and_shown_in_order),
		T(a_dead_episode_and_empty_members_are_read),
		T(a_book_under_the_link_of_a_show_is_found),
		T(one_that_cannot_be_read_leaves_the_others),
		T(a_pause_of_spotify_ends_the_reading),
		T(an_artist_is_read_in_pages_of_ten),
		T(albums_shows_and_books_are_listed),
		T(what_has_no_contents_is_explained),
		T(a_later_page_that_fails_keeps_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
