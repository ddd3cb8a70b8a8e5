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

/* --- all ------------------------------------------------------------------------------- */

static void
every_error_has_its_sentence(void **state)
{
	(void)state;
	the_family("pause", "{}");
	the_family("pause", "{'device':'desk'}");
	the_family("play", "{}");
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
		T(play_on_a_device_that_stays_asleep_lists_what_there_is),
		T(play_elsewhere_than_asked_is_not_verified),
		T(what_can_go_wrong_with_play),
		cmocka_unit_test(every_error_has_its_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
