/* Codes and tokens, for the portal; see oauth_tokens.h. */
#include "config.h"

#include "master/vault/ask.h"
#include "master/vault/oauth_tokens.h"
#include "master/vault/users.h"
#include "shared/base/log.h"

/* What code_redeem and token_refresh say first. */
enum token_outcome {
	TOKEN_DONE, TOKEN_NOT_CLIENT, TOKEN_UNKNOWN, TOKEN_REUSED, TOKEN_AGAIN, TOKEN_SCOPES
};

/* Both answers begin alike: outcome, person, connection, scopes, seconds. */
static void
tell_tokens(struct ask *q, const struct db_answer *a, struct span sealed, const char *what)
{
	struct msg_tokens m = {.scopes = (uint32_t)db_get_int(a, 0, 3),
	    .expires_in = (uint32_t)db_get_int(a, 0, 4), .sealed = sealed};

	switch (db_get_int(a, 0, 0)) {
	case TOKEN_DONE:
		ask_changed(q->v, db_get_fixed(a, 0, 1));
		/* fall through */
	case TOKEN_AGAIN:
		ASK_ANSWER(q, tokens, &m);
		ask_free(q);
		return;
	case TOKEN_REUSED:
		log_warn("connection_ended_by_reuse", LF_STR("of", what));
		ask_forget(q->v, db_get_fixed(a, 0, 1), db_get_fixed(a, 0, 2));
		ask_fail(q, PORTAL_OAUTH_GRANT);
		return;
	case TOKEN_NOT_CLIENT:
		ask_fail(q, PORTAL_OAUTH_CLIENT);
		return;
	case TOKEN_SCOPES:
		ask_fail(q, PORTAL_OAUTH_SCOPE);
		return;
	default:
		ask_fail(q, PORTAL_OAUTH_GRANT);
		return;
	}
}

static void
on_redeemed(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;

	if (ask_has_row(q, a, PORTAL_UNAVAILABLE))
		tell_tokens(q, a, span_of(NULL, 0), "code");
}

err_t
oauth_on_redeem(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_code_redeem m;
	struct ask *q;
	err_t err = msg_get_code_redeem(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q == NULL)
		return 0;
	if (!ask_graphic(m.client_id))
		ask_fail(q, PORTAL_OAUTH_CLIENT);
	else if (!ask_graphic(m.redirect_uri) || !ask_graphic(m.challenge))
		ask_fail(q, PORTAL_OAUTH_GRANT);
	else
		db_call(q->v->db, ST_code_redeem, (struct db_value[]){DB_HASH(m.code),
		    DB_TEXT(m.client_id), DB_HASH(m.secret), DB_TEXT(m.redirect_uri),
		    DB_TEXT(m.challenge), DB_HASH(m.access), DB_HASH(m.refresh)},
		    on_redeemed, q);
	return 0;
}

static void
on_refreshed(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;

	if (ask_has_row(q, a, PORTAL_UNAVAILABLE))
		tell_tokens(q, a, db_get_span(a, 0, 5), "refresh");
}

err_t
oauth_on_refresh(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_token_refresh m;
	struct ask *q;
	err_t err = msg_get_token_refresh(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	/* Without it there would be nothing to say the second time. */
	if (m.sealed.n == 0 || (m.scopes & ~SCOPE_ALL) != 0)
		return ERR_SYNTAX;
	q = ask_create(owner, f);
	if (q != NULL && !ask_graphic(m.client_id))
		ask_fail(q, PORTAL_OAUTH_CLIENT);
	else if (q != NULL)
		db_call(q->v->db, ST_token_refresh, (struct db_value[]){DB_HASH(m.old),
		    DB_TEXT(m.client_id), DB_HASH(m.secret), DB_INT4(m.scopes), DB_HASH(m.access),
		    DB_HASH(m.refresh), DB_BYTES(m.sealed)}, on_refreshed, q);
	return 0;
}

static void
on_revoked(void *arg, const struct db_answer *a)
{
	static const uint8_t none[ID_BYTES];
	struct ask *q = arg;

	if (!ask_has_row(q, a, PORTAL_UNAVAILABLE))
		return;
	if (db_get_int(a, 0, 0) != TOKEN_DONE) {
		ask_fail(q, PORTAL_OAUTH_CLIENT);
		return;
	}
	if (memcmp(db_get_fixed(a, 0, 2), none, ID_BYTES) != 0) {
		ask_forget(q->v, db_get_fixed(a, 0, 1), db_get_fixed(a, 0, 2));
	} else if (memcmp(db_get_fixed(a, 0, 1), none, ID_BYTES) != 0) {
		user_forget_credential(q->v, q->id);
		ask_changed(q->v, db_get_fixed(a, 0, 1));
	}
	ask_succeed(q);
}

err_t
oauth_on_revoke(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_token_revoke m;
	struct ask *q;
	err_t err = msg_get_token_revoke(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q == NULL)
		return 0;
	memcpy(q->id, m.token, HASH_BYTES);
	if (!ask_graphic(m.client_id))
		ask_fail(q, PORTAL_OAUTH_CLIENT);
	else
		db_call(q->v->db, ST_token_revoke, (struct db_value[]){DB_HASH(m.token),
		    DB_TEXT(m.client_id), DB_HASH(m.secret)}, on_revoked, q);
	return 0;
}
