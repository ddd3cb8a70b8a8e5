/* Catalogue, library and history over the whole client against the stand-in. */
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
	return there ? rig_setup_at(state, box.base, box.port) : 0;
}

static int
teardown(void **state)
{
	return there ? rig_teardown(state) : 0;
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

/* The tool with formatted arguments. */
static void __attribute__((format(printf, 4, 5)))
call_with(struct rig *r, const char *tool, struct result *out, const char *fmt, ...)
{
	char args[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(args, sizeof(args), fmt, ap);
	va_end(ap);
	tool_call(r, tool, args, out);
}

static void
every_kind_is_in_the_library(void **state)
{
	static const char *const kinds[] = {"tracks", "albums", "shows", "episodes", "audiobooks",
	    "artists"};
	struct rig *r = as(state, "juniper");
	struct result a;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		call_with(r, "get_library", &a, "{'kind':'%s'}", kinds[i]);
		if (a.failed || got_int(&a, "returned") < 1)
			fail_msg("%s: %s", kinds[i], buf_cstr(&a.text));
		assert_int_equal(strncmp(got_str(&a, "items.0.type"), kinds[i],
		    strlen(kinds[i]) - 1), 0);
		if (strcmp(kinds[i], "episodes") == 0)
			assert_true(says(&a, "no longer available"));
		result_free(&a);
	}
}

static void
followed_artists_are_paged_to_the_end(void **state)
{
	struct rig *r = as(state, "wren");
	struct result a;
	char args[200] = "{'kind':'artists','limit':7}";
	int64_t seen = 0, total;
	bool more;

	do {
		tool_call(r, "get_library", args, &a);
		assert_false(a.failed);
		seen += got_int(&a, "returned");
		total = got_int(&a, "total");
		more = got(&a, "cursor") != NULL;
		(void)snprintf(args, sizeof(args), "{'kind':'artists','limit':7,'cursor':'%s'}",
		    got_str(&a, "cursor"));
		result_free(&a);
	} while (more && seen <= total);
	assert_true(total > 7);
	assert_int_equal(seen, total);
}

static void
all_seven_types_are_found(void **state)
{
	static const char *const types[] = {"track", "album", "artist", "playlist", "show", "episode",
	    "audiobook"};
	struct rig *r = as(state, "juniper");
	struct result a;
	char path[40];
	size_t i;

	tool_call(r, "search", "{'query':'the','limit':20,'types':['track','album','artist','playlist',"
	    "'show','episode','audiobook']}", &a);
	assert_false(a.failed);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		(void)snprintf(path, sizeof(path), "totals.%s", types[i]);
		assert_non_null(got(&a, path));
	}
	assert_true(got_int(&a, "returned") > 10);
	assert_true(a.requests > 1 && a.requests <= 8);
	result_free(&a);
}

static void
what_is_inside_is_listed(void **state)
{
	static const struct { const char *kind, *inside; } cases[] = {
		{"albums", "tracks"}, {"shows", "episodes"}, {"audiobooks", "chapters"},
		{"artists", "albums"}};
	struct rig *r = as(state, "juniper");
	struct result a, b, d;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		call_with(r, "get_library", &a, "{'kind':'%s','limit':1}", cases[i].kind);
		call_with(r, "list_contents", &b, "{'uri':'%s','limit':3}", got_str(&a, "items.0.url"));
		if (b.failed)
			fail_msg("%s: %s", cases[i].kind, buf_cstr(&b.text));
		assert_string_equal(got_str(&b, "kind"), cases[i].inside);
		assert_true(got_int(&b, "returned") > 0);
		/* What is listed can be looked at, also a chapter under an episode's link. */
		call_with(r, "get_items", &d, "{'uris':'%s'}", got_str(&b, "items.0.url"));
		if (d.failed)
			fail_msg("%s: %s", cases[i].inside, buf_cstr(&d.text));
		assert_string_equal(got_str(&d, "items.0.name"), got_str(&b, "items.0.name"));
		assert_string_equal(got_str(&d, "items.0.type"), got_str(&b, "items.0.type"));
		result_free(&d);
		result_free(&b);
		result_free(&a);
	}
}

static void
details_of_a_mix(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a, b;
	struct buf args;
	char path[40];
	size_t i;

	tool_call(r, "search", "{'query':'a','limit':2,'types':['track','album','artist','playlist',"
	    "'show','episode','audiobook']}", &a);
	buf_init(&args, 8192);
	assert_ok(buf_put_str(&args, "{'uris':['spotify:track:0000000000000000000000'"));
	for (i = 0; i < (size_t)got_int(&a, "returned") && i < 15; i++) {
		(void)snprintf(path, sizeof(path), "items.%zu.url", i);
		assert_ok(buf_printf(&args, ",'%s'", got_str(&a, path)));
	}
	assert_ok(buf_put_str(&args, "]}"));
	tool_call(r, "get_items", buf_cstr(&args), &b);
	assert_false(b.failed);
	assert_int_equal(got_int(&b, "returned"), i);
	assert_non_null(got(&b, "items.0.problem"));
	assert_true(b.data_bytes < 32768);
	result_free(&b);
	result_free(&a);
	buf_free(&args);
}

static void
things_are_removed_and_saved_again(void **state)
{
	static const char *const kinds[] = {"tracks", "albums", "shows", "audiobooks", "artists"};
	struct rig *r = as(state, "juniper");
	struct result a, b;
	char url[100];
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		call_with(r, "get_library", &a, "{'kind':'%s','limit':1}", kinds[i]);
		(void)snprintf(url, sizeof(url), "%s", got_str(&a, "items.0.url"));
		result_free(&a);
		call_with(r, "check_library", &b, "{'uris':'%s'}", url);
		assert_int_equal(got_int(&b, "saved"), 1);
		result_free(&b);
		call_with(r, "remove_from_library", &b, "{'uris':'%s','dry_run':true}", url);
		assert_string_equal(got_str(&b, "would_remove_urls.0"), url);
		result_free(&b);
		call_with(r, "remove_from_library", &b, "{'uris':'%s'}", url);
		assert_false(b.failed);
		assert_int_equal(got_int(&b, "removed"), 1);
		result_free(&b);
		call_with(r, "remove_from_library", &b, "{'uris':'%s'}", url);
		assert_int_equal(got_int(&b, "not_there"), 1);
		result_free(&b);
		call_with(r, "check_library", &b, "{'uris':'%s'}", url);
		assert_int_equal(got_int(&b, "not_saved"), 1);
		result_free(&b);
		call_with(r, "save_to_library", &b, "{'uris':'%s'}", url);
		assert_int_equal(got_int(&b, "saved"), 1);
		result_free(&b);
	}
}

static void
playlists_of_others_are_followed(void **state)
{
	struct rig *r = as(state, "marlow");
	struct result a, b;
	char url[100] = "", path[40];
	size_t i;

	tool_call(r, "search", "{'query':'odds and ends','types':'playlist'}", &a);
	for (i = 0; i < (size_t)got_int(&a, "returned"); i++) {
		(void)snprintf(path, sizeof(path), "items.%zu.name", i);
		if (strcmp(got_str(&a, path), "Odds and Ends") == 0) {
			(void)snprintf(path, sizeof(path), "items.%zu.url", i);
			(void)snprintf(url, sizeof(url), "%s", got_str(&a, path));
		}
	}
	result_free(&a);
	assert_true(url[0] != '\0');
	call_with(r, "save_to_library", &b, "{'uris':'%s'}", url);
	assert_int_equal(got_int(&b, "saved"), 1);
	result_free(&b);
	tool_call(r, "list_playlists", "{'name_contains':'odds'}", &a);
	assert_int_equal(got_int(&a, "returned"), 1);
	result_free(&a);
	call_with(r, "remove_from_library", &b, "{'uris':'%s'}", url);
	assert_int_equal(got_int(&b, "removed"), 1);
	result_free(&b);
	/* One's own is not unfollowed. */
	tool_call(r, "list_playlists", "{'owned_only':true,'limit':1}", &a);
	call_with(r, "remove_from_library", &b, "{'uris':'%s'}", got_str(&a, "playlists.0.url"));
	assert_true(b.failed);
	assert_true(says(&b, "delete_playlist"));
	result_free(&b);
	result_free(&a);
}

static void
what_was_heard_is_told(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a, b;

	tool_call(r, "get_top_items", "{'kind':'artists','limit':5}", &a);
	assert_int_equal(got_int(&a, "returned"), 5);
	assert_string_equal(got_str(&a, "items.0.type"), "artist");
	result_free(&a);
	tool_call(r, "get_recently_played", "{'limit':10}", &a);
	assert_int_equal(got_int(&a, "returned"), 10);
	call_with(r, "get_recently_played", &b, "{'limit':10,'before':'%s'}", got_str(&a, "earliest"));
	assert_true(got_int(&b, "returned") > 0);
	assert_true(strcmp(got_str(&b, "latest"), got_str(&a, "earliest")) < 0);
	result_free(&b);
	call_with(r, "get_recently_played", &b, "{'after':'%s'}", got_str(&a, "latest"));
	assert_false(b.failed);
	assert_int_equal(got_int(&b, "returned"), 0);
	result_free(&b);
	result_free(&a);
}

static void
a_quota_of_one_family_leaves_the_others(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a, b;

	tool_call(r, "search", "{'query':'a','types':['artist','album'],'limit':1}", &a);
	json_object_put(sandbox_control(&box, "faults", "{\"path\":\"/v1/artists\",\"kind\":"
	    "\"quota_exceeded\",\"retry_after\":40000,\"count\":1}"));
	call_with(r, "get_items", &b, "{'uris':['%s','%s']}", got_str(&a, "items.0.url"),
	    got_str(&a, "items.1.url"));
	assert_false(b.failed);
	assert_int_equal(got_int(&b, "returned"), 1);
	assert_true(says(&b, "allowance of this Spotify application for artists"));
	result_free(&b);
	result_free(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_kind_is_in_the_library),
		T(followed_artists_are_paged_to_the_end),
		T(all_seven_types_are_found),
		T(what_is_inside_is_listed),
		T(details_of_a_mix),
		T(things_are_removed_and_saved_again),
		T(playlists_of_others_are_followed),
		T(what_was_heard_is_told),
		T(a_quota_of_one_family_leaves_the_others),
	};

	return cmocka_run_group_tests(tests, start_box, stop_box);
}
