/* Trusted authorities; see trust.h. */
#include "config.h"

#include <openssl/ssl.h>

#include "worker/net/trust.h"

void
trust_store(void *ssl_ctx, void *store)
{
	if (ssl_ctx != NULL && store != NULL)
		SSL_CTX_set1_cert_store(ssl_ctx, store);
}
