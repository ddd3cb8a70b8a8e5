/* The configuration: what is read, what is refused, and in which words. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/conf/file.h"

#define MINIMUM "[spotify]\nclient_id = abc\n"

static char path[64];

static void
write_file(const void *text, size_t n)
{
	FILE *f;
	int fd;

	(void)snprintf(path, sizeof(path), "/tmp/tonearm-conf-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Loads text; the report is in *errors. */
static err_t
load_bytes(const void *text, size_t n, struct conf *c, struct buf *errors)
{
	err_t err;

	buf_init(errors, 65536);
	write_file(text, n);
	err = conf_load(path, c, errors);
	(void)unlink(path);
	return err;
}

static err_t
load(const char *text, struct conf *c, struct buf *errors)
{
	return load_bytes(text, strlen(text), c, errors);
}

/* text must be refused, with a report that holds each of the sentences. */
static void
refused(const char *text, const char *sentence)
{
	struct conf c = {0};
	struct buf errors;

	assert_int_equal(load(text, &c, &errors), ERR_CONFIG);
	if (strstr(buf_cstr(&errors), sentence) == NULL)
		fail_msg("\"%s\" is not in the report: %s", sentence, buf_cstr(&errors));
	assert_null(c.values.text);
	buf_free(&errors);
}

static void
accepted(const char *text, const char *name, const char *value)
{
	struct conf c = {0};
	struct buf errors;
	err_t err = load(text, &c, &errors);

	if (err != 0)
		fail_msg("refused: %s", buf_cstr(&errors));
	assert_string_equal(conf_str(&c.values, name), value);
	conf_free(&c);
	buf_free(&errors);
}

static void
an_option_has_its_default(void **state)
{
	(void)state;
	accepted(MINIMUM, "server.listen", "127.0.0.1:8001");
	accepted(MINIMUM, "limits.blank_workers", "8");
	accepted(MINIMUM, "spotify.mode", "development");
}

static void
a_value_is_read(void **state)
{
	(void)state;
	accepted(MINIMUM "[server]\nlisten = [::1]:80, unix:/run/x\n", "server.listen",
	    "[::1]:80, unix:/run/x");
	accepted("\xef\xbb\xbf" MINIMUM, "spotify.client_id", "abc");
	accepted(MINIMUM "[log]\r\n  level = debug ; loud\r\n", "log.level", "debug");
	accepted(MINIMUM "[server]\ntrusted_proxies = 10.0.0.0/8, ::1, fd00::/0\n",
	    "server.trusted_proxies", "10.0.0.0/8, ::1, fd00::/0");
	accepted(MINIMUM "[server]\nallowed_origins = https://a.example:444\n",
	    "server.allowed_origins", "https://a.example:444");
	accepted(MINIMUM "[limits]\nblank_workers = 1\nworkers_max = 2\n", "limits.workers_max", "2");
	accepted(MINIMUM "[log]\nlevel = warn", "log.level", "warn");
}

static void
a_line_that_says_nothing_is_refused(void **state)
{
	struct conf c = {0};
	struct buf errors;
	static const char nul[] = MINIMUM "[log]\nlevel = in\0fo\n";
	char *text;

	(void)state;
	refused("listen = x\n", ":1: listen stands before the first [section]");
	refused(MINIMUM "nonsense\n", ":3: a line is");
	refused(MINIMUM "[server\n", ":3: a section is written");
	refused(MINIMUM "[nowhere]\na = b\n", ":4: there is no section [nowhere]");
	refused(MINIMUM "[server]\nlisten_to = b\n", ":4: server.listen_to is not an option");
	refused(MINIMUM "  client_id = b\n", ":3: spotify.client_id is set twice (first in line 2)");
	refused(MINIMUM "[spotify]\nclient_id = b\n", ":4: spotify.client_id is set twice");
	assert_int_equal(load_bytes(nul, sizeof(nul) - 1, &c, &errors), ERR_CONFIG);
	assert_non_null(strstr(buf_cstr(&errors), ":4: the line holds a NUL byte"));
	buf_free(&errors);
	assert_true(asprintf(&text, MINIMUM "[operator]\nname = %0300d\n", 7) > 0);
	refused(text, ":4: the line is longer than");
	free(text);
	refused(MINIMUM "[server]\nan_option_whose_name_is_far_too_long_for_any_parser_of_such_files = 1\n",
	    ":4: the name before = is too long");
}

static void
a_bad_value_is_refused(void **state)
{
	static const char *const bad[][2] = {
		{"[server]\nlisten =\n", "server.listen"},
		{"[server]\nlisten = localhost:80\n", "server.listen"},
		{"[server]\nlisten = 127.0.0.1\n", "server.listen"},
		{"[server]\nlisten = 127.0.0.1:0\n", "server.listen"},
		{"[server]\nlisten = 127.0.0.1:65536\n", "server.listen"},
		{"[server]\nlisten = 127.0.0.1:1,\n", "server.listen"},
		{"[server]\nlisten = unix:run/x\n", "server.listen"},
		{"[server]\nlisten = [::g]:1\n", "server.listen"},
		{"[server]\npublic_url = https://a.example/\n", "server.public_url"},
		{"[server]\npublic_url = https://a.example/x\n", "server.public_url"},
		{"[server]\npublic_url = http://a.example\n", "server.public_url"},
		{"[server]\npublic_url = http://localhost\n", "server.public_url"},
		{"[server]\npublic_url = ftp://a.example\n", "server.public_url"},
		{"[server]\npublic_url = https://\n", "server.public_url"},
		{"[server]\npublic_url = https://u@a.example\n", "server.public_url"},
		{"[server]\npublic_url = https://a.example?x\n", "server.public_url"},
		{"[server]\ntrusted_proxies = 10.0.0.0/33\n", "server.trusted_proxies"},
		{"[server]\ntrusted_proxies = somewhere\n", "server.trusted_proxies"},
		{"[server]\nallowed_origins = https://a.example/x\n", "server.allowed_origins"},
		{"[server]\nprograms_dir = here\n", "server.programs_dir"},
		{"[server]\ncontrol_socket =\n", "server.control_socket"},
		{"[limits]\nblank_workers = 0\n", "from 1 to 256"},
		{"[limits]\nblank_workers = +8\n", "from 1 to 256"},
		{"[limits]\nblank_workers = 8x\n", "from 1 to 256"},
		{"[limits]\nblank_workers = 99999999999999999999\n", "from 1 to 256"},
		{"[limits]\nblank_workers =\n", "from 1 to 256"},
		{"[log]\nlevel = loud\n", "is none of debug|info|warn|error"},
		{"[log]\nlevel = info|warn\n", "is none of debug|info|warn|error"},
		{"[links]\nenabled = true\n", "it must be yes or no"},
		{"[spotify]\nclient_id =\n", "spotify.client_id"},
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", strncmp(bad[i][0], "[spotify]", 9) == 0 ?
		    "" : MINIMUM, bad[i][0]);
		refused(text, bad[i][1]);
	}
}

static void
a_url_in_the_clear_is_for_the_sandbox_on_loopback_only(void **state)
{
	(void)state;
	refused(MINIMUM "api_url = http://127.0.0.1:9/v1\n", "must be https");
	refused(MINIMUM "accounts_url = http://127.0.0.1:9\n", "must be https");
	refused(MINIMUM "sandbox = yes\napi_url = http://10.0.0.1/v1\n", "loopback address in digits");
	refused(MINIMUM "sandbox = yes\napi_url = http://localhost/v1\n", "loopback address in digits");
	refused(MINIMUM "sandbox = yes\napi_url = http://127.evil.example/v1\n", "loopback");
	accepted(MINIMUM "sandbox = yes\napi_url = http://127.0.0.1:9/v1\n", "spotify.api_url",
	    "http://127.0.0.1:9/v1");
	accepted(MINIMUM "sandbox = yes\naccounts_url = http://[::1]:9\n", "spotify.accounts_url",
	    "http://[::1]:9");
}

static void
documents_on_this_machine_are_for_the_sandbox_only(void **state)
{
	(void)state;
	refused(MINIMUM "[clients]\ndocuments_loopback = yes\n", "only with spotify.sandbox = yes");
	refused(MINIMUM "sandbox = no\n[clients]\ndocuments_loopback = yes\n", "clients.documents_loopback");
	accepted(MINIMUM "sandbox = yes\n[clients]\ndocuments_loopback = yes\n",
	    "clients.documents_loopback", "yes");
	accepted(MINIMUM "[clients]\ndocuments_loopback = no\n", "clients.documents", "yes");
}

static void
options_that_do_not_fit_together_are_refused(void **state)
{
	(void)state;
	refused(MINIMUM "[limits]\nblank_workers = 9\nworkers_max = 9\n", "must be less than");
	refused(MINIMUM "[limits]\nworkers_max = 9001\n", "must not exceed server.worker_uid_count");
	refused(MINIMUM "[server]\nrole_user_base = 50087\n", "overlap");
	refused(MINIMUM "[server]\nrole_user_base = 59099\n", "overlap");
}

static void
every_mistake_is_in_the_report(void **state)
{
	struct conf c = {0};
	struct buf errors;
	const char *p;
	int lines = 0;

	(void)state;
	assert_int_equal(load("[server]\nlisten = 1\nfoo = 2\nbar\n[log]\nlevel = 3\n", &c, &errors),
	    ERR_CONFIG);
	for (p = buf_cstr(&errors); *p != '\0'; p++)
		lines += *p == '\n';
	/* listen, foo, bar, level, and spotify.client_id that is missing */
	assert_int_equal(lines, 5);
	buf_free(&errors);
}

static void
a_missing_file_is_told(void **state)
{
	struct conf c = {0};
	struct buf errors;

	(void)state;
	buf_init(&errors, 4096);
	assert_int_equal(conf_load("/nonexistent/tonearm.conf", &c, &errors), ERR_NOTFOUND);
	assert_non_null(strstr(buf_cstr(&errors), "cannot open the configuration /nonexistent"));
	buf_free(&errors);
}

static void
the_environment_overrides_the_file(void **state)
{
	(void)state;
	assert_int_equal(setenv("TONEARM_LOG_LEVEL", "error", 1), 0);
	assert_int_equal(setenv("TONEARM_SHARED", "elsewhere", 1), 0);
	accepted(MINIMUM "[log]\nlevel = debug\n", "log.level", "error");
	assert_int_equal(setenv("TONEARM_LOG_LEVEL", "a\nb", 1), 0);
	refused(MINIMUM, "log.level");
	assert_int_equal(setenv("TONEARM_OPERATOR_NAME", "a\nserver.isolation=isolated", 1), 0);
	refused(MINIMUM, "operator.name");
	assert_int_equal(unsetenv("TONEARM_OPERATOR_NAME"), 0);
	assert_int_equal(unsetenv("TONEARM_LOG_LEVEL"), 0);
	assert_int_equal(setenv("TONEARM_SERVER_PORT", "80", 1), 0);
	refused(MINIMUM, "TONEARM_SERVER_PORT names no option");
	assert_int_equal(unsetenv("TONEARM_SERVER_PORT"), 0);
}

static void
without_a_file_the_environment_is_enough(void **state)
{
	struct conf c = {0};
	struct buf errors;

	(void)state;
	buf_init(&errors, 4096);
	assert_int_equal(setenv("TONEARM_SPOTIFY_CLIENT_ID", "env", 1), 0);
	assert_int_equal(conf_load(NULL, &c, &errors), 0);
	assert_string_equal(conf_str(&c.values, "spotify.client_id"), "env");
	assert_int_equal(unsetenv("TONEARM_SPOTIFY_CLIENT_ID"), 0);
	conf_free(&c);
	buf_free(&errors);
}

static void
a_program_gets_only_options_that_name_it(void **state)
{
	struct conf c = {0};
	struct conf_values got = {0};
	struct buf errors, text;

	(void)state;
	assert_int_equal(load(MINIMUM, &c, &errors), 0);
	buf_init(&text, 60000);
	assert_int_equal(conf_text_for(&c, CONF_WORKER, &text), 0);
	assert_int_equal(conf_values_parse(&got, buf_span(&text)), 0);
	assert_string_equal(conf_str(&got, "spotify.client_id"), "abc");
	assert_string_equal(conf_str(&got, "database.conninfo"), "");
	conf_values_free(&got);
	buf_clear(&text);
	assert_int_equal(conf_text_for(&c, CONF_KEYRING, &text), 0);
	assert_string_equal(buf_cstr(&text), "log.level=info\nlog.refused_calls=no\n");
	buf_free(&text);
	buf_free(&errors);
	conf_free(&c);
}

/* Who may know how the database and the keys are reached, and nobody else. */
static void
secrets_of_the_place_go_to_those_who_need_them(void **state)
{
	static const struct {
		const char *section, *name;
		unsigned programs;
	} known[] = {
		{"database", "conninfo", CONF_VAULT | CONF_CLI}, {"database", "admin_conninfo", CONF_CLI},
		{"keys", "file", CONF_SUPERVISOR | CONF_CLI},
	};
	size_t i, at = 0;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(conf_option_find(known[i].section, known[i].name, &at), 0);
		assert_int_equal(conf_options[at].programs, known[i].programs);
	}
}

static void
a_url_is_taken_apart(void **state)
{
	struct conf_url u;

	(void)state;
	assert_int_equal(conf_url_parse("https://api.example/v1", &u), 0);
	assert_true(u.https && u.port == 443 && span_is(u.host, "api.example") && span_is(u.path, "/v1"));
	assert_int_equal(conf_url_parse("http://[::1]:81", &u), 0);
	assert_true(!u.https && u.port == 81 && span_is(u.host, "::1") && u.path.n == 0);
	assert_int_equal(conf_url_parse("https://[::1", &u), ERR_SYNTAX);
	assert_int_equal(conf_url_parse("https://a:b", &u), ERR_SYNTAX);
	assert_int_equal(conf_url_parse("https://a:123456", &u), ERR_SYNTAX);
	assert_int_equal(conf_url_parse("https://a/\x7f", &u), ERR_SYNTAX);
	assert_int_equal(conf_url_parse("https://-a", &u), ERR_SYNTAX);
}

/* The sample in etc/ is the table's own text, word for word. */
static void
the_sample_file_is_made_from_the_table(void **state)
{
	const char *top = getenv("srcdir");
	char name[512], *text = NULL;
	struct buf sample;
	size_t size = 0;
	ssize_t n;
	FILE *f;

	(void)state;
	(void)snprintf(name, sizeof(name), "%s/etc/tonearm.conf", top == NULL ? "." : top);
	f = fopen(name, "r");
	if (f == NULL)
		skip();
	n = getdelim(&text, &size, '\0', f);
	assert_true(n > 0);
	(void)fclose(f);
	buf_init(&sample, 65536);
	assert_int_equal(conf_sample(&sample), 0);
	assert_string_equal(text, buf_cstr(&sample));
	free(text);
	buf_free(&sample);
}

static void
every_option_is_in_the_manual(void **state)
{
	const char *top = getenv("srcdir");
	char name[512], want[128], *text = NULL;
	size_t size = 0, i;
	FILE *f;

	(void)state;
	(void)snprintf(name, sizeof(name), "%s/master/supervisor/tonearmd.8", top == NULL ? "." : top);
	f = fopen(name, "r");
	if (f == NULL)
		skip();
	assert_true(getdelim(&text, &size, '\0', f) > 0);
	(void)fclose(f);
	for (i = 0; i < conf_options_n; i++) {
		(void)snprintf(want, sizeof(want), ".B %s.%s\n", conf_options[i].section,
		    conf_options[i].name);
		if (strstr(text, want) == NULL)
			fail_msg("%s.%s is not in tonearmd(8)", conf_options[i].section, conf_options[i].name);
	}
	free(text);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_has_its_default),
		cmocka_unit_test(a_value_is_read),
		cmocka_unit_test(a_line_that_says_nothing_is_refused),
		cmocka_unit_test(a_bad_value_is_refused),
		cmocka_unit_test(a_url_in_the_clear_is_for_the_sandbox_on_loopback_only),
		cmocka_unit_test(documents_on_this_machine_are_for_the_sandbox_only),
		cmocka_unit_test(options_that_do_not_fit_together_are_refused),
		cmocka_unit_test(every_mistake_is_in_the_report),
		cmocka_unit_test(a_missing_file_is_told),
		cmocka_unit_test(the_environment_overrides_the_file),
		cmocka_unit_test(without_a_file_the_environment_is_enough),
		cmocka_unit_test(a_program_gets_only_options_that_name_it),
		cmocka_unit_test(secrets_of_the_place_go_to_those_who_need_them),
		cmocka_unit_test(a_url_is_taken_apart),
		cmocka_unit_test(the_sample_file_is_made_from_the_table),
		cmocka_unit_test(every_option_is_in_the_manual),
	};
	struct buf sample;

	/* "test_conf sample" writes what etc/tonearm.conf has to be. */
	if (argc > 1 && strcmp(argv[1], "sample") == 0) {
		buf_init(&sample, 65536);
		return conf_sample(&sample) == 0 && fputs(buf_cstr(&sample), stdout) >= 0 ? 0 : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
