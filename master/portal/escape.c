/* Escaping by place; see escape.h. */
#include "config.h"

#include "master/portal/escape.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Smallest value that needs a sequence of this length (index 2 to 4). */
static const uint32_t least_of_length[] = {0, 0, 0x80, 0x800, 0x10000};

/*
 * Reads one UTF-8 character at s (RFC 3629: no overlong forms, no surrogates);
 * gives its length, or 0 when the bytes are none.
 */
static size_t
utf8_next(struct span s, uint32_t *out)
{
	uint8_t lead = s.p[0];
	size_t i, n = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 :
	    lead < 0xf5 ? 4 : 0;
	uint32_t c = lead;

	if (n == 0 || n > s.n)
		return 0;
	if (n > 1)
		c = lead & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		c = (c << 6) | (s.p[i] & 0x3fu);
	}
	if (c < least_of_length[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	*out = c;
	return n;
}

/* Characters that no page shows: controls, and those that turn the writing
 * direction of what follows. */
static bool
unwanted(uint32_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) ||
	    c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

static const char *
entity(uint32_t c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '`':
		return "&#96;";
	case '\n':
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static err_t
escape(struct buf *out, struct span s, bool attribute)
{
	err_t err = 0;

	while (s.n > 0 && err == 0) {
		uint32_t c = 0;
		size_t n = utf8_next(s, &c);
		const char *e = n == 0 || unwanted(c) ? REPLACEMENT : entity(c, attribute);

		if (n == 0)
			n = 1;
		err = e != NULL ? buf_put_str(out, e) : buf_put(out, s.p, n);
		s = span_of(s.p + n, s.n - n);
	}
	return err;
}

err_t
escape_text(struct buf *out, struct span s)
{
	return escape(out, s, false);
}

err_t
escape_attr(struct buf *out, struct span s)
{
	return escape(out, s, true);
}

/* Browsers drop tabs and newlines and read a backslash as a slash before they
 * look at the scheme; none belongs in an address. */
static bool
no_gaps(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] == '\\' || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool
address_allowed(struct span s)
{
	if (!no_gaps(s))
		return false;
	if (span_starts(s, "/"))
		return s.n == 1 || s.p[1] != '/';
	return span_starts(s, "https://") || span_starts(s, "http://") ||
	    span_starts(s, "mailto:");
}

err_t
escape_url(struct buf *out, struct span s)
{
	return address_allowed(s) ? escape(out, s, true) : buf_put_str(out, "#");
}

/* A scheme that no browser runs or shows by itself. */
static bool
app_scheme(struct span s)
{
	static const char *const own[] = {"javascript:", "data:", "vbscript:", "blob:", "file:",
	    "about:", "view-source:", "filesystem:", "http:", "https:", "mailto:", "ws:", "wss:"};
	size_t i, n = 0;

	while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || (n > 0 && ((s.p[n] >= '0' &&
	    s.p[n] <= '9') || s.p[n] == '+' || s.p[n] == '-' || s.p[n] == '.'))))
		n++;
	if (n == 0 || n == s.n || s.p[n] != ':')
		return false;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (span_starts(s, own[i]))
			return false;
	return true;
}

err_t
escape_app(struct buf *out, struct span s)
{
	return no_gaps(s) && app_scheme(s) ? escape(out, s, true) : buf_put_str(out, "#");
}

/* Marks that are not seen, and the separators that make two lines of one. */
static bool
unseen(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200c) || c == 0x2028 || c == 0x2029 ||
	    (c >= 0x2060 && c <= 0x2064) || c == 0xad || c == 0x3164 || c == 0x2800 ||
	    (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c < 0xe0080);
}

static bool
white(uint32_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	    c == 0x205f || c == 0x3000;
}

err_t
escape_name(struct buf *out, struct span s, size_t most)
{
	const size_t start = out->len;
	bool gap = false;
	err_t err = 0;

	while (s.n > 0 && err == 0) {
		uint32_t c = 0;
		size_t n = utf8_next(s, &c);
		const struct span one = span_of(s.p, n);

		s = span_of(s.p + (n == 0 ? 1 : n), s.n - (n == 0 ? 1 : n));
		gap = gap || (n > 0 && white(c));
		if (n == 0 || white(c) || unwanted(c) || unseen(c))
			continue;
		gap = gap && out->len > start;
		if (out->len - start + gap + n > most)
			break;
		if (gap)
			err = buf_put_byte(out, ' ');
		if (err == 0)
			err = buf_put_span(out, one);
		gap = false;
	}
	return err;
}

bool
escape_harmless(struct span s)
{
	while (s.n > 0) {
		uint32_t c = 0;
		size_t n = utf8_next(s, &c);

		if (n == 0 || unwanted(c) || c == '\n' || c == '\t')
			return false;
		s = span_of(s.p + n, s.n - n);
	}
	return true;
}
