/*
 * The protocol: requests with any fields and bodies, one after the other, as
 * tests/unit/mcp sends them, with that fixture's tools.  The first stream that stays
 * open does so to the end, so that what is asked on it can be answered.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mcp/asking.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/mcp/announce.h"

#define FIELDS_MAX 12

extern void (*mcp_answered)(struct bench *b);

/* A stream is events of one JSON text each, and comments. */
static void
check_stream(struct span s)
{
	while (s.n > 0) {
		struct span line = take_until(&s, '\n');
		struct json_object *v = NULL;

		must(memchr(line.p, '\r', line.n) == NULL);
		if (!span_starts(line, "data: "))
			must(line.n == 0 || line.p[0] == ':' || span_is(line, "event: message") ||
			    span_starts(line, "id: ") || span_starts(line, "retry: "));
		else if (line.n > 6) {
			const struct span data = span_of(line.p + 6, line.n - 6);

			must(json_parse(data, &json_from_spotify, &v) == 0);
			must(strcmp(json_object_get_string(json_get(v, "jsonrpc")), "2.0") == 0);
			json_object_put(v);
		}
	}
}

static void
check_reply(const struct reply *r)
{
	struct json_object *version;
	bool batch = json_object_is_type(r->json, json_type_array);

	if (!r->head)
		return;   /* it waits: the tool is at work */
	must(r->status >= 200 && r->status < 600 && r->media < MEDIA_COUNT);
	if (r->media == MEDIA_SSE)
		check_stream(buf_span(&r->body));
	if (r->media != MEDIA_JSON || !r->ended || r->body.len == 0)
		return;
	if (batch)
		must(json_object_array_length(r->json) > 0);
	version = json_get(batch ? json_object_array_get_idx(r->json, 0) : r->json, "jsonrpc");
	must(version != NULL && strcmp(json_object_get_string(version), "2.0") == 0);
	must(batch || (json_get_obj(r->json, "result") != NULL) != (json_get_obj(r->json, "error") != NULL));
}

/* A C string without its line's end, cut at n. */
static void
copy(char *out, size_t n, struct span s)
{
	s = take_bytes(&s, n - 1);
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
}

/* What a later request can name: $ as a field's value the session that was begun
 * last, $t the last task; in a body $q the id of the last request of ours, $s the
 * last state, $t the last task; as a field's value $e the last event's id, but in
 * tests/torture, where what is replayed depends on the memory there was. */
struct memory {
	char session[200], question[64], state[4096], task[64], event[64];
};

/* The text behind the last of a name's occurrences, up to the next quote. */
static void
remember(const struct buf *body, const char *name, char *out, size_t n)
{
	const char *p = buf_cstr(body), *last = NULL;
	size_t len;

	while ((p = strstr(p, name)) != NULL)
		last = p += strlen(name);
	len = last == NULL ? 0 : strcspn(last, "\"\n");
	if (len == 0 || len >= n)
		return;
	memcpy(out, last, len);
	out[len] = '\0';
}

static void
fill_in(char *out, size_t n, struct span s, const struct memory *m)
{
	size_t at = 0;

	while (s.n > 0 && at + sizeof(m->state) < n) {
		const char *text = span_starts(s, "$q") ? m->question :
		    span_starts(s, "$s") ? m->state : span_starts(s, "$t") ? m->task : NULL;
		const size_t taken = text == NULL ? 1 : 2, len = text == NULL ? 1 : strlen(text);

		memcpy(out + at, text == NULL ? (const char *)s.p : text, len);
		at += len;
		s = span_of(s.p + taken, s.n - taken);
	}
	out[at] = '\0';
}

/* "METHOD", lines "name: value", an empty line, a line that is the body. */
static void
one_request(struct bench *b, struct span *in, struct memory *m)
{
	static char names[FIELDS_MAX][64], values[FIELDS_MAX][256], body[16384];
	const char *fields[2 * FIELDS_MAX + 1];
	struct span line = take_until(in, '\n'), name;
	uint8_t method = span_is(line, "GET") ? METHOD_GET : span_is(line, "DELETE") ? METHOD_DELETE :
	    span_is(line, "OPTIONS") ? METHOD_OPTIONS : METHOD_POST;
	const bool take = span_is(line, "TAKE");   /* a stream of an earlier worker */
	size_t n = 0, i;

	for (line = take_until(in, '\n'); line.n > 0 && n < FIELDS_MAX; line = take_until(in, '\n')) {
		name = take_until(&line, ':');
		copy(names[n], sizeof(names[n]), name);
		copy(values[n], sizeof(values[n]), line.n > 0 ? span_of(line.p + 1, line.n - 1) : line);
		for (i = 0; names[n][i] != '\0'; i++)
			if (names[n][i] >= 'A' && names[n][i] <= 'Z')
				names[n][i] = (char)(names[n][i] + 32);
		if (strcmp(values[n], "$") == 0)
			(void)snprintf(values[n], sizeof(values[n]), "%s", m->session);
		if (strcmp(values[n], "$t") == 0)
			(void)snprintf(values[n], sizeof(values[n]), "%s", m->task);
		if (strcmp(values[n], "$e") == 0 && mcp_answered == NULL)
			(void)snprintf(values[n], sizeof(values[n]), "%s", m->event);
		fields[2 * n] = names[n];
		fields[2 * n + 1] = values[n];
		n++;
	}
	fields[2 * n] = NULL;
	fill_in(body, sizeof(body), take_until(in, '\n'), m);
	if (take)
		take_stream(b, span_str(body), n == 0);
	else
		send_raw(b, method, fields, body);
	check_reply(&b->reply);
	if (b->reply.session[0] != '\0')
		(void)snprintf(m->session, sizeof(m->session), "%s", b->reply.session);
	remember(&b->reply.body, "\"2.0\",\"id\":\"", m->question, sizeof(m->question));
	remember(&b->reply.body, "\"requestState\":\"", m->state, sizeof(m->state));
	remember(&b->reply.body, "\"taskId\":\"", m->task, sizeof(m->task));
	remember(&b->reply.body, "id: ", m->event, sizeof(m->event));
}

static void
announce(struct bench *b)
{
	if (bench_working != NULL)
		bench_working(true);
	mcp_resource_updated(b->worker.mcp, "test://both");
	mcp_tools_changed(b->worker.mcp);
	if (bench_working != NULL)
		bench_working(false);
}

/* tests/torture looks at each answer. */
void (*mcp_answered)(struct bench *b);

FUZZ(mcp)
{
	struct bench *b;
	void *state = NULL;
	static struct memory memory;
	struct kept *kept = NULL;
	unsigned i;

	memset(&memory, 0, sizeof(memory));

	must(bench_setup(&state) == 0);
	b = state;
	offer_everything(&b->catalog);
	asking_add(&b->catalog);
	b->catalog.tasks = b->catalog.tools_change = b->catalog.subscribe = true;
	for (i = 0; i < 8 && in.n > 0; i++) {
		one_request(b, &in, &memory);
		if (mcp_answered != NULL)
			mcp_answered(b);
		if (slow_running > 0 && (i & 1) != 0)
			finish_slow();
		announce(b);
		if (kept == NULL && b->reply.head && b->reply.media == MEDIA_SSE && !b->reply.ended)
			kept = keep(b);
	}
	if (kept != NULL) {
		/* The server stops: what waits for an answer goes on without. */
		if (bench_working != NULL)
			bench_working(true);
		mcp_end_streams(b->worker.mcp, NULL);
		if (bench_working != NULL)
			bench_working(false);
		turn(b);
		back(b, kept);
		check_reply(&b->reply);
	}
	must(bench_teardown(&state) == 0);
}
