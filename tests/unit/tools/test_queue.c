/* add_to_queue against a scripted Spotify: order, refusals, and nothing twice. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/tools/bench.h"
#include "tests/unit/tools/player_bench.h"

#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

#define ONE "spotify:track:0123456789abcdefghij01"
#define TWO "spotify:episode:0123456789abcdefghij02"
#define THREE "spotify:track:0123456789abcdefghij03"
#define OTHER "{\"type\":\"track\",\"uri\":\"spotify:track:0123456789abcdefghij99\",\"name\":\"O\"}"
#define ENTRY(uri) "{\"type\":\"track\",\"uri\":\"" uri "\",\"name\":\"N\"}"
#define COMING(entries) "{\"currently_playing\":null,\"queue\":[" entries "]}"
#define THREE_URIS "{'uris':['" ONE "','" TWO "','" THREE "']}"

static void
items_are_added_in_order_and_seen(void **state)
{
	static const char *const uris[] = {"track%3A0123456789abcdefghij01",
	    "episode%3A0123456789abcdefghij02", "track%3A0123456789abcdefghij03"};
	struct rig *r = *state;
	struct result a;
	size_t i;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "POST", QUEUE, 200, "text");
	ON(r->server, "GET", QUEUE, 200, COMING(OTHER "," ENTRY(ONE) "," ENTRY(TWO) "," ENTRY(THREE)
	    "," OTHER));
	tool_call(r, "add_to_queue", THREE_URIS, &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "added"), 3);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(a.requests, 4);
	for (i = 0; i < 3; i++)
		assert_non_null(strstr(server_nth(r->server, "POST", QUEUE, i)->target, uris[i]));
	result_free(&a);
	/* In another order, or not there: not verified. */
	server_forget(r->server);
	ON(r->server, "POST", QUEUE, 204, "");
	ON(r->server, "GET", QUEUE, 200, COMING(ENTRY(TWO) "," ENTRY(ONE) "," ENTRY(THREE)));
	tool_call(r, "add_to_queue", THREE_URIS, &a);
	assert_int_equal(got_int(&a, "added"), 3);
	assert_false(got_bool(&a, "verified"));
	result_free(&a);
}

static void
an_item_whose_answer_broke_is_looked_for(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "POST", QUEUE, 204, "");
	server_on(r->server, (struct server_rule){.method = "POST", .target = QUEUE, .act = ACT_CUT,
	    .turns = 1});
	ON(r->server, "POST", QUEUE, 204, "");
	/* It is in: the next one follows, and it is not sent again. */
	ONCE(r->server, "GET", QUEUE, 200, COMING(ENTRY(ONE) "," ENTRY(TWO) "," OTHER));
	ON(r->server, "GET", QUEUE, 200, COMING(ENTRY(ONE) "," ENTRY(TWO) "," ENTRY(THREE)));
	tool_call(r, "add_to_queue", THREE_URIS, &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "added"), 3);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(server_counted(r->server, "POST", QUEUE), 3);
	result_free(&a);
}

static void
an_item_that_is_not_seen_after_a_broken_line_ends_it(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "POST", QUEUE, 204, "");
	server_on(r->server, (struct server_rule){.method = "POST", .target = QUEUE, .act = ACT_CUT,
	    .turns = FOREVER});
	ON(r->server, "GET", QUEUE, 200, COMING(ENTRY(ONE) "," OTHER));
	tool_call(r, "add_to_queue", THREE_URIS, &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "added"), 1);
	assert_string_equal(got_str(&a, "unknown_urls.0"),
	    "https://open.spotify.com/episode/0123456789abcdefghij02");
	assert_string_equal(got_str(&a, "not_added_urls.0"),
	    "https://open.spotify.com/track/0123456789abcdefghij03");
	assert_int_equal(server_counted(r->server, "POST", QUEUE), 2);
	assert_true(says(&a, "get_queue"));
	result_free(&a);
}

static void
a_failure_that_spotify_tells_is_tried_once_more(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "POST", QUEUE, 502, "{}");
	ON(r->server, "POST", QUEUE, 204, "");
	ONCE(r->server, "GET", QUEUE, 200, COMING(OTHER));
	ON(r->server, "GET", QUEUE, 200, COMING(ENTRY(ONE) "," OTHER));
	tool_call(r, "add_to_queue", "{'uris':'" ONE "'}", &a);
	assert_int_equal(got_int(&a, "added"), 1);
	assert_true(got_bool(&a, "verified"));
	result_free(&a);
	/* It stands somewhere, perhaps from before: nobody knows. */
	server_forget(r->server);
	ON(r->server, "POST", QUEUE, 502, "{}");
	ON(r->server, "GET", QUEUE, 200, COMING(OTHER "," ENTRY(ONE)));
	tool_call(r, "add_to_queue", "{'uris':'" ONE "'}", &a);
	assert_int_equal(got_int(&a, "added"), 0);
	assert_non_null(got(&a, "unknown_urls.0"));
	assert_int_equal(server_counted(r->server, "POST", QUEUE), 1);
	result_free(&a);
}

static void
what_spotify_refuses_is_told_item_by_item(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "POST", QUEUE, 204, "");
	ONCE(r->server, "POST", QUEUE, 400, "{\"error\":{\"status\":400,\"message\":\"Invalid\"}}");
	ON(r->server, "POST", QUEUE, 204, "");
	ON(r->server, "GET", QUEUE, 200, COMING(ENTRY(ONE) "," ENTRY(THREE)));
	tool_call(r, "add_to_queue", THREE_URIS, &a);
	assert_int_equal(got_int(&a, "added"), 2);
	assert_true(got_bool(&a, "verified"));
	assert_string_equal(got_str(&a, "refused_urls.0"),
	    "https://open.spotify.com/episode/0123456789abcdefghij02");
	result_free(&a);
	/* The allowance ends in the middle. */
	server_forget(r->server);
	ONCE(r->server, "POST", QUEUE, 204, "");
	server_on(r->server, (struct server_rule){.method = "POST", .target = QUEUE, .status = 429,
	    .fields = "Retry-After: 40000\r\n", .turns = FOREVER,
	    .body = "{\"error\":{\"status\":429,\"message\":\"x\",\"reason\":\"QUOTA_EXCEEDED\"}}"});
	tool_call(r, "add_to_queue", THREE_URIS, &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "added"), 1);
	assert_non_null(got(&a, "not_added_urls.1"));
	assert_true(says(&a, "allowance"));
	result_free(&a);
}

static void
what_can_go_wrong_with_the_queue(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	devices_by_name(r, "add_to_queue", "{'uris':'" ONE "',", QUEUE, AD(DESK));
	refusals(r, "add_to_queue", "{'uris':'" ONE "'}");
	tool_call(r, "add_to_queue", "{'uris':['spotify:album:0123456789abcdefghij01','x']}", &a);
	assert_true(says(&a, "2 of 2"));
	assert_int_equal(server_count(r->server), 0);
	result_free(&a);
	assert_refused("add_to_queue", "{}", "uris");
	ON(r->server, "POST", QUEUE, 404, NO_DEVICE);
	ON(r->server, "GET", DEVICES, 200, LIST(IDLE_KITCHEN "," IDLE_DESK));
	tool_call(r, "add_to_queue", THREE_URIS, &a);
	assert_true(a.failed);
	assert_true(says(&a, "Known devices: Kitchen Speaker"));
	result_free(&a);
}

static void
a_cancelled_call_adds_no_more(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct call *c;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "POST", .target = QUEUE, .status = 204,
	    .turns = FOREVER, .delay_ms = 100});
	tool_start(r, "add_to_queue", THREE_URIS, &a, &c);
	rig_for(r, 60);
	call_cancel(c);
	rig_for(r, 400);
	assert_int_equal(server_counted(r->server, "POST", QUEUE), 1);
	result_free(&a);
}

static void
every_error_has_its_sentence(void **state)
{
	(void)state;
	the_family("add_to_queue", THREE_URIS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(items_are_added_in_order_and_seen),
		T(an_item_whose_answer_broke_is_looked_for),
		T(an_item_that_is_not_seen_after_a_broken_line_ends_it),
		T(a_failure_that_spotify_tells_is_tried_once_more),
		T(what_spotify_refuses_is_told_item_by_item),
		T(what_can_go_wrong_with_the_queue),
		T(a_cancelled_call_adds_no_more),
		cmocka_unit_test(every_error_has_its_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
