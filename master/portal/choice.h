/*
 * Which Spotify application this browser signs in through, if not the
 * operator's: a client id that the person entered, or an invitation.  Kept in a
 * cookie, first for the sign-in that comes next, and from a sign-in that worked
 * on for those after it.  It opens nothing by itself: who may use what the
 * vault decides.
 */
#ifndef TONEARM_PORTAL_CHOICE_H
#define TONEARM_PORTAL_CHOICE_H

#include "master/portal/page.h"

struct choice {
	bool kept;                   /* a sign-in with it has worked */
	struct span client_id;       /* empty if it is an invitation */
	struct span code;            /* of the invitation, or empty */
	uint8_t invite[HASH_BYTES];  /* its hash */
};

/* A client id as people paste it, blanks and capitals included, in its proper
 * form (32 lower-case hex digits) in the page's arena.  ERR_SYNTAX, ERR_NOMEM. */
err_t choice_client_id(struct page *page, struct span text, struct span *out) MUST_CHECK;

/* Could this be the code of an invitation?  Its hash to out.  ERR_SYNTAX for what
 * is none, ERR_CRYPTO. */
err_t choice_invite(struct span code, uint8_t out[HASH_BYTES]) MUST_CHECK;

/* The cookie of the request.  ERR_NOTFOUND, ERR_SYNTAX. */
err_t choice_read(const struct page *page, struct choice *out) MUST_CHECK;

/* Whole Set-Cookie value for a choice, or NULL to forget it. */
struct span choice_cookie(struct page *page, const struct choice *choice);

#endif
