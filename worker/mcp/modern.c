/*
 * The modern era (2026-07-28): every request by itself, checked in the order
 * of M-14 (docs/protocol.md section 4).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/era.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/tasks.h"
#include "worker/worker.h"

/* One request to the gates: true when it was refused and answered. */
static bool
refused(struct exchange *x, const struct rpc_message *m, int code, const char *message,
    struct json_object *data)
{
	struct rpc *rpc = exchange_add(x, m);

	if (rpc == NULL) {
		json_object_put(data);
		return true;
	}
	rpc_error(rpc, code == RPC_NO_METHOD ? 404 : 400, code, message, data);
	return true;
}

/* M-3: both keys, of the right types. */
static bool
envelope_refused(struct exchange *x, const struct rpc_message *m, struct span *version)
{
	struct json_object *caps = json_get_obj(m->meta, META_CAPABILITIES);

	if (!json_get_str(m->meta, META_VERSION, version))
		return refused(x, m, RPC_INVALID_PARAMS,
		    "params._meta[\"" META_VERSION "\"] must be a string.", NULL);
	if (caps == NULL)
		return refused(x, m, RPC_INVALID_PARAMS,
		    "params._meta[\"" META_CAPABILITIES "\"] must be an object.", NULL);
	x->who.capabilities = mcp_capabilities(caps);
	return false;
}

/* {"supported":[...],"requested":...} (M-6), newest first. */
static struct json_object *
version_data(struct span requested)
{
	struct json_object *data = json_object_new_object();
	struct json_object *list = json_object_new_array();
	int v;
	err_t err = 0;

	for (v = MCP_VERSIONS - 1; v >= 0 && err == 0; v--)
		err = json_append(list, json_new_str(span_str(mcp_version_text((enum mcp_version)v))));
	if (err == 0) {
		err = json_add(data, "supported", list);
		list = NULL;
	}
	if (err == 0)
		err = json_add_str(data, "requested", requested);
	json_object_put(list);
	if (err != 0) {
		json_object_put(data);
		return NULL;
	}
	return data;
}

/* M-5 and M-6. */
static bool
version_refused(struct exchange *x, const struct rpc_message *m, struct span version)
{
	struct span header = {0};

	if (!request_field(x->rq, "mcp-protocol-version", &header) || !span_eq(header, version))
		return refused(x, m, RPC_HEADER_MISMATCH, "The MCP-Protocol-Version header must be "
		    "there and equal params._meta[\"" META_VERSION "\"].", NULL);
	if (!span_is(version, mcp_version_text(MCP_2026_07_28)))
		return refused(x, m, RPC_NO_VERSION, "This protocol version is not supported.",
		    version_data(version));
	return false;
}

/* What only this era has. */
static void discover(struct rpc *rpc);
static const struct own {
	const char *method;
	bool of_tasks;
	void (*serve)(struct rpc *rpc);
} own_methods[] = {
	{"server/discover", false, discover},
	{"subscriptions/listen", false, listen_start},
	{"tasks/get", true, tasks_get},
	{"tasks/update", true, tasks_update},
	{"tasks/cancel", true, tasks_cancel},
};

/* NULL: the method is not one of them. */
static const struct own *
own_method(const struct mcp *m, struct span method)
{
	const struct own *o = own_methods;
	const struct own *end = o + sizeof(own_methods) / sizeof(own_methods[0]);

	while (o < end && !span_is(method, o->method))
		o++;
	return o < end && (!o->of_tasks || m->worker->catalog->tasks) ? o : NULL;
}

/* Which member of params the Mcp-Name header repeats; NULL: none (M-8). */
static const char *
named_member(const struct mcp *mcp, struct span method)
{
	const struct own *own = own_method(mcp, method);

	if (own != NULL)
		return own->of_tasks ? "taskId" : NULL;
	if (span_is(method, "tools/call") || span_is(method, "prompts/get"))
		return "name";
	return span_is(method, "resources/read") ? "uri" : NULL;
}

/* M-7 and M-8. */
static bool
headers_refused(struct exchange *x, const struct rpc_message *m)
{
	const char *member = named_member(x->mcp, m->method);
	uint8_t room[HEADER_VALUE_BYTES];
	struct span header, meant, name;

	if (!request_field(x->rq, "mcp-method", &header) || !span_eq(header, m->method))
		return refused(x, m, RPC_HEADER_MISMATCH,
		    "The Mcp-Method header must be there and equal the method.", NULL);
	if (member == NULL)
		return false;
	if (!request_field(x->rq, "mcp-name", &header) ||
	    mcp_header_value(header, room, &meant) != 0 ||
	    !json_get_str(m->params, member, &name) || !span_eq(meant, name))
		return refused(x, m, RPC_HEADER_MISMATCH, "The Mcp-Name header must be there and "
		    "equal what it stands for: params.name, params.uri or params.taskId.", NULL);
	return false;
}

/* M-10. */
static bool
params_refused(struct exchange *x, const struct rpc_message *m)
{
	const char *header = mcp_param_differs(x->mcp, x->rq, m);
	char text[200];

	if (header == NULL)
		return false;
	(void)snprintf(text, sizeof(text), "The Mcp-Param-%s header must be there where its "
	    "argument is, and say the same.", header);
	return refused(x, m, RPC_HEADER_MISMATCH, text, NULL);
}

/* server/discover: the same for every user of this server. */
static void
discover(struct rpc *rpc)
{
	static const struct rpc_caching caching = {.ttl_ms = 300000, .everybody = true};
	struct buf out;
	int v;
	err_t err;

	buf_init(&out, 65536);
	err = buf_put_str(&out, "\"supportedVersions\":[");
	for (v = MCP_VERSIONS - 1; v >= 0 && err == 0; v--)
		err = buf_printf(&out, "\"%s\"%s", mcp_version_text((enum mcp_version)v),
		    v > 0 ? "," : "],");
	if (err == 0)
		err = buf_put_str(&out, "\"capabilities\":");
	if (err == 0)
		err = mcp_write_capabilities(rpc->x->mcp, rpc->x->who.version, &out);
	if (err == 0)
		err = buf_put_str(&out, ",\"instructions\":");
	if (err == 0)
		err = json_write_str(&out, span_str(mcp_instructions()));
	if (err == 0)
		rpc_result(rpc, buf_span(&out), &caching);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	buf_free(&out);
}

void
modern_serve(struct exchange *x, const struct rpc_message *m)
{
	const struct own *own = own_method(x->mcp, m->method);
	struct span version;
	struct rpc *rpc;

	if (!rpc_id_fits_modern(m->id)) {
		struct rpc_message nameless = *m;

		nameless.id = NULL;
		(void)refused(x, &nameless, RPC_INVALID_REQUEST,
		    "The id must be a string or a whole number.", NULL);
		return;
	}
	if (envelope_refused(x, m, &version) || version_refused(x, m, version) ||
	    headers_refused(x, m))
		return;
	if (own == NULL && !feature_exists(x->mcp, m->method)) {
		(void)refused(x, m, RPC_NO_METHOD, "There is no such method.", NULL);
		return;
	}
	if (params_refused(x, m))
		return;
	rpc = exchange_add(x, m);
	if (rpc == NULL)
		return;
	if (logging_refused(rpc))
		return;
	if (own != NULL)
		own->serve(rpc);
	else
		(void)feature_serve(rpc);
}
