/* Looking up the lines of an import; see import.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/import.h"

#define RESULTS 10           /* of a search: Spotify's most */
/* One part of an adding at worst, a new playlist, and time for both. */
#define SPARE (MAKING_REQUESTS + 3)
#define SPARE_MS 15000

/* A question is worth it for what would not be added as it stands. */
static bool
worth_asking(const struct import *t, const struct import_row *r, unsigned round)
{
	enum match_level enough = t->least > MATCH_MEDIUM ? t->least : MATCH_MEDIUM;

	return !r->busy && r->trouble == NULL && r->wish.kind == WISH_NAMES && r->asked == round &&
	    r->match.level < enough;
}

static err_t
next_question(struct call *c, struct fan_question *question, bool *there)
{
	struct import *t = c->state;
	struct buf q;
	unsigned round;
	size_t i;
	err_t err = 0;

	*there = false;
	if (t->trouble != NULL || t->broken != 0)
		return t->broken;
	buf_init(&q, MATCH_QUERY_BYTES + 1);
	/* Every line once before any line twice. */
	for (round = 0; round < MATCH_QUERIES && !*there && err == 0; round++)
		for (i = 0; i < t->n && !*there && err == 0; i++)
			if (worth_asking(t, &t->rows[i], round)) {
				buf_clear(&q);
				err = match_query(&t->rows[i].wish, t->rows[i].asked++, &q, there);
				question->number = i;
			}
	if (err == 0 && *there) {
		t->rows[question->number].busy = true;
		err = sp_query_put(&question->query, "q", buf_span(&q));
		if (err == 0)
			err = sp_query_put(&question->query, "type", span_str("track"));
		if (err == 0)
			err = sp_query_num(&question->query, "limit", RESULTS);
	}
	buf_free(&q);
	return err;
}

static void
candidate_of(struct json_object *track, struct candidate *out)
{
	struct json_object *artists = json_get_arr(track, "artists");
	size_t i, n = field_len(artists);

	memset(out, 0, sizeof(*out));
	out->title = field_str(track, "name");
	for (i = 0; i < n && i < MATCH_ARTISTS; i++)
		out->artists[out->n_artists++] =
		    field_str(json_object_array_get_idx(artists, i), "name");
	out->album = field_str(json_get_obj(track, "album"), "name");
	out->duration_ms = field_int(track, "duration_ms", 0);
	out->isrc = field_str(json_get_obj(track, "external_ids"), "isrc");
}

/* What the answer shows of a track outlives Spotify's answer. */
static err_t
keep(struct call *c, struct import_row *r, struct json_object *track)
{
	struct json_object *o = json_object_new_object();
	char line[1024] = "", *copy = NULL;
	err_t err = o == NULL ? ERR_NOMEM : item_describe(track, o, line, sizeof(line));

	if (err == 0)
		err = arena_strdup(&c->arena, span_str(line), &copy);
	if (err == 0) {
		r->line = copy;
		r->name = item_text(c, o, "name", 200);
		r->by = item_text(c, o, "by", 200);
		r->album = item_text(c, o, "album", 200);
		r->duration_ms = field_int(o, "duration_ms", 0);
	}
	json_object_put(o);
	return err;
}

static err_t
take(struct call *c, struct import_row *r, struct json_object *items)
{
	struct json_object *tracks[RESULTS];
	struct candidate candidates[RESULTS];
	struct item_ref ref;
	struct match m;
	size_t i, n = 0, len = field_len(items);
	err_t err;

	for (i = 0; i < len && n < RESULTS; i++) {
		tracks[n] = json_object_array_get_idx(items, i);
		if (tracks[n] == NULL || field_str(tracks[n], "name").n == 0)
			continue;
		candidate_of(tracks[n], &candidates[n]);
		n++;
	}
	err = match_pick(&r->wish, candidates, n, &m);
	if (err != 0 || m.level == MATCH_NONE || m.level < r->match.level ||
	    (m.level == r->match.level && m.points <= r->match.points) ||
	    item_parse(item_text(c, tracks[m.index], "uri", ITEM_LINK_MAX), ITEM_NONE, &ref) != 0 ||
	    ref.kind != ITEM_TRACK)
		return err;
	r->match = m;
	r->ref = ref;
	return keep(c, r, tracks[m.index]);
}

static void
on_results(struct call *c, size_t number, const struct sp_answer *a)
{
	struct import *t = c->state;
	struct import_row *r = &t->rows[number];
	size_t i, done = 0;

	r->busy = false;
	if (a->error.problem != SP_OK) {
		if (t->trouble == NULL)
			t->trouble = errand_sentence(c, &a->error);
		return;
	}
	r->tried = true;
	if (t->broken == 0)
		t->broken = take(c, r, json_get_arr(json_get_obj(a->json, "tracks"), "items"));
	for (i = 0; i < t->n; i++)
		done += t->rows[i].tried || t->rows[i].wish.kind != WISH_NAMES;
	call_progress(c, (double)done, (double)t->n, NULL);
}

static void
on_stop(struct call *c)
{
	call_fail(c, "Looking the lines up took too long. Nothing was changed. Give fewer lines.");
}

static void
on_looked_up(struct call *c)
{
	struct import *t = c->state;

	t->errand.on_stop = NULL;
	if (t->broken != 0)
		call_broken(c, t->broken);
	else
		t->resolved(c);
}

void
import_look_up(struct call *c, errand_step resolved)
{
	struct import *t = c->state;

	t->resolved = resolved;
	t->errand.on_stop = on_stop;
	t->fan.op = SP_OP_SEARCH;
	t->fan.expected = t->n < c->tool->max_requests - SPARE ? t->n :
	    c->tool->max_requests - SPARE;
	t->fan.spare = SPARE;
	t->fan.spare_ms = SPARE_MS;
	t->fan.next = next_question;
	t->fan.answered = on_results;
	fan_start(c, &t->fan, on_looked_up);
}
