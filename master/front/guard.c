/* Host and Origin; see guard.h.  Knows nothing of connections or answers. */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "master/front/guard.h"

/* host[:port] in parts; IPv6 keeps its brackets.  port is -1 if none is named. */
struct authority {
	struct span host;
	int port;
};

static bool
parse_port(struct span text, int *out)
{
	int port = 0;
	size_t i;

	if (text.n == 0 || text.n > 5)
		return false;
	for (i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		port = port * 10 + (text.p[i] - '0');
	}
	*out = port;
	return port > 0 && port <= 65535;
}

static bool
parse_authority(struct span text, struct authority *out)
{
	const uint8_t *end, *colon;

	if (text.n == 0)
		return false;
	if (text.p[0] == '[') {
		end = memchr(text.p, ']', text.n);
		if (end == NULL)
			return false;
		out->host = span_of(text.p, (size_t)(end - text.p) + 1);
	} else {
		colon = memchr(text.p, ':', text.n);
		out->host = colon == NULL ? text : span_of(text.p, (size_t)(colon - text.p));
	}
	out->port = -1;
	if (out->host.n == text.n)
		return true;
	if (text.p[out->host.n] != ':')
		return false;
	return parse_port(span_of(text.p + out->host.n + 1, text.n - out->host.n - 1), &out->port);
}

static bool
is_local_name(struct span host)
{
	return span_is_nocase(host, "localhost") || span_is(host, "127.0.0.1") ||
	    span_is(host, "[::1]");
}

err_t
guard_conf_read(struct guard_conf *out, const char *public_url, const char *origins)
{
	struct span rest = span_str(public_url);
	struct authority a;
	size_t i, scheme;

	memset(out, 0, sizeof(*out));
	if (span_starts(rest, "https://"))
		scheme = 8;
	else if (span_starts(rest, "http://"))
		scheme = 7;
	else
		return ERR_CONFIG;
	rest = span_of(rest.p + scheme, rest.n - scheme);
	if (!parse_authority(rest, &a) || a.host.n == 0 || rest.n + scheme >= sizeof(out->origin))
		return ERR_CONFIG;
	for (i = 0; i < a.host.n; i++)
		out->host[i] = (char)tolower(a.host.p[i]);
	for (i = 0; i < rest.n + scheme; i++)
		out->origin[i] = (char)tolower((unsigned char)public_url[i]);
	out->port = a.port > 0 ? (uint16_t)a.port : scheme == 8 ? 443 : 80;
	out->loopback = is_local_name(a.host);
	out->origins = origins;
	return 0;
}

bool
guard_host(const struct guard_conf *g, struct span host, uint16_t local_port)
{
	struct authority a;

	if (!parse_authority(host, &a))
		return false;
	/* Proxies often pass the name on without its port. */
	if (span_is_nocase(a.host, g->host) && (a.port < 0 || a.port == g->port))
		return true;
	if (!is_local_name(a.host))
		return false;
	return local_port == 0 || (a.port < 0 ? 80 : a.port) == local_port;
}

static bool
listed(const char *list, struct span origin)
{
	const char *at = list;

	while (*at != '\0') {
		size_t n = strcspn(at, ", \t");

		if (n == origin.n && n > 0 && memcmp(at, origin.p, n) == 0)
			return true;
		at += n;
		at += strspn(at, ", \t");
	}
	return false;
}

bool
guard_origin(const struct guard_conf *g, struct span origin)
{
	struct authority a;
	size_t scheme = span_starts(origin, "https://") ? 8 : 7;

	if (span_is(origin, g->origin) || listed(g->origins, origin))
		return true;
	if (!g->loopback || (scheme == 7 && !span_starts(origin, "http://")))
		return false;
	return parse_authority(span_of(origin.p + scheme, origin.n - scheme), &a) &&
	    is_local_name(a.host);
}
