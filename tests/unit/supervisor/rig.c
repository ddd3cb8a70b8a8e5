/* A tonearmd in a folder of its own; see rig.h. */
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/supervisor/rig.h"

#define LOG_MAX  (4 << 20)
#define NOBODY   64999

struct rig t;

static const char *const programs[] = {"keyring", "vault", "egress", "portal", "front", "enroll",
	"fetch"};

void
nap(void)
{
	const struct timespec ms = {.tv_nsec = 5000000};

	(void)nanosleep(&ms, NULL);
}

int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- a tonearmd ------------------------------------------------------------------ */
static void
link_program(const char *from, const char *name)
{
	char path[128], here[512], cmd[800];

	assert_non_null(getcwd(here, sizeof(here)));
	(void)snprintf(path, sizeof(path), "%s/p/tonearm-%s", t.dir, name);
	/* A copy: the users of the programs may not reach the build folder. */
	(void)snprintf(cmd, sizeof(cmd), "cp '%s/%s' '%s'", here, from, path);
	assert_int_equal(system(cmd), 0);
}

void
write_conf(const char *extra)
{
	FILE *f = fopen(t.conf, "w");

	assert_non_null(f);
	(void)fprintf(f, "[server]\nlisten = unix:%s/http\ncontrol_socket = %s\nprograms_dir = %s/p\n"
	    "[keys]\nfile = %s/keys\n[spotify]\nclient_id = abc\nsandbox = yes\n%s",
	    t.dir, t.control, t.dir, t.dir, extra);
	assert_int_equal(fclose(f), 0);
}

void
prepare(const char *extra)
{
	char path[128];
	size_t i;
	int fd;

	memset(&t, 0, sizeof(t));
	(void)strcpy(t.dir, "/tmp/tonearm-sup-XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	(void)chmod(t.dir, 0755);
	(void)snprintf(t.conf, sizeof(t.conf), "%s/conf", t.dir);
	(void)snprintf(t.log, sizeof(t.log), "%s/log", t.dir);
	(void)snprintf(t.control, sizeof(t.control), "%s/control", t.dir);
	(void)snprintf(path, sizeof(path), "%s/p", t.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)chmod(path, 0755);
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		link_program("fake_role", programs[i]);
	link_program("fake_worker", "worker");
	(void)snprintf(path, sizeof(path), "%s/keys", t.dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	write_conf(extra);
}

void
give_to_nobody(void)
{
	char cmd[128];

	(void)snprintf(cmd, sizeof(cmd), "chown -R %d:%d %s", NOBODY, NOBODY, t.dir);
	assert_int_equal(system(cmd), 0);
}

void
launch(const char *arg, bool as_nobody)
{
	t.pid = fork();
	if (t.pid == 0) {
		int fd = open(t.log, O_CREAT | O_WRONLY | O_APPEND, 0666);

		(void)fchmod(fd, 0666);
		(void)dup2(fd, 1);
		(void)dup2(fd, 2);
		if (as_nobody && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
			_exit(99);
		(void)execl("./tonearmd", "tonearmd", "-c", t.conf, arg, (char *)NULL);
		_exit(126);
	}
}

const char *
log_text(void)
{
	static char text[LOG_MAX];
	int fd = open(t.log, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return text;
}

unsigned
log_count(const char *what)
{
	const char *p = log_text();
	unsigned n = 0;

	while ((p = strstr(p, what)) != NULL) {
		p += strlen(what);
		n++;
	}
	return n;
}

void
await_log(const char *what, unsigned times)
{
	int64_t until = now_ms() + WAIT_MS;

	while (log_count(what) < times) {
		if (now_ms() > until)
			fail_msg("%u times \"%s\" did not come; log:\n%.6000s", times, what, log_text());
		nap();
	}
}

/* The end of tonearmd; its exit status. */
int
await_end(void)
{
	int64_t until = now_ms() + WAIT_MS;
	int status = 0;

	while (waitpid(t.pid, &status, WNOHANG) == 0) {
		if (now_ms() > until) {
			(void)kill(t.pid, SIGKILL);
			fail_msg("tonearmd did not end; log:\n%.6000s", log_text());
		}
		nap();
	}
	t.pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
clean(void)
{
	char cmd[128];

	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", t.dir);
	assert_int_equal(system(cmd), 0);
}

int
tear_down(void **state)
{
	(void)state;
	if (t.pid > 0) {
		(void)kill(t.pid, SIGKILL);
		(void)waitpid(t.pid, NULL, 0);
		t.pid = 0;
	}
	if (t.dir[0] != '\0')
		clean();
	t.dir[0] = '\0';
	return 0;
}

/* What tonearmd answers to a line; NULL if it does not. */
const char *
ask(const char *line)
{
	static char text[65536];
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t n = 0;
	ssize_t got;

	(void)strcpy(a.sun_path, t.control);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    send(fd, line, strlen(line), MSG_NOSIGNAL) < 0) {
		(void)close(fd);
		return NULL;
	}
	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	(void)close(fd);
	return text;
}

/* A figure of the status; -1 if it is not there. */
long
figure(const char *name)
{
	char key[64];
	const char *text = ask("status\n"), *p;

	(void)snprintf(key, sizeof(key), "\n%s ", name);
	p = text == NULL ? NULL : strstr(text, key);
	return p == NULL ? -1 : strtol(p + strlen(key), NULL, 10);
}

void
await_figure(const char *name, long value)
{
	int64_t until = now_ms() + WAIT_MS;

	while (figure(name) != value) {
		if (now_ms() > until)
			fail_msg("%s is %ld, not %ld; log:\n%.6000s", name, figure(name), value, log_text());
		nap();
	}
}

void
start_ready(const char *extra)
{
	prepare(extra);
	launch(NULL, false);
	await_log("\"event\":\"ready\"", 1);
	await_figure("workers_blank", 8);
	/* Two of the first ten belong to users; each was joined everywhere. */
	await_log("fake_usable", 10);
}

void
stop_well(void)
{
	assert_int_equal(kill(t.pid, SIGTERM), 0);
	assert_int_equal(await_end(), 0);
	assert_true(log_count("fake_drain") == 1);
	assert_int_equal(access(t.control, F_OK), -1);
}
