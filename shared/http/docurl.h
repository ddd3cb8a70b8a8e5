/*
 * The address of a client's metadata document, which is the client's id at the
 * same time: compared byte by byte, so it has one spelling only
 * (docs/protocol.md A-25).  Knows nothing of who asks or of what is found there.
 */
#ifndef TONEARM_HTTP_DOCURL_H
#define TONEARM_HTTP_DOCURL_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define DOCURL_MAX 512   /* bytes: as long as a client id may be */

/* Views into the URL. */
struct docurl {
	bool https;
	struct span host;    /* a name in ASCII, or an address in digits without brackets */
	bool digits;         /* it is an address */
	uint16_t port;       /* 443, or 80, where none is written */
	struct span origin;  /* scheme, host and port as written */
	struct span target;  /* path and query, as they are sent */
};

/*
 * Splits url: https, a host, perhaps a port, a path of more than a slash without
 * dot segments, perhaps a query; no user name, no fragment, visible ASCII only.
 * A host that ends in a number must be a plain IPv4 address.  loopback: http is
 * taken, too, if the host is "localhost", 127.x.x.x or [::1].  ERR_SYNTAX.
 */
err_t docurl_parse(struct span url, bool loopback, struct docurl *out) MUST_CHECK;

/* Does a client's id claim to be such an address (begin with https:// or
 * http://)?  Whether it is one, docurl_parse tells. */
bool docurl_meant(struct span id);

#endif
