/* Carrying out a plan of changes to a playlist; see edit.h.  The plan itself is
 * made in plan.c. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/edit.h"
#include "worker/tools/items.h"
#include "worker/tools/journal.h"
#include "worker/tools/plan.h"
#include "worker/tools/turn.h"

#define SETTLE_MS 700        /* until a change can be read */
#define AGAIN_MS 1500
#define MISSING_TOLD 100

static void next_part(struct call *c);
static void on_sent(struct call *c, const struct sp_answer *a);
static void verify_page(struct call *c);

static struct edit *
edit_of(const struct call *c)
{
	return c->state;
}

const char *
edit_uri(const struct edit *e, uint32_t id)
{
	return e->uris[id];
}

/* --- opening ----------------------------------------------------------------------------- */

static void
on_read(struct call *c)
{
	struct edit *e = edit_of(c);

	if (!entries_need_all(c, &e->list))
		return;
	if (plan_begin(c, e))
		e->next(c);
}

static void
read_list(struct call *c)
{
	entries_read(c, &edit_of(c)->list, on_read);
}

static void
on_found(struct call *c)
{
	struct edit *e = edit_of(c);

	e->list.id = e->find.found.ref.id;
	if (e->list.most == 0)
		e->list.most = EDIT_ENTRIES;
	turn_take(c, e->list.id, read_list);
}

void
edit_open(struct call *c, const char *text, errand_step next)
{
	struct edit *e = edit_of(c);

	e->next = next;
	playlist_find(c, &e->find, text, on_found);
}

/* Questions that reading n entries again takes. */
static size_t
pages(size_t n)
{
	return n / ENTRIES_PAGE + 1;
}

size_t
edit_room(const struct call *c)
{
	const struct edit *e = edit_of(c);
	size_t used = c->requests + e->n + EDIT_SPARE +
	    pages(e->n_plan > e->list.n ? e->n_plan : e->list.n);

	return used < c->tool->max_requests ? c->tool->max_requests - used : 0;
}

/* --- looking ------------------------------------------------------------------------------- */

static void
ask_uris(struct call *c, size_t offset, errand_answer next)
{
	struct edit *e = edit_of(c);
	struct buf query;
	err_t err;

	buf_init(&query, 512);
	err = playlist_page_query(&query, (uint32_t)offset, ENTRIES_PAGE);
	if (err == 0)
		err = sp_query_put(&query, "fields", span_str("total,items(item(uri),track(uri))"));
	if (err == 0)
		err = sp_query_put(&query, "additional_types", span_str("track,episode"));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_PLAYLIST_ITEMS, e->list.id, &query, NULL, next);
	buf_free(&query);
}

/* Does the page, of entries from offset on, show these contents? */
static bool
shows(const struct edit *e, struct json_object *page, size_t offset, const uint32_t *ids, size_t n)
{
	struct json_object *items = json_get_arr(page, "items");
	size_t i, shown = field_len(items);

	if (field_int(page, "total", -1) != (int64_t)n)
		return false;
	for (i = 0; i < shown && offset + i < n; i++) {
		struct json_object *item = item_of_entry(json_object_array_get_idx(items, i));

		if (!span_is(field_str(item, "uri"), e->uris[ids[offset + i]]))
			return false;
	}
	return offset + i == n || i == ENTRIES_PAGE;
}

/* The first entry in which two contents differ; the shorter one's end if none does. */
static size_t
first_difference(const struct edit *e, const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	size_t i;

	for (i = 0; i < na && i < nb && strcmp(e->uris[a[i]], e->uris[b[i]]) == 0; i++)
		;
	return i;
}

/* --- one part after the other ------------------------------------------------------------------ */

static void
finish(struct call *c)
{
	struct edit *e = edit_of(c);

	if (e->unknown)
		journal_outcome(c, STEP_UNKNOWN);
	journal_rest(c);
	e->errand.must = false;
	e->next(c);
}

/* Somebody stopped the call, where that does no harm. */
static void
stopped(struct call *c)
{
	struct edit *e = edit_of(c);

	if (e->trouble == NULL)
		e->trouble = e->done < e->n ? "The call was stopped, or its time was over." :
		    "There was no time to read the playlist again.";
	finish(c);
}

/* --- the record ------------------------------------------------------------------------------ */

/* What is about to be done, once for the whole edit. */
static void
begin_record(struct call *c)
{
	struct edit *e = edit_of(c);
	char uri[ITEM_LINK_MAX];

	item_uri(&e->find.found.ref, uri);
	journal_begin(c, &(struct change_about){.kind = CHANGE_ITEMS, .thing = uri,
	    .name = e->list.name, .planned = e->n, .position = -1, .total = (int64_t)e->list.n});
	if (!journal_on(c))
		return;
	change_uris(c->change, e->uris, e->n_uris);
	change_contents(c->change, e->list.n, e->plan, e->n_plan);
	if (e->left > 0)
		journal_cut(c);
}

static struct change_step
step_of(const struct edit_part *p)
{
	static const enum change_step_kind kinds[] = {
		[EDIT_REMOVE] = STEP_REMOVE, [EDIT_INSERT] = STEP_INSERT,
		[EDIT_MOVE] = STEP_MOVE, [EDIT_REPLACE] = STEP_REPLACE};

	return (struct change_step){.kind = kinds[p->kind], .at = p->at, .to = p->to, .n = p->n,
	    .ids = p->ids, .n_ids = p->kind == EDIT_MOVE ? 0 : p->n};
}

/* There is no record of it, so it was not sent. */
static void
unrecorded(struct call *c)
{
	struct edit *e = edit_of(c);

	e->errand.must = false;
	if (e->why_not == NULL)
		stopped(c);
	else {
		e->trouble = e->why_not;
		finish(c);
	}
}

/* Parts from here on that belong together. */
static unsigned
together(const struct edit *e)
{
	size_t i = e->done;

	while (i + 1 < e->n && e->parts[i].bound)
		i++;
	return (unsigned)(i - e->done + 1);
}

static void
send_part(struct call *c)
{
	static const enum sp_op ops[] = {
		[EDIT_REMOVE] = SP_OP_PLAYLIST_REMOVE, [EDIT_INSERT] = SP_OP_PLAYLIST_ADD,
		[EDIT_MOVE] = SP_OP_PLAYLIST_REORDER, [EDIT_REPLACE] = SP_OP_PLAYLIST_REPLACE};
	struct edit *e = edit_of(c);
	const struct edit_part *p = &e->parts[e->done];
	struct buf body;

	if (c->requests >= c->tool->max_requests) {
		e->trouble = "The number of requests of one call was used up.";
		finish(c);
		return;
	}
	buf_init(&body, 65536);
	if (plan_body(e, p, &body) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, ops[p->kind], e->list.id, NULL, &body, on_sent);
	buf_free(&body);
}

/* The one place before each part: what is about to be done is known here (e->now
 * before it, e->then after it) and nothing was sent.  Parts that belong together are
 * recorded together: the later ones must not wait for anything. */
static void
before_part(struct call *c)
{
	struct edit *e = edit_of(c);
	struct change_step *steps;
	void *room = NULL;
	size_t i, n = together(e);

	if (e->done > 0 && e->parts[e->done - 1].bound) {
		send_part(c);
		return;
	}
	if (arena_alloc(&c->arena, n * sizeof(*steps), &room) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	steps = room;
	for (i = 0; i < n; i++)
		steps[i] = step_of(&e->parts[e->done + i]);
	journal_intent(c, steps, n, send_part, unrecorded, &e->why_not);
}

/* The one place after each part: it was carried out, or it was not, for certain. */
static void
after_part(struct call *c, bool carried_out)
{
	struct edit *e = edit_of(c);
	uint32_t *was = e->now;

	e->unknown = false;
	journal_outcome(c, carried_out ? STEP_DONE : STEP_NOT_DONE);
	if (!carried_out) {
		finish(c);
		return;
	}
	e->now = e->then;
	e->n_now = e->n_then;
	e->then = was;
	e->done++;
	e->again = false;
	e->trouble = NULL;
	call_progress(c, (double)e->done, (double)e->n, NULL);
	next_part(c);
}

/* The playlist was looked at: did the part arrive? */
static void
on_look(struct call *c, const struct sp_answer *a)
{
	struct edit *e = edit_of(c);
	size_t at = e->look;

	if (a->error.problem != SP_OK)
		finish(c);   /* not known */
	else if (shows(e, a->json, at, e->then, e->n_then))
		after_part(c, true);
	else if (!shows(e, a->json, at, e->now, e->n_now))
		finish(c);   /* neither: somebody else is at it */
	else if (e->again)
		after_part(c, false);
	else {
		e->again = true;
		e->unknown = false;
		send_part(c);
	}
}

static void
look(struct call *c)
{
	struct edit *e = edit_of(c);
	size_t at = first_difference(e, e->now, e->n_now, e->then, e->n_then);

	if (c->requests >= c->tool->max_requests) {
		finish(c);
		return;
	}
	e->look = at - at % ENTRIES_PAGE;
	ask_uris(c, e->look, on_look);
}

static void
on_sent(struct call *c, const struct sp_answer *a)
{
	struct edit *e = edit_of(c);

	if (a->error.problem == SP_OK) {
		after_part(c, true);
		return;
	}
	e->trouble = errand_sentence(c, &a->error);
	if (a->error.problem == SP_OUTCOME_UNKNOWN) {
		e->unknown = true;   /* until it was looked at */
		errand_pause(c, SETTLE_MS, look);
	} else if (e->errand.must && !e->again && a->error.problem == SP_DOWN) {
		e->again = true;     /* entries are missing: once more */
		errand_pause(c, AGAIN_MS, send_part);
	} else
		after_part(c, false);
}

static void
next_part(struct call *c)
{
	struct edit *e = edit_of(c);
	bool inside = e->done > 0 && e->parts[e->done - 1].bound;

	e->errand.must = inside;
	if (e->done == e->n) {
		e->look = first_difference(e, e->plan, e->n_plan, plan_before(e), e->list.n);
		e->look -= e->look % ENTRIES_PAGE;
		if (errand_may(c, 1))
			errand_pause(c, SETTLE_MS, verify_page);
		else
			stopped(c);
		return;
	}
	if (!inside && !errand_may(c, together(e) + 1)) {
		stopped(c);
		return;
	}
	e->errand.must = inside || e->parts[e->done].bound;
	plan_apply(e, &e->parts[e->done]);
	before_part(c);
}

/* --- verifying ----------------------------------------------------------------------------------- */

static void
on_verify(struct call *c, const struct sp_answer *a)
{
	struct edit *e = edit_of(c);

	if (a->error.problem != SP_OK) {
		e->trouble = errand_sentence(c, &a->error);
		finish(c);
	} else if (!shows(e, a->json, e->look, e->now, e->n_now)) {
		e->differs = e->second_look || !errand_may(c, 1);
		e->second_look = true;
		if (e->differs)
			finish(c);
		else
			errand_pause(c, AGAIN_MS, verify_page);
	} else if (e->look + ENTRIES_PAGE < e->look_end) {
		e->look += ENTRIES_PAGE;
		if (errand_may(c, 1))
			verify_page(c);
		else
			stopped(c);
	} else {
		e->verified = true;
		finish(c);
	}
}

static void
verify_page(struct call *c)
{
	ask_uris(c, edit_of(c)->look, on_verify);
}

void
edit_run(struct call *c, errand_step next)
{
	struct edit *e = edit_of(c);

	e->errand.on_stop = stopped;
	e->next = next;
	e->look_end = e->n_plan;
	if (e->n == 0) {
		e->verified = true;   /* it was just read */
		next(c);
	} else {
		begin_record(c);
		next_part(c);
	}
}

/* --- telling -------------------------------------------------------------------------------------- */

/* Links of what was taken out by parts done and not put back by those that were not. */
static err_t
tell_missing(struct call *c)
{
	struct edit *e = edit_of(c);
	struct json_object *list;
	size_t i, k, n = 0;
	err_t err = 0;

	if (e->done == 0 || e->done >= e->n || !e->parts[e->done - 1].bound)
		return 0;
	list = field_add_arr(call_data(c), "missing_urls");
	for (i = e->done; i < e->n && (i == e->done || e->parts[i - 1].bound); i++)
		for (k = 0; k < e->parts[i].n && e->parts[i].kind == EDIT_INSERT && err == 0; k++) {
			const char *uri = e->uris[e->parts[i].ids[k]];
			struct item_ref ref;
			char link[ITEM_LINK_MAX];

			if (n++ >= MISSING_TOLD || item_parse(uri, ITEM_NONE, &ref) != 0)
				continue;
			item_link(&ref, link);
			err = json_append(list, json_new_str(span_str(link)));
		}
	if (n > 0)
		call_line(c, "%zu entries were taken out and%s put back: add those in missing_urls again.", n,
		    e->unknown ? " perhaps not" : " not");
	return err;
}

static err_t
tell_trouble(struct call *c)
{
	struct edit *e = edit_of(c);
	err_t err = tell_missing(c);

	if (e->unknown)
		call_line(c, "Whether the next request was carried out is not known; look at the playlist "
		    "before anything is repeated.");
	if (e->differs && err == 0) {
		call_line(c, "Read again, the playlist is not as planned: somebody else may be changing it. "
		    "Look at it.");
		err = json_add_text(call_data(c), "problem", "The playlist is not as planned.");
	} else if (e->trouble != NULL && err == 0) {
		call_line(c, "%s", e->trouble);
		err = json_add_text(call_data(c), "problem", e->trouble);
	}
	if (e->left > 0 && err == 0) {
		call_line(c, "More requests are needed than one call may make. %s", e->go_on != NULL ? e->go_on :
		    "Repeat the call to go on.");
		err = json_add_bool(call_data(c), "more_needed", true);
	}
	return err;
}

void
edit_tell(struct call *c, bool dry_run)
{
	struct edit *e = edit_of(c);
	struct json_object *data = call_data(c);
	size_t total = dry_run ? e->list.n : e->n_now;
	char link[ITEM_LINK_MAX];
	err_t err;

	if (!dry_run && e->n > 0 && e->done == 0 && !e->unknown && e->trouble != NULL) {
		call_fail(c, "Nothing was changed. %s", e->trouble);
		return;
	}
	item_link(&e->find.found.ref, link);
	call_line(c, "Playlist \"%s\" %s: %zu entries before, %zu %s.", e->list.name, link, e->list.n,
	    dry_run ? e->n_plan : total, dry_run ? "planned; nothing was changed" : "now");
	call_line(c, "%zu of %zu requests carried out%s.", e->done, e->n,
	    e->verified && !dry_run ? ", and verified" : "");
	err = json_add_text(data, "url", link);
	if (err == 0)
		err = json_add_text(data, "name", e->list.name);
	if (err == 0)
		err = json_add_int(data, "before", (int64_t)e->list.n);
	if (err == 0)
		err = json_add_int(data, "total", (int64_t)total);
	if (err == 0)
		err = json_add_int(data, "steps", (int64_t)e->n);
	if (err == 0)
		err = json_add_int(data, "done", (int64_t)e->done);
	if (err == 0)
		err = json_add_bool(data, "verified", e->verified && !dry_run);
	if (err == 0)
		err = json_add_bool(data, "dry_run", dry_run);
	if (err == 0)
		err = tell_trouble(c);
	call_end(c, err);
}
