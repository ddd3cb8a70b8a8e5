/*
 * Which address does what, and what a request must prove before it does it.
 */
#ifndef TONEARM_PORTAL_ROUTE_H
#define TONEARM_PORTAL_ROUTE_H

#include "master/portal/page.h"

/*
 * Takes up a request: finds its route, waits for its form if it has one, and
 * starts its first step.  May answer and destroy the page at once.
 */
void route_start(struct page *page);

/* More of the form; last with its final part.  May answer and destroy the
 * page.  ERR_STATE when no form is waited for: front broke the rules. */
err_t route_body(struct page *page, struct span data, bool last) MUST_CHECK;

#endif
