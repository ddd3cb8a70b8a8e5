/* Pace and pauses; see limits.h. */
#include "config.h"

#include <string.h>

#include "worker/spotify/limits.h"

/* So many requests at once, then at the configured pace: one large call of a
 * tool passes, a stream of them does not. */
#define BURST 25
/* Of these long work leaves so many: somebody presses play meanwhile. */
#define KEPT 5
#define DAY_MS INT64_C(86400000)
/* When Spotify does not say how long. */
#define PAUSE_MS 2000
#define QUOTA_MS INT64_C(3600000)
/* A day that is used up is believed for so long. */
#define DAY_ASK_MS 60000

void
limits_init(struct limits *l, int64_t now_ms, int64_t per_second)
{
	memset(l, 0, sizeof(*l));
	l->each_ms = per_second < 1 || per_second > 1000 ? 1000 : 1000 / per_second;
	l->credit_ms = BURST * l->each_ms;
	l->paced_ms = now_ms;
}

/* Fills *why; until is monotonic. */
static int64_t
refuse(enum sp_problem problem, enum sp_op op, int64_t until, int64_t now_ms, struct sp_error *why)
{
	*why = (struct sp_error){.problem = problem, .op = op,
	    .status = problem == SP_PREMIUM ? 403 : 429,
	    .retry_after = (until - now_ms + 999) / 1000};
	return -1;
}

int64_t
limits_barred(const struct limits *l, enum sp_op op, int64_t now_ms, struct sp_error *why)
{
	const struct sp_op_info *info = sp_op_info(op);

	if (l->quota_until[info->family] > now_ms)
		return refuse(SP_QUOTA, op, l->quota_until[info->family], now_ms, why);
	if (l->day_ask[info->family] > now_ms)
		return refuse(SP_DAY, op, l->day_until[info->family], now_ms, why);
	if (info->command && l->no_premium_until > now_ms)
		return refuse(SP_PREMIUM, op, l->no_premium_until, now_ms, why);
	if (l->paused_until <= now_ms)
		return 0;
	if (l->paused_until - now_ms > LIMITS_WAIT_S * 1000)
		return refuse(SP_RATE, op, l->paused_until, now_ms, why);
	return l->paused_until - now_ms;
}

int64_t
limits_ask(struct limits *l, enum sp_op op, bool bulk, int64_t now_ms, struct sp_error *why)
{
	const int64_t ms = limits_barred(l, op, now_ms, why);
	const int64_t wanted = l->each_ms * (bulk ? 1 + KEPT : 1);

	if (ms != 0)
		return ms;
	l->credit_ms += now_ms - l->paced_ms;
	l->paced_ms = now_ms;
	if (l->credit_ms > BURST * l->each_ms)
		l->credit_ms = BURST * l->each_ms;
	if (l->credit_ms < wanted)
		return wanted - l->credit_ms;
	l->credit_ms -= l->each_ms;
	return 0;
}

static void
later(int64_t *until, int64_t then)
{
	if (*until < then)
		*until = then;
}

int64_t
limits_bar(struct limits *l, enum sp_problem problem, enum sp_family family, int64_t ms,
    int64_t now_ms)
{
	int64_t pause = ms > 0 ? ms : problem == SP_QUOTA ? QUOTA_MS : PAUSE_MS;

	if (problem == SP_QUOTA)
		/* One answer of several may not say how long. */
		later(&l->quota_until[family], now_ms + pause);
	else if (problem == SP_DAY) {
		/* The bound may be raised. */
		l->day_until[family] = now_ms + pause;
		l->day_ask[family] = now_ms + (pause < DAY_ASK_MS ? pause : DAY_ASK_MS);
	} else
		later(&l->paused_until, now_ms + pause);
	return pause;
}

int64_t
limits_note(struct limits *l, const struct sp_error *e, int64_t now_ms)
{
	const struct sp_op_info *info = sp_op_info(e->op);

	if (e->problem == SP_QUOTA)
		return limits_bar(l, SP_QUOTA, info->family, e->retry_after * 1000, now_ms);
	if (e->problem == SP_RATE || e->problem == SP_RATE_UNKNOWN)
		return limits_bar(l, SP_RATE, info->family, e->retry_after * 1000, now_ms);
	if (e->problem == SP_PREMIUM)
		l->no_premium_until = now_ms + DAY_MS;
	else if (e->problem == SP_OK && info->command)
		l->no_premium_until = 0;
	return 0;
}
