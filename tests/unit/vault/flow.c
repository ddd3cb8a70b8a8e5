/* A client's way in; see flow.h. */
#include "config.h"

#include <string.h>

#include "shared/ipc/scopes.h"
#include "tests/unit/vault/flow.h"
#include "tests/unit/vault/pg.h"

uint64_t flow_request;

void
flow_failed(struct rig *r, enum portal_why why)
{
	struct msg_portal_failed m;

	assert_ok(msg_get_portal_failed(rig_take(&r->portal, MSG_PORTAL_FAILED, flow_request), &m));
	assert_int_equal(m.why, why);
}

void
flow_ok(struct rig *r)
{
	(void)rig_take(&r->portal, MSG_PORTAL_OK, flow_request);
}

struct msg_client_put
flow_client(const char *id)
{
	struct msg_client_put m = {.client_id = span_str(id), .kind = CLIENT_REGISTERED,
	    .name = span_str("A client"), .uri = span_str("https://client.test/"),
	    .redirects = span_str(REDIRECT)};

	random_bytes(m.digest, HASH_BYTES);
	return m;
}

void
flow_put_client(struct rig *r, const struct msg_client_put *m)
{
	struct msg_client_kept kept;

	assert_ok(send_client_put(r->portal.ch, ++flow_request, m));
	assert_ok(msg_get_client_kept(rig_take(&r->portal, MSG_CLIENT_KEPT, flow_request), &kept));
	assert_true(span_eq(kept.client_id, m->client_id));
	assert_true(kept.issued_at > 1700000000);
}

struct msg_auth_begin
flow_new(const struct flow *f)
{
	struct msg_auth_begin m = {.client_id = span_str(CLIENT), .redirect_uri = span_str(REDIRECT),
	    .has_state = 1, .state = span_of("\0\xff=&", 4), .challenge = span_str(CHALLENGE),
	    .scopes = SCOPE_PRESET};

	memcpy(m.browser, f->browser, HASH_BYTES);
	return m;
}

void
flow_begin(struct rig *r, struct flow *f)
{
	struct msg_client_put c = flow_client(CLIENT);
	struct msg_auth_begin m;
	struct msg_auth_begun begun;

	if (pg_number("SELECT count(*) FROM tonearm.client WHERE id = '" CLIENT "'") == 0)
		flow_put_client(r, &c);
	random_bytes(f->browser, HASH_BYTES);
	random_bytes(f->code, HASH_BYTES);
	random_bytes(f->access, HASH_BYTES);
	random_bytes(f->refresh, HASH_BYTES);
	m = flow_new(f);
	assert_ok(send_auth_begin(r->portal.ch, ++flow_request, &m));
	assert_ok(msg_get_auth_begun(rig_take(&r->portal, MSG_AUTH_BEGUN, flow_request), &begun));
	memcpy(f->auth, begun.auth, ID_BYTES);
}

void
flow_look(struct rig *r, const struct flow *f, const uint8_t session[HASH_BYTES])
{
	struct msg_auth_get m;

	memcpy(m.auth, f->auth, ID_BYTES);
	memcpy(m.browser, f->browser, HASH_BYTES);
	memcpy(m.session, session, HASH_BYTES);
	assert_ok(send_auth_get(r->portal.ch, ++flow_request, &m));
}

void
flow_consent(struct rig *r, const struct flow *f, uint32_t scopes)
{
	struct msg_auth_consent m = {.scopes = scopes};

	memcpy(m.auth, f->auth, ID_BYTES);
	memcpy(m.browser, f->browser, HASH_BYTES);
	memcpy(m.session, f->p.session, HASH_BYTES);
	assert_ok(send_auth_consent(r->portal.ch, ++flow_request, &m));
}

void
flow_give(struct rig *r, const struct flow *f, const uint8_t session[HASH_BYTES])
{
	struct msg_auth_grant m;

	memcpy(m.auth, f->auth, ID_BYTES);
	memcpy(m.browser, f->browser, HASH_BYTES);
	memcpy(m.session, session, HASH_BYTES);
	memcpy(m.code, f->code, HASH_BYTES);
	assert_ok(send_auth_grant(r->portal.ch, ++flow_request, &m));
}

struct msg_code_redeem
flow_redemption(const struct flow *f)
{
	struct msg_code_redeem m = {.client_id = span_str(CLIENT),
	    .redirect_uri = span_str(REDIRECT), .challenge = span_str(CHALLENGE)};

	memcpy(m.code, f->code, HASH_BYTES);
	memcpy(m.access, f->access, HASH_BYTES);
	memcpy(m.refresh, f->refresh, HASH_BYTES);
	return m;
}

struct msg_tokens
flow_tokens(struct rig *r)
{
	struct msg_tokens m;

	assert_ok(msg_get_tokens(rig_take(&r->portal, MSG_TOKENS, flow_request), &m));
	return m;
}

/* The newest connection of the person on the account page. */
void
flow_read(struct rig *r, struct flow *f, struct msg_account_cred *out)
{
	struct msg_account_get m;

	memcpy(m.session, f->p.session, HASH_BYTES);
	assert_ok(send_account_get(r->portal.ch, ++flow_request, &m));
	(void)rig_take(&r->portal, MSG_ACCOUNT, flow_request);
	do
		assert_ok(msg_get_account_cred(rig_take(&r->portal, MSG_ACCOUNT_CRED, flow_request),
		    out));
	while (out->cred_kind != CRED_OAUTH);
	memcpy(f->grant, out->grant, ID_BYTES);
}

/* Up to the tokens, for a person who is there. */
void
flow_connect(struct rig *r, struct flow *f)
{
	struct msg_code_redeem m;
	struct msg_account_cred cred;

	flow_begin(r, f);
	flow_consent(r, f, SCOPE_PRESET);
	flow_ok(r);
	flow_give(r, f, f->p.session);
	flow_ok(r);
	m = flow_redemption(f);
	assert_ok(send_code_redeem(r->portal.ch, ++flow_request, &m));
	assert_int_equal(flow_tokens(r).scopes, scopes_whole(SCOPE_PRESET));
	flow_read(r, f, &cred);
}
