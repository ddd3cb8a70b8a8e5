/* The own scopes: their names, and which implies which. */
#include "config.h"

#include <stdio.h>

#include "worker/tools/tool.h"

static const struct {
	uint32_t scope, implies;
	const char *name;
} scope_list[] = {
	{SCOPE_LIBRARY_READ, 0, "library:read"},
	{SCOPE_LIBRARY_WRITE, SCOPE_LIBRARY_READ, "library:write"},
	{SCOPE_PLAYLISTS_READ, 0, "playlists:read"},
	{SCOPE_PLAYLISTS_WRITE, SCOPE_PLAYLISTS_READ, "playlists:write"},
	{SCOPE_PLAYBACK_READ, 0, "playback:read"},
	{SCOPE_PLAYBACK_CONTROL, SCOPE_PLAYBACK_READ, "playback:control"},
	{SCOPE_HISTORY_READ, 0, "history:read"},
};
#define N_SCOPES (sizeof(scope_list) / sizeof(scope_list[0]))

bool
scope_allows(uint32_t needed, uint32_t scopes)
{
	size_t i;

	for (i = 0; i < N_SCOPES; i++)
		if ((scopes & scope_list[i].scope) != 0)
			scopes |= scope_list[i].implies;
	return (needed & ~scopes) == 0;
}

bool
tool_allowed(const struct tool *tool, uint32_t scopes)
{
	return scope_allows(tool->scope, scopes);
}

const char *
scope_names(uint32_t scopes, char *out, size_t n)
{
	size_t i, len = 0;

	if (n > 0)
		out[0] = '\0';
	for (i = 0; i < N_SCOPES; i++) {
		int wrote;

		if ((scopes & scope_list[i].scope) == 0)
			continue;
		wrote = snprintf(out + len, n - len, "%s%s", len > 0 ? " " : "", scope_list[i].name);
		if (wrote < 0 || (size_t)wrote >= n - len)
			break;
		len += (size_t)wrote;
	}
	return out;
}
