/* Base64, tokens, sealed rows and keys, against OpenSSL and themselves. */
#include "config.h"

#include "shared/crypto/openssl.h"

#include "shared/crypto/b64.h"
#include "shared/crypto/seal.h"
#include "shared/crypto/token.h"
#include "tests/fuzz/fuzz.h"

static void
standard(struct span in)
{
	uint8_t out[512], theirs[600];
	char text[800];
	size_t n = 0;

	if (b64std_decode(in, out, sizeof(out), &n) != 0)
		return;
	b64std_encode(span_of(out, n), text);
	must(span_is(in, text));
	if (in.n == 0)
		return;
	/* OpenSSL counts the padding as zero bytes. */
	must(EVP_DecodeBlock(theirs, in.p, (int)in.n) == (int)(in.n / 4 * 3));
	must(memcmp(theirs, out, n) == 0);
}

FUZZ(base64)
{
	uint8_t out[512];
	char text[800];
	size_t n = 0, again = 0, room = take_byte(&in) * 2u;

	standard(in);
	if (b64url_decode(in, out, room, &n) == 0) {
		must(n <= room);
		b64url_encode(span_of(out, n), text);
		must(span_is(in, text));
	}
	b64url_encode(in, text);
	must(strlen(text) == B64URL_LEN(in.n));
	must(b64url_decode(span_str(text), out, sizeof(out), &again) == 0);
	must(again == in.n && memcmp(out, in.p, again) == 0);
}

static const uint8_t key[SEAL_KEY_BYTES] = "0123456789abcdef0123456789abcde";
/* For whole inputs: the fuzzer sees what is compared, and has brought back a
 * row that had been sealed with the key above. */
static const uint8_t other[SEAL_KEY_BYTES] = "never used to make anything....";

/* A good text with harm done: pairs of place and what is to be there. */
static bool
harm(struct span *how, uint8_t *text, size_t n)
{
	bool done = false;

	while (how->n >= 2) {
		size_t at = take_byte(how) % n;
		uint8_t c = take_byte(how);

		done = done || text[at] != c;
		text[at] = c;
	}
	return done;
}

FUZZ(token)
{
	static char good[TOKEN_CHARS + 1];
	static const uint8_t user[UUID_BYTES] = {1, 2, 3};
	char text[TOKEN_CHARS + 1];
	enum cred_kind kind = CRED_NONE;

	must(token_check(in, other, &kind) != 0 && kind == CRED_NONE);
	if (good[0] == '\0')
		must(token_make(CRED_PERSONAL, user, key, good) == 0);
	memcpy(text, good, sizeof(text));
	(void)harm(&in, (uint8_t *)text, TOKEN_CHARS);
	if (memcmp(text, good, TOKEN_CHARS) == 0)
		must(token_check(span_of(text, TOKEN_CHARS), key, &kind) == 0 && kind == CRED_PERSONAL);
	else
		must(token_check(span_of(text, TOKEN_CHARS), key, &kind) != 0 && kind == CRED_NONE);
}

static void
harmed_row(struct span in)
{
	static const char plain[] = "what nobody else may read";
	struct seal_place place = {.owner = {7}, .kind = ROW_TOKENS, .version = 3};
	struct buf sealed, out;
	struct span was;
	uint8_t copy[sizeof(plain) + SEAL_EXTRA];

	buf_init(&sealed, 1024);
	buf_init(&out, 1024);
	must(seal_row(key, &place, span_of(plain, sizeof(plain)), &sealed) == 0);
	must(sealed.len == sizeof(copy));
	memcpy(copy, sealed.data, sizeof(copy));
	was = span_of(copy, sizeof(copy));
	(void)harm(&in, sealed.data, sealed.len);
	if (span_eq(was, buf_span(&sealed)))
		must(open_row(key, &place, buf_span(&sealed), &out) == 0 && out.len == sizeof(plain));
	else
		must(open_row(key, &place, buf_span(&sealed), &out) != 0 && out.len == 0);
	buf_free(&sealed);
	buf_free(&out);
}

FUZZ(seal)
{
	struct seal_place place = {.owner = {7}, .kind = take_byte(&in), .version = take_byte(&in)};
	uint8_t plain[SEAL_KEY_BYTES], wrapped[WRAPPED_BYTES];
	struct buf out;

	buf_init(&out, 512);
	must(open_row(other, &place, in, &out) != 0 && out.len == 0);
	must(unwrap_key(other, place.kind, place.owner, in, plain) != 0);
	buf_free(&out);
	harmed_row(in);
	must(wrap_key(key, 1, place.owner, key, wrapped) == 0);
	(void)harm(&in, wrapped, sizeof(wrapped));
	if (unwrap_key(key, 1, place.owner, span_of(wrapped, sizeof(wrapped)), plain) == 0)
		must(memcmp(plain, key, sizeof(plain)) == 0);
}
