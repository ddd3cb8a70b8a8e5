/*
 * What the files of worker/mcp share: the protocol's state in this worker, and
 * the steps from an HTTP request to a method.  Nobody else includes this.
 */
#ifndef TONEARM_WORKER_MCP_INSIDE_H
#define TONEARM_WORKER_MCP_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "shared/base/buf.h"
#include "shared/base/span.h"
#include "worker/mcp/context.h"
#include "worker/mcp/mcp.h"
#include "worker/mcp/rpc.h"
#include "worker/tools/tool.h"

#define LISTENS_MAX   8      /* listen streams of a user (S-7) */
#define LISTS_MAX     16

/* tools/list, serialised, for a set of scopes and a form. */
struct tool_list {
	uint32_t scopes;
	unsigned form;
	struct buf text;
	uint64_t used;           /* by turn; the least recently used goes first */
};

struct mcp {
	struct worker *worker;
	struct exchange *exchanges;      /* all that are open */
	struct buf info[MCP_VERSIONS];   /* serverInfo, serialised */
	struct tool_list lists[LISTS_MAX];
	unsigned n_lists;
	uint64_t turn;
	struct ended *ended;             /* sessions ended by DELETE; NULL: none */
	struct event *expiry;            /* looks after listen streams */
};

/* info.c: what the server says of itself. */
struct span mcp_server_info(struct mcp *m, enum mcp_version v);
const char *mcp_instructions(void);
/* The inside of a capabilities object. */
const char *mcp_server_capabilities(const struct mcp *m);

/* modern.c: one request by the rules of the modern era. */
void modern_serve(struct exchange *x, const struct rpc_message *m);

/* legacy.c: a body (message or array, taken over) by the rules of the legacy
 * era; and the end of a session by DELETE. */
struct post {
	struct request *rq;
	struct json_object *body;
	bool may_stream, must_stream;   /* as in struct exchange */
};
void legacy_serve(struct mcp *m, const struct post *post);
void legacy_end_session(struct mcp *m, struct request *rq);

/* features.c: the methods that both eras have; false if it is none of them,
 * nothing was answered then. */
bool feature_serve(struct rpc *rpc);
bool feature_exists(const struct mcp *m, struct span method);
/* Starts the work for a request: a tool's, or run. */
struct feature_call {
	const struct tool *tool;             /* NULL: run is called */
	void (*run)(struct call *call);
	struct json_object *args;            /* taken over in any case */
	void (*finished)(struct call *, void *);
};
err_t feature_start(struct rpc *rpc, const struct feature_call *what) MUST_CHECK;
/* -32602 if a cursor was sent: every list is one page. */
bool feature_no_cursor(struct rpc *rpc);

/* listing.c: tools/list. */
void listing_tools(struct rpc *rpc);
void listing_forget(struct mcp *m);

/* resources.c */
void resources_list(struct rpc *rpc);
void resources_templates(struct rpc *rpc);
void resources_read(struct rpc *rpc);

/* listen.c: subscriptions/listen (section 4.4). */
void listen_start(struct rpc *rpc);
void listen_on_time(evutil_socket_t fd, short what, void *arg);

#endif
