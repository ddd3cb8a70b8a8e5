/*
 * Tokens for codes and for refresh tokens, and their revocation (OAuth 2.1
 * sections 3.2, 4.1.3 and 4.3, RFC 7009; docs/protocol.md ).  The texts
 * of tokens are made here and are nowhere afterwards; the vault is told their
 * hashes and judges.
 */
#ifndef TONEARM_PORTAL_TOKEN_H
#define TONEARM_PORTAL_TOKEN_H

#include "master/portal/page.h"

void token_issue(struct page *page);     /* POST /token */
void token_revoke(struct page *page);    /* POST /revoke */

#endif
