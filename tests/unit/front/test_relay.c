/*
 * The way of a request to a worker and of its answer back, and what happens
 * when a worker misbehaves.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/front/steps.h"

static void
a_long_body_travels_in_parts(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 13);
	const size_t n = 900000;
	char head[512], *body = malloc(n);
	struct end w;
	struct asked a;
	int fd = dial(&rig);

	(void)state;
	assert_non_null(body);
	memset(body, 'x', n);
	bound_worker(&w, fd, token);
	(void)snprintf(head, sizeof(head), "POST /mcp HTTP/1.1\r\nHost: %s\r\n"
	    "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n", rig.host, token, n);
	put_text(fd, head);
	put_bytes(fd, span_of(body, n));
	take_request(&w, &a);
	assert_int_equal(a.body.len, n);
	assert_memory_equal(a.body.data, body, n);
	give_answer(&w, a.id, 200, "1");
	expect(fd, 200, "1");
	free_asked(&a);
	(void)snprintf(head, sizeof(head), "POST /mcp HTTP/1.1\r\nHost: %s\r\n"
	    "Authorization: Bearer %s\r\nContent-Length: 1048577\r\n\r\n", rig.host, token);
	put_text(fd, head);
	expect(fd, 413, NULL);
	assert_true(closed(fd));
	free(body);
	end_close(&w);
	(void)close(fd);
}

static void
a_stream_comes_in_pieces_and_names_its_session(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 14);
	struct response r;
	struct end w;
	struct asked a;
	struct buf part;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE,
	    .session = span_str("abc.def"));
	RIG_SEND(&w, a.id, RES_BODY, res_body, .data = span_str("data: 1\n\n"));
	buf_init(&part, 65536);
	read_until(fd, "data: 1\n\n\r\n", &part);
	assert_non_null(strstr(buf_cstr(&part), "Content-Type: text/event-stream\r\n"));
	assert_non_null(strstr(buf_cstr(&part), "Cache-Control: no-cache, no-transform\r\n"));
	assert_non_null(strstr(buf_cstr(&part), "X-Accel-Buffering: no\r\n"));
	assert_non_null(strstr(buf_cstr(&part), "Transfer-Encoding: chunked\r\n"));
	assert_non_null(strstr(buf_cstr(&part), "Mcp-Session-Id: abc.def\r\n"));
	RIG_SEND(&w, a.id, RES_BODY, res_body, .last = 1, .data = span_str("data: 2\n\n"));
	buf_clear(&part);
	read_until(fd, "\r\n0\r\n\r\n", &part);
	assert_string_equal(buf_cstr(&part), "9\r\ndata: 2\n\n\r\n0\r\n\r\n");
	free_asked(&a);
	/* The connection is as good as before. */
	post(fd, token, "", "{}");
	take_request(&w, &a);
	give_answer(&w, a.id, 200, "1");
	assert_true(read_response(fd, false, &r));
	assert_string_equal(field_of(&r, "Content-Length"), "1");
	assert_string_equal(field_of(&r, "Cache-Control"), "no-store");
	free_response(&r);
	free_asked(&a);
	buf_free(&part);
	end_close(&w);
	(void)close(fd);
}

static void
http_1_0_gets_no_chunks(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 15);
	char text[512];
	struct response r;
	struct end w;
	struct asked a;
	int fd = dial(&rig), old = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	(void)snprintf(text, sizeof(text), "POST /mcp HTTP/1.0\r\nHost: %s\r\n"
	    "Authorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}", rig.host, token);
	put_text(old, text);
	take_request(&w, &a);
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	RIG_SEND(&w, a.id, RES_BODY, res_body, .data = span_str("data: 1\n\n"));
	RIG_SEND(&w, a.id, RES_BODY, res_body, .last = 1);
	assert_true(read_response(old, false, &r));
	assert_null(field_of(&r, "Transfer-Encoding"));
	assert_string_equal(field_of(&r, "Connection"), "close");
	assert_string_equal(buf_cstr(&r.body), "data: 1\n\n");
	free_response(&r);
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
	(void)close(old);
}

static void
a_field_of_8192_bytes_reaches_the_worker(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 19);
	char value[8193], text[9000];
	struct end w;
	struct asked a;
	int fd = dial(&rig), i;

	(void)state;
	bound_worker(&w, fd, token);
	memset(value, 'v', 8192);
	for (i = 0; i < 2; i++) {
		value[8192 - i] = '\0';
		(void)snprintf(text, sizeof(text), "POST /mcp HTTP/1.1\r\nHost: %s\r\nAuthorization: "
		    "Bearer %s\r\nMcp-Param-%c: %s\r\nContent-Length: 2\r\n\r\n{}", rig.host, token,
		    'A' + i, value);
		put_text(fd, text);
		take_request(&w, &a);
		assert_non_null(strstr(buf_cstr(&a.fields), value));
		give_answer(&w, a.id, 200, "1");
		expect(fd, 200, "1");
		free_asked(&a);
	}
	end_close(&w);
	(void)close(fd);
}

static void
credit_comes_back_as_bytes_leave(void **state)
{
	static char part[BODY_PART];
	const char *token = rig_token(&rig, CRED_PERSONAL, 16);
	struct msg_credit credit;
	struct response r;
	struct end w;
	struct asked a;
	size_t sent = 0, back = 0;
	int fd = dial(&rig);

	(void)state;
	memset(part, 'y', sizeof(part));
	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_JSON);
	/* The client reads only at the end: what fits into the sockets leaves,
	 * then credit stays out and the worker waits. */
	while (sent - back + sizeof(part) <= 262144 && sent < (4 << 20)) {
		struct got g;

		RIG_SEND(&w, a.id, RES_BODY, res_body, .data = span_of(part, sizeof(part)));
		sent += sizeof(part);
		while (end_next(&w, &g, sent - back + sizeof(part) > 262144 ? 300 : 0)) {
			assert_int_equal(g.type, MSG_CREDIT);
			assert_int_equal(msg_get_credit(g.body, &credit), 0);
			back += credit.bytes;
		}
	}
	assert_true(back > 0 && back <= sent);
	RIG_SEND(&w, a.id, RES_BODY, res_body, .last = 1);
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.body.len, sent);
	free_response(&r);
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
}

static void
who_overruns_its_credit_is_killed(void **state)
{
	static char part[BODY_PART];
	const char *token = rig_token(&rig, CRED_PERSONAL, 17);
	struct end w, other;
	struct asked a, b;
	const char *token2 = rig_token(&rig, CRED_PERSONAL, 18);
	int fd = dial(&rig), fd2 = dial(&rig), i;
	int small = 4096;

	(void)state;
	bound_worker(&other, fd2, token2);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	for (i = 0; i < 400; i++)
		RIG_SEND(&w, a.id, RES_BODY, res_body, .data = span_of(part, sizeof(part)));
	expect_kill(next_worker, KILL_CREDIT);
	assert_true(end_closed(&w));
	/* The other user's worker serves on. */
	post(fd2, token2, "", "{}");
	take_request(&other, &b);
	give_answer(&other, b.id, 200, "1");
	expect(fd2, 200, "1");
	free_asked(&a);
	free_asked(&b);
	end_close(&w);
	end_close(&other);
	(void)close(fd);
	(void)close(fd2);
}

static void
the_death_of_a_worker_is_told_to_its_own_user_only(void **state)
{
	const char *token1 = rig_token(&rig, CRED_PERSONAL, 20);
	const char *token2 = rig_token(&rig, CRED_PERSONAL, 21);
	struct end w1, w2;
	struct asked a, b;
	struct response r;
	int fd1 = dial(&rig), fd2 = dial(&rig);

	(void)state;
	bound_worker(&w1, fd1, token1);
	bound_worker(&w2, fd2, token2);
	post(fd1, token1, "", "{}");
	post(fd2, token2, "", "{}");
	take_request(&w1, &a);
	take_request(&w2, &b);
	end_close(&w1);
	assert_true(read_response(fd1, false, &r));
	assert_int_equal(r.status, 502);
	assert_non_null(strstr(buf_cstr(&r.body), "\"jsonrpc\":\"2.0\""));
	assert_non_null(strstr(buf_cstr(&r.body), "not known"));
	free_response(&r);
	give_answer(&w2, b.id, 200, "2");
	expect(fd2, 200, "2");
	free_asked(&a);
	free_asked(&b);
	expect_kill(next_worker - 1, KILL_DESERTED);
	/* Its user's next request asks the vault anew. */
	bound_worker(&w1, fd1, token1);
	end_close(&w1);
	end_close(&w2);
	(void)close(fd1);
	(void)close(fd2);
}

static void
a_stream_is_cut_when_its_worker_dies(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 22);
	struct end w;
	struct asked a;
	struct buf part;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	RIG_SEND(&w, a.id, RES_BODY, res_body, .data = span_str("data: 1\n\n"));
	buf_init(&part, 65536);
	read_until(fd, "data: 1\n\n\r\n", &part);
	end_close(&w);
	assert_true(closed(fd));
	buf_free(&part);
	free_asked(&a);
	(void)close(fd);
}

/* A breach of the rules: the worker is killed, its client hears 502. */
static void
breach(uint8_t user, uint8_t type, const char *body, size_t n)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, user);
	struct end w;
	struct asked a;
	int fd = dial(&rig);

	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	end_send(&w, type, a.id, span_of(body, n), -1);
	expect_kill(next_worker, KILL_VIOLATION);
	expect(fd, 502, NULL);
	assert_true(end_closed(&w));
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
}

/* The body of a RES_HEAD. */
static void
head_breach(uint8_t user, const struct msg_res_head *m)
{
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(msg_put_res_head(&b, m), 0);
	breach(user, MSG_RES_HEAD, (const char *)b.data, b.len);
	buf_free(&b);
}

static void
what_a_worker_may_not_say_ends_it(void **state)
{
	const struct msg_res_head odd_status = {.status = 302, .media = MEDIA_JSON};
	const struct msg_res_head html = {.status = 200, .media = MEDIA_HTML};
	const struct msg_res_head sse_error = {.status = 404, .media = MEDIA_SSE};
	const struct msg_res_head split = {.status = 200, .media = MEDIA_JSON,
	    .session = span_str("a\r\nX: y")};
	const struct msg_res_head why = {.status = 401, .media = MEDIA_JSON, .auth_error = 77};
	const struct msg_res_head step_ups[] = {
		{.status = 403, .media = MEDIA_JSON, .auth_error = AUTH_SCOPE},
		{.status = 403, .media = MEDIA_JSON, .auth_error = AUTH_SCOPE, .scopes = SCOPE_ALL + 1},
		{.status = 401, .media = MEDIA_JSON, .auth_error = AUTH_SCOPE, .scopes = 1},
		{.status = 403, .media = MEDIA_JSON, .scopes = 1},
	};
	uint8_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		head_breach((uint8_t)(70 + i), &step_ups[i]);
	head_breach(30, &odd_status);
	head_breach(31, &html);
	head_breach(32, &sse_error);
	head_breach(33, &split);
	head_breach(34, &why);
	breach(35, MSG_RES_HEAD, "\xc8", 1);
	breach(36, MSG_RES_BODY, "\0\0\0\0\0", 5);
	breach(37, MSG_CHECK_KEY, "", 0);
	breach(38, MSG_REQ_ACK, "", 0);
}

static void
a_hung_worker_is_killed_and_its_client_told(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 40);
	struct end w;
	struct got g;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	assert_true(end_next(&w, &g, RIG_MS));
	/* No REQ_ACK. */
	expect_kill(next_worker, KILL_HUNG);
	expect(fd, 504, NULL);
	end_close(&w);
	(void)close(fd);
}

static void
a_client_that_leaves_is_told_to_the_worker(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 42);
	struct msg_req_cancel cancel;
	struct end w;
	struct asked a;
	uint64_t id;
	int fd = dial(&rig), fd2 = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	(void)close(fd);
	RIG_EXPECT(&w, REQ_CANCEL, req_cancel, &cancel, &id);
	assert_true(id == a.id);
	/* What comes too late is dropped; the worker is as good as before. */
	give_answer(&w, a.id, 200, "late");
	free_asked(&a);
	post(fd2, token, "", "{}");
	take_request(&w, &a);
	give_answer(&w, a.id, 200, "1");
	expect(fd2, 200, "1");
	free_asked(&a);
	end_close(&w);
	(void)close(fd2);
}

static void
a_user_has_eight_requests_at_once(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 43);
	struct response r;
	struct end w;
	struct asked a[8];
	int fd[9], i;

	(void)state;
	for (i = 0; i < 9; i++)
		fd[i] = dial(&rig);
	bound_worker(&w, fd[0], token);
	for (i = 0; i < 8; i++) {
		post(fd[i], token, "", "{}");
		take_request(&w, &a[i]);
	}
	post(fd[8], token, "", "{}");
	assert_true(read_response(fd[8], false, &r));
	assert_int_equal(r.status, 429);
	assert_non_null(field_of(&r, "Retry-After"));
	free_response(&r);
	for (i = 0; i < 8; i++) {
		give_answer(&w, a[i].id, 200, "1");
		expect(fd[i], 200, "1");
		free_asked(&a[i]);
	}
	for (i = 0; i < 9; i++)
		(void)close(fd[i]);
	end_close(&w);
}

static void
a_worker_cannot_answer_another_ones_request(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 7);
	struct end w1, w2;
	struct asked a;
	int fd = dial(&rig), fd2 = dial(&rig);

	(void)state;
	bound_worker(&w1, fd, token);
	bound_worker(&w2, fd2, rig_token(&rig, CRED_PERSONAL, 8));
	post(fd, token, "", "{}");
	take_request(&w1, &a);
	give_answer(&w2, a.id, 200, "\"wrong\"");
	give_answer(&w1, a.id, 200, "\"right\"");
	expect(fd, 200, "\"right\"");
	/* An id that was never given out is a breach. */
	RIG_SEND(&w2, a.id + 1000, RES_BODY, res_body, .last = 1);
	expect_kill(next_worker, KILL_VIOLATION);
	assert_true(end_closed(&w2));
	free_asked(&a);
	end_close(&w1);
	end_close(&w2);
	(void)close(fd);
	(void)close(fd2);
}

static void
a_worker_that_lets_go_of_its_channel_may_not_live_on(void **state)
{
	struct end w;

	(void)state;
	rig_worker(&rig, &w, ++next_worker);
	end_close(&w);
	expect_kill(next_worker, KILL_LEFT);
}

static void
a_worker_logs_twenty_lines_a_second(void **state)
{
	struct end w;
	int i;

	(void)state;
	rig_worker(&rig, &w, ++next_worker);
	for (i = 0; i < 100; i++)
		RIG_SEND(&w, 0, WORKER_LOG, worker_log, .event = WEV_tool_called, .a = 7000 + i);
	assert_true(rig_logged(&rig, "worker_tool_called"));
	(void)poll(NULL, 0, 1100);
	RIG_SEND(&w, 0, WORKER_LOG, worker_log, .event = WEV_bound, .a = 1);
	assert_true(rig_logged(&rig, "worker_log_dropped"));
	RIG_SEND(&w, 0, WORKER_LOG, worker_log, .event = 5000);
	expect_kill(next_worker, KILL_VIOLATION);
	end_close(&w);
}

static int
start(void **state)
{
	(void)state;
	rig_start(&rig, "server.isolation=reduced\nserver.allowed_origins=https://inspector.example\n");
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
		TEST(a_long_body_travels_in_parts),
		TEST(a_stream_comes_in_pieces_and_names_its_session),
		TEST(http_1_0_gets_no_chunks),
		TEST(a_field_of_8192_bytes_reaches_the_worker),
		TEST(credit_comes_back_as_bytes_leave),
		TEST(who_overruns_its_credit_is_killed),
		TEST(the_death_of_a_worker_is_told_to_its_own_user_only),
		TEST(a_stream_is_cut_when_its_worker_dies),
		TEST(what_a_worker_may_not_say_ends_it),
		TEST(a_hung_worker_is_killed_and_its_client_told),
		TEST(a_client_that_leaves_is_told_to_the_worker),
		TEST(a_user_has_eight_requests_at_once),
		TEST(a_worker_cannot_answer_another_ones_request),
		TEST(a_worker_that_lets_go_of_its_channel_may_not_live_on),
		TEST(a_worker_logs_twenty_lines_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
