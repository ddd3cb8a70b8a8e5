/* resources/subscribe and resources/unsubscribe (docs/protocol.md L-19). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/streaming.h"
#include "worker/mcp/announce.h"
#include "worker/mcp/ended.h"
#include "worker/mcp/inside.h"

static void
ask(struct bench *b, const char *session, const char *what, const char *uri)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/%s\","
	    "\"params\":{\"uri\":\"%s\"}}", what, uri);
	legacy(b, session, text);
}

/* One whose every URI of a form can be subscribed to. */
static void
read_any(struct call *c)
{
	(void)c;
}
static const struct resource_template numbers[] = {
	{.uri = "test://n/{n}", .name = "n", .mime = "text/plain", .read = read_any,
	    .subscribable = true},
	{.uri = NULL},
};

static void
a_subscribed_session_hears_of_changes(void **state)
{
	struct bench *b = *state;
	char session[200], other[200];
	struct kept *mine, *theirs;
	struct json_object *e;

	announce_all(b);
	start_session(b, "2025-06-18", session);
	start_session(b, "2025-06-18", other);
	get_stream(b, session, "");
	mine = keep(b);
	get_stream(b, other, "");
	theirs = keep(b);
	ask(b, session, "subscribe", "test://one");
	assert_result(b);
	ask(b, session, "subscribe", "test://one");
	assert_result(b);
	mcp_resource_updated(b->worker.mcp, "test://one");
	mcp_resource_updated(b->worker.mcp, "test://other");
	ask(b, session, "unsubscribe", "test://one");
	assert_result(b);
	ask(b, session, "unsubscribe", "test://never");
	assert_result(b);
	mcp_resource_updated(b->worker.mcp, "test://one");
	back(b, theirs);
	assert_int_equal(events(b), 0);
	back(b, mine);
	assert_int_equal(events(b), 1);
	e = event_json(b, 0);
	assert_string_equal(json_object_get_string(at(e, "method")),
	    "notifications/resources/updated");
	assert_string_equal(json_object_get_string(at(e, "params|uri")), "test://one");
	assert_null(at(e, "params|_meta"));
	json_object_put(e);
}

static void
what_cannot_be_subscribed_to_is_not_found(void **state)
{
	static const char *const uris[] = {"test://secret", "test://still", "test://none", "", "x"};
	struct bench *b = *state;
	char session[200];
	size_t i;

	announce_all(b);
	start_session(b, "2025-11-25", session);
	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		ask(b, session, "subscribe", uris[i]);
		assert_error(b, 200, -32002);
		assert_string_equal(text_at(b, "error.data.uri"), uris[i]);
	}
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\","
	    "\"params\":{\"uri\":7}}");
	assert_error(b, 200, -32602);
	legacy(b, session, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/unsubscribe\"}");
	assert_error(b, 200, -32602);
}

static void
without_the_capability_there_is_no_such_method(void **state)
{
	struct bench *b = *state;
	char session[200];

	start_session(b, "2025-11-25", session);
	ask(b, session, "subscribe", "spotify://status");
	assert_error(b, 200, -32601);
	ask(b, session, "unsubscribe", "spotify://status");
	assert_error(b, 200, -32601);
	announce_all(b);
	modern(b, "1", "resources/subscribe", ",\"uri\":\"test://one\"");
	assert_error(b, 404, -32601);
}

static void
a_subscription_wakes_the_session_s_stream(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k;

	announce_all(b);
	b->catalog.tools_change = b->catalog.prompts_change = b->catalog.resources_change = false;
	start_session(b, "2025-11-25", session);
	get_stream(b, session, "");
	assert_true(b->reply.parked);
	k = keep(b);
	ask(b, session, "subscribe", "test://one");
	back(b, k);
	assert_int_equal(b->reply.words, 2);
	assert_false(b->reply.parked);
	assert_false(b->rq->quiet);
	/* It goes back to rest at leisure, so that front is not told at each turn. */
	k = keep(b);
	ask(b, session, "unsubscribe", "test://one");
	back(b, k);
	assert_int_equal(b->reply.words, 2);
	streams_on_time(-1, 0, b->worker.mcp);
	assert_int_equal(b->reply.words, 3);
	assert_true(b->reply.parked);
	/* Told again only when something is different, or front did not hear it. */
	streams_on_time(-1, 0, b->worker.mcp);
	assert_int_equal(b->reply.words, 3);
	b->rq->unheard = true;
	streams_on_time(-1, 0, b->worker.mcp);
	assert_int_equal(b->reply.words, 4);
}

static void
thousands_of_subscriptions_are_bounded(void **state)
{
	struct bench *b = *state;
	char session[66][200], uri[64];
	struct kept *k;
	unsigned i, taken = 0;

	announce_all(b);
	b->catalog.templates = numbers;
	for (i = 0; i < 66; i++)
		start_session(b, "2025-11-25", session[i]);
	get_stream(b, session[0], "");
	k = keep(b);
	for (i = 0; i < 3000; i++) {
		(void)snprintf(uri, sizeof(uri), "test://n/%u", i);
		ask(b, session[0], "subscribe", uri);
		assert_int_equal(b->reply.status, 200);
		taken += json_get(b->reply.json, "result") != NULL;
	}
	assert_int_equal(taken, 32);
	/* Of too many sessions the one goes that was heard of longest ago and that
	 * nobody listens to. */
	for (i = 1; i < 66; i++) {
		ask(b, session[i], "subscribe", "test://one");
		assert_result(b);
	}
	mcp_resource_updated(b->worker.mcp, "test://n/31");
	back(b, k);
	assert_int_equal(events(b), 1);
	get_stream(b, session[1], "");
	mcp_resource_updated(b->worker.mcp, "test://one");
	assert_int_equal(events(b), 0);
	get_stream(b, session[65], "");
	mcp_resource_updated(b->worker.mcp, "test://one");
	assert_int_equal(events(b), 1);
}

static void
a_session_that_ends_has_no_subscriptions(void **state)
{
	struct bench *b = *state;
	uint64_t number;
	char session[200];

	announce_all(b);
	start_session(b, "2025-11-25", session);
	get_stream(b, session, "");
	number = b->worker.mcp->exchanges->who.session;
	ask(b, session, "subscribe", "test://one");
	assert_true(subscribe_any(b->worker.mcp, number));
	send_raw(b, METHOD_DELETE, FIELDS("mcp-session-id", session), "");
	assert_false(subscribe_any(b->worker.mcp, number));
}

/* A worker that comes after this one, with the row that was stored. */
static void
next_worker(struct bench *b)
{
	uint8_t row[sizeof(stores.row)];
	const size_t n = stores.n;

	memcpy(row, stores.row, n);
	client_gone(b);
	mcp_destroy(&b->worker.mcp);
	assert_int_equal(mcp_create(&b->worker, &b->worker.mcp), 0);
	assert_int_equal(mcp_rows_ready(b->worker.mcp, span_of(row, n)), 0);
}

static void
subscriptions_survive_their_worker(void **state)
{
	struct bench *b = *state;
	char session[200], ended[200];
	size_t n;

	announce_all(b);
	start_session(b, "2025-11-25", session);
	start_session(b, "2025-11-25", ended);
	ask(b, session, "subscribe", "test://one");
	ask(b, ended, "subscribe", "test://one");
	send_raw(b, METHOD_DELETE, FIELDS("mcp-session-id", ended), "");
	ended_store(b->worker.mcp);
	turn(b);
	assert_int_equal(stores.row[0], 2);
	n = stores.n;
	next_worker(b);
	get_stream(b, session, "");
	assert_false(b->reply.parked);
	mcp_resource_updated(b->worker.mcp, "test://one");
	mcp_resource_updated(b->worker.mcp, "test://other");
	assert_int_equal(events(b), 1);
	/* The same is kept again; what was ended stays so. */
	ended_store(b->worker.mcp);
	turn(b);
	assert_int_equal(stores.n, n);
	legacy(b, ended, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
	assert_error(b, 404, -32001);
	/* Without any the row is as it was before there were subscriptions. */
	ask(b, session, "unsubscribe", "test://one");
	ended_store(b->worker.mcp);
	turn(b);
	assert_int_equal(stores.row[0], 1);
}

/* Whatever stands there, nothing but whole subscriptions is taken from it. */
static void
a_row_that_is_cut_off_is_no_harm(void **state)
{
	struct bench *b = *state;
	char session[200], uri[64];
	uint8_t row[sizeof(stores.row)];
	size_t n, whole, i;

	announce_all(b);
	b->catalog.templates = numbers;
	start_session(b, "2025-11-25", session);
	for (i = 0; i < 3; i++) {
		(void)snprintf(uri, sizeof(uri), "test://n/%zu", i);
		ask(b, session, "subscribe", uri);
	}
	ended_store(b->worker.mcp);
	turn(b);
	whole = stores.n;
	memcpy(row, stores.row, whole);
	for (n = 0; n <= whole; n++) {
		memcpy(stores.row, row, whole);
		stores.n = n;
		next_worker(b);
	}
	get_stream(b, session, "");
	mcp_resource_updated(b->worker.mcp, "test://n/2");
	assert_int_equal(events(b), 1);
}

const struct CMUnitTest subscribe_tests[] = {
	S(subscriptions_survive_their_worker),
	S(a_row_that_is_cut_off_is_no_harm),
	S(a_subscribed_session_hears_of_changes),
	S(what_cannot_be_subscribed_to_is_not_found),
	S(without_the_capability_there_is_no_such_method),
	S(a_subscription_wakes_the_session_s_stream),
	S(thousands_of_subscriptions_are_bounded),
	S(a_session_that_ends_has_no_subscriptions),
};
const size_t subscribe_tests_n = sizeof(subscribe_tests) / sizeof(subscribe_tests[0]);
