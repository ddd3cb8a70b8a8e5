/* shared/ipc: how frames of one turn share packets. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/ipc/channel.h"
#include "shared/ipc/room.h"
#include "tests/unit/unit.h"

struct side {
	struct loop *loop;
	struct channel *ch;
	int raw;                 /* the test's own end */
};

static const struct channel_table nothing = {.peer = "test", .max_queue = 200000};

static void
ended(void *owner, struct channel *ch, enum channel_end how)
{
	(void)owner;
	(void)ch;
	(void)how;
	fail_msg("the channel ended");
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

/* The end of a turn: what was put off is done. */
static void
run(struct side *s)
{
	loop_settle(s->loop);
}

static void
teardown(struct side *s)
{
	channel_close(&s->ch);
	run(s);
	(void)close(s->raw);
	loop_destroy(&s->loop);
}

/* Takes packets apart: their frames' requests must count up; how many. */
static unsigned
frames_in_order(int fd, unsigned *packets)
{
	static uint8_t p[70000];
	unsigned frames = 0;
	size_t at, len;
	ssize_t n;

	*packets = 0;
	while ((n = recv(fd, p, sizeof(p), MSG_DONTWAIT)) > 0) {
		assert_true(n <= 65536);
		++*packets;
		for (at = 0; at < (size_t)n; at += FRAME_HEAD + len) {
			len = p[at + 4] | (size_t)p[at + 5] << 8;
			assert_int_equal(p[at], CHANNEL_VERSION);
			assert_int_equal(p[at + 8], ++frames);
		}
		assert_int_equal(at, n);
	}
	return frames;
}

static void
frames_fill_packets_in_order_whatever_their_size(void **state)
{
	static uint8_t data[BODY_PART];
	static const size_t sizes[] = {1, 30000, 30000, 6000, BODY_PART, 0, BODY_PART, 200, 32400, 9};
	const struct msg_peer peer = {.kind = 1};
	struct side s;
	struct buf *body;
	unsigned i, packets;

	(void)state;
	setup(&s, &nothing);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct msg_res_body m = {.data = span_of(data, sizes[i])};

		assert_ok(send_res_body(s.ch, i + 1, &m));
		/* One that is given up leaves nothing behind. */
		assert_ok(channel_begin(s.ch, MSG_IDLE, 99, &body));
		assert_ok(buf_put(body, data, 5000));
		assert_int_equal(channel_begin(s.ch, MSG_IDLE, 99, &body), ERR_STATE);
		channel_abort(s.ch);
		assert_int_equal(channel_commit(s.ch, NULL, 0), ERR_STATE);
	}
	/* Too long for any frame. */
	assert_ok(channel_begin(s.ch, MSG_IDLE, 99, &body));
	assert_ok(buf_put(body, data, sizeof(data)));
	assert_int_equal(buf_put(body, data, sizeof(data)), ERR_LIMIT);
	channel_abort(s.ch);
	/* A descriptor travels alone, before and after others. */
	run(&s);
	assert_int_equal(frames_in_order(s.raw, &packets), 10);
	assert_true(packets >= 3 && packets <= 5);
	assert_true(channel_drained(s.ch));
	assert_int_equal(channel_queued(s.ch), 0);
	assert_ok(send_idle(s.ch, 1, &(struct msg_idle){0}));
	assert_ok(send_peer_fd(s.ch, &peer, 0));
	assert_ok(send_idle(s.ch, 1, &(struct msg_idle){0}));
	run(&s);
	for (i = 0; i < 3; i++)
		assert_true(recv(s.raw, data, sizeof(data), MSG_DONTWAIT) >= FRAME_HEAD);
	assert_int_equal(recv(s.raw, data, sizeof(data), MSG_DONTWAIT), -1);
	/* What is being built when the channel goes is freed with it. */
	assert_ok(channel_begin(s.ch, MSG_IDLE, 99, &body));
	teardown(&s);
}

/* Otherwise the first would be copied into twice the room, and all of that wiped: an
 * answer to tools/list has half a packet. */
static void
long_answers_of_one_turn_do_not_share_a_packet(void **state)
{
	static uint8_t data[BODY_PART];
	struct side s;
	unsigned i, packets;

	(void)state;
	setup(&s, &nothing);
	for (i = 0; i < 3; i++) {
		const struct msg_res_head head = {.status = 200};
		const struct span parts[] = {span_of(data, 100), span_of(data, 20000)};

		assert_ok(send_res_head(s.ch, 2 * i + 1, &head));
		assert_ok(send_res_body_parts(s.ch, 2 * i + 2, parts, 2));
	}
	run(&s);
	/* A head leaves with the body before it; only the first has its own with it. */
	assert_int_equal(frames_in_order(s.raw, &packets), 6);
	assert_int_equal(packets, 3);
	teardown(&s);
}

static void
the_room_for_packets_is_empty_after_a_rest(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal((uintptr_t)packet_room % 4096, 0);
	memset(packet_room, 7, sizeof(packet_room));
	packet_room_rest();
	for (i = 0; i < sizeof(packet_room); i++)
		assert_int_equal(packet_room[i], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_fill_packets_in_order_whatever_their_size),
		cmocka_unit_test(long_answers_of_one_turn_do_not_share_a_packet),
		cmocka_unit_test(the_room_for_packets_is_empty_after_a_rest),
	};

	return cmocka_run_group_tests_name("packets", tests, NULL, NULL);
}
