/*
 * Sending the browser back to the client that sent it: with a code, or with an
 * error (RFC 6749 section 4.1.2, RFC 9207; docs/protocol.md ).
 * The address was found to be one of the client's before anything comes here.
 */
#ifndef TONEARM_PORTAL_OAUTH_RETURN_H
#define TONEARM_PORTAL_OAUTH_RETURN_H

#include "master/portal/page.h"

/* Where to, and what the client wants to hear again, to the byte. */
struct oauth_return {
	struct span redirect_uri, state;
	bool has_state;              /* it sent one, if only an empty one */
};

/* The longest address that the browser can be sent to. */
#define OAUTH_LOCATION_MAX 8000

/* Would every answer fit? */
bool oauth_return_fits(const struct oauth_return *to);

/* Answers with the code and destroys the page; the cookies are whole
 * Set-Cookie values or empty. */
void oauth_return_code(struct page *page, const struct oauth_return *to, struct span code,
    struct span cookie1, struct span cookie2);

/* The same with an error of RFC 6749 section 4.1.2.1 (or OpenID Connect's
 * consent_required); what: a sentence for the client's developer. */
void oauth_return_error(struct page *page, const struct oauth_return *to, const char *error,
    const char *what, struct span cookie1, struct span cookie2);

/*
 * The same for a request that no person has seen.  The site of a client that
 * registered by itself is named and left to a click: a link to us must not lead
 * on, unseen, to a site that anybody chose (RFC 9700 section 4.11.2).
 */
void oauth_return_unasked(struct page *page, const struct oauth_return *to, const char *error,
    const char *what);

#endif
