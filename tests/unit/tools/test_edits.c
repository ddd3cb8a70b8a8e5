/* Entries of playlists removed, moved, replaced: against the stand-in for Spotify. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tests/unit/tools/edits_bench.h"

static void
every_copy_is_removed_by_link(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100];

	edits_make(r, "Copies", "abacad", url);
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
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100];

	edits_make(r, "Positions", "abacadaabb", url);
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
	struct rig *r = edits_as(state, "juniper");
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
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100];

	edits_make(r, "Twice", "abcabcdda", url);
	callf(r, &a, "dedupe_playlist", "{'playlist':'%s','match':'id'}", url);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "to_remove"), 5);
	assert_true(says(&a, got_str(&a, "urls.0")) && says(&a, got_str(&a, "urls.4")));
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
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100];
	size_t i;

	for (i = 0; i < 3; i++) {
		edits_make(r, "Breaking", "abacada", url);
		edits_control("faults", faults[i]);
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
	struct rig *r = edits_as(state, "juniper");
	struct result a, b;
	char url[100];
	size_t i;

	edits_make(r, "In order", "abcdef", url);
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
	edits_make(r, "To sort", "mbqxayczpolnedfghkjiwvutsr", url);
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
	struct rig *r = edits_as(state, "juniper");
	char letters[131], url[100], args[200];
	struct result a;
	bool more;
	size_t i, calls = 0;

	for (i = 0; i < 130; i++)
		letters[i] = (char)('a' + i * 7 % 26);
	letters[130] = '\0';
	edits_make(r, "Long sort", letters, url);
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
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100];
	struct buf args;
	size_t i;

	edits_make(r, "Old", "abc", url);
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
	edits_control("faults", "{\"path\":\"/v1/playlists\",\"kind\":\"cutoff\",\"method\":\"POST\",\"count\":1}");
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

/* A stop half-way does not leave out what was only to be moved aside. */
static void
a_stop_half_way_leaves_nothing_missing(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	struct call *c;
	char url[100], args[200];
	unsigned i;

	edits_make(r, "Stopped", "abacadaeafaabb", url);
	(void)snprintf(args, sizeof(args), "{'playlist':'%s','positions':[2]}", url);
	edits_control("faults", "{\"path\":\"/v1/playlists\",\"kind\":\"slow\",\"method\":\"DELETE\",\"ms\":300,\"count\":1}");
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

#define T(f) cmocka_unit_test_setup_teardown(f, edits_setup, edits_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_copy_is_removed_by_link),
		T(one_copy_of_several_is_removed_by_position),
		T(local_files_are_not_removed_and_in_nobodys_way),
		T(duplicates_are_removed),
		T(broken_answers_do_not_spoil_an_edit),
		T(entries_are_moved_sorted_and_shuffled),
		T(a_long_sort_goes_on_with_another_call),
		T(a_playlist_is_replaced),
		T(a_stop_half_way_leaves_nothing_missing),
	};

	return cmocka_run_group_tests(tests, edits_start_box, edits_stop_box);
}
