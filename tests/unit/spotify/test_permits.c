/* What the vault allows, over the scripted server. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "tests/unit/spotify/rig.h"
#include "worker/spotify/governor.h"

#define ME "{\"id\":\"owner\"}"
#define IDS 10

static char ids[IDS][8], paths[IDS][32];

static void
prepare(struct rig *r)
{
	unsigned i;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/me", 200, ME);
	ON(r->server, "GET", "/v1/search", 200, "{\"tracks\":{\"items\":[],\"total\":0}}");
	for (i = 0; i < IDS; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "t%u", i);
		(void)snprintf(paths[i], sizeof(paths[i]), "/v1/tracks/%s", ids[i]);
		ON(r->server, "GET", paths[i], 200, "{\"id\":\"x\"}");
	}
}

static void
refuse_next(struct rig *r, uint8_t why, uint32_t wait_ms, int64_t until)
{
	r->permit_why = why;
	r->permit_wait_ms = wait_ms;
	r->permit_until = until;
}

/* Asks and waits; what came of it. */
static struct sp_error
outcome(struct rig *r, enum sp_op op, const char *id)
{
	struct sp_error e;
	struct answer a;

	rig_ask(r, op, id, NULL, NULL, &a);
	e = a.error;
	answer_free(&a);
	return e;
}

static void
requests_of_one_turn_share_one_question(void **state)
{
	struct rig *r = *state;
	struct answer a[4];
	unsigned i;

	prepare(r);
	for (i = 0; i < 4; i++)
		rig_start(r, SP_OP_TRACK, ids[i], NULL, NULL, &a[i]);
	for (i = 0; i < 4; i++) {
		rig_until(r, &a[i].there);
		assert_int_equal(a[i].error.problem, SP_OK);
		answer_free(&a[i]);
	}
	assert_int_equal(r->permit_asks, 1);
	assert_int_equal(r->permit_n, 4);
	assert_int_equal(r->permit_family, SP_FAMILY_TRACKS);
	assert_false(r->permit_bulk);
}

static void
on_done(void *arg, const struct sp_answer *a)
{
	assert_int_equal(a->error.problem, SP_OK);
	*(bool *)arg = true;
}

static void
what_is_sure_to_follow_is_asked_for_at_once(void **state)
{
	struct rig *r = *state;
	struct sp_ask ask = {.op = SP_OP_TRACK, .bulk = true, .more = IDS - 1};
	struct sp_wait *wait;
	unsigned i;
	bool done;

	prepare(r);
	for (i = 0; i < IDS; i++) {
		ask.id = span_str(ids[i]);
		done = false;
		assert_ok(spotify_ask(r->w.spotify, &ask, on_done, &done, &wait));
		rig_until(r, &done);
		ask.more = 0;
	}
	assert_int_equal(r->permit_asks, 1);
	assert_int_equal(r->permit_n, IDS);
	assert_true(r->permit_bulk);
	/* They are of use for this family only. */
	assert_int_equal(outcome(r, SP_OP_ME, NULL).problem, SP_OK);
	assert_int_equal(r->permit_asks, 2);
}

static void
permits_that_nobody_takes_go_back(void **state)
{
	struct rig *r = *state;
	struct sp_ask ask = {.op = SP_OP_TRACK, .more = IDS - 1, .id = span_str(ids[0])};
	struct sp_wait *wait;
	bool done = false;

	prepare(r);
	assert_ok(spotify_ask(r->w.spotify, &ask, on_done, &done, &wait));
	rig_until(r, &done);
	assert_int_equal(r->permits, IDS);
	/* The call ends here; another needs two of them a moment later. */
	rig_for(r, 3000);
	assert_int_equal(outcome(r, SP_OP_TRACK, ids[1]).problem, SP_OK);
	assert_int_equal(outcome(r, SP_OP_TRACK, ids[2]).problem, SP_OK);
	rig_for(r, 4000);
	assert_int_equal(r->backs, 0);
	rig_for(r, 1500);
	assert_int_equal(r->backs, 1);
	assert_int_equal(r->back_n, IDS - 3);
	assert_int_equal(r->permit_asks, 1);
	/* They are gone. */
	assert_int_equal(outcome(r, SP_OP_TRACK, ids[3]).problem, SP_OK);
	assert_int_equal(r->permit_asks, 2);
}

static void
a_repeated_request_takes_another_permit(void **state)
{
	struct rig *r = *state;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", "/v1/me", 502, "{}");
	ON(r->server, "GET", "/v1/me", 200, ME);
	assert_int_equal(outcome(r, SP_OP_ME, NULL).problem, SP_OK);
	assert_int_equal(server_count(r->server), 2);
	assert_int_equal(r->permits, 2);
}

static void
after_a_short_wait_the_vault_is_asked_again(void **state)
{
	struct rig *r = *state;
	int64_t before = clock_mono_ms();

	prepare(r);
	refuse_next(r, PERMIT_PACE, 300, 0);
	assert_int_equal(outcome(r, SP_OP_ME, NULL).problem, SP_OK);
	assert_true(clock_mono_ms() - before >= 300);
	assert_int_equal(r->permit_asks, 2);
}

static void
a_long_wait_is_told_at_once(void **state)
{
	static const struct { uint8_t why; enum sp_problem problem; } cases[] = {
	    {PERMIT_PACE, SP_PACE}, {PERMIT_SHARE, SP_SHARE}, {PERMIT_AWAY, SP_PERMITS_AWAY}};
	struct rig *r = *state;
	struct sp_error e;
	unsigned i;

	prepare(r);
	for (i = 0; i < 3; i++) {
		refuse_next(r, cases[i].why, 20000, 0);
		e = outcome(r, i == 0 ? SP_OP_ME : i == 1 ? SP_OP_SEARCH : SP_OP_TRACK, ids[0]);
		assert_int_equal(e.problem, cases[i].problem);
		assert_in_range(e.retry_after, 19, 20);
	}
	assert_int_equal(server_count(r->server), 0);
}

static void
a_day_that_is_used_up_is_told_with_its_end(void **state)
{
	struct rig *r = *state;
	struct sp_error e;

	prepare(r);
	refuse_next(r, PERMIT_DAY, 0, clock_wall_s() + 3600);
	e = outcome(r, SP_OP_SEARCH, NULL);
	assert_int_equal(e.problem, SP_DAY);
	assert_in_range(e.retry_after, 3599, 3600);
	/* It is believed for a while; other families go on. */
	e = outcome(r, SP_OP_SEARCH, NULL);
	assert_int_equal(e.problem, SP_DAY);
	assert_int_equal(r->permit_asks, 1);
	assert_int_equal(outcome(r, SP_OP_ME, NULL).problem, SP_OK);
	assert_int_equal(server_count(r->server), 1);
}

static void
a_quota_that_others_used_up_bars_the_family_at_once(void **state)
{
	struct rig *r = *state;
	const struct msg_limit m = {.kind = LIMIT_QUOTA, .family = SP_FAMILY_SEARCH,
	    .until_ms = clock_wall_ms() + 7200000};
	struct sp_error e;
	struct answer a;

	prepare(r);
	/* One waits for a permit when the word comes. */
	r->permits_silent = true;
	rig_start(r, SP_OP_SEARCH, NULL, NULL, NULL, &a);
	rig_for(r, 20);
	assert_false(a.there);
	governor_on_limit(spotify_governor(r->w.spotify), &m);
	assert_true(a.there);
	assert_int_equal(a.error.problem, SP_QUOTA);
	assert_int_equal(sp_op_info(a.error.op)->family, SP_FAMILY_SEARCH);
	assert_in_range(a.error.retry_after, 7199, 7200);
	answer_free(&a);
	r->permits_silent = false;
	e = outcome(r, SP_OP_SEARCH, NULL);
	assert_int_equal(e.problem, SP_QUOTA);
	assert_int_equal(outcome(r, SP_OP_ME, NULL).problem, SP_OK);
	/* What others told is not told again. */
	assert_int_equal(r->limits_seen, 0);
}

static void
a_pause_that_others_were_told_is_kept_to_the_second(void **state)
{
	struct rig *r = *state;
	struct msg_limit m = {.kind = LIMIT_RATE};
	int64_t before;
	struct sp_error e;

	prepare(r);
	before = clock_wall_ms();
	m.until_ms = before + 1500;
	governor_on_limit(spotify_governor(r->w.spotify), &m);
	assert_int_equal(outcome(r, SP_OP_ME, NULL).problem, SP_OK);
	assert_in_range(clock_wall_ms() - before, 1500, 1999);
	m.until_ms = clock_wall_ms() + 60000;
	governor_on_limit(spotify_governor(r->w.spotify), &m);
	e = outcome(r, SP_OP_TRACK, ids[0]);
	assert_int_equal(e.problem, SP_RATE);
	assert_in_range(e.retry_after, 59, 60);
}

static void
what_spotify_says_is_told_the_vault(void **state)
{
	struct rig *r = *state;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "GET", .target = "/v1/search",
	    .status = 429, .fields = "Retry-After: 4000\r\n", .turns = FOREVER,
	    .body = "{\"error\":{\"status\":429,\"message\":\"x\",\"reason\":\"QUOTA_EXCEEDED\"}}"});
	assert_int_equal(outcome(r, SP_OP_SEARCH, NULL).problem, SP_QUOTA);
	assert_int_equal(r->limits_seen, 1);
	assert_int_equal(r->limit_ms, 4000000);
	/* A vault that was started anew hears it again. */
	governor_vault_back(spotify_governor(r->w.spotify));
	assert_int_equal(r->limits_seen, 2);
	assert_in_range(r->limit_ms, 3998000, 4000000);
}

static void
a_question_survives_the_vaults_death(void **state)
{
	struct rig *r = *state;
	struct answer a;

	prepare(r);
	r->permits_silent = true;
	rig_start(r, SP_OP_ME, NULL, NULL, NULL, &a);
	rig_for(r, 50);
	assert_false(a.there);
	r->permits_silent = false;
	governor_vault_back(spotify_governor(r->w.spotify));
	rig_until(r, &a.there);
	assert_int_equal(a.error.problem, SP_OK);
	assert_int_equal(r->permit_asks, 2);
	answer_free(&a);
}

static void
what_people_wait_for_has_a_question_of_its_own(void **state)
{
	struct rig *r = *state;
	struct sp_ask ask = {.op = SP_OP_TRACK, .bulk = true, .id = span_str("t0")};
	struct sp_wait *wait;
	bool done = false;

	prepare(r);
	refuse_next(r, PERMIT_SHARE, 1500, 0);
	assert_ok(spotify_ask(r->w.spotify, &ask, on_done, &done, &wait));
	rig_for(r, 30);
	assert_true(r->permit_bulk);
	assert_int_equal(outcome(r, SP_OP_TRACK, ids[1]).problem, SP_OK);
	assert_false(r->permit_bulk);
	assert_false(done);
	rig_until(r, &done);
}

static void
on_left(void *arg, const struct left *left)
{
	assert_true(left->known);
	assert_int_equal(left->family[SP_FAMILY_SEARCH].used, 12);
	assert_int_equal(left->family[SP_FAMILY_SEARCH].allowed, 500);
	*(bool *)arg = true;
}

static void
what_is_left_is_told(void **state)
{
	struct rig *r = *state;
	bool done = false;

	prepare(r);
	assert_ok(governor_left(spotify_governor(r->w.spotify), on_left, &done));
	assert_int_equal(governor_left(spotify_governor(r->w.spotify), on_left, &done), ERR_STATE);
	rig_until(r, &done);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(requests_of_one_turn_share_one_question),
		T(what_is_sure_to_follow_is_asked_for_at_once),
		T(permits_that_nobody_takes_go_back),
		T(a_repeated_request_takes_another_permit),
		T(after_a_short_wait_the_vault_is_asked_again),
		T(a_long_wait_is_told_at_once),
		T(a_day_that_is_used_up_is_told_with_its_end),
		T(a_quota_that_others_used_up_bars_the_family_at_once),
		T(a_pause_that_others_were_told_is_kept_to_the_second),
		T(what_spotify_says_is_told_the_vault),
		T(a_question_survives_the_vaults_death),
		T(what_people_wait_for_has_a_question_of_its_own),
		T(what_is_left_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
