/*
 * The person's own download, and a credential whose word comes late; under the
 * worker's real filter.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/crypto/token.h"
#include "tests/unit/worker/peers.h"

#define INITIALIZE "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"," \
	"\"params\":{\"protocolVersion\":\"2025-03-26\",\"capabilities\":{}}}"

static struct stage stage;
static const char ticket[] = "a ticket";

static void
start(void)
{
	start_worker(&stage, 300);
	give_keys(&stage, stage_user);
	give_identity(&stage);
	give_credential(&stage, stage_token, CRED_PERSONAL, 0);
	give_credential(&stage, ticket, CRED_TICKET, clock_wall_s() + 30);
	give_end(&stage);
}

static void
ask(uint64_t id, const char *credential, uint8_t kind)
{
	SEND(&stage, FRONT, REQ_HEAD, req_head, id, .method = METHOD_POST, .cred_kind = kind,
	    .credential = span_str(credential));
	SEND(&stage, FRONT, REQ_BODY, req_body, id, .last = 1);
}

/* The worker asks the vault about this ticket. */
static uint64_t
expect_question(const char *about)
{
	struct got g = expect(&stage, VAULT, MSG_EXPORT_ASK);
	uint8_t hash[HASH_BYTES];
	struct msg_export_ask m;

	assert_int_equal(msg_get_export_ask(g.body, &m), 0);
	assert_int_equal(token_hash(span_str(about), hash), 0);
	assert_memory_equal(m.ticket, hash, HASH_BYTES);
	return g.request;
}

/* The worker asks for the record of changes next: there is none. */
static void
no_changes(void)
{
	struct got g = expect(&stage, VAULT, MSG_CHANGES_ASK);

	SEND(&stage, VAULT, CHANGE, change, g.request, .last = 1);
}

static void
a_ticket_is_answered_with_what_the_vault_and_the_worker_know(void **state)
{
	struct msg_res_head head;
	struct buf body;
	uint64_t q;

	(void)state;
	start();
	ask(1, ticket, CRED_TICKET);
	q = expect_question(ticket);
	SEND(&stage, VAULT, EXPORT, export, q + 1, .last = 1, .text = span_str("{\"another\":1}"));
	SEND(&stage, VAULT, EXPORT, export, q, .text = span_str("{\"a\":"));
	SEND(&stage, VAULT, EXPORT, export, q, .last = 1, .text = span_str("17}"));
	no_changes();
	buf_init(&body, 65536);
	head = answer(&stage, 1, &body, NULL);
	assert_int_equal(head.status, 200);
	assert_int_equal(head.media, MEDIA_JSON);
	assert_int_equal(head.auth_error, AUTH_NONE);
	assert_non_null(strstr(buf_cstr(&body), "\"kept_in_the_database\":{\"a\":17}}\n"));
	assert_non_null(strstr(buf_cstr(&body), "\"tokens_are_kept\":false"));
	assert_non_null(strstr(buf_cstr(&body), "\"changes\":[]"));
	assert_null(strstr(buf_cstr(&body), "another"));
	buf_free(&body);
	kill_worker(&stage);
}

static void
a_long_download_stays_within_its_credit(void **state)
{
	static char part[BODY_PART];
	size_t i, got = 0;
	struct msg_res_body m;
	struct got g;
	uint64_t q;

	(void)state;
	memset(part, '1', sizeof(part));
	start();
	ask(1, ticket, CRED_TICKET);
	q = expect_question(ticket);
	for (i = 0; i < 12; i++)
		SEND(&stage, VAULT, EXPORT, export, q, .last = i == 11,
		    .text = span_of(part, sizeof(part)));
	no_changes();
	(void)expect(&stage, FRONT, MSG_REQ_ACK);
	(void)expect(&stage, FRONT, MSG_RES_HEAD);
	while (next_frame(&stage, FRONT, &g, 200)) {
		assert_int_equal(msg_get_res_body(g.body, &m), 0);
		got += m.data.n;
	}
	assert_int_equal(got, 262144);
	SEND(&stage, FRONT, CREDIT, credit, 1, .bytes = 262144);
	do {
		g = expect(&stage, FRONT, MSG_RES_BODY);
		assert_int_equal(msg_get_res_body(g.body, &m), 0);
		got += m.data.n;
	} while (m.last == 0);
	assert_true(got > sizeof(part) * 12);
	kill_worker(&stage);
}

static void
what_the_vault_does_not_give_is_said_to_be_away(void **state)
{
	uint64_t q;

	(void)state;
	start();
	ask(1, ticket, CRED_TICKET);
	q = expect_question(ticket);
	SEND(&stage, VAULT, EXPORT, export, q, .last = 1);
	assert_int_equal(answer(&stage, 1, NULL, NULL).status, 503);
	/* Two at once: the second is told to wait. */
	ask(2, ticket, CRED_TICKET);
	(void)expect_question(ticket);
	(void)expect(&stage, FRONT, MSG_REQ_ACK);
	ask(3, ticket, CRED_TICKET);
	assert_int_equal(answer(&stage, 3, NULL, NULL).status, 429);
	/* Its browser goes: the next is asked for anew. */
	SEND(&stage, FRONT, REQ_CANCEL, req_cancel, 2, .none = 0);
	ask(4, ticket, CRED_TICKET);
	(void)expect_question(ticket);
	kill_worker(&stage);
}

static void
a_ticket_is_good_for_nothing_else_and_nothing_else_for_a_download(void **state)
{
	struct msg_stream_back back = {.cred_kind = CRED_TICKET};
	struct msg_res_body m;
	struct got g;
	struct buf b;

	(void)state;
	start();
	ask(1, ticket, CRED_PERSONAL);
	assert_int_equal(answer(&stage, 1, NULL, NULL).status, 401);
	ask(2, ticket, CRED_LINK);
	assert_int_equal(answer(&stage, 2, NULL, NULL).status, 401);
	ask(3, stage_token, CRED_TICKET);
	assert_int_equal(answer(&stage, 3, NULL, NULL).status, 401);
	assert_int_equal(token_hash(span_str(ticket), back.hash), 0);
	buf_init(&b, 1000);
	assert_int_equal(msg_put_stream_back(&b, &back), 0);
	send_frame(&stage, FRONT, MSG_STREAM_BACK, 4, &b);
	g = expect(&stage, FRONT, MSG_RES_BODY);
	assert_int_equal(g.request, 4);
	assert_int_equal(msg_get_res_body(g.body, &m), 0);
	assert_int_equal(m.last, 1);
	assert_false(next_frame(&stage, VAULT, &g, 100));
	kill_worker(&stage);
}

static void
a_first_request_may_overtake_the_word_of_its_credential(void **state)
{
	(void)state;
	start();
	request(&stage, 1, "new", NULL, INITIALIZE);
	give_credential(&stage, "new", CRED_OAUTH, 0);
	/* Of another kind: the word that came does not help. */
	assert_int_equal(answer(&stage, 1, NULL, NULL).status, 401);
	request(&stage, 2, "newer", NULL, INITIALIZE);
	give_credential(&stage, "newer", CRED_PERSONAL, 0);
	assert_int_equal(answer(&stage, 2, NULL, NULL).status, 200);
	request(&stage, 3, "unknown", NULL, INITIALIZE);
	assert_int_equal(answer(&stage, 3, NULL, NULL).status, 401);
	kill_worker(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_is_answered_with_what_the_vault_and_the_worker_know),
		cmocka_unit_test(a_long_download_stays_within_its_credit),
		cmocka_unit_test(what_the_vault_does_not_give_is_said_to_be_away),
		cmocka_unit_test(a_ticket_is_good_for_nothing_else_and_nothing_else_for_a_download),
		cmocka_unit_test(a_first_request_may_overtake_the_word_of_its_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
