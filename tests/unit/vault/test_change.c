/* What changes in the database reaches worker and front. */
#include "config.h"

#include <string.h>

#include "master/vault/users.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

static void
a_revocation_reaches_worker_and_front(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_credential_gone gone;
	struct msg_route_drop drop;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);

	pg_run("SELECT * FROM tonearm.credential_revoke('\\x%s', (SELECT grant_id FROM "
	    "tonearm.account_credentials('\\x%s')))", pg_hex(p.session, HASH_BYTES),
	    pg_hex(p.session, HASH_BYTES));
	assert_ok(msg_get_credential_gone(rig_take(&w, MSG_CREDENTIAL_GONE, ANY_REQUEST), &gone));
	assert_memory_equal(gone.hash, hash, HASH_BYTES);
	assert_ok(msg_get_route_drop(rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST), &drop));
	assert_memory_equal(drop.hash, hash, HASH_BYTES);
	expect_refused(r, front_bind(r, hash, CRED_PERSONAL, id), BIND_UNKNOWN);
	rig_close(&w);
}

/* Front may keep streams of somebody whose worker has retired. */
static void
a_revocation_reaches_front_also_without_a_worker(void **state)
{
	struct rig *r = *state;
	struct msg_route_drop drop;
	struct person p, q;
	uint8_t first[HASH_BYTES], second[HASH_BYTES];

	person_make(&p);
	person_credential(&p, CRED_PERSONAL, first);
	person_make(&q);
	person_credential(&q, CRED_PERSONAL, second);
	/* That they are there is told as well; it does no harm. */
	do
		assert_ok(msg_get_route_drop(rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST), &drop));
	while (memcmp(drop.hash, second, HASH_BYTES) != 0);
	pg_run("SELECT * FROM tonearm.credential_revoke('\\x%s', (SELECT grant_id FROM "
	    "tonearm.account_credentials('\\x%s')))", pg_hex(p.session, HASH_BYTES),
	    pg_hex(p.session, HASH_BYTES));
	assert_ok(msg_get_route_drop(rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST), &drop));
	assert_memory_equal(drop.hash, first, HASH_BYTES);
	pg_run("SELECT * FROM tonearm.person_delete('\\x%s')", pg_hex(q.session, HASH_BYTES));
	assert_ok(msg_get_route_drop(rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST), &drop));
	assert_memory_equal(drop.hash, second, HASH_BYTES);
}

struct person_in {
	struct rig *rig;
	const struct person *person;
	uint64_t noted;
};

/* The question of a bind is open; or the bind is over. */
static bool
loading(void *arg)
{
	struct rig *r = arg;
	struct db_figures f;

	db_figures(r->root.vault->db, &f);
	return (r->root.vault->n_binds == 1 && f.in_flight == 1) || rig_has(&r->front,
	    MSG_BIND_REFUSED);
}

static bool
heard_in_a_bind(void *arg)
{
	struct person_in *in = arg;

	return users_noted(in->rig->root.vault, in->person->id, in->noted) ||
	    rig_has(&in->rig->front, MSG_BIND_REFUSED);
}

static bool
heard_of_a_change(void *arg)
{
	struct person_in *in = arg;
	struct user *u = user_find(in->rig->root.vault, in->person->id);

	return (u != NULL && u->stale) || rig_has(&in->rig->front, MSG_BIND_REFUSED);
}

/* True if the change was heard of while the bind was loading, and the answer
 * was right; false if the machine was too slow for the lock's second. */
static bool
revoke_in_a_bind(struct rig *r)
{
	struct end w = {.rig = r};
	struct person p;
	struct person_in in = {r, &p, 0};
	uint8_t hash[HASH_BYTES];
	uint64_t id = rig_worker(r, &w), request;
	bool in_time;

	person_make(&p);
	person_credential(&p, CRED_PERSONAL, hash);
	rig_settle(r);
	/* The rows cannot be read, so the bind has its list and must wait. */
	pg_run_second("BEGIN; LOCK TABLE tonearm.sealed IN ACCESS EXCLUSIVE MODE");
	request = front_bind(r, hash, CRED_PERSONAL, id);
	rig_until(r, loading, r);
	in.noted = r->root.vault->news.n;
	pg_run("SELECT * FROM tonearm.credential_revoke('\\x%s', (SELECT grant_id FROM "
	    "tonearm.account_credentials('\\x%s')))", pg_hex(p.session, HASH_BYTES),
	    pg_hex(p.session, HASH_BYTES));
	rig_until(r, heard_in_a_bind, &in);
	pg_run_second("COMMIT");
	in_time = !rig_has(&r->front, MSG_BIND_REFUSED);
	if (in_time)
		expect_refused(r, request, BIND_UNKNOWN);
	else
		(void)rig_take(&r->front, MSG_BIND_REFUSED, request);
	assert_null(w.first);
	rig_close(&w);
	rig_settle(r);
	return in_time;
}

static void
a_query_from_before_a_revocation_is_not_kept(void **state)
{
	int tries = 5;

	while (!revoke_in_a_bind(*state))
		assert_true(--tries > 0);
}

static bool
list_is_read(void *arg)
{
	struct person_in *in = arg;
	struct user *u = user_find(in->rig->root.vault, in->person->id);

	return !u->loading && !u->stale;
}

static void
a_list_read_before_a_change_is_read_again(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct db_figures before, after;
	struct person p;
	struct person_in in = {r, &p, 0};
	uint8_t hash[HASH_BYTES];
	int i;

	(void)bind_person(r, &p, hash, &w);
	rig_hear_all(&p, &w);
	rig_until(r, list_is_read, &in);
	db_figures(r->root.vault->db, &before);
	pg_run_second("BEGIN; LOCK TABLE tonearm.credential IN ACCESS EXCLUSIVE MODE");
	for (i = 0; i < 2; i++) {
		/* The first begins to read; the second comes while it reads. */
		pg_run("SELECT pg_notify('tonearm', 'credential x ' || '%s'::uuid)",
		    pg_hex(p.id, ID_BYTES));
		while (i == 0 ? list_is_read(&in) : !heard_of_a_change(&in))
			rig_turn(r);
	}
	pg_run_second("COMMIT");
	rig_until(r, list_is_read, &in);
	db_figures(r->root.vault->db, &after);
	assert_true(after.asked - before.asked >= 2);
	assert_false(rig_has(&w, MSG_CREDENTIAL_GONE));
	rig_close(&w);
}

static void
a_deleted_person_loses_the_worker(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);

	pg_run("SELECT * FROM tonearm.person_delete('\\x%s')", pg_hex(p.session, HASH_BYTES));
	expect_killed(r, id, KILL_REVOKED);
	(void)rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST);
	rig_until_closed(&w);
	rig_close(&w);
}

static void
lists_are_confirmed_while_the_vault_hears(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	(void)rig_take(&w, MSG_CONFIRMED, ANY_REQUEST);
	(void)rig_take(&w, MSG_CONFIRMED, ANY_REQUEST);
	rig_close(&w);
}

static void
a_sign_in_elsewhere_refreshes_the_worker(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	pg_run("UPDATE tonearm.person SET authorized_at = authorized_at + interval '1 minute' "
	    "WHERE id = '%s'", pg_hex(p.id, ID_BYTES));
	pg_run("SELECT pg_notify('tonearm', 'person ' || '%s'::uuid)", pg_hex(p.id, ID_BYTES));
	(void)rig_take(&w, MSG_REFRESHED, ANY_REQUEST);
	rig_close(&w);
}

static void
an_odd_notification_is_ignored(void **state)
{
	struct rig *r = *state;

	pg_run("SELECT pg_notify('tonearm', 'person 12'), pg_notify('tonearm', ''), "
	    "pg_notify('tonearm', 'credential x 00000000-0000-0000-0000-00000000000g'), "
	    "pg_notify('tonearm', 'person 00000000-0000-0000-0000-0000000000000')");
	rig_settle(r);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest change_tests[] = {
	T(a_revocation_reaches_worker_and_front),
	T(a_revocation_reaches_front_also_without_a_worker),
	T(a_query_from_before_a_revocation_is_not_kept),
	T(a_list_read_before_a_change_is_read_again),
	T(a_deleted_person_loses_the_worker),
	T(lists_are_confirmed_while_the_vault_hears),
	T(a_sign_in_elsewhere_refreshes_the_worker),
	T(an_odd_notification_is_ignored),
};
const size_t change_tests_n = COUNT(change_tests);
