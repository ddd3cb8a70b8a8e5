/*
 * Changes that clients are told of: to modern listen streams whose filter asks
 * for them (docs/protocol.md S-2 to S-4), and to legacy sessions on their GET
 * stream (L-11, L-19).  Must not know what changed, nor why.
 */
#ifndef TONEARM_WORKER_MCP_ANNOUNCE_H
#define TONEARM_WORKER_MCP_ANNOUNCE_H

struct mcp;

/* A list is another one now.  Nothing is said if the catalog does not announce
 * changes of it. */
void mcp_tools_changed(struct mcp *m);
void mcp_prompts_changed(struct mcp *m);
void mcp_resources_changed(struct mcp *m);

/* What this resource says has changed: those who subscribed to it hear it. */
void mcp_resource_updated(struct mcp *m, const char *uri);

#endif
