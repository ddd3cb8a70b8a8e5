/*
 * The tools, in the order in which they are listed.  X(name) stands for
 * `const struct tool tool_name`, which the handler's file defines.
 */
#ifndef TONEARM_WORKER_TOOLS_LIST_H
#define TONEARM_WORKER_TOOLS_LIST_H

#define TOOLS(X)

#endif
