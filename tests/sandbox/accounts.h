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

#endif
