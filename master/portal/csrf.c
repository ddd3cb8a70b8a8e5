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

static err_t
make(const uint8_t key[KEY_BYTES], const struct span *parts, size_t n, char out[CSRF_CHARS + 1])
{
	uint8_t mac[SHA256_BYTES];
	err_t err = hmac_sha256(span_of(key, KEY_BYTES), parts, n, mac);

	if (err == 0)
		b64url_encode(span_of(mac, sizeof(mac)), out);
	return err;
}

/* The wanted value was made with this outcome: is it the one that came? */
static bool
same(err_t made, char wanted[CSRF_CHARS + 1], struct span value)
{
	bool ok = made == 0 && value.n == CSRF_CHARS &&
	    secret_equal(wanted, value.p, CSRF_CHARS);

	explicit_bzero(wanted, CSRF_CHARS + 1);
	return ok;
}

err_t
csrf_make(const uint8_t key[KEY_BYTES], struct span session, char out[CSRF_CHARS + 1])
{
	return make(key, &session, 1, out);
}

bool
csrf_ok(const uint8_t key[KEY_BYTES], struct span session, struct span value)
{
	char wanted[CSRF_CHARS + 1];

	return same(csrf_make(key, session, wanted), wanted, value);
}

err_t
csrf_consent_make(const uint8_t key[KEY_BYTES], struct span browser, struct span request,
    struct span session, char out[CSRF_CHARS + 1])
{
	/* The word first keeps it apart from a session's own; a blank, which none
	 * of the others holds, keeps them apart from each other. */
	const struct span parts[] = {span_str("consent "), browser, span_str(" "), request,
	    span_str(" "), session};

	return make(key, parts, sizeof(parts) / sizeof(parts[0]), out);
}

bool
csrf_consent_ok(const uint8_t key[KEY_BYTES], struct span browser, struct span request,
    struct span session, struct span value)
{
	char wanted[CSRF_CHARS + 1];

	return same(csrf_consent_make(key, browser, request, session, wanted), wanted, value);
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
