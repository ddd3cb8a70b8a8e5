/*
 * How many sign-ins (or whatever else is counted) an address may begin, so that nobody without an account uses
 * up what the server can have under way.  A household or an office shares an
 * address: the measure is ample.  Knows nothing of pages.
 */
#ifndef TONEARM_PORTAL_BEGINS_H
#define TONEARM_PORTAL_BEGINS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/span.h"

#define BEGINS_ROWS    2048
#define BEGINS_BURST   100     /* at once */
#define BEGINS_EACH_MS 6000    /* and then one in so long: 100 in ten minutes */
#define BEGINS_OWNER   8       /* bytes: an IPv4 address, or the /64 of IPv6 */

struct begin_row {
	uint8_t owner[BEGINS_OWNER];
	int64_t free_ms;        /* when all would be given back; 0: nobody's */
};

/* A row is taken over by the next address that falls on it: whoever is not in
 * the table has begun nothing, so forgetting is harmless. */
struct begins {
	uint32_t burst, each_ms; /* 0: as above */
	struct begin_row rows[BEGINS_ROWS];
	uint64_t salt;          /* so that nobody can choose who shares a row */
};

/*
 * One more from this address, as front wrote it; monotonic milliseconds.
 * False: not now, but in *wait_s seconds.  This machine's own addresses, and
 * what is no address, are not counted: that is a proxy that does not tell for whom
 * it asks, and everybody would share its measure.
 */
bool begins_allow(struct begins *b, struct span client, int64_t now_ms, uint32_t *wait_s);

/* Would one more be allowed?  Counts nothing. */
bool begins_left(struct begins *b, struct span client, int64_t now_ms, uint32_t *wait_s);

#endif
