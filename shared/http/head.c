/*
 * Strict reading of an HTTP/1.x request head; see head.h.  Knows nothing of
 * sockets, bodies or routes.
 *
 * Why this is our own code and not a library's: of the parsers that Debian 12
 * offers, evhttp takes two differing Content-Lengths, "+5", bare LF, a space
 * before the colon and NUL in a value, and silently drops the body of an
 * unknown transfer coding; http_parser takes bare LF and the space before the
 * colon and reads a hidden field behind a lone CR; llhttp 8.1 does that too
 * and takes an empty field name, folded lines, two Hosts and doubled spaces
 * (each was tried).  libmicrohttpd, libevhtp and libh2o bring a loop and own
 * the sockets.  Behind a proxy each of these is a way to smuggle a request.
 * The unit tests hold this code against llhttp.
 */
#include "config.h"

#include <string.h>

#include "shared/base/ascii.h"
#include "shared/http/head.h"

static err_t
refuse(unsigned *status, unsigned code)
{
	*status = code;
	return ERR_SYNTAX;
}

/* A line has ended; true if it was the empty one that ends the head. */
static bool
line_done(struct http_scan *s)
{
	bool empty = s->at - s->line == 2;

	s->line = s->at;
	if (empty && s->lines == 0 && s->skip == 0) {
		/* RFC 9112 2.2: one empty line before the request is passed over. */
		s->skip = 2;
		return false;
	}
	s->lines++;
	return empty;
}

err_t
http_scan(struct http_scan *s, struct span in)
{
	while (s->at < in.n) {
		uint8_t c = in.p[s->at];

		if (s->at - s->skip >= HTTP_HEAD_MAX)
			return refuse(&s->status, s->lines == 0 ? 414 : 431);
		if (s->cr != (c == '\n'))
			return refuse(&s->status, 400);
		if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
			return refuse(&s->status, 400);
		s->cr = c == '\r';
		s->at++;
		if (c == '\n' && line_done(s))
			return 0;
	}
	return ERR_SHORT;
}

bool
http_is_token(uint8_t c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

/* Cuts *rest at the first byte c: returns what stood before it, and *rest is
 * what follows.  Without c: everything, and *rest is empty with p NULL. */
static struct span
cut(struct span *rest, char c)
{
	const uint8_t *at = rest->p == NULL ? NULL : memchr(rest->p, c, rest->n);
	struct span before = *rest;

	if (at == NULL) {
		*rest = span_of(NULL, 0);
	} else {
		before.n = (size_t)(at - rest->p);
		*rest = span_of(at + 1, rest->n - before.n - 1);
	}
	return before;
}

static bool
all_tokens(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!http_is_token(s.p[i]))
			return false;
	return s.n > 0;
}

static err_t
parse_method(struct http_head *h, struct span word, unsigned *status)
{
	static const char *const names[METHOD_COUNT] = {
		[METHOD_NONE] = "", [METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD",
		[METHOD_POST] = "POST", [METHOD_DELETE] = "DELETE", [METHOD_OPTIONS] = "OPTIONS",
	};
	unsigned m;

	if (!all_tokens(word))
		return refuse(status, 400);
	for (m = METHOD_GET; m < METHOD_COUNT; m++) {
		if (span_is(word, names[m])) {
			h->method = (enum http_method)m;
			return 0;
		}
	}
	return refuse(status, 501);
}

/* Origin form only: an absolute target would name the host a second time. */
static err_t
parse_target(struct http_head *h, struct span target, unsigned *status)
{
	struct span rest = target;
	size_t i;

	if (target.n > HTTP_TARGET_MAX)
		return refuse(status, 414);
	if (target.n == 0 || target.p[0] != '/')
		return refuse(status, 400);
	for (i = 0; i < target.n; i++)
		if (target.p[i] <= ' ' || target.p[i] > '~' || target.p[i] == '#')
			return refuse(status, 400);
	h->target = target;
	h->path = cut(&rest, '?');
	h->query = rest;
	return 0;
}

static err_t
parse_version(struct http_head *h, struct span word, unsigned *status)
{
	if (word.n != 8 || !span_starts(word, "HTTP/") || !ascii_digit(word.p[5]) ||
	    word.p[6] != '.' || !ascii_digit(word.p[7]))
		return refuse(status, 400);
	if (word.p[5] != '1' || word.p[7] > '1')
		return refuse(status, 505);
	h->minor = word.p[7] - (unsigned)'0';
	return 0;
}

/* The next line without its CRLF; the scan has seen that it has one. */
static struct span
next_line(struct span *rest)
{
	struct span line = cut(rest, '\n');

	line.n--;
	return line;
}

static err_t
parse_request_line(struct http_head *h, struct span line, unsigned *status)
{
	struct span method = cut(&line, ' ');
	struct span target = cut(&line, ' ');
	err_t err;

	err = parse_method(h, method, status);
	if (err == 0)
		err = parse_target(h, target, status);
	if (err == 0)
		err = parse_version(h, line, status);
	return err;
}

/* A folded line begins with white space and so has no token for a name. */
static err_t
parse_field(struct http_head *h, struct span line, unsigned *status)
{
	struct span rest = line, name = cut(&rest, ':');

	if (name.n == line.n || !all_tokens(name))
		return refuse(status, 400);
	if (h->n_fields == HTTP_FIELDS_MAX)
		return refuse(status, 431);
	h->fields[h->n_fields++] = (struct http_field){.name = name, .value = ascii_trim(rest)};
	return 0;
}

const struct span *
http_head_field(const struct http_head *h, const char *name, size_t *n_found)
{
	const struct span *first = NULL;
	size_t i, n = 0;

	for (i = 0; i < h->n_fields; i++) {
		if (!span_is_nocase(h->fields[i].name, name))
			continue;
		if (n++ == 0)
			first = &h->fields[i].value;
	}
	if (n_found != NULL)
		*n_found = n;
	return first;
}

/* Host is asked for once in HTTP/1.1 (RFC 9112 3.2) and holds no list. */
static err_t
check_host(struct http_head *h, unsigned *status)
{
	size_t i, n;
	const struct span *host = http_head_field(h, "host", &n);

	if (n > 1 || (n == 0 && h->minor == 1))
		return refuse(status, 400);
	if (n == 0)
		return 0;
	for (i = 0; i < host->n; i++)
		if (host->p[i] <= ' ' || host->p[i] > '~' ||
		    strchr(",/?#@\\\"<>", host->p[i]) != NULL)
			return refuse(status, 400);
	if (host->n == 0)
		return refuse(status, 400);
	h->host = *host;
	return 0;
}

/*
 * Is there a tab behind this value?  To the RFC that is white space, to llhttp
 * an error: where it decides on the framing it is refused, so that nobody
 * before us reads it otherwise.  Every line has its CR, where this ends.
 */
static bool
tab_behind(struct span value)
{
	const uint8_t *p = value.p + value.n;

	while (*p == ' ')
		p++;
	return *p == '\t';
}

/* Eighteen digits cannot overflow 64 bits. */
static err_t
parse_length(struct http_head *h, struct span value, unsigned *status)
{
	uint64_t length = 0;
	size_t i;

	if (value.n == 0 || value.n > 18 || tab_behind(value))
		return refuse(status, 400);
	for (i = 0; i < value.n; i++) {
		if (!ascii_digit(value.p[i]))
			return refuse(status, 400);
		length = length * 10 + (uint64_t)(value.p[i] - '0');
	}
	h->framing = HTTP_BODY_LENGTH;
	h->content_length = length;
	return 0;
}

/* RFC 9112 6: one framing, named once, in the one way that is understood. */
static err_t
check_framing(struct http_head *h, unsigned *status)
{
	size_t lengths, codings;
	const struct span *length = http_head_field(h, "content-length", &lengths);
	const struct span *coding = http_head_field(h, "transfer-encoding", &codings);

	if (lengths + codings > 1 || (codings == 1 && h->minor == 0))
		return refuse(status, 400);
	if (lengths == 1)
		return parse_length(h, *length, status);
	if (codings == 0)
		return 0;
	if (!span_is_nocase(*coding, "chunked") || tab_behind(*coding))
		return refuse(status, 501);
	h->framing = HTTP_BODY_CHUNKED;
	return 0;
}

static err_t
check_expect(struct http_head *h, unsigned *status)
{
	size_t n;
	const struct span *expect = http_head_field(h, "expect", &n);

	if (n == 0)
		return 0;
	if (n > 1 || !span_is_nocase(*expect, "100-continue"))
		return refuse(status, 417);
	/* RFC 9110 10.1.1: an HTTP/1.0 client cannot mean it. */
	h->expect_continue = h->minor == 1;
	return 0;
}

/* RFC 9112 9.3; HTTP/1.0 is always closed, which every such client accepts. */
static void
check_connection(struct http_head *h)
{
	size_t i;

	h->keep_alive = h->minor == 1;
	for (i = 0; i < h->n_fields; i++) {
		struct span rest = h->fields[i].value;

		if (!span_is_nocase(h->fields[i].name, "connection"))
			continue;
		while (rest.n > 0)
			if (span_is_nocase(ascii_trim(cut(&rest, ',')), "close"))
				h->keep_alive = false;
	}
}

err_t
http_head_parse(struct span head, struct http_field fields[HTTP_FIELDS_MAX], struct http_head *out,
    unsigned *status)
{
	struct span line, rest = head;
	err_t err;

	*out = (struct http_head){.fields = fields};
	err = parse_request_line(out, next_line(&rest), status);
	for (line = next_line(&rest); err == 0 && line.n > 0; line = next_line(&rest))
		err = parse_field(out, line, status);
	if (err == 0)
		err = check_host(out, status);
	if (err == 0)
		err = check_framing(out, status);
	if (err == 0)
		err = check_expect(out, status);
	if (err == 0)
		check_connection(out);
	return err;
}
