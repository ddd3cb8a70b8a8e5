/*
 * Tickets: what only the person's worker can do is asked of it with a credential
 * that is good for half a minute and for this alone.
 */
#ifndef TONEARM_PORTAL_TICKET_H
#define TONEARM_PORTAL_TICKET_H

#include "master/portal/page.h"

/*
 * Has the vault take note of a new ticket of the session's person, and goes on with
 * it in page->secret.  scopes: 0 for the download, which needs a fresh sign-in; else
 * what the worker may do for it (SCOPE_*).
 */
void ticket_get(struct page *page, uint32_t scopes, void (*then)(struct page *));

#endif
