/* Addresses of metadata documents; see docurl.h. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "shared/base/ascii.h"
#include "shared/http/docurl.h"

#define HTTPS "https://"
#define HTTP  "http://"
#define LABEL_MAX 63
#define NAME_MAX_BYTES 253

static bool
is_address(struct span s, int family)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t raw[16];

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(family, text, raw) == 1;
}

bool
docurl_meant(struct span id)
{
	return span_starts(id, HTTPS) || span_starts(id, HTTP);
}

/* Labels of letters, digits and inner hyphens; the last one is no number, which
 * some readers would take for an address (0x7f.1). */
static bool
is_name(struct span s)
{
	size_t i, start = 0;

	if (s.n == 0 || s.n > NAME_MAX_BYTES)
		return false;
	for (i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '.') {
			if (!ascii_letter(s.p[i]) && !ascii_digit(s.p[i]) && s.p[i] != '-')
				return false;
			continue;
		}
		if (i == start || i - start > LABEL_MAX || s.p[start] == '-' || s.p[i - 1] == '-')
			return false;
		if (i < s.n)
			start = i + 1;
	}
	return !ascii_digit(s.p[start]);
}

static bool
is_loopback(const struct docurl *u)
{
	if (u->digits)
		return span_starts(u->host, "127.") || span_is(u->host, "::1");
	return span_is(u->host, "localhost");
}

/* Takes the host off the front of s. */
static bool
read_host(struct span *s, struct docurl *u)
{
	const uint8_t *end;
	size_t n = 0;

	if (s->n > 0 && s->p[0] == '[') {
		end = memchr(s->p, ']', s->n);
		if (end == NULL)
			return false;
		u->host = span_of(s->p + 1, (size_t)(end - s->p) - 1);
		u->digits = true;
		n = u->host.n + 2;
		if (!is_address(u->host, AF_INET6))
			return false;
	} else {
		while (n < s->n && s->p[n] != ':' && s->p[n] != '/' && s->p[n] != '?')
			n++;
		u->host = span_of(s->p, n);
		u->digits = is_address(u->host, AF_INET);
		if (!u->digits && !is_name(u->host))
			return false;
	}
	*s = span_of(s->p + n, s->n - n);
	return true;
}

/* And ":port", if it is there: digits, no zero in front. */
static bool
read_port(struct span *s, struct docurl *u)
{
	unsigned long v = 0;
	size_t n = 1;

	u->port = u->https ? 443 : 80;
	if (s->n == 0 || s->p[0] != ':')
		return true;
	for (; n < s->n && n < 7 && ascii_digit(s->p[n]); n++)
		v = v * 10 + (unsigned long)(s->p[n] - '0');
	if (n < 2 || s->p[1] == '0' || v > UINT16_MAX)
		return false;
	u->port = (uint16_t)v;
	*s = span_of(s->p + n, s->n - n);
	return true;
}

/* One dot or two, also written as %2e. */
static bool
is_dots(struct span segment)
{
	size_t i = 0;
	unsigned dots = 0;

	while (i < segment.n) {
		if (segment.p[i] == '.')
			i++;
		else if (segment.n - i >= 3 && segment.p[i] == '%' && segment.p[i + 1] == '2' &&
		    (segment.p[i + 2] == 'e' || segment.p[i + 2] == 'E'))
			i += 3;
		else
			return false;
		dots++;
	}
	return dots == 1 || dots == 2;
}

static bool
good_path(struct span target)
{
	size_t i, start = 1, end = 0;

	while (end < target.n && target.p[end] != '?')
		end++;
	if (end < 2 || target.p[0] != '/')
		return false;
	for (i = 1; i <= end; i++) {
		if (i < end && target.p[i] != '/')
			continue;
		if (is_dots(span_of(target.p + start, i - start)))
			return false;
		start = i + 1;
	}
	return true;
}

static bool
good_bytes(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("\"#<>\\^`{|}", s.p[i]) != NULL)
			return false;
	return true;
}

err_t
docurl_parse(struct span url, bool loopback, struct docurl *out)
{
	struct docurl u = {.https = span_starts(url, HTTPS)};
	size_t scheme = u.https ? sizeof(HTTPS) - 1 : sizeof(HTTP) - 1;
	struct span s;

	if (!docurl_meant(url) || url.n > DOCURL_MAX || !good_bytes(url))
		return ERR_SYNTAX;
	s = span_of(url.p + scheme, url.n - scheme);
	if (!read_host(&s, &u) || !read_port(&s, &u) || !good_path(s))
		return ERR_SYNTAX;
	if (!u.https && !(loopback && is_loopback(&u)))
		return ERR_SYNTAX;
	u.target = s;
	u.origin = span_of(url.p, url.n - s.n);
	*out = u;
	return 0;
}
