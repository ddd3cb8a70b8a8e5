/* A worker's life as the vault sees it; see worker.h. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "master/vault/breaker.h"
#include "master/vault/changes.h"
#include "master/vault/export.h"
#include "master/vault/limits.h"
#include "master/vault/permits.h"
#include "master/vault/rows.h"
#include "master/vault/worker.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/fault/fault.h"

#define QUEUE_MAX (512 * 1024)
/* A reaped worker's channel should be at its end by itself. */
#define REAPED_MS 2000
/* The supervisor should have reaped a condemned worker by then. */
#define CONDEMNED_MS 10000

/* Channel states, for the rules. */
#define MAY_NOTHING 0x1u
#define MAY_ASK     0x2u

static const struct channel_rule rules[] = {
	{.type = MSG_STORE, .when = MAY_ASK, .handle = rows_on_store},
	{.type = MSG_LEASE, .when = MAY_ASK, .handle = rows_on_lease},
	{.type = MSG_REREAD, .when = MAY_ASK, .handle = rows_on_reread},
	{.type = MSG_EXPORT_ASK, .when = MAY_ASK, .handle = export_on_ask},
	{.type = MSG_CHANGE_PUT, .when = MAY_ASK, .handle = changes_on_put},
	{.type = MSG_CHANGES_ASK, .when = MAY_ASK, .handle = changes_on_ask},
	{.type = MSG_PERMIT_ASK, .when = MAY_ASK, .handle = permits_on_ask},
	{.type = MSG_PERMIT_BACK, .when = MAY_ASK, .handle = permits_on_back},
	{.type = MSG_LIMIT_SEEN, .when = MAY_ASK, .handle = limits_on_seen},
	{.type = MSG_GRANT_OVER, .when = MAY_ASK, .handle = breaker_on_over},
	{.type = MSG_QUOTA_ASK, .when = MAY_ASK, .handle = limits_on_quota_ask},
};

static const struct channel_table table = {
	.peer = "worker", .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_queue = QUEUE_MAX,
};

struct worker *
worker_find(struct vault *v, uint64_t id)
{
	struct table_node *node = table_find(&v->workers, &id);

	return node == NULL ? NULL : table_object(node, struct worker, node);
}

/* Frees a worker that has ended and that nobody needs, and so its user.  One
 * that was condemned may still run: its user waits until it is reaped. */
static void
release(struct worker *w)
{
	if (w->state != WORKER_ENDED || w->pins > 0 || (w->condemned && !w->reaped))
		return;
	if (w->user != NULL) {
		struct user *u = w->user;

		user_free(w->vault, &u);
	}
	table_remove(&w->vault->workers, &w->node);
	free(w);
}

void
worker_pin(struct worker *w)
{
	w->pins++;
}

void
worker_unpin(struct worker *w)
{
	w->pins--;
	release(w);
}

/* The channel is closed, for whatever reason. */
static void
end(struct worker *w)
{
	if (w->state == WORKER_ENDED)
		return;
	channel_close(&w->ch);
	if (w->held_fd >= 0)
		(void)close(w->held_fd);
	w->held_fd = -1;
	w->ended_at = clock_mono_ms();
	w->state = WORKER_ENDED;
	if (w->user != NULL) {
		if (w->user->state == USER_BOUND)
			w->user->state = USER_LEAVING;
		rows_release(w);
		permits_gone(w);
	}
	release(w);
}

void
worker_condemn(struct worker *w, enum kill_reason why)
{
	if (!w->condemned && !w->reaped)
		vault_kill(w->vault, w->id, why);
	w->condemned = true;
	end(w);
}

void
worker_sent(struct worker *w, err_t err)
{
	/* ERR_CLOSED: its end is on the way here. */
	if (err == 0 || err == ERR_CLOSED || w->state == WORKER_ENDED)
		return;
	log_warn("worker_send_failed", LF_UINT("worker", w->id), LF_STR("error", err_text(err)));
	worker_condemn(w, KILL_HUNG);
}

static void
ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct worker *w = owner;

	(void)ch;
	if (why != CHANNEL_EOF) {
		worker_condemn(w, KILL_VIOLATION);
		return;
	}
	/* Its user may have another from now on, so it must not live on. */
	if (!w->reaped)
		vault_left(w->vault, w->id);
	end(w);
}

void
worker_bound(struct worker *w)
{
	w->state = WORKER_BOUND;
	channel_set_state(w->ch, MAY_ASK);
}

err_t
credential_send(struct worker *w, const struct credential *c)
{
	struct msg_credential m = {.cred_kind = c->kind, .scopes = c->scopes,
	    .expires_at = c->expires_at};

	memcpy(m.hash, c->hash, HASH_BYTES);
	memcpy(m.grant, c->grant, ID_BYTES);
	m.client = span_str(c->client);
	return send_credential(w->ch, 0, &m);
}

/* --- what the supervisor says ------------------------------------------------------- */

void
worker_restore(struct vault *v, uint64_t id, const uint8_t user[ID_BYTES])
{
	struct worker *w = worker_find(v, id);
	struct user *u;
	int fd;

	if (w == NULL || w->state != WORKER_RESTORING) {
		v->counts.unknown_workers++;
		return;
	}
	fd = w->held_fd;
	w->held_fd = -1;
	if (user_find(v, user) != NULL || user_create(v, user, w, &u) != 0) {
		log_error("restore_refused", LF_UINT("worker", id));
		(void)close(fd);
		worker_condemn(w, KILL_BIND);
		return;
	}
	u->state = USER_BOUND;
	u->restoring = true;
	if (channel_open(v->loop, fd, &table, w, ended, &w->ch) != 0) {
		worker_condemn(w, KILL_BIND);
		return;
	}
	worker_bound(w);
	FAULT(vault_restored);
	user_reload(v, u);
}

/* A second announcement replaces the channel and changes nothing else. */
static err_t
replace(struct worker *w, int fd)
{
	struct channel *ch;
	uint32_t state;
	err_t err;

	if (w->ch == NULL) {
		(void)close(fd);
		return ERR_STATE;
	}
	state = channel_state(w->ch);
	err = channel_open(w->vault->loop, fd, &table, w, ended, &ch);
	if (err != 0)
		return err;
	channel_close(&w->ch);
	w->ch = ch;
	channel_set_state(ch, state);
	return 0;
}

err_t
worker_peer(struct vault *v, uint64_t id, int fd, bool bound)
{
	struct worker *w = worker_find(v, id);
	err_t err = 0;

	if (w != NULL)
		return replace(w, fd);
	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		(void)close(fd);
		return ERR_NOMEM;
	}
	w->vault = v;
	w->id = id;
	w->held_fd = -1;
	if (bound) {
		w->state = WORKER_RESTORING;
		w->held_fd = fd;
	} else {
		err = channel_open(v->loop, fd, &table, w, ended, &w->ch);
	}
	if (err != 0) {
		free(w);
		return err;
	}
	if (!bound)
		channel_set_state(w->ch, MAY_NOTHING);
	table_add(&v->workers, &w->node, &w->id);
	return 0;
}

void
worker_reaped(struct vault *v, uint64_t id)
{
	struct worker *w = worker_find(v, id);

	if (w == NULL)
		return;
	/* What it sent before its death may still be in the channel; the end
	 * comes behind it. */
	w->reaped = true;
	if (w->state == WORKER_RESTORING)
		end(w);
	else if (w->state != WORKER_ENDED)
		w->ended_at = clock_mono_ms();
	else
		release(w);
}

/* --- the clock ---------------------------------------------------------------------- */

static void
tick_one(void *arg, struct table_node *node)
{
	struct worker *w = table_object(node, struct worker, node);
	int64_t now = *(const int64_t *)arg;

	if (w->reaped && w->state != WORKER_ENDED && now > w->ended_at + REAPED_MS) {
		end(w);
	} else if (w->state == WORKER_ENDED && w->condemned && !w->reaped &&
	    now > w->ended_at + CONDEMNED_MS) {
		log_error("worker_not_reaped", LF_UINT("worker", w->id));
		w->ended_at = now;
		vault_kill(w->vault, w->id, KILL_HUNG);
	}
}

void
workers_tick(struct vault *v, int64_t now)
{
	table_each(&v->workers, tick_one, &now);
}

static void
end_one(void *arg, struct table_node *node)
{
	struct worker *w = table_object(node, struct worker, node);

	(void)arg;
	channel_close(&w->ch);
	if (w->held_fd >= 0)
		(void)close(w->held_fd);
	table_remove(&w->vault->workers, &w->node);
	if (w->user != NULL) {
		struct user *u = w->user;

		user_free(w->vault, &u);
	}
	free(w);
}

void
workers_end(struct vault *v)
{
	table_each(&v->workers, end_one, NULL);
}
