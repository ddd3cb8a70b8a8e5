/*
 * Who may speak to us at all: the Host and Origin of a request against the
 * configured names (against DNS rebinding; docs/protocol.md H-3 to H-5).
 */
#ifndef TONEARM_FRONT_GUARD_H
#define TONEARM_FRONT_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define GUARD_NAME_MAX 256

struct guard_conf {
	char host[GUARD_NAME_MAX];    /* public name, lower case, without port */
	uint16_t port;                /* public port, the scheme's if none was named */
	char origin[GUARD_NAME_MAX];  /* public origin as browsers write it */
	bool loopback;                /* the public name is this machine's */
	const char *origins;          /* further origins, separated by commas or spaces */
};

/* Reads public_url and the list of further origins, which must stay valid.
 * ERR_CONFIG. */
err_t guard_conf_read(struct guard_conf *out, const char *public_url,
    const char *origins) MUST_CHECK;

/* Is this Host value ours?  local_port: of the TCP listener; 0 for a Unix
 * socket, where a name of this machine counts with any port. */
bool guard_host(const struct guard_conf *g, struct span host, uint16_t local_port);

/* May a page of this origin use the MCP endpoints? */
bool guard_origin(const struct guard_conf *g, struct span origin);

#endif
