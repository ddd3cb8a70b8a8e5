/*
 * Reading Spotify's JSON with an answer for everything that is not there: any
 * member may be missing, null or of another type (lists hold null entries,
 * fields vanish with the application's mode).  Thin helpers over
 * shared/json/json.h.
 */
#ifndef TONEARM_SPOTIFY_FIELD_H
#define TONEARM_SPOTIFY_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

/* Text of a member; an empty view if it is no text. */
struct span field_str(struct json_object *o, const char *name);

/* Whole number and truth of a member, fallback if it is none. */
int64_t field_int(struct json_object *o, const char *name, int64_t fallback);
bool field_bool(struct json_object *o, const char *name, bool fallback);

/* Elements of an array; 0 if a is no array. */
size_t field_len(struct json_object *a);

/* Adds an empty object or array, borrowed by the caller; NULL: memory ran out
 * or o is NULL. */
struct json_object *field_add_obj(struct json_object *o, const char *name);
struct json_object *field_add_arr(struct json_object *o, const char *name);
/* Appends an empty object to an array; NULL likewise. */
struct json_object *field_append_obj(struct json_object *a);

#endif
