/*
 * requestState of the modern era: what a handler wants back in the next round
 * travels through the client, who can read it but not alter it (docs/protocol.md
 * It carries a MAC under a key made from the user's data key and is bound to
 * the grant, the method, the name (or URI) and the arguments; it holds for ten
 * minutes and at any worker.
 */
#ifndef TONEARM_WORKER_MCP_STATE_H
#define TONEARM_WORKER_MCP_STATE_H

#include <stdint.h>

#include <json-c/json.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/secret.h"
#include "shared/base/span.h"
#include "shared/ipc/messages.h"

#define STATE_SECONDS 600
#define STATE_MAX     16384   /* bytes inside */

/* What a state belongs to. */
struct state_for {
	const struct secret *data_key;   /* the user's */
	uint8_t grant[ID_BYTES];
	struct span method;
	struct json_object *params;      /* of the request: name, uri, arguments count */
	int64_t now;                     /* seconds since 1970 */
};

/* Appends the text of a state, to come back in round (1 to 255).  ERR_LIMIT: inner
 * is longer than STATE_MAX.  ERR_NOMEM, ERR_CRYPTO. */
err_t state_make(const struct state_for *f, unsigned round, struct span inner,
    struct buf *out) MUST_CHECK;

/* Reads one: the round, and what was inside is appended.  ERR_DENIED: not ours,
 * altered, of another request, or too old.  ERR_NOMEM, ERR_LIMIT, ERR_CRYPTO. */
err_t state_read(const struct state_for *f, struct span text, unsigned *round,
    struct buf *inner) MUST_CHECK;

#endif
