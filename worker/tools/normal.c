/* Texts as they are compared; see normal.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <uninorm.h>
#include <unictype.h>

#include "worker/spotify/text.h"
#include "worker/tools/normal.h"

#define DISTANCE_MOST 8
#define OTHER_WORD 5   /* letters: "light" is no typing mistake for "night" */

/* Letters that Unicode does not take apart, as people without them type them. */
static const struct { uint32_t c; char as[3]; } plain[] = {
	{0xE6, "ae"}, {0xF0, "d"}, {0xF8, "o"}, {0xFE, "th"}, {0x111, "d"}, {0x127, "h"},
	{0x131, "i"}, {0x142, "l"}, {0x14B, "n"}, {0x153, "oe"}, {0x167, "t"}, {0x1C0, "i"},
};

/* Words that are written in several ways, in titles above all. */
static const struct { const char *word, *as; } same_words[] = {
	{"pt", "part"}, {"pts", "part"}, {"parts", "part"}, {"vol", "volume"}, {"n", "and"}, {"ii", "2"}, {"iii", "3"}, {"iv", "4"},
	{"mt", "mount"}, {"st", "saint"}, {"vi", "6"}, {"vii", "7"}, {"viii", "8"}, {"ix", "9"},
};

static void
put(struct normal *out, uint32_t c)
{
	if (out->n < NORMAL_MAX)
		out->c[out->n++] = c;
}

static void
put_blank(struct normal *out)
{
	if (out->n > 0 && out->c[out->n - 1] != ' ')
		put(out, ' ');
}

/* Accents and vowel points that are often left out.  Marks of other scripts
 * are letters: without them words become others. */
static bool
is_accent(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36F) || (c >= 0x591 && c <= 0x5C7) ||
	    (c >= 0x64B && c <= 0x652) || c == 0x670 || c == 0x640 || c == 0xFE0E || c == 0xFE0F;
}

static bool
is_apostrophe(uint32_t c)
{
	return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x2BC || c == '`' || c == 0xB4 ||
	    c == 0x301 || c == 0x2032;
}

static bool
is_letter(uint32_t c)
{
	return uc_is_general_category_withtable(c,
	    UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N | UC_CATEGORY_MASK_M);
}

static void
put_letter(struct normal *out, uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i].c == c) {
			put(out, (uint32_t)plain[i].as[0]);
			if (plain[i].as[1] != '\0')
				put(out, (uint32_t)plain[i].as[1]);
			return;
		}
	put(out, c);
}

/* Signs that stand for a letter inside a word: P!nk, Ke$ha. */
static uint32_t
letter_for(uint32_t c, bool inside)
{
	if (c == '$')
		return 's';
	if (c == '!' && inside)
		return 'i';
	return 0;
}

static void
put_word(struct normal *out, const char *word)
{
	put_blank(out);
	while (*word != '\0')
		put(out, (unsigned char)*word++);
	put_blank(out);
}

static void
take(const uint32_t *c, size_t n, bool signs, struct normal *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		bool inside = i > 0 && i + 1 < n && is_letter(c[i - 1]) && is_letter(c[i + 1]);
		uint32_t letter = letter_for(c[i], inside);

		if (is_accent(c[i]))
			continue;
		if (letter != 0 && !signs)
			put(out, letter);
		else if (is_letter(c[i]))
			put_letter(out, c[i]);
		else if (signs && c[i] > ' ')
			put(out, c[i]);
		else if (c[i] == '&' || (c[i] == '+' && !inside))
			put_word(out, "and");
		else if (c[i] == '@' && i > 0 && c[i - 1] == ' ')
			put_word(out, "at");
		else if (!is_apostrophe(c[i]))
			put_blank(out);
	}
	if (out->n > 0 && out->c[out->n - 1] == ' ')
		out->n--;
}

bool
normal_word(const struct normal *a, size_t *at, size_t *start, size_t *n)
{
	size_t i = *at;

	while (i < a->n && a->c[i] == ' ')
		i++;
	*start = i;
	while (i < a->n && a->c[i] != ' ')
		i++;
	*n = i - *start;
	*at = i;
	return *n > 0;
}

bool
normal_word_is(const struct normal *a, size_t start, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n && text[i] != '\0'; i++)
		if (a->c[start + i] != (unsigned char)text[i])
			return false;
	return i == n && text[i] == '\0';
}

/* "n" is "and" in "rock n roll", not in "n o r d". */
static bool
means(const struct normal *a, size_t start, size_t n, const char *word)
{
	return normal_word_is(a, start, n, word) && (n > 1 || (start > 2 && a->c[start - 3] != ' '));
}

static void
even_words(struct normal *a)
{
	struct normal out = {.n = 0};
	size_t at = 0, start, n, i, k;
	bool part = false;

	while (normal_word(a, &at, &start, &n)) {
		put_blank(&out);
		if (part && normal_word_is(a, start, n, "i"))
			a->c[start] = '1';
		part = normal_word_is(a, start, n, "part") || normal_word_is(a, start, n, "pt") ||
		    normal_word_is(a, start, n, "parts") || normal_word_is(a, start, n, "pts");
		for (i = 0; i < sizeof(same_words) / sizeof(same_words[0]); i++)
			if (means(a, start, n, same_words[i].word))
				break;
		if (i < sizeof(same_words) / sizeof(same_words[0]))
			for (k = 0; same_words[i].as[k] != '\0'; k++)
				put(&out, (unsigned char)same_words[i].as[k]);
		else
			for (k = 0; k < n; k++)
				put(&out, a->c[start + k]);
	}
	*a = out;
}

err_t
normal_of(struct span text, struct normal *out)
{
	uint32_t in[NORMAL_MAX], room[NORMAL_MAX * 2], *folded;
	size_t n = 0, i = 0, got = sizeof(room) / sizeof(room[0]);

	out->n = 0;
	while (i < text.n && n < NORMAL_MAX)
		in[n++] = text_next(text, &i);
	if (n == 0)
		return 0;
	folded = u32_casefold(in, n, NULL, UNINORM_NFKD, room, &got);
	if (folded == NULL)
		return ERR_NOMEM;
	take(folded, got, false, out);
	if (out->n == 0)
		take(folded, got, true, out);
	if (folded != room)
		free(folded);
	even_words(out);
	return 0;
}

void
normal_append(struct normal *a, const struct normal *b)
{
	size_t i;

	if (b->n > 0)
		put_blank(a);
	for (i = 0; i < b->n; i++)
		put(a, b->c[i]);
}

bool
normal_has(const struct normal *a, const char *phrase)
{
	size_t len = strlen(phrase), i, k;

	for (i = 0; i + len <= a->n; i++) {
		if (i > 0 && a->c[i - 1] != ' ')
			continue;
		for (k = 0; k < len && a->c[i + k] == (unsigned char)phrase[k]; k++)
			;
		if (k == len && (i + len == a->n || a->c[i + len] == ' '))
			return true;
	}
	return false;
}

/* The letters without blanks; how many. */
static size_t
joined(const struct normal *a, uint32_t out[NORMAL_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < a->n; i++)
		if (a->c[i] != ' ')
			out[n++] = a->c[i];
	return n;
}

size_t
normal_letters(const struct normal *a)
{
	uint32_t c[NORMAL_MAX];

	return joined(a, c);
}

bool
normal_same(const struct normal *a, const struct normal *b)
{
	uint32_t x[NORMAL_MAX], y[NORMAL_MAX];
	size_t n = joined(a, x);

	return joined(b, y) == n && memcmp(x, y, n * sizeof(x[0])) == 0;
}

/* The digits of a's numbers, with a blank behind each number. */
static size_t
numbers(const struct normal *a, uint32_t out[2 * NORMAL_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < a->n; i++)
		if (a->c[i] >= '0' && a->c[i] <= '9') {
			out[n++] = a->c[i];
			if (i + 1 == a->n || a->c[i + 1] < '0' || a->c[i + 1] > '9')
				out[n++] = ' ';
		}
	return n;
}

bool
normal_same_numbers(const struct normal *a, const struct normal *b)
{
	uint32_t x[2 * NORMAL_MAX], y[2 * NORMAL_MAX];
	size_t n = numbers(a, x);

	return numbers(b, y) == n && memcmp(x, y, n * sizeof(x[0])) == 0;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
normal_distance(const struct normal *a, const struct normal *b, unsigned most)
{
	uint32_t x[NORMAL_MAX], y[NORMAL_MAX];
	unsigned char rows[3][NORMAL_MAX + 1], *before = rows[0], *last = rows[1], *row = rows[2], *t;
	size_t n = joined(a, x), m = joined(b, y), i, k;
	unsigned best, d;

	if (most > DISTANCE_MOST)
		most = DISTANCE_MOST;
	if (n > m + most || m > n + most)
		return most + 1;
	for (k = 0; k <= m; k++)
		last[k] = (unsigned char)k;
	memset(before, 0, sizeof(rows[0]));
	for (i = 1; i <= n; i++) {
		row[0] = (unsigned char)i;
		best = row[0];
		for (k = 1; k <= m; k++) {
			d = least(last[k] + 1u, row[k - 1] + 1u);
			d = least(d, last[k - 1] + (x[i - 1] != y[k - 1] ? 1u : 0u));
			if (i > 1 && k > 1 && x[i - 1] == y[k - 2] && x[i - 2] == y[k - 1])
				d = least(d, before[k - 2] + 1u);
			row[k] = (unsigned char)d;
			best = least(best, d);
		}
		if (best > most)
			return most + 1;
		t = before;
		before = last;
		last = row;
		row = t;
	}
	return last[m] > most ? most + 1 : last[m];
}

bool
normal_other_word(const struct normal *a, const struct normal *b)
{
	size_t at = 0, bt = 0, s, n, t, m, i, differ;
	bool more;

	while ((more = normal_word(a, &at, &s, &n)) == normal_word(b, &bt, &t, &m) && more) {
		if (n != m || n > OTHER_WORD)
			continue;
		differ = 0;
		for (i = 0; i < n; i++)
			differ += a->c[s + i] != b->c[t + i];
		if (differ == 1)
			return true;
	}
	return false;
}

/* "Mueller" is how people without the letter write "Müller". */
static void
without_umlauts(const struct normal *in, struct normal *out)
{
	size_t i;

	out->n = 0;
	for (i = 0; i < in->n; i++) {
		put(out, in->c[i]);
		if ((in->c[i] == 'a' || in->c[i] == 'o' || in->c[i] == 'u') && i + 1 < in->n &&
		    in->c[i + 1] == 'e')
			i++;
	}
}

bool
normal_near(const struct normal *a, const struct normal *b, unsigned *typos)
{
	size_t n = normal_letters(a), m = normal_letters(b), letters = n < m ? n : m;
	unsigned most = letters < 5 ? 0 : letters < 9 ? 1 : letters < 18 ? 2 : 3;

	*typos = 0;
	if (n == 0 || m == 0)
		return false;
	if (normal_same(a, b))
		return true;
	if (most == 0 || !normal_same_numbers(a, b))
		return false;
	*typos = normal_distance(a, b, most);
	if (*typos > most) {
		struct normal x, y;

		without_umlauts(a, &x);
		without_umlauts(b, &y);
		*typos = normal_distance(&x, &y, most - 1) + 1;
	}
	return *typos <= most;
}
