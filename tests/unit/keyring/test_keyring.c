/* Who gets which key, and once. */
#include "config.h"

#include "tests/unit/keyring/players.h"

#include "shared/crypto/hash.h"

static void
a_key_goes_to_its_worker_whose_channel_then_ends(void **state)
{
	struct wrapped w = new_key(user_a);
	uint8_t want[KEY_BYTES];
	struct msg_keys m;

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	ask_key(7, 65537, user_a, &w);
	assert_int_equal(msg_get_keys(hear(&t.worker, MSG_KEYS, 0), &m), 0);
	assert_memory_equal(m.user, user_a, ID_BYTES);
	assert_int_equal(derive_data_key(&t.keyring.masters, user_a, w.key_id,
	    span_of(w.bytes, sizeof(w.bytes)), want), 0);
	assert_memory_equal(m.key, want, sizeof(want));
	(void)hear(&t.vault, MSG_KEY_SENT, 7);
	await_over(&t.worker);
}

static void
a_second_key_is_refused_for_ever(void **state)
{
	struct wrapped w = new_key(user_a);

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	ask_key(1, 65537, user_a, &w);
	(void)hear(&t.vault, MSG_KEY_SENT, 1);
	(void)hear(&t.worker, MSG_KEYS, 0);
	ask_key(2, 65537, user_a, &w);
	hear_failed(2, KEY_WHY_GIVEN);
	ask_login_key(3, 65537);
	hear_failed(3, KEY_WHY_GIVEN);
	/* Not even over a new channel. */
	join(&t.other, PEER_WORKER, 65537);
	ask_key(4, 65537, user_a, &w);
	hear_failed(4, KEY_WHY_GIVEN);
	await_over(&t.other);
	say_gone(65537);
	join(&t.other, PEER_WORKER, 131073);
	ask_key(5, 65537, user_a, &w);
	hear_failed(5, KEY_WHY_WORKER);
}

static void
a_worker_that_has_its_user_gets_no_key(void **state)
{
	struct wrapped w = new_key(user_a);

	(void)state;
	join_bound(&t.worker, PEER_WORKER, 65537, 1);
	await_over(&t.worker);
	ask_key(1, 65537, user_a, &w);
	hear_failed(1, KEY_WHY_GIVEN);
}

static void
another_users_key_does_not_open(void **state)
{
	struct wrapped w = new_key(user_a), broken = w;
	struct msg_keys m;

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	ask_key(1, 65537, user_b, &w);
	hear_failed(1, KEY_WHY_WRAPPED);
	broken.bytes[20] ^= 1;
	ask_key(2, 65537, user_a, &broken);
	hear_failed(2, KEY_WHY_WRAPPED);
	broken = w;
	broken.key_id = 2;
	ask_key(3, 65537, user_a, &broken);
	hear_failed(3, KEY_WHY_WRAPPED);
	/* Nothing has gone out, so the right question still is the first. */
	ask_key(4, 65537, user_a, &w);
	assert_int_equal(msg_get_keys(hear(&t.worker, MSG_KEYS, 0), &m), 0);
	assert_memory_equal(m.user, user_a, ID_BYTES);
}

static void
the_other_worker_gets_nothing(void **state)
{
	struct wrapped w = new_key(user_a);

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	join(&t.other, PEER_WORKER, 65538);
	ask_key(1, 65537, user_a, &w);
	(void)hear(&t.vault, MSG_KEY_SENT, 1);
	(void)hear(&t.worker, MSG_KEYS, 0);
	await_over(&t.worker);
	assert_int_equal(t.other.n_heard, 0);
	assert_false(t.other.over);
}

static void
login_keys_come_before_the_key_and_are_counted(void **state)
{
	struct wrapped w = new_key(user_a);
	struct msg_login_key m;
	uint8_t want[KEY_BYTES];
	uint64_t i;

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	assert_int_equal(derive_login_key(&t.keyring.masters, login_a, want), 0);
	for (i = 1; i <= 8; i++) {
		ask_login_key(i, 65537);
		(void)hear(&t.vault, MSG_KEY_SENT, i);
		assert_int_equal(msg_get_login_key(hear(&t.worker, MSG_LOGIN_KEY, 0), &m), 0);
		assert_memory_equal(m.login, login_a, ID_BYTES);
		assert_memory_equal(m.key, want, sizeof(want));
	}
	ask_login_key(9, 65537);
	hear_failed(9, KEY_WHY_GIVEN);
	ask_key(10, 65537, user_a, &w);
	(void)hear(&t.worker, MSG_KEYS, 0);
	await_over(&t.worker);
}

static void
an_enroll_program_gets_verifier_and_key_once(void **state)
{
	struct msg_challenge_for ask = {.none = 0};
	struct msg_challenge challenge;
	struct msg_enroll_keys m;
	uint8_t hash[SHA256_BYTES], want[KEY_BYTES];
	char text[PKCE_CHARS + 1];

	(void)state;
	join(&t.worker, PEER_ENROLL, ENROLL_BIT | 1);
	ask_enroll_keys(1, ENROLL_BIT | 1);
	(void)hear(&t.vault, MSG_KEY_SENT, 1);
	assert_int_equal(msg_get_enroll_keys(hear(&t.worker, MSG_ENROLL_KEYS, 0), &m), 0);
	assert_memory_equal(m.login, login_a, ID_BYTES);
	assert_int_equal(m.verifier.n, PKCE_CHARS);
	assert_int_equal(derive_login_key(&t.keyring.masters, login_a, want), 0);
	assert_memory_equal(m.key, want, sizeof(want));
	await_over(&t.worker);
	/* The portal's challenge is the verifier's S256 (RFC 7636 section 4.2). */
	memcpy(ask.login, login_a, ID_BYTES);
	assert_int_equal(send_challenge_for(t.vault.ch, 2, &ask), 0);
	assert_int_equal(msg_get_challenge(hear(&t.vault, MSG_CHALLENGE, 2), &challenge), 0);
	assert_int_equal(sha256(m.verifier, hash), 0);
	b64url_encode(span_of(hash, sizeof(hash)), text);
	assert_true(span_is(challenge.challenge, text));
	ask_enroll_keys(3, ENROLL_BIT | 1);
	hear_failed(3, KEY_WHY_GIVEN);
}

static void
workers_and_enroll_programs_are_not_mixed_up(void **state)
{
	struct wrapped w = new_key(user_a);

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	join(&t.other, PEER_ENROLL, ENROLL_BIT | 1);
	ask_enroll_keys(1, 65537);
	hear_failed(1, KEY_WHY_WORKER);
	ask_key(2, ENROLL_BIT | 1, user_a, &w);
	hear_failed(2, KEY_WHY_WORKER);
	ask_login_key(3, ENROLL_BIT | 1);
	hear_failed(3, KEY_WHY_WORKER);
	ask_key(4, 4242, user_a, &w);
	hear_failed(4, KEY_WHY_WORKER);
	assert_int_equal(t.worker.n_heard + t.other.n_heard, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_goes_to_its_worker_whose_channel_then_ends),
		TEST(a_second_key_is_refused_for_ever),
		TEST(a_worker_that_has_its_user_gets_no_key),
		TEST(another_users_key_does_not_open),
		TEST(the_other_worker_gets_nothing),
		TEST(login_keys_come_before_the_key_and_are_counted),
		TEST(an_enroll_program_gets_verifier_and_key_once),
		TEST(workers_and_enroll_programs_are_not_mixed_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
