/*
 * The requests of this worker: put together from front's frames, held until
 * the worker is bound, checked against the user's credentials, handed to the
 * protocol, answered within their credit.
 */
#ifndef TONEARM_WORKER_REQUESTS_H
#define TONEARM_WORKER_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/ipc/channel.h"
#include "worker/request.h"

struct worker;

/* What happens to the requests as a whole; set by the worker's life. */
struct requests_owner {
	void (*serve)(struct worker *w, struct request *rq);  /* authorised: to the protocol */
	/* A stream of an earlier worker; allowed: its credential is not refused. */
	void (*take)(struct worker *w, struct request *rq, bool allowed);
	void (*first)(struct worker *w);    /* one came while the worker was blank */
	void (*changed)(struct worker *w);  /* one came or went */
};

struct requests;

err_t requests_create(struct worker *w, const struct requests_owner *owner,
    struct requests **out) MUST_CHECK;
void requests_destroy(struct requests **r);

/* Handlers for front's channel, whose owner is the worker. */
err_t requests_on_head(void *owner, struct channel *ch, const struct frame *f);
err_t requests_on_field(void *owner, struct channel *ch, const struct frame *f);
err_t requests_on_body(void *owner, struct channel *ch, const struct frame *f);
err_t requests_on_cancel(void *owner, struct channel *ch, const struct frame *f);
err_t requests_on_stream_back(void *owner, struct channel *ch, const struct frame *f);
err_t requests_on_credit(void *owner, struct channel *ch, const struct frame *f);

/* The worker is bound: serves what waited. */
void requests_bound(struct requests *r);

/* front died: every request is forgotten. */
void requests_front_gone(struct requests *r);

/* Open requests, parked streams counted or not. */
unsigned requests_open(const struct requests *r, bool with_quiet);

#endif
