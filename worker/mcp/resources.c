/*
 * Resources: the catalog's, listed and read (docs/protocol.md section 9.2).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

/* What is read changes at any time. */
static const struct rpc_caching read_caching = {.ttl_ms = 0, .everybody = false};

static err_t
add_entry(const struct mcp *m, struct json_object *list, const struct listing_entry *e,
    enum mcp_version version)
{
	struct json_object *o = json_object_new_object();
	err_t err = listing_describe(m, o, e, version);

	if (err != 0) {
		json_object_put(o);
		return err;
	}
	return json_append(list, o);
}

void
resources_list(struct rpc *rpc)
{
	const struct client_context *who = &rpc->x->who;
	const struct catalog *catalog = rpc->x->mcp->worker->catalog;
	const struct resource *r;
	struct json_object *list;
	err_t err = 0;

	if (!feature_no_cursor(rpc))
		return;
	list = json_object_new_array();
	for (r = catalog->resources; err == 0 && r != NULL && r->uri != NULL; r++) {
		const struct listing_entry e = {"uri", r->uri, r->name, r->title, r->about,
			r->mime, r->icons};

		if (catalog_offers_resource(catalog, r, who->scopes))
			err = add_entry(rpc->x->mcp, list, &e, who->version);
	}
	listing_answer(rpc, "resources", list, err);
}

void
resources_templates(struct rpc *rpc)
{
	const struct client_context *who = &rpc->x->who;
	const struct catalog *catalog = rpc->x->mcp->worker->catalog;
	const struct resource_template *t;
	struct json_object *list;
	err_t err = 0;

	if (!feature_no_cursor(rpc))
		return;
	list = json_object_new_array();
	for (t = catalog->templates; err == 0 && t != NULL && t->uri != NULL; t++) {
		const struct listing_entry e = {"uriTemplate", t->uri, t->name, t->title,
			t->about, t->mime, t->icons};

		if (catalog_offers_template(catalog, t, who->scopes))
			err = add_entry(rpc->x->mcp, list, &e, who->version);
	}
	listing_answer(rpc, "resourceTemplates", list, err);
}

/* Not found, or not for this credential: there is no difference to see. */
static void
answer_missing(struct rpc *rpc, struct span uri)
{
	const bool modern = rpc->x->who.era == ERA_MODERN;
	struct json_object *data = json_object_new_object();

	if (data != NULL && json_add_str(data, "uri", uri) != 0) {
		json_object_put(data);
		data = NULL;
	}
	rpc_error(rpc, 200, modern ? RPC_INVALID_PARAMS : RPC_NO_RESOURCE, "Resource not found.",
	    data);
}

/* The structured answer of a tool, as the only contents. */
static void
add_answer(struct call *call, const char *uri, const char *mime)
{
	struct buf text;

	if (call->parts != NULL || call->tool == NULL || call->trouble != 0)
		return;
	buf_init(&text, REQUEST_ANSWER_MAX);
	call->trouble = json_write(&text, call_data(call));
	if (call->trouble == 0)
		call_contents(call, uri, mime, buf_span(&text));
	buf_free(&text);
}

static void
on_read(struct call *call, void *arg)
{
	struct rpc *rpc = arg;
	struct buf out;

	rpc->call = NULL;
	if (call->missing) {
		answer_missing(rpc, span_str(rpc->uri));
		return;
	}
	if (call->failed) {
		rpc_error(rpc, 200, RPC_INTERNAL, buf_cstr(&call->text), NULL);
		return;
	}
	add_answer(call, rpc->uri, "application/json");
	buf_init(&out, REQUEST_ANSWER_MAX);
	if (call->trouble == 0 && call->parts != NULL &&
	    buf_put_str(&out, "\"contents\":") == 0 && json_write(&out, call->parts) == 0)
		rpc_result(rpc, buf_span(&out), &read_caching);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "The resource is too large.", NULL);
	buf_free(&out);
}

/* What stands behind a URI. */
struct target {
	const struct tool *tool;         /* or: */
	void (*read)(struct call *call);
	struct json_object *args;        /* found in the URI; owned */
};

/* ERR_SYNTAX: nothing, or nothing for these scopes; ERR_NOMEM. */
static err_t
find(const struct catalog *catalog, uint32_t scopes, struct span uri, struct target *out)
{
	const struct resource_template *t;
	const struct resource *r;
	err_t err;

	memset(out, 0, sizeof(*out));
	for (r = catalog->resources; r != NULL && r->uri != NULL; r++) {
		if (!span_is(uri, r->uri) || !catalog_offers_resource(catalog, r, scopes))
			continue;
		out->tool = catalog_tool_behind(catalog, r->tool);
		out->read = r->read;
		out->args = json_object_new_object();
		return out->args == NULL ? ERR_NOMEM : 0;
	}
	for (t = catalog->templates; t != NULL && t->uri != NULL; t++) {
		if (!catalog_offers_template(catalog, t, scopes))
			continue;
		err = catalog_match(t, uri, &out->args);
		if (err == ERR_SYNTAX)
			continue;
		out->tool = catalog_tool_behind(catalog, t->tool);
		out->read = t->read;
		return err;
	}
	return ERR_SYNTAX;
}

/* What the call is given: a tool's checked arguments, or those of the URI and
 * the URI itself. */
static err_t
prepare(struct target *target, const char *uri, struct json_object **args)
{
	char why[512];

	if (target->tool != NULL)
		return tool_check_args(target->tool, target->args, args, why, sizeof(why));
	*args = json_object_get(target->args);
	return json_add_text(*args, "uri", uri);
}

void
resources_read(struct rpc *rpc)
{
	struct target target = {0};
	struct json_object *args = NULL;
	struct span uri;
	err_t err;

	if (!json_get_str(rpc->m.params, "uri", &uri)) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, "params.uri must be a string.", NULL);
		return;
	}
	err = find(rpc->x->mcp->worker->catalog, rpc->x->who.scopes, uri, &target);
	if (err == ERR_SYNTAX) {
		answer_missing(rpc, uri);
		return;
	}
	if (err == 0) {
		rpc->uri = strndup((const char *)uri.p, uri.n);
		err = rpc->uri == NULL ? ERR_NOMEM : prepare(&target, rpc->uri, &args);
	}
	json_object_put(target.args);
	if (err == 0)
		err = feature_start(rpc, &(struct feature_call){.tool = target.tool,
		    .run = target.read, .args = args, .finished = on_read});
	else
		json_object_put(args);
	if (err != 0)
		rpc_error(rpc, 200, RPC_INTERNAL, "The resource cannot be read now.", NULL);
}
