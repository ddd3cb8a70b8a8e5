/*
 * The authorization endpoint (OAuth 2.1 section 4.1.1; docs/protocol.md A-12,
 * looks whether a request is in order, keeps it at the vault for
 * this browser, and goes on to the consent page.  Shows nobody's account and
 * asks Spotify nothing.
 */
#ifndef TONEARM_PORTAL_AUTHORIZE_H
#define TONEARM_PORTAL_AUTHORIZE_H

#include <stdbool.h>

#include "master/portal/page.h"

/* GET /authorize. */
void authorize(struct page *page);

/*
 * Is this the resource that tokens are for (RFC 8707)?  Empty: none was named.
 * /mcp or the bare origin, with or without one slash behind it, scheme and host
 * in any case.
 */
bool authorize_resource(const char *public_url, struct span resource);

#endif
