/*
 * Landlock alone, without the filter of system calls: what it keeps from each
 * role, what it leaves, and that its absence is no failure.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/confine/confine.h"
#include "shared/confine/landlock.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

#define NEED(x) do { if (!(x)) _exit(__LINE__ % 250 + 1); } while (0)

static int abi;
static char dir[] = "/tmp/landlock-XXXXXX", file[64];
static struct sockaddr_in served;      /* a listening TCP socket */
static struct sockaddr_un nameless;    /* an abstract unix socket */
static socklen_t nameless_len;
static const struct confine_keep *keeping;

static int
wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Runs fn in a child behind a role's rules, without any filter. */
static int
status_behind(enum confine_role role, void (*fn)(void))
{
	pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (confine_no_new_privs() != 0 || landlock_rules(role, keeping, &fd) != 0 ||
		    landlock_enter(fd) != 0)
			_exit(255);
		fn();
		_exit(0);
	}
	return wait_for(pid);
}

static int
dial(uint16_t port)
{
	struct sockaddr_in a = served;
	int rc, fd = socket(AF_INET, SOCK_STREAM, 0);

	NEED(fd >= 0);
	if (port != 0)
		a.sin_port = htons(port);
	rc = connect(fd, (struct sockaddr *)&a, sizeof(a));
	return rc == 0 ? 0 : errno;
}

static int
listen_somewhere(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	NEED(fd >= 0);
	return bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ? 0 : errno;
}

static int
call_nameless(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	NEED(fd >= 0);
	return connect(fd, (struct sockaddr *)&nameless, nameless_len) == 0 ? 0 : errno;
}

static int
reading(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

/* Nothing may be written, made, moved, removed or run, by no role. */
static void
nothing_is_changed(void)
{
	char other[80];

	(void)snprintf(other, sizeof(other), "%s2", file);
	NEED(open(file, O_WRONLY) < 0 && errno == EACCES);
	NEED(open(other, O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES);
	NEED(mkdir(other, 0700) < 0 && errno == EACCES);
	NEED(unlink(file) < 0 && errno == EACCES);
	NEED(rename(file, other) < 0 && (errno == EACCES || errno == EXDEV));
	NEED(execl("/bin/true", "true", (char *)NULL) < 0 && errno == EACCES);
	if (abi >= 3)
		NEED(truncate(file, 0) < 0 && errno == EACCES);
}

static void
all_is_closed(void)
{
	pid_t pid;

	nothing_is_changed();
	NEED(reading(file) == EACCES && reading("/etc/hostname") == EACCES);
	NEED(reading("/proc/self/status") == EACCES && open("/", O_RDONLY | O_DIRECTORY) < 0);
	if (abi >= 4)
		NEED(dial(0) == EACCES && listen_somewhere() == EACCES);
	if (abi >= 6) {
		NEED(call_nameless() == EPERM);
		NEED(kill(getppid(), 0) < 0 && errno == EPERM);
	}
	NEED(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) < 0 && errno == EPERM);
	/* Itself and its own children it still reaches. */
	NEED(kill(getpid(), 0) == 0);
	pid = fork();
	if (pid == 0)
		for (;;)
			(void)pause();
	NEED(pid > 0 && kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static void
roles_without_files_reach_nothing(void **state)
{
	static const enum confine_role roles[] = {CONFINE_FRONT, CONFINE_KEYRING, CONFINE_PORTAL,
		CONFINE_ENROLL, CONFINE_WORKER};
	size_t i;

	(void)state;
	if (abi == 0)
		skip();
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		assert_int_equal(status_behind(roles[i], all_is_closed), 0);
}

static void
vault_reads_names_and_dials_any_port(void)
{
	nothing_is_changed();
	NEED(reading("/etc/hosts") == 0 && reading("/etc/nsswitch.conf") == 0);
	NEED(reading(file) == (keeping == NULL ? EACCES : 0));
	NEED(reading("/proc/self/status") == EACCES);
	NEED(dial(0) == 0);
	if (abi >= 4)
		NEED(listen_somewhere() == EACCES);
	NEED(call_nameless() == 0);
	if (abi >= 6)
		NEED(kill(getppid(), 0) < 0 && errno == EPERM);
}

static void
the_vault_reads_what_its_connection_string_names(void **state)
{
	const char *const paths[] = {file, "/nowhere/at/all"};
	const struct confine_keep keep = {.paths = paths, .n_paths = 2};

	(void)state;
	if (abi == 0)
		skip();
	assert_int_equal(status_behind(CONFINE_VAULT, vault_reads_names_and_dials_any_port), 0);
	keeping = &keep;
	assert_int_equal(status_behind(CONFINE_VAULT, vault_reads_names_and_dials_any_port), 0);
	keeping = NULL;
}

static void
egress_dials_its_port(void)
{
	nothing_is_changed();
	NEED(reading("/etc/hosts") == EACCES && reading(file) == EACCES);
	NEED(dial(0) == 0);
	if (abi >= 4)
		NEED(dial(9) == EACCES && listen_somewhere() == EACCES);
	if (abi >= 6)
		NEED(call_nameless() == EPERM && kill(getppid(), 0) < 0);
}

static void
egress_dials_the_ports_it_was_given(void **state)
{
	const uint16_t ports[] = {ntohs(served.sin_port)};
	const struct confine_keep keep = {.ports = ports, .n_ports = 1};

	(void)state;
	if (abi == 0)
		skip();
	keeping = &keep;
	assert_int_equal(status_behind(CONFINE_EGRESS, egress_dials_its_port), 0);
	keeping = NULL;
}

/* Two workers of one nursery: same rules, each within its own. */
static void
siblings(void)
{
	int ready[2];
	char c;
	pid_t pid;

	NEED(pipe(ready) == 0);
	NEED(confine_no_new_privs() == 0 && confine_worker_prepare() == 0);
	NEED(confine_worker_landlock() == 0);
	pid = fork();
	if (pid == 0) {
		NEED(confine_worker_landlock() == 0 && write(ready[1], "x", 1) == 1);
		for (;;)
			(void)pause();
	}
	NEED(pid > 0 && read(ready[0], &c, 1) == 1);
	if (fork() == 0) {
		NEED(confine_worker_landlock() == 0);
		NEED(ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 && errno == EPERM);
		if (abi >= 6)
			NEED(kill(pid, 0) < 0 && errno == EPERM);
		NEED(reading("/etc/hostname") == EACCES);
		_exit(0);
	}
	{
		int status;

		/* The nursery itself may still end one; here for the test. */
		NEED(waitpid(-1, &status, 0) > 0 && status == 0);
	}
	NEED(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static int
status_of(void (*fn)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	return wait_for(pid);
}

static void
workers_of_one_nursery_do_not_reach_each_other(void **state)
{
	(void)state;
	if (abi == 0 || !confine_filters_work())
		skip();
	assert_int_equal(status_of(siblings), 0);
}

static void
each_version_is_asked_for_what_it_has(void **state)
{
	struct landlock_handled h;
	int i;

	(void)state;
	h = landlock_handled(0, CONFINE_WORKER);
	assert_true(h.files == 0 && h.ports == 0 && h.scopes == 0);
	assert_int_equal(landlock_handled(1, CONFINE_WORKER).files, 0x1fff);
	assert_int_equal(landlock_handled(2, CONFINE_WORKER).files, 0x3fff);
	assert_int_equal(landlock_handled(3, CONFINE_WORKER).files, 0x7fff);
	for (i = 1; i < 4; i++)
		assert_true(landlock_handled(i, CONFINE_WORKER).ports == 0);
	h = landlock_handled(4, CONFINE_WORKER);
	assert_true(h.files == 0x7fff && h.ports == 3 && h.scopes == 0);
	h = landlock_handled(5, CONFINE_VAULT);
	assert_true(h.files == 0xffff && h.ports == 1 && h.scopes == 0);
	for (i = 6; i < 9; i++) {
		assert_int_equal(landlock_handled(i, CONFINE_WORKER).scopes, 3);
		assert_int_equal(landlock_handled(i, CONFINE_VAULT).scopes, 2);
	}
}

/* From here on the kernel answers as one without Landlock. */
static void
forget_landlock(int why)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYS_landlock_create_ruleset, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, SYS_landlock_restrict_self, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)why),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	NEED(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

static int errno_of_absence;

static void
without(void)
{
	int fd = 0;

	forget_landlock(errno_of_absence);
	NEED(confine_landlock_abi() == 0);
	NEED(landlock_rules(CONFINE_VAULT, NULL, &fd) == 0 && fd == -1 && landlock_enter(fd) == 0);
	NEED(reading("/etc/hosts") == 0);
	NEED(confine_worker_prepare() == 0 && confine_worker_landlock() == 0);
	NEED(confine_worker() == 0);
	/* The filter is there all the same. */
	if (confine_filters_work()) {
		(void)reading("/etc/hosts");
		_exit(1);
	}
	/* There is none in a build with sanitizers. */
	(void)signal(SIGSYS, SIG_DFL);
	(void)raise(SIGSYS);
}

static void
its_absence_is_no_failure_and_the_filter_holds(void **state)
{
	static const int why[] = {ENOSYS, EOPNOTSUPP};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		int status;

		errno_of_absence = why[i];
		status = status_of(without);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("errno %d: status %d", why[i], status);
	}
}

static int
set_up(void **state)
{
	socklen_t n = sizeof(served);
	int fd = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0), kept;

	(void)state;
	abi = confine_landlock_abi();
	(void)printf("# Landlock version %d\n", abi);
	served.sin_family = AF_INET;
	served.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	nameless.sun_family = AF_UNIX;
	nameless_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	    (size_t)snprintf(nameless.sun_path + 1, sizeof(nameless.sun_path) - 1, "tonearm-test-%d",
	    getpid()));
	if (fd < 0 || bind(fd, (struct sockaddr *)&served, n) != 0 || listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&served, &n) != 0 || local < 0 ||
	    bind(local, (struct sockaddr *)&nameless, nameless_len) != 0 || listen(local, 16) != 0 ||
	    mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(file, sizeof(file), "%s/file", dir);
	kept = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return kept < 0 ? -1 : close(kept);
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(file);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_without_files_reach_nothing),
		cmocka_unit_test(the_vault_reads_what_its_connection_string_names),
		cmocka_unit_test(egress_dials_the_ports_it_was_given),
		cmocka_unit_test(workers_of_one_nursery_do_not_reach_each_other),
		cmocka_unit_test(each_version_is_asked_for_what_it_has),
		cmocka_unit_test(its_absence_is_no_failure_and_the_filter_holds),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
