/* What a worker of another day wrote into the record of changes, and the lines that
 * somebody wants to have imported. */
#include "config.h"

#include "tests/fuzz/fuzz.h"
#include "worker/change_form.h"
#include "worker/tools/wish.h"

/* Every number that was read has its thing. */
static void
is_whole(const struct change_record *r)
{
	size_t i, k;

	must(r->thing != NULL && r->name != NULL && r->tool != NULL && r->client != NULL);
	must(r->kind < CHANGE_KINDS && r->state <= CHANGE_NOTHING);
	must(r->n_before <= r->n_uris);
	for (i = 0; i < r->n_uris; i++) {
		must(r->uris[i] != NULL);
		(void)change_uri_movable(r->uris[i]);
		must(r->uris[i][0] == '\0' || strncmp(r->uris[i], CHANGE_LOCAL_MARK,
		    strlen(CHANGE_LOCAL_MARK)) == 0 || change_uri_is(r->uris[i], r->uris[i]));
	}
	for (i = 0; i < r->n_after; i++)
		must(r->after[i] < r->n_uris);
	for (i = 0; i < r->n_steps; i++) {
		must(r->steps[i].kind < STEP_KINDS && r->steps[i].state <= STEP_UNKNOWN);
		for (k = 0; k < r->steps[i].n_ids; k++)
			must(r->steps[i].ids[k] < r->n_uris);
	}
}

/* What was read is written and read again. */
static void
same_again(const struct change_record *r, struct arena *arena)
{
	const struct change_about about = {.kind = r->kind, .thing = r->thing, .name = r->name,
	    .tool = r->tool, .client = r->client, .planned = r->planned};
	struct change_record again = {.n_uris = 0};
	struct buf text;
	size_t i;

	buf_init(&text, 1 << 20);
	must(change_put_head(&text, &about) == 0);
	must(change_put_uris(&text, r->uris, r->n_uris) == 0);
	must(change_put_contents(&text, r->n_before, r->after, r->n_after) == 0);
	must(change_read(buf_span(&text), arena, &again) == 0);
	must(again.n_uris == r->n_uris && again.n_after == r->n_after);
	must(again.n_before == r->n_before && again.kind == r->kind);
	for (i = 0; i < r->n_after; i++)
		must(again.after[i] == r->after[i]);
	buf_free(&text);
}

FUZZ(change_text)
{
	struct change_record r = {.n_uris = 0};
	struct arena arena;

	arena_init(&arena, 4u << 20);
	if (change_read(in, &arena, &r) == 0) {
		is_whole(&r);
		same_again(&r, &arena);
	}
	arena_reset(&arena);
}

static void
is_inside(const struct wish *w, struct span s)
{
	must(s.n == 0 || (s.p >= (const uint8_t *)w->text &&
	    s.p + s.n <= (const uint8_t *)w->text + sizeof(w->text)));
}

FUZZ(wish_lines)
{
	struct wish_heading heading = {.n = 0};
	struct wish w;
	char line[1024];
	size_t i;

	while (in.n > 0) {
		struct span s = take_until(&in, '\n');
		err_t err;

		s.n = s.n < sizeof(line) ? s.n : sizeof(line) - 1;
		if (s.n > 0)
			memcpy(line, s.p, s.n);
		line[s.n] = '\0';
		err = wish_read(line, &heading, &w);
		must(err == 0 || err == ERR_LIMIT || err == ERR_SYNTAX);
		must(heading.n <= WISH_FIELDS);
		if (err != 0)
			continue;
		must(w.n <= WISH_READINGS && w.duration_ms >= 0);
		must(w.isrc[0] == '\0' || strlen(w.isrc) == ISRC_LEN);
		must(w.kind != WISH_NAMES || w.isrc[0] != '\0' || w.n > 0);
		for (i = 0; i < w.n; i++) {
			is_inside(&w, w.readings[i].title);
			is_inside(&w, w.readings[i].artist);
			must(w.readings[i].title.n > 0);
		}
	}
}
