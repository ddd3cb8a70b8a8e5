/*
 * Who asks, in both eras alike: handlers of methods look at this and nothing
 * else (docs/protocol.md section 1).
 */
#ifndef TONEARM_WORKER_MCP_CONTEXT_H
#define TONEARM_WORKER_MCP_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/span.h"
#include "shared/ipc/messages.h"

enum mcp_era { ERA_LEGACY, ERA_MODERN };

/* In order of time, so that they can be compared. */
enum mcp_version {
	MCP_2024_11_05, MCP_2025_03_26, MCP_2025_06_18, MCP_2025_11_25, MCP_2026_07_28,
	MCP_VERSIONS
};
#define MCP_NEWEST_LEGACY MCP_2025_11_25

/* Capabilities a client declared. */
#define CAP_ELICIT_FORM  0x01u
#define CAP_ELICIT_URL   0x02u
#define CAP_SAMPLING     0x04u
#define CAP_ROOTS        0x08u
#define CAP_APPS         0x10u   /* extension io.modelcontextprotocol/ui */
#define CAP_TASKS        0x20u   /* extension io.modelcontextprotocol/tasks */

/* Levels of log messages, as RFC 5424 orders them, the least important first. */
enum mcp_level {
	LEVEL_DEBUG, LEVEL_INFO, LEVEL_NOTICE, LEVEL_WARNING, LEVEL_ERROR, LEVEL_CRITICAL,
	LEVEL_ALERT, LEVEL_EMERGENCY,
	LEVELS               /* also: no messages are wanted */
};

struct client_context {
	enum mcp_era era;
	enum mcp_version version;
	uint32_t capabilities;         /* CAP_* */
	uint32_t scopes;               /* SCOPE_* of the credential */
	uint8_t grant[ID_BYTES];       /* whose credential it is */
	uint64_t session;              /* legacy: the session's random number; else 0 */
};

/* Text of a version ("2025-06-18"). */
const char *mcp_version_text(enum mcp_version v);

/* Which version is that?  false: none we know. */
bool mcp_version_parse(struct span text, enum mcp_version *out);

/* Name of a level ("info"); which level is that?  false: none we know. */
const char *mcp_level_text(enum mcp_level level);
bool mcp_level_parse(struct span text, enum mcp_level *out);

/* Does the text look like a date later than the newest legacy version? */
bool mcp_version_is_modern(struct span text);

struct json_object;

/* CAP_* of a ClientCapabilities object. */
uint32_t mcp_capabilities(struct json_object *caps);

#endif
