/*
 * What is known of MCP clients, for the portal: those that registered, copies of
 * metadata documents, those that the operator entered.  The portal judges what
 * they say of themselves; this only keeps and finds it.
 */
#ifndef TONEARM_VAULT_CLIENTS_H
#define TONEARM_VAULT_CLIENTS_H

#include "master/vault/vault.h"

/* CLIENT_GET: answered by CLIENT, or PORTAL_FAILED (PORTAL_NOT_FOUND). */
err_t clients_on_get(void *owner, struct channel *ch, const struct frame *f);
/* CLIENT_PUT: answered by CLIENT_KEPT, or PORTAL_FAILED (PORTAL_LIMIT: too many
 * have registered). */
err_t clients_on_put(void *owner, struct channel *ch, const struct frame *f);

#endif
