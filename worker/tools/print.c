/* The table of tools for people; see print.h. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "worker/mcp/catalog.h"
#include "worker/tools/items.h"
#include "worker/tools/print.h"
#include "worker/tools/tool.h"

static const char head[] =
    "# Tools\n"
    "\n"
    "What a model can do with Tonearm. This page is written by `tonearm-worker --tools-page` from the\n"
    "same table that makes the published schemas and checks the arguments; do not edit it.\n"
    "\n"
    "Every answer has readable text and the same as structured content. A failed call is a sentence\n"
    "that says what failed, why, and what to do next. Arguments are taken forgivingly: a Spotify link, a\n"
    "`spotify:` URI or a bare id; numbers and yes or no as text; null for absent; one text where a list is\n"
    "wanted. Lists say how many there are and give a cursor for the rest.\n"
    "\n"
    "A tool is listed only where the connection was given its permission; a permission to write\n"
    "includes the one to read.\n"
    "\n"
    "The tables of answers name the members of the structured content; (?) may be missing, and null is\n"
    "never a value. `tools/list` names only those that are always there.\n";

static const char *
kind_of(const struct tool *t)
{
	if (t->read_only)
		return "reads only";
	return t->destructive ? "removes or overwrites" : "adds or sets";
}

static void
print_type(const struct arg *a)
{
	static const char *const types[] = {
		[ARG_STR] = "text", [ARG_INT] = "whole number", [ARG_BOOL] = "true or false",
		[ARG_STRS] = "list of texts"};
	const char *const *w;

	printf("%s", types[a->type]);
	if (a->type == ARG_INT && (a->min != 0 || a->max != 0))
		printf(", %" PRId64 " to %" PRId64, a->min, a->max);
	if (a->type == ARG_STRS)
		printf(", at most %u", a->max_items > 0 ? a->max_items : 100);
	for (w = a->words; w != NULL && *w != NULL; w++)
		printf("%s`%s`", w == a->words ? ": " : ", ", *w);
	if (a->fallback != NULL)
		printf("; else `%s`", a->fallback);
}

/* Members of an object; inside: of which member, with a dot at its end, or "". */
static void
print_members(const struct out *o, const char *inside)
{
	static const char *const types[] = {
		[OUT_STR] = "text", [OUT_INT] = "whole number", [OUT_NUM] = "number",
		[OUT_BOOL] = "true or false", [OUT_STRS] = "list of texts", [OUT_OBJ] = "object",
		[OUT_OBJS] = "list"};
	char deeper[160];

	for (; o->name != NULL; o++) {
		printf("| `%s%s`%s | %s%s | %s |\n", inside, o->name, o->always ? "" : " (?)",
		    types[o->type], o->fields != item_out ? "" :
		    o->type == OUT_OBJS ? " of [items](#items)" : ": an [item](#items)",
		    o->about != NULL ? o->about : "");
		if (o->fields == NULL || o->fields == item_out)
			continue;
		(void)snprintf(deeper, sizeof(deeper), "%s%s%s.", inside, o->name,
		    o->type == OUT_OBJS ? "[]" : "");
		print_members(o->fields, deeper);
	}
}

static void
print_items(void)
{
	printf("\n# Items\n\nA track, album, artist, playlist, show, episode, audiobook or chapter in an answer.\n\n"
	    "| member | | |\n|---|---|---|\n");
	print_members(item_out, "");
}

static void
print_args(const struct arg *a)
{
	printf("\n| argument | | |\n|---|---|---|\n");
	for (; a->name != NULL; a++) {
		printf("| `%s`%s | ", a->name, a->required ? " (required)" : "");
		print_type(a);
		printf(" | %s |\n", a->about != NULL ? a->about : "");
	}
}

static void
print_tool(const struct tool *t)
{
	char names[256];

	printf("\n## `%s`: %s\n\n%s\n\n", t->name, t->title, t->about);
	printf("Kind: %s%s. Permission: %s. Requests to Spotify: at most %u.\n", kind_of(t),
	    t->idempotent && !t->read_only ? ", and the same again changes nothing more" : "",
	    t->scope == 0 ? "none" : tool_scopes(t, names, sizeof(names)),
	    t->max_requests);
	if (t->args != NULL && t->args->name != NULL)
		print_args(t->args);
	if (t->out != NULL && t->out->name != NULL) {
		printf("\n| answer | | |\n|---|---|---|\n");
		print_members(t->out, "");
	}
}

static void
print_resource(const char *uri, const char *tool, const struct look *look, const char *which)
{
	if (tool != NULL)
		printf("| `%s` | `%s` | ", uri, tool);
	else
		printf("| `%s` | | ", uri);
	if (look != NULL)
		printf("%u to %u s%s", look->least_s, look->most_s, which);
	printf(" |\n");
}

static void
print_prompts(void)
{
	const struct prompt *const *p;
	const struct text_arg *a;
	char names[256];

	printf("\n# Prompts\n\n| prompt | arguments | permission | |\n|---|---|---|---|\n");
	for (p = worker_catalog.prompts; *p != NULL; p++) {
		printf("| `%s` | ", (*p)->name);
		for (a = (*p)->args; a != NULL && a->name != NULL; a++)
			printf("%s`%s`%s", a == (*p)->args ? "" : ", ", a->name,
			    a->required ? "" : " (optional)");
		printf(" | %s | %s |\n", (*p)->scope == 0 ? "none" :
		    scope_names((*p)->scope, names, sizeof(names)), (*p)->about);
	}
}

static void
print_resources(void)
{
	const struct resource_template *t;
	const struct resource *r;

	printf("\n# Resources\n\nEach is the structured answer of the tool beside it. Those with a pace can be "
	    "subscribed to:\nwhile somebody listens they are looked at so often, and a change is "
	    "told.\n\n"
	    "| resource | tool | pace |\n|---|---|---|\n");
	for (r = worker_catalog.resources; r->uri != NULL; r++)
		if (catalog_offers_resource(&worker_catalog, r, SCOPE_ALL))
			print_resource(r->uri, r->tool, r->look, "");
	for (t = worker_catalog.templates; t->uri != NULL; t++)
		if (catalog_offers_template(&worker_catalog, t, SCOPE_ALL))
			print_resource(t->uri, t->tool, t->look, t->watched != NULL ? " (playlists)" : "");
}

int
tools_print(int argc, char *const *argv)
{
	const bool page = argc == 2 && strcmp(argv[1], "--tools-page") == 0;
	size_t i;

	if (!page && (argc != 2 || strcmp(argv[1], "--tools") != 0))
		return -1;
	if (page)
		printf("%s", head);
	for (i = 0; i < tool_table_n; i++) {
		if (page)
			print_tool(tool_table[i]);
		else
			printf("%s\n", tool_table[i]->name);
	}
	if (page) {
		print_items();
		print_resources();
		print_prompts();
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
