/* Tools that go on as tasks. */
#include "config.h"

#include "shared/json/json.h"
#include "tests/conformance/fixtures.h"
#include "worker/mcp/context.h"
#include "worker/tools/ask.h"

#define CONFIRM_SCHEMA "{\"type\":\"object\",\"properties\":{\"confirm\":{\"type\":\"boolean\"}}," \
	"\"required\":[\"confirm\"]}"

static const struct arg name_args[] = {
	{.name = "name", .type = ARG_STR, .required = true, .about = "Who is greeted"},
	{.name = NULL},
};

static void
run_greet(struct call *c)
{
	call_text(c, "Hello, %s!", call_str(c, "name"));
	call_done(c);
}

const struct tool fixture_greet = {
	FIXTURE("greet", "Greets at once", run_greet),
	.args = name_args,
};

static const struct arg slow_args[] = {
	{.name = "seconds", .type = ARG_INT, .required = true, .about = "How long it takes", .min = 0,
	    .max = 60},
	{.name = "label", .type = ARG_STR, .about = "What the result is called"},
	{.name = NULL},
};

static void
computed(struct call *c)
{
	call_text(c, "%s: computed.", call_has(c, "label") ? call_str(c, "label") : "It");
	call_done(c);
}

static void
run_slow_compute(struct call *c)
{
	const int64_t seconds = call_int(c, "seconds");

	if (seconds == 0) {
		computed(c);
		return;
	}
	call_as_task(c);
	fixture_after(c, (unsigned)seconds * 1000, computed);
}

const struct tool fixture_slow_compute = {
	FIXTURE("slow_compute", "Takes so many seconds, as a task where the client can", run_slow_compute),
	.args = slow_args,
};

static void
fail(struct call *c)
{
	call_fail(c, "This job fails each time.");
}

/* Only as a task; false: it is over. */
static bool
task_only(struct call *c)
{
	if (!call_can(c, CAP_TASKS)) {
		call_lacks(c, CAP_TASKS);
		return false;
	}
	call_as_task(c);
	return true;
}

static void
run_failing(struct call *c)
{
	if (task_only(c))
		fixture_after(c, 1000, fail);
}

const struct tool fixture_failing_job = {
	FIXTURE("failing_job", "Fails after a second, as a task", run_failing),
};

static void
break_down(struct call *c)
{
	call_broken(c, ERR_STATE);
}

static void
run_protocol_error(struct call *c)
{
	if (task_only(c))
		fixture_after(c, 100, break_down);
}

const struct tool fixture_protocol_error_job = {
	FIXTURE("protocol_error_job", "Breaks down, as a task", run_protocol_error),
};

static const struct arg file_args[] = {
	{.name = "filename", .type = ARG_STR, .required = true, .about = "What is not deleted either way"},
	{.name = NULL},
};

static void
run_confirm(struct call *c)
{
	struct json_object *answer;
	bool sure = false;

	call_as_task(c);
	call_ask(c, "confirm", ASK_ELICIT, fixture_form("Really delete it?", CONFIRM_SCHEMA));
	answer = call_answer(c, "confirm");
	if (answer == NULL) {
		call_wait(c, span_of(NULL, 0));
		return;
	}
	(void)json_get_bool(json_get_obj(answer, "content"), "confirm", &sure);
	call_text(c, sure ? "%s would be gone now." : "%s is kept.", call_str(c, "filename"));
	call_done(c);
}

const struct tool fixture_confirm_delete = {
	FIXTURE("confirm_delete", "Asks first, as a task where the client can", run_confirm),
	.args = file_args,
};

static void
run_multi_input(struct call *c)
{
	struct json_object *name, *sure;

	call_as_task(c);
	call_ask(c, "who", ASK_ELICIT, fixture_form("What is your name?", FIXTURE_NAME_SCHEMA));
	call_ask(c, "sure", ASK_ELICIT, fixture_form("Are you sure?", CONFIRM_SCHEMA));
	name = call_answer(c, "who");
	sure = call_answer(c, "sure");
	if (name == NULL || sure == NULL) {
		call_wait(c, span_of(NULL, 0));
		return;
	}
	call_text(c, "%s was asked twice.", fixture_field(name, "name"));
	call_done(c);
}

const struct tool fixture_multi_input = {
	FIXTURE("multi_input", "Asks two things, as a task where the client can", run_multi_input),
};

static void
greet_later(struct call *c)
{
	call_text(c, "Hello, %s!", fixture_field(call_answer(c, "user_name"), "name"));
	call_done(c);
}

static void
run_tool_with_task(struct call *c)
{
	call_ask(c, "user_name", ASK_ELICIT, fixture_form("What is your name?", FIXTURE_NAME_SCHEMA));
	if (call_answer(c, "user_name") == NULL) {
		call_wait(c, span_of(NULL, 0));
		return;
	}
	if (task_only(c))
		fixture_after(c, 300, greet_later);
}

const struct tool fixture_tool_with_task = {
	FIXTURE("test_tool_with_task", "Asks, then goes on as a task", run_tool_with_task),
};
