/*
 * Whose workers crash: counted against their user, who then gets none for a
 * while (throttle.h); the vault is told, so that no worker is spent on them.
 */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* The vault is to give this user no worker for so long. */
static void
tell_wait(struct supervisor *s, const uint8_t handle[ID_BYTES])
{
	struct role *vault = &s->roles[ROLE_VAULT];
	struct msg_user_wait m = {.ms = (uint32_t)crashes_wait(&s->crashes, handle, clock_mono_ms())};

	if (m.ms == 0 || vault->control == NULL)
		return;
	memcpy(m.handle, handle, sizeof(m.handle));
	if (send_user_wait(vault->control, 0, &m) != 0)
		log_warn("wait_not_told");
}

void
members_tell_waits(struct supervisor *s)
{
	size_t i;

	for (i = 0; i < CRASHES_KEPT; i++)
		if (s->crashes.list[i].n > 0)
			tell_wait(s, s->crashes.list[i].handle);
}

static void
blame(struct supervisor *s, const uint8_t handle[ID_BYTES])
{
	crashes_add(&s->crashes, handle, clock_mono_ms());
	tell_wait(s, handle);
}

/* A program saw its channel to this worker end.  As a rule it is dead already,
 * and reaped or about to be. */
void
member_left(struct supervisor *s, uint64_t id, bool deserted)
{
	struct member *m = member_find(s, id);
	uint8_t handle[ID_BYTES];

	if (m == NULL) {
		if (deserted && crashes_accuse(&s->crashes, id, handle))
			blame(s, handle);
		return;
	}
	m->deserted = m->deserted || deserted;
	if (m->lost_ms == 0)
		m->lost_ms = clock_mono_ms();
}

void
member_count_death(struct member *m, const struct death *d)
{
	struct supervisor *s = m->sup;

	if (d->signalled && d->number == SIGSYS)
		s->worker_refusals++;
	if (m->kind != MEMBER_WORKER)
		return;
	s->worker_deaths++;
	if (!m->bound)
		return;
	if (death_clean(d) && !m->deserted)
		crashes_left(&s->crashes, m->id, m->handle, clock_mono_ms());
	else if (!m->excused)
		blame(s, m->handle);
}
