/* The built keyring program behind its filter, as the supervisor starts it. */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "tests/unit/unit.h"

#define PROGRAM "./tonearm-keyring"
#define KEYS "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ncurrent 1\n"

static struct {
	struct loop *loop;
	struct channel *control, *vault;
	struct event *watchdog;
	pid_t pid;
	uint8_t last;      /* type of the frame that came last */
} k;

static err_t
on_frame(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	k.last = f->type;
	loop_stop(k.loop);
	return 0;
}

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	(void)why;
	loop_stop(k.loop);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("nothing happened for 20 s");
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_READY, .handle = on_frame}, {.type = MSG_PEER_OK, .handle = on_frame},
};
static const struct channel_table control_table = {.peer = "keyring", .rules = control_rules,
	.n_rules = 2, .max_queue = 65536};
static const struct channel_rule vault_rules[] = {
	{.type = MSG_CHECK_KEY, .handle = on_frame}, {.type = MSG_KEY_WRAPPED, .handle = on_frame},
};
static const struct channel_table vault_table = {.peer = "keyring", .rules = vault_rules,
	.n_rules = 2, .max_queue = 65536};

/* Turns the loop until a frame or an end has come; its type, 0 for an end. */
static uint8_t
next_frame(void)
{
	k.last = MSG_NONE;
	assert_ok(event_add(k.watchdog, &(struct timeval){.tv_sec = 20}));
	assert_ok(loop_run(k.loop));
	(void)event_del(k.watchdog);
	return k.last;
}

static void
start_program(const char *keys)
{
	const struct msg_config m = {.text = span_str("log.level=error\nlog.refused_calls=yes\n")};
	int fds[2], file[2];

	memset(&k, 0, sizeof(k));
	assert_ok(loop_create(&k.loop));
	k.watchdog = event_new(loop_base(k.loop), -1, 0, on_watchdog, NULL);
	assert_non_null(k.watchdog);
	assert_ok(channel_pair(fds));
	k.pid = fork();
	assert_true(k.pid >= 0);
	if (k.pid == 0) {
		if (dup2(fds[1], 3) == 3)
			(void)execl(PROGRAM, PROGRAM, (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	assert_ok(channel_open(k.loop, fds[0], &control_table, NULL, on_end, &k.control));
	assert_ok(send_config(k.control, 0, &m));
	channel_flush(k.control);
	assert_int_equal(pipe(file), 0);
	assert_int_equal(write(file[1], keys, strlen(keys)), (ssize_t)strlen(keys));
	(void)close(file[1]);
	assert_ok(send_keyfile_fd(k.control, file[0]));
	(void)close(file[0]);
}

/* Memory of closed channels goes at the end of a turn. */
static void
stop_loop(void *arg)
{
	loop_stop(arg);
}

static int
end_program(void)
{
	struct deferred last = {0};
	int status = 0;

	channel_close(&k.vault);
	channel_close(&k.control);
	loop_defer(k.loop, &last, stop_loop, k.loop);
	assert_ok(loop_run(k.loop));
	event_free(k.watchdog);
	loop_destroy(&k.loop);
	assert_int_equal(waitpid(k.pid, &status, 0), k.pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
it_answers_the_vault_behind_its_filter(void **state)
{
	const struct msg_peer peer = {.kind = PEER_VAULT};
	const struct msg_key_new ask = {.user = {1}};
	int fds[2];

	(void)state;
	start_program(KEYS);
	assert_int_equal(next_frame(), MSG_READY);
	assert_ok(channel_pair(fds));
	assert_ok(channel_open(k.loop, fds[0], &vault_table, NULL, on_end, &k.vault));
	assert_ok(send_peer_fd(k.control, &peer, fds[1]));
	(void)close(fds[1]);
	/* The two channels have no order between them. */
	if (next_frame() == MSG_PEER_OK)
		assert_int_equal(next_frame(), MSG_CHECK_KEY);
	else
		assert_int_equal(next_frame(), MSG_PEER_OK);
	assert_ok(send_key_new(k.vault, 1, &ask));
	assert_int_equal(next_frame(), MSG_KEY_WRAPPED);
	assert_int_equal(end_program(), 0);
}

static void
a_damaged_key_file_ends_it(void **state)
{
	(void)state;
	start_program("1 AAECAwQF\ncurrent 1\n");
	assert_int_equal(next_frame(), MSG_NONE);
	assert_int_equal(end_program(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_answers_the_vault_behind_its_filter),
		cmocka_unit_test(a_damaged_key_file_ends_it),
	};

	if (access(PROGRAM, X_OK) != 0)
		return 77;
	return cmocka_run_group_tests_name("keyring program", tests, NULL, NULL);
}
