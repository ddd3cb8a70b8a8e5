/*
 * Headers that repeat what the body says, so that who stands between can route
 * without reading it: the encoding of their values, and Mcp-Param-* of a tool's
 * arguments (docs/protocol.md M-9 to M-11).  A difference is refused, since it
 * would mean one thing to the one who routes and another to us.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/crypto/b64.h"
#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/worker.h"

#define NUMBER_BYTES 64

err_t
mcp_header_value(struct span value, uint8_t room[HEADER_VALUE_BYTES], struct span *out)
{
	static const char before[] = "=?base64?", after[] = "?=";
	const size_t b = sizeof(before) - 1, a = sizeof(after) - 1;
	size_t n;
	err_t err;

	if (!span_starts(value, before) || value.n < a + b ||
	    memcmp(value.p + value.n - a, after, a) != 0) {
		*out = value;
		return 0;
	}
	err = b64std_decode(span_of(value.p + b, value.n - a - b), room, HEADER_VALUE_BYTES, &n);
	if (err != 0 || !utf8_valid(span_of(room, n)))
		return ERR_SYNTAX;
	*out = span_of(room, n);
	return 0;
}

/* Visible ASCII, spaces and tabs: what may stand in a header by itself. */
static bool
plain(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] != '\t' && (s.p[i] < 0x20 || s.p[i] > 0x7e))
			return false;
	return true;
}

/* Whole numbers are compared as numbers: 42.0 is 42.  Within what JSON keeps
 * exactly a double does so too, and needs no memory. */
static bool
same_number(struct json_object *v, struct span text)
{
	char number[NUMBER_BYTES], *end;
	int64_t n;
	double d;

	if (!json_is_int(v, &n) || text.n == 0 || text.n >= sizeof(number))
		return false;
	memcpy(number, text.p, text.n);
	number[text.n] = '\0';
	/* Digits as JSON writes them: strtod takes more than that. */
	if (strspn(number, "+-.eE0123456789") != text.n || number[0] == '+' || number[0] == '.')
		return false;
	d = strtod(number, &end);
	return *end == '\0' && d >= (double)n && d <= (double)n;
}

/* Does the text of a header say what the argument is? */
static bool
says(struct span text, struct json_object *v)
{
	struct span s;

	switch (json_object_get_type(v)) {
	case json_type_string:
		return json_is_str(v, &s) && span_eq(text, s);
	case json_type_boolean:
		return span_is(text, json_object_get_boolean(v) ? "true" : "false");
	case json_type_int:
	case json_type_double:
		return same_number(v, text);
	default:
		return true;   /* of no type that has a header: refused with the arguments */
	}
}

static bool
agrees(const struct request *rq, const struct arg *a, struct json_object *v)
{
	uint8_t room[HEADER_VALUE_BYTES];
	char name[96] = "mcp-param-";
	struct span header, meant;
	size_t i, n = strlen(name);

	for (i = 0; a->header[i] != '\0' && n < sizeof(name) - 1; i++) {
		const char c = a->header[i];

		name[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	name[n] = '\0';
	if (!request_field(rq, name, &header))
		return v == NULL;
	/* A header for an argument that is not there is a difference as well. */
	return v != NULL && plain(header) && mcp_header_value(header, room, &meant) == 0 &&
	    says(meant, v);
}

const char *
mcp_param_differs(const struct mcp *m, const struct request *rq, const struct rpc_message *msg)
{
	struct json_object *args = json_get_obj(msg->params, "arguments");
	const struct tool *tool;
	const struct arg *a;
	struct span name;

	if (!span_is(msg->method, "tools/call") || !json_get_str(msg->params, "name", &name))
		return NULL;
	tool = catalog_tool(m->worker->catalog, name);
	for (a = tool == NULL ? NULL : tool->args; a != NULL && a->name != NULL; a++)
		if (a->header != NULL && !agrees(rq, a, json_get(args, a->name)))
			return a->header;
	return NULL;
}
