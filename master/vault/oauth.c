/* Authorization requests, for the portal; see oauth.h. */
#include "config.h"

#include "master/vault/ask.h"
#include "master/vault/oauth.h"
#include "shared/ipc/scopes.h"

/* Base64url of a SHA-256 (RFC 7636 section 4.2): there is no other method. */
#define CHALLENGE_CHARS 43

static bool
scopes_fit(uint32_t scopes)
{
	return scopes != 0 && (scopes & ~SCOPE_ALL) == 0;
}

/* --- begin ------------------------------------------------------------------------- */

static void
on_begun(void *arg, const struct db_answer *a)
{
	static const enum portal_why whys[] = {0, PORTAL_NOT_FOUND, PORTAL_LIMIT};
	struct ask *q = arg;
	struct msg_auth_begun m;
	int64_t outcome;

	if (!ask_has_row(q, a, PORTAL_UNAVAILABLE))
		return;
	outcome = db_get_int(a, 0, 0);
	if (outcome != 0) {
		ask_fail(q, outcome == 1 || outcome == 2 ? whys[outcome] : PORTAL_UNAVAILABLE);
		return;
	}
	memcpy(m.auth, q->id, ID_BYTES);
	ASK_ANSWER(q, auth_begun, &m);
	ask_free(q);
}

err_t
oauth_on_begin(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_auth_begin m;
	struct ask *q;
	err_t err = msg_get_auth_begin(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (!scopes_fit(m.scopes) || m.challenge.n != CHALLENGE_CHARS ||
	    !ask_graphic(m.challenge) || m.has_state > 1 || (!m.has_state && m.state.n > 0))
		return ERR_SYNTAX;
	q = ask_create(owner, f);
	if (q == NULL)
		return 0;
	if (!ask_graphic(m.client_id) || !ask_graphic(m.redirect_uri))
		ask_fail(q, PORTAL_NOT_FOUND);
	else if (vault_random_id(q->id) != 0)
		ask_fail(q, PORTAL_UNAVAILABLE);
	else
		db_call(q->v->db, ST_auth_begin, (struct db_value[]){DB_UUID(q->id),
		    DB_HASH(m.browser), DB_TEXT(m.client_id), DB_TEXT(m.redirect_uri),
		    DB_BOOL(m.has_state), DB_BYTES(m.state), DB_TEXT(m.challenge),
		    DB_INT4(m.scopes)}, on_begun, q);
	return 0;
}

/* --- look ---------------------------------------------------------------------------- */

static void
on_request(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	struct msg_auth m;

	if (!ask_has_row(q, a, PORTAL_NOT_FOUND))
		return;
	m = (struct msg_auth){.client_id = db_get_span(a, 0, 0),
	    .kind = (uint8_t)db_get_int(a, 0, 1), .name = db_get_span(a, 0, 2),
	    .uri = db_get_span(a, 0, 3), .redirects = db_get_span(a, 0, 4),
	    .redirect_uri = db_get_span(a, 0, 5), .has_state = db_get_bool(a, 0, 6),
	    .state = db_get_span(a, 0, 7), .scopes = (uint32_t)db_get_int(a, 0, 8),
	    .before = (uint32_t)db_get_int(a, 0, 9), .consented = (uint32_t)db_get_int(a, 0, 10),
	    .other = db_get_bool(a, 0, 11), .expires_at = db_get_int(a, 0, 12)};
	ASK_ANSWER(q, auth, &m);
	ask_free(q);
}

err_t
oauth_on_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_auth_get m;
	struct ask *q;
	err_t err = msg_get_auth_get(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_auth_get, (struct db_value[]){DB_UUID(m.auth),
		    DB_HASH(m.browser), DB_HASH(m.session)}, on_request, q);
	return 0;
}

/* --- consent, grant, end ---------------------------------------------------------------- */

/* A row says that it was done. */
static void
on_done(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;

	if (ask_has_row(q, a, PORTAL_NOT_FOUND))
		ask_succeed(q);
}

err_t
oauth_on_consent(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_auth_consent m;
	struct ask *q;
	err_t err = msg_get_auth_consent(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (!scopes_fit(m.scopes))
		return ERR_SYNTAX;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_auth_consent, (struct db_value[]){DB_UUID(m.auth),
		    DB_HASH(m.browser), DB_HASH(m.session), DB_INT4(scopes_whole(m.scopes))},
		    on_done, q);
	return 0;
}

static void
on_granted(void *arg, const struct db_answer *a)
{
	static const enum portal_why whys[] = {0, PORTAL_NOT_FOUND, PORTAL_NO_SESSION,
	    PORTAL_OTHER_PERSON};
	struct ask *q = arg;
	int64_t outcome;

	if (!ask_has_row(q, a, PORTAL_UNAVAILABLE))
		return;
	outcome = db_get_int(a, 0, 0);
	if (outcome == 0) {
		/* An older connection may have made room. */
		ask_changed(q->v, db_get_fixed(a, 0, 1));
		ask_succeed(q);
	} else {
		ask_fail(q, outcome > 0 && outcome <= 3 ? whys[outcome] : PORTAL_UNAVAILABLE);
	}
}

err_t
oauth_on_grant(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_auth_grant m;
	struct ask *q;
	err_t err = msg_get_auth_grant(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_auth_grant, (struct db_value[]){DB_UUID(m.auth),
		    DB_HASH(m.browser), DB_HASH(m.session), DB_HASH(m.code)}, on_granted, q);
	return 0;
}

err_t
oauth_on_end(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_auth_end m;
	struct ask *q;
	err_t err = msg_get_auth_end(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_auth_end,
		    (struct db_value[]){DB_UUID(m.auth), DB_HASH(m.browser)}, on_done, q);
	return 0;
}
