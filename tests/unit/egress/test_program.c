/* The built egress program behind its filter, as the supervisor starts it. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "tests/unit/unit.h"

#define PROGRAM "./tonearm-egress"
#define WORKER  UINT64_C(0x10001)

static struct {
	struct loop *loop;
	struct channel *control, *worker;
	struct event *watchdog;
	pid_t pid;
	uint8_t last;         /* type of the frame that came last */
	char status[512];
	bool control_ended;
} e;

static err_t
on_frame(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_status m;

	(void)owner;
	(void)ch;
	e.last = f->type;
	if (f->type == MSG_STATUS) {
		assert_ok(msg_get_status(f->body, &m));
		(void)snprintf(e.status, sizeof(e.status), "%.*s", (int)m.text.n, (const char *)m.text.p);
	}
	if (f->type == MSG_DIALLED)
		assert_true(f->fds[0] >= 0);
	loop_stop(e.loop);
	return 0;
}

static void
on_control_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	(void)why;
	e.control_ended = true;
	loop_stop(e.loop);
}

static void
on_worker_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	(void)why;
	loop_stop(e.loop);
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
	{.type = MSG_STATUS, .handle = on_frame},
};
static const struct channel_table control_table = {.peer = "egress", .rules = control_rules,
	.n_rules = 3, .max_queue = 65536};
static const struct channel_rule worker_rules[] = {
	{.type = MSG_DIALLED, .fds = 1, .handle = on_frame},
	{.type = MSG_DIAL_FAILED, .handle = on_frame},
};
static const struct channel_table worker_table = {.peer = "egress", .rules = worker_rules,
	.n_rules = 2, .max_fds = 1, .max_queue = 65536};

/* Turns the loop until a frame or an end has come; its type, 0 for an end. */
static uint8_t
next_frame(void)
{
	e.last = MSG_NONE;
	assert_ok(event_add(e.watchdog, &(struct timeval){.tv_sec = 20}));
	assert_ok(loop_run(e.loop));
	(void)event_del(e.watchdog);
	return e.last;
}

static void
start_program(const char *api, const char *accounts)
{
	struct msg_config m;
	char text[256];
	int fds[2];

	memset(&e, 0, sizeof(e));
	assert_ok(loop_create(&e.loop));
	e.watchdog = event_new(loop_base(e.loop), -1, 0, on_watchdog, NULL);
	assert_non_null(e.watchdog);
	assert_ok(channel_pair(fds));
	e.pid = fork();
	assert_true(e.pid >= 0);
	if (e.pid == 0) {
		if (dup2(fds[1], 3) == 3)
			(void)execl(PROGRAM, PROGRAM, (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	assert_ok(channel_open(e.loop, fds[0], &control_table, NULL, on_control_end, &e.control));
	(void)snprintf(text, sizeof(text), "spotify.api_url=%s\nspotify.accounts_url=%s\n"
	    "log.level=error\nlog.refused_calls=yes\n", api, accounts);
	m.text = span_str(text);
	assert_ok(send_config(e.control, 0, &m));
	channel_flush(e.control);
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

	channel_close(&e.worker);
	channel_close(&e.control);
	loop_defer(e.loop, &last, stop_loop, e.loop);
	assert_ok(loop_run(e.loop));
	event_free(e.watchdog);
	loop_destroy(&e.loop);
	assert_int_equal(waitpid(e.pid, &status, 0), e.pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
join_worker(enum peer_kind kind)
{
	const struct msg_peer m = {.kind = (uint8_t)kind, .worker = WORKER};
	int fds[2];

	assert_ok(channel_pair(fds));
	channel_close(&e.worker);
	assert_ok(channel_open(e.loop, fds[0], &worker_table, NULL, on_worker_end, &e.worker));
	assert_ok(send_peer_fd(e.control, &m, fds[1]));
	(void)close(fds[1]);
}

static uint8_t
dial(enum dial_host host)
{
	const struct msg_dial m = {.host = (uint8_t)host};

	assert_ok(send_dial(e.worker, 1, &m));
	return next_frame();
}

static int
listener(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, 16) == 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static void
it_dials_and_looks_up_behind_its_filter(void **state)
{
	const struct msg_status_ask ask = {0};
	const struct msg_worker_gone gone = {.worker = WORKER};
	const struct msg_drain drain = {.ms = 1000};
	char api[64], accounts[64];
	uint16_t port;
	int l = listener(&port), peer, i;

	(void)state;
	(void)snprintf(api, sizeof(api), "http://127.0.0.1:%u/v1", port);
	(void)snprintf(accounts, sizeof(accounts), "https://localhost:%u", port);
	start_program(api, accounts);
	assert_int_equal(next_frame(), MSG_READY);
	join_worker(PEER_WORKER);
	assert_int_equal(next_frame(), MSG_PEER_OK);
	assert_int_equal(dial(DIAL_API), MSG_DIALLED);
	peer = accept(l, NULL, NULL);
	assert_true(peer >= 0);
	(void)close(peer);
	/* The name is looked up meanwhile; a new channel has its dials anew. */
	for (i = 0; i < 10 && dial(DIAL_ACCOUNTS) != MSG_DIALLED; i++)
		(void)usleep(100000);
	assert_int_equal(e.last, MSG_DIALLED);
	assert_ok(send_drain(e.control, 0, &drain));
	assert_ok(send_status_ask(e.control, 7, &ask));
	assert_int_equal(next_frame(), MSG_STATUS);
	assert_non_null(strstr(e.status, "channels 1\n"));
	assert_non_null(strstr(e.status, "api_addresses 1\n"));
	assert_ok(send_worker_gone(e.control, 0, &gone));
	assert_int_equal(next_frame(), MSG_NONE);
	assert_int_equal(end_program(), 0);
	(void)close(l);
}

static void
only_workers_and_enroll_programs_are_joined(void **state)
{
	(void)state;
	start_program("http://127.0.0.1:1/v1", "http://127.0.0.1:1");
	assert_int_equal(next_frame(), MSG_READY);
	join_worker(PEER_FRONT);
	while (!e.control_ended)
		(void)next_frame();
	(void)end_program();
}

static void
without_a_host_it_does_not_start(void **state)
{
	(void)state;
	start_program("nonsense", "http://127.0.0.1:1");
	assert_int_equal(next_frame(), MSG_NONE);
	assert_true(e.control_ended);
	assert_int_equal(end_program(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_dials_and_looks_up_behind_its_filter),
		cmocka_unit_test(only_workers_and_enroll_programs_are_joined),
		cmocka_unit_test(without_a_host_it_does_not_start),
	};

	if (access(PROGRAM, X_OK) != 0)
		return 77;
	return cmocka_run_group_tests_name("egress program", tests, NULL, NULL);
}
