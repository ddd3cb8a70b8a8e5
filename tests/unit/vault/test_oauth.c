/* Clients, consent and codes, asked by the portal. */
#include "config.h"

#include <string.h>

#include "master/vault/users.h"
#include "shared/ipc/scopes.h"
#include "tests/unit/vault/flow.h"
#include "tests/unit/vault/pg.h"

static struct msg_client
get_client(struct rig *r, const char *id)
{
	const struct msg_client_get get = {.client_id = span_str(id)};
	struct msg_client m;

	assert_ok(send_client_get(r->portal.ch, ++flow_request, &get));
	assert_ok(msg_get_client(rig_take(&r->portal, MSG_CLIENT, flow_request), &m));
	return m;
}

static void
a_client_is_found_as_it_was_kept(void **state)
{
	static const char *const strange[] = {"nobody", "", "with a space", "\xff\xfe", "caf\xc3\xa9"};
	struct rig *r = *state;
	struct msg_client_put m = flow_client("a-client-with-a-secret");
	struct msg_client c;
	size_t i;

	m.auth_method = CLIENT_AUTH_BASIC;
	random_bytes(m.secret, HASH_BYTES);
	flow_put_client(r, &m);
	c = get_client(r, "a-client-with-a-secret");
	assert_true(span_is(c.client_id, "a-client-with-a-secret"));
	assert_int_equal(c.kind, CLIENT_REGISTERED);
	assert_int_equal(c.auth_method, CLIENT_AUTH_BASIC);
	assert_true(span_is(c.name, "A client"));
	assert_true(span_is(c.uri, "https://client.test/"));
	assert_true(span_is(c.redirects, REDIRECT));
	assert_int_equal(c.fresh, 1);
	m = flow_client("https://client.test/document");
	m.kind = CLIENT_DOCUMENT;
	m.keep_s = 600;
	flow_put_client(r, &m);
	assert_int_equal(get_client(r, "https://client.test/document").fresh, 1);
	m.keep_s = 0;
	flow_put_client(r, &m);
	assert_int_equal(get_client(r, "https://client.test/document").fresh, 0);
	for (i = 0; i < COUNT(strange); i++) {
		const struct msg_client_get get = {.client_id = span_str(strange[i])};

		assert_ok(send_client_get(r->portal.ch, ++flow_request, &get));
		flow_failed(r, PORTAL_NOT_FOUND);
	}
}

static void
the_same_client_is_kept_once(void **state)
{
	struct rig *r = *state;
	struct msg_client_put m = flow_client("the-first");
	struct msg_client_kept kept;

	flow_put_client(r, &m);
	m.client_id = span_str("the-second");
	assert_ok(send_client_put(r->portal.ch, ++flow_request, &m));
	assert_ok(msg_get_client_kept(rig_take(&r->portal, MSG_CLIENT_KEPT, flow_request), &kept));
	assert_true(span_is(kept.client_id, "the-first"));
	/* Too many have registered. */
	pg_run("UPDATE tonearm.client_tally SET n = n + 100000 WHERE kind = 1");
	m = flow_client("too-late");
	assert_ok(send_client_put(r->portal.ch, ++flow_request, &m));
	flow_failed(r, PORTAL_LIMIT);
	pg_run("UPDATE tonearm.client_tally SET n = n - 100000 WHERE kind = 1");
}

/* --- requests ---------------------------------------------------------------------------- */

static void
a_request_becomes_a_connection(void **state)
{
	struct rig *r = *state;
	struct flow f;
	struct msg_auth a;
	struct msg_code_redeem redeem;
	struct msg_account_cred cred;
	struct msg_tokens tokens;

	person_make(&f.p);
	flow_begin(r, &f);
	flow_look(r, &f, f.p.session);
	assert_ok(msg_get_auth(rig_take(&r->portal, MSG_AUTH, flow_request), &a));
	assert_true(span_is(a.client_id, CLIENT) && span_is(a.name, "A client"));
	assert_true(span_is(a.uri, "https://client.test/") && span_is(a.redirects, REDIRECT));
	assert_true(span_is(a.redirect_uri, REDIRECT));
	assert_true(a.has_state == 1 && span_eq(a.state, span_of("\0\xff=&", 4)));
	assert_true(a.kind == CLIENT_REGISTERED && a.scopes == SCOPE_PRESET);
	assert_true(a.before == 0 && a.consented == 0 && a.other == 0);
	assert_true(a.expires_at > 1700000000);
	/* To write implies to read. */
	flow_consent(r, &f, SCOPE_PLAYLISTS_WRITE);
	flow_ok(r);
	flow_look(r, &f, f.p.session);
	assert_ok(msg_get_auth(rig_take(&r->portal, MSG_AUTH, flow_request), &a));
	assert_int_equal(a.consented, SCOPE_PLAYLISTS_WRITE | SCOPE_PLAYLISTS_READ);
	flow_give(r, &f, f.p.session);
	flow_ok(r);
	flow_look(r, &f, f.p.session);
	flow_failed(r, PORTAL_NOT_FOUND);
	redeem = flow_redemption(&f);
	assert_ok(send_code_redeem(r->portal.ch, ++flow_request, &redeem));
	tokens = flow_tokens(r);
	assert_int_equal(tokens.scopes, SCOPE_PLAYLISTS_WRITE | SCOPE_PLAYLISTS_READ);
	assert_int_equal(tokens.expires_in, 3600);
	assert_int_equal(tokens.sealed.n, 0);
	flow_read(r, &f, &cred);
	assert_true(span_is(cred.label, "A client") && span_is(cred.client, CLIENT));
	assert_true(cred.expires_at > cred.created_at + 89 * 86400);
}

static void
a_request_is_its_browsers_and_its_persons(void **state)
{
	static const uint8_t none[HASH_BYTES];
	struct rig *r = *state;
	struct flow f, thief;
	struct person q;
	struct msg_auth a;
	struct msg_auth_end end;

	person_make(&f.p);
	person_make(&q);
	flow_begin(r, &f);
	flow_give(r, &f, f.p.session);
	flow_failed(r, PORTAL_NOT_FOUND);
	flow_consent(r, &f, SCOPE_PRESET);
	flow_ok(r);
	thief = f;
	random_bytes(thief.browser, HASH_BYTES);
	flow_look(r, &thief, f.p.session);
	flow_failed(r, PORTAL_NOT_FOUND);
	flow_consent(r, &thief, SCOPE_ALL);
	flow_failed(r, PORTAL_NOT_FOUND);
	flow_give(r, &thief, f.p.session);
	flow_failed(r, PORTAL_NOT_FOUND);
	memcpy(end.auth, f.auth, ID_BYTES);
	memcpy(end.browser, thief.browser, HASH_BYTES);
	assert_ok(send_auth_end(r->portal.ch, ++flow_request, &end));
	flow_failed(r, PORTAL_NOT_FOUND);
	flow_look(r, &f, q.session);
	assert_ok(msg_get_auth(rig_take(&r->portal, MSG_AUTH, flow_request), &a));
	assert_int_equal(a.other, 1);
	flow_give(r, &f, q.session);
	flow_failed(r, PORTAL_OTHER_PERSON);
	flow_give(r, &f, none);
	flow_failed(r, PORTAL_NO_SESSION);
	memcpy(end.browser, f.browser, HASH_BYTES);
	assert_ok(send_auth_end(r->portal.ch, ++flow_request, &end));
	flow_ok(r);
	flow_give(r, &f, f.p.session);
	flow_failed(r, PORTAL_NOT_FOUND);
}

/* A cookie can be planted in a browser where somebody has been signed in for
 * long: they did not say yes. */
static void
consent_of_nobody_is_not_who_was_signed_in_before(void **state)
{
	static const uint8_t none[HASH_BYTES];
	struct rig *r = *state;
	struct flow f;
	struct person later;
	uint8_t session[HASH_BYTES];

	person_make(&f.p);
	flow_begin(r, &f);
	memcpy(session, f.p.session, HASH_BYTES);
	memcpy(f.p.session, none, HASH_BYTES);
	flow_consent(r, &f, SCOPE_PRESET);
	flow_ok(r);
	flow_give(r, &f, session);
	flow_failed(r, PORTAL_OTHER_PERSON);
	person_make(&later);
	flow_give(r, &f, later.session);
	flow_ok(r);
}

static void
why_tokens_are_refused_is_told(void **state)
{
	struct rig *r = *state;
	struct msg_code_redeem redeem;
	struct msg_token_refresh refresh = {.client_id = span_str("nobody"),
	    .sealed = span_str("sealed")};
	struct msg_token_revoke revoke = {.client_id = span_str("caf\xc3\xa9")};
	struct msg_auth_begin m;
	struct flow f;

	person_make(&f.p);
	flow_connect(r, &f);
	redeem = flow_redemption(&f);
	random_bytes(redeem.code, HASH_BYTES);
	assert_ok(send_code_redeem(r->portal.ch, ++flow_request, &redeem));
	flow_failed(r, PORTAL_OAUTH_GRANT);
	redeem.redirect_uri = span_str("\xff");
	assert_ok(send_code_redeem(r->portal.ch, ++flow_request, &redeem));
	flow_failed(r, PORTAL_OAUTH_GRANT);
	redeem.client_id = span_str("nobody");
	assert_ok(send_code_redeem(r->portal.ch, ++flow_request, &redeem));
	flow_failed(r, PORTAL_OAUTH_GRANT);
	redeem.redirect_uri = span_str(REDIRECT);
	assert_ok(send_code_redeem(r->portal.ch, ++flow_request, &redeem));
	flow_failed(r, PORTAL_OAUTH_CLIENT);
	memcpy(refresh.old, f.refresh, HASH_BYTES);
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &refresh));
	flow_failed(r, PORTAL_OAUTH_CLIENT);
	refresh.client_id = span_str(CLIENT);
	refresh.scopes = SCOPE_ALL;
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &refresh));
	flow_failed(r, PORTAL_OAUTH_SCOPE);
	refresh.scopes = 0;
	memcpy(refresh.old, f.access, HASH_BYTES);
	assert_ok(send_token_refresh(r->portal.ch, ++flow_request, &refresh));
	flow_failed(r, PORTAL_OAUTH_GRANT);
	assert_ok(send_token_revoke(r->portal.ch, ++flow_request, &revoke));
	flow_failed(r, PORTAL_OAUTH_CLIENT);
	m = flow_new(&f);
	m.client_id = span_str("nobody");
	assert_ok(send_auth_begin(r->portal.ch, ++flow_request, &m));
	flow_failed(r, PORTAL_NOT_FOUND);
}

/* --- what closes the portal's channel ------------------------------------------------------ */

static void
a_request_without_a_challenge_is_never_kept(void **state)
{
	static const char *const challenges[] = {"", "short", CHALLENGE "x",
	    " 123456789abcdefghijklmnopqrstuvwxyzABCDEFG"};
	struct rig *r = *state;
	struct flow f;
	size_t i;

	random_bytes(f.browser, HASH_BYTES);
	for (i = 0; i < COUNT(challenges) + 3; i++) {
		struct msg_auth_begin m = flow_new(&f);

		if (i < COUNT(challenges))
			m.challenge = span_str(challenges[i]);
		else if (i == COUNT(challenges))
			m.scopes = 0;
		else if (i == COUNT(challenges) + 1)
			m.scopes = SCOPE_ALL + 1;
		else
			m.has_state = 0;
		assert_ok(send_auth_begin(r->portal.ch, ++flow_request, &m));
		rig_until_closed(&r->portal);
		rig_join(r, &r->portal, PEER_PORTAL, 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest oauth_tests[] = {
	T(a_client_is_found_as_it_was_kept),
	T(the_same_client_is_kept_once),
	T(a_request_becomes_a_connection),
	T(a_request_is_its_browsers_and_its_persons),
	T(consent_of_nobody_is_not_who_was_signed_in_before),
	T(why_tokens_are_refused_is_told),
	T(a_request_without_a_challenge_is_never_kept),
};
const size_t oauth_tests_n = COUNT(oauth_tests);
