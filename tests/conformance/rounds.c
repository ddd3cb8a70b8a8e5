/* Tools and a prompt that need several rounds. */
#include "config.h"

#include <stdio.h>

#include "shared/json/json.h"
#include "tests/conformance/fixtures.h"
#include "worker/tools/ask.h"

#define NOTHING span_of(NULL, 0)

static void
run_elicitation(struct call *c)
{
	struct json_object *answer;

	call_ask(c, "user_name", ASK_ELICIT, fixture_form("What is your name?", FIXTURE_NAME_SCHEMA));
	answer = call_answer(c, "user_name");
	if (answer == NULL) {
		call_wait(c, NOTHING);
		return;
	}
	call_text(c, "Hello, %s!", fixture_field(answer, "name"));
	call_done(c);
}

const struct tool fixture_input_required_result_elicitation = {
	FIXTURE("test_input_required_result_elicitation", "Greets the person by a name it asks for",
	    run_elicitation),
};

static void
run_sampling(struct call *c)
{
	struct json_object *answer;

	call_ask(c, "capital_question", ASK_SAMPLE, fixture_sample("What is the capital of France?", 100));
	answer = call_answer(c, "capital_question");
	if (answer == NULL) {
		call_wait(c, NOTHING);
		return;
	}
	call_text(c, "The model said: %s", fixture_said(answer));
	call_done(c);
}

const struct tool fixture_input_required_result_sampling = {
	FIXTURE("test_input_required_result_sampling", "Asks the client's model", run_sampling),
};

/* The folders that the client named. */
static void
tell_roots(struct call *c, struct json_object *answer)
{
	struct json_object *roots = json_get_arr(answer, "roots");
	size_t i, n = roots == NULL ? 0 : json_object_array_length(roots);

	call_line(c, "Roots: %zu", n);
	for (i = 0; i < n; i++) {
		struct json_object *uri = json_get(json_object_array_get_idx(roots, i), "uri");

		call_line(c, "%s", uri == NULL ? "" : json_object_get_string(uri));
	}
}

static void
run_list_roots(struct call *c)
{
	struct json_object *answer;

	call_ask(c, "client_roots", ASK_ROOTS, NULL);
	answer = call_answer(c, "client_roots");
	if (answer == NULL) {
		call_wait(c, NOTHING);
		return;
	}
	tell_roots(c, answer);
	call_done(c);
}

const struct tool fixture_input_required_result_list_roots = {
	FIXTURE("test_input_required_result_list_roots", "Asks for the client's roots", run_list_roots),
};

#define OK_SCHEMA "{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"boolean\"}}," \
	"\"required\":[\"ok\"]}"

static void
run_state(struct call *c)
{
	call_ask(c, "confirm", ASK_ELICIT, fixture_form("Please confirm", OK_SCHEMA));
	if (call_answer(c, "confirm") == NULL || !span_is(call_state(c), "confirming")) {
		call_wait(c, span_str("confirming"));
		return;
	}
	call_text(c, "state-ok");
	call_done(c);
}

const struct tool fixture_input_required_result_request_state = {
	FIXTURE("test_input_required_result_request_state", "Has its state brought back", run_state),
};
const struct tool fixture_input_required_result_tampered_state = {
	FIXTURE("test_input_required_result_tampered_state", "Does not take a state that was altered",
	    run_state),
};

static void
run_multiple(struct call *c)
{
	struct json_object *name, *greeting, *roots;

	call_ask(c, "user_name", ASK_ELICIT, fixture_form("What is your name?", FIXTURE_NAME_SCHEMA));
	call_ask(c, "greeting", ASK_SAMPLE, fixture_sample("Generate a greeting", 50));
	call_ask(c, "client_roots", ASK_ROOTS, NULL);
	name = call_answer(c, "user_name");
	greeting = call_answer(c, "greeting");
	roots = call_answer(c, "client_roots");
	if (name == NULL || greeting == NULL || roots == NULL) {
		call_wait(c, span_str("three questions"));
		return;
	}
	call_line(c, "%s, %s", fixture_said(greeting), fixture_field(name, "name"));
	tell_roots(c, roots);
	call_done(c);
}

const struct tool fixture_input_required_result_multiple_inputs = {
	FIXTURE("test_input_required_result_multiple_inputs", "Asks three things at once", run_multiple),
};

#define COLOR_SCHEMA "{\"type\":\"object\",\"properties\":{\"color\":{\"type\":\"string\"}}," \
	"\"required\":[\"color\"]}"

/* The second round's state is "name:" and the name that the first one asked for. */
static void
run_second(struct call *c, struct span name)
{
	struct json_object *answer;

	call_ask(c, "step2", ASK_ELICIT,
	    fixture_form("Step 2: What is your favorite color?", COLOR_SCHEMA));
	answer = call_answer(c, "step2");
	if (answer == NULL) {
		call_wait(c, name);
		return;
	}
	call_text(c, "%.*s likes %s.", (int)name.n - 5, (const char *)name.p + 5,
	    fixture_field(answer, "color"));
	call_done(c);
}

static void
run_multi_round(struct call *c)
{
	struct span state = call_state(c);
	struct json_object *answer;
	char name[200];

	if (span_starts(state, "name:")) {
		run_second(c, state);
		return;
	}
	call_ask(c, "step1", ASK_ELICIT, fixture_form("Step 1: What is your name?", FIXTURE_NAME_SCHEMA));
	answer = call_answer(c, "step1");
	if (answer == NULL) {
		call_wait(c, span_str("begun"));
		return;
	}
	(void)snprintf(name, sizeof(name), "name:%s", fixture_field(answer, "name"));
	run_second(c, span_str(name));
}

const struct tool fixture_input_required_result_multi_round = {
	FIXTURE("test_input_required_result_multi_round", "Asks a second thing after the first",
	    run_multi_round),
};

/* Asks what this client can be asked, and nothing else. */
static void
run_capabilities(struct call *c)
{
	if (call_can(c, CAP_ELICIT_FORM))
		call_ask(c, "user_name", ASK_ELICIT,
		    fixture_form("What is your name?", FIXTURE_NAME_SCHEMA));
	if (call_can(c, CAP_SAMPLING))
		call_ask(c, "greeting", ASK_SAMPLE, fixture_sample("Generate a greeting", 50));
	if (call_can(c, CAP_ROOTS))
		call_ask(c, "client_roots", ASK_ROOTS, NULL);
	if ((call_can(c, CAP_ELICIT_FORM) && call_answer(c, "user_name") == NULL) ||
	    (call_can(c, CAP_SAMPLING) && call_answer(c, "greeting") == NULL) ||
	    (call_can(c, CAP_ROOTS) && call_answer(c, "client_roots") == NULL)) {
		call_wait(c, NOTHING);
		return;
	}
	call_text(c, "All that could be asked was answered.");
	call_done(c);
}

const struct tool fixture_input_required_result_capabilities = {
	FIXTURE("test_input_required_result_capabilities", "Asks what the client can answer",
	    run_capabilities),
};

static void
run_prompt(struct call *c)
{
	struct json_object *answer;

	call_ask(c, "user_context", ASK_ELICIT, fixture_form("What context should the prompt use?",
	    "{\"type\":\"object\",\"properties\":{\"context\":{\"type\":\"string\"}},"
	    "\"required\":[\"context\"]}"));
	answer = call_answer(c, "user_context");
	if (answer == NULL) {
		call_wait(c, NOTHING);
		return;
	}
	call_message(c, ROLE_USER, "The context is: %s", fixture_field(answer, "context"));
	call_done(c);
}

const struct prompt fixture_asking_prompt = {
	.name = "test_input_required_result_prompt", .title = "Asks", .about = "Asks for its context",
	.run = run_prompt,
};
