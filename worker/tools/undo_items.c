/* Undoing and finishing what a change did to the entries of a playlist; see undo.h. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/tools/change_words.h"
#include "worker/tools/reach.h"
#include "worker/tools/undo.h"

#define NO_CONTENT 1         /* key of an entry without content */
#define NOT_OF_IT 2          /* of one that cannot be of the change */
#define SECOND INT64_C(1000000)
#define CLOCKS_S 120         /* a change takes a minute, and clocks differ a little */
#define CLOCKS_BAD_S 900     /* or a lot */

/* --- entries as numbers --------------------------------------------------------------------- */

static uint64_t
key_of(const char *uri)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (uri[0] == '\0')
		return NO_CONTENT;
	for (; *uri != '\0'; uri++)
		h = (h ^ (uint8_t)*uri) * UINT64_C(0x100000001b3);
	return h;
}

/* The key of an entry as it is now: that of the record where it is the same thing. */
static uint64_t
key_of_entry(const struct change_record *r, const struct entry *x)
{
	size_t i;

	if (entry_movable(x) || x->uri[0] == '\0')
		return key_of(x->uri);
	for (i = 0; i < r->n_uris; i++)
		if (!change_uri_movable(r->uris[i]) && r->uris[i][0] != '\0' &&
		    change_uri_is(r->uris[i], x->uri))
			return key_of(r->uris[i]);
	return key_of(x->uri);
}

/* A list of things of the record; false: the call is over. */
static bool
recorded(struct call *c, const uint32_t *numbers, size_t n, struct merge_list *out)
{
	const struct change_record *r = ((struct undo *)c->state)->r;
	uint64_t *keys = call_alloc(c, n * sizeof(*keys));
	bool *fixed = call_alloc(c, n * sizeof(*fixed));
	size_t i;

	if (keys == NULL || fixed == NULL)
		return false;
	for (i = 0; i < n; i++) {
		const char *uri = r->uris[numbers[i]];

		keys[i] = key_of(uri);
		fixed[i] = !change_uri_movable(uri);
	}
	*out = (struct merge_list){keys, fixed, n};
	return true;
}

/* Part of the playlist: n entries from number at on. */
struct stretch {
	size_t at, n;
};

/* Which entries can be those that a change put in, by when Spotify says that they were
 * added: identical ones are told apart by that.  What was put back since is newer. */
enum when {
	WHEN_THEN,               /* at the time of the change */
	WHEN_SINCE,              /* or later */
	WHEN_ABOUT,              /* or somewhat before it, if a clock is wrong */
	WHEN_EVER
};

struct dates {
	char from[32], to[32];
};

static void
dates_of(const struct change_record *r, enum when when, struct dates *out)
{
	const int64_t slack = (when == WHEN_ABOUT ? CLOCKS_BAD_S : CLOCKS_S) * SECOND;

	change_time(r->at - slack, out->from);
	change_time(r->at + slack, out->to);
}

/* Dates are texts of one form, "2026-11-23T03:20:11Z". */
static bool
can_be(const struct entry *x, enum when when, const struct dates *dates)
{
	if (when == WHEN_EVER || x->added[0] == '\0')
		return when != WHEN_THEN;
	return strcmp(x->added, dates->from) >= 0 &&
	    (when != WHEN_THEN || strcmp(x->added, dates->to) <= 0);
}

/* Its entries as they are. */
static bool
present(struct call *c, struct stretch part, enum when when, struct merge_list *out)
{
	const struct undo *t = c->state;
	struct dates dates;
	size_t i, n = part.n;
	uint64_t *keys = call_alloc(c, n * sizeof(*keys));
	bool *fixed = call_alloc(c, n * sizeof(*fixed));

	if (keys == NULL || fixed == NULL)
		return false;
	dates_of(t->r, when, &dates);
	for (i = 0; i < n; i++) {
		const struct entry *x = &t->edit.list.all[part.at + i];

		keys[i] = can_be(x, when, &dates) ? key_of_entry(t->r, x) : NOT_OF_IT;
		fixed[i] = !entry_movable(x);
	}
	*out = (struct merge_list){keys, fixed, n};
	return true;
}

/* --- what the change left behind ------------------------------------------------------------- */

struct numbers {
	uint32_t *ids;
	size_t n;
};

static bool
among(const struct change_record *r, uint32_t id, const struct change_step *s)
{
	size_t i;

	for (i = 0; i < s->n_ids; i++)
		if (s->ids[i] == id || strcmp(r->uris[s->ids[i]], r->uris[id]) == 0)
			return true;
	return false;
}

/* list after one step, which was carried out; scratch has room for both. */
static void
apply(const struct change_record *r, const struct change_step *s, struct numbers *list,
    struct numbers *scratch)
{
	struct numbers was = *list;
	size_t i, k = 0, at = s->at < was.n ? s->at : was.n;

	for (i = 0; i < was.n && s->kind == STEP_REMOVE; i++)
		if (!among(r, was.ids[i], s))
			scratch->ids[k++] = was.ids[i];
	if (s->kind == STEP_REPLACE || s->kind == STEP_INSERT) {
		at = s->kind == STEP_REPLACE ? 0 : at;
		memcpy(scratch->ids, was.ids, at * sizeof(*was.ids));
		memcpy(scratch->ids + at, s->ids, s->n_ids * sizeof(*was.ids));
		k = at + s->n_ids;
		if (s->kind == STEP_INSERT) {
			memcpy(scratch->ids + k, was.ids + at, (was.n - at) * sizeof(*was.ids));
			k += was.n - at;
		}
	}
	for (i = 0; i <= was.n && s->kind == STEP_MOVE; i++) {
		if (i == s->to && s->at + s->n <= was.n) {
			memcpy(scratch->ids + k, was.ids + s->at, s->n * sizeof(*was.ids));
			k += s->n;
		}
		if (i < was.n && (i < s->at || i >= s->at + s->n))
			scratch->ids[k++] = was.ids[i];
	}
	scratch->n = k;
	*list = *scratch;
	*scratch = was;
}

static bool
all_known(const struct change_record *r)
{
	size_t i;

	for (i = 0; i < r->n_steps; i++)
		if (r->steps[i].state != STEP_DONE && r->steps[i].state != STEP_NOT_DONE)
			return false;
	return !r->running;
}

/* What was in the playlist before, and what the steps that are known made of it. */
static bool
replay(struct call *c, struct numbers *before, struct numbers *after)
{
	const struct change_record *r = ((struct undo *)c->state)->r;
	size_t i, room = r->n_before;
	struct numbers scratch;

	for (i = 0; i < r->n_steps; i++)
		room += r->steps[i].n_ids;
	if ((before->ids = call_alloc(c, r->n_before * sizeof(uint32_t))) == NULL ||
	    (after->ids = call_alloc(c, room * sizeof(uint32_t))) == NULL ||
	    (scratch.ids = call_alloc(c, room * sizeof(uint32_t))) == NULL)
		return false;
	for (i = 0; i < r->n_before; i++)
		before->ids[i] = after->ids[i] = (uint32_t)i;
	before->n = after->n = r->n_before;
	for (i = 0; i < r->n_steps; i++)
		if (r->steps[i].state == STEP_DONE)
			apply(r, &r->steps[i], after, &scratch);
	return true;
}

/* What was added, as far as it may be there; all that was to be, for finishing and
 * where that was done. */
static bool
additions(struct call *c, struct numbers *out)
{
	const struct undo *t = c->state;
	const struct change_record *r = t->r;
	bool all = t->finish || r->state == CHANGE_WHOLE;
	size_t i, n = r->n_uris;

	for (i = 0; i < r->n_steps; i++)
		n += r->steps[i].n_ids;
	if ((out->ids = call_alloc(c, n * sizeof(uint32_t))) == NULL)
		return false;
	out->n = 0;
	if (t->finish && r->kind == CHANGE_MADE) {
		memcpy(out->ids, r->after, r->n_after * sizeof(uint32_t));
		out->n = r->n_after;
	}
	for (i = 0; i < r->n_uris && all && r->kind == CHANGE_ADDED; i++)
		out->ids[out->n++] = (uint32_t)i;
	for (i = 0; i < r->n_steps && !all; i++)
		if (r->steps[i].kind == STEP_INSERT && r->steps[i].state != STEP_NOT_DONE) {
			memcpy(out->ids + out->n, r->steps[i].ids, r->steps[i].n_ids * sizeof(uint32_t));
			out->n += r->steps[i].n_ids;
		}
	return true;
}

/* --- what it is to be --------------------------------------------------------------------------- */

/* The merge's outcome on a part of the playlist, as a goal for reach.h, and the way
 * there. */
static bool
plan(struct call *c, const struct numbers *wanted, struct stretch part)
{
	struct undo *t = c->state;
	const struct merge *m = &t->merge;
	size_t i, had = t->edit.list.n, n = had - part.n + m->n_out;
	uint32_t *goal = call_alloc(c, n * sizeof(*goal));
	const char **fresh = call_alloc(c, wanted->n * sizeof(*fresh));

	if (goal == NULL || fresh == NULL)
		return false;
	for (i = 0; i < wanted->n; i++)
		fresh[i] = t->r->uris[wanted->ids[i]];
	for (i = 0; i < part.at; i++)
		goal[i] = (uint32_t)i;
	for (i = 0; i < m->n_out; i++) {
		bool is_new = m->out[i] >= m->now.n;

		t->put_in += is_new;
		goal[part.at + i] = (uint32_t)(is_new ? m->out[i] - m->now.n + had :
		    m->out[i] + part.at);
	}
	for (i = part.at + part.n; i < had; i++)
		goal[n - (had - i)] = (uint32_t)i;
	return edit_reach(c, goal, n, fresh, &t->anew);
}

static bool
merged(struct call *c, struct stretch part, enum when when)
{
	struct undo *t = c->state;
	err_t err;

	if (!present(c, part, when, &t->merge.now))
		return false;
	err = merge_back(&c->arena, &t->merge);
	if (err == ERR_LIMIT)
		call_fail(c, "This change is too long to be undone in one call. Nothing was changed.");
	else if (err != 0)
		call_broken(c, err);
	return err == 0;
}

/* A change of a playlist that was read as a whole. */
static bool
plan_whole(struct call *c)
{
	struct undo *t = c->state;
	const struct change_record *r = t->r;
	struct numbers before, after, meant = {.ids = NULL, .n = r->n_after};
	const struct stretch all = {0, t->edit.list.n};

	if (!replay(c, &before, &after) ||
	    (meant.ids = call_alloc(c, meant.n * sizeof(uint32_t))) == NULL)
		return false;
	memcpy(meant.ids, r->after, meant.n * sizeof(uint32_t));
	t->merge.in_part = t->finish || !all_known(r);
	if (t->merge.in_part)
		after = meant;
	if (t->finish) {
		after = before;
		before = meant;
	}
	return recorded(c, before.ids, before.n, &t->merge.before) &&
	    recorded(c, after.ids, after.n, &t->merge.after) && merged(c, all, WHEN_EVER) &&
	    plan(c, &before, all);
}

/* Are all of them there one after the other, from number at on? */
static bool
stand_at(const struct merge_list *now, const struct merge_list *added, size_t at)
{
	return at <= now->n && added->n <= now->n - at &&
	    memcmp(now->keys + at, added->keys, added->n * sizeof(*added->keys)) == 0;
}

/* Where to look for what was added at place: where all of it stands together, as near
 * as can be; else from there on. */
static bool
find_added(struct call *c, const struct merge_list *added, size_t place, enum when when,
    struct stretch *out)
{
	const struct undo *t = c->state;
	struct merge_list now;
	size_t i;

	if (!present(c, (struct stretch){0, t->edit.list.n}, when, &now))
		return false;
	*out = (struct stretch){place, now.n - place};
	for (i = 0; i <= now.n && added->n > 0; i++) {
		size_t behind = place + i, before = place >= i ? place - i : now.n;

		if (stand_at(&now, added, before) || stand_at(&now, added, behind)) {
			out->at = stand_at(&now, added, before) ? before : behind;
			out->n = added->n;
			break;
		}
	}
	return true;
}

/* Entries of the playlist that are taken for those that were added. */
static size_t
found(const struct merge *m)
{
	size_t i, n = 0;

	if (!m->in_part)
		return m->now.n - m->n_out;
	for (i = 0; i < m->n_out; i++)
		n += m->out[i] >= m->now.n;
	return m->before.n - m->lost - n;
}

/* What was added goes.  First those are looked for that can be nothing else. */
static bool
take_out(struct call *c, size_t place, struct stretch *part)
{
	struct undo *t = c->state;
	struct merge *m = &t->merge;
	const size_t had = t->edit.list.n;
	enum when when;

	for (when = WHEN_THEN; when < WHEN_EVER; when++) {
		if (!find_added(c, &m->after, place, when, part) || !merged(c, *part, when))
			return false;
		/* Not all of it is there: it may stand anywhere. */
		if (found(m) < m->after.n && part->n < had) {
			*part = (struct stretch){0, had};
			if (!merged(c, *part, when))
				return false;
		}
		if (found(m) == m->after.n || (when == WHEN_SINCE && found(m) > 0))
			break;
	}
	return true;
}

/* What is missing of what was to be added comes: next to what is there of it, else where
 * it was to stand. */
static bool
bring_in(struct call *c, size_t place, struct stretch *part)
{
	struct undo *t = c->state;
	struct merge *m = &t->merge;

	*part = (struct stretch){0, t->edit.list.n};
	if (!merged(c, *part, WHEN_SINCE))
		return false;
	if (found(m) > 0)
		return true;
	*part = (struct stretch){place, t->edit.list.n - place};
	return merged(c, *part, WHEN_ABOUT);
}

/* Entries that were added to a playlist of which the rest was not looked at. */
static bool
plan_added(struct call *c)
{
	struct undo *t = c->state;
	const struct change_record *r = t->r;
	int64_t place = r->kind == CHANGE_MADE ? 0 : r->position >= 0 ? r->position : r->total;
	size_t had = t->edit.list.n, at = place < 0 ? 0 : (size_t)place > had ? had : (size_t)place;
	struct numbers added, none = {.ids = NULL, .n = 0};
	struct stretch part = {0, 0};

	t->merge.in_part = t->finish;
	if (!additions(c, &added) || (none.ids = call_alloc(c, 0)) == NULL)
		return false;
	if (t->finish)
		return recorded(c, added.ids, added.n, &t->merge.before) &&
		    recorded(c, none.ids, 0, &t->merge.after) && bring_in(c, at, &part) &&
		    plan(c, &added, part);
	return recorded(c, none.ids, 0, &t->merge.before) &&
	    recorded(c, added.ids, added.n, &t->merge.after) && take_out(c, at, &part) &&
	    plan(c, &none, part);
}

/* --- telling --------------------------------------------------------------------------------------- */

static err_t
tell_limits(struct call *c)
{
	const struct undo *t = c->state;
	const struct merge *m = &t->merge;
	const char *will = t->dry ? "will get" : "get";
	err_t err = json_add_int(call_data(c), "put_in", (int64_t)t->put_in);

	if (err == 0)
		err = json_add_int(call_data(c), "not_restorable", (int64_t)(m->lost + m->stuck));
	if (err == 0)
		err = json_add_int(call_data(c), "of_others", (int64_t)m->foreign);
	if (err == 0)
		err = json_add_bool(call_data(c), "new_dates", t->anew);
	if (t->anew)
		call_line(c, "The playlist is written anew, which takes few requests: all entries %s a new added "
		    "date.", will);
	else if (t->put_in > 0)
		call_line(c, "%zu entries are put in and %s a new added date.", t->put_in, will);
	if (m->lost > 0)
		call_line(c, "%zu local files or entries without content are gone and cannot be put back through "
		    "an application.", m->lost);
	if (m->stuck > 0)
		call_line(c, "%zu local files or entries without content stay: they cannot be removed through an "
		    "application.", m->stuck);
	if (t->r->kind != CHANGE_ITEMS && !m->in_part && found(m) < m->after.n)
		call_line(c, "%zu of the entries that it added are not there any more; the same ones that were "
		    "in it before the change stay.", m->after.n - found(m));
	if (m->foreign > 0)
		call_line(c, "%zu entries came in since or are not of this change; they stay.", m->foreign);
	return err;
}

static void
told(struct call *c)
{
	struct undo *t = c->state;
	const struct edit *e = &t->edit;
	bool whole = e->done == e->n && e->left == 0 && !e->differs && !e->unknown;

	if (whole)
		undo_mark(c);
	if (undo_tell(c, whole) != 0)
		call_broken(c, ERR_NOMEM);
	else
		edit_tell(c, false);
}

static void
on_read(struct call *c)
{
	struct undo *t = c->state;
	err_t err;

	if (!(t->r->kind == CHANGE_ITEMS ? plan_whole(c) : plan_added(c)))
		return;
	err = tell_limits(c);
	if (err == 0 && t->dry)
		err = undo_tell(c, false);
	if (err != 0)
		call_broken(c, err);
	else if (t->dry)
		edit_tell(c, true);
	else
		edit_run(c, told);
}

void
undo_items(struct call *c)
{
	struct undo *t = c->state;
	const struct change_record *r = t->r;

	if (r->kind == CHANGE_ITEMS && !r->contents) {
		call_fail(c, "The record of this change breaks off before it says what was in the playlist; "
		    "nothing was carried out after that. Nothing was changed.");
		return;
	}
	t->edit.list.most = EDIT_UNDONE;
	t->edit.go_on = "Call undo_change again to go on.";
	edit_open(c, r->thing, on_read);
}
