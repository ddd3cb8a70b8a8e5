/* The client over the scripted server: repeats, limits, connections. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "tests/unit/spotify/rig.h"
#include "worker/spotify/field.h"
#include "worker/spotify/transfer.h"

#define ME "{\"id\":\"owner\"}"

static void
an_answer_arrives_as_json(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_true(span_is(field_str(a.json, "id"), "owner"));
	assert_string_equal(server_seen(r->server, 0)->bearer, "access-1");
	assert_int_equal(r->leases, 0);
	answer_free(&a);
}

static void
one_connection_serves_one_request_after_another(void **state)
{
	struct rig *r = *state;
	struct answer a;
	int i;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 200, ME);
	for (i = 0; i < 5; i++) {
		rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
		assert_int_equal(a.error.problem, SP_OK);
		answer_free(&a);
	}
	assert_int_equal(server_seen(r->server, 4)->connection, 1);
	assert_int_equal(r->dials, 1);
}

static void
parallel_questions_all_get_their_own_answer(void **state)
{
	struct rig *r = *state;
	struct answer a[6];
	char id[6][24], path[6][48], body[6][48];
	int i;

	rig_bind(r, ROW_GOOD);
	for (i = 0; i < 6; i++) {
		(void)snprintf(id[i], sizeof(id[i]), "track%d", i);
		(void)snprintf(path[i], sizeof(path[i]), "/v1/tracks/track%d", i);
		(void)snprintf(body[i], sizeof(body[i]), "{\"name\":\"track%d\"}", i);
		ON(r->server, "GET", path[i], 200, body[i]);
	}
	for (i = 0; i < 6; i++)
		rig_start(r, SP_OP_TRACK, id[i], NULL, NULL, &a[i]);
	for (i = 0; i < 6; i++) {
		rig_until(r, &a[i].there);
		assert_int_equal(a[i].error.problem, SP_OK);
		assert_true(span_is(field_str(a[i].json, "name"), id[i]));
		answer_free(&a[i]);
	}
}

static void
equal_questions_share_one_request(void **state)
{
	struct rig *r = *state;
	struct answer a, b, c;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_start(r, SP_OP_ME, NULL, NULL, NULL, &a);
	rig_start(r, SP_OP_ME, NULL, NULL, NULL, &b);
	rig_start(r, SP_OP_ME, NULL, NULL, NULL, &c);
	spotify_drop(&b.wait);
	rig_until(r, &a.there);
	assert_true(c.there);
	assert_false(b.there);
	assert_int_equal(server_count(r->server), 1);
	answer_free(&a);
	answer_free(&c);
}

static void
equal_changes_are_sent_each(void **state)
{
	struct rig *r = *state;
	struct answer a, b;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "POST", "/v1/me/playlists", 201, "{\"id\":\"x\"}");
	rig_start(r, SP_OP_PLAYLIST_CREATE, NULL, NULL, "{}", &a);
	rig_start(r, SP_OP_PLAYLIST_CREATE, NULL, NULL, "{}", &b);
	rig_until(r, &a.there);
	rig_until(r, &b.there);
	assert_int_equal(server_count(r->server), 2);
	answer_free(&a);
	answer_free(&b);
}

static void
a_reading_call_is_repeated_twice_after_5xx(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 502,
	    "{\"error\":{\"status\":502,\"message\":\"Bad gateway.\"}}");
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_DOWN);
	assert_int_equal(server_count(r->server), 3);
	answer_free(&a);
}

static void
an_adding_write_is_never_repeated_after_5xx(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "POST", "/v1/playlists", 502, "oops");
	rig_ask(r, SP_OP_PLAYLIST_ADD, "p", NULL, "{\"uris\":[]}", &a);
	assert_int_equal(a.error.problem, SP_OUTCOME_UNKNOWN);
	assert_int_equal(server_count(r->server), 1);
	answer_free(&a);
}

/* libcurl repeats by itself on a kept connection that dies; here it must not. */
static void
an_adding_write_is_never_repeated_after_a_dead_connection(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 200, ME);
	server_on(r->server, (struct server_rule){.method = "POST", .target = "/v1/playlists",
	    .turns = FOREVER, .act = ACT_CUT});
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	answer_free(&a);
	rig_ask(r, SP_OP_PLAYLIST_ADD, "p", NULL, "{\"uris\":[]}", &a);
	assert_int_equal(a.error.problem, SP_OUTCOME_UNKNOWN);
	assert_int_equal(server_counted(r->server, "POST", "/v1/playlists"), 1);
	assert_int_equal(server_nth(r->server, "POST", "/v1/playlists", 0)->connection, 1);
	answer_free(&a);
}

/* The same for a write without a body. */
static void
skipping_is_never_repeated_after_a_dead_connection(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 200, ME);
	server_on(r->server, (struct server_rule){.method = "POST", .target = "/v1/me/player/next",
	    .turns = FOREVER, .act = ACT_CUT});
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	answer_free(&a);
	rig_ask(r, SP_OP_NEXT, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OUTCOME_UNKNOWN);
	assert_int_equal(server_counted(r->server, "POST", "/v1/me/player/next"), 1);
	answer_free(&a);
}

static void
a_broken_answer_is_asked_for_again(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "GET", .target = "/v1/me", .status = 200,
	    .body = ME, .turns = 1, .act = ACT_HALF});
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_int_equal(server_count(r->server), 2);
	answer_free(&a);
}

static void
a_kept_connection_that_was_closed_is_replaced(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "GET", .target = "/v1/me", .status = 200,
	    .body = ME, .turns = FOREVER, .fields = "Connection: close\r\n"});
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	answer_free(&a);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_int_equal(r->dials, 2);
	answer_free(&a);
}

static void
a_short_pause_is_waited_for_once(void **state)
{
	struct rig *r = *state;
	struct answer a;
	int64_t from = clock_mono_ms();

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "GET", .target = "/v1/me", .status = 429,
	    .fields = "Retry-After: 1\r\n", .turns = 1,
	    .body = "{\"error\":{\"status\":429,\"message\":\"API rate limit exceeded\"}}"});
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_true(clock_mono_ms() - from >= 1000);
	answer_free(&a);
}

static void
a_second_pause_is_told(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/me", .status = 429,
	    .fields = "Retry-After: 1\r\n", .turns = FOREVER, .body = ""});
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_RATE);
	assert_int_equal(server_count(r->server), 2);
	answer_free(&a);
}

static void
a_long_pause_is_told_at_once_and_kept(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/me", .status = 429,
	    .type = "text/plain", .fields = "Retry-After: 19056\r\n", .turns = FOREVER,
	    .body = "Too many requests"});
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_RATE);
	assert_int_equal(a.error.retry_after, 19056);
	answer_free(&a);
	rig_ask(r, SP_OP_DEVICES, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_RATE);
	assert_true(a.error.retry_after > 19000);
	assert_int_equal(server_count(r->server), 1);
	answer_free(&a);
}

static void
a_used_up_quota_blocks_its_family_only(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/search", .status = 429,
	    .fields = "Retry-After: 48925\r\n", .turns = FOREVER, .body =
	    "{\"error\":{\"status\":429,\"message\":\"x\",\"reason\":\"QUOTA_EXCEEDED\"}}"});
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_SEARCH, NULL, "q=a", NULL, &a);
	assert_int_equal(a.error.problem, SP_QUOTA);
	answer_free(&a);
	rig_ask(r, SP_OP_SEARCH, NULL, "q=b", NULL, &a);
	assert_int_equal(a.error.problem, SP_QUOTA);
	answer_free(&a);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_int_equal(server_count(r->server), 2);
	answer_free(&a);
}

static void
a_command_may_answer_any_text(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "PUT", .target = "/v1/me/player/pause",
	    .status = 200, .type = "text/plain", .body = "oPClBVDzidwlAlSqmFF-zKNO62E",
	    .turns = FOREVER});
	ON(r->server, "GET", "/v1/me/player", 204, "");
	rig_ask(r, SP_OP_PAUSE, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_null(a.json);
	answer_free(&a);
	rig_ask(r, SP_OP_PLAYER, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_null(a.json);
	answer_free(&a);
}

static void
a_success_that_is_no_json_is_unreadable(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/me", .status = 200,
	    .type = "text/html", .body = "<html>", .turns = FOREVER});
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_UNREADABLE);
	answer_free(&a);
}

static void
a_redirect_is_not_followed(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/me", .status = 302,
	    .fields = "Location: /v1/elsewhere\r\n", .turns = FOREVER, .body = ""});
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_not_equal(a.error.problem, SP_OK);
	assert_int_equal(server_counted(r->server, "GET", "/v1/elsewhere"), 0);
	answer_free(&a);
}

static void
an_answer_that_is_too_large_is_refused(void **state)
{
	struct rig *r = *state;
	struct answer a;
	size_t n = TRANSFER_BODY_MAX + 100;
	char *body = malloc(n + 1);

	assert_non_null(body);
	memset(body, ' ', n);
	body[n] = '\0';
	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 200, body);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_UNREADABLE);
	answer_free(&a);
	free(body);
}

static void
an_egress_that_refuses_is_told(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	r->egress_refuses = true;
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_UNREACHABLE);
	assert_int_equal(r->dials, 2);
	answer_free(&a);
}

static void
an_egress_that_comes_back_is_asked_again(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 200, ME);
	r->egress_away = true;
	rig_start(r, SP_OP_ME, NULL, NULL, NULL, &a);
	rig_for(r, 50);
	assert_false(a.there);
	r->egress_away = false;
	spotify_egress_back(r->w.spotify);
	rig_until(r, &a.there);
	assert_int_equal(a.error.problem, SP_OK);
	answer_free(&a);
}

static void
a_dropped_question_is_not_answered(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/me", .status = 200, .body = ME,
	    .delay_ms = 30, .turns = FOREVER});
	rig_start(r, SP_OP_ME, NULL, NULL, NULL, &a);
	rig_for(r, 15);
	spotify_drop(&a.wait);
	assert_null(a.wait);
	rig_for(r, 60);
	assert_false(a.there);
}

static void
everything_can_end_in_the_middle(void **state)
{
	struct rig *r = *state;
	struct answer a, b;

	rig_bind(r, ROW_OLD);
	server_on(r->server, (struct server_rule){.target = "/", .turns = FOREVER, .act = ACT_HANG});
	rig_start(r, SP_OP_ME, NULL, NULL, NULL, &a);
	rig_start(r, SP_OP_NEXT, NULL, NULL, NULL, &b);
	rig_for(r, 30);
	assert_false(a.there || b.there);
}

static void
an_item_id_cannot_leave_its_place(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	rig_ask(r, SP_OP_TRACK, "../me?x=1#", NULL, NULL, &a);
	assert_string_equal(server_seen(r->server, 0)->target, "/v1/tracks/..%2Fme%3Fx%3D1%23");
	assert_int_equal(a.error.problem, SP_NO_ROUTE);
	answer_free(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_answer_arrives_as_json),
		T(one_connection_serves_one_request_after_another),
		T(parallel_questions_all_get_their_own_answer),
		T(equal_questions_share_one_request),
		T(equal_changes_are_sent_each),
		T(a_reading_call_is_repeated_twice_after_5xx),
		T(an_adding_write_is_never_repeated_after_5xx),
		T(an_adding_write_is_never_repeated_after_a_dead_connection),
		T(skipping_is_never_repeated_after_a_dead_connection),
		T(a_broken_answer_is_asked_for_again),
		T(a_kept_connection_that_was_closed_is_replaced),
		T(a_short_pause_is_waited_for_once),
		T(a_second_pause_is_told),
		T(a_long_pause_is_told_at_once_and_kept),
		T(a_used_up_quota_blocks_its_family_only),
		T(a_command_may_answer_any_text),
		T(a_success_that_is_no_json_is_unreadable),
		T(a_redirect_is_not_followed),
		T(an_answer_that_is_too_large_is_refused),
		T(an_egress_that_refuses_is_told),
		T(an_egress_that_comes_back_is_asked_again),
		T(a_dropped_question_is_not_answered),
		T(everything_can_end_in_the_middle),
		T(an_item_id_cannot_leave_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
