/* shared/base: buffers, arenas, secrets, views, log lines. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/secret.h"
#include "tests/unit/unit.h"

static void
a_buffer_never_exceeds_its_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_ok(buf_put_str(&b, "0123456789"));
	assert_int_equal(buf_put_byte(&b, 'x'), ERR_LIMIT);
	assert_string_equal(buf_cstr(&b), "0123456789");
	assert_int_equal(buf_printf(&b, "%d", 1), ERR_LIMIT);
	assert_int_equal(b.len, 10);
	buf_free(&b);
	assert_string_equal(buf_cstr(&b), "");
}

static void
a_buffer_refuses_sizes_that_overflow(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_ok(buf_put_str(&b, "abc"));
	assert_int_equal(buf_put(&b, "", SIZE_MAX), ERR_LIMIT);
	assert_int_equal(buf_put(&b, "", SIZE_MAX - 2), ERR_LIMIT);
	assert_int_equal(b.len, 3);
	buf_free(&b);
}

static void
a_buffer_grows_drops_and_formats(void **state)
{
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, 100000);
	for (i = 0; i < 1000; i++)
		assert_ok(buf_printf(&b, "%d,", i));
	buf_drop(&b, 4);
	assert_memory_equal(b.data, "2,3,4,", 6);
	assert_int_equal(b.data[b.len], 0);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_drop(&b, 0);
	assert_ok(buf_put_span(&b, span_of(NULL, 0)));
	buf_free(&b);
}

static void
an_arena_hands_out_zeroed_aligned_memory_up_to_its_maximum(void **state)
{
	struct arena a;
	void *p, *q;
	char *s;

	(void)state;
	arena_init(&a, 100000);
	assert_ok(arena_alloc(&a, 3, &p));
	assert_ok(arena_alloc(&a, 30000, &q));
	assert_int_equal((uintptr_t)q % 16, 0);
	assert_int_equal(((char *)q)[29999], 0);
	assert_ok(arena_strdup(&a, span_str("hello"), &s));
	assert_string_equal(s, "hello");
	assert_int_equal(arena_alloc(&a, 100000, &p), ERR_LIMIT);
	assert_int_equal(arena_alloc(&a, SIZE_MAX, &p), ERR_LIMIT);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	assert_ok(arena_alloc(&a, 99000, &p));
	arena_reset(&a);
}

static void
a_secret_is_kept_replaced_and_bounded(void **state)
{
	struct secret s = {0};
	char *big = calloc(1, SECRET_MAX + 1);

	(void)state;
	assert_non_null(big);
	assert_ok(secret_set(&s, span_str("first")));
	assert_ok(secret_set(&s, span_str("second")));
	assert_true(span_is(secret_span(&s), "second"));
	assert_int_equal(secret_set(&s, span_of(big, SECRET_MAX + 1)), ERR_LIMIT);
	assert_true(span_is(secret_span(&s), "second"));
	/* A copy of itself. */
	assert_ok(secret_set(&s, secret_span(&s)));
	assert_true(span_is(secret_span(&s), "second"));
	secret_clear(&s);
	assert_int_equal(secret_span(&s).n, 0);
	secret_clear(&s);
	free(big);
}

static void
a_page_is_used_again_but_what_was_in_it_is_not(void **state)
{
	struct secret s[20] = {{0}};
	size_t i, k;

	(void)state;
	for (k = 0; k < 3; k++) {
		for (i = 0; i < 20; i++) {
			assert_ok(secret_set(&s[i], span_str("wonderful")));
			assert_int_equal(s[i].page[9], 0);
		}
		for (i = 0; i < 20; i++)
			secret_clear(&s[i]);
	}
	assert_ok(secret_set(&s[0], span_str("x")));
	for (i = 1; i < SECRET_MAX; i++)
		assert_int_equal(s[0].page[i], 0);
	/* Two live secrets never share one. */
	assert_ok(secret_set(&s[1], span_str("y")));
	assert_ptr_not_equal(s[0].page, s[1].page);
	secret_clear(&s[0]);
	secret_clear(&s[1]);
}

static void
secrets_compare_by_every_byte(void **state)
{
	(void)state;
	assert_true(secret_equal("abcd", "abcd", 4));
	assert_false(secret_equal("abcd", "abce", 4));
	assert_false(secret_equal("xbcd", "abcd", 4));
	assert_true(secret_equal("", "", 0));
}

static void
views_compare_by_length_and_bytes(void **state)
{
	(void)state;
	assert_true(span_is(span_str("a"), "a"));
	assert_false(span_is(span_of("a\0", 2), "a"));
	assert_true(span_is_nocase(span_str("Content-TYPE"), "content-type"));
	assert_false(span_is_nocase(span_str("content-typ"), "content-type"));
	assert_true(span_starts(span_str("mcp-param-x"), "mcp-param-"));
	assert_false(span_starts(span_str("mcp"), "mcp-param-"));
	assert_true(span_eq(span_of(NULL, 0), span_str("")));
}

/* What one log call writes; the caller frees it. */
static char *
captured(void (*write_it)(void))
{
	static char text[8192];
	int pipes[2], saved;
	ssize_t n;

	assert_int_equal(pipe(pipes), 0);
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
	write_it();
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	(void)close(pipes[1]);
	n = read(pipes[0], text, sizeof(text) - 1);
	(void)close(pipes[0]);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void
log_hostile(void)
{
	static const char hostile[] = "a\"b\\c\n{\"level\":\"error\"}\x1b[31m\xff\0z";

	log_info("x", LF_SPAN("text", span_of(hostile, sizeof(hostile) - 1)),
	    LF_INT("i", -5), LF_UINT("u", 7));
}

static void
outside_text_cannot_forge_a_log_line(void **state)
{
	char *line;

	(void)state;
	log_open("test", LOG_INFO);
	line = captured(log_hostile);
	assert_non_null(strstr(line, "\"role\":\"test\",\"event\":\"x\""));
	assert_non_null(strstr(line, "a\\u0022b\\u005cc\\u000a"));
	assert_non_null(strstr(line, "\\u001b[31m\\u00ff\\u0000z\""));
	assert_non_null(strstr(line, "\"i\":-5,\"u\":7}\n"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
log_long(void)
{
	static char text[5000];
	struct log_field fields[40];
	size_t i;

	memset(text, '"', sizeof(text));
	for (i = 0; i < 40; i++)
		fields[i] = (struct log_field)LF_SPAN("f", span_of(text, sizeof(text)));
	log_write(LOG_WARN, "long", fields, 40);
}

static void
a_log_line_is_bounded_and_whole(void **state)
{
	char *line;

	(void)state;
	line = captured(log_long);
	assert_true(strlen(line) <= 2048);
	assert_string_equal(line + strlen(line) - 2, "}\n");
}

static void
log_quiet(void)
{
	log_debug("hidden");
	log_info("plain");
}

static void
lines_below_the_level_are_not_written(void **state)
{
	enum log_level level;
	char *line;

	(void)state;
	line = captured(log_quiet);
	assert_null(strstr(line, "hidden"));
	assert_non_null(strstr(line, "\"event\":\"plain\"}"));
	assert_true(log_level_parse("warn", &level));
	assert_int_equal(level, LOG_WARN);
	assert_false(log_level_parse("loud", &level));
}

static unsigned begun;

static void
count_begun(void *arg)
{
	(void)arg;
	begun++;
}

static void
log_held(void)
{
	log_hold(count_begun, NULL);
	log_info("one");
	log_info("two");
}

static void
log_grave(void)
{
	log_warn("three");
	log_info("four");
}

static void
log_much(void)
{
	int i;

	for (i = 0; i < 100; i++)
		log_info("much", LF_INT("i", i));
}

static void
held_lines_wait_for_a_grave_one_or_for_room_and_keep_their_order(void **state)
{
	char *text, *at;
	size_t n;

	(void)state;
	assert_string_equal(captured(log_held), "");
	assert_int_equal(begun, 1);
	text = captured(log_grave);
	assert_non_null(at = strstr(text, "\"one\""));
	assert_non_null(at = strstr(at, "\"two\""));
	assert_non_null(at = strstr(at, "\"three\""));
	assert_null(strstr(text, "four"));
	assert_non_null(strstr(captured(log_flush), "four"));
	assert_string_equal(captured(log_flush), "");
	/* Whole lines leave; what did not fit into one more write still waits. */
	text = captured(log_much);
	n = strlen(text);
	assert_true(n > 2048 && text[n - 1] == '\n');
	assert_non_null(strstr(captured(log_flush), "\"i\":99}"));
	log_hold(NULL, NULL);
	assert_non_null(strstr(captured(log_quiet), "plain"));
}

static void
every_error_has_its_own_sentence(void **state)
{
	(void)state;
	assert_string_equal(err_text(0), "success");
	assert_string_equal(err_text(12345), "unknown error");
#define X(name, number, text) assert_string_equal(err_text(name), text);
	ERR_LIST(X)
#undef X
}

static void
the_clocks_run(void **state)
{
	int64_t a = clock_mono_ms();

	(void)state;
	assert_true(clock_mono_ms() >= a);
	assert_true(clock_wall_s() > 1700000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_never_exceeds_its_maximum),
		cmocka_unit_test(a_buffer_refuses_sizes_that_overflow),
		cmocka_unit_test(a_buffer_grows_drops_and_formats),
		cmocka_unit_test(an_arena_hands_out_zeroed_aligned_memory_up_to_its_maximum),
		cmocka_unit_test(a_secret_is_kept_replaced_and_bounded),
		cmocka_unit_test(a_page_is_used_again_but_what_was_in_it_is_not),
		cmocka_unit_test(secrets_compare_by_every_byte),
		cmocka_unit_test(views_compare_by_length_and_bytes),
		cmocka_unit_test(outside_text_cannot_forge_a_log_line),
		cmocka_unit_test(a_log_line_is_bounded_and_whole),
		cmocka_unit_test(lines_below_the_level_are_not_written),
		cmocka_unit_test(held_lines_wait_for_a_grave_one_or_for_room_and_keep_their_order),
		cmocka_unit_test(every_error_has_its_own_sentence),
		cmocka_unit_test(the_clocks_run),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
