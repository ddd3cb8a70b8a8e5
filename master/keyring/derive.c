/* Keys from master keys; see derive.h. */
#include "config.h"

#include <string.h>

#include "master/keyring/derive.h"
#include "shared/crypto/hash.h"

static struct span
lowest(const struct masters *m)
{
	return span_of(masters_key(m, m->lowest), MASTER_BYTES);
}

err_t
derive_check_key(const struct masters *m, uint8_t out[KEY_BYTES])
{
	return derive_key(lowest(m), "tonearm check key", span_of(NULL, 0), out);
}

err_t
derive_login_key(const struct masters *m, const uint8_t login[ID_BYTES],
    uint8_t out[KEY_BYTES])
{
	return derive_key(lowest(m), "tonearm login seal", span_of(login, ID_BYTES), out);
}

err_t
derive_verifier(const struct masters *m, const uint8_t login[ID_BYTES],
    char out[PKCE_CHARS + 1])
{
	uint8_t mac[SHA256_BYTES];
	err_t err = derive_key(lowest(m), "tonearm verifier", span_of(login, ID_BYTES), mac);

	if (err == 0)
		b64url_encode(span_of(mac, sizeof(mac)), out);
	explicit_bzero(mac, sizeof(mac));
	return err;
}

err_t
derive_challenge(const struct masters *m, const uint8_t login[ID_BYTES],
    char out[PKCE_CHARS + 1])
{
	char verifier[PKCE_CHARS + 1];
	uint8_t hash[SHA256_BYTES];
	err_t err = derive_verifier(m, login, verifier);

	if (err == 0)
		err = sha256(span_of(verifier, PKCE_CHARS), hash);
	if (err == 0)
		b64url_encode(span_of(hash, sizeof(hash)), out);
	explicit_bzero(verifier, sizeof(verifier));
	return err;
}

err_t
derive_new_wrapped(const struct masters *m, const uint8_t user[ID_BYTES],
    uint32_t *key_id, uint8_t wrapped[WRAPPED_BYTES])
{
	uint8_t key[KEY_BYTES];
	err_t err = random_bytes(key, sizeof(key));

	if (err == 0)
		err = wrap_key(masters_key(m, m->current), m->id[m->current], user, key, wrapped);
	if (err == 0)
		*key_id = m->id[m->current];
	explicit_bzero(key, sizeof(key));
	return err;
}

err_t
derive_data_key(const struct masters *m, const uint8_t user[ID_BYTES],
    uint32_t key_id, struct span wrapped, uint8_t out[KEY_BYTES])
{
	size_t index = 0;
	err_t err = masters_find(m, key_id, &index);

	return err != 0 ? err : unwrap_key(masters_key(m, index), key_id, user, wrapped, out);
}
