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

/* The portal's channel has ended: all its requests fail. */
void pages_lost(struct front *f);

#endif
