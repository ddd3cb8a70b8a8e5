/* Hashes; see hash.h. */
#include "config.h"

#include <string.h>

#include "shared/crypto/hash.h"
#include "shared/crypto/openssl.h"

/*
 * Looked up once and kept to the program's end: looking it up by name costs
 * several times what hashing a credential does.  NULL: no memory; the next call
 * tries again.
 */
static const EVP_MD *
digest(void)
{
	static EVP_MD *kept;

	if (kept == NULL)
		kept = EVP_MD_fetch(NULL, "SHA256", NULL);
	return kept;
}

err_t
sha256(struct span in, uint8_t out[SHA256_BYTES])
{
	const EVP_MD *md = digest();

	return md != NULL && EVP_Digest(in.n == 0 ? (const void *)"" : in.p, in.n, out, NULL,
	    md, NULL) == 1 ? 0 : ERR_CRYPTO;
}

/* HMAC with SHA-256 and no key yet, likewise looked up once; each MAC begins
 * as a copy of it. */
static const EVP_MAC_CTX *
keyless(void)
{
	static EVP_MAC_CTX *kept;
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac;

	if (kept != NULL)
		return kept;
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	kept = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);
	if (kept != NULL && EVP_MAC_CTX_set_params(kept, params) != 1) {
		EVP_MAC_CTX_free(kept);
		kept = NULL;
	}
	return kept;
}

err_t
hmac_sha256(struct span key, const struct span *parts, size_t n_parts,
    uint8_t out[SHA256_BYTES])
{
	const EVP_MAC_CTX *model = keyless();
	EVP_MAC_CTX *ctx = model == NULL ? NULL : EVP_MAC_CTX_dup(model);
	uint8_t mac[SHA256_BYTES];
	err_t err = ERR_CRYPTO;
	size_t i, n;

	if (ctx == NULL || EVP_MAC_init(ctx, key.n == 0 ? (const void *)"" : key.p, key.n, NULL) != 1)
		goto out;
	for (i = 0; i < n_parts; i++)
		if (parts[i].n > 0 && EVP_MAC_update(ctx, parts[i].p, parts[i].n) != 1)
			goto out;
	if (EVP_MAC_final(ctx, mac, &n, sizeof(mac)) != 1)
		goto out;
	memcpy(out, mac, sizeof(mac));
	err = 0;
out:
	explicit_bzero(mac, sizeof(mac));
	EVP_MAC_CTX_free(ctx);
	return err;
}

err_t
derive_key(struct span key, const char *label, struct span data, uint8_t out[SHA256_BYTES])
{
	const struct span parts[] = {span_str(label), data};

	return hmac_sha256(key, parts, 2, out);
}

void
hex_encode(struct span in, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < in.n; i++) {
		*out++ = digits[in.p[i] >> 4];
		*out++ = digits[in.p[i] & 15];
	}
	*out = '\0';
}
