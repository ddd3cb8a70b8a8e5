/*
 * Content blocks (docs/protocol.md T-15), what prompts, resources and
 * completions are made of, and the forms of a block for versions that do not
 * know it (L-21).  Must not know JSON-RPC.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/tools/call.h"

#define SUGGESTIONS 100   /* in one answer (9.4) */

/* Adds text unless it is NULL. */
static err_t
add_some(struct json_object *o, const char *name, const char *text)
{
	return text == NULL ? 0 : json_add_text(o, name, text);
}

static struct json_object *
kept(struct json_object *o, err_t err)
{
	if (err == 0)
		return o;
	json_object_put(o);
	return NULL;
}

struct json_object *
block_text(struct span text)
{
	struct json_object *block = json_object_new_object();
	err_t err;

	err = json_add_text(block, "type", "text");
	if (err == 0)
		err = json_add_str(block, "text", text);
	return kept(block, err);
}

/* An image or a sound. */
static struct json_object *
block_data(const char *type, const char *mime, const char *base64)
{
	struct json_object *block = json_object_new_object();
	err_t err;

	err = json_add_text(block, "type", type);
	if (err == 0)
		err = json_add_text(block, "data", base64);
	if (err == 0)
		err = json_add_text(block, "mimeType", mime);
	return kept(block, err);
}

struct json_object *
block_image(const char *mime, const char *base64)
{
	return block_data("image", mime, base64);
}

struct json_object *
block_audio(const char *mime, const char *base64)
{
	return block_data("audio", mime, base64);
}

struct json_object *
block_link(const char *uri, const char *name, const char *title, const char *about,
    const char *mime)
{
	struct json_object *block = json_object_new_object();
	err_t err;

	err = json_add_text(block, "type", "resource_link");
	if (err == 0)
		err = json_add_text(block, "uri", uri);
	if (err == 0)
		err = json_add_text(block, "name", name);
	if (err == 0)
		err = add_some(block, "title", title);
	if (err == 0)
		err = add_some(block, "description", about);
	if (err == 0)
		err = add_some(block, "mimeType", mime);
	return kept(block, err);
}

/* {uri, mimeType, text or blob}. */
static struct json_object *
contents(const char *uri, const char *mime, const char *kind, struct span data)
{
	struct json_object *o = json_object_new_object();
	err_t err;

	err = json_add_text(o, "uri", uri);
	if (err == 0)
		err = add_some(o, "mimeType", mime);
	if (err == 0)
		err = json_add_str(o, kind, data);
	return kept(o, err);
}

/* Takes the contents over. */
static struct json_object *
block_around(struct json_object *resource)
{
	struct json_object *block = json_object_new_object();
	err_t err = json_add_text(block, "type", "resource");

	if (err == 0)
		err = json_add(block, "resource", resource);
	else
		json_object_put(resource);
	return kept(block, err);
}

struct json_object *
block_resource(const char *uri, const char *mime, struct span text)
{
	return block_around(contents(uri, mime, "text", text));
}

struct json_object *
block_resource_blob(const char *uri, const char *mime, const char *base64)
{
	return block_around(contents(uri, mime, "blob", span_str(base64)));
}

/* Takes o over. */
static void
append(struct call *c, struct json_object **list, struct json_object *o)
{
	err_t err;

	if (*list == NULL)
		*list = json_object_new_array();
	err = o == NULL ? ERR_NOMEM : json_append(*list, o);
	if (err != 0)
		c->trouble = err;
}

void
call_resource(struct call *c, const char *uri, const char *mime, struct span text)
{
	append(c, &c->blocks, block_resource(uri, mime, text));
}

void
call_resource_blob(struct call *c, const char *uri, const char *mime, const char *base64)
{
	append(c, &c->blocks, block_resource_blob(uri, mime, base64));
}

void
call_image(struct call *c, const char *mime, const char *base64)
{
	append(c, &c->blocks, block_image(mime, base64));
}

void
call_audio(struct call *c, const char *mime, const char *base64)
{
	append(c, &c->blocks, block_audio(mime, base64));
}

void
call_link(struct call *c, const char *uri, const char *name, const char *title,
    const char *about, const char *mime)
{
	append(c, &c->blocks, block_link(uri, name, title, about, mime));
}

void
call_message_block(struct call *c, enum call_role role, struct json_object *block)
{
	struct json_object *o = json_object_new_object();
	err_t err;

	err = json_add_text(o, "role", role == ROLE_USER ? "user" : "assistant");
	if (err == 0)
		err = json_add(o, "content", block);
	else
		json_object_put(block);
	append(c, &c->parts, kept(o, err));
}

void
call_message(struct call *c, enum call_role role, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		c->trouble = ERR_NOMEM;
		return;
	}
	call_message_block(c, role, block_text(span_of(text, (size_t)n)));
	free(text);
}

void
call_contents(struct call *c, const char *uri, const char *mime, struct span text)
{
	append(c, &c->parts, contents(uri, mime, "text", text));
}

void
call_contents_blob(struct call *c, const char *uri, const char *mime, const char *base64)
{
	append(c, &c->parts, contents(uri, mime, "blob", span_str(base64)));
}

void
call_missing(struct call *c)
{
	if (c->over)
		return;
	c->missing = true;
	call_fail(c, "There is no such resource.");
}

void
call_suggest(struct call *c, const char *text)
{
	if (c->parts != NULL && json_object_array_length(c->parts) >= SUGGESTIONS)
		c->more++;
	else
		append(c, &c->parts, json_new_str(span_str(text)));
}

void
call_offer(struct call *c, const char *text, const char *name)
{
	struct json_object *both = json_object_new_array();
	err_t err = both == NULL ? ERR_NOMEM : json_append(both, json_new_str(span_str(text)));

	if (err == 0)
		err = json_append(both, json_new_str(span_str(name)));
	if (err == 0) {
		append(c, &c->parts, both);
		return;
	}
	json_object_put(both);
	c->trouble = err;
}

const char *
call_other(const struct call *c, const char *name)
{
	struct json_object *v = json_get(json_get_obj(c->args, "context"), name);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

/* A member as text, "" if it is none. */
static const char *
member(struct json_object *o, const char *name)
{
	struct json_object *v = json_get(o, name);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

struct json_object *
block_for(struct json_object *block, enum mcp_version version)
{
	const char *type = member(block, "type"), *about = member(block, "description");
	struct json_object *text;
	struct buf b;
	err_t err;

	buf_init(&b, CALL_TEXT_MAX);
	if (strcmp(type, "resource_link") == 0 && version < MCP_2025_06_18)
		err = buf_printf(&b, "%s%s%s: %s", member(block, "name"),
		    about[0] != '\0' ? ", " : "", about, member(block, "uri"));
	else if (strcmp(type, "audio") == 0 && version < MCP_2025_03_26)
		err = buf_printf(&b, "(Sound of type %s, which this version of the protocol cannot "
		    "carry.)", member(block, "mimeType"));
	else
		return json_object_get(block);
	text = err == 0 ? block_text(buf_span(&b)) : NULL;
	buf_free(&b);
	return text;
}
