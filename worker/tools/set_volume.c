/*
 * set_volume: of the active device or a named one.  Its steps: the devices,
 * with their volumes -> send -> the devices again after a moment.
 */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/items.h"
#include "worker/tools/player.h"

struct set_volume {
	struct player player;
	int64_t percent;
	struct sp_error trouble;     /* of the command, if it did not simply go well */
};

/* The device with the id that the command went to, or NULL. */
static struct json_object *
ours(const struct player *p, struct json_object *devices)
{
	size_t i;

	for (i = 0; i < field_len(devices); i++)
		if (span_is(field_str(json_object_array_get_idx(devices, i), "id"), p->device))
			return json_object_array_get_idx(devices, i);
	return NULL;
}

static void
tell(struct call *c, const struct sp_answer *a)
{
	struct set_volume *s = c->state;
	struct json_object *d = ours(&s->player, json_get_arr(a->json, "devices")), *o;
	bool sure = a->error.problem == SP_OK && field_int(d, "volume_percent", -1) == s->percent;
	err_t err;

	if (s->trouble.problem != SP_OK && !sure) {
		call_fail(c, "%s", errand_sentence(c, &s->trouble));
		return;
	}
	call_line(c, "Volume of %s: %lld %%%s", s->player.device_name, (long long)s->percent,
	    sure ? "." : " was accepted, but the device does not show it yet.");
	err = json_add_int(call_data(c), "percent", s->percent);
	if (err == 0)
		err = player_note(c, sure);
	if (err == 0 && d != NULL) {
		o = field_add_obj(call_data(c), "device");
		err = o == NULL ? ERR_NOMEM : device_describe(c, d, o);
	}
	call_end(c, err);
}

static void
unseen(struct call *c)
{
	struct sp_answer a = {.error = {.problem = SP_CANCELLED, .op = SP_OP_DEVICES}};

	tell(c, &a);
}

static void
look(struct call *c)
{
	if (errand_may(c, 1))
		errand_ask(c, SP_OP_DEVICES, NULL, NULL, NULL, tell);
	else
		unseen(c);
}

static void
on_sent(struct call *c, const struct sp_answer *a)
{
	struct set_volume *s = c->state;

	s->trouble = a->error;
	if (player_maybe(a)) {
		s->player.errand.on_stop = unseen;
		errand_pause(c, PLAYER_SETTLE_MS, look);
	} else if (a->error.problem == SP_RESTRICTED)
		call_fail(c, "The device \"%s\" refuses to have its volume set by other applications, as "
		    "phones and some speakers do. Use the device itself, or another device.",
		    s->player.device_name);
	else
		player_fail(c, &a->error);
}

/* How loud it is to be; false: the call has failed. */
static bool
wanted(struct call *c, struct json_object *device)
{
	struct set_volume *s = c->state;
	int64_t now = field_int(device, "volume_percent", -1);

	if (!field_bool(device, "supports_volume", true)) {
		call_fail(c, "The device \"%s\" does not let other applications set its volume, as phones "
		    "and some speakers do not. Use the device itself, or another device.",
		    s->player.device_name);
		return false;
	}
	if (call_has(c, "by_percent") && now < 0) {
		call_fail(c, "The device \"%s\" does not tell its volume, so by_percent has nothing to count "
		    "from. Give percent instead.", s->player.device_name);
		return false;
	}
	s->percent = call_has(c, "percent") ? call_int(c, "percent") : now + call_int(c, "by_percent");
	s->percent = s->percent < 0 ? 0 : s->percent > 100 ? 100 : s->percent;
	return true;
}

/* The named device, the active one, or the only one there is. */
static struct json_object *
which(struct call *c, struct json_object *devices)
{
	struct player *p = c->state;
	struct json_object *d;
	size_t n = 0, i;

	if (call_has(c, "device"))
		return device_find(c, devices, call_str(c, "device"));
	for (i = 0; i < field_len(devices); i++) {
		d = json_object_array_get_idx(devices, i);
		if (field_bool(d, "is_active", false) && !device_takes_commands(d)) {
			call_fail(c, "The active device \"%s\" takes no commands from other applications. "
			    "Known devices: %s.", item_text(c, d, "name", 80), device_list(c, devices));
			return NULL;
		}
	}
	d = device_pick(devices, &n);
	if (d != NULL && (n == 1 || field_bool(d, "is_active", false))) {
		p->woken = !field_bool(d, "is_active", false);
		return d;
	}
	call_fail(c, "No Spotify device is active. Name one of the known devices: %s.",
	    device_list(c, devices));
	return NULL;
}

static void
on_devices(struct call *c, const struct sp_answer *a)
{
	struct set_volume *s = c->state;
	struct json_object *d;

	if (a->error.problem != SP_OK) {
		player_fail(c, &a->error);
		return;
	}
	d = which(c, json_get_arr(a->json, "devices"));
	if (d == NULL || !player_use(c, d) || !wanted(c, d))
		return;
	s->player.named = call_has(c, "device");
	player_send_number(c, SP_OP_VOLUME, "volume_percent", s->percent, on_sent);
}

static void
run(struct call *c)
{
	struct set_volume *s = errand_begin(c, sizeof(*s));

	if (s == NULL)
		return;
	s->player.wake = PLAYER_WAKE_ONLY;
	if (call_has(c, "percent") == call_has(c, "by_percent"))
		call_fail(c, "Give either percent (0 to 100) or by_percent (from what it is).");
	else
		errand_ask(c, SP_OP_DEVICES, NULL, NULL, NULL, on_devices);
}

const struct tool tool_set_volume = {
	.name = "set_volume",
	.title = "Set the volume",
	.about = "Sets the volume of the active device or of a named one, or changes it by some percent. "
	    "Says so when a device refuses, as phones do.",
	.args = (const struct arg[]){
		{.name = "percent", .type = ARG_INT, .min = 0, .max = 100},
		{.name = "by_percent", .type = ARG_INT, .min = -100, .max = 100,
		    .about = "From what it is; negative: softer"},
		PLAYER_ARG_DEVICE,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "percent", .type = OUT_INT, .always = true},
		PLAYER_OUT_VERIFIED,
		{.name = "woken_device", .type = OUT_STR},
		{.name = "device", .type = OUT_OBJ},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = PLAYER_SCOPES,
	.max_requests = PLAYER_REQUESTS + 3,
	.run = run,
};
