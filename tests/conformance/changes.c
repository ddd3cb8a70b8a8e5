/* Tools that change what is offered, or say so. */
#include "config.h"

#include "tests/conformance/fixtures.h"
#include "worker/mcp/announce.h"
#include "worker/worker.h"

static void
change_tools(struct call *c)
{
	mcp_tools_changed(c->worker->mcp);
	call_text(c, "The tools were announced as changed.");
	call_done(c);
}

static void
change_prompts(struct call *c)
{
	mcp_prompts_changed(c->worker->mcp);
	call_text(c, "The prompts were announced as changed.");
	call_done(c);
}

static void
change_resources(struct call *c)
{
	mcp_resources_changed(c->worker->mcp);
	call_text(c, "The resources were announced as changed.");
	call_done(c);
}

static void
update_resource(struct call *c)
{
	fixture_watched_changes++;
	mcp_resource_updated(c->worker->mcp, "test://watched-resource");
	call_text(c, "The watched resource was announced as updated.");
	call_done(c);
}

const struct tool fixture_trigger_tool_change = {
	FIXTURE("test_trigger_tool_change", "Announces a change of the tools", change_tools),
};
const struct tool fixture_trigger_prompt_change = {
	FIXTURE("test_trigger_prompt_change", "Announces a change of the prompts", change_prompts),
};
const struct tool fixture_trigger_resource_change = {
	FIXTURE("test_trigger_resource_change", "Announces a change of the resources",
	    change_resources),
};
const struct tool fixture_trigger_resource_update = {
	FIXTURE("test_trigger_resource_update", "Changes the watched resource", update_resource),
};
