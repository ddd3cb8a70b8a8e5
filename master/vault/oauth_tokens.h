/*
 * Codes and tokens of MCP clients, for the portal, which makes them: here they
 * are hashes.  What may become what is decided in the database (0008_tokens.sql);
 * here the person's worker is told at once.
 */
#ifndef TONEARM_VAULT_OAUTH_TOKENS_H
#define TONEARM_VAULT_OAUTH_TOKENS_H

#include "master/vault/vault.h"

/* CODE_REDEEM, TOKEN_REFRESH: answered by TOKENS or PORTAL_FAILED
 * (PORTAL_OAUTH_CLIENT, PORTAL_OAUTH_GRANT, PORTAL_OAUTH_SCOPE). */
err_t oauth_on_redeem(void *owner, struct channel *ch, const struct frame *f);
err_t oauth_on_refresh(void *owner, struct channel *ch, const struct frame *f);
/* TOKEN_REVOKE: answered by PORTAL_OK, also if there was no such token of this
 * client's (RFC 7009 section 2.2), or PORTAL_FAILED (PORTAL_OAUTH_CLIENT). */
err_t oauth_on_revoke(void *owner, struct channel *ch, const struct frame *f);

#endif
