/*
 * The published JSON Schemas of a tool, made from its tables: the common
 * subset that every client takes (docs/protocol.md T-5 to T-7, L-22).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/tools/tool.h"

/* Adds {"type":"object"} with an empty "properties", which goes to *props. */
static err_t
open_object(struct json_object *schema, struct json_object **props)
{
	struct json_object *p;
	err_t err;

	err = json_add_text(schema, "type", "object");
	if (err != 0)
		return err;
	p = json_object_new_object();
	err = json_add(schema, "properties", p);
	if (err == 0)
		*props = p;
	return err;
}

static err_t
add_words(struct json_object *prop, const char *const *words)
{
	struct json_object *list;
	err_t err = 0;

	if (words == NULL)
		return 0;
	list = json_object_new_array();
	for (; err == 0 && *words != NULL; words++)
		err = json_append(list, json_new_str(span_str(*words)));
	if (err != 0) {
		json_object_put(list);
		return err;
	}
	return json_add(prop, "enum", list);
}

static err_t
add_default(struct json_object *prop, const struct arg *a)
{
	if (a->fallback == NULL)
		return 0;
	switch (a->type) {
	case ARG_INT:
		return json_add_int(prop, "default", strtoll(a->fallback, NULL, 10));
	case ARG_BOOL:
		/* Absent means false unless it is said otherwise. */
		return strcmp(a->fallback, "true") != 0 ? 0 : json_add_bool(prop, "default", true);
	case ARG_STR:
		return json_add_text(prop, "default", a->fallback);
	case ARG_STRS:
		break;   /* an absent list is an empty one */
	}
	return 0;
}

static err_t
add_items(struct json_object *prop, const struct arg *a)
{
	struct json_object *items = json_object_new_object();
	err_t err;

	err = json_add_text(items, "type", "string");
	if (err == 0)
		err = add_words(items, a->words);
	if (err != 0) {
		json_object_put(items);
		return err;
	}
	err = json_add(prop, "items", items);
	if (err == 0 && a->min_items > 0)
		err = json_add_int(prop, "minItems", a->min_items);
	if (err == 0)
		err = json_add_int(prop, "maxItems", a->max_items > 0 ? a->max_items : 100);
	return err;
}

/* What these mean is the same for every tool and is told once, in the server's
 * instructions and on the page of the tools: a model reads tools/list each time. */
static bool
explained_elsewhere(const struct arg *a)
{
	static const char *const names[] = {"cursor", "dry_run", "without_undo"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], a->name) == 0)
			return true;
	return false;
}

static err_t
fill_arg(struct json_object *prop, const struct arg *a)
{
	static const char *const types[] = {
		[ARG_STR] = "string", [ARG_INT] = "integer", [ARG_BOOL] = "boolean",
		[ARG_STRS] = "array"};
	err_t err;

	err = json_add_text(prop, "type", types[a->type]);
	if (err == 0 && a->about != NULL && !explained_elsewhere(a))
		err = json_add_text(prop, "description", a->about);
	if (err == 0 && a->type == ARG_INT && (a->min != 0 || a->max != 0)) {
		err = json_add_int(prop, "minimum", a->min);
		if (err == 0)
			err = json_add_int(prop, "maximum", a->max);
	}
	if (err == 0 && a->type == ARG_STR)
		err = add_words(prop, a->words);
	if (err == 0 && a->type == ARG_STRS)
		err = add_items(prop, a);
	return err == 0 ? add_default(prop, a) : err;
}

static err_t
add_args(struct json_object *schema, const struct arg *args, bool headers)
{
	struct json_object *props = NULL, *required = NULL;
	const struct arg *a;
	err_t err;

	err = open_object(schema, &props);
	for (a = args; err == 0 && a != NULL && a->name != NULL; a++) {
		struct json_object *prop = json_object_new_object();

		err = json_add(props, a->name, prop);
		if (err == 0)
			err = fill_arg(prop, a);
		if (err == 0 && headers && a->header != NULL)
			err = json_add_text(prop, "x-mcp-header", a->header);
		if (err == 0 && a->required) {
			if (required == NULL)
				required = json_object_new_array();
			err = json_append(required, json_new_str(span_str(a->name)));
		}
	}
	if (err == 0 && required != NULL) {
		err = json_add(schema, "required", required);
		required = NULL;
	}
	json_object_put(required);
	/* Others are refused in any case (args.c); to say so where there are none at
	 * all is what the specification recommends. */
	return err == 0 && args == NULL ? json_add_bool(schema, "additionalProperties", false) : err;
}

struct json_object *
tool_input_schema(const struct tool *tool, bool headers)
{
	struct json_object *schema = NULL;

	if (tool->raw_input_schema != NULL)
		return json_parse(span_str(tool->raw_input_schema), &json_from_client, &schema) == 0 ?
		    schema : NULL;
	schema = json_object_new_object();
	if (schema != NULL && add_args(schema, tool->args, headers) != 0) {
		json_object_put(schema);
		return NULL;
	}
	return schema;
}

/* The type of one member.  What is inside objects is told on the page of the
 * tools only: it would be most of tools/list, which a model reads each time. */
static err_t
fill_out(struct json_object *prop, const struct out *o)
{
	static const char *const types[] = {
		[OUT_STR] = "string", [OUT_INT] = "integer", [OUT_NUM] = "number",
		[OUT_BOOL] = "boolean", [OUT_STRS] = "array", [OUT_OBJ] = "object",
		[OUT_OBJS] = "array"};
	struct json_object *items;
	err_t err;

	err = json_add_text(prop, "type", types[o->type]);
	if (err != 0 || (o->type != OUT_STRS && o->type != OUT_OBJS))
		return err;
	items = json_object_new_object();
	err = json_add(prop, "items", items);
	return err != 0 ? err :
	    json_add_text(items, "type", o->type == OUT_STRS ? "string" : "object");
}

/* The members that are always there, but for the quiet ones; none is called required, since a client that
 * checks turns whatever it misses into a failed call (T-7). */
static err_t
add_members(struct json_object *schema, const struct out *fields)
{
	struct json_object *props = NULL;
	const struct out *o;
	err_t err;

	err = open_object(schema, &props);
	for (o = fields; err == 0 && o != NULL && o->name != NULL; o++) {
		struct json_object *prop;

		if (!o->always || o->quiet)
			continue;
		prop = json_object_new_object();
		err = json_add(props, o->name, prop);
		if (err == 0)
			err = fill_out(prop, o);
	}
	return err;
}

struct json_object *
tool_output_schema(const struct tool *tool)
{
	struct json_object *schema = json_object_new_object();

	if (schema != NULL && add_members(schema, tool->out) != 0) {
		json_object_put(schema);
		return NULL;
	}
	return schema;
}
