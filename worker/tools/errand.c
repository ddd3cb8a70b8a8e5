/* Steps of a tool; see errand.h. */
#include "config.h"

#include <string.h>

#include <event2/event.h>

#include "worker/spotify/field.h"
#include "worker/tools/errand.h"
#include "worker/tools/fan.h"
#include "worker/worker.h"

#define SENTENCE_MAX 2048
#define QUERY_MAX 512        /* of one parameter */
#define PROGRESS_AFTER 3     /* questions of one call without a word about it */
/* A question takes at most so long that the call can still end well. */
#define QUESTION_MS 3000

static void
drop_pause(struct errand *e)
{
	if (e->timer != NULL)
		event_free(e->timer);
	e->timer = NULL;
}

void
errand_end(struct call *c)
{
	struct errand *e = c->state;

	if (e->on_stop != NULL)
		e->on_stop(c);
	else
		call_fail(c, "This took too long and was given up; nothing was changed. Try again, with "
		    "a smaller limit if there is one.");
}

static void
on_stop(struct call *c)
{
	struct errand *e = c->state;

	e->stopped = true;
	if (e->must || e->recording || (e->wait != NULL && e->writing))
		return;   /* its outcome must be known */
	spotify_drop(&e->wait);
	if (e->fan != NULL)
		fan_stop(e->fan);
	drop_pause(e);
	errand_end(c);
}

void *
errand_begin(struct call *c, size_t n)
{
	void *state = NULL;
	err_t err = arena_alloc(&c->arena, n, &state);

	if (err != 0) {
		call_broken(c, err);
		return NULL;
	}
	((struct errand *)state)->call = c;
	c->state = state;
	c->on_stop = on_stop;
	return state;
}

void
errand_tell(struct call *c)
{
	if (c->requests > PROGRESS_AFTER)
		call_progress(c, c->requests, 0, NULL);
}

static void
on_answer(void *arg, const struct sp_answer *a)
{
	struct errand *e = arg;
	bool wrote = e->writing;

	e->wait = NULL;
	e->writing = false;
	errand_tell(e->call);
	if (e->stopped && !wrote && !e->must)
		errand_end(e->call);
	else
		e->answered(e->call, a);
}

/* Prompts, resources and completions have no entry that states a number. */
static unsigned
most_requests(const struct call *c)
{
	if (c->tool != NULL)
		return c->tool->max_requests;
	return c->background ? ERRAND_LOOK : ERRAND_FREE;
}

bool
errand_may(const struct call *c, unsigned n)
{
	const struct errand *e = c->state;

	return !e->stopped && c->requests + n <= most_requests(c) &&
	    call_left_ms(c) > QUESTION_MS;
}

void
errand_ask(struct call *c, enum sp_op op, const char *id, const struct buf *query,
    const struct buf *body, errand_answer next)
{
	struct errand *e = c->state;
	struct sp_ask ask = {.op = op, .id = span_str(id)};
	err_t err;

	if (e->stopped && !e->must) {
		errand_end(c);
		return;
	}
	/* The entry's number is a promise. */
	if (c->requests >= most_requests(c)) {
		call_broken(c, ERR_LIMIT);
		return;
	}
	if (query != NULL)
		ask.query = buf_span(query);
	if (body != NULL)
		ask.body = buf_span(body);
	ask.bulk = c->tool != NULL ? c->tool->bulk : c->background;
	/* Who changes something looks at it as it is. */
	ask.fresh = c->tool != NULL && !c->tool->read_only;
	e->answered = next;
	e->writing = strcmp(sp_op_info(op)->method, "GET") != 0;
	err = spotify_ask(c->worker->spotify, &ask, on_answer, e, &e->wait);
	if (err != 0)
		call_broken(c, err);
	else
		c->requests++;
}

void
errand_ask_with(struct call *c, enum sp_op op, const char *id, const char *name,
    const char *value, errand_answer next)
{
	struct buf query;

	buf_init(&query, QUERY_MAX);
	if (sp_query_put(&query, name, span_str(value)) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, op, id, &query, NULL, next);
	buf_free(&query);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct errand *e = arg;

	(void)fd;
	(void)what;
	drop_pause(e);
	e->after(e->call);
}

void
errand_pause(struct call *c, unsigned ms, errand_step next)
{
	struct errand *e = c->state;
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (e->stopped && !e->must) {
		errand_end(c);
		return;
	}
	e->after = next;
	e->timer = evtimer_new(loop_base(c->worker->loop), on_pause_over, e);
	if (e->timer == NULL || evtimer_add(e->timer, &tv) != 0) {
		drop_pause(e);
		call_broken(c, ERR_NOMEM);
	}
}

bool
errand_total(struct call *c, const struct sp_answer *a, struct json_object *page, int64_t *total)
{
	struct sp_error odd = a->error;

	*total = field_int(page, "total", *total);
	if (*total >= 0)
		return true;
	odd.problem = SP_UNREADABLE;
	odd.retry_after = -1;
	errand_fail(c, &odd);
	return false;
}

const char *
errand_sentence(struct call *c, const struct sp_error *error)
{
	struct buf text;
	char *copy = NULL;

	buf_init(&text, SENTENCE_MAX);
	if (spotify_error_text(c->worker->spotify, error, &text) == 0)
		(void)!arena_strdup(&c->arena, buf_span(&text), &copy);
	buf_free(&text);
	return copy == NULL ? "" : copy;
}

void
errand_fail(struct call *c, const struct sp_error *error)
{
	call_fail(c, "%s", errand_sentence(c, error));
}
