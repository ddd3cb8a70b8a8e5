/* PostgreSQL stopped, slow, or cut off; and the parts below the vault. */
#include "config.h"

#include <string.h>

#include "master/vault/users.h"
#include "shared/base/clock.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define SEALED "a sealed row of at least twenty-nine bytes"

static bool
is_lost(void *arg)
{
	return !db_is_up(((struct rig *)arg)->root.vault->db);
}

static bool
is_found(void *arg)
{
	return !is_lost(arg);
}

/* Waits for the change; front's last word about it must agree. */
static void
database_is(struct rig *r, bool up)
{
	struct msg_health m;

	rig_until(r, up ? is_found : is_lost, r);
	do
		assert_ok(msg_get_health(rig_take(&r->front, MSG_HEALTH, ANY_REQUEST), &m));
	while ((m.database != 0) != up || rig_has(&r->front, MSG_HEALTH));
}

static bool
is_up(void *arg)
{
	struct rig *r = arg;

	return db_is_up(r->root.vault->db) && listen_is_up(r->root.vault->listen);
}

static void
expect_bind_refused(struct rig *r, uint64_t request, enum bind_why why)
{
	struct msg_bind_refused m;

	assert_ok(msg_get_bind_refused(rig_take(&r->front, MSG_BIND_REFUSED, request), &m));
	assert_int_equal(m.why, why);
	assert_true(m.retry_after > 0);
}

static void
expect_from_memory(struct rig *r, uint64_t request, uint64_t worker)
{
	struct msg_bound m;

	assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND, request), &m));
	assert_int_equal(m.worker, worker);
	assert_int_equal(m.fresh, 0);
}

static void
live_users_go_on_without_the_database(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, blank = {.rig = r};
	const struct msg_store store = {.kind = ROW_TOKENS, .version = 1,
	    .sealed = span_str(SEALED)};
	struct msg_account_get account;
	struct msg_store_failed failed;
	struct msg_portal_failed said;
	struct person p;
	uint8_t hash[HASH_BYTES], unknown[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w), offered = rig_worker(r, &blank);

	pg_stop();
	database_is(r, false);
	expect_from_memory(r, front_bind(r, hash, CRED_PERSONAL, offered), id);
	random_bytes(unknown, sizeof(unknown));
	expect_bind_refused(r, front_bind(r, unknown, CRED_PERSONAL, offered), BIND_UNAVAILABLE);
	expect_bind_refused(r, front_bind(r, hash, CRED_LINK, offered), BIND_UNAVAILABLE);
	assert_ok(send_store(w.ch, 1, &store));
	memcpy(account.session, p.session, HASH_BYTES);
	assert_ok(send_account_get(r->portal.ch, 1, &account));
	assert_ok(msg_get_portal_failed(rig_take(&r->portal, MSG_PORTAL_FAILED, 1), &said));
	assert_int_equal(said.why, PORTAL_UNAVAILABLE);
	assert_true(said.retry_after > 0);
	assert_ok(msg_get_store_failed(rig_take(&w, MSG_STORE_FAILED, 1), &failed));
	assert_int_equal(failed.why, STORE_UNAVAILABLE);
	/* Five minutes after the last proof memory is believed no more. */
	r->root.vault->set.confirm_ms = 1;
	expect_bind_refused(r, front_bind(r, hash, CRED_PERSONAL, offered), BIND_UNAVAILABLE);
	r->root.vault->set.confirm_ms = CONFIRM_MS;
	assert_false(w.closed);
	pg_start();
	database_is(r, true);
	assert_ok(send_store(w.ch, 2, &store));
	(void)rig_take(&w, MSG_STORED, 2);
	rig_until(r, is_up, r);
	(void)rig_take(&w, MSG_CONFIRMED, ANY_REQUEST);
	rig_close(&w);
	rig_close(&blank);
}

static void
what_was_revoked_in_an_outage_ends_with_it(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	/* Cut off, not stopped: nobody tells the vault what happens meanwhile. */
	pg_run("ALTER ROLE tonearm_vault NOLOGIN");
	pg_run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	    "WHERE usename = 'tonearm_vault'");
	database_is(r, false);
	pg_run("SELECT * FROM tonearm.credential_revoke('\\x%s', (SELECT grant_id FROM "
	    "tonearm.account_credentials('\\x%s')))", pg_hex(p.session, HASH_BYTES),
	    pg_hex(p.session, HASH_BYTES));
	pg_run("ALTER ROLE tonearm_vault LOGIN");
	(void)rig_take(&w, MSG_CREDENTIAL_GONE, ANY_REQUEST);
	(void)rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST);
	rig_close(&w);
}

static void
a_lost_listener_alone_is_noticed(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	rig_settle(r);
	/* The change is made in the same statement that cuts the listener off, so
	 * that its notification cannot arrive. */
	pg_run("WITH cut AS MATERIALIZED (SELECT pg_terminate_backend(pid, 2000) FROM "
	    "pg_stat_activity WHERE usename = 'tonearm_vault' AND "
	    "(query LIKE 'LISTEN%%' OR query LIKE 'SELECT 1%%')) "
	    "DELETE FROM tonearm.credential WHERE person = '%s' AND (SELECT count(*) FROM cut) = 1",
	    pg_hex(p.id, ID_BYTES));
	(void)rig_take(&w, MSG_CREDENTIAL_GONE, ANY_REQUEST);
	rig_close(&w);
}

static bool
none_in_flight(void *arg)
{
	struct rig *r = arg;
	struct db_figures f;

	db_figures(r->root.vault->db, &f);
	return f.in_flight == 0 && f.waiting == 0;
}

static bool
one_in_flight(void *arg)
{
	struct rig *r = arg;
	struct db_figures f;

	db_figures(r->root.vault->db, &f);
	return f.in_flight == 1;
}

static void
cut_all(void)
{
	pg_run("SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
	    "WHERE usename = 'tonearm_vault'");
}

static void
a_store_survives_the_death_of_its_connection(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	const struct msg_store store = {.kind = ROW_TOKENS, .version = 1,
	    .sealed = span_str(SEALED)};
	struct db_figures f;
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	rig_until(r, none_in_flight, r);
	pg_run_second("BEGIN; LOCK TABLE tonearm.sealed IN EXCLUSIVE MODE");
	assert_ok(send_store(w.ch, 1, &store));
	rig_until(r, one_in_flight, r);
	cut_all();
	pg_run_second("COMMIT");
	(void)rig_take(&w, MSG_STORED, 1);
	db_figures(r->root.vault->db, &f);
	assert_true(f.repeated >= 1);
	assert_int_equal(pg_number("SELECT version FROM tonearm.sealed WHERE person = '%s'",
	    pg_hex(p.id, ID_BYTES)), 2);
	rig_close(&w);
}

static void
a_lease_survives_the_death_of_its_connection(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	const struct msg_lease lease = {.kind = ROW_TOKENS, .version = 1};
	struct db_figures f;
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	rig_until(r, none_in_flight, r);
	pg_run_second("BEGIN; LOCK TABLE tonearm.sealed IN EXCLUSIVE MODE");
	assert_ok(send_lease(w.ch, 1, &lease));
	rig_until(r, one_in_flight, r);
	cut_all();
	pg_run_second("COMMIT");
	(void)rig_take(&w, MSG_LEASED, 1);
	db_figures(r->root.vault->db, &f);
	assert_true(f.repeated >= 1);
	/* Again, as after an answer that was lost on its way: its own lease is in
	 * nobody's way. */
	assert_ok(send_lease(w.ch, 2, &lease));
	(void)rig_take(&w, MSG_LEASED, 2);
	rig_close(&w);
}

static void
a_dead_workers_store_is_kept_until_the_database_is_back(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, next = {.rig = r};
	const struct msg_store store = {.kind = ROW_TOKENS, .version = 1,
	    .sealed = span_str(SEALED)};
	struct msg_bound m;
	struct msg_row row;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id;
	int64_t limit;

	(void)bind_person(r, &p, hash, &w);
	pg_stop();
	database_is(r, false);
	assert_ok(send_store(w.ch, 1, &store));
	rig_turn(r);
	rig_close(&w);
	/* Longer than a question waits: the vault itself asks again. */
	limit = clock_mono_ms() + 15000;
	while (r->root.vault->orphans == NULL && clock_mono_ms() < limit)
		rig_turn(r);
	assert_non_null(r->root.vault->orphans);
	pg_start();
	database_is(r, true);
	id = rig_worker(r, &next);
	assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND,
	    front_bind(r, hash, CRED_PERSONAL, id)), &m));
	assert_int_equal(m.fresh, 1);
	assert_ok(msg_get_row(rig_take(&next, MSG_ROW, ANY_REQUEST), &row));
	assert_int_equal(row.version, 2);
	assert_true(span_is(row.sealed, SEALED));
	rig_close(&next);
}

static void
a_slow_database_does_not_slow_live_users(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);
	int64_t began;

	rig_until(r, none_in_flight, r);
	pg_run_second("BEGIN; LOCK TABLE tonearm.credential IN ACCESS EXCLUSIVE MODE");
	began = clock_mono_ms();
	expect_from_memory(r, front_bind(r, hash, CRED_PERSONAL, 1), id);
	assert_true(clock_mono_ms() - began < 4000);
	pg_run_second("COMMIT");
	rig_until(r, none_in_flight, r);
	assert_int_equal(r->root.vault->n_binds, 0);
	rig_close(&w);
}

static void
a_schema_that_does_not_fit_is_no_database(void **state)
{
	struct rig *r = *state;

	pg_run("ALTER FUNCTION tonearm.row_lease RENAME TO row_lease_old");
	cut_all();
	database_is(r, false);
	pg_run("ALTER FUNCTION tonearm.row_lease_old RENAME TO row_lease");
	database_is(r, true);
	pg_run("DELETE FROM tonearm.migration WHERE number >= %d; "
	    "INSERT INTO tonearm.migration SELECT %d", SCHEMA_WANTED, SCHEMA_WANTED - 1);
	cut_all();
	database_is(r, false);
	pg_run("INSERT INTO tonearm.migration SELECT %d", SCHEMA_WANTED + 1);
	database_is(r, true);
}

static bool
all_are_ready(void *arg)
{
	struct db_figures f;

	db_figures(((struct rig *)arg)->root.vault->db, &f);
	return f.connections == 4;
}

static void
a_server_that_takes_no_writes_is_no_database(void **state)
{
	struct rig *r = *state;

	/* One that is on its way would have the old setting and not be cut. */
	rig_until(r, all_are_ready, r);
	pg_run("ALTER ROLE tonearm_vault SET default_transaction_read_only = on");
	cut_all();
	database_is(r, false);
	/* Back when it may write again, not before. */
	rig_turn(r);
	assert_false(db_is_up(r->root.vault->db));
	pg_run("ALTER ROLE tonearm_vault RESET default_transaction_read_only");
	database_is(r, true);
}

/* --- the parts --------------------------------------------------------------------- */

struct result {
	int calls;
	enum db_outcome outcome;
	int rows;
};

static void
on_result(void *arg, const struct db_answer *a)
{
	struct result *res = arg;

	res->calls++;
	res->outcome = a->outcome;
	res->rows = a->rows;
}

static bool
has_result(void *arg)
{
	return ((struct result *)arg)->calls > 0;
}

static bool
all_connected(void *arg)
{
	(void)arg;
	return pg_number("SELECT count(*) FROM pg_stat_activity "
	    "WHERE usename = 'tonearm_vault'") == 5;
}

/* Cuts all connections when all are there: one that came up meanwhile would
 * hide the loss. */
static void
cut_settled(struct rig *r)
{
	rig_until(r, all_connected, NULL);
	cut_all();
}

static void
an_answer_of_another_shape_counts_as_none(void **state)
{
	struct rig *r = *state;
	struct db *db = r->root.vault->db;
	const char *const bodies[] = {
		"RETURNS TABLE (a bigint, b bigint) AS 'SELECT 1::bigint, 2::bigint'",
		"RETURNS TABLE (a bigint, b bigint, c integer) AS 'SELECT 1::bigint, 2::bigint, 3'",
		"RETURNS TABLE (a bigint, b bigint, c bigint) AS "
		    "'SELECT 1::bigint, 2::bigint, NULL::bigint'",
		"RETURNS TABLE (a bigint, b bigint, c bigint) AS "
		    "'SELECT 1::bigint, 2::bigint, n::bigint FROM generate_series(1, 2) AS n'",
	};
	struct result res;
	size_t i;

	pg_run("ALTER FUNCTION tonearm.janitor RENAME TO janitor_kept");
	for (i = 0; i < COUNT(bodies); i++) {
		pg_run("CREATE FUNCTION tonearm.janitor() %s LANGUAGE sql", bodies[i]);
		cut_settled(r);
		database_is(r, false);
		database_is(r, true);
		res = (struct result){.calls = 0};
		db_call(db, ST_janitor, NULL, on_result, &res);
		rig_until(r, has_result, &res);
		assert_int_equal(res.outcome, DB_FAILED);
		assert_int_equal(res.rows, 0);
		pg_run("DROP FUNCTION tonearm.janitor()");
	}
	pg_run("ALTER FUNCTION tonearm.janitor_kept RENAME TO janitor");
	cut_settled(r);
	database_is(r, false);
	database_is(r, true);
	res = (struct result){.calls = 0};
	db_call(db, ST_janitor, NULL, on_result, &res);
	rig_until(r, has_result, &res);
	assert_int_equal(res.outcome, DB_DONE);
	assert_int_equal(res.calls, 1);
}

/* A row of person_get with this text (NULL: null) as its display name. */
static bool
person_fits(const char *name, Oid type, int format)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc cols[6];
	char value[16] = "12345678";
	bool fits;
	int i;

	memset(cols, 0, sizeof(cols));
	for (i = 0; i < 6; i++) {
		cols[i].name = value;
		cols[i].format = format;
		cols[i].typid = i == 5 ? 20 : type;
	}
	assert_int_equal(PQsetResultAttrs(res, 6, cols), 1);
	for (i = 0; i < 6; i++)
		assert_int_equal(PQsetvalue(res, 0, i, i == 0 && name == NULL ? NULL : value,
		    i == 0 && name == NULL ? -1 : 8), 1);
	fits = statement_fits(ST_person_get, res);
	PQclear(res);
	return fits;
}

static void
nothing_is_null_and_everything_is_binary(void **state)
{
	(void)state;
	assert_true(person_fits("x", 25, 1));
	assert_false(person_fits(NULL, 25, 1));
	assert_false(person_fits("x", 25, 0));
	assert_false(person_fits("x", 1043, 1));
}

static void
thousands_of_questions_get_one_answer_each(void **state)
{
	enum { MANY = 12000 };
	static struct result results[MANY];
	struct rig *r = *state;
	struct db *db = r->root.vault->db;
	uint8_t hash[HASH_BYTES];
	size_t i, refused = 0;

	memset(results, 0, sizeof(results));
	random_bytes(hash, sizeof(hash));
	for (i = 0; i < MANY; i++)
		db_call(db, ST_bind_load, (struct db_value[]){DB_HASH(hash), DB_INT2(1)},
		    on_result, &results[i]);
	/* The queue has an end; what is beyond it is told so at once. */
	for (i = 0; i < MANY; i++)
		refused += (size_t)results[i].calls;
	assert_true(refused > 0 && refused < MANY);
	rig_until(r, none_in_flight, r);
	for (i = 0; i < MANY; i++)
		assert_int_equal(results[i].calls, 1);
	/* A value that the statement does not take is never sent. */
	results[0] = (struct result){.calls = 0};
	db_call(db, ST_bind_load, (struct db_value[]){DB_INT2(1), DB_INT2(1)},
	    on_result, &results[0]);
	assert_int_equal(results[0].calls, 1);
	assert_int_equal(results[0].outcome, DB_UNAVAILABLE);
}

struct thing {
	struct table_node node;
	uint64_t id;
};

static void
count_thing(void *arg, struct table_node *node)
{
	size_t *n = arg;

	(void)node;
	(*n)++;
}

static void
a_table_finds_what_it_holds(void **state)
{
	enum { MANY = 5000 };
	static struct thing things[MANY];
	struct table t;
	uint64_t i;
	size_t n = 0;

	(void)state;
	assert_ok(table_init(&t, sizeof(uint64_t)));
	for (i = 0; i < MANY; i++) {
		things[i].id = i << 16;
		table_add(&t, &things[i].node, &things[i].id);
	}
	for (i = 0; i < MANY; i += 2)
		table_remove(&t, &things[i].node);
	for (i = 0; i < MANY; i++) {
		uint64_t id = i << 16;
		struct table_node *found = table_find(&t, &id);

		assert_ptr_equal(found, i % 2 == 0 ? NULL : &things[i].node);
	}
	table_each(&t, count_thing, &n);
	assert_int_equal(n, MANY / 2);
	assert_int_equal(t.n, MANY / 2);
	table_free(&t);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest outage_tests[] = {
	T(live_users_go_on_without_the_database),
	T(what_was_revoked_in_an_outage_ends_with_it),
	T(a_lost_listener_alone_is_noticed),
	T(a_store_survives_the_death_of_its_connection),
	T(a_lease_survives_the_death_of_its_connection),
	T(a_dead_workers_store_is_kept_until_the_database_is_back),
	T(a_slow_database_does_not_slow_live_users),
	T(a_schema_that_does_not_fit_is_no_database),
	T(a_server_that_takes_no_writes_is_no_database),
	T(an_answer_of_another_shape_counts_as_none),
	cmocka_unit_test(nothing_is_null_and_everything_is_binary),
	T(thousands_of_questions_get_one_answer_each),
	cmocka_unit_test(a_table_finds_what_it_holds),
};
const size_t outage_tests_n = COUNT(outage_tests);
