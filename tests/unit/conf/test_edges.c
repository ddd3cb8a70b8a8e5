/* The configuration at its edges: memory that runs out at every place, full
 * reports, values just inside and just outside of what is allowed. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/conf/file.h"
#include "tests/unit/unit.h"

#define MINIMUM "[spotify]\nclient_id = abc\n"

/* Allocations still granted; negative: all. */
static long granted = -1;
static unsigned refused_n;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *s);

static bool
refuse_now(void)
{
	if (granted < 0)
		return false;
	if (granted > 0) {
		granted--;
		return false;
	}
	refused_n++;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return refuse_now() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return refuse_now() ? NULL : __real_calloc(n, size);
}

char *
__wrap_strdup(const char *s)
{
	return refuse_now() ? NULL : __real_strdup(s);
}

static char path[64];

static void
write_conf(const char *text)
{
	size_t n = strlen(text);
	int fd;

	(void)snprintf(path, sizeof(path), "/tmp/tonearm-edges-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(close(fd), 0);
}

/* Loads text into a report of at most room bytes. */
static err_t
load(const char *text, struct conf *c, struct buf *errors, size_t room)
{
	err_t err;

	buf_init(errors, room);
	write_conf(text);
	err = conf_load(path, c, errors);
	(void)unlink(path);
	return err;
}

static void
report_says(const char *text, const char *sentence)
{
	struct conf c = {0};
	struct buf errors;

	assert_int_equal(load(text, &c, &errors, 65536), ERR_CONFIG);
	if (strstr(buf_cstr(&errors), sentence) == NULL)
		fail_msg("\"%s\" is not in the report: %s", sentence, buf_cstr(&errors));
	buf_free(&errors);
}

/* For each k the k-th allocation fails: told as such, never a half result. */
static void
memory_that_runs_out_is_told_at_every_place(void **state)
{
	static const char *const texts[] = {MINIMUM "[log]\nlevel = debug\n", MINIMUM "nonsense\n",
	    "[log]\nlevel = loud\n"};
	struct conf c = {0};
	struct buf errors;
	size_t i;
	long k;
	err_t err;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (k = 0; ; k++) {
			write_conf(texts[i]);
			buf_init(&errors, 65536);
			refused_n = 0;
			granted = k;
			err = conf_load(path, &c, &errors);
			granted = -1;
			(void)unlink(path);
			buf_free(&errors);
			if (refused_n == 0)
				break;
			/* A stream that gets no buffer does without one. */
			if (err == 0) {
				conf_free(&c);
				memset(&c, 0, sizeof(c));
				continue;
			}
			assert_true(err == ERR_NOMEM || err == ERR_NOTFOUND ||
			    (i > 0 && err == ERR_CONFIG));
			assert_null(c.values.text);
		}
		assert_true(k > 5);
		assert_int_equal(err, i == 0 ? 0 : ERR_CONFIG);
		conf_free(&c);
	}
}

static void
a_full_report_still_refuses(void **state)
{
	struct conf c = {0};
	struct buf errors;

	(void)state;
	assert_int_equal(load("nonsense\n", &c, &errors, 3), ERR_CONFIG);
	assert_int_equal(errors.len, 0);
	buf_free(&errors);
}

static void
lines_that_the_library_cannot_read_are_refused(void **state)
{
	char long_line[400];

	(void)state;
	report_says(MINIMUM "level ; = debug\n", "cannot be read as a configuration");
	report_says("[a_section_whose_name_is_far_too_long_for_any_of_ours]\n" MINIMUM,
	    ":1: a section is written");
	report_says("[spotify\n", ":1: a section is written");
	report_says("# a\n; b\n\nc\n", ":4: a line is");
	/* Comments may be as long as they like. */
	memset(long_line, 'x', sizeof(long_line));
	memcpy(long_line + sizeof(long_line) - 3, "\nx\n", 4 - 1);
	long_line[sizeof(long_line) - 1] = '\0';
	long_line[0] = '#';
	report_says(long_line, ":2: a line is");
	long_line[0] = ';';
	report_says(long_line, ":2: a line is");
}

static void
a_folder_is_no_configuration(void **state)
{
	struct conf c = {0};
	struct buf errors;

	(void)state;
	buf_init(&errors, 4096);
	assert_int_equal(conf_load("/", &c, &errors), ERR_CONFIG);
	assert_non_null(strstr(buf_cstr(&errors), "cannot read /"));
	buf_free(&errors);
}

/* A value that is wrong itself takes no part in what is compared. */
static void
wrong_values_are_not_compared(void **state)
{
	static const char *const wrong[] = {
		MINIMUM "sandbox = maybe\napi_url = http://127.0.0.1/v1\n",
		MINIMUM "api_url = nowhere\n",
		MINIMUM "[server]\nrole_user_base = x\n",
		MINIMUM "[server]\nworker_uid_base = x\n",
		MINIMUM "[server]\nworker_uid_count = x\n",
		MINIMUM "[limits]\nworkers_max = x\n",
		MINIMUM "[limits]\nblank_workers = x\n",
	};
	struct conf c = {0};
	struct buf errors;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(load(wrong[i], &c, &errors, 4096), ERR_CONFIG);
		assert_null(strstr(buf_cstr(&errors), "overlap"));
		assert_null(strstr(buf_cstr(&errors), "must not exceed"));
		assert_null(strstr(buf_cstr(&errors), "must be less"));
		buf_free(&errors);
	}
}

static void
ids_beside_each_other_are_taken(void **state)
{
	static const char *const good[] = {MINIMUM "[server]\nrole_user_base = 59100\n",
	    MINIMUM "[server]\nrole_user_base = 50082\n"};
	struct conf c = {0};
	struct buf errors;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(load(good[i], &c, &errors, 4096), 0);
		conf_free(&c);
		buf_free(&errors);
	}
}

static void
an_environment_without_variables_is_read(void **state)
{
	struct conf c = {0};
	struct buf errors;
	char **kept = environ;

	(void)state;
	environ = NULL;
	assert_int_equal(load(MINIMUM, &c, &errors, 4096), 0);
	environ = kept;
	conf_free(&c);
	buf_free(&errors);
}

static void
values_beyond_what_a_channel_carries_are_refused(void **state)
{
	struct conf c = {0}, same = {0};
	struct buf errors;
	size_t n = 300000, changed;
	char *value = malloc(n + 1);

	(void)state;
	assert_non_null(value);
	memset(value, 'x', n);
	value[n] = '\0';
	assert_int_equal(load(MINIMUM, &same, &errors, 4096), 0);
	buf_free(&errors);
	assert_int_equal(setenv("TONEARM_OPERATOR_NAME", value, 1), 0);
	assert_int_equal(load(MINIMUM, &c, &errors, 4096), ERR_LIMIT);
	assert_int_equal(unsetenv("TONEARM_OPERATOR_NAME"), 0);
	/* What runs stays as it was. */
	granted = 0;
	assert_int_equal(conf_take_live(&same, &same, &changed), ERR_NOMEM);
	granted = -1;
	assert_string_equal(conf_str(&same.values, "spotify.client_id"), "abc");
	conf_free(&same);
	buf_free(&errors);
	free(value);
}

static void
only_live_options_are_taken_over(void **state)
{
	struct conf c = {0}, fresh = {0};
	struct buf errors, text;
	size_t changed = 0;

	(void)state;
	assert_int_equal(load(MINIMUM, &c, &errors, 4096), 0);
	buf_free(&errors);
	assert_int_equal(load(MINIMUM "mode = extended\n[log]\nlevel = debug\n", &fresh, &errors, 4096), 0);
	buf_free(&errors);
	assert_int_equal(conf_take_live(&c, &fresh, &changed), 0);
	assert_int_equal(changed, 1);
	assert_string_equal(conf_str(&c.values, "log.level"), "debug");
	assert_string_equal(conf_str(&c.values, "spotify.mode"), "development");
	buf_init(&text, 10);
	assert_int_equal(conf_text_for(&c, CONF_WORKER, &text), ERR_LIMIT);
	buf_free(&text);
	conf_free(&c);
	conf_free(&fresh);
}

static void
a_sample_that_does_not_fit_is_refused(void **state)
{
	struct buf out;
	size_t room, full;

	(void)state;
	buf_init(&out, 65536);
	assert_int_equal(conf_sample(&out), 0);
	full = out.len;
	buf_free(&out);
	for (room = 0; room < full; room++) {
		buf_init(&out, room);
		assert_int_equal(conf_sample(&out), ERR_LIMIT);
		buf_free(&out);
	}
}

static void
a_program_refuses_damaged_values(void **state)
{
	static const char *const damaged[] = {"a=b", "ab\n", "=b\n"};
	struct conf_values v = {0};
	struct buf many;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
		assert_int_equal(conf_values_parse(&v, span_str(damaged[i])), ERR_SYNTAX);
	assert_int_equal(conf_values_parse(&v, span_of("a=b\0\n", 5)), ERR_SYNTAX);
	buf_init(&many, 65536);
	for (i = 0; i <= CONF_OPTIONS_MAX; i++)
		assert_int_equal(buf_put_str(&many, "a=b\n"), 0);
	assert_int_equal(conf_values_parse(&v, buf_span(&many)), ERR_LIMIT);
	buf_free(&many);
	granted = 0;
	assert_int_equal(conf_values_parse(&v, span_str("a=b\n")), ERR_NOMEM);
	granted = -1;
	assert_null(v.text);
	assert_int_equal(conf_values_parse(&v, span_of(NULL, 0)), 0);
	assert_int_equal(v.n, 0);
	conf_values_free(&v);
}

static void
values_are_read_by_type(void **state)
{
	struct conf_values v = {0};

	(void)state;
	assert_int_equal(conf_values_parse(&v,
	    span_str("n=42\njunk=4x\nhuge=99999999999999999999\nempty=\non=yes\noff=no\n")), 0);
	assert_int_equal(conf_int(&v, "n", 7), 42);
	assert_int_equal(conf_int(&v, "junk", 7), 7);
	assert_int_equal(conf_int(&v, "huge", 7), 7);
	assert_int_equal(conf_int(&v, "empty", 7), 7);
	assert_int_equal(conf_int(&v, "absent", 7), 7);
	assert_true(conf_bool(&v, "on"));
	assert_false(conf_bool(&v, "off"));
	assert_false(conf_bool(&v, "absent"));
	conf_values_free(&v);
}

static bool
allowed(const char *section, const char *name, const char *value)
{
	const char *why = NULL;
	size_t i = 0;
	bool good;

	assert_int_equal(conf_option_find(section, name, &i), 0);
	good = conf_option_check(&conf_options[i], value, &why) == 0;
	assert_true(good == (why == NULL));
	return good;
}

#define TEN "aaaaaaaaaa"
#define FIFTY TEN TEN TEN TEN TEN
#define LABELS FIFTY FIFTY FIFTY FIFTY FIFTY

static void
addresses_are_judged_by_their_letters(void **state)
{
	static const char *const good[] = {"0.0.0.0:1", "[::]:65535", "unix:/a", " 127.0.0.1:1 ",
	    "127.0.0.1:1 , unix:/b"};
	static const char *const bad[] = {"", "127.0.0.1:", "127.0.0.1:8O", "127.0.0.1:1-2", "127.0.0.1",
	    "127.0.0.1x", "[::1]", "[::1]x80", "[::1", "[]:80", "unix:", "unix:/", "unix:a/b", ".1:80",
	    "-1:80", ",", " ", "127.0.0.1:655360", "unix:/" FIFTY FIFTY TEN, ":80",
	    "[" FIFTY FIFTY "]:80", "[127.0.0.1]:80", "127.0.0.1:1:2", LABELS "aaaa:80"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(allowed("server", "listen", good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (allowed("server", "listen", bad[i]))
			fail_msg("allowed: %s", bad[i]);
}

static void
networks_are_judged_by_their_bits(void **state)
{
	static const char *const good[] = {"", "0.0.0.0/0", "10.1.2.3/32", "::/0", "fd00::/128", "::1"};
	static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "/8", "x/8",
	    "x", "10.0.0.0/8/8"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(allowed("server", "trusted_proxies", good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (allowed("server", "trusted_proxies", bad[i]))
			fail_msg("allowed: %s", bad[i]);
}

static void
urls_are_judged_by_their_parts(void **state)
{
	static const char *const good[] = {"https://a", "https://a:1/b", "http://[::1]:9/v1",
	    "https://a.b-c.example/x/y"};
	static const char *const bad[] = {"", "https://a/", "https://a:/", "https://a:0", "https://a/ b",
	    "https://a/\x80", "https://a/?b", "https://a#b", "https://.a", "https://[a]", "https://[::1]x",
	    "https://a_b"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(allowed("spotify", "api_url", good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (allowed("spotify", "api_url", bad[i]))
			fail_msg("allowed: %s", bad[i]);
	assert_true(allowed("server", "public_url", "http://[::1]:8001"));
	assert_true(allowed("server", "public_url", "http://127.9.9.9"));
	assert_true(allowed("server", "public_url", "https://a.example:444"));
	assert_false(allowed("server", "public_url", ""));
	assert_false(allowed("server", "allowed_origins", "https://" LABELS FIFTY));
	assert_false(allowed("server", "allowed_origins", "null"));
	assert_true(allowed("server", "allowed_origins", ""));
}

/* No option of today's table is a path that must be set. */
static void
a_path_without_a_preset_must_be_set(void **state)
{
	const struct conf_option o = {.section = "a", .name = "b", .kind = CONF_PATH};
	const char *why = NULL;

	(void)state;
	assert_int_equal(conf_option_check(&o, "", &why), ERR_CONFIG);
	assert_non_null(why);
	assert_int_equal(conf_option_check(&o, "/a", &why), 0);
}

static void
words_texts_numbers_and_paths_have_their_limits(void **state)
{
	size_t i;

	(void)state;
	assert_true(allowed("spotify", "mode", "extended"));
	assert_false(allowed("spotify", "mode", ""));
	assert_false(allowed("spotify", "mode", "extende"));
	assert_false(allowed("spotify", "mode", "Extended"));
	assert_true(allowed("operator", "name", ""));
	assert_false(allowed("operator", "name", "a\x7f"));
	assert_false(allowed("operator", "name", "a\tb"));
	assert_true(allowed("operator", "name", "Zo\xc3\xab"));
	assert_false(allowed("spotify", "client_id", ""));
	assert_false(allowed("database", "conninfo", ""));
	assert_true(allowed("server", "programs_dir", ""));
	assert_false(allowed("keys", "file", ""));
	assert_true(allowed("limits", "blank_workers", "256"));
	assert_false(allowed("limits", "blank_workers", "257"));
	assert_false(allowed("limits", "blank_workers", "-1"));
	assert_int_equal(conf_option_find("server", "nothing", &i), ERR_NOTFOUND);
	assert_int_equal(conf_option_find("nothing", "listen", &i), ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_runs_out_is_told_at_every_place),
		cmocka_unit_test(a_full_report_still_refuses),
		cmocka_unit_test(lines_that_the_library_cannot_read_are_refused),
		cmocka_unit_test(a_folder_is_no_configuration),
		cmocka_unit_test(wrong_values_are_not_compared),
		cmocka_unit_test(ids_beside_each_other_are_taken),
		cmocka_unit_test(an_environment_without_variables_is_read),
		cmocka_unit_test(values_beyond_what_a_channel_carries_are_refused),
		cmocka_unit_test(only_live_options_are_taken_over),
		cmocka_unit_test(a_sample_that_does_not_fit_is_refused),
		cmocka_unit_test(a_program_refuses_damaged_values),
		cmocka_unit_test(values_are_read_by_type),
		cmocka_unit_test(addresses_are_judged_by_their_letters),
		cmocka_unit_test(networks_are_judged_by_their_bits),
		cmocka_unit_test(urls_are_judged_by_their_parts),
		cmocka_unit_test(a_path_without_a_preset_must_be_set),
		cmocka_unit_test(words_texts_numbers_and_paths_have_their_limits),
	};

	return cmocka_run_group_tests_name("conf edges", tests, NULL, NULL);
}
