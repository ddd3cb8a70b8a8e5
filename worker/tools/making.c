/* Making a playlist; see making.h. */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/making.h"
#include "worker/tools/playlist_find.h"
#include "worker/worker.h"

static struct making *
making_of(struct call *c)
{
	return ((struct errand *)c->state)->sub;
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
		m->next(c);
	else
		errand_fail(c, &m->refusal);
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
		errand_fail(c, &a->error);
	else if (item_parse(uri, ITEM_NONE, &m->ref) != 0) {
		m->refusal = (struct sp_error){.problem = SP_OUTCOME_UNKNOWN, .op = SP_OP_PLAYLIST_CREATE};
		errand_fail(c, &m->refusal);
	} else
		m->next(c);
}

void
making_start(struct call *c, struct making *m, const struct buf *body, errand_step next)
{
	struct errand *e = c->state;

	e->sub = m;
	e->on_stop = NULL;
	m->next = next;
	errand_ask(c, SP_OP_PLAYLIST_CREATE, NULL, NULL, body, on_made);
}
