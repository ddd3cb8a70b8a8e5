/* Titles taken apart; see title.h. */
#include "config.h"

#include <string.h>

#include "worker/spotify/text.h"
#include "worker/tools/title.h"

#define SEGMENT_WORDS 10   /* longer ones are no mark */

struct phrase {
	const char *words;
	uint32_t mark;
	bool last;        /* bare, it may end a title that somebody typed */
};

/* Words that tell which recording it is. */
static const struct phrase phrases[] = {
	{"live at", MARK_LIVE, false}, {"live from", MARK_LIVE, false},
	{"live in", MARK_LIVE, false}, {"live on", MARK_LIVE, false},
	{"live version", MARK_LIVE, true}, {"live session", MARK_LIVE, true},
	{"live sessions", MARK_LIVE, true}, {"live recording", MARK_LIVE, true},
	{"live acoustic", MARK_LIVE, true}, {"recorded live", MARK_LIVE, true},
	{"in concert", MARK_LIVE, true}, {"concert", MARK_LIVE, false},
	{"unplugged", MARK_LIVE | MARK_ACOUSTIC, true}, {"session", MARK_LIVE, false},
	{"sessions", MARK_LIVE, false}, {"en vivo", MARK_LIVE, true}, {"en directo", MARK_LIVE, true},
	{"ao vivo", MARK_LIVE, true}, {"en direct", MARK_LIVE, true}, {"dal vivo", MARK_LIVE, true},
	{"\u30E9\u30A4\u30D5\u3099", MARK_LIVE, true},   /* "live" */
	{"\u0440\u0435\u043C\u0438\u043A\u0441", MARK_REMIX, true},
	{"\u043A\u043E\u043D\u0446\u0435\u0440\u0442", MARK_LIVE, false},
	{"\u0430\u043A\u0443\u0441\u0442\u0438\u043A\u0430", MARK_ACOUSTIC, true},
	{"\u043A\u0430\u0432\u0435\u0440", MARK_COVER, true},
	{"\u043A\u0430\u0440\u0430\u043E\u043A\u0435", MARK_KARAOKE, true},
	{"remix", MARK_REMIX, true}, {"remixed", MARK_REMIX, true}, {"rmx", MARK_REMIX, true},
	{"bootleg", MARK_REMIX, false}, {"mashup", MARK_REMIX, true}, {"rework", MARK_REMIX, true},
	{"reworked", MARK_REMIX, true}, {"flip", MARK_REMIX, false}, {"dub", MARK_REMIX, false},
	{"vip", MARK_REMIX, false}, {"refix", MARK_REMIX, false},
	{"acoustic", MARK_ACOUSTIC, true}, {"acustico", MARK_ACOUSTIC, true},
	{"akustik", MARK_ACOUSTIC, true}, {"stripped", MARK_ACOUSTIC, false},
	{"demo", MARK_DEMO, true}, {"outtake", MARK_DEMO, true}, {"rehearsal", MARK_DEMO, false},
	{"early take", MARK_DEMO, false}, {"alternate take", MARK_DEMO, true},
	{"instrumental", MARK_INSTRUMENTAL, true}, {"backing track", MARK_INSTRUMENTAL, true},
	{"instrumentals", MARK_INSTRUMENTAL, false},
	{"karaoke", MARK_KARAOKE, true}, {"in the style of", MARK_KARAOKE, false},
	{"originally performed by", MARK_KARAOKE, false}, {"made famous by", MARK_KARAOKE, false},
	{"made popular by", MARK_KARAOKE, false}, {"as made famous by", MARK_KARAOKE, false},
	{"sing along", MARK_KARAOKE, false}, {"\u30AB\u30E9\u30AA\u30B1", MARK_KARAOKE, true},
	{"cover", MARK_COVER, true}, {"tribute to", MARK_COVER, false}, {"tribute", MARK_COVER, false},
	{"cover version", MARK_COVER, true}, {"lullaby version", MARK_COVER, false},
	{"lullaby rendition", MARK_COVER, false}, {"rendition", MARK_COVER, false},
	{"sped up", MARK_SPEED, true}, {"speed up", MARK_SPEED, true}, {"slowed", MARK_SPEED, true},
	{"slowed down", MARK_SPEED, true}, {"nightcore", MARK_SPEED, true},
	{"8d audio", MARK_SPEED, true}, {"slowed and reverb", MARK_SPEED, true},
	{"orchestral", MARK_ARRANGED, true}, {"orchestra version", MARK_ARRANGED, true},
	{"symphonic", MARK_ARRANGED, false}, {"piano version", MARK_ARRANGED, true},
	{"piano", MARK_ARRANGED, false}, {"strings version", MARK_ARRANGED, true},
	{"a cappella", MARK_ARRANGED, true}, {"acapella", MARK_ARRANGED, true},
	{"a capella", MARK_ARRANGED, true}, {"acappella", MARK_ARRANGED, true},
	{"string quartet", MARK_ARRANGED, false}, {"choir version", MARK_ARRANGED, true},
	{"strings", MARK_ARRANGED, false}, {"lo fi", MARK_VERSION, false},
	{"lofi", MARK_VERSION, false}, {"commentary", MARK_VERSION, false},
	{"intro", MARK_VERSION, false}, {"outro", MARK_VERSION, false},
	{"interlude", MARK_VERSION, false}, {"skit", MARK_VERSION, false},
	{"medley", MARK_VERSION, false}, {"snippet", MARK_VERSION, false},
	{"reprise", MARK_REPRISE, true}, {"re recorded", MARK_VERSION, true},
	{"rerecorded", MARK_VERSION, true}, {"re recording", MARK_VERSION, false},
	{"alternate", MARK_VERSION, false}, {"alternative", MARK_VERSION, false},
	{"reimagined", MARK_VERSION, true}, {"revisited", MARK_VERSION, false},
	{"radio edit", MARK_EDIT, true}, {"radio mix", MARK_EDIT, true},
	{"radio version", MARK_EDIT, true}, {"edit", MARK_EDIT, false},
	{"short version", MARK_EDIT, true}, {"extended", MARK_EXTENDED, false},
	{"extended mix", MARK_EXTENDED, true}, {"extended version", MARK_EXTENDED, true},
	{"12 mix", MARK_EXTENDED, true}, {"12 inch", MARK_EXTENDED, false},
	{"remaster", MARK_REMASTER, true}, {"remastered", MARK_REMASTER, true},
	{"remastered version", MARK_REMASTER, true}, {"remasterizado", MARK_REMASTER, true},
	{"remasterise", MARK_REMASTER, true}, {"\u30EA\u30DE\u30B9\u30BF\u30FC", MARK_REMASTER, true},
	{"original mix", MARK_PLAIN, true}, {"original version", MARK_PLAIN, true},
	{"album version", MARK_PLAIN, true}, {"single version", MARK_PLAIN, true},
	{"lp version", MARK_PLAIN, true}, {"full version", MARK_PLAIN, true},
	{"main version", MARK_PLAIN, true}, {"mono", MARK_PLAIN, false},
	{"stereo", MARK_PLAIN, false}, {"stereo mix", MARK_PLAIN, false},
	{"mono mix", MARK_PLAIN, false}, {"explicit", MARK_PLAIN, true}, {"clean", MARK_PLAIN, false},
	{"deluxe", MARK_PLAIN, false}, {"anniversary", MARK_PLAIN, false},
	{"bonus track", MARK_PLAIN, true}, {"official video", MARK_PLAIN, true},
	{"official music video", MARK_PLAIN, true}, {"music video", MARK_PLAIN, true},
	{"official audio", MARK_PLAIN, true}, {"official", MARK_PLAIN, false},
	{"audio", MARK_PLAIN, false}, {"lyric video", MARK_PLAIN, true},
	{"official lyric video", MARK_PLAIN, true}, {"lyrics", MARK_PLAIN, true},
	{"lyric", MARK_PLAIN, false}, {"with lyrics", MARK_PLAIN, true}, {"visualizer", MARK_PLAIN, true},
	{"video", MARK_PLAIN, false}, {"hd", MARK_PLAIN, true}, {"hq", MARK_PLAIN, true},
	{"4k", MARK_PLAIN, true}, {"digitally remastered", MARK_REMASTER, true},
};
#define N_PHRASES (sizeof(phrases) / sizeof(phrases[0]))

/* A phrase of another alphabet, which is in normal form. */
static void
spell(const char *phrase, struct normal *out)
{
	struct span p = span_str(phrase);
	size_t i = 0;

	out->n = 0;
	while (i < p.n)
		out->c[out->n++] = text_next(p, &i);
}

/* normal_has for any alphabet; one without blanks has it as the whole text. */
static bool
has(const struct normal *text, const char *phrase)
{
	size_t at = 0, start, n;
	struct normal word;

	if ((unsigned char)phrase[0] < 0x80)
		return normal_has(text, phrase);
	spell(phrase, &word);
	while (normal_word(text, &at, &start, &n))
		if (n == word.n && memcmp(text->c + start, word.c, n * sizeof(word.c[0])) == 0)
			return true;
	return false;
}

/* Is the text the phrase and nothing else? */
static bool
is_all(const struct normal *text, const char *phrase)
{
	struct normal word;

	if ((unsigned char)phrase[0] < 0x80)
		return text->n == strlen(phrase) && normal_has(text, phrase);
	spell(phrase, &word);
	return normal_same(text, &word);
}

static bool
is_year(const struct normal *a, size_t start, size_t n)
{
	return n == 4 && (a->c[start] == '1' || a->c[start] == '2') && a->c[start + 1] >= '0' &&
	    a->c[start + 1] <= '9' && a->c[start + 2] >= '0' && a->c[start + 2] <= '9' &&
	    a->c[start + 3] >= '0' && a->c[start + 3] <= '9';
}

/* "2011", "2019 mix": says when it was mastered, not what it is. */
static bool
is_year_mix(const struct normal *text)
{
	size_t at = 0, start, n;

	if (!normal_word(text, &at, &start, &n) || !is_year(text, start, n))
		return false;
	return !normal_word(text, &at, &start, &n) ||
	    (normal_word_is(text, start, n, "mix") && !normal_word(text, &at, &start, &n));
}

/* "live", or beginning or ending with it. */
static bool
is_live(const struct normal *text)
{
	size_t at = 0, start = 0, n = 0, s, k;

	if (normal_word(text, &at, &s, &k) && normal_word_is(text, s, k, "live"))
		return true;
	at = 0;
	while (normal_word(text, &at, &s, &k)) {
		start = s;
		n = k;
	}
	return n > 0 && normal_word_is(text, start, n, "live");
}

uint32_t
title_marks(const struct normal *text)
{
	size_t i, words = 0, at = 0, start, n;
	uint32_t marks = 0;

	while (normal_word(text, &at, &start, &n))
		words++;
	if (words == 0 || words > SEGMENT_WORDS)
		return 0;
	if (is_live(text))
		marks |= MARK_LIVE;
	for (i = 0; i < N_PHRASES; i++)
		if (has(text, phrases[i].words))
			marks |= phrases[i].mark;
	if (is_year_mix(text))
		marks |= MARK_PLAIN;
	if (marks == 0 && normal_has(text, "mix"))
		marks |= MARK_REMIX;
	if (marks == 0 && (normal_has(text, "version") || normal_has(text, "ver")))
		marks |= MARK_VERSION;
	return marks;
}

/* --- segments -------------------------------------------------------------------- */

static bool
starts_with_word(const struct normal *a, const char *word)
{
	size_t at = 0, start, n;

	return normal_word(a, &at, &start, &n) && normal_word_is(a, start, n, word);
}

static bool
is_guest(const struct normal *a, bool bracket)
{
	return starts_with_word(a, "feat") || starts_with_word(a, "ft") ||
	    starts_with_word(a, "featuring") || (bracket && (starts_with_word(a, "with") ||
	    starts_with_word(a, "con") || starts_with_word(a, "mit"))) ||
	    (bracket && starts_with_word(a, "prod"));
}

static void
without_first(const struct normal *a, struct normal *out)
{
	size_t at = 0, start, n;
	struct normal rest = {.n = 0};

	(void)normal_word(a, &at, &start, &n);
	while (at < a->n)
		rest.c[rest.n++] = a->c[at++];
	normal_append(out, &rest);
}

/* What stands in brackets or behind " - ". */
static err_t
put_segment(struct title *t, struct span text, bool bracket)
{
	struct normal seg;
	uint32_t marks;
	err_t err = normal_of(text, &seg);

	if (err != 0 || seg.n == 0)
		return err;
	if (is_guest(&seg, bracket)) {
		if (!starts_with_word(&seg, "prod"))
			without_first(&seg, &t->guests);
		return 0;
	}
	marks = title_marks(&seg);
	t->marks |= marks;
	if (marks == 0)
		normal_append(&t->full, &seg);
	else if ((marks & MARKS_OTHER) != 0)
		normal_append(&t->which, &seg);
	return 0;
}

/* Where a guest is named without brackets: " feat. ", " ft ". */
static size_t
bare_guest(struct span s)
{
	static const char *const words[] = {" feat. ", " feat ", " ft. ", " ft ", " featuring "};
	size_t i, k;

	for (i = 1; i < s.n; i++)
		for (k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (s.n - i > strlen(words[k]) &&
			    span_is_nocase(span_of(s.p + i, strlen(words[k])), words[k]))
				return i;
	return s.n;
}

/* A part of the song's own name. */
static err_t
put_core(struct title *t, struct span text)
{
	struct normal part;
	size_t cut = bare_guest(text);
	err_t err = normal_of(span_of(text.p, cut), &part);

	if (err != 0)
		return err;
	if (t->name.n == 0 && part.n > 0)
		t->name = span_of(text.p, cut);
	normal_append(&t->core, &part);
	normal_append(&t->full, &part);
	return cut < text.n ? put_segment(t, span_of(text.p + cut, text.n - cut), false) : 0;
}

static const struct { const char *open, *close; } brackets[] = {
	{"(", ")"}, {"[", "]"}, {"{", "}"}, {"\xEF\xBC\x88", "\xEF\xBC\x89"},
	{"\xE3\x80\x90", "\xE3\x80\x91"}, {"\xE3\x80\x94", "\xE3\x80\x95"},
};

/* Is there a bracket at i?  Where it ends (the end of the text if it is never
 * closed), and how long its signs are. */
static bool
bracket_at(struct span s, size_t i, size_t *end, size_t *open, size_t *close)
{
	struct span rest = span_of(s.p + i, s.n - i);
	size_t b, k;
	int depth = 0;

	for (b = 0; b < sizeof(brackets) / sizeof(brackets[0]); b++)
		if (span_starts(rest, brackets[b].open))
			break;
	if (b == sizeof(brackets) / sizeof(brackets[0]))
		return false;
	*open = strlen(brackets[b].open);
	*close = strlen(brackets[b].close);
	for (k = i; k < s.n; k++) {
		rest = span_of(s.p + k, s.n - k);
		if (span_starts(rest, brackets[b].open))
			depth++;
		else if (span_starts(rest, brackets[b].close) && --depth == 0)
			break;
	}
	*end = k;
	if (k == s.n)
		*close = 0;
	return true;
}

/* " - ", " – ", " — ", " | " behind which a version is named. */
static size_t
dash_at(struct span s, size_t i)
{
	static const char *const dashes[] = {" - ", " \xE2\x80\x93 ", " \xE2\x80\x94 ", " \xE2\x88\x92 ",
	    " | ", " // "};
	struct span rest = span_of(s.p + i, s.n - i);
	size_t k;

	for (k = 0; k < sizeof(dashes) / sizeof(dashes[0]); k++)
		if (span_starts(rest, dashes[k]))
			return strlen(dashes[k]);
	return 0;
}

static err_t
put_plain(struct title *t, struct span text, bool core)
{
	return core ? put_core(t, text) : put_segment(t, text, false);
}

err_t
title_read(struct span text, struct title *out)
{
	size_t i, from = 0, end, open, close, dash;
	bool core = true;
	err_t err = 0;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < text.n && err == 0; ) {
		dash = dash_at(text, i);
		if (dash > 0 && (i > from || out->core.n > 0)) {
			err = put_plain(out, span_of(text.p + from, i - from), core);
			core = out->core.n == 0;
			from = i += dash;
		} else if (bracket_at(text, i, &end, &open, &close)) {
			err = put_plain(out, span_of(text.p + from, i - from), core);
			if (err == 0)
				err = put_segment(out, span_of(text.p + i + open, end - i - open), true);
			from = i = end + close;
		} else
			i++;
	}
	if (err == 0 && from < text.n)
		err = put_plain(out, span_of(text.p + from, text.n - from), core);
	if (err == 0 && out->core.n == 0) {
		out->core = out->full;
		out->name = text;
		/* All of it is a mark: then it is the name ("Live", "Intro"). */
		if (out->core.n == 0) {
			out->marks = 0;
			out->which.n = 0;
			err = normal_of(text, &out->core);
			out->full = out->core;
		}
	}
	return err;
}

/* --- subtitles -------------------------------------------------------------------- */

/* What follows the song's name in full; nothing, if full does not begin with it. */
static void
subtitle(const struct title *t, struct normal *out)
{
	const size_t n = t->core.n;

	out->n = 0;
	if (t->full.n > n + 1 && t->full.c[n] == ' ' &&
	    memcmp(t->full.c, t->core.c, n * sizeof(t->core.c[0])) == 0) {
		out->n = t->full.n - n - 1;
		memcpy(out->c, t->full.c + n + 1, out->n * sizeof(out->c[0]));
	}
}

/* Words that say what a subtitle is, not which. */
static bool
says_little(const struct normal *a, size_t start, size_t n)
{
	static const char *const words[] = {"from", "the", "a", "of", "and", "film", "movie", "series",
	    "show", "soundtrack", "original", "motion", "picture", "ost", "music"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (normal_word_is(a, start, n, words[i]))
			return true;
	return false;
}

/* Are the words of a that say something all in b?  false if there are none. */
static bool
within(const struct normal *a, const struct normal *b)
{
	size_t at = 0, start, n, bat, bstart, bn, said = 0;
	bool found;

	while (normal_word(a, &at, &start, &n)) {
		if (says_little(a, start, n))
			continue;
		said++;
		for (found = false, bat = 0; !found && normal_word(b, &bat, &bstart, &bn);)
			found = bn == n && memcmp(b->c + bstart, a->c + start, n * sizeof(a->c[0])) == 0;
		if (!found)
			return false;
	}
	return said > 0;
}

bool
title_same_subtitle(const struct title *a, const struct title *b)
{
	struct normal x, y;
	unsigned typos;

	subtitle(a, &x);
	subtitle(b, &y);
	return x.n == 0 || y.n == 0 || normal_near(&x, &y, &typos) || within(&x, &y) || within(&y, &x);
}

/* --- marks without brackets ------------------------------------------------------- */

/* The words from start on. */
static void
tail(const struct normal *a, size_t start, struct normal *out)
{
	out->n = a->n - start;
	memcpy(out->c, a->c + start, out->n * sizeof(out->c[0]));
}

/* "acoustic version" as "acoustic". */
static void
without_version(const struct normal *words, struct normal *out)
{
	*out = *words;
	if (out->n > 8 && normal_word_is(out, out->n - 8, 8, " version"))
		out->n -= 8;
}

static bool
is_bare(const struct normal *words)
{
	struct normal short_form;
	size_t i, at = 0, start, n;

	without_version(words, &short_form);
	for (i = 0; i < N_PHRASES; i++)
		if (phrases[i].last && (is_all(words, phrases[i].words) ||
		    is_all(&short_form, phrases[i].words)))
			return true;
	if (normal_has(words, "live at") || normal_has(words, "live in") ||
	    normal_has(words, "live from") || normal_has(words, "live on") ||
	    normal_has(words, "remastered") || normal_has(words, "remaster"))
		return starts_with_word(words, "live") || starts_with_word(words, "remastered") ||
		    starts_with_word(words, "remaster") ||
		    (normal_word(words, &at, &start, &n) && is_year(words, start, n));
	return normal_word(words, &at, &start, &n) && normal_word_is(words, start, n, "live") &&
	    (!normal_word(words, &at, &start, &n) ||
	    (is_year(words, start, n) && !normal_word(words, &at, &start, &n)));
}

bool
title_bare_mark(const struct title *in, struct title *out)
{
	struct normal rest;
	size_t at = 0, start, n;

	while (normal_word(&in->core, &at, &start, &n)) {
		if (start == 0)
			continue;
		tail(&in->core, start, &rest);
		if (!is_bare(&rest))
			continue;
		*out = *in;
		out->core.n = start - 1;
		out->full = out->core;
		out->marks |= title_marks(&rest);
		if ((title_marks(&rest) & MARKS_OTHER) != 0)
			normal_append(&out->which, &rest);
		return true;
	}
	return false;
}
