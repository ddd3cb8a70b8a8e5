/*
 * Streams that stay open: they outlive a worker that retires or dies while
 * nothing can come on them, find their person's next one, and end as they
 * should.  And what a worker gains that lies about them: nothing.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/front/steps.h"

#define HELLO "data: hello\n\n"
#define BYE   "data: bye\n\n"
#define ENDED "b\r\n" BYE "\r\n0\r\n\r\n"

/* The next frame but CREDIT must be this one; returns its request. */
#define EXPECT(e, NAME, name, m) do { \
	struct got next_; \
	next(e, &next_); \
	assert_string_equal(msg_name(next_.type), msg_name(MSG_##NAME)); \
	assert_int_equal(msg_get_##name(next_.body, (m)), 0); \
	last_id = next_.request; \
} while (0)

static uint64_t last_id;

static void
next(struct end *e, struct got *g)
{
	do {
		assert_true(end_next(e, g, RIG_MS));
	} while (g->type == MSG_CREDIT);
}

/* Nothing comes but CREDIT. */
static void
quiet(struct end *e)
{
	struct got g;

	while (end_next(e, &g, 150))
		if (g.type != MSG_CREDIT)
			fail_msg("unexpected %s", msg_name(g.type));
}

static void
say_stream(struct end *w, uint64_t id, bool parked, uint32_t expires)
{
	RIG_SEND(w, id, STREAM, stream, .parked = parked, .expires = expires,
	    .farewell = span_str(BYE), .note = span_str("a note"));
}

static void
read_text(int fd, const char *text)
{
	struct buf b;

	buf_init(&b, 65536);
	read_until(fd, text, &b);
	buf_free(&b);
}

/* Nothing comes, and the connection is not closed. */
static void
stays_open(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, ms) != 0)
		fail_msg("something came, or the connection ended");
}

/* Asks for a stream on fd, whose worker begins it; the request's id. */
static uint64_t
begin_stream(struct end *w, int fd, const char *token)
{
	struct asked a;
	uint64_t id;

	post(fd, token, "", "{\"listen\":1}");
	take_request(w, &a);
	id = a.id;
	free_asked(&a);
	RIG_PUT(w, id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	RIG_SEND(w, id, RES_BODY, res_body, .data = span_str(HELLO));
	read_text(fd, HELLO "\r\n");
	return id;
}

static uint64_t
parked_stream(struct end *w, int fd, const char *token)
{
	uint64_t id = begin_stream(w, fd, token);

	say_stream(w, id, true, 0);
	return id;
}

static void
expect_retire(struct end *w)
{
	struct msg_retire m;

	RIG_SEND(w, 0, IDLE, idle, .none = 0);
	EXPECT(w, RETIRE, retire, &m);
}

/* The worker is idle, is told to go, and goes. */
static void
retire(struct end *w)
{
	expect_retire(w);
	end_close(w);
	expect_kill(next_worker, KILL_LEFT);
}

static void
drop(const char *token)
{
	struct msg_route_drop m;
	struct buf b;

	assert_int_equal(token_hash(span_str(token), m.hash), 0);
	buf_init(&b, 64);
	assert_int_equal(msg_put_route_drop(&b, &m), 0);
	end_send(&rig.vault, MSG_ROUTE_DROP, 0, buf_span(&b), -1);
	buf_free(&b);
}

static void
expect_cancel(struct end *w, uint64_t of)
{
	struct msg_req_cancel m;

	EXPECT(w, REQ_CANCEL, req_cancel, &m);
	assert_true(last_id == of);
}

/* A new worker gets this stream back. */
static void
expect_back(struct end *w, uint64_t of, const char *token)
{
	uint8_t hash[HASH_BYTES];
	struct msg_stream_back m;

	EXPECT(w, STREAM_BACK, stream_back, &m);
	assert_true(last_id == of);
	assert_int_equal(token_hash(span_str(token), hash), 0);
	assert_memory_equal(m.hash, hash, HASH_BYTES);
	assert_int_equal(m.cred_kind, CRED_PERSONAL);
	assert_true(span_is(m.note, "a note"));
}

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
	assert_true(closed(fd2));
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
	uint64_t busy;

	(void)state;
	bound_worker(&w, fd, token);
	(void)parked_stream(&w, fd, token);
	retire(&w);
	bound_worker(&w2, fd2, other);
	(void)parked_stream(&w2, fd2, other);
	busy = begin_stream(&w2, fd3, other);
	say_stream(&w2, busy, false, 0);
	RIG_SEND(&rig.control, 0, DRAIN, drain, .ms = 8000);
	read_text(fd, ENDED);
	read_text(fd2, ENDED);
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
start_limited(void **state)
{
	(void)state;
	rig_start(&rig, "limits.streams_per_user=2\nlimits.requests_per_user=1\n");
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
		TEST(what_a_worker_may_not_say_of_a_stream_ends_it),
		TEST(a_worker_can_only_speak_of_its_own_streams),
		TEST(a_flood_of_words_about_streams_ends_the_worker_only),
		cmocka_unit_test_setup_teardown(when_descriptors_are_gone_parked_streams_go_last,
		    start_small, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
