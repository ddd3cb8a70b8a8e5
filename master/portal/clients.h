/*
 * Finding an MCP client by its id: the vault's row, or, for a client id that is
 * the address of a metadata document, that document's copy, fetched anew when
 * it is not fresh (docs/protocol.md A-25).
 */
#ifndef TONEARM_PORTAL_CLIENTS_H
#define TONEARM_PORTAL_CLIENTS_H

#include "master/portal/page.h"

#define CLIENT_ID_MAX 512

/* What became of it. */
enum clients_found {
	CLIENTS_FOUND,       /* page->mcp_client is the client */
	CLIENTS_UNKNOWN,     /* there is no such client */
	CLIENTS_NO_DOCUMENT, /* its document is not to be had: page->fetch_why */
	CLIENTS_AWAY         /* the vault did not say */
};

typedef void clients_then(struct page *page, enum clients_found found, uint32_t retry_after);

/* Looks for the client; `then` is called once, perhaps at once, and answers the
 * page.  client_id stays valid as long as the page does. */
void clients_find(struct page *page, struct span client_id, clients_then *then);

#endif
