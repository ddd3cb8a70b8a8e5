/* What is saved: looking, saving, removing, against a scripted Spotify. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/bench.h"
#include "worker/mcp/context.h"

#define FIX "0123456789abcdefghijAB"
#define SCOPE_MISSING "{\"error\":{\"status\":403,\"message\":\"Insufficient client scope\"}}"
#define CONTAINS "/v1/me/library/contains"
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* {"uris":[...]} of n things of a kind, and `more` behind them. */
static char *
uris_of(const char *kind, int n, const char *more)
{
	struct buf b;
	char *text;
	int i;

	buf_init(&b, 1 << 20);
	assert_ok(buf_put_str(&b, "{'uris':["));
	for (i = 0; i < n; i++)
		assert_ok(buf_printf(&b, "%s'spotify:%s:0123456789abcdefghi%03d'", i > 0 ? "," : "",
		    kind, i));
	assert_ok(buf_printf(&b, "%s%s]}", n > 0 && more[0] != '\0' ? "," : "", more));
	text = strdup(buf_cstr(&b));
	assert_non_null(text);
	buf_free(&b);
	return text;
}

/* [true,false,...]: n truths, the first `yes` of them true. */
static char *
truths(int n, int yes)
{
	struct buf b;
	char *text;
	int i;

	buf_init(&b, 4096);
	assert_ok(buf_put_byte(&b, '['));
	for (i = 0; i < n; i++)
		assert_ok(buf_printf(&b, "%s%s", i > 0 ? "," : "", i < yes ? "true" : "false"));
	assert_ok(buf_put_byte(&b, ']'));
	text = strdup(buf_cstr(&b));
	assert_non_null(text);
	buf_free(&b);
	return text;
}

/* How many things the n-th request of this sort named. */
static size_t
named(struct rig *r, const char *method, const char *target, size_t nth)
{
	const struct server_seen *seen = server_nth(r->server, method, target, nth);
	const char *p;
	size_t n = 0;

	assert_non_null(seen);
	for (p = seen->target; (p = strstr(p, "spotify%3A")) != NULL; p++)
		n++;
	return n;
}

static void
many_are_checked_in_parts_of_one_sort(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *forty = truths(40, 3), *five = truths(5, 5), *one = truths(1, 0);
	char *args = uris_of("track", 85, "'spotify:artist:" FIX "','spotify:playlist:" FIX "',"
	    "'spotify:track:0123456789abcdefghi000'");

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", CONTAINS, 200, forty);
	ONCE(r->server, "GET", CONTAINS, 200, forty);
	ONCE(r->server, "GET", CONTAINS, 200, five);
	ON(r->server, "GET", CONTAINS, 200, one);
	tool_call(r, "check_library", args, &a);
	assert_false(a.failed);
	assert_int_equal(a.requests, 5);
	assert_int_equal(got_int(&a, "saved"), 11);
	assert_int_equal(got_int(&a, "not_saved"), 76);
	assert_true(got_bool(&a, "items.0.saved"));
	assert_false(got_bool(&a, "items.3.saved"));
	assert_true(got_bool(&a, "items.84.saved"));
	assert_string_equal(got_str(&a, "items.85.url"), "https://open.spotify.com/artist/" FIX);
	assert_int_equal(named(r, "GET", CONTAINS, 0), 40);
	assert_int_equal(named(r, "GET", CONTAINS, 2), 5);
	assert_int_equal(named(r, "GET", CONTAINS, 3), 1);
	assert_true(says(&a, "11 of 87 are saved."));
	result_free(&a);
	free(args);
	free(forty);
	free(five);
	free(one);
}

static void
two_hundred_are_checked_in_one_call(void **state)
{
	struct rig *r = *state;
	struct result a;
	char *forty = truths(40, 40), *args = uris_of("album", 200, "");

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", CONTAINS, 200, forty);
	tool_call(r, "check_library", args, &a);
	assert_int_equal(got_int(&a, "saved"), 200);
	assert_int_equal(a.requests, 5);
	assert_true(a.data_bytes < 32768 && a.text.len < 32768);
	result_free(&a);
	free(args);
	args = uris_of("album", 201, "");
	assert_refused("check_library", args, "uris");
	free(args);
	free(forty);
}

static void
what_could_not_be_checked_is_told(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", CONTAINS, 200, "[true]");
	ONCE(r->server, "GET", CONTAINS, 403, SCOPE_MISSING);
	/* An answer that makes no sense. */
	ON(r->server, "GET", CONTAINS, 200, "{}");
	tool_call(r, "check_library", "{'uris':['" FIX "','spotify:artist:" FIX "',"
	    "'spotify:playlist:" FIX "']}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "saved"), 1);
	assert_null(got(&a, "items.1.saved"));
	assert_non_null(strstr(got_str(&a, "failures.0.problem"), "user-follow-read"));
	assert_non_null(strstr(got_str(&a, "failures.0.problem"), "https://tonearm.example/login"));
	assert_non_null(strstr(got_str(&a, "failures.1.problem"), "could not be read"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", CONTAINS, 403, SCOPE_MISSING);
	tool_call(r, "check_library", "{'uris':'" FIX "'}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "user-library-read"));
	result_free(&a);
	tool_call(r, "check_library", "{'uris':['spotify:chapter:" FIX "']}", &a);
	assert_true(a.failed);
	assert_true(says(&a, "1 of 1 entries"));
	result_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(many_are_checked_in_parts_of_one_sort),
		T(two_hundred_are_checked_in_one_call),
		T(what_could_not_be_checked_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
