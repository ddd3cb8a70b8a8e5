/* The tools and resources of the bench; see fixture.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/tools/call.h"

unsigned slow_running, slow_stopped;
static struct call *slow;

static const char *const modes[] = {"plain", "loud", NULL};
static const struct arg echo_args[] = {
	{.name = "words", .type = ARG_STR, .required = true, .about = "what to say", .max_bytes = 40},
	{.name = "times", .type = ARG_INT, .min = 1, .max = 5, .fallback = "1"},
	{.name = "mode", .type = ARG_STR, .words = modes, .fallback = "plain"},
	{.name = "upper", .type = ARG_BOOL},
	{.name = "list", .type = ARG_STRS, .min_items = 1, .max_items = 3},
	{.name = NULL},
};
static const struct out echo_item[] = {
	{.name = "word", .type = OUT_STR, .always = true}, {.name = NULL}};
static const struct out echo_out[] = {
	{.name = "said", .type = OUT_STR, .always = true, .about = "what was said"},
	{.name = "times", .type = OUT_INT, .always = true},
	{.name = "items", .type = OUT_OBJS, .fields = echo_item},
	{.name = NULL},
};

static void
run_echo(struct call *c)
{
	int64_t i;

	for (i = 0; i < call_int(c, "times"); i++)
		call_line(c, "%s%s", call_str(c, "words"),
		    strcmp(call_str(c, "mode"), "loud") == 0 ? "!" : "");
	working(false);
	assert_int_equal(json_add_text(call_data(c), "said", call_str(c, "words")), 0);
	assert_int_equal(json_add_int(call_data(c), "times", call_int(c, "times")), 0);
	if (call_items(c, "list") > 0)
		assert_int_equal(json_add_text(call_data(c), "first", call_item(c, "list", 0)), 0);
	working(true);
	if (strcmp(call_str(c, "words"), "fail") == 0)
		call_fail(c, "It failed because it was told to.");
	else if (strcmp(call_str(c, "words"), "half") == 0) {
		call_text(c, "%.1s", "\xc3\xa4");
		call_done(c);
	} else
		call_done(c);
}

static void
stop_slow(struct call *c)
{
	slow_stopped++;
	slow = NULL;
	slow_running--;
	call_done(c);
}

static void
run_slow(struct call *c)
{
	if (slow != NULL)
		finish_slow();   /* there is one at a time */
	slow = c;
	slow_running++;
	c->on_stop = stop_slow;
}

void
finish_slow(void)
{
	struct call *c = slow;

	slow = NULL;
	slow_running--;
	call_line(c, "done");
	call_done(c);
}

void
progress_slow(double done, const char *message)
{
	slow->told_ms = 0;   /* no waiting in a test */
	call_progress(slow, done, 10, message);
}

void
slow_time_over(struct bench *b, bool stubborn)
{
	struct call *c = slow;

	if (stubborn)
		c->on_stop = NULL;
	event_active(c->timer, EV_TIMEOUT, 1);
	turn(b);
	if (!stubborn)
		return;
	/* The grace is over as well. */
	event_active(c->timer, EV_TIMEOUT, 1);
	turn(b);
}

static void
run_status(struct call *c)
{
	call_line(c, "fine");
	working(false);
	assert_int_equal(json_add_bool(call_data(c), "fine", true), 0);
	working(true);
	call_done(c);
}

static void
run_items(struct call *c)
{
	working(false);
	assert_int_equal(json_add_text(call_data(c), "uri", call_item(c, "uris", 0)), 0);
	working(true);
	call_done(c);
}

static const struct out status_out[] = {
	{.name = "fine", .type = OUT_BOOL, .always = true}, {.name = NULL}};
static const struct arg items_args[] = {
	{.name = "uris", .type = ARG_STRS, .required = true}, {.name = NULL}};
static const struct tool tool_echo = {.name = "echo", .title = "Echo", .about = "Says it again.",
	.args = echo_args, .out = echo_out, .read_only = true, .idempotent = true,
	.scope = SCOPE_LIBRARY_READ, .run = run_echo};
static const struct tool tool_slow = {.name = "slow", .title = "Slow", .about = "Takes its time.",
	.out = status_out, .read_only = true, .run = run_slow};
static const struct tool tool_remove = {.name = "remove", .title = "Remove", .about = "Removes.",
	.out = status_out, .destructive = true, .open_world = true, .scope = SCOPE_LIBRARY_WRITE,
	.run = run_status};
static const struct tool tool_status = {.name = "get_status", .title = "Status",
	.about = "How it is.", .out = status_out, .read_only = true, .run = run_status};
static const struct tool tool_items = {.name = "get_items", .title = "Items",
	.about = "Details.", .args = items_args, .read_only = true, .run = run_items};
static const struct tool *const bench_tools[] = {
	&tool_echo, &tool_slow, &tool_remove, &tool_status, &tool_items, NULL};

static const struct resource bench_resources[] = {
	{.uri = "spotify://status", .name = "status", .title = "Status", .about = "How it is.",
	    .mime = "application/json", .tool = "get_status"},
	{.uri = "spotify://nothing", .name = "nothing", .about = "Its tool is not there.",
	    .mime = "application/json", .tool = "get_nothing"},
	{.uri = NULL},
};

/* {"uris":["spotify:TYPE:ID"]}. */
static err_t
match_item(struct span uri, struct json_object **args)
{
	static const struct resource_template plain = {.uri = "spotify://{type}/{id}"};
	struct json_object *vars = NULL, *uris;
	struct span type, id;
	char text[300];
	err_t err = catalog_match(&plain, uri, &vars);

	if (err != 0)
		return err;
	if (!json_get_str(vars, "type", &type) || !json_get_str(vars, "id", &id))
		abort();
	if (!span_is(type, "track") || memchr(id.p, '-', id.n) != NULL)
		err = ERR_SYNTAX;
	(void)snprintf(text, sizeof(text), "spotify:track:%.*s", (int)id.n, (const char *)id.p);
	json_object_put(vars);
	if (err != 0)
		return err;
	uris = json_object_new_array();
	*args = json_object_new_object();
	err = json_append(uris, json_new_str(span_str(text)));
	return err == 0 ? json_add(*args, "uris", uris) : err;
}
static const struct resource_template bench_templates[] = {
	{.uri = "spotify://{type}/{id}", .name = "item", .title = "One item", .about = "Details.",
	    .mime = "application/json", .match = match_item, .tool = "get_items"},
	{.uri = NULL},
};

void
bench_tools_begin(struct catalog *catalog)
{
	slow = NULL;
	slow_running = slow_stopped = 0;
	catalog->tools = bench_tools;
	catalog->resources = bench_resources;
	catalog->templates = bench_templates;
}

void
bench_tools_end(void)
{
	if (slow != NULL)
		finish_slow();
}
