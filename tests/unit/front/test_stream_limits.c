/*
 * What streams may cost: their limits, and what a worker gains that lies about
 * them, which is nothing.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/front/stream_steps.h"

/* A frame that its worker may not send: it is killed. */
static void
breach(uint8_t user, int step, const struct msg_stream *m, uint64_t other)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, user);
	int fd = dial(&rig);
	struct asked a;
	struct end w;
	struct buf b;

	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	if (step > 0)
		RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 200,
		    .media = step > 1 ? MEDIA_SSE : MEDIA_JSON);
	buf_init(&b, 8192);
	assert_int_equal(msg_put_stream(&b, m), 0);
	end_send(&w, MSG_STREAM, a.id + other, buf_span(&b), -1);
	expect_kill(next_worker, KILL_VIOLATION);
	assert_true(end_closed(&w));
	buf_free(&b);
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
}

static void
what_a_worker_may_not_say_of_a_stream_ends_it(void **state)
{
	const struct msg_stream good = {.parked = 1, .farewell = span_str(BYE)};
	const struct msg_stream odd = {.parked = 2};

	(void)state;
	breach(20, 0, &good, 0);     /* before the head */
	breach(21, 1, &good, 0);     /* not a stream */
	breach(22, 2, &odd, 0);
	breach(23, 2, &good, 1000);  /* of a request that never was */
}

static void
a_worker_can_only_speak_of_its_own_streams(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 24), *other = rig_token(&rig, CRED_PERSONAL, 25);
	int fd = dial(&rig), fd2 = dial(&rig);
	struct end w, bad;
	uint64_t id;

	(void)state;
	bound_worker(&w, fd, token);
	id = begin_stream(&w, fd, token);
	bound_worker(&bad, fd2, other);
	/* Attached or kept: neither is within its reach. */
	RIG_SEND(&bad, id, STREAM, stream, .parked = 1, .farewell = span_str("data: forged\n\n"));
	RIG_SEND(&bad, id, RES_BODY, res_body, .last = 1, .data = span_str("data: forged\n\n"));
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	quiet(&w);
	say_stream(&w, id, true, 0);
	next_worker--;
	retire(&w);
	next_worker++;
	RIG_SEND(&bad, id, STREAM, stream, .farewell = span_str("data: forged\n\n"));
	stays_open(fd, 100);
	drop(token);
	read_text(fd, ENDED);
	end_close(&bad);
	(void)close(fd);
	(void)close(fd2);
}

static void
a_flood_of_words_about_streams_ends_the_worker_only(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 26);
	int fd = dial(&rig), fd2 = dial(&rig), i;
	struct end w;
	uint64_t id;

	(void)state;
	bound_worker(&w, fd, token);
	id = parked_stream(&w, fd, token);
	for (i = 0; i < 600; i++)
		say_stream(&w, id, i % 2 == 1, 0);
	expect_kill(next_worker, KILL_VIOLATION);
	get_path(fd2, "/health", "");
	expect(fd2, 200, NULL);
	end_close(&w);
	(void)close(fd);
	(void)close(fd2);
}

/* Those who connect and say nothing make room for others first. */
static void
when_descriptors_are_gone_parked_streams_go_last(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 27);
	int fd = dial(&rig), many[100], i;
	struct end w;

	(void)state;
	bound_worker(&w, fd, token);
	(void)parked_stream(&w, fd, token);
	retire(&w);
	for (i = 0; i < 100; i++)
		many[i] = dial(&rig);
	stays_open(fd, 300);
	for (i = 0; i < 100; i++) {
		(void)close(many[i]);
		many[i] = dial(&rig);
		put_text(many[i], "GET /health HTTP/1.1\r\n");
		(void)poll(NULL, 0, 5);   /* until it was read: unread ones go before */
	}
	read_text(fd, ENDED);
	for (i = 0; i < 100; i++)
		(void)close(many[i]);
	(void)close(fd);
}

static int
start(void **state)
{
	(void)state;
	rig_start(&rig, "");
	return 0;
}

static int
start_small(void **state)
{
	(void)state;
	rig_start_with_files(&rig, "", 70);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_worker_may_not_say_of_a_stream_ends_it),
		TEST(a_worker_can_only_speak_of_its_own_streams),
		TEST(a_flood_of_words_about_streams_ends_the_worker_only),
		cmocka_unit_test_setup_teardown(when_descriptors_are_gone_parked_streams_go_last,
		    start_small, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
