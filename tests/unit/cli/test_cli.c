/*
 * The operator's command as a person runs it: ./tonearm of the build folder
 * with a configuration of the test's own.  What needs a database is tested in
 * sql/tests/run.sh.
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "master/keyring/keyfile.h"

static char dir[64], conf[96], keys[96], control[96], out[8192];

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
set_up(void **state)
{
	char text[512];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/tonearm-cli.XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(conf, sizeof(conf), "%s/conf", dir);
	(void)snprintf(keys, sizeof(keys), "%s/keys", dir);
	(void)snprintf(control, sizeof(control), "%s/control", dir);
	(void)snprintf(text, sizeof(text), "[server]\ncontrol_socket = %s\n[keys]\nfile = %s\n"
	    "[database]\nconninfo = host=%s dbname=x\n[spotify]\nclient_id = c\n",
	    control, keys, dir);
	write_file(conf, text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(conf);
	(void)unlink(keys);
	(void)unlink(control);
	return rmdir(dir);
}

/* Starts ./tonearm with up to five words; *from is its output. */
static pid_t
start(int *from, const char *const words[6])
{
	const char *argv[8] = {"./tonearm"};
	int fds[2];
	size_t i;
	pid_t pid;

	for (i = 0; i < 6 && words[i] != NULL; i++)
		argv[i + 1] = words[i];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(fds[1], 1) == 1 && dup2(fds[1], 2) == 2)
			(void)execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(99);
	}
	(void)close(fds[1]);
	*from = fds[0];
	return pid;
}

/* Its exit code; what it said is in out. */
static int
finish(pid_t pid, int from)
{
	size_t len = 0;
	ssize_t n;
	int status;

	while ((n = read(from, out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	(void)close(from);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define RUN(...) run((const char *const[6]){__VA_ARGS__})
static int
run(const char *const words[6])
{
	int from;
	pid_t pid = start(&from, words);

	return finish(pid, from);
}

static void
assert_said(const char *words)
{
	if (strstr(out, words) == NULL)
		fail_msg("'%s' is not in: %s", words, out);
}

static void
help_and_version_are_answers(void **state)
{
	(void)state;
	assert_int_equal(RUN("--help"), 0);
	assert_said("tonearm key create\n");
	assert_int_equal(RUN("-h"), 0);
	assert_int_equal(RUN("--version"), 0);
	assert_string_equal(out, "tonearm " PACKAGE_VERSION "\n");
}

static void
wrong_usage_is_told_apart_from_failure(void **state)
{
	(void)state;
	assert_int_equal(RUN(NULL), 2);
	assert_said("usage:");
	assert_int_equal(RUN("--nonsense"), 2);
	assert_int_equal(RUN("-c"), 2);
	assert_int_equal(RUN("-c", conf, "nonsense"), 2);
	assert_said("there is no command 'nonsense'");
	assert_int_equal(RUN("-c", conf, "key"), 2);
	assert_int_equal(RUN("-c", conf, "key", "destroy"), 2);
	assert_int_equal(RUN("-c", conf, "key", "create", "x"), 2);
	assert_int_equal(RUN("-c", conf, "status", "x"), 2);
	assert_int_equal(RUN("-c", conf, "check-config", "x"), 2);
	assert_int_equal(RUN("-c", conf, "migrate", "x"), 2);
	assert_int_equal(RUN("-c", conf, "migrate", "--sql-dir"), 2);
}

static void
what_ends_something_wants_to_be_asked_for_plainly(void **state)
{
	(void)state;
	assert_int_equal(RUN("-c", conf, "user"), 2);
	assert_said("tonearm user delete USER [--yes]");
	assert_int_equal(RUN("-c", conf, "user", "list", "x"), 2);
	assert_int_equal(RUN("-c", conf, "user", "show"), 2);
	assert_said("usage: tonearm [-c FILE] user show USER [--json]");
	assert_int_equal(RUN("-c", conf, "user", "delete", "a", "b"), 2);
	assert_int_equal(RUN("-c", conf, "user", "delete", "--json"), 2);
	assert_int_equal(RUN("-c", conf, "client", "revoke", "--yes"), 2);
	assert_int_equal(RUN("-c", conf, "revoke"), 2);
	assert_said("exactly one of");
	assert_int_equal(RUN("-c", conf, "revoke", "--all", "--user=x"), 2);
	assert_int_equal(RUN("-c", conf, "revoke", "--user"), 2);
	assert_int_equal(RUN("-c", conf, "revoke", "everything"), 2);
	assert_int_equal(RUN("-c", conf, "revoke", "--active-since", "yesterday"), 2);
	assert_said("'yesterday' is no time");
	assert_int_equal(RUN("-c", conf, "revoke", "--active-since=9999-01-01"), 2);
	assert_said("still to come");
	assert_int_equal(RUN("-c", conf, "revoke", "--help"), 0);
	assert_said("--active-since TIME");
	assert_int_equal(RUN("-c", "/nowhere", "user", "list", "--help"), 0);
}

static void
without_a_database_nothing_was_ended(void **state)
{
	(void)state;
	assert_int_equal(RUN("-c", conf, "user", "list"), 1);
	assert_said("no connection to PostgreSQL");
	assert_int_equal(RUN("-c", conf, "revoke", "--all", "--yes"), 1);
	assert_said("database.admin_conninfo");
	assert_int_equal(RUN("-c", conf, "user", "invite"), 1);
	if (strstr(out, "code=") != NULL)
		fail_msg("an invitation that nobody knows: %s", out);
}

static void
the_configuration_is_checked(void **state)
{
	(void)state;
	assert_int_equal(RUN("-c", conf, "check-config"), 0);
	assert_said(conf);
	write_file(conf, "[server]\nlisten = nowhere\nnonsense = 1\n");
	assert_int_equal(RUN("-c", conf, "check-config"), 1);
	assert_said("server.listen");
	assert_said("nonsense");
	assert_said("spotify.client_id");
	assert_int_equal(RUN("-c", "/nowhere/at/all", "check-config"), 1);
	assert_said("/nowhere/at/all");
}

static void
a_key_file_is_made_once_and_for_its_owner_only(void **state)
{
	struct masters m = {.n = 0};
	struct stat st, again;
	size_t line;
	int fd;

	(void)state;
	(void)umask(0);
	assert_int_equal(RUN("-c", conf, "key", "create"), 0);
	assert_said(keys);
	assert_int_equal(stat(keys, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	fd = open(keys, O_RDONLY);
	assert_int_equal(masters_read(fd, &m, &line), 0);
	(void)close(fd);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.id[0], 1);
	masters_wipe(&m);
	assert_int_equal(RUN("-c", conf, "key", "create"), 1);
	assert_said("was not touched");
	assert_int_equal(stat(keys, &again), 0);
	assert_int_equal(again.st_mtim.tv_nsec, st.st_mtim.tv_nsec);
	assert_int_equal(again.st_ino, st.st_ino);
}

static void
a_key_file_does_not_follow_a_link(void **state)
{
	char target[96];

	(void)state;
	(void)snprintf(target, sizeof(target), "%s/elsewhere", dir);
	assert_int_equal(symlink(target, keys), 0);
	assert_int_equal(RUN("-c", conf, "key", "create"), 1);
	assert_int_equal(access(target, F_OK), -1);
}

static int
listen_at_control(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", control);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int
status_answered_with(const char *answer)
{
	const char *const words[6] = {"-c", conf, "status"};
	int listener = listen_at_control(), from, peer;
	char asked[64] = "";
	pid_t pid = start(&from, words);

	peer = accept(listener, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(recv(peer, asked, sizeof(asked) - 1, 0), 7);
	assert_string_equal(asked, "status\n");
	assert_int_equal(send(peer, answer, strlen(answer), MSG_NOSIGNAL), strlen(answer));
	(void)close(peer);
	(void)close(listener);
	return finish(pid, from);
}

static void
status_prints_what_the_server_says(void **state)
{
	(void)state;
	assert_int_equal(status_answered_with("workers 3\nready yes\n"), 0);
	assert_string_equal(out, "workers 3\nready yes\n");
}

static void
status_without_an_answer_is_a_failure(void **state)
{
	(void)state;
	assert_int_equal(RUN("-c", conf, "status"), 1);
	assert_said("does not run");
	assert_int_equal(status_answered_with(""), 1);
	assert_said("without an answer");
	/* The socket's name is there, its server is not. */
	assert_int_equal(RUN("-c", conf, "status"), 1);
	assert_said("does not run");
}

static void
migrate_says_what_is_missing(void **state)
{
	(void)state;
	assert_int_equal(RUN("-c", conf, "migrate", "--sql-dir", "/nowhere"), 1);
	assert_said("/nowhere");
	assert_int_equal(RUN("-c", conf, "migrate", "--sql-dir=/nowhere"), 1);
	assert_int_equal(RUN("-c", conf, "migrate", "--sql-dir", dir), 1);
	assert_said("no file is named as one");
}

static void
migrate_without_a_database_is_a_failure(void **state)
{
	char file[96];

	(void)state;
	(void)snprintf(file, sizeof(file), "%s/0000_roles.sql", dir);
	write_file(file, "SELECT 1;\n");
	assert_int_equal(RUN("-c", conf, "migrate", "--sql-dir", dir), 1);
	assert_said("no connection to PostgreSQL");
	assert_said("database.admin_conninfo");
	(void)unlink(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(help_and_version_are_answers),
		TEST(wrong_usage_is_told_apart_from_failure),
		TEST(what_ends_something_wants_to_be_asked_for_plainly),
		TEST(without_a_database_nothing_was_ended),
		TEST(the_configuration_is_checked),
		TEST(a_key_file_is_made_once_and_for_its_owner_only),
		TEST(a_key_file_does_not_follow_a_link),
		TEST(status_prints_what_the_server_says),
		TEST(status_without_an_answer_is_a_failure),
		TEST(migrate_says_what_is_missing),
		TEST(migrate_without_a_database_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
