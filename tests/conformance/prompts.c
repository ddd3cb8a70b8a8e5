/* The prompts of the fixtures. */
#include "config.h"

#include <string.h>

#include "tests/conformance/fixtures.h"

static void
run_simple(struct call *c)
{
	call_message(c, ROLE_USER, "This is a simple prompt for testing.");
	call_done(c);
}

static const struct prompt simple = {
	.name = "test_simple_prompt", .title = "Simple", .about = "One message without arguments",
	.run = run_simple,
};

static const char *const first_words[] = {"tempo", "tenor", "test", "testing", NULL};

static void
suggest_second(struct call *c)
{
	call_suggest(c, call_other(c, "arg1"));
	call_done(c);
}

static const struct text_arg two_args[] = {
	{.name = "arg1", .title = "First", .about = "First argument", .required = true,
	    .words = first_words},
	{.name = "arg2", .title = "Second", .about = "Second argument", .required = true,
	    .suggest = suggest_second},
	{.name = NULL},
};

static void
run_arguments(struct call *c)
{
	call_message(c, ROLE_USER, "Prompt with arguments: arg1='%s', arg2='%s'", call_str(c, "arg1"),
	    call_str(c, "arg2"));
	call_done(c);
}

static const struct prompt arguments = {
	.name = "test_prompt_with_arguments", .title = "Arguments", .about = "One message with both arguments",
	.args = two_args, .run = run_arguments,
};

static const struct text_arg uri_args[] = {
	{.name = "resourceUri", .about = "URI of the resource that is put in", .required = true},
	{.name = NULL},
};

/* A scheme, and nothing that a URI has to escape (RFC 3986 section 2). */
static bool
is_uri(const char *s)
{
	const size_t scheme = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return scheme > 0 && s[scheme] == ':' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?@!$&'()*+,;=")] == '\0';
}

static void
run_embedded(struct call *c)
{
	const char *uri = call_str(c, "resourceUri");

	if (!is_uri(uri)) {
		call_fail(c, "resourceUri must be a URI.");
		return;
	}
	call_message_block(c, ROLE_USER, block_resource(uri, "text/plain",
	    span_str("Embedded resource content for testing.")));
	call_message(c, ROLE_USER, "Please process the embedded resource above.");
	call_done(c);
}

static const struct prompt embedded = {
	.name = "test_prompt_with_embedded_resource", .title = "Resource", .about = "A resource and a text",
	.args = uri_args, .run = run_embedded,
};

static void
run_image(struct call *c)
{
	call_message_block(c, ROLE_USER, block_image("image/png", fixture_png));
	call_message(c, ROLE_USER, "Please analyze the image above.");
	call_done(c);
}

static const struct prompt image = {
	.name = "test_prompt_with_image", .title = "Image", .about = "An image and a text",
	.run = run_image,
};

const struct prompt *const fixture_prompts[] = {&simple, &arguments, &embedded, &image,
    &fixture_asking_prompt, NULL};
