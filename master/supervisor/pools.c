/*
 * Programs that are started for one task and end with it: enroll completes a
 * sign-in, fetch gets a document.  Some are kept ahead, blank; how many there may
 * be, for how long and as whose user is in one table.
 */
#include "config.h"

#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define AGAIN_MS 1000

struct pool_plan {
	const char *name, *program;
	enum conf_program conf;
	unsigned uid;               /* of the first slot, from server.role_user_base on */
	unsigned blank, most;
	int64_t ms;                 /* from when one is in use until it is ended */
	enum role_index user;       /* who hands out its task: joined last */
};

static const struct pool_plan plans[MEMBER_KINDS] = {
	[MEMBER_ENROLL] = {.name = "enroll", .program = "tonearm-enroll", .conf = CONF_ENROLL,
	    .uid = UID_ENROLL, .blank = 2, .most = ENROLL_MOST, .ms = 60000, .user = ROLE_VAULT},
	[MEMBER_FETCH] = {.name = "fetch", .program = "tonearm-fetch", .conf = CONF_FETCH,
	    .uid = UID_FETCH, .blank = 1, .most = FETCH_MOST, .ms = 15000, .user = ROLE_PORTAL},
};
_Static_assert(UID_ENROLL + ENROLL_MOST == UID_FETCH, "each has a user id");
_Static_assert(UID_FETCH + FETCH_MOST == ROLE_UIDS, "each has a user id");

const char *
member_word(const struct member *m)
{
	return m->kind == MEMBER_WORKER ? "worker" : plans[m->kind].name;
}

enum role_index
pool_user(enum member_kind kind)
{
	return plans[kind].user;
}

err_t
pools_init(struct supervisor *s)
{
	err_t err = slots_init(&s->pools[MEMBER_ENROLL].slots, ENROLL_MOST, ID_ENROLL);

	return err != 0 ? err : slots_init(&s->pools[MEMBER_FETCH].slots, FETCH_MOST, ID_FETCH);
}

void
pools_free(struct supervisor *s)
{
	slots_free(&s->pools[MEMBER_ENROLL].slots);
	slots_free(&s->pools[MEMBER_FETCH].slots);
}

uint32_t
pools_alive(const struct supervisor *s)
{
	return s->pools[MEMBER_ENROLL].slots.taken + s->pools[MEMBER_FETCH].slots.taken;
}

bool
pools_know(const struct supervisor *s, pid_t pid)
{
	enum member_kind kind;
	uint32_t i;

	for (kind = MEMBER_ENROLL; kind < MEMBER_KINDS; kind++)
		for (i = 0; i < s->pools[kind].slots.n; i++) {
			const struct member *m = s->pools[kind].slots.used[i];

			if (m != NULL && m->process.pid == pid)
				return true;
		}
	return false;
}

static err_t
start_one(struct supervisor *s, enum member_kind kind)
{
	const struct pool_plan *p = &plans[kind];
	struct process_plan plan = {.dir = programs_dir(s), .program = p->program,
		.user = s->isolated ? USER_TAKE : USER_KEEP};
	struct member *m = NULL;
	int fd;
	err_t err;

	err = member_new(s, kind, &m);
	if (err != 0)
		return err;
	plan.uid = role_uid(s, p->uid + slot_of(m->id));
	err = member_start(m, &plan, &fd);
	if (err != 0) {
		member_drop(m);
		return err;
	}
	err = member_control(m, fd);
	if (err == 0)
		err = give_config(s, m->control, p->conf);
	if (err == 0)
		member_join(m);
	else
		process_kill(&m->process);
	return 0;
}

/* How many are alive, and how many of those nobody uses yet. */
static void
count(const struct slots *all, unsigned *alive, unsigned *blank)
{
	uint32_t i;

	*alive = *blank = 0;
	for (i = 0; i < all->n; i++) {
		const struct member *m = all->used[i];

		if (m == NULL)
			continue;
		++*alive;
		if (m->used_ms == 0 && !m->killed)
			++*blank;
	}
}

static void
keep(struct supervisor *s, enum member_kind kind)
{
	const struct pool_plan *p = &plans[kind];
	struct pool *pool = &s->pools[kind];
	unsigned alive, blank;

	if (clock_mono_ms() < pool->next_ms)
		return;
	for (count(&pool->slots, &alive, &blank); blank < p->blank && alive < p->most;
	    blank++, alive++) {
		if (start_one(s, kind) != 0) {
			log_error("program_not_made", LF_STR("who", p->name));
			pool->next_ms = clock_mono_ms() + AGAIN_MS;
			return;
		}
	}
}

void
pools_keep_ahead(struct supervisor *s)
{
	if (s->phase != PHASE_RUNNING)
		return;
	keep(s, MEMBER_ENROLL);
	if (conf_bool(&s->conf.values, "clients.documents"))
		keep(s, MEMBER_FETCH);
}

static void
mark_used(struct member *m, void *unused)
{
	(void)unused;
	if (m->used_ms == 0 && (m->joined & ROLE_BIT(plans[m->kind].user)) != 0)
		m->used_ms = clock_mono_ms();
}

void
pool_wanted(struct supervisor *s, enum member_kind kind)
{
	/* Who asks has none left: all that it knows of are at work. */
	members_each(s, kind, mark_used, NULL);
	pools_keep_ahead(s);
}

void
pool_death(struct member *m, const struct death *d)
{
	struct pool *pool = &m->sup->pools[m->kind];

	if (!death_clean(d) && !m->excused)
		pool->next_ms = clock_mono_ms() + throttle_died(&pool->throttle, d->lived_ms);
}

void
pool_check(struct member *m, int64_t now)
{
	if (m->used_ms != 0 && now - m->used_ms > plans[m->kind].ms)
		member_kill(m, KILL_HUNG);
}
