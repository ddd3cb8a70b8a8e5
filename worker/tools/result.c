/*
 * The result of a call: readable text, structured content, further blocks; and
 * its form on the wire, as the client's version knows it (docs/protocol.md T-8 to
 * T-16, L-21).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/guard.h"
#include "shared/json/json.h"
#include "worker/tools/call.h"

static const char cut_note[] = "(The text was cut here; structuredContent has everything.)";

static void add_text(struct call *c, const char *fmt, va_list ap, bool line)
    __attribute__((format(printf, 2, 0)));

#define CHARACTER_MAX 4

/* A format that cuts ("%.100s") may leave a part of a character behind: it goes. */
static size_t
whole_characters(char *text, size_t n)
{
	size_t i = 0, out = 0, k;

	if (utf8_valid(span_of(text, n)))
		return n;
	while (i < n) {
		for (k = 1; k < CHARACTER_MAX && i + k < n && !utf8_valid(span_of(text + i, k)); k++)
			;
		if (!utf8_valid(span_of(text + i, k))) {
			i++;
			continue;
		}
		memmove(text + out, text + i, k);
		out += k;
		i += k;
	}
	return out;
}

static void
add_text(struct call *c, const char *fmt, va_list ap, bool line)
{
	char *text = NULL;
	int n;

	if (c->cut || c->trouble != 0)
		return;
	n = vasprintf(&text, fmt, ap);
	if (n < 0) {
		c->trouble = ERR_NOMEM;
		return;
	}
	/* A line comes whole or not at all. */
	if (c->text.len + (size_t)n + (line ? 1 : 0) > CALL_TEXT_MAX)
		c->cut = true;
	else
		c->trouble = buf_put(&c->text, text, whole_characters(text, (size_t)n));
	if (line && !c->cut && c->trouble == 0)
		c->trouble = buf_put_byte(&c->text, '\n');
	free(text);
}

void
call_text(struct call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_text(c, fmt, ap, false);
	va_end(ap);
}

void
call_line(struct call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_text(c, fmt, ap, true);
	va_end(ap);
}

struct json_object *
call_data(struct call *c)
{
	return c->data;
}

void
call_fail(struct call *c, const char *fmt, ...)
{
	va_list ap;

	if (c->over)
		return;
	buf_clear(&c->text);
	c->cut = false;
	c->failed = true;
	va_start(ap, fmt);
	add_text(c, fmt, ap, false);
	va_end(ap);
	call_done(c);
}

void
call_broken(struct call *c, err_t err)
{
	if (!c->over)
		c->broken = true;
	call_fail(c, err == ERR_NOMEM || err == ERR_LIMIT ?
	    "There was not enough memory for this. Ask for fewer items at once." :
	    "Something went wrong inside Tonearm, not with your request. Try again; if it "
	    "stays, tell the operator the time of this call.");
}

void
call_end(struct call *c, err_t err)
{
	if (err != 0)
		call_broken(c, err);
	else
		call_done(c);
}

void *
call_alloc(struct call *c, size_t n)
{
	void *p = NULL;
	err_t err = arena_alloc(&c->arena, n + 1, &p);

	if (err != 0)
		call_broken(c, err);
	return p;
}

/* The text block; where a handler gave no text, the data as JSON (T-9). */
static err_t
write_text(struct call *c, struct buf *out)
{
	struct buf whole;
	err_t err;

	buf_init(&whole, 4u << 20);
	err = buf_put_span(&whole, buf_span(&c->text));
	if (err == 0 && c->cut)
		err = buf_put_str(&whole, cut_note);
	if (err == 0 && whole.len == 0)
		err = json_write(&whole, c->data);
	if (err == 0)
		err = buf_put_str(out, "{\"type\":\"text\",\"text\":");
	if (err == 0)
		err = json_write_str(out, buf_span(&whole));
	if (err == 0)
		err = buf_put_byte(out, '}');
	buf_free(&whole);
	return err;
}

/* Is there anything for a text block?  A result always has one block at least. */
static bool
has_text(const struct call *c)
{
	return c->text.len > 0 || c->cut || c->blocks == NULL ||
	    json_object_object_length(c->data) > 0;
}

static err_t
write_blocks(struct call *c, enum mcp_version version, bool comma, struct buf *out)
{
	const size_t n = c->blocks == NULL || c->failed ? 0 : json_object_array_length(c->blocks);
	size_t i;
	err_t err = 0;

	for (i = 0; err == 0 && i < n; i++) {
		struct json_object *block = block_for(json_object_array_get_idx(c->blocks, i), version);

		if (comma)
			err = buf_put_byte(out, ',');
		comma = true;
		if (err == 0)
			err = block == NULL ? ERR_NOMEM : json_write(out, block);
		json_object_put(block);
	}
	return err;
}

/* Where a tool publishes no outputSchema and gave no data, there is none. */
static bool
has_data(const struct call *c)
{
	return !c->failed && ((c->tool != NULL && c->tool->out != NULL) ||
	    json_object_object_length(c->data) > 0);
}

err_t
call_write_result(struct call *c, enum mcp_version version, struct buf *out)
{
	const bool text = c->failed || has_text(c);
	err_t err;

	if (c->trouble != 0)
		return c->trouble;
	err = buf_put_str(out, "\"content\":[");
	if (err == 0 && text)
		err = write_text(c, out);
	if (err == 0)
		err = write_blocks(c, version, text, out);
	if (err == 0)
		err = buf_put_byte(out, ']');
	if (err == 0 && version >= MCP_2025_06_18 && has_data(c)) {
		err = buf_put_str(out, ",\"structuredContent\":");
		if (err == 0)
			err = json_write(out, c->data);
	}
	if (err == 0)
		err = buf_put_str(out, c->failed ? ",\"isError\":true" : ",\"isError\":false");
	/* A handler that cut a text in the middle of a character must not make
	 * the whole answer unreadable. */
	return err == 0 && !utf8_valid(buf_span(out)) ? ERR_SYNTAX : err;
}
