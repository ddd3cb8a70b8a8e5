/*
 * System calls that fail: each piece of work is done with the k-th call of a
 * function failing, for all k until nothing fails any more.  What is passing
 * (an interrupt, a full socket, one byte at a time) changes nothing; what is
 * not ends in an error.  Nothing hangs, dies or stays open.  A fault that
 * never fired is a failure.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "master/egress/targets.h"
#include "master/keyring/keyfile.h"
#include "master/supervisor/process.h"
#include "shared/base/log.h"
#include "shared/conf/file.h"
#include "shared/crypto/random.h"
#include "shared/ipc/child.h"
#include "tests/torture/calls.h"
#include "tests/torture/judge.h"
#include "tests/unit/unit.h"

#define TOLD_MAX 65536u

/* What must come of it. */
enum outcome { SAME, ERROR, EITHER };

struct fault {
	enum call call;
	int err;
	uint64_t n;            /* so many in a row */
	enum outcome outcome;
};

struct job {
	const char *name;
	err_t (*run)(struct span in, struct buf *told);
	const struct fault *faults;
};

struct ledger {
	struct calls calls;
	uint64_t rounds;
	char verdict[400];
};
static struct ledger *book;
static const struct job *under_way;
static const struct fault *fault;

void
tell(struct buf *told, const char *what, int64_t n)
{
	hold(buf_printf(told, "%s %lld\n", what, (long long)n) == 0);
}

void
tell_span(struct buf *told, const char *what, struct span s)
{
	hold(buf_printf(told, "%s [%zu] ", what, s.n) == 0);
	hold(buf_put_span(told, s) == 0 && buf_put_byte(told, '\n') == 0);
}

void
unfair(const char *file, int line, const char *what)
{
	calls_on(false);
	(void)snprintf(book->verdict, sizeof(book->verdict), "%s:%d: does not hold: %s", file, line,
	    what);
	_exit(1);
}

/* --- the work --------------------------------------------------------------------- */
static err_t
frames(struct span in, struct buf *told)
{
	return channel_of_two(in.n == 0 ? span_str("a text") : in, told);
}

static err_t
first_frame(struct span in, struct buf *told)
{
	static const uint8_t packet[] = {1, MSG_CONFIG, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	    4, 0, 0, 0, 'a', '=', 'b', '\n'};
	struct conf_values conf = {.n = 0};
	int fds[2];
	err_t err;

	(void)in;
	calls_on(false);
	hold(channel_pair(fds) == 0 && dup2(fds[0], CHILD_CONTROL_FD) == CHILD_CONTROL_FD);
	hold(write(fds[1], packet, sizeof(packet)) == (ssize_t)sizeof(packet));
	calls_on(true);
	err = child_await_config(&conf);
	if (err == 0)
		tell(told, "options", (int64_t)conf.n);
	conf_values_free(&conf);
	return err;
}

static err_t
some_random_bytes(struct span in, struct buf *told)
{
	static const uint8_t zeros[64];
	uint8_t bytes[64] = {0};
	err_t err = random_bytes(bytes, sizeof(bytes));

	(void)in;
	hold(err != 0 || memcmp(bytes + 56, zeros, 8) != 0);
	tell(told, "bytes", err == 0 ? 64 : 0);
	return err;
}

static err_t
key_file(struct span in, struct buf *told)
{
	static const char text[] = "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ncurrent 1\n";
	int fd = memfd_create("torture", MFD_CLOEXEC);
	struct masters m = {.n = 0};
	size_t line = 0;
	err_t err;

	(void)in;
	hold(fd >= 0 && pwrite(fd, text, sizeof(text) - 1, 0) == (ssize_t)sizeof(text) - 1);
	err = masters_read(fd, &m, &line);
	hold(err == 0 || m.n == 0);
	if (err == 0)
		tell(told, "keys", (int64_t)m.n);
	masters_wipe(&m);
	(void)close(fd);
	return err;
}

static err_t
configuration(struct span in, struct buf *told)
{
	static const char text[] = "[spotify]\nclient_id = abc\n";
	int fd = memfd_create("torture", MFD_CLOEXEC);
	struct conf conf = {.values = {.n = 0}};
	struct buf errors;
	char path[64];
	err_t err;

	(void)in;
	buf_init(&errors, 65536);
	hold(fd >= 0 && pwrite(fd, text, sizeof(text) - 1, 0) == (ssize_t)sizeof(text) - 1);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = conf_load(path, &conf, &errors);
	hold((err == 0) == (errors.len == 0));
	tell(told, "options", (int64_t)conf.values.n);
	if (err == 0)
		conf_free(&conf);
	buf_free(&errors);
	(void)close(fd);
	return err;
}

/* A log line that finds no reader is lost, and that is all. */
static err_t
log_lines(struct span in, struct buf *told)
{
	int i, null;

	(void)in;
	calls_on(false);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	hold(null >= 0 && dup2(null, STDERR_FILENO) == STDERR_FILENO && close(null) == 0);
	calls_on(true);
	for (i = 0; i < 3; i++)
		log_error("torture", LF_INT("line", i));
	tell(told, "still here", 1);
	return 0;
}

static err_t
dialling(struct span in, struct buf *told)
{
	struct target t = {.n = 0};
	int fd = -1;
	err_t err = target_init(&t, "http://127.0.0.1:9");

	(void)in;
	if (err == 0)
		err = target_dial(&t, &fd);
	hold((err == 0) == (fd >= 0));
	if (fd >= 0)
		(void)close(fd);
	target_free(&t);
	tell(told, "dialled", err == 0);
	return err;
}

static unsigned ended_with;

static void
on_process_end(void *arg, struct process *p, const struct death *d)
{
	(void)p;
	ended_with = d->signalled ? 1000u + (unsigned)d->number : (unsigned)d->number;
	loop_stop(arg);
}

static err_t
process(struct span in, struct buf *told)
{
	const struct process_plan plan = {.dir = "/bin", .program = "true"};
	struct process p = {.pid = 0};
	struct loop *loop = NULL;
	int control = -1;
	err_t err;

	(void)in;
	ended_with = 9999;
	hold(loop_create(&loop) == 0);
	err = process_start(&p, loop, &plan, on_process_end, loop, &control);
	hold((err == 0) == (control >= 0));
	if (err == 0) {
		err = loop_run(loop);
		if (err == 0 && ended_with != 0)
			err = ERR_CLOSED;   /* the child could not become a program */
		(void)close(control);
	}
	hold(p.pid == 0);
	hold(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	tell(told, "ended", err == 0);
	loop_destroy(&loop);
	return err;
}

/* --- the faults ------------------------------------------------------------------- */
#define END {.n = 0}
static const struct fault channel_faults[] = {
	{CALL_SOCKETPAIR, EMFILE, 1, ERROR}, {CALL_SOCKETPAIR, ENOBUFS, 1, ERROR},
	{CALL_FCNTL, EMFILE, 1, ERROR},
	{CALL_SEND, EINTR, 1, SAME}, {CALL_SEND, EAGAIN, 3, SAME}, {CALL_SEND, ENOBUFS, 1, SAME},
	{CALL_SEND, ENOMEM, 1, ERROR}, {CALL_SEND, EPIPE, 1, EITHER},
	{CALL_SEND, ECONNRESET, 1, EITHER},
	{CALL_SENDMSG, EINTR, 1, SAME}, {CALL_SENDMSG, EAGAIN, 3, SAME},
	{CALL_SENDMSG, ENOBUFS, 1, SAME}, {CALL_SENDMSG, ENOMEM, 1, ERROR},
	{CALL_SENDMSG, ETOOMANYREFS, 1, ERROR},
	{CALL_RECVMSG, EINTR, 2, SAME}, {CALL_RECVMSG, EAGAIN, 2, SAME},
	{CALL_RECVMSG, ENOMEM, 1, ERROR}, {CALL_RECVMSG, ECONNRESET, 1, ERROR},
	{CALL_EPOLL_WAIT, EINTR, 3, SAME}, END};
static const struct fault config_faults[] = {
	{CALL_POLL, EINTR, 3, SAME}, {CALL_POLL, ENOMEM, 1, ERROR},
	{CALL_RECV, EINTR, 2, SAME}, {CALL_RECV, ECONNRESET, 1, ERROR},
	{CALL_RECV, ENOMEM, 1, ERROR}, {CALL_RECV, CALL_SHORT, 1, ERROR}, END};
static const struct fault random_faults[] = {
	{CALL_GETRANDOM, EINTR, 3, SAME}, {CALL_GETRANDOM, CALL_SHORT, 5, SAME},
	{CALL_GETRANDOM, ENOSYS, 1, ERROR}, END};
static const struct fault file_faults[] = {
	{CALL_READ, EINTR, 2, SAME}, {CALL_READ, CALL_SHORT, 3, SAME},
	{CALL_READ, EIO, 1, ERROR}, {CALL_READ, ENOMEM, 1, ERROR}, END};
static const struct fault conf_faults[] = {
	{CALL_FOPEN, EMFILE, 1, ERROR}, {CALL_FOPEN, ENFILE, 1, ERROR},
	{CALL_FOPEN, ENOMEM, 1, ERROR}, {CALL_FOPEN, EACCES, 1, ERROR}, END};
static const struct fault log_faults[] = {
	{CALL_WRITE, EINTR, 1, SAME}, {CALL_WRITE, EAGAIN, 1, SAME}, {CALL_WRITE, EPIPE, 1, SAME},
	{CALL_WRITE, ENOSPC, 1, SAME}, {CALL_WRITE, EIO, 1, SAME}, END};
static const struct fault dial_faults[] = {
	{CALL_SOCKET, EMFILE, 1, ERROR}, {CALL_SOCKET, ENFILE, 1, ERROR},
	{CALL_SOCKET, ENOBUFS, 1, ERROR}, {CALL_SOCKET, ENOMEM, 1, ERROR},
	{CALL_SOCKET, EAFNOSUPPORT, 1, ERROR}, {CALL_CONNECT, EINTR, 1, EITHER},
	{CALL_CONNECT, EAGAIN, 1, ERROR}, {CALL_CONNECT, ECONNREFUSED, 1, ERROR},
	{CALL_CONNECT, ENETUNREACH, 1, ERROR}, {CALL_CONNECT, ENOBUFS, 1, ERROR}, END};
static const struct fault process_faults[] = {
	{CALL_SOCKETPAIR, EMFILE, 1, ERROR}, {CALL_FORK, EAGAIN, 1, ERROR},
	{CALL_FORK, ENOMEM, 1, ERROR}, {CALL_PIDFD_OPEN, EMFILE, 1, ERROR},
	{CALL_PIDFD_OPEN, ENOMEM, 1, ERROR}, {CALL_OPEN, EMFILE, 1, ERROR},
	{CALL_FCNTL, EMFILE, 1, ERROR}, {CALL_DUP2, EBUSY, 1, ERROR},
	{CALL_CLOSE_RANGE, EMFILE, 1, ERROR}, {CALL_EXECVE, ENOMEM, 1, ERROR},
	{CALL_EXECVE, EAGAIN, 1, ERROR}, {CALL_WAITID, EINTR, 1, SAME},
	{CALL_EPOLL_WAIT, EINTR, 2, SAME}, END};

static const struct job jobs[] = {
	{"frames_and_descriptors_through_a_channel", frames, channel_faults},
	{"the_first_frame_of_a_program", first_frame, config_faults},
	{"random_bytes", some_random_bytes, random_faults},
	{"the_key_file", key_file, file_faults},
	{"the_configuration_file", configuration, conf_faults},
	{"lines_of_the_log", log_lines, log_faults},
	{"egress_dials", dialling, dial_faults},
	{"a_program_is_started_and_reaped", process, process_faults},
};

/* --- the judge --------------------------------------------------------------------- */
static void
one_round(uint64_t k)
{
	struct buf was, told;
	err_t err0, err;

	(void)signal(SIGABRT, SIG_DFL);
	(void)signal(SIGSEGV, SIG_DFL);
	(void)alarm(20);
	buf_init(&was, TOLD_MAX);
	buf_init(&told, TOLD_MAX);
	calls = &book->calls;
	calls_begin(CALL_COUNT, 0, 0, 0);
	calls_on(true);
	err0 = under_way->run(span_str(""), &was);
	calls_begin(fault->call, fault->err, k, fault->n);
	calls_on(true);
	err = under_way->run(span_str(""), &told);
	calls_on(false);
	if (calls->fired == 0)
		_exit(0);
	book->rounds++;
	if (fault->outcome == SAME ? err != err0 || !span_eq(buf_span(&was), buf_span(&told)) :
	    fault->outcome == ERROR ? err == err0 : false)
		(void)snprintf(book->verdict, sizeof(book->verdict),
		    "%d instead of %d\nwithout: %.100s\nwith: %.100s", err, err0, buf_cstr(&was),
		    buf_cstr(&told));
	_exit(0);
}

static void
one_fault(void)
{
	uint64_t k;
	int status;
	pid_t pid;

	for (k = 1; ; k++) {
		book->calls.fired = 0;
		book->verdict[0] = '\0';
		(void)fflush(NULL);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			one_round(k);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0 && book->verdict[0] == '\0')
			(void)snprintf(book->verdict, sizeof(book->verdict), "ended with 0x%x", (unsigned)status);
		if (book->verdict[0] != '\0')
			fail_msg("%s, %s: call %llu fails with %s: %s", under_way->name, call_text(fault->call),
			    (unsigned long long)k, fault->err == CALL_SHORT ? "one byte" :
			    strerrorname_np(fault->err), book->verdict);
		if (book->calls.fired == 0)
			break;
	}
	if (k == 1)
		fail_msg("%s, %s: no such call was made", under_way->name, call_text(fault->call));
}

static void
a_call_that_fails_is_met_with_the_right_answer(void **state)
{
	under_way = *state;
	for (fault = under_way->faults; fault->n > 0; fault++)
		one_fault();
}

int
main(void)
{
	struct CMUnitTest tests[sizeof(jobs) / sizeof(jobs[0])];
	size_t i, kinds = 0, n = sizeof(jobs) / sizeof(jobs[0]);
	uint64_t fired = 0;
	int bad;

	log_open("torture", LOG_ERROR);
	book = mmap(NULL, sizeof(*book), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (book == MAP_FAILED)
		return 1;
	for (i = 0; i < n; i++) {
		union {
			const void *from;
			void *to;
		} u = {.from = &jobs[i]};
		const struct fault *f;

		tests[i] = (struct CMUnitTest){.name = jobs[i].name,
		    .test_func = a_call_that_fails_is_met_with_the_right_answer, .initial_state = u.to};
		for (f = jobs[i].faults; f->n > 0; f++)
			kinds++;
	}
	bad = _cmocka_run_group_tests("calls", tests, n, NULL, NULL);
	for (i = 0; i < book->calls.n_sites; i++)
		fired += book->calls.sites[i].fired;
	print_message("# %zu kinds of faults in %llu rounds, %llu faults fired at %u places\n", kinds,
	    (unsigned long long)book->rounds, (unsigned long long)fired, book->calls.n_sites);
	return bad;
}
