/* Prompts, resources and templates of every kind; see fixture.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/mcp/fixture.h"
#include "worker/tools/call.h"

static void
run_greet(struct call *c)
{
	call_message(c, ROLE_USER, "Hello %s, %s", call_str(c, "name"), call_str(c, "how"));
	call_message(c, ROLE_ASSISTANT, "%s", "Hello.");
	call_done(c);
}

static void
run_blocks(struct call *c)
{
	call_message_block(c, ROLE_USER, block_image("image/png", "AAAA"));
	call_message_block(c, ROLE_USER, block_audio("audio/wav", "BBBB"));
	call_message_block(c, ROLE_USER, block_resource("test://a", "text/plain", span_str("a")));
	call_message_block(c, ROLE_USER, block_link("test://b", "b", NULL, "the letter", NULL));
	call_done(c);
}

static void
run_failing(struct call *c)
{
	call_fail(c, "It cannot be said now.");
}

static void
suggest_many(struct call *c)
{
	unsigned i;
	char text[64];

	for (i = 0; i < 130; i++) {
		(void)snprintf(text, sizeof(text), "%s%s%u", call_other(c, "name"),
		    call_str(c, "value"), i);
		call_suggest(c, text);
	}
	call_done(c);
}

static void
suggest_failing(struct call *c)
{
	call_fail(c, "Nothing can be suggested now.");
}

static const char *const hows[] = {"Friendly", "frankly", "loud", NULL};
static const struct text_arg greet_args[] = {
	{.name = "name", .title = "Name", .about = "who", .required = true, .suggest = suggest_failing},
	{.name = "how", .words = hows},
	{.name = "many", .suggest = suggest_many},
	{.name = "free"},
	{.name = NULL},
};
static const struct icon drawn[] = {
	{.src = "/icon.png", .mime = "image/png", .sizes = "48x48 96x96", .theme = "dark"},
	{.src = "data:image/png;base64,AAAA"},
	{.src = NULL},
};
static const struct prompt greet = {.name = "greet", .title = "Greet", .about = "Greets somebody.",
	.args = greet_args, .icons = drawn, .run = run_greet};
static const struct prompt blocks = {.name = "blocks", .about = "Shows all.", .run = run_blocks};
static const struct prompt failing = {.name = "failing", .run = run_failing};
static const struct prompt hidden = {.name = "hidden", .scope = SCOPE_LIBRARY_WRITE,
	.run = run_greet};
static const struct prompt *const prompts[] = {&greet, &blocks, &hidden, &failing, NULL};

static void
read_both(struct call *c)
{
	call_contents(c, call_str(c, "uri"), "text/plain", span_str("words"));
	call_contents_blob(c, "test://second", "image/png", "AAAA");
	call_done(c);
}

static void
read_var(struct call *c)
{
	if (strcmp(call_str(c, "id"), "none") == 0)
		call_missing(c);
	call_contents(c, call_str(c, "uri"), NULL, span_str(call_str(c, "id")));
	call_done(c);
}

static const struct resource resources[] = {
	{.uri = "test://both", .name = "both", .title = "Both", .about = "Two kinds.",
	    .mime = "text/plain", .read = read_both, .icons = drawn, .subscribable = true},
	{.uri = "test://hidden", .name = "hidden", .read = read_both, .scope = SCOPE_LIBRARY_WRITE,
	    .subscribable = true},
	{.uri = NULL},
};
static const struct text_arg kind_vars[] = {
	{.name = "id", .words = hows}, {.name = NULL}};
static const struct resource_template templates[] = {
	{.uri = "test://thing/{id}/data", .name = "thing", .read = read_var, .vars = kind_vars,
	    .subscribable = true},
	{.uri = NULL},
};

/* --- tools: headers, every kind of block ------------------------------------------ */
static void
run_route(struct call *c)
{
	call_line(c, "%s %lld", call_str(c, "region"), (long long)call_int(c, "number"));
	call_done(c);
}

static void
run_all(struct call *c)
{
	call_line(c, "words");
	call_image(c, "image/png", "AAAA");
	call_audio(c, "audio/wav", "BBBB");
	call_link(c, "test://x", "x", "The X", NULL, "text/plain");
	call_resource(c, "test://y", "text/plain", span_str("y"));
	call_resource_blob(c, "test://z", "image/png", "CCCC");
	call_done(c);
}

static void
run_image(struct call *c)
{
	call_image(c, "image/png", "AAAA");
	call_done(c);
}

static const struct arg route_args[] = {
	{.name = "region", .type = ARG_STR, .header = "Region"},
	{.name = "number", .type = ARG_INT, .header = "X-Number"},
	{.name = "sure", .type = ARG_BOOL, .header = "Sure"},
	{.name = "plain", .type = ARG_STR},
	{.name = NULL},
};
static const struct tool route = {.name = "route", .title = "Route", .about = "Is routed.",
	.args = route_args, .run = run_route};
static const struct tool all = {.name = "all", .title = "All", .about = "Everything.",
	.icons = drawn, .run = run_all};
static const struct tool image = {.name = "image", .title = "Image", .about = "An image.",
	.run = run_image};
static const struct tool shown = {.name = "shown", .title = "Shown", .about = "Shows a schema.",
	.raw_input_schema = "{\"type\":\"object\",\"$defs\":{\"a\":{\"$anchor\":\"x\"}}}",
	.run = run_route};
static const struct tool *const own_tools[] = {&route, &all, &image, &shown, NULL};

void
offer_tools(struct catalog *catalog)
{
	catalog->tools = own_tools;
	catalog->icons = drawn;
}

void
offer_everything(struct catalog *catalog)
{
	static const struct tool *tools[32];
	const struct tool *const *t;
	size_t n = 0;

	for (t = catalog->tools; *t != NULL; t++)
		tools[n++] = *t;
	for (t = own_tools; *t != NULL; t++)
		tools[n++] = *t;
	tools[n] = NULL;
	catalog->tools = tools;
	catalog->icons = drawn;
	catalog->prompts = prompts;
	catalog->resources = resources;
	catalog->templates = templates;
}
