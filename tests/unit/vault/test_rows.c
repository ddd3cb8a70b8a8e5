/* What a bound worker may do with its user's rows. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master/vault/rows.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

static struct msg_store
store_of(uint64_t version, const char *sealed)
{
	return (struct msg_store){.kind = ROW_TOKENS, .version = version,
	    .sealed = span_str(sealed)};
}

#define SEALED_A "a sealed row of at least twenty-nine bytes"
#define SEALED_B "b sealed row of at least twenty-nine bytes"

static void
a_row_is_stored_over_the_version_that_was_read(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	const struct msg_reread reread = {.kind = ROW_TOKENS};
	struct msg_store m = store_of(1, SEALED_A);
	struct msg_store_conflict there;
	struct msg_stored stored;
	struct person p;
	uint8_t hash[HASH_BYTES];
	static const uint8_t nil[ID_BYTES];

	(void)bind_person(r, &p, hash, &w);
	assert_ok(send_store(w.ch, 1, &m));
	assert_ok(msg_get_stored(rig_take(&w, MSG_STORED, 1), &stored));
	assert_int_equal(stored.version, 2);
	/* Again, as after a lost acknowledgement: it is there. */
	assert_ok(send_store(w.ch, 2, &m));
	assert_ok(msg_get_stored(rig_take(&w, MSG_STORED, 2), &stored));
	assert_int_equal(stored.version, 2);
	/* Something else over the old version: no. */
	m = store_of(1, SEALED_B);
	assert_ok(send_store(w.ch, 3, &m));
	assert_ok(msg_get_store_conflict(rig_take(&w, MSG_STORE_CONFLICT, 3), &there));
	assert_int_equal(there.version, 2);
	assert_memory_equal(there.login, nil, ID_BYTES);
	assert_true(span_is(there.sealed, SEALED_A));
	assert_ok(send_reread(w.ch, 4, &reread));
	assert_ok(msg_get_store_conflict(rig_take(&w, MSG_STORE_CONFLICT, 4), &there));
	assert_int_equal(there.version, 2);
	assert_true(span_is(there.sealed, SEALED_A));
	assert_int_equal(pg_number("SELECT version FROM tonearm.sealed WHERE person = '%s'",
	    pg_hex(p.id, ID_BYTES)), 2);
	rig_close(&w);
}

static void
one_refresh_at_a_time(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, next = {.rig = r};
	const struct msg_lease lease = {.kind = ROW_TOKENS, .version = 1},
	    old = {.kind = ROW_TOKENS, .version = 7};
	struct msg_lease_busy busy;
	struct msg_store m = store_of(1, SEALED_A);
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id;

	(void)bind_person(r, &p, hash, &w);
	assert_ok(send_lease(w.ch, 1, &lease));
	(void)rig_take(&w, MSG_LEASED, 1);
	/* As if another node had been quicker. */
	pg_run("UPDATE tonearm.sealed SET lease_holder = gen_random_uuid() WHERE person = '%s'",
	    pg_hex(p.id, ID_BYTES));
	assert_ok(send_lease(w.ch, 2, &lease));
	assert_ok(msg_get_lease_busy(rig_take(&w, MSG_LEASE_BUSY, 2), &busy));
	assert_true(busy.retry_ms > 0 && busy.retry_ms <= 20000);
	assert_ok(send_lease(w.ch, 3, &old));
	(void)rig_take(&w, MSG_STORE_CONFLICT, 3);
	assert_ok(send_store(w.ch, 4, &m));
	(void)rig_take(&w, MSG_STORED, 4);
	/* A worker that ends gives its lease back. */
	assert_ok(send_lease(w.ch, 5, &(struct msg_lease){.kind = ROW_TOKENS, .version = 2}));
	(void)rig_take(&w, MSG_LEASED, 5);
	rig_close(&w);
	rig_settle(r);
	id = rig_worker(r, &next);
	(void)rig_take(&r->front, MSG_BOUND, front_bind(r, hash, CRED_PERSONAL, id));
	assert_ok(send_lease(next.ch, 6, &(struct msg_lease){.kind = ROW_TOKENS, .version = 2}));
	(void)rig_take(&next, MSG_LEASED, 6);
	rig_close(&next);
}

static void
a_worker_reaches_its_own_rows_only(void **state)
{
	struct rig *r = *state;
	struct end a = {.rig = r}, b = {.rig = r};
	struct msg_store m = store_of(1, SEALED_A);
	struct person p, q;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &a);
	(void)bind_person(r, &q, hash, &b);
	assert_ok(send_store(a.ch, 1, &m));
	(void)rig_take(&a, MSG_STORED, 1);
	assert_int_equal(pg_number("SELECT version FROM tonearm.sealed WHERE person = '%s'",
	    pg_hex(q.id, ID_BYTES)), 1);
	rig_close(&a);
	rig_close(&b);
}

static void
expect_violation(struct rig *r, struct end *w, uint64_t id)
{
	struct msg_kill_worker m;

	rig_until_closed(w);
	assert_ok(msg_get_kill_worker(rig_take(&r->supervisor, MSG_KILL_WORKER, ANY_REQUEST), &m));
	assert_int_equal(m.worker, id);
	assert_int_equal(m.reason, KILL_VIOLATION);
	rig_close(w);
	rig_settle(r);
}

static void
what_no_worker_may_say_ends_that_worker(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	struct msg_store m;
	struct buf *body;
	uint64_t id;
	int i;

	/* Rows that are none, versions beyond all, another's words. */
	for (i = 0; i < 6; i++) {
		id = bind_person(r, &p, hash, &w);
		m = store_of(1, i == 0 ? "short" : SEALED_A);
		if (i == 1)
			m.kind = ROW_COUNT;
		if (i == 2)
			m.version = UINT64_MAX;
		if (i < 3)
			assert_ok(send_store(w.ch, 1, &m));
		if (i == 3)
			assert_ok(send_bind(w.ch, 1, &(struct msg_bind){.cred_kind = 1}));
		if (i == 4)
			assert_ok(send_identity_end(w.ch, 1, &(struct msg_identity_end){.none = 0}));
		if (i == 5) {
			assert_ok(channel_begin(w.ch, MSG_LEASE, 1, &body));
			assert_ok(buf_put_str(body, "x"));
			assert_ok(channel_commit(w.ch, NULL, 0));
		}
		expect_violation(r, &w, id);
	}
}

static void
a_flood_of_questions_ends_that_worker(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	const struct msg_reread reread = {.kind = ROW_TOKENS};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t i, id = bind_person(r, &p, hash, &w);

	for (i = 0; i < 100; i++)
		assert_ok(send_reread(w.ch, i, &reread));
	expect_violation(r, &w, id);
	/* The one next to it is served. */
	(void)bind_person(r, &p, hash, &w);
	assert_ok(send_reread(w.ch, 1, &reread));
	(void)rig_take(&w, MSG_STORE_CONFLICT, 1);
	rig_close(&w);
}

/* One after the other, each waited for: no rule is broken, but the database
 * works for everybody. */
static void
a_worker_that_never_stops_asking_waits(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, next = {.rig = r};
	const struct msg_reread reread = {.kind = ROW_TOKENS};
	struct msg_store_failed m;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t i;

	(void)bind_person(r, &p, hash, &w);
	for (i = 1; i < 1000 && !rig_has(&w, MSG_STORE_FAILED); i++) {
		assert_ok(send_reread(w.ch, i, &reread));
		while (!rig_has(&w, MSG_STORE_CONFLICT) && !rig_has(&w, MSG_STORE_FAILED))
			rig_turn(r);
		if (rig_has(&w, MSG_STORE_CONFLICT))
			(void)rig_take(&w, MSG_STORE_CONFLICT, i);
	}
	assert_in_range(i, WORKER_OPS_BURST, 999);
	assert_ok(msg_get_store_failed(rig_take(&w, MSG_STORE_FAILED, i - 1), &m));
	assert_int_equal(m.why, STORE_UNAVAILABLE);
	assert_true(m.retry_after > 0);
	assert_false(rig_has(&r->supervisor, MSG_KILL_WORKER));
	(void)bind_person(r, &p, hash, &next);
	assert_ok(send_reread(next.ch, 1, &reread));
	(void)rig_take(&next, MSG_STORE_CONFLICT, 1);
	rig_close(&next);
	rig_close(&w);
}

static void
a_worker_that_does_not_read_is_ended(void **state)
{
	/* REREAD of the first kind of row, byte by byte as channel.h says. */
	static const uint8_t ask[17] = {CHANNEL_VERSION, MSG_REREAD, 0, 0, 1, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 0, ROW_TOKENS};
	struct rig *r = *state;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = ++r->next_worker;
	int fd = rig_join_raw(r, id), rounds, i;

	person_make(&p);
	person_credential(&p, CRED_PERSONAL, hash);
	pg_run("UPDATE tonearm.sealed SET sealed = decode(repeat('ab', 16000), 'hex') "
	    "WHERE person = '%s'", pg_hex(p.id, ID_BYTES));
	(void)rig_take(&r->front, MSG_BOUND, front_bind(r, hash, CRED_PERSONAL, id));
	for (rounds = 0; rounds < 40 && !rig_has(&r->supervisor, MSG_KILL_WORKER); rounds++) {
		for (i = 0; i < 4; i++)
			(void)send(fd, ask, sizeof(ask), MSG_DONTWAIT | MSG_NOSIGNAL);
		rig_settle(r);
	}
	expect_killed(r, id, KILL_HUNG);
	(void)close(fd);
}

static void
a_row_of_nobody_is_not_stored(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_store m = store_of(1, SEALED_A);
	struct msg_store_failed failed;
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	rig_hear_all(&p, &w);
	/* Deleted behind the vault's back: without triggers there is no NOTIFY. */
	pg_run("SET session_replication_role = replica; DELETE FROM tonearm.person "
	    "WHERE id = '%s'; RESET session_replication_role", pg_hex(p.id, ID_BYTES));
	assert_ok(send_store(w.ch, 1, &m));
	assert_ok(msg_get_store_failed(rig_take(&w, MSG_STORE_FAILED, 1), &failed));
	assert_int_equal(failed.why, STORE_GONE);
	(void)rig_take(&r->supervisor, MSG_KILL_WORKER, ANY_REQUEST);
	rig_close(&w);
}

static void
a_worker_that_ends_is_stored_first(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, next = {.rig = r};
	struct msg_store m = store_of(1, SEALED_B);
	struct msg_row row;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id, request;

	(void)bind_person(r, &p, hash, &w);
	id = rig_worker(r, &next);
	pg_run_second("BEGIN; LOCK TABLE tonearm.sealed IN EXCLUSIVE MODE");
	assert_ok(send_store(w.ch, 1, &m));
	rig_turn(r);
	rig_close(&w);
	request = front_bind(r, hash, CRED_PERSONAL, id);
	rig_settle(r);
	assert_false(rig_has(&r->front, MSG_BOUND));
	pg_run_second("COMMIT");
	(void)rig_take(&r->front, MSG_BOUND, request);
	assert_ok(msg_get_row(rig_take(&next, MSG_ROW, ANY_REQUEST), &row));
	assert_int_equal(row.version, 2);
	assert_true(span_is(row.sealed, SEALED_B));
	rig_close(&next);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest rows_tests[] = {
	T(a_row_is_stored_over_the_version_that_was_read),
	T(one_refresh_at_a_time),
	T(a_worker_reaches_its_own_rows_only),
	T(what_no_worker_may_say_ends_that_worker),
	T(a_flood_of_questions_ends_that_worker),
	T(a_worker_that_never_stops_asking_waits),
	T(a_worker_that_does_not_read_is_ended),
	T(a_row_of_nobody_is_not_stored),
	T(a_worker_that_ends_is_stored_first),
};
const size_t rows_tests_n = COUNT(rows_tests);
