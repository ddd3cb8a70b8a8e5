/*
 * Which era a POST belongs to: the body decides, the header cross-checks
 * (docs/protocol.md section 3).
 */
#ifndef TONEARM_WORKER_MCP_ERA_H
#define TONEARM_WORKER_MCP_ERA_H

#include "shared/base/span.h"
#include "worker/mcp/rpc.h"

#define META_VERSION      "io.modelcontextprotocol/protocolVersion"
#define META_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"

enum era_verdict {
	ERA_IS_LEGACY,
	ERA_IS_MODERN,
	ERA_NO_ENVELOPE,   /* modern by its header, but without envelope: 400, -32602 */
	ERA_INVALID        /* no JSON-RPC, or a modern message in a batch: 400, -32600 */
};

/* Judges a parsed body.  header: the MCP-Protocol-Version field, empty if
 * there is none.  m: the message, where the body is no array. */
enum era_verdict era_of(struct json_object *body, struct span header, struct rpc_message *m);

#endif
