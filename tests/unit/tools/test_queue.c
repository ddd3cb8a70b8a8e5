/* The queue, the volume, the mode and moving to another device against a scripted
 * Spotify: order, refusals, nothing twice. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/tools/bench.h"
#include "tests/unit/tools/player_bench.h"

#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* --- add_to_queue ------------------------------------------------------------------------ */

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

/* --- set_volume -------------------------------------------------------------------------- */

#define LOUD(v) LIST("{\"id\":\"desk-1\",\"name\":\"Desk Laptop\",\"type\":\"Computer\"," \
	"\"is_active\":true,\"is_restricted\":false,\"supports_volume\":true,\"volume_percent\":" v "}")

static void
the_volume_is_set_and_seen(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", VOLUME "?volume_percent=0&device_id=desk-1", 204, "");
	ONCE(r->server, "GET", DEVICES, 200, LOUD("20"));
	ON(r->server, "GET", DEVICES, 200, LOUD("0"));
	tool_call(r, "set_volume", "{'by_percent':-30}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "percent"), 0);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(got_int(&a, "device.volume_percent"), 0);
	assert_int_equal(a.requests, 3);
	result_free(&a);
	ON(r->server, "PUT", VOLUME "?volume_percent=70", 204, "");
	tool_call(r, "set_volume", "{'percent':'70'}", &a);
	assert_false(got_bool(&a, "verified"));
	assert_true(says(&a, "does not show it yet"));
	result_free(&a);
}

static void
what_can_go_wrong_with_set_volume(void **state)
{
	static const struct {
		const char *devices, *args, *says;
	} bad[] = {
		{LIST(DESK "," PHONE), "{'percent':5,'device':'pocket'}", "\"Pocket Phone\" does not let"},
		{LIST(MUSEUM "," IDLE_DESK), "{'percent':5}", "\"Museum Loudspeaker\" takes no commands"},
		{LIST(IDLE_KITCHEN "," IDLE_DESK), "{'percent':5}", "Name one of the known devices: Kitchen"},
		{LIST(""), "{'percent':5}", "devices: none"},
		{LOUD("null"), "{'by_percent':5}", "does not tell its volume"},
		{LIST(DESK), "{'percent':5}", "\"Desk Laptop\" refuses"},
	};
	struct rig *r = *state;
	struct result a;
	size_t i;

	rig_bind(r, ROW_GOOD);
	devices_by_name(r, "set_volume", "{'percent':60,", VOLUME, PLAYER("true", "1", TRACK_A, DESK));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		server_forget(r->server);
		ON(r->server, "GET", DEVICES, 200, bad[i].devices);
		ON(r->server, "PUT", VOLUME, 403, "{\"error\":{\"status\":403,\"message\":\"Player command "
		    "failed: Cannot control device volume\",\"reason\":\"VOLUME_CONTROL_DISALLOW\"}}");
		tool_call(r, "set_volume", bad[i].args, &a);
		assert_true(a.failed);
		assert_true(says(&a, bad[i].says));
		result_free(&a);
	}
	tool_call(r, "set_volume", "{}", &a);
	assert_true(says(&a, "either percent"));
	result_free(&a);
	assert_refused("set_volume", "{'percent':101}", "percent");
	/* A broken line and nothing to be seen. */
	server_forget(r->server);
	ON(r->server, "GET", DEVICES, 200, LIST(DESK));
	ON(r->server, "PUT", VOLUME, 502, "{}");
	tool_call(r, "set_volume", "{'percent':5}", &a);
	assert_true(says(&a, "not known whether"));
	result_free(&a);
}

/* --- set_playback_mode ---------------------------------------------------------------------- */

static void
the_mode_is_set_and_seen(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", SHUFFLE "?state=true", 204, "");
	ON(r->server, "PUT", REPEAT "?state=context", 204, "");
	ON(r->server, "GET", STATE, 200, PLAYER_IN("true", "1", TRACK_A, DESK, "true", "context",
	    "track"));
	tool_call(r, "set_playback_mode", "{'shuffle':'true','repeat':'context'}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(a.requests, 3);
	result_free(&a);
	tool_call(r, "set_playback_mode", "{'shuffle':false}", &a);
	assert_true(a.failed);   /* no rule for it: 404 */
	result_free(&a);
}

static void
what_can_go_wrong_with_the_mode(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	refusals(r, "set_playback_mode", "{'repeat':'track'}");
	refusals(r, "set_playback_mode", "{'shuffle':true,'repeat':'off'}");
	tool_call(r, "set_playback_mode", "{}", &a);
	assert_true(says(&a, "shuffle, repeat or both"));
	result_free(&a);
	assert_refused("set_playback_mode", "{'repeat':'all'}", "repeat");
	/* One of two. */
	ON(r->server, "PUT", SHUFFLE, 204, "");
	ON(r->server, "PUT", REPEAT, 403, RESTRICTED);
	ON(r->server, "GET", STATE, 200, PLAYER_IN("true", "1", TRACK_A, DESK, "true", "off", "track"));
	tool_call(r, "set_playback_mode", "{'shuffle':true,'repeat':'track'}", &a);
	assert_false(a.failed);
	assert_false(got_bool(&a, "verified"));
	assert_true(says(&a, "Repeat was not set: Spotify did not accept"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "PUT", "/v1/me/player", 404, NO_DEVICE);
	ON(r->server, "GET", DEVICES, 200, LIST(IDLE_KITCHEN "," IDLE_DESK));
	tool_call(r, "set_playback_mode", "{'shuffle':true}", &a);
	assert_true(says(&a, "Known devices: Kitchen Speaker"));
	result_free(&a);
}

/* --- transfer_playback ------------------------------------------------------------------------- */

static void
playback_moves_and_keeps_its_place(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", DEVICES, 200, LIST(DESK "," KITCHEN_OFF));
	ON(r->server, "PUT", SEEK "?position_ms=90000&device_id=kit-1", 204, "");
	ON(r->server, "PUT", "/v1/me/player", 204, "");
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "90000", TRACK_A, DESK));
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "400", TRACK_A, KITCHEN));
	ON(r->server, "GET", STATE, 200, PLAYER("true", "90500", TRACK_A, KITCHEN));
	/* It began anew there: put right. */
	tool_call(r, "transfer_playback", "{'device':'kitchen'}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	assert_string_equal(server_nth(r->server, "PUT", "/v1/me/player", 0)->body,
	    "{\"device_ids\":[\"kit-1\"]}");
	assert_int_equal(server_counted(r->server, "PUT", SEEK), 1);
	result_free(&a);
	/* It is there already. */
	tool_call(r, "transfer_playback", "{'device':'kitchen','play':true}", &a);
	assert_true(says(&a, "already"));
	assert_int_equal(a.requests, 2);
	result_free(&a);
	/* To be paused there. */
	server_forget(r->server);
	ON(r->server, "GET", DEVICES, 200, LIST(DESK "," KITCHEN_OFF));
	ON(r->server, "PUT", "/v1/me/player", 204, "");
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "90000", TRACK_A, DESK));
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "90500", TRACK_A, KITCHEN));
	ON(r->server, "GET", STATE, 200, PLAYER("false", "90900", TRACK_A, KITCHEN));
	tool_call(r, "transfer_playback", "{'device':'kitchen','play':false}", &a);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(server_counted(r->server, "PUT", PAUSE), 1);
	result_free(&a);
}

static void
what_can_go_wrong_with_transfer(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	assert_refused("transfer_playback", "{}", "device");
	/* The id changed meanwhile; nothing was active. */
	ONCE(r->server, "GET", DEVICES, 200, LIST(KITCHEN_OFF));
	ON(r->server, "GET", DEVICES, 200, LIST(KITCHEN_NEW));
	ONCE(r->server, "GET", STATE, 204, "");
	ON(r->server, "GET", STATE, 200, PLAYER("true", "10", TRACK_A, KITCHEN));
	ONCE(r->server, "PUT", "/v1/me/player", 404, GONE);
	ON(r->server, "PUT", "/v1/me/player", 204, "");
	tool_call(r, "transfer_playback", "{'device':'kitchen','play':true}", &a);
	assert_false(a.failed);
	assert_string_equal(server_nth(r->server, "PUT", "/v1/me/player", 1)->body,
	    "{\"device_ids\":[\"kit-2\"],\"play\":true}");
	/* The state names another id: not there, for all one knows. */
	assert_false(got_bool(&a, "verified"));
	result_free(&a);
	/* It stays unknown. */
	server_forget(r->server);
	ON(r->server, "GET", DEVICES, 200, LIST(KITCHEN_OFF));
	ON(r->server, "GET", STATE, 204, "");
	ON(r->server, "PUT", "/v1/me/player", 404, GONE);
	tool_call(r, "transfer_playback", "{'device':'kitchen'}", &a);
	assert_true(says(&a, "Known devices: Kitchen Speaker"));
	assert_int_equal(server_counted(r->server, "PUT", "/v1/me/player"), 1);
	result_free(&a);
	tool_call(r, "transfer_playback", "{'device':'attic'}", &a);
	assert_true(says(&a, "No device is called"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", DEVICES, 200, LIST(KITCHEN_OFF "," IDLE_MUSEUM));
	ON(r->server, "GET", STATE, 200, AD(DESK));
	ON(r->server, "PUT", "/v1/me/player", 403, RESTRICTED);
	tool_call(r, "transfer_playback", "{'device':'museum'}", &a);
	assert_true(says(&a, "takes no commands"));
	result_free(&a);
	tool_call(r, "transfer_playback", "{'device':'kitchen'}", &a);
	assert_true(says(&a, "advertisement"));
	result_free(&a);
}

/* --- all ------------------------------------------------------------------------------- */

static void
every_error_has_its_sentence(void **state)
{
	(void)state;
	the_family("add_to_queue", THREE_URIS);
	the_family("set_volume", "{'percent':1}");
	the_family("set_playback_mode", "{'shuffle':true}");
	the_family("set_playback_mode", "{'repeat':'off'}");
	the_family("transfer_playback", "{'device':'desk'}");
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
		T(the_volume_is_set_and_seen),
		T(what_can_go_wrong_with_set_volume),
		T(the_mode_is_set_and_seen),
		T(what_can_go_wrong_with_the_mode),
		T(playback_moves_and_keeps_its_place),
		T(what_can_go_wrong_with_transfer),
		cmocka_unit_test(every_error_has_its_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
