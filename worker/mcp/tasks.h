/*
 * Calls that go on after their request was answered, and are asked about
 * later: the extension io.modelcontextprotocol/tasks (docs/protocol.md section
 * 12.2).  Tasks live in the worker's memory, few of them and for minutes; a
 * worker with tasks does not offer to retire.  Only for catalogs that say so.
 */
#ifndef TONEARM_WORKER_MCP_TASKS_H
#define TONEARM_WORKER_MCP_TASKS_H

#include <stdbool.h>

struct call;
struct mcp;
struct rpc;

/* Hook of a call (struct call_hooks): its request is answered with a task.
 * Nothing happens where there are too many. */
void tasks_put(struct call *call, void *rpc);

/* tasks/get, tasks/update, tasks/cancel. */
void tasks_get(struct rpc *rpc);
void tasks_update(struct rpc *rpc);
void tasks_cancel(struct rpc *rpc);

/* Ends all of them. */
void tasks_free(struct mcp *m);

#endif
