/* Versions and capabilities of clients; see context.h. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/context.h"

static const char *const versions[MCP_VERSIONS] = {
	[MCP_2024_11_05] = "2024-11-05", [MCP_2025_03_26] = "2025-03-26",
	[MCP_2025_06_18] = "2025-06-18", [MCP_2025_11_25] = "2025-11-25",
	[MCP_2026_07_28] = "2026-07-28",
};

const char *
mcp_version_text(enum mcp_version v)
{
	return versions[v];
}

bool
mcp_version_parse(struct span text, enum mcp_version *out)
{
	unsigned v;

	for (v = 0; v < MCP_VERSIONS; v++) {
		if (span_is(text, versions[v])) {
			*out = (enum mcp_version)v;
			return true;
		}
	}
	return false;
}

static const char *const levels[LEVELS] = {
	[LEVEL_DEBUG] = "debug", [LEVEL_INFO] = "info", [LEVEL_NOTICE] = "notice",
	[LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error", [LEVEL_CRITICAL] = "critical",
	[LEVEL_ALERT] = "alert", [LEVEL_EMERGENCY] = "emergency",
};

const char *
mcp_level_text(enum mcp_level level)
{
	return levels[level];
}

bool
mcp_level_parse(struct span text, enum mcp_level *out)
{
	unsigned i;

	for (i = 0; i < LEVELS; i++) {
		if (span_is(text, levels[i])) {
			*out = (enum mcp_level)i;
			return true;
		}
	}
	return false;
}

bool
mcp_version_is_modern(struct span text)
{
	static const char form[] = "dddd-dd-dd";
	size_t i;

	if (text.n != sizeof(form) - 1)
		return false;
	for (i = 0; i < text.n; i++) {
		bool digit = text.p[i] >= '0' && text.p[i] <= '9';

		if (form[i] == 'd' ? !digit : text.p[i] != '-')
			return false;
	}
	return memcmp(text.p, versions[MCP_NEWEST_LEGACY], text.n) > 0;
}

uint32_t
mcp_capabilities(struct json_object *caps)
{
	struct json_object *elicit = json_get_obj(caps, "elicitation");
	struct json_object *extensions = json_get_obj(caps, "extensions");
	uint32_t bits = 0;

	if (elicit != NULL) {
		/* An empty object means forms (EL-3). */
		if (json_get_obj(elicit, "form") != NULL || json_get_obj(elicit, "url") == NULL)
			bits |= CAP_ELICIT_FORM;
		if (json_get_obj(elicit, "url") != NULL)
			bits |= CAP_ELICIT_URL;
	}
	if (json_get_obj(caps, "sampling") != NULL)
		bits |= CAP_SAMPLING;
	if (json_get_obj(caps, "roots") != NULL)
		bits |= CAP_ROOTS;
	if (json_get_obj(extensions, "io.modelcontextprotocol/ui") != NULL)
		bits |= CAP_APPS;
	if (json_get_obj(extensions, "io.modelcontextprotocol/tasks") != NULL)
		bits |= CAP_TASKS;
	return bits;
}
