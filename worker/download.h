/*
 * The person's own download: what is kept about them, as JSON.  Asked for by the
 * portal's ticket, not by a client: no part of the protocol.
 */
#ifndef TONEARM_WORKER_DOWNLOAD_H
#define TONEARM_WORKER_DOWNLOAD_H

#include "shared/base/err.h"
#include "shared/ipc/channel.h"

struct downloads;
struct request;
struct worker;

err_t downloads_create(struct worker *w, struct downloads **out) MUST_CHECK;
void downloads_destroy(struct downloads **d);

/* Answers an authorised request of kind CRED_TICKET, and no other. */
void download_serve(struct downloads *d, struct request *rq);

/* Handler for the vault's channel, whose owner is the worker. */
err_t download_on_export(void *owner, struct channel *ch, const struct frame *f);

#endif
