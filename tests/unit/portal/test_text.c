/* What the portal reads and writes: escaping, templates, forms, cookies, CSRF. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "master/portal/account_view.h"
#include "master/portal/begins.h"
#include "master/portal/csrf.h"
#include "master/portal/escape.h"
#include "master/portal/form.h"
#include "master/portal/template.h"
#include "master/portal/web.h"
#include "tests/unit/unit.h"

/* Files of our own in place of web/'s. */
#define TEXT(s) (const uint8_t *)(s), sizeof(s) - 1
const struct web_file web_files[] = {
	{"text", TEXT("<p title=\"{{attr a}}\">{{a}}</p>")},
	{"link", TEXT("<a href=\"{{url a}}\">x</a>")},
	{"part", TEXT("[{{> text}}]")},
	{"list", TEXT("{{#l}}<b>{{n}}{{a}}</b>{{/l}}{{^l}}none{{/l}}")},
	{"flag", TEXT("{{#f}}yes{{/f}}{{^f}}no{{/f}}{{#a}}!{{/a}}")},
	{"nested", TEXT("{{#l}}({{#l}}{{n}}{{/l}}){{/l}}")},
	{"text in tag", TEXT("<p title=\"{{a}}\">")},
	{"text in tag name", TEXT("<p {{a}}>")},
	{"attr in text", TEXT("<p>{{attr a}}</p>")},
	{"app", TEXT("<a href=\"{{app a}}\">x</a>")},
	{"app not whole", TEXT("<a href=\"x{{app a}}\">")},
	{"url not whole", TEXT("<a href=\"x{{url a}}\">")},
	{"unknown", TEXT("{{b}}")},
	{"unknown section", TEXT("{{#b}}{{/b}}")},
	{"unknown file", TEXT("{{> b}}")},
	{"open mark", TEXT("{{a")},
	{"empty mark", TEXT("{{}}")},
	{"open section", TEXT("{{#a}}")},
	{"open section, not shown", TEXT("{{#f}}")},
	{"wrong end", TEXT("{{#a}}{{/f}}")},
	{"end alone", TEXT("{{/a}}")},
	{"half a tag", TEXT("{{#a}}<p {{/a}}>")},
	{"itself", TEXT("{{> itself}}")},
	{"a list as text", TEXT("{{l}}")},
	{NULL, NULL, 0}
};
const char web_version[] = "1";

static void
check_escape(err_t (*fn)(struct buf *, struct span), const char *in, const char *wanted)
{
	struct buf out;

	buf_init(&out, 1000);
	assert_ok(fn(&out, span_str(in)));
	assert_string_equal(buf_cstr(&out), wanted);
	buf_free(&out);
}

static void
text_cannot_become_markup(void **state)
{
	(void)state;
	check_escape(escape_text, "<script>alert('1' & \"2\")</script>",
	    "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;");
	check_escape(escape_text, "&lt;", "&amp;lt;");
	check_escape(escape_text, "Bj\xc3\xb6rk \xf0\x9f\x8e\xb5\n", "Bj\xc3\xb6rk \xf0\x9f\x8e\xb5\n");
}

static void
an_attribute_cannot_be_left(void **state)
{
	(void)state;
	check_escape(escape_attr, "\" onmouseover=\"x", "&quot; onmouseover=&quot;x");
	check_escape(escape_attr, "a\nb\tc`", "a&#10;b&#9;c&#96;");
}

static void
bytes_that_are_no_text_are_replaced(void **state)
{
	(void)state;
	check_escape(escape_text, "\xff", "\xef\xbf\xbd");
	check_escape(escape_text, "\xc0\xbcscript>", "\xef\xbf\xbd\xef\xbf\xbdscript&gt;");
	check_escape(escape_text, "\xe0\x80\xbc", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	check_escape(escape_text, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	check_escape(escape_text, "\xf4\x90\x80\x80",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	/* A lead byte must not swallow the markup behind it. */
	check_escape(escape_text, "\xf0<b", "\xef\xbf\xbd&lt;b");
	check_escape(escape_text, "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
	check_escape(escape_text, "a\x01\x7f", "a\xef\xbf\xbd\xef\xbf\xbd");
}

static void
a_name_cannot_turn_the_writing_direction(void **state)
{
	(void)state;
	check_escape(escape_text, "x\xe2\x80\xaegnp", "x\xef\xbf\xbdgnp");
	check_escape(escape_text, "x\xe2\x81\xa6y", "x\xef\xbf\xbdy");
	assert_false(escape_harmless(span_str("x\xe2\x80\xaey")));
	assert_false(escape_harmless(span_str("x\ny")));
	assert_false(escape_harmless(span_str("\xff")));
	assert_true(escape_harmless(span_str("Bj\xc3\xb6rk's <laptop>")));
}

/* As escape_name leaves a name of at most `most` bytes. */
static void
named(const char *text, size_t most, const char *wanted)
{
	struct buf b;

	buf_init(&b, 256);
	assert_ok(escape_name(&b, span_str(text), most));
	assert_string_equal(buf_cstr(&b), wanted);
	buf_free(&b);
}

static void
a_name_is_one_line_that_hides_nothing(void **state)
{
	(void)state;
	named("Plain <b>client</b>", 128, "Plain <b>client</b>");
	named("  two\r\n\tlines \xc2\xa0 ", 128, "two lines");
	named("a\xe2\x80\xae" "b\xe2\x81\xa6" "c\xef\xbb\xbf", 128, "abc");
	named("a\xe2\x80\xa8" "b\xe2\x80\x8b" "c\x01\x7f", 128, "a bc");
	named("\xff\xc3", 128, "");
	named("\xe2\x80\x8b \xe3\x85\xa4", 128, "");
	named("caf\xc3\xa9", 4, "caf");
	named("ab cd", 3, "ab");
	named("\xf0\x9f\x8e\xb5 music", 128, "\xf0\x9f\x8e\xb5 music");
}

static void
only_addresses_that_lead_somewhere_harmless_pass(void **state)
{
	static const char *const bad[] = {"javascript:alert(1)", "JaVaScRiPt:alert(1)",
	    " javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "//evil.example",
	    "/\\evil.example", "/\t/evil.example", "https://a b", "vbscript:x", "x", ""};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_escape(escape_url, bad[i], "#");
	check_escape(escape_url, "https://open.spotify.com/user/a?b&c",
	    "https://open.spotify.com/user/a?b&amp;c");
	check_escape(escape_url, "/account", "/account");
	check_escape(escape_url, "/", "/");
	check_escape(escape_url, "mailto:a@b", "mailto:a@b");
}

static void
only_addresses_that_open_a_program_pass_as_such(void **state)
{
	static const char *const bad[] = {"javascript:alert(1)", "data:text/html,x", "file:///etc",
	    "https://evil.example", "http://evil.example", "mailto:a@b", "blob:x", "about:blank",
	    "view-source:https://x", "JavaScript:x", "Cursor://x", "java\nscript:x", " cursor://x",
	    "cursor://a b", "cursor", ":x", "1cursor:x", "/account", "//evil.example", ""};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_escape(escape_app, bad[i], "#");
	check_escape(escape_app, "cursor://anysphere.cursor-mcp/oauth/callback?code=a&state=\"b",
	    "cursor://anysphere.cursor-mcp/oauth/callback?code=a&amp;state=&quot;b");
	check_escape(escape_app, "com.example.app:/callback", "com.example.app:/callback");
}

/* --- templates ---------------------------------------------------------------- */

static err_t
render(const char *file, char *out, size_t room)
{
	struct view v = {.n = 0}, items[2] = {{.n = 0}, {.n = 0}};
	struct buf b;
	err_t err;

	view_text(&v, "a", span_str("<1>"));
	view_flag(&v, "f", false);
	view_text(&items[0], "n", span_str("x"));
	view_text(&items[1], "n", span_str("y"));
	view_list(&v, "l", items, 2);
	buf_init(&b, 1000);
	err = template_render(file, &v, &b);
	(void)snprintf(out, room, "%s", err == 0 ? buf_cstr(&b) : "");
	buf_free(&b);
	return err;
}

static void
check_render(const char *file, const char *wanted)
{
	char out[1000];

	assert_ok(render(file, out, sizeof(out)));
	assert_string_equal(out, wanted);
}

static void
values_sections_lists_and_files_are_shown(void **state)
{
	(void)state;
	check_render("text", "<p title=\"&lt;1&gt;\">&lt;1&gt;</p>");
	check_render("link", "<a href=\"#\">x</a>");
	check_render("part", "[<p title=\"&lt;1&gt;\">&lt;1&gt;</p>]");
	check_render("list", "<b>x&lt;1&gt;</b><b>y&lt;1&gt;</b>");
	check_render("flag", "no!");
	check_render("nested", "(xy)(xy)");
}

static void
a_mark_in_the_wrong_place_makes_no_page(void **state)
{
	static const char *const bad[] = {"text in tag", "text in tag name", "attr in text",
	    "url not whole", "app not whole", "open mark", "empty mark", "open section",
	    "open section, not shown", "wrong end", "end alone", "half a tag", "a list as text"};
	char out[1000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (render(bad[i], out, sizeof(out)) != ERR_SYNTAX)
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(render("unknown", out, sizeof(out)), ERR_NOTFOUND);
	assert_int_equal(render("unknown section", out, sizeof(out)), ERR_NOTFOUND);
	assert_int_equal(render("unknown file", out, sizeof(out)), ERR_NOTFOUND);
	assert_int_equal(render("itself", out, sizeof(out)), ERR_LIMIT);
}

static void
a_view_that_is_too_full_makes_no_page(void **state)
{
	static char names[VIEW_VALUES_MAX + 1][8];
	struct view v = {.n = 0};
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i <= VIEW_VALUES_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%zu", i);
		view_text(&v, names[i], span_str("x"));
	}
	buf_init(&b, 1000);
	assert_int_equal(template_render("flag", &v, &b), ERR_LIMIT);
	buf_free(&b);
}

/* --- forms, cookies -------------------------------------------------------------- */

static err_t
form(const char *text, const char *name, char *out, size_t room)
{
	struct arena a;
	struct span s = {0};
	err_t err;

	arena_init(&a, 100000);
	err = form_get(&a, span_str(text), name, &s);
	if (err == 0)
		(void)snprintf(out, room, "%.*s", (int)s.n, (const char *)s.p);
	arena_reset(&a);
	return err;
}

static void
a_form_field_is_decoded(void **state)
{
	char out[100];

	(void)state;
	assert_ok(form("a=1&label=Bj%C3%B6rk%27s+%3Claptop%3E&b=", "label", out, sizeof(out)));
	assert_string_equal(out, "Bj\xc3\xb6rk's <laptop>");
	assert_ok(form("a=1&b=", "b", out, sizeof(out)));
	assert_string_equal(out, "");
	assert_ok(form("a=x=y", "a", out, sizeof(out)));
	assert_string_equal(out, "x=y");
}

static void
a_broken_or_doubled_field_is_refused(void **state)
{
	static char big[FORM_BYTES_MAX + 2];
	char out[100];

	(void)state;
	assert_int_equal(form("a=1", "b", out, sizeof(out)), ERR_NOTFOUND);
	assert_int_equal(form("", "b", out, sizeof(out)), ERR_NOTFOUND);
	assert_int_equal(form("a=1&a=2", "a", out, sizeof(out)), ERR_SYNTAX);
	assert_int_equal(form("a=%4", "a", out, sizeof(out)), ERR_SYNTAX);
	assert_int_equal(form("a=%zz", "a", out, sizeof(out)), ERR_SYNTAX);
	assert_int_equal(form("a=%00", "a", out, sizeof(out)), ERR_SYNTAX);
	memset(big, 'a', sizeof(big) - 1);
	assert_int_equal(form(big, "a", out, sizeof(out)), ERR_LIMIT);
}

static void
a_nul_anywhere_in_a_form_is_refused(void **state)
{
	static const char text[] = "a=b\0c&d=e";
	struct span s = {0};
	struct arena a;

	(void)state;
	arena_init(&a, 1000);
	assert_int_equal(form_get(&a, span_of(text, sizeof(text) - 1), "a", &s), ERR_SYNTAX);
	assert_int_equal(form_get(&a, span_of(text, sizeof(text) - 1), "d", &s), ERR_SYNTAX);
	assert_null(s.p);
	arena_reset(&a);
}

static void
only_a_form_is_a_form(void **state)
{
	(void)state;
	assert_true(form_type(span_str("application/x-www-form-urlencoded")));
	assert_true(form_type(span_str("Application/X-WWW-Form-Urlencoded ; charset=UTF-8")));
	assert_false(form_type(span_str("application/json")));
	assert_false(form_type(span_str("text/plain")));
	assert_false(form_type(span_str("multipart/form-data; boundary=x")));
	assert_false(form_type(span_str("")));
}

static void
a_cookie_is_found_by_its_whole_name(void **state)
{
	struct span v = {0};

	(void)state;
	assert_ok(cookie_get(span_str("a=1; session=x=y; b=2"), "session", &v));
	assert_true(span_is(v, "x=y"));
	assert_ok(cookie_get(span_str("session=x"), "session", &v));
	assert_int_equal(cookie_get(span_str("xsession=1; session2=2"), "session", &v), ERR_NOTFOUND);
	assert_int_equal(cookie_get(span_str(""), "session", &v), ERR_NOTFOUND);
	assert_int_equal(cookie_get(span_str("Session=1"), "session", &v), ERR_NOTFOUND);
	assert_int_equal(cookie_get(span_str("session=1; session=2"), "session", &v), ERR_SYNTAX);
}

/* --- the form's proof --------------------------------------------------------------- */

static void
a_form_fits_its_own_session_only(void **state)
{
	static const uint8_t check_a[KEY_BYTES] = {1}, check_b[KEY_BYTES] = {2};
	uint8_t a[KEY_BYTES], again[KEY_BYTES], b[KEY_BYTES];
	char field[CSRF_CHARS + 1];

	(void)state;
	assert_ok(csrf_key(check_a, a));
	assert_ok(csrf_key(check_a, again));
	assert_ok(csrf_key(check_b, b));
	assert_ok(csrf_make(a, span_str("one"), field));
	assert_int_equal(strlen(field), CSRF_CHARS);
	assert_true(csrf_ok(a, span_str("one"), span_str(field)));
	/* The portal's next life has the same key. */
	assert_true(csrf_ok(again, span_str("one"), span_str(field)));
	assert_false(csrf_ok(b, span_str("one"), span_str(field)));
	assert_false(csrf_ok(a, span_str("two"), span_str(field)));
	assert_false(csrf_ok(a, span_str("one"), span_str("")));
	field[5] = field[5] == 'x' ? 'y' : 'x';
	assert_false(csrf_ok(a, span_str("one"), span_str(field)));
}

static bool
same_site(const char *origin, const char *fetch_site)
{
	return csrf_same_site(span_str(origin), span_str(fetch_site), "https://tonearm.example");
}

static void
a_foreign_or_silent_sender_is_not_us(void **state)
{
	(void)state;
	assert_true(same_site("https://tonearm.example", "same-origin"));
	assert_true(same_site("https://tonearm.example", ""));
	assert_true(same_site("null", "same-origin"));
	assert_true(same_site("", "same-origin"));
	assert_false(same_site("", ""));
	assert_false(same_site("null", ""));
	assert_false(same_site("https://evil.example", ""));
	assert_false(same_site("https://evil.example", "same-origin"));
	assert_false(same_site("https://tonearm.example", "cross-site"));
	assert_false(same_site("https://tonearm.example", "same-site"));
	assert_false(same_site("", "none"));
	assert_false(same_site("http://tonearm.example", ""));
	assert_false(same_site("https://tonearm.example.evil.example", ""));
}

/* --- dates ----------------------------------------------------------------------------- */

static void
six_months_end_on_a_day_that_exists(void **state)
{
	(void)state;
	/* 22 May 2026, noon -> 22 November. */
	assert_int_equal(account_valid_until(1779451200), 1795348800);
	/* 31 August 2026 -> 28 February 2027; 31 August 2027 -> 29 February 2028. */
	assert_int_equal(account_valid_until(1788134400), 1803772800);
	assert_int_equal(account_valid_until(1819670400), 1835395200);
	/* 31 March 2026 -> 30 September. */
	assert_int_equal(account_valid_until(1774915200), 1790726400);
}

static void
an_address_may_begin_a_hundred_sign_ins_and_then_ten_a_minute(void **state)
{
	static struct begins b;
	const struct span office = span_str("203.0.113.7"), home = span_str("2001:db8:1:2::7"),
	    same_home = span_str("2001:db8:1:2:ffff::1"), next_door = span_str("2001:db8:1:3::7");
	uint32_t wait = 0;
	int64_t now = 1000;
	unsigned i;

	(void)state;
	for (i = 0; i < BEGINS_BURST; i++)
		assert_true(begins_allow(&b, office, now, &wait));
	assert_false(begins_allow(&b, office, now, &wait));
	assert_int_equal(wait, BEGINS_EACH_MS / 1000);
	assert_false(begins_allow(&b, office, now + BEGINS_EACH_MS - 1, &wait));
	assert_int_equal(wait, 1);
	assert_true(begins_allow(&b, office, now + BEGINS_EACH_MS, &wait));
	assert_false(begins_allow(&b, office, now + BEGINS_EACH_MS, &wait));
	/* A rest of ten minutes gives all back, a longer one no more. */
	now += 20 * BEGINS_BURST * BEGINS_EACH_MS;
	for (i = 0; i < BEGINS_BURST; i++)
		assert_true(begins_allow(&b, office, now, &wait));
	assert_false(begins_allow(&b, office, now, &wait));
	/* One home has a whole /64. */
	for (i = 0; i < BEGINS_BURST; i++)
		assert_true(begins_allow(&b, i % 2 == 0 ? home : same_home, now, &wait));
	assert_false(begins_allow(&b, same_home, now, &wait));
	assert_true(begins_allow(&b, next_door, now, &wait));
}

static void
whose_sign_in_it_is_not_said_is_not_counted(void **state)
{
	static struct begins b;
	static const char *const nobody[] = {"127.0.0.1", "127.8.8.8", "::1", "", "unix", "not an address",
		"1.2.3.4.5", "0123456789012345678901234567890123456789012345678901234567890"};
	uint32_t wait;
	unsigned i, k;

	(void)state;
	for (k = 0; k < sizeof(nobody) / sizeof(nobody[0]); k++)
		for (i = 0; i < 3 * BEGINS_BURST; i++)
			assert_true(begins_allow(&b, span_str(nobody[k]), 1, &wait));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_cannot_become_markup),
		cmocka_unit_test(an_attribute_cannot_be_left),
		cmocka_unit_test(bytes_that_are_no_text_are_replaced),
		cmocka_unit_test(a_name_cannot_turn_the_writing_direction),
		cmocka_unit_test(a_name_is_one_line_that_hides_nothing),
		cmocka_unit_test(only_addresses_that_lead_somewhere_harmless_pass),
		cmocka_unit_test(only_addresses_that_open_a_program_pass_as_such),
		cmocka_unit_test(values_sections_lists_and_files_are_shown),
		cmocka_unit_test(a_mark_in_the_wrong_place_makes_no_page),
		cmocka_unit_test(a_view_that_is_too_full_makes_no_page),
		cmocka_unit_test(a_form_field_is_decoded),
		cmocka_unit_test(a_broken_or_doubled_field_is_refused),
		cmocka_unit_test(a_nul_anywhere_in_a_form_is_refused),
		cmocka_unit_test(only_a_form_is_a_form),
		cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
		cmocka_unit_test(a_form_fits_its_own_session_only),
		cmocka_unit_test(a_foreign_or_silent_sender_is_not_us),
		cmocka_unit_test(six_months_end_on_a_day_that_exists),
		cmocka_unit_test(an_address_may_begin_a_hundred_sign_ins_and_then_ten_a_minute),
		cmocka_unit_test(whose_sign_in_it_is_not_said_is_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
