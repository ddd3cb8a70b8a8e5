/* Processes and their ends; see process.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "master/supervisor/process.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/child.h"

#define PATH_BYTES 512

static void
forget(struct process *p)
{
	if (p->event != NULL)
		event_free(p->event);
	if (p->pidfd >= 0)
		(void)close(p->pidfd);
	p->event = NULL;
	p->pidfd = -1;
	p->pid = 0;
}

static void
on_pidfd(evutil_socket_t fd, short what, void *arg)
{
	struct process *p = arg;
	struct death d = {0};
	siginfo_t info;

	(void)what;
	memset(&info, 0, sizeof(info));
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
		return;
	d.signalled = info.si_code != CLD_EXITED;
	d.number = info.si_status;
	d.lived_ms = clock_mono_ms() - p->started_ms;
	d.pid = p->pid;
	forget(p);
	p->ended(p->arg, p, &d);
}

static err_t
watch(struct process *p, struct loop *loop, pid_t pid, process_ended ended, void *arg)
{
	memset(p, 0, sizeof(*p));
	p->pidfd = pidfd_open(pid, 0);
	if (p->pidfd < 0)
		return ERR_SYSTEM;
	p->pid = pid;
	p->ended = ended;
	p->arg = arg;
	p->started_ms = clock_mono_ms();
	p->event = event_new(loop_base(loop), p->pidfd, EV_READ | EV_PERSIST, on_pidfd, p);
	if (p->event == NULL || event_add(p->event, NULL) != 0) {
		forget(p);
		return ERR_NOMEM;
	}
	return 0;
}

/* Ends the child with a line that says what did not work. */
static void __attribute__((noreturn))
child_fails(const char *path, const char *what)
{
	(void)dprintf(STDERR_FILENO, "tonearmd: cannot start %s: %s: %s\n", path, what,
	    strerror(errno));
	_exit(126);
}

/* Signals as a program expects them: nothing blocked, nothing ignored. */
static void
plain_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < 32; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
place_descriptors(const char *path, int control)
{
	int null = open("/dev/null", O_RDONLY);

	if (null < 0)
		child_fails(path, "/dev/null");
	/* Above the places that are about to be filled. */
	control = fcntl(control, F_DUPFD, 10);
	if (control < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(control, CHILD_CONTROL_FD) < 0 ||
	    close_range(CHILD_CONTROL_FD + 1, ~0U, 0) != 0)
		child_fails(path, "descriptors");
}

/* In the child: become the program. */
static void __attribute__((noreturn))
run_program(const struct process_plan *plan, const char *path, int control, pid_t parent)
{
	const struct confine_limits limits = {.no_core = true};
	char *const argv[] = {(char *)plan->program, NULL}, *const envp[] = {NULL};
	err_t err = 0;

	plain_signals();
	place_descriptors(path, control);
	err = confine_limits(&limits);
	if (err == 0 && plan->user == USER_TAKE)
		err = confine_become(plan->uid, (gid_t)plan->uid);
	else if (err == 0 && plan->user == USER_NURSERY)
		err = confine_become_nursery(plan->uid, (gid_t)plan->uid);
	if (err != 0)
		child_fails(path, "taking its user id (is server.role_user_base within the ids that "
		    "this system may use?)");
	if (confine_no_new_privs() != 0 || confine_die_with(parent) != 0)
		child_fails(path, "prctl");
	(void)execve(path, argv, envp);
	child_fails(path, "the file must be there and the user it runs as must reach it");
}

err_t
process_start(struct process *p, struct loop *loop, const struct process_plan *plan,
    process_ended ended, void *arg, int *control_fd)
{
	char path[PATH_BYTES];
	pid_t pid, self = getpid();
	int pair[2];
	err_t err;

	if (snprintf(path, sizeof(path), "%s/%s", plan->dir, plan->program) >= (int)sizeof(path))
		return ERR_LIMIT;
	err = channel_pair(pair);
	if (err != 0)
		return err;
	pid = fork();
	if (pid == 0)
		run_program(plan, path, pair[1], self);
	(void)close(pair[1]);
	err = pid < 0 ? ERR_SYSTEM : watch(p, loop, pid, ended, arg);
	if (err != 0) {
		if (pid > 0) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, NULL, 0);
		}
		(void)close(pair[0]);
		return err;
	}
	*control_fd = pair[0];
	return 0;
}

err_t
process_adopt(struct process *p, struct loop *loop, pid_t pid, process_ended ended, void *arg)
{
	siginfo_t info;
	err_t err;

	memset(&info, 0, sizeof(info));
	if (pid <= 1)
		return ERR_DENIED;
	err = watch(p, loop, pid, ended, arg);
	if (err != 0)
		return err;
	/* Only for a child of ours this answers at all. */
	if (waitid(P_PIDFD, (id_t)p->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
		forget(p);
		return ERR_DENIED;
	}
	return 0;
}

bool
process_stopped(const struct process *p)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	return p->pid > 0 && waitid(P_PIDFD, (id_t)p->pidfd, &info,
	    WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

int64_t
process_cpu_ms(const struct process *p)
{
	struct timespec t;
	clockid_t clock;

	if (p->pid <= 0 || clock_getcpuclockid(p->pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
process_kill(struct process *p)
{
	if (p->pid > 0 && pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0) != 0 && errno != ESRCH)
		log_error("kill_failed", LF_INT("pid", p->pid), LF_INT("errno", errno));
}

void
death_text(const struct death *d, char *out, size_t room)
{
	if (!d->signalled)
		(void)snprintf(out, room, "exit %d%s", d->number,
		    d->number == 126 ? " (it could not be started)" : "");
	else if (d->number == SIGSYS)
		(void)snprintf(out, room, "signal %d (refused system call)", d->number);
	else
		(void)snprintf(out, room, "signal %d (%s)", d->number,
		    sigdescr_np(d->number) == NULL ? "unknown" : sigdescr_np(d->number));
}

void
process_reap_strays(bool (*known)(void *arg, pid_t pid), void *arg)
{
	siginfo_t info;
	int i;

	for (i = 0; i < 64; i++) {
		memset(&info, 0, sizeof(info));
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		    info.si_pid == 0 || known(arg, info.si_pid))
			return;
		if (waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG) != 0)
			return;
		log_warn("stray_reaped", LF_INT("pid", info.si_pid));
	}
}
