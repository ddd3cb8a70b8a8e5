/* How the operator's command reads times, and what it lets through to a terminal. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/show.h"
#include "cli/when.h"
#include "tests/unit/unit.h"

static int64_t
read_as(const char *text)
{
	int64_t t = -1;

	return when_read(text, &t) == 0 ? t : -1;
}

static void
times_are_read_as_people_write_them(void **state)
{
	char text[WHEN_CHARS];

	(void)state;
	assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
	tzset();
	assert_int_equal(read_as("1795392019"), 1795392019);
	assert_int_equal(read_as("0"), 0);
	assert_int_equal(read_as("2026-11-23T00:00:19Z"), 1795392019);
	assert_int_equal(read_as("2026-11-23T01:00:19"), 1795392019);
	assert_int_equal(read_as("2026-11-23 01:00:19"), 1795392019);
	assert_int_equal(read_as("2026-11-23T01:00"), 1795392000);
	assert_int_equal(read_as("2026-11-23"), 1795392000 - 3600);
	assert_int_equal(read_as("2026-11-23T05:30+05:30"), 1795392000);
	assert_int_equal(read_as("2026-11-22T19:00-0500"), 1795392000);
	assert_int_equal(read_as("2026-11-23T02+02"), -1);
	/* Summer time is the zone's affair. */
	assert_int_equal(read_as("2026-07-01T12:00"), read_as("2026-07-01T10:00Z"));
	when_text(1795392019, text);
	assert_string_equal(text, "2026-11-23 01:00");
	when_text(0, text);
	assert_string_equal(text, "never");
	when_text(INT64_MAX, text);
	assert_string_equal(text, "never");
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const odd[] = {"", " ", "yesterday", "2 hours ago", "-5", "1e9", "26-11-22",
	    "2026-11-22T", "2026-11-22T25:00", "2026-02-30", "2026-13-01", "2026-11-22T10:00 Z",
	    "2026-11-22T10:00+", "2026-11-22T10:00+1", "2026-11-22T10:00+99:00", "2026-11-22T10:00Zx",
	    "99999999999999999999", "2026-11-2", "1969-01-01T00:00Z", "2026-11-22T10:00:61:00"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (read_as(odd[i]) != -1)
			fail_msg("'%s' was read", odd[i]);
}

static void
cleaned(const char *value, const char *wanted)
{
	char out[64];

	show_clean(value, out, sizeof(out));
	assert_string_equal(out, wanted);
}

static void
a_terminal_gets_no_orders_from_names(void **state)
{
	char small[10];

	(void)state;
	cleaned("J\xc3\xbcrgen \xf0\x9f\x8e\xb5", "J\xc3\xbcrgen \xf0\x9f\x8e\xb5");
	cleaned("\x1b[31mred\x1b]0;title\x07", "?[31mred?]0;title?");
	cleaned("a\r\nb\tc\x7f", "a??b?c?");
	cleaned("\xc2\x9b" "31m", "?31m");
	/* Turned, hidden, joined. */
	cleaned("\xe2\x80\xae" "evil\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf", "?evil???");
	/* No UTF-8. */
	cleaned("\xff\xc3(\xe2\x82", "?" "?(?" "?");
	/* Never half a character. */
	show_clean("abcd\xf0\x9f\x8e\xb5\xf0\x9f\x8e\xb5", small, sizeof(small));
	assert_string_equal(small, "abcd\xf0\x9f\x8e\xb5");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_as_people_write_them),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(a_terminal_gets_no_orders_from_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
