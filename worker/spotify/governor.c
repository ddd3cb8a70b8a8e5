/* What may be sent; see governor.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "worker/spotify/governor.h"
#include "worker/worker.h"

/* So long the vault's word is waited for. */
#define GRANT_MS 4000
#define LEFT_MS  2000

struct governor {
	struct worker *w;
	struct limits limits;
	struct permits *permits;
	bool told_rate, told_quota[SP_FAMILY_COUNT];  /* bars that Spotify told us of */
	uint64_t last_id;

	uint64_t grant_id;            /* question about the sign-in; 0: none */
	uint8_t grant_why;
	int64_t grant_believed;       /* monotonic ms; 0: it is new */
	grant_said grant_fn;
	void *grant_arg;
	struct event *grant_timer;

	uint64_t left_id;             /* question about what is left; 0: none */
	struct left left;
	left_told left_fn;
	void *left_arg;
	struct event *left_timer;
};

static struct timeval
span_of_ms(int64_t ms)
{
	return (struct timeval){.tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

/* --- passing -------------------------------------------------------------------- */

enum pass_word
governor_pass(struct governor *g, enum sp_op op, struct pass *pass,
    void (*fn)(void *arg, const struct sp_error *why), void *arg, int64_t *wait_ms,
    struct sp_error *why)
{
	const enum sp_family family = sp_op_info(op)->family;
	const int64_t now = clock_mono_ms();
	const int64_t ms = pass->paced ? limits_barred(&g->limits, op, now, why) :
	    limits_ask(&g->limits, op, pass->bulk, now, why);

	if (ms < 0)
		return PASS_NO;
	if (ms > 0) {
		*wait_ms = ms + 1;
		return PASS_WAIT;
	}
	pass->paced = true;
	if (!pass->permitted && !permits_take(g->permits, family)) {
		permits_wait(g->permits, family, pass->bulk, pass->more, &pass->wait, fn, arg);
		pass->more = 0;
		return PASS_LATER;
	}
	pass->paced = pass->permitted = false;
	return PASS_GO;
}

void
governor_unpass(struct pass *pass)
{
	permits_unwait(&pass->wait);
}

/* --- bars ------------------------------------------------------------------------ */

static void
tell_limit(struct governor *g, enum limit_kind kind, enum sp_family family, int64_t ms)
{
	/* Away: told when it is back. */
	(void)!worker_limit_seen(g->w, (uint8_t)kind, (uint8_t)family,
	    ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms);
}

void
governor_note(struct governor *g, const struct sp_error *e)
{
	const enum sp_family family = sp_op_info(e->op)->family;
	const int64_t ms = limits_note(&g->limits, e, clock_mono_ms());

	if (ms <= 0)
		return;
	if (e->problem == SP_QUOTA)
		g->told_quota[family] = true;
	else
		g->told_rate = true;
	tell_limit(g, e->problem == SP_QUOTA ? LIMIT_QUOTA : LIMIT_RATE, family, ms);
}

/* Nobody waits for a permit of a family that is barred. */
static void
bar(struct governor *g, enum sp_problem problem, enum sp_family family, int64_t ms)
{
	const struct sp_error why = {.problem = problem, .status = 429,
	    .retry_after = (ms + 999) / 1000};

	(void)limits_bar(&g->limits, problem, family, ms, clock_mono_ms());
	permits_refuse(g->permits, problem == SP_RATE ? SP_FAMILY_COUNT : family, &why);
}

void
governor_on_limit(struct governor *g, const struct msg_limit *m)
{
	const int64_t ms = m->until_ms - clock_wall_ms();

	if (ms <= 0)
		return;
	if (m->kind == LIMIT_RATE)
		bar(g, SP_RATE, SP_FAMILY_COUNT, ms);
	else if (m->kind == LIMIT_QUOTA && m->family < SP_FAMILY_COUNT)
		bar(g, SP_QUOTA, (enum sp_family)m->family, ms);
}

void
governor_on_permit(struct governor *g, uint64_t id, const struct msg_permit *m)
{
	const struct permit_word word = {.given = m->given, .why = m->why,
	    .wait_ms = m->wait_ms, .until_ms = m->until_ms};
	const struct sp_error e = permits_error(&word);
	enum sp_family family;

	if (permits_answer(g->permits, id, &word, &family) && m->given == 0 &&
	    m->why >= PERMIT_DAY)
		bar(g, e.problem, family, m->until_ms - clock_wall_ms());
}

static err_t
ask_grant(struct governor *g)
{
	const int64_t ms = clock_mono_ms() - g->grant_believed;

	return worker_grant_over(g->w, g->grant_id, g->grant_why, g->grant_believed == 0 ? 0 :
	    ms >= UINT32_MAX ? UINT32_MAX : ms > 0 ? (uint32_t)ms : 1);
}

void
governor_vault_back(struct governor *g)
{
	const int64_t now = clock_mono_ms();
	unsigned i;

	for (i = 0; i < SP_FAMILY_COUNT; i++)
		if (g->told_quota[i] && g->limits.quota_until[i] > now)
			tell_limit(g, LIMIT_QUOTA, (enum sp_family)i, g->limits.quota_until[i] - now);
	if (g->told_rate && g->limits.paused_until > now)
		tell_limit(g, LIMIT_RATE, SP_FAMILY_PROFILE, g->limits.paused_until - now);
	permits_vault_back(g->permits);
	if (g->grant_id != 0)
		(void)!ask_grant(g);
	if (g->left_id != 0)
		(void)!worker_quota_ask(g->w, g->left_id);
}

/* --- an ended sign-in --------------------------------------------------------------- */

static void
grant_over(struct governor *g, enum grant_say say)
{
	g->grant_id = 0;
	(void)evtimer_del(g->grant_timer);
	g->grant_fn(g->grant_arg, say);
}

static void
on_grant_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	grant_over(arg, GRANT_UNHEARD);
}

err_t
governor_doubt(struct governor *g, enum grant_over why, int64_t believed_ms, grant_said fn,
    void *arg)
{
	const struct timeval tv = span_of_ms(GRANT_MS);
	err_t err;

	if (g->grant_id != 0)
		return ERR_STATE;
	if (evtimer_add(g->grant_timer, &tv) != 0)
		return ERR_NOMEM;
	g->grant_fn = fn;
	g->grant_arg = arg;
	g->grant_why = (uint8_t)why;
	g->grant_believed = believed_ms == 0 ? 0 : clock_mono_ms() - believed_ms;
	g->grant_id = ++g->last_id;
	err = ask_grant(g);
	if (err == 0 || err == ERR_AGAIN)
		return 0;
	g->grant_id = 0;
	(void)evtimer_del(g->grant_timer);
	return err;
}

void
governor_on_grant_word(struct governor *g, uint64_t id, bool believe)
{
	if (id != 0 && id == g->grant_id)
		grant_over(g, believe ? GRANT_BELIEVE : GRANT_DOUBT);
}

/* --- what is left --------------------------------------------------------------------- */

static void
left_over(struct governor *g)
{
	g->left_id = 0;
	(void)evtimer_del(g->left_timer);
	g->left_fn(g->left_arg, &g->left);
}

static void
on_left_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	left_over(arg);
}

err_t
governor_left(struct governor *g, left_told fn, void *arg)
{
	const struct timeval tv = span_of_ms(LEFT_MS);
	err_t err;

	if (g->left_id != 0)
		return ERR_STATE;
	if (evtimer_add(g->left_timer, &tv) != 0)
		return ERR_NOMEM;
	memset(&g->left, 0, sizeof(g->left));
	g->left_fn = fn;
	g->left_arg = arg;
	g->left_id = ++g->last_id;
	err = worker_quota_ask(g->w, g->left_id);
	if (err != 0)
		governor_left_drop(g);
	return err;
}

void
governor_left_drop(struct governor *g)
{
	g->left_id = 0;
	(void)evtimer_del(g->left_timer);
}

void
governor_on_quota(struct governor *g, uint64_t id, const struct msg_quota *m)
{
	if (id == 0 || id != g->left_id)
		return;
	if (m->family < SP_FAMILY_COUNT) {
		g->left.known = m->last != 0;
		g->left.family[m->family] = (struct left_family){.used = m->used,
		    .allowed = m->allowed, .until = m->until};
	}
	if (m->last != 0)
		left_over(g);
}

/* --- life ----------------------------------------------------------------------------- */

static err_t
ask_permits(void *owner, uint64_t id, enum sp_family family, uint8_t n, bool bulk)
{
	return worker_permit_ask(owner, id, (uint8_t)family, n, bulk);
}

static err_t
give_permits_back(void *owner, enum sp_family family, uint8_t n)
{
	return worker_permit_back(owner, (uint8_t)family, n);
}

const struct limits *
governor_limits(const struct governor *g)
{
	return &g->limits;
}

err_t
governor_create(struct worker *w, int64_t per_second, struct governor **out)
{
	const struct permits_env env = {.owner = w, .ask = ask_permits, .back = give_permits_back};
	struct governor *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return ERR_NOMEM;
	g->w = w;
	limits_init(&g->limits, clock_mono_ms(), per_second);
	g->grant_timer = evtimer_new(loop_base(w->loop), on_grant_late, g);
	g->left_timer = evtimer_new(loop_base(w->loop), on_left_late, g);
	if (g->grant_timer == NULL || g->left_timer == NULL ||
	    permits_create(w->loop, &env, &g->permits) != 0) {
		governor_destroy(&g);
		return ERR_NOMEM;
	}
	*out = g;
	return 0;
}

void
governor_destroy(struct governor **gp)
{
	struct governor *g = *gp;

	*gp = NULL;
	if (g == NULL)
		return;
	permits_destroy(&g->permits);
	if (g->grant_timer != NULL)
		event_free(g->grant_timer);
	if (g->left_timer != NULL)
		event_free(g->left_timer);
	free(g);
}
