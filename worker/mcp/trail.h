/*
 * What was sent on a legacy stream, so that a client whose connection broke can
 * take it up again (docs/protocol.md L-13, L-14): names of streams, numbers of
 * events, and a bounded memory of the events.  Must not know requests,
 * exchanges or JSON.
 *
 * An event id is the stream's name, which nobody can guess, a minus sign, and the
 * event's number.  A trail belongs to a session; it lives in its user's worker.
 */
#ifndef TONEARM_WORKER_MCP_TRAIL_H
#define TONEARM_WORKER_MCP_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define TRAIL_NAME_BYTES 16
#define TRAIL_NAME_CHARS 22            /* of base64url */
#define TRAIL_ID_CHARS   (TRAIL_NAME_CHARS + 22)
#define TRAIL_BYTES      (64u << 10)   /* of events that one trail keeps */
#define TRAILS_LEFT      8             /* trails without a client, in a worker */
#define TRAIL_MS         (5 * 60 * 1000)

struct exchange;
struct trail_event;

struct trail {
	struct trail *next;
	uint8_t raw[TRAIL_NAME_BYTES];
	char name[TRAIL_NAME_CHARS + 1];
	uint64_t session;                  /* whose stream it is */
	bool get;                          /* the session's stream, not an answer's */
	bool torn;                         /* an event was not kept: no resumption */
	bool unread;                       /* an answer that nobody has got yet */
	uint64_t n;                        /* number of the last event */
	struct trail_event *first, **last;
	size_t bytes;
	struct exchange *x;                /* what speaks on the stream; NULL: over */
	int64_t left_ms;                   /* when its client went; 0: it is there */
};

/* A new one, not in any list.  raw: the name it had before, or NULL for a new
 * one; n: the number of the last event.  ERR_NOMEM, ERR_SYSTEM. */
err_t trail_create(const uint8_t *raw, uint64_t n, struct trail **out) MUST_CHECK;
void trail_free(struct trail *t);

/* Writes the id that the next event has. */
void trail_next_id(const struct trail *t, char out[TRAIL_ID_CHARS]);

/* The next event has been made; text is all of it (copied).  The oldest go for
 * it; a stream that loses part of an answer cannot be resumed. */
void trail_add(struct trail *t, struct span text);

/* Is this an event id?  n: the event's number. */
bool trail_read_id(struct span id, struct span *name, uint64_t *n);

/* Gives each event behind number n, the oldest first. */
void trail_replay(const struct trail *t, uint64_t n,
    void (*give)(struct span event, void *arg), void *arg);

#endif
