/* The resources of the fixtures. */
#include "config.h"

#include <stdio.h>

#include "tests/conformance/fixtures.h"

static void
read_text(struct call *c)
{
	call_contents(c, call_str(c, "uri"), "text/plain",
	    span_str("This is the content of the static text resource."));
	call_done(c);
}

static void
read_binary(struct call *c)
{
	call_contents_blob(c, call_str(c, "uri"), "image/png", fixture_png);
	call_done(c);
}

unsigned fixture_watched_changes;

static void
read_watched(struct call *c)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "It has changed %u times.", fixture_watched_changes);
	call_contents(c, call_str(c, "uri"), "text/plain", span_str(text));
	call_done(c);
}

static void
read_data(struct call *c)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "{\"id\":\"%s\",\"templateTest\":true,\"data\":\"Data for ID: %s\"}", call_str(c, "id"),
	    call_str(c, "id"));
	call_contents(c, call_str(c, "uri"), "application/json", span_str(text));
	call_done(c);
}

const struct resource fixture_resources[] = {
	{.uri = "test://static-text", .name = "static-text", .title = "Static text",
	    .about = "A text that never changes", .mime = "text/plain", .read = read_text},
	{.uri = "test://static-binary", .name = "static-binary", .title = "Static image",
	    .about = "An image that never changes", .mime = "image/png", .read = read_binary},
	{.uri = "test://watched-resource", .name = "watched-resource", .title = "Watched",
	    .about = "A text whose changes are announced", .mime = "text/plain", .read = read_watched,
	    .subscribable = true},
	{.uri = NULL},
};

static const char *const ids[] = {"1", "12", "123", NULL};
static const struct text_arg vars[] = {
	{.name = "id", .words = ids},
	{.name = NULL},
};

const struct resource_template fixture_templates[] = {
	{.uri = "test://template/{id}/data", .name = "template-data", .title = "Data",
	    .about = "Data for an id", .mime = "application/json", .vars = vars, .read = read_data},
	{.uri = NULL},
};
