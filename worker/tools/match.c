/* Which recording is meant; see match.h. */
#include "config.h"

#include <string.h>

#include "worker/spotify/text.h"
#include "worker/tools/artist.h"
#include "worker/tools/match.h"
#include "worker/tools/title.h"

/* Durations: agreement, and differences that make doubtful or exclude. */
#define SAME_MS 4000
#define DOUBT_MS 15000
#define OTHER_MS 75000

/* In a title so short a typing mistake may be another word. */
#define SHORT_TITLE 7

#define BYTES_OF_NAME 100   /* in a question */

enum title_fit { TITLE_OTHER, TITLE_SOME, TITLE_PART, TITLE_NEAR, TITLE_SAME };

/* One reading of the wish, taken apart. */
struct wanted {
	const struct wish *wish;
	bool has_artist, doubtful;
	struct artist_names artist;
	struct title title;
};

/* A candidate, taken apart. */
struct offered {
	const struct candidate *c;
	struct title title;
};

struct verdict {
	enum match_level level;
	uint32_t reasons;
	unsigned points;
};

static void
at_most(struct verdict *v, enum match_level level, uint32_t why)
{
	if (v->level > level)
		v->level = level;
	v->reasons |= why;
}

/* --- titles ----------------------------------------------------------------------- */

static void
without_article(const struct normal *in, struct normal *out)
{
	static const char *const articles[] = {"the ", "a ", "an "};
	size_t i, n;

	*out = *in;
	for (i = 0; i < sizeof(articles) / sizeof(articles[0]); i++) {
		n = strlen(articles[i]);
		if (in->n > n + 1 && normal_word_is(in, 0, n, articles[i])) {
			out->n = in->n - n;
			memcpy(out->c, in->c + n, out->n * sizeof(out->c[0]));
			return;
		}
	}
}

/* The first words of the longer one, or most of it. */
static bool
some(const struct normal *a, const struct normal *b)
{
	const struct normal *s = a->n < b->n ? a : b, *l = a->n < b->n ? b : a;

	return s->n > 0 && s->n < l->n && l->c[s->n] == ' ' &&
	    memcmp(s->c, l->c, s->n * sizeof(s->c[0])) == 0;
}

static bool
near_core(const struct normal *a, const struct normal *b, unsigned *typos)
{
	struct normal x, y;

	without_article(a, &x);
	without_article(b, &y);
	return normal_near(&x, &y, typos);
}

static enum title_fit
fit_titles(const struct title *w, const struct title *c, unsigned *typos)
{
	unsigned core;
	bool full = near_core(&w->full, &c->full, typos);

	if (full && *typos == 0)
		return TITLE_SAME;
	/* A subtitle may be left out, but two that differ are two songs. */
	if (normal_same(&w->core, &c->core))
		return title_same_subtitle(w, c) && (full || normal_same_numbers(&w->full, &c->full) ||
		    w->full.n == w->core.n || c->full.n == c->core.n) ? TITLE_PART : TITLE_SOME;
	if (normal_same(&w->core, &c->full) || normal_same(&w->full, &c->core))
		return TITLE_PART;
	if (full)
		return TITLE_NEAR;
	if (near_core(&w->core, &c->core, &core)) {
		*typos = core;
		return TITLE_PART;
	}
	return some(&w->full, &c->full) ? TITLE_SOME : TITLE_OTHER;
}

/* --- which recording -------------------------------------------------------------- */

/* Words that say nothing about which remix or concert it is. */
static bool
is_general(const struct normal *a, size_t start, size_t n)
{
	static const char *const words[] = {"live", "remix", "mix", "version", "at", "in", "from", "on",
	    "the", "edit", "acoustic", "demo", "cover", "session", "sessions", "recorded", "and",
	    "remixed", "by", "track", "backing", "a", "of", "karaoke", "instrumental", "sped", "up",
	    "slowed", "reverb", "unplugged", "recording", "re", "rerecorded", "radio",
	    "extended", "original", "remaster", "remastered"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (normal_word_is(a, start, n, words[i]))
			return true;
	return false;
}

/* How many words of a that say which are not in b; *told: how many there are. */
static size_t
missing_words(const struct normal *a, const struct normal *b, size_t *told)
{
	size_t at = 0, start, n, bat, bstart, bn, missing = 0;
	bool found;

	*told = 0;
	while (normal_word(a, &at, &start, &n)) {
		if (is_general(a, start, n))
			continue;
		(*told)++;
		found = false;
		bat = 0;
		while (!found && normal_word(b, &bat, &bstart, &bn))
			found = bn == n && memcmp(b->c + bstart, a->c + start, n * sizeof(a->c[0])) == 0;
		missing += !found;
	}
	return missing;
}

/* Marks that the names around a title add: albums of concerts, imitators. */
static err_t
marks_around(const struct candidate *c, uint32_t *marks)
{
	static const char *const concert[] = {"live at", "live from", "mtv unplugged", "in concert"};
	struct normal text;
	size_t i, k;
	err_t err = normal_of(c->album, &text);

	for (i = 0; i < sizeof(concert) / sizeof(concert[0]) && err == 0; i++)
		if (normal_has(&text, concert[i]))
			*marks |= MARK_LIVE;
	for (i = 0; i <= c->n_artists && err == 0; i++) {
		static const char *const imitators[] = {"karaoke", "tribute", "cover", "covers",
		    "lullaby", "cover band", "in the style of", "made famous by"};

		for (k = 0; k < sizeof(imitators) / sizeof(imitators[0]); k++)
			if (normal_has(&text, imitators[k]) && (i > 0 || k < 2 || k > 4))
				*marks |= k == 0 ? MARK_KARAOKE : MARK_COVER;
		if (i < c->n_artists)
			err = normal_of(c->artists[i], &text);
	}
	return err;
}

/* same_artist: the candidate is by whom the line names, and nobody else. */
static void
judge_recording(const struct wanted *w, const struct offered *o, bool same_artist, struct verdict *v)
{
	uint32_t want = w->title.marks, have = o->title.marks, differ;
	size_t told, theirs, missing, extra;

	/* "Unplugged" is live and acoustic; either name is enough. */
	differ = (want ^ have) & MARKS_OTHER;
	if ((want & have & MARK_LIVE) != 0)
		differ &= ~(uint32_t)MARK_ACOUSTIC;
	/* "(Ada Quill cover)" says whose song it is; the one who covers it need not say so. */
	if ((differ & want & MARK_COVER) != 0 && same_artist &&
	    missing_words(&w->title.which, &o->title.which, &told) > 0)
		differ &= ~(uint32_t)MARK_COVER;
	if ((differ & have & (MARK_KARAOKE | MARK_COVER)) != 0)
		at_most(v, MATCH_LOW, WHY_IMITATION);
	else if (differ != 0)
		at_most(v, MATCH_LOW, WHY_RECORDING);
	else if ((want & MARKS_OTHER) != 0) {
		missing = missing_words(&w->title.which, &o->title.which, &told);
		extra = missing_words(&o->title.which, &w->title.which, &theirs);
		if (told > 0 && theirs > 0 && missing > 0)
			at_most(v, MATCH_LOW, WHY_WHICH);
		else if ((want & (MARK_REMIX | MARK_VERSION)) != 0 && (missing > 0 || extra > 0))
			at_most(v, MATCH_LOW, WHY_WHICH);
		v->points -= (unsigned)(missing * 6 + extra * 2);
	}
	if (((want ^ have) & MARKS_CUT) != 0) {
		at_most(v, MATCH_MEDIUM, WHY_CUT);
		v->points -= 20;
	}
	if (((want ^ have) & MARK_REMASTER) != 0)
		v->points -= 6;
	if (((want ^ have) & MARK_PLAIN) != 0)
		v->points -= 3;
}

static void
judge_duration(const struct wanted *w, const struct offered *o, struct verdict *v)
{
	int64_t ours = w->wish->duration_ms, theirs = o->c->duration_ms, d;

	if (ours <= 0 || theirs <= 0)
		return;
	d = ours > theirs ? ours - theirs : theirs - ours;
	if (d <= SAME_MS) {
		/* Settles what was open, but not that it is another artist or recording. */
		if (v->level == MATCH_MEDIUM && (v->reasons & (WHY_SWAPPED | WHY_WHICH)) == 0)
			v->level = MATCH_HIGH;
		v->reasons |= WHY_SAME_DURATION;
		v->points += 30;
	} else if (d > OTHER_MS && d > theirs / 4)
		at_most(v, MATCH_LOW, WHY_DURATION);
	else if (d > DOUBT_MS && d > theirs / 12)
		at_most(v, MATCH_MEDIUM, WHY_DURATION);
	if (d > SAME_MS)
		v->points -= (unsigned)(d > 60000 ? 30 : d / 2000);
}

/* --- the whole -------------------------------------------------------------------- */

static void
judge_title(enum title_fit fit, unsigned typos, size_t letters, struct verdict *v)
{
	switch (fit) {
	case TITLE_SAME:
		v->points += 400;
		break;
	case TITLE_NEAR:
		v->points += 350 - 20 * typos;
		at_most(v, letters < SHORT_TITLE ? MATCH_MEDIUM : MATCH_HIGH, WHY_TITLE_TYPO);
		break;
	case TITLE_PART:
		v->points += 300;
		at_most(v, MATCH_MEDIUM, WHY_TITLE_PART);
		break;
	case TITLE_SOME:
		v->points += 150;
		at_most(v, MATCH_LOW, WHY_TITLE_PART);
		break;
	case TITLE_OTHER:
		at_most(v, MATCH_NONE, WHY_TITLE_OTHER);
		break;
	}
}

static void
judge_artist(enum artist_fit fit, struct verdict *v)
{
	switch (fit) {
	case ARTIST_SAME:
		v->points += 300;
		break;
	case ARTIST_MAIN:
		v->points += 280;
		break;
	case ARTIST_NEAR:
		v->points += 220;
		v->reasons |= WHY_ARTIST_TYPO;
		if ((v->reasons & (WHY_TITLE_TYPO | WHY_TITLE_PART)) != 0)
			at_most(v, MATCH_MEDIUM, 0);
		break;
	case ARTIST_PART:
		v->points += 150;
		at_most(v, MATCH_LOW, WHY_ARTIST_PART);
		break;
	case ARTIST_OTHER:
		at_most(v, MATCH_LOW, WHY_ARTIST_OTHER);
		break;
	}
}

static err_t
judge(const struct wanted *w, const struct offered *o, struct verdict *v)
{
	enum artist_fit artist = ARTIST_OTHER;
	unsigned typos = 0;
	bool guests = true, others = false;
	err_t err = 0;

	*v = (struct verdict){.level = MATCH_HIGH, .points = 1000};
	judge_title(fit_titles(&w->title, &o->title, &typos), typos,
	    normal_letters(&w->title.full), v);
	if (v->level == MATCH_NONE)
		return 0;
	if (w->has_artist) {
		err = artist_fit(&w->artist, o->c->artists, o->c->n_artists, &o->title.guests, &artist);
		judge_artist(artist, v);
		/* Neither the title nor the artist: not worth a word. */
		if (artist == ARTIST_OTHER && (v->reasons & (WHY_TITLE_TYPO | WHY_TITLE_PART)) != 0)
			at_most(v, MATCH_NONE, 0);
	} else
		at_most(v, MATCH_MEDIUM, WHY_NO_ARTIST);
	if (err == 0)
		err = artist_guests_fit(&w->title.guests, o->c->artists, o->c->n_artists,
		    &o->title.guests, &guests);
	if (err == 0 && w->has_artist)
		err = artist_others(&w->artist, o->c->artists, o->c->n_artists, &o->title.guests, &others);
	if (others || (!guests && (o->title.guests.n > 0 || o->c->n_artists > 1)))
		at_most(v, MATCH_LOW, WHY_GUESTS);
	else if (!guests)
		at_most(v, MATCH_MEDIUM, WHY_GUESTS);
	if ((v->reasons & WHY_TITLE_TYPO) != 0 && normal_other_word(&w->title.full, &o->title.full))
		at_most(v, MATCH_LOW, 0);
	if (w->title.guests.n == 0 && o->title.guests.n > 0)
		v->points -= 4;
	/* The other way round it must be exact to be sure. */
	if (w->doubtful)
		at_most(v, v->reasons == 0 && artist == ARTIST_SAME ? MATCH_HIGH : MATCH_MEDIUM,
		    WHY_SWAPPED);
	judge_recording(w, o, artist == ARTIST_SAME, v);
	judge_duration(w, o, v);
	return err;
}

static void
same_isrc(const struct wish *w, const struct candidate *c, struct verdict *v)
{
	char theirs[ISRC_LEN + 1];

	if (w->isrc[0] == '\0' || !wish_isrc(c->isrc, theirs) || strcmp(theirs, w->isrc) != 0)
		return;
	/* A code beside a title that is quite another one: one of them is wrong. */
	v->level = w->n == 0 || v->level >= MATCH_LOW ? MATCH_HIGH : MATCH_MEDIUM;
	v->reasons = WHY_SAME_ISRC | (v->level == MATCH_MEDIUM ? WHY_TITLE_OTHER : 0);
	v->points += 1000;
}

static bool
beats(const struct verdict *a, const struct verdict *b)
{
	return a->level != b->level ? a->level > b->level : a->points > b->points;
}

static err_t
offer(const struct candidate *c, struct offered *o)
{
	err_t err = title_read(c->title, &o->title);

	o->c = c;
	return err != 0 ? err : marks_around(c, &o->title.marks);
}

/* Takes a reading apart; bare: with a mark that stands without brackets.  *there
 * is false if there is no such reading. */
static err_t
prepare(const struct wish *w, size_t i, bool bare, struct wanted *out, bool *there)
{
	struct title title;
	err_t err = title_read(w->readings[i].title, &title);

	out->wish = w;
	out->doubtful = w->readings[i].doubtful;
	out->has_artist = w->readings[i].artist.n > 0;
	out->title = title;
	*there = !bare || title_bare_mark(&title, &out->title);
	return err != 0 ? err : artist_names(w->readings[i].artist, &out->artist);
}

/* The best verdict on one candidate over all readings. */
static err_t
judge_all(const struct wish *w, const struct offered *o, struct verdict *best)
{
	struct wanted wanted;
	struct verdict v;
	size_t i;
	bool there;
	err_t err = 0;

	*best = (struct verdict){.level = MATCH_NONE};
	for (i = 0; i < 2 * w->n && err == 0; i++) {
		err = prepare(w, i / 2, i % 2 == 1, &wanted, &there);
		if (err != 0 || !there)
			continue;
		err = judge(&wanted, o, &v);
		if (err == 0 && beats(&v, best))
			*best = v;
	}
	same_isrc(w, o->c, best);
	return err;
}

/* Without an artist: is the title of another artist's, too? */
static err_t
several_have_it(const struct candidate *c, size_t n, size_t best, bool *out)
{
	struct title a, b;
	enum artist_fit fit;
	struct artist_names names;
	unsigned typos;
	size_t i;
	err_t err = title_read(c[best].title, &a);

	*out = false;
	if (err == 0)
		err = artist_names(c[best].n_artists > 0 ? c[best].artists[0] : span_of(NULL, 0), &names);
	for (i = 0; i < n && err == 0 && !*out; i++) {
		err = title_read(c[i].title, &b);
		if (err == 0)
			err = artist_fit(&names, c[i].artists, c[i].n_artists, &b.guests, &fit);
		*out = err == 0 && fit == ARTIST_OTHER && fit_titles(&a, &b, &typos) == TITLE_SAME;
	}
	return err;
}

err_t
match_pick(const struct wish *w, const struct candidate *c, size_t n, struct match *out)
{
	struct match m = {.level = MATCH_NONE};
	struct verdict v, best = {.level = MATCH_NONE};
	struct offered o;
	size_t i;
	bool several = false;
	err_t err = 0;

	for (i = 0; i < n && err == 0; i++) {
		err = offer(&c[i], &o);
		if (err == 0)
			err = judge_all(w, &o, &v);
		if (err == 0 && v.level > MATCH_NONE && beats(&v, &best)) {
			best = v;
			m.index = i;
		}
	}
	if (err == 0 && (best.reasons & WHY_NO_ARTIST) != 0) {
		err = several_have_it(c, n, m.index, &several);
		if (several)
			at_most(&best, MATCH_LOW, WHY_SEVERAL);
	}
	if (err != 0)
		return err;
	m.level = best.level;
	m.reasons = best.reasons;
	m.points = best.points;
	*out = m;
	return 0;
}

const char *
match_level_name(enum match_level level)
{
	static const char *const names[] = {"none", "low", "medium", "high"};

	return names[level];
}

err_t
match_why(uint32_t reasons, struct buf *out)
{
	static const struct { uint32_t bit; const char *text; } words[] = {
		{WHY_SAME_ISRC, "same ISRC"}, {WHY_TITLE_OTHER, "the title differs"},
		{WHY_TITLE_TYPO, "a typing mistake in the title"},
		{WHY_TITLE_PART, "only a part of the title is the same"},
		{WHY_ARTIST_OTHER, "another artist"}, {WHY_ARTIST_TYPO, "a typing mistake in the artist"},
		{WHY_ARTIST_PART, "only a part of the artist's name"},
		{WHY_NO_ARTIST, "no artist was given"}, {WHY_SEVERAL, "several artists have this title"},
		{WHY_IMITATION, "karaoke, cover or tribute"},
		{WHY_RECORDING, "another recording (live, remix or the like)"},
		{WHY_WHICH, "perhaps another remix or concert"}, {WHY_CUT, "another cut"},
		{WHY_SAME_DURATION, "same duration"}, {WHY_DURATION, "another duration"},
		{WHY_GUESTS, "other guests"}, {WHY_SWAPPED, "title and artist the other way round"},
	};
	size_t i, start = out->len;
	err_t err = 0;

	for (i = 0; i < sizeof(words) / sizeof(words[0]) && err == 0; i++)
		if ((reasons & words[i].bit) != 0)
			err = buf_printf(out, "%s%s", out->len > start ? "; " : "", words[i].text);
	return err;
}

/* --- questions -------------------------------------------------------------------- */

/* Without what has a meaning in a query. */
static err_t
put_words(struct span text, struct buf *out)
{
	uint8_t copy[WISH_BYTES];
	size_t i, n = text.n < sizeof(copy) ? text.n : sizeof(copy);

	for (i = 0; i < n; i++)
		copy[i] = memchr("\":()[]{}", text.p[i], 9) != NULL ? ' ' : text.p[i];
	return text_clean(span_of(copy, n), BYTES_OF_NAME, out);
}

static const char *
word_of(uint32_t marks)
{
	static const struct { uint32_t mark; const char *word; } words[] = {
		{MARK_LIVE, " live"}, {MARK_REMIX, " remix"}, {MARK_ACOUSTIC, " acoustic"},
		{MARK_DEMO, " demo"}, {MARK_INSTRUMENTAL, " instrumental"}, {MARK_KARAOKE, " karaoke"},
		{MARK_ARRANGED | MARK_VERSION, " version"}, {MARK_EDIT, " edit"},
		{MARK_EXTENDED, " extended"},
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((marks & words[i].mark) != 0)
			return words[i].word;
	return "";
}

static err_t
put_filters(const struct wish *w, struct buf *out)
{
	struct wanted want;
	bool there;
	err_t err = prepare(w, 0, false, &want, &there);

	if (err == 0)
		err = buf_put_str(out, "track:\"");
	if (err == 0)
		err = put_words(want.title.name, out);
	if (err == 0)
		err = buf_put_str(out, "\"");
	if (err == 0 && want.has_artist)
		err = buf_put_str(out, " artist:\"");
	if (err == 0 && want.has_artist)
		err = put_words(want.artist.first, out);
	if (err == 0 && want.has_artist)
		err = buf_put_str(out, "\"");
	return err != 0 ? err : buf_put_str(out, word_of(want.title.marks));
}

static err_t
put_plain(const struct wish *w, struct buf *out)
{
	struct wanted want;
	bool there;
	err_t err = prepare(w, 0, false, &want, &there);

	if (err == 0 && want.has_artist)
		err = put_words(want.artist.first, out);
	if (err == 0 && want.has_artist)
		err = buf_put_byte(out, ' ');
	if (err == 0)
		err = put_words(want.title.name, out);
	return err != 0 ? err : buf_put_str(out, word_of(want.title.marks));
}

err_t
match_query(const struct wish *w, unsigned i, struct buf *out, bool *there)
{
	*there = false;
	if (w->kind != WISH_NAMES)
		return 0;
	if (w->isrc[0] != '\0') {
		*there = i == 0;
		if (i == 0)
			return buf_printf(out, "isrc:%s", w->isrc);
		i--;
	}
	*there = w->n > 0 && i < 2;
	if (!*there)
		return 0;
	return i == 0 ? put_filters(w, out) : put_plain(w, out);
}
