/*
 * The browser's return from Spotify: the sign-in is completed or called off, and
 * the browser goes on to what it was for.  The portal sees the code pass by but
 * neither the verifier nor a token, so that it cannot redeem one; who signed in
 * is the vault's to say.
 */
#ifndef TONEARM_PORTAL_CALLBACK_H
#define TONEARM_PORTAL_CALLBACK_H

#include "master/portal/page.h"

/* GET /callback: Spotify's redirect (RFC 6749 sections 4.1.2 and 4.1.2.1). */
void callback_start(struct page *page);

#endif
