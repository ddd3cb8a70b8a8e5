/* Recent answers: how long they are used, and what makes them useless. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "tests/unit/spotify/rig.h"
#include "worker/spotify/cache.h"
#include "worker/spotify/field.h"

#define KIB 1024

struct box {
	struct loop *loop;
	struct cache *cache;
};

static int
open_box(void **state)
{
	static struct box b;

	assert_ok(loop_create(&b.loop));
	assert_ok(cache_create(b.loop, 64 * KIB, &b.cache));
	*state = &b;
	return 0;
}

static int
close_box(void **state)
{
	struct box *b = *state;

	cache_destroy(&b->cache);
	loop_destroy(&b->loop);
	return 0;
}

static void
put(struct cache *c, enum sp_op op, const char *target, const char *body, int64_t ms)
{
	cache_put(c, op, span_str(target), span_str(body), cache_ticket(c, op), ms, ms);
}

static bool
has(struct cache *c, enum sp_op op, const char *target, const char *body, int64_t ms)
{
	struct span got;

	if (!cache_find(c, op, span_str(target), ms, &got))
		return false;
	assert_true(span_is(got, body));
	return true;
}

static void
an_answer_is_used_until_its_end_and_no_longer(void **state)
{
	struct cache *c = ((struct box *)*state)->cache;
	int64_t end = (int64_t)sp_op_info(SP_OP_TRACK)->keep_s * 1000;

	assert_true(end >= 60000 && end <= 3600000);
	put(c, SP_OP_TRACK, "/tracks/a", "{}", 5);
	assert_true(has(c, SP_OP_TRACK, "/tracks/a", "{}", 5 + end - 1));
	assert_false(has(c, SP_OP_TRACK, "/tracks/b", "{}", 6));
	assert_false(has(c, SP_OP_ALBUM, "/tracks/a", "{}", 6));
	assert_false(has(c, SP_OP_TRACK, "/tracks/a", "{}", 5 + end));
	/* It counts from the question, and a newer answer takes the place of an older. */
	cache_put(c, SP_OP_TRACK, span_str("/tracks/a"), span_str("1"), 0, 0, end);
	assert_false(has(c, SP_OP_TRACK, "/tracks/a", "1", end));
	put(c, SP_OP_TRACK, "/tracks/a", "1", 0);
	put(c, SP_OP_TRACK, "/tracks/a", "2", 9);
	assert_true(has(c, SP_OP_TRACK, "/tracks/a", "2", 10));
}

static void
neither_the_player_nor_changes_are_kept(void **state)
{
	unsigned op;

	(void)state;
	for (op = 0; op < SP_OP_COUNT; op++) {
		const struct sp_op_info *info = sp_op_info(op);

		if (strcmp(info->method, "GET") != 0 || info->family == SP_FAMILY_PLAYER ||
		    info->family == SP_FAMILY_ACCOUNTS || info->family == SP_FAMILY_PROFILE)
			assert_int_equal(info->keep_s, 0);
		if (info->family == SP_FAMILY_PLAYLISTS || info->family == SP_FAMILY_LIBRARY)
			assert_in_range(info->keep_s, 0, 10);
		assert_in_range(info->keep_s, 0, 300);
	}
}

static void
what_was_used_longest_ago_makes_room(void **state)
{
	struct cache *c = ((struct box *)*state)->cache;
	char *large = malloc(20 * KIB), target[32];
	unsigned i;

	assert_non_null(large);
	memset(large, ' ', 20 * KIB - 1);
	large[20 * KIB - 1] = '\0';
	put(c, SP_OP_TRACK, "/large", large, 1);
	assert_int_equal(cache_bytes(c), 0);
	large[10 * KIB] = '\0';
	put(c, SP_OP_TRACK, "/first", large, 1);
	for (i = 0; i < 5; i++) {
		(void)snprintf(target, sizeof(target), "/%u", i);
		put(c, SP_OP_TRACK, target, large, 2);
	}
	/* Used just now, so it stays although it is the oldest. */
	assert_true(has(c, SP_OP_TRACK, "/first", large, 3));
	put(c, SP_OP_TRACK, "/last", large, 4);
	assert_true(has(c, SP_OP_TRACK, "/first", large, 5));
	assert_false(has(c, SP_OP_TRACK, "/0", large, 5));
	for (i = 0; i < 1000; i++) {
		(void)snprintf(target, sizeof(target), "/n%u", i);
		large[arc4random_uniform(10 * KIB)] = '\0';
		put(c, SP_OP_TRACK, target, large, 6);
		memset(large, ' ', 10 * KIB);
		assert_true(cache_bytes(c) <= 64 * KIB);
	}
	free(large);
}

static void
a_change_makes_older_answers_useless(void **state)
{
	struct cache *c = ((struct box *)*state)->cache;
	unsigned before = cache_ticket(c, SP_OP_PLAYLIST);

	put(c, SP_OP_PLAYLIST, "/p", "{}", 1);
	put(c, SP_OP_SAVED_TRACKS, "/t", "{}", 1);
	put(c, SP_OP_TRACK, "/c", "{}", 1);
	cache_changing(c, SP_OP_PAUSE);
	cache_changed(c, SP_OP_PAUSE, 2);
	assert_true(has(c, SP_OP_PLAYLIST, "/p", "{}", 2));
	cache_changing(c, SP_OP_LIBRARY_REMOVE);
	assert_false(has(c, SP_OP_PLAYLIST, "/p", "{}", 2));
	assert_false(has(c, SP_OP_SAVED_TRACKS, "/t", "{}", 2));
	assert_true(has(c, SP_OP_TRACK, "/c", "{}", 2));
	/* Asked before, answered after it: neither kept nor joined. */
	assert_int_not_equal(before, cache_ticket(c, SP_OP_PLAYLIST));
	cache_put(c, SP_OP_PLAYLIST, span_str("/p"), span_str("{}"), before, 1, 3);
	assert_false(has(c, SP_OP_PLAYLIST, "/p", "{}", 3));
	/* Asked while it is under way, or before Spotify's lists know of it. */
	put(c, SP_OP_PLAYLIST, "/p", "{}", 4);
	assert_false(has(c, SP_OP_PLAYLIST, "/p", "{}", 4));
	cache_changed(c, SP_OP_LIBRARY_REMOVE, 1000);
	put(c, SP_OP_PLAYLIST, "/p", "{}", 1500);
	assert_false(has(c, SP_OP_PLAYLIST, "/p", "{}", 1500));
	put(c, SP_OP_PLAYLIST, "/p", "{}", 3100);
	assert_true(has(c, SP_OP_PLAYLIST, "/p", "{}", 3100));
}

static void
what_is_over_goes_by_itself(void **state)
{
	struct box *b = *state;
	int64_t now = clock_mono_ms(), until = now + 4000;

	put(b->cache, SP_OP_TRACK, "/a", "{}", now);
	cache_put(b->cache, SP_OP_PLAYLIST, span_str("/p"), span_str("{}"), 0, now - 4900, now);
	assert_true(has(b->cache, SP_OP_PLAYLIST, "/p", "{}", now));
	while (cache_bytes(b->cache) > 100 && clock_mono_ms() < until)
		assert_int_equal(event_base_loop(loop_base(b->loop), EVLOOP_ONCE), 0);
	assert_true(cache_bytes(b->cache) < 100);
	assert_true(has(b->cache, SP_OP_TRACK, "/a", "{}", now));
	assert_int_equal(cache_sweep(b->cache, now + 300000), -1);
	assert_int_equal(cache_bytes(b->cache), 0);
}

/* --- in the client --------------------------------------------------------------------- */

static int
open_rig(void **state)
{
	struct rig *r;
	char base[64];

	assert_ok(rig_setup(state));
	r = *state;
	r->cache_kib = 64;
	(void)snprintf(base, sizeof(base), "%s", r->base);
	rig_move(r, base, r->port, NULL);
	rig_bind(r, ROW_GOOD);
	return 0;
}

static void
asked(struct rig *r, const struct sp_ask *ask, const char *name)
{
	const char *got = "";
	struct answer a;

	rig_ask_as(r, ask, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_non_null(a.json);
	got = json_object_get_string(json_object_object_get(a.json, "name"));
	assert_string_equal(got, name);
	answer_free(&a);
}

static void
the_same_question_is_asked_once(void **state)
{
	struct sp_ask album = {.op = SP_OP_ALBUM, .id = span_str("a")};
	struct rig *r = *state;

	ONCE(r->server, "GET", "/v1/albums/a", 200, "{\"name\":\"one\"}");
	ONCE(r->server, "GET", "/v1/albums/a", 200, "{\"name\":\"two\"}");
	asked(r, &album, "one");
	asked(r, &album, "one");
	assert_int_equal(server_count(r->server), 1);
	album.fresh = true;
	asked(r, &album, "two");
	album.fresh = false;
	asked(r, &album, "two");
	assert_int_equal(server_count(r->server), 2);
}

static void
after_ones_own_change_it_is_asked_anew(void **state)
{
	const struct sp_ask ask = {.op = SP_OP_PLAYLIST, .id = span_str("p")};
	struct rig *r = *state;
	struct answer a;

	ONCE(r->server, "GET", "/v1/playlists/p", 200, "{\"name\":\"before\"}");
	ON(r->server, "GET", "/v1/playlists/p", 200, "{\"name\":\"after\"}");
	ON(r->server, "PUT", "/v1/playlists/p", 200, "");
	asked(r, &ask, "before");
	asked(r, &ask, "before");
	rig_ask(r, SP_OP_PLAYLIST_CHANGE, "p", NULL, "{\"name\":\"after\"}", &a);
	assert_int_equal(a.error.problem, SP_OK);
	answer_free(&a);
	asked(r, &ask, "after");
	assert_int_equal(server_counted(r->server, "GET", "/v1/playlists/p"), 2);
}

/* A look that begins after a change must not be told what one saw that began
 * before it. */
static void
a_question_from_before_a_change_is_not_joined(void **state)
{
	struct rig *r = *state;
	struct answer old, new, change;

	server_on(r->server, (struct server_rule){.method = "GET", .target = "/v1/playlists/p",
	    .status = 200, .body = "{\"name\":\"before\"}", .turns = 1, .delay_ms = 500});
	ON(r->server, "GET", "/v1/playlists/p", 200, "{\"name\":\"after\"}");
	ON(r->server, "PUT", "/v1/playlists/p", 200, "");
	/* From its first answer on libcurl knows that this is no HTTP/2 and takes a
	 * second connection. */
	ON(r->server, "GET", "/v1/me", 200, "{}");
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &change);
	answer_free(&change);
	rig_start(r, SP_OP_PLAYLIST, "p", NULL, NULL, &old);
	rig_for(r, 50);
	rig_ask(r, SP_OP_PLAYLIST_CHANGE, "p", NULL, "{}", &change);
	assert_false(old.there);
	rig_start(r, SP_OP_PLAYLIST, "p", NULL, NULL, &new);
	rig_until(r, &new.there);
	rig_until(r, &old.there);
	assert_true(span_is(field_str(old.json, "name"), "before"));
	assert_true(span_is(field_str(new.json, "name"), "after"));
	answer_free(&old);
	answer_free(&new);
	answer_free(&change);
}

static void
errors_and_cut_off_answers_are_not_kept(void **state)
{
	const struct sp_ask ask = {.op = SP_OP_TRACK, .id = span_str("t")};
	struct rig *r = *state;
	struct answer a;

	ONCE(r->server, "GET", "/v1/tracks/t", 404,
	    "{\"error\":{\"status\":404,\"message\":\"Resource not found\"}}");
	ONCE(r->server, "GET", "/v1/tracks/t", 200, "{\"name\":\"cut");
	ONCE(r->server, "GET", "/v1/tracks/t", 200, "{\"name\":\"t\"}");
	rig_ask_as(r, &ask, &a);
	assert_int_equal(a.error.problem, SP_NOT_FOUND);
	answer_free(&a);
	rig_ask_as(r, &ask, &a);
	assert_int_equal(a.error.problem, SP_UNREADABLE);
	answer_free(&a);
	asked(r, &ask, "t");
	asked(r, &ask, "t");
	assert_int_equal(server_count(r->server), 3);
}

/* What is known already needs no Spotify. */
static void
a_pause_does_not_keep_known_answers_away(void **state)
{
	const struct sp_ask ask = {.op = SP_OP_TRACK, .id = span_str("t")};
	struct rig *r = *state;
	struct answer a;

	ONCE(r->server, "GET", "/v1/tracks/t", 200, "{\"name\":\"t\"}");
	server_on(r->server, (struct server_rule){.target = "/v1/tracks", .status = 429,
	    .fields = "Retry-After: 600\r\n", .turns = FOREVER, .body = ""});
	asked(r, &ask, "t");
	rig_ask(r, SP_OP_TRACK, "u", NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_RATE);
	answer_free(&a);
	asked(r, &ask, "t");
	assert_int_equal(server_count(r->server), 2);
}

#define B(f) cmocka_unit_test_setup_teardown(f, open_box, close_box)
#define R(f) cmocka_unit_test_setup_teardown(f, open_rig, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		B(an_answer_is_used_until_its_end_and_no_longer),
		B(neither_the_player_nor_changes_are_kept),
		B(what_was_used_longest_ago_makes_room),
		B(a_change_makes_older_answers_useless),
		B(what_is_over_goes_by_itself),
		R(the_same_question_is_asked_once),
		R(after_ones_own_change_it_is_asked_anew),
		R(a_question_from_before_a_change_is_not_joined),
		R(errors_and_cut_off_answers_are_not_kept),
		R(a_pause_does_not_keep_known_answers_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
