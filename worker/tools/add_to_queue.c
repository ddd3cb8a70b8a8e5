/*
 * add_to_queue: one item after the other, in order, since Spotify takes one at a
 * time.  An item whose outcome is unknown is looked for in the queue before
 * anything else is sent, so that none is there twice.
 */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/player.h"
#include "worker/tools/uris.h"

#define QUEUE_MAX 50
#define SHOWN_MAX 20         /* entries that Spotify tells */
#define LOOKS_MAX 6          /* at the queue because of unknown outcomes */
/* Spotify promises no order of commands that follow each other at once. */
#define BETWEEN_MS 60
/* After a broken line the command may still be on its way. */
#define UNSURE_MS 1000
#define TOLD_MAX 10

struct add_to_queue {
	struct player player;
	struct uri_list uris;
	size_t next;                 /* the item that is sent */
	size_t added, refused;
	size_t *in;                  /* the items that are in, in order; added of them */
	size_t *bad;                 /* those that Spotify refused; refused of them */
	unsigned looks;
	bool again;                  /* the item was sent twice already */
	bool unknown;                /* ended with an item whose outcome is not known */
	struct sp_error doubt;
	const char *trouble;         /* what ended it early, or NULL */
};

static void send_item(struct call *c);

/* --- what is in ------------------------------------------------------------------------ */

static bool
entry_is(const struct add_to_queue *q, struct json_object *queue, size_t at, size_t item)
{
	return at < field_len(queue) && uris_is(&q->uris, item,
	    field_str(json_object_array_get_idx(queue, at), "uri"));
}

/* Do the items that are in stand one behind the other from entry `at` on? */
static bool
stand_at(const struct add_to_queue *q, struct json_object *queue, size_t at)
{
	size_t i;

	for (i = 0; i < q->added; i++)
		if (!entry_is(q, queue, at + i, q->in[i]))
			return false;
	return true;
}

enum whereabouts { IN, NOT_IN, UNCERTAIN };

/* Where is the item whose outcome is unknown?  It is in if it stands behind
 * those that were added, and not in if it is nowhere though there is room. */
static enum whereabouts
find_it(const struct add_to_queue *q, struct json_object *queue)
{
	size_t at, n = field_len(queue);
	bool nowhere = true, room = n < SHOWN_MAX;

	for (at = 0; at < n; at++) {
		if (entry_is(q, queue, at, q->next))
			nowhere = false;
		if (q->added == 0 || !stand_at(q, queue, at))
			continue;
		if (entry_is(q, queue, at + q->added, q->next))
			return IN;
		room = room || at + q->added < n;
	}
	return nowhere && room ? NOT_IN : UNCERTAIN;
}

/* --- the end --------------------------------------------------------------------------- */

static err_t
tell_urls(struct call *c, const char *name, const size_t *which, size_t from, size_t n)
{
	const struct add_to_queue *q = c->state;
	struct json_object *list = field_add_arr(call_data(c), name);
	char link[ITEM_LINK_MAX];
	size_t i;
	err_t err = list == NULL ? ERR_NOMEM : 0;

	for (i = 0; i < n && err == 0; i++) {
		item_link(&q->uris.refs[which != NULL ? which[i] : from + i], link);
		err = json_append(list, json_object_new_string(link));
		if (i < TOLD_MAX)
			call_line(c, "- %s", link);
	}
	return err;
}

static void
tell(struct call *c, bool verified)
{
	struct add_to_queue *q = c->state;
	size_t left = q->uris.n - q->next - (q->unknown ? 1 : 0);
	err_t err = json_add_int(call_data(c), "added", (int64_t)q->added);

	call_line(c, "Added to the queue: %zu of %zu%s.", q->added, q->uris.n, q->added == 0 ? "" :
	    verified ? "; they are seen there in this order" :
	    "; the queue does not show all of them, Spotify tells only its first entries");
	if (err == 0 && q->refused > 0) {
		call_line(c, "Spotify refused these (no such item, or not to be had here):");
		err = tell_urls(c, "refused_urls", q->bad, 0, q->refused);
	}
	if (err == 0 && q->unknown) {
		call_line(c, "Not known whether this one was added; look with get_queue before adding it "
		    "again:");
		err = tell_urls(c, "unknown_urls", NULL, q->next, 1);
	}
	if (err == 0 && left > 0) {
		call_line(c, "Not added:");
		err = tell_urls(c, "not_added_urls", NULL, q->uris.n - left, left);
	}
	if (q->trouble != NULL)
		call_line(c, "It ended early: %s", q->trouble);
	if (err == 0)
		err = player_note(c, verified);
	call_end(c, err);
}

static void
on_last_look(struct call *c, const struct sp_answer *a)
{
	struct json_object *queue = json_get_arr(a->json, "queue");
	bool seen = false;
	size_t at;

	for (at = 0; at < field_len(queue) && a->error.problem == SP_OK; at++)
		seen = seen || stand_at(c->state, queue, at);
	tell(c, seen);
}

static void
last_look(struct call *c)
{
	errand_ask(c, SP_OP_QUEUE, NULL, NULL, NULL, on_last_look);
}

static void
tell_unseen(struct call *c)
{
	tell(c, false);
}

/* The call has to stop between two items, or before the last look. */
static void
on_stopped(struct call *c, const struct sp_answer *a)
{
	struct add_to_queue *q = c->state;

	(void)a;
	if (q->trouble == NULL && q->next < q->uris.n)
		q->trouble = "the time is used up.";
	tell(c, false);
}

static void
finish(struct call *c)
{
	struct add_to_queue *q = c->state;

	if (q->added > 0 && errand_may(c, 1))
		player_rest(c, PLAYER_SETTLE_MS, last_look, on_stopped);
	else
		tell_unseen(c);
}

/* --- one item ---------------------------------------------------------------------------- */

static void
go_on(struct call *c)
{
	struct add_to_queue *q = c->state;

	q->next++;
	q->again = false;
	if (q->next == q->uris.n)
		finish(c);
	else if (errand_may(c, 2))
		player_rest(c, BETWEEN_MS, send_item, on_stopped);
	else {
		q->trouble = "the time is used up.";
		tell_unseen(c);
	}
}

static void
it_is_in(struct call *c)
{
	struct add_to_queue *q = c->state;

	q->in[q->added++] = q->next;
	go_on(c);
}

static void
end_early(struct call *c, const struct sp_error *e, bool unknown)
{
	struct add_to_queue *q = c->state;

	q->unknown = unknown;
	q->trouble = player_sentence(c, e);
	finish(c);
}

/* Did Spotify itself say that it failed?  Otherwise the command may still be on
 * its way, and is not sent again even if it is not seen. */
static bool
said_so(const struct sp_error *e)
{
	return e->status >= 500 && e->status <= 503;
}

static void
on_doubt_look(struct call *c, const struct sp_answer *a)
{
	struct add_to_queue *q = c->state;
	enum whereabouts where = a->error.problem != SP_OK ? UNCERTAIN :
	    find_it(q, json_get_arr(a->json, "queue"));

	if (where == IN)
		it_is_in(c);
	else if (where == NOT_IN && said_so(&q->doubt) && !q->again && errand_may(c, 2)) {
		q->again = true;
		send_item(c);
	} else
		end_early(c, &q->doubt, true);
}

static void
look_for_it(struct call *c)
{
	errand_ask(c, SP_OP_QUEUE, NULL, NULL, NULL, on_doubt_look);
}

static void
on_doubt_stopped(struct call *c, const struct sp_answer *a)
{
	((struct add_to_queue *)c->state)->unknown = true;
	on_stopped(c, a);
}

static void
on_sent(struct call *c, const struct sp_answer *a)
{
	struct add_to_queue *q = c->state;
	enum sp_problem problem = a->error.problem;

	if (problem == SP_OK)
		it_is_in(c);
	else if (problem == SP_OUTCOME_UNKNOWN && q->looks < LOOKS_MAX && errand_may(c, 1)) {
		q->looks++;
		q->doubt = a->error;
		player_rest(c, UNSURE_MS, look_for_it, on_doubt_stopped);
	} else if (problem == SP_BAD_REQUEST || problem == SP_NOT_FOUND) {
		q->bad[q->refused++] = q->next;
		go_on(c);
	} else if (q->added + q->refused == 0 && problem != SP_OUTCOME_UNKNOWN)
		player_fail(c, &a->error);
	else
		end_early(c, &a->error, problem == SP_OUTCOME_UNKNOWN);
}

static void
send_item(struct call *c)
{
	struct add_to_queue *q = c->state;
	char uri[ITEM_LINK_MAX];

	item_uri(&q->uris.refs[q->next], uri);
	player_send_word(c, SP_OP_QUEUE_ADD, "uri", uri, on_sent);
}

static void
run(struct call *c)
{
	struct add_to_queue *q = errand_begin(c, sizeof(*q));
	void *in = NULL, *bad = NULL;

	if (q == NULL || !uris_read(c, "uris", &q->uris))
		return;
	if (arena_alloc(&c->arena, q->uris.n * sizeof(*q->in), &in) != 0 ||
	    arena_alloc(&c->arena, q->uris.n * sizeof(*q->bad), &bad) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	q->in = in;
	q->bad = bad;
	q->player.wake = PLAYER_WAKE_ONLY;
	player_choose(c, send_item);
}

const struct tool tool_add_to_queue = {
	.name = "add_to_queue",
	.title = "Add to the queue",
	.about = "Adds tracks and episodes to the queue, in order, to play next. What is in the queue "
	    "cannot be taken out again. Needs Spotify Premium and something that plays.",
	.args = (const struct arg[]){
		{.name = "uris", .type = ARG_STRS, .required = true, .min_items = 1,
		    .max_items = QUEUE_MAX, .max_bytes = 300,
		    .about = "Links or URIs"},
		PLAYER_ARG_DEVICE,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "added", .type = OUT_INT, .always = true},
		{.name = "refused_urls", .type = OUT_STRS},
		{.name = "unknown_urls", .type = OUT_STRS, .about = "Perhaps added"},
		{.name = "not_added_urls", .type = OUT_STRS},
		PLAYER_OUT_VERIFIED,
		{.name = "woken_device", .type = OUT_STR},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = PLAYER_SCOPES " user-read-currently-playing",
	.max_requests = QUEUE_MAX + 2 * LOOKS_MAX + PLAYER_REQUESTS + 1,
	.run = run,
};
