/*
 * A page's request that the portal hands to the person's worker: whom it goes
 * to, what comes back, and what neither portal nor worker can make of it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/front/steps.h"

/* Posts the form; front's number for the request, as the portal got it. */
static uint64_t
press(int fd)
{
	struct msg_page_req m;
	struct msg_req_body body;
	char text[512];
	uint64_t id, again;

	(void)snprintf(text, sizeof(text), "POST /account/download HTTP/1.1\r\nHost: %s\r\n"
	    "Cookie: session=secret\r\nAccept: text/html\r\nMcp-Session-Id: planted\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\ncsrf=x",
	    rig.host);
	put_text(fd, text);
	RIG_EXPECT(&rig.portal, PAGE_REQ, page_req, &m, &id);
	RIG_EXPECT(&rig.portal, REQ_BODY, req_body, &body, &again);
	assert_true(id == again);
	return id;
}

static void
hand(uint64_t id, const char *ticket)
{
	RIG_SEND(&rig.portal, id, PAGE_HAND, page_hand, .ticket = span_str(ticket));
}

/* A press that has come as far as the worker. */
static uint64_t
pressed(int fd, struct end *w, const char *ticket)
{
	struct asked a;
	uint64_t id;

	rig_worker(&rig, w, ++next_worker);
	id = press(fd);
	hand(id, ticket);
	assert_true(bind_next(&rig) == next_worker);
	take_request(w, &a);
	assert_true(a.id == id);
	assert_int_equal(a.method, METHOD_POST);
	assert_int_equal(a.kind, CRED_TICKET);
	assert_string_equal(a.credential, ticket);
	/* Neither form nor fields: the ticket says all. */
	assert_int_equal(a.fields.len, 0);
	assert_int_equal(a.body.len, 0);
	free_asked(&a);
	return id;
}

static void
the_worker_of_the_ticket_answers_with_a_file(void **state)
{
	const char *ticket = rig_token(&rig, CRED_TICKET, 1);
	struct response r;
	struct end w;
	int fd = dial(&rig);

	(void)state;
	give_answer(&w, pressed(fd, &w, ticket), 200, "{\"a\":1}");
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 200);
	assert_string_equal(buf_cstr(&r.body), "{\"a\":1}");
	assert_string_equal(field_of(&r, "Content-Type"), "application/json");
	assert_string_equal(field_of(&r, "Content-Disposition"),
	    "attachment; filename=\"tonearm-data.json\"");
	assert_string_equal(field_of(&r, "Cache-Control"), "no-store");
	assert_string_equal(field_of(&r, "X-Content-Type-Options"), "nosniff");
	assert_null(field_of(&r, "WWW-Authenticate"));
	free_response(&r);
	end_close(&w);
	(void)close(fd);
}

static void
the_way_of_a_ticket_is_not_remembered(void **state)
{
	const char *ticket = rig_token(&rig, CRED_TICKET, 2);
	struct msg_bind m;
	struct end w;
	uint64_t id;
	int fd = dial(&rig);

	(void)state;
	give_answer(&w, pressed(fd, &w, ticket), 200, "1");
	expect(fd, 200, "1");
	/* A blank one, to be offered. */
	rig_worker(&rig, &w, ++next_worker);
	id = press(fd);
	hand(id, ticket);
	RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
	assert_int_equal(m.cred_kind, CRED_TICKET);
	RIG_SEND(&rig.vault, id, BIND_REFUSED, bind_refused, .why = BIND_UNKNOWN);
	expect(fd, 403, "this download is over; ask for it again on your account page\n");
	end_close(&w);
	(void)close(fd);
}

static void
the_worker_can_say_no_more_than_a_file(void **state)
{
	static const struct msg_res_head bad[] = {
		{.status = 200, .media = MEDIA_SSE}, {.status = 200, .media = MEDIA_NONE},
		{.status = 200, .media = MEDIA_JSON, .session = {(const uint8_t *)"planted", 7}},
		{.status = 200, .media = MEDIA_JSON, .auth_error = AUTH_INVALID},
	};
	struct end w;
	uint64_t id;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = dial(&rig);

		id = pressed(fd, &w, rig_token(&rig, CRED_TICKET, (uint8_t)(10 + i)));
		RIG_PUT(&w, id, RES_HEAD, res_head, .status = bad[i].status, .media = bad[i].media,
		    .session = bad[i].session, .auth_error = bad[i].auth_error);
		RIG_SEND(&w, id, RES_BODY, res_body, .last = 1, .data = span_str("PLANTED"));
		expect_kill(next_worker, KILL_VIOLATION);
		expect(fd, 502, NULL);
		end_close(&w);
		(void)close(fd);
	}
}

/* Whatever a worker says of its trouble, the browser reads our words. */
static void
what_a_worker_says_of_its_trouble_is_not_shown(void **state)
{
	static const unsigned statuses[] = {503, 429, 400, 401};
	static struct end w[4];
	size_t i;
	int fd = dial(&rig);

	(void)state;
	for (i = 0; i < 4; i++) {
		give_answer(&w[i], pressed(fd, &w[i], rig_token(&rig, CRED_TICKET, (uint8_t)(20 + i))),
		    statuses[i], "PLANTED");
		if (statuses[i] == 401)
			expect(fd, 403, "this download is over; ask for it again on your account page\n");
		else
			expect(fd, 503, "your data cannot be put together now; ask for it again\n");
	}
	for (i = 0; i < 4; i++)
		end_close(&w[i]);
	(void)close(fd);
}

static void
the_portal_can_hand_over_tickets_only(void **state)
{
	static const enum cred_kind kinds[] = {CRED_PERSONAL, CRED_LINK, CRED_OAUTH, CRED_CODE};
	struct end w;
	size_t i;

	(void)state;
	rig_worker(&rig, &w, ++next_worker);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = dial(&rig);

		hand(press(fd), rig_token(&rig, kinds[i], 40));
		assert_true(end_closed(&rig.portal));
		expect(fd, 502, NULL);
		no_frame(&rig.vault);
		no_frame(&w);
		(void)close(fd);
		rig_portal(&rig);
	}
	end_close(&w);
}

/* A press whose answer goes back to the portal, as far as the worker. */
static uint64_t
asked_back(int fd, struct end *w, uint8_t number)
{
	struct asked a;
	uint64_t id;

	rig_worker(&rig, w, ++next_worker);
	id = press(fd);
	RIG_SEND(&rig.portal, id, PAGE_HAND, page_hand, .back = 1, .text = span_str("{\"do\":1}"),
	    .ticket = span_str(rig_token(&rig, CRED_TICKET, number)));
	assert_true(bind_next(&rig) == next_worker);
	take_request(w, &a);
	assert_true(a.id == id);
	assert_int_equal(a.kind, CRED_TICKET);
	assert_int_equal(a.fields.len, 0);
	assert_string_equal(buf_cstr(&a.body), "{\"do\":1}");
	free_asked(&a);
	return id;
}

/* The portal makes a page of it. */
static void
finish_page(int fd, uint64_t id)
{
	struct msg_res_body body = {.last = 1, .data = span_str("<p>page")};

	RIG_PUT(&rig.portal, id, PAGE_RES, page_res, .status = 200, .media = MEDIA_HTML);
	RIG_SEND(&rig.portal, id, RES_BODY, res_body, .last = body.last, .data = body.data);
	expect(fd, 200, "<p>page");
}

static void
the_answer_goes_back_to_the_portal_that_wants_it(void **state)
{
	struct msg_page_data m;
	struct end w;
	uint64_t id, again;
	int fd = dial(&rig);

	(void)state;
	id = asked_back(fd, &w, 70);
	give_answer(&w, id, 200, "{\"a\":1}");
	RIG_EXPECT(&rig.portal, PAGE_DATA, page_data, &m, &again);
	assert_true(again == id);
	assert_int_equal(m.status, 200);
	assert_int_equal(m.last, 1);
	assert_true(span_is(m.data, "{\"a\":1}"));
	finish_page(fd, id);
	end_close(&w);
	(void)close(fd);
}

static void
a_worker_in_trouble_is_told_to_that_portal_without_its_words(void **state)
{
	struct msg_kill_worker left;
	struct msg_page_data m;
	struct end w;
	uint64_t id, again;
	int fd = dial(&rig);

	(void)state;
	id = asked_back(fd, &w, 71);
	give_answer(&w, id, 503, "PLANTED");
	RIG_EXPECT(&rig.portal, PAGE_DATA, page_data, &m, &again);
	assert_true(again == id);
	assert_int_equal(m.status, 503);
	assert_int_equal(m.data.n, 0);
	finish_page(fd, id);
	/* One that dies over it; the first is seen to have gone before that. */
	end_close(&w);
	RIG_EXPECT(&rig.control, KILL_WORKER, kill_worker, &left, &again);
	id = asked_back(fd, &w, 72);
	end_close(&w);
	RIG_EXPECT(&rig.portal, PAGE_DATA, page_data, &m, &again);
	assert_true(again == id);
	assert_int_equal(m.status, 502);
	finish_page(fd, id);
	(void)close(fd);
}

static void
a_ticket_is_refused_where_tokens_and_links_are_taken(void **state)
{
	const char *ticket = rig_token(&rig, CRED_TICKET, 50);
	char text[512];
	int fd = dial(&rig);

	(void)state;
	post(fd, ticket, "", "{}");
	expect(fd, 401, NULL);
	(void)snprintf(text, sizeof(text), "POST /claude-mcp?token=%s HTTP/1.1\r\nHost: %s\r\n"
	    "Content-Length: 2\r\n\r\n{}", ticket, rig.host);
	put_text(fd, text);
	expect(fd, 401, NULL);
	no_frame(&rig.vault);
	(void)close(fd);
}

static void
a_page_that_was_answered_cannot_be_handed_over(void **state)
{
	int fd = dial(&rig);
	uint64_t id = press(fd);

	(void)state;
	RIG_SEND(&rig.portal, id, PAGE_RES, page_res, .status = 200, .media = MEDIA_HTML);
	hand(id, rig_token(&rig, CRED_TICKET, 60));
	assert_true(end_closed(&rig.portal));
	(void)close(fd);
}

static int
start(void **state)
{
	(void)state;
	rig_start(&rig, "links.enabled=yes\n");
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
		TEST(the_worker_of_the_ticket_answers_with_a_file),
		TEST(the_way_of_a_ticket_is_not_remembered),
		TEST(the_worker_can_say_no_more_than_a_file),
		TEST(what_a_worker_says_of_its_trouble_is_not_shown),
		TEST(the_answer_goes_back_to_the_portal_that_wants_it),
		TEST(a_worker_in_trouble_is_told_to_that_portal_without_its_words),
		TEST(the_portal_can_hand_over_tickets_only),
		TEST(a_ticket_is_refused_where_tokens_and_links_are_taken),
		TEST(a_page_that_was_answered_cannot_be_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
