/*
 * What the client knows of the person's sign-in and of what may be asked, put
 * together from its parts for whoever tells it (api.h).  Changes nothing.
 */
#ifndef TONEARM_SPOTIFY_KNOWN_H
#define TONEARM_SPOTIFY_KNOWN_H

#include "worker/spotify/api.h"
#include "worker/spotify/limits.h"
#include "worker/spotify/tokens.h"

struct worker;

/* Fills *out but for login_url; its texts live as long as the worker. */
void known_state(const struct worker *w, const struct tokens *t, const struct limits *l,
    struct spotify_state *out);

#endif
