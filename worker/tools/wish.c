/* Lines of lists, read; see wish.h. */
#include "config.h"

#include <string.h>

#include "shared/base/ascii.h"
#include "worker/tools/wish.h"

#define EN_DASH "\xE2\x80\x93"
#define EM_DASH "\xE2\x80\x94"

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span
trim(struct span s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static struct span
sub(struct span s, size_t from, size_t to)
{
	return trim(span_of(s.p + from, to - from));
}

bool
wish_isrc(struct span text, char out[ISRC_LEN + 1])
{
	char code[ISRC_LEN];
	size_t i, n = 0;
	char c;

	text = trim(text);
	if (text.n > 5 && span_is_nocase(span_of(text.p, 5), "isrc:"))
		text = sub(text, 5, text.n);
	for (i = 0; i < text.n; i++) {
		c = (char)text.p[i];
		if ((c == '-' || c == ' ') && n > 0)
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (n == ISRC_LEN || !((n < 5 && c >= 'A' && c <= 'Z') ||
		    (n >= 2 && ascii_digit((uint8_t)c))))
			return false;
		code[n++] = c;
	}
	if (n != ISRC_LEN)
		return false;
	memcpy(out, code, ISRC_LEN);
	out[ISRC_LEN] = '\0';
	return true;
}

int64_t
wish_duration(struct span text)
{
	int64_t v = 0, part = 0;
	size_t i, colons = 0;

	text = trim(text);
	if (text.n == 0 || text.n > 9)
		return 0;
	for (i = 0; i < text.n; i++)
		if (ascii_digit(text.p[i]))
			part = part * 10 + (text.p[i] - '0');
		else if (text.p[i] == ':' && i > 0 && i + 2 < text.n && colons++ < 2) {
			v = (v + part) * 60;
			part = 0;
		} else
			return 0;
	v += part;
	/* A number alone: a song has no twenty thousand seconds. */
	return colons == 0 && v >= 20000 ? v : v * 1000;
}

/* --- readings --------------------------------------------------------------------- */

static void
add(struct wish *w, struct span artist, struct span title, bool doubtful)
{
	if (w->n < WISH_READINGS && title.n > 0) {
		w->readings[w->n].artist = artist;
		w->readings[w->n].title = title;
		w->readings[w->n++].doubtful = doubtful;
	}
}

/* A quote around the whole goes. */
static struct span
unquote(struct span s)
{
	static const char *const pairs[][2] = {{"\"", "\""}, {"\xE2\x80\x9C", "\xE2\x80\x9D"},
	    {"\xE2\x80\x9E", "\xE2\x80\x9C"}, {"\xC2\xAB", "\xC2\xBB"}};
	size_t i, a, b;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		a = strlen(pairs[i][0]);
		b = strlen(pairs[i][1]);
		if (s.n > a + b && span_starts(s, pairs[i][0]) &&
		    span_is(span_of(s.p + s.n - b, b), pairs[i][1]))
			return sub(s, a, s.n - b);
	}
	return s;
}

/* Where the text parts in two at the sign; false: nowhere. */
static bool
part_at(struct span s, const char *sign, bool last, struct span *a, struct span *b)
{
	size_t n = strlen(sign), i;
	bool found = false;

	for (i = 0; i + n <= s.n && (last || !found); i++)
		if (span_is_nocase(span_of(s.p + i, n), sign) && sub(s, 0, i).n > 0 &&
		    sub(s, i + n, s.n).n > 0) {
			*a = unquote(sub(s, 0, i));
			*b = unquote(sub(s, i + n, s.n));
			found = true;
		}
	return found;
}

/* The first dash with blanks around it, else a long dash, else a tilde or bar. */
static bool
part_at_dash(struct span s, struct span *a, struct span *b)
{
	static const char *const spaced[] = {" - ", " " EN_DASH " ", " " EM_DASH " ",
	    " \xE2\x80\x90 ", " \xE2\x80\x91 ", " \xE2\x80\x92 ", " \xE2\x80\x95 ", " \xE2\x88\x92 ",
	    " -- ", " ~ ", " | "};
	static const char *const bare[] = {EM_DASH, EN_DASH, "\xE2\x80\x95", " -", "- ",
	    " / "};
	struct span x, y;
	size_t i, least = SIZE_MAX;
	bool found;

	for (i = 0; i < sizeof(spaced) / sizeof(spaced[0]); i++)
		if (part_at(s, spaced[i], false, &x, &y) && x.n < least) {
			*a = x;
			*b = y;
			least = x.n;
		}
	found = least < SIZE_MAX;
	for (i = 0; i < sizeof(bare) / sizeof(bare[0]) && !found; i++)
		found = part_at(s, bare[i], false, a, b);
	return found;
}

/* Artist「title」 */
static bool
part_at_corner(struct span s, struct span *a, struct span *b)
{
	static const char *const pairs[][2] = {{"\xE3\x80\x8C", "\xE3\x80\x8D"},
	    {"\xE3\x80\x8E", "\xE3\x80\x8F"}};
	struct span rest, none;
	size_t i;

	for (i = 0; i < 2; i++)
		if (part_at(s, pairs[i][0], false, a, b)) {
			rest = *b;
			if (part_at(rest, pairs[i][1], false, b, &none))
				return true;
			if (rest.n > 3 && span_is(span_of(rest.p + rest.n - 3, 3), pairs[i][1])) {
				*b = sub(rest, 0, rest.n - 3);
				return true;
			}
		}
	return false;
}

static void
read_names(struct wish *w, struct span s)
{
	struct span a, b;

	if (part_at(s, "\t", false, &a, &b) || part_at_dash(s, &a, &b)) {
		add(w, a, b, false);
		add(w, b, a, true);
	} else if (part_at_corner(s, &a, &b))
		add(w, a, b, false);
	else if (part_at(s, " by ", true, &a, &b)) {
		add(w, b, a, false);
		add(w, span_of(NULL, 0), unquote(s), false);
	} else if (part_at(s, ": ", false, &a, &b) || part_at(s, ";", false, &a, &b) ||
	    part_at(s, ",", false, &a, &b)) {
		add(w, a, b, false);
		add(w, b, a, true);
		add(w, span_of(NULL, 0), unquote(s), false);
	} else {
		add(w, span_of(NULL, 0), unquote(s), false);
		if (part_at(s, "-", false, &a, &b))
			add(w, a, b, true);
	}
}

/* --- what stands around ------------------------------------------------------------ */

/* "12. ", "03) ", "#4 ", "* ", "- " in front. */
static struct span
without_number(struct span s)
{
	size_t i = 0;

	if (span_starts(s, "\xE2\x80\xA2"))
		return sub(s, 3, s.n);
	if (s.n > 1 && (s.p[0] == '*' || s.p[0] == '-') && s.p[1] == ' ')
		return sub(s, 1, s.n);
	if (s.n > 0 && s.p[0] == '#')
		i++;
	while (i < s.n && i < 5 && ascii_digit(s.p[i]))
		i++;
	if (i > 0 && i + 1 < s.n && ascii_digit(s.p[i - 1])) {
		if ((s.p[i] == '.' || s.p[i] == ')') && is_space(s.p[i + 1]))
			return sub(s, i + 1, s.n);
		if (s.p[0] == '#' && is_space(s.p[i]))
			return sub(s, i, s.n);
		/* "01 - Artist - Title" */
		if (s.p[0] == '0' && s.n - i > 3 && memcmp(s.p + i, " - ", 3) == 0)
			return sub(s, i + 3, s.n);
	}
	return s;
}

/* "A2. ", "B1) " in front: a side of a record. */
static struct span
without_side(struct span s)
{
	size_t i = 1;

	if (s.n < 5 || s.p[0] < 'A' || s.p[0] > 'H' || !ascii_digit(s.p[1]))
		return s;
	while (i < 3 && ascii_digit(s.p[i]))
		i++;
	return (s.p[i] == '.' || s.p[i] == ')') && is_space(s.p[i + 1]) ? sub(s, i + 1, s.n) : s;
}

/* "07 ", "1:02:45 ", "[00:14:30] " in front: a file's number, a time in a set.  It may be
 * a name as well. */
static struct span
without_place(struct span s)
{
	size_t i = 0, colons = 0;
	bool bracket = s.n > 0 && (s.p[0] == '[' || s.p[0] == '(');

	for (i = bracket ? 1 : 0; i < s.n && i < 10 && (ascii_digit(s.p[i]) || s.p[i] == ':'); i++)
		colons += s.p[i] == ':';
	if (i == 0 || i >= s.n || (colons == 0 && (bracket || s.p[0] != '0')))
		return s;
	if (bracket && s.p[i] != ']' && s.p[i] != ')')
		return s;
	i += bracket;
	return i + 1 < s.n && is_space(s.p[i]) ? sub(s, i, s.n) : s;
}

/* ".mp3" behind. */
static struct span
without_extension(struct span s)
{
	static const char *const ends[] = {".mp3", ".flac", ".m4a", ".ogg", ".opus", ".wav", ".aac",
	    ".wma", ".aiff"};
	size_t i, n;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = strlen(ends[i]);
		if (s.n > n && span_is_nocase(span_of(s.p + s.n - n, n), ends[i]))
			return sub(s, 0, s.n - n);
	}
	return s;
}

/* A file's name has lines for blanks, where it has no blanks. */
static void
blanks_for_lines(char *text)
{
	if (strpbrk(text, " \t") == NULL)
		for (; *text != '\0'; text++)
			if (*text == '_')
				*text = ' ';
}

/* "... (3:45)", "... 3:45" behind. */
static struct span
without_duration(struct span s, int64_t *ms)
{
	size_t end = s.n, from;

	if (end > 0 && (s.p[end - 1] == ')' || s.p[end - 1] == ']'))
		end--;
	from = end;
	while (from > 0 && (ascii_digit(s.p[from - 1]) || s.p[from - 1] == ':'))
		from--;
	if (from == 0 || from == end || memchr(s.p + from, ':', end - from) == NULL ||
	    (end < s.n && s.p[from - 1] != '(' && s.p[from - 1] != '[') ||
	    (end == s.n && !is_space(s.p[from - 1])))
		return s;
	*ms = wish_duration(span_of(s.p + from, end - from));
	return *ms > 0 ? sub(s, 0, end < s.n ? from - 1 : from) : s;
}

/* Names, perhaps with a place in front: then in that meaning first. */
static void
read_line(struct wish *w, struct span s)
{
	const struct span rest = without_place(s);
	struct span a, b;

	if (rest.n < s.n && part_at_dash(rest, &a, &b))
		read_names(w, rest);
	read_names(w, s);
}

/* --- rows ------------------------------------------------------------------------- */

/* Reads the fields of a row, taking quotes away in place.  The number of fields;
 * 0: quotes are not as in CSV. */
static size_t
row_fields(char *text, char separator, struct span fields[WISH_FIELDS])
{
	char *in = text, *out;
	size_t n = 0;
	bool more = true;

	while (more) {
		char *start = in;
		bool quoted;

		while (*in == ' ')
			in++;
		quoted = *in == '"';
		out = start;
		if (quoted) {
			for (in++; *in != '\0' && (*in != '"' || in[1] == '"'); in++) {
				if (*in == '"')
					in++;
				*out++ = *in;
			}
			if (*in++ != '"')
				return 0;
			while (*in == ' ')
				in++;
			if (*in != separator && *in != '\0')
				return 0;
		} else
			while (*in != separator && *in != '\0')
				*out++ = *in++;
		if (n < WISH_FIELDS)
			fields[n++] = trim(span_of(start, (size_t)(out - start)));
		more = *in != '\0';
		in++;
	}
	return n;
}

static enum wish_column
column_of(struct span name)
{
	static const struct { const char *name; enum wish_column column; } names[] = {
		{"artist", COLUMN_ARTIST}, {"artists", COLUMN_ARTIST},
		{"artist name", COLUMN_ARTIST}, {"artist name(s)", COLUMN_ARTIST},
		{"artistname", COLUMN_ARTIST}, {"performer", COLUMN_ARTIST},
		{"title", COLUMN_TITLE}, {"track", COLUMN_TITLE}, {"track name", COLUMN_TITLE},
		{"trackname", COLUMN_TITLE}, {"song", COLUMN_TITLE}, {"name", COLUMN_TITLE},
		{"song name", COLUMN_TITLE}, {"isrc", COLUMN_ISRC}, {"uri", COLUMN_LINK},
		{"track uri", COLUMN_LINK}, {"spotify uri", COLUMN_LINK}, {"url", COLUMN_LINK},
		{"link", COLUMN_LINK}, {"duration", COLUMN_DURATION}, {"time", COLUMN_DURATION},
		{"length", COLUMN_DURATION}, {"duration_ms", COLUMN_DURATION},
		{"duration (ms)", COLUMN_DURATION}, {"track duration (ms)", COLUMN_DURATION},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(name, names[i].name))
			return names[i].column;
	return COLUMN_OTHER;
}

static bool
take_heading(const struct span *fields, size_t n, char separator, struct wish_heading *h)
{
	size_t i, known = 0;

	for (i = 0; i < n; i++)
		known += column_of(fields[i]) != COLUMN_OTHER;
	if (known < 2)
		return false;
	h->n = n;
	h->separator = separator;
	for (i = 0; i < n; i++)
		h->columns[i] = column_of(fields[i]);
	return true;
}

/* A link or URI of a track or an episode. */
static bool
take_link(struct span text, struct wish *w)
{
	char copy[301];

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	/* A bare id has digits; one word of so many letters is a title. */
	if (item_parse(copy, strpbrk(copy, "0123456789") != NULL ? ITEM_TRACK : ITEM_NONE,
	    &w->ref) != 0)
		return false;
	w->kind = WISH_ITEM;
	return true;
}

/* Rows without a heading: links and codes are known by their look, then artist
 * and title in either order. */
static void
guess_columns(const struct span *fields, size_t n, struct wish *w)
{
	struct span texts[2] = {{.n = 0}, {.n = 0}};
	size_t i, k = 0;
	int64_t ms;

	for (i = 0; i < n; i++) {
		if (take_link(fields[i], w))
			return;
		if (wish_isrc(fields[i], w->isrc))
			continue;
		ms = k == 2 ? wish_duration(fields[i]) : 0;
		if (ms > 30000)
			w->duration_ms = ms;
		else if (k < 2 && fields[i].n > 0)
			texts[k++] = fields[i];
	}
	if (k == 2) {
		add(w, texts[0], texts[1], false);
		add(w, texts[1], texts[0], false);
	} else if (k == 1)
		read_names(w, texts[0]);
}

static void
use_columns(const struct span *fields, size_t n, const struct wish_heading *h, struct wish *w)
{
	struct span artist = {.n = 0}, title = {.n = 0};
	size_t i;

	for (i = 0; i < n && i < h->n; i++)
		switch (h->columns[i]) {
		case COLUMN_LINK:
			if (take_link(fields[i], w))
				return;
			break;
		case COLUMN_ISRC:
			(void)wish_isrc(fields[i], w->isrc);
			break;
		case COLUMN_DURATION:
			w->duration_ms = wish_duration(fields[i]);
			break;
		case COLUMN_ARTIST:
			artist = fields[i];
			break;
		case COLUMN_TITLE:
			title = fields[i];
			break;
		case COLUMN_OTHER:
			break;
		}
	add(w, artist, title, false);
}

/* Reads the text as a row, if it is one. */
static bool
read_row(struct wish *w, struct wish_heading *h)
{
	static const char separators[] = ",;\t";
	struct span fields[WISH_FIELDS];
	char copy[WISH_BYTES + 1];
	size_t i, n;

	for (i = 0; separators[i] != '\0'; i++) {
		if (h->n > 0 && h->separator != separators[i])
			continue;
		memcpy(copy, w->text, sizeof(copy));
		n = row_fields(copy, separators[i], fields);
		if (n < 2)
			continue;
		if (h->n == 0 && take_heading(fields, n, separators[i], h))
			return true;
		/* A comma also stands in titles: quotes or three fields make it a row. */
		if (h->n == 0 && strchr(w->text, '"') != w->text && strstr(w->text, ",\"") == NULL &&
		    (n < 3 || part_at_dash(span_str(w->text), &fields[0], &fields[1])) &&
		    !(separators[i] == ';' && n > 2))
			continue;
		n = row_fields(w->text, separators[i], fields);
		if (h->n > 0)
			use_columns(fields, n, h, w);
		else
			guess_columns(fields, n, w);
		return true;
	}
	return false;
}

/* "# anything", and what an M3U file says about the link below it (#EXTM3U,
 * #EXTINF); "#3 Artist - Title" is none. */
static bool
is_comment(struct span s)
{
	return s.n > 0 && s.p[0] == '#' &&
	    (s.n == 1 || is_space(s.p[1]) || span_starts(s, "#EXT"));
}

err_t
wish_read(const char *line, struct wish_heading *heading, struct wish *out)
{
	struct span s = trim(span_str(line));

	memset(out, 0, sizeof(*out));
	if (s.n > WISH_BYTES)
		return ERR_LIMIT;
	if (s.n == 0 || is_comment(s))
		return 0;
	memcpy(out->text, s.p, s.n);
	out->text[s.n] = '\0';
	s = span_str(out->text);
	if (!take_link(s, out) && !read_row(out, heading)) {
		blanks_for_lines(out->text);
		s = without_extension(without_side(without_number(s)));
		s = without_duration(s, &out->duration_ms);
		if (!wish_isrc(s, out->isrc))
			read_line(out, s);
	}
	if (out->kind == WISH_ITEM)
		return out->ref.kind == ITEM_TRACK || out->ref.kind == ITEM_EPISODE ? 0 : ERR_SYNTAX;
	if (out->n > 0 || out->isrc[0] != '\0')
		out->kind = WISH_NAMES;
	return 0;
}
