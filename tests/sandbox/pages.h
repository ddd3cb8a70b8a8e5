/* The pages for people. They work without scripts. */
#ifndef SANDBOX_PAGES_H
#define SANDBOX_PAGES_H

#include "js.h"
#include "request.h"

#define PAGES_COOKIE "sandbox_account"

/* The page that asks for an account and consent. account: the one chosen last
 * time, or null. */
void pages_authorize(struct request *r, js *app, const char *scope, const char *account);

/* The page that asks for an account and nothing else: what is asked for is looked
 * at when it is known. */
void pages_login(struct request *r);

/* The page for a request that must not be redirected. */
void pages_refusal(struct request *r, const char *message);

/* GET /: what every account plays now and its playlists. */
void pages_overview(struct request *r);

#endif
