/*
 * Streams that stay open with nothing asked on them: the modern era's listen
 * streams and the legacy era's GET streams (docs/protocol.md S-5 to S-8, L-10 to L-14).
 * How many there are, until when, what front is told of them, and how one is taken
 * over from an earlier worker of the same user.  Must not know what is said on them.
 */
#include "config.h"

#include <string.h>

#include "shared/base/clock.h"
#include "shared/http/media.h"
#include "shared/json/json.h"
#include "worker/credentials.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/ended.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/trail.h"
#include "worker/mcp/watch.h"
#include "worker/worker.h"

#define LOOK_S       60
#define RETRY_MS     3000     /* when a client may open an ended stream again */
#define FULL_S       60
#define FAREWELL_MAX 4096     /* as in STREAM */
#define NOTE_MAX     512
#define NOTE_FORMAT  1

/* What a note begins with; the id of a listen request follows, as JSON. */
struct note {
	uint8_t format, getting, version;
	uint8_t session[8], n[8];
	uint8_t trail[TRAIL_NAME_BYTES];
};

static bool
is_stream(const struct exchange *x)
{
	return (x->listening || x->getting) && x->rq != NULL;
}

static unsigned
count(const struct mcp *m)
{
	const struct exchange *x;
	unsigned n = 0;

	for (x = m->exchanges; x != NULL; x = x->next)
		n += is_stream(x);
	return n;
}

static unsigned
limit(const struct mcp *m)
{
	return (unsigned)conf_int(m->worker->conf, "limits.streams_per_user", 8);
}

bool
streams_room(const struct mcp *m)
{
	return count(m) < limit(m);
}

void
streams_arm(struct mcp *m)
{
	const struct timeval tv = {.tv_sec = LOOK_S};

	if (!event_pending(m->expiry, EV_TIMEOUT, NULL))
		(void)event_add(m->expiry, &tv);
}

/* --- what front is told ----------------------------------------------------------- */

static void
put_le(uint8_t p[8], uint64_t v)
{
	unsigned i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t
get_le(const uint8_t p[8])
{
	uint64_t v = 0;
	unsigned i;

	for (i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

/* Can nothing come on it? */
static bool
is_silent(const struct exchange *x)
{
	const struct catalog *c = x->mcp->worker->catalog;

	if (x->listening)
		return listen_is_empty(x);
	return !c->tools_change && !c->prompts_change && !c->resources_change &&
	    !subscribe_any(x->mcp, x->who.session);
}

static err_t
write_note(const struct exchange *x, struct buf *out)
{
	struct note n = {.format = NOTE_FORMAT, .getting = x->getting,
		.version = (uint8_t)x->who.version};
	err_t err;

	if (x->trail != NULL) {
		put_le(n.session, x->who.session);
		put_le(n.n, x->trail->n);
		memcpy(n.trail, x->trail->raw, sizeof(n.trail));
	}
	err = buf_put(out, &n, sizeof(n));
	return err == 0 && x->listening ? json_write(out, x->rpcs->m.id) : err;
}

/* What is said last when front ends the stream: the listen request's result
 * (S-5), or when to come back (L-13). */
static err_t
write_farewell(struct exchange *x, struct buf *out)
{
	err_t err;

	if (x->getting)
		return x->who.version != MCP_2025_11_25 ? 0 :
		    buf_printf(out, "retry: %u\n\n", RETRY_MS);
	err = buf_put_str(out, "event: message\ndata: ");
	if (err == 0)
		err = listen_write_result(x, out);
	return err == 0 ? buf_put_str(out, "\n\n") : err;
}

static uint32_t
seconds_left(const struct exchange *x)
{
	const struct credential *cred;
	int64_t left;

	if (credentials_check(x->mcp->worker->credentials, x->rq->hash, x->rq->cred_kind,
	    &cred) != 0 || cred->expires_at == 0)
		return 0;
	left = cred->expires_at - clock_wall_s();
	if (left > UINT32_MAX)
		return 0;
	return left < 1 ? 1 : (uint32_t)left;
}

void
stream_speak(struct exchange *x)
{
	struct stream_word word = {.expires = seconds_left(x)};
	struct buf note, farewell;

	buf_init(&note, NOTE_MAX);
	buf_init(&farewell, FAREWELL_MAX);
	/* An id of the client's that is too long for these keeps the worker. */
	word.parked = is_silent(x) && write_note(x, &note) == 0;
	if (write_farewell(x, &farewell) == 0)
		word.farewell = buf_span(&farewell);
	else
		word.parked = false;
	if (word.parked)
		word.note = buf_span(&note);
	x->parked = word.parked;
	request_stream(x->rq, &word);
	buf_free(&note);
	buf_free(&farewell);
	streams_arm(x->mcp);
}

void
streams_wake(struct mcp *m, uint64_t session)
{
	struct exchange *x;

	for (x = m->exchanges; x != NULL; x = x->next)
		if (x->getting && x->parked && is_stream(x) && x->who.session == session)
			stream_speak(x);
}

/* --- their end -------------------------------------------------------------------- */

static void
end(struct exchange *x)
{
	struct buf farewell;

	if (x->listening) {
		listen_end(x);
		return;
	}
	buf_init(&farewell, FAREWELL_MAX);
	if (write_farewell(x, &farewell) == 0)
		request_part(x->rq, buf_span(&farewell));
	buf_free(&farewell);
	exchange_end(x);
}

void
mcp_end_streams(struct mcp *m, const uint8_t *hash)
{
	struct exchange *x, *next;

	for (x = m->exchanges; x != NULL; x = next) {
		next = x->next;
		if (is_stream(x) && (hash == NULL || memcmp(x->rq->hash, hash, HASH_BYTES) == 0))
			end(x);
	}
	ask_give_up(m, hash);
}

void
mcp_check_streams(struct mcp *m)
{
	const struct credential *cred;
	struct exchange *x, *next;
	err_t err;

	for (x = m->exchanges; x != NULL; x = next) {
		next = x->next;
		if (!is_stream(x))
			continue;
		err = credentials_check(m->worker->credentials, x->rq->hash, x->rq->cred_kind, &cred);
		if (err == 0)
			x->who.scopes = x->rq->scopes = cred->scopes;
		/* ERR_AGAIN, the database being away, ends nothing. */
		else if (err == ERR_DENIED)
			end(x);
	}
}

void
streams_on_time(evutil_socket_t fd, short what, void *arg)
{
	struct mcp *m = arg;
	struct exchange *x;

	(void)fd;
	(void)what;
	mcp_check_streams(m);
	trails_trim(m);
	for (x = m->exchanges; x != NULL; x = x->next)
		if (is_stream(x) && (x->rq->unheard || x->parked != is_silent(x)))
			stream_speak(x);
	if (count(m) == 0 && m->trails == NULL)
		(void)event_del(m->expiry);
}

void
streams_session_over(struct mcp *m, uint64_t session)
{
	struct exchange *x, *next;

	for (x = m->exchanges; x != NULL; x = next) {
		next = x->next;
		if (x->getting && is_stream(x) && x->who.session == session)
			end(x);
	}
	trails_forget(m, &session);
	subscribe_forget(m, &session);
}

bool
streams_busy(const struct mcp *m)
{
	const struct exchange *x;
	const struct trail *t;

	for (x = m->exchanges; x != NULL; x = x->next)
		if (x->rq == NULL)
			return true;
	for (t = m->trails; t != NULL; t = t->next)
		if (t->unread)
			return true;
	return false;
}

/* --- GET -------------------------------------------------------------------------- */

static void
refuse_get(struct request *rq)
{
	/* L-10: what every client understands; a 400 or 404 ends some of them. */
	request_answer(rq, &(struct answer){.status = 405,
	    .allow = METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_DELETE)}, span_of(NULL, 0));
}

/* A new stream of this session, or t, taken up behind event n. */
static bool
open_get(struct mcp *m, struct request *rq, const struct client_context *who, struct trail *t,
    uint64_t n)
{
	struct exchange *x;
	bool new = t == NULL;

	if (t == NULL && trail_create(NULL, 0, &t) != 0) {
		request_answer(rq, &(struct answer){.status = 503, .retry_after = 1},
		    span_of(NULL, 0));
		return false;
	}
	x = exchange_create(m, rq, NULL);
	if (x == NULL) {
		trail_free(t);
		return false;
	}
	x->who = *who;
	x->getting = x->streaming = true;
	trails_add(m, t, x);
	if (!rq->head_sent)
		request_begin(rq, &(struct answer){.status = 200, .media = MEDIA_SSE});
	if (new)
		exchange_prime(x);
	else if (n < t->n)
		exchange_resume(t, rq, n);
	stream_speak(x);
	if (subscribe_any(m, who->session))
		watch_soon(m, 0);
	return true;
}

/* Takes up what Last-Event-ID names; false: nothing of this session, so that the
 * stream begins anew without what was missed (L-14). */
static bool
resume(struct mcp *m, struct request *rq, const struct client_context *who)
{
	struct span text, name;
	struct trail *t;
	uint64_t n;

	if (!request_field(rq, "last-event-id", &text) || !trail_read_id(text, &name, &n))
		return false;
	trails_trim(m);
	for (t = m->trails; t != NULL; t = t->next)
		if (span_is(name, t->name) && t->session == who->session && n <= t->n && !t->torn)
			break;
	if (t == NULL)
		return false;
	if (!t->get) {
		exchange_resume(t, rq, n);
		return true;
	}
	/* Its old connection, which nobody reads any more. */
	if (t->x != NULL)
		exchange_end(t->x);
	trails_remove(m, t);
	(void)open_get(m, rq, who, t, n);
	return true;
}

/* The session's own oldest stream gives way to its new one: its client
 * has most likely lost it. */
static bool
make_room(struct mcp *m, uint64_t session)
{
	struct exchange *x, *oldest = NULL;

	if (streams_room(m))
		return true;
	for (x = m->exchanges; x != NULL; x = x->next)
		if (x->getting && is_stream(x) && x->who.session == session)
			oldest = x;      /* they are in order of time */
	if (oldest != NULL)
		end(oldest);
	return oldest != NULL;
}

void
stream_get(struct mcp *m, struct request *rq)
{
	struct client_context who;
	struct span text;
	bool sse = true;

	if (request_field(rq, "mcp-protocol-version", &text) && mcp_version_is_modern(text)) {
		refuse_get(rq);
		return;
	}
	if (!legacy_version_ok(rq)) {
		rpc_refuse(rq, 400, RPC_INVALID_REQUEST,
		    "This MCP-Protocol-Version is not supported.", NULL);
		return;
	}
	if (request_field(rq, "accept", &text))
		sse = http_accepts(text, "text/event-stream");
	if (!sse || !request_field(rq, "mcp-session-id", &text) || text.n == 0) {
		refuse_get(rq);
		return;
	}
	if (!legacy_session(m, rq, NULL, &who) || resume(m, rq, &who))
		return;
	if (make_room(m, who.session))
		(void)open_get(m, rq, &who, NULL, 0);
	else
		request_answer(rq, &(struct answer){.status = 429, .retry_after = FULL_S},
		    span_of(NULL, 0));
}

/* --- from an earlier worker --------------------------------------------------------- */

/* The note's parts; false: it is none of ours. */
static bool
read_note(struct span text, struct note *n, struct span *id)
{
	if (text.n < sizeof(*n))
		return false;
	memcpy(n, text.p, sizeof(*n));
	*id = span_of(text.p + sizeof(*n), text.n - sizeof(*n));
	if (n->format != NOTE_FORMAT || n->getting > 1)
		return false;
	return n->getting ? n->version <= MCP_NEWEST_LEGACY && id->n == 0 :
	    n->version == MCP_2026_07_28;
}

static bool
take_get(struct mcp *m, struct request *rq, const struct note *n)
{
	struct client_context who = {.era = ERA_LEGACY, .version = (enum mcp_version)n->version,
		.scopes = rq->scopes, .session = get_le(n->session)};
	struct trail *t;

	memcpy(who.grant, rq->grant, sizeof(who.grant));
	if (ended_has(m, who.session) || get_le(n->n) >= INT64_MAX ||
	    trail_create(n->trail, get_le(n->n), &t) != 0)
		return false;
	return open_get(m, rq, &who, t, t->n);
}

void
mcp_take_stream(struct mcp *m, struct request *rq, struct span text, bool allowed)
{
	struct exchange *x = NULL;
	struct note n;
	struct span id;
	bool taken = false;

	if (read_note(text, &n, &id)) {
		if (n.getting)
			taken = allowed && streams_room(m) && take_get(m, rq, &n);
		else
			x = listen_take(m, rq, id);
		taken = taken || x != NULL;
	}
	if (!taken)
		request_end(rq);
	else if (x != NULL && (!allowed || count(m) > limit(m)))
		end(x);
	else if (x != NULL)
		stream_speak(x);
}
