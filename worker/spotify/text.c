/* Cleaning of foreign text; see text.h. */
#include "config.h"

#include "worker/spotify/text.h"

#define BROKEN 0xFFFDu
#define ELLIPSIS "\xE2\x80\xA6"

unsigned
text_next(struct span in, size_t *i)
{
	static const unsigned least[] = {0, 0x80, 0x800, 0x10000};
	uint8_t c = in.p[(*i)++];
	unsigned more, cp, k;

	if (c < 0x80)
		return c;
	if (c >= 0xC2 && c <= 0xDF) {
		more = 1;
		cp = c & 0x1Fu;
	} else if (c >= 0xE0 && c <= 0xEF) {
		more = 2;
		cp = c & 0x0Fu;
	} else if (c >= 0xF0 && c <= 0xF4) {
		more = 3;
		cp = c & 0x07u;
	} else
		return BROKEN;
	for (k = 0; k < more; k++) {
		if (*i >= in.n || (in.p[*i] & 0xC0) != 0x80)
			return BROKEN;
		cp = cp << 6 | (in.p[(*i)++] & 0x3Fu);
	}
	if (cp < least[more] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return BROKEN;
	return cp;
}

static size_t
encode(unsigned cp, uint8_t out[4])
{
	if (cp < 0x80) {
		out[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (uint8_t)(0xC0 | cp >> 6);
		out[1] = (uint8_t)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (uint8_t)(0xE0 | cp >> 12);
		out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (uint8_t)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (uint8_t)(0xF0 | cp >> 18);
	out[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (uint8_t)(0x80 | (cp & 0x3F));
	return 4;
}

static bool
is_blank(unsigned cp)
{
	return cp == ' ' || (cp >= 0x09 && cp <= 0x0D) || cp == 0x85 || cp == 0xA0 ||
	    cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 ||
	    cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

/* What nobody sees but what changes what is seen, or hides words: fillers, too. */
static bool
is_hidden(unsigned cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp <= 0x9F) || cp == 0xAD || cp == 0x034F || cp == 0x061C ||
	    cp == 0x115F || cp == 0x1160 || cp == 0x17B4 || cp == 0x17B5 || cp == 0x180E || cp == 0x3164 ||
	    cp == 0xFFA0 || (cp >= 0x1D173 && cp <= 0x1D17A) || cp == 0x200B || cp == 0x200E || cp == 0x200F ||
	    (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) ||
	    cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB) ||
	    (cp >= 0xFDD0 && cp <= 0xFDEF) || (cp & 0xFFFE) == 0xFFFE ||
	    (cp >= 0xE0000 && cp <= 0xE0FFF);
}

/* Scripts and emoji need joiners and variation selectors, but behind a character, and no
 * rows of them: with these a text could say something that nobody sees. */
enum soft { SOFT_NONE, SOFT_SELECTOR, SOFT_JOINER };

static enum soft
soft_of(unsigned cp)
{
	if (cp >= 0xFE00 && cp <= 0xFE0F)
		return SOFT_SELECTOR;
	return cp == 0x200C || cp == 0x200D ? SOFT_JOINER : SOFT_NONE;
}

/* Reads what follows '&' at *i; true and *cp if it is an entity that ends
 * within reach, else *i stays. */
static bool
entity(struct span in, size_t *i, unsigned *cp)
{
	static const struct { const char *name; unsigned cp; } known[] = {
		{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''},
		{"nbsp;", ' '},
	};
	struct span rest = span_of(in.p + *i, in.n - *i);
	unsigned base = 10, n = 0;
	size_t k, digits = 0;

	for (k = 0; k < sizeof(known) / sizeof(known[0]); k++)
		if (span_starts(rest, known[k].name)) {
			*i += strlen(known[k].name);
			*cp = known[k].cp;
			return true;
		}
	if (rest.n < 3 || rest.p[0] != '#')
		return false;
	k = 1;
	if (rest.p[k] == 'x' || rest.p[k] == 'X') {
		base = 16;
		k++;
	}
	for (; k < rest.n && rest.p[k] != ';'; k++, digits++) {
		uint8_t c = rest.p[k];
		unsigned d = c >= '0' && c <= '9' ? c - (unsigned)'0' :
		    c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10 :
		    c >= 'A' && c <= 'F' ? c - (unsigned)'A' + 10 : 99;

		if (d >= base || digits > 6)
			return false;
		n = n * base + d;
	}
	if (k == rest.n || digits == 0 || n == 0 || n > 0x10FFFF || (n >= 0xD800 && n <= 0xDFFF))
		return false;
	*i += k + 1;
	*cp = n;
	return true;
}

static err_t
clean(struct span in, size_t max, bool html, struct buf *out)
{
	size_t start = out->len, cut = out->len, i = 0, n;
	bool blank = false, full = false;
	enum soft soft, last = SOFT_JOINER;
	uint8_t c[5] = " ";
	unsigned cp;
	err_t err = 0;

	while (i < in.n && err == 0 && !full) {
		cp = text_next(in, &i);
		if (html && cp == '&')
			(void)entity(in, &i, &cp);
		if (is_blank(cp)) {
			blank = out->len > start;
			last = SOFT_JOINER;
			continue;
		}
		soft = soft_of(cp);
		if (is_hidden(cp) || (soft != SOFT_NONE && last >= soft))
			continue;
		last = soft;
		n = encode(cp, c + 1);
		/* Where to cut if the rest does not fit any more. */
		if (out->len - start + sizeof(ELLIPSIS) - 1 <= max)
			cut = out->len;
		full = out->len - start + n + blank > max;
		if (!full)
			err = blank ? buf_put(out, c, n + 1) : buf_put(out, c + 1, n);
		blank = false;
	}
	if (err == 0 && full) {
		out->len = cut;
		if (out->data != NULL)
			out->data[cut] = '\0';
		if (max >= sizeof(ELLIPSIS) - 1)
			err = buf_put_str(out, ELLIPSIS);
	}
	return err;
}

err_t
text_clean(struct span in, size_t max, struct buf *out)
{
	return clean(in, max, false, out);
}

err_t
text_clean_html(struct span in, size_t max, struct buf *out)
{
	return clean(in, max, true, out);
}

/* Lower case for the scripts in which capitals are common in titles. */
static unsigned
lower(unsigned cp)
{
	if ((cp >= 'A' && cp <= 'Z') || (cp >= 0xC0 && cp <= 0xDE && cp != 0xD7) ||
	    (cp >= 0x391 && cp <= 0x3AB && cp != 0x3A2) || (cp >= 0x410 && cp <= 0x42F))
		return cp + 32;
	if (cp >= 0x400 && cp <= 0x40F)
		return cp + 80;
	if ((cp >= 0x100 && cp <= 0x137 && cp != 0x130 && cp != 0x131) ||
	    (cp >= 0x14A && cp <= 0x177))
		return cp | 1u;
	if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17E))
		return cp % 2 == 1 ? cp + 1 : cp;
	return cp;
}

err_t
text_fold(struct span in, struct buf *out)
{
	uint8_t c[4];
	size_t i = 0;
	err_t err = 0;

	while (i < in.n && err == 0)
		err = buf_put(out, c, encode(lower(text_next(in, &i)), c));
	return err;
}
