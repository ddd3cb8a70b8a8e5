/*
 * The table of options and the check of a single value; see options.h.  Knows
 * no file, no environment and no program.
 */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/conf/options.h"

#define S CONF_SUPERVISOR
#define F CONF_FRONT
#define V CONF_VAULT
#define P CONF_PORTAL
#define E CONF_EGRESS
#define W CONF_WORKER
#define N CONF_ENROLL
#define C CONF_CLI
#define D CONF_FETCH

#define TEXT(sec, nam, pre, who, txt) {.section = sec, .name = nam, .kind = CONF_TEXT, \
	.preset = pre, .programs = who, .about = txt}
#define KIND(knd, sec, nam, pre, who, txt) {.section = sec, .name = nam, .kind = knd, \
	.preset = pre, .programs = who, .about = txt}
#define WORD(sec, nam, pre, set, liv, who, txt) {.section = sec, .name = nam, \
	.kind = CONF_WORD, .preset = pre, .words = set, .live = liv, .programs = who, .about = txt}
#define INT(sec, nam, pre, lo, hi, liv, who, txt) {.section = sec, .name = nam, \
	.kind = CONF_INT, .preset = pre, .least = lo, .most = hi, .live = liv, \
	.programs = who, .about = txt}

const struct conf_option conf_options[] = {
	KIND(CONF_LISTEN, "server", "listen", "127.0.0.1:8001", S | C,
	    "Where HTTP is served: address:port and unix:/path, separated by commas. "
	    "Not used for sockets that systemd passes."),
	KIND(CONF_PUBLIC_URL, "server", "public_url", "http://127.0.0.1:8001", F | V | P | W | N | C,
	    "The address that people and clients use, without a slash at the end. "
	    "Plain http is allowed on 127.0.0.1 and [::1] only, as Spotify has it."),
	KIND(CONF_NETWORKS, "server", "trusted_proxies", "", F,
	    "Addresses or networks of reverse proxies whose forwarded client address is "
	    "believed, separated by commas."),
	KIND(CONF_ORIGINS, "server", "allowed_origins", "", F | P,
	    "Origins of web pages that may call the MCP endpoint from a browser, "
	    "separated by commas, besides the public URL's own."),
	KIND(CONF_PATH, "server", "programs_dir", "", S,
	    "Folder of the programs that tonearmd starts; empty for where they were installed."),
	KIND(CONF_PATH, "server", "control_socket", "/run/tonearm/control", S | C,
	    "Socket over which the tonearm command speaks to tonearmd."),
	INT("server", "role_user_base", "50000", 1, 4294000000, false, S,
	    "Started as root: first of the user and group ids of the programs (front, vault, "
	    "keyring, portal, egress, nursery, and one for each of eight sign-ins and four clients' "
	    "documents at a time: 18 in "
	    "a row). No account may have them."),
	INT("server", "worker_uid_base", "50100", 1, 4294000000, false, S,
	    "Started as root: first of the user and group ids of workers."),
	INT("server", "worker_uid_count", "9000", 1, 65535, false, S,
	    "How many user ids from worker_uid_base on are set aside for workers."),
	TEXT("database", "conninfo", "dbname=tonearm user=tonearm_vault", V | C,
	    "How the vault reaches PostgreSQL: a libpq connection string."),
	TEXT("database", "admin_conninfo", "", C,
	    "How the tonearm command reaches PostgreSQL, the first time as a superuser; "
	    "empty for database.conninfo."),
	KIND(CONF_PATH, "keys", "file", "/etc/tonearm/keys", S | C,
	    "File of master keys, made by \"tonearm key create\"; readable by the user that "
	    "starts tonearmd and by nobody else."),
	TEXT("spotify", "client_id", NULL, V | P | W | N | C,
	    "Client id of the operator's Spotify application "
	    "(https://developer.spotify.com/dashboard)."),
	WORD("spotify", "mode", "development", "development|extended", false, V | P | W | C,
	    "Quota mode of that application."),
	INT("spotify", "calls_per_day_family", "500", 0, 1000000000, false, V | W,
	    "Calls in 24 hours to one family of endpoints of an application in Development Mode, "
	    "by all its users on all nodes; 0 for no bound but Spotify's own. Spotify does not "
	    "publish its quota, and blocks for hours whoever exceeds it."),
	INT("spotify", "calls_per_30s", "60", 0, 1000000, false, V,
	    "Calls in 30 seconds of an application in Development Mode, likewise."),
	INT("spotify", "extended_calls_per_day_family", "0", 0, 1000000000, false, V | W,
	    "As calls_per_day_family, for an application with extended quota."),
	INT("spotify", "extended_calls_per_30s", "0", 0, 1000000, false, V,
	    "As calls_per_30s, for an application with extended quota."),
	KIND(CONF_URL, "spotify", "api_url", "https://api.spotify.com/v1", W | N | E,
	    "Spotify's Web API. https, unless spotify.sandbox is on."),
	KIND(CONF_URL, "spotify", "accounts_url", "https://accounts.spotify.com", W | N | E | P,
	    "Spotify's accounts service. https, unless spotify.sandbox is on."),
	KIND(CONF_BOOL, "spotify", "sandbox", "no", F | P | E | W | N | C,
	    "yes lets api_url and accounts_url be plain http on a loopback address, for a "
	    "stand-in that serves tests and demonstrations."),
	KIND(CONF_PATH, "spotify", "ca_file", "", W | N,
	    "File of certificate authorities for Spotify's servers; empty for the system's."),
	KIND(CONF_BOOL, "apps", "shared", "yes", V | P,
	    "May people use the operator's Spotify application (spotify.client_id)?  no: each "
	    "brings an own one or is somebody's guest."),
	KIND(CONF_BOOL, "apps", "own", "yes", V | P,
	    "May people bring a Spotify application of their own, and invite up to four others "
	    "to it?"),
	WORD("apps", "shared_access", "anyone", "anyone|listed|invited", false, V | P,
	    "Who may use the operator's application: anyone whom Spotify lets; only those in "
	    "apps.allowed, looked up at every sign-in; or those, whoever uses it already, and "
	    "whoever \"tonearm user invite\" made an invitation for."),
	TEXT("apps", "allowed", "", V,
	    "Spotify ids of people who may use the operator's application, separated by commas, "
	    "for apps.shared_access listed and invited."),
	KIND(CONF_BOOL, "links", "enabled", "yes", F | V | P | C,
	    "Are personal links (/claude-mcp?token=...) offered and accepted?"),
	KIND(CONF_BOOL, "oauth", "registration", "yes", P | C,
	    "May clients register themselves (RFC 7591)? Most that run on people's own "
	    "machines do. With no, only those with a metadata document and those that the "
	    "operator adds (\"tonearm client add\") can be used."),
	KIND(CONF_BOOL, "oauth", "scope_challenge", "no", W,
	    "What a client gets that calls a tool beyond its permissions: no, a result that "
	    "says so in words, which every client shows; yes, status 403 with "
	    "insufficient_scope, for clients that then ask the person for more."),
	KIND(CONF_BOOL, "clients", "documents", "yes", S | P | E | D,
	    "May a client be known by the https address of a document about itself (a client id "
	    "metadata document)? The document is fetched from public addresses only."),
	KIND(CONF_BOOL, "clients", "documents_loopback", "no", P | E | D,
	    "yes lets such documents also be on this machine, there over plain http, too: for "
	    "tests and demonstrations, with spotify.sandbox = yes only."),
	KIND(CONF_PATH, "clients", "ca_file", "", D,
	    "File of certificate authorities for the servers of such documents; empty for the "
	    "system's."),
	TEXT("operator", "name", "", P,
	    "Who runs this server, for the privacy and terms pages."),
	TEXT("operator", "contact", "", P,
	    "How people reach the operator, for the same pages."),
	INT("limits", "blank_workers", "8", 1, 256, true, S,
	    "Workers kept ready for users who come next."),
	INT("limits", "workers_max", "4000", 2, 65535, true, S,
	    "Most workers alive at once; who comes then is asked to wait."),
	INT("limits", "worker_idle_seconds", "300", 1, 86400, true, W,
	    "A worker without requests for so long ends; the next request gets another."),
	INT("limits", "requests_per_user", "8", 1, 64, true, F | W,
	    "Requests of one user that are worked on at once."),
	INT("limits", "streams_per_user", "8", 1, 64, true, F | W,
	    "Streams of one user that are open at once."),
	INT("limits", "spotify_per_second", "4", 1, 1000, false, W | N,
	    "Requests a second that one user's worker sends to Spotify in the long run; "
	    "25 may go at once."),
	INT("limits", "spotify_cache", "256", 0, 4096, false, W | N,
	    "KiB of Spotify's recent answers that one user's worker keeps for use again: the "
	    "catalogue's for five minutes, those about the user's own playlists and library for "
	    "seconds, never the player's. 0 keeps none."),
	WORD("log", "level", "info", "debug|info|warn|error", true, CONF_ALL,
	    "Least weight of the lines that are logged."),
	KIND(CONF_BOOL, "log", "refused_calls", "no", CONF_ALL,
	    "yes makes a program that its filter ends name the refused call in the log first "
	    "(event call_refused), where the supervisor cannot read it from the kernel's "
	    "records. For looking for a missing call, not for production: workers then keep "
	    "standard error open, so that one that was conquered could write lines of log."),
#ifdef TONEARM_FAULTS
	KIND(CONF_PATH, "faults", "file", "", CONF_ALL, "Where a test arms faults (shared/fault)."),
#endif
};
const size_t conf_options_n = sizeof(conf_options) / sizeof(conf_options[0]);

err_t
conf_option_find(const char *section, const char *name, size_t *out)
{
	size_t i;

	for (i = 0; i < conf_options_n; i++) {
		if (strcmp(conf_options[i].section, section) == 0 &&
		    strcmp(conf_options[i].name, name) == 0) {
			*out = i;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

bool
conf_section_known(const char *section)
{
	size_t i;

	for (i = 0; i < conf_options_n; i++)
		if (strcmp(conf_options[i].section, section) == 0)
			return true;
	return false;
}

/* Bytes that a host name or address in a URL may have. */
static bool
host_char(uint8_t c)
{
	return isalnum(c) != 0 || c == '-' || c == '.';
}

static bool
is_address(struct span s, int family)
{
	char text[64];
	uint8_t raw[16];

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(family, text, raw) == 1;
}

bool
conf_host_loopback(struct span host)
{
	return (is_address(host, AF_INET) && span_starts(host, "127.")) || span_is(host, "::1");
}

/* A port number of digits only; all of s. */
static bool
read_port(struct span s, uint16_t *out)
{
	unsigned long v = 0;
	size_t i;

	if (s.n == 0 || s.n > 5)
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (unsigned long)(s.p[i] - '0');
	}
	if (v == 0 || v > 65535)
		return false;
	*out = (uint16_t)v;
	return true;
}

/* Splits "host", "[address]" off the front of s. */
static bool
read_host(struct span *s, struct span *host)
{
	const uint8_t *end;
	size_t n = 0;

	if (s->n > 0 && s->p[0] == '[') {
		end = memchr(s->p, ']', s->n);
		if (end == NULL)
			return false;
		*host = span_of(s->p + 1, (size_t)(end - s->p) - 1);
		n = host->n + 2;
		if (!is_address(*host, AF_INET6))
			return false;
	} else {
		while (n < s->n && host_char(s->p[n]))
			n++;
		*host = span_of(s->p, n);
		if (n == 0 || n > 253 || s->p[0] == '.' || s->p[0] == '-')
			return false;
	}
	s->p += n;
	s->n -= n;
	return true;
}

err_t
conf_url_parse(const char *url, struct conf_url *out)
{
	struct conf_url u = {0};
	struct span s = span_str(url);
	size_t i, n;

	u.https = span_starts(s, "https://");
	if (!u.https && !span_starts(s, "http://"))
		return ERR_SYNTAX;
	n = u.https ? 8 : 7;
	s = span_of(s.p + n, s.n - n);
	u.port = u.https ? 443 : 80;
	if (!read_host(&s, &u.host))
		return ERR_SYNTAX;
	if (s.n > 0 && s.p[0] == ':') {
		for (n = 1; n < s.n && s.p[n] != '/'; n++)
			;
		if (!read_port(span_of(s.p + 1, n - 1), &u.port))
			return ERR_SYNTAX;
		s = span_of(s.p + n, s.n - n);
	}
	if (s.n > 0 && s.p[0] != '/')
		return ERR_SYNTAX;
	for (i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("?#\"<>\\^`{|}", s.p[i]) != NULL)
			return ERR_SYNTAX;
	u.path = s;
	*out = u;
	return 0;
}

/* Calls check for each part of a comma separated list; blanks around a part
 * do not count.  False if one fails or is empty. */
static bool
each_part(const char *list, bool (*check)(struct span))
{
	struct span s = span_str(list), part;
	size_t n;

	for (;;) {
		for (n = 0; n < s.n && s.p[n] != ','; n++)
			;
		part = span_of(s.p, n);
		while (part.n > 0 && part.p[0] == ' ')
			part = span_of(part.p + 1, part.n - 1);
		while (part.n > 0 && part.p[part.n - 1] == ' ')
			part.n--;
		if (part.n == 0 || !check(part))
			return false;
		if (n == s.n)
			return true;
		s = span_of(s.p + n + 1, s.n - n - 1);
	}
}

static bool
listen_part(struct span s)
{
	struct span host;
	uint16_t port;

	if (span_starts(s, "unix:"))
		/* The limit of a socket address, its NUL included. */
		return s.n > 6 && s.p[5] == '/' && s.n - 5 < 108;
	if (s.p[0] == '[' ? !read_host(&s, &host) : (!read_host(&s, &host) ||
	    !is_address(host, AF_INET)))
		return false;
	return s.n > 1 && s.p[0] == ':' && read_port(span_of(s.p + 1, s.n - 1), &port);
}

static bool
network_part(struct span s)
{
	const uint8_t *slash = memchr(s.p, '/', s.n);
	struct span address = s;
	uint16_t bits = 1;
	bool v4;

	if (slash != NULL) {
		address.n = (size_t)(slash - s.p);
		s = span_of(slash + 1, s.n - address.n - 1);
		if (!span_is(s, "0") && !read_port(s, &bits))
			return false;
	}
	v4 = is_address(address, AF_INET);
	return bits <= (v4 ? 32 : 128) && (v4 || is_address(address, AF_INET6));
}

static bool
origin_part(struct span s)
{
	char text[300];
	struct conf_url u;

	if (s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return conf_url_parse(text, &u) == 0 && u.path.n == 0;
}

static bool
one_of(const char *words, const char *value)
{
	size_t n = strlen(value);

	while (n > 0) {
		const char *end = strchr(words, '|');
		size_t len = end == NULL ? strlen(words) : (size_t)(end - words);

		if (len == n && memcmp(words, value, n) == 0)
			return true;
		if (end == NULL)
			return false;
		words = end + 1;
	}
	return false;
}

static bool
in_range(const struct conf_option *o, const char *value)
{
	char *rest;
	long long v;

	if (isdigit((unsigned char)value[0]) == 0)
		return false;
	errno = 0;
	v = strtoll(value, &rest, 10);
	return errno == 0 && *rest == '\0' && v >= o->least && v <= o->most;
}

static bool
good_url(const struct conf_option *o, const char *value)
{
	size_t n = strlen(value);
	struct conf_url u;

	if (conf_url_parse(value, &u) != 0 || value[n - 1] == '/')
		return false;
	if (o->kind == CONF_URL)
		return true;
	return u.path.n == 0 && (u.https || conf_host_loopback(u.host));
}

static bool
printable(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	return true;
}

err_t
conf_option_check(const struct conf_option *o, const char *value, const char **why)
{
	static const char *const rules[] = {
		[CONF_TEXT] = "it must be printable text on one line, and not empty",
		[CONF_INT] = "it must be a whole number in the allowed range",
		[CONF_BOOL] = "it must be yes or no",
		[CONF_WORD] = "it must be one of the allowed words",
		[CONF_PATH] = "it must be a path that begins with /",
		[CONF_URL] = "it must be http:// or https://, a host and perhaps a path, without "
		    "a slash at the end, a query or a user name",
		[CONF_PUBLIC_URL] = "it must be https:// and a host, without path or slash at the "
		    "end (or http:// with 127.0.0.1 or [::1])",
		[CONF_LISTEN] = "it must be a list of ADDRESS:PORT or [ADDRESS]:PORT (an address in "
		    "digits) and unix:/PATH of at most 107 bytes",
		[CONF_NETWORKS] = "it must be a list of addresses (10.1.2.3) or networks (10.0.0.0/8)",
		[CONF_ORIGINS] = "it must be a list of origins such as https://example.org",
	};
	bool empty = value[0] == '\0', good = false;

	switch (o->kind) {
	case CONF_TEXT: good = !empty || (o->preset != NULL && o->preset[0] == '\0'); break;
	case CONF_INT: good = in_range(o, value); break;
	case CONF_BOOL: good = one_of("yes|no", value); break;
	case CONF_WORD: good = one_of(o->words, value); break;
	case CONF_PATH: good = value[0] == '/' ||
	    (empty && o->preset != NULL && o->preset[0] == '\0'); break;
	case CONF_URL:
	case CONF_PUBLIC_URL: good = !empty && good_url(o, value); break;
	case CONF_LISTEN: good = !empty && each_part(value, listen_part); break;
	case CONF_NETWORKS: good = empty || each_part(value, network_part); break;
	case CONF_ORIGINS: good = empty || each_part(value, origin_part); break;
	}
	if (good && printable(value))
		return 0;
	*why = rules[o->kind];
	return ERR_CONFIG;
}
