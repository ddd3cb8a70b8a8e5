/*
 * One GET over a socket that egress connected: https (or, where that is
 * allowed, http to this machine), no redirects, no cookies, no proxies, nothing
 * compressed, bounded.  It resolves no name, opens no socket and reads no file.
 * Knows nothing of what a document says.
 */
#ifndef TONEARM_FETCH_GET_H
#define TONEARM_FETCH_GET_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/http/docurl.h"
#include "shared/loop/loop.h"
#include "worker/fetch/keep.h"

#define GET_HEAD_BYTES 32768   /* of all header fields of all answers */

struct x509_store_st;   /* OpenSSL's X509_STORE */
struct get;

/* What came; views are valid during the call. */
struct get_answer {
	uint8_t why;            /* 0, or enum fetch_why */
	uint16_t status;        /* HTTP's, 0 if there was none */
	int curl;               /* CURLcode, for the log */
	struct span body;
	uint32_t keep_s;
};
typedef void (*get_done)(void *arg, const struct get_answer *a);

/*
 * Asks for url (its parts in u) over fd, which is owned from then on; store may
 * be NULL for plain http.  done is called once, later, unless get_end comes
 * first; get_end must not be called from within.  ERR_NOMEM.
 */
err_t get_begin(struct loop *loop, struct x509_store_st *store, const char *url,
    const struct docurl *u, int fd, get_done done, void *arg, struct get **out) MUST_CHECK;
void get_end(struct get **g);

#endif
