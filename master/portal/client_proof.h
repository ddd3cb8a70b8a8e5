/*
 * How a program that asks for tokens says which client it is: a client id, with
 * a secret in the form or by HTTP Basic, or without one (RFC 6749 section
 * 2.3.1; docs/protocol.md A-14).  Whether it is true is the vault's to say.
 */
#ifndef TONEARM_PORTAL_CLIENT_PROOF_H
#define TONEARM_PORTAL_CLIENT_PROOF_H

#include "master/portal/page.h"

struct client_proof {
	struct span client_id;       /* in the page's arena */
	uint8_t secret[HASH_BYTES];  /* SHA-256 of the secret; all zero: none */
};

/*
 * Reads it from header and form.  False: the page was answered, with
 * invalid_request or invalid_client.
 */
bool client_proof_read(struct page *page, struct client_proof *out) MUST_CHECK;

#endif
