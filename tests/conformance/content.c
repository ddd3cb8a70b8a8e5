/* Tools that answer at once, with each kind of content. */
#include "config.h"

#include "shared/json/json.h"
#include "tests/conformance/fixtures.h"

/* One pixel, and a thousandth of a second of silence. */
const char fixture_png[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOQ3RkCAAIhAStPBbhdAAAAAElFTkSuQmCC";
static const char wav[] =
    "UklGRiwAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQgAAACAgICAgICAgA==";

static void
run_simple_text(struct call *c)
{
	call_text(c, "This is a simple text response for testing.");
	call_done(c);
}

const struct tool fixture_simple_text = {
	FIXTURE("test_simple_text", "Answers with one text", run_simple_text),
};

static void
run_image(struct call *c)
{
	call_image(c, "image/png", fixture_png);
	call_done(c);
}

const struct tool fixture_image_content = {
	FIXTURE("test_image_content", "Answers with an image", run_image),
};

static void
run_audio(struct call *c)
{
	call_audio(c, "audio/wav", wav);
	call_done(c);
}

const struct tool fixture_audio_content = {
	FIXTURE("test_audio_content", "Answers with a sound", run_audio),
};

static void
run_resource(struct call *c)
{
	call_resource(c, "test://embedded-resource", "text/plain",
	    span_str("This is an embedded resource content."));
	call_done(c);
}

const struct tool fixture_embedded_resource = {
	FIXTURE("test_embedded_resource", "Answers with a resource inside", run_resource),
};

static void
run_multiple(struct call *c)
{
	call_text(c, "Multiple content types test:");
	call_image(c, "image/png", fixture_png);
	call_resource(c, "test://mixed-content-resource", "application/json",
	    span_str("{\"test\":\"data\",\"value\":123}"));
	call_done(c);
}

const struct tool fixture_multiple_content_types = {
	FIXTURE("test_multiple_content_types", "Answers with text, image and resource", run_multiple),
};

static void
run_link(struct call *c)
{
	call_text(c, "See the static text.");
	call_link(c, "test://static-text", "static-text", "Static text", "A text that never changes",
	    "text/plain");
	call_done(c);
}

const struct tool fixture_resource_link = {
	FIXTURE("test_resource_link", "Answers with a link to a resource", run_link),
};

static const struct out structured_out[] = {
	{.name = "colour", .type = OUT_STR, .always = true, .about = "The colour"},
	{.name = "count", .type = OUT_INT, .always = true, .about = "How many there are"},
	{.name = NULL},
};

static void
run_structured(struct call *c)
{
	struct json_object *data = call_data(c);
	err_t err;

	call_text(c, "Three green ones.");
	err = json_add_text(data, "colour", "green");
	if (err == 0)
		err = json_add_int(data, "count", 3);
	if (err != 0)
		call_broken(c, err);
	else
		call_done(c);
}

const struct tool fixture_structured_content = {
	FIXTURE("test_structured_content", "Answers with structured content", run_structured),
	.out = structured_out,
};

static void
run_error(struct call *c)
{
	call_fail(c, "This tool intentionally returns an error for testing");
}

const struct tool fixture_error_handling = {
	FIXTURE("test_error_handling", "Fails each time", run_error),
};

static void
run_schema(struct call *c)
{
	call_text(c, "The arguments were taken as they came.");
	call_done(c);
}

/* What a tool that people use must not have (T-6). */
const struct tool fixture_json_schema = {
	FIXTURE("json_schema_2020_12_tool", "Has a schema with much of JSON Schema 2020-12", run_schema),
	.raw_input_schema =
	    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
	    "\"$defs\":{\"address\":{\"$anchor\":\"whereabouts\",\"type\":\"object\",\"properties\":"
	    "{\"street\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"}}}},"
	    "\"properties\":{\"name\":{\"type\":\"string\"},\"address\":{\"$ref\":\"#/$defs/address\"},"
	    "\"reply\":{\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},"
	    "\"phone\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"}},"
	    "\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{\"required\":[\"email\"]}]}],"
	    "\"if\":{\"properties\":{\"reply\":{\"const\":\"phone\"}},\"required\":[\"reply\"]},"
	    "\"then\":{\"required\":[\"phone\"]},\"else\":{\"required\":[\"email\"]},"
	    "\"additionalProperties\":false}",
};

static const struct arg header_args[] = {
	{.name = "region", .type = ARG_STR, .required = true, .about = "Sent in a header as well",
	    .header = "Region"},
	{.name = "level", .type = ARG_INT, .about = "A number, sent in a header as well",
	    .header = "Level"},
	{.name = "loud", .type = ARG_BOOL, .about = "A truth value, sent in a header as well",
	    .header = "Loud"},
	{.name = NULL},
};

static void
run_header(struct call *c)
{
	call_text(c, "The region is %s.", call_str(c, "region"));
	call_done(c);
}

const struct tool fixture_custom_header = {
	FIXTURE("test_custom_header", "Takes arguments that are repeated in headers", run_header),
	.args = header_args,
};
