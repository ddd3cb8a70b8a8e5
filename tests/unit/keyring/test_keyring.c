/*
 * The keyring between a supervisor, a vault, workers and enroll programs, all
 * played by the test at the other ends of its channels.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "master/keyring/derive.h"
#include "master/keyring/keyring.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/crypto/hash.h"
#include "shared/ipc/words.h"

#define KEYS "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ncurrent 1\n"
#define HEARD_MAX 16
#define WAIT_S 5
#define ENROLL_BIT ((uint64_t)1 << 63)

/* One end that the test holds, and what came there. */
struct side {
	struct channel *ch;
	struct {
		uint8_t type;
		uint64_t request;
		uint8_t body[256];
		size_t n;
	} heard[HEARD_MAX];
	unsigned n_heard, n_taken;
	bool over;
};

static struct fixture {
	struct loop *loop;
	struct keyring keyring;
	struct channel *control;      /* the keyring's end */
	struct side supervisor, vault, worker, other;
	unsigned ready;
	bool violated;                /* the supervisor broke the keyring's rules */
} t;

static err_t
on_any(void *owner, struct channel *ch, const struct frame *f)
{
	struct side *s = owner;

	(void)ch;
	assert_true(s->n_heard < HEARD_MAX);
	assert_true(f->body.n <= sizeof(s->heard[0].body));
	s->heard[s->n_heard].type = f->type;
	s->heard[s->n_heard].request = f->request;
	memcpy(s->heard[s->n_heard].body, f->body.p, f->body.n);
	s->heard[s->n_heard++].n = f->body.n;
	loop_stop(t.loop);
	return 0;
}

static void
on_over(void *owner, struct channel *ch, enum channel_end why)
{
	struct side *s = owner;

	(void)ch;
	assert_int_equal(why, CHANNEL_EOF);
	s->over = true;
	channel_close(&s->ch);
	loop_stop(t.loop);
}

#define ANY(NAME, name) {.type = MSG_##NAME, .handle = on_any},
static const struct channel_rule any_rules[] = {MESSAGES(ANY)};
static const struct channel_table any_table = {.peer = "keyring", .rules = any_rules,
	.n_rules = sizeof(any_rules) / sizeof(any_rules[0]), .max_queue = 1024 * 1024};

static void
on_control_over(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	t.violated = why == CHANNEL_VIOLATION;
	t.keyring.control = NULL;
	channel_close(&t.control);
	loop_stop(t.loop);
}

static err_t
on_keys(struct keyring *k, struct channel *control)
{
	const struct msg_ready m = {.none = 0};

	(void)k;
	t.ready++;
	return send_ready(control, 0, &m);
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
	loop_stop(t.loop);
}

/* Runs the loop until something was heard or ended; fails after WAIT_S. */
static void
turn(void)
{
	const struct timeval wait = {.tv_sec = WAIT_S};
	bool late = false;
	struct event *e = evtimer_new(loop_base(t.loop), stop, &late);

	assert_int_equal(evtimer_add(e, &wait), 0);
	assert_int_equal(loop_run(t.loop), 0);
	event_free(e);
	assert_false(late);
}

/* The next frame at a side, which must be of this type. */
static struct span
hear(struct side *s, uint8_t type, uint64_t request)
{
	unsigned i;

	while (s->n_taken == s->n_heard) {
		assert_false(s->over);
		turn();
	}
	i = s->n_taken++;
	assert_string_equal(msg_name(s->heard[i].type), msg_name(type));
	assert_int_equal(s->heard[i].request, request);
	return span_of(s->heard[i].body, s->heard[i].n);
}

static void
hear_failed(uint64_t request, unsigned why)
{
	struct msg_key_failed m;

	assert_int_equal(msg_get_key_failed(hear(&t.vault, MSG_KEY_FAILED, request), &m), 0);
	assert_int_equal(m.why, why);
}

static void
await_over(struct side *s)
{
	while (!s->over)
		turn();
	assert_int_equal(s->n_taken, s->n_heard);
}

static void
reset(struct side *s)
{
	channel_close(&s->ch);
	memset(s, 0, sizeof(*s));
}

/* The supervisor joins a side to the keyring. */
static void
join_bound(struct side *s, uint8_t kind, uint64_t id, uint8_t bound)
{
	const struct msg_peer m = {.kind = kind, .worker = id, .bound = bound};
	struct msg_peer_ok ok;
	int fds[2];

	reset(s);
	assert_int_equal(channel_pair(fds), 0);
	assert_int_equal(channel_open(t.loop, fds[0], &any_table, s, on_over, &s->ch), 0);
	assert_int_equal(send_peer_fd(t.supervisor.ch, &m, fds[1]), 0);
	(void)close(fds[1]);
	assert_int_equal(msg_get_peer_ok(hear(&t.supervisor, MSG_PEER_OK, 0), &ok), 0);
	assert_int_equal(ok.kind, kind);
	assert_int_equal(ok.worker, id);
	t.supervisor.n_heard = t.supervisor.n_taken = 0;
}

static void
join(struct side *s, uint8_t kind, uint64_t id)
{
	join_bound(s, kind, id, 0);
	if (kind == PEER_VAULT)
		(void)hear(s, MSG_CHECK_KEY, 0);
}

static void
give_file(const char *text)
{
	int fd = memfd_create("keys", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(send_keyfile_fd(t.supervisor.ch, fd), 0);
	(void)close(fd);
}

static int
set_up_blank(void **state)
{
	int fds[2];

	(void)state;
	memset(&t, 0, sizeof(t));
	log_open("test", LOG_ERROR);
	assert_int_equal(loop_create(&t.loop), 0);
	keyring_init(&t.keyring, t.loop, on_keys);
	assert_int_equal(channel_pair(fds), 0);
	assert_int_equal(channel_open(t.loop, fds[0], &keyring_control_table, &t.keyring,
	    on_control_over, &t.control), 0);
	assert_int_equal(channel_open(t.loop, fds[1], &any_table, &t.supervisor, on_over,
	    &t.supervisor.ch), 0);
	return 0;
}

static int
set_up(void **state)
{
	(void)set_up_blank(state);
	give_file(KEYS);
	(void)hear(&t.supervisor, MSG_READY, 0);
	join(&t.vault, PEER_VAULT, 0);
	return 0;
}

static void
stop_now(void *arg)
{
	loop_stop(arg);
}

static int
tear_down(void **state)
{
	struct deferred last = {.queued = false};

	(void)state;
	keyring_end(&t.keyring);
	channel_close(&t.control);
	reset(&t.supervisor);
	reset(&t.vault);
	reset(&t.worker);
	reset(&t.other);
	/* Channels give their memory back at the end of a turn. */
	loop_defer(t.loop, &last, stop_now, t.loop);
	assert_int_equal(loop_run(t.loop), 0);
	loop_destroy(&t.loop);
	return 0;
}

/* --- questions ---------------------------------------------------------------- */

static const uint8_t user_a[ID_BYTES] = {1, 2, 3}, user_b[ID_BYTES] = {1, 2, 4};
static const uint8_t login_a[ID_BYTES] = {9, 9};

struct wrapped {
	uint32_t key_id;
	uint8_t bytes[WRAPPED_BYTES];
};

static struct wrapped
new_key(const uint8_t user[ID_BYTES])
{
	struct msg_key_new ask = {.none = 0};
	struct msg_key_wrapped m;
	struct wrapped w;

	memcpy(ask.user, user, ID_BYTES);
	assert_int_equal(send_key_new(t.vault.ch, 5, &ask), 0);
	assert_int_equal(msg_get_key_wrapped(hear(&t.vault, MSG_KEY_WRAPPED, 5), &m), 0);
	assert_int_equal(m.wrapped.n, sizeof(w.bytes));
	w.key_id = m.key_id;
	memcpy(w.bytes, m.wrapped.p, sizeof(w.bytes));
	return w;
}

static void
ask_key(uint64_t request, uint64_t worker, const uint8_t user[ID_BYTES], const struct wrapped *w)
{
	struct msg_key_for m = {.worker = worker, .key_id = w->key_id,
		.wrapped = span_of(w->bytes, sizeof(w->bytes))};

	memcpy(m.user, user, ID_BYTES);
	assert_int_equal(send_key_for(t.vault.ch, request, &m), 0);
}

static void
ask_login_key(uint64_t request, uint64_t worker)
{
	struct msg_login_key_for m = {.worker = worker};

	memcpy(m.login, login_a, ID_BYTES);
	assert_int_equal(send_login_key_for(t.vault.ch, request, &m), 0);
}

static void
ask_enroll_keys(uint64_t request, uint64_t worker)
{
	struct msg_enroll_keys_for m = {.worker = worker};

	memcpy(m.login, login_a, ID_BYTES);
	assert_int_equal(send_enroll_keys_for(t.vault.ch, request, &m), 0);
}

static void
say_gone(uint64_t worker)
{
	const struct msg_worker_gone m = {.worker = worker, .cause = GONE_EXIT};

	assert_int_equal(send_worker_gone(t.supervisor.ch, 0, &m), 0);
}

/* --- tests ---------------------------------------------------------------------- */

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
	t.keyring.credit_at = clock_mono_ms() + 60000;
	assert_int_equal(send_challenge_for(t.vault.ch, 4, &ask), 0);
	hear_failed(4, KEY_WHY_RATE);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_BLANK(name) cmocka_unit_test_setup_teardown(name, set_up_blank, tear_down)

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
