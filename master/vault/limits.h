/*
 * What Spotify said about limits, from the worker that met them to every worker
 * of the same application on every node; and what is left today.
 */
#ifndef TONEARM_VAULT_LIMITS_H
#define TONEARM_VAULT_LIMITS_H

#include "master/vault/budget.h"
#include "master/vault/worker.h"

err_t limits_on_seen(void *owner, struct channel *ch, const struct frame *f);

/* A notification of the database; false: it is none of these. */
bool limits_note(struct vault *v, const char *payload);

/* A person's application was not known: the pauses that were met are this one's. */
void limits_carry(const struct budget *from, struct budget *to);

/* Tells the database what it does not know yet. */
void limits_store(struct budget *b);

/* What is left today: a worker's question, and the account page's. */
err_t limits_on_quota_ask(void *owner, struct channel *ch, const struct frame *f);
err_t limits_on_quota_get(void *owner, struct channel *ch, const struct frame *f);

#endif
