/* GET /search over the invented catalogue and the public playlists. */
#ifndef SANDBOX_SEARCH_H
#define SANDBOX_SEARCH_H

#include "request.h"

void search_get(struct request *r);

#endif
