/* tonearm-worker-fixtures: the worker with the fixtures in place of its tools. */
#include "config.h"

#include "tests/conformance/fixtures.h"
#include "tests/conformance/list.h"
#include "worker/nursery/nursery.h"
#include "worker/run.h"

#define X(name) extern const struct tool fixture_##name;
FIXTURES(X)
#undef X

#define X(name) &fixture_##name,
static const struct tool *const tools[] = {FIXTURES(X) NULL};
#undef X

const struct catalog worker_catalog = {
	.tools = tools,
	.prompts = fixture_prompts,
	.resources = fixture_resources,
	.templates = fixture_templates,
	.tools_change = true,
	.prompts_change = true,
	.resources_change = true,
	.subscribe = true,
	.logging = true,
	.tasks = true,
};

int
main(void)
{
	return nursery_main(worker_run, NULL);
}
