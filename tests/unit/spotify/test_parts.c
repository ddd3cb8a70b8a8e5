/* The small parts of the client: operations, text, grants, limits. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "worker/spotify/grant.h"
#include "worker/spotify/limits.h"
#include "worker/spotify/ops.h"
#include "worker/spotify/text.h"

static void
every_operation_has_an_entry(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < SP_OP_COUNT; i++) {
		const struct sp_op_info *o = sp_op_info(i);

		assert_non_null(o->name);
		assert_non_null(o->scopes);
		assert_true(o->path[0] == '/');
		assert_true(o->family < SP_FAMILY_COUNT);
		if (strcmp(o->method, "GET") == 0)
			assert_true(o->repeatable);
		else if (strcmp(o->method, "POST") == 0)
			assert_false(o->repeatable);
	}
}

static void
targets_are_put_together_and_encoded(void **state)
{
	struct buf b, q;

	(void)state;
	buf_init(&b, 1024);
	buf_init(&q, 1024);
	assert_ok(sp_query_put(&q, "q", span_str("Zażółć & co=1")));
	assert_ok(sp_query_num(&q, "limit", 10));
	assert_ok(sp_op_target(SP_OP_SEARCH, span_str(""), buf_span(&q), &b));
	assert_string_equal(buf_cstr(&b),
	    "/search?q=Za%C5%BC%C3%B3%C5%82%C4%87%20%26%20co%3D1&limit=10");
	buf_clear(&b);
	assert_ok(sp_op_target(SP_OP_PLAYLIST_ITEMS, span_str("a/b"), span_str(""), &b));
	assert_string_equal(buf_cstr(&b), "/playlists/a%2Fb/items");
	assert_int_equal(sp_op_target(SP_OP_TRACK, span_str(""), span_str(""), &b), ERR_STATE);
	buf_free(&b);
	buf_free(&q);
}

static void
cleaned(const char *in, size_t max, bool html, const char *want)
{
	struct buf b;

	buf_init(&b, 4096);
	if (html)
		assert_ok(text_clean_html(span_str(in), max, &b));
	else
		assert_ok(text_clean(span_str(in), max, &b));
	assert_string_equal(buf_cstr(&b), want);
	assert_true(b.len <= max);
	buf_free(&b);
}

static void
foreign_text_is_cleaned(void **state)
{
	(void)state;
	cleaned("plain", 100, false, "plain");
	cleaned("  two\n\nlines\t here ", 100, false, "two lines here");
	cleaned("a\x01\x1b[31mb\x7f", 100, false, "a[31mb");
	cleaned("a\xE2\x80\xAE" "b\xE2\x81\xA6" "c\xE2\x80\x8F", 100, false, "abc");
	cleaned("zero\xE2\x80\x8Bwidth\xEF\xBB\xBF", 100, false, "zerowidth");
	cleaned("tag\xF3\xA0\x81\x81s", 100, false, "tags");
	cleaned("line\xE2\x80\xA8sep", 100, false, "line sep");
	cleaned("Zażółć 日本 👩‍🎤", 100, false, "Zażółć 日本 👩‍🎤");
	/* A heart on fire is one sign of four characters; rows of such say nothing to people. */
	cleaned("\u2764\uFE0F\u200D\U0001F525", 100, false, "\u2764\uFE0F\u200D\U0001F525");
	cleaned("1\uFE0F\u20E3 \u06CC\u200C\u06A9", 100, false, "1\uFE0F\u20E3 \u06CC\u200C\u06A9");
	cleaned("x\uFE0F\uFE01\uFE02\uFE0F\u200B\uFE0Fy", 100, false, "x\uFE0Fy");
	cleaned("\uFE0Fa\u200D\u200C\u200D\uFE0Fb \u200Dc", 100, false, "a\u200Db c");
	cleaned("h\u3164\u115F\uFFA0\u034Fi", 100, false, "hi");
	cleaned("bad\xff\xc0\xaf.", 100, false, "bad\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD.");
	cleaned("\xED\xA0\x80", 100, false, "\xEF\xBF\xBD");
	cleaned("", 10, false, "");
	cleaned("Made for testing &amp; nothing else: it&#x27;s a &lt;b&gt; &#9786; &bogus; & x", 100,
	    true, "Made for testing & nothing else: it's a <b> ☺ &bogus; & x");
	cleaned("&#0;&#x110000;&#xD800;&#1;", 100, true, "&#0;&#x110000;&#xD800;");
	cleaned("&amp;", 100, false, "&amp;");
}

static void
long_text_is_cut_between_characters(void **state)
{
	(void)state;
	cleaned("abcdefghij", 10, false, "abcdefghij");
	cleaned("abcdefghijk", 10, false, "abcdefg…");
	cleaned("日本語日本語", 12, false, "日本語…");
	cleaned("abcdef", 2, false, "");
}

static void
case_is_taken_away(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	assert_ok(text_fold(span_str("ÄÖÜ Żółw ΑΒΓ МИР Ÿ×"), &b));
	assert_string_equal(buf_cstr(&b), "äöü żółw αβγ мир Ÿ×");
	buf_free(&b);
}

static void
a_grant_goes_through_its_row(void **state)
{
	struct grant a = {.expires_at = 0}, b = {.expires_at = 0};
	struct buf row;

	(void)state;
	assert_ok(grant_renew(span_str("{\"access_token\":\"A\",\"refresh_token\":\"R\","
	    "\"expires_in\":3600,\"scope\":\"x y\"}"), 1000, &a));
	assert_int_equal(a.expires_at, 4600);
	a.authorized_at = 1000;
	buf_init(&row, 4096);
	assert_ok(grant_write(&a, &row));
	assert_ok(grant_read(buf_span(&row), &b));
	assert_true(grant_same(&a, &b));
	assert_string_equal(b.scope, "x y");
	assert_int_equal(b.authorized_at, 1000);
	/* Without a refresh token in the answer the old one stays. */
	assert_ok(grant_renew(span_str("{\"access_token\":\"B\",\"refresh_token\":null}"), 2000, &b));
	assert_true(grant_same_refresh(&a, &b));
	assert_false(grant_same(&a, &b));
	assert_int_equal(b.expires_at, 5600);
	assert_string_equal(b.scope, "x y");
	grant_clear(&a);
	grant_clear(&b);
	buf_free(&row);
}

static void
odd_grants_are_refused(void **state)
{
	static const char *const answers[] = {"", "null", "[]", "{}", "{\"access_token\":\"\"}",
	    "{\"access_token\":7,\"refresh_token\":\"R\"}", "{\"access_token\":\"A\"}",
	    "{\"access_token\":\"A\\r\\nX: y\",\"refresh_token\":\"R\"}"};
	struct grant g = {.expires_at = 7};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		assert_int_not_equal(grant_renew(span_str(answers[i]), 1, &g), 0);
	assert_int_equal(g.expires_at, 7);
	assert_int_equal(grant_read(span_str("{\"access\":\"A\"}"), &g), ERR_SYNTAX);
	assert_int_equal(g.expires_at, 7);
	grant_clear(&g);
}

static void
a_sign_in_ends_after_six_calendar_months(void **state)
{
	(void)state;
	/* 2026-05-22 -> 2026-11-22; 2026-08-31 -> 2027-02-28. */
	assert_int_equal(grant_ends_at(1779408000), 1795305600);
	assert_int_equal(grant_ends_at(1788134400), 1803772800);
}

static void
the_pace_allows_a_burst_and_then_waits(void **state)
{
	struct limits l;
	struct sp_error why;
	int i;

	(void)state;
	limits_init(&l, 0, 4);
	for (i = 0; i < 25; i++)
		assert_int_equal(limits_ask(&l, SP_OP_ME, false, 0, &why), 0);
	assert_true(limits_ask(&l, SP_OP_ME, false, 0, &why) > 0);
	assert_int_equal(limits_ask(&l, SP_OP_ME, false, 1000, &why), 0);
}

static void
long_work_leaves_some_of_the_burst(void **state)
{
	struct limits l;
	struct sp_error why;
	int i;

	(void)state;
	limits_init(&l, 0, 4);
	for (i = 0; i < 20; i++)
		assert_int_equal(limits_ask(&l, SP_OP_ME, true, 0, &why), 0);
	assert_int_equal(limits_ask(&l, SP_OP_ME, true, 0, &why), 250);
	for (i = 0; i < 5; i++)
		assert_int_equal(limits_ask(&l, SP_OP_ME, false, 0, &why), 0);
	/* Its own lasting pace is what it was. */
	assert_int_equal(limits_ask(&l, SP_OP_ME, true, 1250, &why), 250);
	assert_int_equal(limits_ask(&l, SP_OP_ME, true, 1500, &why), 0);
	assert_int_equal(limits_ask(&l, SP_OP_ME, true, 1500, &why), 250);
}

static void
pauses_and_quotas_are_kept(void **state)
{
	struct limits l;
	struct sp_error why, e = {.problem = SP_RATE, .op = SP_OP_ME, .retry_after = 3};

	(void)state;
	limits_init(&l, 0, 4);
	limits_note(&l, &e, 0);
	assert_int_equal(limits_ask(&l, SP_OP_SEARCH, false, 1000, &why), 2000);
	e.retry_after = 60;
	limits_note(&l, &e, 0);
	assert_int_equal(limits_ask(&l, SP_OP_SEARCH, false, 1000, &why), -1);
	assert_int_equal(why.problem, SP_RATE);
	assert_int_equal(why.retry_after, 59);
	/* A shorter pause does not end a longer one. */
	e.retry_after = 1;
	limits_note(&l, &e, 2000);
	assert_int_equal(limits_ask(&l, SP_OP_SEARCH, false, 10000, &why), -1);
	assert_int_equal(limits_ask(&l, SP_OP_SEARCH, false, 60001, &why), 0);
	e = (struct sp_error){.problem = SP_PREMIUM, .op = SP_OP_PLAY};
	limits_note(&l, &e, 60001);
	assert_int_equal(limits_ask(&l, SP_OP_PAUSE, false, 61000, &why), -1);
	assert_int_equal(limits_ask(&l, SP_OP_PLAYER, false, 61000, &why), 0);
	e = (struct sp_error){.problem = SP_QUOTA, .op = SP_OP_SEARCH, .retry_after = -1};
	limits_note(&l, &e, 61000);
	assert_int_equal(limits_ask(&l, SP_OP_SEARCH, false, 62000, &why), -1);
	assert_int_equal(limits_ask(&l, SP_OP_ME, false, 62000, &why), 0);
	/* Of two answers one says for how long. */
	e.retry_after = 50000;
	limits_note(&l, &e, 62000);
	e.retry_after = -1;
	limits_note(&l, &e, 62000);
	assert_int_equal(limits_ask(&l, SP_OP_SEARCH, false, 62000, &why), -1);
	assert_int_equal(why.retry_after, 50000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_has_an_entry),
		cmocka_unit_test(targets_are_put_together_and_encoded),
		cmocka_unit_test(foreign_text_is_cleaned),
		cmocka_unit_test(long_text_is_cut_between_characters),
		cmocka_unit_test(case_is_taken_away),
		cmocka_unit_test(a_grant_goes_through_its_row),
		cmocka_unit_test(odd_grants_are_refused),
		cmocka_unit_test(a_sign_in_ends_after_six_calendar_months),
		cmocka_unit_test(the_pace_allows_a_burst_and_then_waits),
		cmocka_unit_test(long_work_leaves_some_of_the_burst),
		cmocka_unit_test(pauses_and_quotas_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
