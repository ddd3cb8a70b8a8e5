/* Which part answers which path, and what Spotify checks before: token, app,
 * allowlist, mode, scope, Premium. */
#ifndef SANDBOX_ROUTER_H
#define SANDBOX_ROUTER_H

#include "request.h"

/* Looks up who owns the access token; answers nothing. */
void router_identify(struct request *r);

/* Carries the request out; the answer is set afterwards in any case. */
void router_answer(struct request *r);

#endif
