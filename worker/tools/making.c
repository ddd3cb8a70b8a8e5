/* Making a playlist; see making.h. */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/journal.h"
#include "worker/tools/making.h"
#include "worker/tools/playlist_find.h"
#include "worker/worker.h"

static struct making *
making_of(struct call *c)
{
	return ((struct errand *)c->state)->sub;
}

/* It is there, and was recorded as such. */
static void
made(struct call *c)
{
	struct making *m = making_of(c);
	char uri[ITEM_LINK_MAX];

	if (journal_on(c)) {
		item_uri(&m->ref, uri);
		change_thing(c->change, uri);
	}
	journal_outcome(c, STEP_DONE);
	/* Stored at once: a worker that dies now leaves a playlist that can be undone. */
	journal_intent(c, NULL, 0, m->next, m->next, NULL);
}

static void
refuse(struct call *c, const struct sp_error *error)
{
	journal_outcome(c, error->problem == SP_OUTCOME_UNKNOWN ? STEP_UNKNOWN : STEP_NOT_DONE);
	errand_fail(c, error);
}

static void
on_doubt(struct call *c, const struct sp_answer *a)
{
	struct making *m = making_of(c);
	struct json_object *p;

	p = json_object_array_get_idx(json_get_arr(a->json, "items"), 0);
	if (a->error.problem == SP_OK && span_is(field_str(p, "name"), m->name) &&
	    span_is(field_str(json_get_obj(p, "owner"), "id"), c->worker->who.spotify_id) &&
	    playlist_total(p) == 0 &&
	    item_parse(item_text(c, p, "uri", ITEM_LINK_MAX), ITEM_NONE, &m->ref) == 0)
		made(c);
	else
		refuse(c, &m->refusal);
}

static void
look_for_it(struct call *c)
{
	struct buf query;

	buf_init(&query, 256);
	if (playlist_page_query(&query, 0, 1) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_MY_PLAYLISTS, NULL, &query, NULL, on_doubt);
	buf_free(&query);
}

static void
on_made(struct call *c, const struct sp_answer *a)
{
	struct making *m = making_of(c);
	const char *uri = item_text(c, a->json, "uri", ITEM_LINK_MAX);

	if (a->error.problem == SP_OUTCOME_UNKNOWN) {
		m->refusal = a->error;
		errand_pause(c, 800, look_for_it);
	} else if (a->error.problem != SP_OK)
		refuse(c, &a->error);
	else if (item_parse(uri, ITEM_NONE, &m->ref) != 0) {
		m->refusal = (struct sp_error){.problem = SP_OUTCOME_UNKNOWN, .op = SP_OP_PLAYLIST_CREATE};
		refuse(c, &m->refusal);
	} else
		made(c);
}

static void
send_it(struct call *c)
{
	struct making *m = making_of(c);

	errand_ask(c, SP_OP_PLAYLIST_CREATE, NULL, NULL, &m->body, on_made);
}

/* There is no record of it, so it was not sent. */
static void
unrecorded(struct call *c)
{
	struct making *m = making_of(c);

	if (m->why_not == NULL)
		errand_end(c);
	else
		call_fail(c, "No playlist was made. %s", m->why_not);
}

void
making_start(struct call *c, struct making *m, const struct buf *body, errand_step next)
{
	struct errand *e = c->state;
	char *copy = NULL;

	e->sub = m;
	e->on_stop = NULL;
	m->next = next;
	/* The caller frees its own before the request leaves. */
	if (arena_strdup(&c->arena, buf_span(body), &copy) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	m->body = (struct buf){.data = (uint8_t *)copy, .len = body->len, .cap = body->len + 1,
	    .max = body->len};
	journal_begin(c, &(struct change_about){.kind = CHANGE_MADE, .name = m->name, .position = -1,
	    .details_before = {.is_public = -1, .collaborative = -1},
	    .details_after = {.name = m->name, .is_public = -1, .collaborative = -1}});
	journal_intent(c, &(struct change_step){.kind = STEP_MAKE}, 1, send_it, unrecorded, &m->why_not);
}
