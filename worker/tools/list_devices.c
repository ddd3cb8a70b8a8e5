/* list_devices: the devices that Spotify knows for the user. */
#include "config.h"

#include <stdio.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/devices.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"

static err_t
show(struct call *c, struct json_object *list, struct json_object *device)
{
	struct json_object *o = field_append_obj(list);
	int64_t volume = field_int(device, "volume_percent", -1);
	char loud[40] = "";

	if (o == NULL)
		return ERR_NOMEM;
	if (volume >= 0)
		(void)snprintf(loud, sizeof(loud), ", volume %lld %%", (long long)volume);
	call_line(c, "- %s (%s%s%s%s%s)", item_text(c, device, "name", 80),
	    item_text(c, device, "type", 40),
	    field_bool(device, "is_active", false) ? ", active" : "", loud,
	    field_bool(device, "supports_volume", true) ? "" : ", its volume cannot be set",
	    device_takes_commands(device) ? "" : ", takes no commands");
	return device_describe(c, device, o);
}

static void
on_devices(struct call *c, const struct sp_answer *a)
{
	struct json_object *devices = json_get_arr(a->json, "devices"), *list, *d;
	size_t i, n = 0;
	err_t err = 0;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	list = field_add_arr(call_data(c), "devices");
	if (list == NULL)
		err = ERR_NOMEM;
	for (i = 0; i < field_len(devices) && err == 0; i++) {
		d = json_object_array_get_idx(devices, i);
		if (d == NULL)
			continue;
		n++;
		err = show(c, list, d);
	}
	if (err == 0)
		err = json_add_int(call_data(c), "total", (int64_t)n);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	if (n == 0)
		call_line(c, "Spotify knows no device at the moment. Devices appear while Spotify is open on "
		    "them.");
	call_done(c);
}

static void
run(struct call *c)
{
	if (errand_begin(c, sizeof(struct errand)) != NULL)
		errand_ask(c, SP_OP_DEVICES, NULL, NULL, NULL, on_devices);
}

const struct tool tool_list_devices = {
	.name = "list_devices",
	.title = "List devices",
	.about = "Lists the devices that can play: name, type, whether active, volume. Only "
	    "devices with Spotify open appear.",
	.out = (const struct out[]){
		{.name = "devices", .type = OUT_OBJS, .always = true},
		{.name = "total", .type = OUT_INT, .always = true},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYBACK_READ,
	.spotify_scopes = "user-read-playback-state",
	.max_requests = 1,
	.run = run,
};
