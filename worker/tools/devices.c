/* Devices; see devices.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/devices.h"
#include "worker/tools/items.h"
#include "worker/tools/names.h"

#define NAME_BYTES 80

err_t
device_describe(struct call *c, struct json_object *device, struct json_object *o)
{
	int64_t volume = field_int(device, "volume_percent", -1);
	bool truth, restricted = false, told = json_get_bool(device, "is_restricted", &restricted);
	const char *id = item_text(c, device, "id", DEVICE_ID_MAX);
	err_t err = json_add_text(o, "name", item_text(c, device, "name", NAME_BYTES));

	if (err == 0)
		err = json_add_text(o, "type", item_text(c, device, "type", 40));
	if (err == 0 && id[0] != '\0')
		err = json_add_text(o, "id", id);
	if (err == 0 && json_get_bool(device, "is_active", &truth))
		err = json_add_bool(o, "active", truth);
	if (err == 0 && (told || id[0] == '\0'))
		err = json_add_bool(o, "takes_commands", id[0] != '\0' && !restricted);
	if (err == 0 && volume >= 0)
		err = json_add_int(o, "volume_percent", volume);
	if (err == 0 && json_get_bool(device, "supports_volume", &truth))
		err = json_add_bool(o, "sets_volume", truth);
	return err;
}

const char *
device_list(struct call *c, struct json_object *devices)
{
	struct buf text;
	char *copy = NULL;
	size_t i;
	err_t err = 0;

	buf_init(&text, 4096);
	for (i = 0; i < field_len(devices) && err == 0; i++) {
		struct json_object *d = json_object_array_get_idx(devices, i);

		err = buf_printf(&text, "%s%s (%s%s%s)", i > 0 ? ", " : "",
		    item_text(c, d, "name", NAME_BYTES), item_text(c, d, "type", 40),
		    field_bool(d, "is_active", false) ? ", active" : "",
		    field_bool(d, "is_restricted", false) ? ", takes no commands" : "");
	}
	if (text.len > 0 && err != ERR_NOMEM)
		err = arena_strdup(&c->arena, buf_span(&text), &copy);
	if (err == ERR_NOMEM)
		c->trouble = err;   /* there are some: the call fails */
	buf_free(&text);
	return copy == NULL ? "none" : copy;
}

bool
device_id(struct json_object *device, char *id)
{
	struct span s = field_str(device, "id");

	if (s.n == 0 || s.n > DEVICE_ID_MAX || memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(id, s.p, s.n);
	id[s.n] = '\0';
	return true;
}

bool
device_takes_commands(struct json_object *device)
{
	char id[DEVICE_ID_MAX + 1];

	return !field_bool(device, "is_restricted", false) && device_id(device, id);
}

struct json_object *
device_find(struct call *c, struct json_object *devices, const char *text)
{
	struct name_finder f;
	struct json_object *d = NULL;
	size_t i, found = 0;
	enum name_match match = NAME_NONE;

	names_begin(&f, text);
	for (i = 0; i < field_len(devices) && match == NAME_NONE; i++) {
		d = json_object_array_get_idx(devices, i);
		if (span_is(field_str(d, "id"), text))
			match = NAME_ONE;
		else if (names_try(&f, i, field_str(d, "name")) != 0) {
			call_broken(c, ERR_NOMEM);
			return NULL;
		}
	}
	if (match == NAME_NONE) {
		match = names_end(&f, &found);
		d = match == NAME_NONE ? NULL : json_object_array_get_idx(devices, found);
	}
	if (match == NAME_ONE && device_takes_commands(d))
		return d;
	if (match == NAME_ONE)
		call_fail(c, "The device \"%s\" takes no commands from other applications. Known "
		    "devices: %s.", item_text(c, d, "name", NAME_BYTES), device_list(c, devices));
	else
		call_fail(c, "%s device is called \"%.80s\". Known devices: %s. Name one of them, or "
		    "start Spotify on the device first.", match == NAME_NONE ? "No" : "More than one",
		    text, device_list(c, devices));
	return NULL;
}

struct json_object *
device_pick(struct json_object *devices, size_t *n)
{
	struct json_object *d, *best = NULL;
	size_t i;

	*n = 0;
	for (i = 0; i < field_len(devices); i++) {
		d = json_object_array_get_idx(devices, i);
		if (!device_takes_commands(d))
			continue;
		if (best == NULL || (field_bool(d, "is_active", false) &&
		    !field_bool(best, "is_active", false)))
			best = d;
		(*n)++;
	}
	return best;
}
