/*
 * Which addresses an answer may be sent to: what a redirect URI may look like,
 * and when the one that a request names is one that the client gave
 * (docs/protocol.md A-17; RFC 8252 sections 7 and 8; RFC 9700 section 4.1.3).
 * Text only: asks nobody, and never resolves or normalizes anything, so that
 * there is no second opinion on what an address means.
 */
#ifndef TONEARM_HTTP_REDIRECTS_H
#define TONEARM_HTTP_REDIRECTS_H

#include <stdbool.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

#define REDIRECT_BYTES_MAX 2048
#define REDIRECTS_MAX      32        /* of one client */
#define REDIRECTS_BYTES    16384     /* all of them, a line each */

enum redirect_kind {
	REDIRECT_NONE,      /* not allowed */
	REDIRECT_WEB,       /* https */
	REDIRECT_LOOPBACK,  /* http on 127.0.0.1, [::1] or localhost */
	REDIRECT_APP        /* the private-use scheme of a program that is known */
};

/* What kind an address is, if it may be one at all. */
enum redirect_kind redirect_kind(struct span uri);

/* May an answer for a client with these addresses (one in a line) be sent to
 * this one?  Byte for byte the same, but for the port of a loopback address. */
bool redirects_allow(struct span list, struct span uri);

/* Are they all loopback addresses, so that any program on the person's machine
 * could pose as this client? */
bool redirects_all_loopback(struct span list);

/* Host (and port, if there is one) for people to read; of an app's address the
 * scheme with its colon.  Empty for REDIRECT_NONE. */
struct span redirect_host(struct span uri);

/*
 * Appends the CSP source expression that lets a form lead there.  CSP cannot
 * name an IPv6 address: [::1] is all of "http:", an app's address its scheme.
 * ERR_UNSUPPORTED for REDIRECT_NONE; errors of buf_put.
 */
err_t redirect_source(struct span uri, struct buf *out) MUST_CHECK;

#endif
