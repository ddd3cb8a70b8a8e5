/* Permits to ask Spotify: the ledger, shares, pauses. */
#include "config.h"

#include <string.h>

#include "master/vault/permits.h"
#include "shared/base/clock.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define MANY 4

/* People of one application, each with a worker. */
struct few {
	struct person p[MANY];
	struct end w[MANY];
	uint64_t id[MANY];
	uint8_t hash[MANY][HASH_BYTES];
	int n;
};

static uint64_t last_request;

static struct budget *
application(struct rig *r)
{
	struct budget *b = budget_find(r->root.vault, span_str("an-application"));

	assert_non_null(b);
	return b;
}

/* n of them, with an empty ledger and these bounds. */
static void
begin(struct rig *r, struct few *few, int n, uint32_t per_day, uint32_t per_30s)
{
	memset(few, 0, sizeof(*few));
	pg_run("TRUNCATE tonearm.quota_hour, tonearm.quota_block, tonearm.quota_pace");
	r->root.vault->set.calls[0].per_day = per_day;
	r->root.vault->set.calls[0].per_30s = per_30s;
	for (few->n = 0; few->n < n; few->n++) {
		few->w[few->n].rig = r;
		few->id[few->n] = bind_person(r, &few->p[few->n], few->hash[few->n], &few->w[few->n]);
	}
}

static void
end(struct few *few)
{
	while (few->n > 0)
		rig_close(&few->w[--few->n]);
}

static uint64_t
want(struct end *w, int family, int n, bool bulk)
{
	const struct msg_permit_ask m = {.family = (uint8_t)family, .calls = (uint8_t)n, .bulk = bulk};

	assert_ok(send_permit_ask(w->ch, ++last_request, &m));
	return last_request;
}

static struct msg_permit
got(struct end *w, uint64_t request)
{
	struct msg_permit m;

	assert_ok(msg_get_permit(rig_take(w, MSG_PERMIT, request), &m));
	return m;
}

static struct msg_permit
ask(struct end *w, int family, int n, bool bulk)
{
	return got(w, want(w, family, n, bulk));
}

/* As many as it can get, and why no more. */
static struct msg_permit
ask_all(struct end *w, int family, uint32_t *sum)
{
	struct msg_permit m;

	*sum = 0;
	while ((m = ask(w, family, 100, false)).given > 0)
		*sum += m.given;
	return m;
}

static int64_t
ledger(int family)
{
	return pg_number("SELECT coalesce(sum(used), 0) FROM tonearm.quota_hour WHERE family = %d",
	    family);
}

static void
permits_are_leased_in_blocks(void **state)
{
	struct rig *r = *state;
	struct few few;
	int i;

	begin(r, &few, 2, 500, 0);
	for (i = 0; i < BLOCK; i++)
		assert_int_equal(ask(&few.w[i % 2], 3, 1, false).given, 1);
	assert_int_equal(ledger(3), BLOCK);
	assert_int_equal(r->root.vault->counts.permit_leases, 1);
	assert_int_equal(ask(&few.w[0], 3, 100, true).given, 100);
	assert_int_equal(r->root.vault->counts.permit_leases, 2);
	assert_int_equal(ledger(3), BLOCK + 100);
	end(&few);
}

struct used {
	int family;
	int64_t n;
};

static bool
are_used(void *arg)
{
	const struct used *u = arg;

	return ledger(u->family) == u->n;
}

static void
what_is_not_used_goes_back(void **state)
{
	struct rig *r = *state;
	struct few few;

	begin(r, &few, 1, 500, 0);
	assert_int_equal(ask(&few.w[0], 3, 3, false).given, 3);
	assert_int_equal(ledger(3), BLOCK);
	budget_settle(application(r), clock_mono_ms() + HELD_MS / 2);
	rig_settle(r);
	assert_int_equal(ledger(3), BLOCK);
	budget_settle(application(r), clock_mono_ms() + HELD_MS + 1);
	rig_until(r, are_used, &(struct used){3, 3});
	/* To the hour it was leased in, which is not always the present one. */
	assert_int_equal(ask(&few.w[0], 3, 1, false).given, 1);
	assert_int_equal(ledger(3), 3 + BLOCK);
	pg_run("UPDATE tonearm.quota_hour SET hour = hour - interval '1 hour'");
	application(r)->families[3].hour--;
	assert_int_equal(ask(&few.w[0], 4, 2, false).given, 2);
	budget_settle(application(r), clock_mono_ms() + HELD_MS + 1);
	rig_until(r, are_used, &(struct used){3, 4});
	rig_until(r, are_used, &(struct used){4, 2});
	end(&few);
}

static void
back(struct end *w, int family, int n)
{
	const struct msg_permit_back m = {.family = (uint8_t)family, .calls = (uint8_t)n};

	assert_ok(send_permit_back(w->ch, 0, &m));
}

/* Pages that were not wanted after all, of a call that was ended. */
static void
what_a_worker_gives_back_others_have(void **state)
{
	struct rig *r = *state;
	struct few few;

	begin(r, &few, 2, 120, 0);
	assert_int_equal(ask(&few.w[0], 3, 90, false).given, 90);
	back(&few.w[0], 3, 80);
	/* No block is leased for it; and it is not the giver's own part of the day any
	 * more, of whose last fifth nobody gets any who had more than the others. */
	assert_int_equal(ask(&few.w[1], 3, 70, false).given, 70);
	assert_int_equal(ledger(3), 90);
	assert_int_equal(ask(&few.w[0], 3, 10, false).given, 10);
	/* Never more than it can have left, nor of what it had long ago. */
	back(&few.w[0], 3, 100);
	back(&few.w[0], 3, 100);
	back(&few.w[0], 5, 100);
	rig_settle(r);
	assert_int_equal(application(r)->families[3].held, 20);
	assert_int_equal(application(r)->families[5].held, 0);
	user_find(r->root.vault, few.p[1].id)->given[3].at -= 60000;
	back(&few.w[1], 3, 50);
	rig_settle(r);
	assert_int_equal(application(r)->families[3].held, 20);
	/* And they are nobody's if nobody wants them. */
	budget_settle(application(r), clock_mono_ms() + HELD_MS + 1);
	rig_until(r, are_used, &(struct used){3, 70});
	end(&few);
}

static void
a_day_is_one_for_all_users_nodes_and_lives(void **state)
{
	struct rig *r = *state;
	struct few few;
	struct msg_permit m;
	int64_t now = clock_wall_s();

	begin(r, &few, 2, 50, 0);
	assert_int_equal(ask(&few.w[0], 3, 20, false).given, 20);
	/* Another node. */
	pg_run("SELECT tonearm.permit_take('an-application', 3::int2, 20, 50, 0, 0, 0, 0, 7)");
	assert_int_equal(ask(&few.w[1], 3, 20, false).given, 10);
	m = ask(&few.w[1], 3, 20, false);
	assert_int_equal(m.given, 0);
	assert_int_equal(m.why, PERMIT_DAY);
	assert_in_range(m.until_ms, (now + 24 * 3600) * 1000, (now + 25 * 3600) * 1000);
	assert_int_equal(ask(&few.w[1], 4, 1, false).given, 1);
	end(&few);
	rig_restart_vault(r);
	r->root.vault->set.calls[0].per_day = 50;
	few.n = 1;
	few.id[0] = bind_person(r, &few.p[0], few.hash[0], &few.w[0]);
	assert_int_equal(ask(&few.w[0], 3, 1, false).why, PERMIT_DAY);
	/* A day later. */
	pg_run("UPDATE tonearm.quota_hour SET hour = hour - interval '25 hours'");
	application(r)->families[3].day_asked[0] = 0;
	assert_int_equal(ask(&few.w[0], 3, 1, false).given, 1);
	end(&few);
}

static void
the_half_minute_is_the_applications(void **state)
{
	struct rig *r = *state;
	struct few few;
	struct msg_permit m;

	begin(r, &few, 1, 0, 12);
	/* Alone, one has all of it, in whatever family. */
	assert_int_equal(ask(&few.w[0], 3, 8, false).given, 8);
	assert_int_equal(ask(&few.w[0], 4, 8, false).given, 4);
	m = ask(&few.w[0], 5, 8, false);
	assert_int_equal(m.given, 0);
	assert_int_equal(m.why, PERMIT_PACE);
	assert_in_range(m.wait_ms, 29000, 36000);
	/* It comes back. */
	pg_run("UPDATE tonearm.quota_pace SET slot = slot - 12");
	application(r)->closed_until[0] = 0;
	assert_int_equal(ask(&few.w[0], 5, 8, false).given, 8);
	end(&few);
}

static void
nobody_gets_more_than_half_while_there_are_others(void **state)
{
	struct rig *r = *state;
	struct few few;
	struct msg_permit m;

	begin(r, &few, 2, 0, 40);
	assert_int_equal(ask(&few.w[1], 3, 1, false).given, 1);
	assert_int_equal(ask(&few.w[0], 3, 100, false).given, 19);
	assert_int_equal(ask(&few.w[0], 3, 100, false).given, 1);
	m = ask(&few.w[0], 4, 1, false);
	assert_int_equal(m.given, 0);
	assert_int_equal(m.why, PERMIT_SHARE);
	assert_in_range(m.wait_ms, 1000, 10000);
	/* Whoever comes then need not wait. */
	assert_int_equal(ask(&few.w[1], 3, 15, false).given, 15);
	end(&few);
}

/* A worker lives for a while after its user's last call. */
static void
who_is_idle_keeps_a_quarter(void **state)
{
	struct rig *r = *state;
	struct few few;
	uint32_t sum;

	begin(r, &few, 2, 0, 40);
	assert_int_equal(ask_all(&few.w[0], 3, &sum).why, PERMIT_SHARE);
	assert_int_equal(sum, 30);
	/* It comes back and need not wait; then it is one of two who are busy. */
	assert_int_equal(ask(&few.w[1], 3, 6, false).given, 6);
	pg_run("UPDATE tonearm.quota_pace SET slot = slot - 12");
	assert_int_equal(ask(&few.w[0], 4, 1, false).why, PERMIT_SHARE);
	/* Idle again. */
	application(r)->taken_at -= 30000;
	user_find(r->root.vault, few.p[0].id)->use_slot -= USE_SLOTS;
	assert_int_equal(ask_all(&few.w[0], 4, &sum).why, PERMIT_SHARE);
	assert_int_equal(sum, 30);
	end(&few);
}

/* Somebody who imports presses play: it does not wait for the own import. */
static void
ones_own_bulk_leaves_a_quarter_of_ones_share(void **state)
{
	struct rig *r = *state;
	struct few few;
	uint32_t sum = 0;
	struct msg_permit m;

	begin(r, &few, 2, 0, 80);
	assert_int_equal(ask(&few.w[1], 3, 1, false).given, 1);
	while ((m = ask(&few.w[0], 3, 100, true)).given > 0)
		sum += m.given;
	assert_int_equal(m.why, PERMIT_SHARE);
	assert_int_equal(sum, 30);
	assert_int_equal(ask(&few.w[0], 4, 10, false).given, 10);
	assert_int_equal(ask(&few.w[0], 4, 1, false).why, PERMIT_SHARE);
	end(&few);
}

/* The ledger tells that others are there, though not who. */
static void
who_is_on_another_node_has_a_share(void **state)
{
	static const char other[] = "SELECT tonearm.permit_take('an-application', 3::int2, 0, 0, 0, 1, 40, 0, 7)";
	static const struct { const char *ago; uint32_t sum; int why; } cases[] = {
	    {"1 second", 20, PERMIT_SHARE}, {"10 minutes", 30, PERMIT_SHARE},
	    {"2 hours", 39, PERMIT_PACE}};
	struct rig *r = *state;
	struct few few;
	uint32_t sum;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		begin(r, &few, 1, 0, 40);
		application(r)->taken_at = application(r)->elsewhere_at = 0;
		application(r)->pace_held = 0;
		application(r)->closed_until[0] = 0;
		pg_run(other);
		pg_run("UPDATE tonearm.quota_pace SET leased_at = leased_at - interval '%s'",
		    cases[i].ago);
		assert_int_equal(ask_all(&few.w[0], 3, &sum).why, cases[i].why);
		assert_int_equal(sum, cases[i].sum);
		end(&few);
	}
}

/* Its clock is not ours: it refuses what we think is over. */
static void
a_database_of_another_time_is_not_asked_without_end(void **state)
{
	struct rig *r = *state;
	struct few few;
	struct msg_permit m;

	begin(r, &few, 1, 0, 40);
	pg_run("INSERT INTO tonearm.quota_block (app, family, kind, until) SELECT id, -1, 1, "
	    "now() + interval '3 days' FROM tonearm.app WHERE client_id = 'an-application'");
	m = ask(&few.w[0], 3, 1, false);
	assert_int_equal(m.given, 0);
	assert_true(m.wait_ms > 0);
	assert_in_range(r->root.vault->counts.permit_leases, 1, 4);
	end(&few);
}

/* Everybody's next question waits for one lease. */
static void
hold_back(void)
{
	pg_run_second("BEGIN; LOCK TABLE tonearm.quota_pace IN ACCESS EXCLUSIVE MODE");
}

static void
let_go(struct rig *r)
{
	int i;

	for (i = 0; i < 20; i++)
		rig_turn(r);
	pg_run_second("COMMIT");
}

static void
who_waits_is_served_in_equal_parts(void **state)
{
	struct rig *r = *state;
	struct few few;
	uint64_t request[MANY];
	uint32_t sum[MANY] = {0};
	int round, i;

	begin(r, &few, MANY, 0, 48);
	for (round = 0; round < 3; round++) {
		hold_back();
		/* The first wants twenty times as much, and asks first. */
		for (i = 0; i < MANY; i++)
			request[i] = want(&few.w[i], 3, i == 0 ? 100 : 5, false);
		let_go(r);
		for (i = 0; i < MANY; i++)
			sum[i] += got(&few.w[i], request[i]).given;
	}
	/* 20, 20 and 8 of 48. */
	for (i = 0; i < MANY; i++)
		assert_in_range(sum[i], 11, 13);
	end(&few);
}

static void
interactive_calls_come_before_bulk(void **state)
{
	struct rig *r = *state;
	struct few few;
	uint64_t bulk, second;
	struct msg_permit m;

	begin(r, &few, 3, 0, 40);
	hold_back();
	bulk = want(&few.w[0], 3, 15, true);
	second = want(&few.w[1], 3, 15, false);
	let_go(r);
	/* Of what was leased for bulk, too. */
	assert_int_equal(got(&few.w[1], second).given, 15);
	assert_int_equal(got(&few.w[0], bulk).given, 5);
	/* A quarter of the half minute is not for bulk at all. */
	assert_int_equal(ask(&few.w[0], 3, 15, true).given, 10);
	m = ask(&few.w[0], 3, 5, true);
	assert_int_equal(m.given, 0);
	assert_true(m.why == PERMIT_PACE || m.why == PERMIT_SHARE);
	assert_int_equal(ask(&few.w[2], 3, 5, false).given, 5);
	end(&few);
}

static void
bulk_leaves_a_part_of_the_day(void **state)
{
	struct rig *r = *state;
	struct few few;

	begin(r, &few, 1, 50, 0);
	assert_int_equal(ask(&few.w[0], 3, 100, true).given, 40);
	assert_int_equal(ask(&few.w[0], 3, 100, true).why, PERMIT_DAY);
	assert_int_equal(ask(&few.w[0], 3, 100, false).given, 10);
	assert_int_equal(ask(&few.w[0], 3, 100, false).why, PERMIT_DAY);
	end(&few);
}

/* Who had most of the day leaves the rest to the others. */
static void
the_rest_of_a_day_is_for_who_had_less(void **state)
{
	struct rig *r = *state;
	struct few few;

	begin(r, &few, 2, 50, 0);
	/* Nobody else had any so far. */
	assert_int_equal(ask(&few.w[0], 3, 38, false).given, 38);
	assert_int_equal(ask(&few.w[1], 3, 1, false).given, 1);
	/* That was a block of five. */
	assert_int_equal(ask(&few.w[0], 3, 4, false).given, 4);
	assert_int_equal(ask(&few.w[0], 3, 1, false).why, PERMIT_DAY);
	assert_int_equal(ask(&few.w[1], 3, 20, false).given, 7);
	assert_int_equal(ask(&few.w[1], 3, 1, false).why, PERMIT_DAY);
	assert_int_equal(ask(&few.w[0], 4, 10, false).given, 10);
	end(&few);
}

static void
without_the_database_a_tenth_of_a_day_is_left(void **state)
{
	struct rig *r = *state;
	struct few few;
	struct msg_permit m;
	uint32_t sum = 0;

	begin(r, &few, 2, 100, 60);
	pg_stop();
	while ((m = ask(&few.w[0], 3, 4, false)).given > 0)
		sum += m.given;
	assert_int_equal(sum, 10);
	assert_int_equal(m.why, PERMIT_AWAY);
	assert_true(m.wait_ms > 0);
	/* Of each family, and once for all users. */
	assert_int_equal(ask(&few.w[1], 3, 4, false).why, PERMIT_AWAY);
	assert_int_equal(ask(&few.w[1], 4, 4, false).given, 4);
	pg_start();
	/* It is in the ledger then. */
	rig_until(r, are_used, &(struct used){3, 10});
	assert_int_equal(ask(&few.w[1], 3, 1, false).given, 1);
	end(&few);
}

static void
a_database_that_does_not_answer_is_as_good_as_away(void **state)
{
	struct rig *r = *state;
	struct few few;
	int64_t began;

	begin(r, &few, 1, 100, 60);
	assert_int_equal(ask(&few.w[0], 4, 1, false).given, 1);
	hold_back();
	began = clock_mono_ms();
	assert_int_equal(ask(&few.w[0], 3, 1, false).given, 1);
	assert_in_range(clock_mono_ms() - began, AWAY_MS - 100, 3 * AWAY_MS);
	pg_run_second("COMMIT");
	end(&few);
}

static void
floods_of_questions_are_the_workers_own_trouble(void **state)
{
	struct rig *r = *state;
	struct few few;
	struct msg_permit m = {.given = 1};
	uint64_t first = 0;
	int i;

	begin(r, &few, 2, 0, 0);
	/* Some at a time, so that no slow machine earns it new ones meanwhile. */
	for (i = 0; i < 4 * PERMIT_ASKS_BURST && m.given == 1; i++) {
		if (i % 60 == 0)
			for (first = want(&few.w[0], 3, 1, false); last_request < first + 59;)
				(void)want(&few.w[0], 3, 1, false);
		m = got(&few.w[0], first + (uint64_t)(i % 60));
	}
	assert_in_range(i, PERMIT_ASKS_BURST, 4 * PERMIT_ASKS_BURST - 1);
	assert_int_equal(m.why, PERMIT_SHARE);
	assert_true(m.wait_ms > 0);
	assert_int_equal(ask(&few.w[1], 3, 1, false).given, 1);
	/* Many at once that cannot be answered yet: no worker of ours does that. */
	hold_back();
	r->root.vault->set.calls[0].per_30s = 1000;
	for (i = 0; i <= PERMIT_ASKS_MAX; i++)
		(void)want(&few.w[1], 5, 1, false);
	rig_until_closed(&few.w[1]);
	expect_killed(r, few.id[1], KILL_VIOLATION);
	pg_run_second("COMMIT");
	assert_false(rig_has(&r->supervisor, MSG_KILL_WORKER));
	end(&few);
}

static void
what_no_worker_asks_ends_it(void **state)
{
	static const struct msg_permit_ask bad[] = {{.family = SP_FAMILY_COUNT, .calls = 1},
	    {.family = 3}, {.family = 3, .calls = PERMITS_MOST + 1}, {.family = 3, .calls = 1, .bulk = 2}};
	struct rig *r = *state;
	struct few few;
	struct end blank = {.rig = r};
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		begin(r, &few, 1, 0, 0);
		assert_ok(send_permit_ask(few.w[0].ch, 1, &bad[i]));
		rig_until_closed(&few.w[0]);
		expect_killed(r, few.id[0], KILL_VIOLATION);
		end(&few);
	}
	/* Nor may one ask that has no user. */
	few.id[0] = rig_worker(r, &blank);
	(void)want(&blank, 3, 1, false);
	rig_until_closed(&blank);
	expect_killed(r, few.id[0], KILL_VIOLATION);
	rig_close(&blank);
}

static void
a_worker_that_ends_leaves_no_question(void **state)
{
	struct rig *r = *state;
	struct few few;

	begin(r, &few, 2, 0, 10);
	hold_back();
	(void)want(&few.w[0], 3, 5, false);
	rig_turn(r);
	(void)want(&few.w[0], 3, 5, false);
	rig_turn(r);
	rig_close(&few.w[0]);
	let_go(r);
	rig_settle(r);
	assert_null(application(r)->asks);
	assert_int_equal(application(r)->users, 1);
	assert_int_equal(ask(&few.w[1], 3, 5, false).given, 5);
	end(&few);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest permits_tests[] = {
	T(permits_are_leased_in_blocks),
	T(what_is_not_used_goes_back),
	T(what_a_worker_gives_back_others_have),
	T(a_day_is_one_for_all_users_nodes_and_lives),
	T(the_half_minute_is_the_applications),
	T(nobody_gets_more_than_half_while_there_are_others),
	T(who_is_idle_keeps_a_quarter),
	T(ones_own_bulk_leaves_a_quarter_of_ones_share),
	T(who_is_on_another_node_has_a_share),
	T(a_database_of_another_time_is_not_asked_without_end),
	T(who_waits_is_served_in_equal_parts),
	T(interactive_calls_come_before_bulk),
	T(bulk_leaves_a_part_of_the_day),
	T(the_rest_of_a_day_is_for_who_had_less),
	T(without_the_database_a_tenth_of_a_day_is_left),
	T(a_database_that_does_not_answer_is_as_good_as_away),
	T(floods_of_questions_are_the_workers_own_trouble),
	T(what_no_worker_asks_ends_it),
	T(a_worker_that_ends_leaves_no_question),
};
const size_t permits_tests_n = COUNT(permits_tests);
