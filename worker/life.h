/*
 * Inside of a worker's life: what run.c and links.c share.  Nobody else
 * includes this.
 */
#ifndef TONEARM_WORKER_LIFE_H
#define TONEARM_WORKER_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "shared/base/err.h"
#include "shared/ipc/channel.h"
#include "worker/run.h"
#include "worker/worker.h"

struct life {
	struct worker w;              /* first: a worker is its life */
	struct event *timer;          /* bind's deadline, then idle time */
	int64_t started_ms, busy_ms;  /* monotonic */
	int64_t due_ms;               /* when the timer fires, if it is set */
	int64_t idle_ms;
	int64_t front_lost_ms;        /* when front's channel ended */
	uint8_t key_user[ID_BYTES];   /* whom the key is for */
	bool identified, identity_ended;
	bool refreshed;               /* the user signed in again */
	bool retiring;                /* to end when nothing is open */
	bool rested;                  /* nothing was asked since memory was given back */
	int64_t log_second;
	unsigned logged;
	err_t result;
};

/* The life a worker is part of. */
static inline struct life *
life_of(struct worker *w)
{
	return (struct life *)(void *)w;
}

/* links.c: the five channels, and new ones when a peer was started anew. */
err_t life_open_channels(struct life *l, const struct worker_start *start) MUST_CHECK;
void life_close_channels(struct life *l);

/* Handlers of messages; channels' owner is the worker. */
err_t life_on_identity(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_credential(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_credential_gone(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_identity_end(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_confirmed(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_refreshed(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_keys(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_dialled(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_dial_failed(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_streams_end(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_retire(void *owner, struct channel *ch, const struct frame *f);
err_t life_on_drain(void *owner, struct channel *ch, const struct frame *f);

#endif
