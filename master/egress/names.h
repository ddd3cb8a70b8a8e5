/*
 * Connections to hosts that a fetch program names: the one place where
 * somebody outside says where this server connects to.  A name is looked up
 * once for each connection, every address that comes is judged, and the
 * connection goes to one that was judged: there is no second lookup that could
 * say otherwise.
 */
#ifndef TONEARM_EGRESS_NAMES_H
#define TONEARM_EGRESS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/dns.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/words.h"

struct lookup;   /* one under way */

/* The end of one: fd is a new socket (non-blocking, TCP_NODELAY), connected or
 * connecting, the callee's from then on; or -1, and why (enum dial_why). */
typedef void (*lookup_done)(void *arg, int fd, uint8_t why);

struct names_conf {
	struct evdns_base *dns;   /* not owned; NULL: only addresses in digits */
	bool on;                  /* else everything is refused */
	bool loopback;            /* this machine's own addresses are let through */
};

/*
 * Looks host up and connects to it: DIAL_FORBIDDEN if any of its addresses is
 * not public, DIAL_UNRESOLVED without an address or where none takes the
 * connection.  done comes within the call or later, unless lookup_cancel does
 * first.  *out is NULL once done was called.  The one who asks has a deadline;
 * here is none but the name server's.
 */
void lookup_start(const struct names_conf *conf, struct span host, uint16_t port,
    lookup_done done, void *arg, struct lookup **out);
void lookup_cancel(struct lookup **l);

#endif
