/*
 * The life of a worker: binding, requests, credit, new peers, rows, retiring;
 * under its real filter.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/crypto/seal.h"
#include "shared/crypto/token.h"
#include "shared/ipc/channel.h"
#include "tests/unit/worker/peers.h"

#define INITIALIZE "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"," \
	"\"params\":{\"protocolVersion\":\"2025-03-26\",\"capabilities\":{}}}"
#define PING "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"
#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct stage stage;

static uint16_t
status_of(uint64_t id, const char *token, const char *const *fields, const char *body)
{
	request(&stage, id, token, fields, body);
	return answer(&stage, id, NULL, NULL).status;
}

static void
a_request_waits_until_the_worker_is_bound(void **state)
{
	struct got g;

	(void)state;
	start_worker(&stage, 300);
	request(&stage, 1, stage_token, NULL, INITIALIZE);
	g = expect(&stage, FRONT, MSG_REQ_ACK);
	assert_int_equal(g.request, 1);
	assert_false(next_frame(&stage, FRONT, &g, 100));
	give_identity(&stage);
	give_credential(&stage, stage_token, CRED_PERSONAL, 0);
	give_end(&stage);
	assert_false(next_frame(&stage, FRONT, &g, 100));
	give_keys(&stage, stage_user);
	g = expect(&stage, FRONT, MSG_RES_HEAD);
	assert_int_equal(g.request, 1);
	kill_worker(&stage);
}

static void
keys_of_another_user_end_the_worker(void **state)
{
	static const uint8_t other[ID_BYTES] = {9};

	(void)state;
	start_worker(&stage, 300);
	give_keys(&stage, other);
	give_identity(&stage);
	give_end(&stage);
	assert_int_equal(end_worker(&stage, 3000), 1);
}

static void
a_rehearsal_goes_through_and_leaves_no_descriptor_and_no_seed(void **state)
{
	(void)state;
	assert_int_equal(rehearsal_status(), 0);
}

static void
a_bind_that_stays_incomplete_ends_the_worker(void **state)
{
	int64_t begun = clock_mono_ms();

	(void)state;
	start_worker(&stage, 300);
	request(&stage, 1, stage_token, NULL, INITIALIZE);
	give_identity(&stage);
	give_end(&stage);
	assert_int_equal(end_worker(&stage, 8000), 1);
	assert_true(clock_mono_ms() - begun >= 4900);
}

static void
the_worker_itself_checks_the_credential(void **state)
{
	struct msg_credential_gone gone;
	struct msg_res_head head;
	struct buf b;

	(void)state;
	start_worker(&stage, 300);
	give_keys(&stage, stage_user);
	give_identity(&stage);
	give_credential(&stage, stage_token, CRED_PERSONAL, 0);
	give_credential(&stage, "a link", CRED_LINK, 0);
	give_credential(&stage, "expired", CRED_PERSONAL, 1);
	give_end(&stage);
	assert_int_equal(status_of(1, stage_token, NULL, INITIALIZE), 200);
	request(&stage, 2, "unknown", NULL, INITIALIZE);
	head = answer(&stage, 2, NULL, NULL);
	assert_int_equal(head.status, 401);
	assert_int_equal(head.auth_error, AUTH_INVALID);
	assert_int_equal(status_of(3, "a link", NULL, INITIALIZE), 401);
	assert_int_equal(status_of(4, "expired", NULL, INITIALIZE), 401);
	assert_int_equal(token_hash(span_str(stage_token), gone.hash), 0);
	buf_init(&b, 100);
	assert_int_equal(msg_put_credential_gone(&b, &gone), 0);
	send_frame(&stage, VAULT, MSG_CREDENTIAL_GONE, 0, &b);
	usleep(50000);
	assert_int_equal(status_of(5, stage_token, NULL, INITIALIZE), 401);
	kill_worker(&stage);
}

static void
an_answer_stays_within_its_credit(void **state)
{
	static char body[32768];
	char session[200];
	struct msg_res_body part;
	struct got g;
	size_t sent = 0, i, len;

	(void)state;
	start_worker(&stage, 300);
	bind_worker(&stage);
	request(&stage, 1, stage_token, NULL, INITIALIZE);
	(void)answer(&stage, 1, NULL, session);
	/* 32 lists of all tools, and long ids, are more than 256 KiB. */
	len = (size_t)snprintf(body, sizeof(body), "[");
	for (i = 0; i < 32; i++)
		len += (size_t)snprintf(body + len, sizeof(body) - len,
		    "%s{\"jsonrpc\":\"2.0\",\"id\":\"%0900zu\",\"method\":\"tools/list\"}",
		    i > 0 ? "," : "", i);
	(void)snprintf(body + len, sizeof(body) - len, "]");
	request(&stage, 2, stage_token, FIELDS("mcp-session-id", session), body);
	(void)expect(&stage, FRONT, MSG_REQ_ACK);
	(void)expect(&stage, FRONT, MSG_RES_HEAD);
	while (next_frame(&stage, FRONT, &g, 200)) {
		if (g.type != MSG_RES_BODY)
			continue;
		assert_int_equal(msg_get_res_body(g.body, &part), 0);
		sent += part.data.n;
		if (part.last != 0)
			break;
	}
	assert_int_equal(sent, 262144);
	assert_int_equal(part.last, 0);
	SEND(&stage, FRONT, CREDIT, credit, 2, .bytes = 1000);
	g = expect(&stage, FRONT, MSG_RES_BODY);
	assert_int_equal(msg_get_res_body(g.body, &part), 0);
	assert_int_equal(part.data.n, 1000);
	assert_false(next_frame(&stage, FRONT, &g, 100));
	/* Cancelled: nothing more comes for it, and others are served. */
	SEND(&stage, FRONT, REQ_CANCEL, req_cancel, 2, .none = 0);
	SEND(&stage, FRONT, CREDIT, credit, 2, .bytes = 100000);
	assert_false(next_frame(&stage, FRONT, &g, 100));
	assert_int_equal(status_of(3, stage_token, FIELDS("mcp-session-id", session), PING), 200);
	kill_worker(&stage);
}

static void
a_new_front_is_served_and_the_old_requests_are_forgotten(void **state)
{
	struct got g;

	(void)state;
	start_worker(&stage, 300);
	bind_worker(&stage);
	/* A request that never becomes complete. */
	SEND(&stage, FRONT, REQ_HEAD, req_head, 1, .method = METHOD_POST,
	    .credential = span_str(stage_token));
	(void)expect(&stage, FRONT, MSG_REQ_ACK);
	reconnect(&stage, FRONT, PEER_FRONT);
	SEND(&stage, FRONT, REQ_BODY, req_body, 1, .last = 1);
	assert_false(next_frame(&stage, FRONT, &g, 100));
	assert_int_equal(status_of(1, stage_token, NULL, INITIALIZE), 200);
	kill_worker(&stage);
}

static void
a_peer_that_breaks_the_rules_ends_the_worker(void **state)
{
	(void)state;
	start_worker(&stage, 300);
	bind_worker(&stage);
	assert_int_equal(status_of(1, stage_token, NULL, INITIALIZE), 200);
	SEND(&stage, FRONT, BIND, bind, 1, .none = 0);
	assert_int_equal(end_worker(&stage, 3000), 1);
}

static void
a_worker_that_front_has_left_for_long_ends(void **state)
{
	(void)state;
	start_worker(&stage, 1);
	bind_worker(&stage);
	(void)close(stage.fd[FRONT]);
	stage.fd[FRONT] = -1;
	assert_int_equal(end_worker(&stage, 5000), 0);
}

static void
an_idle_worker_offers_to_retire_and_ends_when_told(void **state)
{
	(void)state;
	start_worker(&stage, 1);
	bind_worker(&stage);
	assert_int_equal(status_of(1, stage_token, NULL, INITIALIZE), 200);
	(void)expect(&stage, FRONT, MSG_IDLE);
	/* Not told so, it goes on. */
	assert_int_equal(status_of(2, stage_token, NULL, INITIALIZE), 200);
	(void)expect(&stage, FRONT, MSG_IDLE);
	SEND(&stage, FRONT, RETIRE, retire, 0, .none = 0);
	assert_int_equal(end_worker(&stage, 3000), 0);
}

static void
a_worker_whose_user_signed_in_again_retires_soon(void **state)
{
	(void)state;
	start_worker(&stage, 300);
	bind_worker(&stage);
	assert_int_equal(status_of(1, stage_token, NULL, INITIALIZE), 200);
	SEND(&stage, VAULT, REFRESHED, refreshed, 0, .none = 0);
	(void)expect(&stage, FRONT, MSG_IDLE);
	SEND(&stage, FRONT, RETIRE, retire, 0, .none = 0);
	assert_int_equal(end_worker(&stage, 3000), 0);
}

/* Sends the tokens' row, sealed under the key of a login. */
static void
give_row(struct stage *s, const uint8_t login[ID_BYTES], const uint8_t key[KEY_BYTES],
    const char *plain)
{
	struct seal_place place = {.kind = ROW_TOKENS};
	struct msg_row m = {.kind = ROW_TOKENS, .version = 3};
	struct buf sealed, b;

	memcpy(place.owner, login, ID_BYTES);
	memcpy(m.login, login, ID_BYTES);
	buf_init(&sealed, 4000);
	buf_init(&b, 8000);
	assert_int_equal(seal_row(key, &place, span_str(plain), &sealed), 0);
	m.sealed = buf_span(&sealed);
	assert_int_equal(msg_put_row(&b, &m), 0);
	send_frame(s, VAULT, MSG_ROW, 0, &b);
	buf_free(&sealed);
}

/* The next STORE: must be of version 3 and hold plain under the user's key. */
static uint64_t
expect_store(const char *plain)
{
	struct seal_place place = {.kind = ROW_TOKENS, .version = 4};
	struct got g = expect(&stage, VAULT, MSG_STORE);
	struct msg_store m;
	struct buf opened;

	memcpy(place.owner, stage_user, ID_BYTES);
	buf_init(&opened, 4000);
	assert_int_equal(msg_get_store(g.body, &m), 0);
	assert_int_equal(m.kind, ROW_TOKENS);
	assert_int_equal(m.version, 3);
	assert_int_equal(open_row(stage_key, &place, m.sealed, &opened), 0);
	assert_string_equal(buf_cstr(&opened), plain);
	buf_free(&opened);
	return g.request;
}

static void
a_row_of_a_sign_in_is_sealed_anew_and_not_given_up(void **state)
{
	static const uint8_t login[ID_BYTES] = "the login's id", key[KEY_BYTES] = "the login's key";
	static const char plain[] = "{\"access\":\"a\",\"refresh\":\"r\",\"expires_at\":1,"
	    "\"authorized_at\":1,\"scope\":\"\"}";
	struct msg_login_key lk;
	struct buf b;
	struct got g;
	uint64_t id;

	(void)state;
	start_worker(&stage, 300);
	memcpy(lk.login, login, ID_BYTES);
	memcpy(lk.key, key, KEY_BYTES);
	buf_init(&b, 100);
	assert_int_equal(msg_put_login_key(&b, &lk), 0);
	send_frame(&stage, KEYRING, MSG_LOGIN_KEY, 0, &b);
	give_identity(&stage);
	give_credential(&stage, stage_token, CRED_PERSONAL, 0);
	give_row(&stage, login, key, plain);
	give_end(&stage);
	give_keys(&stage, stage_user);
	id = expect_store(plain);
	/* The database is away: repeated after a second. */
	SEND(&stage, VAULT, STORE_FAILED, store_failed, id, .why = 1);
	(void)expect_store(plain);
	/* The vault dies before it answers: repeated to the new one. */
	reconnect(&stage, VAULT, PEER_VAULT);
	id = expect_store(plain);
	/* Told to retire, or that the server stops, it stays until the row is
	 * stored. */
	SEND(&stage, CONTROL, DRAIN, drain, 0, .ms = 5000);
	SEND(&stage, FRONT, RETIRE, retire, 0, .none = 0);
	assert_false(next_frame(&stage, VAULT, &g, 400));
	SEND(&stage, VAULT, STORED, stored, id, .version = 4);
	assert_int_equal(end_worker(&stage, 3000), 0);
}

static void
a_drained_worker_ends_blank_or_bound(void **state)
{
	(void)state;
	start_worker(&stage, 300);
	SEND(&stage, CONTROL, DRAIN, drain, 0, .ms = 5000);
	assert_int_equal(end_worker(&stage, 3000), 0);
	start_worker(&stage, 300);
	bind_worker(&stage);
	assert_int_equal(status_of(1, stage_token, NULL, INITIALIZE), 200);
	(void)close(stage.fd[FRONT]);
	stage.fd[FRONT] = -1;
	SEND(&stage, CONTROL, DRAIN, drain, 0, .ms = 5000);
	assert_int_equal(end_worker(&stage, 3000), 0);
}

static void
without_supervisor_a_worker_ends(void **state)
{
	(void)state;
	start_worker(&stage, 300);
	bind_worker(&stage);
	kill_worker(&stage);
	start_worker(&stage, 300);
	kill_worker(&stage);
}

static void
a_vault_started_anew_may_not_change_the_user(void **state)
{
	struct msg_identity m = {.spotify_id = span_str("x")};
	struct buf b;

	(void)state;
	start_worker(&stage, 300);
	bind_worker(&stage);
	assert_int_equal(status_of(1, stage_token, NULL, INITIALIZE), 200);
	reconnect(&stage, VAULT, PEER_VAULT);
	give_identity(&stage);
	give_credential(&stage, "another", CRED_PERSONAL, 0);
	give_end(&stage);
	usleep(50000);
	assert_int_equal(status_of(2, "another", NULL, INITIALIZE), 200);
	assert_int_equal(status_of(3, stage_token, NULL, INITIALIZE), 401);
	reconnect(&stage, VAULT, PEER_VAULT);
	buf_init(&b, 1000);
	assert_int_equal(msg_put_identity(&b, &m), 0);
	send_frame(&stage, VAULT, MSG_IDENTITY, 0, &b);
	assert_int_equal(end_worker(&stage, 3000), 1);
}

/* --- streams ------------------------------------------------------------------ */
#define LISTEN "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"subscriptions/listen\",\"params\":{" \
	"\"notifications\":{},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}}}"

static uint8_t note[512];
static size_t note_n;

/* The next STREAM is of this request, and parked; its note is kept. */
static void
expect_parked(uint64_t id)
{
	struct got g = expect(&stage, FRONT, MSG_STREAM);
	struct msg_stream m;

	assert_int_equal(g.request, id);
	assert_int_equal(msg_get_stream(g.body, &m), 0);
	assert_int_equal(m.parked, 1);
	assert_int_equal(m.expires, 0);
	assert_true(m.note.n > 0 && m.note.n <= sizeof(note));
	memcpy(note, m.note.p, m.note.n);
	note_n = m.note.n;
	assert_true(memmem(m.farewell.p, m.farewell.n, "\"id\":5,\"result\"", 15) != NULL);
}

static void
open_stream(uint64_t id)
{
	request(&stage, id, stage_token, FIELDS("mcp-protocol-version", "2026-07-28",
	    "mcp-method", "subscriptions/listen"), LISTEN);
	(void)expect(&stage, FRONT, MSG_REQ_ACK);
	(void)expect(&stage, FRONT, MSG_RES_HEAD);
	(void)expect(&stage, FRONT, MSG_RES_BODY);
	expect_parked(id);
}

static void
give_stream(uint64_t id, const char *token, size_t n)
{
	struct msg_stream_back m = {.cred_kind = CRED_PERSONAL, .note = span_of(note, n)};
	struct buf b;

	assert_int_equal(token_hash(span_str(token), m.hash), 0);
	buf_init(&b, 1000);
	assert_int_equal(msg_put_stream_back(&b, &m), 0);
	send_frame(&stage, FRONT, MSG_STREAM_BACK, id, &b);
}

/* The stream's end comes, with its result or with nothing. */
static void
expect_end(uint64_t id, bool with_result)
{
	struct msg_res_body m;
	struct got g;
	size_t n = 0;

	do {
		g = expect(&stage, FRONT, MSG_RES_BODY);
		assert_int_equal(g.request, id);
		assert_int_equal(msg_get_res_body(g.body, &m), 0);
		n += m.data.n;
	} while (m.last == 0);
	assert_int_equal(n > 0, with_result);
}

static void
a_parked_stream_outlives_its_worker(void **state)
{
	struct msg_credential_gone gone;
	struct got g;
	struct buf b;

	(void)state;
	start_worker(&stage, 1);
	bind_worker(&stage);
	open_stream(1);
	(void)expect(&stage, FRONT, MSG_IDLE);
	SEND(&stage, FRONT, RETIRE, retire, 0, .none = 0);
	/* It ends without a word on what is front's now. */
	do {
		if (!next_frame(&stage, FRONT, &g, 2000))
			break;
		assert_int_equal(g.type, MSG_WORKER_LOG);
	} while (true);
	assert_int_equal(end_worker(&stage, 3000), 0);

	/* The next one is given it before it knows whose it is. */
	start_worker(&stage, 300);
	give_stream(7, stage_token, note_n);
	bind_worker(&stage);
	expect_parked(7);
	/* And another one afterwards. */
	give_stream(8, stage_token, note_n);
	expect_parked(8);
	assert_int_equal(token_hash(span_str(stage_token), gone.hash), 0);
	buf_init(&b, 100);
	assert_int_equal(msg_put_credential_gone(&b, &gone), 0);
	send_frame(&stage, VAULT, MSG_CREDENTIAL_GONE, 0, &b);
	expect_end(8, true);
	expect_end(7, true);
	kill_worker(&stage);
}

static void
streams_that_nobody_left_end(void **state)
{
	size_t i;

	(void)state;
	start_worker(&stage, 300);
	bind_worker(&stage);
	open_stream(1);
	give_stream(2, "unknown", note_n);
	expect_end(2, true);
	for (i = 0; i < note_n; i++) {
		give_stream(3 + i, stage_token, i);
		expect_end(3 + i, false);
	}
	note[0] ^= 1;
	give_stream(600, stage_token, note_n);
	expect_end(600, false);
	note[0] ^= 1;
	/* More than a user may have. */
	for (i = 0; i < 7; i++) {
		give_stream(700 + i, stage_token, note_n);
		expect_parked(700 + i);
	}
	give_stream(800, stage_token, note_n);
	expect_end(800, true);
	/* One that it has already. */
	give_stream(700, stage_token, note_n);
	assert_int_equal(end_worker(&stage, 3000), 1);
}

static void
a_flood_of_streams_before_the_bind_is_bounded(void **state)
{
	unsigned i, ended = 0;
	struct got g;

	(void)state;
	start_worker(&stage, 300);
	for (i = 0; i < 400; i++) {
		give_stream(1 + i, stage_token, note_n);
		while (next_frame(&stage, FRONT, &g, 0))
			ended += g.type == MSG_RES_BODY;
	}
	while (next_frame(&stage, FRONT, &g, 300))
		ended += g.type == MSG_RES_BODY;
	assert_in_range(ended, 200, 399);
	bind_worker(&stage);
	for (i = 0; i < 8; ) {
		assert_true(next_frame(&stage, FRONT, &g, 3000));
		i += g.type == MSG_STREAM;
	}
	kill_worker(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_waits_until_the_worker_is_bound),
		cmocka_unit_test(keys_of_another_user_end_the_worker),
		cmocka_unit_test(a_rehearsal_goes_through_and_leaves_no_descriptor_and_no_seed),
		cmocka_unit_test(a_bind_that_stays_incomplete_ends_the_worker),
		cmocka_unit_test(the_worker_itself_checks_the_credential),
		cmocka_unit_test(an_answer_stays_within_its_credit),
		cmocka_unit_test(a_new_front_is_served_and_the_old_requests_are_forgotten),
		cmocka_unit_test(a_peer_that_breaks_the_rules_ends_the_worker),
		cmocka_unit_test(a_worker_that_front_has_left_for_long_ends),
		cmocka_unit_test(an_idle_worker_offers_to_retire_and_ends_when_told),
		cmocka_unit_test(a_worker_whose_user_signed_in_again_retires_soon),
		cmocka_unit_test(a_parked_stream_outlives_its_worker),
		cmocka_unit_test(streams_that_nobody_left_end),
		cmocka_unit_test(a_flood_of_streams_before_the_bind_is_bounded),
		cmocka_unit_test(a_row_of_a_sign_in_is_sealed_anew_and_not_given_up),
		cmocka_unit_test(a_drained_worker_ends_blank_or_bound),
		cmocka_unit_test(without_supervisor_a_worker_ends),
		cmocka_unit_test(a_vault_started_anew_may_not_change_the_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
