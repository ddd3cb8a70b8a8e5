/*
 * Answers of the player for tests, and what each of its tools must bear: every
 * error of the family, devices by name, refusals.
 */
#ifndef TONEARM_TESTS_TOOLS_PLAYER_BENCH_H
#define TONEARM_TESTS_TOOLS_PLAYER_BENCH_H

#include "tests/unit/spotify/rig.h"

#define STATE   "/v1/me/player?"
#define DEVICES "/v1/me/player/devices"
#define PAUSE   "/v1/me/player/pause"
#define PLAY    "/v1/me/player/play"
#define QUEUE   "/v1/me/player/queue"
#define NEXT    "/v1/me/player/next"
#define PREVIOUS "/v1/me/player/previous"
#define SEEK    "/v1/me/player/seek"
#define VOLUME  "/v1/me/player/volume"
#define SHUFFLE "/v1/me/player/shuffle"
#define REPEAT  "/v1/me/player/repeat"

#define NO_DEVICE "{\"error\":{\"status\":404,\"message\":\"Player command failed: No active " \
	"device found\",\"reason\":\"NO_ACTIVE_DEVICE\"}}"
#define GONE "{\"error\":{\"status\":404,\"message\":\"Device not found\"}}"
#define RESTRICTED "{\"error\":{\"status\":403,\"message\":\"Player command failed: Restriction " \
	"violated\",\"reason\":\"UNKNOWN\"}}"

#define DEVICE(id, name, type, active, restricted, volume) "{\"id\":" id ",\"name\":\"" name \
	"\",\"type\":\"" type "\",\"is_active\":" active ",\"is_restricted\":" restricted \
	",\"supports_volume\":" volume ",\"volume_percent\":60}"
#define DESK         DEVICE("\"desk-1\"", "Desk Laptop", "Computer", "true", "false", "true")
#define IDLE_DESK    DEVICE("\"desk-1\"", "Desk Laptop", "Computer", "false", "false", "true")
#define KITCHEN      DEVICE("\"kit-1\"", "Kitchen Speaker", "Speaker", "true", "false", "true")
#define KITCHEN_OFF  DEVICE("\"kit-1\"", "Kitchen Speaker", "Speaker", "false", "false", "true")
#define KITCHEN_NEW  DEVICE("\"kit-2\"", "Kitchen Speaker", "Speaker", "false", "false", "true")
#define IDLE_KITCHEN KITCHEN_OFF
#define PHONE        DEVICE("\"phone-1\"", "Pocket Phone", "Smartphone", "false", "false", "false")
#define MUSEUM       DEVICE("null", "Museum Loudspeaker", "Speaker", "true", "true", "true")
#define IDLE_MUSEUM  DEVICE("null", "Museum Loudspeaker", "Speaker", "false", "true", "true")
#define LIST(devices) "{\"devices\":[" devices "]}"

#define TRACK_A_URI "spotify:track:0123456789abcdefghijAA"
#define TRACK_B_URI "spotify:track:0123456789abcdefghijBB"
#define TRACK(uri, name) "{\"type\":\"track\",\"uri\":\"" uri "\",\"name\":\"" name "\"," \
	"\"duration_ms\":200000,\"artists\":[{\"name\":\"Somebody\"}],\"album\":{\"name\":\"X\"}}"
#define TRACK_A TRACK(TRACK_A_URI, "First")
#define TRACK_B TRACK(TRACK_B_URI, "Second")
#define PLAYER_IN(playing, progress, item, device, shuffle, repeat, kind) "{\"device\":" device \
	",\"is_playing\":" playing ",\"progress_ms\":" progress ",\"item\":" item \
	",\"shuffle_state\":" shuffle ",\"repeat_state\":\"" repeat "\",\"context\":null," \
	"\"currently_playing_type\":\"" kind "\"}"
#define PLAYER(playing, progress, item, device) \
	PLAYER_IN(playing, progress, item, device, "false", "off", "track")
#define AD(device) PLAYER_IN("true", "5000", "null", device, "false", "off", "ad")

/* Every error that the player's calls meet, one after the other: each ends the
 * tool with its own sentence. */
void the_family(const char *tool, const char *args);

/*
 * The device by name, case-folded and by its beginning; no such device; several;
 * one that takes no commands; one whose id changed meanwhile.  args is the
 * beginning of the arguments ("{" or "{'x':1,"), command the path that is to
 * carry the device, state what the player says afterwards.
 */
void devices_by_name(struct rig *r, const char *tool, const char *args, const char *command,
    const char *state);

/* A refused command: an advertisement and a restricted device are told. */
void refusals(struct rig *r, const char *tool, const char *args);

#endif
