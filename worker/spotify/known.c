/* What is known; see known.h. */
#include "config.h"

#include "shared/base/clock.h"
#include "worker/spotify/known.h"
#include "worker/worker.h"

static int64_t
seconds_until(int64_t ms)
{
	int64_t left = ms - clock_mono_ms();

	return left > 0 ? (left + 999) / 1000 : 0;
}

void
known_state(const struct worker *w, const struct tokens *t, const struct limits *l,
    struct spotify_state *out)
{
	const struct grant *g = tokens_grant(t);
	unsigned i;

	*out = (struct spotify_state){.scope = w->who.spotify_scopes,
	    .authorized_at = w->who.authorized_at, .over = tokens_over(t),
	    .pause_s = seconds_until(l->paused_until),
	    .no_premium = seconds_until(l->no_premium_until) > 0};
	if (g == NULL && out->over == SP_OK)
		out->over = SP_NOT_SIGNED_IN;
	if (g != NULL && g->scope[0] != '\0')
		out->scope = g->scope;
	if (g != NULL && g->authorized_at > 0)
		out->authorized_at = g->authorized_at;
	if (out->authorized_at > 0)
		out->ends_at = grant_ends_at(out->authorized_at);
	for (i = 0; i < SP_FAMILY_COUNT; i++)
		out->quota_s[i] = seconds_until(l->quota_until[i]);
}
