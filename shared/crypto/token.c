/* The text of our own credentials; see token.h. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "shared/base/secret.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/token.h"

#define PREFIX_CHARS 11
#define RANDOM_BYTES 32
#define RANDOM_CHARS B64URL_LEN(RANDOM_BYTES)
#define CHECK_BYTES  6
#define CHECK_CHARS  B64URL_LEN(CHECK_BYTES)
#define CHECKED_CHARS (TOKEN_CHARS - CHECK_CHARS)

_Static_assert(RANDOM_CHARS == 43 && CHECK_CHARS == 8, "the token's form is fixed");

/* One prefix for each kind, all of the same length. */
static const char prefixes[CRED_COUNT][PREFIX_CHARS + 1] = {
	[CRED_PERSONAL] = "tonearm_pt_",
	[CRED_LINK] = "tonearm_pl_",
	[CRED_OAUTH] = "tonearm_at_",
	[CRED_TICKET] = "tonearm_tk_",
	[CRED_CODE] = "tonearm_ac_",
	[CRED_REFRESH] = "tonearm_rt_",
	[CRED_SECRET] = "tonearm_cs_",
	[CRED_INVITE] = "tonearm_in_",
};

static enum cred_kind
kind_of(struct span text)
{
	unsigned k;

	for (k = CRED_NONE + 1; k < CRED_COUNT; k++)
		if (span_starts(text, prefixes[k]))
			return (enum cred_kind)k;
	return CRED_NONE;
}

/* The check characters that belong behind `text`. */
static err_t
check_text(struct span text, const uint8_t check_key[TOKEN_CHECK_KEY_BYTES],
    char out[CHECK_CHARS + 1])
{
	uint8_t mac[SHA256_BYTES];
	err_t err;

	err = hmac_sha256(span_of(check_key, TOKEN_CHECK_KEY_BYTES), &text, 1, mac);
	if (err == 0)
		b64url_encode(span_of(mac, CHECK_BYTES), out);
	return err;
}

err_t
token_shard(const uint8_t user[UUID_BYTES], char out[TOKEN_SHARD_CHARS + 1])
{
	uint8_t hash[SHA256_BYTES];
	err_t err = sha256(span_of(user, UUID_BYTES), hash);

	if (err == 0)
		hex_encode(span_of(hash, TOKEN_SHARD_CHARS / 2), out);
	return err;
}

static err_t
make(enum cred_kind kind, const char shard[TOKEN_SHARD_CHARS],
    const uint8_t check_key[TOKEN_CHECK_KEY_BYTES], char out[TOKEN_CHARS + 1])
{
	char text[TOKEN_CHARS + 1], *end = text + PREFIX_CHARS;
	uint8_t random[RANDOM_BYTES];
	err_t err;

	if (kind <= CRED_NONE || kind >= CRED_COUNT)
		return ERR_UNSUPPORTED;
	memcpy(text, prefixes[kind], PREFIX_CHARS);
	memcpy(end, shard, TOKEN_SHARD_CHARS);
	err = random_bytes(random, sizeof(random));
	if (err != 0)
		goto out;
	end += TOKEN_SHARD_CHARS;
	*end++ = '_';
	b64url_encode(span_of(random, sizeof(random)), end);
	err = check_text(span_of(text, CHECKED_CHARS), check_key, text + CHECKED_CHARS);
	if (err == 0)
		memcpy(out, text, sizeof(text));
out:
	explicit_bzero(random, sizeof(random));
	explicit_bzero(text, sizeof(text));
	return err;
}

err_t
token_make(enum cred_kind kind, const uint8_t user[UUID_BYTES],
    const uint8_t check_key[TOKEN_CHECK_KEY_BYTES], char out[TOKEN_CHARS + 1])
{
	char shard[TOKEN_SHARD_CHARS + 1];
	err_t err = token_shard(user, shard);

	return err != 0 ? err : make(kind, shard, check_key, out);
}

err_t
token_make_like(enum cred_kind kind, struct span like,
    const uint8_t check_key[TOKEN_CHECK_KEY_BYTES], char out[TOKEN_CHARS + 1])
{
	char shard[TOKEN_SHARD_CHARS];

	if (like.n != TOKEN_CHARS)
		return ERR_SYNTAX;
	memcpy(shard, like.p + PREFIX_CHARS, sizeof(shard));
	return make(kind, shard, check_key, out);
}

/* Shard in lower-case hex, underscore, canonical base64url. */
static bool
has_form(struct span text)
{
	const uint8_t *p = text.p + PREFIX_CHARS;
	uint8_t random[RANDOM_BYTES];
	size_t i, n;
	err_t err;

	for (i = 0; i < TOKEN_SHARD_CHARS; i++, p++)
		if (!(*p >= '0' && *p <= '9') && !(*p >= 'a' && *p <= 'f'))
			return false;
	if (*p++ != '_')
		return false;
	err = b64url_decode(span_of(p, RANDOM_CHARS), random, sizeof(random), &n);
	explicit_bzero(random, sizeof(random));
	return err == 0;
}

err_t
token_check(struct span text, const uint8_t check_key[TOKEN_CHECK_KEY_BYTES],
    enum cred_kind *kind)
{
	char check[CHECK_CHARS + 1];
	enum cred_kind k;
	err_t err;

	if (text.n != TOKEN_CHARS)
		return ERR_SYNTAX;
	k = kind_of(text);
	if (k == CRED_NONE || !has_form(text))
		return ERR_SYNTAX;
	err = check_text(span_of(text.p, CHECKED_CHARS), check_key, check);
	if (err == 0 && !secret_equal(check, text.p + CHECKED_CHARS, CHECK_CHARS))
		err = ERR_DENIED;
	explicit_bzero(check, sizeof(check));
	if (err == 0)
		*kind = k;
	return err;
}

err_t
token_hash(struct span text, uint8_t out[SHA256_BYTES])
{
	return sha256(text, out);
}
