/*
 * The life of a tool's call: start, time, cancellation, end, and access to its
 * arguments.  Must not know JSON-RPC or HTTP.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "worker/changes.h"
#include "worker/mcp/catalog.h"
#include "worker/tools/ask.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

#define GRACE_MS      1000   /* for the handler to end after on_stop */
#define PROGRESS_MS   200    /* at most five a second */

/* It is at work, or is over or waits for a person. */
static void
count_edit(struct call *c, bool at_work)
{
	if (c->tool == NULL || c->tool->read_only || c->editing == at_work)
		return;
	c->editing = at_work;
	if (at_work)
		c->worker->edits++;
	else
		c->worker->edits--;
}

/* What becomes of it stays in the record only. */
static void
nobody_hears(struct call *c)
{
	c->unheard = true;
	if (c->change != NULL && !c->repeatable && !c->tool->idempotent)
		change_unheard(c->change);
}

/* A turn at a playlist (turn.h) is over. */
static void
leave(struct call *c)
{
	if (c->leave != NULL)
		c->leave(c);
}

static void
call_free(struct call *c)
{
	if (c->unheard)
		nobody_hears(c);
	change_end(&c->change);
	leave(c);
	if (c->timer != NULL)
		event_free(c->timer);
	loop_defer_cancel(c->worker->loop, &c->ending);
	count_edit(c, false);
	json_object_put(c->args);
	json_object_put(c->data);
	json_object_put(c->blocks);
	json_object_put(c->parts);
	buf_free(&c->text);
	ask_free(&c->rounds);
	arena_reset(&c->arena);
	free(c);
}

static int64_t
tool_number(const struct call *c)
{
	const struct tool *const *tools = c->worker->catalog->tools;
	size_t i;

	for (i = 0; tools != NULL && tools[i] != NULL; i++)
		if (tools[i] == c->tool)
			return (int64_t)i;
	return -1;   /* a prompt, a resource, a completion */
}

void
call_quiet(struct call *c)
{
	c->finished = NULL;
	c->progress = NULL;
	memset(&c->hooks, 0, sizeof(c->hooks));
}

/* Tells whoever waits, once. */
static void
tell(struct call *c)
{
	void (*finished)(struct call *, void *) = c->finished;

	if (finished == NULL)
		return;
	call_quiet(c);
	finished(c, c->arg);
}

static void
end_of_call(void *arg)
{
	struct call *c = arg;

	if (!c->background)
		worker_log(c->worker, WEV_tool_called, tool_number(c),
		    clock_mono_ms() - c->started_ms, c->requests, c->failed);
	tell(c);
	call_free(c);
}

void
call_done(struct call *c)
{
	if (c->over)
		return;
	c->over = true;
	(void)event_del(c->timer);
	loop_defer(c->worker->loop, &c->ending, end_of_call, c);
}

static void
stop(struct call *c)
{
	if (c->over || c->stopped)
		return;
	c->stopped = true;
	if (c->rounds.waiting) {
		/* There is no handler at work. */
		loop_defer_cancel(c->worker->loop, &c->ending);
		call_done(c);
	} else if (c->on_stop != NULL)
		c->on_stop(c);
}

/* First the handler is asked to end; if it does not, the client is told, and
 * the call stays for the handler, with nobody waiting. */
static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval grace = {.tv_sec = GRACE_MS / 1000};
	struct call *c = arg;

	(void)fd;
	(void)what;
	if (!c->stopped) {
		stop(c);
		if (!c->over)
			(void)event_add(c->timer, &grace);
		return;
	}
	if (c->over || c->finished == NULL)
		return;
	buf_clear(&c->text);
	c->failed = true;
	call_line(c, "This took longer than %d seconds and was given up. What had been sent to "
	    "Spotify before may have taken effect: look before trying again.", CALL_MS / 1000);
	tell(c);
}

static void
begin(void *arg)
{
	struct call *c = arg;

	if (c->stopped)
		call_broken(c, ERR_STATE);
	else
		c->run(c);
}

static struct timeval
span_of_ms(int64_t ms)
{
	return (struct timeval){.tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

static void
ask(void *arg)
{
	struct call *c = arg;

	c->hooks.asks(c, c->arg);
}

void
call_rest(struct call *c)
{
	leave(c);
	count_edit(c, false);
	c->rounds.waiting = true;
	c->rounds.left_ms = call_left_ms(c);
	c->on_stop = NULL;
	(void)event_del(c->timer);
	loop_defer(c->worker->loop, &c->ending, ask, c);
}

void
call_run_again(struct call *c)
{
	const bool waited = c->rounds.waiting;
	struct timeval left;

	c->rounds.waiting = false;
	c->state = NULL;
	c->on_stop = NULL;
	leave(c);
	arena_reset(&c->arena);
	buf_clear(&c->text);
	c->cut = false;
	json_object_put(c->data);
	json_object_put(c->blocks);
	json_object_put(c->parts);
	c->blocks = c->parts = NULL;
	c->more = 0;
	c->data = json_object_new_object();
	if (waited) {
		left = span_of_ms(c->rounds.left_ms > GRACE_MS ? c->rounds.left_ms : GRACE_MS);
		c->deadline_ms = clock_mono_ms() + c->rounds.left_ms;
		if (event_add(c->timer, &left) != 0)
			c->trouble = ERR_NOMEM;
	}
	if (c->data == NULL || c->trouble != 0)
		call_broken(c, ERR_NOMEM);
	else
		loop_defer(c->worker->loop, &c->ending, begin, c);
	count_edit(c, true);
}

err_t
call_start(const struct call_start *start, struct call **out)
{
	const struct timeval time = {.tv_sec = CALL_MS / 1000};
	struct call *c = calloc(1, sizeof(*c));
	err_t err = ERR_NOMEM;

	if (c == NULL) {
		json_object_put(start->args);
		return ERR_NOMEM;
	}
	c->worker = start->worker;
	c->tool = start->tool;
	c->run = start->run != NULL ? start->run : start->tool->run;
	c->args = start->args;
	c->scopes = start->scopes;
	c->finished = start->finished;
	c->progress = start->progress;
	c->hooks = start->hooks;
	c->arg = start->arg;
	c->told = -1;
	c->started_ms = clock_mono_ms();
	c->deadline_ms = c->started_ms + CALL_MS;
	arena_init(&c->arena, CALL_ARENA_MAX);
	buf_init(&c->text, CALL_TEXT_MAX);
	buf_init(&c->rounds.given, ASK_STATE_MAX);
	buf_init(&c->rounds.kept, ASK_STATE_MAX);
	c->rounds.caps = start->caps;
	c->rounds.round = start->round;
	c->rounds.answers = json_object_get(start->answers);
	c->data = json_object_new_object();
	c->timer = event_new(loop_base(c->worker->loop), -1, 0, on_time, c);
	if (c->data == NULL || c->timer == NULL ||
	    arena_strdup(&c->arena, span_str(start->client == NULL ? "" : start->client),
	    &c->client) != 0 || buf_put_span(&c->rounds.given, start->state) != 0 || event_add(c->timer, &time) != 0)
		goto fail;
	loop_defer(c->worker->loop, &c->ending, begin, c);
	count_edit(c, true);
	*out = c;
	return 0;
fail:
	call_free(c);
	return err;
}

void
call_cancel(struct call *c)
{
	call_quiet(c);
	c->cancelled = true;
	nobody_hears(c);
	stop(c);
}

void
call_detach(struct call *c)
{
	call_quiet(c);
	nobody_hears(c);
	if (c->rounds.waiting)
		stop(c);   /* nobody can answer */
}

int64_t
call_left_ms(const struct call *c)
{
	int64_t left = c->deadline_ms - clock_mono_ms();

	return left > 0 ? left : 0;
}

void
call_progress(struct call *c, double done, double total, const char *message)
{
	int64_t now = clock_mono_ms();

	if (c->progress == NULL || c->over)
		return;
	/* What has a total goes on from what was told before: progress only grows, and from
	 * then on a mere count says nothing. */
	if (total <= 0 && c->total > 0)
		return;
	if (total > c->total || total < c->total) {
		c->told_before = c->told > 0 ? c->told : 0;
		c->total = total;
	}
	done += c->told_before;
	if (!(done > c->told) || (c->told_ms != 0 && now - c->told_ms < PROGRESS_MS))
		return;
	c->told = done;
	c->told_ms = now;
	c->progress(c, done, total > 0 ? total + c->told_before : 0, message, c->arg);
}

bool
call_has(const struct call *c, const char *name)
{
	return json_get(c->args, name) != NULL;
}

const char *
call_str(const struct call *c, const char *name)
{
	struct json_object *v = json_get(c->args, name);

	return v == NULL ? "" : json_object_get_string(v);
}

int64_t
call_int(const struct call *c, const char *name)
{
	int64_t n = 0;

	(void)json_get_int(c->args, name, &n);
	return n;
}

bool
call_bool(const struct call *c, const char *name)
{
	bool b = false;

	(void)json_get_bool(c->args, name, &b);
	return b;
}

size_t
call_items(const struct call *c, const char *name)
{
	struct json_object *v = json_get_arr(c->args, name);

	return v == NULL ? 0 : json_object_array_length(v);
}

const char *
call_item(const struct call *c, const char *name, size_t i)
{
	struct json_object *v = json_get_arr(c->args, name);

	v = v == NULL ? NULL : json_object_array_get_idx(v, i);
	return v == NULL ? "" : json_object_get_string(v);
}
