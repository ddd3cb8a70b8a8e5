/*
 * The way out: front finishes what it has and goes, then the workers store and
 * go, then the rest.  Each step has its deadline, after which it is forced.
 */
#include "config.h"

#include <stdio.h>

#include "master/supervisor/notify.h"
#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define DRAIN_MS   30000
#define WORKERS_MS 5000
#define REST_MS    3000

static bool
alive(const struct process *p)
{
	return p->pid != 0;
}

static void
tell_front(struct supervisor *s)
{
	const struct msg_drain m = {.ms = DRAIN_MS};
	struct role *front = &s->roles[ROLE_FRONT];

	if (front->control == NULL || send_drain(front->control, 0, &m) != 0)
		process_kill(&front->process);
}

static void
tell_worker(struct member *w, void *unused)
{
	const struct msg_drain m = {.ms = WORKERS_MS};

	(void)unused;
	if (w->process.pid == 0)
		member_drop(w);
	else if (w->control == NULL || send_drain(w->control, 0, &m) != 0)
		process_kill(&w->process);
}

static void
kill_member(struct member *m, void *unused)
{
	(void)unused;
	m->excused = true;
	if (m->process.pid == 0)
		member_drop(m);
	else
		member_kill(m, 0);
}

static void
enter(struct supervisor *s, enum phase phase, int64_t ms)
{
	s->phase = phase;
	s->phase_until_ms = clock_mono_ms() + ms;
}

void
drain_begin(struct supervisor *s)
{
	if (s->phase >= PHASE_DRAIN_FRONT)
		return;
	log_info("draining");
	notify_systemd("STOPPING=1\nSTATUS=draining");
	enter(s, PHASE_DRAIN_FRONT, DRAIN_MS);
	tell_front(s);
	drain_step(s);
}

/* Closing a program's control channel tells it to end. */
static void
close_rest(struct supervisor *s)
{
	size_t i;

	for (i = 0; i < ROLES; i++)
		channel_close(&s->roles[i].control);
	nurseries_close(s);
}

static bool
rest_alive(const struct supervisor *s)
{
	size_t i;

	for (i = 0; i < ROLES; i++)
		if (alive(&s->roles[i].process))
			return true;
	return s->workers.taken > 0 || pools_alive(s) > 0 ||
	    alive(&s->nurseries[0].process) || alive(&s->nurseries[1].process);
}

static void
kill_rest(struct supervisor *s)
{
	size_t i;

	for (i = 0; i < ROLES; i++)
		process_kill(&s->roles[i].process);
	for (i = 0; i < 2; i++)
		process_kill(&s->nurseries[i].process);
	members_each(s, MEMBER_WORKER, kill_member, NULL);
	members_each(s, MEMBER_ENROLL, kill_member, NULL);
	members_each(s, MEMBER_FETCH, kill_member, NULL);
}

/* Looks whether the step is over; called after each end and each second. */
void
drain_step(struct supervisor *s)
{
	bool late = clock_mono_ms() >= s->phase_until_ms;

	if (s->phase == PHASE_DRAIN_FRONT) {
		if (late) {
			log_warn("drain_forced", LF_STR("who", "front"));
			process_kill(&s->roles[ROLE_FRONT].process);
		}
		if (alive(&s->roles[ROLE_FRONT].process))
			return;
		enter(s, PHASE_DRAIN_WORKERS, WORKERS_MS);
		members_each(s, MEMBER_WORKER, tell_worker, NULL);
		members_each(s, MEMBER_ENROLL, kill_member, NULL);
		members_each(s, MEMBER_FETCH, kill_member, NULL);
		late = false;
	}
	if (s->phase == PHASE_DRAIN_WORKERS) {
		if (late) {
			log_warn("drain_forced", LF_UINT("workers", s->workers.taken));
			members_each(s, MEMBER_WORKER, kill_member, NULL);
		}
		if (s->workers.taken > 0 || pools_alive(s) > 0)
			return;
		enter(s, PHASE_DRAIN_REST, REST_MS);
		close_rest(s);
		late = false;
	}
	if (s->phase == PHASE_DRAIN_REST) {
		if (late)
			kill_rest(s);
		if (!rest_alive(s)) {
			log_info("ended", LF_INT("status", s->exit_code));
			loop_stop(s->loop);
		}
	}
}

/* Told a second time to end: nobody waits for anything any more. */
void
drain_force(struct supervisor *s)
{
	if (s->phase == PHASE_DRAIN_REST)
		return;
	log_warn("drain_forced", LF_STR("who", "all: told to end a second time"));
	close_rest(s);
	enter(s, PHASE_DRAIN_REST, REST_MS);
	kill_rest(s);
	drain_step(s);
}

/* A program that is needed cannot be had: everything goes, at once. */
void
supervisor_fail(struct supervisor *s, const char *who)
{
	if (s->exit_code == 0)
		(void)fprintf(stderr, "tonearmd: %s ended before it was ready; its own log line above "
		    "says why. Nothing was served. Mend the cause and start tonearmd again.\n", who);
	s->exit_code = 1;
	close_rest(s);
	enter(s, PHASE_DRAIN_REST, REST_MS);
	kill_rest(s);
	drain_step(s);
}
