/*
 * One way to Spotify and back: what it is for, through whose application, and
 * how it sets out.  Where it starts is login.h's, where it ends callback.h's.
 */
#ifndef TONEARM_PORTAL_TRIP_H
#define TONEARM_PORTAL_TRIP_H

#include "master/portal/page.h"

struct trip {
	bool second;                 /* for what Spotify did not grant again in the first */
	bool other_account;          /* the person wants to choose it anew */
	bool shared, own;            /* the application that the link names, if any */
	bool person;                 /* page->account is who is signed in */
	struct span request;         /* of the client that waits, as text, or empty */
	uint8_t auth[ID_BYTES];
	uint32_t wanted;             /* own scopes that are asked for */
	struct span granted;         /* Spotify's scopes besides */
	struct span client_id;       /* the application, unless the operator's */
	uint8_t invite[HASH_BYTES];  /* or the invitation that names it */
	bool foreign;                /* not the operator's */
	bool chosen;                 /* but what this browser chose (choice.h) */
	struct span cookie;          /* of this sign-in, when it is under way */
	struct span session;         /* Set-Cookie of the session that was just made */
};

typedef void (*trip_failed)(struct page *page, uint8_t why, uint32_t retry_after);

/* A new trip for the page, in its arena; NULL, and the page is answered, without
 * memory. */
struct trip *trip_create(struct page *page);

/* That of the page. */
struct trip *trip_of(const struct page *page);

/* Sends the browser to Spotify; answers the page, or failed does. */
void trip_set_out(struct page *page, trip_failed failed);

/* What the cookie says that a sign-in of this form was given.  ERR_SYNTAX. */
err_t trip_read_note(struct span note, struct trip *t) MUST_CHECK;

/* Asks who the page's session is: page->account. */
void trip_ask_person(struct page *page, void (*then)(struct page *), trip_failed failed);

/* Asks for the client that waits: page->auth.  Only the browser that it sent here
 * may sign in for it; any other is told that the request is over. */
void trip_ask_request(struct page *page, void (*then)(struct page *), trip_failed failed);

#endif
