/* json-c behind the guard; see json.h. */
#include "config.h"

#include <limits.h>
#include <string.h>

#include "shared/json/json.h"

#define WRITE_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

err_t
json_parse(struct span text, const struct json_limits *limits, struct json_object **out)
{
	struct json_tokener *tok;
	struct json_object *v;
	enum json_tokener_error how;
	err_t err;

	err = json_guard(text, limits);
	if (err != 0)
		return err;
	if (text.n > INT_MAX)
		return ERR_LIMIT;
	/* One level more: json-c counts the value inside the last array, too. */
	tok = json_tokener_new_ex(JSON_DEPTH + 2);
	if (tok == NULL)
		return ERR_NOMEM;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	v = json_tokener_parse_ex(tok, (const char *)text.p, (int)text.n);
	how = json_tokener_get_error(tok);
	if (how == json_tokener_continue) {
		/* A number at the very end is complete only behind a NUL. */
		v = json_tokener_parse_ex(tok, "", 1);
		how = json_tokener_get_error(tok);
	}
	json_tokener_free(tok);
	if (how != json_tokener_success) {
		json_object_put(v);
		/* What the guard accepts json-c reads, unless memory ran out. */
		return how == json_tokener_error_depth ? ERR_LIMIT : ERR_NOMEM;
	}
	*out = v;
	return 0;
}

bool
json_has(struct json_object *obj, const char *name)
{
	return json_object_is_type(obj, json_type_object) &&
	    json_object_object_get_ex(obj, name, NULL);
}

struct json_object *
json_get(struct json_object *obj, const char *name)
{
	struct json_object *v = NULL;

	if (!json_object_is_type(obj, json_type_object) ||
	    !json_object_object_get_ex(obj, name, &v))
		return NULL;
	return v;
}

bool
json_is_str(struct json_object *v, struct span *out)
{
	if (!json_object_is_type(v, json_type_string))
		return false;
	*out = span_of(json_object_get_string(v), (size_t)json_object_get_string_len(v));
	return true;
}

bool
json_is_int(struct json_object *v, int64_t *out)
{
	int64_t n;
	double d;

	if (json_object_is_type(v, json_type_int)) {
		n = json_object_get_int64(v);
		if (n < -JSON_INT_MAX || n > JSON_INT_MAX)
			return false;
	} else if (json_object_is_type(v, json_type_double)) {
		d = json_object_get_double(v);
		if (!(d >= (double)-JSON_INT_MAX && d <= (double)JSON_INT_MAX))
			return false;
		n = (int64_t)d;
		if ((double)n < d || (double)n > d)
			return false;
	} else {
		return false;
	}
	*out = n;
	return true;
}

bool
json_get_str(struct json_object *obj, const char *name, struct span *out)
{
	return json_is_str(json_get(obj, name), out);
}

bool
json_get_bool(struct json_object *obj, const char *name, bool *out)
{
	struct json_object *v = json_get(obj, name);

	if (!json_object_is_type(v, json_type_boolean))
		return false;
	*out = json_object_get_boolean(v);
	return true;
}

bool
json_get_int(struct json_object *obj, const char *name, int64_t *out)
{
	return json_is_int(json_get(obj, name), out);
}

bool
json_get_num(struct json_object *obj, const char *name, double *out)
{
	struct json_object *v = json_get(obj, name);

	if (!json_object_is_type(v, json_type_int) && !json_object_is_type(v, json_type_double))
		return false;
	*out = json_object_get_double(v);
	return true;
}

struct json_object *
json_get_obj(struct json_object *obj, const char *name)
{
	struct json_object *v = json_get(obj, name);

	return json_object_is_type(v, json_type_object) ? v : NULL;
}

struct json_object *
json_get_arr(struct json_object *obj, const char *name)
{
	struct json_object *v = json_get(obj, name);

	return json_object_is_type(v, json_type_array) ? v : NULL;
}

err_t
json_add(struct json_object *obj, const char *name, struct json_object *value)
{
	if (value == NULL)
		return ERR_NOMEM;
	if (obj == NULL || json_object_object_add(obj, name, value) != 0) {
		json_object_put(value);
		return ERR_NOMEM;
	}
	return 0;
}

err_t
json_append(struct json_object *arr, struct json_object *value)
{
	if (value == NULL)
		return ERR_NOMEM;
	if (arr == NULL || json_object_array_add(arr, value) != 0) {
		json_object_put(value);
		return ERR_NOMEM;
	}
	return 0;
}

struct json_object *
json_new_str(struct span s)
{
	if (s.n > INT_MAX - 1)
		return NULL;
	return json_object_new_string_len(s.n == 0 ? "" : (const char *)s.p, (int)s.n);
}

err_t
json_add_str(struct json_object *obj, const char *name, struct span s)
{
	return json_add(obj, name, json_new_str(s));
}

err_t
json_add_text(struct json_object *obj, const char *name, const char *s)
{
	return json_add(obj, name, json_new_str(span_str(s)));
}

err_t
json_add_int(struct json_object *obj, const char *name, int64_t v)
{
	return json_add(obj, name, json_object_new_int64(v));
}

err_t
json_add_bool(struct json_object *obj, const char *name, bool v)
{
	return json_add(obj, name, json_object_new_boolean(v));
}

err_t
json_write(struct buf *out, struct json_object *v)
{
	const char *text;
	size_t n = 0;

	text = json_object_to_json_string_length(v, WRITE_FLAGS, &n);
	if (text == NULL)
		return ERR_NOMEM;
	return buf_put(out, text, n);
}

err_t
json_write_str(struct buf *out, struct span s)
{
	struct json_object *v = json_new_str(s);
	err_t err;

	if (v == NULL)
		return ERR_NOMEM;
	err = json_write(out, v);
	json_object_put(v);
	return err;
}
