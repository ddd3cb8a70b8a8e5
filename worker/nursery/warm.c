/* Preparations before the first fork; see warm.h. */
#include "config.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <curl/curl.h>

#include "shared/crypto/openssl.h"
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>

#include "worker/nursery/warm.h"

#define HANDSHAKE_TURNS 20
#define CERT_SECONDS    3600
#define SEAL_BYTES_MOST (2u << 20)
#define SEAL_LARGEST    65536
#define SEAL_CACHED     1024
#define SEAL_STEP       8

err_t
warm_libraries(void)
{
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
	    NULL) != 1)
		return ERR_SYSTEM;
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : ERR_SYSTEM;
}

err_t
warm_authorities(const char *file, X509_STORE **out)
{
	/* Where systems keep their bundle: Debian, Red Hat, others. */
	static const char *const bundles[] = {
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/cert.pem",
	};
	X509_STORE *store = X509_STORE_new();
	size_t i;
	int ok = 0;

	if (store == NULL)
		return ERR_NOMEM;
	if (*file != '\0')
		ok = X509_STORE_load_file(store, file);
	for (i = 0; *file == '\0' && ok != 1 && i < sizeof(bundles) / sizeof(bundles[0]); i++)
		ok = X509_STORE_load_file(store, bundles[i]);
	ERR_clear_error();
	if (ok != 1) {
		X509_STORE_free(store);
		return ERR_NOTFOUND;
	}
	*out = store;
	return 0;
}

void
warm_authorities_free(X509_STORE *store)
{
	X509_STORE_free(store);
}

/* A certificate for key, signed by itself; NULL if anything failed. */
static X509 *
make_certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name = cert == NULL ? NULL : X509_get_subject_name(cert);

	if (name == NULL ||
	    X509_set_version(cert, 2) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(cert), 0) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(cert), CERT_SECONDS) == NULL ||
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"warm", -1,
	    -1, 0) != 1 ||
	    X509_set_issuer_name(cert, name) != 1 ||
	    X509_set_pubkey(cert, key) != 1 ||
	    X509_sign(cert, key, EVP_sha256()) == 0) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

/* Both ends shake hands and say a byte to each other. */
static err_t
talk(SSL *client, SSL *server)
{
	char byte = 'x';
	int i;

	for (i = 0; i < HANDSHAKE_TURNS; i++) {
		int c = SSL_do_handshake(client), s = SSL_do_handshake(server);

		if (c == 1 && s == 1)
			return SSL_write(client, &byte, 1) == 1 && SSL_read(server, &byte, 1) == 1 &&
			    SSL_write(server, &byte, 1) == 1 && SSL_read(client, &byte, 1) == 1 ?
			    0 : ERR_CRYPTO;
	}
	return ERR_CRYPTO;
}

static err_t
connect_pair(SSL_CTX *to, SSL_CTX *from)
{
	SSL *client = SSL_new(from), *server = SSL_new(to);
	BIO *a = NULL, *b = NULL;
	err_t err = ERR_NOMEM;

	if (client == NULL || server == NULL || BIO_new_bio_pair(&a, 0, &b, 0) != 1)
		goto out;
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	err = talk(client, server);
out:
	SSL_free(client);
	SSL_free(server);
	return err;
}

err_t
warm_tls(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key == NULL ? NULL : make_certificate(key);
	SSL_CTX *to = SSL_CTX_new(TLS_server_method()), *from = SSL_CTX_new(TLS_client_method());
	err_t err = ERR_CRYPTO;

	if (cert == NULL || to == NULL || from == NULL ||
	    SSL_CTX_use_certificate(to, cert) != 1 || SSL_CTX_use_PrivateKey(to, key) != 1 ||
	    X509_STORE_add_cert(SSL_CTX_get_cert_store(from), cert) != 1)
		goto out;
	/* With verification, as a worker will do it. */
	SSL_CTX_set_verify(from, SSL_VERIFY_PEER, NULL);
	err = connect_pair(to, from);
out:
	SSL_CTX_free(to);
	SSL_CTX_free(from);
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return err;
}

#if defined(__GNUC__) && !defined(__clang__)
/* What is allocated here is never freed: that is its purpose. */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
/* Takes blocks of one size until one lies above top; false when enough is
 * taken in all. */
static bool
fill(size_t size, uintptr_t top, size_t *used)
{
	static void *volatile kept;   /* so that no allocation is optimised away */

	for (;;) {
		void *p = malloc(size);

		kept = p;
		if (p == NULL || (uintptr_t)p >= top || *used + size > SEAL_BYTES_MOST) {
			free(p);
			(void)kept;
			return *used + size <= SEAL_BYTES_MOST;
		}
		*used += size;
	}
}

void
warm_seal_heap(void)
{
	size_t size, used = 0;
	uintptr_t top;

	(void)malloc_trim(0);
	top = (uintptr_t)sbrk(0);
	for (size = SEAL_LARGEST; size > SEAL_CACHED; size /= 2)
		if (!fill(size, top, &used))
			return;
	/* The allocator keeps a list of freed blocks for each of these sizes and
	 * gives them out to nobody who asks for another. */
	for (; size >= SEAL_STEP; size -= SEAL_STEP)
		if (!fill(size, top, &used))
			return;
}
