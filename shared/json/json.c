/* json-c behind the guard; see json.h. */
#include "config.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "shared/json/json.h"

#define WRITE_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define WRITE_DEPTH 100   /* deeper than anything that is read or made */

/*
 * json-c 0.16 does not look whether a member found a place in its object, or a
 * string in its buffer, and reads anything as null when it gets no memory for a
 * locale, all without an error (seen with tests/torture).  So what it read is
 * counted.
 */
static void
count_values(struct json_object *v, struct json_count *n)
{
	size_t i;

	n->values++;
	if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach(v, name, member) {
			n->text += strlen(name);
			count_values(member, n);
		}
	} else if (json_object_is_type(v, json_type_array)) {
		for (i = 0; i < json_object_array_length(v); i++)
			count_values(json_object_array_get_idx(v, i), n);
	} else if (json_object_is_type(v, json_type_string)) {
		n->text += (size_t)json_object_get_string_len(v);
	}
}

/* Of a text that the guard let pass. */
static bool
is_null(struct span text)
{
	size_t i = 0;

	while (i < text.n && memchr(" \t\r\n", text.p[i], 4) != NULL)
		i++;
	return i < text.n && text.p[i] == 'n';
}

err_t
json_parse(struct span text, const struct json_limits *limits, struct json_object **out)
{
	struct json_tokener *tok;
	struct json_object *v;
	enum json_tokener_error how;
	struct json_count sent, there = {0};
	err_t err;

	err = json_guard_count(text, limits, &sent);
	if (err != 0)
		return err;
	if (text.n > INT_MAX)
		return ERR_LIMIT;
	/* One level more: json-c counts the value inside the last array, too. */
	tok = json_tokener_new_ex(JSON_DEPTH + 2);
	if (tok == NULL)
		return ERR_NOMEM;
	/* That it is UTF-8 the guard has seen. */
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
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
	count_values(v, &there);
	if (there.values != sent.values || (v == NULL && !is_null(text)) ||
	    (there.text != sent.text && there.text != sent.text - sent.odd)) {
		json_object_put(v);
		return ERR_NOMEM;
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

/* --- writing -------------------------------------------------------------------
 * Our own and not json-c's, whose buffer leaves out what it found no memory for
 * and says nothing of it: a text with a member's name missing looks well formed
 * (seen with tests/torture and json-c 0.16).  The text is the same otherwise,
 * which tests/fuzz/json.c compares. */
err_t
json_write_str(struct buf *out, struct span s)
{
	static const char letters[] = "btn?fr";   /* of the controls from 8 on */
	err_t err = buf_put_byte(out, '"');
	size_t i, from = 0, was = out->len - (err == 0);

	for (i = 0; err == 0 && i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		err = buf_put(out, s.p + from, i - from);
		from = i + 1;
		if (err != 0)
			break;
		if (c == '"' || c == '\\')
			err = buf_printf(out, "\\%c", c);
		else if (c >= 8 && c <= 13 && c != 11)
			err = buf_printf(out, "\\%c", letters[c - 8]);
		else
			err = buf_printf(out, "\\u%04x", c);
	}
	if (err == 0 && from < s.n)
		err = buf_put(out, s.p + from, s.n - from);
	if (err == 0)
		err = buf_put_byte(out, '"');
	if (err != 0)
		buf_cut(out, was);
	return err;
}

/* The one thing that json-c writes, as it keeps the digits that were read.  It
 * writes all of them or none. */
static err_t
write_double(struct buf *out, struct json_object *v)
{
	size_t n = 0;
	const char *text = json_object_to_json_string_length(v, WRITE_FLAGS, &n);

	return text == NULL || n == 0 ? ERR_NOMEM : buf_put(out, text, n);
}

static err_t
write_value(struct buf *out, struct json_object *v, unsigned depth);

static err_t
write_object(struct buf *out, struct json_object *v, unsigned depth)
{
	err_t err = buf_put_byte(out, '{');
	bool first = true;

	json_object_object_foreach(v, name, member) {
		if (err == 0 && !first)
			err = buf_put_byte(out, ',');
		first = false;
		if (err == 0)
			err = json_write_str(out, span_str(name));
		if (err == 0)
			err = buf_put_byte(out, ':');
		if (err == 0)
			err = write_value(out, member, depth);
	}
	return err == 0 ? buf_put_byte(out, '}') : err;
}

static err_t
write_array(struct buf *out, struct json_object *v, unsigned depth)
{
	err_t err = buf_put_byte(out, '[');
	size_t i, n = json_object_array_length(v);

	for (i = 0; err == 0 && i < n; i++) {
		if (i > 0)
			err = buf_put_byte(out, ',');
		if (err == 0)
			err = write_value(out, json_object_array_get_idx(v, i), depth);
	}
	return err == 0 ? buf_put_byte(out, ']') : err;
}

static err_t
write_value(struct buf *out, struct json_object *v, unsigned depth)
{
	struct span s;

	if (depth == 0)
		return ERR_LIMIT;
	switch (json_object_get_type(v)) {
	case json_type_boolean:
		return buf_put_str(out, json_object_get_boolean(v) ? "true" : "false");
	case json_type_double:
		return write_double(out, v);
	case json_type_int:
		return buf_printf(out, "%" PRId64, json_object_get_int64(v));
	case json_type_object:
		return write_object(out, v, depth - 1);
	case json_type_array:
		return write_array(out, v, depth - 1);
	case json_type_string:
		s = span_of(json_object_get_string(v), (size_t)json_object_get_string_len(v));
		return json_write_str(out, s);
	case json_type_null:
	default:
		return buf_put_str(out, "null");
	}
}

err_t
json_write(struct buf *out, struct json_object *v)
{
	size_t was = out->len;
	err_t err = write_value(out, v, WRITE_DEPTH);

	if (err != 0)
		buf_cut(out, was);
	return err;
}
