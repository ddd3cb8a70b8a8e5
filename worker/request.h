/*
 * One HTTP request that front handed over, and the way its answer goes back.
 * The protocol (worker/mcp) sees requests only through this.
 */
#ifndef TONEARM_WORKER_REQUEST_H
#define TONEARM_WORKER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/messages.h"
#include "shared/ipc/words.h"
#include "shared/loop/loop.h"

#define REQUEST_BODY_MAX  (1u << 20)
#define REQUEST_ANSWER_MAX (4u << 20)
#define REQUEST_CREDIT    (256u << 10)
#define REQUEST_FIELDS    32
#define REQUESTS_OPEN     160    /* front lets fewer through */

struct request;
struct worker;

/* The head of an answer; what front may write (docs/architecture.md). */
struct answer {
	uint16_t status;
	uint8_t media;         /* enum media */
	uint8_t auth_error;    /* enum auth_error */
	uint32_t scopes;       /* with AUTH_SCOPE: all that are needed */
	uint8_t allow;         /* METHOD_BIT mask of a 405 */
	uint32_t retry_after;  /* seconds; 0: none */
	struct span session;   /* a new session id, or empty */
};

/* A long-lived stream as front is to know it (STREAM in shared/ipc/messages.h). */
struct stream_word {
	bool parked;             /* nothing can come on it for now */
	uint32_t expires;        /* seconds until its credential ends; 0: it does not */
	struct span farewell;    /* what is said last */
	struct span note;        /* for the next worker */
};

/* Where answers go: to front's channel, or to a test. */
struct request_sink {
	/* Head of the answer, once. */
	void (*head)(struct request *rq, const struct answer *a);
	/* More of rq->out, or the end of the answer (rq->ended), is there. */
	void (*more)(struct request *rq);
	/* A whole answer whose body is these parts, at once and without a copy
	 * of it; false: not possible now, and the body was not sent.  May be NULL. */
	bool (*whole)(struct request *rq, const struct answer *a, const struct span *parts,
	    size_t n_parts);
	/* It is a stream, of which this is to be told; sets rq->unheard if it could
	 * not be. */
	void (*stream)(struct request *rq, const struct stream_word *word);
};

struct request_field {
	struct request_field *next;
	char *name;            /* lower case */
	struct span value;     /* trimmed; several fields of a name are joined by ", " */
};

enum request_state {
	REQUEST_ARRIVING,   /* its parts are coming in */
	REQUEST_WAITING,    /* complete; the worker is not bound yet */
	REQUEST_SERVED,     /* the protocol has it */
	REQUEST_LEAVING     /* its answer is complete and on its way */
};

struct request {
	struct request *next;
	struct worker *worker;
	const struct request_sink *sink;
	uint64_t id;                        /* front's number */
	enum request_state state;
	uint8_t method;                     /* enum http_method */
	uint8_t cred_kind;                  /* enum cred_kind: the place it was found in */
	uint8_t hash[HASH_BYTES];           /* of the credential; its text is not kept */
	uint8_t grant[ID_BYTES];            /* of the credential; set when served */
	uint32_t scopes;                    /* SCOPE_* of the credential; set when served */
	struct arena arena;
	struct request_field *fields;
	unsigned n_fields;
	struct buf body;
	bool refused;                       /* too large or too many fields */
	bool doubted;                       /* its credential was not known at first */

	struct buf out;                     /* answer's bytes; out_sent of them are gone */
	size_t out_sent, credit;
	bool head_sent, ended, broken;
	bool starved;                /* broken, as there was no memory for a part */
	bool quiet;                         /* a parked stream: no reason not to retire */
	bool unheard;                       /* front was not told of the stream */
	bool taken;                         /* the stream was an earlier worker's */
	struct span note;                   /* that worker's, then */
	bool dead;                          /* waits to be freed */

	/* The protocol's own: called once if the client goes, the request is
	 * cancelled or front dies; the request is gone afterwards. */
	void (*on_gone)(struct request *rq);
	void *state_of_protocol;
};

/* Value of a header field; false if there is none.  name in lower case. */
bool request_field(const struct request *rq, const char *name, struct span *out);

/* Adds a field; a second one of the same name is joined to the first (RFC 9110
 * section 5.3), so that it cannot pass for either alone.  ERR_LIMIT, ERR_NOMEM. */
err_t request_add_field(struct request *rq, struct span name, struct span v) MUST_CHECK;

/* The whole answer at once (without memory for it, a 503); the request is over. */
void request_answer(struct request *rq, const struct answer *a, struct span body);

/* The same with a body of several parts, one behind the other. */
void request_answer_parts(struct request *rq, const struct answer *a,
    const struct span *parts, size_t n_parts);

/* An answer in parts: head, parts, end.  From a part that does not fit any
 * more on, everything is left out; one for which there is no memory ends the
 * worker, as half an answer must not look whole.  on_gone is not called after
 * the end. */
void request_begin(struct request *rq, const struct answer *a);
void request_part(struct request *rq, struct span part);
void request_starve(struct request *rq);   /* there was no memory to make a part */
void request_end(struct request *rq);

/* It is a stream; while it is parked, the worker may retire over it.  Said anew
 * when any of it changes. */
void request_stream(struct request *rq, const struct stream_word *word);

#endif
