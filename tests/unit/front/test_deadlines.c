/*
 * Everything that ends by time, all at once: this takes half a minute because
 * the deadlines do.  And what happens when descriptors run out.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/unit/front/steps.h"

static int64_t began;

/* The bytes that end in `text` come between these two moments. */
static void
comes_at(int fd, const char *text, int least_ms, int most_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct buf b;
	int64_t now = clock_mono_ms() - began;

	assert_int_equal(poll(&p, 1, (int)(most_ms - now < 0 ? 0 : most_ms - now)), 1);
	now = clock_mono_ms() - began;
	if (now < least_ms)
		fail_msg("came after %d ms, not %d", (int)now, least_ms);
	buf_init(&b, 65536);
	read_until(fd, text, &b);
	buf_free(&b);
}

/* A worker with a stream of which its client reads nothing. */
static void
blocked_stream(struct end *w, struct asked *a, int fd)
{
	static char part[BODY_PART];
	const char *token = rig_token(&rig, CRED_PERSONAL, 2);
	int i;

	bound_worker(w, fd, token);
	post(fd, token, "", "{}");
	take_request(w, a);
	RIG_SEND(w, a->id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	for (i = 0; i < 8; i++)
		RIG_SEND(w, a->id, RES_BODY, res_body, .data = span_of(part, sizeof(part)));
}

/* Sends until front takes no more: true when credit stopped coming. */
static void
fill(struct end *w, uint64_t id)
{
	static char part[BODY_PART];
	struct msg_credit m;
	struct got g;

	while (end_next(w, &g, 500)) {
		size_t left;

		assert_int_equal(g.type, MSG_CREDIT);
		assert_int_equal(msg_get_credit(g.body, &m), 0);
		for (left = m.bytes; left > 0;) {
			size_t n = left < sizeof(part) ? left : sizeof(part);

			RIG_SEND(w, id, RES_BODY, res_body, .data = span_of(part, n));
			left -= n;
		}
	}
}

/* A stream that no worker looks after. */
static void
parked_stream(int fd)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 4);
	struct msg_retire retire;
	struct buf head;
	struct asked a;
	struct end w;
	uint64_t id;

	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_PUT(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	RIG_SEND(&w, a.id, STREAM, stream, .parked = 1);
	buf_init(&head, 65536);
	read_until(fd, "\r\n\r\n", &head);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	RIG_EXPECT(&w, RETIRE, retire, &retire, &id);
	end_close(&w);
	expect_kill(next_worker, KILL_LEFT);
	buf_free(&head);
	free_asked(&a);
}

static void
everything_ends_in_its_time(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 1);
	int half_head = dial(&rig), half_body = dial(&rig), stream = dial(&rig);
	int unread = dial(&rig), waiting = dial(&rig), silent = dial(&rig), kept = dial(&rig);
	struct end w, slow;
	struct asked a, b;
	struct msg_req_cancel cancel;
	struct buf part;
	uint64_t id;
	int64_t full;
	char text[256];

	(void)state;
	parked_stream(kept);
	bound_worker(&w, stream, token);
	post(stream, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	buf_init(&part, 65536);
	read_until(stream, "\r\n\r\n", &part);
	blocked_stream(&slow, &b, unread);
	fill(&slow, b.id);
	began = full = clock_mono_ms();
	put_text(half_head, "GET /health HTTP/1.1\r\nHost");
	(void)snprintf(text, sizeof(text), "POST /login HTTP/1.1\r\nHost: %s\r\n"
	    "Content-Length: 5\r\n\r\nhe", rig.host);
	put_text(half_body, text);
	post(waiting, rig_token(&rig, CRED_PERSONAL, 3), "", "{}");

	comes_at(waiting, "no worker was ready in time; ask again\"}}", 4800, 6000);
	assert_true(closed(silent));
	comes_at(half_head, "longer than 10 s\n", 8000, 11000);
	assert_true(closed(half_head));
	comes_at(stream, ":\n\n\r\n", 15000, 22000);
	comes_at(kept, ":\n\n\r\n", 15000, 22000);
	/* The slow reader is cut off, and its worker told. */
	while (clock_mono_ms() - full < 27000)
		(void)poll(NULL, 0, 100);
	RIG_EXPECT(&slow, REQ_CANCEL, req_cancel, &cancel, &id);
	assert_true(id == b.id);
	assert_true(clock_mono_ms() - full < 33000);
	comes_at(half_body, "longer than 30 s\n", 27000, 33000);
	assert_true(closed(half_body));
	/* The stream lives. */
	RIG_SEND(&w, a.id, RES_BODY, res_body, .last = 1, .data = span_str("data: 1\n\n"));
	buf_clear(&part);
	read_until(stream, "data: 1\n\n\r\n0\r\n\r\n", &part);

	buf_free(&part);
	free_asked(&a);
	free_asked(&b);
	end_close(&w);
	end_close(&slow);
	(void)close(half_head);
	(void)close(half_body);
	(void)close(stream);
	(void)close(unread);
	(void)close(waiting);
	(void)close(silent);
	(void)close(kept);
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

static void
who_comes_when_descriptors_are_gone_is_turned_away(void **state)
{
	int fd[80], served = 0, refused = 0, i;
	struct response r;

	(void)state;
	for (i = 0; i < 80; i++) {
		fd[i] = dial(&rig);
		get_path(fd[i], "/health", "");
		if (!read_response(fd[i], false, &r) || r.status == 503)
			refused++;
		else if (r.status == 200)
			served++;
		free_response(&r);
	}
	assert_true(served > 30);
	assert_true(refused > 10);
	assert_int_equal(served + refused, 80);
	assert_true(rig_logged(&rig, "out_of_descriptors"));
	for (i = 0; i < 80; i++)
		(void)close(fd[i]);
	/* As soon as one is free everything goes on. */
	for (served = 0, i = 0; served == 0 && i < 100; i++) {
		fd[0] = dial(&rig);
		get_path(fd[0], "/health", "");
		served = read_response(fd[0], false, &r) && r.status == 200;
		free_response(&r);
		(void)close(fd[0]);
	}
	assert_true(served);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everything_ends_in_its_time, start, stop),
		cmocka_unit_test_setup_teardown(who_comes_when_descriptors_are_gone_is_turned_away,
		    start_small, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
