/* Spotify's own limits, off until a switch sets a number: calls of an app in
 * a rolling 30 seconds, calls of an endpoint family in a rolling day, which all
 * development apps of one owner share. */
#ifndef SANDBOX_LIMITS_H
#define SANDBOX_LIMITS_H

#include "request.h"

#include <stdbool.h>

/* Counts the request; false after answering 429. */
bool limits_pass(struct request *r);

#endif
