/*
 * The methods that both eras have.  They see the client context, never an era's
 * headers or sessions.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/ipc/scopes.h"
#include "shared/json/json.h"
#include "worker/credentials.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/tasks.h"
#include "worker/mcp/watch.h"
#include "worker/tools/ask.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

#define SENTENCE 1024

bool
feature_no_cursor(struct rpc *rpc)
{
	if (json_get(rpc->m.params, "cursor") == NULL)
		return true;
	rpc_error(rpc, 200, RPC_INVALID_PARAMS, "There is no such cursor: the list is one page.",
	    NULL);
	return false;
}

/* A failed tool result without a call (T-11). */
static void
answer_failed(struct rpc *rpc, const char *sentence)
{
	struct buf out;
	err_t err;

	buf_init(&out, 65536);
	err = buf_put_str(&out, "\"content\":[{\"type\":\"text\",\"text\":");
	if (err == 0)
		err = json_write_str(&out, span_str(sentence));
	if (err == 0)
		err = buf_put_str(&out, "}],\"isError\":true");
	if (err == 0)
		rpc_result(rpc, buf_span(&out), NULL);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	buf_free(&out);
}

static err_t
write_progress(struct rpc *rpc, double done, double total, const char *message, struct buf *out)
{
	err_t err;

	err = buf_put_str(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\","
	    "\"params\":{\"progressToken\":");
	if (err == 0)
		err = json_write(out, rpc->token);
	if (err == 0)
		err = buf_printf(out, ",\"progress\":%.15g", done);
	if (err == 0 && total > 0)
		err = buf_printf(out, ",\"total\":%.15g", total);
	if (err == 0 && message != NULL && rpc->x->who.version >= MCP_2025_03_26) {
		err = buf_put_str(out, ",\"message\":");
		if (err == 0)
			err = json_write_str(out, span_str(message));
	}
	return err == 0 ? buf_put_str(out, "}}") : err;
}

/* A tool tells how far it is: the answer becomes a stream (M-17, M-20). */
static void
on_progress(struct call *call, double done, double total, const char *message, void *arg)
{
	struct rpc *rpc = arg;
	struct buf out;

	(void)call;
	if (!exchange_stream(rpc->x))
		return;
	buf_init(&out, 65536);
	if (write_progress(rpc, done, total, message, &out) == 0)
		exchange_event(rpc->x, buf_span(&out));
	buf_free(&out);
}

/* The call goes on and its client comes back for the answer (L-13). */
static void
hang_up(struct call *call, unsigned retry_ms, void *arg)
{
	struct rpc *rpc = arg;

	(void)call;
	exchange_hang_up(rpc->x, retry_ms);
}

err_t
feature_start(struct rpc *rpc, const struct feature_call *what)
{
	const bool modern = rpc->x->who.era == ERA_MODERN;
	struct call_start start = {
		.worker = rpc->x->mcp->worker, .tool = what->tool, .args = what->args,
		.run = what->tool == NULL ? what->run : NULL,
		.scopes = rpc->x->who.scopes, .finished = what->finished,
		.client = credentials_client(rpc->x->mcp->worker->credentials, rpc->x->who.grant),
		.progress = rpc->token != NULL && rpc->x->may_stream ? on_progress : NULL,
		.caps = ask_capabilities_of(rpc->x),
		.hooks = {.asks = ask_put, .lacks = modern ? ask_lacking : NULL, .log = logging_put,
		    .hang_up = modern ? NULL : hang_up,
		    .task = (ask_capabilities_of(rpc->x) & CAP_TASKS) != 0 ? tasks_put : NULL},
		.arg = rpc};
	struct buf state;
	err_t err;

	buf_init(&state, ASK_STATE_MAX);
	err = ask_read_round(rpc, &start, &state);
	start.state = buf_span(&state);
	if (err == 0) {
		err = call_start(&start, &rpc->call);
	} else {
		json_object_put(what->args);
		if (err == ERR_SYNTAX || err == ERR_DENIED) {
			rpc_error(rpc, 200, RPC_INVALID_PARAMS, err == ERR_SYNTAX ?
			    "params.inputResponses must be an object and params.requestState a string." :
			    "params.requestState is not what this server gave for this request, or it is "
			    "older than ten minutes.", NULL);
			err = 0;
		}
	}
	buf_free(&state);
	json_object_put(start.answers);
	return err;
}

static const char *
trouble_text(err_t err)
{
	if (err == ERR_LIMIT)
		return "The result is too large; ask for fewer items at once.";
	if (err == ERR_NOMEM)
		return "There was not enough memory for the result; ask for fewer items at once.";
	return "The result holds text that cannot be written; the call itself may have taken "
	    "effect.";
}

static void
on_called(struct call *call, void *arg)
{
	struct rpc *rpc = arg;
	struct buf out;
	err_t err;

	rpc->call = NULL;
	if (!call->tool->read_only)
		watch_soon(rpc->x->mcp, WATCH_AFTER_MS);
	buf_init(&out, REQUEST_ANSWER_MAX);
	err = call_write_result(call, rpc->x->who.version, &out);
	if (err == 0)
		rpc_result(rpc, buf_span(&out), NULL);
	else
		answer_failed(rpc, trouble_text(err));
	buf_free(&out);
}

/* Can the client be sent for more, and does the operator want it?  Only who came
 * by OAuth can, and only while nothing was answered. */
static bool
may_step_up(const struct rpc *rpc)
{
	const struct exchange *x = rpc->x;

	return x->rq != NULL && x->rq->cred_kind == CRED_OAUTH && !x->batch && !x->streaming &&
	    conf_bool(x->mcp->worker->conf, "oauth.scope_challenge");
}

/* A tool outside of the credential's scopes: a sentence, since most clients
 * cannot step up.  Who can is told all that it needs from now on: what it
 * asks for next takes the place of what it has. */
static void
answer_scope(struct rpc *rpc, const struct tool *tool)
{
	char text[SENTENCE], names[256];

	if (may_step_up(rpc)) {
		rpc->x->needed = scopes_whole(rpc->x->who.scopes | tool->scope);
		rpc_error(rpc, 403, RPC_INVALID_REQUEST, "This tool needs more than was allowed.",
		    NULL);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s needs the permission %s, which this connection was "
	    "not given. The person can create a connection that has it on Tonearm's account page.",
	    tool->name, tool_scopes(tool, names, sizeof(names)));
	answer_failed(rpc, text);
}

static void
tools_call(struct rpc *rpc)
{
	struct json_object *sent = json_get(rpc->m.params, "arguments"), *args = NULL;
	const struct tool *tool;
	char why[SENTENCE];
	struct span name;
	err_t err;

	if (!json_get_str(rpc->m.params, "name", &name) ||
	    (sent != NULL && !json_object_is_type(sent, json_type_object))) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS,
		    "params.name must be a string and params.arguments an object.", NULL);
		return;
	}
	tool = catalog_tool(rpc->x->mcp->worker->catalog, name);
	if (tool == NULL) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, "Unknown tool.", NULL);
		return;
	}
	if (!tool_allowed(tool, rpc->x->who.scopes)) {
		answer_scope(rpc, tool);
		return;
	}
	err = tool_check_args(tool, sent, &args, why, sizeof(why));
	if (err == ERR_SYNTAX)
		answer_failed(rpc, why);
	else if (err != 0 || feature_start(rpc, &(struct feature_call){.tool = tool, .args = args,
	    .finished = on_called}) != 0)
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
}

static const struct feature {
	const char *method;
	bool (*offered)(const struct catalog *c);   /* NULL: always */
	void (*serve)(struct rpc *rpc);
} features[] = {
	{"tools/list", NULL, listing_tools},
	{"tools/call", NULL, tools_call},
	{"prompts/list", catalog_has_prompts, prompts_list},
	{"prompts/get", catalog_has_prompts, prompts_get},
	{"resources/list", catalog_has_resources, resources_list},
	{"resources/templates/list", catalog_has_resources, resources_templates},
	{"resources/read", catalog_has_resources, resources_read},
	{"completion/complete", catalog_has_completion, completion_complete},
};

static const struct feature *
find(const struct mcp *m, struct span method)
{
	size_t i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		const struct feature *f = &features[i];

		if (span_is(method, f->method))
			return f->offered == NULL || f->offered(m->worker->catalog) ? f : NULL;
	}
	return NULL;
}

bool
feature_exists(const struct mcp *m, struct span method)
{
	return find(m, method) != NULL;
}

bool
feature_serve(struct rpc *rpc)
{
	const struct feature *f = find(rpc->x->mcp, rpc->m.method);

	if (f == NULL)
		return false;
	f->serve(rpc);
	return true;
}
