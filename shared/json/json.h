/*
 * Reading and writing JSON with json-c behind the guard, and typed access that
 * cannot misread.  Knows nothing of what a text means.
 *
 * Strings may hold NUL bytes where the limits allow them: lengths count.
 */
#ifndef TONEARM_JSON_JSON_H
#define TONEARM_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/json/guard.h"

/* Largest whole number that every reader of JSON keeps exactly (2^53 - 1). */
#define JSON_INT_MAX INT64_C(9007199254740991)

/* Reads exactly one value; the caller puts *out (NULL stands for the JSON
 * null).  ERR_SYNTAX, ERR_LIMIT (see json_guard), ERR_NOMEM. */
err_t json_parse(struct span text, const struct json_limits *limits,
    struct json_object **out) MUST_CHECK;

/* Member of an object; NULL if obj is no object, has no such member or the
 * member is null.  Owned by obj, as everything the getters give. */
struct json_object *json_get(struct json_object *obj, const char *name);
bool json_has(struct json_object *obj, const char *name);   /* null counts */

/* Members of a certain type; false, and *out untouched, for any other. */
bool json_get_str(struct json_object *obj, const char *name, struct span *out);
bool json_get_bool(struct json_object *obj, const char *name, bool *out);
/* Whole numbers within +-JSON_INT_MAX, also written as 20.0 or 2e1. */
bool json_get_int(struct json_object *obj, const char *name, int64_t *out);
bool json_get_num(struct json_object *obj, const char *name, double *out);
/* NULL if it is not there or of another type. */
struct json_object *json_get_obj(struct json_object *obj, const char *name);
struct json_object *json_get_arr(struct json_object *obj, const char *name);

/* The same for a value by itself. */
bool json_is_str(struct json_object *v, struct span *out);
bool json_is_int(struct json_object *v, int64_t *out);

/* Adds a member (appends an item) and takes value over, also on error.  A
 * NULL value means that memory ran out while it was made: ERR_NOMEM. */
err_t json_add(struct json_object *obj, const char *name, struct json_object *value) MUST_CHECK;
err_t json_append(struct json_object *arr, struct json_object *value) MUST_CHECK;
err_t json_add_str(struct json_object *obj, const char *name, struct span s) MUST_CHECK;
err_t json_add_text(struct json_object *obj, const char *name, const char *s) MUST_CHECK;
err_t json_add_int(struct json_object *obj, const char *name, int64_t v) MUST_CHECK;
err_t json_add_bool(struct json_object *obj, const char *name, bool v) MUST_CHECK;

/* New string value from a view; NULL if memory ran out or it is too long. */
struct json_object *json_new_str(struct span s);

/* Appends a value as compact text.  ERR_LIMIT, ERR_NOMEM. */
err_t json_write(struct buf *out, struct json_object *v) MUST_CHECK;

/* Appends a view of valid UTF-8 as a JSON string with its quotes. */
err_t json_write_str(struct buf *out, struct span s) MUST_CHECK;

#endif
