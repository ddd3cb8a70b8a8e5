/* Playlists renamed, given covers, compared, exported, combined. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/guard.h"
#include "tests/unit/tools/edits_bench.h"

static void
a_playlist_is_renamed_and_read_back(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a, b;
	char url[100];

	edits_make(r, "Before", "ab", url);
	callf(r, &a, "update_playlist", "{'playlist':'Before','name':'After','description':'it\\u0027s "
	    "<new> & fine'}");
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "url"), url);
	assert_string_equal(got_str(&a, "name"), "After");
	assert_string_equal(got_str(&a, "description"), "it's <new> & fine");
	assert_string_equal(got_str(&a, "changed.0"), "name");
	assert_string_equal(got_str(&a, "changed.1"), "description");
	assert_null(got(&a, "not_taken.0"));
	result_free(&a);
	callf(r, &b, "update_playlist", "{'playlist':'%s','collaborative':true}", url);
	assert_true(got_bool(&b, "collaborative"));
	assert_false(got_bool(&b, "public"));
	result_free(&b);
}

/* A name may look like what Spotify makes of descriptions. */
static void
a_name_with_an_entity_is_kept_as_it_is(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a, b;
	char url[100];

	edits_make(r, "Rock", "a", url);
	callf(r, &a, "update_playlist", "{'playlist':'%s','name':'R&amp;B','description':'R&amp;B'}", url);
	assert_false(a.failed);
	assert_null(got(&a, "not_taken.0"));
	assert_string_equal(got_str(&a, "name"), "R&amp;B");
	assert_string_equal(got_str(&a, "description"), "R&amp;B");
	result_free(&a);
	callf(r, &a, "get_playlist", "{'playlist':'r&amp;b'}");
	assert_string_equal(got_str(&a, "url"), url);
	assert_string_equal(got_str(&a, "name"), "R&amp;B");
	result_free(&a);
	callf(r, &a, "update_playlist", "{'playlist':'%s','name':'Other'}", url);
	assert_false(a.failed);
	result_free(&a);
	callf(r, &a, "list_changes", "{'limit':1}");
	callf(r, &b, "undo_change", "{'change_id':'%s'}", got_str(&a, "changes.0.change_id"));
	assert_false(b.failed);
	result_free(&b);
	result_free(&a);
	callf(r, &a, "get_playlist", "{'playlist':'%s'}", url);
	assert_string_equal(got_str(&a, "name"), "R&amp;B");
	result_free(&a);
}

/* A hundred characters may be three hundred bytes, and no sentence may end inside of one. */
static void
long_names_of_other_alphabets_are_names(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char name[200] = "a", args[900];
	size_t i;

	for (i = 0; i < 60; i++)
		(void)snprintf(name + strlen(name), sizeof(name) - strlen(name), "\u30E9");
	(void)snprintf(args, sizeof(args), "{'name':'%s'}", name);
	tool_call(r, "create_playlist", args, &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "name"), name);
	result_free(&a);
	(void)snprintf(args, sizeof(args), "{'playlist':'%s','description':'x'}", name);
	tool_call(r, "update_playlist", args, &a);
	assert_false(a.failed);
	result_free(&a);
	tool_call(r, "list_changes", "{'limit':2}", &a);
	assert_true(utf8_valid(buf_span(&a.text)));
	assert_true(says(&a, "\u30E9\u2026\""));
	assert_true(utf8_valid(span_str(got_str(&a, "changes.0.what"))));
	result_free(&a);
	/* As an answer cuts it. */
	tool_call(r, "list_playlists", "{'name_contains':'a\u30E9'}", &a);
	(void)snprintf(args, sizeof(args), "{'playlist':'%s','limit':1}", got_str(&a, "playlists.0.name"));
	assert_non_null(strstr(args, "\u2026"));
	result_free(&a);
	tool_call(r, "get_playlist", args, &a);
	assert_false(a.failed);
	result_free(&a);
	(void)snprintf(args, sizeof(args), "{'playlist':'b%s'}", name);
	tool_call(r, "get_playlist", args, &a);
	assert_true(a.failed);
	assert_true(says(&a, "None of your playlists is called \"ba\u30E9"));
	assert_true(utf8_valid(buf_span(&a.text)));
	result_free(&a);
}

static void
what_spotify_does_not_take_is_told(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100];

	edits_make(r, "In public", "a", url);
	edits_control("switches", "{\"public_ignored\":true}");
	callf(r, &a, "update_playlist", "{'playlist':'%s','public':true}", url);
	edits_control("switches", "{\"public_ignored\":false}");
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "not_taken.0"), "public");
	assert_false(got_bool(&a, "public"));
	assert_true(says(&a, "kept another value"));
	result_free(&a);
	callf(r, &a, "update_playlist", "{'playlist':'%s'}", url);
	assert_true(a.failed);
	result_free(&a);
	callf(r, &a, "update_playlist", "{'playlist':'%s','name':' '}", url);
	assert_true(a.failed);
	result_free(&a);
	callf(r, &a, "update_playlist", "{'playlist':'%s','public':true,'collaborative':true}", url);
	assert_true(a.failed);
	result_free(&a);
	/* Somebody else's. */
	r = edits_as(state, "marlow");
	callf(r, &a, "update_playlist", "{'playlist':'%s','name':'Mine'}", url);
	assert_true(a.failed);
	assert_true(says(&a, "belongs to"));
	assert_int_equal(a.requests, 1);
	result_free(&a);
}

/* The shortest text that passes for a JPEG. */
#define JPEG "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="

static void
a_cover_is_set_if_it_is_a_jpeg(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100], *large = malloc(300001);

	edits_make(r, "With a picture", "a", url);
	callf(r, &a, "set_playlist_cover", "{'playlist':'%s','image':'" JPEG "'}", url);
	assert_false(a.failed);
	assert_true(got_bool(&a, "accepted"));
	result_free(&a);
	callf(r, &a, "set_playlist_cover", "{'playlist':'%s','image':'data:image/jpeg;base64," JPEG "'}",
	    url);
	assert_false(a.failed);
	result_free(&a);
	callf(r, &a, "set_playlist_cover", "{'playlist':'%s','image':'iVBORw0KGgo='}", url);
	assert_true(says(&a, "not a JPEG"));
	assert_int_equal(a.requests, 0);
	result_free(&a);
	callf(r, &a, "set_playlist_cover", "{'playlist':'%s','image':'/9j/ 4AAQ'}", url);
	assert_true(says(&a, "not Base64"));
	result_free(&a);
	assert_non_null(large);
	memset(large, 'A', 300000);
	large[300000] = '\0';
	memcpy(large, JPEG, 8);
	callf(r, &a, "set_playlist_cover", "{'playlist':'%s','image':'%s'}", url, large);
	assert_true(says(&a, "too large"));
	result_free(&a);
	free(large);
}

static void
two_playlists_are_compared_by_recording(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a, b;
	char one[100], two[100], line[200];

	edits_make(r, "Left", "abcdaa", one);
	edits_make(r, "Right", "cdef", two);
	callf(r, &a, "compare_playlists", "{'a':'Left','b':'%s'}", two);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "in_both"), 2);
	assert_int_equal(got_int(&a, "only_in_a"), 2);
	assert_int_equal(got_int(&a, "only_in_b"), 2);
	assert_true(got_bool(&a, "complete"));
	assert_string_equal(got_str(&a, "a.url"), one);
	assert_int_equal(got_int(&a, "a.total"), 6);
	assert_string_equal(got_str(&a, "items.0.in"), "only in a");
	assert_string_equal(got_str(&a, "items.0.url"), track[0]);
	assert_string_equal(got_str(&a, "items.4.in"), "in both");
	assert_string_equal(got_str(&a, "items.4.url"), track[2]);
	assert_true(strlen(got_str(&a, "items.0.name")) > 0);
	result_free(&a);
	/* In pages. */
	callf(r, &a, "compare_playlists", "{'a':'%s','b':'%s','limit':4}", one, two);
	assert_int_equal(got_int(&a, "returned"), 4);
	assert_int_equal(a.requests, 2);
	(void)snprintf(line, sizeof(line), "%s", got_str(&a, "cursor"));
	callf(r, &b, "compare_playlists", "{'a':'%s','b':'%s','cursor':'%s'}", one, two, line);
	assert_int_equal(got_int(&b, "returned"), 2);
	assert_string_equal(got_str(&b, "items.0.url"), track[2]);
	assert_null(got(&b, "cursor"));
	result_free(&b);
	result_free(&a);
	callf(r, &a, "compare_playlists", "{'a':'%s','b':'Left'}", one);
	assert_true(says(&a, "the same playlist"));
	result_free(&a);
}

/* What has no content, is a local file or twice there does not get in the way. */
static void
odd_entries_are_compared_and_exported(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100];

	edits_make(r, "Even", "a", url);
	callf(r, &a, "compare_playlists", "{'a':'Odds and Ends','b':'%s'}", url);
	assert_false(a.failed);
	assert_true(says(&a, "(local file)"));
	result_free(&a);
	callf(r, &a, "export_playlist", "{'playlist':'Odds and Ends','format':'m3u'}");
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), got_int(&a, "total"));
	result_free(&a);
}

static void
a_playlist_is_exported_in_parts(void **state)
{
	static const char *const formats[] = {"csv", "json", "m3u"};
	struct rig *r = edits_as(state, "juniper");
	char letters[601], url[100], cursor[100] = "";
	struct result a;
	size_t i, k, parts;
	int64_t seen;

	for (i = 0; i < 600; i++)
		letters[i] = (char)('a' + i % 26);
	letters[600] = '\0';
	edits_make(r, "Six hundred", letters, url);
	for (k = 0; k < 3; k++) {
		for (seen = 0, parts = 0; parts < 20; parts++) {
			callf(r, &a, "export_playlist", "{'playlist':'%s','format':'%s'%s%s%s}", url, formats[k],
			    parts > 0 ? ",'cursor':'" : "", parts > 0 ? cursor : "", parts > 0 ? "'" : "");
			assert_false(a.failed);
			assert_int_equal(got_int(&a, "offset"), seen);
			assert_int_equal(got_int(&a, "total"), 600);
			seen += got_int(&a, "returned");
			(void)snprintf(cursor, sizeof(cursor), "%s", got_str(&a, "cursor"));
			result_free(&a);
			if (cursor[0] == '\0')
				break;
		}
		assert_int_equal(seen, 600);
		assert_in_range(parts, 1, 5);
	}
}

static void
playlists_are_combined(void **state)
{
	static const char *const modes[][2] = {{"union", "abcdef"}, {"intersect", "cd"},
	    {"subtract", "ab"}, {"interleave", "acbdef"}};
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char one[100], two[100], url[100];
	size_t i;

	edits_make(r, "One of two", "abcd", one);
	edits_make(r, "Two of two", "cdefc", two);
	for (i = 0; i < 4; i++) {
		callf(r, &a, "combine_playlists", "{'playlists':['%s','%s'],'mode':'%s','into_name':'Result "
		    "%zu'}", one, two, modes[i][0], i);
		assert_false(a.failed);
		(void)snprintf(url, sizeof(url), "%s", got_str(&a, "url"));
		assert_int_equal(got_int(&a, "added"), strlen(modes[i][1]));
		result_free(&a);
		assert_holds(r, url, modes[i][1]);
	}
	/* Into one that there is: only what is not in it. */
	callf(r, &a, "combine_playlists", "{'playlists':['%s','%s'],'mode':'union','into_playlist':'%s',"
	    "'dry_run':true}", one, two, one);
	assert_int_equal(got_int(&a, "there_already"), 4);
	assert_int_equal(got_int(&a, "result"), 2);
	assert_true(says(&a, got_str(&a, "urls.0")) && says(&a, got_str(&a, "urls.1")));
	assert_int_equal(got_int(&a, "added"), 0);
	result_free(&a);
	callf(r, &a, "combine_playlists", "{'playlists':['%s','%s'],'mode':'union','into_playlist':'%s'}",
	    one, two, one);
	assert_int_equal(got_int(&a, "total"), 6);
	result_free(&a);
	assert_holds(r, one, "abcdef");
	/* Nothing got in: that is no success. */
	edits_control("faults", "{\"path\":\"/v1/playlists\",\"kind\":\"forbidden\",\"method\":\"POST\",\"count\":1}");
	callf(r, &a, "combine_playlists", "{'playlists':['%s','%s'],'mode':'union','into_playlist':'%s'}",
	    one, two, two);
	assert_true(a.failed);
	assert_true(says(&a, "Nothing was added. "));
	result_free(&a);
	assert_holds(r, two, "cdefc");
	callf(r, &a, "combine_playlists", "{'playlists':['%s','%s'],'mode':'union'}", one, two);
	assert_true(a.failed);
	result_free(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, edits_setup, edits_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_playlist_is_renamed_and_read_back),
		T(what_spotify_does_not_take_is_told), T(a_name_with_an_entity_is_kept_as_it_is),
		T(long_names_of_other_alphabets_are_names),
		T(a_cover_is_set_if_it_is_a_jpeg),
		T(two_playlists_are_compared_by_recording),
		T(odd_entries_are_compared_and_exported),
		T(a_playlist_is_exported_in_parts),
		T(playlists_are_combined),
	};

	return cmocka_run_group_tests(tests, edits_start_box, edits_stop_box);
}
