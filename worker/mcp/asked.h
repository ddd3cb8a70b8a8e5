/*
 * Questions in the form that a version of the protocol has for them
 * (docs/protocol.md EL-2 to EL-4, L-21).
 */
#ifndef TONEARM_WORKER_MCP_ASKED_H
#define TONEARM_WORKER_MCP_ASKED_H

#include <json-c/json.h>

#include "shared/base/err.h"
#include "worker/mcp/context.h"
#include "worker/tools/ask.h"

/*
 * The params of a question as this version has them: a new reference, or NULL
 * where there are none.  2025-06-18 has no mode, no defaults but of yes and no,
 * and titles of choices in another place; only 2025-11-25 gives a page an id.
 * ERR_UNSUPPORTED: it cannot be said in this version (several choices at once).
 * ERR_NOMEM, ERR_CRYPTO.
 */
err_t asked_params(const struct question *q, enum mcp_version version,
    struct json_object **out) MUST_CHECK;

#endif
