/*
 * Clients that introduce themselves (RFC 7591; docs/protocol.md ).
 * Nobody vouches for what they say: it is shown to people as a claim, and only
 * their redirect addresses bind anybody.
 */
#ifndef TONEARM_PORTAL_REGISTER_H
#define TONEARM_PORTAL_REGISTER_H

#include "master/portal/page.h"

/* POST /register. */
void register_client(struct page *page);

#endif
