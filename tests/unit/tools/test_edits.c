/* Tools that change, compare and copy playlists, against the stand-in for Spotify. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

static void
control(const char *path, const char *body)
{
	json_object_put(sandbox_control(&box, path, body));
}

/* tool_call for one that takes long. */
static void
call_long(struct rig *r, const char *name, const char *args, struct result *out)
{
	struct call *c;
	unsigned i;

	tool_start(r, name, args, out, &c);
	for (i = 0; i < 600 && !out->there; i++)
		rig_for(r, 100);
	assert_true(out->there);
	rig_for(r, 2);
}

static void callf(struct rig *r, struct result *out, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* tool_call with formatted arguments. */
static void
callf(struct rig *r, struct result *out, const char *name, const char *fmt, ...)
{
	size_t n = 1 << 20;
	char *args = malloc(n);
	va_list ap;

	assert_non_null(args);
	va_start(ap, fmt);
	assert_in_range(vsnprintf(args, n, fmt, ap), 1, n - 1);
	va_end(ap);
	tool_call(r, name, args, out);
	free(args);
}

/* Tracks to build playlists from: links. */
#define TRACKS 40
static char track[TRACKS][64];

static void
find_tracks(struct rig *r)
{
	struct result a;
	char path[40];
	size_t i;

	tool_call(r, "search", "{'query':'a','limit':40}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), TRACKS);
	for (i = 0; i < TRACKS; i++) {
		(void)snprintf(path, sizeof(path), "items.%zu.url", i);
		(void)snprintf(track[i], sizeof(track[i]), "%s", got_str(&a, path));
	}
	result_free(&a);
}

/* A playlist with entries by letters: 'a' is track[0] and so on; its link goes
 * to url (100 bytes). */
static void
make(struct rig *r, const char *name, const char *letters, char *url)
{
	struct result a;
	struct buf args;
	size_t i;

	if (track[0][0] == '\0')
		find_tracks(r);
	buf_init(&args, 1 << 20);
	assert_ok(buf_printf(&args, "{'name':'%s','uris':[", name));
	for (i = 0; letters[i] != '\0'; i++)
		assert_ok(buf_printf(&args, "%s'%s'", i > 0 ? "," : "", track[letters[i] - 'a']));
	assert_ok(buf_put_str(&args, "]}"));
	tool_call(r, "create_playlist", buf_cstr(&args), &a);
	assert_false(a.failed);
	(void)snprintf(url, 100, "%s", got_str(&a, "url"));
	result_free(&a);
	buf_free(&args);
}

static void
a_playlist_is_renamed_and_read_back(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a, b;
	char url[100];

	make(r, "Before", "ab", url);
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

static void
what_spotify_does_not_take_is_told(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;
	char url[100];

	make(r, "In public", "a", url);
	control("switches", "{\"public_ignored\":true}");
	callf(r, &a, "update_playlist", "{'playlist':'%s','public':true}", url);
	control("switches", "{\"public_ignored\":false}");
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
	r = as(state, "marlow");
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
	struct rig *r = as(state, "juniper");
	struct result a;
	char url[100], *large = malloc(300001);

	make(r, "With a picture", "a", url);
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
	struct rig *r = as(state, "juniper");
	struct result a, b;
	char one[100], two[100], line[200];

	make(r, "Left", "abcdaa", one);
	make(r, "Right", "cdef", two);
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
	struct rig *r = as(state, "juniper");
	struct result a;
	char url[100];

	make(r, "Even", "a", url);
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
	struct rig *r = as(state, "juniper");
	char letters[601], url[100], cursor[100] = "";
	struct result a;
	size_t i, k, parts;
	int64_t seen;

	for (i = 0; i < 600; i++)
		letters[i] = (char)('a' + i % 26);
	letters[600] = '\0';
	make(r, "Six hundred", letters, url);
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

/* Is the playlist made of these, by letters? */
static void
assert_holds(struct rig *r, const char *url, const char *letters)
{
	struct result a;
	char path[40];
	size_t i;

	callf(r, &a, "get_playlist", "{'playlist':'%s'}", url);
	assert_false(a.failed);
	for (i = 0; letters[i] != '\0'; i++) {
		(void)snprintf(path, sizeof(path), "items.%zu.url", i);
		assert_string_equal(got_str(&a, path), track[letters[i] - 'a']);
	}
	assert_int_equal(got_int(&a, "total"), i);
	result_free(&a);
}

static void
every_copy_is_removed_by_link(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;
	char url[100];

	make(r, "Copies", "abacad", url);
	callf(r, &a, "remove_from_playlist", "{'playlist':'%s','uris':['%s','%s'],'dry_run':true}", url,
	    track[0], track[20]);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "to_remove"), 3);
	assert_string_equal(got_str(&a, "not_found.0"), track[20]);
	assert_true(got_bool(&a, "dry_run"));
	result_free(&a);
	assert_holds(r, url, "abacad");
	callf(r, &a, "remove_from_playlist", "{'playlist':'Copies','uris':['%s']}", track[0]);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(got_int(&a, "total"), 3);
	result_free(&a);
	assert_holds(r, url, "bcd");
	callf(r, &a, "remove_from_playlist", "{'playlist':'%s','uris':['%s']}", url, track[0]);
	assert_true(a.failed);
	result_free(&a);
}

static void
one_copy_of_several_is_removed_by_position(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;
	char url[100];

	make(r, "Positions", "abacadaabb", url);
	callf(r, &a, "remove_from_playlist", "{'playlist':'%s','positions':[2,1,9],'uris':['%s']}", url,
	    track[0]);
	assert_true(a.failed);
	assert_true(says(&a, "none of uris"));
	result_free(&a);
	callf(r, &a, "remove_from_playlist", "{'playlist':'%s','positions':[10]}", url);
	assert_true(a.failed);
	result_free(&a);
	callf(r, &a, "remove_from_playlist", "{'playlist':'%s','positions':[2,3,9],'dry_run':true}", url);
	assert_int_equal(got_int(&a, "put_back"), 6);
	assert_true(says(&a, "new added date"));
	result_free(&a);
	callf(r, &a, "remove_from_playlist", "{'playlist':'%s','positions':['2',3,9]}", url);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	result_free(&a);
	assert_holds(r, url, "abadaab");
}

static void
local_files_are_not_removed_and_in_nobodys_way(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;
	char args[100], path[40];
	size_t i, local = 0;

	tool_call(r, "get_playlist", "{'playlist':'Odds and Ends'}", &a);
	for (i = 0; i < (size_t)got_int(&a, "total"); i++) {
		(void)snprintf(path, sizeof(path), "items.%zu.type", i);
		if (strcmp(got_str(&a, path), "local") == 0)
			local = i;
	}
	result_free(&a);
	(void)snprintf(args, sizeof(args), "{'playlist':'Odds and Ends','positions':[%zu]}", local);
	tool_call(r, "remove_from_playlist", args, &a);
	assert_true(a.failed);
	assert_true(says(&a, "local file"));
	result_free(&a);
	tool_call(r, "dedupe_playlist", "{'playlist':'Odds and Ends','match':'id'}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "to_remove"), 1);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(got_int(&a, "total"), got_int(&a, "before") - 1);
	result_free(&a);
}

static void
duplicates_are_removed(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;
	char url[100];

	make(r, "Twice", "abcabcdda", url);
	callf(r, &a, "dedupe_playlist", "{'playlist':'%s','match':'id'}", url);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "to_remove"), 5);
	assert_true(got_bool(&a, "verified"));
	result_free(&a);
	assert_holds(r, url, "abcd");
	callf(r, &a, "dedupe_playlist", "{'playlist':'%s'}", url);
	assert_int_equal(got_int(&a, "to_remove"), 0);
	assert_int_equal(got_int(&a, "steps"), 0);
	result_free(&a);
}

/* Answers break off, requests are lost: nothing is doubled and nothing is missing. */
static void
broken_answers_do_not_spoil_an_edit(void **state)
{
	static const char *const faults[] = {
		"{\"path\":\"/v1/playlists\",\"kind\":\"cutoff\",\"method\":\"POST\",\"count\":1}",
		"{\"path\":\"/v1/playlists\",\"kind\":\"bad_gateway\",\"method\":\"POST\",\"count\":1}",
		"{\"path\":\"/v1/playlists\",\"kind\":\"cutoff\",\"method\":\"DELETE\",\"count\":1}"};
	struct rig *r = as(state, "juniper");
	struct result a;
	char url[100];
	size_t i;

	for (i = 0; i < 3; i++) {
		make(r, "Breaking", "abacada", url);
		control("faults", faults[i]);
		callf(r, &a, "remove_from_playlist", "{'playlist':'%s','positions':[2]}", url);
		assert_false(a.failed);
		assert_true(got_bool(&a, "verified"));
		result_free(&a);
		assert_holds(r, url, "abcada");
	}
}

static void
entries_are_moved_sorted_and_shuffled(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a, b;
	char url[100];
	size_t i;

	make(r, "In order", "abcdef", url);
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','from':0,'count':2,'to':3}", url);
	assert_true(got_bool(&a, "verified"));
	result_free(&a);
	assert_holds(r, url, "cdeabf");
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','from':4,'to':'1'}", url);
	assert_true(got_bool(&a, "verified"));
	result_free(&a);
	assert_holds(r, url, "cbdeaf");
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','from':4,'count':2,'to':5}", url);
	assert_true(a.failed);
	result_free(&a);
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','from':4,'to':5,'shuffle':true}", url);
	assert_true(a.failed);
	result_free(&a);
	make(r, "To sort", "mbqxayczpolnedfghkjiwvutsr", url);
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','sort_by':'name'}", url);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	result_free(&a);
	callf(r, &a, "get_playlist", "{'playlist':'%s'}", url);
	for (i = 1; i < 26; i++) {
		char one[40], two[40];

		(void)snprintf(one, sizeof(one), "items.%zu.name", i - 1);
		(void)snprintf(two, sizeof(two), "items.%zu.name", i);
		assert_true(strcasecmp(got_str(&a, one), got_str(&a, two)) <= 0);
	}
	result_free(&a);
	/* Again: nothing to do. */
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','sort_by':'name'}", url);
	assert_int_equal(got_int(&a, "steps"), 0);
	result_free(&a);
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','shuffle':true,'keep_dates':false}", url);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(got_int(&a, "total"), 26);
	result_free(&a);
	callf(r, &b, "reorder_playlist", "{'playlist':'Odds and Ends','sort_by':'duration'}");
	assert_false(b.failed);
	assert_true(got_bool(&b, "verified"));
	result_free(&b);
}

/* A long sort takes several calls and comes to an end. */
static void
a_long_sort_goes_on_with_another_call(void **state)
{
	struct rig *r = as(state, "juniper");
	char letters[131], url[100], args[200];
	struct result a;
	bool more;
	size_t i, calls = 0;

	for (i = 0; i < 130; i++)
		letters[i] = (char)('a' + i * 7 % 26);
	letters[130] = '\0';
	make(r, "Long sort", letters, url);
	(void)snprintf(args, sizeof(args), "{'playlist':'%s','sort_by':'name','descending':true}", url);
	do {
		call_long(r, "reorder_playlist", args, &a);
		assert_false(a.failed);
		assert_true(got_bool(&a, "verified"));
		more = got_bool(&a, "more_needed");
		result_free(&a);
	} while (more && ++calls < 10);
	assert_in_range(calls, 1, 5);
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','shuffle':true}", url);
	assert_true(a.failed);
	assert_true(says(&a, "keep_dates false"));
	result_free(&a);
}

static void
a_playlist_is_replaced(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;
	char url[100];
	struct buf args;
	size_t i;

	make(r, "Old", "abc", url);
	callf(r, &a, "replace_playlist", "{'playlist':'%s','uris':['%s','%s'],'dry_run':true}", url,
	    track[3], track[3]);
	assert_true(got_bool(&a, "dry_run"));
	result_free(&a);
	assert_holds(r, url, "abc");
	callf(r, &a, "replace_playlist", "{'playlist':'%s','uris':['%s','%s']}", url, track[3], track[3]);
	assert_true(got_bool(&a, "verified"));
	result_free(&a);
	assert_holds(r, url, "dd");
	buf_init(&args, 1 << 20);
	assert_ok(buf_printf(&args, "{'playlist':'%s','uris':[", url));
	for (i = 0; i < 350; i++)
		assert_ok(buf_printf(&args, "%s'%s'", i > 0 ? "," : "", track[i % 26]));
	assert_ok(buf_put_str(&args, "]}"));
	/* The third part's answer breaks off. */
	control("faults", "{\"path\":\"/v1/playlists\",\"kind\":\"cutoff\",\"method\":\"POST\",\"count\":1}");
	tool_call(r, "replace_playlist", buf_cstr(&args), &a);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(got_int(&a, "total"), 350);
	assert_int_equal(got_int(&a, "steps"), 4);
	result_free(&a);
	buf_free(&args);
	callf(r, &a, "replace_playlist", "{'playlist':'%s','uris':[]}", url);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(got_int(&a, "total"), 0);
	result_free(&a);
}

static void
playlists_are_combined(void **state)
{
	static const char *const modes[][2] = {{"union", "abcdef"}, {"intersect", "cd"},
	    {"subtract", "ab"}, {"interleave", "acbdef"}};
	struct rig *r = as(state, "juniper");
	struct result a;
	char one[100], two[100], url[100];
	size_t i;

	make(r, "One of two", "abcd", one);
	make(r, "Two of two", "cdefc", two);
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
	assert_int_equal(got_int(&a, "added"), 0);
	result_free(&a);
	callf(r, &a, "combine_playlists", "{'playlists':['%s','%s'],'mode':'union','into_playlist':'%s'}",
	    one, two, one);
	assert_int_equal(got_int(&a, "total"), 6);
	result_free(&a);
	assert_holds(r, one, "abcdef");
	callf(r, &a, "combine_playlists", "{'playlists':['%s','%s'],'mode':'union'}", one, two);
	assert_true(a.failed);
	result_free(&a);
}

/* A stop half-way does not leave out what was only to be moved aside. */
static void
a_stop_half_way_leaves_nothing_missing(void **state)
{
	struct rig *r = as(state, "juniper");
	struct result a;
	struct call *c;
	char url[100], args[200];
	unsigned i;

	make(r, "Stopped", "abacadaeafaabb", url);
	(void)snprintf(args, sizeof(args), "{'playlist':'%s','positions':[2]}", url);
	control("faults", "{\"path\":\"/v1/playlists\",\"kind\":\"slow\",\"method\":\"DELETE\",\"ms\":300,\"count\":1}");
	tool_start(r, "remove_from_playlist", args, &a, &c);
	/* Until the first request that changes something is on its way. */
	for (i = 0; i < 4000 && c->requests < 2; i++)
		rig_for(r, 1);
	assert_int_equal(c->requests, 2);
	c->on_stop(c);
	rig_until(r, &a.there);
	rig_for(r, 2);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "done"), got_int(&a, "steps"));
	assert_false(got_bool(&a, "verified"));
	result_free(&a);
	assert_holds(r, url, "abcadaeafaabb");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_playlist_is_renamed_and_read_back),
		T(what_spotify_does_not_take_is_told),
		T(a_cover_is_set_if_it_is_a_jpeg),
		T(two_playlists_are_compared_by_recording),
		T(odd_entries_are_compared_and_exported),
		T(a_playlist_is_exported_in_parts),
		T(every_copy_is_removed_by_link),
		T(one_copy_of_several_is_removed_by_position),
		T(local_files_are_not_removed_and_in_nobodys_way),
		T(duplicates_are_removed),
		T(broken_answers_do_not_spoil_an_edit),
		T(entries_are_moved_sorted_and_shuffled),
		T(a_long_sort_goes_on_with_another_call),
		T(a_playlist_is_replaced),
		T(playlists_are_combined),
		T(a_stop_half_way_leaves_nothing_missing),
	};

	return cmocka_run_group_tests(tests, start_box, stop_box);
}
