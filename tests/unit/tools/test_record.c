/* What tools that change something leave in the record of changes, and that they
 * send nothing without one. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tools/edits_bench.h"
#include "worker/changes.h"

static struct {
	struct arena arena;
	bool there;
	const struct change_record *r;
	size_t n;
} got_back;

static void
on_read(void *arg, enum change_word word, const struct change_record *records, size_t n, bool more,
    uint32_t retry_s)
{
	(void)arg;
	(void)more;
	(void)retry_s;
	assert_int_equal(word, CHANGE_STORED);
	got_back.there = true;
	got_back.r = records;
	got_back.n = n;
}

static int
setup(void **state)
{
	arena_init(&got_back.arena, 8u << 20);
	return edits_setup(state);
}

static int
teardown(void **state)
{
	arena_reset(&got_back.arena);
	return edits_teardown(state);
}

/* The newest change, whole. */
static const struct change_record *
newest(struct rig *r)
{
	struct changes_ask *ask = NULL;
	uint8_t id[ID_BYTES];

	got_back.there = false;
	assert_ok(changes_list(&r->w, 0, 1, &got_back.arena, on_read, NULL, &ask));
	rig_until(r, &got_back.there);
	assert_int_equal(got_back.n, 1);
	memcpy(id, got_back.r[0].id, ID_BYTES);
	got_back.there = false;
	assert_ok(changes_read(&r->w, id, &got_back.arena, on_read, NULL, &ask));
	rig_until(r, &got_back.there);
	assert_int_equal(got_back.n, 1);
	return got_back.r;
}

static void
all_done(const struct change_record *c, const char *tool, enum change_kind kind, size_t steps)
{
	size_t i;

	assert_string_equal(c->tool, tool);
	assert_int_equal(c->kind, kind);
	assert_int_equal(c->state, CHANGE_WHOLE);
	assert_int_equal(c->n_steps, steps);
	for (i = 0; i < steps; i++)
		assert_int_equal(c->steps[i].state, STEP_DONE);
	assert_false(c->running);
}

/* The numbers are these, by letters of the things that they had before. */
static void
assert_after(const struct change_record *c, const char *letters, const char *before)
{
	size_t i;

	assert_int_equal(c->n_after, strlen(letters));
	for (i = 0; i < c->n_after; i++)
		assert_string_equal(c->uris[c->after[i]],
		    c->uris[(size_t)(strchr(before, letters[i]) - before)]);
}

static void
an_edit_is_recorded_as_it_was_done(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	const struct change_record *c;
	struct result a;
	char url[100];

	edits_make(r, "Recorded", "abcde", url);
	callf(r, &a, "remove_from_playlist", "{'playlist':'%s','positions':['1']}", url);
	assert_false(a.failed);
	result_free(&a);
	c = newest(r);
	all_done(c, "remove_from_playlist", CHANGE_ITEMS, 1);
	assert_string_equal(c->name, "Recorded");
	assert_non_null(strstr(url, c->thing + strlen("spotify:playlist:")));
	assert_true(c->contents);
	assert_int_equal(c->n_before, 5);
	assert_after(c, "acde", "abcde");
	callf(r, &a, "reorder_playlist", "{'playlist':'%s','from':0,'to':2}", url);
	assert_false(a.failed);
	result_free(&a);
	c = newest(r);
	all_done(c, "reorder_playlist", CHANGE_ITEMS, 1);
	assert_int_equal(c->steps[0].kind, STEP_MOVE);
	/* A rehearsal leaves nothing, nor does an edit that is none. */
	callf(r, &a, "replace_playlist", "{'playlist':'%s','uris':['%s'],'dry_run':true}", url, track[0]);
	assert_false(a.failed);
	result_free(&a);
	assert_string_equal(newest(r)->tool, "reorder_playlist");
}

/* A list of n links, the last of the tracks not among them. */
static void
links(char *out, size_t room, size_t n)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, room - len, "%s'%s'", i > 0 ? "," : "", track[i % (TRACKS - 1)]);
}

static void
what_is_made_and_added_is_recorded(void **state)
{
	static char many[40000];
	struct rig *r = edits_as(state, "juniper");
	const struct change_record *c;
	struct result a;
	char url[100];

	edits_make(r, "Grows", "abc", url);
	links(many, sizeof(many), 250);
	callf(r, &a, "add_to_playlist", "{'playlist':'%s','uris':[%s],'position':1}", url, many);
	assert_int_equal(got_int(&a, "added"), 250);
	result_free(&a);
	c = newest(r);
	all_done(c, "add_to_playlist", CHANGE_ADDED, 3);
	assert_int_equal(c->position, 1);
	assert_int_equal(c->total, 3);
	assert_int_equal(c->n_uris, 250);
	assert_false(c->contents);
	assert_int_equal(c->steps[2].kind, STEP_INSERT);
	assert_int_equal(c->steps[2].at, 201);
	assert_int_equal(c->steps[2].n_ids, 50);
	assert_int_equal(c->steps[2].ids[0], 200);
	callf(r, &a, "create_playlist", "{'name':'Brand new','uris':['%s','%s']}", track[0], track[1]);
	assert_false(a.failed);
	c = newest(r);
	all_done(c, "create_playlist", CHANGE_MADE, 2);
	assert_int_equal(c->steps[0].kind, STEP_MAKE);
	assert_non_null(strstr(got_str(&a, "url"), c->thing + strlen("spotify:playlist:")));
	assert_string_equal(c->details_after.name, "Brand new");
	assert_true(c->contents);
	assert_int_equal(c->n_before, 0);
	assert_int_equal(c->n_after, 2);
	result_free(&a);
}

static void
details_and_the_library_are_recorded(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	const struct change_record *c;
	struct result a;
	char url[100];

	edits_make(r, "Old name", "a", url);
	callf(r, &a, "update_playlist", "{'playlist':'%s','name':'New name','description':'Words'}", url);
	assert_false(a.failed);
	result_free(&a);
	c = newest(r);
	all_done(c, "update_playlist", CHANGE_DETAILS, 1);
	assert_string_equal(c->details_before.name, "Old name");
	assert_string_equal(c->details_before.description, "");
	assert_string_equal(c->details_after.name, "New name");
	assert_int_equal(c->details_before.is_public, -1);
	/* Of two one is there already: the step names the other. */
	callf(r, &a, "save_to_library", "{'uris':['%s']}", track[30]);
	result_free(&a);
	callf(r, &a, "save_to_library", "{'uris':['%s','%s']}", track[30], track[31]);
	result_free(&a);
	c = newest(r);
	all_done(c, "save_to_library", CHANGE_SAVED, 1);
	assert_int_equal(c->steps[0].n_ids, 1);
	assert_non_null(strstr(track[31], c->uris[c->steps[0].ids[0]] + strlen("spotify:track:")));
	callf(r, &a, "remove_from_library", "{'uris':['%s','%s']}", track[30], track[31]);
	result_free(&a);
	c = newest(r);
	all_done(c, "remove_from_library", CHANGE_REMOVED, 1);
	assert_int_equal(c->steps[0].kind, STEP_UNSAVE);
	assert_int_equal(c->steps[0].n_ids, 2);
}

/* Calls with the record away, then without one. */
static void not_without(struct rig *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
not_without(struct rig *r, const char *name, const char *fmt, ...)
{
	struct record *record = bench_record(r);
	char args[600], whole[700];
	struct result a;
	unsigned parts = record->parts;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(args, sizeof(args), fmt, ap);
	va_end(ap);
	(void)snprintf(whole, sizeof(whole), "{%s}", args);
	record->refuse = STORE_UNAVAILABLE;
	record->retry_after = 5;
	tool_call(r, name, whole, &a);
	if (!a.failed)
		fail_msg("%s went ahead: %s", name, buf_cstr(&a.text));
	assert_true(says(&a, "Try again in 5 seconds"));
	assert_true(says(&a, "without_undo"));
	result_free(&a);
	(void)snprintf(whole, sizeof(whole), "{%s,'without_undo':true}", args);
	tool_call(r, name, whole, &a);
	if (a.failed)
		fail_msg("%s: %s", name, buf_cstr(&a.text));
	result_free(&a);
	record->refuse = 0;
	changes_vault_back(r->w.changes);
	rig_for(r, 20);
	assert_int_equal(record->parts, parts);
}

static void
nothing_is_sent_without_a_record(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100], other[100];

	edits_make(r, "Left alone", "aabc", url);
	edits_make(r, "The other", "bd", other);
	bench_record(r)->refuse = STORE_UNAVAILABLE;
	bench_record(r)->retry_after = 5;
	callf(r, &a, "add_to_playlist", "{'playlist':'%s','uris':['%s']}", url, track[3]);
	assert_true(a.failed);
	result_free(&a);
	callf(r, &a, "remove_from_playlist", "{'playlist':'%s','uris':['%s']}", url, track[0]);
	assert_true(a.failed);
	result_free(&a);
	assert_holds(r, url, "aabc");
	bench_record(r)->refuse = 0;
	changes_vault_back(r->w.changes);
	not_without(r, "add_to_playlist", "'playlist':'%s','uris':['%s']", url, track[3]);
	not_without(r, "remove_from_playlist", "'playlist':'%s','uris':['%s']", url, track[3]);
	not_without(r, "reorder_playlist", "'playlist':'%s','from':0,'to':3", url);
	not_without(r, "dedupe_playlist", "'playlist':'%s'", url);
	not_without(r, "replace_playlist", "'playlist':'%s','uris':['%s']", url, track[4]);
	assert_holds(r, url, "e");
	not_without(r, "update_playlist", "'playlist':'%s','name':'Renamed'", url);
	not_without(r, "set_playlist_cover", "'playlist':'%s','image':'/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=='",
	    url);
	not_without(r, "combine_playlists", "'playlists':['%s','%s'],'mode':'union','into_name':'Both'",
	    url, other);
	not_without(r, "combine_playlists", "'playlists':['%s','%s'],'mode':'union','into_playlist':'The other'",
	    url, other);
	not_without(r, "import_tracks", "'lines':['%s'],'playlist':'%s'", track[6], other);
	not_without(r, "create_playlist", "'name':'%s'", "Unrecorded");
	not_without(r, "save_to_library", "'uris':['%s']", track[33]);
	not_without(r, "remove_from_library", "'uris':['%s']", track[33]);
}

/* The database goes away after the first hundred: what was done is told and
 * recorded, and no more is done. */
static void
a_record_that_ends_ends_the_tool(void **state)
{
	static char many[40000];
	struct rig *r = edits_as(state, "juniper");
	struct record *record = bench_record(r);
	const struct change_record *c;
	struct result a;
	char url[100];

	edits_make(r, "Half", "a", url);
	links(many, sizeof(many), 250);
	record->refuse = STORE_UNAVAILABLE;
	record->retry_after = 5;
	/* Head, things and the first intent get through. */
	record->refuse_from = record->puts + 2;
	{
		size_t n = sizeof(many) + 200;
		char *args = malloc(n);

		assert_non_null(args);
		(void)snprintf(args, n, "{'playlist':'%s','uris':[%s]}", url, many);
		call_long(r, "add_to_playlist", args, &a);
		free(args);
	}
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "added"), 100);
	assert_int_equal(got_int(&a, "not_added"), 150);
	assert_true(says(&a, "not sent to Spotify"));
	result_free(&a);
	record->refuse = 0;
	changes_vault_back(r->w.changes);
	rig_for(r, 50);
	c = newest(r);
	assert_int_equal(c->state, CHANGE_PARTLY);
	assert_int_equal(c->n_steps, 2);
	assert_int_equal(c->steps[0].state, STEP_DONE);
	assert_int_equal(c->steps[1].state, STEP_NOT_DONE);
	assert_int_equal(changes_pending(r->w.changes), 0);
}

/* The vault said half a minute, but the database is back before: who asks again is
 * served, and need not wait for what is waiting. */
static void
who_comes_again_is_not_sent_away_again(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct record *record = bench_record(r);
	struct result a;
	char url[100];

	edits_make(r, "Again", "ab", url);
	record->refuse = STORE_UNAVAILABLE;
	record->retry_after = 30;
	callf(r, &a, "add_to_playlist", "{'playlist':'%s','uris':['%s']}", url, track[2]);
	assert_true(a.failed);
	assert_true(says(&a, "Try again in 30 seconds"));
	result_free(&a);
	/* Nor is anybody kept waiting to hear that it is still away. */
	call_long(r, "list_changes", "{}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "Try again in 30 seconds"));
	result_free(&a);
	record->refuse = 0;
	callf(r, &a, "add_to_playlist", "{'playlist':'%s','uris':['%s']}", url, track[2]);
	assert_false(a.failed);
	result_free(&a);
	assert_holds(r, url, "abc");
	assert_string_equal(newest(r)->tool, "add_to_playlist");
	assert_int_equal(newest(r)->state, CHANGE_WHOLE);
	assert_int_equal(changes_pending(r->w.changes), 0);
}

/* A worker without a record changes nothing, whatever the reason. */
static void
no_record_at_all_is_no_leave(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100];

	edits_make(r, "Untouched", "ab", url);
	secret_clear(&r->w.key);
	callf(r, &a, "replace_playlist", "{'playlist':'%s','uris':['%s']}", url, track[4]);
	assert_true(a.failed);
	result_free(&a);
	assert_holds(r, url, "ab");
}

/* --- nobody hears of it ------------------------------------------------------------ */

/* Starts a call whose next change at Spotify takes a while, and comes back while that
 * is on its way. */
static struct call *
begun(struct rig *r, const char *name, const char *args, struct result *out)
{
	struct call *c;

	edits_control("faults", "{\"path\":\"/v1/\",\"method\":\"POST\",\"kind\":\"slow\","
	    "\"ms\":400,\"count\":1}");
	edits_control("faults", "{\"path\":\"/v1/\",\"method\":\"PUT\",\"kind\":\"slow\","
	    "\"ms\":400,\"count\":1}");
	tool_start(r, name, args, out, &c);
	rig_for(r, 250);
	assert_false(out->there);
	assert_int_equal(r->w.edits, 1);
	return c;
}

static void
ends(struct rig *r)
{
	unsigned i;

	for (i = 0; i < 500 && r->w.edits + changes_pending(r->w.changes) > 0; i++)
		rig_for(r, 10);
	assert_int_equal(r->w.edits, 0);
	assert_int_equal(changes_pending(r->w.changes), 0);
}

static void
what_was_cancelled_in_part_is_left_open(void **state)
{
	static char many[40000], args[40200];
	struct rig *r = edits_as(state, "juniper");
	const struct change_record *c;
	struct result a;
	char url[100];

	edits_make(r, "Stopped", "ab", url);
	links(many, sizeof(many), 250);
	(void)snprintf(args, sizeof(args), "{'playlist':'%s','uris':[%s]}", url, many);
	call_cancel(begun(r, "add_to_playlist", args, &a));
	ends(r);
	result_free(&a);
	c = newest(r);
	assert_int_equal(c->state, CHANGE_OPEN);
	assert_false(c->running);
	assert_int_equal(c->n_steps, 1);
	assert_int_equal(c->steps[0].state, STEP_DONE);
	callf(r, &a, "add_to_playlist", "{'playlist':'%s','uris':['%s']}", url, track[5]);
	assert_true(a.failed);
	assert_true(says(&a, "interrupted"));
	assert_true(says(&a, "finish: true"));
	result_free(&a);
	/* Without doubles it can simply be done again, and is. */
	(void)snprintf(args, sizeof(args), "{'playlist':'%s','uris':['%s'],'skip_duplicates':true}", url,
	    track[39]);
	tool_call(r, "add_to_playlist", args, &a);
	assert_false(a.failed);
	result_free(&a);
	c = newest(r);
	assert_int_equal(c->n_uris, 1);
}

static void
what_was_carried_out_unheard_is_told_once(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	void (*const ways[])(struct call *) = {call_cancel, call_detach};
	struct result a;
	char url[100], args[200];
	size_t i;

	for (i = 0; i < 2; i++) {
		edits_make(r, "Moved", "abcd", url);
		(void)snprintf(args, sizeof(args), "{'playlist':'%s','from':0,'to':3}", url);
		ways[i](begun(r, "reorder_playlist", args, &a));
		result_free(&a);
		/* It waits for its turn at the playlist. */
		tool_call(r, "reorder_playlist", args, &a);
		assert_true(a.failed);
		assert_true(says(&a, "was carried out"));
		result_free(&a);
		ends(r);
		assert_int_equal(newest(r)->state, CHANGE_WHOLE);
		assert_holds(r, url, "bcda");
		tool_call(r, "reorder_playlist", args, &a);
		assert_false(a.failed);
		result_free(&a);
		assert_holds(r, url, "cdab");
	}
}

static void
a_playlist_that_is_being_made_unheard_is_not_made_twice(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;

	call_detach(begun(r, "create_playlist", "{'name':'Only one of these'}", &a));
	result_free(&a);
	tool_call(r, "create_playlist", "{'name':'Only one of these'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "still being carried out"));
	result_free(&a);
	ends(r);
	tool_call(r, "create_playlist", "{'name':'Only one of these'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "was carried out"));
	result_free(&a);
}

static void
what_can_be_repeated_is_not_asked_about(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct result a;
	char url[100], args[300];

	edits_make(r, "Again", "abcd", url);
	(void)snprintf(args, sizeof(args), "{'playlist':'%s','uris':['%s']}", url, track[7]);
	call_cancel(begun(r, "replace_playlist", args, &a));
	ends(r);
	result_free(&a);
	assert_int_equal(newest(r)->state, CHANGE_WHOLE);
	tool_call(r, "replace_playlist", args, &a);
	assert_false(a.failed);
	result_free(&a);
	assert_holds(r, url, "h");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_edit_is_recorded_as_it_was_done),
		T(what_is_made_and_added_is_recorded),
		T(details_and_the_library_are_recorded),
		T(nothing_is_sent_without_a_record),
		T(a_record_that_ends_ends_the_tool),
		T(who_comes_again_is_not_sent_away_again),
		T(no_record_at_all_is_no_leave),
		T(what_was_cancelled_in_part_is_left_open),
		T(what_was_carried_out_unheard_is_told_once),
		T(a_playlist_that_is_being_made_unheard_is_not_made_twice),
		T(what_can_be_repeated_is_not_asked_about),
	};

	return cmocka_run_group_tests(tests, edits_start_box, edits_stop_box);
}
