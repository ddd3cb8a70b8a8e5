/* What the tokens of a connection mean for worker and front, and its end. */
#include "config.h"

#include <string.h>

#include "master/vault/users.h"
#include "shared/ipc/scopes.h"
#include "tests/unit/vault/flow.h"
#include "tests/unit/vault/pg.h"

#define SEALED "two tokens, sealed"

/* A person with a worker and a connection, which the worker was told of. */
static void
connect_bound(struct rig *r, struct flow *f, struct end *w)
{
	struct msg_credential cred;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &f->p, hash, w);
	flow_connect(r, f);
	assert_ok(msg_get_credential(rig_take(w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_memory_equal(cred.hash, f->access, HASH_BYTES);
	assert_memory_equal(cred.grant, f->grant, ID_BYTES);
	assert_int_equal(cred.cred_kind, CRED_OAUTH);
	assert_int_equal(cred.scopes, scopes_whole(SCOPE_PRESET));
}

/* The worker was told that this credential is void, and front that its route is. */
static void
expect_gone(struct rig *r, struct end *w, const uint8_t hash[HASH_BYTES])
{
	struct msg_credential_gone gone;
	struct msg_route_drop drop;

	/* It may be told twice: at once, and when the list was read again. */
	do
		assert_ok(msg_get_credential_gone(rig_take(w, MSG_CREDENTIAL_GONE, ANY_REQUEST),
		    &gone));
	while (memcmp(gone.hash, hash, HASH_BYTES) != 0);
	do
		assert_ok(msg_get_route_drop(rig_take(&r->front, MSG_ROUTE_DROP, ANY_REQUEST), &drop));
	while (memcmp(drop.hash, hash, HASH_BYTES) != 0);
	assert_null(user_from_memory(r->root.vault, hash, CRED_OAUTH));
	expect_refused(r, front_bind(r, hash, CRED_OAUTH, 0), BIND_UNKNOWN);
}

static struct msg_token_refresh
exchange(const struct flow *f)
{
	struct msg_token_refresh m = {.client_id = span_str(CLIENT), .sealed = span_str(SEALED)};

	memcpy(m.old, f->refresh, HASH_BYTES);
	random_bytes(m.access, HASH_BYTES);
	random_bytes(m.refresh, HASH_BYTES);
	return m;
}

static void
a_refresh_is_answered_the_same_way_twice(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_token_refresh first, second;
	struct msg_credential cred;
	struct msg_tokens tokens;
	struct msg_bound bound;
	struct flow f;

	connect_bound(r, &f, &w);
	first = exchange(&f);
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &first));
	tokens = flow_tokens(r);
	assert_int_equal(tokens.sealed.n, 0);
	assert_int_equal(tokens.expires_in, 3600);
	assert_ok(msg_get_credential(rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_memory_equal(cred.hash, first.access, HASH_BYTES);
	assert_memory_equal(cred.grant, f.grant, ID_BYTES);
	second = exchange(&f);
	second.sealed = span_str("other tokens");
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &second));
	tokens = flow_tokens(r);
	assert_true(span_is(tokens.sealed, SEALED));
	assert_int_equal(tokens.scopes, scopes_whole(SCOPE_PRESET));
	/* The older token is as good as the new. */
	assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND,
	    front_bind(r, f.access, CRED_OAUTH, 0)), &bound));
	assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND,
	    front_bind(r, first.access, CRED_OAUTH, 0)), &bound));
	expect_refused(r, front_bind(r, second.access, CRED_OAUTH, 0), BIND_UNKNOWN);
	rig_close(&w);
}

static void
a_second_use_ends_the_connection_before_the_answer(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_code_redeem redeem;
	struct msg_token_refresh refresh;
	struct flow f;

	connect_bound(r, &f, &w);
	redeem = flow_redemption(&f);
	random_bytes(redeem.access, HASH_BYTES);
	assert_ok(send_code_redeem(r->portal.ch, ++flow_request, &redeem));
	flow_failed(r, PORTAL_OAUTH_GRANT);
	assert_null(user_from_memory(r->root.vault, f.access, CRED_OAUTH));
	expect_gone(r, &w, f.access);
	rig_close(&w);
	connect_bound(r, &f, &w);
	refresh = exchange(&f);
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &refresh));
	(void)flow_tokens(r);
	(void)rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST);
	pg_run("UPDATE tonearm.refresh SET rotated_at = rotated_at - interval '1 minute' "
	    "WHERE hash = '\\x%s'", pg_hex(f.refresh, HASH_BYTES));
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &refresh));
	flow_failed(r, PORTAL_OAUTH_GRANT);
	assert_null(user_from_memory(r->root.vault, f.access, CRED_OAUTH));
	assert_null(user_from_memory(r->root.vault, refresh.access, CRED_OAUTH));
	rig_close(&w);
}

static void
what_a_client_gives_back_is_void(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_token_revoke m = {.client_id = span_str(CLIENT)};
	struct msg_token_refresh refresh;
	struct flow f;

	connect_bound(r, &f, &w);
	memcpy(m.token, f.access, HASH_BYTES);
	assert_ok(send_token_revoke(r->portal.ch, ++flow_request, &m));
	flow_ok(r);
	expect_gone(r, &w, f.access);
	refresh = exchange(&f);
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &refresh));
	(void)flow_tokens(r);
	(void)rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST);
	memcpy(m.token, refresh.refresh, HASH_BYTES);
	assert_ok(send_token_revoke(r->portal.ch, ++flow_request, &m));
	flow_ok(r);
	expect_gone(r, &w, refresh.access);
	/* What is none is given back as well. */
	assert_ok(send_token_revoke(r->portal.ch, ++flow_request, &m));
	flow_ok(r);
	rig_close(&w);
}

static void
revoke(struct rig *r, const struct person *p, const uint8_t *grant)
{
	struct msg_cred_revoke m = {.grant = {0}};

	memcpy(m.session, p->session, HASH_BYTES);
	if (grant != NULL)
		memcpy(m.grant, grant, ID_BYTES);
	assert_ok(send_cred_revoke(r->portal.ch, ++flow_request, &m));
}

static void
a_person_ends_one_connection_or_all(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_account_get get;
	struct msg_account account;
	struct person q;
	struct flow f;

	connect_bound(r, &f, &w);
	person_make(&q);
	revoke(r, &q, f.grant);
	flow_failed(r, PORTAL_NOT_FOUND);
	revoke(r, &f.p, f.grant);
	flow_ok(r);
	expect_gone(r, &w, f.access);
	flow_connect(r, &f);
	(void)rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST);
	revoke(r, &q, NULL);
	flow_ok(r);
	assert_non_null(user_from_memory(r->root.vault, f.access, CRED_OAUTH));
	revoke(r, &f.p, NULL);
	flow_ok(r);
	assert_null(user_from_memory(r->root.vault, f.access, CRED_OAUTH));
	memcpy(get.session, f.p.session, HASH_BYTES);
	assert_ok(send_account_get(r->portal.ch, ++flow_request, &get));
	assert_ok(msg_get_account(rig_take(&r->portal, MSG_ACCOUNT, flow_request), &account));
	assert_int_equal(account.credentials, 0);
	rig_close(&w);
}

/* What another node does reaches this one by NOTIFY, token by token. */
static void
a_connection_that_ends_elsewhere_ends_here(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_token_refresh refresh;
	struct msg_credential_gone gone;
	struct flow f;
	int i;

	connect_bound(r, &f, &w);
	refresh = exchange(&f);
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &refresh));
	(void)flow_tokens(r);
	(void)rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST);
	pg_run("SELECT * FROM tonearm.token_revoke('\\x%s', '" CLIENT "', '')",
	    pg_hex(refresh.refresh, HASH_BYTES));
	for (i = 0; i < 2; i++) {
		assert_ok(msg_get_credential_gone(rig_take(&w, MSG_CREDENTIAL_GONE, ANY_REQUEST),
		    &gone));
		assert_true(memcmp(gone.hash, f.access, HASH_BYTES) == 0 ||
		    memcmp(gone.hash, refresh.access, HASH_BYTES) == 0);
	}
	expect_refused(r, front_bind(r, refresh.access, CRED_OAUTH, 0), BIND_UNKNOWN);
	rig_close(&w);
}

static void
a_ticket_lasts_half_a_minute(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_cred_new m = {.cred_kind = CRED_TICKET, .expires_at = 2000000000,
	    .label = span_str("")};
	struct msg_credential cred;
	struct msg_bound bound;
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	memcpy(m.session, p.session, HASH_BYTES);
	random_bytes(m.hash, HASH_BYTES);
	assert_ok(send_cred_new(r->portal.ch, ++flow_request, &m));
	flow_ok(r);
	assert_ok(msg_get_credential(rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_int_equal(cred.cred_kind, CRED_TICKET);
	assert_int_equal(cred.scopes, 0);
	assert_int_equal(pg_number("SELECT extract(epoch FROM expires_at - created_at)::int "
	    "FROM tonearm.credential WHERE hash = '\\x%s'", pg_hex(m.hash, HASH_BYTES)), 30);
	assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND,
	    front_bind(r, m.hash, CRED_TICKET, 0)), &bound));
	expect_refused(r, front_bind(r, m.hash, CRED_PERSONAL, 0), BIND_UNKNOWN);
	pg_run("UPDATE tonearm.web_session SET created_at = created_at - interval '11 minutes' "
	    "WHERE hash = '\\x%s'", pg_hex(p.session, HASH_BYTES));
	random_bytes(m.hash, HASH_BYTES);
	assert_ok(send_cred_new(r->portal.ch, ++flow_request, &m));
	flow_failed(r, PORTAL_STALE);
	pg_run("DELETE FROM tonearm.credential WHERE kind = 4");
	rig_close(&w);
}
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest tokens_tests[] = {
	T(a_refresh_is_answered_the_same_way_twice),
	T(a_second_use_ends_the_connection_before_the_answer),
	T(what_a_client_gives_back_is_void),
	T(a_person_ends_one_connection_or_all),
	T(a_connection_that_ends_elsewhere_ends_here),
	T(a_ticket_lasts_half_a_minute),
};
const size_t tokens_tests_n = COUNT(tokens_tests);
