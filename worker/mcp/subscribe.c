/*
 * resources/subscribe and resources/unsubscribe of the legacy era
 * (docs/protocol.md L-19).  They are remembered for a session, here and no longer than
 * this worker lives, so a worker with any and somebody to tell does not retire.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/watch.h"
#include "worker/worker.h"

#define SESSIONS_MAX 64
#define URIS_MAX     32
#define URI_MAX      2048

struct subscribed {
	uint64_t session;
	uint64_t used;               /* by turn */
	unsigned n;                  /* 0: free */
	char *uris[URIS_MAX];
};

struct subscriptions {
	struct subscribed of[SESSIONS_MAX];
};

static struct subscribed *
find(const struct mcp *m, uint64_t session)
{
	unsigned i;

	for (i = 0; m->subscriptions != NULL && i < SESSIONS_MAX; i++)
		if (m->subscriptions->of[i].n > 0 && m->subscriptions->of[i].session == session)
			return &m->subscriptions->of[i];
	return NULL;
}

static void
clear(struct subscribed *s)
{
	while (s->n > 0)
		free(s->uris[--s->n]);
}

static bool
is_listening(const struct mcp *m, uint64_t session)
{
	const struct exchange *x;

	for (x = m->exchanges; x != NULL; x = x->next)
		if (x->getting && x->who.session == session)
			return true;
	return false;
}

/* A place for a session: of a full table the one that was used longest ago and
 * that nobody listens to.  NULL: none, or no memory. */
static struct subscribed *
place_for(struct mcp *m, uint64_t session)
{
	struct subscribed *s = find(m, session), *best = NULL;
	unsigned i;

	if (s != NULL)
		return s;
	if (m->subscriptions == NULL)
		m->subscriptions = calloc(1, sizeof(*m->subscriptions));
	for (i = 0; m->subscriptions != NULL && i < SESSIONS_MAX; i++) {
		s = &m->subscriptions->of[i];
		if (s->n == 0) {
			best = s;
			break;
		}
		if ((best == NULL || s->used < best->used) && !is_listening(m, s->session))
			best = s;
	}
	if (best == NULL)
		return NULL;
	clear(best);
	best->session = session;
	return best;
}

static bool
holds(const struct subscribed *s, struct span uri, unsigned *at)
{
	for (*at = 0; *at < s->n; ++*at)
		if (span_is(uri, s->uris[*at]))
			return true;
	return false;
}

/* The URI of the request; answers and returns false if there is none. */
static bool
read_uri(struct rpc *rpc, struct span *uri)
{
	if (json_get_str(rpc->m.params, "uri", uri) && uri->n <= URI_MAX)
		return true;
	rpc_error(rpc, 200, RPC_INVALID_PARAMS, "params.uri must be a string of at most 2048 bytes.",
	    NULL);
	return false;
}

/* False if there is no room. */
static bool
remember(struct mcp *m, uint64_t session, struct span uri)
{
	struct subscribed *s = place_for(m, session);
	unsigned at;
	char *copy;

	if (s == NULL)
		return false;
	s->used = ++m->turn;
	if (holds(s, uri, &at))
		return true;
	copy = s->n == URIS_MAX ? NULL : strndup((const char *)uri.p, uri.n);
	if (copy == NULL)
		return false;
	s->uris[s->n++] = copy;
	return true;
}

void
subscribe_add(struct rpc *rpc)
{
	struct mcp *m = rpc->x->mcp;
	const uint64_t session = rpc->x->who.session;
	struct json_object *data;
	struct span uri;

	if (!read_uri(rpc, &uri))
		return;
	if (!catalog_subscribable(m->worker->catalog, uri, rpc->x->who.scopes)) {
		data = json_object_new_object();
		if (json_add_str(data, "uri", uri) != 0) {
			json_object_put(data);
			data = NULL;
		}
		rpc_error(rpc, 200, RPC_NO_RESOURCE,
		    "There is no such resource whose changes are told.", data);
		return;
	}
	if (!remember(m, session, uri)) {
		rpc_error(rpc, 200, RPC_INTERNAL, "Too many subscriptions; end some first.", NULL);
		return;
	}
	streams_wake(m, session);
	watch_soon(m, 0);
	rpc_result(rpc, span_of(NULL, 0), NULL);
}

void
subscribe_remove(struct rpc *rpc)
{
	struct subscribed *s = find(rpc->x->mcp, rpc->x->who.session);
	struct span uri;
	unsigned at;

	if (!read_uri(rpc, &uri))
		return;
	if (s != NULL && holds(s, uri, &at)) {
		free(s->uris[at]);
		s->uris[at] = s->uris[--s->n];
	}
	rpc_result(rpc, span_of(NULL, 0), NULL);
}

bool
subscribe_has(const struct mcp *m, uint64_t session, struct span uri)
{
	const struct subscribed *s = find(m, session);
	unsigned at;

	return s != NULL && holds(s, uri, &at);
}

bool
subscribe_any(const struct mcp *m, uint64_t session)
{
	return find(m, session) != NULL;
}

const char *
subscribe_uri(const struct mcp *m, uint64_t session, unsigned i)
{
	const struct subscribed *s = find(m, session);

	return s != NULL && i < s->n ? s->uris[i] : NULL;
}

void
subscribe_forget(struct mcp *m, const uint64_t *session)
{
	struct subscribed *s;
	unsigned i;

	if (m->subscriptions == NULL)
		return;
	if (session != NULL) {
		s = find(m, *session);
		if (s != NULL)
			clear(s);
		return;
	}
	for (i = 0; i < SESSIONS_MAX; i++)
		clear(&m->subscriptions->of[i]);
	free(m->subscriptions);
	m->subscriptions = NULL;
}
