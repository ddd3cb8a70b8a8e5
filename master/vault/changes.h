/*
 * What a bound worker may do with the record of its own user's changes: keep
 * sealed parts and read them.  The user comes from the channel, never from a
 * message; what a part says is not known here.
 */
#ifndef TONEARM_VAULT_CHANGES_H
#define TONEARM_VAULT_CHANGES_H

#include "master/vault/worker.h"

/* Parts a worker may have open at once; it has 16 itself (worker/changes.c).  Of
 * questions, one: the answer to it has to fit into the channel. */
#define CHANGE_OPS_MAX 32
/* Parts and questions at once, and then so many a second; more wait a second. */
#define CHANGE_OPS_BURST 256
#define CHANGE_OPS_RATE  8

err_t changes_on_put(void *owner, struct channel *ch, const struct frame *f);
err_t changes_on_ask(void *owner, struct channel *ch, const struct frame *f);

#endif
