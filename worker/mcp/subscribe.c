/*
 * resources/subscribe and resources/unsubscribe of the legacy era
 * (docs/protocol.md L-19).  They are remembered for a session, and a worker with any
 * and somebody to tell does not retire.  The newest of them are also kept in the row of
 * sessions, soon after a change, so that a client whose worker died, and whose
 * session goes on, goes on hearing of changes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/ended.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/watch.h"
#include "worker/worker.h"

#define SESSIONS_MAX 64
#define URIS_MAX     32
#define URI_MAX      2048
#define KEPT_URI     256     /* longer ones are not kept */
#define KEEP_MS      300

struct subscribed {
	uint64_t session;
	uint64_t used;               /* by turn */
	unsigned n;                  /* 0: free */
	char *uris[URIS_MAX];
};

struct subscriptions {
	struct subscribed of[SESSIONS_MAX];
	struct mcp *mcp;
	struct event *timer;         /* until they are stored */
};

static void
on_keep(evutil_socket_t fd, short what, void *arg)
{
	const struct subscriptions *all = arg;

	(void)fd;
	(void)what;
	ended_store(all->mcp);
}

/* The table, made when it is needed; NULL: no memory. */
static struct subscriptions *
table_of(struct mcp *m)
{
	struct subscriptions *all = m->subscriptions;

	if (all != NULL)
		return all;
	all = calloc(1, sizeof(*all));
	if (all == NULL)
		return NULL;
	all->mcp = m;
	all->timer = evtimer_new(loop_base(m->worker->loop), on_keep, all);
	if (all->timer == NULL) {
		free(all);
		return NULL;
	}
	m->subscriptions = all;
	return all;
}

/* They are another set now. */
static void
keep_soon(struct mcp *m)
{
	const struct timeval tv = {.tv_usec = KEEP_MS * 1000};

	if (m->subscriptions != NULL)
		(void)event_add(m->subscriptions->timer, &tv);
}

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
	for (i = 0; table_of(m) != NULL && i < SESSIONS_MAX; i++) {
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
	keep_soon(m);
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
		keep_soon(rpc->x->mcp);
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
	event_free(m->subscriptions->timer);
	free(m->subscriptions);
	m->subscriptions = NULL;
}

/* --- for the next worker: of each session its number in 8 bytes, how many URIs in one,
 * and these with a NUL behind each; the session that was used last comes first ----- */

static err_t
write_session(const struct subscribed *s, struct buf *out)
{
	uint8_t head[9];
	unsigned i, n = 0;
	err_t err;

	for (i = 0; i < s->n; i++)
		n += strlen(s->uris[i]) < KEPT_URI;
	for (i = 0; i < 8; i++)
		head[i] = (uint8_t)(s->session >> (8 * i));
	head[8] = (uint8_t)n;
	err = n == 0 ? 0 : buf_put(out, head, sizeof(head));
	for (i = 0; err == 0 && i < s->n; i++)
		if (strlen(s->uris[i]) < KEPT_URI)
			err = buf_put(out, s->uris[i], strlen(s->uris[i]) + 1);
	return err;
}

/* The one that was used last of those used before `before`; NULL: there is none. */
static const struct subscribed *
older(const struct subscriptions *all, uint64_t before)
{
	const struct subscribed *s, *best = NULL;

	for (s = all->of; s < all->of + SESSIONS_MAX; s++)
		if (s->n > 0 && s->used < before && (best == NULL || s->used > best->used))
			best = s;
	return best;
}

err_t
subscribe_write(const struct mcp *m, struct buf *out)
{
	const struct subscribed *s;
	uint64_t before = UINT64_MAX;
	struct buf one;
	err_t err = 0;

	if (m->subscriptions == NULL)
		return 0;
	while (err == 0 && (s = older(m->subscriptions, before)) != NULL) {
		before = s->used;
		buf_init(&one, ENDED_TAIL_MAX);
		err = write_session(s, &one);
		if (err == 0 && out->len + one.len <= ENDED_TAIL_MAX)
			err = buf_put_span(out, buf_span(&one));
		/* What is too long by itself, or does not fit any more, is left out. */
		if (err == ERR_LIMIT)
			err = 0;
		buf_free(&one);
	}
	return err;
}

/* Takes one session's off the text; false: there is none, or it is broken. */
static bool
read_session(struct mcp *m, struct span *kept)
{
	struct span rest;
	uint64_t session = 0;
	bool known;
	unsigned i;

	if (kept->n < 9)
		return false;
	for (i = 0; i < 8; i++)
		session |= (uint64_t)kept->p[i] << (8 * i);
	known = find(m, session) != NULL || ended_has(m, session);
	rest = span_of(kept->p + 9, kept->n - 9);
	for (i = 0; i < kept->p[8]; i++) {
		const uint8_t *end = rest.n == 0 ? NULL : memchr(rest.p, '\0', rest.n);
		size_t n = end == NULL ? 0 : (size_t)(end - rest.p);

		if (n == 0)
			return false;
		if (!known)
			(void)remember(m, session, span_of(rest.p, n));
		rest = span_of(end + 1, rest.n - n - 1);
	}
	*kept = rest;
	return true;
}

void
subscribe_read(struct mcp *m, struct span kept)
{
	while (read_session(m, &kept))
		;
}
