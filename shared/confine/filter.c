/*
 * Kernel filters made from the lists in filters.c by libseccomp; see
 * confine.h.  A filter is compiled to bytes first and applied by a plain
 * system call, so that a freshly forked worker has no libseccomp to run.
 *
 * Under sanitizers nothing is applied: their run-time needs calls of its own.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/confine/callname.h"
#include "shared/confine/confine.h"
#include "shared/confine/filters.h"
#include "shared/confine/landlock.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

#define FILTER_BYTES_MAX 65536

/* The one state of this module: the worker's filter and rules, how to refuse,
 * and whose list is in force. */
static struct {
	struct sock_filter *worker;  /* owned; NULL until prepared */
	unsigned short worker_n;     /* instructions */
	bool explain;
	const char *role;
	int rules;                   /* Landlock's, for workers; -1: none */
} state = {.rules = -1};

bool
confine_filters_work(void)
{
	return !UNDER_SANITIZER;
}

/* Conditions on an argument's lower half, which is all that the kernel looks
 * at where it declares an int: equal to v, or none of the bits in mask set. */
static struct scmp_arg_cmp
equal(unsigned arg, uint32_t v)
{
	return (struct scmp_arg_cmp){.arg = arg, .op = SCMP_CMP_MASKED_EQ,
		.datum_a = UINT32_MAX, .datum_b = v};
}

static struct scmp_arg_cmp
without(unsigned arg, uint32_t mask)
{
	return (struct scmp_arg_cmp){.arg = arg, .op = SCMP_CMP_MASKED_EQ,
		.datum_a = mask, .datum_b = 0};
}

/* Allows a call under one or two conditions. */
static int
allow(scmp_filter_ctx ctx, int nr, struct scmp_arg_cmp one)
{
	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 1, &one);
}

static int
allow_both(scmp_filter_ctx ctx, int nr, struct scmp_arg_cmp one, struct scmp_arg_cmp two)
{
	const struct scmp_arg_cmp both[] = {one, two};

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 2, both);
}

static int
allow_fcntl(scmp_filter_ctx ctx, int nr)
{
	static const int plain[] = {F_GETFL, F_GETFD, F_SETFD};
	int rc = 0;
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]) && rc == 0; i++)
		rc = allow(ctx, nr, equal(1, (uint32_t)plain[i]));
	if (rc == 0)
		/* O_ASYNC would have the kernel send signals. */
		rc = allow_both(ctx, nr, equal(1, F_SETFL), without(2, O_ASYNC));
	return rc;
}

/* setsockopt, option by option, for those kinds of use. */
static int
allow_options(scmp_filter_ctx ctx, int nr, enum call_when when)
{
	static const struct {
		uint32_t level, option;
		enum call_when when;   /* the kind of use that needs it */
		bool all;              /* every kind does */
	} options[] = {
		{IPPROTO_TCP, TCP_NODELAY, CALL_NO_DELAY, true},
		{SOL_SOCKET, SO_SNDBUF, CALL_EGRESS_OPTIONS, false},
		{SOL_SOCKET, SO_KEEPALIVE, CALL_DATABASE_OPTIONS, false},
		{IPPROTO_TCP, TCP_KEEPIDLE, CALL_DATABASE_OPTIONS, false},
		{IPPROTO_TCP, TCP_KEEPINTVL, CALL_DATABASE_OPTIONS, false},
		{IPPROTO_TCP, TCP_KEEPCNT, CALL_DATABASE_OPTIONS, false},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, CALL_DATABASE_OPTIONS, false},
	};
	int rc = 0;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]) && rc == 0; i++)
		if (options[i].all || options[i].when == when)
			rc = allow_both(ctx, nr, equal(1, options[i].level),
			    equal(2, options[i].option));
	return rc;
}

/* A call whose argument number arg has to be one of n values. */
static int
allow_values(scmp_filter_ctx ctx, int nr, unsigned arg, const uint32_t *values, size_t n)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < n && rc == 0; i++)
		rc = allow(ctx, nr, equal(arg, values[i]));
	return rc;
}

static int
allow_state(scmp_filter_ctx ctx, int nr)
{
	int rc = allow_both(ctx, nr, equal(1, SOL_SOCKET), equal(2, SO_ERROR));

	return rc != 0 ? rc : allow_both(ctx, nr, equal(1, SOL_SOCKET), equal(2, SO_PEERCRED));
}

static int
add_call(scmp_filter_ctx ctx, const struct call *c)
{
	static const uint32_t families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
	static const uint32_t advice[] = {MADV_DONTNEED, MADV_DONTDUMP, MADV_WIPEONFORK};
	const uint32_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
	int nr = seccomp_syscall_resolve_name(c->name);

	/* Not every machine has every call. */
	if (nr < 0)
		return 0;
	switch (c->when) {
	case CALL_ANY:
		return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	case CALL_NO_EXEC:
		return allow(ctx, nr, without(2, PROT_EXEC));
	case CALL_PRIVATE:
		return allow_both(ctx, nr, without(2, PROT_EXEC),
		    without(3, MAP_SHARED | MAP_GROWSDOWN));
	case CALL_NO_ADDRESS:
		return allow(ctx, nr, (struct scmp_arg_cmp){.arg = 4, .op = SCMP_CMP_EQ});
	case CALL_FCNTL:
		return allow_fcntl(ctx, nr);
	case CALL_FCNTL_DUP:
		return allow(ctx, nr, equal(1, F_DUPFD_CLOEXEC));
	case CALL_NO_DELAY:
	case CALL_EGRESS_OPTIONS:
	case CALL_DATABASE_OPTIONS:
		return allow_options(ctx, nr, c->when);
	case CALL_SOCKET_STATE:
		return allow_state(ctx, nr);
	case CALL_READ_ONLY:
		return allow(ctx, nr, without(2, writing));
	case CALL_INET:
	case CALL_LOCAL_OR_INET:
		return allow_values(ctx, nr, 0, families, c->when == CALL_INET ? 2 : 4);
	case CALL_ONE_TURN:
		return allow(ctx, nr, equal(1, FIONREAD));
	case CALL_WAKE:
		return allow(ctx, nr, equal(1, FUTEX_WAKE_PRIVATE));
	case CALL_ADVICE:
		return allow_values(ctx, nr, 2, advice, sizeof(advice) / sizeof(advice[0]));
	case CALL_SIGPIPE:
		return allow(ctx, nr, equal(0, SIGPIPE));
	}
	return -EINVAL;
}

/* The role's list as a libseccomp context in *out, released by the caller. */
static err_t
build(enum confine_role role, scmp_filter_ctx *out)
{
	const struct call_list *list = &call_lists[role];
	uint32_t refuse = state.explain ? SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS;
	scmp_filter_ctx ctx = seccomp_init(refuse);
	size_t i;
	int rc;

	if (ctx == NULL)
		return ERR_NOMEM;
	state.role = list->role;
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (i = 0; i < calls_of_all_n && rc == 0; i++)
		rc = add_call(ctx, &calls_of_all[i]);
	for (i = 0; i < list->n && rc == 0; i++)
		rc = add_call(ctx, &list->calls[i]);
	if (rc != 0) {
		seccomp_release(ctx);
		return rc == -ENOMEM ? ERR_NOMEM : ERR_SYSTEM;
	}
	*out = ctx;
	return 0;
}

/* Compiles a role's filter; *out is allocated. */
static err_t
compile(enum confine_role role, struct sock_filter **out, unsigned short *n)
{
	scmp_filter_ctx ctx = NULL;
	struct sock_filter *code = NULL;
	off_t size;
	int fd = -1;
	err_t err;

	err = build(role, &ctx);
	if (err != 0)
		return err;
	err = ERR_SYSTEM;
	fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd < 0 || seccomp_export_bpf(ctx, fd) != 0)
		goto out;
	size = lseek(fd, 0, SEEK_END);
	if (size <= 0 || size > FILTER_BYTES_MAX || size % (off_t)sizeof(*code) != 0)
		goto out;
	code = malloc((size_t)size);
	if (code == NULL || pread(fd, code, (size_t)size, 0) != size) {
		err = code == NULL ? ERR_NOMEM : ERR_SYSTEM;
		free(code);
		goto out;
	}
	*out = code;
	*n = (unsigned short)((size_t)size / sizeof(*code));
	err = 0;
out:
	if (fd >= 0)
		(void)close(fd);
	seccomp_release(ctx);
	return err;
}

static err_t
apply(struct sock_filter *code, unsigned short n)
{
	struct sock_fprog program = {.len = n, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return ERR_SYSTEM;
	return 0;
}

err_t
confine_role_keeping(enum confine_role role, const struct confine_keep *keep)
{
	struct sock_filter *code = NULL;
	unsigned short n = 0;
	int rules = -1;
	err_t err;

	if (UNDER_SANITIZER)
		return 0;
	err = compile(role, &code, &n);
	if (err == 0)
		err = landlock_rules(role, keep, &rules);
	if (err == 0)
		err = confine_no_new_privs();
	if (err == 0)
		err = landlock_enter(rules);
	if (rules >= 0)
		(void)close(rules);
	if (err == 0)
		err = apply(code, n);
	free(code);
	return err;
}

err_t
confine_role(enum confine_role role)
{
	return confine_role_keeping(role, NULL);
}

err_t
confine_worker_prepare(void)
{
	err_t err;

	if (UNDER_SANITIZER)
		return 0;
	free(state.worker);
	state.worker = NULL;
	if (state.rules >= 0)
		(void)close(state.rules);
	state.rules = -1;
	err = landlock_rules(CONFINE_WORKER, NULL, &state.rules);
	return err != 0 ? err : compile(CONFINE_WORKER, &state.worker, &state.worker_n);
}

err_t
confine_worker_landlock(void)
{
	if (UNDER_SANITIZER)
		return 0;
	return state.worker == NULL ? ERR_STATE : landlock_enter(state.rules);
}

err_t
confine_worker(void)
{
	if (UNDER_SANITIZER)
		return 0;
	return state.worker == NULL ? ERR_STATE : apply(state.worker, state.worker_n);
}

/* Names the refused call and lets the process end as the filter would have had
 * it.  The signal is no surprise but an answer to the call, so that what the
 * log does can be done here; a call refused to the log itself ends it, too. */
static void
on_refused(int sig, siginfo_t *info, void *context)
{
	(void)context;
	log_error("call_refused", LF_STR("who", state.role), LF_INT("pid", getpid()),
	    LF_INT("call", info->si_syscall), LF_STR("name", call_name(info->si_syscall)));
	/* Refused, too; and here the signal is blocked, so that it is fatal. */
	(void)signal(sig, SIG_DFL);
	_exit(1);
}

err_t
confine_explain(void)
{
	struct sigaction sa = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO};

	if (sigaction(SIGSYS, &sa, NULL) != 0)
		return ERR_SYSTEM;
	state.explain = true;
	return 0;
}
