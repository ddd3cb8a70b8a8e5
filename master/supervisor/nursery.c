/*
 * The nursery's life: started, asked for workers, replaced by one with a new
 * address layout before it has forked too many.
 */
#include "config.h"

#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define FORKS_MOST    256
#define AGE_MOST_MS   3600000
#define PENDING_MOST  8
#define CONTROL_QUEUE 262144

static struct nursery *
current(struct supervisor *s)
{
	return &s->nurseries[s->nursery];
}

static struct nursery *
other(struct supervisor *s)
{
	return &s->nurseries[1 - s->nursery];
}

/* Lets one that has nothing left to do end. */
static void
close_if_done(struct nursery *n)
{
	if (n->leaving && n->pending == 0)
		channel_close(&n->control);
}

static err_t
on_ready(void *owner, struct channel *ch, const struct frame *f)
{
	struct nursery *n = owner;
	struct supervisor *s = n->sup;

	(void)ch;
	(void)f;
	n->ready = true;
	log_info("nursery_ready", LF_INT("pid", n->process.pid),
	    LF_INT("ms", clock_mono_ms() - n->started_ms));
	if (n != current(s)) {
		current(s)->leaving = true;
		close_if_done(current(s));
		s->nursery = 1 - s->nursery;
	}
	startup_done(s);
	members_keep_ahead(s);
	return 0;
}

static err_t
on_spawned(void *owner, struct channel *ch, const struct frame *f)
{
	struct nursery *n = owner;
	struct msg_spawned m;
	err_t err = msg_get_spawned(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (n->pending == 0)
		return ERR_STATE;
	n->pending--;
	n->watch.turns = 0;
	n->forks++;
	member_named(n->sup, m.worker, (pid_t)m.pid);
	close_if_done(n);
	members_keep_ahead(n->sup);
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_READY, .once = true, .handle = on_ready},
	{.type = MSG_SPAWNED, .handle = on_spawned},
};
static const struct channel_table table = {
	.peer = "nursery", .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_queue = CONTROL_QUEUE,
};

static void
on_control_end(void *owner, struct channel *ch, enum channel_end why)
{
	struct nursery *n = owner;

	(void)ch;
	channel_close(&n->control);
	if (why != CHANNEL_EOF)
		process_kill(&n->process);
}

static void
on_end(void *arg, struct process *p, const struct death *d)
{
	struct nursery *n = arg;
	struct supervisor *s = n->sup;
	bool was_ready = n->ready, expected = n->leaving || s->phase >= PHASE_DRAIN_FRONT;

	(void)p;
	channel_close(&n->control);
	n->ready = n->leaving = false;
	n->pending = 0;
	obituary(s, "nursery", 0, d, expected && death_clean(d));
	members_nursery_died(s, n);
	if (s->phase >= PHASE_DRAIN_FRONT) {
		drain_step(s);
	} else if (s->phase == PHASE_STARTING && !was_ready) {
		supervisor_fail(s, "nursery");
	} else if (!expected) {
		s->nursery_next_ms = clock_mono_ms() + throttle_died(&s->nursery_throttle, d->lived_ms);
	}
}

static err_t
start(struct supervisor *s, struct nursery *n)
{
	const struct process_plan plan = {.dir = programs_dir(s), .program = "tonearm-worker",
		.user = s->isolated ? USER_NURSERY : USER_KEEP, .uid = role_uid(s, UID_NURSERY)};
	int fd;
	err_t err;

	n->sup = s;
	n->ready = n->leaving = false;
	n->watch.turns = 0;
	n->forks = n->pending = 0;
	n->started_ms = clock_mono_ms();
	err = process_start(&n->process, s->loop, &plan, on_end, n, &fd);
	if (err != 0)
		return err;
	err = channel_open(s->loop, fd, &table, n, on_control_end, &n->control);
	if (err == 0)
		err = give_config(s, n->control, CONF_WORKER);
	if (err != 0)
		process_kill(&n->process);
	return err;
}

static bool
running(const struct nursery *n)
{
	return n->process.pid != 0;
}

void
nursery_tick(struct supervisor *s, int64_t now)
{
	struct nursery *next = NULL;

	if (now < s->nursery_next_ms || s->phase >= PHASE_DRAIN_WORKERS)
		return;
	if (!running(current(s)))
		next = running(other(s)) ? NULL : current(s);
	else if (current(s)->ready && !running(other(s)) &&
	    (current(s)->forks >= FORKS_MOST || now - current(s)->started_ms >= AGE_MOST_MS))
		next = other(s);
	if (next != NULL && start(s, next) != 0) {
		log_error("nursery_start_failed");
		s->nursery_next_ms = now + 5000;
	}
}

void
nursery_retire(struct supervisor *s)
{
	if (running(current(s)))
		current(s)->forks = FORKS_MOST;
	nursery_tick(s, clock_mono_ms());
}

bool
nursery_can_spawn(const struct supervisor *s)
{
	const struct nursery *n = &s->nurseries[s->nursery];

	return n->ready && n->control != NULL && !n->leaving && n->pending < PENDING_MOST;
}

err_t
nursery_spawn(struct supervisor *s, struct member *m, const int fds[5])
{
	struct nursery *n = current(s);
	struct msg_spawn spawn = {.worker = m->id};
	err_t err;

	if (!nursery_can_spawn(s))
		return ERR_AGAIN;
	if (s->isolated)
		spawn.uid = spawn.gid = (uint32_t)conf_int(&s->conf.values,
		    "server.worker_uid_base", 0) + slot_of(m->id);
	err = send_spawn_fds(n->control, &spawn, fds);
	if (err == 0) {
		m->nursery = n;
		n->pending++;
	}
	return err;
}

void
nurseries_close(struct supervisor *s)
{
	channel_close(&s->nurseries[0].control);
	channel_close(&s->nurseries[1].control);
}
