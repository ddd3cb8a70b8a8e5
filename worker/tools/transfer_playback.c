/*
 * transfer_playback: what plays goes on elsewhere.  Its steps: the devices ->
 * the state, for the position -> send -> a look after a moment -> what is not
 * yet as it should be (the position, pausing) -> a last look.
 */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/items.h"
#include "worker/tools/player.h"

#define SECOND_LOOK_MS 1200
/* Spotify may start a little earlier on the new device. */
#define BACK_MS 3000

struct transfer_playback {
	struct player player;
	const char *item;            /* URI of what played before; "": not known */
	int64_t at;                  /* where it was; -1: not known */
	bool renewed;                /* the device was looked up again */
	bool mended;                 /* the position or the pause was set */
	bool again;
	struct sp_error doubt;
};

static void send_transfer(struct call *c);
static void on_look(struct call *c, const struct sp_answer *a);

static bool
is_there(const struct transfer_playback *t, const struct sp_answer *a)
{
	return a->error.problem == SP_OK && span_is(field_str(json_get_obj(a->json, "device"), "id"),
	    t->player.device);
}

/* Does it play, or not, as was asked for? */
static bool
plays_as_asked(struct call *c, const struct sp_answer *a)
{
	bool plays;

	return !call_has(c, "play") ||
	    (json_get_bool(a->json, "is_playing", &plays) && plays == call_bool(c, "play"));
}

static bool
lost_place(const struct transfer_playback *t, const struct sp_answer *a)
{
	int64_t at = field_int(a->json, "progress_ms", -1);

	return t->at > BACK_MS && at >= 0 && at < t->at - BACK_MS &&
	    span_is(field_str(json_get_obj(a->json, "item"), "uri"), t->item);
}

static void
on_mended(struct call *c, const struct sp_answer *a)
{
	if (a->error.problem != SP_OK)
		call_line(c, "One step did not work: %s", player_sentence(c, &a->error));
	player_look(c, PLAYER_SETTLE_MS, on_look);
}

static void
seek_back(struct call *c)
{
	struct transfer_playback *t = c->state;

	player_send_number(c, SP_OP_SEEK, "position_ms", t->at, on_mended);
}

static void
on_look(struct call *c, const struct sp_answer *a)
{
	struct transfer_playback *t = c->state;
	bool there = is_there(t, a);

	if (a->error.problem == SP_OK && !there && !t->again && errand_may(c, 1)) {
		t->again = true;
		player_look(c, SECOND_LOOK_MS, on_look);
		return;
	}
	if (there && !t->mended && errand_may(c, 2)) {
		t->mended = true;
		if (!plays_as_asked(c, a)) {
			player_send(c, call_bool(c, "play") ? SP_OP_PLAY : SP_OP_PAUSE, NULL, NULL, on_mended);
			return;
		}
		if (lost_place(t, a)) {
			seek_back(c);
			return;
		}
	}
	if (there && lost_place(t, a))
		call_line(c, "It did not go on from where it was.");
	if (there)
		call_line(c, "Playback is on %s now.", t->player.device_name);
	player_tell(c, there && plays_as_asked(c, a) && !lost_place(t, a), a,
	    t->doubt.problem != SP_OK ? &t->doubt : NULL);
}

/* The device's id may have changed. */
static void
on_renewed(struct call *c, const struct sp_answer *a)
{
	struct transfer_playback *t = c->state;
	struct json_object *devices = json_get_arr(a->json, "devices"), *d;

	if (a->error.problem != SP_OK) {
		call_fail(c, "%s", errand_sentence(c, &t->doubt));
		return;
	}
	d = device_find(c, devices, call_str(c, "device"));
	if (d == NULL)
		return;
	if (span_is(field_str(d, "id"), t->player.device))
		call_fail(c, "%s Known devices: %s.", errand_sentence(c, &t->doubt),
		    device_list(c, devices));
	else if (player_use(c, d))
		send_transfer(c);
}

static void
on_sent(struct call *c, const struct sp_answer *a)
{
	struct transfer_playback *t = c->state;

	t->doubt = a->error;
	if (player_maybe(a))
		player_look(c, PLAYER_SETTLE_MS, on_look);
	else if ((a->error.problem == SP_DEVICE_GONE || a->error.problem == SP_NO_DEVICE) &&
	    !t->renewed && errand_may(c, 1)) {
		t->renewed = true;
		errand_ask(c, SP_OP_DEVICES, NULL, NULL, NULL, on_renewed);
	} else
		player_fail(c, &a->error);
}

static void
send_transfer(struct call *c)
{
	struct transfer_playback *t = c->state;
	struct buf body;
	err_t err;

	buf_init(&body, 1024);
	err = buf_put_str(&body, "{\"device_ids\":[");
	if (err == 0)
		err = json_write_str(&body, span_str(t->player.device));
	if (err == 0)
		err = buf_printf(&body, "]%s}", call_bool(c, "play") ? ",\"play\":true" : "");
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_TRANSFER, NULL, NULL, &body, on_sent);
	buf_free(&body);
}

static void
on_state(struct call *c, const struct sp_answer *a)
{
	struct transfer_playback *t = c->state;

	if (a->error.problem != SP_OK) {
		player_fail(c, &a->error);
		return;
	}
	t->item = item_text(c, json_get_obj(a->json, "item"), "uri", ITEM_LINK_MAX);
	t->at = field_int(a->json, "progress_ms", -1);
	if (is_there(t, a) && plays_as_asked(c, a)) {
		call_line(c, "%s is the active device already.", t->player.device_name);
		player_tell(c, true, a, NULL);
	} else
		send_transfer(c);
}

static void
read_state(struct call *c)
{
	player_state(c, on_state);
}

static void
run(struct call *c)
{
	struct transfer_playback *t = errand_begin(c, sizeof(*t));

	if (t == NULL)
		return;
	t->at = -1;
	player_choose(c, read_state);
}

const struct tool tool_transfer_playback = {
	.name = "transfer_playback",
	.title = "Move playback",
	.about = "Moves what plays to another device, where it goes on from the same position; also makes "
	    "an idle device the active one.",
	.args = (const struct arg[]){
		{.name = "device", .type = ARG_STR, .required = true, .max_bytes = 200,
		    .about = "Name or id"},
		{.name = "play", .type = ARG_BOOL,
		    .about = "true: plays there, false: is paused there; absent: as before"},
		{.name = NULL}},
	.out = (const struct out[]){PLAYER_OUT_VERIFIED, PLAYER_OUT_STATE, {.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = PLAYER_SCOPES,
	.max_requests = PLAYER_REQUESTS + 8,
	.run = run,
};
