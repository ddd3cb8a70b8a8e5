/*
 * seek: to a place in what plays, or forth and back by some time.  Its steps:
 * the state (for by_ms) -> send -> a look after a moment.
 */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/player.h"

#define DAY_MS 86400000
/* From the command to the look, with what the network takes. */
#define LATE_MS (PLAYER_SETTLE_MS + 4000)

struct seek {
	struct player player;
	int64_t target;
	struct sp_error doubt;
};

static void
on_look(struct call *c, const struct sp_answer *a)
{
	struct seek *s = c->state;
	int64_t at = field_int(a->json, "progress_ms", -1);
	bool sure = a->error.problem == SP_OK && at >= s->target && at <= s->target + LATE_MS;

	if (sure)
		call_line(c, "It is there.");
	player_tell(c, sure, a, s->doubt.problem != SP_OK ? &s->doubt : NULL);
}

static void
on_sent(struct call *c, const struct sp_answer *a)
{
	struct seek *s = c->state;

	s->doubt = a->error;
	if (player_maybe(a))
		player_look(c, PLAYER_SETTLE_MS, on_look);
	else
		player_fail(c, &a->error);
}

static void
send_seek(struct call *c)
{
	struct seek *s = c->state;

	player_send_number(c, SP_OP_SEEK, "position_ms", s->target, on_sent);
}

/* From where it is now. */
static void
on_state(struct call *c, const struct sp_answer *a)
{
	struct seek *s = c->state;
	int64_t at = field_int(a->json, "progress_ms", -1);
	int64_t length = field_int(json_get_obj(a->json, "item"), "duration_ms", 0);

	if (player_hopeless(c, a, true))
		return;
	if (a->json == NULL)
		call_fail(c, "Nothing is playing and no device is active, so there is no place to go on "
		    "from. Start something with play first.");
	else if (at < 0)
		call_fail(c, "Spotify does not tell how far it is, so by_ms has nothing to count from. Give "
		    "position_ms instead.");
	else if (length > 0 && at + call_int(c, "by_ms") >= length)
		call_fail(c, "That would be beyond the end: it is at %lld of %lld ms. Use skip for the next "
		    "item.", (long long)at, (long long)length);
	else {
		s->target = at + call_int(c, "by_ms");
		if (s->target < 0)
			s->target = 0;
		send_seek(c);
	}
}

static void
run(struct call *c)
{
	struct seek *s = errand_begin(c, sizeof(*s));

	if (s == NULL)
		return;
	s->player.wake = PLAYER_WAKE_ONLY;
	s->target = call_int(c, "position_ms");
	if (call_has(c, "position_ms") == call_has(c, "by_ms"))
		call_fail(c, "Give either position_ms (from the beginning) or by_ms (from where it is).");
	else if (call_has(c, "by_ms"))
		player_state(c, on_state);
	else
		send_seek(c);
}

const struct tool tool_seek = {
	.name = "seek",
	.title = "Seek",
	.about = "Goes to a place in what plays, or forth and back from where it is. Past the end Spotify "
	    "plays the next item.",
	.args = (const struct arg[]){
		{.name = "position_ms", .type = ARG_INT, .min = 0, .max = DAY_MS,
		    .about = "From the beginning"},
		{.name = "by_ms", .type = ARG_INT, .min = -DAY_MS, .max = DAY_MS,
		    .about = "From where it is; negative: back"},
		{.name = NULL}},
	.out = (const struct out[]){PLAYER_OUT_VERIFIED, PLAYER_OUT_STATE, {.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = PLAYER_SCOPES,
	.max_requests = PLAYER_REQUESTS + 3,
	.run = run,
};
