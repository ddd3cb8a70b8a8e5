/* Egress: which connections it makes, for whom, and how many. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "master/egress/askers.h"

static void
a_host_is_read_from_its_url(void **state)
{
	struct target t;

	(void)state;
	assert_int_equal(target_init(&t, "https://api.spotify.com/v1"), 0);
	assert_string_equal(t.host, "api.spotify.com");
	assert_int_equal(t.port, 443);
	assert_false(t.numeric);
	assert_int_equal(target_init(&t, "http://127.0.0.1:8080/v1"), 0);
	assert_true(t.numeric && t.n == 1 && t.n_v4 == 1);
	assert_int_equal(target_init(&t, "http://[::1]:8080"), 0);
	assert_true(t.numeric && t.n == 1 && t.n_v4 == 0);
	assert_int_equal(target_init(&t, "nonsense"), ERR_CONFIG);
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
a_dialled_socket_is_connected_and_does_not_block(void **state)
{
	char url[64];
	struct target t;
	uint16_t port;
	int l = listener(&port), fd = -1, peer, on = 0;
	socklen_t len = sizeof(on);

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	assert_int_equal(target_init(&t, url), 0);
	assert_int_equal(target_dial(&t, &fd), 0);
	peer = accept(l, NULL, NULL);
	assert_true(peer >= 0);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	assert_int_not_equal(on, 0);
	(void)close(peer);
	(void)close(fd);
	(void)close(l);
}

static void
a_host_without_address_is_told_apart(void **state)
{
	struct target t;
	int fd = -1;

	(void)state;
	assert_int_equal(target_init(&t, "https://api.spotify.com/v1"), 0);
	assert_int_equal(target_dial(&t, &fd), ERR_NOTFOUND);
	assert_int_equal(fd, -1);
}

static void
dials_are_counted(void **state)
{
	struct allowance a;
	int i;

	(void)state;
	allowance_init(&a, 0);
	for (i = 0; i < DIALS_BURST; i++)
		assert_true(allowance_take(&a, 0));
	assert_false(allowance_take(&a, 0));
	assert_true(allowance_take(&a, 125));
	assert_false(allowance_take(&a, 126));
	for (i = 0; i < DIALS_A_SECOND; i++)
		assert_true(allowance_take(&a, 1126 + i));
	/* A long rest fills no more than the burst. */
	for (i = 0; i < DIALS_BURST; i++)
		assert_true(allowance_take(&a, 10000000));
	assert_false(allowance_take(&a, 10000000));
}

/* --- the channel of a worker --------------------------------------------------- */
static struct {
	struct loop *loop;
	struct egress egress;
	struct channel *worker, *control;
	unsigned dialled, failed, killed;
	bool ended;
	uint8_t why;
} w;

static err_t
on_dialled(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	w.dialled++;
	assert_true(f->fds[0] >= 0);
	loop_stop(w.loop);
	return 0;
}

static err_t
on_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_dial_failed m;

	(void)owner;
	(void)ch;
	assert_int_equal(msg_get_dial_failed(f->body, &m), 0);
	w.failed++;
	w.why = m.why;
	loop_stop(w.loop);
	return 0;
}

static err_t
on_kill(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_kill_worker m;

	(void)owner;
	(void)ch;
	assert_int_equal(msg_get_kill_worker(f->body, &m), 0);
	assert_int_equal(m.worker, 7);
	assert_int_equal(m.reason, KILL_VIOLATION);
	w.killed++;
	loop_stop(w.loop);
	return 0;
}

static const struct channel_rule worker_rules[] = {
	{.type = MSG_DIALLED, .fds = 1, .handle = on_dialled},
	{.type = MSG_DIAL_FAILED, .handle = on_failed},
};
static const struct channel_table worker_table = {
	.peer = "egress", .rules = worker_rules, .n_rules = 2, .max_fds = 1, .max_queue = 65536,
};
static const struct channel_rule control_rules[] = {{.type = MSG_KILL_WORKER, .handle = on_kill}};
static const struct channel_table control_table = {
	.peer = "egress", .rules = control_rules, .n_rules = 1, .max_queue = 65536,
};

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	(void)why;
	w.ended = true;
	loop_stop(w.loop);
}

static const struct channel_table nothing = {.peer = "test", .max_queue = 65536};

/* An egress with one worker (id 7), both ends in this process. */
static void
open_worker(const char *url)
{
	int pair[2];

	memset(&w, 0, sizeof(w));
	assert_int_equal(loop_create(&w.loop), 0);
	w.egress.loop = w.loop;
	assert_int_equal(target_init(&w.egress.api, url), 0);
	assert_int_equal(target_init(&w.egress.accounts, url), 0);
	assert_int_equal(channel_pair(pair), 0);
	assert_int_equal(channel_open(w.loop, pair[0], &nothing, NULL, on_end, &w.egress.control), 0);
	assert_int_equal(channel_open(w.loop, pair[1], &control_table, NULL, on_end, &w.control), 0);
	assert_int_equal(channel_pair(pair), 0);
	assert_int_equal(asker_add(&w.egress, PEER_WORKER, 7, pair[0]), 0);
	assert_int_equal(channel_open(w.loop, pair[1], &worker_table, NULL, on_end, &w.worker), 0);
}

static void
stop(void *arg)
{
	(void)arg;
	loop_stop(w.loop);
}

static void
close_worker(void)
{
	struct deferred last = {0};

	channel_close(&w.worker);
	channel_close(&w.control);
	askers_free(&w.egress);
	channel_close(&w.egress.control);
	/* Memory of closed channels goes at the end of a turn. */
	loop_defer(w.loop, &last, stop, NULL);
	assert_int_equal(loop_run(w.loop), 0);
	loop_destroy(&w.loop);
}

static void
dial(uint8_t host)
{
	const struct msg_dial m = {.host = host};

	assert_int_equal(send_dial(w.worker, 1, &m), 0);
	assert_int_equal(loop_run(w.loop), 0);
}

static void
a_worker_gets_sockets_until_its_allowance_is_used_up(void **state)
{
	char url[64];
	uint16_t port;
	int l = listener(&port), i;

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	open_worker(url);
	for (i = 0; i < DIALS_BURST; i++)
		dial(i % 2 == 0 ? DIAL_API : DIAL_ACCOUNTS);
	assert_int_equal(w.dialled, DIALS_BURST);
	for (i = 0; i < 8; i++)
		dial(DIAL_API);
	assert_true(w.failed > 0 && w.why == DIAL_REFUSED);
	close_worker();
	(void)close(l);
}

/* How many descriptors this process has. */
static unsigned
open_descriptors(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* A worker's end that asks and never reads: what it does not take must not
 * pile up at egress. */
static void
answers_that_a_worker_does_not_take_hold_few_descriptors(void **state)
{
	uint8_t ask[FRAME_HEAD + 1] = {CHANNEL_VERSION, MSG_DIAL, [4] = 1, [FRAME_HEAD] = DIAL_API};
	struct deferred last = {0};
	unsigned before, i;
	char url[64];
	uint16_t port;
	int l = listener(&port), pair[2];

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	open_worker(url);
	assert_int_equal(channel_pair(pair), 0);
	assert_int_equal(asker_add(&w.egress, PEER_WORKER, 8, pair[0]), 0);
	before = open_descriptors();
	while (w.egress.dials < 2 * DIALS_BURST + DIALS_A_SECOND) {
		/* More often than its allowance grows. */
		(void)usleep(1000000 / DIALS_A_SECOND / 2);
		assert_int_equal(send(pair[1], ask, sizeof(ask), MSG_NOSIGNAL), sizeof(ask));
		assert_true(event_base_loop(loop_base(w.loop), EVLOOP_NONBLOCK) >= 0);
		loop_settle(w.loop);
	}
	assert_true(open_descriptors() - before <= DIALS_BURST + 1);
	/* Those that left for the worker count against our user, too. */
	for (i = 0; recv(pair[1], ask, sizeof(ask), MSG_DONTWAIT) > 0; i++)
		;
	assert_in_range(i, 1, 8);
	(void)close(pair[1]);
	loop_defer(w.loop, &last, stop, NULL);
	assert_int_equal(loop_run(w.loop), 0);
	close_worker();
	(void)close(l);
}

static void
a_host_that_is_none_of_the_two_ends_the_worker(void **state)
{
	(void)state;
	open_worker("http://127.0.0.1:9");
	dial(3);
	while (w.killed == 0 || !w.ended)
		assert_int_equal(loop_run(w.loop), 0);
	assert_int_equal(w.egress.n_askers, 0);
	close_worker();
}

static void
a_message_that_is_not_a_dial_ends_the_worker(void **state)
{
	const struct msg_idle m = {0};

	(void)state;
	open_worker("http://127.0.0.1:9");
	assert_int_equal(send_idle(w.worker, 0, &m), 0);
	while (w.killed == 0)
		assert_int_equal(loop_run(w.loop), 0);
	close_worker();
}

static void
a_worker_that_is_gone_is_forgotten(void **state)
{
	(void)state;
	open_worker("http://127.0.0.1:9");
	asker_gone(&w.egress, 8);
	assert_int_equal(w.egress.n_askers, 1);
	asker_gone(&w.egress, 7);
	assert_int_equal(w.egress.n_askers, 0);
	close_worker();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_read_from_its_url),
		cmocka_unit_test(a_dialled_socket_is_connected_and_does_not_block),
		cmocka_unit_test(a_host_without_address_is_told_apart),
		cmocka_unit_test(dials_are_counted),
		cmocka_unit_test(a_worker_gets_sockets_until_its_allowance_is_used_up),
		cmocka_unit_test(answers_that_a_worker_does_not_take_hold_few_descriptors),
		cmocka_unit_test(a_host_that_is_none_of_the_two_ends_the_worker),
		cmocka_unit_test(a_message_that_is_not_a_dial_ends_the_worker),
		cmocka_unit_test(a_worker_that_is_gone_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
