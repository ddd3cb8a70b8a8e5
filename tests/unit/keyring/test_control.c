/* The keyring's life: key file, vaults and workers that come and go, its rate
 * and its figures. */
#include "config.h"

#include <unistd.h>

#include "tests/unit/keyring/players.h"

#include "shared/base/clock.h"

static void
keys_leave_at_a_limited_rate(void **state)
{
	struct wrapped w = new_key(user_a);
	struct msg_challenge_for ask = {.none = 0};
	struct msg_key_new another = {.none = 0};

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	t.keyring.credit_ms = 0;
	t.keyring.credit_at = clock_mono_ms() + 60000;
	ask_key(1, 65537, user_a, &w);
	hear_failed(1, KEY_WHY_RATE);
	t.keyring.credit_ms = 0;
	t.keyring.credit_at = clock_mono_ms() + 60000;
	ask_login_key(2, 65537);
	hear_failed(2, KEY_WHY_RATE);
	t.keyring.credit_at = clock_mono_ms() + 60000;
	ask_enroll_keys(3, 65537);
	hear_failed(3, KEY_WHY_RATE);
	/* A challenge is no key: whoever floods the sign-in takes none away. */
	t.keyring.credit_ms = 0;
	assert_int_equal(send_challenge_for(t.vault.ch, 4, &ask), 0);
	(void)hear(&t.vault, MSG_CHALLENGE, 4);
	assert_int_equal(t.keyring.credit_ms, 0);
	t.keyring.credit_at = clock_mono_ms() + 60000;
	assert_int_equal(send_key_new(t.vault.ch, 5, &another), 0);
	hear_failed(5, KEY_WHY_RATE);
	/* A long pause gives the burst back and no more. */
	t.keyring.credit_ms = 0;
	t.keyring.credit_at = clock_mono_ms() - 3600000;
	ask_key(6, 65537, user_a, &w);
	(void)hear(&t.vault, MSG_KEY_SENT, 6);
	assert_int_equal(t.keyring.credit_ms, 1000 * KEYS_BURST / KEYS_A_SECOND - 1000 / KEYS_A_SECOND);
}

static void
every_vault_is_told_the_check_key(void **state)
{
	struct msg_check_key m;
	uint8_t want[KEY_BYTES];

	(void)state;
	assert_int_equal(derive_check_key(&t.keyring.masters, want), 0);
	join_bound(&t.other, PEER_VAULT, 0, 0);
	assert_int_equal(msg_get_check_key(hear(&t.other, MSG_CHECK_KEY, 0), &m), 0);
	assert_memory_equal(m.key, want, sizeof(want));
	await_over(&t.vault);
}

static void
a_worker_that_speaks_is_reported(void **state)
{
	const struct msg_ready m = {.none = 0};
	struct msg_kill_worker kill_worker;
	struct wrapped w = new_key(user_a);

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	assert_int_equal(send_ready(t.worker.ch, 0, &m), 0);
	assert_int_equal(msg_get_kill_worker(hear(&t.supervisor, MSG_KILL_WORKER, 0), &kill_worker), 0);
	assert_int_equal(kill_worker.worker, 65537);
	assert_int_equal(kill_worker.reason, KILL_VIOLATION);
	await_over(&t.worker);
	ask_key(1, 65537, user_a, &w);
	hear_failed(1, KEY_WHY_GIVEN);
}

static void
a_worker_that_dies_gets_nothing_and_harms_nobody(void **state)
{
	struct wrapped w = new_key(user_a);

	(void)state;
	join(&t.worker, PEER_WORKER, 65537);
	join(&t.other, PEER_WORKER, 65538);
	channel_close(&t.worker.ch);
	say_gone(65537);
	say_gone(4242);
	ask_key(1, 65538, user_a, &w);
	(void)hear(&t.vault, MSG_KEY_SENT, 1);
	(void)hear(&t.other, MSG_KEYS, 0);
}

static void
nothing_is_served_before_the_keys(void **state)
{
	const struct msg_peer m = {.kind = PEER_VAULT};
	int fds[2];

	(void)state;
	assert_int_equal(channel_pair(fds), 0);
	assert_int_equal(send_peer_fd(t.supervisor.ch, &m, fds[0]), 0);
	while (!t.violated)
		turn();
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
a_second_key_file_is_refused(void **state)
{
	(void)state;
	give_file(KEYS);
	while (!t.violated)
		turn();
	assert_int_equal(t.ready, 1);
}

static void
a_broken_key_file_stops_the_program(void **state)
{
	(void)state;
	give_file("1 rubbish\ncurrent 1\n");
	turn();
	assert_int_equal(t.keyring.failed, ERR_SYNTAX);
	assert_int_equal(t.ready, 0);
	assert_int_equal(t.keyring.masters.n, 0);
}

static void
figures_are_told(void **state)
{
	const struct msg_status_ask ask = {.none = 0};
	struct wrapped w = new_key(user_a);
	struct msg_status m;

	(void)state;
	ask_key(1, 1, user_a, &w);
	hear_failed(1, KEY_WHY_WORKER);
	assert_int_equal(send_status_ask(t.supervisor.ch, 8, &ask), 0);
	assert_int_equal(msg_get_status(hear(&t.supervisor, MSG_STATUS, 8), &m), 0);
	assert_true(span_is(m.text,
	    "master_keys 1\nmaster_key_current 1\nkeys_given 0\nkeys_refused 1\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_leave_at_a_limited_rate),
		TEST(every_vault_is_told_the_check_key),
		TEST(a_worker_that_speaks_is_reported),
		TEST(a_worker_that_dies_gets_nothing_and_harms_nobody),
		TEST_BLANK(nothing_is_served_before_the_keys),
		TEST(a_second_key_file_is_refused),
		TEST_BLANK(a_broken_key_file_stops_the_program),
		TEST(figures_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
