/*
 * tonearmd with programs that only pretend (fake_role, fake_worker): what it
 * starts, joins, repairs and ends.  Each test has a tonearmd of its own in a
 * folder of its own, and waits for conditions, with a limit.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
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

#include "tests/unit/supervisor/rig.h"

/* --- tests ------------------------------------------------------------------------- */
static void
everything_is_started_joined_and_drained(void **state)
{
	(void)state;
	start_ready("");
	assert_int_equal(log_count("fake_fd\",\"message\":\"keyfile"), 1);
	assert_int_equal(log_count("fake_fd\",\"message\":\"listener"), 1);
	assert_int_equal(figure("workers_bound"), 2);
	assert_int_equal(figure("enroll_alive"), 2);
	assert_int_equal(figure("fetch_alive"), 1);
	assert_int_equal(figure("vault_fake"), 1);
	stop_well();
	assert_int_equal(log_count("obituary"), 0);
}

static void
a_worker_is_shown_to_front_after_all_others(void **state)
{
	const char *log, *usable, *p;
	char key[64];
	int seen = 0;

	(void)state;
	start_ready("");
	log = log_text();
	usable = strstr(log, "fake_usable\",\"worker\":");
	assert_non_null(usable);
	(void)snprintf(key, sizeof(key), "\"kind\":8,\"worker\":%llu,",
	    strtoull(usable + strlen("fake_usable\",\"worker\":"), NULL, 10));
	for (p = strstr(log, key); p != NULL && p < usable; p = strstr(p + 1, key))
		seen++;
	/* keyring, vault, egress, and front itself. */
	assert_int_equal(seen, 4);
	stop_well();
}

static void
no_program_runs_as_root_and_none_shares_a_user(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	start_ready("");
	assert_int_equal(log_count("\"uid\":0"), 0);
	assert_true(log_count("\"uid\":50001") == 1 && log_count("\"uid\":50002") == 1);
	assert_true(log_count("\"isolation\":\"isolated\"") > 1);
	stop_well();
}

static void
not_started_as_root_it_says_reduced(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	prepare("");
	give_to_nobody();
	launch(NULL, true);
	await_log("\"event\":\"ready\",\"isolation\":\"reduced\"", 1);
	assert_int_equal(log_count("isolation_reduced"), 1);
	await_figure("workers_blank", 8);
	assert_true(log_count("\"isolation\":\"reduced\"") > 4);
	stop_well();
}

static void
a_dead_program_is_replaced_and_workers_are_joined_to_it(void **state)
{
	static const struct {
		const char *name;
		unsigned joined;   /* of the ten workers: all, but the keyring only blank ones */
	} cases[] = {{"front", 10}, {"vault", 10}, {"egress", 10}, {"keyring", 8}, {"portal", 0}};
	char key[64];
	size_t i;

	(void)state;
	start_ready("[log]\nlevel = debug\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		long pid;
		unsigned before;

		(void)snprintf(key, sizeof(key), "%s_pid", cases[i].name);
		pid = figure(key);
		assert_true(pid > 0);
		(void)snprintf(key, sizeof(key), "tonearm-%s\",\"event\":\"fake_peer\",\"kind\":8", cases[i].name);
		before = log_count(key);
		assert_int_equal(kill((pid_t)pid, SIGUSR1), 0);
		(void)snprintf(key, sizeof(key), "%s_starts", cases[i].name);
		await_figure(key, 2);
		(void)snprintf(key, sizeof(key), "tonearm-%s\",\"event\":\"fake_peer\",\"kind\":8", cases[i].name);
		await_log(key, before + cases[i].joined);
	}
	await_log("fake_bound_again", 2);
	assert_true(log_count("\"bound\":1") >= 6);
	/* Not one worker was lost by it. */
	assert_int_equal(figure("workers_ended") - figure("workers_killed"), 0);
	assert_int_equal(figure("workers_bound"), 2);
	assert_int_equal(log_count("\"who\":\"worker\""), 0);
	stop_well();
}

static void
a_portal_that_wants_a_worker_ended_is_ended_itself(void **state)
{
	(void)state;
	start_ready("[operator]\nname = kill\n");
	(void)figure("workers_blank");
	await_log("\"event\":\"channel_violation\",\"peer\":\"portal\",\"message\":\"kill_worker\"", 1);
	await_log("\"event\":\"role_started\",\"who\":\"portal\"", 2);
	assert_int_equal(log_count("kill_asked"), 0);
	assert_int_equal(log_count("\"who\":\"worker\""), 0);
	stop_well();
}

/* The pid of some worker: a child of tonearmd whose user is in the workers'
 * range, found by its user id. */
static pid_t
some_worker(uid_t uid)
{
	char cmd[64], line[64];
	unsigned long pid = 0, found = 0, owner;
	FILE *p;

	/* Of our own supervisor: others may run here, with the same user ids. */
	(void)snprintf(cmd, sizeof(cmd), "ps -o pid=,uid= --ppid %d", (int)t.pid);
	p = popen(cmd, "r");
	assert_non_null(p);
	while (fgets(line, sizeof(line), p) != NULL)
		if (sscanf(line, "%lu %lu", &pid, &owner) == 2 && owner == uid)
			found = pid;
	(void)pclose(p);
	return (pid_t)found;
}

static void
a_dead_worker_is_mourned_told_and_replaced(void **state)
{
	unsigned told;
	pid_t pid;

	(void)state;
	if (getuid() != 0)
		skip();
	start_ready("[server]\n");
	pid = some_worker(50100);
	assert_true(pid > 0);
	told = log_count("worker_gone");
	assert_int_equal(kill(pid, SIGUSR1), 0);
	await_log("\"event\":\"obituary\",\"who\":\"worker\"", 1);
	assert_non_null(strstr(log_text(), "signal 10 (User defined signal 1)"));
	await_log("worker_gone", told + 4);
	await_figure("workers_blank", 8);
	assert_int_equal(figure("workers_ended"), 1);
	stop_well();
}

static void
a_dead_nursery_is_replaced_and_takes_no_worker_along(void **state)
{
	long pid, made;

	(void)state;
	start_ready("");
	pid = figure("nursery_pid");
	made = figure("workers_made");
	assert_true(pid > 0);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
	await_log("nursery_ready", 2);
	assert_int_equal(figure("workers_made"), made);
	assert_int_equal(figure("workers_ended"), 0);
	stop_well();
}

static void
a_hangup_applies_what_is_live_and_replaces_the_nursery(void **state)
{
	(void)state;
	start_ready("");
	write_conf("mode = extended\n[limits]\nblank_workers = 12\n");
	assert_int_equal(kill(t.pid, SIGHUP), 0);
	await_log("configuration_applied\",\"restart_needed_for\":1", 1);
	await_log("nursery_ready", 2);
	await_figure("workers_blank", 12);
	write_conf("[limits]\nblank_workers = many\n");
	assert_int_equal(kill(t.pid, SIGHUP), 0);
	await_log("configuration_refused", 1);
	assert_int_equal(figure("workers_blank"), 12);
	stop_well();
}

static void
a_drain_can_be_asked_for_over_the_local_socket(void **state)
{
	struct stat st;

	(void)state;
	start_ready("");
	assert_int_equal(stat(t.control, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_string_equal(ask("nonsense\n"), "error unknown question; known are: status, drain\n");
	assert_string_equal(ask("drain\n"), "ok draining\n");
	assert_int_equal(await_end(), 0);
}

static void
a_second_tonearmd_does_not_take_the_first_ones_place(void **state)
{
	pid_t first;

	(void)state;
	start_ready("");
	first = t.pid;
	launch(NULL, false);
	assert_int_equal(await_end(), 3);
	assert_true(log_count("Is tonearmd running already?") >= 1);
	t.pid = first;
	assert_int_equal(figure("workers_blank"), 8);
	stop_well();
}

static void
what_cannot_start_is_said_with_a_reason_and_a_remedy(void **state)
{
	char path[128];

	(void)state;
	prepare("[limits]\nblank_workers = many\n[log]\nlevel = loud\n");
	launch(NULL, false);
	assert_int_equal(await_end(), 3);
	assert_true(log_count("limits.blank_workers") == 1 && log_count("log.level") == 1);
	clean();

	prepare("");
	(void)snprintf(path, sizeof(path), "%s/keys", t.dir);
	assert_int_equal(chmod(path, 0644), 0);
	launch("-t", false);
	assert_int_equal(await_end(), 3);
	assert_true(log_count("chmod 600") == 1);
	assert_int_equal(unlink(path), 0);
	launch(NULL, false);
	assert_int_equal(await_end(), 3);
	assert_true(log_count("tonearm key create") == 1);
	clean();

	prepare("");
	(void)snprintf(path, sizeof(path), "%s/p/tonearm-egress", t.dir);
	assert_int_equal(unlink(path), 0);
	launch(NULL, false);
	assert_int_equal(await_end(), 1);
	assert_true(log_count("cannot start") == 1 && log_count("egress ended before it was ready") == 1);
	clean();

	prepare("[operator]\nname = fail\n");
	launch(NULL, false);
	assert_int_equal(await_end(), 1);
	assert_true(log_count("portal ended before it was ready") == 1);
	assert_true(log_count("\"how\":\"exit 7\"") == 1);
}

static void
a_good_configuration_is_called_good(void **state)
{
	(void)state;
	prepare("");
	launch("-t", false);
	assert_int_equal(await_end(), 0);
	assert_int_equal(log_count("the configuration is good"), 1);
}

static void
a_worker_that_left_its_channel_and_lives_on_is_ended(void **state)
{
	(void)state;
	start_ready("mode = extended\n");
	await_log("\"event\":\"worker_outstays\",\"worker\":393221", 1);
	await_log("\"who\":\"worker\",\"id\":393221,\"how\":\"signal 9 (Killed)\"", 1);
	await_figure("workers_killed", 2);
	await_figure("workers_blank", 8);
	stop_well();
}

static void
a_worker_is_ended_and_programs_for_one_task_are_made_when_asked_for(void **state)
{
	(void)state;
	start_ready("mode = extended\n");
	await_log("\"event\":\"kill_asked\",\"by\":\"vault\"", 1);
	await_log("\"who\":\"worker\",\"id\":327684,\"how\":\"signal 9 (Killed)\"", 1);
	await_figure("workers_killed", 2);
	await_figure("enroll_alive", 4);
	await_figure("fetch_alive", 2);
	await_figure("workers_blank", 8);
	stop_well();
}

static void
a_user_whose_workers_crash_is_made_to_wait(void **state)
{
	/* Every fourth worker belongs to the one user.  Five that crash make a long pause;
	 * three blank ones are to be replaced before the next of that user. */
	static const uid_t uids[] = {50102, 50106, 50110, 50114, 50118, 50100, 50101, 50103};
	pid_t pids[sizeof(uids) / sizeof(uids[0])];
	size_t i;

	(void)state;
	if (getuid() != 0)
		skip();
	prepare("mode = extended\n[limits]\nblank_workers = 15\n");
	launch(NULL, false);
	await_figure("workers_bound", 5);
	await_figure("workers_blank", 15);
	for (i = 0; i < sizeof(uids) / sizeof(uids[0]); i++) {
		pids[i] = some_worker(uids[i]);
		assert_true(pids[i] > 0);
	}
	for (i = 0; i < sizeof(uids) / sizeof(uids[0]); i++)
		assert_int_equal(kill(pids[i], SIGUSR1), 0);
	await_log("\"event\":\"user_throttled\",\"worker\":", 1);
	await_figure("workers_blank", 15);
	stop_well();
}

/* tonearmd as systemd starts it: a listening socket on descriptor 3 and a
 * place to tell its state to. */
static void
launch_under_systemd(int listener, const char *notify)
{
	char pid[16];

	t.pid = fork();
	if (t.pid == 0) {
		int fd = open(t.log, O_CREAT | O_WRONLY | O_APPEND, 0666);

		(void)dup2(fd, 1);
		(void)dup2(fd, 2);
		(void)dup2(listener, 3);
		(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
		(void)setenv("LISTEN_PID", pid, 1);
		(void)setenv("LISTEN_FDS", "1", 1);
		(void)setenv("NOTIFY_SOCKET", notify, 1);
		(void)execl("./tonearmd", "tonearmd", "-c", t.conf, (char *)NULL);
		_exit(126);
	}
}

static int
bound_socket(const char *path, int type)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)strcpy(a.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
systemd_passes_the_socket_and_hears_of_the_state(void **state)
{
	char text[128] = "", path[128], served[128];
	const struct timeval wait = {.tv_sec = 10};
	int notify, listener;

	(void)state;
	prepare("");
	(void)snprintf(path, sizeof(path), "%s/notify", t.dir);
	notify = bound_socket(path, SOCK_DGRAM);
	(void)setsockopt(notify, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)snprintf(served, sizeof(served), "%s/passed", t.dir);
	listener = bound_socket(served, SOCK_STREAM);
	assert_int_equal(listen(listener, 1), 0);
	launch_under_systemd(listener, path);
	assert_true(recv(notify, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "READY=1"));
	await_log("fake_fd\",\"message\":\"listener", 1);
	/* server.listen was not opened. */
	(void)snprintf(path, sizeof(path), "%s/http", t.dir);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(kill(t.pid, SIGTERM), 0);
	memset(text, 0, sizeof(text));
	assert_true(recv(notify, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "STOPPING=1"));
	assert_int_equal(await_end(), 0);
	/* The socket file is systemd's and stays. */
	assert_int_equal(access(served, F_OK), 0);
	(void)close(notify);
	(void)close(listener);
}

/* Is any process of this tonearmd's programs left? */
static bool
anything_left(void)
{
	char cmd[256];

	(void)snprintf(cmd, sizeof(cmd), "ls -l /proc/[0-9]*/exe 2>/dev/null | grep -q ' %s/p/'", t.dir);
	return system(cmd) == 0;
}

static void
nothing_outlives_a_supervisor_that_is_killed(void **state)
{
	int64_t until = now_ms() + WAIT_MS;

	(void)state;
	start_ready("");
	assert_true(anything_left());
	assert_int_equal(kill(t.pid, SIGKILL), 0);
	assert_int_equal(await_end(), 128 + SIGKILL);
	while (anything_left()) {
		if (now_ms() > until)
			fail_msg("something was left over");
		nap();
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_is_started_joined_and_drained),
		TEST(a_worker_is_shown_to_front_after_all_others),
		TEST(no_program_runs_as_root_and_none_shares_a_user),
		TEST(not_started_as_root_it_says_reduced),
		TEST(a_dead_program_is_replaced_and_workers_are_joined_to_it),
		TEST(a_portal_that_wants_a_worker_ended_is_ended_itself),
		TEST(a_dead_worker_is_mourned_told_and_replaced),
		TEST(a_dead_nursery_is_replaced_and_takes_no_worker_along),
		TEST(a_hangup_applies_what_is_live_and_replaces_the_nursery),
		TEST(a_drain_can_be_asked_for_over_the_local_socket),
		TEST(a_second_tonearmd_does_not_take_the_first_ones_place),
		TEST(what_cannot_start_is_said_with_a_reason_and_a_remedy),
		TEST(a_good_configuration_is_called_good),
		TEST(a_worker_that_left_its_channel_and_lives_on_is_ended),
		TEST(a_worker_is_ended_and_programs_for_one_task_are_made_when_asked_for),
		TEST(a_user_whose_workers_crash_is_made_to_wait),
		TEST(systemd_passes_the_socket_and_hears_of_the_state),
		TEST(nothing_outlives_a_supervisor_that_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
