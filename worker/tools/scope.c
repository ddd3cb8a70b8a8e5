/* The own scopes, for tools; see shared/ipc/scopes.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/ipc/scopes.h"
#include "worker/tools/tool.h"

bool
scope_allows(uint32_t needed, uint32_t granted)
{
	return (needed & ~scopes_whole(granted)) == 0;
}

bool
tool_allowed(const struct tool *tool, uint32_t granted)
{
	return scope_allows(tool->scope, granted) ||
	    (tool->scope_or != 0 && scope_allows(tool->scope_or, granted));
}

const char *
tool_scopes(const struct tool *tool, char *out, size_t n)
{
	char other[128];

	(void)scope_names(tool->scope, out, n);
	if (tool->scope_or != 0)
		(void)snprintf(out + strlen(out), n - strlen(out), " or %s",
		    scope_names(tool->scope_or, other, sizeof(other)));
	return out;
}

const char *
scope_names(uint32_t bits, char *out, size_t n)
{
	size_t i, len = 0;

	if (n > 0)
		out[0] = '\0';
	for (i = 0; i < SCOPES_N; i++) {
		int wrote;

		if ((bits & own_scopes[i].bit) == 0)
			continue;
		wrote = snprintf(out + len, n - len, "%s%s", len > 0 ? " " : "", own_scopes[i].name);
		if (wrote < 0 || (size_t)wrote >= n - len)
			break;
		len += (size_t)wrote;
	}
	return out;
}
