/*
 * The tools, with any arguments and any answers of Spotify.  The client for
 * Spotify is put aside: its functions are here and answer from the input.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "worker/changes_inside.h"
#include "worker/mcp/catalog.h"
#include "worker/spotify/api.h"
#include "worker/spotify/governor.h"
#include "worker/spotify/grant.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

#define TURNS 40

struct sp_wait {
	struct sp_wait *next;
	enum sp_op op;
	sp_done done;
	void *arg;
	struct event *timer;
};

/* tests/torture hears of the end: the result as JSON text, or nothing where
 * there was no memory for one. */
extern void (*tool_ended)(struct span result, bool failed);
void (*tool_ended)(struct span result, bool failed);

static void
working(bool now)
{
	if (fuzz_working != NULL)
		fuzz_working(now);
}

/* One run; in is what Spotify has still to say. */
struct run {
	struct worker w;
	struct span in;
	struct sp_wait *waits;
	struct word *words;
	unsigned asked, ended;
	bool stop;
};
static struct run *the_run;

static void
forget(struct sp_wait *w)
{
	struct sp_wait **at = &the_run->waits;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	event_free(w->timer);
	free(w);
}

/* An answer: a byte for the status, then a line. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	static const int statuses[] = {200, 200, 200, 204, 400, 401, 403, 404, 429, 500};
	struct sp_wait *w = arg;
	struct sp_answer a = {.json = NULL};
	uint8_t how = take_byte(&the_run->in);
	struct span body = take_until(&the_run->in, '\n');

	(void)fd;
	(void)what;
	working(false);
	sp_classify(w->op, statuses[how % 10], "application/json", body, how, &a.error);
	if (a.error.problem == SP_OK && body.n > 0 &&
	    json_parse(body, &json_from_spotify, &a.json) != 0)
		a.error.problem = SP_UNREADABLE;
	working(true);
	w->done(w->arg, &a);
	working(false);
	json_object_put(a.json);
	forget(w);
	working(true);
}

err_t
spotify_ask(struct spotify *s, const struct sp_ask *ask, sp_done done, void *arg,
    struct sp_wait **out)
{
	const struct timeval now = {0};
	struct sp_wait *w;
	struct buf target;
	err_t err;

	(void)s;
	working(false);
	buf_init(&target, 65536);
	err = sp_op_target(ask->op, ask->id, ask->query, &target);
	/* Nothing that a client wrote can add to the line of a request. */
	must(err != 0 || (memchr(buf_cstr(&target), ' ', target.len) == NULL &&
	    memchr(buf_cstr(&target), '\n', target.len) == NULL));
	/* Of a playlist only what is needed. */
	must(err != 0 || (ask->op != SP_OP_PLAYLIST && ask->op != SP_OP_PLAYLIST_ITEMS) ||
	    strstr(buf_cstr(&target), "fields=") != NULL);
	buf_free(&target);
	if (err != 0) {
		working(true);
		return err;
	}
	if (ask->body.n > 0 && ask->op != SP_OP_PLAYLIST_COVER)
		must(json_guard(ask->body, &json_from_spotify) == 0);
	w = calloc(1, sizeof(*w));
	must(w != NULL);
	*w = (struct sp_wait){.next = the_run->waits, .op = ask->op, .done = done, .arg = arg};
	w->timer = event_new(loop_base(the_run->w.loop), -1, 0, on_turn, w);
	must(w->timer != NULL && event_add(w->timer, &now) == 0);
	the_run->waits = w;
	the_run->asked++;
	*out = w;
	working(true);
	return 0;
}

void
spotify_drop(struct sp_wait **w)
{
	if (*w != NULL)
		forget(*w);
	*w = NULL;
}

err_t
spotify_error_text(struct spotify *s, const struct sp_error *e, struct buf *out)
{
	const struct sp_error_facts facts = {.login_url = "https://tonearm.example/", .now = 1800000000};

	(void)s;
	return sp_error_text(e, &facts, out);
}

void
spotify_state(const struct spotify *s, struct spotify_state *out)
{
	(void)s;
	*out = (struct spotify_state){.scope = "user-read-private", .authorized_at = 1790000000,
	    .ends_at = grant_ends_at(1790000000), .login_url = "https://tonearm.example/"};
}

/* Nobody is there who knows what is left of a day. */
struct governor *
spotify_governor(struct spotify *s)
{
	(void)s;
	return NULL;
}

err_t
governor_left(struct governor *g, left_told fn, void *arg)
{
	(void)g;
	(void)fn;
	(void)arg;
	return ERR_AGAIN;
}

void
governor_left_drop(struct governor *g)
{
	(void)g;
}

/* --- the record of changes: every part is kept, there is never anything to read ---- */

struct word {
	struct word *next;
	struct event *timer;
	uint64_t request;
	bool ask;
};

static void
drop_word(struct word *word)
{
	struct word **at = &the_run->words;

	while (*at != word)
		at = &(*at)->next;
	*at = word->next;
	event_free(word->timer);
	free(word);
}

static void
on_word(evutil_socket_t fd, short what, void *arg)
{
	const struct msg_change nothing = {.last = 1};
	struct word *word = arg;
	struct frame f = {.request = word->request};
	struct buf body;

	(void)fd;
	(void)what;
	working(false);
	buf_init(&body, 64);
	must(!word->ask || msg_put_change(&body, &nothing) == 0);
	f.body = buf_span(&body);
	working(true);
	must((word->ask ? changes_on_change : changes_on_kept)(&the_run->w, NULL, &f) == 0);
	working(false);
	buf_free(&body);
	drop_word(word);
	working(true);
}

static err_t
say_later(uint64_t request, bool is_ask)
{
	const struct timeval now = {0};
	struct word *word;

	working(false);
	word = calloc(1, sizeof(*word));
	must(word != NULL);
	*word = (struct word){.next = the_run->words, .request = request, .ask = is_ask};
	word->timer = event_new(loop_base(the_run->w.loop), -1, 0, on_word, word);
	must(word->timer != NULL && event_add(word->timer, &now) == 0);
	the_run->words = word;
	working(true);
	return 0;
}

static err_t
put(struct worker *w, uint64_t request, const struct msg_change_put *m)
{
	(void)w;
	must(m->sealed.n <= (m->part == 0 || m->part >= CHANGE_PART_MARKS ? CHANGE_MARK_MAX : 16384));
	return say_later(request, false);
}

static err_t
read_record(struct worker *w, uint64_t request, const struct msg_changes_ask *m)
{
	(void)w;
	must(m->most >= 1 && m->most <= CHANGES_MOST);
	return say_later(request, true);
}

static const struct changes_store store = {.put = put, .ask = read_record};

/* --- running ------------------------------------------------------------------ */
static bool
fits(struct json_object *v, const struct out *o);

static void
has_what_is_declared(struct json_object *v, const struct out *fields)
{
	const struct out *o;

	must(json_object_is_type(v, json_type_object));
	json_object_object_foreach(v, name, member) {
		for (o = fields; o->name != NULL && strcmp(o->name, name) != 0; o++)
			;
		must(o->name != NULL && fits(member, o));
	}
	for (o = fields; o->name != NULL; o++)
		must(!o->always || json_get(v, o->name) != NULL);
}

static bool
fits(struct json_object *v, const struct out *o)
{
	static const json_type types[] = {[OUT_STR] = json_type_string, [OUT_INT] = json_type_int,
	    [OUT_NUM] = json_type_double, [OUT_BOOL] = json_type_boolean,
	    [OUT_STRS] = json_type_array, [OUT_OBJ] = json_type_object, [OUT_OBJS] = json_type_array};
	size_t i;

	if (o->type == OUT_OBJ && o->fields != NULL)
		has_what_is_declared(v, o->fields);
	for (i = 0; o->type == OUT_OBJS && o->fields != NULL && i < json_object_array_length(v); i++)
		has_what_is_declared(json_object_array_get_idx(v, i), o->fields);
	return json_object_is_type(v, types[o->type]) ||
	    (o->type == OUT_NUM && json_object_is_type(v, json_type_int));
}

static void
check_result(struct call *c, struct run *r)
{
	struct json_object *v = NULL;
	struct buf text;

	must(r->ended++ == 0);
	must(c->requests <= c->tool->max_requests && c->requests == r->asked);
	must(utf8_valid(buf_span(&c->text)) && c->text.len <= CALL_TEXT_MAX);
	if (c->trouble != 0 && tool_ended != NULL) {
		tool_ended(span_of(NULL, 0), true);
		return;
	}
	must(c->trouble == 0);
	if (!c->failed)
		has_what_is_declared(c->data, c->tool->out);
	buf_init(&text, 1u << 20);
	must(buf_put_str(&text, "{") == 0 && call_write_result(c, MCP_2026_07_28, &text) == 0 &&
	    buf_put_str(&text, "}") == 0);
	must(json_parse(buf_span(&text), &json_from_spotify, &v) == 0);
	must(json_get_arr(v, "content") != NULL);
	if (tool_ended != NULL)
		tool_ended(buf_span(&text), c->failed);
	json_object_put(v);
	buf_free(&text);
}

static void
on_finished(struct call *c, void *arg)
{
	working(false);
	check_result(c, arg);
	working(true);
}

static void
on_over(evutil_socket_t fd, short what, void *loop)
{
	(void)fd;
	(void)what;
	loop_stop(loop);
}

static void
turn(struct run *r)
{
	const struct timeval now = {0};

	must(event_base_once(loop_base(r->w.loop), -1, EV_TIMEOUT, on_over, r->w.loop, &now) == 0);
	working(true);
	must(loop_run(r->w.loop) == 0);
	working(false);
}

/* Clean arguments are clean. */
static err_t
check(const struct tool *tool, struct json_object *sent, struct json_object **clean)
{
	struct json_object *again = NULL;
	const struct arg *a;
	char why[512] = "";
	err_t err = tool_check_args(tool, sent, clean, why, sizeof(why));

	must(err == 0 || err == ERR_SYNTAX);
	must(utf8_valid(span_str(why)) && (err == 0 || why[0] != '\0'));
	if (err != 0)
		return err;
	json_object_object_foreach(*clean, name, member) {
		(void)member;
		for (a = tool->args; a != NULL && a->name != NULL && strcmp(a->name, name) != 0; a++)
			;
		must(a != NULL && a->name != NULL);
	}
	must(tool_check_args(tool, *clean, &again, why, sizeof(why)) == 0);
	must(json_object_equal(*clean, again));
	json_object_put(again);
	return 0;
}

/*
 * The tool that the input begins with: its name and a blank, so that kept inputs
 * mean the same when the table grows; or any, by its first byte.
 */
static const struct tool *
take_tool(struct span *in)
{
	size_t i;

	for (i = 0; i < tool_table_n; i++) {
		size_t n = strlen(tool_table[i]->name);

		if (in->n > n && in->p[n] == ' ' && memcmp(in->p, tool_table[i]->name, n) == 0) {
			(void)take_bytes(in, n + 1);
			return tool_table[i];
		}
	}
	return tool_table[take_byte(in) % tool_table_n];
}

FUZZ(tool_args)
{
	const struct tool *tool = take_tool(&in);
	struct json_object *sent = NULL, *clean = NULL;

	if (json_parse(in, &json_from_client, &sent) != 0)
		return;
	if (sent == NULL || json_object_is_type(sent, json_type_object))
		if (check(tool, sent, &clean) == 0)
			json_object_put(clean);
	json_object_put(sent);
}

static void
finish(struct run *r, struct call *call)
{
	unsigned i;

	/* A short pause in an errand is cut short by cancelling. */
	for (i = 0; i < TURNS && r->ended == 0; i++)
		turn(r);
	if (r->ended == 0)
		call_cancel(call);
	for (i = 0; i < TURNS && r->waits != NULL; i++)
		turn(r);
	turn(r);
	must(r->waits == NULL);
	for (i = 0; i < TURNS && changes_pending(r->w.changes) > 0; i++)
		turn(r);
}

/* The tool; a line of arguments; answers. */
FUZZ(tool_run)
{
	static struct loop *loop;
	static const uint8_t key[KEY_BYTES] = {9};
	const struct tool *tool = take_tool(&in);
	struct span line = take_until(&in, '\n');
	struct run r = {.in = in};
	struct json_object *sent = NULL;
	struct call_start start = {.worker = &r.w, .tool = tool, .scopes = SCOPE_ALL,
	    .finished = on_finished, .arg = &r};
	struct call *call;
	err_t err;

	if (json_parse(line, &json_from_client, &sent) != 0)
		return;
	if ((sent != NULL && !json_object_is_type(sent, json_type_object)) ||
	    check(tool, sent, &start.args) != 0) {
		json_object_put(sent);
		return;
	}
	json_object_put(sent);
	if (loop == NULL)
		must(loop_create(&loop) == 0);
	the_run = &r;
	r.w.loop = loop;
	r.w.catalog = &worker_catalog;
	(void)strcpy(r.w.who.spotify_id, "ann");
	must(secret_set(&r.w.key, span_of(key, sizeof(key))) == 0);
	must(changes_create(&r.w, &r.w.changes) == 0);
	changes_store_in(r.w.changes, &store);
	working(true);
	err = call_start(&start, &call);
	working(false);
	must(err == 0 || tool_ended != NULL);
	if (err == 0)
		finish(&r, call);
	else
		tool_ended(span_of(NULL, 0), true);
	while (r.words != NULL)
		drop_word(r.words);
	changes_destroy(&r.w.changes);
	secret_clear(&r.w.key);
}
