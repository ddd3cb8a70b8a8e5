/* What balancers and operators ask: is it alive, is it ready? */
#ifndef TONEARM_FRONT_PROBES_H
#define TONEARM_FRONT_PROBES_H

#include "master/front/client.h"

/* 200: the program runs. */
void probes_health(struct client *c);

/* 200 if a request could be served, else 503 naming what is missing. */
void probes_ready(struct client *c);

#endif
