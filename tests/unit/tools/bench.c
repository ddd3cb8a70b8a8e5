/* Calling tools; see bench.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/bench.h"
#include "worker/mcp/catalog.h"

static const struct tool *
find(const char *name)
{
	size_t i;

	for (i = 0; i < tool_table_n; i++)
		if (strcmp(tool_table[i]->name, name) == 0)
			return tool_table[i];
	fail_msg("there is no tool %s", name);
	return NULL;
}

static bool
fits(struct json_object *v, const struct out *o);

static void
check_object(struct json_object *v, const struct out *fields)
{
	const struct out *o;

	json_object_object_foreach(v, name, member) {
		for (o = fields; o->name != NULL && strcmp(o->name, name) != 0; o++)
			;
		if (o->name == NULL)
			fail_msg("%s is not declared", name);
		if (!fits(member, o))
			fail_msg("%s has another type than declared", name);
	}
	for (o = fields; o->name != NULL; o++)
		if (o->always && json_get(v, o->name) == NULL)
			fail_msg("%s is missing", o->name);
}

static bool
fits(struct json_object *v, const struct out *o)
{
	size_t i;

	switch (o->type) {
	case OUT_STR:
		return json_object_is_type(v, json_type_string) != 0;
	case OUT_INT:
		return json_object_is_type(v, json_type_int) != 0;
	case OUT_NUM:
		return json_object_is_type(v, json_type_int) || json_object_is_type(v, json_type_double);
	case OUT_BOOL:
		return json_object_is_type(v, json_type_boolean) != 0;
	case OUT_STRS:
		for (i = 0; i < json_object_array_length(v); i++)
			if (!json_object_is_type(json_object_array_get_idx(v, i), json_type_string))
				return false;
		return true;
	case OUT_OBJ:
		if (o->fields != NULL)
			check_object(v, o->fields);
		return json_object_is_type(v, json_type_object) != 0;
	case OUT_OBJS:
		for (i = 0; i < json_object_array_length(v); i++)
			if (o->fields != NULL)
				check_object(json_object_array_get_idx(v, i), o->fields);
		return true;
	}
	return false;
}

static void
on_finished(struct call *c, void *arg)
{
	struct result *r = arg;

	r->there = true;
	r->failed = c->failed;
	r->requests = c->requests;
	assert_ok(buf_put_span(&r->text, buf_span(&c->text)));
	assert_ok(c->trouble);
	assert_true(c->requests <= c->tool->max_requests);
	if (!c->failed) {
		r->data = json_object_get(c->data);
		(void)json_object_to_json_string_length(c->data,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &r->data_bytes);
		check_object(c->data, c->tool->out);
	}
}

static struct json_object *
parse(const char *args)
{
	struct json_object *o = NULL;
	char *copy = strdup(args), *p;

	assert_non_null(copy);
	for (p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	assert_ok(json_parse(span_str(copy), &json_from_client, &o));
	free(copy);
	return o;
}

static struct record the_record;

static void
end_record(struct rig *r)
{
	(void)r;
	record_detach(&the_record);
	record_free(&the_record);
	memset(&the_record, 0, sizeof(the_record));
}

struct record *
bench_record(struct rig *r)
{
	if (r->w.changes == NULL) {
		record_attach(&the_record, &r->w);
		r->at_end = end_record;
	}
	return &the_record;
}

void
tool_start(struct rig *r, const char *name, const char *args, struct result *out,
    struct call **call)
{
	static const struct catalog none;
	const struct tool *tool = find(name);
	struct json_object *sent = parse(args), *clean = NULL;
	struct call_start start = {.worker = &r->w, .tool = tool, .scopes = SCOPE_ALL,
	    .finished = on_finished, .arg = out};
	char why[512] = "";

	r->w.catalog = &none;
	(void)bench_record(r);
	memset(out, 0, sizeof(*out));
	buf_init(&out->text, CALL_TEXT_MAX + 1024);
	if (tool_check_args(tool, sent, &clean, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	json_object_put(sent);
	start.args = clean;
	assert_ok(call_start(&start, call));
}

void
tool_call(struct rig *r, const char *name, const char *args, struct result *out)
{
	struct call *c;

	tool_start(r, name, args, out, &c);
	rig_until(r, &out->there);
	/* Let the call be freed. */
	rig_for(r, 2);
}

void
result_free(struct result *out)
{
	buf_free(&out->text);
	json_object_put(out->data);
	memset(out, 0, sizeof(*out));
}

bool
says(const struct result *r, const char *part)
{
	if (strstr(buf_cstr(&r->text), part) != NULL)
		return true;
	print_message("the text is: %s\n", buf_cstr(&r->text));
	return false;
}

struct json_object *
got(const struct result *r, const char *path)
{
	struct json_object *v = r->data;
	char step[64];

	while (*path != '\0' && v != NULL) {
		size_t n = strcspn(path, ".");

		(void)snprintf(step, sizeof(step), "%.*s", (int)n, path);
		path += n + (path[n] == '.');
		if (json_object_is_type(v, json_type_array))
			v = json_object_array_get_idx(v, strtoul(step, NULL, 10));
		else
			v = json_get(v, step);
	}
	return v;
}

const char *
got_str(const struct result *r, const char *path)
{
	struct json_object *v = got(r, path);

	return v == NULL ? "" : json_object_get_string(v);
}

int64_t
got_int(const struct result *r, const char *path)
{
	struct json_object *v = got(r, path);

	if (v == NULL)
		fail_msg("%s is missing in: %s", path, buf_cstr(&r->text));
	return json_object_get_int64(v);
}

bool
got_bool(const struct result *r, const char *path)
{
	return json_object_get_boolean(got(r, path)) != 0;
}

void
assert_refused(const char *name, const char *args, const char *part)
{
	struct json_object *sent = parse(args), *clean = NULL;
	char why[512] = "";

	assert_int_equal(tool_check_args(find(name), sent, &clean, why, sizeof(why)), ERR_SYNTAX);
	if (strstr(why, part) == NULL)
		fail_msg("%s", why);
	json_object_put(sent);
}
