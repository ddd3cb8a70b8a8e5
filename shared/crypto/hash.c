/* Hashes; see hash.h. */
#include "config.h"

#include <string.h>

#include "shared/crypto/hash.h"
#include "shared/crypto/openssl.h"

#define BLOCK_BYTES 64   /* of SHA-256: what HMAC pads a key to */

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

/* One of HMAC's two hashes: of the padded key, each byte xor pad, and the parts. */
static err_t
hash_with_key(EVP_MD_CTX *ctx, const uint8_t key[BLOCK_BYTES], uint8_t pad,
    const struct span *parts, size_t n_parts, uint8_t out[SHA256_BYTES])
{
	uint8_t block[BLOCK_BYTES];
	err_t err = ERR_CRYPTO;
	size_t i;

	for (i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	if (EVP_DigestInit_ex(ctx, digest(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, block, sizeof(block)) != 1)
		goto out;
	for (i = 0; i < n_parts; i++)
		if (parts[i].n > 0 && EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) != 1)
			goto out;
	if (EVP_DigestFinal_ex(ctx, out, NULL) == 1)
		err = 0;
out:
	explicit_bzero(block, sizeof(block));
	return err;
}

/* RFC 2104 on OpenSSL's hash: its own HMAC looks hash and HMAC up by name each
 * time, which takes five times as long as the two hashes. */
err_t
hmac_sha256(struct span key, const struct span *parts, size_t n_parts,
    uint8_t out[SHA256_BYTES])
{
	uint8_t padded[BLOCK_BYTES] = {0}, inner[SHA256_BYTES], mac[SHA256_BYTES];
	const struct span last = span_of(inner, sizeof(inner));
	EVP_MD_CTX *ctx = digest() == NULL ? NULL : EVP_MD_CTX_new();
	err_t err = ctx == NULL ? ERR_CRYPTO : 0;

	if (err == 0 && key.n > sizeof(padded))
		err = sha256(key, padded);
	else if (key.n > 0 && key.n <= sizeof(padded))
		memcpy(padded, key.p, key.n);
	if (err == 0)
		err = hash_with_key(ctx, padded, 0x36, parts, n_parts, inner);
	if (err == 0)
		err = hash_with_key(ctx, padded, 0x5c, &last, 1, mac);
	if (err == 0)
		memcpy(out, mac, sizeof(mac));
	EVP_MD_CTX_free(ctx);
	explicit_bzero(padded, sizeof(padded));
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(mac, sizeof(mac));
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
