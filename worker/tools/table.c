/* The table of tools, made from list.h. */
#include "config.h"

#include "worker/tools/list.h"
#include "worker/tools/tool.h"

#define X(name) extern const struct tool tool_##name;
TOOLS(X)
#undef X

/* The last entry keeps the array from being empty. */
#define X(name) &tool_##name,
const struct tool *const tool_table[] = {TOOLS(X) NULL};
#undef X
const size_t tool_table_n = sizeof(tool_table) / sizeof(tool_table[0]) - 1;
