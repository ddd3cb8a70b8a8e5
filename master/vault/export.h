/*
 * A person's own download: what the database holds about the user of a worker,
 * asked for by that worker.  The user comes from the channel, never from a
 * message, and a ticket of this user's is used up by it.
 */
#ifndef TONEARM_VAULT_EXPORT_H
#define TONEARM_VAULT_EXPORT_H

#include "master/vault/worker.h"

err_t export_on_ask(void *owner, struct channel *ch, const struct frame *f);

#endif
