/* Short names for the JSON work every part does. Borrowed pointers come out,
 * ownership of values goes in, as in json-c itself. */
#ifndef SANDBOX_JS_H
#define SANDBOX_JS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct json_object js;

/* The member, borrowed; null when o is no object or has no such member. */
js *js_get(js *o, const char *key);

/* The member as text, borrowed; null when it is not a string. */
const char *js_str(js *o, const char *key);

/* The member as a number or truth value; otherwise the default given. */
int64_t js_int(js *o, const char *key, int64_t otherwise);
bool js_bool(js *o, const char *key, bool otherwise);

/* Sets a member and takes ownership of value (null is JSON null). */
void js_put(js *o, const char *key, js *value);
void js_put_str(js *o, const char *key, const char *value);
void js_put_int(js *o, const char *key, int64_t value);
void js_put_bool(js *o, const char *key, bool value);

/* The member, made as an empty object or array when it is not there yet. */
js *js_object_in(js *o, const char *key);
js *js_array_in(js *o, const char *key);

/* Length of an array (0 for anything else) and its element, borrowed. */
size_t js_len(js *array);
js *js_at(js *array, size_t i);

/* Element as text, borrowed; null when it is not a string. */
const char *js_at_str(js *array, size_t i);

/* Appends; takes ownership. */
void js_add(js *array, js *value);
void js_add_str(js *array, const char *value);

/* Puts value before element i (i at most the length); takes ownership. */
void js_insert(js *array, size_t i, js *value);

/* A text value or, for a null pointer, JSON null. */
js *js_text(const char *s);

/* Parses; null when the bytes are not exactly one JSON value. */
js *js_parse(const char *data, size_t length);

#endif
