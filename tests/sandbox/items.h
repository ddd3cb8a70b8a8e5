/* The entries of playlists. */
#ifndef SANDBOX_ITEMS_H
#define SANDBOX_ITEMS_H

#include "js.h"
#include "request.h"

/* Puts the first entries of a playlist into its object, under the new and the
 * old name as the mode says. */
void items_put_page(struct request *r, js *object, js *playlist, long limit);

void items_get(struct request *r);
void items_add(struct request *r);
void items_put(struct request *r);
void items_remove(struct request *r);

#endif
