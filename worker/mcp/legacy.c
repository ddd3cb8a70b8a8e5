/*
 * The legacy era (2024-11-05 to 2025-11-25): initialize, sessions that describe
 * themselves, notifications, batches (docs/protocol.md section 5).
 */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/ended.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/session.h"
#include "worker/worker.h"

#define BATCH_MAX 32

/* The session a request names; answers and returns false if there is none
 * (L-6, L-7). */
bool
legacy_session(struct mcp *m, struct request *rq, struct json_object *id,
    struct client_context *who)
{
	struct span text;
	err_t err;

	memset(who, 0, sizeof(*who));
	memcpy(who->grant, rq->grant, sizeof(who->grant));
	if (!request_field(rq, "mcp-session-id", &text) || text.n == 0) {
		rpc_refuse(rq, 400, RPC_INVALID_REQUEST,
		    "Mcp-Session-Id is missing: begin with initialize.", id);
		return false;
	}
	err = session_read(&m->worker->key, text, who);
	/* What could not be checked is not gone: the client must not forget it. */
	if (err != 0 && err != ERR_DENIED) {
		rpc_refuse(rq, 503, RPC_INTERNAL, "The session could not be checked; try again.", id);
		return false;
	}
	if (err != 0 || ended_has(m, who->session)) {
		rpc_refuse(rq, 404, RPC_NO_SESSION, "Session not found", id);
		return false;
	}
	who->scopes = rq->scopes;
	return true;
}

/* L-4: a version header, if there is one, must be one of this era. */
bool
legacy_version_ok(struct request *rq)
{
	enum mcp_version v;
	struct span text;

	return !request_field(rq, "mcp-protocol-version", &text) ||
	    (mcp_version_parse(text, &v) && v <= MCP_NEWEST_LEGACY);
}

void
legacy_end_session(struct mcp *m, struct request *rq)
{
	struct client_context who;

	if (!legacy_version_ok(rq)) {
		rpc_refuse(rq, 400, RPC_INVALID_REQUEST,
		    "This MCP-Protocol-Version has no sessions to end.", NULL);
		return;
	}
	if (legacy_session(m, rq, NULL, &who))
		ended_add(m, who.session, rq);
}

/* Same version if it is ours and of this era, else the newest one (L-1, E-2). */
static enum mcp_version
negotiate(struct span asked)
{
	enum mcp_version v;

	return mcp_version_parse(asked, &v) && v <= MCP_NEWEST_LEGACY ? v : MCP_NEWEST_LEGACY;
}

static err_t
write_initialize(struct exchange *x, struct buf *out)
{
	err_t err;

	err = buf_printf(out, "\"protocolVersion\":\"%s\",\"capabilities\":",
	    mcp_version_text(x->who.version));
	if (err == 0)
		err = mcp_write_capabilities(x->mcp, x->who.version, out);
	if (err == 0)
		err = buf_put_str(out, ",\"serverInfo\":");
	if (err == 0)
		err = buf_put_span(out, mcp_server_info(x->mcp, x->who.version));
	if (err == 0)
		err = buf_put_str(out, ",\"instructions\":");
	return err == 0 ? json_write_str(out, span_str(mcp_instructions())) : err;
}

static void
initialize(struct rpc *rpc)
{
	struct exchange *x = rpc->x;
	struct span asked;
	struct buf out;
	err_t err;

	if (!json_get_str(rpc->m.params, "protocolVersion", &asked)) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, "params.protocolVersion must be a string.",
		    NULL);
		return;
	}
	x->who.version = negotiate(asked);
	x->who.capabilities = mcp_capabilities(json_get_obj(rpc->m.params, "capabilities"));
	buf_init(&out, 65536);
	err = session_make(&x->mcp->worker->key, &x->who, x->session);
	if (err == 0)
		err = write_initialize(x, &out);
	if (err == 0) {
		rpc_result(rpc, buf_span(&out), NULL);
	} else {
		x->session[0] = '\0';
		rpc_error(rpc, 200, RPC_INTERNAL, "The session could not be made; try again.", NULL);
	}
	buf_free(&out);
}

/* notifications/cancelled: the request of the same session with this id. */
static void
cancel(struct mcp *m, const struct client_context *who, const struct rpc_message *msg)
{
	struct json_object *id = json_get(msg->params, "requestId");
	struct exchange *x;
	struct rpc *rpc;

	for (x = m->exchanges; id != NULL && x != NULL; x = x->next) {
		if (x->who.era != ERA_LEGACY || x->who.session != who->session)
			continue;
		for (rpc = x->rpcs; rpc != NULL; rpc = rpc->next) {
			if (!rpc->answered && rpc->call != NULL &&
			    json_object_equal(rpc->m.id, id)) {
				rpc_drop(rpc);
				return;
			}
		}
	}
}

static void
serve_request(struct rpc *rpc)
{
	if (rpc->m.bad_params)
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, "params must be an object.", NULL);
	else if (span_is(rpc->m.method, "ping"))
		rpc_result(rpc, span_of(NULL, 0), NULL);
	else if (span_is(rpc->m.method, "logging/setLevel") &&
	    rpc->x->mcp->worker->catalog->logging)
		logging_set(rpc);
	else if (span_is(rpc->m.method, "resources/subscribe") &&
	    rpc->x->mcp->worker->catalog->subscribe)
		subscribe_add(rpc);
	else if (span_is(rpc->m.method, "resources/unsubscribe") &&
	    rpc->x->mcp->worker->catalog->subscribe)
		subscribe_remove(rpc);
	else if (!feature_serve(rpc))
		rpc_error(rpc, 200, RPC_NO_METHOD, "There is no such method.", NULL);
}

/* One message of a session; false when memory ran out and the exchange is
 * over.  (A request by itself may have ended it as well.) */
static bool
serve_message(struct exchange *x, const struct rpc_message *m)
{
	struct rpc *rpc;

	if (m->kind == RPC_NOTIFICATION && span_is(m->method, "notifications/cancelled"))
		cancel(x->mcp, &x->who, m);
	if (m->kind == RPC_RESPONSE)
		ask_answered(x->mcp, &x->who, m->whole);
	if (m->kind != RPC_REQUEST)
		return true;
	rpc = exchange_add(x, m);
	if (rpc == NULL)
		return false;
	serve_request(rpc);
	return true;
}

static struct exchange *
start(struct mcp *m, const struct post *post)
{
	struct exchange *x = exchange_create(m, post->rq, post->body);

	if (x != NULL) {
		x->may_stream = post->may_stream;
		x->must_stream = post->must_stream;
		x->who.era = ERA_LEGACY;
	}
	return x;
}

/* A batch, in a session of 2025-03-26 (L-16). */
static void
serve_batch(struct mcp *m, const struct post *post, const struct client_context *who)
{
	const size_t n = json_object_array_length(post->body);
	struct rpc_message msg;
	struct exchange *x;
	bool wrong = n == 0 || n > BATCH_MAX || who->version != MCP_2025_03_26;
	size_t i;

	for (i = 0; i < n && !wrong; i++) {
		rpc_read(json_object_array_get_idx(post->body, i), &msg);
		wrong = span_is(msg.method, "initialize");
	}
	if (wrong) {
		rpc_refuse(post->rq, 400, RPC_INVALID_REQUEST, "This batch is empty, too long, holds "
		    "initialize, or is sent in a version without batches.", NULL);
		json_object_put(post->body);
		return;
	}
	x = start(m, post);
	if (x == NULL)
		return;
	x->who = *who;
	x->batch = x->reading = true;
	for (i = 0; i < n; i++) {
		rpc_read(json_object_array_get_idx(x->body, i), &msg);
		if (!serve_message(x, &msg))
			return;
	}
	exchange_read(x);
}

void
legacy_serve(struct mcp *m, const struct post *post)
{
	const bool batch = json_object_is_type(post->body, json_type_array);
	struct client_context who;
	struct rpc_message msg;
	struct exchange *x;
	struct rpc *rpc;

	rpc_read(post->body, &msg);
	if (msg.kind == RPC_REQUEST && span_is(msg.method, "initialize")) {
		x = start(m, post);
		rpc = x == NULL ? NULL : exchange_add(x, &msg);
		if (rpc != NULL)
			initialize(rpc);
		return;
	}
	if (!legacy_version_ok(post->rq)) {
		rpc_refuse(post->rq, 400, RPC_INVALID_REQUEST,
		    "This MCP-Protocol-Version is not supported.", msg.id);
		json_object_put(post->body);
		return;
	}
	if (!legacy_session(m, post->rq, msg.kind == RPC_REQUEST ? msg.id : NULL, &who)) {
		json_object_put(post->body);
		return;
	}
	if (batch) {
		serve_batch(m, post, &who);
		return;
	}
	x = start(m, post);
	if (x == NULL)
		return;
	x->who = who;
	(void)serve_message(x, &msg);
	if (msg.kind != RPC_REQUEST)
		exchange_read(x);
}
