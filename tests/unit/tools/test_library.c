/* What is saved: listing, looking, saving, removing, against a scripted Spotify. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/bench.h"
#include "worker/mcp/context.h"
#include "worker/tools/ask.h"

#define FIX "0123456789abcdefghijAB"
#define SCOPE_MISSING "{\"error\":{\"status\":403,\"message\":\"Insufficient client scope\"}}"
#define CONTAINS "/v1/me/library/contains"
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* {"uris":[...]} of n things of a kind, and `more` behind them. */
static char *
uris_of(const char *kind, int n, const char *more)
{
	struct buf b;
	char *text;
	int i;

	buf_init(&b, 1 << 20);
	assert_ok(buf_put_str(&b, "{'uris':["));
	for (i = 0; i < n; i++)
		assert_ok(buf_printf(&b, "%s'spotify:%s:0123456789abcdefghi%03d'", i > 0 ? "," : "",
		    kind, i));
	assert_ok(buf_printf(&b, "%s%s]}", n > 0 && more[0] != '\0' ? "," : "", more));
	text = strdup(buf_cstr(&b));
	assert_non_null(text);
	buf_free(&b);
	return text;
}

/* [true,false,...]: n truths, the first `yes` of them true. */
static char *
truths(int n, int yes)
{
	struct buf b;
	char *text;
	int i;

	buf_init(&b, 4096);
	assert_ok(buf_put_byte(&b, '['));
	for (i = 0; i < n; i++)
		assert_ok(buf_printf(&b, "%s%s", i > 0 ? "," : "", i < yes ? "true" : "false"));
	assert_ok(buf_put_byte(&b, ']'));
	text = strdup(buf_cstr(&b));
	assert_non_null(text);
	buf_free(&b);
	return text;
}

/* How many things the n-th request of this sort named. */
static size_t
named(struct rig *r, const char *method, const char *target, size_t nth)
{
	const struct server_seen *seen = server_nth(r->server, method, target, nth);
	const char *p;
	size_t n = 0;

	assert_non_null(seen);
	for (p = seen->target; (p = strstr(p, "spotify%3A")) != NULL; p++)
		n++;
	return n;
}

static void
many_are_checked_in_parts_of_one_sort(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *forty = truths(40, 3), *five = truths(5, 5), *one = truths(1, 0);
	char *args = uris_of("track", 85, "'spotify:artist:" FIX "','spotify:playlist:" FIX "',"
	    "'spotify:track:0123456789abcdefghi000'");

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", CONTAINS, 200, forty);
	ONCE(r->server, "GET", CONTAINS, 200, forty);
	ONCE(r->server, "GET", CONTAINS, 200, five);
	ON(r->server, "GET", CONTAINS, 200, one);
	tool_call(r, "check_library", args, &a);
	assert_false(a.failed);
	assert_int_equal(a.requests, 5);
	assert_int_equal(got_int(&a, "saved"), 11);
	assert_int_equal(got_int(&a, "not_saved"), 76);
	assert_true(got_bool(&a, "items.0.saved"));
	assert_false(got_bool(&a, "items.3.saved"));
	assert_true(got_bool(&a, "items.84.saved"));
	assert_string_equal(got_str(&a, "items.85.url"), "https://open.spotify.com/artist/" FIX);
	assert_int_equal(named(r, "GET", CONTAINS, 0), 40);
	assert_int_equal(named(r, "GET", CONTAINS, 2), 5);
	assert_int_equal(named(r, "GET", CONTAINS, 3), 1);
	assert_true(says(&a, "11 of 87 are saved."));
	result_free(&a);
	free(args);
	free(forty);
	free(five);
	free(one);
}

static void
two_hundred_are_checked_in_one_call(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *forty = truths(40, 40), *args = uris_of("album", 200, "");

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", CONTAINS, 200, forty);
	tool_call(r, "check_library", args, &a);
	assert_int_equal(got_int(&a, "saved"), 200);
	assert_int_equal(a.requests, 5);
	assert_true(a.data_bytes < 32768 && a.text.len < 32768);
	result_free(&a);
	free(args);
	args = uris_of("album", 201, "");
	assert_refused("check_library", args, "uris");
	free(args);
	free(forty);
}

static void
what_could_not_be_checked_is_told(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", CONTAINS, 200, "[true]");
	ONCE(r->server, "GET", CONTAINS, 403, SCOPE_MISSING);
	/* An answer that makes no sense. */
	ON(r->server, "GET", CONTAINS, 200, "{}");
	tool_call(r, "check_library", "{'uris':['" FIX "','spotify:artist:" FIX "',"
	    "'spotify:playlist:" FIX "']}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "saved"), 1);
	assert_null(got(&a, "items.1.saved"));
	assert_non_null(strstr(got_str(&a, "failures.0.problem"), "user-follow-read"));
	assert_non_null(strstr(got_str(&a, "failures.0.problem"), "https://tonearm.example/login"));
	assert_non_null(strstr(got_str(&a, "failures.1.problem"), "could not be read"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", CONTAINS, 403, SCOPE_MISSING);
	tool_call(r, "check_library", "{'uris':'" FIX "'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "user-library-read"));
	result_free(&a);
	tool_call(r, "check_library", "{'uris':['spotify:chapter:" FIX "']}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "1 of 1 entries"));
	result_free(&a);
}

/* --- saving and removing ------------------------------------------------------------- */

#define LIBRARY "/v1/me/library?"

static void
only_what_is_missing_is_saved(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *forty = truths(40, 3), *ten = truths(10, 10), *args = uris_of("track", 50,
	    "'spotify:artist:" FIX "','spotify:playlist:" FIX "'");

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", CONTAINS, 200, forty);
	ONCE(r->server, "GET", CONTAINS, 200, ten);
	ON(r->server, "GET", CONTAINS, 200, "[false]");
	ON(r->server, "PUT", LIBRARY, 200, "");
	tool_call(r, "save_to_library", args, &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "requested"), 52);
	assert_int_equal(got_int(&a, "saved"), 39);
	assert_int_equal(got_int(&a, "saved_before"), 13);
	assert_string_equal(got_str(&a, "saved_before_urls.0"),
	    "https://open.spotify.com/track/0123456789abcdefghi000");
	assert_int_equal(got_int(&a, "failed"), 0);
	/* A part where nothing is missing is not sent. */
	assert_int_equal(server_counted(r->server, "PUT", LIBRARY), 3);
	assert_int_equal(named(r, "PUT", LIBRARY, 0), 37);
	assert_true(says(&a, "39 of 52 saved."));
	result_free(&a);
	free(args);
	free(forty);
	free(ten);
}

static void
a_part_that_is_refused_leaves_the_others(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", CONTAINS, 200, "[false]");
	ON(r->server, "PUT", LIBRARY "uris=spotify%3Aartist", 403, SCOPE_MISSING);
	ON(r->server, "PUT", LIBRARY "uris=spotify%3Aplaylist", 400,
	    "{\"error\":{\"status\":400,\"message\":\"Invalid uri\"}}");
	ON(r->server, "PUT", LIBRARY, 200, "");
	tool_call(r, "save_to_library", "{'uris':['spotify:artist:" FIX "','" FIX "',"
	    "'spotify:playlist:" FIX "']}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "saved"), 1);
	assert_int_equal(got_int(&a, "failed"), 2);
	assert_string_equal(got_str(&a, "failures.0.url"), "https://open.spotify.com/artist/" FIX);
	assert_non_null(strstr(got_str(&a, "failures.0.problem"), "user-follow-modify"));
	assert_non_null(strstr(got_str(&a, "failures.1.problem"), "refused the call as wrong"));
	assert_true(says(&a, "- not done: https://open.spotify.com/playlist/" FIX));
	result_free(&a);
	tool_call(r, "save_to_library", "{'uris':'spotify:artist:" FIX "'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "Nothing was changed. A Spotify permission"));
	result_free(&a);
}

static void
a_used_up_quota_ends_it(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *forty = truths(40, 0), *args = uris_of("track", 100, "");

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", CONTAINS, 200, forty);
	ONCE(r->server, "PUT", LIBRARY, 200, "");
	server_on(r->server, (struct server_rule){.method = "PUT", .target = LIBRARY, .status = 429,
	    .fields = "Retry-After: 40000\r\n", .turns = FOREVER,
	    .body = "{\"error\":{\"status\":429,\"message\":\"x\",\"reason\":\"QUOTA_EXCEEDED\"}}"});
	tool_call(r, "save_to_library", args, &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "saved"), 40);
	assert_int_equal(got_int(&a, "failed"), 60);
	assert_int_equal(server_counted(r->server, "PUT", LIBRARY), 2);
	/* One sentence for all of them. */
	assert_non_null(strstr(got_str(&a, "failures.0.problem"), "allowance"));
	assert_null(got(&a, "failures.1.problem"));
	result_free(&a);
	free(args);
	free(forty);
}

static void
an_unclear_change_is_looked_at(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", CONTAINS, 200, "[false]");
	ON(r->server, "GET", CONTAINS, 200, "[true]");
	ON(r->server, "PUT", LIBRARY, 502, "{}");
	tool_call(r, "save_to_library", "{'uris':'" FIX "'}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "saved"), 1);
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", CONTAINS, 200, "[false]");
	ON(r->server, "PUT", LIBRARY, 502, "{}");
	tool_call(r, "save_to_library", "{'uris':'" FIX "'}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "saved"), 0);
	assert_int_equal(got_int(&a, "outcome_unknown"), 1);
	assert_true(says(&a, "not known whether it took place"));
	result_free(&a);
}

static void
own_playlists_are_not_deleted_by_removing(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *args;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/playlists/0123456789abcdefghijM1", 200,
	    "{\"owner\":{\"id\":\"owner\"}}");
	ON(r->server, "GET", "/v1/playlists/0123456789abcdefghijM2", 200,
	    "{\"owner\":{\"id\":\"somebody\"}}");
	ON(r->server, "GET", "/v1/playlists/0123456789abcdefghijM3", 200, "{\"owner\":null}");
	ONCE(r->server, "GET", CONTAINS, 200, "[true,false]");
	ON(r->server, "GET", CONTAINS, 200, "[true]");
	ON(r->server, "DELETE", LIBRARY, 200, "");
	tool_call(r, "remove_from_library", "{'uris':['spotify:playlist:0123456789abcdefghijM1',"
	    "'" FIX "','spotify:playlist:0123456789abcdefghijM2','spotify:album:" FIX "',"
	    "'spotify:playlist:0123456789abcdefghijM3']}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "removed"), 2);
	assert_int_equal(got_int(&a, "not_there"), 1);
	assert_string_equal(got_str(&a, "not_there_urls.0"), "https://open.spotify.com/album/" FIX);
	assert_non_null(strstr(got_str(&a, "failures.0.problem"), "delete_playlist"));
	assert_non_null(strstr(got_str(&a, "failures.1.problem"), "does not say whose"));
	assert_int_equal(server_counted(r->server, "DELETE", LIBRARY), 2);
	assert_non_null(strstr(server_nth(r->server, "DELETE", LIBRARY, 1)->target, "ijM2"));
	result_free(&a);
	args = uris_of("playlist", 21, "");
	tool_call(r, "remove_from_library", args, &a);
	assert_true(a.failed);
	assert_true(says(&a, "at most 20 playlists"));
	result_free(&a);
	free(args);
}

static void
a_rehearsal_removes_nothing(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", CONTAINS, 200, "[true,false]");
	tool_call(r, "remove_from_library", "{'dry_run':'true','uris':['" FIX "',"
	    "'spotify:show:" FIX "']}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "dry_run"));
	assert_int_equal(got_int(&a, "removed"), 0);
	assert_string_equal(got_str(&a, "would_remove_urls.0"), "https://open.spotify.com/track/" FIX);
	assert_null(got(&a, "would_remove_urls.1"));
	assert_true(says(&a, "1 of 2 would be removed"));
	assert_int_equal(server_counted(r->server, "DELETE", ""), 0);
	result_free(&a);
}

/* --- get_library ---------------------------------------------------------------------- */

/* A page of followed artists, numbered from 'from' on; after 0: the last page. */
static char *
artists(int from, int n, int total, int after)
{
	struct buf b;
	char *text;
	int i;

	buf_init(&b, 65536);
	assert_ok(buf_printf(&b, "{\"artists\":{\"total\":%d,\"cursors\":{\"after\":", total));
	assert_ok(after == 0 ? buf_put_str(&b, "null") :
	    buf_printf(&b, "\"0123456789abcdefghi%03d\"", after));
	assert_ok(buf_put_str(&b, "},\"items\":["));
	for (i = from; i < from + n; i++)
		assert_ok(buf_printf(&b, "%s{\"type\":\"artist\",\"id\":\"0123456789abcdefghi%03d\","
		    "\"uri\":\"spotify:artist:0123456789abcdefghi%03d\",\"name\":\"Artist %d\","
		    "\"images\":null,\"genres\":null}", i > from ? "," : "", i, i, i));
	assert_ok(buf_put_str(&b, "]}}"));
	text = strdup(buf_cstr(&b));
	assert_non_null(text);
	buf_free(&b);
	return text;
}

static void
followed_artists_go_on_behind_an_id(void **state)
{
	struct rig *r = *state;
	struct result a, b;
	char *first = artists(0, 50, 70, 49), *cut = artists(0, 20, 70, 19),
	    *last = artists(20, 50, 70, 0), args[200];

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/following?limit=20", 200, cut);
	ON(r->server, "GET", "/v1/me/following", 200, last);
	tool_call(r, "get_library", "{'kind':'artists','limit':20}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 20);
	assert_int_equal(got_int(&a, "total"), 70);
	assert_null(strstr(server_seen(r->server, 0)->target, "offset"));
	assert_null(strstr(server_seen(r->server, 0)->target, "after"));
	assert_non_null(strstr(server_seen(r->server, 0)->target, "type=artist"));
	(void)snprintf(args, sizeof(args), "{'kind':'artists','limit':50,'cursor':'%s'}",
	    got_str(&a, "cursor"));
	tool_call(r, "get_library", args, &b);
	assert_int_equal(got_int(&b, "returned"), 50);
	assert_string_equal(got_str(&b, "items.0.name"), "Artist 20");
	assert_non_null(strstr(server_seen(r->server, 1)->target, "after=0123456789abcdefghi019"));
	assert_null(got(&b, "cursor"));
	result_free(&b);
	result_free(&a);
	/* Only those that hold a text, over several pages. */
	server_forget(r->server);
	ON(r->server, "GET", "/v1/me/following?limit=50&type=artist&after", 200, last);
	ON(r->server, "GET", "/v1/me/following", 200, first);
	tool_call(r, "get_library", "{'kind':'artists','contains':'ARTIST 6'}", &a);
	assert_int_equal(a.requests, 2);
	assert_int_equal(got_int(&a, "returned"), 11);
	assert_string_equal(got_str(&a, "items.0.name"), "Artist 6");
	assert_string_equal(got_str(&a, "items.1.name"), "Artist 60");
	assert_null(got(&a, "cursor"));
	result_free(&a);
	free(first);
	free(cut);
	free(last);
}

static void
odd_entries_of_the_library_are_shown(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/audiobooks", 200, "{\"total\":2,\"items\":[null,{\"type\":"
	    "\"audiobook\",\"uri\":\"spotify:show:" FIX "\",\"name\":\"Book\",\"authors\":[{\"name\":"
	    "\"A. Writer\"}],\"total_chapters\":9,\"images\":null}]}");
	ON(r->server, "GET", "/v1/me/episodes", 200, "{\"total\":1,\"items\":[{\"added_at\":null,"
	    "\"episode\":{\"id\":null,\"uri\":null,\"name\":null,\"release_date\":\"0000\","
	    "\"show\":null,\"duration_ms\":null,\"type\":null}}]}");
	ON(r->server, "GET", "/v1/me/following", 200, "{\"artists\":{\"total\":null,"
	    "\"cursors\":null,\"items\":[null]}}");
	tool_call(r, "get_library", "{'kind':'audiobooks'}", &a);
	assert_int_equal(got_int(&a, "returned"), 2);
	assert_string_equal(got_str(&a, "items.1.type"), "audiobook");
	assert_string_equal(got_str(&a, "items.1.by"), "A. Writer");
	result_free(&a);
	tool_call(r, "get_library", "{'kind':'audiobooks','contains':'writer'}", &a);
	assert_int_equal(got_int(&a, "returned"), 1);
	result_free(&a);
	tool_call(r, "get_library", "{'kind':'episodes'}", &a);
	assert_string_equal(got_str(&a, "items.0.type"), "unavailable");
	assert_null(got(&a, "items.0.added"));
	result_free(&a);
	tool_call(r, "get_library", "{'kind':'artists'}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 1);
	assert_null(got(&a, "cursor"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", "/v1/me/following", 403, SCOPE_MISSING);
	tool_call(r, "get_library", "{'kind':'artists'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "user-follow-read"));
	result_free(&a);
}

/* --- what needs more than the request ----------------------------------------------- */

extern const struct tool tool_remove_from_library, tool_save_to_library;

struct told {
	bool there, failed, asked;
	char text[1024];
};

static void
on_told(struct call *c, void *arg)
{
	struct told *t = arg;

	t->there = true;
	t->failed = c->failed;
	(void)snprintf(t->text, sizeof(t->text), "%s", buf_cstr(&c->text));
}

static void
on_asks(struct call *c, void *arg)
{
	struct told *t = arg;

	t->there = t->asked = true;
	(void)snprintf(t->text, sizeof(t->text), "%s",
	    json_object_to_json_string(c->rounds.questions->params));
	call_cancel(c);
}

/* Calls with these scopes, a client that can be asked or not, and what it said. */
static void
call_as(struct rig *r, const struct tool *tool, const char *args, uint32_t scopes, uint32_t caps,
    const char *answers, struct told *t)
{
	struct json_object *sent = NULL, *said = NULL;
	struct call_start start = {.worker = &r->w, .tool = tool, .scopes = scopes, .caps = caps,
	    .finished = on_told, .hooks = {.asks = on_asks}, .arg = t};
	char why[512] = "";
	struct call *c;

	memset(t, 0, sizeof(*t));
	assert_ok(json_parse(span_str(args), &json_from_client, &sent));
	if (answers != NULL) {
		assert_ok(json_parse(span_str(answers), &json_from_client, &said));
		start.answers = said;
		start.round = 1;
	}
	assert_ok(tool_check_args(tool, sent, &start.args, why, sizeof(why)));
	json_object_put(sent);
	assert_ok(call_start(&start, &c));
	rig_until(r, &t->there);
	rig_for(r, 2);
	json_object_put(said);
}

static void
the_person_is_asked_before_removing(void **state)
{
	static const char args[] = "{\"uris\":[\"" FIX "\"]}";
	struct rig *r = *state;
	struct result a;
	struct told t;

	rig_bind(r, ROW_GOOD);
	/* Sets the bench's catalog. */
	ON(r->server, "GET", CONTAINS, 200, "[true]");
	ON(r->server, "DELETE", LIBRARY, 200, "");
	tool_call(r, "remove_from_library", "{'dry_run':true,'uris':'" FIX "'}", &a);
	result_free(&a);
	call_as(r, &tool_remove_from_library, args, SCOPE_ALL, CAP_ELICIT_FORM, NULL, &t);
	assert_true(t.asked);
	assert_non_null(strstr(t.text, "Remove 1 thing from your Spotify library"));
	assert_int_equal(server_counted(r->server, "DELETE", LIBRARY), 0);
	call_as(r, &tool_remove_from_library, args, SCOPE_ALL, CAP_ELICIT_FORM,
	    "{\"sure\":{\"action\":\"decline\"}}", &t);
	assert_true(t.failed && !t.asked);
	assert_non_null(strstr(t.text, "did not agree"));
	assert_int_equal(server_counted(r->server, "DELETE", LIBRARY), 0);
	call_as(r, &tool_remove_from_library, args, SCOPE_ALL, CAP_ELICIT_FORM,
	    "{\"sure\":{\"action\":\"accept\",\"content\":{}}}", &t);
	assert_false(t.failed || t.asked);
	assert_int_equal(server_counted(r->server, "DELETE", LIBRARY), 1);
}

static void
playlists_take_their_own_permission(void **state)
{
	static const char args[] = "{\"uris\":[\"spotify:playlist:" FIX "\"]}";
	struct rig *r = *state;
	struct result a;
	struct told t;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", CONTAINS, 200, "[true]");
	tool_call(r, "check_library", "{'uris':'" FIX "'}", &a);
	result_free(&a);
	call_as(r, &tool_save_to_library, args, SCOPE_LIBRARY_WRITE, 0, NULL, &t);
	assert_true(t.failed);
	assert_non_null(strstr(t.text, "playlists:write"));
	call_as(r, &tool_save_to_library, args, SCOPE_LIBRARY_WRITE | SCOPE_PLAYLISTS_WRITE, 0, NULL,
	    &t);
	assert_false(t.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(many_are_checked_in_parts_of_one_sort),
		T(two_hundred_are_checked_in_one_call),
		T(what_could_not_be_checked_is_told),
		T(only_what_is_missing_is_saved),
		T(a_part_that_is_refused_leaves_the_others),
		T(a_used_up_quota_ends_it),
		T(an_unclear_change_is_looked_at),
		T(own_playlists_are_not_deleted_by_removing),
		T(a_rehearsal_removes_nothing),
		T(followed_artists_go_on_behind_an_id),
		T(odd_entries_of_the_library_are_shown),
		T(the_person_is_asked_before_removing),
		T(playlists_take_their_own_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
