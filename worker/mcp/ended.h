/*
 * Sessions of the legacy era that their client has ended (docs/protocol.md L-8,
 * L-9).  An id is valid by what it says itself, so the ended ones must be
 * remembered until they would have expired: in this list, and in a sealed row
 * of the user, from which the next worker takes it.  The row also carries what
 * live sessions are subscribed to (subscribe.c), as a text of theirs.  Must not know
 * what a session is for, nor how a row is sealed and sent.
 */
#ifndef TONEARM_WORKER_MCP_ENDED_H
#define TONEARM_WORKER_MCP_ENDED_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define ENDED_MAX 256            /* of one user; the oldest go */
#define ENDED_ROW_MAX (1 + 16 * ENDED_MAX)
#define ENDED_TAIL_MAX 6000      /* bytes of subscriptions behind them */

struct mcp;
struct request;

/* Takes the row's plain text when the worker is bound; empty: there is none.
 * What it does not understand is left alone.  ERR_NOMEM. */
err_t ended_load(struct mcp *m, struct span row) MUST_CHECK;

/* Was the session with this random number ended, and is that stored? */
bool ended_has(const struct mcp *m, uint64_t session);

/* How many are remembered. */
unsigned ended_count(const struct mcp *m);

/*
 * Ends a session and answers its DELETE: 200 once that is stored; 503 with
 * Retry-After if it cannot be stored within some seconds.  The session is valid
 * until then; a 503 leaves the store to go on by itself, so a second DELETE
 * waits for the same store, or finds the session gone.  Its GET streams end with
 * it.
 */
void ended_add(struct mcp *m, uint64_t session, struct request *rq);

/* What sessions are subscribed to has changed: the row is stored, sooner or later. */
void ended_store(struct mcp *m);

/* Frees everything; DELETEs that wait stay without answer. */
void ended_free(struct mcp *m);

#endif
