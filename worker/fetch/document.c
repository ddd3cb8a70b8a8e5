/* Reading a metadata document; see document.h. */
#include "config.h"

#include <string.h>

#include "shared/base/ascii.h"
#include "shared/json/json.h"
#include "worker/fetch/document.h"
#include "worker/spotify/text.h"

static const struct json_limits limits = {
	.bytes = DOCUMENT_BYTES, .nodes = 2048, .members = 128, .string = 16384, .nul = false};

/* Schemes with which a browser runs or shows something of its own instead of
 * telling the client: never a client's address. */
static const char *const never[] = {
	"about", "blob", "chrome", "chrome-extension", "content", "data", "feed", "file",
	"filesystem", "ftp", "ftps", "intent", "jar", "javascript", "livescript", "mailto", "mocha",
	"moz-extension", "resource", "sms", "tel", "vbscript", "view-source", "ws", "wss",
};

/* Visible ASCII that RFC 3986 lets stand in a URI, and no fragment. */
static bool
uri_bytes(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("\"#<>\\^`{|}", s.p[i]) != NULL)
			return false;
	return s.n > 0;
}

/* The scheme in front of the colon; empty if there is none. */
static struct span
scheme_of(struct span s)
{
	size_t n = 0;

	while (n < s.n && (ascii_letter(s.p[n]) || (n > 0 && (ascii_digit(s.p[n]) || s.p[n] == '+' ||
	    s.p[n] == '-' || s.p[n] == '.'))))
		n++;
	return span_of(s.p, n < s.n && s.p[n] == ':' ? n : 0);
}

/* Host and port behind "://", or empty. */
static struct span
authority_of(struct span s, size_t scheme)
{
	size_t begin = scheme + 3, n = 0;

	if (s.n < begin || memcmp(s.p + scheme, "://", 3) != 0)
		return span_of(s.p, 0);
	while (begin + n < s.n && s.p[begin + n] != '/' && s.p[begin + n] != '?')
		n++;
	return span_of(s.p + begin, n);
}

static bool
is_local(struct span authority)
{
	static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t n = strlen(hosts[i]);

		if (span_starts(authority, hosts[i]) && (authority.n == n || authority.p[n] == ':'))
			return true;
	}
	return false;
}

/* May a browser be sent there with a code?  Whether the portal does it is for
 * the portal to say; here whatever could harm by itself ends the reading. */
static bool
redirect_ok(struct span s)
{
	struct span scheme, authority;
	size_t i;

	if (s.n > DOCUMENT_REDIRECT || !uri_bytes(s))
		return false;
	scheme = scheme_of(s);
	if (scheme.n == 0 || scheme.n + 1 == s.n)
		return false;
	authority = authority_of(s, scheme.n);
	if (authority.n > 0 && memchr(authority.p, '@', authority.n) != NULL)
		return false;
	if (span_is_nocase(scheme, "https"))
		return authority.n > 0 && authority.p[0] != ':';
	if (span_is_nocase(scheme, "http"))
		return is_local(authority);
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (span_is_nocase(scheme, never[i]))
			return false;
	return true;
}

static err_t
read_redirects(struct json_object *doc, struct buf *out)
{
	struct json_object *list = json_get_arr(doc, "redirect_uris");
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);
	err_t err = 0;

	if (n == 0)
		return ERR_SYNTAX;
	if (n > DOCUMENT_MANY)
		return ERR_LIMIT;
	for (i = 0; i < n && err == 0; i++) {
		struct span s;

		if (!json_is_str(json_object_array_get_idx(list, i), &s) || !redirect_ok(s))
			return ERR_SYNTAX;
		if (i > 0)
			err = buf_put_byte(out, '\n');
		if (err == 0)
			err = buf_put_span(out, s);
	}
	return err;
}

/* A list of words that is there must have this one; one that is not, has. */
static bool
list_has(struct json_object *doc, const char *name, const char *word, bool absent)
{
	struct json_object *list = json_get_arr(doc, name);
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);
	struct span s;

	if (!json_has(doc, name))
		return absent;
	for (i = 0; i < n; i++)
		if (json_is_str(json_object_array_get_idx(list, i), &s) && span_is(s, word))
			return true;
	return false;
}

/* It must be content to prove nothing at the token endpoint: a secret in a
 * public document is none, and signed assertions are not read here. */
static bool
auth_ok(struct json_object *doc)
{
	struct span method;

	if (json_has(doc, "client_secret") || json_has(doc, "client_secret_expires_at"))
		return false;
	if (!json_has(doc, "token_endpoint_auth_method") ||
	    (json_get_str(doc, "token_endpoint_auth_method", &method) && span_is(method, "none")))
		return true;
	return list_has(doc, "token_endpoint_auth_methods_supported", "none", false);
}

static err_t
read_name(struct json_object *doc, struct buf *out)
{
	struct span s;
	err_t err;

	if (!json_get_str(doc, "client_name", &s))
		return ERR_SYNTAX;
	err = text_clean(s, DOCUMENT_NAME, out);
	return err == 0 && out->len == 0 ? ERR_SYNTAX : err;
}

/* Only shown, so one that is no good is left out. */
static err_t
read_uri(struct json_object *doc, struct buf *out)
{
	struct span s, authority;

	if (!json_get_str(doc, "client_uri", &s) || s.n > DOCUMENT_URI || !uri_bytes(s) ||
	    !span_starts(s, "https://"))
		return 0;
	authority = authority_of(s, strlen("https"));
	if (authority.n == 0 || memchr(authority.p, '@', authority.n) != NULL)
		return 0;
	return buf_put_span(out, s);
}

err_t
document_read(struct span text, struct span url, struct document *out)
{
	struct json_object *doc = NULL;
	struct span id;
	err_t err;

	buf_init(&out->name, DOCUMENT_NAME);
	buf_init(&out->uri, DOCUMENT_URI);
	buf_init(&out->redirects, DOCUMENT_REDIRECTS);
	err = json_parse(text, &limits, &doc);
	if (err != 0)
		return err;
	if (!json_object_is_type(doc, json_type_object) ||
	    !json_get_str(doc, "client_id", &id) || !span_eq(id, url) || !auth_ok(doc) ||
	    !list_has(doc, "grant_types", "authorization_code", true) ||
	    !list_has(doc, "response_types", "code", true))
		err = ERR_SYNTAX;
	if (err == 0)
		err = read_name(doc, &out->name);
	if (err == 0)
		err = read_uri(doc, &out->uri);
	if (err == 0)
		err = read_redirects(doc, &out->redirects);
	json_object_put(doc);
	return err;
}

void
document_free(struct document *d)
{
	buf_free(&d->name);
	buf_free(&d->uri);
	buf_free(&d->redirects);
}
