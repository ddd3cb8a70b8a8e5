/*
 * subscriptions/listen: the stream of notifications of the modern era
 * (docs/protocol.md S-1 to S-6).  It is acknowledged for what the catalog announces
 * and its credential may see, and stays open also where that is nothing, because
 * clients that are refused it drop the connection.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/watch.h"
#include "worker/worker.h"

#define URIS_MAX     32      /* resources of one stream; the others are not acknowledged */
#define URI_MAX      2048
#define ID_MAX       4096    /* of a request's id, as JSON, in a note */

struct filter {
	bool lists[RESOURCES_CHANGED + 1];
	unsigned n;
	char *uris[URIS_MAX];
};

static const char *const flags[] = {
	"toolsListChanged", "promptsListChanged", "resourcesListChanged"};
#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

/* S-1: the members that are there have their types. */
static bool
filter_ok(struct json_object *filter)
{
	static const char *const lists[] = {"resourceSubscriptions", "taskIds"};
	size_t i, k;

	if (filter == NULL)
		return false;
	for (i = 0; i < N_FLAGS; i++)
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

void
listen_forget(struct exchange *x)
{
	unsigned i;

	if (x->filter == NULL)
		return;
	for (i = 0; i < x->filter->n; i++)
		free(x->filter->uris[i]);
	free(x->filter);
	x->filter = NULL;
}

/* The resources that may be subscribed to (S-8). */
static err_t
take_uris(struct exchange *x, struct json_object *list)
{
	const struct catalog *c = x->mcp->worker->catalog;
	struct filter *f = x->filter;
	struct span uri;
	size_t i;

	for (i = 0; list != NULL && c->subscribe && i < json_object_array_length(list); i++) {
		if (f->n == URIS_MAX)
			break;
		if (!json_is_str(json_object_array_get_idx(list, i), &uri) || uri.n > URI_MAX ||
		    listen_wants(x, RESOURCE_UPDATED, uri) ||
		    !catalog_subscribable(c, uri, x->who.scopes))
			continue;
		f->uris[f->n] = strndup((const char *)uri.p, uri.n);
		if (f->uris[f->n] == NULL)
			return ERR_NOMEM;
		f->n++;
	}
	return 0;
}

/* What of the wish is honoured (S-2). */
static err_t
take_filter(struct exchange *x, struct json_object *wish)
{
	const struct catalog *c = x->mcp->worker->catalog;
	const bool offered[] = {c->tools_change, c->prompts_change, c->resources_change};
	size_t i;

	x->filter = calloc(1, sizeof(*x->filter));
	if (x->filter == NULL)
		return ERR_NOMEM;
	for (i = 0; i < N_FLAGS; i++)
		x->filter->lists[i] = offered[i] && json_get(wish, flags[i]) != NULL &&
		    json_object_get_boolean(json_get(wish, flags[i]));
	return take_uris(x, json_get_arr(wish, "resourceSubscriptions"));
}

bool
listen_is_empty(const struct exchange *x)
{
	const struct filter *f = x->filter;

	return f == NULL || (!f->lists[0] && !f->lists[1] && !f->lists[2] && f->n == 0);
}

bool
listen_wants(const struct exchange *x, enum news what, struct span uri)
{
	const struct filter *f = x->filter;
	unsigned i;

	if (f == NULL)
		return false;
	if (what != RESOURCE_UPDATED)
		return f->lists[what];
	for (i = 0; i < f->n; i++)
		if (span_is(uri, f->uris[i]))
			return true;
	return false;
}

const char *
listen_uri(const struct exchange *x, unsigned i)
{
	return x->filter != NULL && i < x->filter->n ? x->filter->uris[i] : NULL;
}

err_t
listen_write_id(const struct rpc *rpc, struct buf *out)
{
	err_t err = buf_put_str(out, "\"io.modelcontextprotocol/subscriptionId\":");

	return err == 0 ? json_write(out, rpc->m.id) : err;
}

static err_t
write_filter(const struct filter *f, struct buf *out)
{
	bool some = false;
	size_t i;
	err_t err = 0;

	for (i = 0; err == 0 && i < N_FLAGS; i++) {
		if (!f->lists[i])
			continue;
		err = buf_printf(out, "%s\"%s\":true", some ? "," : "", flags[i]);
		some = true;
	}
	for (i = 0; err == 0 && i < f->n; i++) {
		err = buf_put_str(out, i > 0 ? "," : some ? ",\"resourceSubscriptions\":[" :
		    "\"resourceSubscriptions\":[");
		if (err == 0)
			err = json_write_str(out, span_str(f->uris[i]));
	}
	return err == 0 && f->n > 0 ? buf_put_byte(out, ']') : err;
}

static err_t
write_acknowledgement(const struct rpc *rpc, struct buf *out)
{
	err_t err;

	err = buf_put_str(out, "{\"jsonrpc\":\"2.0\","
	    "\"method\":\"notifications/subscriptions/acknowledged\","
	    "\"params\":{\"notifications\":{");
	if (err == 0)
		err = write_filter(rpc->x->filter, out);
	if (err == 0)
		err = buf_put_str(out, "},\"_meta\":{");
	if (err == 0)
		err = listen_write_id(rpc, out);
	return err == 0 ? buf_put_str(out, "}}}") : err;
}

void
listen_start(struct rpc *rpc)
{
	struct json_object *wish = json_get_obj(rpc->m.params, "notifications");
	struct exchange *x = rpc->x;
	struct buf out;

	if (!filter_ok(wish)) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS,
		    "params.notifications must be an object of the known filters.", NULL);
		return;
	}
	if (!streams_room(x->mcp)) {
		rpc_error(rpc, 200, RPC_INTERNAL, "Too many streams are open already.", NULL);
		return;
	}
	if (!x->may_stream) {
		rpc_error(rpc, 406, RPC_INVALID_REQUEST, "Accept must allow text/event-stream.", NULL);
		return;
	}
	buf_init(&out, REQUEST_BODY_MAX);
	if (take_filter(x, wish) != 0 || write_acknowledgement(rpc, &out) != 0) {
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	} else {
		(void)exchange_stream(x);
		exchange_event(x, buf_span(&out));
		x->listening = true;
		stream_speak(x);
		watch_soon(x->mcp, 0);
	}
	buf_free(&out);
}

/* "io.modelcontextprotocol/subscriptionId":ID, */
static err_t
write_meta(const struct rpc *rpc, struct buf *out)
{
	err_t err = listen_write_id(rpc, out);

	return err == 0 ? buf_put_byte(out, ',') : err;
}

err_t
listen_write_result(struct exchange *x, struct buf *out)
{
	struct buf meta;
	err_t err;

	buf_init(&meta, REQUEST_BODY_MAX);
	err = write_meta(x->rpcs, &meta);
	if (err == 0)
		err = rpc_result_text(x->rpcs, buf_span(&meta), out);
	buf_free(&meta);
	return err;
}

void
listen_end(struct exchange *x)
{
	struct rpc *rpc = x->rpcs;
	struct buf meta;

	buf_init(&meta, REQUEST_BODY_MAX);
	if (write_meta(rpc, &meta) == 0)
		rpc_result_meta(rpc, span_of(NULL, 0), buf_span(&meta));
	else
		rpc_drop(rpc);
	buf_free(&meta);
}

/* {"id":ID}; NULL: it is no id. */
static struct json_object *
read_id(struct span id)
{
	struct json_object *body = NULL;
	struct buf text;
	err_t err;

	buf_init(&text, ID_MAX);
	err = buf_put_str(&text, "{\"id\":");
	if (err == 0)
		err = buf_put_span(&text, id);
	if (err == 0)
		err = buf_put_byte(&text, '}');
	if (err == 0)
		err = json_parse(buf_span(&text), &json_from_client, &body);
	buf_free(&text);
	if (err == 0 && json_object_object_length(body) == 1 &&
	    rpc_id_fits_modern(json_get(body, "id")))
		return body;
	json_object_put(body);
	return NULL;
}

struct exchange *
listen_take(struct mcp *m, struct request *rq, struct span id)
{
	struct json_object *body = read_id(id);
	struct rpc_message msg = {.kind = RPC_REQUEST, .whole = body};
	struct exchange *x;

	if (body == NULL)
		return NULL;
	x = exchange_create(m, rq, body);
	if (x == NULL)
		return NULL;
	x->who.era = ERA_MODERN;
	x->who.version = MCP_2026_07_28;
	x->streaming = true;
	msg.id = json_get(body, "id");
	if (exchange_add(x, &msg) == NULL)
		return NULL;
	x->listening = true;
	return x;
}
