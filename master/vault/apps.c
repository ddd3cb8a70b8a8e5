/* Spotify applications; see apps.h. */
#include "config.h"

#include "master/vault/apps.h"
#include "master/vault/ask.h"
#include "master/vault/keys.h"

/* --- a sign-in begins, or is called off -------------------------------------------- */

struct begin {
	uint8_t state[HASH_BYTES];
	uint8_t cookie[HASH_BYTES];
	uint8_t auth[ID_BYTES];
	uint8_t invite[HASH_BYTES];
	struct span own;                /* in the arena, as what follows */
	struct msg_login_started started;
};

/* All zero: none. */
static struct span
hash_or_nothing(const uint8_t hash[HASH_BYTES])
{
	static const uint8_t none[HASH_BYTES];

	return span_of(hash, memcmp(hash, none, HASH_BYTES) == 0 ? 0 : HASH_BYTES);
}

/* What login_begin says. */
static void
on_begun(void *arg, const struct db_answer *a)
{
	static const enum portal_why names[] = {
	    [1] = PORTAL_LIMIT, [2] = PORTAL_NOT_OFFERED, [3] = PORTAL_NOT_FOUND};
	struct ask *q = arg;
	struct begin *b = q->own;
	int64_t outcome;

	if (!ask_has_row(q, a, PORTAL_UNAVAILABLE))
		return;
	outcome = db_get_int(a, 0, 0);
	if (outcome != 0) {
		ask_fail(q, outcome > 0 && outcome <= 3 ? names[outcome] : PORTAL_UNAVAILABLE);
		return;
	}
	b->started.client_id = db_get_span(a, 0, 1);
	ASK_ANSWER(q, login_started, &b->started);
	ask_free(q);
}

static void
on_challenged(void *arg, const struct key_answer *a)
{
	struct ask *q = arg;
	struct begin *b = q->own;
	const struct vault_settings *set = &q->v->set;
	char *copy;

	if (a->outcome != KEY_DONE || arena_strdup(&q->arena, a->challenge, &copy) != 0) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return;
	}
	b->started.challenge = span_str(copy);
	db_call(q->v->db, ST_login_begin, (struct db_value[]){DB_UUID(q->id), DB_HASH(b->state),
	    DB_HASH(b->cookie), DB_TEXT(span_str(set->shared_app ? set->client_id : "")),
	    DB_TEXT(span_str(set->mode)), DB_TEXT(b->own), DB_BOOL(set->own_apps),
	    DB_UUID(b->auth), DB_BYTES(hash_or_nothing(b->invite))}, on_begun, q);
}

err_t
apps_on_login_begin(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_login_begin m;
	struct begin *b;
	struct ask *q;
	char *own = NULL;
	err_t err = msg_get_login_begin(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create_with(owner, f, sizeof(*b));
	if (q == NULL)
		return 0;
	b = q->own;
	memcpy(b->state, m.state, HASH_BYTES);
	memcpy(b->cookie, m.cookie, HASH_BYTES);
	memcpy(b->auth, m.auth, ID_BYTES);
	memcpy(b->invite, m.invite, HASH_BYTES);
	if (arena_strdup(&q->arena, m.client_id, &own) != 0 || vault_random_id(q->id) != 0) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return 0;
	}
	b->own = span_str(own);
	keys_challenge(q->v, q->id, on_challenged, q);
	return 0;
}

static void
on_cancelled(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;

	if (ask_has_row(q, a, PORTAL_BAD_STATE))
		ask_succeed(q);
}

err_t
apps_on_login_cancel(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_login_cancel m;
	struct ask *q;
	err_t err = msg_get_login_cancel(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_login_consume,
		    (struct db_value[]){DB_HASH(m.state), DB_HASH(m.cookie)}, on_cancelled, q);
	return 0;
}

/* --- invitations ------------------------------------------------------------------- */

static void
on_shown(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	struct msg_invite m;

	if (!ask_has_row(q, a, PORTAL_NOT_FOUND))
		return;
	m = (struct msg_invite){.inviter = db_get_span(a, 0, 0),
	    .app = (uint8_t)db_get_int(a, 0, 1), .expires_at = db_get_int(a, 0, 2),
	    .used = db_get_bool(a, 0, 3)};
	ASK_ANSWER(q, invite, &m);
	ask_free(q);
}

err_t
apps_on_invite_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_invite_get m;
	struct ask *q;
	err_t err = msg_get_invite_get(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_invitation_show, (struct db_value[]){DB_HASH(m.invite)},
		    on_shown, q);
	return 0;
}

static void
on_listed(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	struct msg_invites m;
	int i;

	if (a->outcome != DB_DONE) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return;
	}
	m = (struct msg_invites){.invites = (uint32_t)a->rows};
	ASK_ANSWER(q, invites, &m);
	for (i = 0; i < a->rows; i++) {
		struct msg_invite_row row = {.label = db_get_span(a, i, 1),
		    .created_at = db_get_int(a, i, 2), .expires_at = db_get_int(a, i, 3),
		    .used_at = db_get_int(a, i, 4)};

		memcpy(row.id, db_get_fixed(a, i, 0), ID_BYTES);
		ASK_ANSWER(q, invite_row, &row);
	}
	ask_free(q);
}

err_t
apps_on_invites_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_invites_get m;
	struct ask *q;
	err_t err = msg_get_invites_get(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_invitation_list, (struct db_value[]){DB_HASH(m.session)},
		    on_listed, q);
	return 0;
}

/* What invitation_create and invitation_drop say. */
static void
on_changed(void *arg, const struct db_answer *a, const enum portal_why *names, int64_t n)
{
	struct ask *q = arg;
	int64_t outcome;

	if (!ask_has_row(q, a, PORTAL_UNAVAILABLE))
		return;
	outcome = db_get_int(a, 0, 0);
	if (outcome == 0)
		ask_succeed(q);
	else
		ask_fail(q, outcome > 0 && outcome < n ? names[outcome] : PORTAL_UNAVAILABLE);
}

static void
on_made(void *arg, const struct db_answer *a)
{
	static const enum portal_why names[] = {[1] = PORTAL_NO_SESSION, [2] = PORTAL_STALE,
	    [3] = PORTAL_LIMIT, [4] = PORTAL_NOT_FOUND};

	on_changed(arg, a, names, sizeof(names) / sizeof(names[0]));
}

err_t
apps_on_invite_new(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_invite_new m;
	struct ask *q;
	err_t err = msg_get_invite_new(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL && !q->v->set.own_apps)
		ask_fail(q, PORTAL_NOT_OFFERED);
	else if (q != NULL)
		db_call(q->v->db, ST_invitation_create, (struct db_value[]){DB_HASH(m.session),
		    DB_HASH(m.hash), DB_TEXT(m.label)}, on_made, q);
	return 0;
}

static void
on_dropped(void *arg, const struct db_answer *a)
{
	static const enum portal_why names[] = {[1] = PORTAL_NO_SESSION, [2] = PORTAL_NOT_FOUND};

	on_changed(arg, a, names, sizeof(names) / sizeof(names[0]));
}

err_t
apps_on_invite_drop(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_invite_drop m;
	struct ask *q;
	err_t err = msg_get_invite_drop(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_invitation_drop,
		    (struct db_value[]){DB_HASH(m.session), DB_UUID(m.id)}, on_dropped, q);
	return 0;
}

/* --- the operator's options --------------------------------------------------------- */

/* Is id among the names in list, which commas and blanks separate? */
static bool
in_list(const char *list, struct span id)
{
	static const char between[] = ", \t";
	size_t n;

	for (; *list != '\0'; list += n + strspn(list + n, between)) {
		n = strcspn(list, between);
		if (id.n > 0 && n == id.n && memcmp(list, id.p, n) == 0)
			return true;
	}
	return false;
}

bool
apps_listed(const struct vault_settings *set, struct span account_id, struct span spotify_id)
{
	return set->access == ACCESS_ANYONE || in_list(set->allowed, spotify_id) ||
	    in_list(set->allowed, account_id);
}
