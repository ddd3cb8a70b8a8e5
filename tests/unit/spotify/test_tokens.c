/* The client over the scripted server: tokens and their renewal. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "tests/unit/spotify/rig.h"
#include "worker/spotify/field.h"

#define ME "{\"id\":\"owner\"}"

/* How far the wall clock was set; the monotonic clock knows nothing of it. */
static int64_t wall_jump;

int64_t __real_clock_wall_s(void);
int64_t __wrap_clock_wall_s(void);
/* So much later it is for whoever waits by looking at the clock. */
static int64_t mono_jump;

int64_t __real_clock_mono_ms(void);
int64_t __wrap_clock_mono_ms(void);

int64_t
__wrap_clock_mono_ms(void)
{
	return __real_clock_mono_ms() + mono_jump;
}

int64_t
__wrap_clock_wall_s(void)
{
	return __real_clock_wall_s() + wall_jump;
}

static void
an_old_token_is_renewed_first_under_the_lease(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_int_equal(r->leases, 1);
	assert_string_equal(server_nth(r->server, "GET", "/v1/me", 0)->bearer, "access-2");
	assert_string_equal(server_nth(r->server, "POST", "/api/token", 0)->body,
	    "grant_type=refresh_token&refresh_token=refresh-1&client_id=client-of-the-test");
	/* The answer had no refresh token: the old one is kept. */
	assert_int_equal(r->stores, 1);
	assert_non_null(strstr(r->stored, "\"refresh\":\"refresh-1\""));
	assert_non_null(strstr(r->stored, "\"access\":\"access-2\""));
	assert_non_null(strstr(r->stored, "\"authorized_at\":1700000000"));
	answer_free(&a);
}

static void
a_rotated_refresh_token_replaces_the_old(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	ON(r->server, "POST", "/api/token", 200, ANSWER_ROTATED);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_non_null(strstr(r->stored, "\"refresh\":\"refresh-2\""));
	answer_free(&a);
}

static void
many_who_wait_share_one_renewal(void **state)
{
	struct rig *r = *state;
	struct answer a[4];
	int i;

	rig_bind(r, ROW_OLD);
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ON(r->server, "GET", "/v1/", 200, "{\"id\":\"x\",\"devices\":[]}");
	for (i = 0; i < 4; i++)
		rig_start(r, i % 2 == 0 ? SP_OP_ME : SP_OP_DEVICES, NULL, i < 2 ? NULL : "x=1", NULL,
		    &a[i]);
	for (i = 0; i < 4; i++) {
		rig_until(r, &a[i].there);
		assert_int_equal(a[i].error.problem, SP_OK);
		answer_free(&a[i]);
	}
	assert_int_equal(server_counted(r->server, "POST", "/api/token"), 1);
	assert_int_equal(r->leases, 1);
}

static void
a_refused_token_is_renewed_once(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ONCE(r->server, "GET", "/v1/me", 401,
	    "{\"error\":{\"status\":401,\"message\":\"The access token expired\"}}");
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_string_equal(server_nth(r->server, "GET", "/v1/me", 1)->bearer, "access-2");
	answer_free(&a);
}

static void
a_token_that_stays_refused_is_an_error(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ON(r->server, "GET", "/v1/me", 401,
	    "{\"error\":{\"status\":401,\"message\":\"Missing/invalid/expired access token\"}}");
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_TOKEN_REFUSED);
	assert_int_equal(server_counted(r->server, "POST", "/api/token"), 1);
	answer_free(&a);
}

static void
a_row_that_another_node_renewed_is_taken_over(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	r->lease = RIG_NEWER;
	r->newer = ROW("access-9", "refresh-9", "4102444800");
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_string_equal(server_seen(r->server, 0)->bearer, "access-9");
	assert_int_equal(server_counted(r->server, "POST", "/api/token"), 0);
	answer_free(&a);
}

static void
a_busy_lease_is_asked_for_again(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	r->lease = RIG_BUSY;
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_int_equal(r->leases, 2);
	answer_free(&a);
}

static void
without_a_database_a_token_is_used_while_it_lasts(void **state)
{
	struct rig *r = *state;
	char row[256];
	struct answer a;

	/* Two minutes left: it would be renewed, if it could be. */
	(void)snprintf(row, sizeof(row), "{\"access\":\"access-1\",\"refresh\":\"refresh-1\","
	    "\"expires_at\":%lld,\"authorized_at\":1}", (long long)clock_wall_s() + 120);
	rig_bind(r, row);
	r->lease = RIG_AWAY;
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_string_equal(server_seen(r->server, 0)->bearer, "access-1");
	answer_free(&a);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(r->leases, 1);
	answer_free(&a);
}

static void
without_a_database_an_expired_token_waits_for_it(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	r->lease = RIG_AWAY;
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_STORE_AWAY);
	assert_int_equal(server_count(r->server), 0);
	answer_free(&a);
}

#define EXPIRED "{\"error\":\"invalid_grant\",\"error_description\":\"Refresh token expired\"}"

static void
an_invalid_grant_counts_only_if_the_row_is_unchanged(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	r->reread = RIG_NEWER;
	r->newer = ROW_OLD;
	ON(r->server, "POST", "/api/token", 400, EXPIRED);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_GRANT_EXPIRED);
	assert_int_equal(r->rereads, 1);
	assert_int_equal(r->stores, 0);
	answer_free(&a);
	/* From then on Spotify is not asked any more. */
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_GRANT_EXPIRED);
	assert_int_equal(server_count(r->server), 1);
	answer_free(&a);
}

static void
an_end_that_the_vault_doubts_keeps_the_sign_in(void **state)
{
	struct rig *r = *state;
	struct spotify_state told;
	struct answer a;

	rig_bind(r, ROW_OLD);
	ON(r->server, "POST", "/api/token", 400, "{\"error\":\"invalid_grant\","
	    "\"error_description\":\"Refresh token revoked\"}");
	r->reread = RIG_NEWER;
	r->newer = ROW_OLD;
	r->grant_word = 2;
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_GRANT_DOUBTED);
	answer_free(&a);
	assert_int_equal(r->grants_over, 1);
	/* Spotify's accounts service is left alone for a while. */
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_GRANT_DOUBTED);
	answer_free(&a);
	assert_int_equal(r->grants_over, 1);
	assert_int_equal(server_count(r->server), 1);
	spotify_state(r->w.spotify, &told);
	assert_int_equal(told.over, SP_GRANT_DOUBTED);
}

/* The first who were told so were believed: they lose nothing, either. */
static void
an_end_that_was_believed_and_is_doubted_later_is_asked_again(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	server_on(r->server, (struct server_rule){.method = "POST", .target = "/api/token",
	    .status = 400, .turns = 1, .body = "{\"error\":\"invalid_grant\","
	    "\"error_description\":\"Refresh token revoked\"}"});
	r->reread = RIG_NEWER;
	r->newer = ROW_OLD;
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_GRANT_REVOKED);
	answer_free(&a);
	assert_int_equal(r->believed_ms, 0);
	/* Half a minute later still, without asking Spotify. */
	mono_jump += 31000;
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_GRANT_REVOKED);
	answer_free(&a);
	assert_in_range(r->believed_ms, 31000, 40000);
	/* The vault away: nothing is different. */
	mono_jump += 31000;
	r->grant_word = 0;
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_GRANT_REVOKED);
	answer_free(&a);
	/* Many were told so meanwhile. */
	mono_jump += 31000;
	r->grant_word = 2;
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_GRANT_DOUBTED);
	answer_free(&a);
	assert_int_equal(server_count(r->server), 1);
	/* And it was Spotify's fault. */
	mono_jump += 31000;
	ON(r->server, "POST", "/api/token", 200, "{\"access_token\":\"access-2\",\"expires_in\":3600}");
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	answer_free(&a);
	mono_jump = 0;
}

static void
an_end_of_which_the_vault_says_nothing_ends_nothing(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	ON(r->server, "POST", "/api/token", 400, "{\"error\":\"invalid_grant\","
	    "\"error_description\":\"Refresh token revoked\"}");
	r->reread = RIG_NEWER;
	r->newer = ROW_OLD;
	r->grant_word = 0;
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_STORE_AWAY);
	answer_free(&a);
}

static void
an_invalid_grant_with_a_changed_row_goes_on_with_that(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	r->reread = RIG_NEWER;
	r->newer = ROW("access-7", "refresh-7", "4102444800");
	ON(r->server, "POST", "/api/token", 400, EXPIRED);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_string_equal(server_nth(r->server, "GET", "/v1/me", 0)->bearer, "access-7");
	answer_free(&a);
}

static void
an_invalid_grant_that_cannot_be_confirmed_ends_nothing(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	r->reread = RIG_AWAY;
	ON(r->server, "POST", "/api/token", 400, EXPIRED);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_STORE_AWAY);
	answer_free(&a);
}

static void
a_failing_accounts_service_ends_nothing(void **state)
{
	static const struct { int status; const char *type, *body; } cases[] = {
		{503, "text/plain", "upstream connect error or disconnect/reset before headers"},
		{502, "text/html", "<html><body>invalid_grant</body></html>"},
		{400, "text/html", "<html>invalid_grant</html>"},
		{200, "text/html", "<html>hello</html>"},
		{200, NULL, "{\"token_type\":\"Bearer\"}"},
		{429, NULL, "{}"},
	};
	struct rig *r = *state;
	struct answer a;
	size_t i;

	rig_bind(r, ROW_OLD);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server_on(r->server, (struct server_rule){.target = "/api/token",
		    .status = cases[i].status, .type = cases[i].type, .body = cases[i].body,
		    .turns = 1});
		rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
		assert_int_not_equal(a.error.problem, SP_OK);
		assert_false(sp_grant_over(a.error.problem));
		answer_free(&a);
	}
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_int_equal(r->rereads, 0);
	answer_free(&a);
}

static void
a_conflict_with_a_newer_sign_in_takes_that(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	r->conflict = true;
	r->newer = "{\"access\":\"access-5\",\"refresh\":\"refresh-5\",\"expires_at\":4102444800,"
	    "\"authorized_at\":1800000000}";
	ON(r->server, "POST", "/api/token", 200, ANSWER_ROTATED);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	answer_free(&a);
	rig_for(r, 30);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_string_equal(server_nth(r->server, "GET", "/v1/me", 1)->bearer, "access-5");
	assert_int_equal(r->stores, 1);
	answer_free(&a);
}

static void
a_conflict_with_an_older_refresh_token_is_stored_over(void **state)
{
	struct rig *r = *state;
	struct answer a;

	rig_bind(r, ROW_OLD);
	r->conflict = true;
	r->newer = ROW("access-x", "refresh-1", "1700009999");
	ON(r->server, "POST", "/api/token", 200, ANSWER_ROTATED);
	ON(r->server, "GET", "/v1/me", 200, ME);
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	rig_for(r, 30);
	assert_int_equal(r->stores, 2);
	assert_non_null(strstr(r->stored, "\"refresh\":\"refresh-2\""));
	answer_free(&a);
}

static void
without_a_row_the_person_is_sent_to_sign_in(void **state)
{
	struct rig *r = *state;
	struct answer a;
	struct buf text;

	rig_bind(r, "");
	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_NOT_SIGNED_IN);
	buf_init(&text, 2048);
	assert_ok(spotify_error_text(r->w.spotify, &a.error, &text));
	assert_non_null(strstr(buf_cstr(&text), "https://tonearm.example/login"));
	buf_free(&text);
	answer_free(&a);
}

/* A call that must succeed with so many refreshes so far. */
static void
expect_me(struct rig *r, const char *bearer, unsigned refreshes)
{
	const size_t calls = server_counted(r->server, "GET", "/v1/me");
	struct answer a;

	rig_ask(r, SP_OP_ME, NULL, NULL, NULL, &a);
	assert_int_equal(a.error.problem, SP_OK);
	assert_int_equal(server_counted(r->server, "POST", "/api/token"), refreshes);
	assert_string_equal(server_nth(r->server, "GET", "/v1/me",
	    (unsigned)(server_counted(r->server, "GET", "/v1/me") - 1))->bearer, bearer);
	assert_true(server_counted(r->server, "GET", "/v1/me") > calls);
	answer_free(&a);
}

static void
a_clock_set_forward_costs_one_refresh(void **state)
{
	struct rig *r = *state;
	char row[256];

	(void)snprintf(row, sizeof(row), ROW("access-1", "refresh-1", "%lld"),
	    (long long)clock_wall_s() + 3600);
	rig_bind(r, row);
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ON(r->server, "GET", "/v1/me", 200, ME);
	expect_me(r, "access-1", 0);
	wall_jump = 24 * 3600;
	expect_me(r, "access-2", 1);
	expect_me(r, "access-2", 1);
	/* And back: it lasts until Spotify refuses it. */
	wall_jump = 0;
	expect_me(r, "access-2", 1);
}

static void
a_clock_set_back_is_corrected_by_spotify(void **state)
{
	struct rig *r = *state;
	char row[256];

	(void)snprintf(row, sizeof(row), ROW("access-1", "refresh-1", "%lld"),
	    (long long)clock_wall_s() + 3600);
	rig_bind(r, row);
	wall_jump = -3600;
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ONCE(r->server, "GET", "/v1/me", 200, ME);
	expect_me(r, "access-1", 0);
	/* By our clock it has an hour left, by Spotify's it has none. */
	ONCE(r->server, "GET", "/v1/me", 401,
	    "{\"error\":{\"status\":401,\"message\":\"The access token expired\"}}");
	ON(r->server, "GET", "/v1/me", 200, ME);
	expect_me(r, "access-2", 1);
	expect_me(r, "access-2", 1);
}

static void
after_2038_all_is_the_same(void **state)
{
	struct rig *r = *state;
	struct json_object *o = NULL;

	wall_jump = INT64_C(0x80000000) + 86400 - __real_clock_wall_s();
	rig_bind(r, ROW("access-1", "refresh-1", "2147480000"));
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ON(r->server, "GET", "/v1/me", 200, ME);
	expect_me(r, "access-2", 1);
	expect_me(r, "access-2", 1);
	assert_ok(json_parse(span_str(r->stored), &json_from_spotify, &o));
	assert_true(field_int(o, "expires_at", 0) > INT64_C(0x80000000) + 86400);
	json_object_put(o);
}

static int
setup(void **state)
{
	wall_jump = 0;
	return rig_setup(state);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_old_token_is_renewed_first_under_the_lease),
		T(a_rotated_refresh_token_replaces_the_old),
		T(many_who_wait_share_one_renewal),
		T(a_refused_token_is_renewed_once),
		T(a_token_that_stays_refused_is_an_error),
		T(a_row_that_another_node_renewed_is_taken_over),
		T(a_busy_lease_is_asked_for_again),
		T(without_a_database_a_token_is_used_while_it_lasts),
		T(without_a_database_an_expired_token_waits_for_it),
		T(an_invalid_grant_counts_only_if_the_row_is_unchanged),
		T(an_end_that_the_vault_doubts_keeps_the_sign_in),
		T(an_end_that_was_believed_and_is_doubted_later_is_asked_again),
		T(an_end_of_which_the_vault_says_nothing_ends_nothing),
		T(an_invalid_grant_with_a_changed_row_goes_on_with_that),
		T(an_invalid_grant_that_cannot_be_confirmed_ends_nothing),
		T(a_failing_accounts_service_ends_nothing),
		T(a_conflict_with_a_newer_sign_in_takes_that),
		T(a_conflict_with_an_older_refresh_token_is_stored_over),
		T(without_a_row_the_person_is_sent_to_sign_in),
		T(a_clock_set_forward_costs_one_refresh),
		T(a_clock_set_back_is_corrected_by_spotify),
		T(after_2038_all_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
