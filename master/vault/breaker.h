/*
 * A breaker for false revocations: when many people of one application are told
 * within minutes that Spotify ended their consent, the fault is more likely
 * Spotify's, and nobody's consent is taken for ended.
 */
#ifndef TONEARM_VAULT_BREAKER_H
#define TONEARM_VAULT_BREAKER_H

#include "master/vault/budget.h"
#include "master/vault/worker.h"

/* So long ago counts. */
#define OVER_MS 600000
/* More than this, and more than a tenth of those who are active. */
#define OVERS_BELIEVED 3

err_t breaker_on_over(void *owner, struct channel *ch, const struct frame *f);

/* A notification of the database; false: it is none of these. */
bool breaker_note(struct vault *v, const char *payload);

/* Forgets what is long ago. */
void breaker_tick(struct budget *b, int64_t now);
void breaker_free(struct budget *b);

#endif
