/* Browser pages: asked of the portal, handed to the client. */
#ifndef TONEARM_FRONT_PAGES_H
#define TONEARM_FRONT_PAGES_H

#include "master/front/request.h"

/* What the portal may say to front. */
extern const struct channel_table pages_table;

/* Sends the client's request to the portal, or answers 503. */
void pages_ask(struct request *r);

/* The client of this request has gone. */
void pages_cancel(struct front *f, uint64_t id);

/* What r->back waits for has come: r->hold with 200, or why it does not.  The page is
 * the portal's again. */
void pages_back(struct request *r, unsigned status, uint32_t retry_after);

/* The portal's channel has ended: all its requests fail. */
void pages_lost(struct front *f);

#endif
