/*
 * One request from the moment its body is complete until its answer has been
 * handed to the connection: who may ask, whom it goes to, how long that may
 * take.
 */
#ifndef TONEARM_FRONT_REQUEST_H
#define TONEARM_FRONT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "master/front/client.h"
#include "shared/base/arena.h"
#include "shared/base/secret.h"

#define REQUEST_ARENA_MAX 16384
#define REQUEST_PAGE_MAX  (1024 * 1024)   /* bytes of a page */

struct request {
	struct link link;            /* in front->requests[state] */
	enum request_state state;
	int64_t since;               /* monotonic ms when it came into this state */
	uint64_t id;
	struct front *front;
	struct client *client;       /* never NULL */
	struct link held_by;         /* in the list of its route or worker */
	struct route *route;         /* while it waits for a worker */
	struct worker *worker;       /* while a worker has it */
	struct stream *stream;       /* owned; once a worker has called it a stream */

	uint8_t cred_kind;
	struct secret credential;    /* wiped when it has gone to the worker */
	uint8_t hash[HASH_BYTES];    /* SHA-256 of the credential */
	bool get;                    /* a GET: nothing but a stream */
	bool download;               /* a page's request that a worker answers with a file */
	bool back;                   /* ... or with data for the portal, which makes the page */

	/* The answer. */
	struct answer_head head;     /* its views point into the arena */
	struct arena arena;
	bool have_head, begun, last;
	struct buf hold;             /* body parts until the head is written */
	size_t waiting;              /* bytes of body that have not left for the client */
	size_t owed;                 /* bytes that have left and were not given back */
	struct deferred turn;
};

/* Looks at a head: sets the client's place and, if it is refused, why.  The
 * order is that of docs/protocol.md H-7. */
void request_judge(struct client *c);

/*
 * The credential of a request: the bearer token, or a link's token, which is
 * unescaped into `link`.  ERR_NOTFOUND: there is none.  ERR_SYNTAX, ERR_LIMIT:
 * it cannot be one of ours.
 */
err_t request_token(const struct client *c, struct buf *link, struct span *out) MUST_CHECK;

/* The body is there: answers, or makes a request and sends it on its way. */
void request_run(struct client *c);

/* Moves to another state's list. */
void request_set_state(struct request *r, enum request_state state);

/* The request is over; its client lives on. */
void request_free(struct request *r);

/* The client has gone: tells whoever has the request, and frees it. */
void request_abandon(struct request *r);

/* The request failed: an error if nothing was answered yet, else the
 * connection is cut, which is how a client sees that the answer is not whole.
 * Frees it. */
void request_fail(struct request *r, unsigned status, const char *message,
    uint32_t retry_after);

/* The worker has said all that the portal waits for (r->back): theirs is the page
 * again. */
void request_return(struct request *r);

/* Answers with r->head and body, which may be all of r->hold.  Frees the request. */
void request_answer_whole(struct request *r, struct span body);

/* Of everything queued for the client, `left` bytes have not been sent. */
void request_bytes_left(struct request *r, size_t left);

/* The log line of a request that is over. */
void request_log(const struct client *c);

/* Deadlines. */
void requests_sweep(struct front *f, int64_t now_ms);

#endif
