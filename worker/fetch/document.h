/*
 * What a client says of itself in its metadata document, read with suspicion:
 * anybody can write one (docs/protocol.md A-25; RFC 7591 section 2 for the
 * members' names).  Knows nothing of where it came from but its address.
 */
#ifndef TONEARM_FETCH_DOCUMENT_H
#define TONEARM_FETCH_DOCUMENT_H

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

#define DOCUMENT_BYTES     65536  /* of the whole text */
#define DOCUMENT_NAME      128    /* as in FETCHED */
#define DOCUMENT_URI       512
#define DOCUMENT_REDIRECT  2048   /* one address */
#define DOCUMENT_REDIRECTS 16384  /* all of them, a line each */
#define DOCUMENT_MANY      64     /* so many addresses at most */

struct document {
	struct buf name;        /* cleaned; never empty */
	struct buf uri;         /* client_uri, if it is a decent one; else empty */
	struct buf redirects;   /* one in a line, at least one */
};

/*
 * Reads the text found at url, which must say itself that it is url's.
 * ERR_SYNTAX: no description of this client, or one that must not be trusted (an
 * address that runs a script, a shared secret, proof of a kind that is not done
 * here); ERR_LIMIT, ERR_NOMEM.  Whatever happens, document_free.
 */
err_t document_read(struct span text, struct span url, struct document *out) MUST_CHECK;
void document_free(struct document *d);

#endif
