/* Streams seen by a client; see streaming.h. */
#include "config.h"

#include <string.h>

#include "tests/unit/mcp/streaming.h"
#include "worker/tools/call.h"

/* --- a tool that ends when the test says so ------------------------------------ */
struct call *late[LATE_MOST];
unsigned n_late, late_stopped;

static void
stop_late(struct call *c)
{
	late_stopped++;
	call_done(c);
}

static void
run_late(struct call *c)
{
	assert_true(n_late < LATE_MOST);
	late[n_late++] = c;
	c->on_stop = stop_late;
}

static const struct out late_out[] = {{.name = NULL}};
static const struct tool tool_late = {.name = "late", .title = "Late", .about = "Waits.",
	.out = late_out, .read_only = true, .run = run_late};
static const struct tool *const late_tools[] = {&tool_late, NULL};

static void
read_one(struct call *c)
{
	call_contents(c, call_str(c, "uri"), "text/plain", span_str("one"));
	call_done(c);
}

static const struct resource some_resources[] = {
	{.uri = "test://one", .name = "one", .mime = "text/plain", .read = read_one,
	    .subscribable = true},
	{.uri = "test://secret", .name = "secret", .mime = "text/plain", .read = read_one,
	    .scope = SCOPE_LIBRARY_WRITE, .subscribable = true},
	{.uri = "test://still", .name = "still", .mime = "text/plain", .read = read_one},
	{.uri = NULL},
};

int
streaming_setup(void **state)
{
	struct bench *b;
	int result = bench_setup(state);

	b = *state;
	n_late = late_stopped = 0;
	b->catalog.tools = late_tools;
	return result;
}

/* A catalog that announces everything. */
void
announce_all(struct bench *b)
{
	b->catalog.tools_change = b->catalog.prompts_change = b->catalog.resources_change = true;
	b->catalog.subscribe = true;
	b->catalog.resources = some_resources;
}

void
get_stream(struct bench *b, const char *session, const char *last_id)
{
	send_raw(b, METHOD_GET, FIELDS("accept", "text/event-stream", "mcp-session-id", session,
	    "last-event-id", last_id), "");
}

const char *
stream_body(struct bench *b)
{
	return buf_cstr(&b->reply.body);
}

/* The id of the n-th event that has one; false if there is none. */
bool
event_id(struct bench *b, unsigned n, char out[ID_TEXT])
{
	const char *p = stream_body(b);
	size_t len;

	for (; (p = strstr(p, "id: ")) != NULL; p++) {
		if ((p != stream_body(b) && p[-1] != '\n') || n-- > 0)
			continue;
		len = strcspn(p + 4, "\n");
		assert_true(len < ID_TEXT);
		memcpy(out, p + 4, len);
		out[len] = '\0';
		return true;
	}
	return false;
}

void
assert_sse(struct bench *b, bool ended)
{
	assert_int_equal(b->reply.status, 200);
	assert_int_equal(b->reply.media, MEDIA_SSE);
	assert_int_equal(b->reply.ended, ended);
}

/* Is the n-th event this method? */
void
assert_method(struct bench *b, unsigned n, const char *method)
{
	struct json_object *e = event_json(b, n);

	assert_string_equal(json_object_get_string(at(e, "method")), method);
	json_object_put(e);
}

