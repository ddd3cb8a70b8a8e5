/* Clients that come back for an answer, and streams of an earlier worker
 * (docs/protocol.md L-12 to L-15). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/streaming.h"
#include "worker/mcp/announce.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/trail.h"
#include "worker/tools/ask.h"
#include "worker/tools/call.h"

#define CALL_LATE "{\"jsonrpc\":\"2.0\",\"id\":\"c\",\"method\":\"tools/call\",\"params\":" \
	"{\"name\":\"late\",\"_meta\":{\"progressToken\":1}}}"

/* --- answers ------------------------------------------------------------------------ */
static void
start_late(struct bench *b, const char *session)
{
	legacy(b, session, CALL_LATE);
	assert_false(b->reply.head);
}

static void
tell_late(unsigned i)
{
	late[i]->told_ms = 0;
	call_progress(late[i], 1, 10, NULL);
}

static void
a_client_that_left_fetches_its_answer(void **state)
{
	struct bench *b = *state;
	char session[200], id[ID_TEXT];
	unsigned i;

	start_session(b, "2025-11-25", session);
	start_late(b, session);
	tell_late(0);
	assert_sse(b, false);
	assert_true(event_id(b, 0, id));
	assert_int_equal(events(b), 1);
	assert_false(mcp_busy(b->worker.mcp));
	client_gone(b);
	assert_true(mcp_busy(b->worker.mcp));
	assert_int_equal(late_stopped, 0);
	call_line(late[0], "done");
	call_done(late[0]);
	turn(b);
	assert_true(mcp_busy(b->worker.mcp));
	/* As often as it must, since its connection may break again. */
	for (i = 0; i < 2; i++) {
		struct json_object *e;

		get_stream(b, session, id);
		assert_sse(b, true);
		assert_int_equal(b->reply.words, 0);
		assert_int_equal(events(b), 2);
		assert_method(b, 0, "notifications/progress");
		e = event_json(b, 1);
		assert_string_equal(json_object_get_string(at(e, "id")), "c");
		assert_string_equal(json_object_get_string(at(e, "result|content|0|text")), "done\n");
		json_object_put(e);
		assert_false(mcp_busy(b->worker.mcp));
	}
}

static void
a_client_that_is_back_before_the_answer_waits_for_it(void **state)
{
	struct bench *b = *state;
	char session[200], id[ID_TEXT];
	struct kept *old;

	start_session(b, "2025-11-25", session);
	start_late(b, session);
	tell_late(0);
	assert_true(event_id(b, 1, id));
	old = keep(b);
	get_stream(b, session, id);
	assert_sse(b, false);
	assert_int_equal(b->reply.body.len, 0);
	call_done(late[0]);
	turn(b);
	assert_sse(b, true);
	assert_int_equal(events(b), 1);
	back(b, old);
	assert_sse(b, true);
	assert_int_equal(events(b), 1);
}

static void
an_earlier_version_has_no_way_back(void **state)
{
	struct bench *b = *state;
	char session[200], id[ID_TEXT];

	start_session(b, "2025-06-18", session);
	start_late(b, session);
	tell_late(0);
	assert_sse(b, false);
	assert_false(event_id(b, 0, id));
	client_gone(b);
	assert_false(mcp_busy(b->worker.mcp));
	/* It is no cancellation all the same (L-15). */
	assert_int_equal(late_stopped, 0);
	call_done(late[0]);
	turn(b);
	assert_null(b->worker.mcp->trails);
}

static void
a_call_hangs_up_and_its_client_polls(void **state)
{
	struct bench *b = *state;
	char session[200], id[ID_TEXT];

	start_session(b, "2025-11-25", session);
	start_late(b, session);
	call_hang_up(late[0], 700);
	turn(b);
	assert_sse(b, true);
	assert_true(event_id(b, 0, id));
	assert_non_null(strstr(stream_body(b), "\n\nretry: 700\n\n"));
	assert_int_equal(events(b), 0);
	tell_late(0);
	get_stream(b, session, id);
	assert_sse(b, false);
	assert_int_equal(events(b), 1);
	call_done(late[0]);
	turn(b);
	assert_sse(b, true);
	assert_int_equal(events(b), 2);
	/* Elsewhere it changes nothing. */
	start_session(b, "2025-06-18", session);
	start_late(b, session);
	call_hang_up(late[1], 700);
	turn(b);
	assert_false(b->reply.ended);
	call_done(late[1]);
	turn(b);
	assert_true(b->reply.ended);
	assert_null(strstr(stream_body(b), "retry:"));
}

static void
cancelled_while_the_client_was_away(void **state)
{
	struct bench *b = *state;
	char session[200], id[ID_TEXT];

	start_session(b, "2025-11-25", session);
	start_late(b, session);
	tell_late(0);
	assert_true(event_id(b, 1, id));
	client_gone(b);
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
	    "\"params\":{\"requestId\":\"c\"}}");
	assert_int_equal(b->reply.status, 202);
	assert_int_equal(late_stopped, 1);
	get_stream(b, session, id);
	assert_sse(b, true);
	assert_int_equal(events(b), 0);
}

static void
an_answer_that_cannot_be_kept_says_so(void **state)
{
	struct bench *b = *state;
	char session[200], id[ID_TEXT];
	struct json_object *e;
	unsigned i;

	start_session(b, "2025-11-25", session);
	start_late(b, session);
	tell_late(0);
	assert_true(event_id(b, 1, id));
	client_gone(b);
	for (i = 0; i < 5000; i++)
		call_line(late[0], "a line of text");
	call_done(late[0]);
	turn(b);
	get_stream(b, session, id);
	assert_sse(b, true);
	assert_int_equal(events(b), 1);
	e = event_json(b, 0);
	assert_string_equal(json_object_get_string(at(e, "id")), "c");
	assert_int_equal(json_object_get_int(at(e, "error|code")), -32603);
	json_object_put(e);
}

static void
calls_without_a_client_are_bounded(void **state)
{
	struct bench *b = *state;
	char session[200], id[12][ID_TEXT];
	unsigned i, open = 0;
	struct exchange *x;

	start_session(b, "2025-11-25", session);
	for (i = 0; i < 12; i++) {
		start_late(b, session);
		tell_late(i);
		assert_true(event_id(b, 0, id[i]));
		client_gone(b);
	}
	for (x = b->worker.mcp->exchanges; x != NULL; x = x->next)
		open++;
	assert_int_equal(open, TRAILS_LEFT);
	/* They go on to their end. */
	assert_int_equal(late_stopped, 0);
	for (i = 0; i < 6; i++)
		call_done(late[i]);
	turn(b);
	get_stream(b, session, id[0]);
	assert_sse(b, false);
	get_stream(b, session, id[5]);
	assert_sse(b, true);
	get_stream(b, session, id[11]);
	assert_sse(b, false);
	/* The other calls end with the worker. */
	client_gone(b);
	for (i = 6; i < 12; i++)
		call_done(late[i]);
	turn(b);
}

/* --- from an earlier worker ------------------------------------------------------------ */
static void
a_stream_goes_to_the_next_worker(void **state)
{
	struct bench *b = *state;
	char session[200], id[ID_TEXT];
	uint8_t note[512];
	size_t n;

	start_session(b, "2025-11-25", session);
	get_stream(b, session, "");
	assert_true(event_id(b, 0, id));
	n = b->reply.note_n;
	memcpy(note, b->reply.note, n);
	client_gone(b);
	trails_forget(b->worker.mcp, NULL);
	take_stream(b, span_of(note, n), true);
	assert_false(b->reply.ended);
	assert_int_equal(b->reply.words, 1);
	assert_true(b->reply.parked);
	assert_int_equal(b->reply.body.len, 0);
	announce_all(b);
	mcp_tools_changed(b->worker.mcp);
	assert_int_equal(events(b), 1);
	/* The ids go on, so that it can be taken up from what it had before. */
	get_stream(b, session, id);
	assert_int_equal(events(b), 1);

	modern(b, "\"\\u00e4 1\"", "subscriptions/listen", ",\"notifications\":{}");
	n = b->reply.note_n;
	memcpy(note, b->reply.note, n);
	client_gone(b);
	take_stream(b, span_of(note, n), true);
	assert_false(b->reply.ended);
	assert_true(b->reply.parked);
	mcp_end_streams(b->worker.mcp, NULL);
	assert_true(b->reply.ended);
	assert_non_null(strstr(stream_body(b), "\"id\":\"\xc3\xa4 1\",\"result\""));
}

static void
a_stream_that_may_not_go_on_ends(void **state)
{
	struct bench *b = *state;
	char session[200];
	uint8_t note[512];
	size_t n, i;

	modern(b, "5", "subscriptions/listen", ",\"notifications\":{}");
	n = b->reply.note_n;
	memcpy(note, b->reply.note, n);
	client_gone(b);
	take_stream(b, span_of(note, n), false);
	assert_true(b->reply.ended);
	assert_int_equal(events(b), 1);
	/* Notes that nobody wrote. */
	for (i = 0; i <= n; i++) {
		take_stream(b, span_of(note, i), true);
		assert_int_equal(b->reply.ended, i < n);
	}
	for (i = 0; i < 3; i++) {
		note[i] ^= 0x5a;
		take_stream(b, span_of(note, n), true);
		assert_true(b->reply.ended);
		note[i] ^= 0x5a;
	}
	note[n - 1] = '}';
	take_stream(b, span_of(note, n), true);
	assert_true(b->reply.ended);
	memcpy(note + n - 1, "5,\"x\":1", 7);
	take_stream(b, span_of(note, n + 6), true);
	assert_true(b->reply.ended);

	start_session(b, "2025-11-25", session);
	get_stream(b, session, "");
	n = b->reply.note_n;
	memcpy(note, b->reply.note, n);
	client_gone(b);
	take_stream(b, span_of(note, n), false);
	assert_true(b->reply.ended);
	take_stream(b, span_of(note, n - 1), true);
	assert_true(b->reply.ended);
	note[2] = MCP_2026_07_28;
	take_stream(b, span_of(note, n), true);
	assert_true(b->reply.ended);
}

const struct CMUnitTest resume_tests[] = {
	S(a_client_that_left_fetches_its_answer),
	S(a_client_that_is_back_before_the_answer_waits_for_it),
	S(an_earlier_version_has_no_way_back),
	S(a_call_hangs_up_and_its_client_polls),
	S(cancelled_while_the_client_was_away),
	S(an_answer_that_cannot_be_kept_says_so),
	S(calls_without_a_client_are_bounded),
	S(a_stream_goes_to_the_next_worker),
	S(a_stream_that_may_not_go_on_ends),
};
const size_t resume_tests_n = sizeof(resume_tests) / sizeof(resume_tests[0]);
