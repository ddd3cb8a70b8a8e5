/*
 * Streams that stay open: they outlive a worker that retires or dies while
 * nothing can come on them, find their person's next one, and end as they
 * should.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/unit/front/stream_steps.h"

static void
a_parked_stream_outlives_its_worker(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 1);
	int fd = dial(&rig);
	struct end w;

	(void)state;
	bound_worker(&w, fd, token);
	(void)parked_stream(&w, fd, token);
	retire(&w);
	stays_open(fd, 300);
	drop(token);
	read_text(fd, ENDED);
	/* The connection is as good as before. */
	get_path(fd, "/health", "");
	expect(fd, 200, NULL);
	(void)close(fd);
}

static void
a_worker_with_anything_else_open_does_not_retire(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 2);
	int fd = dial(&rig), fd2 = dial(&rig);
	struct end w;
	struct asked a;
	uint64_t id;

	(void)state;
	bound_worker(&w, fd, token);
	id = begin_stream(&w, fd, token);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	quiet(&w);
	say_stream(&w, id, false, 0);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	quiet(&w);
	say_stream(&w, id, true, 0);
	post(fd2, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	quiet(&w);
	give_answer(&w, a.id, 200, "1");
	expect(fd2, 200, "1");
	expect_retire(&w);
	/* What it still says about the stream comes too late. */
	RIG_SEND(&w, id, RES_BODY, res_body, .last = 1, .data = span_str("data: late\n\n"));
	say_stream(&w, id, false, 0);
	stays_open(fd, 200);
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
	(void)close(fd2);
}

static void
a_new_worker_gets_its_persons_streams_back_and_no_other(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 3), *other = rig_token(&rig, CRED_PERSONAL, 4);
	int fd = dial(&rig), fd2 = dial(&rig), gone = dial(&rig), fd3 = dial(&rig);
	struct end w, w2;
	uint64_t id;

	(void)state;
	bound_worker(&w, fd, token);
	id = parked_stream(&w, fd, token);
	(void)parked_stream(&w, gone, token);
	retire(&w);
	(void)close(gone);
	bound_worker(&w2, fd3, other);
	quiet(&w2);
	bound_worker(&w, fd2, token);
	expect_back(&w, id, token);
	quiet(&w);
	/* It is the new one's now. */
	RIG_SEND(&w, id, RES_BODY, res_body, .data = span_str("data: news\n\n"));
	read_text(fd, "data: news\n\n\r\n");
	say_stream(&w, id, true, 0);
	retire(&w);
	stays_open(fd, 100);
	bound_worker(&w, fd2, token);
	expect_back(&w, id, token);
	RIG_SEND(&w, id, RES_BODY, res_body, .last = 1, .data = span_str(BYE));
	read_text(fd, ENDED);
	end_close(&w);
	end_close(&w2);
	(void)close(fd);
	(void)close(fd2);
	(void)close(fd3);
}

static void
of_a_worker_that_dies_parked_streams_live_on(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 5);
	int fd = dial(&rig), fd2 = dial(&rig), fd3 = dial(&rig);
	struct end w;
	uint64_t id;

	(void)state;
	bound_worker(&w, fd, token);
	id = parked_stream(&w, fd, token);
	say_stream(&w, begin_stream(&w, fd2, token), false, 0);
	quiet(&w);
	end_close(&w);
	expect_kill(next_worker, KILL_LEFT);
	/* News may be lost on the other one: its client hears that it has ended. */
	read_text(fd2, ENDED);
	stays_open(fd, 100);
	/* One whose next worker dies of it is not handed out again. */
	bound_worker(&w, fd3, token);
	expect_back(&w, id, token);
	end_close(&w);
	expect_kill(next_worker, KILL_LEFT);
	read_text(fd, ENDED);
	(void)close(fd);
	(void)close(fd2);
	(void)close(fd3);
}

static void
what_front_ends_it_ends_with_the_farewell(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 6);
	int fd = dial(&rig), fd2 = dial(&rig);
	uint64_t whole, half;
	struct buf got;
	struct end w;

	(void)state;
	bound_worker(&w, fd, token);
	whole = begin_stream(&w, fd, token);
	say_stream(&w, whole, false, 0);
	half = begin_stream(&w, fd2, token);
	say_stream(&w, half, false, 0);
	/* In the middle of an event there is no place for it. */
	RIG_SEND(&w, half, RES_BODY, res_body, .data = span_str("data: ha\n"));
	read_text(fd2, "data: ha\n\r\n");
	drop(token);
	expect_cancel(&w, whole);
	expect_cancel(&w, half);
	read_text(fd, ENDED);
	buf_init(&got, 4096);
	read_until(fd2, "0\r\n\r\n", &got);
	assert_string_equal(buf_cstr(&got), "0\r\n\r\n");
	buf_free(&got);
	end_close(&w);
	(void)close(fd);
	(void)close(fd2);
}

static void
a_parked_stream_ends_in_its_time(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 7);
	int fd = dial(&rig), fd2 = dial(&rig);
	struct end w;

	(void)state;
	bound_worker(&w, fd, token);
	say_stream(&w, begin_stream(&w, fd, token), true, 2);
	say_stream(&w, begin_stream(&w, fd2, token), true, 1000);
	retire(&w);
	stays_open(fd, 500);
	read_text(fd, ENDED);
	stays_open(fd2, 100);
	(void)close(fd);
	(void)close(fd2);
}

static void
a_drain_ends_them_all(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 8), *other = rig_token(&rig, CRED_PERSONAL, 9);
	int fd = dial(&rig), fd2 = dial(&rig), fd3 = dial(&rig);
	struct msg_streams_end m;
	struct end w, w2;
	int64_t began;
	uint64_t busy;

	(void)state;
	bound_worker(&w, fd, token);
	(void)parked_stream(&w, fd, token);
	retire(&w);
	bound_worker(&w2, fd2, other);
	(void)parked_stream(&w2, fd2, other);
	busy = begin_stream(&w2, fd3, other);
	say_stream(&w2, busy, false, 0);
	began = clock_mono_ms();
	RIG_SEND(&rig.control, 0, DRAIN, drain, .ms = 8000);
	read_text(fd, ENDED);
	read_text(fd2, ENDED);
	/* Nobody waits for streams to be done. */
	assert_true(clock_mono_ms() - began < 3000);
	/* Where something may still come, the worker has the last word. */
	EXPECT(&w2, STREAMS_END, streams_end, &m);
	RIG_SEND(&w2, busy, RES_BODY, res_body, .last = 1, .data = span_str(BYE));
	read_text(fd3, ENDED);
	(void)close(fd);
	(void)close(fd2);
	(void)close(fd3);
	assert_true(end_closed(&rig.control));
	end_close(&w2);
}

static void
streams_have_a_limit_of_their_own(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 10);
	int fd[4], more = dial(&rig), i;
	uint64_t id[4];
	struct asked a;
	struct end w;

	(void)state;
	for (i = 0; i < 4; i++)
		fd[i] = dial(&rig);
	bound_worker(&w, more, token);
	for (i = 0; i < 2; i++)
		id[i] = parked_stream(&w, fd[i], token);
	/* Two streams do not take the place of the one request that is allowed. */
	post(more, token, "", "{}");
	take_request(&w, &a);
	give_answer(&w, a.id, 200, "1");
	expect(more, 200, "1");
	free_asked(&a);
	id[2] = begin_stream(&w, fd[2], token);
	say_stream(&w, id[2], true, 0);
	expect_cancel(&w, id[2]);
	read_text(fd[2], ENDED);
	/* The same for those that come back besides a new one. */
	retire(&w);
	rig_worker(&rig, &w, ++next_worker);
	post(fd[3], token, "", "{}");
	assert_true(bind_next(&rig) == next_worker);
	take_request(&w, &a);
	expect_back(&w, id[0], token);
	expect_back(&w, id[1], token);
	RIG_PUT(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	RIG_PUT(&w, a.id, RES_BODY, res_body, .data = span_str(HELLO));
	end_flush(&w, -1);
	say_stream(&w, a.id, true, 0);
	expect_cancel(&w, a.id);
	read_text(fd[3], ENDED);
	free_asked(&a);
	stays_open(fd[0], 100);
	for (i = 0; i < 4; i++)
		(void)close(fd[i]);
	(void)close(more);
	end_close(&w);
}

/* While nobody hears of revocations, what is kept may have been revoked. */
static void
doubted_streams_end_when_they_can_be_opened_again(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 11);
	int fd = dial(&rig), fd2 = dial(&rig);
	struct end w;

	(void)state;
	bound_worker(&w, fd, token);
	(void)parked_stream(&w, fd, token);
	retire(&w);
	end_close(&rig.vault);
	assert_true(rig_logged(&rig, "vault_lost"));
	stays_open(fd, 300);
	rig_vault(&rig);
	read_text(fd, ENDED);

	bound_worker(&w, fd2, token);
	(void)parked_stream(&w, fd2, token);
	retire(&w);
	RIG_SEND(&rig.vault, 0, HEALTH, health, .database = 1, .keyring = 1);
	stays_open(fd2, 300);
	RIG_SEND(&rig.vault, 0, HEALTH, health, .database = 1, .keyring = 1, .heard = 2);
	read_text(fd2, ENDED);
	(void)close(fd);
	(void)close(fd2);
}

static void
a_credential_that_is_refused_loses_its_streams(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 12);
	int fd = dial(&rig), fd2 = dial(&rig);
	struct msg_bind m;
	struct end w;
	uint64_t id;

	(void)state;
	bound_worker(&w, fd, token);
	(void)parked_stream(&w, fd, token);
	retire(&w);
	rig_worker(&rig, &w, ++next_worker);
	post(fd2, token, "", "{}");
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	RIG_SEND(&rig.vault, id, BIND_REFUSED, bind_refused, .why = BIND_UNKNOWN);
	expect(fd2, 401, NULL);
	read_text(fd, ENDED);
	end_close(&w);
	(void)close(fd);
	(void)close(fd2);
}

static int
start(void **state)
{
	(void)state;
	rig_start(&rig, "");
	return 0;
}

static int
start_limited(void **state)
{
	(void)state;
	rig_start(&rig, "limits.streams_per_user=2\nlimits.requests_per_user=1\n");
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
		TEST(a_parked_stream_outlives_its_worker),
		TEST(a_worker_with_anything_else_open_does_not_retire),
		TEST(a_new_worker_gets_its_persons_streams_back_and_no_other),
		TEST(of_a_worker_that_dies_parked_streams_live_on),
		TEST(what_front_ends_it_ends_with_the_farewell),
		TEST(a_parked_stream_ends_in_its_time),
		TEST(a_drain_ends_them_all),
		cmocka_unit_test_setup_teardown(streams_have_a_limit_of_their_own, start_limited, stop),
		TEST(doubted_streams_end_when_they_can_be_opened_again),
		TEST(a_credential_that_is_refused_loses_its_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
