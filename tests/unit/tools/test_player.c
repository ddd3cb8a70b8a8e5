/* The commands to the player against a scripted Spotify: devices by name, idle
 * and restricted ones, refusals, unknown outcomes, the look afterwards. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/bench.h"
#include "tests/unit/tools/player_bench.h"

#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* --- pause --------------------------------------------------------------------------- */

static void
pausing_is_seen(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", PAUSE, 200, "any text");
	ON(r->server, "GET", STATE, 200, PLAYER("false", "1000", TRACK_A, DESK));
	tool_call(r, "pause", "{}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "paused"));
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(a.requests, 2);
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "PUT", PAUSE, 204, "");
	ON(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, DESK));
	tool_call(r, "pause", "{}", &a);
	assert_false(got_bool(&a, "verified"));
	assert_true(says(&a, "still plays"));
	result_free(&a);
}

static void
pausing_nothing_is_no_error(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", PAUSE, 404, NO_DEVICE);
	tool_call(r, "pause", "{}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "was_paused"));
	assert_int_equal(a.requests, 1);
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "PUT", PAUSE, 403, RESTRICTED);
	ON(r->server, "GET", STATE, 200, PLAYER("false", "1000", TRACK_A, DESK));
	tool_call(r, "pause", "{}", &a);
	assert_true(got_bool(&a, "was_paused"));
	result_free(&a);
}

static void
an_unknown_outcome_of_a_pause_is_looked_at(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", PAUSE, 502, "{}");
	ONCE(r->server, "GET", STATE, 200, PLAYER("false", "1000", TRACK_A, DESK));
	ON(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, DESK));
	tool_call(r, "pause", "{}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	result_free(&a);
	tool_call(r, "pause", "{}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "not known whether"));
	result_free(&a);
}

static void
what_can_go_wrong_with_pause(void **state)
{
	rig_bind(*state, ROW_GOOD);
	devices_by_name(*state, "pause", "{", PAUSE, PLAYER("false", "1000", TRACK_A, DESK));
	refusals(*state, "pause", "{}");
}

/* --- play ------------------------------------------------------------------------------ */

static void
play_wakes_a_device_and_says_which(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", PLAY "?device_id=kit-1", 204, "");
	ON(r->server, "PUT", PLAY, 404, NO_DEVICE);
	ON(r->server, "GET", DEVICES, 200, LIST(IDLE_MUSEUM "," IDLE_KITCHEN "," IDLE_DESK));
	ON(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, KITCHEN));
	tool_call(r, "play", "{'uri':'" TRACK_A_URI "'}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	assert_string_equal(got_str(&a, "woken_device"), "Kitchen Speaker");
	/* What was to be played went along again. */
	assert_non_null(strstr(server_nth(r->server, "PUT", PLAY, 1)->body, TRACK_A_URI));
	result_free(&a);
}

#define TEN "\u30E9\u30E9\u30E9\u30E9\u30E9\u30E9\u30E9\u30E9\u30E9\u30E9"

/* However long its names are, the link of what was chosen is whole. */
static void
play_names_what_it_chose_with_its_whole_link(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/search", 200, "{\"tracks\":{\"total\":1,\"items\":[{\"type\":\"track\","
	    "\"uri\":\"" TRACK_A_URI "\",\"name\":\"" TEN TEN TEN "\",\"artists\":[{\"name\":\"" TEN TEN
	    TEN "\"}],\"album\":{\"name\":\"" TEN TEN TEN "\"}}]}}");
	ON(r->server, "PUT", PLAY, 204, "");
	ON(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, DESK));
	tool_call(r, "play", "{'query':'ra'}", &a);
	assert_false(a.failed);
	assert_non_null(strstr(got_str(&a, "chosen"), "https://open.spotify.com/track/"));
	assert_string_equal(strrchr(got_str(&a, "chosen"), '/') + 1, strrchr(TRACK_A_URI, ':') + 1);
	result_free(&a);
}

static void
play_on_a_device_that_stays_asleep_lists_what_there_is(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", PLAY, 404, NO_DEVICE);
	ON(r->server, "GET", DEVICES, 200, LIST(IDLE_KITCHEN "," IDLE_DESK));
	tool_call(r, "play", "{}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "Known devices: Kitchen Speaker (Speaker), Desk Laptop (Computer)"));
	assert_int_equal(server_counted(r->server, "PUT", PLAY), 2);
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "PUT", PLAY, 404, NO_DEVICE);
	ON(r->server, "GET", DEVICES, 200, LIST(""));
	tool_call(r, "play", "{}", &a);
	assert_true(says(&a, "Known devices: none"));
	result_free(&a);
}

static void
play_elsewhere_than_asked_is_not_verified(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", PLAY, 204, "");
	ON(r->server, "GET", DEVICES, 200, LIST(KITCHEN_OFF "," DESK));
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, DESK));
	ON(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, KITCHEN));
	/* The second look shows it. */
	tool_call(r, "play", "{'device':'kitchen'}", &a);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(server_counted(r->server, "GET", STATE), 2);
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "PUT", PLAY, 204, "");
	ON(r->server, "GET", DEVICES, 200, LIST(KITCHEN_OFF "," DESK));
	ON(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, DESK));
	tool_call(r, "play", "{'device':'kitchen'}", &a);
	assert_false(a.failed);
	assert_false(got_bool(&a, "verified"));
	result_free(&a);
}

static void
what_can_go_wrong_with_play(void **state)
{
	rig_bind(*state, ROW_GOOD);
	devices_by_name(*state, "play", "{", PLAY, PLAYER("true", "1000", TRACK_A, KITCHEN));
	refusals(*state, "play", "{'uri':'" TRACK_A_URI "'}");
}

/* --- reading ----------------------------------------------------------------------------- */

static void
devices_are_listed(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", DEVICES, 200, LIST(DESK "," PHONE "," IDLE_MUSEUM ",null"));
	tool_call(r, "list_devices", "{}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "total"), 3);
	assert_true(got_bool(&a, "devices.0.active"));
	assert_false(got_bool(&a, "devices.1.sets_volume"));
	assert_false(got_bool(&a, "devices.2.takes_commands"));
	assert_true(says(&a, "Desk Laptop (Computer, active, volume 60 %)"));
	assert_true(says(&a, "its volume cannot be set"));
	assert_true(says(&a, "takes no commands"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", DEVICES, 200, LIST(""));
	tool_call(r, "list_devices", "{}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "total"), 0);
	assert_true(says(&a, "knows no device"));
	result_free(&a);
}

static void
the_queue_is_told(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", QUEUE, 200, "{\"currently_playing\":" TRACK_A ",\"queue\":[" TRACK_B ","
	    "null," TRACK_A "]}");
	tool_call(r, "get_queue", "{'limit':'2'}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "now.name"), "First");
	assert_int_equal(got_int(&a, "returned"), 2);
	assert_int_equal(got_int(&a, "total"), 3);
	assert_true(says(&a, "1. "));
	result_free(&a);
	server_forget(r->server);
	/* An advertisement, and nothing at all. */
	ON(r->server, "GET", QUEUE, 200, "{\"currently_playing\":null,\"queue\":[]}");
	tool_call(r, "get_queue", "{}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "total"), 0);
	assert_true(says(&a, "Nothing comes next"));
	result_free(&a);
	assert_refused("get_queue", "{'limit':21}", "limit");
}

/* --- skip ------------------------------------------------------------------------------ */

static void
skipping_several_is_seen(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "POST", NEXT, 200, "text");
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "9000", TRACK_A, DESK));
	ON(r->server, "GET", STATE, 200, PLAYER("true", "500", TRACK_B, DESK));
	tool_call(r, "skip", "{'count':3}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "skipped"), 3);
	assert_true(got_bool(&a, "verified"));
	assert_string_equal(got_str(&a, "player.item.name"), "Second");
	assert_int_equal(a.requests, 5);
	assert_int_equal(server_counted(r->server, "POST", NEXT), 3);
	result_free(&a);
	assert_refused("skip", "{'count':11}", "count");
	assert_refused("skip", "{'direction':'up'}", "direction");
}

static void
a_skip_of_unknown_outcome_is_not_repeated(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "POST", PREVIOUS, 204, "");
	ON(r->server, "POST", PREVIOUS, 502, "{}");
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "9000", TRACK_A, DESK));
	ON(r->server, "GET", STATE, 200, PLAYER("true", "9500", TRACK_A, DESK));
	tool_call(r, "skip", "{'direction':'previous','count':5}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "skipped"), 1);
	assert_int_equal(got_int(&a, "outcome_unknown"), 1);
	assert_false(got_bool(&a, "verified"));
	assert_true(says(&a, "ended early"));
	assert_int_equal(server_counted(r->server, "POST", PREVIOUS), 2);
	result_free(&a);
}

static void
skipping_without_a_device(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	/* The only one that takes commands is woken. */
	ON(r->server, "POST", NEXT "?device_id=kit-1", 204, "");
	ON(r->server, "POST", NEXT, 404, NO_DEVICE);
	ON(r->server, "GET", DEVICES, 200, LIST(IDLE_MUSEUM "," IDLE_KITCHEN));
	ONCE(r->server, "GET", STATE, 204, "");
	ON(r->server, "GET", STATE, 200, PLAYER("true", "500", TRACK_B, KITCHEN));
	tool_call(r, "skip", "{}", &a);
	assert_false(a.failed);
	assert_string_equal(got_str(&a, "woken_device"), "Kitchen Speaker");
	result_free(&a);
	/* Among several, nobody can know which. */
	server_forget(r->server);
	ON(r->server, "POST", NEXT, 404, NO_DEVICE);
	ON(r->server, "GET", DEVICES, 200, LIST(IDLE_DESK "," IDLE_KITCHEN));
	ON(r->server, "GET", STATE, 204, "");
	tool_call(r, "skip", "{}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "Known devices: Desk Laptop (Computer), Kitchen Speaker (Speaker)."));
	assert_int_equal(server_counted(r->server, "POST", NEXT), 1);
	result_free(&a);
}

static void
what_can_go_wrong_with_skip(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	refusals(r, "skip", "{}");
	ON(r->server, "GET", STATE, 200, PLAYER("true", "500", TRACK_B, DESK));
	ON(r->server, "POST", PREVIOUS, 403, RESTRICTED);
	tool_call(r, "skip", "{'direction':'previous'}", &a);
	assert_true(says(&a, "seek with position_ms 0"));
	result_free(&a);
}

static void
a_cancelled_skip_sends_no_more(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct call *c;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", STATE, 200, PLAYER("true", "500", TRACK_B, DESK));
	ON(r->server, "POST", NEXT, 204, "");
	tool_start(r, "skip", "{'count':10}", &a, &c);
	rig_for(r, 250);
	call_cancel(c);
	rig_for(r, 400);
	assert_in_range(server_counted(r->server, "POST", NEXT), 1, 3);
	result_free(&a);
}

/* --- seek ------------------------------------------------------------------------------ */

static void
seeking_is_seen(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "PUT", SEEK "?position_ms=60000", 204, "");
	ON(r->server, "GET", STATE, 200, PLAYER("true", "60300", TRACK_A, DESK));
	tool_call(r, "seek", "{'position_ms':60000}", &a);
	assert_false(a.failed);
	assert_true(got_bool(&a, "verified"));
	assert_int_equal(a.requests, 2);
	result_free(&a);
	/* Back from there, not before the beginning. */
	server_forget(r->server);
	ON(r->server, "PUT", SEEK "?position_ms=0", 204, "");
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "10000", TRACK_A, DESK));
	ON(r->server, "GET", STATE, 200, PLAYER("true", "9000", TRACK_A, DESK));
	tool_call(r, "seek", "{'by_ms':'-30000'}", &a);
	assert_false(a.failed);
	assert_false(got_bool(&a, "verified"));
	assert_true(says(&a, "does not show it yet"));
	result_free(&a);
}

static void
what_can_go_wrong_with_seek(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	refusals(r, "seek", "{'position_ms':1}");
	refusals(r, "seek", "{'by_ms':1}");
	tool_call(r, "seek", "{}", &a);
	assert_true(says(&a, "either position_ms"));
	result_free(&a);
	tool_call(r, "seek", "{'by_ms':1,'position_ms':1}", &a);
	assert_true(says(&a, "either position_ms"));
	assert_int_equal(server_count(r->server), 0);
	result_free(&a);
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "190000", TRACK_A, DESK));
	ONCE(r->server, "GET", STATE, 200, PLAYER("true", "null", "null", DESK));
	ONCE(r->server, "GET", STATE, 204, "");
	tool_call(r, "seek", "{'by_ms':20000}", &a);
	assert_true(says(&a, "beyond the end: it is at 190000 of 200000"));
	result_free(&a);
	tool_call(r, "seek", "{'by_ms':20000}", &a);
	assert_true(says(&a, "does not tell how far"));
	result_free(&a);
	tool_call(r, "seek", "{'by_ms':20000}", &a);
	assert_true(says(&a, "no device is active"));
	result_free(&a);
	/* A broken line: once more, then a look. */
	ON(r->server, "PUT", SEEK, 502, "{}");
	ON(r->server, "GET", STATE, 200, PLAYER("true", "100", TRACK_A, DESK));
	tool_call(r, "seek", "{'position_ms':60000}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "not known whether"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "PUT", SEEK, 404, NO_DEVICE);
	ON(r->server, "GET", DEVICES, 200, LIST(""));
	tool_call(r, "seek", "{'position_ms':60000}", &a);
	assert_true(says(&a, "Known devices: none"));
	result_free(&a);
}

/* --- all ------------------------------------------------------------------------------- */

static void
every_error_has_its_sentence(void **state)
{
	(void)state;
	the_family("pause", "{}");
	the_family("pause", "{'device':'desk'}");
	the_family("play", "{}");
	the_family("get_queue", "{}");
	the_family("list_devices", "{}");
	the_family("skip", "{}");
	the_family("seek", "{'position_ms':1}");
	the_family("seek", "{'by_ms':1}");
	the_family("play", "{'uri':'" TRACK_A_URI "'}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(pausing_is_seen),
		T(pausing_nothing_is_no_error),
		T(an_unknown_outcome_of_a_pause_is_looked_at),
		T(what_can_go_wrong_with_pause),
		T(play_wakes_a_device_and_says_which),
		T(play_names_what_it_chose_with_its_whole_link), T(play_on_a_device_that_stays_asleep_lists_what_there_is),
		T(play_elsewhere_than_asked_is_not_verified),
		T(what_can_go_wrong_with_play),
		T(devices_are_listed),
		T(the_queue_is_told),
		T(skipping_several_is_seen),
		T(a_skip_of_unknown_outcome_is_not_repeated),
		T(skipping_without_a_device),
		T(what_can_go_wrong_with_skip),
		T(a_cancelled_skip_sends_no_more),
		T(seeking_is_seen),
		T(what_can_go_wrong_with_seek),
		cmocka_unit_test(every_error_has_its_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
