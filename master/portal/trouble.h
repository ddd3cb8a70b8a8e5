/*
 * Pages for a sign-in that did not work: what happened, whose application it
 * was, and what the person can do, with a way on that leads back to what the
 * sign-in was for.  Their text is one entry in trouble.c's table.
 */
#ifndef TONEARM_PORTAL_TROUBLE_H
#define TONEARM_PORTAL_TROUBLE_H

#include "master/portal/page.h"

struct trouble {
	uint8_t why;                 /* enum portal_why, or one of those below */
	uint32_t retry_after;
	bool own;                    /* not with the operator's application */
	struct span request;         /* of the client that waits, as text, or empty */
	struct span detail;          /* Spotify's word for it, or empty */
	struct span cookie1, cookie2; /* whole Set-Cookie values, or empty */
};

/* Besides the vault's reasons. */
enum {
	TROUBLE_CANCELLED = 100,     /* the person said no at Spotify */
	TROUBLE_SPOTIFY_SAID         /* Spotify sent back another error */
};

/* Answers with the page and destroys the request's. */
void trouble_show(struct page *page, const struct trouble *t);

#endif
