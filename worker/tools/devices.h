/*
 * The user's devices as Spotify lists them: told, found by what a person calls
 * them, or chosen when none is active.  Asks nothing of Spotify itself.
 */
#ifndef TONEARM_TOOLS_DEVICES_H
#define TONEARM_TOOLS_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "worker/tools/call.h"
#include "worker/tools/tool.h"

#define DEVICE_ID_MAX 128

/* Adds a device's name, type, id (which changes over time), active,
 * takes_commands, volume_percent, sets_volume to object o, as far as Spotify
 * tells them.  ERR_NOMEM. */
err_t device_describe(struct call *c, struct json_object *device, struct json_object *o) MUST_CHECK;

/* "Living Room (Computer, active), Phone (Smartphone)" or "none"; from the
 * call's arena. */
const char *device_list(struct call *c, struct json_object *devices);

/*
 * Finds the device that a person means by text (its id, or its name: exactly,
 * without case, or a beginning that fits only one); it takes commands.  NULL:
 * the call has failed with a sentence that lists what there is.
 */
struct json_object *device_find(struct call *c, struct json_object *devices, const char *text);

/* Copies a device's id; id has room for DEVICE_ID_MAX + 1.  false: it has none
 * that can be used. */
bool device_id(struct json_object *device, char *id);

/* Can a command be sent to it? */
bool device_takes_commands(struct json_object *device);

/* The device to use when none was named: the active one, else the first that
 * takes commands, of which there are *n.  NULL: there is none. */
struct json_object *device_pick(struct json_object *devices, size_t *n);

#endif
