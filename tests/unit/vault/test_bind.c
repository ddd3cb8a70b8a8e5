/* From a credential to a worker: binds, deaths, restarts. */
#include "config.h"

#include <string.h>

#include "master/vault/bind_load.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

static const struct msg_store some_store = {.kind = ROW_TOKENS, .version = 1,
	.sealed = {(const uint8_t *)"0123456789012345678901234567890123456789", 40}};

static uint64_t
expect_bound(struct rig *r, uint64_t request, bool fresh)
{
	struct msg_bound m;

	assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND, request), &m));
	assert_int_equal(m.fresh, fresh);
	return m.worker;
}

static void
a_blank_worker_becomes_the_users(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_login_key_for login_key;
	struct msg_worker_bound bound;
	struct msg_identity who;
	struct msg_credential cred;
	struct msg_key_for key;
	struct msg_row row;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = rig_worker(r, &w), request;

	person_make(&p);
	person_credential(&p, CRED_LINK, hash);
	request = front_bind(r, hash, CRED_LINK, id);
	assert_int_equal(expect_bound(r, request, true), id);
	assert_ok(msg_get_identity(rig_take(&w, MSG_IDENTITY, ANY_REQUEST), &who));
	assert_memory_equal(who.user, p.id, ID_BYTES);
	assert_true(span_is(who.client_id, "an-application"));
	assert_true(span_is(who.spotify_scopes, "playlist-read-private"));
	assert_true(span_starts(who.display_name, "Person "));
	assert_true(span_starts(who.spotify_id, "spotify-"));
	assert_int_equal(who.mode, 0);
	assert_true(who.authorized_at > 1700000000);
	assert_ok(msg_get_credential(rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_memory_equal(cred.hash, hash, HASH_BYTES);
	assert_int_equal(cred.cred_kind, CRED_LINK);
	assert_int_equal(cred.scopes, SCOPE_ALL);
	assert_ok(msg_get_row(rig_take(&w, MSG_ROW, ANY_REQUEST), &row));
	assert_int_equal(row.kind, ROW_TOKENS);
	assert_int_equal(row.version, 1);
	assert_memory_equal(row.login, p.login, ID_BYTES);
	assert_int_equal(row.sealed.n, 32);
	(void)rig_take(&w, MSG_IDENTITY_END, ANY_REQUEST);
	/* The key of the sign-in that sealed the row comes before the user's. */
	assert_int_equal(r->keyring.first->type, MSG_LOGIN_KEY_FOR);
	assert_ok(msg_get_login_key_for(rig_take(&r->keyring, MSG_LOGIN_KEY_FOR, ANY_REQUEST),
	    &login_key));
	assert_int_equal(login_key.worker, id);
	assert_memory_equal(login_key.login, p.login, ID_BYTES);
	assert_ok(msg_get_key_for(rig_take(&r->keyring, MSG_KEY_FOR, ANY_REQUEST), &key));
	assert_int_equal(key.worker, id);
	assert_int_equal(key.key_id, 1);
	assert_memory_equal(key.user, p.id, ID_BYTES);
	assert_int_equal(key.wrapped.n, 3);
	assert_ok(msg_get_worker_bound(rig_take(&r->supervisor, MSG_WORKER_BOUND, ANY_REQUEST),
	    &bound));
	assert_int_equal(bound.worker, id);
	rig_close(&w);
}

/* What a worker is told and what key is asked for it are one person's. */
static void
check_own(struct rig *r, struct end *w, const struct person *p, const uint8_t hash[HASH_BYTES],
    uint64_t id)
{
	struct msg_identity who;
	struct msg_credential cred;
	struct msg_key_for key;
	struct msg_row row;

	assert_ok(msg_get_identity(rig_take(w, MSG_IDENTITY, ANY_REQUEST), &who));
	assert_memory_equal(who.user, p->id, ID_BYTES);
	assert_ok(msg_get_credential(rig_take(w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_memory_equal(cred.hash, hash, HASH_BYTES);
	assert_ok(msg_get_row(rig_take(w, MSG_ROW, ANY_REQUEST), &row));
	assert_memory_equal(row.login, p->login, ID_BYTES);
	assert_ok(msg_get_key_for(rig_take(&r->keyring, MSG_KEY_FOR, ANY_REQUEST), &key));
	assert_int_equal(key.worker, id);
	assert_memory_equal(key.user, p->id, ID_BYTES);
	(void)rig_take(w, MSG_IDENTITY_END, ANY_REQUEST);
}

static void
each_of_several_people_gets_what_is_theirs(void **state)
{
	struct rig *r = *state;
	struct end w[3] = {{.rig = r}, {.rig = r}, {.rig = r}};
	struct person p[3];
	uint8_t hash[3][HASH_BYTES];
	unsigned i;

	for (i = 0; i < COUNT(p); i++) {
		uint64_t id = rig_worker(r, &w[i]);

		person_make(&p[i]);
		person_credential(&p[i], CRED_PERSONAL, hash[i]);
		assert_int_equal(expect_bound(r, front_bind(r, hash[i], CRED_PERSONAL, id), true), id);
		check_own(r, &w[i], &p[i], hash[i], id);
	}
	for (i = 0; i < COUNT(p); i++)
		rig_close(&w[i]);
}

static void
a_second_credential_of_a_person_finds_the_live_worker(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, other = {.rig = r};
	struct msg_credential cred;
	struct person p;
	uint8_t hash[HASH_BYTES], second[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w), blank = rig_worker(r, &other);

	assert_int_equal(expect_bound(r, front_bind(r, hash, CRED_PERSONAL, blank), false), id);
	person_credential(&p, CRED_LINK, second);
	assert_int_equal(expect_bound(r, front_bind(r, second, CRED_LINK, blank), false), id);
	/* The worker heard of it before front did. */
	assert_true(rig_has(&w, MSG_CREDENTIAL) || (rig_turn(r), rig_has(&w, MSG_CREDENTIAL)));
	assert_ok(msg_get_credential(rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_memory_equal(cred.hash, second, HASH_BYTES);
	/* Nobody touched the blank one. */
	assert_null(other.first);
	rig_close(&w);
	rig_close(&other);
}

static void
a_credential_that_is_not_valid_binds_nobody(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES], unknown[HASH_BYTES];
	uint64_t id = rig_worker(r, &w);

	random_bytes(unknown, sizeof(unknown));
	expect_refused(r, front_bind(r, unknown, CRED_PERSONAL, id), BIND_UNKNOWN);
	person_make(&p);
	person_credential(&p, CRED_LINK, hash);
	/* A link's token is no bearer token. */
	expect_refused(r, front_bind(r, hash, CRED_PERSONAL, id), BIND_UNKNOWN);
	pg_run("UPDATE tonearm.credential SET expires_at = now() - interval '1 s' "
	    "WHERE hash = '\\x%s'", pg_hex(hash, HASH_BYTES));
	expect_refused(r, front_bind(r, hash, CRED_LINK, id), BIND_UNKNOWN);
	assert_null(w.first);
	rig_close(&w);
}

static void
links_can_be_switched_off(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = rig_worker(r, &w);

	person_make(&p);
	person_credential(&p, CRED_LINK, hash);
	r->root.vault->set.links = false;
	expect_refused(r, front_bind(r, hash, CRED_LINK, id), BIND_UNKNOWN);
	rig_close(&w);
}

static void
a_worker_that_is_not_blank_is_not_given_away(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p, q;
	uint8_t hash[HASH_BYTES], other[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);

	person_make(&q);
	person_credential(&q, CRED_PERSONAL, other);
	expect_refused(r, front_bind(r, other, CRED_PERSONAL, id), BIND_BUSY);
	/* Nor one that the supervisor never announced. */
	expect_refused(r, front_bind(r, other, CRED_PERSONAL, 4711), BIND_BUSY);
	assert_false(rig_has(&w, MSG_IDENTITY_END));
	rig_close(&w);
}

static void
two_binds_of_one_person_at_once_take_one_worker(void **state)
{
	struct rig *r = *state;
	struct end a = {.rig = r}, b = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t one = rig_worker(r, &a), two = rig_worker(r, &b), first, second;

	person_make(&p);
	person_credential(&p, CRED_PERSONAL, hash);
	first = front_bind(r, hash, CRED_PERSONAL, one);
	second = front_bind(r, hash, CRED_PERSONAL, two);
	first = rig_take(&r->front, MSG_BOUND, first).p[0];
	second = rig_take(&r->front, MSG_BOUND, second).p[0];
	assert_int_equal(first, second);
	assert_true(first == one || first == two);
	rig_close(&a);
	rig_close(&b);
}

static bool
a_bind_waits(void *arg)
{
	const struct bind *b = ((const struct rig *)arg)->root.vault->binds;

	return b != NULL && b->state == BIND_WAITING;
}

static void
a_bind_waits_for_the_end_of_the_old_worker(void **state)
{
	struct rig *r = *state;
	struct end old = {.rig = r}, young = {.rig = r};
	const struct msg_idle nonsense = {.none = 0};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &old), next = rig_worker(r, &young), request;

	/* Out of order on this channel: closed, killed, and perhaps still alive. */
	assert_ok(send_idle(old.ch, 0, &nonsense));
	rig_until_closed(&old);
	expect_killed(r, id, KILL_VIOLATION);
	request = front_bind(r, hash, CRED_PERSONAL, next);
	rig_until(r, a_bind_waits, r);
	rig_settle(r);
	assert_false(rig_has(&r->front, MSG_BOUND));
	rig_gone(r, id);
	assert_int_equal(expect_bound(r, request, true), next);
	rig_close(&old);
	rig_close(&young);
}

static void
a_worker_that_ended_by_itself_frees_its_user(void **state)
{
	struct rig *r = *state;
	struct end old = {.rig = r}, young = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t next;

	(void)bind_person(r, &p, hash, &old);
	next = rig_worker(r, &young);
	rig_close(&old);
	rig_settle(r);
	assert_int_equal(expect_bound(r, front_bind(r, hash, CRED_PERSONAL, next), true), next);
	rig_close(&young);
}

static void
a_worker_that_lets_go_of_its_channel_may_not_live_on(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);

	rig_close(&w);
	expect_killed(r, id, KILL_LEFT);
}

static void
a_blank_worker_may_say_nothing(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, next = {.rig = r};
	uint64_t id = rig_worker(r, &w);
	struct person p;
	uint8_t hash[HASH_BYTES];

	assert_ok(send_store(w.ch, 1, &some_store));
	rig_until_closed(&w);
	expect_killed(r, id, KILL_VIOLATION);
	/* The vault lives, and the dead one is offered in vain. */
	person_make(&p);
	person_credential(&p, CRED_PERSONAL, hash);
	expect_refused(r, front_bind(r, hash, CRED_PERSONAL, id), BIND_BUSY);
	id = rig_worker(r, &next);
	assert_int_equal(expect_bound(r, front_bind(r, hash, CRED_PERSONAL, id), true), id);
	rig_close(&w);
	rig_close(&next);
}

static void
without_a_key_the_worker_is_ended(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, next = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = rig_worker(r, &w), second;

	person_make(&p);
	person_credential(&p, CRED_PERSONAL, hash);
	r->keyring_mode = KEYRING_REFUSES;
	expect_refused(r, front_bind(r, hash, CRED_PERSONAL, id), BIND_UNAVAILABLE);
	expect_killed(r, id, KILL_BIND);
	r->keyring_mode = KEYRING_GOOD;
	rig_gone(r, id);
	second = rig_worker(r, &next);
	assert_int_equal(expect_bound(r, front_bind(r, hash, CRED_PERSONAL, second), true), second);
	rig_close(&w);
	rig_close(&next);
}

static void
without_a_keyring_the_blank_worker_stays_blank(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_health m;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = rig_worker(r, &w);

	person_make(&p);
	person_credential(&p, CRED_PERSONAL, hash);
	rig_close(&r->keyring);
	do
		assert_ok(msg_get_health(rig_take(&r->front, MSG_HEALTH, ANY_REQUEST), &m));
	while (m.keyring != 0);
	expect_refused(r, front_bind(r, hash, CRED_PERSONAL, id), BIND_UNAVAILABLE);
	assert_null(w.first);
	rig_join(r, &r->keyring, PEER_KEYRING, 0);
	assert_ok(msg_get_health(rig_take(&r->front, MSG_HEALTH, ANY_REQUEST), &m));
	assert_int_equal(m.keyring, 1);
	assert_int_equal(expect_bound(r, front_bind(r, hash, CRED_PERSONAL, id), true), id);
	rig_close(&w);
}

static void
a_silent_keyring_is_not_waited_for_long(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = rig_worker(r, &w);

	person_make(&p);
	person_credential(&p, CRED_PERSONAL, hash);
	r->keyring_mode = KEYRING_SILENT;
	expect_refused(r, front_bind(r, hash, CRED_PERSONAL, id), BIND_UNAVAILABLE);
	expect_killed(r, id, KILL_BIND);
	rig_close(&w);
}

/* --- peers that come anew -------------------------------------------------------- */

static void
a_restarted_vault_takes_live_workers_back(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, blank = {.rig = r};
	struct msg_worker_bound bound;
	struct msg_credential cred;
	struct msg_identity who;
	struct person p;
	uint8_t hash[HASH_BYTES], made[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);

	/* Meanwhile one credential goes and one comes. */
	rig_close(&w);
	pg_run("SELECT * FROM tonearm.credential_revoke('\\x%s', (SELECT grant_id FROM "
	    "tonearm.account_credentials('\\x%s')))", pg_hex(p.session, HASH_BYTES),
	    pg_hex(p.session, HASH_BYTES));
	person_credential(&p, CRED_LINK, made);
	rig_restart_vault(r);
	rig_join_bound(r, &w, id);
	/* What it says before the vault knows whose it is waits. */
	assert_ok(send_store(w.ch, 9, &some_store));
	rig_settle(r);
	bound.worker = id;
	memcpy(bound.handle, p.id, ID_BYTES);
	assert_ok(send_worker_bound(r->supervisor.ch, 0, &bound));
	(void)rig_take(&w, MSG_STORED, 9);
	assert_ok(msg_get_identity(rig_take(&w, MSG_IDENTITY, ANY_REQUEST), &who));
	assert_memory_equal(who.user, p.id, ID_BYTES);
	(void)rig_take(&w, MSG_IDENTITY_END, ANY_REQUEST);
	assert_ok(msg_get_credential(rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_memory_equal(cred.hash, made, HASH_BYTES);
	assert_false(rig_has(&w, MSG_CREDENTIAL));
	(void)rig_worker(r, &blank);
	assert_int_equal(expect_bound(r, front_bind(r, made, CRED_LINK, r->next_worker), false), id);
	expect_refused(r, front_bind(r, hash, CRED_PERSONAL, r->next_worker), BIND_UNKNOWN);
	rig_close(&w);
	rig_close(&blank);
}

static void
nobody_is_taken_back_twice(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, second = {.rig = r}, third = {.rig = r};
	struct msg_worker_bound bound;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);

	rig_join_bound(r, &second, 7001);
	memcpy(bound.handle, p.id, ID_BYTES);
	bound.worker = 7001;
	assert_ok(send_worker_bound(r->supervisor.ch, 0, &bound));
	expect_killed(r, 7001, KILL_BIND);
	rig_until_closed(&second);
	/* Nor one that nobody announced, or that is blank or bound already. */
	bound.worker = 7002;
	assert_ok(send_worker_bound(r->supervisor.ch, 0, &bound));
	bound.worker = id;
	assert_ok(send_worker_bound(r->supervisor.ch, 0, &bound));
	rig_settle(r);
	assert_false(w.closed);
	assert_int_equal(r->root.vault->counts.unknown_workers, 2);
	/* One that dies before the word comes is forgotten. */
	rig_join_bound(r, &third, 7003);
	rig_gone(r, 7003);
	rig_until_closed(&third);
	rig_close(&w);
	rig_close(&second);
	rig_close(&third);
}

static void
a_second_announcement_replaces_the_channel(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, again = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);

	rig_join(r, &again, PEER_WORKER, id);
	rig_until_closed(&w);
	assert_ok(send_store(again.ch, 3, &some_store));
	(void)rig_take(&again, MSG_STORED, 3);
	rig_close(&w);
	rig_close(&again);
}

static void
a_reaped_worker_is_gone_though_its_channel_lives(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, next = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w), other = rig_worker(r, &next);

	/* Somebody else holds its end, so that no end of it is seen. */
	rig_gone(r, id);
	rig_until_closed(&w);
	assert_int_equal(expect_bound(r, front_bind(r, hash, CRED_PERSONAL, other), true), other);
	rig_close(&w);
	rig_close(&next);
}

/* The vault has read it; the database may have answered already. */
static bool
asked_the_database(void *arg)
{
	return ((const struct rig *)arg)->root.vault->counts.binds > 0;
}

static void
answers_of_an_older_front_are_dropped(void **state)
{
	struct rig *r = *state;
	struct person p;
	uint8_t hash[HASH_BYTES], unknown[HASH_BYTES];
	struct end w = {.rig = r};
	uint64_t request, id;

	random_bytes(unknown, sizeof(unknown));
	request = front_bind(r, unknown, CRED_PERSONAL, 1);
	rig_until(r, asked_the_database, r);
	rig_join(r, &r->front, PEER_FRONT, 0);
	id = bind_person(r, &p, hash, &w);
	(void)request;
	(void)id;
	assert_false(rig_has(&r->front, MSG_BIND_REFUSED));
	rig_close(&w);
}

static void
the_check_key_reaches_front_and_portal(void **state)
{
	struct rig *r = *state;
	struct msg_check_key m, got;

	random_bytes(m.key, sizeof(m.key));
	assert_ok(send_check_key(r->keyring.ch, 0, &m));
	assert_ok(msg_get_check_key(rig_take(&r->front, MSG_CHECK_KEY, ANY_REQUEST), &got));
	assert_memory_equal(got.key, m.key, sizeof(m.key));
	assert_ok(msg_get_check_key(rig_take(&r->portal, MSG_CHECK_KEY, ANY_REQUEST), &got));
	assert_memory_equal(got.key, m.key, sizeof(m.key));
	rig_join(r, &r->front, PEER_FRONT, 0);
	rig_join(r, &r->portal, PEER_PORTAL, 0);
	assert_ok(msg_get_check_key(rig_take(&r->front, MSG_CHECK_KEY, ANY_REQUEST), &got));
	assert_memory_equal(got.key, m.key, sizeof(m.key));
	assert_ok(msg_get_check_key(rig_take(&r->portal, MSG_CHECK_KEY, ANY_REQUEST), &got));
	assert_memory_equal(got.key, m.key, sizeof(m.key));
}

static void
nonsense_from_front_ends_its_channel_only(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	const struct msg_bind odd = {.cred_kind = 77};
	struct person p;
	uint8_t hash[HASH_BYTES];

	assert_ok(send_bind(r->front.ch, 1, &odd));
	rig_until_closed(&r->front);
	rig_join(r, &r->front, PEER_FRONT, 0);
	(void)bind_person(r, &p, hash, &w);
	rig_close(&w);
}

static void
the_status_names_what_there_is(void **state)
{
	struct rig *r = *state;
	const struct msg_status_ask ask = {.none = 0};
	const struct msg_drain drain = {.ms = 100};
	struct msg_status m;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	assert_ok(send_drain(r->supervisor.ch, 0, &drain));
	assert_ok(send_status_ask(r->supervisor.ch, 5, &ask));
	assert_ok(msg_get_status(rig_take(&r->supervisor, MSG_STATUS, 5), &m));
	assert_non_null(memmem(m.text.p, m.text.n, "database up\n", 12));
	assert_non_null(memmem(m.text.p, m.text.n, "workers_bound 1\n", 16));
	assert_non_null(memmem(m.text.p, m.text.n, "binds_fresh 1\n", 14));
	assert_true(r->root.vault->draining);
	rig_close(&w);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest bind_tests[] = {
	T(a_blank_worker_becomes_the_users),
	T(each_of_several_people_gets_what_is_theirs),
	T(a_second_credential_of_a_person_finds_the_live_worker),
	T(a_credential_that_is_not_valid_binds_nobody),
	T(links_can_be_switched_off),
	T(a_worker_that_is_not_blank_is_not_given_away),
	T(two_binds_of_one_person_at_once_take_one_worker),
	T(a_bind_waits_for_the_end_of_the_old_worker),
	T(a_worker_that_ended_by_itself_frees_its_user),
	T(a_worker_that_lets_go_of_its_channel_may_not_live_on),
	T(a_blank_worker_may_say_nothing),
	T(without_a_key_the_worker_is_ended),
	T(without_a_keyring_the_blank_worker_stays_blank),
	T(a_silent_keyring_is_not_waited_for_long),
	T(a_restarted_vault_takes_live_workers_back),
	T(nobody_is_taken_back_twice),
	T(a_second_announcement_replaces_the_channel),
	T(a_reaped_worker_is_gone_though_its_channel_lives),
	T(answers_of_an_older_front_are_dropped),
	T(the_check_key_reaches_front_and_portal),
	T(nonsense_from_front_ends_its_channel_only),
	T(the_status_names_what_there_is),
};
const size_t bind_tests_n = COUNT(bind_tests);
