/*
 * The account page and what can be done there.  Each action is one message to
 * the vault, which checks the session itself; what is made is shown once, in
 * the answer to the form that asked for it, and is nowhere afterwards.
 */
#ifndef TONEARM_PORTAL_ACCOUNT_H
#define TONEARM_PORTAL_ACCOUNT_H

#include "master/portal/page.h"

void account_show(struct page *page);            /* GET /account */
void account_link_make(struct page *page);       /* POST /account/link */
void account_token_make(struct page *page);      /* POST /account/token */
void account_revoke(struct page *page);          /* POST /account/revoke */
void account_sign_out(struct page *page);        /* POST /account/sign-out */
void account_delete_ask(struct page *page);      /* GET /account/delete */
void account_delete(struct page *page);          /* POST /account/delete */

#endif
