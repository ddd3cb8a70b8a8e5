/* A worker without channels; see fixture.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/credentials.h"
#include "worker/tools/call.h"

static struct bench *the_bench;

void (*bench_working)(bool now);

void
working(bool now)
{
	if (bench_working != NULL)
		bench_working(now);
}

struct kept {
	struct kept *next;
	struct request *rq;
	struct reply reply;
};
static struct kept *kept_list;

/* --- the worker's other parts -------------------------------------------------- */
struct stores stores;
static struct deferred store_over;

static void
on_store_over(void *arg)
{
	row_answer fn = stores.fn;

	(void)arg;
	stores.fn = NULL;
	fn(stores.arg, ROW_DONE, span_of(NULL, 0), 0);
}

err_t
row_store(struct worker *w, uint8_t kind, struct span plain, row_answer fn, void *arg)
{
	if (stores.fails != 0)
		return stores.fails;
	assert_int_equal(kind, ROW_SESSIONS);
	assert_in_range(plain.n, 1, sizeof(stores.row));
	memcpy(stores.row, plain.p, plain.n);
	stores.n = plain.n;
	stores.calls++;
	stores.fn = fn;
	stores.arg = arg;
	if (!stores.by_hand)
		loop_defer(w->loop, &store_over, on_store_over, NULL);
	return 0;
}

void
worker_log(struct worker *w, enum worker_event event, int64_t a, int64_t b, int64_t c, int64_t d)
{
	(void)w;
	(void)event;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (the_bench != NULL)
		the_bench->logged++;
}

int
bench_setup(void **state)
{
	static const char options[] = "server.public_url=https://tonearm.example\n";
	struct msg_credential cred = {.cred_kind = CRED_PERSONAL, .scopes = SCOPE_ALL};
	struct bench *b = calloc(1, sizeof(*b));
	uint8_t key[KEY_BYTES];

	assert_non_null(b);
	the_bench = b;
	memset(&stores, 0, sizeof(stores));
	memset(&store_over, 0, sizeof(store_over));
	memset(key, 7, sizeof(key));
	assert_int_equal(conf_values_parse(&b->conf, span_of(options, sizeof(options) - 1)), 0);
	b->worker.conf = &b->conf;
	b->worker.bound = true;
	b->worker.vault = (struct channel *)&stores;   /* there; nobody looks into it */
	bench_tools_begin(&b->catalog);
	b->worker.catalog = &b->catalog;
	assert_int_equal(secret_set(&b->worker.key, span_of(key, sizeof(key))), 0);
	assert_int_equal(loop_create(&b->worker.loop), 0);
	assert_int_equal(credentials_create(&b->worker.credentials), 0);
	assert_int_equal(credentials_add(b->worker.credentials, &cred), 0);
	assert_int_equal(mcp_create(&b->worker, &b->worker.mcp), 0);
	buf_init(&b->reply.body, 8u << 20);
	*state = b;
	return 0;
}

static void
free_request(struct bench *b)
{
	struct request *rq = b->rq;

	if (rq == NULL)
		return;
	if (rq->on_gone != NULL)
		rq->on_gone(rq);
	buf_free(&rq->body);
	buf_free(&rq->out);
	arena_reset(&rq->arena);
	free(rq);
	b->rq = NULL;
}

int
bench_teardown(void **state)
{
	struct bench *b = *state;

	free_request(b);
	bench_tools_end();
	turn(b);
	json_object_put(b->reply.json);
	buf_free(&b->reply.body);
	mcp_destroy(&b->worker.mcp);
	loop_settle(b->worker.loop);   /* calls that it ended */
	credentials_destroy(&b->worker.credentials);
	secret_clear(&b->worker.key);
	loop_destroy(&b->worker.loop);
	conf_values_free(&b->conf);
	free(b);
	the_bench = NULL;
	return 0;
}

/* --- sink ------------------------------------------------------------------------ */
static struct reply *
reply_of(const struct request *rq)
{
	struct kept *k;

	for (k = kept_list; k != NULL; k = k->next)
		if (k->rq == rq)
			return &k->reply;
	return &the_bench->reply;
}

static void
on_head(struct request *rq, const struct answer *a)
{
	struct reply *r = reply_of(rq);

	working(false);
	assert_false(r->head);
	r->head = true;
	r->status = a->status;
	r->media = a->media;
	r->allow = a->allow;
	r->auth_error = a->auth_error;
	r->scopes = a->scopes;
	r->retry_after = a->retry_after;
	assert_true(a->session.n < sizeof(r->session));
	if (a->session.n > 0)
		memcpy(r->session, a->session.p, a->session.n);
	r->session[a->session.n] = '\0';
	working(true);
}

static void
take_more(struct request *rq)
{
	struct reply *r = reply_of(rq);

	assert_true(r->head);
	assert_false(r->ended);
	assert_int_equal(buf_put_span(&r->body, buf_span(&rq->out)), 0);
	buf_clear(&rq->out);
	if (!rq->ended)
		return;
	r->ended = true;
	if (r->media == MEDIA_JSON && r->body.len > 0)
		assert_int_equal(json_parse(buf_span(&r->body), &json_from_spotify, &r->json), 0);
}

static void
on_more(struct request *rq)
{
	working(false);
	take_more(rq);
	working(true);
}

static void
on_stream(struct request *rq, const struct stream_word *word)
{
	struct reply *r = reply_of(rq);

	working(false);
	assert_true(r->head);
	assert_false(r->ended);
	r->words++;
	r->parked = word->parked;
	r->expires = word->expires;
	assert_true(word->farewell.n < sizeof(r->farewell) && word->note.n <= sizeof(r->note));
	memset(r->farewell, 0, sizeof(r->farewell));
	if (word->farewell.n > 0)
		memcpy(r->farewell, word->farewell.p, word->farewell.n);
	if (word->note.n > 0)
		memcpy(r->note, word->note.p, word->note.n);
	r->note_n = word->note.n;
	working(true);
}

static const struct request_sink sink = {.head = on_head, .more = on_more, .stream = on_stream};

/* --- requests ---------------------------------------------------------------------- */
static void
stop_loop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loop_stop(arg);
}

void
turn(struct bench *b)
{
	const struct timeval now = {0};

	assert_int_equal(event_base_once(loop_base(b->worker.loop), -1, EV_TIMEOUT, stop_loop,
	    b->worker.loop, &now), 0);
	working(true);
	assert_int_equal(loop_run(b->worker.loop), 0);
	working(false);
}

static void
add_field(struct request *rq, const char *name, const char *value)
{
	struct request_field *f;
	char *text;
	void *p;

	if (value[0] == '\0')
		return;
	assert_int_equal(arena_alloc(&rq->arena, sizeof(*f), &p), 0);
	f = p;
	assert_int_equal(arena_strdup(&rq->arena, span_str(name), &f->name), 0);
	assert_int_equal(arena_strdup(&rq->arena, span_str(value), &text), 0);
	f->value = span_str(text);
	f->next = rq->fields;
	rq->fields = f;
}

static void
forget_reply(struct bench *b)
{
	json_object_put(b->reply.json);
	buf_free(&b->reply.body);
	memset(&b->reply, 0, sizeof(b->reply));
	buf_init(&b->reply.body, 8u << 20);
}

static struct request *
new_request(struct bench *b, uint8_t method)
{
	struct request *rq;

	free_request(b);
	forget_reply(b);
	rq = calloc(1, sizeof(*rq));
	assert_non_null(rq);
	b->rq = rq;
	rq->worker = &b->worker;
	rq->sink = &sink;
	rq->method = method;
	rq->cred_kind = b->cred_kind == CRED_NONE ? CRED_PERSONAL : b->cred_kind;
	rq->scopes = SCOPE_ALL & ~SCOPE_LIBRARY_WRITE;
	arena_init(&rq->arena, 65536);
	buf_init(&rq->body, REQUEST_BODY_MAX);
	buf_init(&rq->out, REQUEST_ANSWER_MAX);
	return rq;
}

void
take_stream(struct bench *b, struct span note, bool allowed)
{
	struct request *rq = new_request(b, METHOD_GET);

	rq->head_sent = rq->taken = b->reply.head = true;
	b->reply.status = 200;
	b->reply.media = MEDIA_SSE;
	working(true);
	mcp_take_stream(b->worker.mcp, rq, note, allowed);
	working(false);
	turn(b);
}

void
send_raw(struct bench *b, uint8_t method, const char *const *fields, const char *body)
{
	struct request *rq = new_request(b, method);
	bool type = false, accept = false;

	for (; *fields != NULL; fields += 2) {
		add_field(rq, fields[0], fields[1]);
		type = type || strcmp(fields[0], "content-type") == 0;
		accept = accept || strcmp(fields[0], "accept") == 0;
	}
	if (!type)
		add_field(rq, "content-type", "application/json");
	if (!accept)
		add_field(rq, "accept", "application/json, text/event-stream");
	assert_int_equal(buf_put_str(&rq->body, body), 0);
	working(true);
	mcp_serve(b->worker.mcp, rq);
	working(false);
	turn(b);
}

void
post(struct bench *b, const char *const *fields, const char *body)
{
	send_raw(b, METHOD_POST, fields, body);
}

void
modern_named(struct bench *b, const char *id, const char *method, const char *name,
    const char *params)
{
	char body[4096];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\","
	    "\"params\":{" ENVELOPE "%s}}", id, method, params);
	post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", method, "mcp-name", name), body);
}

void
modern(struct bench *b, const char *id, const char *method, const char *params)
{
	modern_named(b, id, method, "", params);
}

void
start_session(struct bench *b, const char *version, char *out)
{
	char body[512];

	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\","
	    "\"params\":{\"protocolVersion\":\"%s\",\"capabilities\":{},"
	    "\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}", version);
	post(b, NO_FIELDS, body);
	assert_int_equal(b->reply.status, 200);
	assert_string_equal(text_at(b, "result.protocolVersion"), version);
	(void)snprintf(out, 200, "%s", b->reply.session);
}

void
legacy(struct bench *b, const char *session, const char *body)
{
	post(b, FIELDS("mcp-session-id", session), body);
}

void
in_session(struct bench *b, const char *version, const char *method, const char *params)
{
	char session[200], body[1024];

	start_session(b, version, session);
	(void)snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\","
	    "\"params\":{%s}}", method, params);
	legacy(b, session, body);
}

struct kept *
keep(struct bench *b)
{
	struct kept *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	k->rq = b->rq;
	k->reply = b->reply;
	b->rq = NULL;
	memset(&b->reply, 0, sizeof(b->reply));
	buf_init(&b->reply.body, 8u << 20);
	k->next = kept_list;
	kept_list = k;
	return k;
}

void
back(struct bench *b, struct kept *k)
{
	struct kept **at_k = &kept_list;

	free_request(b);
	forget_reply(b);
	while (*at_k != k)
		at_k = &(*at_k)->next;
	*at_k = k->next;
	b->rq = k->rq;
	b->reply = k->reply;
	free(k);
}

void
client_gone(struct bench *b)
{
	free_request(b);
	turn(b);
}

/* --- answers -------------------------------------------------------------------------- */
struct json_object *
at(struct json_object *v, const char *path)
{
	char name[64];

	while (v != NULL && *path != '\0') {
		size_t n = strcspn(path, "|");

		assert_true(n < sizeof(name));
		memcpy(name, path, n);
		name[n] = '\0';
		path += n + (path[n] == '|');
		if (json_object_is_type(v, json_type_array))
			v = json_object_array_get_idx(v, (size_t)atoi(name));
		else
			v = json_get(v, name);
	}
	return v;
}

const char *
text_at(struct bench *b, const char *path)
{
	char with_bars[128];
	size_t i;

	(void)snprintf(with_bars, sizeof(with_bars), "%s", path);
	for (i = 0; with_bars[i] != '\0'; i++)
		if (with_bars[i] == '.' && strchr(path, '|') == NULL)
			with_bars[i] = '|';
	struct json_object *v = at(b->reply.json, with_bars);

	return v == NULL ? "(nothing)" : json_object_get_string(v);
}

void
assert_error(struct bench *b, uint16_t status, int code)
{
	int64_t found = 0;

	if (b->reply.status != status || !json_get_int(json_get(b->reply.json, "error"), "code",
	    &found) || found != code)
		fail_msg("expected %u and %d, got %u and %s", status, code, b->reply.status,
		    buf_cstr(&b->reply.body));
	assert_true(b->reply.ended);
}

void
assert_result(struct bench *b)
{
	if (b->reply.status != 200 || json_get(b->reply.json, "result") == NULL)
		fail_msg("expected a result, got %u and %s", b->reply.status,
		    buf_cstr(&b->reply.body));
	assert_true(b->reply.ended);
}

unsigned
events(struct bench *b)
{
	const char *p = buf_cstr(&b->reply.body);
	unsigned n = 0;

	while ((p = strstr(p, "event: message\ndata: ")) != NULL) {
		n++;
		p++;
	}
	return n;
}

struct json_object *
event_json(struct bench *b, unsigned n)
{
	static const char before[] = "event: message\ndata: ";
	const char *p = buf_cstr(&b->reply.body), *end;
	struct json_object *v = NULL;

	p = strstr(p, before);
	while (p != NULL && n-- > 0)
		p = strstr(p + 1, before);
	assert_non_null(p);
	p += sizeof(before) - 1;
	end = strstr(p, "\n\n");
	assert_non_null(end);
	assert_int_equal(json_parse(span_of(p, (size_t)(end - p)), &json_from_spotify, &v), 0);
	return v;
}
