/* Streams that stay open, and what is announced on them (docs/protocol.md S-1 to S-8,
 * L-10 to L-14). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "tests/unit/mcp/streaming.h"
#include "worker/credentials.h"
#include "worker/mcp/announce.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/trail.h"

/* --- GET ------------------------------------------------------------------------ */
static void
a_get_stream_is_primed_in_2025_11_25_only(void **state)
{
	static const char *const old[] = {"2024-11-05", "2025-03-26", "2025-06-18"};
	struct bench *b = *state;
	char session[200], id[ID_TEXT];
	size_t i;

	start_session(b, "2025-11-25", session);
	get_stream(b, session, "");
	assert_sse(b, false);
	assert_true(event_id(b, 0, id));
	assert_int_equal(strlen(id), TRAIL_NAME_CHARS + 2);
	assert_int_equal(b->reply.body.len, strlen("id: \ndata: \n\n") + strlen(id));
	assert_string_equal(stream_body(b) + 4 + strlen(id), "\ndata: \n\n");
	for (i = 0; i < 3; i++) {
		start_session(b, old[i], session);
		get_stream(b, session, "");
		assert_sse(b, false);
		assert_int_equal(b->reply.body.len, 0);
	}
}

static void
a_get_that_is_no_stream_is_405(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-11-25", session);
	send_raw(b, METHOD_GET, FIELDS("accept", "text/event-stream"), "");
	assert_int_equal(b->reply.status, 405);
	assert_int_equal(b->reply.allow, METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_DELETE));
	send_raw(b, METHOD_GET, FIELDS("accept", "application/json", "mcp-session-id", session), "");
	assert_int_equal(b->reply.status, 405);
	send_raw(b, METHOD_GET, FIELDS("accept", "text/event-stream;q=0", "mcp-session-id", session),
	    "");
	assert_int_equal(b->reply.status, 405);
	/* The modern era has no GET. */
	send_raw(b, METHOD_GET, FIELDS("accept", "text/event-stream", "mcp-session-id", session,
	    "mcp-protocol-version", MODERN), "");
	assert_int_equal(b->reply.status, 405);
	assert_true(b->reply.ended);
	/* Browsers and probes. */
	send_raw(b, METHOD_GET, FIELDS("accept", "*/*", "mcp-session-id", session), "");
	assert_sse(b, false);
}

static void
a_get_with_a_wrong_session_is_404_and_with_a_wrong_version_400(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-06-18", session);
	send_raw(b, METHOD_GET, FIELDS("accept", "text/event-stream", "mcp-session-id", session,
	    "mcp-protocol-version", "1999-01-01"), "");
	assert_int_equal(b->reply.status, 400);
	session[40] = session[40] == 'A' ? 'B' : 'A';
	get_stream(b, session, "");
	assert_int_equal(b->reply.status, 404);
}

static void
a_stream_on_which_nothing_can_come_is_parked(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-11-25", session);
	get_stream(b, session, "");
	assert_int_equal(b->reply.words, 1);
	assert_true(b->reply.parked);
	assert_true(b->rq->quiet);
	assert_int_equal(b->reply.expires, 0);
	assert_true(b->reply.note_n > 0);
	assert_string_equal(b->reply.farewell, "retry: 3000\n\n");
	modern(b, "7", "subscriptions/listen", ",\"notifications\":{\"toolsListChanged\":true}");
	assert_true(b->reply.parked);
	assert_non_null(strstr(b->reply.farewell, "\"id\":7,\"result\":{\"resultType\":\"complete\","
	    "\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":7,"));
	announce_all(b);
	get_stream(b, session, "");
	assert_false(b->reply.parked);
	assert_false(b->rq->quiet);
	assert_int_equal(b->reply.note_n, 0);
	modern(b, "7", "subscriptions/listen", ",\"notifications\":{\"toolsListChanged\":true}");
	assert_false(b->reply.parked);
	modern(b, "7", "subscriptions/listen", ",\"notifications\":{\"toolsListChanged\":false}");
	assert_true(b->reply.parked);
}

static void
a_long_id_keeps_the_worker(void **state)
{
	struct bench *b = *state;
	char id[1002], big[6002];

	memset(id, 'i', sizeof(id));
	id[0] = id[1000] = '"';
	id[1001] = '\0';
	modern(b, id, "subscriptions/listen", ",\"notifications\":{}");
	assert_sse(b, false);
	assert_false(b->reply.parked);
	assert_true(strlen(b->reply.farewell) > 2000);
	memset(big, 'i', sizeof(big));
	big[0] = big[3000] = '"';
	big[3001] = '\0';
	modern(b, big, "subscriptions/listen", ",\"notifications\":{}");
	assert_false(b->reply.parked);
	assert_int_equal(strlen(b->reply.farewell), 0);
	mcp_end_streams(b->worker.mcp, NULL);
	assert_int_equal(events(b), 2);
	assert_true(b->reply.ended);
}

static void
a_stream_ends_with_its_credential(void **state)
{
	struct msg_credential cred = {.cred_kind = CRED_PERSONAL, .scopes = SCOPE_ALL};
	struct bench *b = *state;
	char session[200];

	cred.expires_at = clock_wall_s() + 90;
	assert_int_equal(credentials_add(b->worker.credentials, &cred), 0);
	start_session(b, "2025-11-25", session);
	get_stream(b, session, "");
	assert_in_range(b->reply.expires, 88, 90);
	streams_on_time(-1, 0, b->worker.mcp);
	assert_sse(b, false);
	cred.expires_at = clock_wall_s() - 1;
	assert_int_equal(credentials_add(b->worker.credentials, &cred), 0);
	streams_on_time(-1, 0, b->worker.mcp);
	assert_sse(b, true);
	assert_non_null(strstr(stream_body(b), "\n\nretry: 3000\n\n"));
}

static void
a_session_that_ends_takes_its_streams_along(void **state)
{
	struct bench *b = *state;
	char session[200], other[200];
	struct kept *mine, *theirs;

	start_session(b, "2025-11-25", session);
	start_session(b, "2025-11-25", other);
	get_stream(b, session, "");
	mine = keep(b);
	get_stream(b, other, "");
	theirs = keep(b);
	send_raw(b, METHOD_DELETE, FIELDS("mcp-session-id", session), "");
	back(b, mine);
	assert_sse(b, true);
	back(b, theirs);
	assert_sse(b, false);
}

static void
streams_beyond_the_limit(void **state)
{
	struct bench *b = *state;
	char session[9][200];
	struct kept *kept[8];
	size_t i;

	for (i = 0; i < 9; i++)
		start_session(b, "2025-11-25", session[i]);
	for (i = 0; i < 8; i++) {
		get_stream(b, session[i], "");
		assert_sse(b, false);
		kept[i] = keep(b);
	}
	get_stream(b, session[8], "");
	assert_int_equal(b->reply.status, 429);
	assert_true(b->reply.ended);
	modern(b, "1", "subscriptions/listen", ",\"notifications\":{}");
	assert_error(b, 200, -32603);
	/* A session's old one gives way to its new one. */
	get_stream(b, session[3], "");
	assert_sse(b, false);
	for (i = 0; i < 8; i++) {
		back(b, kept[i]);
		assert_int_equal(b->reply.ended, i == 3);
	}
}

/* --- announcements --------------------------------------------------------------- */
static void
a_listen_stream_is_told_what_it_asked_for(void **state)
{
	struct bench *b = *state;
	struct json_object *e;

	announce_all(b);
	modern(b, "0", "subscriptions/listen", ",\"notifications\":{\"toolsListChanged\":true,"
	    "\"promptsListChanged\":false,\"taskIds\":[\"t\"],\"resourceSubscriptions\":"
	    "[\"test://one\",\"test://one\",\"test://secret\",\"test://still\",\"test://none\"]}");
	assert_sse(b, false);
	e = event_json(b, 0);
	assert_string_equal(json_object_to_json_string_ext(at(e, "params|notifications"),
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
	    "{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"test://one\"]}");
	json_object_put(e);
	mcp_prompts_changed(b->worker.mcp);
	mcp_resources_changed(b->worker.mcp);
	mcp_resource_updated(b->worker.mcp, "test://secret");
	mcp_resource_updated(b->worker.mcp, "test://still");
	assert_int_equal(events(b), 1);
	mcp_tools_changed(b->worker.mcp);
	mcp_resource_updated(b->worker.mcp, "test://one");
	assert_int_equal(events(b), 3);
	assert_method(b, 1, "notifications/tools/list_changed");
	assert_method(b, 2, "notifications/resources/updated");
	e = event_json(b, 2);
	assert_string_equal(json_object_get_string(at(e, "params|uri")), "test://one");
	assert_true(json_object_is_type(at(e, "params|_meta|io.modelcontextprotocol/subscriptionId"),
	    json_type_int));
	json_object_put(e);
	/* No ids in this era (M-22). */
	assert_null(strstr(stream_body(b), "\nid:"));
	assert_int_not_equal(strncmp(stream_body(b), "id:", 3), 0);
}

static void
what_the_catalog_does_not_announce_is_not_said(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-06-18", session);
	get_stream(b, session, "");
	mcp_tools_changed(b->worker.mcp);
	mcp_prompts_changed(b->worker.mcp);
	mcp_resources_changed(b->worker.mcp);
	mcp_resource_updated(b->worker.mcp, "test://one");
	assert_int_equal(b->reply.body.len, 0);
}

static void
a_session_is_told_on_exactly_one_stream(void **state)
{
	struct bench *b = *state;
	char session[200], other[200];
	struct kept *first, *second, *third;

	announce_all(b);
	start_session(b, "2025-06-18", session);
	start_session(b, "2025-11-25", other);
	get_stream(b, session, "");
	first = keep(b);
	get_stream(b, session, "");
	second = keep(b);
	get_stream(b, other, "");
	third = keep(b);
	mcp_tools_changed(b->worker.mcp);
	back(b, first);
	assert_int_equal(events(b), 0);
	back(b, third);
	assert_int_equal(events(b), 1);
	back(b, second);
	assert_int_equal(events(b), 1);
	assert_string_equal(strchr(stream_body(b), '\n'), "\nevent: message\ndata: "
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n");
}

static void
what_came_while_the_client_was_away_is_replayed(void **state)
{
	struct bench *b = *state;
	char session[200], first[ID_TEXT], id[ID_TEXT];

	announce_all(b);
	start_session(b, "2025-11-25", session);
	get_stream(b, session, "");
	assert_true(event_id(b, 0, first));
	mcp_tools_changed(b->worker.mcp);
	client_gone(b);
	mcp_prompts_changed(b->worker.mcp);
	mcp_resources_changed(b->worker.mcp);
	get_stream(b, session, first);
	assert_sse(b, false);
	assert_int_equal(events(b), 3);
	assert_method(b, 0, "notifications/tools/list_changed");
	assert_method(b, 2, "notifications/resources/list_changed");
	assert_true(event_id(b, 1, id));
	/* It goes on, under the same name. */
	mcp_tools_changed(b->worker.mcp);
	assert_int_equal(events(b), 4);
	get_stream(b, session, id);
	assert_int_equal(events(b), 2);
	assert_method(b, 0, "notifications/resources/list_changed");
	assert_method(b, 1, "notifications/tools/list_changed");
}

static void
a_resumed_stream_replaces_its_old_connection(void **state)
{
	struct bench *b = *state;
	char session[200], id[ID_TEXT];
	struct kept *old;

	announce_all(b);
	start_session(b, "2025-06-18", session);
	get_stream(b, session, "");
	mcp_tools_changed(b->worker.mcp);
	assert_true(event_id(b, 0, id));
	old = keep(b);
	get_stream(b, session, id);
	assert_sse(b, false);
	assert_int_equal(b->reply.body.len, 0);
	mcp_prompts_changed(b->worker.mcp);
	assert_int_equal(events(b), 1);
	assert_method(b, 0, "notifications/prompts/list_changed");
	back(b, old);
	assert_sse(b, true);
	assert_int_equal(events(b), 1);
}

static void
an_id_that_is_no_event_of_this_session_opens_a_new_stream(void **state)
{
	static const char *const junk[] = {"x", "-", "-1", "0", "AAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAA-", "AAAAAAAAAAAAAAAAAAAAAA-1", "AAAAAAAAAAAAAAAAAAAAAA-+1",
		"AAAAAAAAAAAAAAAAAAAAAA-99999999999999999999999999", "\xff\xfe", "%s%n",
		"AAAAAAAAAAAAAAAAAAAAAA--1"};
	struct bench *b = *state;
	char session[200], other[200], id[ID_TEXT], name[ID_TEXT];
	size_t i;

	announce_all(b);
	start_session(b, "2025-11-25", session);
	start_session(b, "2025-11-25", other);
	get_stream(b, other, "");
	assert_true(event_id(b, 0, id));
	client_gone(b);
	mcp_tools_changed(b->worker.mcp);
	get_stream(b, session, id);
	assert_sse(b, false);
	assert_int_equal(events(b), 0);
	assert_true(event_id(b, 0, name));
	assert_int_not_equal(strncmp(id, name, TRAIL_NAME_CHARS), 0);
	for (i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		get_stream(b, session, junk[i]);
		assert_sse(b, false);
		assert_int_equal(events(b), 0);
	}
	/* One that has not been given yet. */
	(void)snprintf(id + TRAIL_NAME_CHARS, 8, "-%d", 9);
	get_stream(b, other, id);
	assert_sse(b, false);
	assert_int_equal(events(b), 0);
}

static void
what_is_kept_for_clients_that_left_is_bounded(void **state)
{
	struct bench *b = *state;
	char session[200], id[20][ID_TEXT];
	struct trail *t;
	unsigned n = 0, i;

	announce_all(b);
	start_session(b, "2025-11-25", session);
	for (i = 0; i < 20; i++) {
		get_stream(b, session, "");
		assert_true(event_id(b, 0, id[i]));
		client_gone(b);
	}
	for (t = b->worker.mcp->trails; t != NULL; t = t->next)
		n++;
	assert_int_equal(n, TRAILS_LEFT);
	/* What is too old goes as well. */
	b->worker.mcp->trails->left_ms -= TRAIL_MS;
	streams_on_time(-1, 0, b->worker.mcp);
	for (n = 0, t = b->worker.mcp->trails; t != NULL; t = t->next)
		n++;
	assert_int_equal(n, TRAILS_LEFT - 1);
	/* And of one stream the oldest events. */
	for (i = 0; i < 2000; i++)
		mcp_tools_changed(b->worker.mcp);
	for (n = 0, t = b->worker.mcp->trails; t != NULL; t = t->next)
		assert_true(t->bytes <= TRAIL_BYTES);
	get_stream(b, session, id[0]);
	assert_int_equal(events(b), 0);
	get_stream(b, session, id[18]);
	assert_in_range(events(b), 400, 1000);
}

const struct CMUnitTest streams_tests[] = {
	S(a_get_stream_is_primed_in_2025_11_25_only),
	S(a_get_that_is_no_stream_is_405),
	S(a_get_with_a_wrong_session_is_404_and_with_a_wrong_version_400),
	S(a_stream_on_which_nothing_can_come_is_parked),
	S(a_long_id_keeps_the_worker),
	S(a_stream_ends_with_its_credential),
	S(a_session_that_ends_takes_its_streams_along),
	S(streams_beyond_the_limit),
	S(a_listen_stream_is_told_what_it_asked_for),
	S(what_the_catalog_does_not_announce_is_not_said),
	S(a_session_is_told_on_exactly_one_stream),
	S(what_came_while_the_client_was_away_is_replayed),
	S(a_resumed_stream_replaces_its_old_connection),
	S(an_id_that_is_no_event_of_this_session_opens_a_new_stream),
	S(what_is_kept_for_clients_that_left_is_bounded),
};
const size_t streams_tests_n = sizeof(streams_tests) / sizeof(streams_tests[0]);
