/* Changes that clients are told of; see announce.h. */
#include "config.h"

#include "shared/json/json.h"
#include "worker/mcp/announce.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/trail.h"
#include "worker/worker.h"

#define MESSAGE_MAX (1u << 20)

static const char *const methods[] = {
	[TOOLS_CHANGED] = "notifications/tools/list_changed",
	[PROMPTS_CHANGED] = "notifications/prompts/list_changed",
	[RESOURCES_CHANGED] = "notifications/resources/list_changed",
	[RESOURCE_UPDATED] = "notifications/resources/updated",
};

/* rpc: the listen request that it belongs to, or NULL. */
static err_t
write_change(enum news what, struct span uri, const struct rpc *rpc, struct buf *out)
{
	const bool has_uri = what == RESOURCE_UPDATED;
	err_t err;

	err = buf_printf(out, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\"", methods[what]);
	if (err == 0 && (has_uri || rpc != NULL))
		err = buf_put_str(out, ",\"params\":{");
	if (err == 0 && has_uri) {
		err = buf_put_str(out, "\"uri\":");
		if (err == 0)
			err = json_write_str(out, uri);
	}
	if (err == 0 && rpc != NULL) {
		err = buf_put_str(out, has_uri ? ",\"_meta\":{" : "\"_meta\":{");
		if (err == 0)
			err = listen_write_id(rpc, out);
		if (err == 0)
			err = buf_put_byte(out, '}');
	}
	if (err == 0 && (has_uri || rpc != NULL))
		err = buf_put_byte(out, '}');
	return err == 0 ? buf_put_byte(out, '}') : err;
}

/* Modern: every stream that asked for it is told, with its own id. */
static void
tell_listeners(struct mcp *m, enum news what, struct span uri)
{
	struct exchange *x;
	struct buf out;

	for (x = m->exchanges; x != NULL; x = x->next) {
		if (!x->listening || !listen_wants(x, what, uri))
			continue;
		if (what == RESOURCE_UPDATED &&
		    !catalog_subscribable(m->worker->catalog, uri, x->who.scopes))
			continue;
		buf_init(&out, MESSAGE_MAX);
		if (write_change(what, uri, x->rpcs, &out) == 0)
			exchange_event(x, buf_span(&out));
		buf_free(&out);
	}
}

/* The one stream on which a session is told things: its newest one, and while it
 * has none the one it lost last, from where it fetches them (L-11, L-14). */
static const struct trail *
stream_of(const struct mcp *m, uint64_t session)
{
	const struct trail *t, *lost = NULL;

	for (t = m->trails; t != NULL; t = t->next) {
		if (!t->get || t->session != session)
			continue;
		if (t->x != NULL)
			return t;
		if (lost == NULL || t->left_ms > lost->left_ms)
			lost = t;
	}
	return lost;
}

static bool
is_wanted(const struct mcp *m, const struct trail *t, enum news what, struct span uri)
{
	if (what != RESOURCE_UPDATED)
		return true;
	return subscribe_has(m, t->session, uri) && (t->x == NULL ||
	    catalog_subscribable(m->worker->catalog, uri, t->x->who.scopes));
}

static void
tell_sessions(struct mcp *m, enum news what, struct span uri)
{
	struct trail *t;
	struct buf out;

	trails_trim(m);
	buf_init(&out, MESSAGE_MAX);
	if (write_change(what, uri, NULL, &out) == 0)
		for (t = m->trails; t != NULL; t = t->next)
			if (t->get && stream_of(m, t->session) == t && is_wanted(m, t, what, uri))
				trail_say(t, buf_span(&out));
	buf_free(&out);
}

static void
tell(struct mcp *m, enum news what, struct span uri)
{
	tell_listeners(m, what, uri);
	tell_sessions(m, what, uri);
}

void
mcp_tools_changed(struct mcp *m)
{
	if (m->worker->catalog->tools_change)
		tell(m, TOOLS_CHANGED, span_of(NULL, 0));
}

void
mcp_prompts_changed(struct mcp *m)
{
	if (m->worker->catalog->prompts_change)
		tell(m, PROMPTS_CHANGED, span_of(NULL, 0));
}

void
mcp_resources_changed(struct mcp *m)
{
	if (m->worker->catalog->resources_change)
		tell(m, RESOURCES_CHANGED, span_of(NULL, 0));
}

void
mcp_resource_updated(struct mcp *m, const char *uri)
{
	if (m->worker->catalog->subscribe)
		tell(m, RESOURCE_UPDATED, span_str(uri));
}
