/* The supervisor's channel, the peers, and the clock of the vault; see
 * vault.h. */
#include "config.h"

#include <stdlib.h>
#include <sys/random.h>

#include "master/vault/bind.h"
#include "master/vault/enroll.h"
#include "master/vault/keys.h"
#include "master/vault/permits.h"
#include "master/vault/portal.h"
#include "master/vault/rows.h"
#include "master/vault/vault.h"
#include "master/vault/worker.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/ipc/child.h"

#define JANITOR_MS (10 * 60 * 1000)
#define STATUS_MAX 4096

err_t
vault_random_id(uint8_t id[ID_BYTES])
{
	if (getrandom(id, ID_BYTES, 0) != ID_BYTES)
		return ERR_SYSTEM;
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	return 0;
}

void
vault_sent(err_t err, const char *peer)
{
	if (err != 0 && err != ERR_CLOSED)
		log_error("send_failed", LF_STR("peer", peer), LF_STR("error", err_text(err)));
}

const char *
vault_hash_name(const uint8_t *hash, char out[9])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < 4; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[8] = '\0';
	return out;
}

void
vault_kill(struct vault *v, uint64_t worker, enum kill_reason why)
{
	const struct msg_kill_worker m = {.worker = worker, .reason = (uint8_t)why};

	v->counts.killed++;
	log_warn("kill_asked", LF_UINT("worker", worker), LF_INT("why", why));
	vault_sent(send_kill_worker(v->control, 0, &m), "supervisor");
}

void
vault_left(struct vault *v, uint64_t worker)
{
	const struct msg_kill_worker m = {.worker = worker, .reason = KILL_LEFT};

	vault_sent(send_kill_worker(v->control, 0, &m), "supervisor");
}

void
vault_tell_health(struct vault *v)
{
	const struct msg_health m = {.database = db_is_up(v->db), .keyring = v->keyring.ch != NULL,
	    .heard = v->heard};

	if (v->front.ch != NULL)
		vault_sent(send_health(v->front.ch, 0, &m), "front");
}

/* --- what the supervisor says --------------------------------------------------------- */

static err_t
install(struct vault *v, const struct msg_peer *m, int fd)
{
	switch (m->kind) {
	case PEER_FRONT:
		return front_peer(v, fd);
	case PEER_PORTAL:
		return portal_peer(v, fd);
	case PEER_KEYRING:
		return keys_peer(v, fd);
	case PEER_WORKER:
		return worker_peer(v, m->worker, fd, m->bound != 0);
	default:
		return enroll_peer(v, m->worker, fd);
	}
}

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = ((struct vault_root *)owner)->vault;
	struct msg_peer_ok ok;
	struct msg_peer m;
	err_t err = msg_get_peer(f->body, &m);
	int fd;

	if (err != 0)
		return err;
	if (v == NULL || (m.kind != PEER_FRONT && m.kind != PEER_PORTAL &&
	    m.kind != PEER_KEYRING && m.kind != PEER_WORKER && m.kind != PEER_ENROLL))
		return ERR_DENIED;
	fd = f->fds[0];
	f->fds[0] = -1;
	err = install(v, &m, fd);
	if (err != 0) {
		/* Not the supervisor's fault, and nothing to end for: a worker
		 * without its word stays out of front's pool. */
		log_error("peer_refused", LF_INT("kind", m.kind), LF_UINT("worker", m.worker),
		    LF_STR("error", err_text(err)));
		return 0;
	}
	if (m.kind == PEER_KEYRING)
		vault_tell_health(v);
	ok = (struct msg_peer_ok){.kind = m.kind, .worker = m.worker};
	vault_sent(send_peer_ok(ch, 0, &ok), "supervisor");
	return 0;
}

static err_t
on_worker_bound(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = ((struct vault_root *)owner)->vault;
	struct msg_worker_bound m;
	err_t err = msg_get_worker_bound(f->body, &m);

	(void)ch;
	if (err == 0 && v != NULL)
		worker_restore(v, m.worker, m.handle);
	return err;
}

static err_t
on_user_wait(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = ((struct vault_root *)owner)->vault;
	struct msg_user_wait m;
	err_t err = msg_get_user_wait(f->body, &m);

	(void)ch;
	if (err == 0 && v != NULL)
		waits_set(&v->waits, m.handle, clock_mono_ms() + m.ms);
	return err;
}

static err_t
on_worker_gone(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = ((struct vault_root *)owner)->vault;
	struct msg_worker_gone m;
	err_t err = msg_get_worker_gone(f->body, &m);

	(void)ch;
	if (err != 0 || v == NULL)
		return err;
	worker_reaped(v, m.worker);
	enroll_reaped(v, m.worker);
	return 0;
}

static err_t
on_drain(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = ((struct vault_root *)owner)->vault;
	struct msg_drain m;
	err_t err = msg_get_drain(f->body, &m);

	(void)ch;
	if (err != 0 || v == NULL)
		return err;
	/* Every store goes to the database as it comes; there is nothing to
	 * flush but what is on its way.  The supervisor ends us last but the
	 * keyring, after the workers. */
	v->draining = true;
	log_info("draining", LF_UINT("ms", m.ms));
	return 0;
}

static void
count_state(void *arg, struct table_node *node)
{
	size_t *counts = arg;

	counts[table_object(node, struct worker, node)->state]++;
}

static void
count_doubted(void *arg, struct table_node *node)
{
	*(size_t *)arg += table_object(node, struct budget, node)->doubted;
}

/* What Spotify was asked and said about limits. */
static err_t
write_governor(struct vault *v, struct buf *out)
{
	size_t doubted = 0;

	table_each(&v->budgets, count_doubted, &doubted);
	return buf_printf(out, "applications %zu\npermits %llu\npermits_refused %llu\n"
	    "permits_without_database %llu\npermit_leases %llu\nlimits_seen %llu\n"
	    "consents_doubted %llu\nconsents_doubted_now %zu\n",
	    v->budgets.n, (unsigned long long)v->counts.permits,
	    (unsigned long long)v->counts.permits_refused,
	    (unsigned long long)v->counts.permits_away,
	    (unsigned long long)v->counts.permit_leases, (unsigned long long)v->counts.limits,
	    (unsigned long long)v->counts.breaker_trips, doubted);
}

static err_t
write_status(struct vault *v, struct buf *out)
{
	size_t workers[WORKER_ENDED + 1] = {0};
	struct db_figures db;
	err_t err;

	db_figures(v->db, &db);
	table_each(&v->workers, count_state, workers);
	err = buf_printf(out, "database %s\ndatabase_connections %u\nlistening %s\n"
	    "questions_waiting %zu\nquestions_in_flight %zu\nquestions_asked %llu\n"
	    "questions_failed %llu\nquestions_unanswered %llu\nquestions_repeated %llu\n",
	    db.up ? "up" : "lost", db.connections, listen_is_up(v->listen) ? "yes" : "no",
	    db.waiting, db.in_flight, (unsigned long long)db.asked,
	    (unsigned long long)db.failed, (unsigned long long)db.unavailable,
	    (unsigned long long)db.repeated);
	if (err == 0)
		err = buf_printf(out, "keyring %s\nworkers_blank %zu\nworkers_restoring %zu\nworkers_binding %zu\n"
		    "workers_bound %zu\nworkers_ending %zu\nusers %zu\nenroll_blank %zu\n"
		    "logins_open %zu\nbinds_open %zu\n",
		    v->keyring.ch != NULL ? "up" : "away", workers[WORKER_BLANK],
		    workers[WORKER_RESTORING], workers[WORKER_BINDING], workers[WORKER_BOUND], workers[WORKER_ENDED],
		    v->users.n, enroll_blank(v), v->n_logins, v->n_binds);
	if (err == 0)
		err = buf_printf(out, "binds %llu\nbinds_fresh %llu\nbinds_from_memory %llu\n"
		    "binds_refused %llu\nstores %llu\nstore_conflicts %llu\nleases %llu\nchange_parts %llu\n"
		    "logins %llu\nlogins_completed %llu\nunknown_workers %llu\nkills_asked %llu\n",
		    (unsigned long long)v->counts.binds, (unsigned long long)v->counts.binds_fresh,
		    (unsigned long long)v->counts.binds_from_memory,
		    (unsigned long long)v->counts.binds_refused,
		    (unsigned long long)v->counts.stores, (unsigned long long)v->counts.conflicts,
		    (unsigned long long)v->counts.leases,
		    (unsigned long long)v->counts.changes, (unsigned long long)v->counts.logins,
		    (unsigned long long)v->counts.enrolled,
		    (unsigned long long)v->counts.unknown_workers,
		    (unsigned long long)v->counts.killed);
	return err == 0 ? write_governor(v, out) : err;
}

static err_t
on_status_ask(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = ((struct vault_root *)owner)->vault;
	struct msg_status_ask ask;
	struct msg_status m;
	struct buf text;
	err_t err = msg_get_status_ask(f->body, &ask);

	if (err != 0 || v == NULL)
		return err;
	buf_init(&text, STATUS_MAX);
	err = write_status(v, &text);
	m.text = buf_span(&text);
	vault_sent(err != 0 ? err : send_status(ch, f->request, &m), "supervisor");
	buf_free(&text);
	return 0;
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_WORKER_BOUND, .handle = on_worker_bound},
	{.type = MSG_USER_WAIT, .handle = on_user_wait},
	{.type = MSG_WORKER_GONE, .handle = on_worker_gone},
	{.type = MSG_DRAIN, .handle = on_drain},
	{.type = MSG_STATUS_ASK, .handle = on_status_ask},
	{.type = MSG_PING, .handle = child_on_ping},
	{.type = MSG_SETTINGS, .handle = child_on_settings},
};

const struct channel_table vault_control_table = {
	.peer = "supervisor", .vital = true, .rules = control_rules,
	.n_rules = sizeof(control_rules) / sizeof(control_rules[0]),
	.max_fds = 1, .max_queue = 4 * 1024 * 1024,
};

/* --- the clock ---------------------------------------------------------------------- */

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct vault *v = arg;
	int64_t now = clock_mono_ms();

	(void)fd;
	(void)what;
	keys_tick(v, now);
	binds_tick(v, now);
	logins_tick(v, now);
	permits_tick(v, now);
	if (now < v->next_second)
		return;
	v->next_second = now + 1000;
	workers_tick(v, now);
	users_retry(v);
	rows_retry(v);
	if (now >= v->next_janitor && db_is_up(v->db)) {
		v->next_janitor = now + JANITOR_MS;
		db_call(v->db, ST_janitor, NULL, NULL, NULL);
		db_call(v->db, ST_janitor_apps, NULL, NULL, NULL);
		db_call(v->db, ST_janitor_quota, NULL, NULL, NULL);
		db_call(v->db, ST_janitor_changes, NULL, NULL, NULL);
	}
}

static void
on_db_changed(void *arg, bool up)
{
	struct vault *v = arg;

	(void)up;
	vault_tell_health(v);
}

/* --- the whole ---------------------------------------------------------------------- */

static err_t
open_parts(struct vault *v)
{
	const struct timeval tick = {.tv_usec = TICK_MS * 1000};
	err_t err = table_init(&v->workers, sizeof(uint64_t));

	if (err == 0)
		err = table_init(&v->users, ID_BYTES);
	if (err == 0)
		err = table_init(&v->creds, HASH_BYTES);
	if (err == 0)
		err = table_init(&v->budgets, CLIENT_ID_MAX);
	if (err == 0)
		err = db_create(v->loop, v->set.conninfo, on_db_changed, v, &v->db);
	if (err == 0)
		err = listen_create(v->loop, v->set.conninfo, v->set.probe_ms,
		    &users_listen_duty, v, &v->listen);
	if (err != 0)
		return err;
	v->tick = event_new(loop_base(v->loop), -1, EV_PERSIST, on_tick, v);
	return v->tick == NULL || event_add(v->tick, &tick) != 0 ? ERR_NOMEM : 0;
}

err_t
vault_create(struct loop *loop, struct channel *control, const struct vault_settings *set,
    struct vault **out)
{
	struct vault *v = calloc(1, sizeof(*v));
	err_t err;

	if (v == NULL)
		return ERR_NOMEM;
	v->loop = loop;
	v->control = control;
	v->set = *set;
	v->key_asks_end = &v->key_asks;
	v->next_janitor = clock_mono_ms() + JANITOR_MS / 10;
	err = open_parts(v);
	if (err != 0) {
		vault_destroy(&v);
		return err;
	}
	*out = v;
	return 0;
}

void
vault_destroy(struct vault **vp)
{
	struct vault *v = *vp;

	if (v == NULL)
		return;
	*vp = NULL;
	if (v->tick != NULL)
		event_free(v->tick);
	/* First what gives answers, so that every question has ended; then who
	 * asked. */
	listen_destroy(&v->listen);
	db_end(v->db);
	keys_end(v);
	if (v->workers.slots != NULL && v->users.slots != NULL && v->creds.slots != NULL &&
	    v->budgets.slots != NULL) {
		binds_end(v);
		logins_end(v);
		enrolls_end(v);
		portal_end(v);
		rows_end(v);
		workers_end(v);
		permits_end(v);
	}
	db_destroy(&v->db);
	table_free(&v->workers);
	table_free(&v->users);
	table_free(&v->creds);
	table_free(&v->budgets);
	free(v);
}
