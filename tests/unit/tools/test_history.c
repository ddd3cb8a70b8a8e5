/* get_top_items and get_recently_played against a scripted Spotify. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tools/bench.h"

#define FIX "0123456789abcdefghijAB"
#define SCOPE_MISSING "{\"error\":{\"status\":403,\"message\":\"Insufficient client scope\"}}"
#define RECENT "/v1/me/player/recently-played"
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

static void
top_items_go_on_with_a_cursor(void **state)
{
	struct rig *r = *state;
	struct result a, b;
	char args[200];

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/top/artists", 200, "{\"total\":5,\"items\":[null,{\"type\":"
	    "\"artist\",\"uri\":\"spotify:artist:" FIX "\",\"name\":\"Mira\",\"genres\":null,"
	    "\"images\":null}]}");
	tool_call(r, "get_top_items", "{'kind':'artists','time_range':'long_term','limit':2}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 2);
	assert_int_equal(got_int(&a, "total"), 5);
	assert_string_equal(got_str(&a, "items.0.type"), "unavailable");
	assert_string_equal(got_str(&a, "items.1.name"), "Mira");
	assert_non_null(strstr(server_seen(r->server, 0)->target,
	    "time_range=long_term&limit=2&offset=0"));
	(void)snprintf(args, sizeof(args), "{'kind':'artists','time_range':'long_term','limit':2,"
	    "'cursor':'%s'}", got_str(&a, "cursor"));
	tool_call(r, "get_top_items", args, &b);
	assert_true(says(&b, "4. Mira"));
	assert_non_null(strstr(server_seen(r->server, 1)->target, "offset=2"));
	result_free(&b);
	(void)snprintf(args, sizeof(args), "{'kind':'artists','cursor':'%s'}", got_str(&a, "cursor"));
	tool_call(r, "get_top_items", args, &b);
	assert_true(b.failed);
	assert_true(says(&b, "does not belong"));
	result_free(&b);
	result_free(&a);
}

static void
top_items_end_and_fail(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me/top/tracks", 200, "{\"total\":9,\"items\":[]}");
	ON(r->server, "GET", "/v1/me/top/artists", 403, SCOPE_MISSING);
	tool_call(r, "get_top_items", "{}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 0);
	assert_null(got(&a, "cursor"));
	assert_non_null(strstr(server_seen(r->server, 0)->target, "time_range=medium_term"));
	result_free(&a);
	tool_call(r, "get_top_items", "{'kind':'artists'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "user-top-read"));
	result_free(&a);
	assert_refused("get_top_items", "{'kind':'albums'}", "kind");
	assert_refused("get_top_items", "{'time_range':'ever'}", "time_range");
}

#define PLAYED(at, context) "{\"played_at\":" at ",\"context\":" context ",\"track\":{\"type\":" \
	"\"track\",\"uri\":\"spotify:track:" FIX "\",\"name\":\"Low Tide\",\"duration_ms\":200000," \
	"\"artists\":[{\"name\":\"Mira\"}],\"album\":{\"name\":\"Shore\"}}}"

static void
what_was_played_is_told_with_times(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", RECENT, 200, "{\"cursors\":null,\"next\":null,\"items\":["
	    PLAYED("\"2026-11-22T18:04:05.678Z\"", "{\"type\":\"playlist\",\"uri\":"
	    "\"spotify:playlist:" FIX "\"}") ","
	    PLAYED("null", "{\"type\":\"collection\",\"uri\":\"spotify:user:me:collection\"}") ",null,"
	    "{\"played_at\":\"2026-11-22T17:00:00Z\",\"track\":null}]}");
	tool_call(r, "get_recently_played", "{'limit':4}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), 4);
	assert_string_equal(got_str(&a, "items.0.played_at"), "2026-11-22T18:04:05.678Z");
	assert_string_equal(got_str(&a, "items.0.played_from"),
	    "https://open.spotify.com/playlist/" FIX);
	assert_null(got(&a, "items.1.played_at"));
	assert_null(got(&a, "items.1.played_from"));
	assert_string_equal(got_str(&a, "items.3.type"), "unavailable");
	assert_string_equal(got_str(&a, "latest"), "2026-11-22T18:04:05.678Z");
	assert_string_equal(got_str(&a, "earliest"), "2026-11-22T17:00:00Z");
	assert_true(says(&a, "call with before 2026-11-22T17:00:00Z"));
	assert_string_equal(server_seen(r->server, 0)->target, RECENT "?limit=4");
	result_free(&a);
}

static void
times_are_read_in_several_forms(void **state)
{
	static const struct { const char *args, *query; } cases[] = {
		{"{'before':'2026-11-22T18:04:05.678Z'}", "before=1795370645678"},
		{"{'before':'2026-11-22T20:04:05+02:00'}", "before=1795370645000"},
		{"{'before':'2026-11-22T16:04-0200'}", "before=1795370640000"},
		{"{'after':'2026-11-22'}", "after=1795305600000"},
		{"{'after':'1795370645678'}", "after=1795370645678"},
		{"{'after':'1795370645'}", "after=1795370645000"},
	};
	static const char *const bad[] = {"yesterday", "2026-13-01", "2026-11-22T25:00", "2026-11-22x",
	    "2026-11-22T18:00:00+99:00", "-5"};
	struct rig *r = *state;
	struct result a;
	char args[100];
	size_t i;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", RECENT, 200, "{\"items\":[]}");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tool_call(r, "get_recently_played", cases[i].args, &a);
		assert_false(a.failed);
		assert_true(says(&a, "nothing played in that time"));
		if (strstr(server_seen(r->server, i)->target, cases[i].query) == NULL)
			fail_msg("%s: %s", cases[i].args, server_seen(r->server, i)->target);
		result_free(&a);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(args, sizeof(args), "{'before':'%s'}", bad[i]);
		tool_call(r, "get_recently_played", args, &a);
		if (!a.failed)
			fail_msg("%s", bad[i]);
		assert_true(says(&a, "is no time"));
		result_free(&a);
	}
	tool_call(r, "get_recently_played", "{'before':'1795370645','after':'1795370645'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "not both"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", RECENT, 401, "{\"error\":{\"status\":401,\"message\":"
	    "\"Permissions missing\"}}");
	tool_call(r, "get_recently_played", "{}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "user-read-recently-played"));
	result_free(&a);
}

static void
fifty_plays_stay_under_twelve_kilobytes(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct buf b;
	int i;

	rig_bind(r, ROW_GOOD);
	buf_init(&b, 65536);
	assert_ok(buf_put_str(&b, "{\"items\":["));
	for (i = 0; i < 50; i++)
		assert_ok(buf_printf(&b, "%s%s", i > 0 ? "," : "", PLAYED("\"2026-11-22T18:04:05.678Z\"",
		    "{\"uri\":\"spotify:playlist:" FIX "\"}")));
	assert_ok(buf_put_str(&b, "]}"));
	ON(r->server, "GET", RECENT, 200, buf_cstr(&b));
	tool_call(r, "get_recently_played", "{'limit':50}", &a);
	assert_false(a.failed);
	assert_true(a.data_bytes < 12288 && a.text.len < 12288);
	/* What did not fit is not forgotten. */
	assert_true(got_int(&a, "returned") == 50 || says(&a, "call with before"));
	result_free(&a);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(top_items_go_on_with_a_cursor),
		T(top_items_end_and_fail),
		T(what_was_played_is_told_with_times),
		T(times_are_read_in_several_forms),
		T(fifty_plays_stay_under_twelve_kilobytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
