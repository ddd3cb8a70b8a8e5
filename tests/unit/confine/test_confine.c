/*
 * Filters, limits and users: each forbidden call ends the child that tries it,
 * and what a role needs still works.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/base/log.h"
#include "shared/confine/callname.h"
#include "shared/confine/confine.h"

static int pair[2];       /* a connected socket pair of the worker's kind */
static int tcp = -1;      /* a TCP socket, not connected */

/* Runs fn in a child under a role's filter.  Its status as waitpid has it. */
static int
status_under(enum confine_role role, void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		err_t err = role == CONFINE_WORKER ? confine_worker_prepare() : 0;

		if (err == 0)
			err = role == CONFINE_WORKER ? confine_worker() : confine_role(role);
		if (err != 0)
			_exit(99);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void try_open(void) { (void)open("/etc/hostname", O_RDONLY); }
static void try_socket(void) { (void)socket(AF_INET, SOCK_STREAM, 0); }
static void try_unix(void) { (void)socket(AF_UNIX, SOCK_STREAM, 0); }
static void try_pair(void) { int p[2]; (void)socketpair(AF_UNIX, SOCK_STREAM, 0, p); }
static void try_fork(void) { (void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static void try_clone3(void) { (void)syscall(SYS_clone3, NULL, 0); }
static void try_exec(void) { (void)execl("/bin/true", "true", (char *)NULL); }
static void try_execveat(void) { (void)syscall(SYS_execveat, -1, "", NULL, NULL, 0); }
static void try_kill(void) { (void)kill(getppid(), 0); }
static void try_kill_zero(void) { (void)syscall(SYS_kill, 1, 0); }
static void try_tgkill(void) { (void)syscall(SYS_tgkill, 1, 1, 0); }
static void try_pidfd(void) { (void)syscall(SYS_pidfd_open, 1, 0); }
static void try_pidfd_getfd(void) { (void)syscall(SYS_pidfd_getfd, 0, 0, 0); }
static void try_pidfd_signal(void) { (void)syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0); }
static void try_ptrace(void) { (void)syscall(SYS_ptrace, 16, 1, 0, 0); }
static void try_readv_other(void) { (void)syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0); }
static void try_prlimit(void) { (void)syscall(SYS_prlimit64, 1, RLIMIT_NOFILE, NULL, NULL); }
static void try_prctl(void) { (void)prctl(PR_SET_DUMPABLE, 1); }
static void try_uring(void) { (void)syscall(SYS_io_uring_setup, 1, NULL); }
static void try_bpf(void) { (void)syscall(SYS_bpf, 0, NULL, 0); }
static void try_unshare(void) { (void)unshare(CLONE_NEWUSER); }
static void try_mount(void) { (void)syscall(SYS_mount, "", "", "", 0, NULL); }
static void try_setuid(void) { (void)syscall(SYS_setresuid, 0, 0, 0); }
static void try_listen(void) { (void)listen(tcp, 1); }
static void try_accept(void) { (void)accept(tcp, NULL, NULL); }
static void try_own(void) { (void)fcntl(pair[0], F_SETOWN, getpid()); }
static void try_sig(void) { (void)fcntl(pair[0], F_SETSIG, SIGKILL); }
static void try_async(void) { (void)fcntl(pair[0], F_SETFL, O_ASYNC); }
static void try_dup(void) { (void)fcntl(pair[0], F_DUPFD, 10); }
static void try_lock(void) { struct flock l = {0}; (void)fcntl(pair[0], F_SETLK, &l); }
static void try_write_open(void) { (void)open("/dev/null", O_RDWR); }
static void try_handler(void) { (void)signal(SIGSYS, SIG_IGN); }
static void try_advice(void) { (void)madvise((void *)((uintptr_t)pair & ~4095UL), 4096, MADV_COLD); }
static void try_memfd(void) { (void)memfd_create("x", 0); }

/* Waiting, priority inheritance, requeueing. */
static void
try_futex(int op)
{
	static unsigned word[2];
	const struct timespec no_time = {0};

	(void)syscall(SYS_futex, &word[0], op, 0, &no_time, &word[1], 0);
}

static void try_futex_wait(void) { try_futex(FUTEX_WAIT_PRIVATE); }
static void try_futex_shared(void) { try_futex(FUTEX_WAKE); }
static void try_futex_lock(void) { try_futex(FUTEX_LOCK_PI_PRIVATE); }
static void try_futex_requeue(void) { try_futex(FUTEX_CMP_REQUEUE_PI_PRIVATE); }
static void try_futex_bits(void) { try_futex(FUTEX_WAKE_BITSET_PRIVATE); }

static void
try_connect(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};

	(void)connect(tcp, (struct sockaddr *)&a, sizeof(a));
}

/* A descriptor of the process at the other end. */
static void
try_peer_pidfd(void)
{
	int fd;
	socklen_t n = sizeof(fd);

	(void)getsockopt(pair[0], SOL_SOCKET, 77, &fd, &n);
}

static void try_x32(void) { (void)syscall(0x40000000 | 39); }

static void
try_sendmsg(void)
{
	struct msghdr m = {0};

	(void)sendmsg(pair[0], &m, 0);
}

static void
try_send_address(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};

	(void)sendto(tcp, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&a, sizeof(a));
}

static void
try_linger(void)
{
	struct linger l = {.l_onoff = 1, .l_linger = 10};

	(void)setsockopt(tcp, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

static void
try_code(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Memory that RLIMIT_DATA does not count. */
static void
try_shared(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void
try_stack(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
}

static void
try_make_code(void)
{
	(void)mprotect((void *)((uintptr_t)pair & ~4095UL), 4096, PROT_READ | PROT_EXEC);
}

static const struct attempt {
	const char *name;
	void (*fn)(void);
} worker_attempts[] = {
#define A(n) {#n, try_##n}
	A(open), A(socket), A(unix), A(pair), A(fork), A(clone3), A(exec), A(execveat), A(kill),
	A(kill_zero), A(tgkill), A(pidfd), A(pidfd_getfd), A(pidfd_signal), A(ptrace),
	A(readv_other), A(prlimit), A(prctl), A(uring), A(bpf), A(unshare), A(mount), A(setuid),
	A(listen), A(accept), A(own), A(sig), A(async), A(dup), A(lock), A(memfd), A(sendmsg),
	A(write_open), A(handler), A(advice), A(futex_wait), A(futex_shared), A(futex_lock),
	A(futex_requeue), A(futex_bits), A(connect), A(peer_pidfd),
	A(send_address), A(linger), A(code), A(make_code), A(shared), A(stack),
#ifdef __x86_64__
	A(x32),
#endif
};

static void
a_worker_dies_of_every_forbidden_call(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(worker_attempts) / sizeof(worker_attempts[0]); i++) {
		int status = status_under(CONFINE_WORKER, worker_attempts[i].fn);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %d", worker_attempts[i].name, status);
	}
}

static void
no_role_may_start_signal_or_look_into_others(void **state)
{
	static void (*const fns[])(void) = {try_fork, try_clone3, try_exec, try_kill_zero,
		try_pidfd, try_pidfd_getfd, try_ptrace, try_readv_other, try_prlimit, try_prctl,
		try_uring, try_bpf, try_setuid, try_code, try_own, try_sig};
	size_t i;
	int role;

	(void)state;
	for (role = 0; role < CONFINE_ROLES; role++) {
		for (i = 0; i < sizeof(fns) / sizeof(fns[0]); i++) {
			int status = status_under((enum confine_role)role, fns[i]);

			if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
				fail_msg("role %d, attempt %zu: status %d", role, i, status);
		}
	}
}

#define NEED(x) do { if (!(x)) _exit(__LINE__ & 0x7f); } while (0)

/* What a worker's libraries do all the time. */
static void
ordinary_work(void)
{
	struct timespec now;
	int one = 1;
	char c = 'x', *p;
	static unsigned word;

	NEED(send(pair[0], &c, 1, MSG_NOSIGNAL) == 1);
	NEED(recv(pair[1], &c, 1, 0) == 1);
	NEED(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0);
	NEED(setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
	NEED(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	NEED(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0);
	NEED(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	p = malloc(4 << 20);
	NEED(p != NULL);
	memset(p, 1, 4 << 20);
	free(p);
	NEED(close(tcp) == 0);
}

static void
a_worker_can_do_its_work(void **state)
{
	(void)state;
	assert_int_equal(status_under(CONFINE_WORKER, ordinary_work), 0);
}

static void
send_descriptor(void)
{
	union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } u;
	char c = 'x';
	struct iovec iov = {&c, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.room,
		.msg_controllen = sizeof(u.room)};

	memset(&u, 0, sizeof(u));
	u.head.cmsg_level = SOL_SOCKET;
	u.head.cmsg_type = SCM_RIGHTS;
	u.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&u.head), &tcp, sizeof(tcp));
	NEED(sendmsg(pair[0], &m, 0) == 1);
}

static void
each_role_has_its_own_calls(void **state)
{
	(void)state;
	assert_int_equal(status_under(CONFINE_EGRESS, send_descriptor), 0);
	assert_int_equal(status_under(CONFINE_VAULT, try_open), 0);
	assert_int_equal(WTERMSIG(status_under(CONFINE_VAULT, try_write_open)), SIGSYS);
	assert_int_equal(WTERMSIG(status_under(CONFINE_VAULT, send_descriptor)), SIGSYS);
	assert_int_equal(WTERMSIG(status_under(CONFINE_FRONT, send_descriptor)), SIGSYS);
	assert_int_equal(WTERMSIG(status_under(CONFINE_EGRESS, try_open)), SIGSYS);
	assert_int_equal(status_under(CONFINE_EGRESS, try_socket), 0);
	assert_int_equal(WTERMSIG(status_under(CONFINE_EGRESS, try_unix)), SIGSYS);
	assert_int_equal(WTERMSIG(status_under(CONFINE_KEYRING, send_descriptor)), SIGSYS);
	assert_int_equal(WTERMSIG(status_under(CONFINE_FRONT, try_socket)), SIGSYS);
	assert_int_equal(WTERMSIG(status_under(CONFINE_PORTAL, try_socket)), SIGSYS);
}

static void
calls_have_names(void **state)
{
	(void)state;
	assert_string_equal(call_name(SYS_ptrace), "ptrace");
	assert_string_equal(call_name(SYS_read), "read");
	assert_string_equal(call_name(-1), "unknown");
	assert_string_equal(call_name(100000), "unknown");
	assert_string_equal(call_name(0x40000000 | SYS_getpid), "unknown");
}

static void
an_unprepared_worker_filter_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(confine_worker(), ERR_STATE);
}

static void
a_refused_call_can_be_made_to_tell_its_name(void **state)
{
	char text[512] = "", want[64];
	int p[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(p[1], 2);
		log_open("portal", LOG_INFO);
		log_info("before");   /* reads the time zone */
		if (confine_explain() != 0 || confine_role(CONFINE_PORTAL) != 0)
			_exit(99);
		(void)syscall(SYS_getppid);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	assert_true(read(p[0], text, sizeof(text) - 1) > 0);
	(void)snprintf(want, sizeof(want), "\"pid\":%d,\"call\":%d,\"name\":\"getppid\"", pid,
	    SYS_getppid);
	assert_non_null(strstr(text, want));
	assert_non_null(strstr(text, "\"event\":\"call_refused\",\"who\":\"portal\""));
	(void)close(p[0]);
	(void)close(p[1]);
}

/* In a child: become uid 64001, then try to come back. */
static void
become(void)
{
	NEED(confine_become(64001, 64001) == 0);
	NEED(getuid() == 64001 && getegid() == 64001);
	NEED(setuid(0) != 0 && setgid(0) != 0);
	NEED(confine_undumpable() == 0 && prctl(PR_GET_DUMPABLE) == 0);
}

static void
nursery(void)
{
	NEED(confine_become_nursery(64001, 64001) == 0);
	NEED(confine_become(64002, 64002) == 0);
	NEED(getuid() == 64002 && setuid(64001) != 0 && setuid(0) != 0);
}

static int
status_of(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
a_user_is_taken_for_good(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	assert_int_equal(status_of(become), 0);
	assert_int_equal(status_of(nursery), 0);
}

static void
limits(void)
{
	const struct confine_limits l = {.files = 32, .processes = 1, .no_core = true,
		.no_files = true};
	struct rlimit r;

	NEED(confine_limits(&l) == 0);
	NEED(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == 32 && r.rlim_max == 32);
	NEED(getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_max == 0);
	NEED(getrlimit(RLIMIT_FSIZE, &r) == 0 && r.rlim_max == 0);
	NEED(confine_no_new_privs() == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	NEED(confine_die_with(getppid()) == 0);
	NEED(confine_die_with(1) == ERR_STATE || getppid() == 1);
}

/* What no other limit holds back: a place that only page tables are spent on. */
static void
addresses(void)
{
	const struct confine_limits l = {.addresses = 256u << 20};
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;

	NEED(confine_limits(&l) == 0);
	NEED(mmap(NULL, 1u << 20, PROT_READ, flags, -1, 0) != MAP_FAILED);
	NEED(mmap(NULL, 256u << 20, PROT_READ, flags, -1, 0) == MAP_FAILED && errno == ENOMEM);
}

static void
addresses_are_limited(void **state)
{
	(void)state;
	if (!confine_filters_work())
		skip();   /* a sanitizer takes terabytes of them */
	assert_int_equal(status_of(addresses), 0);
}

static void
limits_are_set_soft_and_hard(void **state)
{
	(void)state;
	assert_int_equal(status_of(limits), 0);
}

static int
set_up(void **state)
{
	(void)state;
	tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	return tcp < 0 ? -1 : socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair);
}

int
main(void)
{
	const struct CMUnitTest filters[] = {
		cmocka_unit_test(an_unprepared_worker_filter_is_an_error),
		cmocka_unit_test(a_worker_dies_of_every_forbidden_call),
		cmocka_unit_test(no_role_may_start_signal_or_look_into_others),
		cmocka_unit_test(a_worker_can_do_its_work),
		cmocka_unit_test(each_role_has_its_own_calls),
		cmocka_unit_test(a_refused_call_can_be_made_to_tell_its_name),
	};
	const struct CMUnitTest others[] = {
		cmocka_unit_test(calls_have_names),
		cmocka_unit_test(a_user_is_taken_for_good),
		cmocka_unit_test(limits_are_set_soft_and_hard),
		cmocka_unit_test(addresses_are_limited),
	};
	int failed = 0;

	if (confine_filters_work())
		failed += cmocka_run_group_tests(filters, set_up, NULL);
	else
		(void)puts("skipped: no filters in a build with sanitizers");
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
