/*
 * Calls that go on after their request was answered, and are asked about
 * later: the extension io.modelcontextprotocol/tasks (docs/protocol.md section
 * 10).  Tasks live in the worker's memory, few of them and for minutes; a
 * worker with tasks does not offer to retire.  Only for catalogs that say so.
 */
#ifndef TONEARM_WORKER_MCP_TASKS_H
#define TONEARM_WORKER_MCP_TASKS_H

#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/crypto/b64.h"

#define TASK_RANDOM 16

struct call;
struct event;
struct json_object;
struct mcp;
struct rpc;

enum task_status {
	TASK_WORKING, TASK_INPUT_REQUIRED, TASK_COMPLETED, TASK_FAILED, TASK_CANCELLED
};

struct task {
	struct task *next;
	struct mcp *mcp;
	char id[B64URL_LEN(TASK_RANDOM) + 1];
	enum task_status status;
	int64_t created_s, updated_s;
	struct event *expiry;
	struct call *call;              /* NULL: over */
	struct json_object *answers;    /* while input is required; by key */
	struct buf result;              /* completed: members of the call's result */
};

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
