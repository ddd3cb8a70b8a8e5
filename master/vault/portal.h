/*
 * The portal's channel: accounts and the beginning of a sign-in.  The portal
 * names a browser's session by its hash; it never says who somebody is, and
 * what it may do is what that session's own person may do.
 */
#ifndef TONEARM_VAULT_PORTAL_H
#define TONEARM_VAULT_PORTAL_H

#include "master/vault/vault.h"

/* A portal is there: takes fd.  An older one is forgotten. */
err_t portal_peer(struct vault *v, int fd) MUST_CHECK;
void portal_end(struct vault *v);

/* Says that a question failed, if the portal that asked is still there. */
void portal_say_failed(struct vault *v, unsigned epoch, uint64_t request,
    enum portal_why why, uint32_t retry_after);

#endif
