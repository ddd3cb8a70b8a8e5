/*
 * Workers, and programs for one task.  Each is joined to programs one by one: a
 * program is asked (PEER), its answer (PEER_OK) is waited for, and the one
 * that may hand out work (for workers front) comes last.
 * The same steps join it again to a program that was started anew.
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define CONTROL_QUEUE   65536
#define ASKED_MOST      32      /* descriptors on their way to one program */
#define NAME_WAIT_MS    10000
#define LOST_WAIT_MS    2000
#define JOIN_TURNS      15      /* of a second: a program that was asked does not answer */

static uint64_t
id_of(const void *m)
{
	return ((const struct member *)m)->id;
}

static struct slots *
slots_for(struct supervisor *s, uint64_t id)
{
	return (id & ID_ENROLL) != 0 ? &s->pools[MEMBER_ENROLL].slots :
	    (id & ID_FETCH) != 0 ? &s->pools[MEMBER_FETCH].slots : &s->workers;
}

struct member *
member_find(struct supervisor *s, uint64_t id)
{
	return slots_find(slots_for(s, id), id, id_of);
}

void
members_each(struct supervisor *s, enum member_kind kind, void (*fn)(struct member *, void *),
    void *arg)
{
	struct slots *all = kind == MEMBER_WORKER ? &s->workers : &s->pools[kind].slots;
	uint32_t i;

	for (i = 0; i < all->n; i++)
		if (all->used[i] != NULL)
			fn(all->used[i], arg);
}

uint32_t
members_blank(const struct supervisor *s)
{
	return s->workers.taken - s->bound;
}

/* --- joining ----------------------------------------------------------------- */

/* The programs it must be joined to.  The keyring is done with a worker once it
 * has a user. */
static unsigned
needs(const struct member *m)
{
	unsigned all = ROLE_BIT(ROLE_VAULT) | ROLE_BIT(ROLE_EGRESS);

	if (m->kind == MEMBER_FETCH)
		return ROLE_BIT(ROLE_EGRESS) | ROLE_BIT(ROLE_PORTAL);
	if (m->kind == MEMBER_WORKER)
		all |= ROLE_BIT(ROLE_FRONT);
	if (!m->bound)
		all |= ROLE_BIT(ROLE_KEYRING);
	return all;
}

static bool
may_ask(const struct member *m, enum role_index i)
{
	const struct role *r = &m->sup->roles[i];
	unsigned bit = ROLE_BIT(i);
	unsigned last = ROLE_BIT(m->kind == MEMBER_WORKER ? ROLE_FRONT : pool_user(m->kind));
	unsigned before = needs(m) & ~last;

	if ((needs(m) & bit) == 0 || ((m->asked | m->joined) & bit) != 0 ||
	    r->control == NULL || r->asked >= ASKED_MOST)
		return false;
	return bit != last || (m->joined & before) == before;
}

/* A program that was started anew has to be told whose a worker is. */
static err_t
tell_bound(const struct member *m, struct role *r)
{
	struct msg_worker_bound b = {.worker = m->id};

	if (!m->bound || role_kind(r) != PEER_VAULT)
		return 0;
	memcpy(b.handle, m->handle, sizeof(b.handle));
	return send_worker_bound(r->control, 0, &b);
}

static err_t
ask(struct member *m, enum role_index i)
{
	struct role *r = &m->sup->roles[i];
	static const uint8_t kinds[MEMBER_KINDS] = {PEER_WORKER, PEER_ENROLL, PEER_FETCH};
	const struct msg_peer to_role = {.kind = kinds[m->kind],
		.worker = m->id, .bound = m->bound};
	const struct msg_peer to_member = {.kind = (uint8_t)role_kind(r), .worker = m->id,
		.bound = m->bound};
	int pair[2] = {m->end[i], -1};
	err_t err = 0;

	m->end[i] = -1;
	if (pair[0] < 0) {
		err = channel_pair(pair);
		if (err != 0)
			return err;
		err = send_peer_fd(m->control, &to_member, pair[1]);
	}
	if (err == 0)
		err = send_peer_fd(r->control, &to_role, pair[0]);
	if (err == 0)
		err = tell_bound(m, r);
	(void)close(pair[0]);
	if (pair[1] >= 0)
		(void)close(pair[1]);
	if (err == 0) {
		m->asked |= ROLE_BIT(i);
		r->asked++;
	}
	return err;
}

void
member_join(struct member *m)
{
	int i;
	err_t err = 0;

	if (m->control == NULL || m->process.pid == 0 || m->killed)
		return;
	for (i = 0; i < ROLES && err == 0; i++)
		if (may_ask(m, (enum role_index)i))
			err = ask(m, (enum role_index)i);
	if (err != 0) {
		/* A member that is joined by halves is of no use to anybody. */
		log_warn("join_failed", LF_UINT("worker", m->id), LF_STR("error", err_text(err)));
		m->excused = true;
		member_kill(m, 0);
	}
}

static void
join_one(struct member *m, void *unused)
{
	(void)unused;
	member_join(m);
}

void
members_join(struct supervisor *s)
{
	enum member_kind kind;

	for (kind = 0; kind < MEMBER_KINDS; kind++)
		members_each(s, kind, join_one, NULL);
}

void
member_joined(struct supervisor *s, enum role_index i, uint64_t id)
{
	struct role *r = &s->roles[i];
	struct member *m = member_find(s, id);
	bool was_full = r->asked >= ASKED_MOST;

	if (r->asked > 0)
		r->asked--;
	if (m != NULL && (m->asked & ROLE_BIT(i)) != 0) {
		m->asked &= ~ROLE_BIT(i);
		m->joined |= ROLE_BIT(i);
		member_join(m);
	}
	if (was_full)
		members_join(s);
}

static void
forget_role(struct member *m, void *arg)
{
	const enum role_index *dead = arg;

	m->asked &= ~ROLE_BIT(*dead);
	m->joined &= ~ROLE_BIT(*dead);
	if (m->kind != MEMBER_WORKER && (needs(m) & ROLE_BIT(*dead)) != 0) {
		/* Short-lived: it is replaced, not joined again. */
		m->excused = true;
		member_kill(m, 0);
	}
}

void
members_role_died(struct supervisor *s, enum role_index i)
{
	enum member_kind kind;

	for (kind = 0; kind < MEMBER_KINDS; kind++)
		members_each(s, kind, forget_role, &i);
}

/* --- ends --------------------------------------------------------------------- */

void
member_drop(struct member *m)
{
	struct supervisor *s = m->sup;
	int i;

	channel_close(&m->control);
	for (i = 0; i < ROLES; i++)
		if (m->end[i] >= 0)
			(void)close(m->end[i]);
	if (m->bound && m->kind == MEMBER_WORKER)
		s->bound--;
	slots_give(slots_for(s, m->id), m->id);
	free(m);
}

void
member_kill(struct member *m, uint8_t reason)
{
	if (m->killed)
		return;
	m->killed = true;
	if (m->kind == MEMBER_WORKER)
		m->sup->worker_kills++;
	if (reason == KILL_REVOKED || reason == KILL_BIND)
		m->excused = true;
	process_kill(&m->process);
}

static void
on_member_end(void *arg, struct process *p, const struct death *d)
{
	struct member *m = arg;
	struct supervisor *s = m->sup;
	uint8_t cause = m->killed ? GONE_KILLED : d->signalled ? GONE_SIGNAL : GONE_EXIT;

	(void)p;
	obituary(s, member_word(m), m->id, d, death_clean(d) || m->excused ||
	    s->phase >= PHASE_DRAIN_WORKERS);
	member_count_death(m, d);
	if (m->kind != MEMBER_WORKER)
		pool_death(m, d);
	roles_tell_gone(s, m->id, cause);
	member_drop(m);
	if (s->phase >= PHASE_DRAIN_FRONT)
		drain_step(s);
	members_keep_ahead(s);
}

static void
on_control_end(void *owner, struct channel *ch, enum channel_end why)
{
	struct member *m = owner;

	(void)ch;
	channel_close(&m->control);
	m->lost_ms = clock_mono_ms();
	if (why == CHANNEL_VIOLATION)
		member_kill(m, KILL_VIOLATION);
}

/* --- beginnings ----------------------------------------------------------------- */

static err_t
on_word(void *owner, struct channel *ch, const struct frame *f)
{
	/* READY and PEER_OK of a member say nothing that is waited for. */
	(void)owner;
	(void)ch;
	(void)f;
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_READY, .once = true, .handle = on_word},
	{.type = MSG_PEER_OK, .handle = on_word},
};
static const struct channel_table table = {
	.peer = "worker", .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_queue = CONTROL_QUEUE,
};

err_t
member_new(struct supervisor *s, enum member_kind kind, struct member **out)
{
	struct member *m = calloc(1, sizeof(*m));
	int i;
	err_t err;

	if (m == NULL)
		return ERR_NOMEM;
	err = slots_take(kind == MEMBER_WORKER ? &s->workers : &s->pools[kind].slots, m, &m->id);
	if (err != 0) {
		free(m);
		return err;
	}
	m->sup = s;
	m->kind = kind;
	m->process.pidfd = -1;
	m->made_ms = clock_mono_ms();
	for (i = 0; i < ROLES; i++)
		m->end[i] = -1;
	*out = m;
	return 0;
}

err_t
member_start(struct member *m, const struct process_plan *plan, int *fd)
{
	return process_start(&m->process, m->sup->loop, plan, on_member_end, m, fd);
}

err_t
member_control(struct member *m, int fd)
{
	return channel_open(m->sup->loop, fd, &table, m, on_control_end, &m->control);
}

/* The five channels of a worker: our ends into m, the worker's into fds (in
 * SPAWN's order; -1 where there is none yet). */
static err_t
make_channels(struct member *m, int fds[5])
{
	static const enum role_index order[] = {ROLE_FRONT, ROLE_VAULT, ROLE_KEYRING, ROLE_EGRESS};
	int pair[2], i;
	err_t err;

	err = channel_pair(pair);
	if (err != 0)
		return err;
	fds[0] = pair[1];
	err = channel_open(m->sup->loop, pair[0], &table, m, on_control_end, &m->control);
	for (i = 0; i < 4 && err == 0; i++) {
		err = channel_pair(pair);
		if (err == 0) {
			m->end[order[i]] = pair[0];
			fds[i + 1] = pair[1];
		}
	}
	return err;
}

static err_t
worker_new(struct supervisor *s)
{
	int fds[5] = {-1, -1, -1, -1, -1};
	struct member *m = NULL;
	size_t i;
	err_t err;

	err = member_new(s, MEMBER_WORKER, &m);
	if (err != 0)
		return err;
	err = make_channels(m, fds);
	if (err == 0)
		err = nursery_spawn(s, m, fds);
	for (i = 0; i < 5; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	if (err != 0)
		member_drop(m);
	return err;
}

void
member_named(struct supervisor *s, uint64_t id, pid_t pid)
{
	struct member *m = member_find(s, id);
	err_t err;

	if (m == NULL || m->kind != MEMBER_WORKER || m->process.pid != 0)
		return;
	m->nursery = NULL;
	err = process_adopt(&m->process, s->loop, pid, on_member_end, m);
	if (err != 0) {
		log_error("worker_not_made", LF_UINT("worker", id), LF_STR("error", err_text(err)));
		member_drop(m);
		return;
	}
	s->workers_made++;
	member_join(m);
}

static void
drop_unnamed(struct member *m, void *nursery)
{
	if (m->nursery == nursery)
		member_drop(m);
}

void
members_nursery_died(struct supervisor *s, struct nursery *n)
{
	members_each(s, MEMBER_WORKER, drop_unnamed, n);
}

void
member_bound(struct supervisor *s, const struct msg_worker_bound *b)
{
	struct member *m = member_find(s, b->worker);
	int64_t wait;

	if (m == NULL || m->bound)
		return;
	m->bound = true;
	memcpy(m->handle, b->handle, sizeof(m->handle));
	if (m->kind != MEMBER_WORKER) {
		m->used_ms = clock_mono_ms();
		return;
	}
	s->bound++;
	log_info("worker_bound", LF_UINT("worker", m->id), LF_INT("pid", m->process.pid));
	wait = crashes_wait(&s->crashes, m->handle, clock_mono_ms());
	if (wait > 0) {
		log_warn("user_throttled", LF_UINT("worker", m->id), LF_INT("wait_ms", wait));
		m->excused = true;
		member_kill(m, 0);
	}
	members_keep_ahead(s);
}

void
members_keep_ahead(struct supervisor *s)
{
	int64_t blank = conf_int(&s->conf.values, "limits.blank_workers", 8);
	int64_t most = conf_int(&s->conf.values, "limits.workers_max", 4000);

	/* Front goes on serving for a while when it drains. */
	if (s->phase >= PHASE_DRAIN_WORKERS)
		return;
	while (members_blank(s) < blank && s->workers.taken < most && nursery_can_spawn(s)) {
		err_t err = worker_new(s);

		if (err != 0) {
			log_error("worker_not_made", LF_STR("error", err_text(err)));
			break;
		}
	}
	pools_keep_ahead(s);
}

/* Their answers are not waited for any more: whoever was asked had no memory
 * for the channel, say. */
static void
forget_questions(struct member *m)
{
	int i;

	for (i = 0; i < ROLES; i++)
		if ((m->asked & ROLE_BIT(i)) != 0 && m->sup->roles[i].asked > 0)
			m->sup->roles[i].asked--;
	m->asked = 0;
}

static void
check_member(struct member *m, void *arg)
{
	int64_t now = *(const int64_t *)arg;

	if (m->process.pid == 0) {
		if (now - m->made_ms > NAME_WAIT_MS) {
			log_error("worker_not_made", LF_UINT("worker", m->id));
			member_drop(m);
		}
		return;
	}
	if (m->asked == 0 || m->killed) {
		m->joining = 0;
	} else if (++m->joining > JOIN_TURNS) {
		log_warn("not_joined", LF_UINT("worker", m->id));
		forget_questions(m);
		m->excused = true;
		member_kill(m, 0);
	}
	if (m->lost_ms != 0 && now - m->lost_ms > LOST_WAIT_MS && !m->killed) {
		log_warn("worker_outstays", LF_UINT("worker", m->id));
		member_kill(m, KILL_LEFT);
	}
	if (m->kind != MEMBER_WORKER)
		pool_check(m, now);
}

void
members_tick(struct supervisor *s, int64_t now)
{
	members_each(s, MEMBER_WORKER, check_member, &now);
	members_each(s, MEMBER_ENROLL, check_member, &now);
	members_each(s, MEMBER_FETCH, check_member, &now);
	crashes_settle(&s->crashes, now);
	members_keep_ahead(s);
}
