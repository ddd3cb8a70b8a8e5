/*
 * tonearm-front as its neighbours see it: which worker is asked, the portal,
 * the vault's words, and draining.
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
a_link_reaches_its_worker(void **state)
{
	const char *token = rig_token(&rig, CRED_LINK, 3);
	char path[256];
	struct end w;
	struct asked a;
	int fd = dial(&rig);

	(void)state;
	rig_worker(&rig, &w, ++next_worker);
	(void)snprintf(path, sizeof(path), "/claude-mcp?x=1&token=%s", token);
	get_path(fd, path, "Accept: text/event-stream\r\n");
	(void)bind_next(&rig);
	take_request(&w, &a);
	assert_int_equal(a.method, METHOD_GET);
	assert_int_equal(a.kind, CRED_LINK);
	assert_string_equal(a.credential, token);
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 405, .media = MEDIA_JSON,
	    .allow = METHOD_BIT(METHOD_POST));
	RIG_SEND(&w, a.id, RES_BODY, res_body, .last = 1);
	expect(fd, 405, "");
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
}

static void
the_second_request_needs_no_question(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 4);
	struct end w;
	struct asked a;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	post(fd, token, "Accept: application/json,  text/event-stream \r\nMCP-Protocol-Version: x\r\n"
	    "Mcp-Param-Abc: 1\r\nX-Other: 2\r\nCookie: a=b\r\n", "{\"method\":\"ping\"}");
	take_request(&w, &a);
	assert_int_equal(a.method, METHOD_POST);
	assert_string_equal(a.credential, token);
	assert_string_equal(buf_cstr(&a.fields), "content-type=application/json\n"
	    "accept=application/json,  text/event-stream\nmcp-protocol-version=x\nmcp-param-abc=1\n");
	assert_string_equal(buf_cstr(&a.body), "{\"method\":\"ping\"}");
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 202);
	RIG_SEND(&w, a.id, RES_BODY, res_body, .last = 1);
	expect(fd, 202, "");
	no_frame(&rig.vault);
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
}

static void
two_users_on_one_connection_get_their_own_answers(void **state)
{
	const char *token1 = rig_token(&rig, CRED_PERSONAL, 5);
	const char *token2 = rig_token(&rig, CRED_PERSONAL, 6);
	struct end w1, w2;
	struct asked a;
	int fd = dial(&rig), i;

	(void)state;
	bound_worker(&w1, fd, token1);
	bound_worker(&w2, fd, token2);
	for (i = 0; i < 20; i++) {
		struct end *w = i % 3 == 0 ? &w1 : &w2;

		post(fd, i % 3 == 0 ? token1 : token2, "", "{}");
		take_request(w, &a);
		assert_string_equal(a.credential, i % 3 == 0 ? token1 : token2);
		give_answer(w, a.id, 200, i % 3 == 0 ? "\"one\"" : "\"two\"");
		expect(fd, 200, i % 3 == 0 ? "\"one\"" : "\"two\"");
		free_asked(&a);
	}
	/* Both at once, in one packet: answered in order. */
	post(fd, token1, "", "{}");
	post(fd, token2, "", "{}");
	take_request(&w1, &a);
	no_frame(&w2);
	give_answer(&w1, a.id, 200, "\"one\"");
	free_asked(&a);
	take_request(&w2, &a);
	give_answer(&w2, a.id, 200, "\"two\"");
	expect(fd, 200, "\"one\"");
	expect(fd, 200, "\"two\"");
	free_asked(&a);
	end_close(&w1);
	end_close(&w2);
	(void)close(fd);
}

static void
a_credential_that_the_vault_does_not_know_is_401(void **state)
{
	struct msg_bind m;
	struct end w;
	uint64_t id;
	int fd = dial(&rig);

	(void)state;
	rig_worker(&rig, &w, ++next_worker);
	post(fd, rig_token(&rig, CRED_PERSONAL, 9), "", "{}");
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	RIG_SEND(&rig.vault, id, BIND_REFUSED, bind_refused, .why = BIND_UNKNOWN);
	expect(fd, 401, NULL);
	post(fd, rig_token(&rig, CRED_PERSONAL, 9), "", "{}");
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	/* The same worker is offered again: it stayed blank. */
	assert_true(m.worker == next_worker);
	RIG_SEND(&rig.vault, id, BIND_REFUSED, bind_refused, .why = BIND_UNAVAILABLE,
	    .retry_after = 7);
	expect(fd, 503, NULL);
	no_frame(&w);
	end_close(&w);
	(void)close(fd);
}

static void
a_user_who_has_a_worker_gets_that_one(void **state)
{
	struct end w1, w2;
	struct msg_bind m;
	struct asked a;
	uint64_t id, first;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w1, fd, rig_token(&rig, CRED_PERSONAL, 10));
	first = next_worker;
	rig_worker(&rig, &w2, ++next_worker);
	post(fd, rig_token(&rig, CRED_PERSONAL, 10), "", "{}");
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	assert_true(m.worker == next_worker);
	RIG_SEND(&rig.vault, id, BOUND, bound, .worker = first, .fresh = 0);
	take_request(&w1, &a);
	give_answer(&w1, a.id, 200, "1");
	expect(fd, 200, "1");
	free_asked(&a);
	/* A worker that front does not have: asked again until it is known. */
	post(fd, rig_token(&rig, CRED_PERSONAL, 11), "", "{}");
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	RIG_SEND(&rig.vault, id, BOUND, bound, .worker = 999999, .fresh = 0);
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	RIG_SEND(&rig.vault, id, BOUND, bound, .worker = m.worker, .fresh = 1);
	take_request(&w2, &a);
	give_answer(&w2, a.id, 200, "2");
	expect(fd, 200, "2");
	free_asked(&a);
	end_close(&w1);
	end_close(&w2);
	(void)close(fd);
}

static void
a_worker_that_has_a_user_is_never_offered(void **state)
{
	struct end old, blank;
	struct msg_bind m;
	struct asked a;
	uint64_t id, first;
	int fd = dial(&rig);

	(void)state;
	rig_bound_worker(&rig, &old, ++next_worker);
	first = next_worker;
	post(fd, rig_token(&rig, CRED_PERSONAL, 1), "", "{}");
	no_frame(&rig.vault);
	rig_worker(&rig, &blank, ++next_worker);
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	assert_true(m.worker == next_worker);
	RIG_SEND(&rig.vault, id, BOUND, bound, .worker = first, .fresh = 0);
	take_request(&old, &a);
	give_answer(&old, a.id, 200, "1");
	expect(fd, 200, "1");
	free_asked(&a);
	end_close(&old);
	end_close(&blank);
	(void)close(fd);
}

static void
a_busy_vault_is_asked_again_and_not_for_ever(void **state)
{
	struct msg_bind m;
	struct end w;
	uint64_t id;
	int fd = dial(&rig), i;

	(void)state;
	rig_worker(&rig, &w, ++next_worker);
	post(fd, rig_token(&rig, CRED_PERSONAL, 1), "", "{}");
	for (i = 0; i < 4; i++) {
		RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
		assert_true(m.worker == next_worker);
		RIG_SEND(&rig.vault, id, BIND_REFUSED, bind_refused, .why = BIND_BUSY, .retry_after = 1);
	}
	expect(fd, 503, NULL);
	no_frame(&rig.vault);
	end_close(&w);
	(void)close(fd);
}

static void
requests_wait_for_a_blank_worker(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 12);
	int fd = dial(&rig), fd2 = dial(&rig);
	struct end w;
	struct asked a;

	(void)state;
	post(fd, token, "", "{}");
	post(fd2, token, "", "{}");
	no_frame(&rig.vault);
	rig_worker(&rig, &w, ++next_worker);
	(void)bind_next(&rig);
	take_request(&w, &a);
	give_answer(&w, a.id, 200, "1");
	free_asked(&a);
	take_request(&w, &a);
	give_answer(&w, a.id, 200, "1");
	expect(fd, 200, "1");
	expect(fd2, 200, "1");
	no_frame(&rig.vault);
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
	(void)close(fd2);
}

static void
an_idle_worker_retires_and_the_next_request_binds_anew(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 41);
	struct end w, w2;
	struct msg_retire retire;
	struct asked a;
	uint64_t id;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	/* With something open the word is passed over. */
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	no_frame(&w);
	give_answer(&w, a.id, 200, "1");
	expect(fd, 200, "1");
	free_asked(&a);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	RIG_EXPECT(&w, RETIRE, retire, &retire, &id);
	bound_worker(&w2, fd, token);
	end_close(&w);
	end_close(&w2);
	(void)close(fd);
}

static void
no_worker_retires_while_nobody_can_be_bound_anew(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 42);
	struct end w;
	struct msg_retire retire;
	struct asked a;
	uint64_t id;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	RIG_SEND(&rig.vault, 0, HEALTH, health, .database = 0, .keyring = 1);
	no_frame(&rig.vault);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	no_frame(&w);
	RIG_SEND(&rig.vault, 0, HEALTH, health, .database = 1, .keyring = 0);
	no_frame(&rig.vault);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	no_frame(&w);
	/* It serves as before, and nobody is asked. */
	post(fd, token, "", "{}");
	take_request(&w, &a);
	give_answer(&w, a.id, 200, "1");
	expect(fd, 200, "1");
	free_asked(&a);
	RIG_SEND(&rig.vault, 0, HEALTH, health, .database = 1, .keyring = 1);
	no_frame(&rig.vault);
	RIG_SEND(&w, 0, IDLE, idle, .none = 0);
	RIG_EXPECT(&w, RETIRE, retire, &retire, &id);
	end_close(&w);
	(void)close(fd);
}

static void
pages_come_from_the_portal(void **state)
{
	struct msg_page_req m;
	struct msg_req_body body;
	struct response r;
	char text[512];
	uint64_t id;
	int fd = dial(&rig);

	(void)state;
	(void)snprintf(text, sizeof(text), "POST /account?x=1 HTTP/1.1\r\nHost: %s\r\nCookie: a=b\r\n"
	    "Origin: https://else.example\r\nSec-Fetch-Site: same-origin\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\nq=1", rig.host);
	put_text(fd, text);
	RIG_EXPECT(&rig.portal, PAGE_REQ, page_req, &m, &id);
	assert_int_equal(m.method, METHOD_POST);
	assert_true(span_is(m.target, "/account?x=1"));
	assert_true(span_is(m.cookie, "a=b"));
	assert_true(span_is(m.fetch_site, "same-origin"));
	assert_true(span_is(m.client, "127.0.0.1"));
	assert_int_equal(m.body_bytes, 3);
	RIG_EXPECT(&rig.portal, REQ_BODY, req_body, &body, &id);
	assert_true(span_is(body.data, "q=1") && body.last == 1);
	RIG_SEND(&rig.portal, id, PAGE_RES, page_res, .status = 303, .media = MEDIA_HTML,
	    .location = span_str("/login"), .cookie1 = span_str("c=1; HttpOnly"));
	RIG_SEND(&rig.portal, id, RES_BODY, res_body, .data = span_str("<p>"));
	RIG_SEND(&rig.portal, id, RES_BODY, res_body, .last = 1, .data = span_str("x"));
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 303);
	assert_string_equal(buf_cstr(&r.body), "<p>x");
	assert_string_equal(field_of(&r, "Location"), "/login");
	assert_string_equal(field_of(&r, "Set-Cookie"), "c=1; HttpOnly");
	assert_non_null(strstr(field_of(&r, "Content-Security-Policy"), "frame-ancestors 'none'"));
	free_response(&r);
	get_path(fd, "/", "");
	RIG_EXPECT(&rig.portal, PAGE_REQ, page_req, &m, &id);
	end_close(&rig.portal);
	expect(fd, 502, NULL);
	get_path(fd, "/", "");
	expect(fd, 503, NULL);
	rig_portal(&rig);
	(void)close(fd);
}

/* Clients show our icon on pages of other origins (docs/protocol.md G-1). */
static void
a_picture_is_for_every_origin(void **state)
{
	struct msg_page_req m;
	struct response r;
	uint64_t id;
	int fd = dial(&rig);

	(void)state;
	get_path(fd, "/icon.png", "Origin: https://elsewhere.example\r\n");
	RIG_EXPECT(&rig.portal, PAGE_REQ, page_req, &m, &id);
	RIG_SEND(&rig.portal, id, PAGE_RES, page_res, .status = 200, .media = MEDIA_PNG, .cache = 1);
	RIG_SEND(&rig.portal, id, RES_BODY, res_body, .last = 1, .data = span_str("x"));
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 200);
	assert_string_equal(field_of(&r, "Content-Type"), "image/png");
	assert_string_equal(field_of(&r, "Access-Control-Allow-Origin"), "*");
	assert_string_equal(field_of(&r, "Cache-Control"), "public, max-age=3600");
	free_response(&r);
	(void)close(fd);
}

/* Statuses whose body nobody reads would leave it to the next in line. */
static void
a_page_that_may_have_no_body_ends_the_portal(void **state)
{
	static const uint16_t statuses[] = {100, 205, 304, 600};
	struct msg_page_req m;
	uint64_t id;
	int fd = dial(&rig);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		get_path(fd, "/", "");
		RIG_EXPECT(&rig.portal, PAGE_REQ, page_req, &m, &id);
		RIG_SEND(&rig.portal, id, PAGE_RES, page_res, .status = statuses[i],
		    .media = MEDIA_TEXT);
		expect(fd, 502, NULL);
		end_close(&rig.portal);
		rig_portal(&rig);
	}
	(void)close(fd);
}

static void
questions_outlive_the_vault(void **state)
{
	struct end w, w2;
	struct msg_bind m;
	struct asked a;
	uint64_t id;
	int fd = dial(&rig);

	(void)state;
	rig_worker(&rig, &w, ++next_worker);
	post(fd, rig_token(&rig, CRED_PERSONAL, 44), "", "{}");
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	end_close(&rig.vault);
	/* Nobody knows whether that worker is still blank. */
	expect_kill(next_worker, KILL_BIND);
	rig_vault(&rig);
	rig_worker(&rig, &w2, ++next_worker);
	(void)bind_next(&rig);
	take_request(&w2, &a);
	give_answer(&w2, a.id, 200, "1");
	expect(fd, 200, "1");
	free_asked(&a);
	end_close(&w);
	end_close(&w2);
	(void)close(fd);
}

static void
a_dropped_route_is_asked_for_again_and_its_streams_end(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 45);
	struct msg_route_drop drop;
	struct end w, blank;
	struct asked a;
	struct msg_bind m;
	struct buf part, b;
	uint64_t id;
	int fd = dial(&rig), fd2 = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&w, a.id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	RIG_SEND(&w, a.id, RES_BODY, res_body, .data = span_str("data: 1\n\n"));
	buf_init(&part, 65536);
	read_until(fd, "data: 1\n\n\r\n", &part);
	assert_int_equal(token_hash(span_str(token), drop.hash), 0);
	buf_init(&b, 64);
	assert_int_equal(msg_put_route_drop(&b, &drop), 0);
	end_send(&rig.vault, MSG_ROUTE_DROP, 0, buf_span(&b), -1);
	buf_clear(&part);
	read_until(fd, "0\r\n\r\n", &part);
	rig_worker(&rig, &blank, ++next_worker);
	post(fd2, token, "", "{}");
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	RIG_SEND(&rig.vault, id, BIND_REFUSED, bind_refused, .why = BIND_UNKNOWN);
	expect(fd2, 401, NULL);
	buf_free(&part);
	buf_free(&b);
	free_asked(&a);
	end_close(&w);
	end_close(&blank);
	(void)close(fd);
	(void)close(fd2);
}

static void
the_figures_are_told(void **state)
{
	struct msg_status m;
	uint64_t id;
	char text[8192];
	struct end w;
	int fd = dial(&rig);

	(void)state;
	bound_worker(&w, fd, rig_token(&rig, CRED_PERSONAL, 1));
	RIG_SEND(&rig.control, 77, STATUS_ASK, status_ask, .none = 0);
	RIG_EXPECT(&rig.control, STATUS, status, &m, &id);
	assert_int_equal(id, 77);
	copy(text, sizeof(text), m.text);
	assert_non_null(strstr(text, "workers_bound 1\n"));
	assert_non_null(strstr(text, "connections 1\n"));
	assert_non_null(strstr(text, "requests_total 1\n"));
	assert_non_null(strstr(text, "routes 1\n"));
	end_close(&w);
	(void)close(fd);
}

static void
draining_answers_what_is_under_way_and_closes(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 50);
	struct response r;
	struct end w;
	struct asked a;
	int fd = dial(&rig), idle = dial(&rig);

	(void)state;
	bound_worker(&w, fd, token);
	get_path(idle, "/health", "");
	expect(idle, 200, NULL);
	post(fd, token, "", "{}");
	take_request(&w, &a);
	RIG_SEND(&rig.control, 0, DRAIN, drain, .ms = 8000);
	assert_true(rig_logged(&rig, "\"draining\""));
	give_answer(&w, a.id, 200, "1");
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 200);
	assert_string_equal(field_of(&r, "Connection"), "close");
	free_response(&r);
	assert_true(closed(fd));
	/* An idle connection is answered once more. */
	get_path(idle, "/health", "");
	assert_true(read_response(idle, false, &r));
	assert_int_equal(r.status, 200);
	assert_string_equal(field_of(&r, "Connection"), "close");
	free_response(&r);
	assert_true(closed(idle));
	(void)close(fd);
	(void)close(idle);
	assert_true(end_closed(&rig.control));
	free_asked(&a);
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
		TEST(a_link_reaches_its_worker),
		TEST(the_second_request_needs_no_question),
		TEST(two_users_on_one_connection_get_their_own_answers),
		TEST(a_credential_that_the_vault_does_not_know_is_401),
		TEST(a_user_who_has_a_worker_gets_that_one),
		TEST(a_worker_that_has_a_user_is_never_offered),
		TEST(a_busy_vault_is_asked_again_and_not_for_ever),
		TEST(requests_wait_for_a_blank_worker),
		TEST(an_idle_worker_retires_and_the_next_request_binds_anew),
		TEST(no_worker_retires_while_nobody_can_be_bound_anew),
		TEST(pages_come_from_the_portal),
		TEST(a_picture_is_for_every_origin),
		TEST(a_page_that_may_have_no_body_ends_the_portal),
		TEST(questions_outlive_the_vault),
		TEST(a_dropped_route_is_asked_for_again_and_its_streams_end),
		TEST(the_figures_are_told),
		TEST(draining_answers_what_is_under_way_and_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
