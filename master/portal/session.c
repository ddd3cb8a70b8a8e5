/* Cookies; see session.h. */
#include "config.h"

#include <string.h>

#include "master/portal/form.h"
#include "master/portal/session.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/random.h"

#define RANDOM_BYTES    32
#define SESSION_SECONDS (30 * 24 * 3600)
#define LOGIN_SECONDS   600
#define APP_SECONDS     (400 * 24 * 3600)
#define LOGIN_CHARS_MAX 128
#define APP_CHARS_MAX   128
#define NOTICE_SECONDS  60
#define BROWSER_SECONDS 3600

/* __Host-: only from this very host, over https, for the whole site.
 * __Secure-: only over https; the login cookie has a path of its own. */
static const char *
name_session(const struct page *page)
{
	return page->portal->conf.https ? "__Host-tonearm_session" : "tonearm_session";
}

static const char *
name_login(const struct page *page)
{
	return page->portal->conf.https ? "__Secure-tonearm_login" : "tonearm_login";
}

static const char *
name_browser(const struct page *page)
{
	return page->portal->conf.https ? "__Host-tonearm_browser" : "tonearm_browser";
}

static const char *
name_app(const struct page *page)
{
	return page->portal->conf.https ? "__Host-tonearm_app" : "tonearm_app";
}

static const char *
secure(const struct page *page)
{
	return page->portal->conf.https ? "; Secure" : "";
}

err_t
session_random(struct page *page, char **text, uint8_t hash[HASH_BYTES])
{
	uint8_t raw[RANDOM_BYTES];
	void *room;
	err_t err;

	err = arena_alloc(&page->arena, B64URL_LEN(RANDOM_BYTES) + 1, &room);
	if (err == 0)
		err = random_bytes(raw, sizeof(raw));
	if (err != 0)
		return err;
	b64url_encode(span_of(raw, sizeof(raw)), room);
	explicit_bzero(raw, sizeof(raw));
	*text = room;
	return sha256(span_str(*text), hash);
}

/* 0 if it could be a random text of ours. */
static err_t
is_random(struct span value)
{
	uint8_t raw[RANDOM_BYTES];
	size_t n = 0;
	err_t err = b64url_decode(value, raw, sizeof(raw), &n);

	explicit_bzero(raw, sizeof(raw));
	return err == 0 && n != sizeof(raw) ? ERR_SYNTAX : err;
}

/* A cookie that could be one of ours; anything else is not worth a question. */
static err_t
random_cookie(const struct page *page, const char *name, struct span *out)
{
	struct span value;
	err_t err = cookie_get(page->cookie, name, &value);

	if (err == 0)
		err = is_random(value);
	if (err == 0)
		*out = value;
	return err;
}

void
session_known(struct page *page)
{
	struct span value;

	if (random_cookie(page, name_session(page), &value) == 0 &&
	    sha256(value, page->session_hash) == 0)
		page->session = value;
}

err_t
session_login(const struct page *page, struct span *note, uint8_t hash[HASH_BYTES])
{
	struct span value = {0};
	err_t err = cookie_get(page->cookie, name_login(page), &value);

	if (err == 0 && (value.n <= SESSION_CHARS || value.n > LOGIN_CHARS_MAX ||
	    value.p[SESSION_CHARS] != '.'))
		err = ERR_SYNTAX;
	if (err == 0)
		err = is_random(span_of(value.p, SESSION_CHARS));
	if (err == 0)
		err = sha256(value, hash);
	if (err == 0)
		*note = span_of(value.p + SESSION_CHARS + 1, value.n - SESSION_CHARS - 1);
	return err;
}

err_t
session_app(const struct page *page, struct span *value)
{
	err_t err = cookie_get(page->cookie, name_app(page), value);

	return err == 0 && (value->n == 0 || value->n > APP_CHARS_MAX) ? ERR_SYNTAX : err;
}

err_t
session_browser(const struct page *page, struct span *value, uint8_t hash[HASH_BYTES])
{
	err_t err = random_cookie(page, name_browser(page), value);

	return err != 0 ? err : sha256(*value, hash);
}

unsigned
session_notice(const struct page *page)
{
	struct span value;

	if (cookie_get(page->cookie, "tonearm_notice", &value) != 0 || value.n != 1 ||
	    value.p[0] < '1' || value.p[0] > '9')
		return 0;
	return (unsigned)(value.p[0] - '0');
}

/* "Max-Age=0" where there is no value: the browser forgets the cookie. */
static struct span
set_cookie(struct page *page, const char *name, struct span value, const char *path,
    const char *same_site, int seconds)
{
	return page_text(page, "%s=%.*s; Path=%s; Max-Age=%d; HttpOnly; SameSite=%s%s", name,
	    (int)value.n, value.n == 0 ? "" : (const char *)value.p, path,
	    value.n == 0 ? 0 : seconds, same_site, secure(page));
}

struct span
session_cookie(struct page *page, struct span value)
{
	return set_cookie(page, name_session(page), value, "/", "Lax", SESSION_SECONDS);
}

struct span
session_login_cookie(struct page *page, struct span value)
{
	/* Lax, not Strict: it must come along on the way back from Spotify. */
	return set_cookie(page, name_login(page), value, "/callback", "Lax", LOGIN_SECONDS);
}

struct span
session_browser_cookie(struct page *page, struct span value)
{
	/* Lax: it must come along on the way back from Spotify. */
	return set_cookie(page, name_browser(page), value, "/", "Lax", BROWSER_SECONDS);
}

struct span
session_app_cookie(struct page *page, struct span value)
{
	return set_cookie(page, name_app(page), value, "/", "Lax", APP_SECONDS);
}

struct span
session_notice_cookie(struct page *page, unsigned notice)
{
	struct span value = notice == 0 ? span_str("") : page_text(page, "%u", notice);

	return set_cookie(page, "tonearm_notice", value, "/account", "Strict", NOTICE_SECONDS);
}
