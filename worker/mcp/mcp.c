/*
 * The door of the protocol: HTTP-level checks of a request (docs/protocol.md
 * section 2), then the era that serves it.  Must not know methods.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/http/media.h"
#include "shared/json/json.h"
#include "worker/mcp/ended.h"
#include "worker/mcp/era.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/tasks.h"
#include "worker/mcp/watch.h"
#include "worker/worker.h"

err_t
mcp_create(struct worker *w, struct mcp **out)
{
	struct mcp *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return ERR_NOMEM;
	m->worker = w;
	m->expiry = event_new(loop_base(w->loop), -1, EV_PERSIST, streams_on_time, m);
	if (m->expiry == NULL) {
		free(m);
		return ERR_NOMEM;
	}
	*out = m;
	return 0;
}

void
mcp_destroy(struct mcp **mp)
{
	struct mcp *m = *mp;
	unsigned v;

	if (m == NULL)
		return;
	/* What went on for clients that did not come back. */
	while (m->exchanges != NULL && m->exchanges->rq == NULL)
		exchange_abandon(m->exchanges);
	trails_forget(m, NULL);
	subscribe_forget(m, NULL);
	if (m->expiry != NULL)
		event_free(m->expiry);
	for (v = 0; v < MCP_VERSIONS; v++)
		buf_free(&m->info[v]);
	tasks_free(m);
	watch_end(m);
	completion_forget(m);
	listing_forget(m);
	ended_free(m);
	free(m);
	*mp = NULL;
}

bool
mcp_busy(const struct mcp *m)
{
	return m->tasks != NULL || streams_busy(m);
}

unsigned
mcp_sessions_ended(const struct mcp *m)
{
	return ended_count(m);
}

err_t
mcp_rows_ready(struct mcp *m, struct span sessions)
{
	return ended_load(m, sessions);
}

/* One modern message; a notification is accepted and dropped (M-15). */
static void
serve_modern(struct mcp *m, const struct post *post, const struct rpc_message *msg)
{
	struct exchange *x = exchange_create(m, post->rq, post->body);

	if (x == NULL)
		return;
	x->may_stream = post->may_stream;
	x->must_stream = post->must_stream;
	x->who.era = ERA_MODERN;
	x->who.version = MCP_2026_07_28;
	if (msg->kind == RPC_REQUEST)
		modern_serve(x, msg);
	else
		exchange_read(x);
}

static void
serve_body(struct mcp *m, const struct post *post)
{
	struct span header = {0};
	struct rpc_message msg;

	(void)request_field(post->rq, "mcp-protocol-version", &header);
	switch (era_of(post->body, header, &msg)) {
	case ERA_IS_MODERN:
		serve_modern(m, post, &msg);
		return;
	case ERA_IS_LEGACY:
		legacy_serve(m, post);
		return;
	case ERA_NO_ENVELOPE:
		rpc_refuse(post->rq, 400, RPC_INVALID_PARAMS, "params._meta must have \"" META_VERSION
		    "\" and \"" META_CAPABILITIES "\".", msg.id);
		break;
	case ERA_INVALID:
		rpc_refuse(post->rq, 400, RPC_INVALID_REQUEST,
		    "Not a JSON-RPC 2.0 message, or a batch that is not allowed.", msg.id);
		break;
	}
	json_object_put(post->body);
}

static void
serve_post(struct mcp *m, struct request *rq)
{
	struct post post = {.rq = rq};
	struct span type = {0}, accept = {0};
	bool json = true, sse = true;
	err_t err;

	if (!request_field(rq, "content-type", &type) || !http_media_is(type, "application/json")) {
		rpc_refuse(rq, 415, RPC_INVALID_REQUEST, "Content-Type must be application/json.", NULL);
		return;
	}
	if (request_field(rq, "accept", &accept)) {
		json = http_accepts(accept, "application/json");
		sse = http_accepts(accept, "text/event-stream");
	}
	if (!json && !sse) {
		rpc_refuse(rq, 406, RPC_INVALID_REQUEST,
		    "Accept must allow application/json or text/event-stream.", NULL);
		return;
	}
	err = json_parse(buf_span(&rq->body), &json_from_client, &post.body);
	if (err == ERR_NOMEM) {
		rpc_refuse(rq, 503, RPC_INTERNAL, "Not enough memory; try again.", NULL);
		return;
	}
	if (err != 0) {
		rpc_refuse(rq, 400, RPC_PARSE,
		    err == ERR_LIMIT ? "The JSON is too deep, too large or has numbers out of range." :
		    "The body is not valid JSON, or names a member twice.", NULL);
		return;
	}
	post.may_stream = sse;
	post.must_stream = !json;
	serve_body(m, &post);
}

void
mcp_serve(struct mcp *m, struct request *rq)
{
	switch (rq->method) {
	case METHOD_POST:
		serve_post(m, rq);
		break;
	case METHOD_DELETE:
		legacy_end_session(m, rq);
		break;
	default:
		stream_get(m, rq);
		break;
	}
}
