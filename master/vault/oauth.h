/*
 * Authorization requests of MCP clients, for the portal: begun in a browser,
 * consented to in it, granted to the person who is signed in there.  A request
 * is found by its browser's cookie alone; who consents is whose session it is,
 * and both are checked in the database.
 */
#ifndef TONEARM_VAULT_OAUTH_H
#define TONEARM_VAULT_OAUTH_H

#include "master/vault/vault.h"

/* AUTH_BEGIN: answered by AUTH_BEGUN, or PORTAL_FAILED (PORTAL_NOT_FOUND: no
 * such client; PORTAL_LIMIT). */
err_t oauth_on_begin(void *owner, struct channel *ch, const struct frame *f);
/* AUTH_GET: answered by AUTH, or PORTAL_FAILED (PORTAL_NOT_FOUND). */
err_t oauth_on_get(void *owner, struct channel *ch, const struct frame *f);
/* AUTH_CONSENT: answered by PORTAL_OK or PORTAL_FAILED (PORTAL_NOT_FOUND).  What
 * is kept is what the ticked scopes imply (scopes_whole). */
err_t oauth_on_consent(void *owner, struct channel *ch, const struct frame *f);
/* AUTH_GRANT: answered by PORTAL_OK or PORTAL_FAILED (PORTAL_NOT_FOUND: no such
 * request, or no consent; PORTAL_NO_SESSION; PORTAL_OTHER_PERSON). */
err_t oauth_on_grant(void *owner, struct channel *ch, const struct frame *f);
/* AUTH_END: answered by PORTAL_OK or PORTAL_FAILED (PORTAL_NOT_FOUND). */
err_t oauth_on_end(void *owner, struct channel *ch, const struct frame *f);

#endif
