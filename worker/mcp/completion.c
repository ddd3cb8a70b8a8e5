/*
 * completion/complete: suggestions for an argument of a prompt or a variable of
 * a template (docs/protocol.md section 9.4).  Words come from the catalog's
 * tables, anything else from a call like any other, which only ever sees this
 * worker's user.  What a person types comes letter by letter, so what could be
 * offered is kept for a minute.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

#define VALUES_MOST 100   /* in one answer */
#define KEPT        8     /* lists of what could be offered */
#define KEPT_MS     60000
#define EMPTY_MS    15000 /* after Spotify gave none */
#define BY_BYTES    64    /* of another argument's value */

/* What one function said could be offered. */
struct offers {
	struct kept {
		void (*all)(struct call *call);   /* NULL: free */
		uint32_t scopes;
		char by[BY_BYTES];
		int64_t until_ms;                 /* monotonic */
		struct json_object *list;         /* of [text, name]; NULL: nothing */
	} of[KEPT];
};

/* values: an array, or NULL for none; more: how many it lacks. */
static void
answer(struct rpc *rpc, struct json_object *values, unsigned more, err_t err)
{
	const size_t n = values == NULL ? 0 : json_object_array_length(values);
	struct buf out;

	buf_init(&out, REQUEST_ANSWER_MAX);
	if (err == 0)
		err = buf_put_str(&out, "\"completion\":{\"values\":");
	if (err == 0)
		err = n == 0 ? buf_put_str(&out, "[]") : json_write(&out, values);
	if (err == 0)
		err = buf_printf(&out, ",\"total\":%zu,\"hasMore\":%s}", n + more,
		    more > 0 ? "true" : "false");
	if (err == 0)
		rpc_result(rpc, buf_span(&out), NULL);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	buf_free(&out);
}

static void
on_suggested(struct call *call, void *arg)
{
	struct rpc *rpc = arg;

	rpc->call = NULL;
	if (call->failed)
		rpc_error(rpc, 200, RPC_INTERNAL, buf_cstr(&call->text), NULL);
	else
		answer(rpc, call->parts, call->more, call->trouble);
}

/* The words that begin with what was typed. */
static void
answer_words(struct rpc *rpc, const char *const *words, const char *typed)
{
	struct json_object *values = json_object_new_array();
	const size_t n = strlen(typed);
	unsigned more = 0;
	err_t err = values == NULL ? ERR_NOMEM : 0;

	for (; err == 0 && *words != NULL; words++) {
		if (strncasecmp(*words, typed, n) != 0)
			continue;
		if (json_object_array_length(values) < VALUES_MOST)
			err = json_append(values, json_new_str(span_str(*words)));
		else
			more++;
	}
	answer(rpc, values, more, err);
	json_object_put(values);
}

/* The argument of that name; NULL: none. */
static const struct text_arg *
named(const struct text_arg *a, struct span name)
{
	for (; a != NULL && a->name != NULL; a++)
		if (span_is(name, a->name))
			return a;
	return NULL;
}

/*
 * The table of arguments that a reference names, in *out (NULL: it has none).
 * False: there is nothing of that name for these scopes.
 */
static bool
find(const struct catalog *c, uint32_t scopes, struct json_object *ref,
    const struct text_arg **out)
{
	const struct resource_template *t;
	const struct resource *r;
	const struct prompt *p;
	struct span type, name;

	*out = NULL;
	if (!json_get_str(ref, "type", &type))
		return false;
	if (span_is(type, "ref/prompt") && json_get_str(ref, "name", &name)) {
		p = catalog_prompt(c, name);
		if (p == NULL || !scope_allows(p->scope, scopes))
			return false;
		*out = p->args;
		return true;
	}
	if (!span_is(type, "ref/resource") || !json_get_str(ref, "uri", &name))
		return false;
	for (t = c->templates; t != NULL && t->uri != NULL; t++) {
		if (span_is(name, t->uri) && catalog_offers_template(c, t, scopes)) {
			*out = t->vars;
			return true;
		}
	}
	for (r = c->resources; r != NULL && r->uri != NULL; r++)
		if (span_is(name, r->uri))
			return catalog_offers_resource(c, r, scopes);
	return false;
}

/* {"value":..., "context":{...}} for a suggesting call. */
static err_t
make_args(struct span value, struct json_object *context, struct json_object **out)
{
	struct json_object *args = json_object_new_object();
	err_t err = json_add_str(args, "value", value);

	if (err == 0 && context != NULL)
		err = json_add(args, "context", json_object_get(context));
	if (err == 0)
		*out = args;
	else
		json_object_put(args);
	return err;
}

static void
suggest(struct rpc *rpc, const struct text_arg *a, struct span value)
{
	struct json_object *args = NULL, *context;

	context = json_get_obj(json_get_obj(rpc->m.params, "context"), "arguments");
	if (make_args(value, context, &args) != 0 ||
	    feature_start(rpc, &(struct feature_call){.run = a->suggest, .args = args,
	    .finished = on_suggested}) != 0)
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
}

/* --- what could be offered ------------------------------------------------------------ */

void
completion_forget(struct mcp *m)
{
	unsigned i;

	for (i = 0; m->offers != NULL && i < KEPT; i++)
		json_object_put(m->offers->of[i].list);
	free(m->offers);
	m->offers = NULL;
}

static struct kept *
find_kept(struct mcp *m, const struct text_arg *a, uint32_t scopes, const char *by)
{
	unsigned i;

	for (i = 0; m->offers != NULL && i < KEPT; i++) {
		struct kept *k = &m->offers->of[i];

		if (k->all == a->all && k->scopes == scopes && strcmp(k->by, by) == 0 &&
		    k->until_ms > clock_mono_ms())
			return k;
	}
	return NULL;
}

/* Keeps a list (taken over) in the place of the oldest. */
static void
keep(struct mcp *m, const struct text_arg *a, uint32_t scopes, const char *by,
    struct json_object *list)
{
	struct kept *k;
	unsigned i;

	if (m->offers == NULL)
		m->offers = calloc(1, sizeof(*m->offers));
	if (m->offers == NULL) {
		json_object_put(list);
		return;
	}
	k = &m->offers->of[0];
	for (i = 1; i < KEPT; i++)
		if (m->offers->of[i].until_ms < k->until_ms)
			k = &m->offers->of[i];
	json_object_put(k->list);
	*k = (struct kept){.all = a->all, .scopes = scopes, .list = list,
	    .until_ms = clock_mono_ms() + (list == NULL ? EMPTY_MS : KEPT_MS)};
	memcpy(k->by, by, strlen(by) + 1);
}

/* Those of the list (borrowed) that are meant by what was typed. */
static void
answer_offers(struct rpc *rpc, const struct text_arg *a, struct json_object *list, const char *typed)
{
	struct json_object *values = json_object_new_array(), *both;
	const size_t n = list == NULL ? 0 : json_object_array_length(list), typed_n = strlen(typed);
	unsigned more = 0;
	err_t err = values == NULL ? ERR_NOMEM : 0;
	size_t i;

	for (i = 0; i < n && err == 0; i++) {
		const char *text;

		both = json_object_array_get_idx(list, i);
		text = json_object_get_string(json_object_array_get_idx(both, 0));
		if (strncasecmp(text, typed, typed_n) != 0 &&
		    !a->fits(json_object_get_string(json_object_array_get_idx(both, 1)), typed))
			continue;
		if (json_object_array_length(values) < VALUES_MOST)
			err = json_append(values, json_object_get(json_object_array_get_idx(both, 0)));
		else
			more++;
	}
	answer(rpc, values, more, err);
	json_object_put(values);
}

/* The argument and what is typed, of a request that was found to be good. */
static const char *
typed_text(const struct rpc *rpc)
{
	return json_object_get_string(json_get(json_get_obj(rpc->m.params, "argument"), "value"));
}

static const char *
by_text(const struct rpc *rpc, const struct text_arg *a)
{
	struct json_object *v = a->by == NULL ? NULL :
	    json_get(json_get_obj(json_get_obj(rpc->m.params, "context"), "arguments"), a->by);
	const char *text = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";

	return strlen(text) < BY_BYTES ? text : "";
}

/* What cannot be had is not offered: no reason to trouble whoever types. */
static void
on_all(struct call *call, void *arg)
{
	struct rpc *rpc = arg;
	const struct text_arg *a = rpc->resource;
	struct json_object *list = call->failed || call->trouble != 0 ? NULL :
	    json_object_get(call->parts);

	rpc->call = NULL;
	keep(rpc->x->mcp, a, rpc->x->who.scopes, by_text(rpc, a), json_object_get(list));
	answer_offers(rpc, a, list, typed_text(rpc));
	json_object_put(list);
}

static void
offer(struct rpc *rpc, const struct text_arg *a)
{
	const char *by = by_text(rpc, a);
	struct kept *k = find_kept(rpc->x->mcp, a, rpc->x->who.scopes, by);
	struct json_object *args = NULL, *context;

	if (k != NULL) {
		answer_offers(rpc, a, k->list, typed_text(rpc));
		return;
	}
	rpc->resource = a;
	context = json_get_obj(json_get_obj(rpc->m.params, "context"), "arguments");
	if (make_args(span_str(""), context, &args) != 0 ||
	    feature_start(rpc, &(struct feature_call){.run = a->all, .args = args,
	    .finished = on_all}) != 0)
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
}

void
completion_complete(struct rpc *rpc)
{
	struct json_object *argument = json_get_obj(rpc->m.params, "argument");
	const struct text_arg *args, *a;
	struct span name, value;

	if (!json_get_str(argument, "name", &name) || !json_get_str(argument, "value", &value) ||
	    memchr(value.p, '\0', value.n) != NULL) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS,
		    "params.argument must have the texts name and value.", NULL);
		return;
	}
	if (!find(rpc->x->mcp->worker->catalog, rpc->x->who.scopes,
	    json_get_obj(rpc->m.params, "ref"), &args)) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS,
		    "params.ref names no prompt and no resource of this server.", NULL);
		return;
	}
	a = named(args, name);
	if (a != NULL && a->all != NULL)
		offer(rpc, a);
	else if (a != NULL && a->suggest != NULL)
		suggest(rpc, a, value);
	else if (a != NULL && a->words != NULL)
		/* Strings of json-c end with a NUL. */
		answer_words(rpc, a->words, (const char *)value.p);
	else
		answer(rpc, NULL, 0, 0);   /* nothing is known about it */
}
