/*
 * Addresses of clients, and the networks whose word about a forwarded address
 * is taken.  IPv4 is kept as mapped IPv6.
 */
#ifndef TONEARM_FRONT_ADDRESS_H
#define TONEARM_FRONT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define ADDRESS_TEXT 48
#define NETWORKS_MAX 32

struct address {
	uint8_t bytes[16];   /* all zero: unknown (a Unix socket) */
};

struct network {
	uint8_t bytes[16];
	unsigned bits;       /* of the 128 */
};

struct networks {
	struct network list[NETWORKS_MAX];
	unsigned n;
};

/* The address of a socket's peer; unknown for a Unix socket. */
struct address address_of(const struct sockaddr_storage *s);

/* Reads "a.b.c.d" or an IPv6 address, brackets and port allowed.  ERR_SYNTAX. */
err_t address_parse(struct span text, struct address *out) MUST_CHECK;

/* Writes the address; "unix" for an unknown one. */
void address_text(const struct address *a, char out[ADDRESS_TEXT]);

/* Reads a list of addresses and networks (separated by commas or spaces).
 * ERR_SYNTAX, ERR_LIMIT. */
err_t networks_parse(struct span text, struct networks *out) MUST_CHECK;

bool networks_have(const struct networks *n, const struct address *a);

/* The last hop of an X-Forwarded-For value: what the proxy next to us saw.
 * ERR_SYNTAX. */
err_t address_forwarded(struct span value, struct address *out) MUST_CHECK;

#endif
