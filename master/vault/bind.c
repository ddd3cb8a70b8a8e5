/* Front's channel and the steps of a bind; see bind.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/bind.h"
#include "master/vault/bind_load.h"
#include "master/vault/worker.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/fault/fault.h"

#define QUEUE_MAX  (4 * 1024 * 1024)
#define BINDS_MAX  4096
/* A little less than front's own patience of 5 s, so that it hears from us. */
#define BIND_MS    4500
/* A database that does not answer this long is as good as away. */
#define PATIENCE_MS 1000
#define ROUNDS_MAX 3

static void proceed(struct bind *b);

/* --- answers ------------------------------------------------------------------------ */

static bool
front_listens(const struct bind *b)
{
	return b->state != BIND_DONE && b->v->front.ch != NULL &&
	    b->front_epoch == b->v->front.epoch;
}

/* Ends a bind.  The caller must not touch it any more. */
static void
finish(struct bind *b)
{
	struct bind **p;

	for (p = &b->v->binds; *p != b; p = &(*p)->next)
		;
	*p = b->next;
	b->v->n_binds--;
	bind_unload(b);
	if (b->worker != NULL)
		worker_unpin(b->worker);
	free(b);
}

static void
say_refused(struct bind *b, enum bind_why why, uint32_t retry_after)
{
	const struct msg_bind_refused m = {.why = (uint8_t)why, .retry_after = retry_after};
	char name[9];

	b->v->counts.binds_refused++;
	log_debug("bind_refused", LF_STR("credential", vault_hash_name(b->hash, name)),
	    LF_INT("why", why));
	if (front_listens(b))
		vault_sent(send_bind_refused(b->v->front.ch, b->request, &m), "front");
}

static void
refuse(struct bind *b, enum bind_why why, uint32_t retry_after)
{
	say_refused(b, why, retry_after);
	finish(b);
}

static void
say_bound(struct bind *b, uint64_t worker, bool fresh)
{
	const struct msg_bound m = {.worker = worker, .fresh = fresh};

	if (front_listens(b))
		vault_sent(send_bound(b->v->front.ch, b->request, &m), "front");
}

/* The credential was used, as far as the database is told. */
static void
touch(struct bind *b)
{
	db_call(b->v->db, ST_credential_touch, (struct db_value[]){DB_HASH(b->hash)}, NULL, NULL);
}

/* The database does not answer: a live worker that was told of the credential
 * not long ago serves it still (claim C6).  True if front was answered so. */
static bool
answer_from_memory(struct bind *b)
{
	struct user *u = user_from_memory(b->v, b->hash, b->kind);

	if (u == NULL)
		return false;
	b->v->counts.binds_from_memory++;
	say_bound(b, u->worker->id, false);
	return true;
}

static void
refuse_unavailable(struct bind *b)
{
	if (!answer_from_memory(b))
		say_refused(b, BIND_UNAVAILABLE, RETRY_AFTER);
	finish(b);
}

/* --- step 1: whose is it? ------------------------------------------------------------ */

static void
on_resolved(struct bind *b)
{
	if (b->state == BIND_DONE) {
		finish(b);
		return;
	}
	if (b->failed) {
		refuse_unavailable(b);
		return;
	}
	if (b->missing) {
		struct user *u = user_from_memory(b->v, b->hash, b->kind);

		/* The database knows better than what a worker was told. */
		if (u != NULL)
			user_reload(b->v, u);
		refuse(b, BIND_UNKNOWN, 0);
		return;
	}
	b->loaded = true;
	FAULT(vault_resolved);
	proceed(b);
}

static err_t
on_bind(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_bind_refused no = {.why = BIND_UNAVAILABLE, .retry_after = 1};
	struct vault *v = owner;
	struct bind *b;
	struct msg_bind m;
	err_t err = msg_get_bind(f->body, &m);

	if (err != 0)
		return err;
	if (m.cred_kind == CRED_NONE || m.cred_kind >= CRED_WORKERS)
		return ERR_SYNTAX;
	v->counts.binds++;
	if (m.cred_kind == CRED_LINK && !v->set.links)
		no = (struct msg_bind_refused){.why = BIND_UNKNOWN};
	b = no.why == BIND_UNKNOWN || v->n_binds >= BINDS_MAX ? NULL : calloc(1, sizeof(*b));
	if (b == NULL) {
		vault_sent(send_bind_refused(ch, f->request, &no), "front");
		return 0;
	}
	b->v = v;
	b->front_epoch = v->front.epoch;
	b->request = f->request;
	memcpy(b->hash, m.hash, HASH_BYTES);
	b->kind = m.cred_kind;
	b->offered = m.worker;
	b->began = clock_mono_ms();
	b->next = v->binds;
	v->binds = b;
	v->n_binds++;
	if (!db_is_up(v->db)) {
		refuse_unavailable(b);
		return 0;
	}
	bind_load(b, on_resolved);
	return 0;
}

/* --- step 3: what a fresh worker needs -------------------------------------------------- */

/* The worker was told nothing yet: it is blank again, the user is free. */
static void
untake(struct bind *b)
{
	struct user *u = b->worker->user;

	user_free(b->v, &u);
	if (b->worker->state == WORKER_BINDING)
		b->worker->state = WORKER_BLANK;
}

static void
on_keyed(struct bind *b)
{
	struct worker *w = b->worker;
	struct user *u = w->user;

	if (w->state == WORKER_ENDED || b->keys_failed) {
		/* It knows whose it is, so nobody else can have it. */
		if (u->state == USER_BINDING)
			u->state = USER_LEAVING;
		worker_condemn(w, KILL_BIND);
		refuse(b, BIND_UNAVAILABLE, 1);
		return;
	}
	FAULT(vault_keyed);
	u->state = USER_BOUND;
	b->v->counts.binds_fresh++;
	say_bound(b, w->id, true);
	if (b->v->front.ch != NULL)
		FAULT_SENT(b->v->front.ch, vault_bound);
	touch(b);
	if (u->stale) {
		user_reload(b->v, u);
		user_check_person(b->v, u);
	}
	binds_wake(b->v, u->id);
	finish(b);
}

/* No way back from here: the worker learns its user. */
static void
give_identity(struct bind *b)
{
	struct worker *w = b->worker;
	struct user *u = w->user;
	struct msg_worker_bound m = {.worker = w->id};
	err_t err = bind_send(b);

	user_set_credentials(b->v, u, b->creds, b->n_creds);
	b->creds = NULL;
	b->n_creds = 0;
	u->authorized_at = b->identity.authorized_at;
	worker_bound(w);
	if (err != 0) {
		log_warn("bind_send_failed", LF_UINT("worker", w->id),
		    LF_STR("error", err_text(err)));
		u->state = USER_LEAVING;
		worker_condemn(w, KILL_BIND);
		refuse(b, BIND_UNAVAILABLE, 1);
		return;
	}
	memcpy(m.handle, u->id, ID_BYTES);
	vault_sent(send_worker_bound(b->v->control, 0, &m), "supervisor");
	FAULT_SENT(w->ch, vault_told);
	b->state = BIND_KEYING;
	bind_key(b, on_keyed);
}

/* Seconds until this person may have a worker again; 0: now. */
static uint32_t
must_wait(const struct bind *b)
{
	return waits_left(&b->v->waits, b->person, clock_mono_ms());
}

static void
on_loaded(struct bind *b)
{
	struct user *u = b->worker->user;
	enum bind_why why = BIND_UNAVAILABLE;
	bool known = false;
	size_t i;

	FAULT(vault_loaded);
	for (i = 0; i < b->n_creds; i++)
		known |= memcmp(b->creds[i].hash, b->hash, HASH_BYTES) == 0 &&
		    b->creds[i].kind == b->kind;
	if (must_wait(b) > 0) {
		/* Told while we were reading. */
		untake(b);
		refuse(b, BIND_CRASHED, must_wait(b));
		return;
	}
	if (b->worker->state == WORKER_ENDED || b->failed ||
	    clock_mono_ms() - b->began > BIND_MS || b->v->keyring.ch == NULL) {
		log_debug("bind_not_now", LF_UINT("worker", b->worker->id));
	} else if (u->stale) {
		/* A change was announced after the questions left: what came may be
		 * older than that change. */
		if (b->rounds < ROUNDS_MAX) {
			u->stale = false;
			b->rounds++;
			bind_load(b, on_loaded);
			return;
		}
	} else if (b->missing || !known) {
		why = BIND_UNKNOWN;
	} else {
		give_identity(b);
		return;
	}
	untake(b);
	refuse(b, why, why == BIND_UNKNOWN ? 0 : 1);
}

/* The person has no worker: the offered one is taken. */
static void
take(struct bind *b)
{
	struct worker *w = worker_find(b->v, b->offered);
	const uint32_t wait = must_wait(b);
	struct user *u;

	if (wait > 0) {
		refuse(b, BIND_CRASHED, wait);
		return;
	}

	if (w == NULL) {
		b->v->counts.unknown_workers++;
		refuse(b, BIND_BUSY, 1);
		return;
	}
	if (w->state != WORKER_BLANK) {
		refuse(b, BIND_BUSY, 1);
		return;
	}
	if (b->v->keyring.ch == NULL || user_create(b->v, b->person, w, &u) != 0) {
		refuse(b, BIND_UNAVAILABLE, 1);
		return;
	}
	w->state = WORKER_BINDING;
	worker_pin(w);
	b->worker = w;
	b->state = BIND_LOADING;
	/* What came with the answer to "whose?" will do, unless it may be older
	 * than a change, or than what an earlier worker stored. */
	if (b->loaded && !users_noted(b->v, b->person, b->asked))
		on_loaded(b);
	else
		bind_load(b, on_loaded);
}

/* --- step 2: has the person a worker? ---------------------------------------------------- */

/* What was loaded will be too old then. */
static void
hold(struct bind *b)
{
	bind_unload(b);
	b->state = BIND_WAITING;
}

static void
ask_live_worker(struct bind *b, struct user *u)
{
	const struct credential *c = user_credential(u, b->hash);

	if (u->loading || u->stale) {
		hold(b);
	} else if (c != NULL && c->kind == b->kind) {
		say_bound(b, u->worker->id, false);
		touch(b);
		finish(b);
	} else if (!b->list_read) {
		/* Made just now; the worker must hear of it before front sends. */
		b->list_read = true;
		hold(b);
		user_reload(b->v, u);
	} else {
		refuse(b, BIND_UNKNOWN, 0);
	}
}

static void
proceed(struct bind *b)
{
	struct user *u = user_find(b->v, b->person);

	b->woken = false;
	if (clock_mono_ms() - b->began > BIND_MS)
		refuse(b, BIND_UNAVAILABLE, 1);
	else if (u == NULL)
		take(b);
	else if (u->state == USER_BOUND)
		ask_live_worker(b, u);
	else
		hold(b);
}

/* --- waiting ----------------------------------------------------------------------------- */

static void
run_woken(void *arg)
{
	struct vault *v = arg;
	struct bind *b = v->binds;

	/* From the start after each: a step may end other binds, too. */
	while (b != NULL) {
		if (!b->woken) {
			b = b->next;
			continue;
		}
		proceed(b);
		b = v->binds;
	}
}

void
binds_wake(struct vault *v, const uint8_t user[ID_BYTES])
{
	struct bind *b;
	bool any = false;

	for (b = v->binds; b != NULL; b = b->next)
		if (b->state == BIND_WAITING && memcmp(b->person, user, ID_BYTES) == 0)
			any = b->woken = true;
	if (any)
		loop_defer(v->loop, &v->wake, run_woken, v);
}

void
binds_tick(struct vault *v, int64_t now)
{
	struct bind *b, *next;

	for (b = v->binds; b != NULL; b = next) {
		next = b->next;
		if (b->state == BIND_WAITING && now - b->began > BIND_MS)
			refuse(b, BIND_UNAVAILABLE, 1);
		else if (b->state == BIND_RESOLVING && now - b->began > PATIENCE_MS &&
		    answer_from_memory(b))
			b->state = BIND_DONE;
	}
}

void
binds_end(struct vault *v)
{
	loop_defer_cancel(v->loop, &v->wake);
	while (v->binds != NULL)
		finish(v->binds);
	channel_close(&v->front.ch);
}

/* --- the channel -------------------------------------------------------------------------- */

/* A credential that front knows the way of: it is used still. */
static err_t
on_used(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = owner;
	struct msg_used m;
	err_t err = msg_get_used(f->body, &m);

	(void)ch;
	if (err == 0 && db_is_up(v->db))
		db_call(v->db, ST_credential_touch, (struct db_value[]){DB_HASH(m.hash)}, NULL, NULL);
	return err;
}

static const struct channel_rule rules[] = {
	{.type = MSG_BIND, .handle = on_bind},
	{.type = MSG_USED, .handle = on_used},
};

static const struct channel_table table = {
	.peer = "front", .vital = true, .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_queue = QUEUE_MAX,
};

static void
ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct vault *v = owner;

	(void)ch;
	log_warn("front_gone", LF_INT("how", why));
	channel_close(&v->front.ch);
}

err_t
front_peer(struct vault *v, int fd)
{
	struct msg_check_key m;
	err_t err;

	channel_close(&v->front.ch);
	v->front.epoch++;
	err = channel_open(v->loop, fd, &table, v, ended, &v->front.ch);
	if (err != 0)
		return err;
	if (secret_span(&v->check_key).n == KEY_BYTES) {
		memcpy(m.key, secret_span(&v->check_key).p, KEY_BYTES);
		vault_sent(send_check_key(v->front.ch, 0, &m), "front");
		explicit_bzero(&m, sizeof(m));
	}
	vault_tell_health(v);
	return 0;
}
