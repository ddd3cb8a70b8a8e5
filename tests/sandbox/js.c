/* Short names for the JSON work every part does. */
#include "config.h"

#include "js.h"

#include "text.h"

#include <string.h>

js *js_get(js *o, const char *key)
{
	js *value = NULL;
	if (o == NULL || !json_object_is_type(o, json_type_object))
		return NULL;
	return json_object_object_get_ex(o, key, &value) ? value : NULL;
}

const char *js_str(js *o, const char *key)
{
	js *value = js_get(o, key);
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

int64_t js_int(js *o, const char *key, int64_t otherwise)
{
	js *value = js_get(o, key);
	return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : otherwise;
}

bool js_bool(js *o, const char *key, bool otherwise)
{
	js *value = js_get(o, key);
	if (!json_object_is_type(value, json_type_boolean))
		return otherwise;
	return json_object_get_boolean(value) != 0;
}

void js_put(js *o, const char *key, js *value)
{
	if (json_object_object_add(o, key, value) != 0)
		text_must(NULL);
}

js *js_text(const char *s)
{
	return s == NULL ? NULL : text_must(json_object_new_string(s));
}

void js_put_str(js *o, const char *key, const char *value)
{
	js_put(o, key, js_text(value));
}

void js_put_int(js *o, const char *key, int64_t value)
{
	js_put(o, key, text_must(json_object_new_int64(value)));
}

void js_put_bool(js *o, const char *key, bool value)
{
	js_put(o, key, text_must(json_object_new_boolean(value)));
}

js *js_object_in(js *o, const char *key)
{
	js *value = js_get(o, key);
	if (!json_object_is_type(value, json_type_object)) {
		value = text_must(json_object_new_object());
		js_put(o, key, value);
	}
	return value;
}

js *js_array_in(js *o, const char *key)
{
	js *value = js_get(o, key);
	if (!json_object_is_type(value, json_type_array)) {
		value = text_must(json_object_new_array());
		js_put(o, key, value);
	}
	return value;
}

size_t js_len(js *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

js *js_at(js *array, size_t i)
{
	return i < js_len(array) ? json_object_array_get_idx(array, i) : NULL;
}

const char *js_at_str(js *array, size_t i)
{
	js *value = js_at(array, i);
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

void js_add(js *array, js *value)
{
	if (json_object_array_add(array, value) != 0)
		text_must(NULL);
}

void js_add_str(js *array, const char *value)
{
	js_add(array, js_text(value));
}

void js_insert(js *array, size_t i, js *value)
{
	/* json-c of Debian 12 has no insertion: append, then move the tail up. */
	size_t n = js_len(array);
	js_add(array, NULL);
	for (size_t k = n; k > i; k--)
		json_object_array_put_idx(array, k, json_object_get(js_at(array, k - 1)));
	json_object_array_put_idx(array, i, value);
}

js *js_parse(const char *data, size_t length)
{
	if (length > INT32_MAX / 8)
		return NULL;
	struct json_tokener *tokener = text_must(json_tokener_new());
	js *value = json_tokener_parse_ex(tokener, data, (int)length);
	if (value == NULL && json_tokener_get_error(tokener) == json_tokener_continue)
		value = json_tokener_parse_ex(tokener, "", 1); /* a bare number needs its end */
	size_t end = json_tokener_get_parse_end(tokener);
	bool good = json_tokener_get_error(tokener) == json_tokener_success;
	for (; good && end < length; end++)
		if (strchr(" \t\r\n", data[end]) == NULL || data[end] == '\0')
			good = false;
	json_tokener_free(tokener);
	if (!good) {
		json_object_put(value);
		return NULL;
	}
	return value;
}
