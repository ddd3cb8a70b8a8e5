/* Pace and pauses; see limits.h. */
#include "config.h"

#include <string.h>

#include "worker/spotify/limits.h"

/* So many requests at once, then at the configured pace: one large call of a
 * tool passes, a stream of them does not. */
#define BURST 25
#define DAY_MS INT64_C(86400000)
/* When Spotify does not say how long. */
#define PAUSE_MS 2000
#define QUOTA_MS INT64_C(3600000)

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
limits_ask(struct limits *l, enum sp_op op, int64_t now_ms, struct sp_error *why)
{
	const struct sp_op_info *info = sp_op_info(op);

	if (l->quota_until[info->family] > now_ms)
		return refuse(SP_QUOTA, op, l->quota_until[info->family], now_ms, why);
	if (info->command && l->no_premium_until > now_ms)
		return refuse(SP_PREMIUM, op, l->no_premium_until, now_ms, why);
	if (l->paused_until > now_ms) {
		if (l->paused_until - now_ms > LIMITS_WAIT_S * 1000)
			return refuse(SP_RATE, op, l->paused_until, now_ms, why);
		return l->paused_until - now_ms;
	}
	l->credit_ms += now_ms - l->paced_ms;
	l->paced_ms = now_ms;
	if (l->credit_ms > BURST * l->each_ms)
		l->credit_ms = BURST * l->each_ms;
	if (l->credit_ms < l->each_ms)
		return l->each_ms - l->credit_ms;
	l->credit_ms -= l->each_ms;
	return 0;
}

void
limits_note(struct limits *l, const struct sp_error *e, int64_t now_ms)
{
	int64_t pause = e->retry_after >= 0 ? e->retry_after * 1000 : 0;
	enum sp_family family = sp_op_info(e->op)->family;

	if (e->problem == SP_QUOTA)
		l->quota_until[family] = now_ms + (pause > 0 ? pause : QUOTA_MS);
	else if (e->problem == SP_RATE || e->problem == SP_RATE_UNKNOWN) {
		if (pause == 0)
			pause = PAUSE_MS;
		if (now_ms + pause > l->paused_until)
			l->paused_until = now_ms + pause;
	} else if (e->problem == SP_PREMIUM)
		l->no_premium_until = now_ms + DAY_MS;
	else if (e->problem == SP_OK && sp_op_info(e->op)->command)
		l->no_premium_until = 0;
}
