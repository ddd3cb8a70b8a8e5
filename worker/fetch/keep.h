/*
 * For how long a document may be kept, by the fields of its answer (RFC 9111
 * sections 4.2 and 5.2.2), between bounds that spare both ends.
 */
#ifndef TONEARM_FETCH_KEEP_H
#define TONEARM_FETCH_KEEP_H

#include <stdint.h>

#include "shared/base/span.h"

#define KEEP_LEAST  300     /* seconds: whatever the server says */
#define KEEP_MOST   86400
#define KEEP_UNSAID 3600    /* where it says nothing */

/* What the answer said; empty texts and -1 where it said nothing. */
struct keep_said {
	struct span cache_control;   /* all such fields, joined by commas */
	int64_t age;                 /* seconds, of Age */
	int64_t expires, date;       /* seconds since 1970; expires 0: in the past */
};

uint32_t keep_seconds(const struct keep_said *said, int64_t now_s);

#endif
