/* Clients, consent, codes and tokens, asked by the portal; what their end means
 * for worker and front. */
#include "config.h"

#include <string.h>

#include "master/vault/users.h"
#include "shared/ipc/scopes.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define CLIENT    "client-1"
#define REDIRECT  "https://client.test/back"
#define CHALLENGE "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
#define SEALED    "two tokens, sealed"

static uint64_t last_request;

static void
expect_failed(struct rig *r, enum portal_why why)
{
	struct msg_portal_failed m;

	assert_ok(msg_get_portal_failed(rig_take(&r->portal, MSG_PORTAL_FAILED, last_request), &m));
	assert_int_equal(m.why, why);
}

static void
expect_ok(struct rig *r)
{
	(void)rig_take(&r->portal, MSG_PORTAL_OK, last_request);
}

/* --- clients ------------------------------------------------------------------------- */

static struct msg_client_put
new_client(const char *id)
{
	struct msg_client_put m = {.client_id = span_str(id), .kind = CLIENT_REGISTERED,
	    .name = span_str("A client"), .uri = span_str("https://client.test/"),
	    .redirects = span_str(REDIRECT)};

	random_bytes(m.digest, HASH_BYTES);
	return m;
}

static void
put_client(struct rig *r, const struct msg_client_put *m)
{
	struct msg_client_kept kept;

	assert_ok(send_client_put(r->portal.ch, ++last_request, m));
	assert_ok(msg_get_client_kept(rig_take(&r->portal, MSG_CLIENT_KEPT, last_request), &kept));
	assert_true(span_eq(kept.client_id, m->client_id));
	assert_true(kept.issued_at > 1700000000);
}

static struct msg_client
get_client(struct rig *r, const char *id)
{
	const struct msg_client_get get = {.client_id = span_str(id)};
	struct msg_client m;

	assert_ok(send_client_get(r->portal.ch, ++last_request, &get));
	assert_ok(msg_get_client(rig_take(&r->portal, MSG_CLIENT, last_request), &m));
	return m;
}

static void
a_client_is_found_as_it_was_kept(void **state)
{
	static const char *const strange[] = {"nobody", "", "with a space", "\xff\xfe", "caf\xc3\xa9"};
	struct rig *r = *state;
	struct msg_client_put m = new_client("a-client-with-a-secret");
	struct msg_client c;
	size_t i;

	m.auth_method = CLIENT_AUTH_BASIC;
	random_bytes(m.secret, HASH_BYTES);
	put_client(r, &m);
	c = get_client(r, "a-client-with-a-secret");
	assert_true(span_is(c.client_id, "a-client-with-a-secret"));
	assert_int_equal(c.kind, CLIENT_REGISTERED);
	assert_int_equal(c.auth_method, CLIENT_AUTH_BASIC);
	assert_true(span_is(c.name, "A client"));
	assert_true(span_is(c.uri, "https://client.test/"));
	assert_true(span_is(c.redirects, REDIRECT));
	assert_int_equal(c.fresh, 1);
	m = new_client("https://client.test/document");
	m.kind = CLIENT_DOCUMENT;
	m.keep_s = 600;
	put_client(r, &m);
	assert_int_equal(get_client(r, "https://client.test/document").fresh, 1);
	m.keep_s = 0;
	put_client(r, &m);
	assert_int_equal(get_client(r, "https://client.test/document").fresh, 0);
	for (i = 0; i < COUNT(strange); i++) {
		const struct msg_client_get get = {.client_id = span_str(strange[i])};

		assert_ok(send_client_get(r->portal.ch, ++last_request, &get));
		expect_failed(r, PORTAL_NOT_FOUND);
	}
}

static void
the_same_client_is_kept_once(void **state)
{
	struct rig *r = *state;
	struct msg_client_put m = new_client("the-first");
	struct msg_client_kept kept;

	put_client(r, &m);
	m.client_id = span_str("the-second");
	assert_ok(send_client_put(r->portal.ch, ++last_request, &m));
	assert_ok(msg_get_client_kept(rig_take(&r->portal, MSG_CLIENT_KEPT, last_request), &kept));
	assert_true(span_is(kept.client_id, "the-first"));
	/* Too many have registered. */
	pg_run("UPDATE tonearm.client_tally SET n = n + 100000 WHERE kind = 1");
	m = new_client("too-late");
	assert_ok(send_client_put(r->portal.ch, ++last_request, &m));
	expect_failed(r, PORTAL_LIMIT);
	pg_run("UPDATE tonearm.client_tally SET n = n - 100000 WHERE kind = 1");
}

/* --- a connection, step by step ---------------------------------------------------------- */

/* A browser with a request of CLIENT in it. */
struct flow {
	struct person p;
	uint8_t browser[HASH_BYTES], auth[ID_BYTES];
	uint8_t code[HASH_BYTES], access[HASH_BYTES], refresh[HASH_BYTES];
	uint8_t grant[ID_BYTES];
};

static struct msg_auth_begin
new_request(const struct flow *f)
{
	struct msg_auth_begin m = {.client_id = span_str(CLIENT), .redirect_uri = span_str(REDIRECT),
	    .has_state = 1, .state = span_of("\0\xff=&", 4), .challenge = span_str(CHALLENGE),
	    .scopes = SCOPE_PRESET};

	memcpy(m.browser, f->browser, HASH_BYTES);
	return m;
}

static void
begin(struct rig *r, struct flow *f)
{
	struct msg_client_put c = new_client(CLIENT);
	struct msg_auth_begin m;
	struct msg_auth_begun begun;

	if (pg_number("SELECT count(*) FROM tonearm.client WHERE id = '" CLIENT "'") == 0)
		put_client(r, &c);
	random_bytes(f->browser, HASH_BYTES);
	random_bytes(f->code, HASH_BYTES);
	random_bytes(f->access, HASH_BYTES);
	random_bytes(f->refresh, HASH_BYTES);
	m = new_request(f);
	assert_ok(send_auth_begin(r->portal.ch, ++last_request, &m));
	assert_ok(msg_get_auth_begun(rig_take(&r->portal, MSG_AUTH_BEGUN, last_request), &begun));
	memcpy(f->auth, begun.auth, ID_BYTES);
}

static void
look(struct rig *r, const struct flow *f, const uint8_t session[HASH_BYTES])
{
	struct msg_auth_get m;

	memcpy(m.auth, f->auth, ID_BYTES);
	memcpy(m.browser, f->browser, HASH_BYTES);
	memcpy(m.session, session, HASH_BYTES);
	assert_ok(send_auth_get(r->portal.ch, ++last_request, &m));
}

static void
consent(struct rig *r, const struct flow *f, uint32_t scopes)
{
	struct msg_auth_consent m = {.scopes = scopes};

	memcpy(m.auth, f->auth, ID_BYTES);
	memcpy(m.browser, f->browser, HASH_BYTES);
	memcpy(m.session, f->p.session, HASH_BYTES);
	assert_ok(send_auth_consent(r->portal.ch, ++last_request, &m));
}

static void
give(struct rig *r, const struct flow *f, const uint8_t session[HASH_BYTES])
{
	struct msg_auth_grant m;

	memcpy(m.auth, f->auth, ID_BYTES);
	memcpy(m.browser, f->browser, HASH_BYTES);
	memcpy(m.session, session, HASH_BYTES);
	memcpy(m.code, f->code, HASH_BYTES);
	assert_ok(send_auth_grant(r->portal.ch, ++last_request, &m));
}

static struct msg_code_redeem
redemption(const struct flow *f)
{
	struct msg_code_redeem m = {.client_id = span_str(CLIENT),
	    .redirect_uri = span_str(REDIRECT), .challenge = span_str(CHALLENGE)};

	memcpy(m.code, f->code, HASH_BYTES);
	memcpy(m.access, f->access, HASH_BYTES);
	memcpy(m.refresh, f->refresh, HASH_BYTES);
	return m;
}

static struct msg_tokens
take_tokens(struct rig *r)
{
	struct msg_tokens m;

	assert_ok(msg_get_tokens(rig_take(&r->portal, MSG_TOKENS, last_request), &m));
	return m;
}

/* The newest connection of the person on the account page. */
static void
read_grant(struct rig *r, struct flow *f, struct msg_account_cred *out)
{
	struct msg_account_get m;

	memcpy(m.session, f->p.session, HASH_BYTES);
	assert_ok(send_account_get(r->portal.ch, ++last_request, &m));
	(void)rig_take(&r->portal, MSG_ACCOUNT, last_request);
	do
		assert_ok(msg_get_account_cred(rig_take(&r->portal, MSG_ACCOUNT_CRED, last_request),
		    out));
	while (out->cred_kind != CRED_OAUTH);
	memcpy(f->grant, out->grant, ID_BYTES);
}

/* Up to the tokens, for a person who is there. */
static void
connect_client(struct rig *r, struct flow *f)
{
	struct msg_code_redeem m;
	struct msg_account_cred cred;

	begin(r, f);
	consent(r, f, SCOPE_PRESET);
	expect_ok(r);
	give(r, f, f->p.session);
	expect_ok(r);
	m = redemption(f);
	assert_ok(send_code_redeem(r->portal.ch, ++last_request, &m));
	assert_int_equal(take_tokens(r).scopes, scopes_whole(SCOPE_PRESET));
	read_grant(r, f, &cred);
}

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
	begin(r, &f);
	look(r, &f, f.p.session);
	assert_ok(msg_get_auth(rig_take(&r->portal, MSG_AUTH, last_request), &a));
	assert_true(span_is(a.client_id, CLIENT) && span_is(a.name, "A client"));
	assert_true(span_is(a.uri, "https://client.test/") && span_is(a.redirects, REDIRECT));
	assert_true(span_is(a.redirect_uri, REDIRECT));
	assert_true(a.has_state == 1 && span_eq(a.state, span_of("\0\xff=&", 4)));
	assert_true(a.kind == CLIENT_REGISTERED && a.scopes == SCOPE_PRESET);
	assert_true(a.before == 0 && a.consented == 0 && a.other == 0);
	assert_true(a.expires_at > 1700000000);
	/* To write implies to read. */
	consent(r, &f, SCOPE_PLAYLISTS_WRITE);
	expect_ok(r);
	look(r, &f, f.p.session);
	assert_ok(msg_get_auth(rig_take(&r->portal, MSG_AUTH, last_request), &a));
	assert_int_equal(a.consented, SCOPE_PLAYLISTS_WRITE | SCOPE_PLAYLISTS_READ);
	give(r, &f, f.p.session);
	expect_ok(r);
	look(r, &f, f.p.session);
	expect_failed(r, PORTAL_NOT_FOUND);
	redeem = redemption(&f);
	assert_ok(send_code_redeem(r->portal.ch, ++last_request, &redeem));
	tokens = take_tokens(r);
	assert_int_equal(tokens.scopes, SCOPE_PLAYLISTS_WRITE | SCOPE_PLAYLISTS_READ);
	assert_int_equal(tokens.expires_in, 3600);
	assert_int_equal(tokens.sealed.n, 0);
	read_grant(r, &f, &cred);
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
	begin(r, &f);
	give(r, &f, f.p.session);
	expect_failed(r, PORTAL_NOT_FOUND);
	consent(r, &f, SCOPE_PRESET);
	expect_ok(r);
	thief = f;
	random_bytes(thief.browser, HASH_BYTES);
	look(r, &thief, f.p.session);
	expect_failed(r, PORTAL_NOT_FOUND);
	consent(r, &thief, SCOPE_ALL);
	expect_failed(r, PORTAL_NOT_FOUND);
	give(r, &thief, f.p.session);
	expect_failed(r, PORTAL_NOT_FOUND);
	memcpy(end.auth, f.auth, ID_BYTES);
	memcpy(end.browser, thief.browser, HASH_BYTES);
	assert_ok(send_auth_end(r->portal.ch, ++last_request, &end));
	expect_failed(r, PORTAL_NOT_FOUND);
	look(r, &f, q.session);
	assert_ok(msg_get_auth(rig_take(&r->portal, MSG_AUTH, last_request), &a));
	assert_int_equal(a.other, 1);
	give(r, &f, q.session);
	expect_failed(r, PORTAL_OTHER_PERSON);
	give(r, &f, none);
	expect_failed(r, PORTAL_NO_SESSION);
	memcpy(end.browser, f.browser, HASH_BYTES);
	assert_ok(send_auth_end(r->portal.ch, ++last_request, &end));
	expect_ok(r);
	give(r, &f, f.p.session);
	expect_failed(r, PORTAL_NOT_FOUND);
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
	begin(r, &f);
	memcpy(session, f.p.session, HASH_BYTES);
	memcpy(f.p.session, none, HASH_BYTES);
	consent(r, &f, SCOPE_PRESET);
	expect_ok(r);
	give(r, &f, session);
	expect_failed(r, PORTAL_OTHER_PERSON);
	person_make(&later);
	give(r, &f, later.session);
	expect_ok(r);
}

static void
why_tokens_are_refused_is_told(void **state)
{
	struct rig *r = *state;
	struct msg_code_redeem redeem;
	struct msg_token_refresh refresh = {.client_id = span_str("nobody"),
	    .sealed = span_str(SEALED)};
	struct msg_token_revoke revoke = {.client_id = span_str("caf\xc3\xa9")};
	struct msg_auth_begin m;
	struct flow f;

	person_make(&f.p);
	connect_client(r, &f);
	redeem = redemption(&f);
	random_bytes(redeem.code, HASH_BYTES);
	assert_ok(send_code_redeem(r->portal.ch, ++last_request, &redeem));
	expect_failed(r, PORTAL_OAUTH_GRANT);
	redeem.redirect_uri = span_str("\xff");
	assert_ok(send_code_redeem(r->portal.ch, ++last_request, &redeem));
	expect_failed(r, PORTAL_OAUTH_GRANT);
	redeem.client_id = span_str("nobody");
	assert_ok(send_code_redeem(r->portal.ch, ++last_request, &redeem));
	expect_failed(r, PORTAL_OAUTH_GRANT);
	redeem.redirect_uri = span_str(REDIRECT);
	assert_ok(send_code_redeem(r->portal.ch, ++last_request, &redeem));
	expect_failed(r, PORTAL_OAUTH_CLIENT);
	memcpy(refresh.old, f.refresh, HASH_BYTES);
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &refresh));
	expect_failed(r, PORTAL_OAUTH_CLIENT);
	refresh.client_id = span_str(CLIENT);
	refresh.scopes = SCOPE_ALL;
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &refresh));
	expect_failed(r, PORTAL_OAUTH_SCOPE);
	refresh.scopes = 0;
	memcpy(refresh.old, f.access, HASH_BYTES);
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &refresh));
	expect_failed(r, PORTAL_OAUTH_GRANT);
	assert_ok(send_token_revoke(r->portal.ch, ++last_request, &revoke));
	expect_failed(r, PORTAL_OAUTH_CLIENT);
	m = new_request(&f);
	m.client_id = span_str("nobody");
	assert_ok(send_auth_begin(r->portal.ch, ++last_request, &m));
	expect_failed(r, PORTAL_NOT_FOUND);
}

/* --- what the worker hears --------------------------------------------------------------- */

/* A person with a worker and a connection, which the worker was told of. */
static void
connect_bound(struct rig *r, struct flow *f, struct end *w)
{
	struct msg_credential cred;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &f->p, hash, w);
	connect_client(r, f);
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
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &first));
	tokens = take_tokens(r);
	assert_int_equal(tokens.sealed.n, 0);
	assert_int_equal(tokens.expires_in, 3600);
	assert_ok(msg_get_credential(rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST), &cred));
	assert_memory_equal(cred.hash, first.access, HASH_BYTES);
	assert_memory_equal(cred.grant, f.grant, ID_BYTES);
	second = exchange(&f);
	second.sealed = span_str("other tokens");
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &second));
	tokens = take_tokens(r);
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
	redeem = redemption(&f);
	random_bytes(redeem.access, HASH_BYTES);
	assert_ok(send_code_redeem(r->portal.ch, ++last_request, &redeem));
	expect_failed(r, PORTAL_OAUTH_GRANT);
	assert_null(user_from_memory(r->root.vault, f.access, CRED_OAUTH));
	expect_gone(r, &w, f.access);
	rig_close(&w);
	connect_bound(r, &f, &w);
	refresh = exchange(&f);
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &refresh));
	(void)take_tokens(r);
	(void)rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST);
	pg_run("UPDATE tonearm.refresh SET rotated_at = rotated_at - interval '1 minute' "
	    "WHERE hash = '\\x%s'", pg_hex(f.refresh, HASH_BYTES));
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &refresh));
	expect_failed(r, PORTAL_OAUTH_GRANT);
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
	assert_ok(send_token_revoke(r->portal.ch, ++last_request, &m));
	expect_ok(r);
	expect_gone(r, &w, f.access);
	refresh = exchange(&f);
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &refresh));
	(void)take_tokens(r);
	(void)rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST);
	memcpy(m.token, refresh.refresh, HASH_BYTES);
	assert_ok(send_token_revoke(r->portal.ch, ++last_request, &m));
	expect_ok(r);
	expect_gone(r, &w, refresh.access);
	/* What is none is given back as well. */
	assert_ok(send_token_revoke(r->portal.ch, ++last_request, &m));
	expect_ok(r);
	rig_close(&w);
}

static void
revoke(struct rig *r, const struct person *p, const uint8_t *grant)
{
	struct msg_cred_revoke m = {.grant = {0}};

	memcpy(m.session, p->session, HASH_BYTES);
	if (grant != NULL)
		memcpy(m.grant, grant, ID_BYTES);
	assert_ok(send_cred_revoke(r->portal.ch, ++last_request, &m));
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
	expect_failed(r, PORTAL_NOT_FOUND);
	revoke(r, &f.p, f.grant);
	expect_ok(r);
	expect_gone(r, &w, f.access);
	connect_client(r, &f);
	(void)rig_take(&w, MSG_CREDENTIAL, ANY_REQUEST);
	revoke(r, &q, NULL);
	expect_ok(r);
	assert_non_null(user_from_memory(r->root.vault, f.access, CRED_OAUTH));
	revoke(r, &f.p, NULL);
	expect_ok(r);
	assert_null(user_from_memory(r->root.vault, f.access, CRED_OAUTH));
	memcpy(get.session, f.p.session, HASH_BYTES);
	assert_ok(send_account_get(r->portal.ch, ++last_request, &get));
	assert_ok(msg_get_account(rig_take(&r->portal, MSG_ACCOUNT, last_request), &account));
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
	assert_ok(send_token_refresh(r->portal.ch, ++last_request, &refresh));
	(void)take_tokens(r);
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
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &m));
	expect_ok(r);
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
	assert_ok(send_cred_new(r->portal.ch, ++last_request, &m));
	expect_failed(r, PORTAL_STALE);
	rig_close(&w);
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
		struct msg_auth_begin m = new_request(&f);

		if (i < COUNT(challenges))
			m.challenge = span_str(challenges[i]);
		else if (i == COUNT(challenges))
			m.scopes = 0;
		else if (i == COUNT(challenges) + 1)
			m.scopes = SCOPE_ALL + 1;
		else
			m.has_state = 0;
		assert_ok(send_auth_begin(r->portal.ch, ++last_request, &m));
		rig_until_closed(&r->portal);
		rig_join(r, &r->portal, PEER_PORTAL, 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest oauth_tests[] = {
	T(a_client_is_found_as_it_was_kept),
	T(the_same_client_is_kept_once),
	T(a_request_becomes_a_connection),
	T(a_request_is_its_browsers_and_its_persons),
	T(consent_of_nobody_is_not_who_was_signed_in_before),
	T(why_tokens_are_refused_is_told),
	T(a_refresh_is_answered_the_same_way_twice),
	T(a_second_use_ends_the_connection_before_the_answer),
	T(what_a_client_gives_back_is_void),
	T(a_person_ends_one_connection_or_all),
	T(a_connection_that_ends_elsewhere_ends_here),
	T(a_ticket_lasts_half_a_minute),
	T(a_request_without_a_challenge_is_never_kept),
};
const size_t oauth_tests_n = COUNT(oauth_tests);
