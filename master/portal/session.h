/*
 * The portal's cookies: the session, the sign-in under way, the browser that
 * brought a client's request, and the notice that a page after a redirect shows
 * once.  Values are random and mean nothing
 * here; the vault knows their SHA-256.
 */
#ifndef TONEARM_PORTAL_SESSION_H
#define TONEARM_PORTAL_SESSION_H

#include "master/portal/page.h"

/* 32 random bytes as base64url and a NUL in the page's arena, and the SHA-256
 * of that text.  ERR_SYSTEM, ERR_CRYPTO, ERR_NOMEM. */
err_t session_random(struct page *page, char **text, uint8_t hash[HASH_BYTES]) MUST_CHECK;

/* Finds the session cookie of the request, if there is a well-formed one, and
 * keeps it and its hash in the page. */
void session_known(struct page *page);

/* The login cookie of the request: its hash, and what stands behind the random
 * part and a dot (a view; login.c knows its form).  ERR_NOTFOUND, ERR_SYNTAX. */
err_t session_login(const struct page *page, struct span *note,
    uint8_t hash[HASH_BYTES]) MUST_CHECK;

/* What this browser signed in through last: an application of one's own, or an
 * invitation (apps.h).  A view.  ERR_NOTFOUND, ERR_SYNTAX. */
err_t session_app(const struct page *page, struct span *value) MUST_CHECK;

/* The cookie by which a browser that brought a client's request is known again,
 * a view, and its hash.  ERR_NOTFOUND, ERR_SYNTAX, ERR_CRYPTO. */
err_t session_browser(const struct page *page, struct span *value,
    uint8_t hash[HASH_BYTES]) MUST_CHECK;

/* The number in the notice cookie, or 0. */
unsigned session_notice(const struct page *page);

/* Whole Set-Cookie values; an empty value, or the notice 0, takes the cookie
 * back. */
struct span session_cookie(struct page *page, struct span value);
struct span session_login_cookie(struct page *page, struct span value);
struct span session_browser_cookie(struct page *page, struct span value);
struct span session_app_cookie(struct page *page, struct span value);
struct span session_notice_cookie(struct page *page, unsigned notice);

#endif
