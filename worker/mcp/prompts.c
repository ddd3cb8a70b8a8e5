/*
 * Prompts: the catalog's, listed and filled in (docs/protocol.md section 9.3).
 * Their arguments are texts; what becomes of them is the prompt's matter.
 */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

static err_t
add_argument(struct json_object *list, const struct text_arg *a, enum mcp_version version)
{
	struct json_object *o = json_object_new_object();
	const struct listing_entry e = {
		.name = a->name, .title = a->title, .about = a->about};
	err_t err;

	err = listing_describe(NULL, o, &e, version);
	if (err == 0 && a->required)
		err = json_add_bool(o, "required", true);
	if (err != 0) {
		json_object_put(o);
		return err;
	}
	return json_append(list, o);
}

static err_t
describe(const struct mcp *m, struct json_object *list, const struct prompt *p,
    enum mcp_version version)
{
	struct json_object *o = json_object_new_object(), *args = json_object_new_array();
	const struct listing_entry e = {
		.name = p->name, .title = p->title, .about = p->about, .icons = p->icons};
	const struct text_arg *a;
	err_t err;

	err = listing_describe(m, o, &e, version);
	for (a = p->args; err == 0 && a != NULL && a->name != NULL; a++)
		err = add_argument(args, a, version);
	if (err == 0 && p->args != NULL)
		err = json_add(o, "arguments", json_object_get(args));
	json_object_put(args);
	if (err != 0) {
		json_object_put(o);
		return err;
	}
	return json_append(list, o);
}

void
prompts_list(struct rpc *rpc)
{
	const struct client_context *who = &rpc->x->who;
	const struct mcp *m = rpc->x->mcp;
	const struct prompt *const *p;
	struct json_object *list;
	err_t err = 0;

	if (!feature_no_cursor(rpc))
		return;
	list = json_object_new_array();
	for (p = m->worker->catalog->prompts; err == 0 && *p != NULL; p++)
		if (scope_allows((*p)->scope, who->scopes))
			err = describe(m, list, *p, who->version);
	listing_answer(rpc, "prompts", list, err);
}

/* Messages whose blocks the client's version knows (L-21). */
static err_t
write_messages(struct json_object *messages, enum mcp_version version, struct buf *out)
{
	const size_t n = json_object_array_length(messages);
	size_t i;
	err_t err;

	err = buf_put_str(out, "\"messages\":[");
	for (i = 0; err == 0 && i < n; i++) {
		struct json_object *m = json_object_array_get_idx(messages, i);
		struct json_object *block = block_for(json_get(m, "content"), version);

		err = buf_put_str(out, i > 0 ? ",{\"role\":" : "{\"role\":");
		if (err == 0)
			err = json_write(out, json_get(m, "role"));
		if (err == 0)
			err = buf_put_str(out, ",\"content\":");
		if (err == 0)
			err = block == NULL ? ERR_NOMEM : json_write(out, block);
		if (err == 0)
			err = buf_put_byte(out, '}');
		json_object_put(block);
	}
	return err == 0 ? buf_put_byte(out, ']') : err;
}

static void
on_filled(struct call *call, void *arg)
{
	struct rpc *rpc = arg;
	const struct prompt *p = rpc->resource;
	struct buf out;
	err_t err;

	rpc->call = NULL;
	if (call->failed) {
		rpc_error(rpc, 200, RPC_INTERNAL, buf_cstr(&call->text), NULL);
		return;
	}
	buf_init(&out, REQUEST_ANSWER_MAX);
	err = call->trouble != 0 || call->parts == NULL ? ERR_NOMEM : 0;
	if (err == 0 && p->about != NULL) {
		err = buf_put_str(&out, "\"description\":");
		if (err == 0)
			err = json_write_str(&out, span_str(p->about));
		if (err == 0)
			err = buf_put_byte(&out, ',');
	}
	if (err == 0)
		err = write_messages(call->parts, rpc->x->who.version, &out);
	if (err == 0)
		rpc_result(rpc, buf_span(&out), NULL);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "The prompt could not be made; try again.", NULL);
	buf_free(&out);
}

/*
 * The declared arguments, as a new object; others are not looked at.
 * ERR_SYNTAX: one is missing or no text, its name is in *which.
 */
static err_t
take_args(const struct prompt *p, struct json_object *sent, struct json_object **out,
    const char **which)
{
	struct json_object *clean = json_object_new_object();
	const struct text_arg *a;
	struct span s;
	err_t err = clean == NULL ? ERR_NOMEM : 0;

	for (a = p->args; err == 0 && a != NULL && a->name != NULL; a++) {
		struct json_object *v = json_get(sent, a->name);

		*which = a->name;
		if (v == NULL)
			err = a->required ? ERR_SYNTAX : 0;
		else if (!json_is_str(v, &s) || memchr(s.p, '\0', s.n) != NULL)
			err = ERR_SYNTAX;
		else
			err = json_add_str(clean, a->name, s);
	}
	if (err == 0)
		*out = clean;
	else
		json_object_put(clean);
	return err;
}

void
prompts_get(struct rpc *rpc)
{
	struct json_object *sent = json_get(rpc->m.params, "arguments"), *args = NULL;
	const struct prompt *p;
	const char *which = "";
	char text[256];
	struct span name;
	err_t err;

	if (!json_get_str(rpc->m.params, "name", &name) ||
	    (sent != NULL && !json_object_is_type(sent, json_type_object))) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS,
		    "params.name must be a string and params.arguments an object.", NULL);
		return;
	}
	p = catalog_prompt(rpc->x->mcp->worker->catalog, name);
	if (p == NULL || !scope_allows(p->scope, rpc->x->who.scopes)) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, "Unknown prompt.", NULL);
		return;
	}
	err = take_args(p, sent, &args, &which);
	if (err == ERR_SYNTAX) {
		(void)snprintf(text, sizeof(text), "The argument %s is missing or is no text.", which);
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, text, NULL);
		return;
	}
	rpc->resource = p;
	if (err != 0 || feature_start(rpc, &(struct feature_call){.run = p->run, .args = args,
	    .finished = on_filled}) != 0)
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
}
