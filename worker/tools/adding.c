/* Adding in parts; see adding.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/adding.h"
#include "worker/tools/edit.h"
#include "worker/tools/journal.h"
#include "worker/tools/playlist_find.h"

#define LINKS_TOLD 100

static void next_part(struct call *c);

static struct adding *
adding_of(struct call *c)
{
	return ((struct errand *)c->state)->sub;
}

/* It goes no further: whatever was not carried out is recorded as such. */
static void
ended(struct call *c)
{
	struct adding *a = adding_of(c);

	if (a->unknown)
		journal_outcome(c, STEP_UNKNOWN);
	journal_rest(c);
	if (a->done < a->list->n)
		journal_cut(c);
	a->next(c);
}

static void
part_is_in(struct call *c)
{
	struct adding *a = adding_of(c);

	journal_outcome(c, STEP_DONE);
	a->done += a->part;
	a->total += (int64_t)a->part;
	a->again = false;
	a->unknown = false;
	call_progress(c, (double)a->done, (double)a->list->n, NULL);
	next_part(c);
}

/* The playlist was looked at: did the part arrive? */
static void
on_look(struct call *c, const struct sp_answer *answer)
{
	struct adding *a = adding_of(c);
	int64_t now = field_int(answer->json, "total", -1);

	if (answer->error.problem == SP_OK && now == a->total + (int64_t)a->part)
		part_is_in(c);
	else if (answer->error.problem == SP_OK && now == a->total && !a->again) {
		a->again = true;
		a->unknown = false;
		next_part(c);
	} else {
		a->unknown = answer->error.problem != SP_OK || now != a->total;
		ended(c);
	}
}

static void
look(struct call *c)
{
	struct adding *a = adding_of(c);
	struct buf query;

	buf_init(&query, 256);
	/* Spotify may still be at it; entries are right after about 0.6 s. */
	if (playlist_page_query(&query, 0, 1) != 0 ||
	    sp_query_put(&query, "fields", span_str("total")) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_PLAYLIST_ITEMS, a->id, &query, NULL, on_look);
	buf_free(&query);
}

static void
on_added(struct call *c, const struct sp_answer *answer)
{
	struct adding *a = adding_of(c);

	if (answer->error.problem == SP_OK) {
		part_is_in(c);
		return;
	}
	a->trouble = errand_sentence(c, &answer->error);
	if (answer->error.problem != SP_OUTCOME_UNKNOWN)
		ended(c);
	else {
		a->unknown = true;   /* until it was looked at */
		if (a->total >= 0 && errand_may(c, 1))
			errand_pause(c, 800, look);
		else
			ended(c);
	}
}

static err_t
put_body(const struct adding *a, struct buf *body)
{
	err_t err = buf_put_byte(body, '{');

	if (err == 0)
		err = uris_put(a->list, a->done, a->part, body);
	if (err == 0 && a->position >= 0)
		err = buf_printf(body, ",\"position\":%lld",
		    (long long)a->position + (long long)a->done);
	return err != 0 ? err : buf_put_byte(body, '}');
}

static void
send_part(struct call *c)
{
	struct adding *a = adding_of(c);
	struct buf body;

	buf_init(&body, 16384);
	if (put_body(a, &body) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_PLAYLIST_ADD, a->id, NULL, &body, on_added);
	buf_free(&body);
}

/* There is no record of it, so it was not sent. */
static void
unrecorded(struct call *c)
{
	struct adding *a = adding_of(c);

	if (a->why_not != NULL)
		a->trouble = a->why_not;
	ended(c);
}

static void
record_part(struct call *c)
{
	struct adding *a = adding_of(c);
	int64_t at = a->position >= 0 ? a->position + (int64_t)a->done : a->total;
	struct change_step step = {.kind = STEP_INSERT, .n = (uint32_t)a->part, .n_ids = a->part,
	    .at = at < 0 ? UINT32_MAX : (uint32_t)at};

	if (journal_on(c)) {
		step.ids = journal_numbers(c, a->done, a->part);
		if (step.ids == NULL) {
			call_broken(c, ERR_NOMEM);
			return;
		}
	}
	journal_intent(c, &step, 1, send_part, unrecorded, &a->why_not);
}

static void
next_part(struct call *c)
{
	struct adding *a = adding_of(c);
	size_t left = a->list->n - a->done;

	if (left == 0) {
		a->trouble = NULL;
		ended(c);
		return;
	}
	if (!errand_may(c, 1)) {
		if (a->trouble == NULL)
			a->trouble = "The time of one call was over; add the rest with another.";
		ended(c);
		return;
	}
	a->part = left < ADDING_PART ? left : ADDING_PART;
	if (a->again)
		send_part(c);    /* recorded before */
	else
		record_part(c);
}

/* All that is to be added; in a playlist that this call has made it is what the
 * playlist is to hold. */
static err_t
begin_record(struct call *c, const struct adding *a)
{
	bool made = journal_on(c);
	char uri[ITEM_LINK_MAX];
	uint32_t *ids;
	err_t err;

	(void)snprintf(uri, sizeof(uri), "spotify:playlist:%s", a->id);
	journal_begin(c, &(struct change_about){.kind = CHANGE_ADDED, .thing = uri,
	    .name = a->name, .planned = (a->list->n + ADDING_PART - 1) / ADDING_PART,
	    .position = a->position, .total = a->total});
	err = journal_refs(c, a->list->refs, a->list->n);
	if (err != 0 || !made || !journal_on(c))
		return err;
	ids = journal_numbers(c, 0, a->list->n);
	if (ids == NULL)
		return ERR_NOMEM;
	change_contents(c->change, 0, ids, a->list->n);
	return 0;
}

void
adding_start(struct call *c, struct adding *a, errand_step next)
{
	((struct errand *)c->state)->sub = a;
	/* A stop between the parts ends the adding, not the telling. */
	((struct errand *)c->state)->on_stop = ended;
	a->next = next;
	if (begin_record(c, a) != 0)
		call_broken(c, ERR_NOMEM);
	else
		next_part(c);
}

void
adding_warn(struct call *c, const struct adding *a)
{
	const int64_t then = a->total + (int64_t)(a->list->n - a->done);

	if (a->total >= 0 && then > EDIT_UNDONE && !call_bool(c, "without_undo"))
		call_line(c, "undo_change cannot take this back while the playlist has more than %d entries.",
		    EDIT_UNDONE);
}

err_t
adding_tell(struct call *c, const struct adding *a)
{
	struct json_object *data = call_data(c), *rest;
	size_t i, from = a->done + (a->unknown ? a->part : 0);
	char link[ITEM_LINK_MAX];
	err_t err = json_add_int(data, "added", (int64_t)a->done);

	call_line(c, "%zu of %zu entries added.", a->done, a->list->n);
	if (err == 0 && a->unknown) {
		err = json_add_int(data, "outcome_unknown", (int64_t)a->part);
		call_line(c, "Whether the next %zu were added is not known; look at the playlist before "
		    "adding them again.", a->part);
	}
	if (err == 0 && from < a->list->n) {
		err = json_add_int(data, "not_added", (int64_t)(a->list->n - from));
		rest = field_add_arr(data, "not_added_urls");
		for (i = from; i < a->list->n && i < from + LINKS_TOLD && err == 0; i++) {
			item_link(&a->list->refs[i], link);
			err = json_append(rest, json_new_str(span_str(link)));
		}
		call_line(c, "Not added: %zu, beginning with number %zu of the list.",
		    a->list->n - from, from + 1);
	}
	if (a->done > 0)
		adding_warn(c, a);
	if (a->trouble != NULL && a->trouble[0] != '\0') {
		call_line(c, "%s", a->trouble);
		if (err == 0)
			err = json_add_text(data, "problem", a->trouble);
	}
	return err;
}
