/*
 * pause: stops what plays.  Its steps: a named device -> send -> a look after a
 * moment.  Where nothing plays there is nothing to do, which is no error.
 */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/player.h"

struct pause {
	struct player player;
	struct sp_error refusal;
	bool doubt;             /* the command's outcome is unknown */
};

static void
told(struct call *c, bool verified, bool was, const char *text)
{
	err_t err = json_add_bool(call_data(c), "paused", true);

	if (err == 0)
		err = json_add_bool(call_data(c), "was_paused", was);
	if (err == 0)
		err = player_note(c, verified);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	call_line(c, "%s", text);
	call_done(c);
}

/* Does the state show that nothing plays? */
static bool
is_still(const struct sp_answer *a)
{
	return a->error.problem == SP_OK &&
	    (a->json == NULL || !field_bool(a->json, "is_playing", true));
}

/* Spotify refuses to pause what is paused: is it that? */
static void
on_state(struct call *c, const struct sp_answer *a)
{
	struct pause *p = c->state;

	if (is_still(a))
		told(c, true, true, "Playback was paused already.");
	else if (!player_hopeless(c, a, true))
		call_fail(c, "%s", player_sentence(c, &p->refusal));
}

static void
on_look(struct call *c, const struct sp_answer *a)
{
	struct pause *p = c->state;

	if (is_still(a))
		told(c, true, false, "It is paused.");
	else if (p->doubt)
		call_fail(c, "%s", player_sentence(c, &p->refusal));
	else
		told(c, false, false, a->error.problem == SP_OK ?
		    "Spotify accepted the command, but it still plays; look again with get_playback." :
		    "Spotify accepted the command; whether it is paused was not seen.");
}

static void
on_pause(struct call *c, const struct sp_answer *a)
{
	struct pause *p = c->state;

	p->refusal = a->error;
	p->doubt = a->error.problem != SP_OK;
	if (player_maybe(a))
		player_look(c, PLAYER_SETTLE_MS, on_look);
	else if (a->error.problem == SP_RESTRICTED)
		player_state(c, on_state);
	else if (a->error.problem == SP_NO_DEVICE)
		told(c, true, true, "No device is active, so nothing is playing.");
	else
		player_fail(c, &a->error);
}

static void
send_pause(struct call *c)
{
	player_send(c, SP_OP_PAUSE, NULL, NULL, on_pause);
}

static void
run(struct call *c)
{
	if (errand_begin(c, sizeof(struct pause)) != NULL)
		player_choose(c, send_pause);
}

const struct tool tool_pause = {
	.name = "pause",
	.title = "Pause playback",
	.about = "Pauses what is playing, on the active device or on the one that is named. Saying so "
	    "twice does no harm.",
	.args = (const struct arg[]){PLAYER_ARG_DEVICE, {.name = NULL}},
	.out = (const struct out[]){
		{.name = "paused", .type = OUT_BOOL, .always = true},
		{.name = "was_paused", .type = OUT_BOOL, .about = "It was paused before already"},
		PLAYER_OUT_VERIFIED,
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = PLAYER_SCOPES,
	.max_requests = PLAYER_REQUESTS + 2,
	.run = run,
};
