/* Sockets that listen: given by the supervisor, accepted from here. */
#ifndef TONEARM_FRONT_LISTENER_H
#define TONEARM_FRONT_LISTENER_H

#include "master/front/front.h"

/* Takes up a listening socket (owned from then on, also on error); nothing is
 * accepted before listeners_serve.  ERR_LIMIT, ERR_NOMEM, ERR_SYSTEM. */
err_t listener_add(struct front *f, int fd, uint8_t kind) MUST_CHECK;

/* Takes up accepting again, where a shortage has stopped it: at each tick. */
void listeners_go_on(struct front *f);

/* Begins to accept. */
void listeners_serve(struct front *f);

/* Stops accepting and closes our copies; the sockets live on with their
 * owner. */
void listeners_close(struct front *f);

#endif
