/*
 * Which authorities a TLS connection trusts.  In a file of its own because
 * OpenSSL's headers and ours disagree about a name (ERR_STATE).
 */
#ifndef TONEARM_WORKER_NET_TRUST_H
#define TONEARM_WORKER_NET_TRUST_H

/* Makes an SSL_CTX trust an X509_STORE, whose count of references goes up.
 * Either may be NULL: nothing happens. */
void trust_store(void *ssl_ctx, void *store);

#endif
