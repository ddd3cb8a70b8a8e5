/* Things that ask; see asking.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/asking.h"
#include "worker/mcp/inside.h"
#include "worker/tools/ask.h"

#define FORM "{\"message\":\"Who?\",\"mode\":\"form\",\"requestedSchema\":{\"type\":\"object\"," \
	"\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":2}," \
	"\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":150}},\"required\":[\"name\"]}}"
#define PAGE "{\"message\":\"Look\",\"mode\":\"url\",\"url\":\"https://tonearm.example/x\"}"
#define MODEL "{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"Hi\"}}]," \
	"\"maxTokens\":10}"
#define CHOICES "{\"message\":\"Which?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{" \
	"\"one\":{\"type\":\"string\",\"oneOf\":[{\"const\":\"r\",\"title\":\"Red\"}," \
	"{\"const\":\"g\",\"title\":\"Green\"}],\"default\":\"r\"}," \
	"\"yes\":{\"type\":\"boolean\",\"default\":true}}}}"
#define SEVERAL "{\"message\":\"Which?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{" \
	"\"some\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"r\",\"g\"]}}}}}"

unsigned asking_runs;

static struct json_object *
params(const char *text)
{
	struct json_object *v = NULL;

	return json_parse(span_str(text), &json_from_spotify, &v) == 0 ? v : NULL;
}

/* Says what an elicitation came to. */
static void
tell(struct call *c, struct json_object *a)
{
	struct json_object *name = json_get(json_get(a, "content"), "name");

	call_line(c, "%s:%s", json_object_get_string(json_get(a, "action")),
	    name == NULL ? "" : json_object_get_string(name));
	call_done(c);
}

/* One question, then the answer as it came. */
static void
ask_one(struct call *c, const char *key, enum ask_kind kind, const char *text)
{
	struct json_object *a;

	call_ask(c, key, kind, text == NULL ? NULL : params(text));
	a = call_answer(c, key);
	if (a == NULL) {
		call_wait(c, span_of(NULL, 0));
	} else if (kind == ASK_ELICIT) {
		tell(c, a);
	} else {
		call_line(c, "%s", json_object_to_json_string_ext(a, JSON_C_TO_STRING_PLAIN));
		call_done(c);
	}
}

static void
run_late(struct call *c)
{
	struct json_object *a = call_answer(c, "who");

	if (a != NULL) {
		tell(c, a);
		return;
	}
	call_ask(c, "who", ASK_ELICIT, params(FORM));
	call_wait(c, span_of(NULL, 0));
}

static void
run_three(struct call *c)
{
	call_ask(c, "who", ASK_ELICIT, params(FORM));
	call_ask(c, "model", ASK_SAMPLE, params(MODEL));
	call_ask(c, "roots", ASK_ROOTS, NULL);
	if (call_answer(c, "who") != NULL && call_answer(c, "model") != NULL &&
	    call_answer(c, "roots") != NULL)
		tell(c, call_answer(c, "who"));
	else
		call_wait(c, span_of(NULL, 0));
}

static void
run_steps(struct call *c)
{
	struct span first = call_state(c);
	struct json_object *a;

	if (first.n == 0) {
		call_ask(c, "first", ASK_ELICIT, params(FORM));
		a = call_answer(c, "first");
		if (a == NULL) {
			call_wait(c, first);
			return;
		}
		first = span_str(json_object_get_string(json_get(json_get(a, "content"), "name")));
	}
	call_ask(c, "second", ASK_ELICIT, params(FORM));
	a = call_answer(c, "second");
	if (a == NULL) {
		call_wait(c, first);
		return;
	}
	call_text(c, "%.*s and ", (int)first.n, (const char *)first.p);
	tell(c, a);
}

static void
run_forever(struct call *c)
{
	char key[32];

	(void)snprintf(key, sizeof(key), "again%zu", call_state(c).n);
	call_ask(c, key, ASK_ELICIT, params(FORM));
	(void)snprintf(key, sizeof(key), "%.*sx", (int)call_state(c).n, (const char *)call_state(c).p);
	call_wait(c, span_str(key));
}

static void
run_state(struct call *c)
{
	if (call_state(c).n == 0) {
		call_wait(c, span_str("kept"));
		return;
	}
	call_line(c, "%.*s", (int)call_state(c).n, (const char *)call_state(c).p);
	call_done(c);
}

static void
run_log(struct call *c)
{
	call_log(c, LEVEL_DEBUG, "bench", json_object_new_string("small"));
	call_log(c, LEVEL_INFO, "bench", json_object_new_string("some"));
	call_log(c, LEVEL_EMERGENCY, NULL, json_object_new_object());
	call_log(c, LEVEL_ERROR, "bench", NULL);
	call_line(c, "logged");
	call_done(c);
}

static void
run_task(struct call *c)
{
	call_as_task(c);
	ask_one(c, "who", ASK_ELICIT, FORM);
}

static void
run_ask(struct call *c)
{
	const char *how = call_str(c, "how");

	asking_runs++;
	if (strcmp(how, "late") == 0)
		run_late(c);
	else if (strcmp(how, "page") == 0)
		ask_one(c, "page", ASK_ELICIT, PAGE);
	else if (strcmp(how, "model") == 0)
		ask_one(c, "model", ASK_SAMPLE, MODEL);
	else if (strcmp(how, "roots") == 0)
		ask_one(c, "roots", ASK_ROOTS, NULL);
	else if (strcmp(how, "three") == 0)
		run_three(c);
	else if (strcmp(how, "steps") == 0)
		run_steps(c);
	else if (strcmp(how, "forever") == 0)
		run_forever(c);
	else if (strcmp(how, "choices") == 0)
		ask_one(c, "which", ASK_ELICIT, CHOICES);
	else if (strcmp(how, "many") == 0)
		ask_one(c, "which", ASK_ELICIT, SEVERAL);
	else if (strcmp(how, "lacks") == 0)
		call_lacks(c, CAP_SAMPLING | CAP_ELICIT_URL);
	else if (strcmp(how, "state") == 0)
		run_state(c);
	else if (strcmp(how, "log") == 0)
		run_log(c);
	else if (strcmp(how, "task") == 0)
		run_task(c);
	else
		ask_one(c, "who", ASK_ELICIT, FORM);
}

static void
read_asking(struct call *c)
{
	struct json_object *a;

	call_ask(c, "who", ASK_ELICIT, params(FORM));
	a = call_answer(c, "who");
	if (a == NULL) {
		call_wait(c, span_of(NULL, 0));
		return;
	}
	call_contents(c, "test://asking", "text/plain",
	    span_str(json_object_get_string(json_get(a, "action"))));
	call_done(c);
}

static const struct arg ask_args[] = {
	{.name = "how", .type = ARG_STR, .fallback = "form"},
	{.name = "x", .type = ARG_STRS},
	{.name = NULL},
};
static const struct tool tool_ask = {.name = "ask", .title = "Ask", .about = "Asks.",
	.args = ask_args, .read_only = true, .run = run_ask};
/* The same under another name. */
static const struct tool tool_other = {.name = "other", .title = "Ask", .about = "Asks.",
	.args = ask_args, .read_only = true, .run = run_ask};
static const struct tool *const tools[] = {&tool_ask, &tool_other, NULL};
static const struct resource resources[] = {
	{.uri = "test://asking", .name = "asking", .about = "Asks.", .mime = "text/plain",
	    .read = read_asking},
	{.uri = NULL},
};

void
asking_time_over(struct bench *b)
{
	struct exchange *x;
	struct rpc *rpc;

	for (x = b->worker.mcp->exchanges; x != NULL; x = x->next)
		for (rpc = x->rpcs; rpc != NULL; rpc = rpc->next)
			if (rpc->waiting != NULL) {
				ask_on_time(-1, 0, rpc);
				turn(b);
				return;
			}
	fail_msg("nothing waits");
}

void
asking_add(struct catalog *catalog)
{
	static const struct tool *all[16];
	size_t i = 0;

	for (; catalog->tools != NULL && catalog->tools[i] != NULL && i < 14; i++)
		all[i] = catalog->tools[i];
	all[i] = &tool_ask;
	catalog->tools = all;
	catalog->logging = true;
}

void
asking_offer(struct bench *b)
{
	asking_runs = 0;
	b->catalog.tools = tools;
	b->catalog.resources = resources;
	b->catalog.logging = true;
}
