/* The proof that a form is ours; see csrf.h. */
#include "config.h"

#include <string.h>

#include "master/portal/csrf.h"
#include "shared/base/secret.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"

err_t
csrf_key(const uint8_t check_key[KEY_BYTES], uint8_t out[KEY_BYTES])
{
	return derive_key(span_of(check_key, KEY_BYTES), "tonearm portal form", span_str(""), out);
}

err_t
csrf_make(const uint8_t key[KEY_BYTES], struct span session, char out[CSRF_CHARS + 1])
{
	uint8_t mac[SHA256_BYTES];
	err_t err = hmac_sha256(span_of(key, KEY_BYTES), &session, 1, mac);

	if (err == 0)
		b64url_encode(span_of(mac, sizeof(mac)), out);
	return err;
}

bool
csrf_ok(const uint8_t key[KEY_BYTES], struct span session, struct span value)
{
	char wanted[CSRF_CHARS + 1];
	bool ok;

	if (csrf_make(key, session, wanted) != 0)
		return false;
	ok = value.n == CSRF_CHARS && secret_equal(wanted, value.p, CSRF_CHARS);
	explicit_bzero(wanted, sizeof(wanted));
	return ok;
}

bool
csrf_same_site(struct span origin, struct span fetch_site, const char *own)
{
	/* A referrer policy or a privacy tool may make the origin "null"; then
	 * Sec-Fetch-Site, which pages cannot set, has to say it. */
	bool no_origin = origin.n == 0 || span_is(origin, "null");

	if (fetch_site.n > 0 && !span_is(fetch_site, "same-origin"))
		return false;
	return no_origin ? fetch_site.n > 0 : span_is(origin, own);
}
