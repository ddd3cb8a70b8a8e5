/* The way of a request to its worker and of the answer back. */
#ifndef TONEARM_FRONT_RELAY_H
#define TONEARM_FRONT_RELAY_H

#include "master/front/workers.h"

/* What a worker may say to front. */
extern const struct channel_table relay_table;

/* Hands the request to the worker; answers 429 or 503 if that is not possible
 * (then it is freed). */
void relay_send(struct request *r, struct worker *w);

/* Tells the worker that nobody waits for this answer any more. */
void relay_cancel(struct request *r);

/* Gives back credit for bytes that have left. */
void relay_give_back(struct request *r);

/* The worker's open request that a frame names.  NULL and 0: one that is over.
 * ERR_DENIED: one that never was. */
err_t relay_find(struct worker *w, const struct frame *fr, struct request **out) MUST_CHECK;

#endif
