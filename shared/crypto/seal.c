/* AES-256-GCM sealing; see seal.h. */
#include "config.h"

#include <limits.h>
#include <string.h>

#include "shared/crypto/openssl.h"
#include "shared/crypto/seal.h"

#define SEAL_VERSION 1
#define NONCE_BYTES  12
#define TAG_BYTES    16
#define AAD_MAX      64

struct aad {
	uint8_t bytes[AAD_MAX];
	size_t n;
};

static void
aad_put(struct aad *a, const void *p, size_t n)
{
	memcpy(a->bytes + a->n, p, n);
	a->n += n;
}

static void
aad_put_le(struct aad *a, uint64_t v, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		a->bytes[a->n++] = (uint8_t)(v >> (8 * i));
}

static struct aad
row_aad(const struct seal_place *place)
{
	struct aad a = {.n = 0};

	aad_put(&a, "tonearm row", 11);
	aad_put(&a, place->owner, UUID_BYTES);
	aad_put(&a, &place->kind, 1);
	aad_put_le(&a, place->version, 8);
	return a;
}

static struct aad
change_aad(const struct seal_change_place *place)
{
	struct aad a = {.n = 0};

	aad_put(&a, "tonearm change", 14);
	aad_put(&a, place->owner, UUID_BYTES);
	aad_put(&a, place->change, UUID_BYTES);
	aad_put_le(&a, place->part, 2);
	return a;
}

static struct aad
wrap_aad(uint32_t key_id, const uint8_t user[UUID_BYTES])
{
	struct aad a = {.n = 0};

	aad_put(&a, "tonearm wrap", 12);
	aad_put_le(&a, key_id, 4);
	aad_put(&a, user, UUID_BYTES);
	return a;
}

/* Writes version, nonce, ciphertext and tag: plain.n + SEAL_EXTRA bytes. */
static err_t
seal(const uint8_t *key, const struct aad *aad, struct span plain, uint8_t *out)
{
	uint8_t *nonce = out + 1, *text = nonce + NONCE_BYTES, *tag = text + plain.n;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	err_t err = ERR_CRYPTO;
	int n = 0;

	if (ctx == NULL)
		goto out;
	out[0] = SEAL_VERSION;
	err = random_bytes(nonce, NONCE_BYTES);
	if (err != 0)
		goto out;
	err = ERR_CRYPTO;
	if (EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &n, aad->bytes, (int)aad->n) != 1)
		goto out;
	if (plain.n > 0 && (EVP_EncryptUpdate(ctx, text, &n, plain.p, (int)plain.n) != 1 ||
	    (size_t)n != plain.n))
		goto out;
	if (EVP_EncryptFinal_ex(ctx, tag, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) != 1)
		goto out;
	err = 0;
out:
	EVP_CIPHER_CTX_free(ctx);
	return err;
}

/* Writes sealed.n - SEAL_EXTRA bytes, or wipes them: nobody may see plain
 * text whose tag did not fit. */
static err_t
unseal(const uint8_t *key, const struct aad *aad, struct span sealed, uint8_t *out)
{
	const size_t n_text = sealed.n - SEAL_EXTRA;
	const uint8_t *nonce = sealed.p + 1, *text = nonce + NONCE_BYTES;
	uint8_t tag[TAG_BYTES];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	err_t err = ERR_CRYPTO;
	int n = 0;

	if (ctx == NULL)
		return ERR_CRYPTO;
	memcpy(tag, text + n_text, sizeof(tag));
	if (EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &n, aad->bytes, (int)aad->n) != 1)
		goto out;
	if (n_text > 0 && (EVP_DecryptUpdate(ctx, out, &n, text, (int)n_text) != 1 ||
	    (size_t)n != n_text))
		goto out;
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) != 1 ||
	    EVP_DecryptFinal_ex(ctx, out + n_text, &n) != 1)
		goto out;
	err = 0;
out:
	if (err != 0)
		explicit_bzero(out, n_text);
	EVP_CIPHER_CTX_free(ctx);
	return err;
}

static err_t
check_form(struct span sealed)
{
	return sealed.n < SEAL_EXTRA || sealed.n > INT_MAX || sealed.p[0] != SEAL_VERSION ?
	    ERR_SYNTAX : 0;
}

/* Appends the sealed form to out, which stays as it was on error. */
static err_t
seal_onto(const uint8_t *key, const struct aad *aad, struct span plain, struct buf *out)
{
	uint8_t *room;
	err_t err;

	if (plain.n > INT_MAX - SEAL_EXTRA)
		return ERR_LIMIT;
	err = buf_room(out, plain.n + SEAL_EXTRA, &room);
	if (err == 0)
		err = seal(key, aad, plain, room);
	if (err == 0)
		buf_added(out, plain.n + SEAL_EXTRA);
	return err;
}

static err_t
open_onto(const uint8_t *key, const struct aad *aad, struct span sealed, struct buf *out)
{
	uint8_t *room;
	err_t err = check_form(sealed);

	if (err == 0)
		err = buf_room(out, sealed.n - SEAL_EXTRA, &room);
	if (err == 0)
		err = unseal(key, aad, sealed, room);
	if (err == 0)
		buf_added(out, sealed.n - SEAL_EXTRA);
	return err;
}

err_t
seal_row(const uint8_t key[SEAL_KEY_BYTES], const struct seal_place *place,
    struct span plain, struct buf *out)
{
	const struct aad aad = row_aad(place);

	return seal_onto(key, &aad, plain, out);
}

err_t
open_row(const uint8_t key[SEAL_KEY_BYTES], const struct seal_place *place,
    struct span sealed, struct buf *out)
{
	const struct aad aad = row_aad(place);

	return open_onto(key, &aad, sealed, out);
}

err_t
seal_change(const uint8_t key[SEAL_KEY_BYTES], const struct seal_change_place *place,
    struct span plain, struct buf *out)
{
	const struct aad aad = change_aad(place);

	return seal_onto(key, &aad, plain, out);
}

err_t
open_change(const uint8_t key[SEAL_KEY_BYTES], const struct seal_change_place *place,
    struct span sealed, struct buf *out)
{
	const struct aad aad = change_aad(place);

	return open_onto(key, &aad, sealed, out);
}

err_t
wrap_key(const uint8_t master[SEAL_KEY_BYTES], uint32_t key_id,
    const uint8_t user[UUID_BYTES], const uint8_t data_key[SEAL_KEY_BYTES],
    uint8_t out[WRAPPED_BYTES])
{
	const struct aad aad = wrap_aad(key_id, user);
	uint8_t wrapped[WRAPPED_BYTES];
	err_t err = seal(master, &aad, span_of(data_key, SEAL_KEY_BYTES), wrapped);

	if (err == 0)
		memcpy(out, wrapped, sizeof(wrapped));
	return err;
}

err_t
unwrap_key(const uint8_t master[SEAL_KEY_BYTES], uint32_t key_id,
    const uint8_t user[UUID_BYTES], struct span wrapped, uint8_t data_key[SEAL_KEY_BYTES])
{
	const struct aad aad = wrap_aad(key_id, user);
	uint8_t key[SEAL_KEY_BYTES];
	err_t err = check_form(wrapped);

	if (err == 0 && wrapped.n != WRAPPED_BYTES)
		err = ERR_SYNTAX;
	if (err == 0)
		err = unseal(master, &aad, wrapped, key);
	if (err == 0)
		memcpy(data_key, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return err;
}
