/* Pauses that Spotify orders, what is left today, and consents that are said to
 * be over. */
#include "config.h"

#include <string.h>

#include "master/vault/breaker.h"
#include "master/vault/limits.h"
#include "shared/base/clock.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define MANY 5

struct few {
	struct person p[MANY];
	struct end w[MANY];
	uint64_t id[MANY];
	int n;
};

static uint64_t last_request = 1000;

/* n people; the last one, if there are several, uses another application. */
static void
begin(struct rig *r, struct few *few, int n)
{
	uint8_t hash[HASH_BYTES];
	struct msg_bound m;

	memset(few, 0, sizeof(*few));
	pg_run("TRUNCATE tonearm.quota_hour, tonearm.quota_block, tonearm.quota_pace; "
	    "INSERT INTO tonearm.app (client_id, mode, shared) VALUES ('another', 'extended', false) "
	    "ON CONFLICT DO NOTHING");
	r->root.vault->set.calls[0].per_day = 500;
	for (few->n = 0; few->n < n; few->n++) {
		const int i = few->n;

		few->w[i].rig = r;
		if (i == 0 || i + 1 < n) {
			few->id[i] = bind_person(r, &few->p[i], hash, &few->w[i]);
			continue;
		}
		few->id[i] = rig_worker(r, &few->w[i]);
		person_make(&few->p[i]);
		pg_run("UPDATE tonearm.person SET app = (SELECT id FROM tonearm.app WHERE "
		    "client_id = 'another') WHERE id = '%s'", pg_hex(few->p[i].id, ID_BYTES));
		person_credential(&few->p[i], CRED_PERSONAL, hash);
		assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND,
		    front_bind(r, hash, CRED_PERSONAL, few->id[i])), &m));
	}
}

static void
end(struct few *few)
{
	while (few->n > 0)
		rig_close(&few->w[--few->n]);
}

static struct msg_permit
ask(struct end *w, int family)
{
	const struct msg_permit_ask m = {.family = (uint8_t)family, .calls = 1};
	struct msg_permit got;

	assert_ok(send_permit_ask(w->ch, ++last_request, &m));
	assert_ok(msg_get_permit(rig_take(w, MSG_PERMIT, last_request), &got));
	return got;
}

static struct msg_limit
told(struct end *w)
{
	struct msg_limit m;

	assert_ok(msg_get_limit(rig_take(w, MSG_LIMIT, ANY_REQUEST), &m));
	return m;
}

static void
see(struct end *w, int kind, int family, uint32_t seconds)
{
	const struct msg_limit_seen m = {.kind = (uint8_t)kind, .family = (uint8_t)family,
	    .ms = seconds * 1000};

	assert_ok(send_limit_seen(w->ch, 0, &m));
}

static void
a_used_up_quota_blocks_the_family_for_all_of_the_application(void **state)
{
	struct rig *r = *state;
	const int64_t now = clock_wall_s();
	struct msg_permit m;
	struct msg_limit l;
	struct few few;
	int i;

	begin(r, &few, 3);
	assert_int_equal(ask(&few.w[1], 3).given, 1);
	see(&few.w[0], LIMIT_QUOTA, 3, 3600);
	for (i = 0; i < 2; i++) {
		l = told(&few.w[i]);
		assert_int_equal(l.kind, LIMIT_QUOTA);
		assert_int_equal(l.family, 3);
		assert_in_range(l.until_ms, (now + 3600) * 1000, (now + 3603) * 1000);
		/* What was leased is worth nothing now. */
		m = ask(&few.w[i], 3);
		assert_int_equal(m.given, 0);
		assert_int_equal(m.why, PERMIT_QUOTA);
		assert_int_equal(m.until_ms, l.until_ms);
		assert_int_equal(ask(&few.w[i], 4).given, 1);
	}
	/* Another application has its own. */
	rig_settle(r);
	assert_int_equal(ask(&few.w[2], 3).given, 1);
	assert_false(rig_has(&few.w[2], MSG_LIMIT));
	end(&few);
	/* Another life of the vault knows it. */
	rig_restart_vault(r);
	pg_run("UPDATE tonearm.quota_block SET until = until + interval '1 minute'");
	few.n = 1;
	{
		uint8_t hash[HASH_BYTES];

		(void)bind_person(r, &few.p[0], hash, &few.w[0]);
	}
	m = ask(&few.w[0], 3);
	assert_int_equal(m.why, PERMIT_QUOTA);
	assert_in_range(m.until_ms, l.until_ms + 58000, l.until_ms + 62000);
	end(&few);
}

static void
what_another_node_met_is_told_here(void **state)
{
	struct rig *r = *state;
	const int64_t now = clock_wall_s();
	struct few few;
	struct msg_limit l;
	int i;

	begin(r, &few, 3);
	/* A vault that was not renewed yet says it in seconds. */
	pg_run("SELECT tonearm.limit_put('an-application', 1::int2, 0::int2, %lld)",
	    (long long)now + 30);
	for (i = 0; i < 2; i++) {
		l = told(&few.w[i]);
		assert_int_equal(l.kind, LIMIT_RATE);
		assert_int_equal(l.until_ms, (now + 30) * 1000);
		assert_int_equal(ask(&few.w[i], i).why, PERMIT_RATE);
	}
	pg_run("SELECT tonearm.limit_say('an-application', 1::int2, 0::int2, %lld)",
	    (long long)now * 1000 + 30456);
	assert_int_equal(told(&few.w[0]).until_ms, now * 1000 + 30456);
	(void)told(&few.w[1]);
	assert_int_equal(ask(&few.w[2], 0).given, 1);
	/* Notes that make no sense do nothing. */
	pg_run("SELECT pg_notify('tonearm', 'limit 9 0 99999999999 an-application'), "
	    "pg_notify('tonearm', 'limit 2 99 99999999999 an-application'), "
	    "pg_notify('tonearm', 'limit 2 -1 99999999999 an-application'), "
	    "pg_notify('tonearm', 'limit 2 4 99999999999 nobodys'), "
	    "pg_notify('tonearm', 'limit 2'), pg_notify('tonearm', 'pause 2 4'), "
	    "pg_notify('tonearm', 'limit 2 4 9223372036854775807 an-application'), pg_notify('tonearm', 'over an-application')");
	rig_hear_all(&few.p[0], &few.w[0]);
	assert_false(rig_has(&few.w[1], MSG_LIMIT));
	end(&few);
}

/* The wait is over at the second that was said, not before. */
static void
retry_after_is_kept_to_the_second(void **state)
{
	struct rig *r = *state;
	struct few few;
	struct msg_permit m;
	int64_t began, until;
	int i;

	begin(r, &few, 2);
	began = clock_wall_ms();
	see(&few.w[0], LIMIT_RATE, 0, 2);
	until = told(&few.w[0]).until_ms;
	assert_in_range(until, began + 2000, clock_wall_ms() + 2000);
	/* A shorter one takes nothing back. */
	see(&few.w[0], LIMIT_RATE, 0, 1);
	while ((m = ask(&few.w[0], 3)).given == 0) {
		assert_int_equal(m.why, PERMIT_RATE);
		assert_int_equal(m.until_ms, until);
		assert_true(clock_wall_ms() < until + 900);
		for (i = 0; i < 10; i++)
			rig_turn(r);
	}
	/* The database thinks so, too: no second is rounded up anywhere. */
	assert_in_range(clock_wall_ms() - until, 0, 900);
	end(&few);
}

static void
limits_without_sense_end_the_worker_and_long_ones_are_cut(void **state)
{
	static const struct msg_limit_seen bad[] = {{.kind = LIMIT_NONE, .ms = 1},
	    {.kind = LIMIT_COUNT, .ms = 1}, {.kind = LIMIT_QUOTA, .family = SP_FAMILY_COUNT}};
	struct rig *r = *state;
	struct few few;
	size_t i;

	begin(r, &few, 1);
	see(&few.w[0], LIMIT_QUOTA, 5, UINT32_MAX / 1000);
	assert_in_range(told(&few.w[0]).until_ms, clock_wall_ms(), clock_wall_ms() + LIMIT_MOST_S * 1000);
	for (i = 0; i < COUNT(bad); i++) {
		assert_ok(send_limit_seen(few.w[0].ch, 0, &bad[i]));
		rig_until_closed(&few.w[0]);
		expect_killed(r, few.id[0], KILL_VIOLATION);
		end(&few);
		begin(r, &few, 1);
	}
	end(&few);
}

/* --- what is left today --------------------------------------------------------------------- */

static void
quota(struct end *e, struct msg_quota m[SP_FAMILY_COUNT])
{
	int i;

	for (i = 0; i < SP_FAMILY_COUNT; i++) {
		assert_ok(msg_get_quota(rig_take(e, MSG_QUOTA, last_request), &m[i]));
		assert_int_equal(m[i].family, i);
		assert_int_equal(m[i].last, i + 1 == SP_FAMILY_COUNT);
	}
}

static void
what_is_left_is_told_to_worker_and_account_page(void **state)
{
	const struct msg_quota_ask question = {.none = 0};
	struct rig *r = *state;
	struct msg_quota_get get;
	struct msg_quota m[SP_FAMILY_COUNT], page[SP_FAMILY_COUNT];
	struct msg_portal_failed failed;
	struct few few;

	begin(r, &few, 2);
	assert_int_equal(ask(&few.w[0], 3).given, 1);
	assert_int_equal(ask(&few.w[0], 3).given, 1);
	see(&few.w[0], LIMIT_QUOTA, 4, 3600);
	rig_settle(r);
	assert_ok(send_quota_ask(few.w[0].ch, ++last_request, &question));
	quota(&few.w[0], m);
	/* Leased are twenty; used are two. */
	assert_int_equal(m[3].used, 2);
	assert_int_equal(m[3].allowed, 500);
	assert_int_equal(m[3].until, 0);
	assert_int_equal(m[4].used, 0);
	assert_in_range(m[4].until, clock_wall_s() + 3590, clock_wall_s() + 3603);
	assert_int_equal(m[SP_FAMILY_ACCOUNTS].allowed, 0);
	memcpy(get.session, few.p[0].session, HASH_BYTES);
	assert_ok(send_quota_get(r->portal.ch, ++last_request, &get));
	quota(&r->portal, page);
	assert_memory_equal(page, m, sizeof(m));
	memcpy(get.session, few.p[1].session, HASH_BYTES);
	assert_ok(send_quota_get(r->portal.ch, ++last_request, &get));
	quota(&r->portal, page);
	assert_int_equal(page[3].used, 0);
	assert_int_equal(page[3].allowed, 0);
	get.session[0] ^= 1;
	assert_ok(send_quota_get(r->portal.ch, ++last_request, &get));
	assert_ok(msg_get_portal_failed(rig_take(&r->portal, MSG_PORTAL_FAILED, last_request), &failed));
	assert_int_equal(failed.why, PORTAL_NO_SESSION);
	end(&few);
}

/* --- consents ------------------------------------------------------------------------------- */

static bool
believed_since(struct end *w, uint32_t ms)
{
	const struct msg_grant_over m = {.why = GRANT_OVER_REFRESH, .believed_ms = ms};
	struct msg_grant_word word;

	assert_ok(send_grant_over(w->ch, ++last_request, &m));
	assert_ok(msg_get_grant_word(rig_take(w, MSG_GRANT_WORD, last_request), &word));
	return word.believe != 0;
}

static bool
believed(struct end *w)
{
	return believed_since(w, 0);
}

static void
when_many_consents_end_at_once_none_is_believed(void **state)
{
	struct rig *r = *state;
	struct budget *b;
	struct few few;
	int i;

	begin(r, &few, MANY);
	for (i = 0; i < OVERS_BELIEVED; i++)
		assert_true(believed(&few.w[i]));
	/* One counts once. */
	assert_true(believed(&few.w[0]));
	assert_false(believed(&few.w[OVERS_BELIEVED]));
	assert_false(believed(&few.w[0]));
	assert_int_equal(r->root.vault->counts.breaker_trips, 1);
	/* Nor is who was believed a moment ago, for as long as the trouble lasts. */
	assert_false(believed_since(&few.w[1], 1000));
	assert_true(believed_since(&few.w[1], 2 * OVER_MS));
	/* Another application is believed. */
	assert_true(believed(&few.w[MANY - 1]));
	/* It ends by itself. */
	b = budget_find(r->root.vault, span_str("an-application"));
	assert_true(b->doubted);
	breaker_tick(b, clock_mono_ms() + OVER_MS + 1);
	assert_false(b->doubted);
	/* Nor afterwards; but who was told later is. */
	b->doubted_to = clock_mono_ms() - 1000;
	assert_false(believed_since(&few.w[2], 2000));
	assert_true(believed_since(&few.w[2], 500));
	assert_true(believed(&few.w[0]));
	end(&few);
}

static bool
is_doubted(void *arg)
{
	return budget_find(((struct rig *)arg)->root.vault, span_str("an-application"))->doubted;
}

static void
consents_that_end_on_other_nodes_count(void **state)
{
	struct rig *r = *state;
	struct few few;

	begin(r, &few, 1);
	pg_run("SELECT tonearm.grant_over('an-application', gen_random_uuid()) "
	    "FROM generate_series(1, 4)");
	rig_until(r, is_doubted, r);
	assert_false(believed(&few.w[0]));
	end(&few);
}

/* --- before it is known whose application a worker uses ---------------------------------------- */

static bool
is_lost(void *arg)
{
	return !db_is_up(((struct rig *)arg)->root.vault->db);
}

/* The vault is started anew while the database is away, and these workers live on. */
static void
restart_without_database(struct rig *r, struct few *few)
{
	struct msg_worker_bound bound;
	int i;

	for (i = 0; i < few->n; i++)
		rig_close(&few->w[i]);
	rig_restart_vault(r);
	r->root.vault->set.calls[0].per_day = 500;
	r->root.vault->set.calls[0].per_30s = 0;
	pg_stop();
	rig_until(r, is_lost, r);
	for (i = 0; i < few->n; i++) {
		rig_join_bound(r, &few->w[i], few->id[i]);
		bound.worker = few->id[i];
		memcpy(bound.handle, few->p[i].id, ID_BYTES);
		assert_ok(send_worker_bound(r->supervisor.ch, 0, &bound));
	}
}

static bool
is_paid(void *arg)
{
	(void)arg;
	return pg_number("SELECT coalesce(sum(used), 0) FROM tonearm.quota_hour AS h JOIN tonearm.app AS a "
	    "ON a.id = h.app WHERE a.client_id = 'an-application'") == 13;
}

static bool
is_known(void *arg)
{
	return ((struct rig *)arg)->root.vault->budgets.n == 2;
}

static void
until_it_is_known_whose_application_it_is_everybody_is_alone(void **state)
{
	struct rig *r = *state;
	struct msg_permit m;
	struct few few;
	int n = 0;

	begin(r, &few, 4);
	restart_without_database(r, &few);
	/* One takes all that it can get, says that all is used up and that it is not let in. */
	while ((m = ask(&few.w[0], 3)).given > 0)
		n++;
	assert_int_equal(m.why, PERMIT_AWAY);
	/* A tenth of the day, divided by as many as an application may have. */
	assert_int_equal(n, 500 / 10 / 5);
	/* Half of the half minute, likewise. */
	r->root.vault->set.calls[0].per_30s = 20;
	assert_int_equal(ask(&few.w[1], 3).given, 1);
	assert_int_equal(ask(&few.w[1], 4).given, 1);
	assert_int_equal(ask(&few.w[1], 5).why, PERMIT_AWAY);
	r->root.vault->set.calls[0].per_30s = 60;
	see(&few.w[0], LIMIT_QUOTA, 4, 3600);
	(void)told(&few.w[0]);
	see(&few.w[0], LIMIT_RATE, 0, 600);
	(void)told(&few.w[0]);
	assert_int_equal(ask(&few.w[0], 5).why, PERMIT_RATE);
	/* The others hear and feel nothing of it, whatever application they use. */
	assert_int_equal(ask(&few.w[2], 3).given, 1);
	assert_int_equal(ask(&few.w[3], 4).given, 1);
	assert_false(rig_has(&few.w[2], MSG_LIMIT) || rig_has(&few.w[3], MSG_LIMIT));
	pg_start();
	/* Now it is: what was given and what was said is the application's. */
	rig_until(r, is_known, r);
	assert_int_equal(ask(&few.w[1], 6).why, PERMIT_RATE);
	assert_int_equal(ask(&few.w[2], 4).why, PERMIT_RATE);
	assert_int_equal(ask(&few.w[3], 4).given, 1);
	assert_false(rig_has(&few.w[3], MSG_LIMIT));
	rig_until(r, is_paid, NULL);
	end(&few);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest limits_tests[] = {
	T(a_used_up_quota_blocks_the_family_for_all_of_the_application),
	T(what_another_node_met_is_told_here),
	T(retry_after_is_kept_to_the_second),
	T(limits_without_sense_end_the_worker_and_long_ones_are_cut),
	T(what_is_left_is_told_to_worker_and_account_page),
	T(when_many_consents_end_at_once_none_is_believed),
	T(consents_that_end_on_other_nodes_count),
	T(until_it_is_known_whose_application_it_is_everybody_is_alone),
};
const size_t limits_tests_n = COUNT(limits_tests);
