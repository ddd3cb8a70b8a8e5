/*
 * Signing in with Spotify as far as the browser takes part: sending it there
 * with a state and a cookie, and taking it back.  The portal sees the code
 * pass by but neither the verifier nor a token, so that it cannot redeem one;
 * who signed in is the vault's to say.
 */
#ifndef TONEARM_PORTAL_LOGIN_H
#define TONEARM_PORTAL_LOGIN_H

#include "master/portal/page.h"

/* GET /login, with switch=1 to choose the Spotify account anew. */
void login_start(struct page *page);

/* GET /callback: Spotify's redirect (RFC 6749 sections 4.1.2 and 4.1.2.1). */
void login_callback(struct page *page);

#endif
