/* The accounts service: authorization page, decision, tokens. */
#ifndef SANDBOX_ACCOUNTS_H
#define SANDBOX_ACCOUNTS_H

#include "request.h"

/* GET /authorize */
void accounts_authorize(struct request *r);

/* POST /authorize/decide: the form of the page. */
void accounts_decide(struct request *r);

/* POST /api/token: authorization_code with PKCE, refresh_token with PKCE. */
void accounts_token(struct request *r);

/* Tokens for a user as if that app had just been allowed these scopes: {access,
 * refresh, scope, expires_in}. The caller releases it. */
js *accounts_sign_in(struct request *r, js *user, const char *client_id, const char *scope);

/* Whether every scope of the list is one of Spotify's. */
bool accounts_scopes_known(const char *list);

#endif
