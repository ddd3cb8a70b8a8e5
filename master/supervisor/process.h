/*
 * One process that the supervisor watches: how it is started or taken over,
 * how its end is noticed (a pidfd, never a bare number), how it is ended.
 * Knows nothing of what the process is for.
 */
#ifndef TONEARM_SUPERVISOR_PROCESS_H
#define TONEARM_SUPERVISOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/base/err.h"
#include "shared/loop/loop.h"

struct process;

/* How a process ended. */
struct death {
	bool signalled;     /* by a signal; else by exit */
	int number;         /* of the signal, or the exit status */
	int64_t lived_ms;
	pid_t pid;
};

/* Called once, after the process was reaped; p may be used again. */
typedef void (*process_ended)(void *arg, struct process *p, const struct death *d);

struct process {
	pid_t pid;              /* 0: none */
	int pidfd;
	struct event *event;
	int64_t started_ms;
	process_ended ended;
	void *arg;
};

/* Which user a program runs as. */
enum process_user { USER_KEEP, USER_TAKE, USER_NURSERY };

struct process_plan {
	const char *dir, *program;   /* the file is dir/program */
	enum process_user user;
	uid_t uid;                   /* also its gid; for USER_TAKE and USER_NURSERY */
};

/*
 * Starts a program: empty environment, control channel on descriptor 3,
 * standard input the null device, 1 and 2 as ours, all else closed; it dies
 * with us.  *control_fd is our end.  ERR_SYSTEM, ERR_NOMEM; a program that
 * cannot be executed ends with status 126 after a line on standard error.
 */
err_t process_start(struct process *p, struct loop *loop, const struct process_plan *plan,
    process_ended ended, void *arg, int *control_fd) MUST_CHECK;

/* Watches a child that the nursery made for us.  ERR_DENIED: pid is not our
 * child. */
err_t process_adopt(struct process *p, struct loop *loop, pid_t pid,
    process_ended ended, void *arg) MUST_CHECK;

/* Is it stopped, as by SIGSTOP? */
bool process_stopped(const struct process *p);

/* CPU time that it has used so far, in ms; 0 if that cannot be read. */
int64_t process_cpu_ms(const struct process *p);

/* SIGKILL; nothing if it has ended. */
void process_kill(struct process *p);

/* "exit 1" or "signal 31 (refused system call)", into out. */
void death_text(const struct death *d, char *out, size_t room);

/* How a program may end that its own rules would not call a crash. */
static inline bool
death_clean(const struct death *d)
{
	return !d->signalled && d->number == 0;
}

/* Reaps children that nobody watches: workers whose nursery died before it
 * could name them.  known tells whether a pid is watched. */
void process_reap_strays(bool (*known)(void *arg, pid_t pid), void *arg);

#endif
