/* Accounts and credentials, for the portal; see portal.h. */
#include "config.h"

#include "master/vault/apps.h"
#include "master/vault/ask.h"
#include "master/vault/clients.h"
#include "master/vault/limits.h"
#include "master/vault/login.h"
#include "master/vault/oauth.h"
#include "master/vault/oauth_tokens.h"
#include "master/vault/portal.h"
#include "master/vault/users.h"
#include "shared/base/log.h"

#define QUEUE_MAX (4 * 1024 * 1024)

void
portal_say_failed(struct vault *v, unsigned epoch, uint64_t request, enum portal_why why,
    uint32_t retry_after)
{
	const struct msg_portal_failed m = {.why = (uint8_t)why, .retry_after = retry_after};

	if (v->portal.ch != NULL && v->portal.epoch == epoch)
		vault_sent(send_portal_failed(v->portal.ch, request, &m), "portal");
}

/* --- the account page ---------------------------------------------------------------- */

static void
on_account_credentials(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	struct msg_account *account = q->own;
	int i;

	if (a->outcome != DB_DONE) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return;
	}
	account->credentials = (uint32_t)a->rows;
	ASK_ANSWER(q, account, account);
	for (i = 0; i < a->rows; i++) {
		struct msg_account_cred m = {.cred_kind = (uint8_t)db_get_int(a, i, 1),
		    .scopes = (uint32_t)db_get_int(a, i, 2), .created_at = db_get_int(a, i, 3),
		    .expires_at = db_get_int(a, i, 4), .last_used_at = db_get_int(a, i, 5),
		    .label = db_get_span(a, i, 6), .client = db_get_span(a, i, 7)};

		memcpy(m.grant, db_get_fixed(a, i, 0), ID_BYTES);
		ASK_ANSWER(q, account_cred, &m);
	}
	ask_free(q);
}

static void
on_account(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	struct msg_account *m = q->own;
	struct user *u;

	if (!ask_has_row(q, a, PORTAL_NO_SESSION))
		return;
	memcpy(m->user, db_get_fixed(a, 0, 0), ID_BYTES);
	if (!ask_keep(q, a, 1, &m->display_name) || !ask_keep(q, a, 2, &m->spotify_id) ||
	    !ask_keep(q, a, 3, &m->spotify_scopes) || !ask_keep(q, a, 6, &m->client_id)) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return;
	}
	m->authorized_at = db_get_int(a, 0, 4);
	m->signed_in_at = db_get_int(a, 0, 5);
	m->mode = span_is(db_get_span(a, 0, 7), "extended") ? 1 : 0;
	m->app = (uint8_t)db_get_int(a, 0, 8);
	u = user_find(q->v, m->user);
	m->live_worker = u != NULL && u->state == USER_BOUND;
	db_call(q->v->db, ST_account_entries, (struct db_value[]){DB_HASH(q->id)},
	    on_account_credentials, q);
}

static err_t
on_account_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_account_get m;
	struct ask *q;
	err_t err = msg_get_account_get(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create_with(owner, f, sizeof(struct msg_account));
	if (q == NULL)
		return 0;
	memcpy(q->id, m.session, HASH_BYTES);
	db_call(q->v->db, ST_account_show, (struct db_value[]){DB_HASH(q->id)}, on_account, q);
	return 0;
}

/* --- credentials ---------------------------------------------------------------------- */

/* What credential_create and credential_revoke say first. */
enum change_outcome { CHANGE_DONE, CHANGE_NO_SESSION, CHANGE_THIRD, CHANGE_LIMIT };

static void
on_created(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	int64_t outcome;

	if (!ask_has_row(q, a, PORTAL_UNAVAILABLE))
		return;
	outcome = db_get_int(a, 0, 0);
	if (outcome == CHANGE_DONE) {
		ask_changed(q->v, db_get_fixed(a, 0, 1));
		ask_succeed(q);
	} else {
		ask_fail(q, outcome == CHANGE_NO_SESSION ? PORTAL_NO_SESSION :
		    outcome == CHANGE_THIRD ? PORTAL_STALE : PORTAL_LIMIT);
	}
}

static err_t
on_cred_new(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_cred_new m;
	struct ask *q;
	err_t err = msg_get_cred_new(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	/* A ticket allows nothing but its errand. */
	if ((m.cred_kind != CRED_PERSONAL && m.cred_kind != CRED_LINK &&
	    m.cred_kind != CRED_TICKET) || (m.scopes == 0 && m.cred_kind != CRED_TICKET) ||
	    (m.scopes & ~SCOPE_ALL) != 0 || m.expires_at < 0)
		return ERR_SYNTAX;
	q = ask_create(owner, f);
	if (q != NULL && m.cred_kind == CRED_LINK && !q->v->set.links)
		ask_fail(q, PORTAL_NOT_FOUND);
	else if (q != NULL)
		db_call(q->v->db, ST_credential_create, (struct db_value[]){DB_HASH(m.session),
		    DB_HASH(m.hash), DB_INT2(m.cred_kind), DB_INT4(m.scopes), DB_TEXT(m.label),
		    DB_INT8(m.expires_at)}, on_created, q);
	return 0;
}

static void
on_revoked(void *arg, const struct db_answer *a)
{
	static const uint8_t all[ID_BYTES];
	struct ask *q = arg;
	int64_t outcome;

	if (!ask_has_row(q, a, PORTAL_UNAVAILABLE))
		return;
	outcome = db_get_int(a, 0, 0);
	if (outcome == CHANGE_DONE) {
		if (db_get_span(a, 0, 2).n == HASH_BYTES)
			user_forget_credential(q->v, db_get_fixed(a, 0, 2));
		ask_forget(q->v, db_get_fixed(a, 0, 1),
		    memcmp(q->id, all, ID_BYTES) == 0 ? NULL : q->id);
		ask_succeed(q);
	} else {
		ask_fail(q, outcome == CHANGE_NO_SESSION ? PORTAL_NO_SESSION : PORTAL_NOT_FOUND);
	}
}

static err_t
on_cred_revoke(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_cred_revoke m;
	struct ask *q;
	err_t err = msg_get_cred_revoke(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q == NULL)
		return 0;
	memcpy(q->id, m.grant, ID_BYTES);
	db_call(q->v->db, ST_credential_revoke,
	    (struct db_value[]){DB_HASH(m.session), DB_UUID(m.grant)}, on_revoked, q);
	return 0;
}

/* --- the end of a session, of an account ----------------------------------------------- */

static void
on_session_over(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;

	/* One that was over already is as good. */
	if (a->outcome == DB_DONE)
		ask_succeed(q);
	else
		ask_fail(q, PORTAL_UNAVAILABLE);
}

static err_t
on_session_end(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_session_end m;
	struct ask *q;
	err_t err = msg_get_session_end(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_session_end, (struct db_value[]){DB_HASH(m.session)},
		    on_session_over, q);
	return 0;
}

static void
on_deleted(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	struct user *u;

	if (!ask_has_row(q, a, PORTAL_NO_SESSION))
		return;
	users_note(q->v, db_get_fixed(a, 0, 0));
	u = user_find(q->v, db_get_fixed(a, 0, 0));
	if (u != NULL && u->state == USER_BOUND)
		user_revoked(q->v, u);
	else if (u != NULL)
		u->stale = true;
	ask_succeed(q);
}

static err_t
on_account_delete(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_account_delete m;
	struct ask *q;
	err_t err = msg_get_account_delete(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_person_delete, (struct db_value[]){DB_HASH(m.session)},
		    on_deleted, q);
	return 0;
}

/* --- the channel ------------------------------------------------------------------------ */

static const struct channel_rule rules[] = {
	{.type = MSG_LOGIN_BEGIN, .handle = apps_on_login_begin},
	{.type = MSG_LOGIN_FINISH, .handle = login_on_finish},
	{.type = MSG_LOGIN_CANCEL, .handle = apps_on_login_cancel},
	{.type = MSG_ACCOUNT_GET, .handle = on_account_get},
	{.type = MSG_QUOTA_GET, .handle = limits_on_quota_get},
	{.type = MSG_CRED_NEW, .handle = on_cred_new},
	{.type = MSG_CRED_REVOKE, .handle = on_cred_revoke},
	{.type = MSG_SESSION_END, .handle = on_session_end},
	{.type = MSG_ACCOUNT_DELETE, .handle = on_account_delete},
	{.type = MSG_INVITE_GET, .handle = apps_on_invite_get},
	{.type = MSG_INVITES_GET, .handle = apps_on_invites_get},
	{.type = MSG_INVITE_NEW, .handle = apps_on_invite_new},
	{.type = MSG_INVITE_DROP, .handle = apps_on_invite_drop},
	{.type = MSG_CLIENT_GET, .handle = clients_on_get},
	{.type = MSG_CLIENT_PUT, .handle = clients_on_put},
	{.type = MSG_AUTH_BEGIN, .handle = oauth_on_begin},
	{.type = MSG_AUTH_GET, .handle = oauth_on_get},
	{.type = MSG_AUTH_CONSENT, .handle = oauth_on_consent},
	{.type = MSG_AUTH_GRANT, .handle = oauth_on_grant},
	{.type = MSG_AUTH_END, .handle = oauth_on_end},
	{.type = MSG_CODE_REDEEM, .handle = oauth_on_redeem},
	{.type = MSG_TOKEN_REFRESH, .handle = oauth_on_refresh},
	{.type = MSG_TOKEN_REVOKE, .handle = oauth_on_revoke},
};

static const struct channel_table table = {
	.peer = "portal", .vital = true, .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_queue = QUEUE_MAX,
};

static void
ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct vault *v = owner;

	(void)ch;
	log_warn("portal_gone", LF_INT("how", why));
	channel_close(&v->portal.ch);
}

err_t
portal_peer(struct vault *v, int fd)
{
	struct msg_check_key m;
	err_t err;

	channel_close(&v->portal.ch);
	v->portal.epoch++;
	err = channel_open(v->loop, fd, &table, v, ended, &v->portal.ch);
	if (err != 0)
		return err;
	if (secret_span(&v->check_key).n == KEY_BYTES) {
		memcpy(m.key, secret_span(&v->check_key).p, KEY_BYTES);
		vault_sent(send_check_key(v->portal.ch, 0, &m), "portal");
		explicit_bzero(&m, sizeof(m));
	}
	return 0;
}

void
portal_end(struct vault *v)
{
	channel_close(&v->portal.ch);
}
