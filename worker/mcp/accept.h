/*
 * Media types in Content-Type and Accept (RFC 9110 sections 8.3 and 12.5.1;
 * docs/protocol.md H-8, H-9).
 */
#ifndef TONEARM_WORKER_MCP_ACCEPT_H
#define TONEARM_WORKER_MCP_ACCEPT_H

#include <stdbool.h>

#include "shared/base/span.h"

/* application/json, with any parameters? */
bool media_is_json(struct span content_type);

/* Does an Accept field take application/json, text/event-stream?  Ranges count
 * (any type, any application, any text); what is given weight 0 does not. */
void accept_read(struct span accept, bool *json, bool *sse);

#endif
