/*
 * Resources: each is the structured answer of a read-only tool, so that there is
 * one source of what they say (reference: mcp.md section 9.2).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/inside.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

#define ID_MOST    64
#define LIST_BYTES 65536

struct resource {
	const char *uri;
	const char *name, *title, *about;
	const char *tool;
};

static const struct resource resources[] = {
	{"spotify://status", "status", "Account and limits",
	    "Who is signed in, what this connection and the Spotify application may do, when the "
	    "sign-in ends, what is left of the day's calls", "get_status"},
	{"spotify://player", "player", "Now playing",
	    "What is playing, on which device, in which mode", "get_playback"},
	{"spotify://player/queue", "queue", "Queue", "What plays next", "get_queue"},
	{"spotify://playlists", "playlists", "Playlists",
	    "The playlists of the signed-in person", "list_playlists"},
};
#define N_RESOURCES (sizeof(resources) / sizeof(resources[0]))

/* spotify://{type}/{id}: details of one item. */
static const struct resource item = {"spotify://{type}/{id}", "item", "One item",
	"Details of a track, album, artist, playlist, show, episode or audiobook by its Spotify id",
	"get_items"};
static const char *const item_types[] = {
	"track", "album", "artist", "playlist", "show", "episode", "audiobook", NULL};

static const struct rpc_caching list_caching = {.ttl_ms = 60000, .everybody = false};
/* What is read changes at any time. */
static const struct rpc_caching read_caching = {.ttl_ms = 0, .everybody = false};

/* The tool behind a resource, if the table has it and the scopes allow it. */
static const struct tool *
tool_of(const struct mcp *m, const struct resource *r, uint32_t scopes)
{
	const struct tool *t = feature_tool(m, span_str(r->tool));

	return t != NULL && tool_allowed(t, scopes) ? t : NULL;
}

bool
mcp_resource(size_t i, const char **uri, const char **tool)
{
	const struct resource *r = i < N_RESOURCES ? &resources[i] : &item;

	if (i > N_RESOURCES)
		return false;
	*uri = r->uri;
	*tool = r->tool;
	return true;
}

bool
resources_exist(const struct mcp *m)
{
	size_t i;

	for (i = 0; i < N_RESOURCES; i++)
		if (tool_of(m, &resources[i], SCOPE_ALL) != NULL)
			return true;
	return false;
}

static err_t
describe(struct json_object *list, const struct resource *r, const char *key,
    enum mcp_version version)
{
	struct json_object *o = json_object_new_object();
	err_t err;

	err = json_add_text(o, key, r->uri);
	if (err == 0)
		err = json_add_text(o, "name", r->name);
	if (err == 0 && version >= MCP_2025_06_18)
		err = json_add_text(o, "title", r->title);
	if (err == 0)
		err = json_add_text(o, "description", r->about);
	if (err == 0)
		err = json_add_text(o, "mimeType", "application/json");
	if (err != 0) {
		json_object_put(o);
		return err;
	}
	return json_append(list, o);
}

/* Answers with `"name":list`. */
static void
answer_list(struct rpc *rpc, const char *name, struct json_object *list, err_t err)
{
	struct buf out;

	buf_init(&out, LIST_BYTES);
	if (err == 0)
		err = buf_printf(&out, "\"%s\":", name);
	if (err == 0)
		err = list == NULL ? ERR_NOMEM : json_write(&out, list);
	if (err == 0)
		rpc_result(rpc, buf_span(&out), &list_caching);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	buf_free(&out);
	json_object_put(list);
}

void
resources_list(struct rpc *rpc)
{
	const struct client_context *who = &rpc->x->who;
	struct json_object *list;
	size_t i;
	err_t err = 0;

	if (!feature_no_cursor(rpc))
		return;
	list = json_object_new_array();
	for (i = 0; err == 0 && i < N_RESOURCES; i++)
		if (tool_of(rpc->x->mcp, &resources[i], who->scopes) != NULL)
			err = describe(list, &resources[i], "uri", who->version);
	answer_list(rpc, "resources", list, err);
}

void
resources_templates(struct rpc *rpc)
{
	const struct client_context *who = &rpc->x->who;
	struct json_object *list;
	err_t err = 0;

	if (!feature_no_cursor(rpc))
		return;
	list = json_object_new_array();
	if (tool_of(rpc->x->mcp, &item, who->scopes) != NULL)
		err = describe(list, &item, "uriTemplate", who->version);
	answer_list(rpc, "resourceTemplates", list, err);
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

static err_t
write_contents(struct call *call, const char *uri, struct buf *out)
{
	struct buf text;
	err_t err;

	buf_init(&text, REQUEST_ANSWER_MAX);
	err = json_write(&text, call_data(call));
	if (err == 0)
		err = buf_put_str(out, "\"contents\":[{\"uri\":");
	if (err == 0)
		err = json_write_str(out, span_str(uri));
	if (err == 0)
		err = buf_put_str(out, ",\"mimeType\":\"application/json\",\"text\":");
	if (err == 0)
		err = json_write_str(out, buf_span(&text));
	buf_free(&text);
	return err == 0 ? buf_put_str(out, "}]") : err;
}

static void
on_read(struct call *call, void *arg)
{
	struct rpc *rpc = arg;
	struct buf out;

	rpc->call = NULL;
	if (call->failed) {
		rpc_error(rpc, 200, RPC_INTERNAL, buf_cstr(&call->text), NULL);
		return;
	}
	buf_init(&out, REQUEST_ANSWER_MAX);
	if (call->trouble == 0 && write_contents(call, rpc->uri, &out) == 0)
		rpc_result(rpc, buf_span(&out), &read_caching);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "The resource is too large.", NULL);
	buf_free(&out);
}

/* {"uris":["spotify:track:..."]} for a URI of the template; NULL if it is
 * none. */
static struct json_object *
item_args(struct span uri)
{
	static const char scheme[] = "spotify://";
	const char *const *type;
	struct json_object *args, *uris;
	char text[ID_MOST + 32];
	size_t i, at;

	if (!span_starts(uri, scheme))
		return NULL;
	uri = span_of(uri.p + sizeof(scheme) - 1, uri.n - (sizeof(scheme) - 1));
	for (type = item_types; *type != NULL; type++)
		if (span_starts(uri, *type) && uri.n > strlen(*type) && uri.p[strlen(*type)] == '/')
			break;
	if (*type == NULL)
		return NULL;
	at = strlen(*type) + 1;
	if (uri.n == at || uri.n - at > ID_MOST)
		return NULL;
	for (i = at; i < uri.n; i++)
		if (memchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		    uri.p[i], 62) == NULL)
			return NULL;
	(void)snprintf(text, sizeof(text), "spotify:%s:%.*s", *type, (int)(uri.n - at),
	    (const char *)uri.p + at);
	args = json_object_new_object();
	uris = json_object_new_array();
	if (json_append(uris, json_new_str(span_str(text))) != 0 ||
	    json_add(args, "uris", json_object_get(uris)) != 0) {
		json_object_put(args);
		args = NULL;
	}
	json_object_put(uris);
	return args;
}

/* The resource with this URI; *sent is what its tool is to be given. */
static const struct resource *
find(struct span uri, struct json_object **sent)
{
	size_t i;

	*sent = NULL;
	for (i = 0; i < N_RESOURCES; i++)
		if (span_is(uri, resources[i].uri))
			return &resources[i];
	*sent = item_args(uri);
	return *sent != NULL ? &item : NULL;
}

void
resources_read(struct rpc *rpc)
{
	struct json_object *sent = NULL, *args = NULL;
	const struct resource *r;
	const struct tool *t = NULL;
	char why[512];
	struct span uri;
	err_t err;

	if (!json_get_str(rpc->m.params, "uri", &uri)) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, "params.uri must be a string.", NULL);
		return;
	}
	r = find(uri, &sent);
	if (r != NULL)
		t = tool_of(rpc->x->mcp, r, rpc->x->who.scopes);
	if (t == NULL) {
		json_object_put(sent);
		answer_missing(rpc, uri);
		return;
	}
	err = tool_check_args(t, sent, &args, why, sizeof(why));
	json_object_put(sent);
	rpc->uri = strndup((const char *)uri.p, uri.n);
	if (err == 0 && rpc->uri == NULL) {
		json_object_put(args);
		err = ERR_NOMEM;
	}
	if (err == 0)
		err = feature_start(rpc, t, args, on_read);
	if (err != 0)
		rpc_error(rpc, 200, RPC_INTERNAL, "The resource cannot be read now.", NULL);
}
