/*
 * A Spotify that answers oddly: other types than agreed, nothing where something
 * was due, an error in a success, times and sizes that are out of all reason.  Each
 * is sent over the wire by the scripted server.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "tests/unit/spotify/rig.h"
#include "worker/spotify/again.h"
#include "worker/spotify/easy.h"
#include "worker/spotify/field.h"

#define ERR(status, words) "{\"error\":{\"status\":" status "," words "}}"

static const struct odd {
	enum sp_op op;
	int status;
	const char *type, *fields, *body;
	enum sp_problem problem;
	unsigned requests;
} odds[] = {
	/* nothing, or another kind of JSON, where a body was due */
	{SP_OP_TRACK, 200, NULL, NULL, "", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 204, NULL, NULL, "", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "null", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "[]", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "\"track\"", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "{}", SP_UNREADABLE, 1},
	{SP_OP_EPISODE, 200, NULL, NULL, "{\"id\":null,\"name\":null}", SP_OK, 1},
	{SP_OP_PLAYLIST, 200, NULL, NULL, "{\"items\":[]}", SP_UNREADABLE, 1},
	{SP_OP_PLAYLIST, 200, NULL, NULL, "{\"owner\":{\"id\":\"x\"}}", SP_OK, 1},
	{SP_OP_SEARCH, 200, NULL, NULL, "{}", SP_UNREADABLE, 1},
	{SP_OP_SEARCH, 200, NULL, NULL, "{\"tracks\":{\"items\":null,\"total\":0}}", SP_UNREADABLE, 1},
	{SP_OP_SEARCH, 200, NULL, NULL, "{\"tracks\":{\"items\":[],\"total\":0}}", SP_OK, 1},
	{SP_OP_ME, 204, NULL, NULL, "", SP_UNREADABLE, 1},
	{SP_OP_MY_PLAYLISTS, 200, NULL, NULL, "{}", SP_UNREADABLE, 1},
	{SP_OP_MY_PLAYLISTS, 200, NULL, NULL, "{\"items\":null,\"total\":3}", SP_UNREADABLE, 1},
	{SP_OP_MY_PLAYLISTS, 200, NULL, NULL, "{\"items\":[],\"total\":0}", SP_OK, 1},
	{SP_OP_MY_PLAYLISTS, 200, NULL, NULL, "{\"items\":[{}],\"total\":\"many\"}", SP_UNREADABLE, 1},
	{SP_OP_MY_PLAYLISTS, 200, NULL, NULL, "{\"items\":[{}],\"total\":-1}", SP_UNREADABLE, 1},
	{SP_OP_RECENTLY_PLAYED, 200, NULL, NULL, "{\"items\":[]}", SP_OK, 1},
	{SP_OP_PLAYLIST_ITEMS, 200, NULL, NULL, "{\"total\":3}", SP_OK, 1},
	{SP_OP_PLAYLIST_ITEMS, 200, NULL, NULL, "{\"items\":null,\"total\":3}", SP_UNREADABLE, 1},
	{SP_OP_PLAYLIST_ITEMS, 200, NULL, NULL, "{\"items\":[]}", SP_UNREADABLE, 1},
	{SP_OP_SAVED_TRACKS, 200, NULL, NULL, "{\"items\":{\"0\":1}}", SP_UNREADABLE, 1},
	{SP_OP_FOLLOWED_ARTISTS, 200, NULL, NULL, "{\"artists\":{\"items\":[],\"total\":0}}", SP_OK, 1},
	{SP_OP_FOLLOWED_ARTISTS, 200, NULL, NULL, "{\"artists\":null}", SP_UNREADABLE, 1},
	{SP_OP_FOLLOWED_ARTISTS, 200, NULL, NULL, "{\"items\":[],\"total\":0}", SP_UNREADABLE, 1},
	{SP_OP_FOLLOWED_ARTISTS, 200, NULL, NULL, "{\"artists\":{\"items\":null}}", SP_UNREADABLE, 1},
	{SP_OP_LIBRARY_CONTAINS, 200, NULL, NULL, "[true]", SP_OK, 1},
	{SP_OP_LIBRARY_CONTAINS, 200, NULL, NULL, "{}", SP_UNREADABLE, 1},
	{SP_OP_DEVICES, 200, NULL, NULL, "{\"devices\":[]}", SP_OK, 1},
	{SP_OP_DEVICES, 200, NULL, NULL, "{\"devices\":null}", SP_UNREADABLE, 1},
	{SP_OP_QUEUE, 204, NULL, NULL, "", SP_OK, 1},
	{SP_OP_QUEUE, 200, NULL, NULL, "{\"currently_playing\":null}", SP_UNREADABLE, 1},
	{SP_OP_PLAYER, 204, NULL, NULL, "", SP_OK, 1},
	{SP_OP_PLAYER, 200, NULL, NULL, "[]", SP_UNREADABLE, 1},
	{SP_OP_PLAYER, 200, NULL, NULL, "null", SP_UNREADABLE, 1},
	{SP_OP_PLAYER, 200, NULL, NULL, "{}", SP_UNREADABLE, 1},
	{SP_OP_PLAYER, 200, NULL, NULL, "{\"is_playing\":false}", SP_OK, 1},
	{SP_OP_PLAYLIST_CREATE, 201, NULL, NULL, "", SP_OUTCOME_UNKNOWN, 1},
	{SP_OP_PLAYLIST_CREATE, 201, NULL, NULL, "[1]", SP_OUTCOME_UNKNOWN, 1},
	{SP_OP_PLAYLIST_ADD, 201, NULL, NULL, "", SP_OK, 1},
	{SP_OP_PLAYLIST_ADD, 201, "text/plain", NULL, "Created", SP_OUTCOME_UNKNOWN, 1},
	{SP_OP_LIBRARY_SAVE, 200, "text/plain", NULL, "OK", SP_OK, 1},
	{SP_OP_PLAYLIST_COVER, 202, "text/plain", NULL, "Accepted", SP_OK, 1},
	/* an error in a success */
	{SP_OP_TRACK, 200, NULL, NULL, ERR("404", "\"message\":\"Resource not found\""),
	    SP_NOT_FOUND, 1},
	{SP_OP_PLAYLIST_ITEMS, 200, NULL, NULL, ERR("403", "\"message\":\"Forbidden\""),
	    SP_PLAYLIST_CLOSED, 1},
	{SP_OP_SEARCH, 200, NULL, "Retry-After: 40000\r\n",
	    ERR("429", "\"reason\":\"QUOTA_EXCEEDED\""), SP_QUOTA, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "{\"error\":\"something\"}", SP_DOWN, 3},
	{SP_OP_PLAYLIST_ADD, 201, NULL, NULL, ERR("502", "\"message\":null"), SP_OUTCOME_UNKNOWN, 1},
	{SP_OP_PLAYLIST_ADD, 201, NULL, NULL, ERR("403", "\"message\":\"Forbidden\""),
	    SP_PLAYLIST_CLOSED, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "{\"error\":null,\"name\":\"x\"}", SP_OK, 1},
	/* no JSON after all */
	{SP_OP_TRACK, 200, NULL, NULL, "{\"name\":\"a\",\"name\":\"b\"}", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "{\"name\":\"\xff\"}", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "{\"name\":1}{}", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "{\"name\":", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, "text/html", NULL, "<html></html>", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, "text/plain", NULL, "{\"duration_ms\":1e999}", SP_UNREADABLE, 1},
	{SP_OP_TRACK, 200, NULL, NULL, "{\"id\":\"x\",\"duration_ms\":123456789012345678901234567890}", SP_UNREADABLE, 1},
	/* other statuses */
	{SP_OP_TRACK, 303, NULL, "Location: http://127.0.0.1:1/\r\n", "", SP_DOWN, 3},
	{SP_OP_NEXT, 307, NULL, "Location: /v1/me\r\n", "", SP_OUTCOME_UNKNOWN, 1},
	{SP_OP_TRACK, 418, NULL, NULL, "{}", SP_BAD_REQUEST, 1},
	{SP_OP_TRACK, 403, NULL, NULL, "{\"error\":{\"status\":\"403\",\"message\":7,\"reason\":[]}}",
	    SP_CLOSED, 1},
	{SP_OP_PLAY, 404, NULL, NULL, "{\"error\":[]}", SP_NOT_FOUND, 1},
	{SP_OP_TRACK, 599, "", NULL, "\x01\x02", SP_DOWN, 3},
	/* pauses */
	{SP_OP_TRACK, 429, NULL, "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n", "", SP_RATE, 1},
	{SP_OP_TRACK, 429, NULL, "Retry-After: 99999999999999999999\r\n", "", SP_RATE, 1},
	{SP_OP_TRACK, 429, NULL, "Retry-After: 3600.5\r\n", "", SP_RATE, 1},
	{SP_OP_TRACK, 429, "text/plain", "Retry-After: 40000\r\n",
	    "{\"error\":{\"status\":429,\"reason\":\"QUOTA_EXCEEDED\"}}", SP_QUOTA, 1},
	{SP_OP_TRACK, 429, "text/plain", "Retry-After: 40000\r\n", "QUOTA_EXCEEDED", SP_QUOTA, 1},
};

static void
each_odd_answer_is_what_it_is(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odds) / sizeof(odds[0]); i++) {
		const struct odd *o = &odds[i];
		const char *body = strcmp(sp_op_info(o->op)->method, "GET") == 0 ? NULL : "{}";
		struct answer a;
		struct rig *r;
		void *s;

		assert_ok(rig_setup(&s));
		r = s;
		rig_bind(r, ROW_GOOD);
		server_on(r->server, (struct server_rule){.target = "/", .status = o->status,
		    .type = o->type, .fields = o->fields, .body = o->body, .turns = FOREVER});
		rig_ask(r, o->op, "x", NULL, body, &a);
		if (a.error.problem != o->problem || server_count(r->server) != o->requests)
			fail_msg("%d %s: %s, %zu requests", o->status, o->body,
			    sp_problem_word(a.error.problem), server_count(r->server));
		assert_true(a.error.op == o->op);
		assert_true(a.error.problem == SP_OK || a.json == NULL);
		answer_free(&a);
		assert_ok(rig_teardown(&s));
	}
}

static void
what_grows_beyond_reason_is_cut_off(void **state)
{
	static char bomb[65536];
	struct rig *r = *state;
	FILE *f = popen("head -c 40000000 /dev/zero | gzip -9", "r");
	struct answer a;
	size_t n;

	assert_non_null(f);
	n = fread(bomb, 1, sizeof(bomb), f);
	assert_int_equal(pclose(f), 0);
	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/", .status = 200, .body = bomb,
	    .body_n = n, .fields = "Content-Encoding: gzip\r\n", .turns = FOREVER});
	rig_ask(r, SP_OP_TRACK, "x", NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_UNREADABLE);
	answer_free(&a);
	rig_ask(r, SP_OP_LIBRARY_SAVE, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OUTCOME_UNKNOWN);
	answer_free(&a);
	assert_int_equal(server_count(r->server), 2);
}

static void
an_error_is_not_kept(void **state)
{
	struct rig *r = *state;
	struct answer a;
	char base[64];

	(void)snprintf(base, sizeof(base), "%s", r->base);
	r->cache_kib = 64;
	rig_move(r, base, r->port, NULL);
	rig_bind(r, ROW_GOOD);
	ONCE(r->server, "GET", "/v1/tracks/x", 200, ERR("404", "\"message\":\"Resource not found\""));
	ONCE(r->server, "GET", "/v1/tracks/x", 200, "[]");
	ON(r->server, "GET", "/v1/tracks/x", 200, "{\"name\":\"x\"}");
	rig_ask(r, SP_OP_TRACK, "x", NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_NOT_FOUND);
	answer_free(&a);
	rig_ask(r, SP_OP_TRACK, "x", NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_UNREADABLE);
	answer_free(&a);
	rig_ask(r, SP_OP_TRACK, "x", NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	answer_free(&a);
	rig_ask(r, SP_OP_TRACK, "x", NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	answer_free(&a);
	assert_int_equal(server_count(r->server), 3);
}

/* Somebody's look at the player is still on its way when another presses pause. */
static void
a_look_after_a_command_is_a_new_one(void **state)
{
	struct rig *r = *state;
	struct answer before, pause, after;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "GET", .target = "/v1/me/player",
	    .status = 200, .body = "{\"is_playing\":true}", .turns = 1, .delay_ms = 900});
	ON(r->server, "GET", "/v1/me/player", 200, "{\"is_playing\":false}");
	ON(r->server, "PUT", "/v1/me/player/pause", 204, "");
	/* Without TLS libcurl learns from the first answer that nothing is shared. */
	rig_ask(r, SP_OP_PAUSE, NULL, NULL, NULL, &pause);
	answer_free(&pause);
	rig_start(r, SP_OP_PLAYER, NULL, NULL, NULL, &before);
	rig_for(r, 50);
	rig_ask(r, SP_OP_PAUSE, NULL, NULL, NULL, &pause);
	rig_ask(r, SP_OP_PLAYER, NULL, NULL, NULL, &after);
	assert_false(field_bool(after.json, "is_playing", true));
	assert_false(before.there);
	rig_until(r, &before.there);
	answer_free(&before);
	answer_free(&pause);
	answer_free(&after);
}

static void
the_time_to_wait_is_a_number_or_a_date(void **state)
{
	static const struct { const char *text; int64_t s; } cases[] = {
		{"0", 0}, {"5", 5}, {"86400", 86400}, {"100000000", 100000000},
		{"100000001", EASY_WAIT_MOST}, {"99999999999999999999", EASY_WAIT_MOST},
		{"", -1}, {"-5", -1}, {"+5", -1}, {" 5", -1}, {"5 s", -1}, {"5,5", -1}, {"0x10", -1},
		{"1.5", 2}, {"1.", -1}, {"1.x", -1}, {"soon", -1}, {"NaN", -1},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 100}, {"Sunday, 06-Nov-94 08:49:37 GMT", 100},
		{"Sun Nov  6 08:49:37 1994", 100}, {"Sun, 06 Nov 1994 08:40:00 GMT", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", EASY_WAIT_MOST},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (easy_wait_s(cases[i].text, 784111677) != cases[i].s)
			fail_msg("%s: %lld", cases[i].text,
			    (long long)easy_wait_s(cases[i].text, 784111677));
}

/* How often is it sent if Spotify fails each time? */
static unsigned
sendings(enum sp_op op, enum sp_problem problem, bool sent, enum sp_problem *told)
{
	struct again a = {0};
	struct sp_error e;
	int64_t ms;
	unsigned n = 0;

	do {
		e = (struct sp_error){.problem = problem, .op = op, .retry_after = 3};
		n++;
	} while (again_judge(&a, sent, &e, &ms) != AGAIN_NO);
	*told = e.problem;
	return n;
}

/* Adding, making, moving and skipping a second time would do it twice. */
static void
what_would_count_twice_is_sent_once(void **state)
{
	static const enum sp_op twice[] = {SP_OP_PLAYLIST_ADD, SP_OP_PLAYLIST_CREATE,
		SP_OP_PLAYLIST_REORDER, SP_OP_QUEUE_ADD, SP_OP_NEXT, SP_OP_PREVIOUS, SP_OP_TOKEN};
	enum sp_problem told;
	int op;

	(void)state;
	for (op = 0; op < SP_OP_COUNT; op++) {
		const bool reads = strcmp(sp_op_info((enum sp_op)op)->method, "GET") == 0;
		unsigned want = reads ? 3 : 2;
		size_t i;

		for (i = 0; i < sizeof(twice) / sizeof(twice[0]); i++)
			if (twice[i] == (enum sp_op)op)
				want = 1;
		assert_int_equal(sendings((enum sp_op)op, SP_DOWN, true, &told), want);
		assert_int_equal(told, reads ? SP_DOWN : SP_OUTCOME_UNKNOWN);
		assert_int_equal(sendings((enum sp_op)op, SP_UNREACHABLE, true, &told), want);
		assert_int_equal(told, reads ? SP_UNREACHABLE : SP_OUTCOME_UNKNOWN);
		/* Nobody saw it; or it was refused. */
		assert_int_equal(sendings((enum sp_op)op, SP_UNREACHABLE, false, &told), 2);
		assert_int_equal(told, SP_UNREACHABLE);
		assert_int_equal(sendings((enum sp_op)op, SP_TOKEN_REFUSED, true, &told), 2);
		assert_int_equal(sendings((enum sp_op)op, SP_RATE, true, &told), 2);
		assert_int_equal(sendings((enum sp_op)op, SP_RATE_UNKNOWN, true, &told), 4);
		assert_int_equal(sendings((enum sp_op)op, SP_QUOTA, true, &told), 1);
		assert_int_equal(sendings((enum sp_op)op, SP_BAD_REQUEST, true, &told), 1);
		assert_int_equal(sendings((enum sp_op)op, SP_UNREADABLE, true, &told), 1);
		assert_int_equal(told, reads ? SP_UNREADABLE : SP_OUTCOME_UNKNOWN);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_odd_answer_is_what_it_is),
		T(what_grows_beyond_reason_is_cut_off),
		T(an_error_is_not_kept),
		T(a_look_after_a_command_is_a_new_one),
		cmocka_unit_test(the_time_to_wait_is_a_number_or_a_date),
		cmocka_unit_test(what_would_count_twice_is_sent_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
