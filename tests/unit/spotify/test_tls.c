/* The client over TLS and HTTP/2, with nginx before the scripted server. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/enroll/tls.h"
#include "tests/unit/spotify/rig.h"
#include "worker/nursery/warm.h"
#include "worker/spotify/field.h"

#define MANY 20

/* A rig behind nginx; NULL and skipped where there is none. */
struct tls_rig {
	struct rig *r;
	struct tls_front front;
	struct x509_store_st *store;
	void *state;
};

static int
setup(void **state)
{
	static struct tls_rig t;
	char url[64], ca[128];

	memset(&t, 0, sizeof(t));
	/* The plain server must run on the rig's own loop: it is the rig's. */
	assert_ok(rig_setup(&t.state));
	t.r = t.state;
	if (tls_front_start(&t.front, server_port(t.r->server)) != 0) {
		print_message("skipped: nginx or openssl is not installed\n");
		assert_ok(rig_teardown(&t.state));
		t.r = NULL;
		*state = &t;
		return 0;
	}
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", t.front.dir);
	assert_ok(warm_authorities(ca, &t.store));
	(void)snprintf(url, sizeof(url), "https://localhost:%d", t.front.port);
	rig_move(t.r, url, t.front.port, t.store);
	*state = &t;
	return 0;
}

static int
teardown(void **state)
{
	struct tls_rig *t = *state;

	if (t->r == NULL)
		return 0;
	assert_ok(rig_teardown(&t->state));
	warm_authorities_free(t->store);
	tls_front_stop(&t->front);
	return 0;
}

static struct rig *
rig_of(void **state)
{
	struct tls_rig *t = *state;

	if (t->r == NULL)
		skip();
	rig_bind(t->r, ROW_GOOD);
	return t->r;
}

static void
many_questions_share_one_connection(void **state)
{
	struct rig *r = rig_of(state);
	struct answer a[MANY];
	char id[MANY][16], path[MANY][40], body[MANY][40];
	int i;

	for (i = 0; i < MANY; i++) {
		(void)snprintf(id[i], sizeof(id[i]), "track-%02u", (unsigned)i % 100);
		(void)snprintf(path[i], sizeof(path[i]), "/v1/tracks/%s", id[i]);
		(void)snprintf(body[i], sizeof(body[i]), "{\"name\":\"%s\"}", id[i]);
		server_on(r->server, (struct server_rule){.target = path[i], .status = 200,
		    .body = body[i], .turns = FOREVER, .delay_ms = 20});
		rig_start(r, SP_OP_TRACK, id[i], NULL, NULL, &a[i]);
	}
	for (i = 0; i < MANY; i++) {
		rig_until(r, &a[i].there);
		assert_int_equal(a[i].error.problem, SP_OK);
		assert_true(span_is(field_str(a[i].json, "name"), id[i]));
		answer_free(&a[i]);
	}
	assert_int_equal(r->dials, 1);
	assert_int_equal(tls_front_logged(&((struct tls_rig *)*state)->front,
	    "HTTP/2.0 TLSv1.3 /v1/tracks/"), MANY);
}

static void
a_change_over_http2_is_sent_whole_and_once(void **state)
{
	struct rig *r = rig_of(state);
	struct answer a;
	int i;

	ON(r->server, "POST", "/v1/playlists", 201, "{\"snapshot_id\":\"x\"}");
	ON(r->server, "PUT", "/v1/me/player/pause", 204, "");
	for (i = 0; i < 3; i++) {
		rig_ask(r, SP_OP_PLAYLIST_ADD, "p", NULL, "{\"uris\":[\"spotify:track:x\"]}", &a);
		assert_int_equal(a.error.problem, SP_OK);
		answer_free(&a);
		rig_ask(r, SP_OP_PAUSE, NULL, NULL, NULL, &a);
		assert_int_equal(a.error.problem, SP_OK);
		answer_free(&a);
	}
	assert_int_equal(server_counted(r->server, "POST", "/v1/playlists"), 3);
	assert_string_equal(server_seen(r->server, 0)->body, "{\"uris\":[\"spotify:track:x\"]}");
	assert_int_equal(r->dials, 1);
}

/* The other side says after every thirty requests that it takes no more. */
static void
a_connection_that_ends_takes_nothing_with_it(void **state)
{
	struct rig *r = rig_of(state);
	struct answer a[MANY], b;
	char id[MANY][16];
	int round, i;

	ON(r->server, "POST", "/v1/playlists", 201, "{\"snapshot_id\":\"x\"}");
	server_on(r->server, (struct server_rule){.target = "/v1/tracks", .status = 200,
	    .body = "{\"id\":\"x\"}", .turns = FOREVER, .delay_ms = 5});
	for (round = 0; round < 8; round++) {
		for (i = 0; i < MANY; i++) {
			(void)snprintf(id[i], sizeof(id[i]), "%d-%d", round, i);
			rig_start(r, SP_OP_TRACK, id[i], NULL, NULL, &a[i]);
		}
		rig_ask(r, SP_OP_PLAYLIST_ADD, "p", NULL, "{\"uris\":[\"spotify:track:x\"]}", &b);
		assert_int_equal(b.error.problem, SP_OK);
		answer_free(&b);
		for (i = 0; i < MANY; i++) {
			rig_until(r, &a[i].there);
			assert_int_equal(a[i].error.problem, SP_OK);
			answer_free(&a[i]);
		}
	}
	assert_int_equal(server_counted(r->server, "POST", "/v1/playlists"), 8);
	assert_in_range(server_counted(r->server, "GET", "/v1/tracks"), 8 * MANY, 8 * MANY + 12);
	assert_true(r->dials >= 4);
}

static void
a_stream_that_is_reset_is_a_broken_answer(void **state)
{
	struct rig *r = rig_of(state);
	struct tls_front *front = &((struct tls_rig *)*state)->front;
	struct answer a;

	rig_ask(r, SP_OP_TRACK, "reset", NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_UNREACHABLE);
	answer_free(&a);
	assert_int_equal(tls_front_logged(front, "/v1/tracks/reset"), 3);
	rig_ask(r, SP_OP_PLAYLIST_ADD, "reset", NULL, "{\"uris\":[\"spotify:track:x\"]}", &a);
	assert_int_equal(a.error.problem, SP_OUTCOME_UNKNOWN);
	answer_free(&a);
	assert_int_equal(tls_front_logged(front, "/v1/playlists/reset"), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(many_questions_share_one_connection),
		T(a_change_over_http2_is_sent_whole_and_once),
		T(a_connection_that_ends_takes_nothing_with_it),
		T(a_stream_that_is_reset_is_a_broken_answer),
	};

	assert_ok(warm_libraries());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
