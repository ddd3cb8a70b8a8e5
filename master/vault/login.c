/* The steps of a sign-in; see login.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/apps.h"
#include "master/vault/enroll.h"
#include "master/vault/keys.h"
#include "master/vault/login.h"
#include "master/vault/portal.h"
#include "master/vault/users.h"
#include "shared/base/arena.h"
#include "shared/base/clock.h"
#include "shared/fault/fault.h"
#include "shared/base/log.h"

#define LOGINS_MAX 64
#define LOGIN_MS   30000
/* Sealed tokens of 16 KiB, names, scopes. */
#define ARENA_MAX  (24 * 1024)

enum login_state {
	LOGIN_CONSUMING,   /* the database is asked whether the state is ours */
	LOGIN_WAITING,     /* for a blank enroll program */
	LOGIN_ENROLLING,   /* it is at work */
	LOGIN_WRAPPING,    /* the keyring makes a key, in case the person is new */
	LOGIN_KEEPING,     /* the database keeps it */
	LOGIN_OVER         /* answered; a question is still open */
};

struct login {
	struct login *next;            /* in vault.logins, oldest first */
	struct vault *v;
	enum login_state state;
	unsigned epoch;                /* of the portal that asked */
	uint64_t request;
	int64_t deadline;
	unsigned open;                 /* questions whose answers will name this */
	uint8_t id[ID_BYTES];
	uint8_t session[HASH_BYTES];
	uint8_t candidate[ID_BYTES];   /* who this is if nobody we know */
	struct secret code;            /* until the enroll program has it */
	struct enroll_slot *slot;
	struct arena arena;
	struct span client_id;         /* in the arena, as what follows */
	struct span account_id, spotify_id, display_name, scopes, sealed;
};

const uint8_t *
login_id(const struct login *l)
{
	return l->id;
}

static void
login_free(struct login *l)
{
	struct login **p;

	for (p = &l->v->logins; *p != l; p = &(*p)->next)
		;
	*p = l->next;
	l->v->n_logins--;
	secret_clear(&l->code);
	arena_reset(&l->arena);
	enroll_drop(&l->slot, false);
	free(l);
}

/* The portal has its answer.  The rest goes when no question is open. */
static void
over(struct login *l)
{
	l->state = LOGIN_OVER;
	secret_clear(&l->code);
	enroll_drop(&l->slot, false);
	if (l->open == 0)
		login_free(l);
}

static void
fail(struct login *l, enum portal_why why)
{
	if (l->state == LOGIN_OVER)
		return;
	log_info("login_failed", LF_INT("why", why), LF_INT("step", l->state));
	portal_say_failed(l->v, l->epoch, l->request, why,
	    why == PORTAL_UNAVAILABLE ? RETRY_AFTER : 0);
	over(l);
}

/* One answer has come; false if it comes too late to matter (l is gone then,
 * or waits for another). */
static bool
answer_counts(struct login *l)
{
	l->open--;
	if (l->state != LOGIN_OVER)
		return true;
	if (l->open == 0)
		login_free(l);
	return false;
}

static bool
keep(struct login *l, struct span s, struct span *out)
{
	void *copy;

	if (arena_alloc(&l->arena, s.n + 1, &copy) != 0)
		return false;
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	*out = span_of(copy, s.n);
	return true;
}

/* --- step 5: the database keeps it ------------------------------------------------- */

/* What enroll says first. */
enum kept { KEPT, NO_SUCH_LOGIN, NOT_ADMITTED };

static void
on_kept(void *arg, const struct db_answer *a)
{
	struct login *l = arg;
	struct vault *v = l->v;
	struct msg_login_done m;
	struct user *u;

	FAULT(vault_kept);
	if (a->outcome == DB_DONE && a->rows == 1 && db_get_int(a, 0, 0) == KEPT) {
		v->counts.enrolled++;
		/* Its worker holds the old tokens; the next one reads the new. */
		users_note(v, db_get_fixed(a, 0, 1));
		u = user_find(v, db_get_fixed(a, 0, 1));
		if (u != NULL && u->state == USER_BOUND)
			user_refreshed(v, u);
		else if (u != NULL)
			u->stale = true;
	}
	if (!answer_counts(l))
		return;
	if (a->outcome != DB_DONE || a->rows == 0 || db_get_int(a, 0, 0) != KEPT) {
		fail(l, a->outcome != DB_DONE || a->rows == 0 ? PORTAL_UNAVAILABLE :
		    db_get_int(a, 0, 0) == NOT_ADMITTED ? PORTAL_NOT_INVITED : PORTAL_BAD_STATE);
		return;
	}
	memcpy(m.user, db_get_fixed(a, 0, 1), ID_BYTES);
	memcpy(m.auth, db_get_fixed(a, 0, 3), ID_BYTES);
	m.missing = db_get_span(a, 0, 4);
	if (v->portal.ch != NULL && v->portal.epoch == l->epoch)
		vault_sent(send_login_done(v->portal.ch, l->request, &m), "portal");
	over(l);
}

static void
on_wrapped(void *arg, const struct key_answer *a)
{
	struct login *l = arg;

	if (!answer_counts(l))
		return;
	if (a->outcome != KEY_DONE) {
		fail(l, PORTAL_UNAVAILABLE);
		return;
	}
	l->state = LOGIN_KEEPING;
	l->open++;
	db_call(l->v->db, ST_enroll, (struct db_value[]){DB_UUID(l->id), DB_UUID(l->candidate),
	    DB_INT4(a->key_id), DB_BYTES(a->wrapped), DB_TEXT(l->account_id),
	    DB_TEXT(l->spotify_id), DB_TEXT(l->display_name), DB_TEXT(l->scopes),
	    DB_BYTES(l->sealed), DB_HASH(l->session),
	    DB_BOOL(apps_listed(&l->v->set, l->account_id, l->spotify_id)),
	    DB_BOOL(l->v->set.access == ACCESS_INVITED)}, on_kept, l);
}

/* --- step 4: who it was ------------------------------------------------------------- */

void
login_enrolled(struct login *l, const struct msg_enrolled *m)
{
	FAULT(vault_enrolled);
	enroll_drop(&l->slot, true);
	if (l->state != LOGIN_ENROLLING)
		return;
	if (!keep(l, m->account_id, &l->account_id) || !keep(l, m->spotify_id, &l->spotify_id) ||
	    !keep(l, m->display_name, &l->display_name) || !keep(l, m->scopes, &l->scopes) ||
	    !keep(l, m->sealed, &l->sealed) || vault_random_id(l->candidate) != 0) {
		fail(l, PORTAL_UNAVAILABLE);
		return;
	}
	l->state = LOGIN_WRAPPING;
	l->open++;
	keys_new(l->v, l->candidate, on_wrapped, l);
}

void
login_enroll_failed(struct login *l, enum enroll_why why)
{
	static const enum portal_why names[] = {
		[ENROLL_DENIED] = PORTAL_DENIED,
		[ENROLL_NOT_ALLOWED] = PORTAL_NOT_ALLOWED,
		[ENROLL_OWNER_PREMIUM] = PORTAL_OWNER_PREMIUM,
		[ENROLL_SPOTIFY_DOWN] = PORTAL_SPOTIFY_DOWN,
		[ENROLL_WRONG_APP] = PORTAL_WRONG_APP,
	};

	enroll_drop(&l->slot, true);
	fail(l, why >= ENROLL_DENIED && why <= ENROLL_WRONG_APP && why != ENROLL_BROKEN ?
	    names[why] : PORTAL_UNAVAILABLE);
}

/* --- step 3: an enroll program redeems the code --------------------------------------- */

static void
on_keyed(void *arg, const struct key_answer *a)
{
	struct login *l = arg;

	if (answer_counts(l) && a->outcome != KEY_DONE)
		fail(l, PORTAL_UNAVAILABLE);
}

static void
start(struct login *l)
{
	struct msg_enroll m = {.code = secret_span(&l->code), .client_id = l->client_id,
	    .redirect_uri = span_str(l->v->set.redirect_uri)};

	l->state = LOGIN_ENROLLING;
	memcpy(m.login, l->id, ID_BYTES);
	if (enroll_start(l->slot, &m) != 0) {
		fail(l, PORTAL_UNAVAILABLE);
		return;
	}
	secret_clear(&l->code);
	l->open++;
	keys_for_enroll(l->v, enroll_id(l->slot), l->id, on_keyed, l);
}

void
logins_enroll_ready(struct vault *v)
{
	struct login *l;

	for (l = v->logins; l != NULL; l = l->next)
		if (l->state == LOGIN_WAITING) {
			l->slot = enroll_take(v, l);
			if (l->slot != NULL)
				start(l);
			return;
		}
}

/* --- steps 1 and 2: the state is consumed, a program found ------------------------------ */

static void
on_consumed(void *arg, const struct db_answer *a)
{
	struct login *l = arg;

	if (!answer_counts(l))
		return;
	if (a->outcome != DB_DONE || a->rows == 0) {
		fail(l, a->outcome == DB_DONE ? PORTAL_BAD_STATE : PORTAL_UNAVAILABLE);
		return;
	}
	memcpy(l->id, db_get_fixed(a, 0, 0), ID_BYTES);
	if (!keep(l, db_get_span(a, 0, 1), &l->client_id)) {
		fail(l, PORTAL_UNAVAILABLE);
		return;
	}
	l->slot = enroll_take(l->v, l);
	if (l->slot != NULL) {
		start(l);
		return;
	}
	l->state = LOGIN_WAITING;
	enroll_want(l->v);
}

err_t
login_on_finish(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = owner;
	struct msg_login_finish m;
	struct login *l, **p;
	err_t err = msg_get_login_finish(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	l = v->n_logins >= LOGINS_MAX || !db_is_up(v->db) || v->draining ? NULL :
	    calloc(1, sizeof(*l));
	if (l == NULL || secret_set(&l->code, m.code) != 0) {
		free(l);
		portal_say_failed(v, v->portal.epoch, f->request,
		    v->n_logins >= LOGINS_MAX ? PORTAL_LIMIT : PORTAL_UNAVAILABLE, RETRY_AFTER);
		return 0;
	}
	FAULT(vault_login);
	v->counts.logins++;
	l->v = v;
	l->epoch = v->portal.epoch;
	l->request = f->request;
	l->deadline = clock_mono_ms() + LOGIN_MS;
	memcpy(l->session, m.session, HASH_BYTES);
	arena_init(&l->arena, ARENA_MAX);
	for (p = &v->logins; *p != NULL; p = &(*p)->next)
		;
	*p = l;
	v->n_logins++;
	l->open++;
	db_call(v->db, ST_login_consume,
	    (struct db_value[]){DB_HASH(m.state), DB_HASH(m.cookie)}, on_consumed, l);
	return 0;
}

void
logins_tick(struct vault *v, int64_t now)
{
	struct login *l, *next;

	for (l = v->logins; l != NULL; l = next) {
		next = l->next;
		if (l->state != LOGIN_OVER && now > l->deadline)
			fail(l, l->state == LOGIN_ENROLLING ? PORTAL_SPOTIFY_DOWN :
			    PORTAL_UNAVAILABLE);
	}
}

void
logins_end(struct vault *v)
{
	while (v->logins != NULL)
		login_free(v->logins);
}
