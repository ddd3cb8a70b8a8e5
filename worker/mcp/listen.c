/*
 * subscriptions/listen: the stream of notifications of the modern era
 * (reference: mcp.md section 4.4).  Nothing is announced yet, so the filter that
 * is acknowledged is empty and says so; the stream stays open all the same,
 * because clients that are refused it drop the connection (S-6).
 */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/credentials.h"
#include "worker/mcp/inside.h"
#include "worker/worker.h"

#define EXPIRY_S 60

/* S-1: the members that are there have their types. */
static bool
filter_ok(struct json_object *filter)
{
	static const char *const flags[] = {
		"toolsListChanged", "promptsListChanged", "resourcesListChanged"};
	static const char *const lists[] = {"resourceSubscriptions", "taskIds"};
	size_t i, k;

	if (filter == NULL)
		return false;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (json_has(filter, flags[i]) &&
		    !json_object_is_type(json_get(filter, flags[i]), json_type_boolean))
			return false;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct json_object *list = json_get_arr(filter, lists[i]);

		if (list == NULL && json_has(filter, lists[i]))
			return false;
		for (k = 0; list != NULL && k < json_object_array_length(list); k++)
			if (!json_object_is_type(json_object_array_get_idx(list, k),
			    json_type_string))
				return false;
	}
	return true;
}

static unsigned
open_streams(const struct mcp *m)
{
	const struct exchange *x;
	unsigned n = 0;

	for (x = m->exchanges; x != NULL; x = x->next)
		n += x->listening;
	return n;
}

/* "io.modelcontextprotocol/subscriptionId":ID (S-3). */
static err_t
write_id(const struct rpc *rpc, struct buf *out)
{
	err_t err = buf_put_str(out, "\"io.modelcontextprotocol/subscriptionId\":");

	return err == 0 ? json_write(out, rpc->m.id) : err;
}

static err_t
write_acknowledgement(const struct rpc *rpc, struct buf *out)
{
	err_t err;

	err = buf_put_str(out, "{\"jsonrpc\":\"2.0\","
	    "\"method\":\"notifications/subscriptions/acknowledged\","
	    "\"params\":{\"notifications\":{},\"_meta\":{");
	if (err == 0)
		err = write_id(rpc, out);
	return err == 0 ? buf_put_str(out, "}}}") : err;
}

void
listen_start(struct rpc *rpc)
{
	const struct timeval tv = {.tv_sec = EXPIRY_S};
	struct exchange *x = rpc->x;
	struct buf out;

	if (!filter_ok(json_get_obj(rpc->m.params, "notifications"))) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS,
		    "params.notifications must be an object of the known filters.", NULL);
		return;
	}
	if (open_streams(x->mcp) >= LISTENS_MAX) {
		rpc_error(rpc, 200, RPC_INTERNAL, "Too many streams are open already.", NULL);
		return;
	}
	if (!x->may_stream) {
		rpc_error(rpc, 406, RPC_INVALID_REQUEST, "Accept must allow text/event-stream.", NULL);
		return;
	}
	buf_init(&out, REQUEST_BODY_MAX);
	if (write_acknowledgement(rpc, &out) != 0) {
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	} else {
		(void)exchange_stream(x);
		exchange_event(x, buf_span(&out));
		x->listening = true;
		if (!event_pending(x->mcp->expiry, EV_TIMEOUT, NULL))
			(void)event_add(x->mcp->expiry, &tv);
		request_calm(x->rq);
	}
	buf_free(&out);
}

/* The server ends a stream: the request's result, then the end (S-5). */
static void
end_stream(struct exchange *x)
{
	struct rpc *rpc = x->rpcs;
	struct buf meta;

	buf_init(&meta, REQUEST_BODY_MAX);
	if (write_id(rpc, &meta) == 0 && buf_put_byte(&meta, ',') == 0)
		rpc_result_meta(rpc, span_of(NULL, 0), buf_span(&meta));
	else
		rpc_drop(rpc);
	buf_free(&meta);
}

void
mcp_end_streams(struct mcp *m, const uint8_t *hash)
{
	struct exchange *x, *next;

	for (x = m->exchanges; x != NULL; x = next) {
		next = x->next;
		if (x->listening && (hash == NULL || memcmp(x->rq->hash, hash, HASH_BYTES) == 0))
			end_stream(x);
	}
}

void
mcp_check_streams(struct mcp *m)
{
	const struct credential *cred;
	struct exchange *x, *next;

	for (x = m->exchanges; x != NULL; x = next) {
		next = x->next;
		/* ERR_AGAIN, the database being away, ends nothing. */
		if (x->listening && credentials_check(m->worker->credentials, x->rq->hash,
		    x->rq->cred_kind, &cred) == ERR_DENIED)
			end_stream(x);
	}
}

/* Credentials expire while their streams are open (S-8). */
void
listen_on_time(evutil_socket_t fd, short what, void *arg)
{
	struct mcp *m = arg;

	(void)fd;
	(void)what;
	mcp_check_streams(m);
	if (open_streams(m) == 0)
		(void)event_del(m->expiry);
}
