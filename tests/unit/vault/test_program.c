/* The program itself, behind its filter, as the supervisor starts it. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

static pid_t
start_program(struct rig *r, const char *conninfo)
{
	char *const argv[] = {"tonearm-vault", NULL};
	char *const empty[] = {NULL};
	char text[400];
	struct msg_config config;
	int fds[2];
	pid_t pid;

	assert_ok(channel_pair(fds));
	pid = fork();
	if (pid == 0) {
		(void)dup2(fds[1], 3);
		(void)execve("./tonearm-vault", argv, empty);
		_exit(127);
	}
	(void)close(fds[1]);
	rig_open(r, &r->supervisor, fds[0]);
	(void)snprintf(text, sizeof(text), "database.conninfo=%s\nspotify.client_id=an-application\n"
	    "spotify.mode=development\nserver.public_url=http://127.0.0.1:8001\n"
	    "links.enabled=yes\napps.shared=yes\napps.own=yes\nlog.level=error\nlog.refused_calls=yes\n", conninfo);
	config.text = span_str(text);
	assert_ok(send_config(r->supervisor.ch, 0, &config));
	channel_flush(r->supervisor.ch);
	(void)rig_take(&r->supervisor, MSG_READY, ANY_REQUEST);
	return pid;
}

static void
until_database_is(struct rig *r, bool up)
{
	struct msg_health m;

	do
		assert_ok(msg_get_health(rig_take(&r->front, MSG_HEALTH, ANY_REQUEST), &m));
	while ((m.database != 0) != up);
}

static void
run_program(struct rig *r, const char *conninfo)
{
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	int status = -1;
	pid_t pid;

	pid = start_program(r, conninfo);
	rig_join(r, &r->keyring, PEER_KEYRING, 0);
	rig_join(r, &r->front, PEER_FRONT, 0);
	until_database_is(r, true);
	(void)bind_person(r, &p, hash, &w);
	pg_stop();
	until_database_is(r, false);
	(void)rig_take(&r->front, MSG_BOUND, front_bind(r, hash, CRED_PERSONAL, 0));
	pg_start();
	until_database_is(r, true);
	rig_settle(r);
	rig_close(&w);
	rig_close(&r->supervisor);
	rig_turn(r);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
it_works_behind_its_filter_and_leaves_with_the_supervisor(void **state)
{
	run_program(*state, pg_conninfo());
}

static void
it_reaches_a_server_by_name(void **state)
{
	run_program(*state, pg_conninfo_tcp());
}

static int
set_up(void **state)
{
	static struct rig r;

	memset(&r, 0, sizeof(r));
	assert_ok(loop_create(&r.loop));
	*state = &r;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *r = *state;

	rig_close(&r->front);
	rig_close(&r->keyring);
	rig_close(&r->supervisor);
	rig_turn(r);
	loop_destroy(&r->loop);
	return 0;
}

const struct CMUnitTest program_tests[] = {
	cmocka_unit_test_setup_teardown(it_works_behind_its_filter_and_leaves_with_the_supervisor,
	    set_up, tear_down),
	cmocka_unit_test_setup_teardown(it_reaches_a_server_by_name, set_up, tear_down),
};
const size_t program_tests_n = COUNT(program_tests);
