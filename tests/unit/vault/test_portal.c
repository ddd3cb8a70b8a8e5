/* Accounts and sign-ins, asked by the portal. */
#include "config.h"

#include <string.h>

#include "master/vault/login.h"
#include "master/vault/users.h"
#include "shared/base/clock.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define ENROLL_ID(n) ((uint64_t)1 << 63 | (uint64_t)(n))
#define SEALED "a row sealed under the key of a sign-in"

static uint64_t last_request;

static void
expect_failed(struct rig *r, uint64_t request, enum portal_why why)
{
	struct msg_portal_failed m;

	assert_ok(msg_get_portal_failed(rig_take(&r->portal, MSG_PORTAL_FAILED, request), &m));
	assert_int_equal(m.why, why);
}

/* --- accounts --------------------------------------------------------------------- */

static uint64_t
ask_account(struct rig *r, const struct person *p)
{
	struct msg_account_get m;

	memcpy(m.session, p->session, HASH_BYTES);
	assert_ok(send_account_get(r->portal.ch, ++last_request, &m));
	return last_request;
}

static struct msg_cred_new
new_credential(const struct person *p, int kind)
{
	struct msg_cred_new m = {.cred_kind = (uint8_t)kind, .scopes = SCOPE_PLAYLISTS_READ,
	    .label = span_str("my client")};

	memcpy(m.session, p->session, HASH_BYTES);
	random_bytes(m.hash, HASH_BYTES);
	return m;
}

static void
an_account_is_what_its_session_shows(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_account_cred cred;
	struct msg_account account;
	struct msg_cred_new made;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t request;

	person_make(&p);
	assert_ok(msg_get_account(rig_take(&r->portal, MSG_ACCOUNT, ask_account(r, &p)), &account));
	assert_memory_equal(account.user, p.id, ID_BYTES);
	assert_true(span_starts(account.display_name, "Person "));
	assert_true(span_starts(account.spotify_id, "spotify-"));
	assert_true(span_is(account.spotify_scopes, "playlist-read-private"));
	assert_true(account.authorized_at > 1700000000 && account.signed_in_at > 1700000000);
	assert_int_equal(account.live_worker, 0);
	assert_int_equal(account.credentials, 0);
	(void)bind_person(r, &p, hash, &w);
	made = new_credential(&p, CRED_LINK);
	made.expires_at = 2000000000;
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &made));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	request = ask_account(r, &p);
	assert_ok(msg_get_account(rig_take(&r->portal, MSG_ACCOUNT, request), &account));
	assert_int_equal(account.live_worker, 1);
	assert_int_equal(account.credentials, 2);
	assert_ok(msg_get_account_cred(rig_take(&r->portal, MSG_ACCOUNT_CRED, request), &cred));
	assert_int_equal(cred.cred_kind, CRED_LINK);
	assert_int_equal(cred.scopes, SCOPE_PLAYLISTS_READ);
	assert_int_equal(cred.expires_at, 2000000000);
	assert_true(span_is(cred.label, "my client"));
	assert_ok(msg_get_account_cred(rig_take(&r->portal, MSG_ACCOUNT_CRED, request), &cred));
	assert_int_equal(cred.cred_kind, CRED_PERSONAL);
	assert_true(cred.last_used_at > 0);
	rig_close(&w);
}

static void
a_new_link_replaces_the_old_at_once(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_cred_new first, second;
	struct msg_credential_gone gone;
	struct msg_credential cred;
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	first = new_credential(&p, CRED_LINK);
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &first));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	assert_ok(msg_get_credential(rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_memory_equal(cred.hash, first.hash, HASH_BYTES);
	second = new_credential(&p, CRED_LINK);
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &second));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	assert_ok(msg_get_credential_gone(rig_take(&w, MSG_CREDENTIAL_GONE, ANY_REQUEST), &gone));
	assert_memory_equal(gone.hash, first.hash, HASH_BYTES);
	(void)rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST);
	rig_close(&w);
}

static void
a_revoked_credential_is_gone_before_the_answer(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_account_cred cred;
	struct msg_cred_revoke m;
	struct person p, q;
	uint8_t hash[HASH_BYTES];
	uint64_t request;

	(void)bind_person(r, &p, hash, &w);
	request = ask_account(r, &p);
	assert_ok(msg_get_account_cred(rig_take(&r->portal, MSG_ACCOUNT_CRED, request), &cred));
	memcpy(m.grant, cred.grant, ID_BYTES);
	/* Not with somebody else's session. */
	person_make(&q);
	memcpy(m.session, q.session, HASH_BYTES);
	assert_ok(send_cred_revoke(r->portal.ch, ++last_request, &m));
	expect_failed(r, last_request, PORTAL_NOT_FOUND);
	memcpy(m.session, p.session, HASH_BYTES);
	assert_ok(send_cred_revoke(r->portal.ch, ++last_request, &m));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	(void)rig_take(&w, MSG_CREDENTIAL_GONE, ANY_REQUEST);
	(void)rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST);
	assert_null(user_from_memory(r->root.vault, hash, CRED_PERSONAL));
	rig_close(&w);
}

static void
a_session_that_is_none_may_do_nothing(void **state)
{
	struct rig *r = *state;
	struct msg_account_delete del;
	struct msg_cred_revoke revoke;
	struct msg_cred_new made;
	struct person p;

	person_make(&p);
	random_bytes(p.session, sizeof(p.session));
	expect_failed(r, ask_account(r, &p), PORTAL_NO_SESSION);
	made = new_credential(&p, CRED_PERSONAL);
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &made));
	expect_failed(r, last_request, PORTAL_NO_SESSION);
	random_bytes(revoke.grant, ID_BYTES);
	memcpy(revoke.session, p.session, HASH_BYTES);
	assert_ok(send_cred_revoke(r->portal.ch, ++last_request, &revoke));
	expect_failed(r, last_request, PORTAL_NO_SESSION);
	memcpy(del.session, p.session, HASH_BYTES);
	assert_ok(send_account_delete(r->portal.ch, ++last_request, &del));
	expect_failed(r, last_request, PORTAL_NO_SESSION);
}

static void
a_stale_sign_in_makes_no_credential(void **state)
{
	struct rig *r = *state;
	struct msg_cred_new made;
	struct person p;

	person_make(&p);
	pg_run("UPDATE tonearm.web_session SET created_at = created_at - interval '11 minutes' "
	    "WHERE hash = '\\x%s'", pg_hex(p.session, HASH_BYTES));
	made = new_credential(&p, CRED_PERSONAL);
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &made));
	expect_failed(r, last_request, PORTAL_STALE);
}

static void
credentials_of_a_person_are_limited(void **state)
{
	struct rig *r = *state;
	struct msg_cred_new made;
	struct person p;
	int i;

	person_make(&p);
	for (i = 0; i < 20; i++) {
		made = new_credential(&p, CRED_PERSONAL);
		assert_ok(send_cred_new(r->portal.ch, ++last_request, &made));
		(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	}
	made = new_credential(&p, CRED_PERSONAL);
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &made));
	expect_failed(r, last_request, PORTAL_LIMIT);
	r->root.vault->set.links = false;
	made = new_credential(&p, CRED_LINK);
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &made));
	expect_failed(r, last_request, PORTAL_NOT_FOUND);
}

static void
signing_out_ends_the_session_only(void **state)
{
	struct rig *r = *state;
	struct msg_session_end m;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	memcpy(m.session, p.session, HASH_BYTES);
	assert_ok(send_session_end(r->portal.ch, ++last_request, &m));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	assert_ok(send_session_end(r->portal.ch, ++last_request, &m));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	expect_failed(r, ask_account(r, &p), PORTAL_NO_SESSION);
	assert_false(w.closed);
	rig_close(&w);
}

static void
a_deleted_account_takes_its_worker_along(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_account_delete m;
	struct msg_kill_worker kill;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t id = bind_person(r, &p, hash, &w);

	memcpy(m.session, p.session, HASH_BYTES);
	assert_ok(send_account_delete(r->portal.ch, ++last_request, &m));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	assert_ok(msg_get_kill_worker(rig_take(&r->supervisor, MSG_KILL_WORKER, ANY_REQUEST), &kill));
	assert_int_equal(kill.worker, id);
	assert_int_equal(kill.reason, KILL_REVOKED);
	(void)rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST);
	assert_int_equal(pg_number("SELECT count(*) FROM tonearm.sealed WHERE person = '%s'",
	    pg_hex(p.id, ID_BYTES)), 0);
	rig_close(&w);
}

static void
nonsense_from_the_portal_ends_its_channel_only(void **state)
{
	struct rig *r = *state;
	struct msg_cred_new made;
	struct person p;
	int i;

	person_make(&p);
	for (i = 0; i < 4; i++) {
		made = new_credential(&p, i == 0 ? CRED_OAUTH : CRED_PERSONAL);
		if (i == 1)
			made.scopes = 0x80;
		if (i == 2)
			made.expires_at = -1;
		if (i == 3)
			assert_ok(send_enrolled(r->portal.ch, 1, &(struct msg_enrolled){.none = 0}));
		assert_ok(send_cred_new(r->portal.ch, ++last_request, &made));
		rig_until_closed(&r->portal);
		rig_join(r, &r->portal, PEER_PORTAL, 0);
	}
	/* What PostgreSQL refuses is no reason to end anything. */
	made = new_credential(&p, CRED_PERSONAL);
	made.label = span_str("\xff\xfe no UTF-8");
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &made));
	expect_failed(r, last_request, PORTAL_UNAVAILABLE);
	(void)rig_take(&r->portal, MSG_ACCOUNT, ask_account(r, &p));
}

/* --- sign-ins ---------------------------------------------------------------------- */

/* One browser's sign-in. */
struct browser {
	uint8_t state[HASH_BYTES], cookie[HASH_BYTES], session[HASH_BYTES];
};

static void
set_out(struct rig *r, struct browser *b)
{
	struct msg_login_started started;
	struct msg_login_begin m = {.client_id = span_str("")};

	random_bytes(b, sizeof(*b));
	memcpy(m.state, b->state, HASH_BYTES);
	memcpy(m.cookie, b->cookie, HASH_BYTES);
	assert_ok(send_login_begin(r->portal.ch, ++last_request, &m));
	assert_ok(msg_get_login_started(rig_take(&r->portal, MSG_LOGIN_STARTED, last_request),
	    &started));
	assert_int_equal(started.challenge.n, 43);
	assert_true(span_is(started.client_id, "an-application"));
}

static uint64_t
come_back(struct rig *r, const struct browser *b)
{
	struct msg_login_finish m = {.code = span_str("a code from Spotify")};

	memcpy(m.state, b->state, HASH_BYTES);
	memcpy(m.cookie, b->cookie, HASH_BYTES);
	memcpy(m.session, b->session, HASH_BYTES);
	assert_ok(send_login_finish(r->portal.ch, ++last_request, &m));
	return last_request;
}

/* Takes the enroll program's task; its answer names that login. */
static struct msg_enrolled
take_task(struct end *e, const char *account)
{
	struct msg_enrolled m = {.account_id = span_str(account), .spotify_id = span_str("sid"),
	    .display_name = span_str("Somebody"), .scopes = span_str("user-library-read"),
	    .sealed = span_str(SEALED)};
	struct msg_enroll task;

	assert_ok(msg_get_enroll(rig_take(e, MSG_ENROLL, ANY_REQUEST), &task));
	assert_true(span_is(task.code, "a code from Spotify"));
	assert_true(span_is(task.client_id, "an-application"));
	assert_true(span_is(task.redirect_uri, "http://127.0.0.1:8001/callback"));
	memcpy(m.login, task.login, ID_BYTES);
	return m;
}

static void
sign_in(struct rig *r, const char *account, struct person *p)
{
	static uint64_t n;
	struct end e = {.rig = r};
	struct msg_login_done done;
	struct msg_enrolled who;
	struct browser b;
	uint64_t request;

	rig_join(r, &e, PEER_ENROLL, ENROLL_ID(++n));
	set_out(r, &b);
	request = come_back(r, &b);
	who = take_task(&e, account);
	memcpy(p->login, who.login, ID_BYTES);
	assert_ok(send_enrolled(e.ch, 0, &who));
	assert_ok(msg_get_login_done(rig_take(&r->portal, MSG_LOGIN_DONE, request), &done));
	memcpy(p->id, done.user, ID_BYTES);
	memcpy(p->session, b.session, HASH_BYTES);
	rig_until_closed(&e);
	rig_close(&e);
}

static void
a_sign_in_makes_a_person_and_a_session(void **state)
{
	struct rig *r = *state;
	struct msg_enroll_keys_for keys;
	struct msg_account account;
	struct person p;

	sign_in(r, "somebody-new", &p);
	assert_ok(msg_get_enroll_keys_for(rig_take(&r->keyring, MSG_ENROLL_KEYS_FOR, ANY_REQUEST),
	    &keys));
	assert_memory_equal(keys.login, p.login, ID_BYTES);
	(void)rig_take(&r->keyring, MSG_KEY_NEW, ANY_REQUEST);
	assert_ok(msg_get_account(rig_take(&r->portal, MSG_ACCOUNT, ask_account(r, &p)), &account));
	assert_memory_equal(account.user, p.id, ID_BYTES);
	assert_true(span_is(account.display_name, "Somebody"));
	assert_false(rig_has(&r->supervisor, MSG_KILL_WORKER));
}

static void
a_second_sign_in_is_the_same_person_and_refreshes_the_worker(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, next = {.rig = r};
	struct person p, again;
	struct msg_row row;
	uint8_t hash[HASH_BYTES];
	uint64_t id;

	sign_in(r, "somebody-twice", &p);
	person_credential(&p, CRED_PERSONAL, hash);
	id = rig_worker(r, &w);
	(void)rig_take(&r->front, MSG_BOUND, front_bind(r, hash, CRED_PERSONAL, id));
	sign_in(r, "somebody-twice", &again);
	assert_memory_equal(p.id, again.id, ID_BYTES);
	(void)rig_take(&w, MSG_REFRESHED, ANY_REQUEST);
	rig_settle(r);
	assert_false(rig_has(&w, MSG_REFRESHED));
	rig_close(&w);
	rig_settle(r);
	id = rig_worker(r, &next);
	(void)rig_take(&r->front, MSG_BOUND, front_bind(r, hash, CRED_PERSONAL, id));
	assert_ok(msg_get_row(rig_take(&next, MSG_ROW, ANY_REQUEST), &row));
	assert_memory_equal(row.login, again.login, ID_BYTES);
	assert_int_equal(row.version, 2);
	rig_close(&next);
}

static void
a_state_counts_once_and_in_its_browser(void **state)
{
	struct rig *r = *state;
	struct end e = {.rig = r};
	struct msg_login_cancel cancel;
	struct browser b, other;
	uint64_t request;

	rig_join(r, &e, PEER_ENROLL, ENROLL_ID(900));
	set_out(r, &b);
	other = b;
	random_bytes(other.cookie, HASH_BYTES);
	expect_failed(r, come_back(r, &other), PORTAL_BAD_STATE);
	request = come_back(r, &b);
	(void)take_task(&e, "x");
	expect_failed(r, come_back(r, &b), PORTAL_BAD_STATE);
	/* Called off: not again. */
	set_out(r, &other);
	memcpy(cancel.state, other.state, HASH_BYTES);
	memcpy(cancel.cookie, other.cookie, HASH_BYTES);
	assert_ok(send_login_cancel(r->portal.ch, ++last_request, &cancel));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	assert_ok(send_login_cancel(r->portal.ch, ++last_request, &cancel));
	expect_failed(r, last_request, PORTAL_BAD_STATE);
	expect_failed(r, come_back(r, &other), PORTAL_BAD_STATE);
	rig_close(&e);
	/* Its enroll program died. */
	expect_failed(r, request, PORTAL_UNAVAILABLE);
}

static void
why_a_sign_in_failed_reaches_the_portal(void **state)
{
	static const struct { enum enroll_why why; enum portal_why says; } cases[] = {
		{ENROLL_DENIED, PORTAL_DENIED}, {ENROLL_NOT_ALLOWED, PORTAL_NOT_ALLOWED},
		{ENROLL_OWNER_PREMIUM, PORTAL_OWNER_PREMIUM},
		{ENROLL_SPOTIFY_DOWN, PORTAL_SPOTIFY_DOWN}, {ENROLL_BROKEN, PORTAL_UNAVAILABLE},
		{77, PORTAL_UNAVAILABLE},
	};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct msg_enroll_failed m = {.why = (uint8_t)cases[i].why};
		struct end e = {.rig = r};
		struct msg_enrolled task;
		struct browser b;
		uint64_t request;

		rig_join(r, &e, PEER_ENROLL, ENROLL_ID(100 + i));
		set_out(r, &b);
		request = come_back(r, &b);
		task = take_task(&e, "x");
		memcpy(m.login, task.login, ID_BYTES);
		assert_ok(send_enroll_failed(e.ch, 0, &m));
		expect_failed(r, request, cases[i].says);
		rig_until_closed(&e);
		rig_close(&e);
	}
}

static void
an_enroll_program_is_asked_for_when_there_is_none(void **state)
{
	struct rig *r = *state;
	struct end e = {.rig = r};
	struct msg_enrolled who;
	struct browser b;
	uint64_t request;

	set_out(r, &b);
	request = come_back(r, &b);
	(void)rig_take(&r->supervisor, MSG_WANT_ENROLL, ANY_REQUEST);
	rig_join(r, &e, PEER_ENROLL, ENROLL_ID(200));
	who = take_task(&e, "somebody-who-waited");
	assert_ok(send_enrolled(e.ch, 0, &who));
	(void)rig_take(&r->portal, MSG_LOGIN_DONE, request);
	rig_close(&e);
}

static void
an_enroll_program_speaks_for_its_own_login_only(void **state)
{
	struct rig *r = *state;
	int i;

	for (i = 0; i < 4; i++) {
		struct end e = {.rig = r};
		struct msg_kill_worker kill;
		struct msg_enrolled who = {.account_id = span_str("y"), .sealed = span_str(SEALED)};
		struct browser b;
		uint64_t request = 0;

		rig_join(r, &e, PEER_ENROLL, ENROLL_ID(300 + i));
		if (i > 0) {
			set_out(r, &b);
			request = come_back(r, &b);
			who = take_task(&e, "y");
		}
		/* Unasked; another's login; nobody; a row that is none. */
		if (i == 1)
			who.login[0] ^= 1;
		if (i == 2)
			who.account_id = who.spotify_id = span_str("");
		if (i == 3)
			who.sealed = span_str("short");
		assert_ok(send_enrolled(e.ch, 0, &who));
		rig_until_closed(&e);
		assert_ok(msg_get_kill_worker(rig_take(&r->supervisor, MSG_KILL_WORKER,
		    ANY_REQUEST), &kill));
		assert_true(kill.worker == ENROLL_ID(300 + i));
		assert_int_equal(kill.reason, KILL_VIOLATION);
		if (i > 0)
			expect_failed(r, request, PORTAL_UNAVAILABLE);
		rig_close(&e);
	}
}

static void
a_sign_in_without_keys_fails(void **state)
{
	struct rig *r = *state;
	struct msg_login_begin m;
	struct end e = {.rig = r};
	struct browser b;
	uint64_t request;

	rig_join(r, &e, PEER_ENROLL, ENROLL_ID(400));
	set_out(r, &b);
	r->keyring_mode = KEYRING_REFUSES;
	request = come_back(r, &b);
	expect_failed(r, request, PORTAL_UNAVAILABLE);
	random_bytes(&m, sizeof(m));
	m.client_id = span_str("");
	assert_ok(send_login_begin(r->portal.ch, ++last_request, &m));
	expect_failed(r, last_request, PORTAL_UNAVAILABLE);
	rig_close(&e);
}

static void
a_sign_in_that_takes_too_long_is_over(void **state)
{
	struct rig *r = *state;
	struct end e = {.rig = r};
	struct msg_kill_worker kill;
	struct msg_enrolled who;
	struct browser b;
	uint64_t request;

	rig_join(r, &e, PEER_ENROLL, ENROLL_ID(500));
	set_out(r, &b);
	request = come_back(r, &b);
	who = take_task(&e, "somebody-slow");
	logins_tick(r->root.vault, clock_mono_ms() + 31000);
	expect_failed(r, request, PORTAL_SPOTIFY_DOWN);
	assert_ok(msg_get_kill_worker(rig_take(&r->supervisor, MSG_KILL_WORKER, ANY_REQUEST), &kill));
	assert_int_equal(kill.reason, KILL_HUNG);
	rig_until_closed(&e);
	(void)who;
	assert_int_equal(pg_number("SELECT count(*) FROM tonearm.identity WHERE value = "
	    "'somebody-slow'"), 0);
	rig_close(&e);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest portal_tests[] = {
	T(an_account_is_what_its_session_shows),
	T(a_new_link_replaces_the_old_at_once),
	T(a_revoked_credential_is_gone_before_the_answer),
	T(a_session_that_is_none_may_do_nothing),
	T(a_stale_sign_in_makes_no_credential),
	T(credentials_of_a_person_are_limited),
	T(signing_out_ends_the_session_only),
	T(a_deleted_account_takes_its_worker_along),
	T(nonsense_from_the_portal_ends_its_channel_only),
	T(a_sign_in_makes_a_person_and_a_session),
	T(a_second_sign_in_is_the_same_person_and_refreshes_the_worker),
	T(a_state_counts_once_and_in_its_browser),
	T(why_a_sign_in_failed_reaches_the_portal),
	T(an_enroll_program_is_asked_for_when_there_is_none),
	T(an_enroll_program_speaks_for_its_own_login_only),
	T(a_sign_in_without_keys_fails),
	T(a_sign_in_that_takes_too_long_is_over),
};
const size_t portal_tests_n = COUNT(portal_tests);
