/* What a fresh sandbox begins with: apps, accounts, playlists. */
#ifndef SANDBOX_SEED_H
#define SANDBOX_SEED_H

#include "state.h"

#include <stddef.h>

#define SEED_CLIENT "tonearm-sandbox-client"
#define SEED_CLIENT_EXTENDED "tonearm-sandbox-extended"

/* Fills an empty document. */
void seed_all(struct sandbox *box);

/* Makes an app, or starts it anew; borrowed. Nobody is on its allowlist. */
js *seed_app(struct sandbox *box, const char *id, const char *name, bool extended);

/* Lets all apps redirect to uri as well. */
void seed_allow_redirect(struct sandbox *box, const char *uri);

/* Makes an account for isolation tests: prefix and number are its id, and its
 * playlists carry the id in their names. Allowlisted for the development app.
 * Nothing happens when the id is taken. Returns the user, borrowed. */
js *seed_test_user(struct sandbox *box, const char *prefix, size_t number);

#endif
