/*
 * Events on streams: their text, their ids, and what becomes of a legacy stream
 * whose client goes away in the middle (docs/protocol.md L-11 to L-15).  Must not
 * know methods.
 */
#include "config.h"

#include <string.h>

#include "shared/base/clock.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/trail.h"
#include "worker/worker.h"

/* The text of one event goes to the client, if it is there, and to the memory,
 * if there is one. */
static void
put_text(struct trail *t, struct request *rq, const struct span *parts, size_t n_parts)
{
	size_t i, n = 0;
	uint8_t *place;
	struct buf b;
	err_t err;

	for (i = 0; i < n_parts; i++)
		n += parts[i].n;
	buf_init(&b, n);
	err = buf_room(&b, n, &place);
	for (i = 0; err == 0 && i < n_parts; i++)
		err = buf_put_span(&b, parts[i]);
	if (t != NULL && err == 0)
		trail_add(t, buf_span(&b));
	else if (t != NULL)
		t->torn = true;
	if (rq != NULL && err == 0)
		request_part(rq, buf_span(&b));
	else if (rq != NULL)
		request_starve(rq);
	buf_free(&b);
}

static void
put_message(struct trail *t, struct request *rq, const struct span *parts, size_t n_parts)
{
	struct span all[EVENT_PARTS + 5];
	char id[TRAIL_ID_CHARS];
	size_t n = 0;

	if (t != NULL) {
		trail_next_id(t, id);
		all[n++] = span_str("id: ");
		all[n++] = span_str(id);
		all[n++] = span_str("\n");
	}
	/* JSON text has no line ends, so one data line holds it. */
	all[n++] = span_str("event: message\ndata: ");
	memcpy(all + n, parts, n_parts * sizeof(parts[0]));
	n += n_parts;
	all[n++] = span_str("\n\n");
	put_text(t, rq, all, n);
}

void
exchange_put(struct exchange *x, const struct span *parts, size_t n_parts)
{
	put_message(x->trail, x->rq, parts, n_parts);
}

void
exchange_event(struct exchange *x, struct span message)
{
	exchange_put(x, &message, 1);
}

void
trail_say(struct trail *t, struct span message)
{
	put_message(t, t->x == NULL ? NULL : t->x->rq, &message, 1);
}

/* The first event is empty: with its id the client can come back before
 * there was another (L-13).  Clients of earlier versions stumble over it. */
void
exchange_prime(struct exchange *x)
{
	char id[TRAIL_ID_CHARS];
	struct span parts[] = {span_str("id: "), {0}, span_str("\ndata: \n\n")};

	if (x->trail == NULL || x->who.version != MCP_2025_11_25)
		return;
	trail_next_id(x->trail, id);
	parts[1] = span_str(id);
	put_text(x->trail, x->rq, parts, 3);
}

bool
exchange_stream(struct exchange *x)
{
	if (x->streaming)
		return true;
	if (!x->may_stream || (x->batch && !x->must_stream))
		return false;
	x->streaming = true;
	request_begin(x->rq, &(struct answer){.status = 200, .media = MEDIA_SSE,
	    .session = span_str(x->session)});
	/* In the modern era there are no ids (M-22).  Before 2025-11-25 a client
	 * could not know that an answer can be fetched later, and initialize has no
	 * session yet to fetch it by.  Without memory for a trail there is none. */
	if (x->who.era == ERA_LEGACY && x->who.version == MCP_2025_11_25 &&
	    x->session[0] == '\0' && trail_create(NULL, 0, &x->trail) == 0) {
		trails_add(x->mcp, x->trail, x);
		exchange_prime(x);
	}
	return true;
}

/* --- trails of this worker ------------------------------------------------------ */

void
trails_add(struct mcp *m, struct trail *t, struct exchange *x)
{
	t->session = x->who.session;
	t->get = x->getting;
	t->x = x;
	t->left_ms = 0;
	t->unread = false;
	x->trail = t;
	t->next = m->trails;
	m->trails = t;
	streams_arm(m);
}

void
trails_remove(struct mcp *m, struct trail *t)
{
	struct trail **at = &m->trails;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->next = NULL;
}

static void
forget(struct mcp *m, struct trail *t)
{
	struct exchange *x = t->x;

	trails_remove(m, t);
	if (x != NULL) {
		x->trail = NULL;
		exchange_abandon(x);
	}
	trail_free(t);
}

void
trails_trim(struct mcp *m)
{
	const int64_t now = clock_mono_ms();
	struct trail *t, *next, *oldest;
	unsigned n;

	for (t = m->trails; t != NULL; t = next) {
		next = t->next;
		if (t->left_ms != 0 && (now - t->left_ms >= TRAIL_MS || (t->torn && t->x == NULL)))
			forget(m, t);
	}
	do {
		n = 0;
		oldest = NULL;
		for (t = m->trails; t != NULL; t = t->next) {
			if (t->left_ms == 0)
				continue;
			n++;
			if (oldest == NULL || t->left_ms <= oldest->left_ms)
				oldest = t;
		}
		if (n > TRAILS_LEFT)
			forget(m, oldest);
	} while (n > TRAILS_LEFT);
}

void
trails_forget(struct mcp *m, const uint64_t *session)
{
	struct trail *t, *next;

	for (t = m->trails; t != NULL; t = next) {
		next = t->next;
		if (t->left_ms != 0 && (session == NULL || t->session == *session))
			forget(m, t);
	}
}

/* --- the client goes ------------------------------------------------------------- */

static void
leave(struct trail *t)
{
	const int64_t now = clock_mono_ms();

	t->left_ms = now > 0 ? now : 1;
}

bool
exchange_left(struct exchange *x)
{
	struct mcp *m = x->mcp;

	if (x->trail == NULL || x->getting || x->trail->torn || x->open == 0)
		return false;
	x->rq = NULL;
	leave(x->trail);
	trails_trim(m);
	return true;
}

void
exchange_hang_up(struct exchange *x, unsigned retry_ms)
{
	struct request *rq;
	struct buf b;

	if (!exchange_stream(x) || x->trail == NULL || x->rq == NULL || x->trail->torn)
		return;
	buf_init(&b, 64);
	if (buf_printf(&b, "retry: %u\n\n", retry_ms) == 0)
		request_part(x->rq, buf_span(&b));
	buf_free(&b);
	rq = x->rq;
	if (exchange_left(x))
		request_end(rq);
}

void
exchange_over(struct exchange *x)
{
	struct trail *t = x->trail;

	if (t != NULL) {
		x->trail = NULL;
		t->x = NULL;
		t->unread = !t->get && x->rq == NULL;
		leave(t);
		trails_trim(x->mcp);
	}
	if (x->rq != NULL)
		request_end(x->rq);
}

/* --- and comes back -------------------------------------------------------------- */

static void
give(struct span event, void *arg)
{
	request_part(arg, event);
}

void
exchange_resume(struct trail *t, struct request *rq, uint64_t n)
{
	struct exchange *x = t->x;

	t->unread = false;
	if (x != NULL) {
		struct request *old = x->rq;

		x->rq = rq;
		t->left_ms = 0;
		rq->state_of_protocol = x;
		rq->on_gone = exchange_gone;
		if (old != NULL && old != rq)
			request_end(old);
	}
	request_begin(rq, &(struct answer){.status = 200, .media = MEDIA_SSE});
	trail_replay(t, n, give, rq);
	if (x == NULL)
		request_end(rq);
}
