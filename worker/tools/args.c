/*
 * Checking of a tool's arguments against its table: forgiving in form, strict
 * in meaning (docs/tools.md).  Its sentences are read by a model.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/ascii.h"
#include "shared/json/json.h"
#include "worker/tools/tool.h"

#define TEXT_BYTES  1024
#define ITEMS       100
#define INT_CHARS   20

/* Where a sentence goes. */
struct why {
	char *text;
	size_t n;
};

static err_t refuse(const struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static err_t
refuse(const struct why *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why->text, why->n, fmt, ap);
	va_end(ap);
	return ERR_SYNTAX;
}

/* The words of an argument, for a sentence. */
static const char *
list_words(const char *const *words, char *out, size_t n)
{
	size_t len = 0;

	out[0] = '\0';
	for (; *words != NULL; words++) {
		int wrote = snprintf(out + len, n - len, "%s%s", len > 0 ? ", " : "", *words);

		if (wrote < 0 || (size_t)wrote >= n - len)
			break;
		len += (size_t)wrote;
	}
	return out;
}

/* One text value: length, and its canonical word where words are given. */
static err_t
check_text(const struct arg *a, struct span s, struct json_object **out, const struct why *why)
{
	const size_t most = a->max_bytes > 0 ? a->max_bytes : TEXT_BYTES;
	const char *const *w;
	char words[256];

	if (memchr(s.p, '\0', s.n) != NULL)
		return refuse(why, "%s must not contain a NUL character.", a->name);
	if (s.n > most)
		return refuse(why, "%s is too long: at most %zu bytes.", a->name, most);
	for (w = a->words; w != NULL; w++) {
		if (*w == NULL)
			return refuse(why, "%s must be one of: %s.", a->name,
			    list_words(a->words, words, sizeof(words)));
		if (span_is_nocase(s, *w)) {
			s = span_str(*w);
			break;
		}
	}
	*out = json_new_str(s);
	return *out == NULL ? ERR_NOMEM : 0;
}

static err_t
take_text(const struct arg *a, struct json_object *v, struct json_object **out,
    const struct why *why)
{
	char number[INT_CHARS + 4];
	struct span s;
	int64_t n;

	if (json_is_str(v, &s))
		return check_text(a, s, out, why);
	if (json_is_int(v, &n)) {
		(void)snprintf(number, sizeof(number), "%" PRId64, n);
		return check_text(a, span_str(number), out, why);
	}
	return refuse(why, "%s must be text.", a->name);
}

/* A whole number written as text. */
static bool
int_of_text(struct span s, int64_t *out)
{
	char text[INT_CHARS + 1];
	char *end;
	long long n;

	if (s.n == 0 || s.n > INT_CHARS || s.p[0] == ' ' || s.p[0] == '+')
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || strlen(text) != s.n)
		return false;
	*out = n;
	return true;
}

static err_t
take_int(const struct arg *a, struct json_object *v, struct json_object **out,
    const struct why *why)
{
	const bool bounded = a->min != 0 || a->max != 0;
	struct span s;
	int64_t n;

	if (!json_is_int(v, &n) && !(json_is_str(v, &s) && int_of_text(s, &n)))
		return refuse(why, "%s must be a whole number.", a->name);
	if (bounded && (n < a->min || n > a->max))
		return refuse(why, "%s must be from %" PRId64 " to %" PRId64 ", not %" PRId64 ".",
		    a->name, a->min, a->max, n);
	*out = json_object_new_int64(n);
	return *out == NULL ? ERR_NOMEM : 0;
}

static err_t
take_bool(const struct arg *a, struct json_object *v, struct json_object **out,
    const struct why *why)
{
	struct span s;
	bool b;

	if (json_object_is_type(v, json_type_boolean))
		b = json_object_get_boolean(v);
	else if (json_is_str(v, &s) && (span_is_nocase(s, "true") || span_is_nocase(s, "false")))
		b = span_is_nocase(s, "true");
	else
		return refuse(why, "%s must be true or false.", a->name);
	*out = json_object_new_boolean(b);
	return *out == NULL ? ERR_NOMEM : 0;
}

static err_t
take_items(const struct arg *a, struct json_object *list, struct json_object *out,
    const struct why *why)
{
	const size_t n = json_object_array_length(list);
	const size_t most = a->max_items > 0 ? a->max_items : ITEMS;
	struct json_object *clean;
	size_t i;
	err_t err;

	if (n > most)
		return refuse(why, "%s has %zu items; at most %zu are taken in one call.",
		    a->name, n, most);
	if (n < a->min_items)
		return refuse(why, "%s needs at least %u item%s.", a->name, a->min_items,
		    a->min_items == 1 ? "" : "s");
	for (i = 0; i < n; i++) {
		err = take_text(a, json_object_array_get_idx(list, i), &clean, why);
		if (err == 0)
			err = json_append(out, clean);
		if (err != 0)
			return err;
	}
	return 0;
}

/* A text that is no array: of words it may name several, with commas between. */
static err_t
list_of_text(const struct arg *a, struct span s, struct json_object *list)
{
	err_t err = 0;

	while (err == 0) {
		const uint8_t *comma = a->words == NULL || s.n == 0 ? NULL : memchr(s.p, ',', s.n);
		const size_t n = comma == NULL ? s.n : (size_t)(comma - s.p);
		const struct span item = span_of(s.p, n);

		err = json_append(list, json_new_str(a->words == NULL ? item : ascii_trim(item)));
		if (comma == NULL)
			break;
		s = span_of(comma + 1, s.n - n - 1);
	}
	return err;
}

/* An array; a single text is an array of one, and a text that holds a JSON
 * array, as some models write it, is that array. */
static err_t
take_list(const struct arg *a, struct json_object *v, struct json_object **out,
    const struct why *why)
{
	struct json_object *list = NULL, *clean = NULL;
	struct span s;
	err_t err;

	if (json_object_is_type(v, json_type_array)) {
		list = json_object_get(v);
	} else if (json_is_str(v, &s)) {
		if (s.n == 0 || s.p[0] != '[' ||
		    json_parse(s, &json_from_client, &list) != 0) {
			list = json_object_new_array();
			err = list == NULL ? ERR_NOMEM : list_of_text(a, s, list);
			if (err != 0)
				goto out;
		}
	} else {
		return refuse(why, "%s must be an array of texts.", a->name);
	}
	clean = json_object_new_array();
	err = clean == NULL ? ERR_NOMEM : take_items(a, list, clean, why);
out:
	json_object_put(list);
	if (err == 0)
		*out = clean;
	else
		json_object_put(clean);
	return err;
}

static err_t
take(const struct arg *a, struct json_object *v, struct json_object **out, const struct why *why)
{
	switch (a->type) {
	case ARG_STR:
		return take_text(a, v, out, why);
	case ARG_INT:
		return take_int(a, v, out, why);
	case ARG_BOOL:
		return take_bool(a, v, out, why);
	case ARG_STRS:
		return take_list(a, v, out, why);
	}
	return ERR_STATE;
}

static bool
known(const struct tool *tool, const char *name)
{
	const struct arg *a;

	for (a = tool->args; a != NULL && a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return true;
	return false;
}

/* A name that the table does not have is a mistake worth a sentence. */
static err_t
refuse_unknown(const struct tool *tool, struct json_object *sent, const struct why *why)
{
	struct json_object_iterator it = json_object_iter_begin(sent);
	struct json_object_iterator end = json_object_iter_end(sent);
	const struct arg *a;
	char names[384] = "";
	size_t len = 0;

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		if (!known(tool, json_object_iter_peek_name(&it)))
			break;
	if (json_object_iter_equal(&it, &end))
		return 0;
	for (a = tool->args; a != NULL && a->name != NULL; a++) {
		int wrote = snprintf(names + len, sizeof(names) - len, "%s%s",
		    len > 0 ? ", " : "", a->name);

		if (wrote < 0 || (size_t)wrote >= sizeof(names) - len)
			break;
		len += (size_t)wrote;
	}
	if (len == 0)
		return refuse(why, "%s takes no arguments.", tool->name);
	return refuse(why, "%s has no argument of that name; its arguments are: %s.", tool->name,
	    names);
}

static err_t
take_arg(const struct arg *a, struct json_object *sent, struct json_object *clean,
    const struct why *why)
{
	struct json_object *v = json_get(sent, a->name), *taken = NULL;
	err_t err;

	if (v != NULL) {
		err = take(a, v, &taken, why);
	} else if (a->required) {
		return refuse(why, "%s is missing: %s", a->name,
		    a->about != NULL ? a->about : "it is required.");
	} else if (a->fallback != NULL) {
		v = json_new_str(span_str(a->fallback));
		err = v == NULL ? ERR_NOMEM : take(a, v, &taken, why);
		json_object_put(v);
	} else {
		return 0;
	}
	return err == 0 ? json_add(clean, a->name, taken) : err;
}

err_t
tool_check_args(const struct tool *tool, struct json_object *sent,
    struct json_object **out, char *text, size_t n)
{
	const struct why why = {.text = text, .n = n};
	struct json_object *clean;
	const struct arg *a;
	err_t err = 0;

	if (tool->raw_input_schema != NULL) {
		*out = sent != NULL ? json_object_get(sent) : json_object_new_object();
		return *out == NULL ? ERR_NOMEM : 0;
	}
	if (sent != NULL)
		err = refuse_unknown(tool, sent, &why);
	if (err != 0)
		return err;
	clean = json_object_new_object();
	if (clean == NULL)
		return ERR_NOMEM;
	for (a = tool->args; err == 0 && a != NULL && a->name != NULL; a++)
		err = take_arg(a, sent, clean, &why);
	if (err == 0)
		*out = clean;
	else
		json_object_put(clean);
	return err;
}
