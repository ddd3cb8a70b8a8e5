/*
 * What clients read before they come: the descriptions of the resource (RFC
 * 9728) and of the authorization server (RFC 8414), both of this one origin
 * (docs/protocol.md ).  Made of the options; asks nobody.
 */
#ifndef TONEARM_PORTAL_METADATA_H
#define TONEARM_PORTAL_METADATA_H

#include "master/portal/page.h"

/* GET /.well-known/oauth-protected-resource, with and without /mcp. */
void metadata_resource(struct page *page);

/* GET /.well-known/oauth-authorization-server and its OpenID alias. */
void metadata_server(struct page *page);

#endif
