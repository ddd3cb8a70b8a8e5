/* Careful reading of JSON; see field.h. */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"

struct span
field_str(struct json_object *o, const char *name)
{
	struct span s = {NULL, 0};

	(void)json_get_str(o, name, &s);
	return s;
}

int64_t
field_int(struct json_object *o, const char *name, int64_t fallback)
{
	int64_t n = fallback;

	(void)json_get_int(o, name, &n);
	return n;
}

bool
field_bool(struct json_object *o, const char *name, bool fallback)
{
	bool b = fallback;

	(void)json_get_bool(o, name, &b);
	return b;
}

size_t
field_len(struct json_object *a)
{
	return json_object_is_type(a, json_type_array) ? json_object_array_length(a) : 0;
}

struct json_object *
field_add_obj(struct json_object *o, const char *name)
{
	struct json_object *v = json_object_new_object();

	return json_add(o, name, v) == 0 ? v : NULL;
}

struct json_object *
field_add_arr(struct json_object *o, const char *name)
{
	struct json_object *v = json_object_new_array();

	return json_add(o, name, v) == 0 ? v : NULL;
}

struct json_object *
field_append_obj(struct json_object *a)
{
	struct json_object *v = json_object_new_object();

	return json_append(a, v) == 0 ? v : NULL;
}
