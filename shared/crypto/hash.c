/* Hashes; see hash.h. */
#include "config.h"

#include <string.h>

#include "shared/crypto/hash.h"
#include "shared/crypto/openssl.h"

err_t
sha256(struct span in, uint8_t out[SHA256_BYTES])
{
	return EVP_Digest(in.n == 0 ? (const void *)"" : in.p, in.n, out, NULL,
	    EVP_sha256(), NULL) == 1 ? 0 : ERR_CRYPTO;
}

err_t
hmac_sha256(struct span key, const struct span *parts, size_t n_parts,
    uint8_t out[SHA256_BYTES])
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	uint8_t mac[SHA256_BYTES];
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
	err_t err = ERR_CRYPTO;
	size_t i, n;

	if (ctx == NULL ||
	    EVP_MAC_init(ctx, key.n == 0 ? (const void *)"" : key.p, key.n, params) != 1)
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
	EVP_MAC_free(hmac);
	return err;
}

err_t
derive_key(struct span key, const char *label, struct span data, uint8_t out[SHA256_BYTES])
{
	const struct span parts[] = {span_str(label), data};

	return hmac_sha256(key, parts, 2, out);
}

err_t
hkdf_sha256(struct span key, struct span salt, struct span info, uint8_t *out, size_t n)
{
	static const uint8_t no_salt[SHA256_BYTES];
	uint8_t prk[SHA256_BYTES], block[SHA256_BYTES], counter = 0;
	struct span last = span_of(block, 0);
	err_t err;

	if (n > (size_t)255 * SHA256_BYTES)
		return ERR_LIMIT;
	err = hmac_sha256(salt.n == 0 ? span_of(no_salt, sizeof(no_salt)) : salt, &key, 1, prk);
	while (err == 0 && n > 0) {
		const struct span parts[] = {last, info, span_of(&counter, 1)};
		size_t part = n < sizeof(block) ? n : sizeof(block);

		counter++;
		err = hmac_sha256(span_of(prk, sizeof(prk)), parts, 3, block);
		if (err != 0)
			break;
		last = span_of(block, sizeof(block));
		memcpy(out, block, part);
		out += part;
		n -= part;
	}
	explicit_bzero(prk, sizeof(prk));
	explicit_bzero(block, sizeof(block));
	return err;
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
