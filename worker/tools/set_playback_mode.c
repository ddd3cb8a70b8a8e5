/*
 * set_playback_mode: shuffle and repeat.  Its steps: shuffle -> repeat -> a look
 * after a moment.  What one of the two does is told even if the other fails.
 */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/player.h"

struct mode {
	struct player player;
	unsigned set;                /* commands that were accepted */
	struct sp_error doubt;
	const char *trouble;         /* why one of two failed */
};

static bool
shows_it(struct call *c, struct json_object *player)
{
	bool shuffle;

	if (call_has(c, "shuffle") && (!json_get_bool(player, "shuffle_state", &shuffle) ||
	    shuffle != call_bool(c, "shuffle")))
		return false;
	return !call_has(c, "repeat") || span_is(field_str(player, "repeat_state"),
	    call_str(c, "repeat"));
}

static void
on_look(struct call *c, const struct sp_answer *a)
{
	struct mode *m = c->state;
	bool sure = a->error.problem == SP_OK && shows_it(c, a->json);

	if (m->trouble != NULL)
		call_line(c, "Repeat was not set: %s", m->trouble);
	else if (sure)
		call_line(c, "It is set.");
	player_tell(c, sure, a, m->doubt.problem != SP_OK && m->set == 0 ? &m->doubt : NULL);
}

static void
on_repeat(struct call *c, const struct sp_answer *a)
{
	struct mode *m = c->state;

	if (a->error.problem == SP_OK)
		m->set++;
	else if (m->set > 0)
		m->trouble = player_sentence(c, &a->error);
	else if (player_maybe(a))
		m->doubt = a->error;
	else {
		player_fail(c, &a->error);
		return;
	}
	player_look(c, PLAYER_SETTLE_MS, on_look);
}

static void
send_repeat(struct call *c)
{
	player_send_word(c, SP_OP_REPEAT, "state", call_str(c, "repeat"), on_repeat);
}

static void
on_shuffle(struct call *c, const struct sp_answer *a)
{
	struct mode *m = c->state;

	if (!player_maybe(a)) {
		player_fail(c, &a->error);
		return;
	}
	if (a->error.problem == SP_OK)
		m->set++;
	else
		m->doubt = a->error;
	if (call_has(c, "repeat") && a->error.problem == SP_OK && errand_may(c, 1))
		send_repeat(c);
	else {
		if (call_has(c, "repeat"))
			m->trouble = "the first command did not come to its end.";
		player_look(c, PLAYER_SETTLE_MS, on_look);
	}
}

static void
send_shuffle(struct call *c)
{
	player_send_word(c, SP_OP_SHUFFLE, "state", call_bool(c, "shuffle") ? "true" : "false",
	    on_shuffle);
}

static void
run(struct call *c)
{
	struct mode *m = errand_begin(c, sizeof(*m));

	if (m == NULL)
		return;
	m->player.wake = PLAYER_WAKE_ONLY;
	if (call_has(c, "shuffle"))
		send_shuffle(c);
	else if (call_has(c, "repeat"))
		send_repeat(c);
	else
		call_fail(c, "Give shuffle, repeat or both.");
}

const struct tool tool_set_playback_mode = {
	.name = "set_playback_mode",
	.title = "Shuffle and repeat",
	.about = "Sets shuffle, repeat or both.",
	.args = (const struct arg[]){
		{.name = "shuffle", .type = ARG_BOOL},
		{.name = "repeat", .type = ARG_STR, .about = "context: the whole album or playlist",
		    .words = (const char *const[]){"off", "context", "track", NULL}},
		{.name = NULL}},
	.out = (const struct out[]){PLAYER_OUT_VERIFIED, PLAYER_OUT_STATE, {.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = PLAYER_SCOPES,
	.max_requests = PLAYER_REQUESTS + 3,
	.run = run,
};
