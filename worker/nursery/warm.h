/*
 * What is done once in the nursery so that no worker has to: libraries started,
 * certificate authorities parsed, TLS gone through once, heap sealed.
 */
#ifndef TONEARM_WORKER_NURSERY_WARM_H
#define TONEARM_WORKER_NURSERY_WARM_H

#include "shared/base/err.h"

struct x509_store_st;   /* OpenSSL's X509_STORE */

/* Starts OpenSSL and libcurl.  ERR_SYSTEM. */
err_t warm_libraries(void) MUST_CHECK;

/* Reads the authorities in a PEM file, or in the system's bundle if file is
 * empty, into a new store that the caller owns.  ERR_NOTFOUND: there is no such
 * file or nothing in it. */
err_t warm_authorities(const char *file, struct x509_store_st **out) MUST_CHECK;
void warm_authorities_free(struct x509_store_st *store);

/* One TLS connection with itself, in memory: fills OpenSSL's lazy tables, which
 * would otherwise be filled, and paid for, in each worker.  ERR_CRYPTO. */
err_t warm_tls(void) MUST_CHECK;

/* Uses up the holes in the heap, so that forked workers take fresh pages from
 * its top instead of copying shared ones (measured: half the private memory of
 * an idle worker). */
void warm_seal_heap(void);

#endif
