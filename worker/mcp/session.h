/*
 * Session ids of the legacy era.  An id describes itself (version,
 * capabilities, grant, time) and carries a MAC under a key made from the user's data
 * key: it survives restarts and nodes, is opaque to everyone else, and
 * another user's id is worth nothing here (docs/protocol.md L-5 to L-9).
 */
#ifndef TONEARM_WORKER_MCP_SESSION_H
#define TONEARM_WORKER_MCP_SESSION_H

#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/secret.h"
#include "shared/base/span.h"
#include "worker/mcp/context.h"

#define SESSION_CHARS 160          /* room for an id and its NUL */
#define SESSION_DAYS  30

/* Makes an id for this client; its random number goes to who->session.
 * ERR_CRYPTO, ERR_SYSTEM. */
err_t session_make(const struct secret *data_key, struct client_context *who,
    char out[SESSION_CHARS]) MUST_CHECK;

/*
 * Reads an id into *who, whose grant must be set and be the id's.  ERR_DENIED:
 * not ours, altered, of another grant, or older than 30 days.  ERR_CRYPTO.
 */
err_t session_read(const struct secret *data_key, struct span id,
    struct client_context *who) MUST_CHECK;

#endif
