/* The fake vault's part in signing clients in (OAuth). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

/* A view that stays: copied into the rig, which forgets it at the next asking
 * but one. */
static struct span
stay(struct rig *r, struct span s)
{
	char *at;

	if (r->kept_used + s.n > sizeof(r->kept_text))
		r->kept_used = 0;
	assert_true(r->kept_used + s.n <= sizeof(r->kept_text));
	at = r->kept_text + r->kept_used;
	if (s.n > 0)
		memcpy(at, s.p, s.n);
	r->kept_used += s.n;
	return span_of(at, s.n);
}

static err_t
answer_ok(struct rig *r, struct channel *ch, const struct frame *f)
{
	const struct msg_portal_ok m = {0};

	return rig_failed(r, ch, f) ? 0 : send_portal_ok(ch, f->request, &m);
}

static err_t
on_client_get(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_portal_failed unknown = {.why = PORTAL_NOT_FOUND};
	struct msg_client_get m;
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_client_get(f->body, &m));
	r->client_get = stay(r, m.client_id);
	if (rig_failed(r, ch, f))
		return 0;
	if (!span_eq(m.client_id, r->client.client_id))
		return send_portal_failed(ch, f->request, &unknown);
	return send_client(ch, f->request, &r->client);
}

static err_t
on_client_put(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_client_kept kept = {.issued_at = 1790000000};
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_client_put(f->body, &r->client_put));
	r->client_put.client_id = kept.client_id = stay(r, r->client_put.client_id);
	r->client_put.name = stay(r, r->client_put.name);
	r->client_put.uri = stay(r, r->client_put.uri);
	r->client_put.redirects = stay(r, r->client_put.redirects);
	if (r->client_same.n > 0)
		kept.client_id = r->client_same;
	return rig_failed(r, ch, f) ? 0 : send_client_kept(ch, f->request, &kept);
}

static err_t
on_auth_begin(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_auth_begun begun;
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_auth_begin(f->body, &r->auth_begin));
	r->auth_begin.client_id = stay(r, r->auth_begin.client_id);
	r->auth_begin.redirect_uri = stay(r, r->auth_begin.redirect_uri);
	r->auth_begin.state = stay(r, r->auth_begin.state);
	r->auth_begin.challenge = stay(r, r->auth_begin.challenge);
	memcpy(begun.auth, rig_auth_id, sizeof(begun.auth));
	return rig_failed(r, ch, f) ? 0 : send_auth_begun(ch, f->request, &begun);
}

static err_t
on_auth_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_auth_get(f->body, &r->auth_get));
	return rig_failed(r, ch, f) ? 0 : send_auth(ch, f->request, &r->auth);
}

static err_t
on_auth_consent(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_auth_consent(f->body, &r->auth_consent));
	r->auth.consented = r->auth_consent.scopes;
	return answer_ok(r, ch, f);
}

static err_t
on_auth_grant(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_auth_grant(f->body, &r->auth_grant));
	return answer_ok(r, ch, f);
}

static err_t
on_auth_end(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_auth_end(f->body, &r->auth_end));
	return answer_ok(r, ch, f);
}

static err_t
on_code_redeem(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_code_redeem(f->body, &r->code_redeem));
	r->code_redeem.client_id = stay(r, r->code_redeem.client_id);
	r->code_redeem.redirect_uri = stay(r, r->code_redeem.redirect_uri);
	r->code_redeem.challenge = stay(r, r->code_redeem.challenge);
	return rig_failed(r, ch, f) ? 0 : send_tokens(ch, f->request, &r->tokens);
}

/* As the vault does: what was sealed a moment ago comes back for the same old
 * token. */
static err_t
on_token_refresh(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;
	struct msg_tokens m;

	rig_note(r, f);
	assert_ok(msg_get_token_refresh(f->body, &r->token_refresh));
	r->token_refresh.client_id = stay(r, r->token_refresh.client_id);
	r->token_refresh.sealed = stay(r, r->token_refresh.sealed);
	m = r->tokens;
	return rig_failed(r, ch, f) ? 0 : send_tokens(ch, f->request, &m);
}

static err_t
on_token_revoke(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_token_revoke(f->body, &r->token_revoke));
	r->token_revoke.client_id = stay(r, r->token_revoke.client_id);
	return answer_ok(r, ch, f);
}

const struct channel_rule rig_oauth_rules[RIG_OAUTH_RULES] = {
	{.type = MSG_CLIENT_GET, .handle = on_client_get},
	{.type = MSG_CLIENT_PUT, .handle = on_client_put},
	{.type = MSG_AUTH_BEGIN, .handle = on_auth_begin},
	{.type = MSG_AUTH_GET, .handle = on_auth_get},
	{.type = MSG_AUTH_CONSENT, .handle = on_auth_consent},
	{.type = MSG_AUTH_GRANT, .handle = on_auth_grant},
	{.type = MSG_AUTH_END, .handle = on_auth_end},
	{.type = MSG_CODE_REDEEM, .handle = on_code_redeem},
	{.type = MSG_TOKEN_REFRESH, .handle = on_token_refresh},
	{.type = MSG_TOKEN_REVOKE, .handle = on_token_revoke},
};
