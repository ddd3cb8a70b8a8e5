/* Redirect addresses; see redirects.h. */
#include "config.h"

#include <string.h>

#include "shared/base/ascii.h"
#include "shared/http/redirects.h"

/* Schemes that programs which speak MCP have registered for themselves.  Any
 * other is refused: the browser would hand the code to whatever program, or
 * interpreter, has taken it. */
static const char *const app_schemes[] = {
	"cursor", "vscode", "vscode-insiders", "vscodium", "windsurf", "kiro", "trae", "zed",
	"warp", "goose", "raycast", "com.raycast", "claude", "lmstudio", "cherrystudio",
};

/* scheme://authority rest; authority and what is in it are views. */
struct parts {
	struct span scheme;     /* with its colon */
	struct span authority;  /* host with port */
	struct span host;
	struct span rest;       /* path and query */
	bool slashes;           /* there were two after the scheme */
};

/* Only what RFC 3986 lets stand in a URI without a fragment, escapes whole. */
static bool
clean(struct span uri)
{
	static const char marks[] = "-._~:/?[]@!$&'()*+,;=%";
	size_t i;

	if (uri.n == 0 || uri.n > REDIRECT_BYTES_MAX)
		return false;
	for (i = 0; i < uri.n; i++) {
		const uint8_t c = uri.p[i];

		if (!ascii_letter(c) && !ascii_digit(c) && (c == '\0' || strchr(marks, c) == NULL))
			return false;
		if (c == '%' && (uri.n - i < 3 || ascii_hex(uri.p[i + 1]) < 0 || ascii_hex(uri.p[i + 2]) < 0))
			return false;
	}
	return true;
}

static struct span
behind(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

/* How many bytes stand before the first of these characters. */
static size_t
until(struct span s, const char *stops)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == 0 || strchr(stops, s.p[i]) == NULL))
		i++;
	return i;
}

/* ":" and 1 to 65535 without zeros in front, or nothing. */
static bool
port_ok(struct span s)
{
	unsigned long port = 0;
	size_t i;

	if (s.n == 0)
		return true;
	if (s.n < 2 || s.n > 6 || s.p[0] != ':' || s.p[1] == '0')
		return false;
	for (i = 1; i < s.n; i++) {
		if (!ascii_digit(s.p[i]))
			return false;
		port = port * 10 + (unsigned long)(s.p[i] - '0');
	}
	return port <= 65535;
}

/* Letters, digits, hyphens and single dots; addresses in digits only for this
 * very machine.  The last label begins with a letter: browsers read "0x7f.1" and
 * "2130706433" as IPv4 addresses. */
static bool
host_ok(struct span host)
{
	const uint8_t *dot;
	size_t i;

	if (span_is(host, "[::1]") || span_is(host, "127.0.0.1"))
		return true;
	if (host.n == 0 || host.n > 253)
		return false;
	for (i = 0; i < host.n; i++) {
		const uint8_t c = host.p[i], last = i == 0 ? '.' : host.p[i - 1];

		if (!ascii_letter(c) && !ascii_digit(c) && c != '-' && c != '.')
			return false;
		if ((c == '.' || c == '-') && last == '.')
			return false;
	}
	dot = memrchr(host.p, '.', host.n);
	i = dot == NULL ? 0 : (size_t)(dot - host.p) + 1;
	return i < host.n && ascii_letter(host.p[i]);
}

static bool
split(struct span uri, struct parts *out)
{
	const uint8_t *colon = uri.n == 0 ? NULL : memchr(uri.p, ':', uri.n);
	struct parts p = {.slashes = false};

	if (colon == NULL)
		return false;
	p.scheme = span_of(uri.p, (size_t)(colon - uri.p) + 1);
	p.rest = behind(uri, p.scheme.n);
	p.slashes = span_starts(p.rest, "//");
	if (p.slashes) {
		p.rest = behind(p.rest, 2);
		p.authority = span_of(p.rest.p, until(p.rest, "/?"));
		p.rest = behind(p.rest, p.authority.n);
		p.host = p.authority;
		if (p.host.n > 0 && p.host.p[0] == '[') {
			p.host.n = until(p.host, "]");
			p.host.n += p.host.n < p.authority.n;
		} else {
			p.host.n = until(p.host, ":");
		}
	}
	*out = p;
	return true;
}

static bool
is_app(struct span scheme)
{
	const struct span name = span_of(scheme.p, scheme.n - 1);
	size_t i;

	for (i = 0; i < sizeof(app_schemes) / sizeof(app_schemes[0]); i++)
		if (span_is(name, app_schemes[i]))
			return true;
	return false;
}

static enum redirect_kind
kind_of(const struct parts *p)
{
	if (p->authority.n > 0 && memchr(p->authority.p, '@', p->authority.n) != NULL)
		return REDIRECT_NONE;
	if (is_app(p->scheme))
		/* com.example:/path has no authority (RFC 8252 section 7.1). */
		return p->slashes ? (p->authority.n > 0 ? REDIRECT_APP : REDIRECT_NONE) :
		    p->rest.n > 1 && p->rest.p[0] == '/' ? REDIRECT_APP : REDIRECT_NONE;
	if (!p->slashes || !port_ok(behind(p->authority, p->host.n)))
		return REDIRECT_NONE;
	if (span_is(p->scheme, "https:"))
		return host_ok(p->host) ? REDIRECT_WEB : REDIRECT_NONE;
	if (span_is(p->scheme, "http:") && (span_is(p->host, "127.0.0.1") ||
	    span_is(p->host, "[::1]") || span_is(p->host, "localhost")))
		return REDIRECT_LOOPBACK;
	return REDIRECT_NONE;
}

enum redirect_kind
redirect_kind(struct span uri)
{
	struct parts p;

	return clean(uri) && split(uri, &p) ? kind_of(&p) : REDIRECT_NONE;
}

/* The same loopback address but for its port? */
static bool
same_loopback(const struct parts *a, struct span uri)
{
	struct parts b;

	return split(uri, &b) && kind_of(&b) == REDIRECT_LOOPBACK && span_eq(a->host, b.host) &&
	    span_eq(a->rest, b.rest);
}

/* Takes the next line off the front; false when there is none. */
static bool
next_line(struct span *rest, struct span *line)
{
	if (rest->n == 0)
		return false;
	*line = span_of(rest->p, until(*rest, "\n"));
	*rest = behind(*rest, line->n + (line->n < rest->n));
	return true;
}

bool
redirects_allow(struct span list, struct span uri)
{
	struct span line;
	struct parts p;
	enum redirect_kind kind = redirect_kind(uri);

	if (kind == REDIRECT_NONE || !split(uri, &p))
		return false;
	while (next_line(&list, &line))
		if (span_eq(line, uri) || (kind == REDIRECT_LOOPBACK && same_loopback(&p, line)))
			return true;
	return false;
}

bool
redirects_all_loopback(struct span list)
{
	struct span line;
	bool any = false;

	while (next_line(&list, &line)) {
		if (redirect_kind(line) != REDIRECT_LOOPBACK)
			return false;
		any = true;
	}
	return any;
}

struct span
redirect_host(struct span uri)
{
	const enum redirect_kind kind = redirect_kind(uri);
	struct parts p;

	if (kind == REDIRECT_NONE || !split(uri, &p))
		return span_str("");
	return kind == REDIRECT_APP ? p.scheme : p.authority;
}

err_t
redirect_source(struct span uri, struct buf *out)
{
	const enum redirect_kind kind = redirect_kind(uri);
	struct parts p;
	err_t err;

	if (kind == REDIRECT_NONE || !split(uri, &p))
		return ERR_UNSUPPORTED;
	if (kind == REDIRECT_APP || p.host.p[0] == '[')
		return buf_put_span(out, p.scheme);
	err = buf_put_span(out, p.scheme);
	if (err == 0)
		err = buf_put_str(out, "//");
	return err != 0 ? err : buf_put_span(out, p.authority);
}
