/* Whose Spotify application: sign-ins through others than the operator's, its
 * options, invitations. */
#include "config.h"

#include <string.h>

#include "master/vault/apps.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define ENROLL_ID(n) ((uint64_t)1 << 63 | (uint64_t)(n))

static uint64_t last_request = 1u << 20;

static void
expect_failed(struct rig *r, uint64_t request, enum portal_why why)
{
	struct msg_portal_failed m;

	assert_ok(msg_get_portal_failed(rig_take(&r->portal, MSG_PORTAL_FAILED, request), &m));
	assert_int_equal(m.why, why);
}

/* One browser's sign-in, and what it names. */
struct trip {
	uint8_t state[HASH_BYTES], cookie[HASH_BYTES], session[HASH_BYTES];
	const char *own;             /* client id, or NULL */
	uint8_t auth[ID_BYTES];
	uint8_t invite[HASH_BYTES];
	const char *scopes;          /* that Spotify grants */
	struct end enroll;
	struct msg_enrolled who;
};

static struct trip
trip_of(const char *own)
{
	struct trip t = {.own = own, .scopes = "user-library-read"};

	random_bytes(t.state, HASH_BYTES);
	random_bytes(t.cookie, HASH_BYTES);
	random_bytes(t.session, HASH_BYTES);
	return t;
}

static uint64_t
begin(struct rig *r, const struct trip *t)
{
	struct msg_login_begin m = {.client_id = span_str(t->own)};

	memcpy(m.state, t->state, HASH_BYTES);
	memcpy(m.cookie, t->cookie, HASH_BYTES);
	memcpy(m.auth, t->auth, ID_BYTES);
	memcpy(m.invite, t->invite, HASH_BYTES);
	assert_ok(send_login_begin(r->portal.ch, ++last_request, &m));
	return last_request;
}

/* To Spotify and back as far as the enroll program's task, through this
 * application; the number of the question that waits. */
static uint64_t
travel(struct rig *r, struct trip *t, const char *account, const char *client_id)
{
	static uint64_t n = 5000;
	struct msg_login_finish m = {.code = span_str("a code")};
	struct msg_login_started started;
	struct msg_enroll task;

	assert_ok(msg_get_login_started(rig_take(&r->portal, MSG_LOGIN_STARTED, begin(r, t)),
	    &started));
	assert_true(span_is(started.client_id, client_id));
	t->enroll.rig = r;
	rig_join(r, &t->enroll, PEER_ENROLL, ENROLL_ID(++n));
	memcpy(m.state, t->state, HASH_BYTES);
	memcpy(m.cookie, t->cookie, HASH_BYTES);
	memcpy(m.session, t->session, HASH_BYTES);
	assert_ok(send_login_finish(r->portal.ch, ++last_request, &m));
	assert_ok(msg_get_enroll(rig_take(&t->enroll, MSG_ENROLL, ANY_REQUEST), &task));
	assert_true(span_is(task.client_id, client_id));
	t->who = (struct msg_enrolled){.account_id = span_str(account),
	    .spotify_id = span_str(account), .display_name = span_str("Somebody"),
	    .scopes = span_str(t->scopes),
	    .sealed = span_str("a row sealed under the key of a sign-in")};
	memcpy(t->who.login, task.login, ID_BYTES);
	return last_request;
}

static struct msg_login_done
arrive(struct rig *r, struct trip *t, uint64_t request)
{
	struct msg_login_done done;

	assert_ok(send_enrolled(t->enroll.ch, 0, &t->who));
	assert_ok(msg_get_login_done(rig_take(&r->portal, MSG_LOGIN_DONE, request), &done));
	rig_until_closed(&t->enroll);
	rig_close(&t->enroll);
	return done;
}

static void
turned_away(struct rig *r, struct trip *t, uint64_t request, enum portal_why why)
{
	assert_ok(send_enrolled(t->enroll.ch, 0, &t->who));
	expect_failed(r, request, why);
	rig_until_closed(&t->enroll);
	rig_close(&t->enroll);
}

static struct msg_account
account_of(struct rig *r, const struct trip *t)
{
	struct msg_account_get m;
	struct msg_account account;

	memcpy(m.session, t->session, HASH_BYTES);
	assert_ok(send_account_get(r->portal.ch, ++last_request, &m));
	assert_ok(msg_get_account(rig_take(&r->portal, MSG_ACCOUNT, last_request), &account));
	return account;
}

static uint64_t
invite(struct rig *r, const struct trip *t, const uint8_t hash[HASH_BYTES], const char *label)
{
	struct msg_invite_new m = {.label = span_str(label)};

	memcpy(m.session, t->session, HASH_BYTES);
	memcpy(m.hash, hash, HASH_BYTES);
	assert_ok(send_invite_new(r->portal.ch, ++last_request, &m));
	return last_request;
}

/* ------------------------------------------------------------------------------------ */

static void
an_own_application_goes_all_the_way(void **state)
{
	struct rig *r = *state;
	struct trip t = trip_of("own-application-1"), again = trip_of(NULL);
	struct msg_login_done done;
	struct msg_account account;

	random_bytes(t.auth, ID_BYTES);
	t.scopes = "user-library-read user-top-read";
	done = arrive(r, &t, travel(r, &t, "brings-own", "own-application-1"));
	assert_memory_equal(done.auth, t.auth, ID_BYTES);
	assert_int_equal(done.missing.n, 0);
	account = account_of(r, &t);
	assert_int_equal(account.app, APP_OWN);
	assert_int_equal(account.mode, 0);
	assert_true(span_is(account.client_id, "own-application-1"));
	/* Back to the operator's, with less granted than before. */
	done = arrive(r, &again, travel(r, &again, "brings-own", "an-application"));
	assert_true(span_is(done.missing, "user-top-read"));
	account = account_of(r, &t);
	assert_int_equal(account.app, APP_SHARED);
	assert_true(span_is(account.client_id, "an-application"));
	assert_true(span_is(account.spotify_scopes, "user-library-read"));
}

static void
an_application_is_its_owner_s(void **state)
{
	struct rig *r = *state;
	struct trip owner = trip_of("own-application-2"), thief = trip_of("own-application-2");

	(void)arrive(r, &owner, travel(r, &owner, "an-owner", "own-application-2"));
	turned_away(r, &thief, travel(r, &thief, "a-thief", "own-application-2"), PORTAL_NOT_INVITED);
	assert_int_equal(pg_number("SELECT count(*) FROM tonearm.identity WHERE value = 'a-thief'"), 0);
	assert_int_equal(account_of(r, &owner).app, APP_OWN);
}

static void
what_is_not_offered_is_not_begun(void **state)
{
	struct rig *r = *state;
	struct vault_settings *set = &r->root.vault->set;
	struct trip own = trip_of("own-application-3"), shared = trip_of(NULL), guess = trip_of(NULL);

	set->own_apps = false;
	expect_failed(r, begin(r, &own), PORTAL_NOT_OFFERED);
	set->own_apps = true;
	set->shared_app = false;
	expect_failed(r, begin(r, &shared), PORTAL_NOT_OFFERED);
	set->shared_app = true;
	random_bytes(guess.invite, HASH_BYTES);
	expect_failed(r, begin(r, &guess), PORTAL_NOT_FOUND);
}

static void
who_may_use_the_operator_s_the_options_say(void **state)
{
	struct rig *r = *state;
	struct vault_settings *set = &r->root.vault->set;
	struct trip listed = trip_of(NULL), not = trip_of(NULL), in = trip_of(NULL);
	uint8_t hash[HASH_BYTES];

	set->access = ACCESS_LISTED;
	set->allowed = "first, is-listed,third";
	(void)arrive(r, &listed, travel(r, &listed, "is-listed", "an-application"));
	turned_away(r, &not, travel(r, &not, "is-not-listed", "an-application"), PORTAL_NOT_INVITED);
	set->access = ACCESS_INVITED;
	random_bytes(hash, HASH_BYTES);
	pg_run("SELECT tonearm.admin_invite('\\x%s', 'x')", pg_hex(hash, HASH_BYTES));
	memcpy(in.invite, hash, HASH_BYTES);
	(void)arrive(r, &in, travel(r, &in, "is-not-listed", "an-application"));
	assert_int_equal(account_of(r, &in).app, APP_SHARED);
	set->access = ACCESS_ANYONE;
}

static void
a_list_of_ids_is_read_word_by_word(void **state)
{
	struct vault_settings set = {.access = ACCESS_LISTED, .allowed = " one,two , three\t"};
	const struct span none = span_str("");

	(void)state;
	assert_true(apps_listed(&set, none, span_str("one")));
	assert_true(apps_listed(&set, span_str("three"), none));
	assert_false(apps_listed(&set, none, span_str("tw")));
	assert_false(apps_listed(&set, none, span_str("two ")));
	assert_false(apps_listed(&set, none, span_str("One")));
	assert_false(apps_listed(&set, none, none));
	set.allowed = "";
	assert_false(apps_listed(&set, span_str("one"), span_str("one")));
	set.access = ACCESS_ANYONE;
	assert_true(apps_listed(&set, none, none));
}

static void
an_invitation_is_made_shown_used_and_taken_back(void **state)
{
	struct rig *r = *state;
	struct trip owner = trip_of("own-application-4"), guest = trip_of(NULL), late = trip_of(NULL);
	struct msg_invites_get list;
	struct msg_invite_get get;
	struct msg_invite_drop drop;
	struct msg_invite_row row;
	struct msg_invites n;
	struct msg_invite shown;
	uint8_t hash[HASH_BYTES];
	uint64_t request;

	(void)arrive(r, &owner, travel(r, &owner, "invites", "own-application-4"));
	random_bytes(hash, HASH_BYTES);
	request = invite(r, &owner, hash, "for a friend");
	(void)rig_take(&r->portal, MSG_PORTAL_OK, request);
	memcpy(get.invite, hash, HASH_BYTES);
	assert_ok(send_invite_get(r->portal.ch, ++last_request, &get));
	assert_ok(msg_get_invite(rig_take(&r->portal, MSG_INVITE, last_request), &shown));
	assert_true(span_is(shown.inviter, "Somebody"));
	assert_int_equal(shown.app, APP_GUEST);
	assert_int_equal(shown.used, 0);
	assert_true(shown.expires_at > 1700000000);
	memcpy(guest.invite, hash, HASH_BYTES);
	(void)arrive(r, &guest, travel(r, &guest, "is-invited", "own-application-4"));
	assert_int_equal(account_of(r, &guest).app, APP_GUEST);
	expect_failed(r, invite(r, &guest, get.invite, "mine"), PORTAL_NOT_FOUND);
	memcpy(list.session, owner.session, HASH_BYTES);
	assert_ok(send_invites_get(r->portal.ch, ++last_request, &list));
	assert_ok(msg_get_invites(rig_take(&r->portal, MSG_INVITES, last_request), &n));
	assert_int_equal(n.invites, 1);
	assert_ok(msg_get_invite_row(rig_take(&r->portal, MSG_INVITE_ROW, last_request), &row));
	assert_true(span_is(row.label, "for a friend"));
	assert_true(row.used_at > 0);
	memcpy(drop.session, guest.session, HASH_BYTES);
	memcpy(drop.id, row.id, ID_BYTES);
	assert_ok(send_invite_drop(r->portal.ch, ++last_request, &drop));
	expect_failed(r, last_request, PORTAL_NOT_FOUND);
	memcpy(drop.session, owner.session, HASH_BYTES);
	assert_ok(send_invite_drop(r->portal.ch, ++last_request, &drop));
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
	memcpy(late.invite, hash, HASH_BYTES);
	expect_failed(r, begin(r, &late), PORTAL_NOT_FOUND);
}

static void
inviting_takes_a_fresh_sign_in_and_ends_at_four(void **state)
{
	struct rig *r = *state;
	struct trip owner = trip_of("own-application-5"), nobody = trip_of(NULL);
	uint8_t hash[HASH_BYTES];
	int i;

	(void)arrive(r, &owner, travel(r, &owner, "invites-many", "own-application-5"));
	random_bytes(hash, HASH_BYTES);
	expect_failed(r, invite(r, &nobody, hash, "x"), PORTAL_NO_SESSION);
	for (i = 0; i < 4; i++) {
		uint64_t request;

		random_bytes(hash, HASH_BYTES);
		request = invite(r, &owner, hash, "x");
		(void)rig_take(&r->portal, MSG_PORTAL_OK, request);
	}
	random_bytes(hash, HASH_BYTES);
	expect_failed(r, invite(r, &owner, hash, "x"), PORTAL_LIMIT);
	pg_run("UPDATE tonearm.web_session SET created_at = created_at - interval '11 minutes' "
	    "WHERE hash = '\\x%s'", pg_hex(owner.session, HASH_BYTES));
	expect_failed(r, invite(r, &owner, hash, "x"), PORTAL_STALE);
}

static void
an_application_that_spotify_does_not_know_is_said_so(void **state)
{
	struct rig *r = *state;
	struct trip t = trip_of("own-application-6");
	uint64_t request = travel(r, &t, "whoever", "own-application-6");
	struct msg_enroll_failed m = {.why = ENROLL_WRONG_APP};

	memcpy(m.login, t.who.login, ID_BYTES);
	assert_ok(send_enroll_failed(t.enroll.ch, 0, &m));
	expect_failed(r, request, PORTAL_WRONG_APP);
	rig_until_closed(&t.enroll);
	rig_close(&t.enroll);
	assert_int_equal(pg_number("SELECT count(*) FROM tonearm.app "
	    "WHERE client_id = 'own-application-6'"), 0);
}

const struct CMUnitTest apps_tests[] = {
	cmocka_unit_test_setup_teardown(an_own_application_goes_all_the_way, rig_setup, rig_teardown),
	cmocka_unit_test_setup_teardown(an_application_is_its_owner_s, rig_setup, rig_teardown),
	cmocka_unit_test_setup_teardown(what_is_not_offered_is_not_begun, rig_setup, rig_teardown),
	cmocka_unit_test_setup_teardown(who_may_use_the_operator_s_the_options_say, rig_setup,
	    rig_teardown),
	cmocka_unit_test(a_list_of_ids_is_read_word_by_word),
	cmocka_unit_test_setup_teardown(an_invitation_is_made_shown_used_and_taken_back, rig_setup,
	    rig_teardown),
	cmocka_unit_test_setup_teardown(inviting_takes_a_fresh_sign_in_and_ends_at_four, rig_setup,
	    rig_teardown),
	cmocka_unit_test_setup_teardown(an_application_that_spotify_does_not_know_is_said_so,
	    rig_setup, rig_teardown),
};
const size_t apps_tests_n = COUNT(apps_tests);
