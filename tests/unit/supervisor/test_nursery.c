/*
 * The nursery and its newborn workers: siblings share neither descriptors nor
 * random state nor a canary, and each has given up what it must.  The test is
 * the supervisor; the nursery is this program again, started with an argument.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/crypto/openssl.h"
#include <openssl/rand.h>

#include "shared/confine/confine.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/child.h"
#include "shared/loop/loop.h"
#include "worker/nursery/nursery.h"

#define SIBLINGS 3
#define UID_BASE 64100

/* What a worker tells of itself. */
struct report {
	uint64_t id;
	pid_t pid, parent;
	uid_t uid;
	uint32_t fds;              /* bit mask of open descriptors below 32 */
	int dumpable, no_new_privs, core, fsize, nproc, nofile, nice;
	uint8_t random[32];
	uint64_t canary;
	uint8_t ca_store;
};

static uint64_t
canary_now(void)
{
	uint64_t v = 0;

#if defined(__x86_64__)
	__asm__ volatile("movq %%fs:0x28, %0" : "=r"(v));
#endif
	return v;
}

static int
limit(__rlimit_resource_t what)
{
	struct rlimit r = {0};

	return getrlimit(what, &r) == 0 ? (int)r.rlim_max : -1;
}

static uint32_t
open_descriptors(void)
{
	uint32_t mask = 0;
	int fd;

	for (fd = 0; fd < 32; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			mask |= 1u << fd;
	return mask;
}

/* The worker of this test: reports on its channel to front, then waits for the
 * end of its channel to the supervisor. */
static err_t
life(const struct worker_start *start)
{
	struct pollfd p = {.fd = start->control_fd, .events = POLLIN};
	struct report r = {.id = start->id, .pid = getpid(), .parent = getppid(), .uid = getuid()};

	r.fds = open_descriptors();
	r.dumpable = prctl(PR_GET_DUMPABLE);
	r.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	r.core = limit(RLIMIT_CORE);
	r.fsize = limit(RLIMIT_FSIZE);
	r.nproc = limit(RLIMIT_NPROC);
	r.nofile = limit(RLIMIT_NOFILE);
	r.nice = getpriority(PRIO_PROCESS, 0);
	r.canary = canary_now();
	r.ca_store = start->ca_store != NULL;
	if (RAND_bytes(r.random, sizeof(r.random)) != 1)
		return ERR_CRYPTO;
	if (confine_worker() != 0)
		return ERR_SYSTEM;
	if (send(start->front_fd, &r, sizeof(r), 0) != sizeof(r))
		return ERR_SYSTEM;
	(void)poll(&p, 1, 10000);
	return 0;
}

static struct {
	struct loop *loop;
	struct channel *control;
	pid_t pid, spawned[SIBLINGS];
	unsigned n;
	bool ready;
} nursery;

static err_t
on_ready(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	(void)f;
	nursery.ready = true;
	loop_stop(nursery.loop);
	return 0;
}

static err_t
on_spawned(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_spawned m;

	(void)owner;
	(void)ch;
	assert_int_equal(msg_get_spawned(f->body, &m), 0);
	nursery.spawned[nursery.n++] = (pid_t)m.pid;
	loop_stop(nursery.loop);
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_READY, .once = true, .handle = on_ready},
	{.type = MSG_SPAWNED, .handle = on_spawned},
};
static const struct channel_table table = {
	.peer = "nursery", .rules = rules, .n_rules = 2, .max_queue = 65536,
};

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	(void)why;
	loop_stop(nursery.loop);
}

static void
start_nursery(const char *conf)
{
	const struct msg_config m = {.text = span_str(conf)};
	int pair[2];

	assert_int_equal(loop_create(&nursery.loop), 0);
	assert_int_equal(channel_pair(pair), 0);
	nursery.pid = fork();
	if (nursery.pid == 0) {
		(void)dup2(pair[1], CHILD_CONTROL_FD);
		(void)execl("/proc/self/exe", "test_nursery", "nursery", (char *)NULL);
		_exit(126);
	}
	(void)close(pair[1]);
	assert_int_equal(channel_open(nursery.loop, pair[0], &table, NULL, on_end,
	    &nursery.control), 0);
	assert_int_equal(send_config(nursery.control, 0, &m), 0);
	channel_flush(nursery.control);
	assert_int_equal(loop_run(nursery.loop), 0);
}

static void
stop(void *arg)
{
	(void)arg;
	loop_stop(nursery.loop);
}

static void
stop_nursery(int expected)
{
	struct deferred last = {0};
	int status;

	channel_close(&nursery.control);
	/* Memory of a closed channel goes at the end of a turn. */
	loop_defer(nursery.loop, &last, stop, NULL);
	assert_int_equal(loop_run(nursery.loop), 0);
	assert_int_equal(waitpid(nursery.pid, &status, 0), nursery.pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
	loop_destroy(&nursery.loop);
	memset(&nursery, 0, sizeof(nursery));
}

/* Spawns a worker; its report to *r, our ends of its channels to ends. */
static void
spawn(uint64_t id, uid_t uid, struct report *r, int ends[5])
{
	const struct msg_spawn m = {.worker = id, .uid = uid, .gid = uid};
	struct pollfd p = {.events = POLLIN};
	int fds[5], pair[2], i;
	unsigned before = nursery.n;

	for (i = 0; i < 5; i++) {
		assert_int_equal(channel_pair(pair), 0);
		ends[i] = pair[0];
		fds[i] = pair[1];
	}
	assert_int_equal(send_spawn_fds(nursery.control, &m, fds), 0);
	while (nursery.n == before)
		assert_int_equal(loop_run(nursery.loop), 0);
	for (i = 0; i < 5; i++)
		(void)close(fds[i]);
	p.fd = ends[1];
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(recv(ends[1], r, sizeof(*r), 0), sizeof(*r));
}

static void
check_report(const struct report *r, uint64_t id, uid_t uid)
{
	assert_true(r->id == id);
	assert_int_equal(r->parent, getpid());
	assert_int_equal(r->uid, uid);
	/* 0 to 2 and its five channels. */
	assert_int_equal(r->fds, 0xff);
	assert_int_equal(r->dumpable, 0);
	assert_int_equal(r->no_new_privs, 1);
	assert_int_equal(r->core, 0);
	assert_int_equal(r->fsize, 0);
	assert_int_equal(r->nproc, 1);
	assert_int_equal(r->nice, 5);
	if (confine_filters_work())
		assert_int_equal(r->nofile, 64);
}

static void
siblings_share_nothing_that_matters(void **state)
{
	const uid_t base = getuid() == 0 ? UID_BASE : 0;
	struct report r[SIBLINGS];
	int ends[SIBLINGS][5], i, k, status;

	(void)state;
	start_nursery("spotify.sandbox=yes\n");
	assert_true(nursery.ready);
	for (i = 0; i < SIBLINGS; i++) {
		uid_t uid = base == 0 ? 0 : base + (uid_t)i;

		spawn(1000 + (uint64_t)i, uid, &r[i], ends[i]);
		check_report(&r[i], 1000 + (uint64_t)i, uid == 0 ? getuid() : uid);
		assert_int_equal(nursery.spawned[i], r[i].pid);
		for (k = 0; k < i; k++) {
			assert_memory_not_equal(r[i].random, r[k].random, sizeof(r[i].random));
#if defined(__x86_64__)
			assert_true(r[i].canary != r[k].canary);
			assert_int_equal(r[i].canary & 0xff, 0);
#endif
		}
	}
	for (i = 0; i < SIBLINGS; i++) {
		/* With the supervisor's end gone it leaves, and it is our child. */
		for (k = 0; k < 5; k++)
			(void)close(ends[i][k]);
		assert_int_equal(waitpid(r[i].pid, &status, 0), r[i].pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	stop_nursery(0);
}

static void
a_nursery_without_authorities_does_not_start(void **state)
{
	(void)state;
	start_nursery("spotify.ca_file=/nonexistent\n");
	assert_false(nursery.ready);
	stop_nursery(1);
}

static void
nonsense_ends_the_nursery_not_us(void **state)
{
	const struct msg_drain m = {.ms = 1};

	(void)state;
	start_nursery("spotify.sandbox=yes\n");
	assert_true(nursery.ready);
	assert_int_equal(send_drain(nursery.control, 0, &m), 0);
	assert_int_equal(loop_run(nursery.loop), 0);
	stop_nursery(1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siblings_share_nothing_that_matters),
		cmocka_unit_test(a_nursery_without_authorities_does_not_start),
		cmocka_unit_test(nonsense_ends_the_nursery_not_us),
	};

	if (argc > 1 && strcmp(argv[1], "nursery") == 0)
		return nursery_main(life, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
