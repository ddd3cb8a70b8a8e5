/* The own scopes: names, what implies what, what Spotify is asked for. */
#include "config.h"

#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"
#include "tests/unit/unit.h"

static void
a_write_scope_implies_its_read_scope(void **state)
{
	(void)state;
	assert_int_equal(scopes_whole(SCOPE_LIBRARY_WRITE),
	    SCOPE_LIBRARY_WRITE | SCOPE_LIBRARY_READ);
	assert_int_equal(scopes_whole(SCOPE_PLAYBACK_CONTROL),
	    SCOPE_PLAYBACK_CONTROL | SCOPE_PLAYBACK_READ);
	assert_int_equal(scopes_whole(SCOPE_HISTORY_READ), SCOPE_HISTORY_READ);
	assert_int_equal(scopes_whole(0x8000), 0);
}

static void
names_are_read_back_as_they_are_written(void **state)
{
	struct buf names;
	bool foreign;

	(void)state;
	buf_init(&names, 512);
	assert_int_equal(scopes_put_names(SCOPE_ALL, &names), 0);
	assert_int_equal(scopes_read(buf_span(&names), &foreign), SCOPE_ALL);
	assert_false(foreign);
	assert_int_equal(scopes_read(span_str(" offline_access  library:read"), &foreign),
	    SCOPE_LIBRARY_READ);
	assert_true(foreign);
	assert_int_equal(scopes_read(span_str("library:rea library:readx LIBRARY:READ"), NULL), 0);
	assert_int_equal(scopes_read(span_of(NULL, 0), NULL), 0);
	buf_free(&names);
}

static void
spotify_is_asked_for_what_is_needed_and_was_granted_each_once(void **state)
{
	struct buf words;

	(void)state;
	buf_init(&words, 1024);
	assert_int_equal(scopes_put_spotify(SCOPE_PLAYBACK_CONTROL,
	    span_str("user-top-read user-modify-playback-state"), &words), 0);
	assert_string_equal(buf_cstr(&words), "user-read-private user-read-playback-state "
	    "user-read-currently-playing user-modify-playback-state user-top-read");
	buf_free(&words);
}

static void
what_stands_before_it_is_left_alone(void **state)
{
	struct buf words;

	(void)state;
	buf_init(&words, 1024);
	assert_int_equal(buf_put_str(&words, "user-read-private="), 0);
	assert_int_equal(scopes_put_spotify(0, span_str(""), &words), 0);
	assert_string_equal(buf_cstr(&words), "user-read-private=user-read-private");
	buf_free(&words);
}

static void
a_word_is_covered_by_the_same_word_only(void **state)
{
	(void)state;
	assert_true(scopes_covered(span_str("b a"), span_str("a  b c")));
	assert_true(scopes_covered(span_str(""), span_str("")));
	assert_false(scopes_covered(span_str("ab"), span_str("a b abc")));
	assert_false(scopes_covered(span_str("a"), span_str("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_scope_implies_its_read_scope),
		cmocka_unit_test(names_are_read_back_as_they_are_written),
		cmocka_unit_test(spotify_is_asked_for_what_is_needed_and_was_granted_each_once),
		cmocka_unit_test(what_stands_before_it_is_left_alone),
		cmocka_unit_test(a_word_is_covered_by_the_same_word_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
