/*
 * The Model Context Protocol as the rest of the worker sees it: requests go
 * in, answers go out through request.h.  Both eras of the protocol are served
 * at one endpoint (docs/protocol.md section 3).
 */
#ifndef TONEARM_WORKER_MCP_MCP_H
#define TONEARM_WORKER_MCP_MCP_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "worker/request.h"

struct catalog;
struct mcp;
struct worker;

/* Before the fork: makes what all workers with this catalog share.  ERR_NOMEM,
 * ERR_LIMIT: they make it themselves. */
err_t mcp_prepare(const struct catalog *catalog) MUST_CHECK;

err_t mcp_create(struct worker *w, struct mcp **out) MUST_CHECK;
void mcp_destroy(struct mcp **m);

/* Before the first request: the plain text of the row ROW_SESSIONS, empty if
 * there is none.  ERR_NOMEM. */
err_t mcp_rows_ready(struct mcp *m, struct span sessions) MUST_CHECK;

/* Answers an authorised request, now or later. */
void mcp_serve(struct mcp *m, struct request *rq);

/* A stream that an earlier worker of this user left open is this one's: its head
 * was sent.  note: what that worker said of it; allowed: its credential is good
 * (or cannot be judged now).  The stream ends if it cannot go on. */
void mcp_take_stream(struct mcp *m, struct request *rq, struct span note, bool allowed);

/* How many sessions that their clients ended are remembered. */
unsigned mcp_sessions_ended(const struct mcp *m);

/* Is something at work, or kept for a client that went, without a request? */
bool mcp_busy(const struct mcp *m);

/* Ends the idle streams, and the waiting for answers to questions: all of them (NULL),
 * or those of one credential. */
void mcp_end_streams(struct mcp *m, const uint8_t *hash);

/* The list of credentials changed: ends the idle streams of those that are no
 * longer valid. */
void mcp_check_streams(struct mcp *m);

#endif
