/*
 * What the vault and the Spotify client tell each other about the quota of the
 * application: messages on one side, functions on the other (worker_permit_ask
 * and the like in worker.h, governor_on_... in worker/spotify/governor.h).
 * Must not know what is decided, on either side.
 */
#ifndef TONEARM_WORKER_QUOTA_H
#define TONEARM_WORKER_QUOTA_H

#include "shared/base/err.h"
#include "shared/ipc/channel.h"

struct worker;

/* Handlers; the channel's owner is the worker. */
err_t quota_on_permit(void *owner, struct channel *ch, const struct frame *f);
err_t quota_on_limit(void *owner, struct channel *ch, const struct frame *f);
err_t quota_on_grant_word(void *owner, struct channel *ch, const struct frame *f);
err_t quota_on_quota(void *owner, struct channel *ch, const struct frame *f);

#endif
