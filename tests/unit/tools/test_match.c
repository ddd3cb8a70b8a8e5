/* The matcher of import_tracks: how lines are read, what is asked, and how often it
 * is right on the hard cases of match.txt. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "worker/tools/match.h"
#include "worker/tools/title.h"
#include "worker/tools/wish.h"

#define ID "0123456789abcdefghijAB"
#define CASES_MIN 100
#define OFFERED_MAX 8
#define LINE_BYTES 1024

/* Percent that must be reached: of what is added, how much is right; of what
 * there is, how much is added.  Medium and better is what import_tracks adds
 * unless it is told otherwise. */
#define PRECISION_MEDIUM 98
#define RECALL_MEDIUM 96
#define PRECISION_HIGH 99
#define RECALL_HIGH 80
#define SECOND_PRECISION 95
#define SECOND_RECALL 90

struct offered {
	char text[LINE_BYTES];
	char isrc[16];
	struct candidate c;
	bool right;
};

struct figures {
	unsigned cases, with_right;
	unsigned added[MATCH_HIGH + 1], right[MATCH_HIGH + 1];
};

/* The cases below one heading of a file ("# --- live ---"). */
#define PARTS_MAX 20
struct part {
	char name[64];
	struct figures f;
};

static struct span
field(char **rest)
{
	char *start = *rest, *end;

	if (start == NULL)
		return span_of(NULL, 0);
	end = strchr(start, '|');
	*rest = end == NULL ? NULL : end + 1;
	if (end == NULL)
		end = start + strlen(start);
	while (*start == ' ')
		start++;
	while (end > start && end[-1] == ' ')
		end--;
	return span_of(start, (size_t)(end - start));
}

static void
read_offer(const char *line, struct offered *o)
{
	char *rest;
	struct span artists;
	size_t i, from = 0;

	memset(o, 0, sizeof(*o));
	o->right = line[0] == '+';
	(void)snprintf(o->text, sizeof(o->text), "%s", line + 1);
	rest = o->text;
	o->c.title = field(&rest);
	artists = field(&rest);
	o->c.album = field(&rest);
	o->c.duration_ms = wish_duration(field(&rest));
	o->c.isrc = field(&rest);
	for (i = 0; i <= artists.n; i++)
		if (i == artists.n || artists.p[i] == ';') {
			assert_true(o->c.n_artists < MATCH_ARTISTS);
			o->c.artists[o->c.n_artists++] = span_of(artists.p + from, i - from);
			from = i + 2;
		}
}

static void
judge(const char *line, const struct offered *offers, size_t n, struct figures *f, bool aloud)
{
	struct wish_heading none = {.n = 0};
	struct candidate c[OFFERED_MAX];
	struct wish w;
	struct match m;
	struct buf why;
	bool any = false, right;
	size_t i;
	int level;

	for (i = 0; i < n; i++) {
		c[i] = offers[i].c;
		any = any || offers[i].right;
	}
	assert_ok(wish_read(line, &none, &w));
	assert_int_equal(w.kind, WISH_NAMES);
	assert_ok(match_pick(&w, c, n, &m));
	f->cases++;
	f->with_right += any;
	right = m.level > MATCH_NONE && offers[m.index].right;
	for (level = MATCH_LOW; level <= (int)m.level; level++) {
		f->added[level]++;
		f->right[level] += right;
	}
	if (aloud && (m.level < MATCH_MEDIUM ? any : !right)) {
		buf_init(&why, 1024);
		assert_ok(match_why(m.reasons, &why));
		print_message("# %s: %s %.*s (%s)\n", line, match_level_name(m.level),
		    m.level > MATCH_NONE ? (int)c[m.index].title.n : 0,
		    m.level > MATCH_NONE ? (const char *)c[m.index].title.p : "", buf_cstr(&why));
		buf_free(&why);
	}
}

static FILE *
open_below(const char *folder, const char *name)
{
	const char *top = getenv("srcdir");
	char path[512];
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", top == NULL ? "." : top, folder, name);
	in = fopen(path, "r");
	if (in == NULL)
		fail_msg("%s cannot be read", path);
	return in;
}

/* Begins a part, if the line is a heading. */
static void
head(const char *line, struct part *parts, size_t *n)
{
	const char *end;

	if (strncmp(line, "# --- ", 6) != 0 || (end = strstr(line, " ---------")) == NULL)
		return;
	assert_true(*n < PARTS_MAX);
	memset(&parts[*n], 0, sizeof(parts[*n]));
	(void)snprintf(parts[*n].name, sizeof(parts[*n].name), "%.*s", (int)(end - line - 6), line + 6);
	(*n)++;
}

/* Judges all cases of a file; aloud: names those that go wrong.  How many parts
 * it has; without headings it is one. */
static size_t
count_parts(const char *name, struct part *parts, bool aloud)
{
	static struct offered offers[OFFERED_MAX];
	char line[LINE_BYTES], wish[LINE_BYTES] = "";
	size_t n = 0, n_parts = 0, at = 0;
	FILE *in = open_below("tests/unit/tools", name);

	memset(&parts[0], 0, sizeof(parts[0]));
	(void)snprintf(parts[0].name, sizeof(parts[0].name), "%s", name);
	while (fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '?') {
			if (n > 0)
				judge(wish, offers, n, &parts[at].f, aloud);
			(void)snprintf(wish, sizeof(wish), "%s", line + 2);
			n = 0;
			at = n_parts > 0 ? n_parts - 1 : 0;
		} else if (line[0] == '+' || line[0] == '-') {
			assert_true(n < OFFERED_MAX);
			read_offer(line, &offers[n++]);
		} else
			head(line, parts, &n_parts);
	}
	if (n > 0)
		judge(wish, offers, n, &parts[at].f, aloud);
	(void)fclose(in);
	return n_parts > 0 ? n_parts : 1;
}

static void
add_figures(struct figures *to, const struct figures *f)
{
	int level;

	to->cases += f->cases;
	to->with_right += f->with_right;
	for (level = MATCH_LOW; level <= MATCH_HIGH; level++) {
		to->added[level] += f->added[level];
		to->right[level] += f->right[level];
	}
}

static void
count(const char *name, struct figures *f)
{
	struct part parts[PARTS_MAX];
	size_t i, n = count_parts(name, parts, true);

	memset(f, 0, sizeof(*f));
	for (i = 0; i < n; i++)
		add_figures(f, &parts[i].f);
}

/* --- the published table -------------------------------------------------------- */

static void
put_share(struct buf *out, unsigned part, unsigned of)
{
	if (of == 0)
		assert_ok(buf_put_str(out, " – |"));
	else
		assert_ok(buf_printf(out, " %.1f %% |", 100.0 * part / of));
}

static void
put_row(struct buf *out, const char *name, const struct figures *f)
{
	assert_ok(buf_printf(out, "| %s | %u | %u | %u | %u |", name, f->cases, f->with_right,
	    f->added[MATCH_MEDIUM], f->right[MATCH_MEDIUM]));
	put_share(out, f->right[MATCH_MEDIUM], f->added[MATCH_MEDIUM]);
	put_share(out, f->right[MATCH_MEDIUM], f->with_right);
	assert_ok(buf_printf(out, " %u | %u |\n", f->added[MATCH_HIGH], f->right[MATCH_HIGH]));
}

/* The table of docs/import.md. */
static void
put_table(struct buf *out)
{
	static const char *const files[] = {"match.txt", "match-second.txt", "match-third.txt",
	    "match-fourth.txt"};
	struct part parts[PARTS_MAX];
	struct figures whole, all = {.cases = 0};
	size_t i, k, n;
	char name[64];

	assert_ok(buf_put_str(out,
	    "| cases | lines | with an answer | added | of these right | precision | recall | rated high | of these right |\n"
	    "|---|---|---|---|---|---|---|---|---|\n"));
	for (k = 0; k < sizeof(files) / sizeof(files[0]); k++) {
		n = count_parts(files[k], parts, false);
		memset(&whole, 0, sizeof(whole));
		for (i = 0; i < n; i++) {
			if (n > 1)
				put_row(out, parts[i].name, &parts[i].f);
			add_figures(&whole, &parts[i].f);
		}
		(void)snprintf(name, sizeof(name), "**%s**", files[k]);
		put_row(out, name, &whole);
		add_figures(&all, &whole);
	}
	put_row(out, "**all**", &all);
}

static void
the_published_figures_are_these(void **state)
{
	static char page[65536];
	FILE *in = open_below("docs", "import.md");
	size_t n = fread(page, 1, sizeof(page) - 1, in);
	struct buf want;

	(void)state;
	(void)fclose(in);
	page[n] = '\0';
	buf_init(&want, sizeof(page));
	put_table(&want);
	if (strstr(page, buf_cstr(&want)) == NULL)
		fail_msg("docs/import.md has other figures; unit-tools-match --figures prints its table");
	buf_free(&want);
}

static unsigned
percent(unsigned part, unsigned of)
{
	return of == 0 ? 100 : part * 100 / of;
}

static void
tell(const char *name, const struct figures *f, int level)
{
	print_message("# %s: %u cases, %u with an answer; %s and better: %u added, %u right; "
	    "precision %.1f %%, recall %.1f %%\n", name, f->cases, f->with_right,
	    match_level_name((enum match_level)level), f->added[level], f->right[level],
	    100.0 * f->right[level] / (f->added[level] == 0 ? 1 : f->added[level]),
	    100.0 * f->right[level] / (f->with_right == 0 ? 1 : f->with_right));
}

static void
hard_cases_are_matched_as_well_as_before(void **state)
{
	struct figures f;

	(void)state;
	count("match.txt", &f);
	tell("match.txt", &f, MATCH_HIGH);
	tell("match.txt", &f, MATCH_MEDIUM);
	assert_true(f.cases >= CASES_MIN);
	assert_true(percent(f.right[MATCH_MEDIUM], f.added[MATCH_MEDIUM]) >= PRECISION_MEDIUM);
	assert_true(percent(f.right[MATCH_MEDIUM], f.with_right) >= RECALL_MEDIUM);
	assert_true(percent(f.right[MATCH_HIGH], f.added[MATCH_HIGH]) >= PRECISION_HIGH);
	assert_true(percent(f.right[MATCH_HIGH], f.with_right) >= RECALL_HIGH);
}

/* Cases that came later; their files tell how the first run of each went. */
static void
the_other_sets_are_matched_as_well_as_before(void **state)
{
	struct figures f;

	(void)state;
	count("match-second.txt", &f);
	tell("match-second.txt", &f, MATCH_HIGH);
	tell("match-second.txt", &f, MATCH_MEDIUM);
	assert_true(percent(f.right[MATCH_MEDIUM], f.added[MATCH_MEDIUM]) >= SECOND_PRECISION);
	assert_true(percent(f.right[MATCH_MEDIUM], f.with_right) >= SECOND_RECALL);
	count("match-third.txt", &f);
	tell("match-third.txt", &f, MATCH_HIGH);
	tell("match-third.txt", &f, MATCH_MEDIUM);
	assert_true(percent(f.right[MATCH_MEDIUM], f.added[MATCH_MEDIUM]) >= SECOND_PRECISION);
	assert_true(percent(f.right[MATCH_MEDIUM], f.with_right) >= SECOND_RECALL);
	count("match-fourth.txt", &f);
	tell("match-fourth.txt", &f, MATCH_HIGH);
	tell("match-fourth.txt", &f, MATCH_MEDIUM);
	assert_true(percent(f.right[MATCH_MEDIUM], f.added[MATCH_MEDIUM]) >= SECOND_PRECISION);
	assert_true(percent(f.right[MATCH_MEDIUM], f.with_right) >= SECOND_RECALL);
}

static void
lines_are_read_in_all_forms(void **state)
{
	static const struct { const char *line, *artist, *title; } good[] = {
		{"A B - C D", "A B", "C D"}, {"A B – C D", "A B", "C D"}, {"A B — C D", "A B", "C D"},
		{"A B—C D", "A B", "C D"}, {"A B\tC D", "A B", "C D"}, {"C D by A B", "A B", "C D"},
		{"3. A B - C D", "A B", "C D"}, {"03 - A B - C D", "A B", "C D"},
		{"#3 A B - C D (4:05)", "A B", "C D"}, {"• A B | C D", "A B", "C D"},
		{"\"A, B\",\"C \"\"D\"\"\"", "A, B", "C \"D\""}, {"A - B - Live", "A", "B - Live"},
		{"A: B", "A", "B"}, {"A「B」", "A", "B"},
		{"07 A - B.mp3", "A", "B"}, {"A2. A B - C", "A B", "C"}, {"[1:02:03] A - B", "A", "B"},
		{"A_B_-_C_D.flac", "A B", "C D"}, {"4:44 - A", "4:44", "A"}, {"A - B.C", "A", "B.C"},
		{"7 A - B", "7 A", "B"}, {"A1 - B", "A1", "B"}, {"  A  -  B  ", "A", "B"},
		{"C by the Sea by A", "A", "C by the Sea"}, {"Only", "", "Only"}, {"A;B;C", "A", "B"},
	};
	struct wish_heading none = {.n = 0};
	struct wish w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_ok(wish_read(good[i].line, &none, &w));
		if (w.kind != WISH_NAMES || !span_is(w.readings[0].artist, good[i].artist) ||
		    !span_is(w.readings[0].title, good[i].title))
			fail_msg("%s is read as artist \"%.*s\", title \"%.*s\"", good[i].line,
			    (int)w.readings[0].artist.n, (const char *)w.readings[0].artist.p,
			    (int)w.readings[0].title.n, (const char *)w.readings[0].title.p);
		assert_int_equal(none.n, 0);
	}
}

static void
links_codes_and_nothing_are_read(void **state)
{
	struct wish_heading none = {.n = 0};
	struct wish w;
	char isrc[ISRC_LEN + 1] = "";

	(void)state;
	assert_ok(wish_read("https://open.spotify.com/track/" ID "?si=1", &none, &w));
	assert_int_equal(w.kind, WISH_ITEM);
	assert_string_equal(w.ref.id, ID);
	assert_ok(wish_read("spotify:episode:" ID, &none, &w));
	assert_int_equal(w.ref.kind, ITEM_EPISODE);
	assert_ok(wish_read("x,y,spotify:track:" ID, &none, &w));
	assert_int_equal(w.kind, WISH_ITEM);
	assert_int_equal(wish_read("spotify:album:" ID, &none, &w), ERR_SYNTAX);
	assert_ok(wish_read("ISRC: qz-ta9-19-00017", &none, &w));
	assert_string_equal(w.isrc, "QZTA91900017");
	assert_ok(wish_read("   ", &none, &w));
	assert_int_equal(w.kind, WISH_NOTHING);
	assert_ok(wish_read("# my list", &none, &w));
	assert_int_equal(w.kind, WISH_NOTHING);
	assert_ok(wish_read("#EXTINF:215,Artist - Title", &none, &w));
	assert_int_equal(w.kind, WISH_NOTHING);
	assert_ok(wish_read("#3 Artist - Title", &none, &w));
	assert_int_equal(w.kind, WISH_NAMES);
	assert_false(wish_isrc(span_str("QZTA919000178"), isrc));
	assert_string_equal(isrc, "");
	assert_int_equal(wish_duration(span_str("1:02:03")), 3723000);
	assert_int_equal(wish_duration(span_str("3:4x")), 0);
	assert_int_equal(wish_duration(span_str("225000")), 225000);
}

static void
a_heading_names_the_columns_of_the_rows(void **state)
{
	struct wish_heading h = {.n = 0};
	struct wish w;

	(void)state;
	assert_ok(wish_read("Track Name,Album,Artist Name(s),Duration (ms),ISRC", &h, &w));
	assert_int_equal(w.kind, WISH_NOTHING);
	assert_int_equal(h.n, 5);
	assert_ok(wish_read("Minute,Hours,\"Peral, Osk\",180000,QZTA91900017", &h, &w));
	assert_true(span_is(w.readings[0].artist, "Peral, Osk"));
	assert_true(span_is(w.readings[0].title, "Minute"));
	assert_int_equal(w.duration_ms, 180000);
	assert_string_equal(w.isrc, "QZTA91900017");
}

static void
titles_are_taken_apart(void **state)
{
	static const struct { const char *title, *core; uint32_t marks; } titles[] = {
		{"Salt Roads", "salt roads", 0},
		{"Salt Roads - Live at the Pier / 2011 Remaster", "salt roads", MARK_LIVE | MARK_REMASTER},
		{"Salt Roads (feat. Ada Quill) [Osk Remix]", "salt roads", MARK_REMIX},
		{"Live and Learn", "live and learn", 0}, {"(Live)", "live", 0},
		{"Salt Roads - Radio Edit", "salt roads", MARK_EDIT},
		{"Salt Roads (2019 Mix)", "salt roads", MARK_PLAIN},
		{"Demo Tape", "demo tape", 0},
	};
	struct title t;
	struct normal want;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		assert_ok(title_read(span_str(titles[i].title), &t));
		assert_ok(normal_of(span_str(titles[i].core), &want));
		if (!normal_same(&t.core, &want) || t.marks != titles[i].marks)
			fail_msg("%s: marks %x", titles[i].title, t.marks);
	}
}

static void
questions_begin_narrow_and_are_few(void **state)
{
	static const char *const want[] = {"isrc:QZTA91900017", "track:\"Night Bus\" artist:\"Dovetail\" remix",
	    "Dovetail Night Bus remix"};
	struct wish_heading h = {.n = 0};
	struct wish w;
	struct buf q;
	bool there = true;
	unsigned i;

	(void)state;
	assert_ok(wish_read("\"Dovetail feat. A:b\",\"Night Bus (Osk Remix)\",QZTA91900017", &h, &w));
	for (i = 0; i <= MATCH_QUERIES; i++) {
		buf_init(&q, MATCH_QUERY_BYTES);
		assert_ok(match_query(&w, i, &q, &there));
		assert_int_equal(there, i < MATCH_QUERIES);
		assert_string_equal(buf_cstr(&q), i < MATCH_QUERIES ? want[i] : "");
		buf_free(&q);
	}
}

static void
anything_may_stand_in_a_line(void **state)
{
	static const char signs[] = "-\xE2\x80\x93\",;\t()[]:'aZ0 \xFF\xC3\xE3\x80\x8C by feat.";
	struct wish_heading h = {.n = 0};
	struct wish w;
	struct match m;
	struct buf q;
	char line[WISH_BYTES + 2];
	unsigned seed = 7;
	size_t i, k, n;
	bool there;

	(void)state;
	for (i = 0; i < 5000; i++) {
		n = i % 61 == 0 ? WISH_BYTES : i % 40;
		for (k = 0; k < n; k++) {
			seed = seed * 1103515245u + 12345u;
			line[k] = signs[(seed >> 16) % (sizeof(signs) - 1)];
		}
		line[n] = '\0';
		if (wish_read(line, &h, &w) == 0 && w.kind == WISH_NAMES) {
			struct candidate c = {.title = span_str(line), .n_artists = 1,
			    .artists = {span_str(line)}, .album = span_str(line)};

			assert_ok(match_pick(&w, &c, 1, &m));
			for (k = 0; k < MATCH_QUERIES; k++) {
				buf_init(&q, MATCH_QUERY_BYTES);
				assert_ok(match_query(&w, (unsigned)k, &q, &there));
				buf_free(&q);
			}
		}
	}
	memset(line, 'x', WISH_BYTES + 1);
	line[WISH_BYTES + 1] = '\0';
	assert_int_equal(wish_read(line, &h, &w), ERR_LIMIT);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_in_all_forms),
		cmocka_unit_test(links_codes_and_nothing_are_read),
		cmocka_unit_test(a_heading_names_the_columns_of_the_rows),
		cmocka_unit_test(titles_are_taken_apart),
		cmocka_unit_test(questions_begin_narrow_and_are_few),
		cmocka_unit_test(hard_cases_are_matched_as_well_as_before),
		cmocka_unit_test(the_other_sets_are_matched_as_well_as_before),
		cmocka_unit_test(the_published_figures_are_these),
		cmocka_unit_test(anything_may_stand_in_a_line),
	};

	if (argc == 2 && strcmp(argv[1], "--figures") == 0) {
		struct buf out;

		buf_init(&out, 65536);
		put_table(&out);
		(void)fputs(buf_cstr(&out), stdout);
		buf_free(&out);
		return 0;
	}
	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
