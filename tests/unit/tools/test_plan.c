/* Plans of changes to playlists: random ones, carried out on a list as Spotify would. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tools/bench.h"
#include "worker/tools/merge.h"
#include "worker/tools/plan.h"
#include "worker/tools/reach.h"

#define MOST 400
#define ROUNDS 400

static char uris[60][64];
static uint32_t dice = 12345;

static uint32_t
roll(uint32_t n)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % n;
}

struct bench {
	struct call call;
	struct tool tool;
	struct edit edit;
	struct entry all[MOST];
	const char *now[MOST * 2], *goal[MOST * 2];
	size_t n_now, n_goal;
	bool drop[MOST];
};

/* A playlist of n random entries of `kinds` different ones; some are local files. */
static struct bench *
open_bench(size_t n, uint32_t kinds)
{
	struct bench *b = calloc(1, sizeof(*b));
	size_t i;

	assert_non_null(b);
	for (i = 0; i < 60; i++)
		(void)snprintf(uris[i], sizeof(uris[i]), i % 20 == 19 ? "spotify:local:a:b:c:%zu" :
		    "spotify:track:0123456789abcdefghij%02zu", i);
	arena_init(&b->call.arena, CALL_ARENA_MAX);
	b->tool.max_requests = EDIT_REQUESTS;
	b->call.tool = &b->tool;
	b->call.state = &b->edit;
	b->edit.list.all = b->all;
	b->edit.list.n = n;
	for (i = 0; i < n; i++) {
		b->all[i].uri = b->now[i] = uris[roll(kinds)];
		b->all[i].local = strncmp(b->all[i].uri, "spotify:local:", 14) == 0;
	}
	b->n_now = n;
	assert_true(plan_begin(&b->call, &b->edit));
	return b;
}

static void
close_bench(struct bench *b)
{
	arena_reset(&b->call.arena);
	free(b);
}

static void
insert(struct bench *b, size_t at, const char *uri)
{
	assert_in_range(at, 0, b->n_now);
	memmove(b->now + at + 1, b->now + at, (b->n_now - at) * sizeof(*b->now));
	b->now[at] = uri;
	b->n_now++;
}

/* What Spotify makes of one part. */
static void
carry_out(struct bench *b, const struct edit_part *p)
{
	const char *moved[MOST];
	size_t i, k, m;

	assert_true(p->kind == EDIT_MOVE || p->n <= EDIT_PART);
	if (p->kind == EDIT_REPLACE)
		b->n_now = 0;
	for (i = 0; p->kind == EDIT_REMOVE && i < p->n; i++) {
		for (k = m = 0; k < b->n_now; k++)
			if (strcmp(b->now[k], edit_uri(&b->edit, p->ids[i])) != 0)
				b->now[m++] = b->now[k];
		assert_true(m < b->n_now);   /* nothing is removed twice */
		b->n_now = m;
	}
	for (i = 0; (p->kind == EDIT_INSERT || p->kind == EDIT_REPLACE) && i < p->n; i++)
		insert(b, p->at + i, edit_uri(&b->edit, p->ids[i]));
	if (p->kind != EDIT_MOVE)
		return;
	assert_in_range(p->at + p->n, 1, b->n_now);
	assert_true(p->to < p->at || p->to > p->at + p->n);
	memcpy(moved, b->now + p->at, p->n * sizeof(*moved));
	memmove(b->now + p->at, b->now + p->at + p->n, (b->n_now - p->at - p->n) * sizeof(*b->now));
	b->n_now -= p->n;
	for (i = 0; i < p->n; i++)
		insert(b, (p->to > p->at ? p->to - p->n : p->to) + i, moved[i]);
}

static void
assert_as_planned(struct bench *b, bool whole)
{
	const struct edit *e = &b->edit;
	size_t i;

	for (i = 0; i < e->n; i++)
		carry_out(b, &e->parts[i]);
	assert_true(e->n == 0 || !e->parts[e->n - 1].bound);
	assert_int_equal(b->n_now, e->n_plan);
	for (i = 0; i < b->n_now; i++)
		assert_string_equal(b->now[i], edit_uri(e, e->plan[i]));
	if (!whole)
		return;
	assert_int_equal(b->n_now, b->n_goal);
	for (i = 0; i < b->n_now; i++)
		assert_string_equal(b->now[i], b->goal[i]);
}

static void
random_entries_are_dropped(void **state)
{
	size_t round, i, put_back, whole = 0;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct bench *b = open_bench(1 + roll(round % 2 == 0 ? 40 : MOST - 1), 1 + roll(60));
		uint32_t odds = 1 + roll(20);

		for (i = 0; i < b->edit.list.n; i++) {
			b->drop[i] = roll(odds) == 0 && entry_movable(&b->all[i]);
			if (!b->drop[i])
				b->goal[b->n_goal++] = b->all[i].uri;
		}
		assert_true(edit_drop(&b->call, b->drop, &put_back));
		assert_true(b->edit.n + EDIT_SPARE < EDIT_REQUESTS);
		whole += b->edit.left == 0;
		assert_as_planned(b, b->edit.left == 0);
		close_bench(b);
	}
	assert_true(whole > ROUNDS / 4);
}

static void
random_orders_are_reached(void **state)
{
	size_t round, i, whole = 0;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct bench *b = open_bench(1 + roll(round % 2 == 0 ? 60 : MOST - 1), 60);
		uint32_t order[MOST];
		size_t n = b->edit.list.n, swaps = roll(2) == 0 ? n : roll(10);

		for (i = 0; i < n; i++)
			order[i] = (uint32_t)i;
		for (i = 0; i < swaps; i++) {
			size_t x = roll((uint32_t)n), y = roll((uint32_t)n);
			uint32_t t = order[x];

			order[x] = order[y];
			order[y] = t;
		}
		for (i = 0; i < n; i++)
			b->goal[b->n_goal++] = b->all[order[i]].uri;
		assert_true(edit_order(&b->call, order));
		whole += b->edit.left == 0;
		assert_as_planned(b, b->edit.left == 0);
		close_bench(b);
	}
	assert_true(whole > ROUNDS / 4);
}

static void
contents_are_replaced_and_put_in(void **state)
{
	size_t round, i;

	(void)state;
	for (round = 0; round < 50; round++) {
		struct bench *b = open_bench(1 + roll(50), 60);
		size_t n = roll(MOST - 20);

		for (i = 0; i < n; i++)
			b->goal[b->n_goal++] = uris[roll(60)];
		assert_true(edit_replace(&b->call, b->goal, n));
		/* A plan that is taken back leaves nothing. */
		if (round % 2 == 0) {
			edit_forget(&b->edit);
			assert_int_equal(b->edit.n, 0);
			assert_true(edit_replace(&b->call, b->goal, n));
		}
		assert_as_planned(b, true);
		close_bench(b);
	}
}

/* What a list was, from what it became: some entries go, come and move. */
struct past {
	uint64_t before[MOST * 2], after[MOST * 2], now[MOST * 2];
	bool fixed_before[MOST * 2], fixed_now[MOST * 2];
	const char *fresh[MOST * 2];
	size_t n_before;
	struct merge merge;
};

static uint64_t
key_of(const char *uri)
{
	return (uint64_t)(uri - uris[0]) / sizeof(uris[0]) + 1;
}

static bool
is_local(uint64_t key)
{
	return (key - 1) % 20 == 19;
}

static void
change_past(struct past *p)
{
	size_t i = roll((uint32_t)p->n_before + 1), k;
	uint64_t key = roll(60) + 1;

	if (roll(3) == 0 && p->n_before > 0) {
		i = i == p->n_before ? 0 : i;
		key = p->before[i];
		memmove(p->before + i, p->before + i + 1, (p->n_before - i - 1) * sizeof(*p->before));
		p->n_before--;
		if (roll(2) == 0 && !is_local(key))
			return;
		i = roll((uint32_t)p->n_before + 1);
	} else if (is_local(key) || p->n_before == MOST)
		return;
	for (k = p->n_before++; k > i; k--)
		p->before[k] = p->before[k - 1];
	p->before[i] = key;
}

static void
finish_past(struct past *p, const struct bench *b)
{
	size_t i;

	for (i = 0; i < p->n_before; i++) {
		p->fixed_before[i] = is_local(p->before[i]);
		p->fresh[i] = uris[p->before[i] - 1];
	}
	for (i = 0; i < b->edit.list.n; i++)
		p->fixed_now[i] = is_local(p->now[i]);
	p->merge.before = (struct merge_list){p->before, p->fixed_before, p->n_before};
	p->merge.now = (struct merge_list){p->now, p->fixed_now, b->edit.list.n};
}

static void
a_change_is_taken_back(void **state)
{
	size_t round, i, n, whole = 0, kept = 0;
	bool anew;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct bench *b = open_bench(1 + roll(round % 2 == 0 ? 40 : MOST - 1), 60);
		struct past *p = calloc(1, sizeof(*p));

		assert_non_null(p);
		p->n_before = b->edit.list.n;
		for (i = 0; i < b->edit.list.n; i++)
			p->before[i] = p->now[i] = key_of(b->all[i].uri);
		for (n = roll(round % 3 == 0 ? 200 : 12); n > 0; n--)
			change_past(p);
		finish_past(p, b);
		p->merge.after = p->merge.now;
		p->merge.in_part = round % 5 == 4;
		assert_ok(merge_back(&b->call.arena, &p->merge));
		assert_int_equal(p->merge.lost + p->merge.stuck + p->merge.foreign, 0);
		assert_int_equal(p->merge.n_out, p->n_before);
		for (i = 0; i < p->n_before; i++)
			b->goal[b->n_goal++] = p->fresh[i];
		assert_true(edit_reach(&b->call, p->merge.out, p->merge.n_out, p->fresh, &anew));
		whole += b->edit.left == 0;
		kept += !anew;
		assert_as_planned(b, b->edit.left == 0);
		close_bench(b);
		free(p);
	}
	assert_true(whole > ROUNDS / 2);
	assert_true(kept > ROUNDS / 4);
}

/* By letters: before, after and now give this. */
static void
assert_merges(const char *before, const char *after, const char *now, bool in_part,
    const char *outcome)
{
	static bool none[64];
	uint64_t keys[3][64];
	const char *const lists[3] = {before, after, now};
	struct merge m = {.in_part = in_part};
	struct merge_list *to[3] = {&m.before, &m.after, &m.now};
	struct arena arena;
	char got[64] = "";
	size_t i, k;

	arena_init(&arena, 1 << 20);
	for (i = 0; i < 3; i++) {
		for (k = 0; lists[i][k] != 0; k++)
			keys[i][k] = (uint64_t)lists[i][k];
		*to[i] = (struct merge_list){keys[i], none, k};
	}
	assert_ok(merge_back(&arena, &m));
	for (i = 0; i < m.n_out; i++)
		got[i] = *(m.out[i] < m.now.n ? &now[m.out[i]] : &before[m.out[i] - m.now.n]);
	assert_string_equal(got, outcome);
	arena_reset(&arena);
}

static void
what_others_did_since_stays(void **state)
{
	(void)state;
	/* Added, then somebody added behind, before and in the middle of it. */
	assert_merges("abc", "abcxyz", "abcxyzm", false, "abcm");
	assert_merges("abc", "abcxyz", "mabcxnyz", false, "mabcn");
	/* Removed; meanwhile another entry was removed and one came. */
	assert_merges("abcdef", "abef", "aefm", false, "acdefm");
	/* What was removed was put in again by hand: it is there once. */
	assert_merges("abcd", "abd", "abdc", false, "abcd");
	/* Taking back a second time changes nothing. */
	assert_merges("abcd", "abd", "abcd", false, "abcd");
	assert_merges("abc", "abcxyz", "abc", false, "abc");
	/* Moved, replaced. */
	assert_merges("abcdef", "fabcde", "fabmcde", false, "abmcdef");
	assert_merges("abc", "xyz", "xyzm", false, "abcm");
	/* Carried out in part: what was taken out and not put back returns. */
	assert_merges("abacada", "abcada", "bcd", true, "abacada");
	assert_merges("abc", "abcxyz", "abcx", true, "abc");
	assert_merges("abx", "abxx", "abx", true, "abx");
	assert_merges("abcde", "vwxyz", "vwm", true, "abcdem");
	assert_merges("", "aaa", "aam", true, "m");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_entries_are_dropped),
		cmocka_unit_test(random_orders_are_reached),
		cmocka_unit_test(contents_are_replaced_and_put_in),
		cmocka_unit_test(a_change_is_taken_back),
		cmocka_unit_test(what_others_did_since_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
