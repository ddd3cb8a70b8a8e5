/* Contents of forms; see form.h. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/tools/form.h"

static bool
is_choice(struct json_object *list, const char *member, struct json_object *v)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *choice = json_object_array_get_idx(list, i);

		if (member != NULL)
			choice = json_get(choice, member);
		if (choice != NULL && json_object_equal(choice, v))
			return true;
	}
	return false;
}

/* One of enum, oneOf[{const}] or anyOf[{const}], where the schema has them. */
static bool
choice_fits(struct json_object *s, struct json_object *v)
{
	static const char *const titled[] = {"oneOf", "anyOf"};
	struct json_object *list = json_get_arr(s, "enum");
	size_t i;

	if (list != NULL && !is_choice(list, NULL, v))
		return false;
	for (i = 0; i < sizeof(titled) / sizeof(titled[0]); i++) {
		list = json_get_arr(s, titled[i]);
		if (list != NULL && !is_choice(list, "const", v))
			return false;
	}
	return true;
}

/* A number, or something with a size, within the bounds of two members. */
static bool
within(struct json_object *s, const char *least, const char *most, double n)
{
	double bound;

	if (json_get_num(s, least, &bound) && n < bound)
		return false;
	return !json_get_num(s, most, &bound) || n <= bound;
}

/* Characters, of UTF-8 that is known to be valid. */
static size_t
characters(struct span t)
{
	size_t i, n = 0;

	for (i = 0; i < t.n; i++)
		n += (t.p[i] & 0xc0) != 0x80;
	return n;
}

/* Two digits between least and most; both views advance. */
static bool
two_digits(struct span *t, unsigned least, unsigned most)
{
	unsigned n;

	if (t->n < 2 || t->p[0] < '0' || t->p[0] > '9' || t->p[1] < '0' || t->p[1] > '9')
		return false;
	n = (unsigned)(t->p[0] - '0') * 10 + (unsigned)(t->p[1] - '0');
	*t = span_of(t->p + 2, t->n - 2);
	return n >= least && n <= most;
}

static bool
one_char(struct span *t, const char *any)
{
	if (t->n == 0 || t->p[0] == '\0' || strchr(any, t->p[0]) == NULL)
		return false;
	*t = span_of(t->p + 1, t->n - 1);
	return true;
}

static bool
take_year(struct span *t)
{
	const bool century = two_digits(t, 0, 99);

	return century && two_digits(t, 0, 99);
}

static bool
take_date(struct span *t)
{
	return take_year(t) && one_char(t, "-") &&
	    two_digits(t, 1, 12) && one_char(t, "-") && two_digits(t, 1, 31);
}

/* RFC 3339, section 5.6. */
static bool
is_date_time(struct span t)
{
	if (!take_date(&t) || !one_char(&t, "Tt") || !two_digits(&t, 0, 23) ||
	    !one_char(&t, ":") || !two_digits(&t, 0, 59) || !one_char(&t, ":") ||
	    !two_digits(&t, 0, 60))
		return false;
	if (one_char(&t, ".")) {
		if (!one_char(&t, "0123456789"))
			return false;
		while (one_char(&t, "0123456789"))
			;
	}
	if (one_char(&t, "Zz"))
		return t.n == 0;
	return one_char(&t, "+-") && two_digits(&t, 0, 23) && one_char(&t, ":") &&
	    two_digits(&t, 0, 59) && t.n == 0;
}

static bool
has_space(struct span t)
{
	size_t i;

	for (i = 0; i < t.n; i++)
		if (t.p[i] <= ' ' || t.p[i] == 0x7f)
			return true;
	return false;
}

/* Something before and behind the last @, no blanks: more is for the one who
 * sends mail to it. */
static bool
is_email(struct span t)
{
	const uint8_t *at = t.n == 0 ? NULL : memrchr(t.p, '@', t.n);

	return at != NULL && at != t.p && at != t.p + t.n - 1 && !has_space(t);
}

/* A scheme and something behind it (RFC 3986). */
static bool
is_uri(struct span t)
{
	size_t i = 0;

	while (i < t.n && ((t.p[i] >= 'a' && t.p[i] <= 'z') || (t.p[i] >= 'A' && t.p[i] <= 'Z') ||
	    (i > 0 && (t.p[i] == '+' || t.p[i] == '-' || t.p[i] == '.' ||
	    (t.p[i] >= '0' && t.p[i] <= '9')))))
		i++;
	return i > 0 && i + 1 < t.n && t.p[i] == ':' && !has_space(t);
}

static bool
format_fits(struct json_object *s, struct span t)
{
	struct span format;

	if (!json_get_str(s, "format", &format))
		return true;
	if (span_is(format, "email"))
		return is_email(t);
	if (span_is(format, "uri"))
		return is_uri(t);
	if (span_is(format, "date"))
		return take_date(&t) && t.n == 0;
	return span_is(format, "date-time") && is_date_time(t);
}

static bool
text_fits(struct json_object *s, struct json_object *v)
{
	struct span t;

	return json_is_str(v, &t) &&
	    within(s, "minLength", "maxLength", (double)characters(t)) &&
	    format_fits(s, t) && choice_fits(s, v);
}

static bool
list_fits(struct json_object *s, struct json_object *v)
{
	struct json_object *items = json_get_obj(s, "items"), *item;
	struct span t;
	size_t i, n;

	if (!json_object_is_type(v, json_type_array) || items == NULL)
		return false;
	n = json_object_array_length(v);
	if (!within(s, "minItems", "maxItems", (double)n))
		return false;
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(v, i);
		if (!json_is_str(item, &t) || !choice_fits(items, item))
			return false;
	}
	return true;
}

static bool
value_fits(struct json_object *s, struct json_object *v)
{
	struct span type;
	int64_t whole;

	if (!json_get_str(s, "type", &type))
		return false;
	if (span_is(type, "string"))
		return text_fits(s, v);
	if (span_is(type, "boolean"))
		return json_object_is_type(v, json_type_boolean);
	if (span_is(type, "array"))
		return list_fits(s, v);
	if (span_is(type, "integer") && !json_is_int(v, &whole))
		return false;
	return (span_is(type, "number") || span_is(type, "integer")) &&
	    (json_object_is_type(v, json_type_int) || json_object_is_type(v, json_type_double)) &&
	    within(s, "minimum", "maximum", json_object_get_double(v));
}

bool
form_fits(struct json_object *schema, struct json_object *content)
{
	struct json_object *required = json_get_arr(schema, "required");
	struct json_object *properties = json_get_obj(schema, "properties");
	struct json_object_iter it;
	size_t i, n = required == NULL ? 0 : json_object_array_length(required);

	if (properties == NULL ||
	    (content != NULL && !json_object_is_type(content, json_type_object)))
		return false;
	for (i = 0; i < n; i++) {
		struct json_object *name = json_object_array_get_idx(required, i);

		if (json_get(content, json_object_get_string(name)) == NULL)
			return false;
	}
	json_object_object_foreachC(properties, it) {
		struct json_object *v = json_get(content, it.key);

		if (v != NULL && !value_fits(it.val, v))
			return false;
	}
	return true;
}
