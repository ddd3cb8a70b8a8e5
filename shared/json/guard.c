/* The strict reading of JSON; see guard.h. */
#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/ascii.h"
#include "shared/json/guard.h"

#define NUMBER_BYTES 64
#define KEYS_FIRST   32

const struct json_limits json_from_client = {
	.bytes = 1u << 20, .nodes = 65536, .members = 512, .string = 1u << 20, .nul = false};
const struct json_limits json_from_spotify = {
	.bytes = 4u << 20, .nodes = 400000, .members = 512, .string = 1u << 20, .nul = true};

/* A member name: where it was written, and its decoded form's hash. */
struct key {
	uint64_t hash;
	struct span raw;    /* between the quotes */
};

struct level {
	bool object;
	size_t first_key;   /* index of this object's first name in keys */
};

struct scan {
	const uint8_t *p, *end;
	const struct json_limits *limits;
	struct json_count count;
	unsigned depth;
	struct level level[JSON_DEPTH];
	struct key *keys;
	size_t n_keys, cap_keys;
};

/* Length of the well-formed sequence at p, 0 if there is none. */
static size_t
utf8_step(const uint8_t *p, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t n, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	/* The second byte's range excludes long forms, surrogates and what lies
	 * above U+10FFFF (Unicode, table 3-7). */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool
utf8_valid(struct span s)
{
	size_t i = 0, n;

	while (i < s.n) {
		uint64_t eight;

		/* Mostly ASCII: eight at a time. */
		if (s.n - i >= sizeof(eight)) {
			memcpy(&eight, s.p + i, sizeof(eight));
			if ((eight & 0x8080808080808080u) == 0) {
				i += sizeof(eight);
				continue;
			}
		}
		n = utf8_step(s.p + i, s.n - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

static void
skip_space(struct scan *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

/* Four hex digits at p to *out; false if they are not there. */
static bool
hex4(const uint8_t *p, const uint8_t *end, uint32_t *out)
{
	uint32_t v = 0;
	int i, d;

	if (end - p < 4)
		return false;
	for (i = 0; i < 4; i++) {
		d = ascii_hex(p[i]);
		if (d < 0)
			return false;
		v = v << 4 | (uint32_t)d;
	}
	*out = v;
	return true;
}

/*
 * One character of a string at *p (behind the opening quote), which is moved
 * past it; its code to *out.  ERR_SYNTAX for what a string must not hold.
 */
static err_t
string_char(const uint8_t **p, const uint8_t *end, uint32_t *out)
{
	static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const uint8_t *q = *p;
	const char *found;
	uint32_t low;

	if (*q < 0x20)
		return ERR_SYNTAX;
	if (*q != '\\') {
		*out = *q;      /* UTF-8 was checked: bytes stand for themselves */
		*p = q + 1;
		return 0;
	}
	if (end - q < 2)
		return ERR_SYNTAX;
	if (q[1] != 'u') {
		found = q[1] == '\0' ? NULL : strchr(plain, q[1]);
		if (found == NULL)
			return ERR_SYNTAX;
		*out = (uint8_t)meant[found - plain];
		*p = q + 2;
		return 0;
	}
	if (!hex4(q + 2, end, out) || (*out >= 0xdc00 && *out <= 0xdfff))
		return ERR_SYNTAX;
	*p = q + 6;
	if (*out < 0xd800 || *out > 0xdbff)
		return 0;
	if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u' ||
	    !hex4(*p + 2, end, &low) || low < 0xdc00 || low > 0xdfff)
		return ERR_SYNTAX;
	*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
	*p += 6;
	return 0;
}

static void
count_char(struct scan *s, uint32_t c, bool escaped)
{
	s->count.text += !escaped || c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	s->count.odd += escaped && c >= 0x10000 && (c & 0xf800) == 0xd800;
}

/* A string at s->p; *raw is what stands between its quotes. */
static err_t
scan_string(struct scan *s, struct span *raw)
{
	const uint8_t *start = ++s->p;
	uint32_t c;
	err_t err;

	while (s->p < s->end && *s->p != '"') {
		const uint8_t *plain = s->p;
		bool escaped = *s->p == '\\';

		/* Most characters are nothing special. */
		while (s->p < s->end && *s->p >= 0x20 && *s->p != '"' && *s->p != '\\')
			s->p++;
		s->count.text += (size_t)(s->p - plain);
		if (s->p > plain)
			continue;

		err = string_char(&s->p, s->end, &c);
		if (err != 0)
			return err;
		if (escaped && c == 0 && !s->limits->nul)
			return ERR_SYNTAX;
		count_char(s, c, escaped);
	}
	if (s->p >= s->end)
		return ERR_SYNTAX;
	*raw = span_of(start, (size_t)(s->p - start));
	s->p++;
	return raw->n > s->limits->string ? ERR_LIMIT : 0;
}

/* Writes a code as UTF-8 where it was escaped, a raw byte as it is. */
static size_t
put_char(uint8_t *out, uint32_t c, bool escaped)
{
	if (!escaped || c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* Decodes a checked member name; ERR_LIMIT if it is too long. */
static err_t
decode_key(struct span raw, uint8_t out[JSON_KEY_BYTES + 4], size_t *n)
{
	const uint8_t *p = raw.p, *end = raw.p + raw.n;
	uint32_t c;
	size_t len = 0;

	if (raw.n <= JSON_KEY_BYTES && memchr(raw.p, '\\', raw.n) == NULL) {
		memcpy(out, raw.p, raw.n);   /* checked: nothing to decode */
		*n = raw.n;
		return 0;
	}
	while (p < end) {
		bool escaped = *p == '\\';
		err_t err = string_char(&p, end, &c);

		if (err != 0)
			return err;
		len += put_char(out + len, c, escaped);
		if (len > JSON_KEY_BYTES)
			return ERR_LIMIT;
	}
	*n = len;
	return 0;
}

/* Equal hashes: are the names the same? */
static bool
same_key(struct span raw, const uint8_t *name, size_t n)
{
	uint8_t other[JSON_KEY_BYTES + 4];
	size_t len;

	return decode_key(raw, other, &len) == 0 && len == n && memcmp(other, name, n) == 0;
}

/* Notes a member name; ERR_SYNTAX if its object has it already. */
static err_t
note_key(struct scan *s, struct span raw)
{
	const size_t first = s->level[s->depth - 1].first_key;
	uint8_t name[JSON_KEY_BYTES + 4];
	uint64_t hash = 0xcbf29ce484222325u;   /* FNV-1a */
	size_t i, n;
	struct key *grown;
	err_t err;

	err = decode_key(raw, name, &n);
	if (err != 0)
		return err;
	if (memchr(name, 0, n) != NULL)
		return ERR_SYNTAX;   /* json-c would end the name there */
	for (i = 0; i < n; i++)
		hash = (hash ^ name[i]) * 0x100000001b3u;
	for (i = first; i < s->n_keys; i++)
		if (s->keys[i].hash == hash && same_key(s->keys[i].raw, name, n))
			return ERR_SYNTAX;
	if (s->n_keys - first >= s->limits->members)
		return ERR_LIMIT;
	if (s->n_keys == s->cap_keys) {
		size_t cap = s->cap_keys == 0 ? KEYS_FIRST : s->cap_keys * 2;

		grown = reallocarray(s->keys, cap, sizeof(*grown));
		if (grown == NULL)
			return ERR_NOMEM;
		s->keys = grown;
		s->cap_keys = cap;
	}
	s->keys[s->n_keys++] = (struct key){.hash = hash, .raw = raw};
	return 0;
}

static bool
digits(struct scan *s)
{
	const uint8_t *start = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > start;
}

/* Is the integer, a sign and digits without leading zeros, within int64? */
static bool
fits_int64(const uint8_t *p, size_t n)
{
	static const char most[] = "9223372036854775807", least[] = "9223372036854775808";
	bool negative = *p == '-';

	p += negative;
	n -= negative;
	if (n != sizeof(most) - 1)
		return n < sizeof(most) - 1;
	return memcmp(p, negative ? least : most, n) <= 0;
}

static err_t
scan_number(struct scan *s)
{
	const uint8_t *start = s->p;
	char text[NUMBER_BYTES + 1];
	bool whole = true;
	size_t n;

	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!digits(s))
		return ERR_SYNTAX;
	if (s->p < s->end && *s->p == '.') {
		whole = false;
		s->p++;
		if (!digits(s))
			return ERR_SYNTAX;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		whole = false;
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!digits(s))
			return ERR_SYNTAX;
	}
	n = (size_t)(s->p - start);
	if (n > NUMBER_BYTES || (whole && !fits_int64(start, n)))
		return ERR_LIMIT;
	memcpy(text, start, n);
	text[n] = '\0';
	return whole || isfinite(strtod(text, NULL)) ? 0 : ERR_LIMIT;
}

static err_t
scan_word(struct scan *s)
{
	static const char *const words[] = {"true", "false", "null"};
	const struct span rest = span_of(s->p, (size_t)(s->end - s->p));
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_starts(rest, words[i])) {
			s->p += strlen(words[i]);
			return 0;
		}
	}
	return ERR_SYNTAX;
}

/* A member's name and its colon. */
static err_t
scan_name(struct scan *s)
{
	struct span raw;
	err_t err;

	skip_space(s);
	if (s->p >= s->end || *s->p != '"')
		return ERR_SYNTAX;
	err = scan_string(s, &raw);
	if (err == 0)
		err = note_key(s, raw);
	if (err != 0)
		return err;
	skip_space(s);
	if (s->p >= s->end || *s->p != ':')
		return ERR_SYNTAX;
	s->p++;
	return 0;
}

/* Goes into an object or array; *empty is set when it ends at once. */
static err_t
enter(struct scan *s, bool *empty)
{
	const bool object = *s->p++ == '{';

	if (s->depth == JSON_DEPTH)
		return ERR_LIMIT;
	s->level[s->depth++] = (struct level){.object = object, .first_key = s->n_keys};
	skip_space(s);
	if (s->p < s->end && *s->p == (object ? '}' : ']')) {
		s->p++;
		s->depth--;
		*empty = true;
		return 0;
	}
	*empty = false;
	return object ? scan_name(s) : 0;
}

/* The beginning of a value; *complete is false when it goes on inside. */
static err_t
scan_value(struct scan *s, bool *complete)
{
	struct span raw;

	*complete = true;
	skip_space(s);
	if (s->p >= s->end)
		return ERR_SYNTAX;
	if (++s->count.values > s->limits->nodes)
		return ERR_LIMIT;
	if (*s->p == '{' || *s->p == '[')
		return enter(s, complete);
	if (*s->p == '"')
		return scan_string(s, &raw);
	if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
		return scan_number(s);
	return scan_word(s);
}

/* Behind a value inside something: *more if another value follows. */
static err_t
scan_after(struct scan *s, bool *more)
{
	const struct level *l = &s->level[s->depth - 1];

	skip_space(s);
	if (s->p >= s->end)
		return ERR_SYNTAX;
	if (*s->p == ',') {
		s->p++;
		*more = true;
		return l->object ? scan_name(s) : 0;
	}
	if (*s->p != (l->object ? '}' : ']'))
		return ERR_SYNTAX;
	s->p++;
	s->n_keys = l->first_key;
	s->depth--;
	*more = false;
	return 0;
}

static err_t
scan_text(struct scan *s)
{
	bool complete, more;
	err_t err;

	for (;;) {
		err = scan_value(s, &complete);
		if (err != 0)
			return err;
		if (!complete)
			continue;
		more = false;
		while (s->depth > 0 && !more) {
			err = scan_after(s, &more);
			if (err != 0)
				return err;
		}
		if (!more)
			break;
	}
	skip_space(s);
	return s->p == s->end ? 0 : ERR_SYNTAX;
}

err_t
json_guard_count(struct span text, const struct json_limits *limits, struct json_count *out)
{
	struct scan s = {.p = text.p, .end = text.p + text.n, .limits = limits};
	err_t err;

	if (text.n > limits->bytes)
		return ERR_LIMIT;
	if (text.n == 0 || !utf8_valid(text))
		return ERR_SYNTAX;
	err = scan_text(&s);
	free(s.keys);
	if (err == 0)
		*out = s.count;
	return err;
}

err_t
json_guard(struct span text, const struct json_limits *limits)
{
	struct json_count count;

	return json_guard_count(text, limits, &count);
}
