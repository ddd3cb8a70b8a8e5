/* The supervisor's tables: slots, waits, listening sockets, refused calls. */
#include "config.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "master/supervisor/listen.h"
#include "master/supervisor/refusals.h"
#include "master/supervisor/slots.h"
#include "master/supervisor/throttle.h"

static uint64_t
id_of(const void *p)
{
	return *(const uint64_t *)p;
}

static void
an_id_never_comes_again(void **state)
{
	struct slots s;
	uint64_t a = 0, b = 0, c = 0, old;

	(void)state;
	assert_int_equal(slots_init(&s, 2, 0), 0);
	assert_int_equal(slots_take(&s, &a, &a), 0);
	assert_int_equal(slots_take(&s, &b, &b), 0);
	assert_int_equal(slots_take(&s, &c, &c), ERR_LIMIT);
	assert_int_not_equal(slot_of(a), slot_of(b));
	old = a;
	slots_give(&s, a);
	assert_null(slots_find(&s, old, id_of));
	assert_int_equal(slots_take(&s, &c, &c), 0);
	assert_int_equal(slot_of(c), slot_of(old));
	assert_true(c != old);
	assert_null(slots_find(&s, old, id_of));
	assert_ptr_equal(slots_find(&s, c, id_of), &c);
	slots_free(&s);
}

static void
a_slot_rests_as_long_as_it_can(void **state)
{
	struct slots s;
	uint64_t ids[4], next = 0;
	size_t i;

	(void)state;
	assert_int_equal(slots_init(&s, 5, ID_ENROLL), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(slots_take(&s, &ids[i], &ids[i]), 0);
	slots_give(&s, ids[0]);
	assert_int_equal(slots_take(&s, &next, &next), 0);
	assert_int_equal(slot_of(next), 4);
	assert_true((next & ID_ENROLL) != 0);
	slots_give(&s, ID_ENROLL | 99);
	slots_free(&s);
}

static void
the_wait_before_a_start_doubles_and_one_success_resets_it(void **state)
{
	struct throttle t = {0};
	static const int64_t waits[] = {200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000,
		60000};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		assert_int_equal(throttle_died(&t, 50), waits[i]);
	assert_int_equal(throttle_died(&t, THROTTLE_SUCCESS_MS), 200);
	assert_int_equal(throttle_died(&t, 0), 400);
}

static void
a_user_whose_workers_crash_waits_longer_each_time(void **state)
{
	struct crashes *c = calloc(1, sizeof(*c));
	const uint8_t user[ID_BYTES] = "user", other[ID_BYTES] = "other";
	int64_t now = 1000;

	(void)state;
	assert_non_null(c);
	crashes_add(c, user, now);
	assert_int_equal(crashes_wait(c, user, now), 0);
	crashes_add(c, user, now);
	assert_int_equal(crashes_wait(c, user, now), 1000);
	assert_int_equal(crashes_wait(c, user, now + 1000), 0);
	crashes_add(c, user, now);
	assert_int_equal(crashes_wait(c, user, now), 2000);
	crashes_add(c, user, now);
	crashes_add(c, user, now);
	assert_int_equal(crashes_wait(c, user, now), CRASH_PAUSE_MS);
	assert_int_equal(crashes_wait(c, other, now), 0);
	crashes_left(c, 7, user, now);
	crashes_settle(c, now);
	assert_int_not_equal(crashes_wait(c, user, now), 0);
	crashes_settle(c, now + LEFT_MS);
	assert_int_equal(crashes_wait(c, user, now), 0);
	crashes_add(c, user, now);
	crashes_add(c, user, now + CRASH_MEMORY_MS + 1);
	assert_int_equal(crashes_wait(c, user, now + CRASH_MEMORY_MS + 1), 0);
	free(c);
}

static void
who_left_work_undone_is_found_for_a_while(void **state)
{
	struct crashes *c = calloc(1, sizeof(*c));
	const uint8_t user[ID_BYTES] = "user";
	uint8_t whose[ID_BYTES] = "";
	uint64_t i;

	(void)state;
	assert_non_null(c);
	crashes_add(c, user, 500);
	crashes_left(c, 7, user, 1000);
	assert_false(crashes_accuse(c, 8, whose));
	assert_true(crashes_accuse(c, 7, whose));
	assert_memory_equal(whose, user, ID_BYTES);
	assert_false(crashes_accuse(c, 7, whose));
	crashes_settle(c, 1000 + LEFT_MS);
	/* The crash before was not forgiven. */
	crashes_add(c, user, 3000);
	assert_int_equal(crashes_wait(c, user, 3000), 1000);
	crashes_left(c, 9, user, 4000);
	for (i = 0; i < LEFT_KEPT; i++)
		crashes_left(c, 100 + i, user, 4000);
	assert_false(crashes_accuse(c, 9, whose));
	free(c);
}

static void
the_table_of_crashes_is_bounded(void **state)
{
	struct crashes *c = calloc(1, sizeof(*c));
	uint8_t user[ID_BYTES] = {0};
	unsigned i;

	(void)state;
	assert_non_null(c);
	for (i = 0; i < 3 * CRASHES_KEPT; i++) {
		memcpy(user, &i, sizeof(i));
		crashes_add(c, user, (int64_t)i);
		crashes_add(c, user, (int64_t)i);
	}
	assert_true(crashes_wait(c, user, (int64_t)i) > 0);
	free(c);
}

static void
a_socket_file_that_is_served_is_not_taken_away(void **state)
{
	char path[64], list[128];
	struct listeners l, again;
	struct buf why;
	struct stat st;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/tonearm-listen-%d/s", (int)getpid());
	(void)snprintf(list, sizeof(list), "unix:%s, 127.0.0.1:0", path);
	buf_init(&why, 1024);
	(void)snprintf(list, sizeof(list), "unix:%s", path);
	assert_int_equal(listeners_open(&l, list, &why), 0);
	assert_int_equal(l.list[0].kind, LISTENER_UNIX);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_int_equal(listeners_open(&again, list, &why), ERR_CONFIG);
	assert_non_null(strstr(buf_cstr(&why), "Is tonearmd running already?"));
	/* Left behind by one that was killed: closed, but the file is there. */
	(void)close(l.list[0].fd);
	assert_int_equal(listeners_open(&l, list, &why), 0);
	listeners_close(&l);
	assert_int_not_equal(stat(path, &st), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	buf_free(&why);
}

static void
an_address_that_is_taken_is_explained(void **state)
{
	struct listeners l, again;
	struct buf why;
	char list[64];
	int port = 20000 + (int)getpid() % 20000;

	(void)state;
	buf_init(&why, 1024);
	for (;; port++) {
		(void)snprintf(list, sizeof(list), "127.0.0.1:%d, [::1]:%d", port, port);
		if (listeners_open(&l, list, &why) == 0)
			break;
		buf_clear(&why);
		assert_true(port < 60000);
	}
	assert_int_equal(l.n, 2);
	buf_clear(&why);
	assert_int_equal(listeners_open(&again, list, &why), ERR_CONFIG);
	assert_non_null(strstr(buf_cstr(&why), "Another program has it"));
	listeners_close(&l);
	buf_free(&why);
}

static void
a_record_of_a_refused_call_is_read(void **state)
{
	static const char good[] = "audit(1795365011.476:3631): auid=4294967295 uid=50281 gid=50281 "
	    "ses=4294967295 subj=unconfined pid=22031 comm=\"tonearm-worker\" exe=\"/x\" sig=31 "
	    "arch=c000003e syscall=41 compat=0 ip=0x7f code=0x80000000";
	static const char *const bad[] = {
		"", " pid=", " pid=1 syscall=2", " pid=x syscall=1 compat=0", " pid=0 syscall=1 compat=0",
		" pid=99999999999 syscall=1 compat=0", " pid=1 syscall=4294967295 compat=0",
		" pid=1comm syscall=1 compat=0",
	};
	struct refusal r;
	size_t i;

	(void)state;
	assert_true(refusal_parse(good, &r));
	assert_int_equal(r.pid, 22031);
	assert_int_equal(r.call, 41);
	assert_false(r.compat);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (refusal_parse(bad[i], &r))
			fail_msg("taken: %s", bad[i]);
}

/* Ends itself by a filter that refuses one call. */
static void
die_of(int call)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		(void)syscall(call);
	_exit(1);
}

static void
a_refused_call_is_known_by_its_process(void **state)
{
	static const int calls[] = {SYS_getppid, SYS_sync, SYS_sched_yield};
	struct refusals r;
	struct refusal one;
	pid_t pids[3];
	int i, status;

	(void)state;
	if (refusals_open(&r) != 0)
		skip();   /* not permitted, or no audit in this kernel */
	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			die_of(calls[i]);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	}
	for (i = 2; i >= 0; i--) {
		assert_true(refusals_find(&r, pids[i], &one));
		assert_int_equal(one.call, calls[i]);
		assert_false(one.compat);
	}
	/* Each is given once, and nobody waits for ever. */
	assert_false(refusals_find(&r, pids[0], &one));
	assert_false(refusals_find(&r, 0, &one));
	refusals_close(&r);
	assert_false(refusals_find(&r, pids[0], &one));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_never_comes_again),
		cmocka_unit_test(a_slot_rests_as_long_as_it_can),
		cmocka_unit_test(the_wait_before_a_start_doubles_and_one_success_resets_it),
		cmocka_unit_test(a_user_whose_workers_crash_waits_longer_each_time),
		cmocka_unit_test(who_left_work_undone_is_found_for_a_while),
		cmocka_unit_test(the_table_of_crashes_is_bounded),
		cmocka_unit_test(a_socket_file_that_is_served_is_not_taken_away),
		cmocka_unit_test(an_address_that_is_taken_is_explained),
		cmocka_unit_test(a_record_of_a_refused_call_is_read),
		cmocka_unit_test(a_refused_call_is_known_by_its_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
