/* The library part by part; see saving.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/journal.h"
#include "worker/tools/saving.h"
#include "worker/worker.h"

#define LOOK_MS 600          /* Spotify may still be at a change */
#define OUT_OF_TIME  "The time of one call was over; do the rest with another."

/* Spotify asks for other permissions for each of these. */
enum sort { SORT_SAVED, SORT_FOLLOWED, SORT_PLAYLIST };

static const char *const read_scopes[] = {"user-library-read", "user-follow-read",
    "playlist-read-private"};
static const char *const write_scopes[] = {"user-library-modify", "user-follow-modify",
    "playlist-modify-public playlist-modify-private"};

static void next_part(struct call *c);

static struct saving *
saving_of(struct call *c)
{
	return ((struct errand *)c->state)->sub;
}

static enum sort
sort_of(const struct item_ref *ref)
{
	return ref->kind == ITEM_ARTIST ? SORT_FOLLOWED : ref->kind == ITEM_PLAYLIST ?
	    SORT_PLAYLIST : SORT_SAVED;
}

bool
saving_read(struct call *c, struct saving *s)
{
	uint32_t needed = c->tool->read_only ? SCOPE_PLAYLISTS_READ : SCOPE_PLAYLISTS_WRITE;
	void *state = NULL, *why = NULL, *part = NULL;
	size_t i, n;

	if (!uris_read_kinds(c, "uris", SAVING_KINDS, SAVING_WORDS, true, &s->list))
		return false;
	n = s->list.n;
	for (i = 0; i < n; i++)
		if (sort_of(&s->list.refs[i]) == SORT_PLAYLIST && !scope_allows(needed, c->scopes)) {
			call_fail(c, "Playlists take the permission %s, which this connection was not given; "
			    "leave them out, or let the user connect again with it. %s",
			    c->tool->read_only ? "playlists:read" : "playlists:write",
			    c->tool->read_only ? "" : "Nothing was changed.");
			return false;
		}
	if (arena_alloc(&c->arena, n * sizeof(*s->state), &state) != 0 ||
	    arena_alloc(&c->arena, n * sizeof(*s->why), &why) != 0 ||
	    arena_alloc(&c->arena, SAVING_PART * sizeof(*s->part), &part) != 0) {
		call_broken(c, ERR_NOMEM);
		return false;
	}
	s->state = state;
	s->why = why;
	s->part = part;
	return true;
}

/* --- what came of a part ---------------------------------------------------------- */

static void
mark(struct saving *s, enum saved state, const char *why)
{
	size_t i;

	for (i = 0; i < s->n_part; i++) {
		s->state[s->part[i]] = state;
		s->why[s->part[i]] = why;
	}
}

/* The sentence of a missing permission names those of this sort of thing. */
static const char *
sentence_of(struct call *c, const struct sp_error *error)
{
	struct saving *s = saving_of(c);
	enum sort sort = sort_of(&s->list.refs[s->part[0]]);
	struct spotify_state spotify;
	char text[600], *copy = NULL;

	if (error->problem != SP_SCOPE)
		return errand_sentence(c, error);
	spotify_state(c->worker->spotify, &spotify);
	(void)snprintf(text, sizeof(text), "A Spotify permission that this needs (%s) was not granted "
	    "to Tonearm. Sign in again at %.300s and agree to it; repeating the call before that "
	    "does not help.", (error->op == SP_OP_LIBRARY_CONTAINS ? read_scopes : write_scopes)[sort],
	    spotify.login_url);
	return arena_strdup(&c->arena, span_str(text), &copy) == 0 ? copy : "";
}

/* Does it concern this part only? */
static bool
only_this(enum sp_problem problem)
{
	return problem == SP_SCOPE || problem == SP_CLOSED || problem == SP_PLAYLIST_CLOSED ||
	    problem == SP_BAD_REQUEST || problem == SP_NOT_FOUND || problem == SP_TOO_MANY ||
	    problem == SP_OUTCOME_UNKNOWN;
}

/* Ends the list early: what was not looked at says why. */
static void
give_up(struct call *c, const char *why)
{
	struct saving *s = saving_of(c);
	size_t i;

	for (i = 0; i < s->list.n; i++)
		if (s->state[i] == SAVED_UNKNOWN) {
			s->state[i] = SAVED_FAILED;
			s->why[i] = why;
		}
	s->next(c);
}

static void
part_failed(struct call *c, const struct sp_error *error, enum saved state)
{
	struct saving *s = saving_of(c);
	const char *why = sentence_of(c, error);

	mark(s, state, why);
	if (only_this(error->problem))
		next_part(c);
	else
		give_up(c, why);
}

/* --- asking -------------------------------------------------------------------------- */

static void
ask(struct call *c, enum sp_op op, errand_answer next)
{
	struct saving *s = saving_of(c);
	struct buf uris, query;
	char uri[ITEM_LINK_MAX];
	size_t i;
	err_t err = 0;

	buf_init(&uris, 8192);
	buf_init(&query, 8192);
	for (i = 0; i < s->n_part && err == 0; i++) {
		item_uri(&s->list.refs[s->part[i]], uri);
		err = buf_printf(&uris, "%s%s", i > 0 ? "," : "", uri);
	}
	if (err == 0)
		err = sp_query_put(&query, "uris", buf_span(&uris));
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, op, NULL, &query, NULL, next);
	buf_free(&uris);
	buf_free(&query);
}

/* Was everything of the part found in the state that was wanted? */
static bool
all_are(struct json_object *truths, size_t n, bool wanted)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!!json_object_get_boolean(json_object_array_get_idx(truths, i)) != wanted)
			return false;
	return true;
}

static bool
readable(const struct sp_answer *a, size_t n)
{
	return a->error.problem == SP_OK && json_object_is_type(a->json, json_type_array) &&
	    json_object_array_length(a->json) == n;
}

/* After a change of which nobody knows whether it took place. */
static void
on_looked_again(struct call *c, const struct sp_answer *a)
{
	struct saving *s = saving_of(c);
	bool there = readable(a, s->n_part) && all_are(a->json, s->n_part, s->op == SP_OP_LIBRARY_SAVE);

	if (there)
		mark(s, SAVED_CHANGED, NULL);
	journal_outcome(c, there ? STEP_DONE : STEP_UNKNOWN);
	next_part(c);
}

static void
look_again(struct call *c)
{
	ask(c, SP_OP_LIBRARY_CONTAINS, on_looked_again);
}

static void
on_changed(struct call *c, const struct sp_answer *a)
{
	struct saving *s = saving_of(c);

	if (a->error.problem == SP_OK) {
		journal_outcome(c, STEP_DONE);
		mark(s, SAVED_CHANGED, NULL);
		next_part(c);
	} else if (a->error.problem != SP_OUTCOME_UNKNOWN) {
		journal_outcome(c, STEP_NOT_DONE);
		part_failed(c, &a->error, SAVED_FAILED);
	} else {
		mark(s, SAVED_UNCLEAR, sentence_of(c, &a->error));
		if (errand_may(c, 1))
			errand_pause(c, LOOK_MS, look_again);
		else {
			journal_outcome(c, STEP_UNKNOWN);
			next_part(c);
		}
	}
}

static void
send_it(struct call *c)
{
	ask(c, saving_of(c)->op, on_changed);
}

/* There is no record of it, so it was not sent. */
static void
unrecorded(struct call *c)
{
	struct saving *s = saving_of(c);
	const char *why = s->why_not != NULL ? s->why_not : OUT_OF_TIME;

	mark(s, SAVED_FAILED, why);
	give_up(c, why);
}

static void
begin_record(struct call *c)
{
	struct saving *s = saving_of(c);
	bool save = s->op == SP_OP_LIBRARY_SAVE, saved = false;
	size_t i;

	for (i = 0; i < s->list.n; i++)
		saved = saved || sort_of(&s->list.refs[i]) == SORT_SAVED;
	journal_begin(c, &(struct change_about){.kind = saved ? (save ? CHANGE_SAVED : CHANGE_REMOVED) :
	    save ? CHANGE_FOLLOWED : CHANGE_UNFOLLOWED, .position = -1, .total = -1});
	if (journal_refs(c, s->list.refs, s->list.n) != 0)
		c->trouble = ERR_NOMEM;
	s->begun = true;
}

/* The record names what is in this part. */
static void
record_change(struct call *c)
{
	struct saving *s = saving_of(c);
	struct change_step step = {.kind = s->op == SP_OP_LIBRARY_SAVE ? STEP_SAVE : STEP_UNSAVE,
	    .n = (uint32_t)s->n_part, .n_ids = s->n_part};
	uint32_t *ids = journal_numbers(c, 0, s->n_part);
	size_t i;

	if (!s->begun)
		begin_record(c);
	if (ids == NULL || c->trouble != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	for (i = 0; i < s->n_part; i++)
		ids[i] = (uint32_t)s->part[i];
	step.ids = ids;
	journal_intent(c, &step, 1, send_it, unrecorded, &s->why_not);
}

/* Leaves in the part what is not yet as wanted, and changes that. */
static void
change(struct call *c, struct json_object *truths)
{
	struct saving *s = saving_of(c);
	bool wanted = s->op == SP_OP_LIBRARY_SAVE;
	size_t i, k = 0;

	for (i = 0; i < s->n_part; i++) {
		size_t which = s->part[i];
		bool is = json_object_get_boolean(json_object_array_get_idx(truths, i)) != 0;

		s->state[which] = is ? SAVED_YES : SAVED_NO;
		if (s->op != SP_OP_LIBRARY_CONTAINS && is != wanted)
			s->part[k++] = which;
	}
	s->n_part = k;
	call_progress(c, (double)(s->list.n - saving_count(s, SAVED_UNKNOWN)), (double)s->list.n, NULL);
	if (k == 0) {
		next_part(c);
	} else if (!errand_may(c, 1)) {
		mark(s, SAVED_FAILED, OUT_OF_TIME);
		next_part(c);
	} else
		record_change(c);
}

static void
on_looked(struct call *c, const struct sp_answer *a)
{
	struct saving *s = saving_of(c);
	struct sp_error odd = {.problem = SP_UNREADABLE, .op = SP_OP_LIBRARY_CONTAINS,
	    .retry_after = -1};

	if (readable(a, s->n_part))
		change(c, a->json);
	else
		part_failed(c, a->error.problem == SP_OK ? &odd : &a->error, SAVED_FAILED);
}

static void
next_part(struct call *c)
{
	struct saving *s = saving_of(c);
	size_t i;

	s->n_part = 0;
	for (i = 0; i < s->list.n && s->n_part < SAVING_PART; i++)
		if (s->state[i] == SAVED_UNKNOWN && (s->n_part == 0 ||
		    sort_of(&s->list.refs[i]) == sort_of(&s->list.refs[s->part[0]])))
			s->part[s->n_part++] = i;
	if (s->n_part == 0)
		s->next(c);
	else if (!errand_may(c, s->op == SP_OP_LIBRARY_CONTAINS ? 1 : 2))
		give_up(c, OUT_OF_TIME);
	else
		ask(c, SP_OP_LIBRARY_CONTAINS, on_looked);
}

static void
on_stop(struct call *c)
{
	give_up(c, OUT_OF_TIME);
}

void
saving_start(struct call *c, struct saving *s, enum sp_op op, errand_step next)
{
	((struct errand *)c->state)->sub = s;
	((struct errand *)c->state)->on_stop = on_stop;
	s->op = op;
	s->next = next;
	next_part(c);
}

/* --- telling ------------------------------------------------------------------------- */

size_t
saving_count(const struct saving *s, enum saved state)
{
	size_t i, n = 0;

	for (i = 0; i < s->list.n; i++)
		n += s->state[i] == state;
	return n;
}

const char *
saving_trouble(const struct saving *s)
{
	size_t i;

	for (i = 0; i < s->list.n; i++)
		if (s->why[i] != NULL)
			return s->why[i];
	return "";
}

err_t
saving_links(const struct saving *s, enum saved state, struct json_object *data,
    const char *name)
{
	struct json_object *list = field_add_arr(data, name);
	char link[ITEM_LINK_MAX];
	size_t i;
	err_t err = list == NULL ? ERR_NOMEM : 0;

	for (i = 0; i < s->list.n && err == 0; i++)
		if (s->state[i] == state) {
			item_link(&s->list.refs[i], link);
			err = json_append(list, json_new_str(span_str(link)));
		}
	return err;
}

const struct out saving_failure_out[] = {
	{.name = "url", .type = OUT_STR, .always = true},
	{.name = "problem", .type = OUT_STR},   /* absent: as the one before */
	{.name = NULL},
};

err_t
saving_failures(struct call *c, const struct saving *s)
{
	struct json_object *list, *o;
	const char *last = NULL;
	char link[ITEM_LINK_MAX];
	size_t i;
	err_t err = 0;

	if (saving_count(s, SAVED_FAILED) + saving_count(s, SAVED_UNCLEAR) == 0)
		return 0;
	list = field_add_arr(call_data(c), "failures");
	for (i = 0; i < s->list.n && err == 0; i++) {
		if (s->state[i] != SAVED_FAILED && s->state[i] != SAVED_UNCLEAR)
			continue;
		item_link(&s->list.refs[i], link);
		o = field_append_obj(list);
		err = o == NULL ? ERR_NOMEM : json_add_text(o, "url", link);
		if (s->why[i] != NULL && s->why[i] != last) {
			last = s->why[i];
			if (err == 0)
				err = json_add_text(o, "problem", last);
			call_line(c, "%s", last);
		}
		call_line(c, "- %s: %s", s->state[i] == SAVED_UNCLEAR ? "outcome not known" : "not done",
		    link);
	}
	return err;
}
