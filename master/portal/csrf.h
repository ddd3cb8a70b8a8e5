/*
 * The hidden field that proves that a form came from one of our pages shown in
 * this very session: HMAC of the session's cookie.  Its key is made from the
 * check key that the keyring derives, so that a form outlives the portal's
 * restart without the portal keeping anything.
 */
#ifndef TONEARM_PORTAL_CSRF_H
#define TONEARM_PORTAL_CSRF_H

#include <stdbool.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/messages.h"

#define CSRF_CHARS 43

/* The portal's form key from the check key.  ERR_CRYPTO. */
err_t csrf_key(const uint8_t check_key[KEY_BYTES], uint8_t out[KEY_BYTES]) MUST_CHECK;

/* The field's value for a session cookie, and a NUL.  ERR_CRYPTO. */
err_t csrf_make(const uint8_t key[KEY_BYTES], struct span session,
    char out[CSRF_CHARS + 1]) MUST_CHECK;

/* Is this the value for that session?  Constant time for its content. */
bool csrf_ok(const uint8_t key[KEY_BYTES], struct span session, struct span value);

/*
 * The same for the consent page, which people see who are not signed in: bound
 * to the browser's cookie, the request's number as text, and the session's cookie
 * (empty: nobody), so that the form goes stale when another person signs in.
 */
err_t csrf_consent_make(const uint8_t key[KEY_BYTES], struct span browser, struct span request,
    struct span session, char out[CSRF_CHARS + 1]) MUST_CHECK;
bool csrf_consent_ok(const uint8_t key[KEY_BYTES], struct span browser, struct span request,
    struct span session, struct span value);

/*
 * Does the browser say that the request came from a page of ours?  origin and
 * fetch_site are the header fields or empty, own is the public URL.  Every
 * browser in use sends at least one of the two with a POST; without either, or
 * with a foreign one, the answer is no (W3C Fetch Metadata; RFC 6454).
 */
bool csrf_same_site(struct span origin, struct span fetch_site, const char *own);

#endif
