/* shared/ipc and shared/loop: what a channel lets through, and what ends it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/ipc/channel.h"
#include "tests/unit/unit.h"

struct side {
	struct loop *loop;
	struct channel *ch;
	int raw;                 /* the test's own end */
	unsigned credits;        /* handled CREDIT messages */
	uint32_t last;
	unsigned idles;
	unsigned fds;
	bool ended;
	enum channel_end how;
	bool close_in_handler;
	bool sync;
};

static err_t
on_credit(void *owner, struct channel *ch, const struct frame *f)
{
	struct side *s = owner;
	struct msg_credit m;
	err_t err;

	(void)ch;
	err = msg_get_credit(f->body, &m);
	if (err != 0)
		return err;
	s->credits++;
	s->last = m.bytes;
	if (s->close_in_handler)
		channel_close(&s->ch);
	return 0;
}

static err_t
on_idle(void *owner, struct channel *ch, const struct frame *f)
{
	struct side *s = owner;

	(void)ch;
	(void)f;
	s->idles++;
	return 0;
}

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct side *s = owner;

	(void)ch;
	assert_int_equal(f->n_fds, 1);
	assert_true(fcntl(f->fds[0], F_GETFD) & FD_CLOEXEC);
	s->fds++;
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_CREDIT, .handle = on_credit},
	{.type = MSG_IDLE, .once = true, .handle = on_idle},
	{.type = MSG_RETIRE, .when = 2, .handle = on_idle},
};
static const struct channel_table table = {
	.peer = "test", .rules = rules, .n_rules = 3, .max_queue = 200000,
};
static const struct channel_rule fd_rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_CREDIT, .handle = on_credit},
};
static const struct channel_table fd_table = {
	.peer = "test", .rules = fd_rules, .n_rules = 2, .max_fds = 1, .max_queue = 200000,
};

static const struct channel_rule flood_rules[] = {{.type = MSG_IDLE, .handle = on_idle}};
static const struct channel_table flood_table = {
	.peer = "test", .rules = flood_rules, .n_rules = 1, .max_queue = 200000,
};

static void
ended(void *owner, struct channel *ch, enum channel_end how)
{
	struct side *s = owner;

	assert_ptr_equal(ch, s->ch);
	s->ended = true;
	s->how = how;
	loop_stop(s->loop);
}

static void
setup(struct side *s, const struct channel_table *t)
{
	int fds[2];

	memset(s, 0, sizeof(*s));
	assert_ok(loop_create(&s->loop));
	assert_ok(channel_pair(fds));
	s->raw = fds[1];
	assert_ok(channel_open(s->loop, fds[0], t, s, ended, &s->ch));
}

static void
stop_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loop_stop(arg);
}

/* Runs the loop until the channel ends or for a moment. */
static void
run(struct side *s)
{
	struct timeval soon = {.tv_usec = 20000};
	struct event *ev = evtimer_new(loop_base(s->loop), stop_later, s->loop);

	assert_non_null(ev);
	assert_int_equal(evtimer_add(ev, &soon), 0);
	assert_ok(loop_run(s->loop));
	event_free(ev);
}

static void
teardown(struct side *s)
{
	channel_close(&s->ch);
	run(s);
	(void)close(s->raw);
	loop_destroy(&s->loop);
}

/* A frame as raw bytes. */
static size_t
frame(uint8_t *p, uint8_t type, const void *body, uint32_t len)
{
	memset(p, 0, FRAME_HEAD);
	p[0] = CHANNEL_VERSION;
	p[1] = type;
	p[4] = (uint8_t)len;
	p[5] = (uint8_t)(len >> 8);
	p[6] = (uint8_t)(len >> 16);
	p[7] = (uint8_t)(len >> 24);
	if (len > 0 && body != NULL)
		memcpy(p + FRAME_HEAD, body, len);
	return FRAME_HEAD + len;
}

static const uint8_t credit_5[] = {5, 0, 0, 0};

static void
several_frames_of_one_packet_are_handled_in_order(void **state)
{
	struct side s;
	uint8_t p[200];
	size_t n = 0;

	(void)state;
	setup(&s, &table);
	n += frame(p + n, MSG_CREDIT, credit_5, 4);
	n += frame(p + n, MSG_IDLE, NULL, 0);
	n += frame(p + n, MSG_CREDIT, "\x09\0\0\0", 4);
	assert_int_equal(send(s.raw, p, n, 0), n);
	run(&s);
	assert_int_equal(s.credits, 2);
	assert_int_equal(s.last, 9);
	assert_int_equal(s.idles, 1);
	assert_false(s.ended);
	teardown(&s);
}

/* Sends raw bytes and expects the channel to end as a violation. */
static void
violates(const void *bytes, size_t n, const struct channel_table *t)
{
	struct side s;

	setup(&s, t);
	assert_int_equal(send(s.raw, bytes, n, 0), n);
	run(&s);
	assert_true(s.ended);
	assert_int_equal(s.how, CHANNEL_VIOLATION);
	teardown(&s);
}

static void
what_the_table_does_not_allow_ends_the_channel(void **state)
{
	uint8_t p[300];
	size_t n;

	(void)state;
	violates(p, frame(p, MSG_BIND, NULL, 0), &table);          /* not in the table */
	violates(p, frame(p, MSG_RETIRE, NULL, 0), &table);        /* not in this state */
	violates(p, frame(p, MSG_NONE, NULL, 0), &table);
	violates(p, frame(p, MSG_COUNT, NULL, 0), &table);
	violates(p, frame(p, 255, NULL, 0), &table);
	n = frame(p, MSG_IDLE, NULL, 0);
	n += frame(p + n, MSG_IDLE, NULL, 0);
	violates(p, n, &table);                                    /* once only */
	violates(p, frame(p, MSG_CREDIT, "\1\2\3", 3), &table);    /* short body */
	violates(p, frame(p, MSG_CREDIT, "\1\2\3\4\5", 5), &table);/* long body */
	violates(p, frame(p, MSG_PEER, "\1\0\0\0\0\0\0\0\0", 9), &fd_table); /* no descriptor */
}

static void
a_broken_frame_ends_the_channel(void **state)
{
	uint8_t p[300];
	size_t n;

	(void)state;
	violates("x", 1, &table);
	n = frame(p, MSG_CREDIT, credit_5, 4);
	p[0] = 2;
	violates(p, n, &table);                                    /* version */
	n = frame(p, MSG_CREDIT, credit_5, 4);
	p[2] = 1;
	violates(p, n, &table);                                    /* reserved bytes */
	n = frame(p, MSG_CREDIT, credit_5, 4);
	violates(p, n - 1, &table);                                /* cut */
	n = frame(p, MSG_CREDIT, credit_5, 4);
	p[7] = 0xff;
	violates(p, n, &table);                                    /* lying length */
	n = frame(p, MSG_CREDIT, credit_5, 4);
	p[n] = 0;
	violates(p, n + 1, &table);                                /* a byte behind it */
}

static void
an_oversize_packet_ends_the_channel(void **state)
{
	static uint8_t big[80000];
	struct side s;
	int room = 400000;

	(void)state;
	setup(&s, &table);
	assert_int_equal(setsockopt(s.raw, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	(void)frame(big, MSG_CREDIT, NULL, 70000);
	assert_int_equal(send(s.raw, big, sizeof(big), 0), sizeof(big));
	run(&s);
	assert_true(s.ended);
	assert_int_equal(s.how, CHANNEL_VIOLATION);
	teardown(&s);
}

/* n empty frames of a type in one packet. */
static size_t
many_frames(uint8_t *p, size_t n, uint8_t type)
{
	size_t i;

	memset(p, 0, n * FRAME_HEAD);
	for (i = 0; i < n; i++) {
		p[i * FRAME_HEAD] = CHANNEL_VERSION;
		p[i * FRAME_HEAD + 1] = type;
	}
	return n * FRAME_HEAD;
}

static void
a_packet_of_too_many_frames_ends_the_channel(void **state)
{
	static uint8_t p[65536];
	struct side s;
	size_t n;

	(void)state;
	setup(&s, &flood_table);
	n = many_frames(p, 256, MSG_IDLE);
	assert_int_equal(send(s.raw, p, n, 0), n);
	run(&s);
	assert_int_equal(s.idles, 256);
	assert_false(s.ended);
	n = many_frames(p, 257, MSG_IDLE);
	assert_int_equal(send(s.raw, p, n, 0), n);
	run(&s);
	assert_true(s.ended && s.how == CHANNEL_VIOLATION);
	assert_true(s.idles <= 512);
	teardown(&s);
}

static void
a_flood_of_frames_gets_one_packet_a_turn(void **state)
{
	static uint8_t p[65536];
	struct side s;
	size_t i, n = many_frames(p, 256, MSG_IDLE);

	(void)state;
	setup(&s, &flood_table);
	for (i = 0; i < 4; i++)
		assert_int_equal(send(s.raw, p, n, 0), n);
	assert_true(event_base_loop(loop_base(s.loop), EVLOOP_ONCE) >= 0);
	assert_int_equal(s.idles, 256);
	run(&s);
	assert_int_equal(s.idles, 4 * 256);
	teardown(&s);
}

/* What the one side puts into packets the other must take. */
static void
many_messages_of_one_turn_all_arrive(void **state)
{
	const struct msg_idle m = {0};
	struct channel *to;
	struct side s;
	int i;

	(void)state;
	setup(&s, &flood_table);
	assert_ok(channel_open(s.loop, s.raw, &flood_table, &s, ended, &to));
	for (i = 0; i < 1000; i++)
		assert_ok(send_idle(to, 0, &m));
	run(&s);
	assert_int_equal(s.idles, 1000);
	assert_false(s.ended);
	channel_close(&to);
	s.raw = -1;
	teardown(&s);
}

static void
an_empty_packet_and_a_close_are_the_end(void **state)
{
	struct side s;

	(void)state;
	setup(&s, &table);
	assert_int_equal(send(s.raw, "", 0, 0), 0);
	run(&s);
	assert_true(s.ended);
	assert_int_equal(s.how, CHANNEL_EOF);
	teardown(&s);
	setup(&s, &table);
	assert_int_equal(shutdown(s.raw, SHUT_RDWR), 0);
	run(&s);
	assert_true(s.ended);
	assert_int_equal(s.how, CHANNEL_EOF);
	teardown(&s);
}

/* Sends bytes with n descriptors. */
static void
send_with_fds(int to, const void *bytes, size_t len, unsigned n)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
	char control[CMSG_SPACE(sizeof(int) * 10)] = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
	    .msg_controllen = CMSG_SPACE(sizeof(int) * n)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fds[10] = {0};
	unsigned i;

	for (i = 0; i < n; i++)
		fds[i] = STDIN_FILENO;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	assert_int_equal(sendmsg(to, &msg, 0), len);
}

static int
open_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
descriptors_arrive_only_where_the_table_has_room(void **state)
{
	uint8_t p[100];
	size_t n = frame(p, MSG_PEER, "\1\0\0\0\0\0\0\0\0", 9);
	unsigned k;
	int before;

	(void)state;
	for (k = 1; k <= 10; k++) {
		struct side s;

		before = open_fds();
		setup(&s, &fd_table);
		send_with_fds(s.raw, p, n, k);
		run(&s);
		assert_int_equal(s.fds, k == 1);
		assert_int_equal(s.ended, k != 1);
		teardown(&s);
		assert_int_equal(open_fds(), before);
	}
}

static void
descriptors_in_an_empty_packet_are_refused_and_closed(void **state)
{
	unsigned k;
	int before;

	(void)state;
	for (k = 1; k <= 10; k++) {
		struct side s;

		before = open_fds();
		setup(&s, &fd_table);
		send_with_fds(s.raw, "", 0, k);
		run(&s);
		assert_true(s.ended);
		assert_int_equal(s.how, CHANNEL_VIOLATION);
		assert_int_equal(s.fds, 0);
		teardown(&s);
		assert_int_equal(open_fds(), before);
	}
}

static void
descriptors_towards_a_table_without_room_are_dropped_by_the_kernel(void **state)
{
	struct side s;
	uint8_t p[100];
	int before = open_fds();

	(void)state;
	setup(&s, &table);
	send_with_fds(s.raw, p, frame(p, MSG_CREDIT, credit_5, 4), 1);
	run(&s);
	assert_int_equal(s.credits, 1);
	teardown(&s);
	assert_int_equal(open_fds(), before);
}

static void
a_channel_may_be_closed_inside_its_own_handler(void **state)
{
	struct side s;
	uint8_t p[200];
	size_t n = 0;

	(void)state;
	setup(&s, &table);
	s.close_in_handler = true;
	n += frame(p + n, MSG_CREDIT, credit_5, 4);
	n += frame(p + n, MSG_CREDIT, credit_5, 4);
	assert_int_equal(send(s.raw, p, n, 0), n);
	run(&s);
	assert_int_equal(s.credits, 1);
	assert_false(s.ended);
	assert_null(s.ch);
	teardown(&s);
}

/* Put off to the turn's end behind the channel's own work. */
static void
send_in_parts(void *arg)
{
	struct side *s = arg;
	const struct span parts[] = {span_str("one "), span_str(""), span_str("two")};

	assert_ok(send_res_body_parts(s->ch, 3, parts, 3));
}

static void
messages_of_one_turn_travel_in_one_packet(void **state)
{
	struct side s;
	struct msg_credit m = {.bytes = 1};
	struct msg_res_body got;
	struct deferred later = {.next = NULL};
	uint8_t p[1000];
	(void)state;
	setup(&s, &table);
	assert_ok(send_credit(s.ch, 1, &m));
	assert_ok(send_credit(s.ch, 2, &m));
	loop_defer(s.loop, &later, send_in_parts, &s);
	assert_int_equal(recv(s.raw, p, sizeof(p), MSG_DONTWAIT), -1);
	run(&s);
	assert_int_equal(recv(s.raw, p, sizeof(p), MSG_DONTWAIT), 3 * FRAME_HEAD + 4 + 4 + 12);
	assert_ok(msg_get_res_body(span_of(p + 3 * FRAME_HEAD + 8, 12), &got));
	assert_int_equal(got.last, 1);
	assert_true(span_is(got.data, "one two"));
	assert_int_equal(recv(s.raw, p, sizeof(p), MSG_DONTWAIT), -1);
	assert_true(channel_drained(s.ch));
	teardown(&s);
}

static void
a_full_queue_is_said_and_nothing_is_lost(void **state)
{
	static uint8_t data[BODY_PART], got[70000];
	struct side s;
	struct msg_res_body m = {.data = span_of(data, sizeof(data))};
	size_t sent = 0, bytes = 0;
	ssize_t n;
	err_t err;
	int i;

	(void)state;
	setup(&s, &table);
	for (i = 0; i < 1000; i++) {
		err = send_res_body(s.ch, 1, &m);
		if (err != 0)
			break;
		sent++;
		channel_flush(s.ch);
	}
	assert_int_equal(err, ERR_AGAIN);
	for (i = 0; i < 100; i++) {
		run(&s);
		while ((n = recv(s.raw, got, sizeof(got), MSG_DONTWAIT)) > 0)
			bytes += (size_t)n;
		if (channel_drained(s.ch))
			break;
	}
	run(&s);
	while ((n = recv(s.raw, got, sizeof(got), MSG_DONTWAIT)) > 0)
		bytes += (size_t)n;
	assert_int_equal(bytes, sent * (FRAME_HEAD + 5 + BODY_PART));
	teardown(&s);
}

static void
sending_after_the_end_says_closed(void **state)
{
	struct msg_credit m = {.bytes = 1};
	struct side s;

	(void)state;
	setup(&s, &table);
	assert_int_equal(shutdown(s.raw, SHUT_RDWR), 0);
	run(&s);
	assert_false(channel_is_open(s.ch));
	assert_int_equal(send_credit(s.ch, 1, &m), ERR_CLOSED);
	channel_close(&s.ch);
	assert_int_equal(send_credit(s.ch, 1, &m), ERR_CLOSED);
	teardown(&s);
}

static void
a_random_stream_of_packets_never_gets_further_than_the_table(void **state)
{
	unsigned seed = 7, i, k;

	(void)state;
	for (i = 0; i < 300; i++) {
		struct side s;
		uint8_t p[64];
		size_t n = 1 + (size_t)rand_r(&seed) % sizeof(p);

		for (k = 0; k < n; k++)
			p[k] = (uint8_t)rand_r(&seed);
		p[0] = CHANNEL_VERSION;
		if (n > 7)
			p[2] = p[3] = p[5] = p[6] = p[7] = 0;
		setup(&s, &table);
		assert_int_equal(send(s.raw, p, n, 0), n);
		(void)event_base_loop(loop_base(s.loop), EVLOOP_NONBLOCK);
		assert_true(s.credits + s.idles <= 4);
		channel_close(&s.ch);
		teardown(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_frames_of_one_packet_are_handled_in_order),
		cmocka_unit_test(what_the_table_does_not_allow_ends_the_channel),
		cmocka_unit_test(a_broken_frame_ends_the_channel),
		cmocka_unit_test(an_oversize_packet_ends_the_channel),
		cmocka_unit_test(a_packet_of_too_many_frames_ends_the_channel),
		cmocka_unit_test(a_flood_of_frames_gets_one_packet_a_turn),
		cmocka_unit_test(many_messages_of_one_turn_all_arrive),
		cmocka_unit_test(an_empty_packet_and_a_close_are_the_end),
		cmocka_unit_test(descriptors_arrive_only_where_the_table_has_room),
		cmocka_unit_test(descriptors_in_an_empty_packet_are_refused_and_closed),
		cmocka_unit_test(descriptors_towards_a_table_without_room_are_dropped_by_the_kernel),
		cmocka_unit_test(a_channel_may_be_closed_inside_its_own_handler),
		cmocka_unit_test(messages_of_one_turn_travel_in_one_packet),
		cmocka_unit_test(a_full_queue_is_said_and_nothing_is_lost),
		cmocka_unit_test(sending_after_the_end_says_closed),
		cmocka_unit_test(a_random_stream_of_packets_never_gets_further_than_the_table),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
