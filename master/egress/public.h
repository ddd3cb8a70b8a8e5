/*
 * Which addresses are the public internet's: all that no registry of special
 * purposes names (RFC 6890 and IANA's lists that continue it, as of autumn
 * 2026).  Decides about an address, never about a name.
 */
#ifndef TONEARM_EGRESS_PUBLIC_H
#define TONEARM_EGRESS_PUBLIC_H

#include <stdbool.h>
#include <sys/socket.h>

/* An IPv4 or IPv6 address that anybody's server may have; false for every other
 * family. */
bool address_public(const struct sockaddr *a);

/* 127.0.0.0/8 or ::1. */
bool address_loopback(const struct sockaddr *a);

#endif
