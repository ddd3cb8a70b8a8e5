/* Calls that ask, in the legacy era: requests on the stream (docs/protocol.md L-12, L-15,
 * L-21, EL-3, EL-6). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/asking.h"
#include "worker/mcp/inside.h"
#include "worker/tools/ask.h"

#define ALL "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}"
#define CANCELLED(id) "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"," \
	"\"params\":{\"requestId\":" id "}}"
#define ACCEPT "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\"}}"

static void
session_with(struct bench *b, const char *version, const char *caps, char *out)
{
	char body[512];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\","
	    "\"params\":{\"protocolVersion\":\"%s\",\"capabilities\":%s,"
	    "\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}", version, caps);
	post(b, NO_FIELDS, body);
	assert_result(b);
	(void)snprintf(out, 200, "%s", b->reply.session);
}

static void
legacy_ask(struct bench *b, const char *session, const char *how)
{
	char body[300];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"tools/call\","
	    "\"params\":{\"name\":\"ask\",\"arguments\":{\"how\":\"%s\"}}}", how);
	legacy(b, session, body);
}

/* The n-th event of the kept stream with a method; its id goes to id (64 bytes). */
static struct json_object *
request_of(struct bench *b, unsigned n, char *id)
{
	struct json_object *e = event_json(b, n);

	assert_non_null(json_get(e, "method"));
	(void)snprintf(id, 64, "%s", json_object_get_string(json_get(e, "id")));
	return e;
}

/* A response from a session; member: "\"result\":..." or an error. */
static void
respond(struct bench *b, const char *session, const char *id, const char *member)
{
	char body[600];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",%s}", id, member);
	legacy(b, session, body);
	assert_int_equal(b->reply.status, 202);
	assert_int_equal(b->reply.body.len, 0);
}

/* Text of the result in the n-th event. */
static void
assert_event_text(struct bench *b, unsigned n, const char *text)
{
	struct json_object *e = event_json(b, n);

	assert_string_equal(json_object_get_string(json_get(e, "id")), "q");
	assert_string_equal(json_object_get_string(at(e, "result|content|0|text")), text);
	json_object_put(e);
}

/* Begins a call that asks; the stream is kept. */
static struct kept *
asked(struct bench *b, const char *version, const char *caps, const char *how, char *session,
    char *id)
{
	asking_offer(b);
	session_with(b, version, caps, session);
	legacy_ask(b, session, how);
	assert_int_equal(b->reply.media, MEDIA_SSE);
	assert_false(b->reply.ended);
	json_object_put(request_of(b, 0, id));
	return keep(b);
}

static void
a_legacy_question_is_a_request_on_the_stream(void **state)
{
	struct bench *b = *state;
	char session[200], id[64], other[64];
	struct json_object *e;
	struct kept *kept;

	kept = asked(b, "2025-11-25", ALL, "form", session, id);
	back(b, kept);
	e = request_of(b, 0, id);
	assert_string_equal(json_object_get_string(json_get(e, "method")), "elicitation/create");
	assert_string_equal(json_object_get_string(at(e, "params|mode")), "form");
	assert_true(strlen(id) >= 20);
	json_object_put(e);
	kept = keep(b);
	/* Another one has another id. */
	legacy_ask(b, session, "form");
	json_object_put(request_of(b, 0, other));
	assert_string_not_equal(id, other);
	respond(b, session, id, "\"result\":" ACCEPT);
	back(b, kept);
	assert_true(b->reply.ended);
	assert_int_equal(events(b), 2);
	assert_event_text(b, 1, "accept:Ann\n");
}

static void
foreign_and_late_responses_are_dropped(void **state)
{
	struct bench *b = *state;
	char session[200], other[200], id[64], wrong[64];
	struct kept *kept;

	kept = asked(b, "2025-06-18", ALL, "form", session, id);
	session_with(b, "2025-06-18", ALL, other);
	/* Another session's, an id that is none, an id of another type. */
	respond(b, other, id, "\"result\":" ACCEPT);
	(void)snprintf(wrong, sizeof(wrong), "%s", id);
	wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
	respond(b, session, wrong, "\"result\":" ACCEPT);
	respond(b, session, "", "\"result\":" ACCEPT);
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}");
	assert_int_equal(b->reply.status, 202);
	assert_int_equal(asking_runs, 1);
	respond(b, session, id, "\"result\":" ACCEPT);
	assert_int_equal(asking_runs, 2);
	/* Doubled, and after the end. */
	respond(b, session, id, "\"result\":{\"action\":\"decline\"}");
	assert_int_equal(asking_runs, 2);
	back(b, kept);
	assert_true(b->reply.ended);
	assert_event_text(b, 1, "accept:Ann\n");
}

static void
a_doubled_response_counts_once(void **state)
{
	struct bench *b = *state;
	char session[200], first[64], second[64], third[64];
	struct kept *kept;

	kept = asked(b, "2025-11-25", ALL, "three", session, first);
	back(b, kept);
	assert_int_equal(events(b), 3);
	json_object_put(request_of(b, 1, second));
	json_object_put(request_of(b, 2, third));
	kept = keep(b);
	respond(b, session, third, "\"result\":{\"roots\":[]}");
	respond(b, session, third, "\"result\":{\"roots\":[]}");
	respond(b, session, third, "\"error\":{\"code\":-1,\"message\":\"x\"}");
	respond(b, session, first, "\"result\":" ACCEPT);
	assert_int_equal(asking_runs, 1);
	respond(b, session, second, "\"result\":{\"role\":\"assistant\",\"model\":\"m\","
	    "\"content\":{\"type\":\"text\",\"text\":\"t\"}}");
	assert_int_equal(asking_runs, 2);
	back(b, kept);
	assert_event_text(b, 3, "accept:Ann\n");
}

static void
a_legacy_answer_that_does_not_fit_is_asked_for_again(void **state)
{
	static const char *const wrong[] = {"7", "null", "[]", "\"x\"", "{}",
		"{\"action\":\"accept\",\"content\":{}}", "{\"action\":\"accept\"}"};
	struct bench *b = *state;
	char session[200], id[64];
	struct kept *kept;
	char member[100];
	unsigned i;

	kept = asked(b, "2025-11-25", ALL, "form", session, id);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)snprintf(member, sizeof(member), "\"result\":%s", wrong[i]);
		respond(b, session, id, member);
		back(b, kept);
		assert_int_equal(events(b), i + 2);
		json_object_put(request_of(b, i + 1, id));
		kept = keep(b);
	}
	respond(b, session, id, "\"result\":" ACCEPT);
	back(b, kept);
	assert_true(b->reply.ended);
}

static void
declining_cancelling_and_refusing_are_answers(void **state)
{
	struct bench *b = *state;
	char session[200], id[64];
	struct kept *kept;
	struct json_object *e;

	kept = asked(b, "2025-11-25", ALL, "form", session, id);
	respond(b, session, id, "\"result\":{\"action\":\"decline\"}");
	back(b, kept);
	assert_event_text(b, 1, "decline:\n");
	kept = asked(b, "2025-11-25", ALL, "form", session, id);
	respond(b, session, id, "\"error\":{\"code\":-32601,\"message\":\"no\"}");
	back(b, kept);
	assert_event_text(b, 1, "cancel:\n");
	/* Without the client's model there is no going on. */
	kept = asked(b, "2025-11-25", ALL, "model", session, id);
	respond(b, session, id, "\"error\":{\"code\":-1,\"message\":\"User rejected\"}");
	back(b, kept);
	e = event_json(b, 1);
	assert_string_equal(json_object_get_string(at(e, "result|isError")), "true");
	json_object_put(e);
}

static void
a_person_who_never_answers_is_waited_for_five_minutes(void **state)
{
	struct bench *b = *state;
	char session[200], id[64];
	struct json_object *e;
	struct kept *kept;

	kept = asked(b, "2025-11-25", ALL, "form", session, id);
	asking_time_over(b);
	respond(b, session, id, "\"result\":" ACCEPT);
	back(b, kept);
	assert_true(b->reply.ended);
	/* The client is told that its answer is not wanted any more. */
	e = event_json(b, 1);
	assert_string_equal(json_object_get_string(json_get(e, "method")), "notifications/cancelled");
	assert_string_equal(json_object_get_string(at(e, "params|requestId")), id);
	json_object_put(e);
	assert_event_text(b, 2, "cancel:\n");
	assert_int_equal(asking_runs, 2);
}

static void
nobody_is_waited_for_when_no_answer_can_come(void **state)
{
	static const uint8_t hash[HASH_BYTES], other[HASH_BYTES] = {1};
	struct bench *b = *state;
	char session[200], id[64];
	struct kept *kept;
	unsigned i;

	/* The server stops; the credential is gone. */
	for (i = 0; i < 2; i++) {
		kept = asked(b, "2025-11-25", ALL, "form", session, id);
		mcp_end_streams(b->worker.mcp, other);
		turn(b);
		assert_int_equal(asking_runs, 1);
		mcp_end_streams(b->worker.mcp, i == 0 ? NULL : hash);
		turn(b);
		assert_int_equal(asking_runs, 2);
		back(b, kept);
		assert_true(b->reply.ended);
		assert_event_text(b, 2, "cancel:\n");
	}
}

static void
a_waiting_call_can_be_cancelled(void **state)
{
	struct bench *b = *state;
	char session[200], id[64];
	struct json_object *e;
	struct kept *kept;

	kept = asked(b, "2025-11-25", ALL, "form", session, id);
	legacy(b, session, CANCELLED("\"q\""));
	assert_int_equal(b->reply.status, 202);
	respond(b, session, id, "\"result\":" ACCEPT);
	assert_int_equal(asking_runs, 1);
	back(b, kept);
	assert_true(b->reply.ended);
	assert_int_equal(events(b), 2);
	e = event_json(b, 1);
	assert_string_equal(json_object_get_string(json_get(e, "method")), "notifications/cancelled");
	json_object_put(e);
}

static void
old_clients_are_asked_in_their_words_or_not_at_all(void **state)
{
	struct bench *b = *state;
	char session[200], id[64];
	struct json_object *e;
	struct kept *kept;

	/* 2025-06-18: no mode, titles of choices in enumNames, defaults of yes and no only. */
	kept = asked(b, "2025-06-18", ALL, "form", session, id);
	back(b, kept);
	e = event_json(b, 0);
	assert_null(at(e, "params|mode"));
	json_object_put(e);
	kept = asked(b, "2025-06-18", ALL, "choices", session, id);
	back(b, kept);
	e = event_json(b, 0);
	assert_string_equal(json_object_get_string(at(e, "params|requestedSchema|properties|one|enum|1")),
	    "g");
	assert_string_equal(json_object_get_string(
	    at(e, "params|requestedSchema|properties|one|enumNames|1")), "Green");
	assert_null(at(e, "params|requestedSchema|properties|one|oneOf"));
	assert_null(at(e, "params|requestedSchema|properties|one|default"));
	assert_non_null(at(e, "params|requestedSchema|properties|yes|default"));
	json_object_put(e);
	legacy_ask(b, session, "many");
	assert_int_equal(events(b), 1);
	e = event_json(b, 0);
	assert_string_equal(json_object_get_string(at(e, "result|isError")), "true");
	json_object_put(e);
	/* 2025-11-25: an id for a page. */
	kept = asked(b, "2025-11-25", "{\"elicitation\":{\"url\":{}}}", "page", session, id);
	back(b, kept);
	e = event_json(b, 0);
	assert_non_null(at(e, "params|elicitationId"));
	json_object_put(e);
}

static void
a_legacy_client_that_cannot_be_asked_is_told_so(void **state)
{
	static const struct {
		const char *version, *caps, *how;
	} cases[] = {
		{"2025-11-25", "{}", "form"}, {"2025-03-26", ALL, "form"}, {"2024-11-05", ALL, "form"},
		{"2025-06-18", "{\"elicitation\":{\"url\":{}}}", "page"},
		{"2025-11-25", "{\"elicitation\":{}}", "page"}, {"2025-11-25", ALL, "lacks"},
	};
	struct bench *b = *state;
	char session[200];
	size_t i;

	asking_offer(b);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		session_with(b, cases[i].version, cases[i].caps, session);
		legacy_ask(b, session, cases[i].how);
		assert_result(b);
		assert_string_equal(text_at(b, "result.isError"), "true");
	}
	/* No way for the question without a stream. */
	session_with(b, "2025-11-25", ALL, session);
	post(b, FIELDS("mcp-session-id", session, "accept", "application/json"),
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"ask\"}}");
	assert_result(b);
	assert_string_equal(text_at(b, "result.isError"), "true");
	/* Sampling is as old as the protocol. */
	session_with(b, "2025-03-26", ALL, session);
	legacy_ask(b, session, "model");
	assert_int_equal(events(b), 1);
}

static void
those_who_wait_leave_room_for_an_answer(void **state)
{
	struct bench *b = *state;
	struct kept *kept[7];
	char session[200], id[64];
	unsigned i;

	/* limits.requests_per_user is 8. */
	kept[0] = asked(b, "2025-11-25", ALL, "form", session, id);
	for (i = 1; i < 7; i++) {
		legacy_ask(b, session, "form");
		assert_false(b->reply.ended);
		kept[i] = keep(b);
	}
	legacy_ask(b, session, "form");
	assert_true(b->reply.ended);
	assert_string_equal(text_at(b, "result.isError"), "true");
	for (i = 0; i < 7; i++)
		back(b, kept[i]);
}

static void
a_batch_may_ask_and_answer(void **state)
{
	struct bench *b = *state;
	char session[200], id[64], body[400];
	struct kept *kept;

	asking_offer(b);
	session_with(b, "2025-03-26", ALL, session);
	post(b, FIELDS("mcp-session-id", session, "accept", "text/event-stream"),
	    "[{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"tools/call\",\"params\":{\"name\":\"ask\","
	    "\"arguments\":{\"how\":\"model\"}}},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}]");
	assert_int_equal(events(b), 2);
	json_object_put(request_of(b, 1, id));
	kept = keep(b);
	(void)snprintf(body, sizeof(body), "[{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":{\"role\":"
	    "\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"t\"}}},"
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}]", id);
	legacy(b, session, body);
	assert_int_equal(b->reply.status, 200);
	back(b, kept);
	assert_int_equal(events(b), 3);
	assert_true(b->reply.ended);
}

static void
the_clock_of_a_call_stands_still_while_it_waits(void **state)
{
	struct bench *b = *state;
	char session[200], id[64];
	struct kept *kept;
	struct call *c;

	kept = asked(b, "2025-11-25", ALL, "form", session, id);
	c = b->worker.mcp->exchanges->rpcs->call;
	assert_false(event_pending(c->timer, EV_TIMEOUT, NULL));
	/* It had 20 s left; a long time later it has them still. */
	c->rounds.left_ms = 20000;
	c->deadline_ms = 0;
	ask_forget(b->worker.mcp->exchanges->rpcs);
	call_go_on(c, NULL);
	assert_true(event_pending(c->timer, EV_TIMEOUT, NULL));
	assert_in_range(call_left_ms(c), 19000, 20000);
	back(b, kept);
	client_gone(b);
}

const struct CMUnitTest asked_tests[] = {
	T(a_legacy_question_is_a_request_on_the_stream),
	T(foreign_and_late_responses_are_dropped),
	T(a_doubled_response_counts_once),
	T(a_legacy_answer_that_does_not_fit_is_asked_for_again),
	T(declining_cancelling_and_refusing_are_answers),
	T(a_person_who_never_answers_is_waited_for_five_minutes),
	T(nobody_is_waited_for_when_no_answer_can_come),
	T(a_waiting_call_can_be_cancelled),
	T(old_clients_are_asked_in_their_words_or_not_at_all),
	T(a_legacy_client_that_cannot_be_asked_is_told_so),
	T(those_who_wait_leave_room_for_an_answer),
	T(a_batch_may_ask_and_answer),
	T(the_clock_of_a_call_stands_still_while_it_waits),
};
const size_t asked_tests_n = sizeof(asked_tests) / sizeof(asked_tests[0]);
