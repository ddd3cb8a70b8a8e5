/*
 * Undoing while others change the same playlist: what they did stays, what the change
 * did goes.  TONEARM_UNDO_OTHERS: how many playlists (40 unless told otherwise);
 * TONEARM_UNDO_SEED: of chance.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/undo_bench.h"
#include "tests/unit/worker/record.h"
#include "worker/changes.h"

#define PLAYLISTS 40
#define OWN 20               /* tracks from this number on are the others' */

/* --- random edits between ---------------------------------------------------------------- */

static const char *
uri_of(uint32_t number)
{
	static char uri[64];

	(void)snprintf(uri, sizeof(uri), "spotify:track:%s", strrchr(track[number], '/') + 1);
	return uri;
}

/* Is it the others', or was taken out by them? */
static bool
others_do(const char *uri, const bool *taken)
{
	uint32_t i;

	for (i = 0; i < TRACKS; i++)
		if ((i >= OWN || taken[i]) && strcmp(uri, uri_of(i)) == 0)
			return true;
	return false;
}

/* Without what others bring and take. */
static void
leave_out_others(struct state *s, const bool *taken)
{
	size_t i, k = 0;

	for (i = 0; i < s->n; i++)
		if (others_do(s->uris[i], taken))
			free(s->uris[i]);
		else
			s->uris[k++] = s->uris[i];
	s->n = k;
}

static size_t
brought_by_others(const struct state *s)
{
	static const bool none[TRACKS];
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		n += others_do(s->uris[i], none);
	return n;
}

/* Somebody else's hand: nothing of it is recorded. */
static void
by_others(struct rig *r, const char *id, bool *taken)
{
	struct state now;
	struct result a;
	uint32_t n = 1 + roll(3);

	for (; n > 0; n--) {
		uint32_t which = roll(OWN);

		read_state(r, id, &now);
		if (roll(3) > 0)
			callf(r, &a, "add_to_playlist", "{'playlist':'spotify:playlist:%s','uris':['%s','%s'],"
			    "'position':%u,'without_undo':true}", id, track[OWN + roll(TRACKS - OWN)],
			    track[OWN + roll(TRACKS - OWN)], roll((uint32_t)now.n + 1));
		else {
			callf(r, &a, "remove_from_playlist", "{'playlist':'spotify:playlist:%s','uris':['%s'],"
			    "'without_undo':true}", id, track[which]);
			taken[which] = true;
		}
		state_free(&now);
		result_free(&a);
	}
}

static bool
one_round(struct rig *r, const char *last)
{
	bool taken[TRACKS] = {false}, lost = false;
	struct state was, became, now, then;
	struct result a;
	char id[64], change[40];

	make_playlist(id, 1 + roll(40), OWN);
	read_state(r, id, &was);
	edit_once(r, id, &was, OWN, "", &a);
	result_free(&a);
	newest(r, change);
	if (strcmp(change, last) == 0) {
		state_free(&was);
		return false;
	}
	read_state(r, id, &became);
	by_others(r, id, taken);
	read_state(r, id, &then);
	undo(r, change, &lost);
	read_state(r, id, &now);
	assert_int_equal(brought_by_others(&now), brought_by_others(&then));
	leave_out_others(&was, taken);
	leave_out_others(&now, taken);
	if (!same(&now, &was, lost)) {
		show("it was (without others')", &was);
		show("the edit made of it", &became);
		show("then came others", &then);
		show("it is (without others')", &now);
		fail_msg("the change of playlist %s is not undone", id);
	}
	state_free(&was);
	state_free(&became);
	state_free(&then);
	state_free(&now);
	return true;
}

static void
a_change_goes_and_what_others_did_stays(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	const char *text = getenv("TONEARM_UNDO_OTHERS"), *seed = getenv("TONEARM_UNDO_SEED");
	size_t want = text != NULL ? strtoul(text, NULL, 10) : PLAYLISTS, done = 0;
	char url[100], last[40] = "";

	if (seed != NULL)
		dice = (uint32_t)strtoul(seed, NULL, 10);
	edits_make(r, "Tracks", "a", url);
	while (done < want) {
		newest(r, last);
		done += one_round(r, last);
	}
	print_message("%zu changes were undone among those of others\n", done);
}

/* --- single cases ------------------------------------------------------------------------- */

/* A playlist that was there long before, by letters; its id. */
static void
make_old(const char *letters, char id[64])
{
	struct json_object *made;
	struct span s = {0};
	struct buf body;
	size_t i;

	buf_init(&body, 1 << 16);
	assert_ok(buf_put_str(&body, "{\"owner\":\"juniper\",\"name\":\"Old\",\"uris\":["));
	for (i = 0; letters[i] != '\0'; i++)
		assert_ok(buf_printf(&body, "%s\"%s\"", i > 0 ? "," : "", uri_of((uint32_t)(letters[i] - 'a'))));
	assert_ok(buf_put_str(&body, "]}"));
	made = edits_post("playlist", buf_cstr(&body));
	assert_true(json_get_str(made, "id", &s));
	(void)snprintf(id, 64, "%.*s", (int)s.n, (const char *)s.p);
	json_object_put(made);
	buf_free(&body);
}

static void
assert_is(struct rig *r, const char *id, const char *letters)
{
	char got[UNDO_STATE + 1] = "";
	struct state now;
	size_t i;
	uint32_t k;

	read_state(r, id, &now);
	for (i = 0; i < now.n; i++)
		for (k = 0; k < 26; k++)
			if (strcmp(now.uris[i], uri_of(k)) == 0)
				got[i] = (char)('a' + k);
	assert_string_equal(got, letters);
	state_free(&now);
}

static void
add(struct rig *r, const char *id, const char *letters, int position, bool recorded)
{
	struct result a;
	struct buf list;
	size_t i;

	buf_init(&list, 1 << 16);
	for (i = 0; letters[i] != '\0'; i++)
		assert_ok(buf_printf(&list, "%s'%s'", i > 0 ? "," : "", track[letters[i] - 'a']));
	if (position >= 0)
		assert_ok(buf_printf(&list, "],'position':%d", position));
	else
		assert_ok(buf_put_str(&list, "]"));
	callf(r, &a, "add_to_playlist", "{'playlist':'spotify:playlist:%s','uris':[%s,'without_undo':%s}", id,
	    buf_cstr(&list), recorded ? "false" : "true");
	assert_false(a.failed);
	result_free(&a);
	buf_free(&list);
}

static void
take_out(struct rig *r, const char *id, const char *letters)
{
	struct result a;

	for (; *letters != '\0'; letters++) {
		callf(r, &a, "remove_from_playlist", "{'playlist':'spotify:playlist:%s','uris':['%s'],"
		    "'without_undo':true}", id, track[*letters - 'a']);
		assert_false(a.failed);
		result_free(&a);
	}
}

static void
of_identical_ones_the_added_goes(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	char id[64], change[40], url[100];
	bool lost = false;

	edits_make(r, "Tracks", "a", url);
	make_old("abcd", id);
	add(r, id, "a", -1, true);
	newest(r, change);
	/* Now the old one stands where the added one was. */
	add(r, id, "efgh", 0, false);
	assert_is(r, id, "efghabcda");
	undo(r, change, &lost);
	assert_is(r, id, "efghabcd");
	/* Broken up by others, among others of the same. */
	make_old("xyxyxy", id);
	add(r, id, "xyx", 2, true);
	newest(r, change);
	add(r, id, "m", 3, false);
	add(r, id, "n", 0, false);
	assert_is(r, id, "nxyxmyxxyxy");
	undo(r, change, &lost);
	assert_is(r, id, "nxymxyxy");
}

/* Somebody took the added one out by hand, as applications cannot: one of two. */
static void
what_is_gone_is_not_looked_for_among_old_ones(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	char id[64], change[40], body[400], url[100];
	struct result a;

	edits_make(r, "Tracks", "a", url);
	make_old("abc", id);
	add(r, id, "ad", -1, true);
	newest(r, change);
	(void)snprintf(body, sizeof(body), "{\"id\":\"%s\",\"uris\":[\"%s\"", id, uri_of(0));
	(void)snprintf(body + strlen(body), sizeof(body) - strlen(body), ",\"%s\"", uri_of(1));
	(void)snprintf(body + strlen(body), sizeof(body) - strlen(body), ",\"%s\"]}", uri_of(2));
	json_object_put(edits_post("playlist", body));
	add(r, id, "d", -1, false);
	assert_is(r, id, "abcd");
	callf(r, &a, "undo_change", "{'change_id':'%s'}", change);
	assert_false(a.failed);
	assert_true(says(&a, "1 of the entries that it added are not there any more"));
	result_free(&a);
	assert_is(r, id, "abc");
}

/* Clients call several tools at once.  Taking one of several copies out removes all and
 * puts the others back: what is added meanwhile must not be lost by that. */
static void
tools_take_turns_at_a_playlist(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	char id[64], letters[202], args[3][200], url[100];
	const char *const tools[] = {"remove_from_playlist", "add_to_playlist", "reorder_playlist"};
	struct result a[3];
	struct call *c;
	size_t i;

	edits_make(r, "Tracks", "a", url);
	memset(letters, 'b', sizeof(letters) - 1);
	letters[0] = letters[200] = 'a';
	letters[201] = '\0';
	make_old(letters, id);
	(void)snprintf(args[0], sizeof(args[0]), "{'playlist':'spotify:playlist:%s','positions':['0']}", id);
	(void)snprintf(args[1], sizeof(args[1]), "{'playlist':'spotify:playlist:%s','uris':['%s']}", id,
	    track[0]);
	(void)snprintf(args[2], sizeof(args[2]), "{'playlist':'spotify:playlist:%s','from':0,'to':3}", id);
	for (i = 0; i < 3; i++)
		tool_start(r, tools[i], args[i], &a[i], &c);
	for (i = 0; i < 3; i++) {
		rig_until(r, &a[i].there);
		if (a[i].failed || got(&a[i], "problem") != NULL)
			fail_msg("%s: %s", tools[i], buf_cstr(&a[i].text));
		result_free(&a[i]);
	}
	memmove(letters, letters + 1, 200);
	letters[200] = 'a';
	assert_is(r, id, letters);
}

/* An adding of which only the first so many were carried out when its worker died: its id. */
static void
interrupted(struct rig *r, const char *id, const char *letters, size_t done, int64_t total,
    char change[40])
{
	static const uint32_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
	const char *uris[8];
	char text[8][64], uri[80], first[9] = "";
	const struct change_step step = {.kind = STEP_INSERT, .at = (uint32_t)total,
	    .n = (uint32_t)done, .n_ids = done, .ids = numbers};
	struct record *kept = bench_record(r);
	struct change *c = NULL;
	size_t i;

	(void)snprintf(uri, sizeof(uri), "spotify:playlist:%s", id);
	for (i = 0; letters[i] != '\0'; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "%s", uri_of((uint32_t)(letters[i] - 'a')));
		uris[i] = text[i];
	}
	assert_ok(change_begin(&r->w, &(struct change_about){.kind = CHANGE_ADDED, .thing = uri,
	    .name = "Old", .tool = "add_to_playlist", .planned = 2, .position = -1, .total = total}, &c));
	change_uris(c, uris, i);
	change_intent(c, &step);
	{
		unsigned parts = kept->parts;

		change_stored(c, NULL, NULL);
		for (i = 0; i < 100 && kept->parts < parts + 2; i++)
			rig_for(r, 5);
		rig_for(r, 20);
		assert_int_equal(kept->parts, parts + 2);
	}
	record_detach(kept);
	record_attach(kept, &r->w);
	memcpy(first, letters, done);
	if (done > 0)
		add(r, id, first, -1, false);
	newest(r, change);
}

static void
an_adding_is_finished_where_it_stands_now(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	char id[64], change[40], url[100];
	struct result a;

	edits_make(r, "Tracks", "a", url);
	make_old("abcdef", id);
	interrupted(r, id, "ghij", 2, 6, change);
	assert_is(r, id, "abcdefgh");
	/* Meanwhile others took something out before it and put something in behind it. */
	take_out(r, id, "de");
	add(r, id, "k", -1, false);
	callf(r, &a, "undo_change", "{'change_id':'%s','finish':true}", change);
	assert_false(a.failed);
	assert_true(got_bool(&a, "finished"));
	result_free(&a);
	assert_is(r, id, "abcfghijk");
	/* None of it was carried out, and the same tracks were there before. */
	make_old("aabb", id);
	interrupted(r, id, "ab", 0, 4, change);
	callf(r, &a, "undo_change", "{'change_id':'%s','finish':true}", change);
	assert_false(a.failed);
	result_free(&a);
	assert_is(r, id, "aabbab");
}

static void
undo_newest(struct rig *r)
{
	char change[40];
	struct result a;

	newest(r, change);
	callf(r, &a, "undo_change", "{'change_id':'%s'}", change);
	assert_false(a.failed);
	assert_true(got_bool(&a, "undone"));
	result_free(&a);
}

/* What is shown of a name is cleaned; what is put back is what it was. */
static void
a_name_is_put_back_as_it_was(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct json_object *p;
	struct result a;
	char url[100], change[40];

	edits_make(r, "Two  blanks, \xd7\xa9\xe2\x80\x8f", "a", url);
	callf(r, &a, "update_playlist", "{'playlist':'%s','name':'Plain'}", url);
	assert_false(a.failed);
	result_free(&a);
	newest(r, change);
	callf(r, &a, "undo_change", "{'change_id':'%s'}", change);
	assert_false(a.failed);
	assert_true(says(&a, "name: \"Two blanks, \xd7\xa9\""));
	result_free(&a);
	p = edits_get("playlist?id=%s", strrchr(url, '/') + 1);
	assert_string_equal(json_object_get_string(json_get(p, "name")),
	    "Two  blanks, \xd7\xa9\xe2\x80\x8f");
	json_object_put(p);
}

static void
undoing_an_undo_leaves_what_others_wrote(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	struct json_object *p;
	struct result a;
	char url[100];

	edits_make(r, "First name", "a", url);
	callf(r, &a, "update_playlist", "{'playlist':'%s','name':'Second name'}", url);
	assert_false(a.failed);
	result_free(&a);
	undo_newest(r);
	callf(r, &a, "update_playlist", "{'playlist':'%s','description':'Words of others',"
	    "'without_undo':true}", url);
	assert_false(a.failed);
	result_free(&a);
	undo_newest(r);
	p = edits_get("playlist?id=%s", strrchr(url, '/') + 1);
	assert_string_equal(json_object_get_string(json_get(p, "name")), "Second name");
	assert_string_equal(json_object_get_string(json_get(p, "description")), "Words of others");
	json_object_put(p);
}

/* --- long ones ------------------------------------------------------------------------------ */

/* Tracks of a very long playlist, each once. */
static struct json_object *
many_tracks(struct rig *r)
{
	struct json_object *p, *entries, *out = json_object_new_array();
	struct result a;
	size_t i, k;

	tool_call(r, "list_playlists", "{'name_contains':'Everything Ever'}", &a);
	assert_false(a.failed);
	p = edits_get("playlist?id=%s", strrchr(got_str(&a, "playlists.0.url"), '/') + 1);
	result_free(&a);
	entries = json_get_arr(p, "entries");
	for (i = 0; i < json_object_array_length(entries); i++) {
		struct json_object *u = json_get(json_object_array_get_idx(entries, i), "u");

		if (u == NULL || strncmp(json_object_get_string(u), "spotify:track:", 14) != 0)
			continue;
		for (k = 0; k < json_object_array_length(out) && strcmp(json_object_get_string(u),
		    json_object_get_string(json_object_array_get_idx(out, k))) != 0; k++)
			;
		if (k == json_object_array_length(out))
			assert_int_equal(json_object_array_add(out, json_object_get(u)), 0);
	}
	json_object_put(p);
	return out;
}

static void
put_some(struct buf *out, struct json_object *tracks, size_t from, size_t n, char quote)
{
	size_t i;

	for (i = 0; i < n; i++)
		assert_ok(buf_printf(out, "%s%c%s%c", i > 0 ? "," : "", quote,
		    json_object_get_string(json_object_array_get_idx(tracks, from + i)), quote));
}

/* A playlist that holds the first n of them so many times; its id. */
static void
make_long(struct json_object *tracks, size_t n, size_t times, char id[64])
{
	struct json_object *made;
	struct span s = {0};
	struct buf body;
	size_t i;

	buf_init(&body, 1 << 20);
	assert_ok(buf_put_str(&body, "{\"owner\":\"wren\",\"name\":\"Long\",\"uris\":["));
	for (i = 0; i < times; i++) {
		assert_ok(buf_put_str(&body, i > 0 ? "," : ""));
		put_some(&body, tracks, 0, n, '"');
	}
	assert_ok(buf_put_str(&body, "]}"));
	made = edits_post("playlist", buf_cstr(&body));
	assert_true(json_get_str(made, "id", &s));
	(void)snprintf(id, 64, "%.*s", (int)s.n, (const char *)s.p);
	json_object_put(made);
	buf_free(&body);
}

/* Adds 300 more of them. */
static void
add_many(struct rig *r, struct json_object *tracks, const char *id, bool dry, struct result *out)
{
	struct buf args;

	buf_init(&args, 1 << 20);
	assert_ok(buf_printf(&args, "{'playlist':'spotify:playlist:%s','dry_run':%s,'uris':[", id,
	    dry ? "true" : "false"));
	put_some(&args, tracks, json_object_array_length(tracks) / 2, 300, '\'');
	assert_ok(buf_put_str(&args, "]}"));
	call_long(r, "add_to_playlist", buf_cstr(&args), out);
	assert_false(out->failed);
	buf_free(&args);
}

static void
what_became_long_by_adding_is_undone(void **state)
{
	struct rig *r = edits_as(state, "wren");
	struct json_object *tracks = many_tracks(r), *p;
	size_t half = json_object_array_length(tracks) / 2;
	char id[64], change[40], args[80];
	struct result a;

	assert_true(half >= 500);
	make_long(tracks, half, 2, id);
	add_many(r, tracks, id, false, &a);
	assert_int_equal(got_int(&a, "added"), 300);
	assert_null(strstr(buf_cstr(&a.text), "cannot take this back"));
	result_free(&a);
	newest(r, change);
	(void)snprintf(args, sizeof(args), "{'change_id':'%s'}", change);
	call_long(r, "undo_change", args, &a);
	if (a.failed || !got_bool(&a, "undone"))
		fail_msg("%s", buf_cstr(&a.text));
	result_free(&a);
	p = edits_get("playlist?id=%s", id);
	assert_int_equal(json_object_array_length(json_get_arr(p, "entries")), 2 * half);
	json_object_put(p);
	/* What will be too long is said before and after. */
	make_long(tracks, half, 4, id);
	add_many(r, tracks, id, true, &a);
	assert_true(says(&a, "undo_change cannot take this back"));
	result_free(&a);
	add_many(r, tracks, id, false, &a);
	assert_true(says(&a, "undo_change cannot take this back"));
	result_free(&a);
	json_object_put(tracks);
}

#define T(name) cmocka_unit_test_setup_teardown(name, edits_setup, edits_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(of_identical_ones_the_added_goes),
		T(what_is_gone_is_not_looked_for_among_old_ones),
		T(tools_take_turns_at_a_playlist),
		T(an_adding_is_finished_where_it_stands_now),
		T(a_name_is_put_back_as_it_was),
		T(undoing_an_undo_leaves_what_others_wrote),
		T(what_became_long_by_adding_is_undone),
		T(a_change_goes_and_what_others_did_stays),
	};

	return cmocka_run_group_tests(tests, edits_start_box, edits_stop_box);
}
