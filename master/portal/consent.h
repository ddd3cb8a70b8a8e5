/*
 * The page on which a person lets a client in, and what follows from the answer
 * (docs/protocol.md ).  A request is always put before the
 * person, whatever was allowed earlier; it belongs to the browser that brought
 * it, and what is ticked counts for the person who was shown on the page.
 */
#ifndef TONEARM_PORTAL_CONSENT_H
#define TONEARM_PORTAL_CONSENT_H

#include "master/portal/page.h"

/* GET /consent?request=: the page; or, for a request that was allowed and whose
 * person has signed in meanwhile, the code for the client. */
void consent_show(struct page *page);

/* POST /consent: allow or refuse.  Checks the form's own proof. */
void consent_decide(struct page *page);

#endif
