/*
 * Where a sign-in with Spotify begins: for a client that waits, for more than
 * was granted, or just so; what is asked for and through whose application.
 */
#ifndef TONEARM_PORTAL_LOGIN_H
#define TONEARM_PORTAL_LOGIN_H

#include "master/portal/page.h"

/*
 * GET /login.  Of its query: request=ID of a client's authorization request;
 * scopes=NAMES of own scopes (or "all") to widen by; switch=1 to choose the
 * Spotify account anew; app=own or app=shared, the application (choice.h).
 */
void login_start(struct page *page);

#endif
