/*
 * Streams that stay open: those of a worker, and those that front keeps by
 * itself because their worker has retired or died while nothing could come on
 * them.  A kept one costs a connection and a few hundred bytes.
 */
#ifndef TONEARM_FRONT_STREAMS_H
#define TONEARM_FRONT_STREAMS_H

#include "master/front/workers.h"

/* What a worker has said about a stream (STREAM). */
struct stream {
	bool parked;               /* nothing can come on it for now */
	bool handed;               /* given to a worker that has not spoken of it since */
	bool doubted;              /* its credential may have been revoked unheard */
	int64_t expires;           /* monotonic ms when it ends; 0: not by time */
	size_t farewell, note;     /* bytes of each, one behind the other in text */
	uint8_t text[];
};

/* Handles STREAM of a worker. */
err_t streams_on_stream(void *owner, struct channel *ch, const struct frame *fr) MUST_CHECK;

/* Is nothing open with the worker but parked streams with nothing waiting? */
bool streams_at_rest(const struct worker *w);

/* The worker goes, or has gone: front keeps its parked streams, and ends others
 * that have a farewell with it (docs/protocol.md S-5). */
void streams_keep(struct worker *w);

/* The vault named this worker for a credential: what front keeps of that
 * credential is the worker's from now on. */
void streams_hand_back(struct front *f, uint64_t worker, const uint8_t hash[HASH_BYTES],
    uint8_t cred_kind);

/* Ends a stream in good order, with its farewell, and frees its request. */
void streams_end(struct request *r);

/* Ends every stream that this credential opened. */
void streams_end_of(struct front *f, const uint8_t hash[HASH_BYTES]);

/* Ends those that front keeps, GETs and parked ones, or really all. */
void streams_end_all(struct front *f, bool all);

/* Revocations may have gone unheard: what front keeps ends, a few at a time,
 * so that it is opened anew by whoever still may. */
void streams_doubt(struct front *f);

/* Ends one that front keeps, so that a new connection has room.  False if
 * there is none, or it was done just now. */
bool streams_make_room(struct front *f);

/* Frees what an open stream does not need while nothing is waiting to leave. */
void streams_slim(struct client *c);

/* Its request is being freed. */
void streams_forget(struct request *r);

/* Deadlines. */
void streams_sweep(struct front *f, int64_t now_ms);

#endif
