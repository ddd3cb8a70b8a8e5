/* Calls that outlive their request (docs/protocol.md section 10). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/tasks.h"
#include "worker/tools/ask.h"

#define TASKS "{\"elicitation\":{},\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}"
#define SURE "{\"action\":\"accept\",\"content\":{\"sure\":true}}"

/* The call at work, and whether it was stopped. */
static struct call *job;
static bool stopped;

static void
on_stop(struct call *c)
{
	stopped = true;
	job = NULL;
	call_done(c);
}

static struct json_object *
form(void)
{
	static const char text[] = "{\"message\":\"Sure?\",\"requestedSchema\":{\"type\":\"object\","
	    "\"properties\":{\"sure\":{\"type\":\"boolean\"}},\"required\":[\"sure\"]}}";
	struct json_object *v = NULL;

	assert_int_equal(json_parse(span_str(text), &json_from_client, &v), 0);
	return v;
}

static void
run_ask(struct call *c)
{
	call_as_task(c);
	call_ask(c, "one", ASK_ELICIT, form());
	call_ask(c, "two", ASK_ELICIT, form());
	if (call_answer(c, "one") == NULL || call_answer(c, "two") == NULL) {
		call_wait(c, span_str("kept"));
		return;
	}
	call_text(c, "twice sure");
	call_done(c);
}

static void
run_job(struct call *c)
{
	call_as_task(c);
	call_as_task(c);   /* it is one already */
	call_progress(c, 1, 2, NULL);
	job = c;
	c->on_stop = on_stop;
}

static void
run_quick(struct call *c)
{
	call_text(c, "quick");
	call_as_task(c);
	call_done(c);
}

static const struct tool work = {.name = "work", .title = "W", .about = "Works.", .run = run_job},
	asks = {.name = "asks", .title = "A", .about = "Asks.", .run = run_ask},
	quick = {.name = "quick", .title = "Q", .about = "Is quick.", .run = run_quick};
static const struct tool *const tools[] = {&work, &asks, &quick, NULL};

static int
setup(void **state)
{
	struct bench *b;

	assert_int_equal(bench_setup(state), 0);
	b = *state;
	b->catalog.tools = tools;
	b->catalog.tasks = true;
	job = NULL;
	stopped = false;
	return 0;
}

/* A request that names name in its header; params: further members. */
static void
post_modern(struct bench *b, const char *caps, const char *method, const char *name, const char *params)
{
	char body[2048];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\","
	    "\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\","
	    "\"io.modelcontextprotocol/clientCapabilities\":%s}%s}}", method, caps, params);
	post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", method, "mcp-name", name), body);
}

static void
call(struct bench *b, const char *tool)
{
	char params[100];

	(void)snprintf(params, sizeof(params), ",\"name\":\"%s\"", tool);
	post_modern(b, TASKS, "tools/call", tool, params);
}

/* tasks/get, update or cancel; more: further members with a leading comma. */
static void
ask_of(struct bench *b, const char *method, const char *id, const char *more)
{
	char params[1024];

	(void)snprintf(params, sizeof(params), ",\"taskId\":\"%s\"%s", id, more);
	post_modern(b, TASKS, method, id, params);
}

/* Calls the tool; the task's id. */
static const char *
start(struct bench *b, const char *tool)
{
	static char id[100];

	call(b, tool);
	assert_result(b);
	assert_string_equal(text_at(b, "result.resultType"), "task");
	(void)snprintf(id, sizeof(id), "%s", text_at(b, "result.taskId"));
	return id;
}

static void
assert_status(struct bench *b, const char *id, const char *status)
{
	ask_of(b, "tasks/get", id, "");
	assert_result(b);
	assert_string_equal(text_at(b, "result.resultType"), "complete");
	assert_string_equal(text_at(b, "result.taskId"), id);
	assert_string_equal(text_at(b, "result.status"), status);
}

/* An answer that says nothing but that the request was taken. */
static void
assert_taken(struct bench *b)
{
	assert_result(b);
	assert_string_equal(text_at(b, "result.resultType"), "complete");
	assert_null(at(b->reply.json, "result|taskId"));
	assert_null(at(b->reply.json, "result|status"));
}

static void
a_call_goes_on_as_a_task(void **state)
{
	struct bench *b = *state;
	const char *id = start(b, "work");

	assert_int_equal(strlen(id), 22);
	assert_string_equal(text_at(b, "result.status"), "working");
	assert_int_equal(json_object_get_int(at(b->reply.json, "result|ttlMs")), 300000);
	assert_int_equal(json_object_get_int(at(b->reply.json, "result|pollIntervalMs")), 500);
	assert_int_equal(strlen(text_at(b, "result.createdAt")), 20);
	assert_null(at(b->reply.json, "result|content"));
	assert_null(at(b->reply.json, "result|requestState"));
	assert_non_null(at(b->reply.json, "result|_meta|io.modelcontextprotocol/serverInfo"));
	assert_status(b, id, "working");
	assert_null(at(b->reply.json, "result|result"));
	assert_true(mcp_busy(b->worker.mcp));
	call_text(job, "done");
	call_done(job);
	turn(b);
	assert_status(b, id, "completed");
	assert_string_equal(text_at(b, "result.result.content.0.text"), "done");
	assert_string_equal(text_at(b, "result.result.resultType"), "complete");
	/* It is kept, so the worker stays. */
	assert_true(mcp_busy(b->worker.mcp));
	assert_status(b, start(b, "quick"), "completed");
}

static void
a_failed_call_is_completed_a_broken_one_failed(void **state)
{
	struct bench *b = *state;
	const char *id = start(b, "work");

	call_fail(job, "No.");
	turn(b);
	assert_status(b, id, "completed");
	assert_true(json_object_get_boolean(at(b->reply.json, "result|result|isError")));
	id = start(b, "work");
	call_broken(job, ERR_STATE);
	turn(b);
	assert_status(b, id, "failed");
	assert_null(at(b->reply.json, "result|result"));
	assert_int_equal(json_object_get_int(at(b->reply.json, "result|error|code")), -32603);
}

static void
clients_without_the_extension_wait(void **state)
{
	struct bench *b = *state;
	const char *id = start(b, "work");
	char kept[100];

	(void)snprintf(kept, sizeof(kept), ",\"taskId\":\"%s\"", id);
	post_modern(b, "{}", "tasks/get", id, kept);
	assert_error(b, 400, -32021);
	assert_non_null(at(b->reply.json,
	    "error|data|requiredCapabilities|extensions|io.modelcontextprotocol/tasks"));
	post_modern(b, "{}", "tools/call", "quick", ",\"name\":\"quick\"");
	assert_result(b);
	assert_string_equal(text_at(b, "result.resultType"), "complete");
	assert_string_equal(text_at(b, "result.content.0.text"), "quick");
}

static void
without_them_in_the_catalog_there_are_none(void **state)
{
	struct bench *b = *state;

	modern(b, "1", "server/discover", "");
	assert_non_null(at(b->reply.json,
	    "result|capabilities|extensions|io.modelcontextprotocol/tasks"));
	b->catalog.tasks = false;
	modern(b, "1", "server/discover", "");
	assert_null(at(b->reply.json, "result|capabilities|extensions"));
	ask_of(b, "tasks/get", "x", "");
	assert_error(b, 404, -32601);
	call(b, "quick");
	assert_string_equal(text_at(b, "result.resultType"), "complete");
}

static void
the_legacy_era_has_none(void **state)
{
	struct bench *b = *state;

	in_session(b, "2025-11-25", "tasks/get", "\"taskId\":\"x\"");
	assert_error(b, 200, -32601);
	in_session(b, "2025-11-25", "tools/call", "\"name\":\"quick\"");
	assert_string_equal(text_at(b, "result.content.0.text"), "quick");
	assert_false(mcp_busy(b->worker.mcp));
}

static void
names_and_arguments_are_checked(void **state)
{
	static const char *const methods[] = {"tasks/get", "tasks/update", "tasks/cancel"};
	struct bench *b = *state;
	const char *id = start(b, "work");
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		ask_of(b, methods[i], "nobody", ",\"inputResponses\":{}");
		assert_error(b, 200, -32602);
		post_modern(b, TASKS, methods[i], "another", ",\"taskId\":\"nobody\"");
		assert_error(b, 400, -32020);
		post_modern(b, TASKS, methods[i], "", "");
		assert_error(b, 400, -32020);
	}
	ask_of(b, "tasks/update", id, "");
	assert_error(b, 200, -32602);
	ask_of(b, "tasks/update", id, ",\"inputResponses\":[]");
	assert_error(b, 200, -32602);
	/* Nothing is asked: nothing is taken. */
	ask_of(b, "tasks/update", id, ",\"inputResponses\":{\"one\":" SURE "}");
	assert_taken(b);
	assert_status(b, id, "working");
	ask_of(b, "tasks/list", id, "");
	assert_error(b, 404, -32601);
	ask_of(b, "tasks/result", id, "");
	assert_error(b, 404, -32601);
}

static void
questions_are_answered_one_by_one(void **state)
{
	struct bench *b = *state;
	const char *id = start(b, "asks");

	assert_null(at(b->reply.json, "result|inputRequests"));
	assert_status(b, id, "input_required");
	assert_string_equal(text_at(b, "result.inputRequests.one.method"), "elicitation/create");
	assert_non_null(at(b->reply.json, "result|inputRequests|two"));
	assert_null(at(b->reply.json, "result|requestState"));
	ask_of(b, "tasks/update", id, ",\"inputResponses\":{\"else\":" SURE "}");
	assert_taken(b);
	ask_of(b, "tasks/update", id, ",\"inputResponses\":{\"two\":" SURE "}");
	assert_taken(b);
	assert_status(b, id, "input_required");
	assert_null(at(b->reply.json, "result|inputRequests|two"));
	assert_non_null(at(b->reply.json, "result|inputRequests|one"));
	/* What does not fit is asked for again. */
	ask_of(b, "tasks/update", id, ",\"inputResponses\":{\"one\":{\"action\":\"maybe\"}}");
	assert_taken(b);
	turn(b);
	assert_status(b, id, "input_required");
	assert_non_null(at(b->reply.json, "result|inputRequests|one"));
	ask_of(b, "tasks/update", id, ",\"inputResponses\":{\"one\":" SURE ",\"two\":" SURE "}");
	assert_taken(b);
	turn(b);
	assert_status(b, id, "completed");
	assert_string_equal(text_at(b, "result.result.content.0.text"), "twice sure");
}

static void
a_task_is_cancelled(void **state)
{
	struct bench *b = *state;
	const char *id = start(b, "work");

	ask_of(b, "tasks/cancel", id, "");
	assert_taken(b);
	turn(b);
	assert_true(stopped);
	assert_status(b, id, "cancelled");
	ask_of(b, "tasks/cancel", id, "");
	assert_taken(b);
	id = start(b, "asks");
	ask_of(b, "tasks/cancel", id, "");
	assert_taken(b);
	assert_status(b, id, "cancelled");
	id = start(b, "quick");
	turn(b);
	ask_of(b, "tasks/cancel", id, "");
	assert_taken(b);
	assert_status(b, id, "completed");
}

static void
there_are_few_and_they_end(void **state)
{
	struct bench *b = *state;
	struct mcp *m = b->worker.mcp;
	unsigned i;

	for (i = 0; i < 32; i++)
		(void)start(b, i == 0 ? "work" : "quick");
	call(b, "quick");
	assert_result(b);
	assert_string_equal(text_at(b, "result.resultType"), "complete");
	assert_string_equal(text_at(b, "result.content.0.text"), "quick");
	while (m->tasks != NULL) {
		event_active(m->tasks->expiry, EV_TIMEOUT, 1);
		turn(b);
	}
	turn(b);
	assert_true(stopped);
	assert_false(mcp_busy(m));
	(void)start(b, "quick");
}

/* Their worker ends while they are at work and while they ask. */
static void
the_worker_ends_with_them(void **state)
{
	struct bench *b = *state;

	(void)start(b, "work");
	(void)start(b, "asks");
	mcp_destroy(&b->worker.mcp);
	turn(b);
	assert_true(stopped);
}

#define TT(f) cmocka_unit_test_setup_teardown(f, setup, bench_teardown)

const struct CMUnitTest tasks_tests[] = {
	TT(a_call_goes_on_as_a_task),
	TT(a_failed_call_is_completed_a_broken_one_failed),
	TT(clients_without_the_extension_wait),
	TT(without_them_in_the_catalog_there_are_none),
	TT(the_legacy_era_has_none),
	TT(names_and_arguments_are_checked),
	TT(questions_are_answered_one_by_one),
	TT(a_task_is_cancelled),
	TT(there_are_few_and_they_end),
	TT(the_worker_ends_with_them),
};
const size_t tasks_tests_n = sizeof(tasks_tests) / sizeof(tasks_tests[0]);
