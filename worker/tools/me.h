/* The resource spotify://me: whose account this is. */
#ifndef TONEARM_TOOLS_ME_H
#define TONEARM_TOOLS_ME_H

#include "worker/tools/call.h"

void read_me(struct call *c);

#endif
