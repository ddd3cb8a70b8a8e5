/*
 * Programs that live and do not work: each is asked every second whether it
 * still turns, and a worker must finish requests with the CPU time it uses.
 * Turns are counted, not time: after a pause of this program, or of the whole
 * machine, nobody is blamed for the silence.  Knows nothing of what the
 * programs do.
 */
#include "config.h"

#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* Turns without an answer until a program is ended: one that was stopped, one
 * that computes all the while, and one that waits for something, say a slow
 * name server. */
#define TURNS_STOPPED 1
#define TURNS_BUSY    3
#define TURNS_QUIET   15
#define BUSY_MS       250    /* of CPU time a turn: others compute, too */
#define PAUSE_MS      3000   /* between two turns: we ourselves stood still */

/* A worker's CPU time is looked at in slices; two in which it finished nothing
 * are what it may use up for a request. */
#define SLICE_MS 5000
#define SLICES   2

static unsigned
patience(const struct watch *w, const struct process *p)
{
	int64_t used;

	if (process_stopped(p))
		return TURNS_STOPPED;
	used = process_cpu_ms(p) - w->cpu_ms;
	return w->turns >= TURNS_BUSY && used >= (int64_t)w->turns * BUSY_MS ?
	    TURNS_BUSY : TURNS_QUIET;
}

/* One more turn without an answer; true if that is one too many. */
static bool
turn(struct watch *w, struct process *p, const char *who)
{
	if (w->turns > 0 && w->turns >= patience(w, p)) {
		log_warn("program_hangs", LF_STR("who", who), LF_INT("pid", p->pid),
		    LF_UINT("turns", w->turns), LF_STR("how", process_stopped(p) ? "stopped" : "silent"));
		w->turns = 0;
		return true;
	}
	if (w->turns++ == 0)
		w->cpu_ms = process_cpu_ms(p);
	return false;
}

static void
watch_role(struct role *r, bool pause)
{
	const struct msg_ping m = {.none = 0};

	if (pause || r->process.pid == 0 || r->control == NULL) {
		r->watch.turns = 0;
		return;
	}
	if (turn(&r->watch, &r->process, role_name(r))) {
		r->hangs++;
		process_kill(&r->process);
	} else if (send_ping(r->control, 0, &m) != 0) {
		log_warn("ping_not_sent", LF_STR("who", role_name(r)));
	}
}

/* The nursery is not asked: what it owes are the workers that were ordered. */
static void
watch_nursery(struct nursery *n, bool pause)
{
	bool owes = n->pending > 0 || !n->ready || n->control == NULL;

	if (pause || n->process.pid == 0 || !owes)
		n->watch.turns = 0;
	else if (turn(&n->watch, &n->process, "nursery"))
		process_kill(&n->process);
}

/* Workers and programs for one task have deadlines, their own or front's; stopped,
 * they could not keep the former, and nobody sees the latter while idle. */
static void
watch_stopped(struct member *m, void *arg)
{
	if (*(const bool *)arg || m->process.pid == 0 || !process_stopped(&m->process)) {
		m->stopped = 0;
	} else if (m->stopped++ == TURNS_STOPPED) {
		log_warn("program_hangs", LF_STR("who", member_word(m)),
		    LF_INT("pid", m->process.pid), LF_STR("how", "stopped"));
		member_kill(m, KILL_HUNG);
	}
}

/* Has it used a slice of CPU time?  Then front is asked what for. */
static void
watch_spending(struct member *m, void *unused)
{
	const struct msg_work_ask ask = {.worker = m->id};
	struct role *front = &m->sup->roles[ROLE_FRONT];
	int64_t cpu;

	(void)unused;
	if (m->process.pid == 0 || m->killed || front->control == NULL)
		return;
	cpu = process_cpu_ms(&m->process);
	if (cpu - m->watch.cpu_ms < SLICE_MS)
		return;
	m->watch.cpu_ms = cpu;
	if (send_work_ask(front->control, 0, &ask) != 0)
		log_warn("work_not_asked", LF_UINT("worker", m->id));
}

void
watch_work(struct supervisor *s, const struct msg_work *w)
{
	struct member *m = member_find(s, w->worker);

	if (m == NULL || m->kind != MEMBER_WORKER)
		return;
	if (w->done != m->done) {
		m->done = w->done;
		m->watch.turns = 0;
	} else if (++m->watch.turns >= SLICES) {
		log_warn("worker_spends", LF_UINT("worker", m->id),
		    LF_INT("cpu_ms", m->watch.cpu_ms));
		member_kill(m, KILL_CPU);
	}
}

void
watch_tick(struct supervisor *s, int64_t now)
{
	bool pause = s->watched_ms != 0 && now - s->watched_ms > PAUSE_MS;
	size_t i;

	s->watched_ms = now;
	if (pause)
		log_warn("clock_paused");
	for (i = 0; i < ROLES; i++)
		watch_role(&s->roles[i], pause);
	for (i = 0; i < 2; i++)
		watch_nursery(&s->nurseries[i], pause);
	members_each(s, MEMBER_ENROLL, watch_stopped, &pause);
	members_each(s, MEMBER_FETCH, watch_stopped, &pause);
	members_each(s, MEMBER_WORKER, watch_stopped, &pause);
	members_each(s, MEMBER_WORKER, watch_spending, NULL);
}
