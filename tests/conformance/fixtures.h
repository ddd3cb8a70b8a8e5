/*
 * What the fixtures of the conformance suite share.  They are a worker like the
 * shipped one, but with another catalog: tools, prompts and resources that do
 * what the suite wants to see.  Only for tests, never installed.
 */
#ifndef TONEARM_TESTS_CONFORMANCE_FIXTURES_H
#define TONEARM_TESTS_CONFORMANCE_FIXTURES_H

#include "worker/mcp/catalog.h"
#include "worker/tools/call.h"

/* What each tool here has. */
#define FIXTURE(word, says, fn) \
	.name = (word), .title = (word), .about = (says), .read_only = true, .idempotent = true, \
	.run = (fn)

/* content.c: an image in Base64. */
extern const char fixture_png[];

/*
 * asking.c: JSON text that is right; params of a form, and of a question to the
 * model (at most so many tokens); the model's text and a form's field in an
 * answer, "" if it has none.  NULL: memory ran out.
 */
struct json_object *fixture_json(const char *text);
struct json_object *fixture_form(const char *message, const char *schema);
struct json_object *fixture_sample(const char *text, int most);
const char *fixture_said(struct json_object *sampled);
const char *fixture_field(struct json_object *answer, const char *name);
#define FIXTURE_NAME_SCHEMA "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}}," \
	"\"required\":[\"name\"]}"

/* resources.c: how often the watched resource has changed. */
extern unsigned fixture_watched_changes;

/* rounds.c */
extern const struct prompt fixture_asking_prompt;

/* prompts.c, resources.c */
extern const struct prompt *const fixture_prompts[];
extern const struct resource fixture_resources[];
extern const struct resource_template fixture_templates[];

/* Goes on with next in ms milliseconds.  A call that is stopped meanwhile ends
 * without it. */
void fixture_after(struct call *c, unsigned ms, void (*next)(struct call *c));

#endif
