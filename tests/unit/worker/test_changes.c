/* The worker's record of changes: what is stored when, what is repeated, what is
 * read back; with a store of the test's own in the vault's place. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/crypto/seal.h"
#include "tests/unit/unit.h"
#include "tests/unit/worker/record.h"
#include "worker/changes_inside.h"

static const uint8_t user[ID_BYTES] = {7}, user_key[SEAL_KEY_BYTES] = {1};

#define TRACK(c) "spotify:track:" c "000000000000000000000"
static const char *const three[] = {TRACK("a"), TRACK("b"), TRACK("c")};

static struct {
	struct worker w;
	struct record record;
	struct arena arena;
	unsigned told, answers;      /* about storing, and to questions */
	enum change_word word;
	uint32_t retry_s;
	const struct change_record *records;
	size_t n;
	bool more;
	unsigned unreadable;
} t;

void
worker_log(struct worker *w, enum worker_event event, int64_t a, int64_t b, int64_t c, int64_t d)
{
	(void)w, (void)a, (void)b, (void)c, (void)d;
	t.unreadable += event == WEV_row_unreadable;
}

static void
on_stored(void *arg, enum change_word word, uint32_t retry_s)
{
	assert_ptr_equal(arg, &t);
	t.told++;
	t.word = word;
	t.retry_s = retry_s;
}

static void
on_read(void *arg, enum change_word word, const struct change_record *records, size_t n, bool more,
    uint32_t retry_s)
{
	assert_ptr_equal(arg, &t);
	t.answers++;
	t.word = word;
	t.records = records;
	t.n = n;
	t.more = more;
	t.retry_s = retry_s;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	assert_ok(loop_create(&t.w.loop));
	memcpy(t.w.who.user, user, sizeof(user));
	assert_ok(secret_set(&t.w.key, span_of(user_key, sizeof(user_key))));
	arena_init(&t.arena, 8u << 20);
	record_attach(&t.record, &t.w);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	record_detach(&t.record);
	record_free(&t.record);
	arena_reset(&t.arena);
	secret_clear(&t.w.key);
	loop_destroy(&t.w.loop);
	return 0;
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	loop_stop(arg);
}

static void
run_ms(unsigned ms)
{
	const struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	assert_int_equal(event_base_once(loop_base(t.w.loop), -1, EV_TIMEOUT, on_time, t.w.loop, &tv), 0);
	assert_ok(loop_run(t.w.loop));
}

static void
until(const unsigned *what, unsigned n)
{
	unsigned i;

	for (i = 0; i < 2000 && *what < n; i++)
		run_ms(5);
	assert_int_equal(*what, n);
}

static struct change *
begin(enum change_kind kind, size_t planned)
{
	const struct change_about about = {.kind = kind, .thing = "spotify:playlist:p", .name = "A name",
	    .tool = "a_tool", .client = "a client", .planned = planned, .position = 4, .total = 9};
	struct change *c = NULL;

	assert_ok(change_begin(&t.w, &about, &c));
	return c;
}

/* Stores what was gathered and waits for the word. */
static void
store(struct change *c, enum change_word word)
{
	unsigned before = t.told;

	change_stored(c, on_stored, &t);
	assert_int_equal(t.told, before);
	until(&t.told, before + 1);
	assert_int_equal(t.word, word);
}

static const struct change_record *
read_one(const uint8_t id[ID_BYTES])
{
	struct changes_ask *ask = NULL;
	unsigned before = t.answers;

	assert_ok(changes_read(&t.w, id, &t.arena, on_read, &t, &ask));
	assert_int_equal(t.answers, before);
	until(&t.answers, before + 1);
	assert_int_equal(t.word, CHANGE_STORED);
	return t.n == 0 ? NULL : t.records;
}

static void
read_list(int64_t before, size_t most)
{
	struct changes_ask *ask = NULL;
	unsigned answers = t.answers;

	assert_ok(changes_list(&t.w, before, most, &t.arena, on_read, &t, &ask));
	until(&t.answers, answers + 1);
	assert_int_equal(t.word, CHANGE_STORED);
}

static const uint32_t numbers[] = {2, 0, 1};
static const struct change_step insert = {.kind = STEP_INSERT, .at = 7, .n = 2, .ids = numbers,
    .n_ids = 2}, move = {.kind = STEP_MOVE, .at = 1, .to = 3, .n = 1};

static void
what_is_told_is_read_back(void **state)
{
	struct change *c = begin(CHANGE_ITEMS, 2);
	const struct change_record *r;
	uint8_t id[ID_BYTES];

	(void)state;
	memcpy(id, change_id(c), ID_BYTES);
	change_uris(c, three, 3);
	change_contents(c, 3, numbers, 3);
	change_intent(c, &insert);
	store(c, CHANGE_STORED);
	r = read_one(id);
	assert_non_null(r);
	assert_true(r->running);
	assert_int_equal(r->state, CHANGE_OPEN);
	assert_int_equal(r->steps[0].state, STEP_BEGUN);
	change_outcome(c, STEP_DONE);
	change_intent(c, &move);
	store(c, CHANGE_STORED);
	change_outcome(c, STEP_DONE);
	change_end(&c);
	assert_null(c);
	r = read_one(id);
	assert_false(r->running);
	assert_int_equal(r->state, CHANGE_WHOLE);
	assert_int_equal(r->kind, CHANGE_ITEMS);
	assert_string_equal(r->thing, "spotify:playlist:p");
	assert_string_equal(r->name, "A name");
	assert_string_equal(r->tool, "a_tool");
	assert_string_equal(r->client, "a client");
	assert_int_equal(r->position, 4);
	assert_int_equal(r->total, 9);
	assert_int_equal(r->planned, 2);
	assert_false(r->undoing || r->undone);
	assert_null(r->details_before.name);
	assert_int_equal(r->details_before.is_public, -1);
	assert_int_equal(r->n_uris, 3);
	assert_string_equal(r->uris[1], three[1]);
	assert_true(r->contents);
	assert_int_equal(r->n_before, 3);
	assert_int_equal(r->n_after, 3);
	assert_memory_equal(r->after, numbers, sizeof(numbers));
	assert_int_equal(r->n_steps, 2);
	assert_int_equal(r->steps[0].kind, STEP_INSERT);
	assert_int_equal(r->steps[0].state, STEP_DONE);
	assert_int_equal(r->steps[0].at, 7);
	assert_int_equal(r->steps[0].n_ids, 2);
	assert_int_equal(r->steps[0].ids[0], 2);
	assert_int_equal(r->steps[1].kind, STEP_MOVE);
	assert_int_equal(r->steps[1].to, 3);
	assert_int_equal(t.record.repeats, 0);
}

static void
details_are_read_back(void **state)
{
	const struct change_about about = {.kind = CHANGE_DETAILS, .thing = "spotify:playlist:p",
	    .tool = "a_tool", .position = -1, .total = -1,
	    .details_before = {.name = "Before \xc3\xa4", .is_public = 1, .collaborative = -1},
	    .details_after = {.name = "", .description = "", .is_public = 0, .collaborative = -1}};
	const struct change_step step = {.kind = STEP_DETAILS};
	const struct change_record *r;
	struct change *c = NULL;
	uint8_t id[ID_BYTES];

	(void)state;
	assert_ok(change_begin(&t.w, &about, &c));
	memcpy(id, change_id(c), ID_BYTES);
	change_intent(c, &step);
	store(c, CHANGE_STORED);
	change_outcome(c, STEP_UNKNOWN);
	change_end(&c);
	r = read_one(id);
	assert_int_equal(r->state, CHANGE_PARTLY);
	assert_int_equal(r->steps[0].state, STEP_UNKNOWN);
	assert_string_equal(r->details_before.name, "Before \xc3\xa4");
	assert_null(r->details_before.description);
	assert_int_equal(r->details_before.is_public, 1);
	assert_int_equal(r->details_before.collaborative, -1);
	assert_string_equal(r->details_after.name, "");
	assert_string_equal(r->details_after.description, "");
	assert_int_equal(r->details_after.is_public, 0);
	assert_false(r->contents);
}

static void
odd_things_are_told_apart(void **state)
{
	static const char *const odd[] = {"", "spotify:local:me:it:one:1", "spotify:local:me:it:two:2",
	    "spotify:track:short", "spotify:episode:0123456789abcdefABCDEF", "spotify:user:a%20b:collection"};
	struct change *c = begin(CHANGE_ADDED, 0);
	const struct change_record *r;
	uint8_t id[ID_BYTES];

	(void)state;
	memcpy(id, change_id(c), ID_BYTES);
	change_uris(c, odd, 6);
	change_intent(c, &move);
	store(c, CHANGE_STORED);
	change_end(&c);
	r = read_one(id);
	assert_int_equal(r->n_uris, 6);
	assert_string_equal(r->uris[0], "");
	assert_string_equal(r->uris[3], odd[3]);
	assert_string_equal(r->uris[4], odd[4]);
	assert_string_equal(r->uris[5], odd[5]);
	assert_null(strstr(r->uris[1], "me"));
	assert_true(change_uri_is(r->uris[1], odd[1]));
	assert_false(change_uri_is(r->uris[1], odd[2]));
	assert_false(change_uri_is(r->uris[4], odd[3]));
	assert_true(change_uri_is(r->uris[4], odd[4]));
	assert_false(change_uri_movable(r->uris[0]) || change_uri_movable(r->uris[1]));
	assert_true(change_uri_movable(r->uris[4]));
}

/* 2,500 entries and 100 steps: many parts, which come back in order. */
static void
a_long_change_comes_back_whole(void **state)
{
	static char room[2500][40];
	static const char *uris[2500];
	static uint32_t after[2500], ids[100];
	struct change *c = begin(CHANGE_ITEMS, 100);
	struct change_step step = {.kind = STEP_REPLACE, .ids = ids, .n_ids = 100, .n = 100};
	const struct change_record *r;
	uint8_t id[ID_BYTES];
	uint32_t i;

	(void)state;
	for (i = 0; i < 2500; i++) {
		(void)snprintf(room[i], sizeof(room[i]), "spotify:track:%022u", i);
		uris[i] = room[i];
		after[i] = 2499 - i;
	}
	memcpy(id, change_id(c), ID_BYTES);
	change_uris(c, uris, 1200);
	change_uris(c, uris + 1200, 1300);
	change_contents(c, 1200, after, 2500);
	for (i = 0; i < 100; i++) {
		ids[i] = i * 25;
		change_intent(c, &step);
		if (i % 10 == 9)
			store(c, CHANGE_STORED);
	}
	for (i = 0; i < 100; i++)
		change_outcome(c, i == 99 ? STEP_NOT_DONE : STEP_DONE);
	change_end(&c);
	r = read_one(id);
	assert_int_equal(r->n_uris, 2500);
	assert_int_equal(r->n_after, 2500);
	for (i = 0; i < 2500; i++) {
		assert_string_equal(r->uris[i], room[i]);
		assert_int_equal(r->after[i], after[i]);
	}
	assert_int_equal(r->n_steps, 100);
	assert_int_equal(r->state, CHANGE_PARTLY);
	assert_int_equal(r->steps[98].state, STEP_DONE);
	assert_int_equal(r->steps[99].state, STEP_NOT_DONE);
	assert_int_equal(r->steps[0].ids[99], 0);
	assert_int_equal(r->steps[99].ids[99], 99 * 25);
}

static void
one_change(enum change_step_state outcome, size_t planned, uint8_t id[ID_BYTES])
{
	struct change *c = begin(CHANGE_SAVED, planned);

	memcpy(id, change_id(c), ID_BYTES);
	change_uris(c, three, 3);
	change_intent(c, &move);
	store(c, CHANGE_STORED);
	change_outcome(c, outcome);
	change_end(&c);
}

static void
a_list_tells_heads_and_marks(void **state)
{
	uint8_t id[5][ID_BYTES];

	(void)state;
	one_change(STEP_DONE, 0, id[0]);
	one_change(STEP_DONE, 2, id[1]);
	one_change(STEP_NOT_DONE, 1, id[2]);
	one_change(STEP_UNKNOWN, 1, id[3]);
	one_change(STEP_DONE, 1, id[4]);
	assert_ok(changes_undone(&t.w, id[1], id[4]));
	read_list(0, 10);
	assert_int_equal(t.n, 5);
	assert_false(t.more);
	assert_memory_equal(t.records[0].id, id[4], ID_BYTES);
	assert_memory_equal(t.records[4].id, id[0], ID_BYTES);
	assert_int_equal(t.records[4].state, CHANGE_WHOLE);
	assert_int_equal(t.records[3].state, CHANGE_PARTLY);
	assert_true(t.records[3].undone);
	assert_memory_equal(t.records[3].undone_by, id[4], ID_BYTES);
	assert_int_equal(t.records[2].state, CHANGE_NOTHING);
	assert_int_equal(t.records[1].state, CHANGE_PARTLY);
	assert_string_equal(t.records[1].tool, "a_tool");
	read_list(0, 2);
	assert_int_equal(t.n, 2);
	assert_true(t.more);
	read_list(t.records[1].at, 2);
	assert_int_equal(t.n, 2);
	assert_memory_equal(t.records[0].id, id[2], ID_BYTES);
	read_list(t.records[1].at, 2);
	assert_int_equal(t.n, 1);
	assert_false(t.more);
	assert_null(read_one(user));
}

static void
nothing_without_a_step_is_recorded(void **state)
{
	struct change *c = begin(CHANGE_ITEMS, 1);

	(void)state;
	change_uris(c, three, 3);
	change_end(&c);
	change_end(&c);
	run_ms(20);
	assert_int_equal(t.record.puts, 0);
	assert_int_equal(changes_pending(t.w.changes), 0);
}

/* What was not acknowledged is repeated, and one change comes of it. */
static void
the_death_of_the_vault_is_survived(void **state)
{
	struct change *c = begin(CHANGE_SAVED, 1);
	uint8_t id[ID_BYTES];

	(void)state;
	memcpy(id, change_id(c), ID_BYTES);
	change_uris(c, three, 3);
	change_intent(c, &move);
	t.record.silent = true;
	change_stored(c, on_stored, &t);
	run_ms(100);
	assert_int_equal(t.told, 0);
	t.record.silent = false;
	changes_vault_back(t.w.changes);
	changes_vault_back(t.w.changes);   /* again, before the answer has come */
	until(&t.told, 1);
	assert_int_equal(t.word, CHANGE_STORED);
	assert_true(t.record.repeats > 0);
	change_outcome(c, STEP_DONE);
	t.record.silent = true;
	change_end(&c);
	run_ms(20);
	assert_int_equal(changes_pending(t.w.changes), 1);
	t.record.silent = false;
	changes_vault_back(t.w.changes);
	assert_int_equal(read_one(id)->state, CHANGE_WHOLE);
	assert_int_equal(changes_pending(t.w.changes), 0);
	read_list(0, 10);
	assert_int_equal(t.n, 1);
}

static void
away_is_said_before_anything_is_sent(void **state)
{
	struct change *c = begin(CHANGE_SAVED, 1);

	(void)state;
	t.record.refuse = STORE_UNAVAILABLE;
	t.record.retry_after = 5;
	change_uris(c, three, 3);
	change_intent(c, &move);
	store(c, CHANGE_AWAY);
	assert_int_equal(t.retry_s, 5);
	change_end(&c);
	/* Whatever of it may be there gets an end; of what is not, nothing stays. */
	t.record.refuse = 0;
	changes_vault_back(t.w.changes);
	run_ms(50);
	assert_int_equal(changes_pending(t.w.changes), 0);
	read_list(0, 10);
	assert_int_equal(t.n, 0);
}

/* It goes away in the middle: the edit ends, what it did is recorded. */
static void
away_in_the_middle_ends_it_there(void **state)
{
	struct change *c = begin(CHANGE_SAVED, 2);
	const struct change_record *r;
	uint8_t id[ID_BYTES];

	(void)state;
	memcpy(id, change_id(c), ID_BYTES);
	change_uris(c, three, 3);
	change_intent(c, &insert);
	store(c, CHANGE_STORED);
	change_outcome(c, STEP_DONE);
	t.record.silent = true;
	change_intent(c, &move);
	store(c, CHANGE_AWAY);       /* after CHANGE_WAIT_MS */
	change_end(&c);
	t.record.silent = false;
	changes_vault_back(t.w.changes);
	r = read_one(id);
	assert_int_equal(r->state, CHANGE_PARTLY);
	assert_int_equal(r->n_steps, 2);
	assert_int_equal(r->steps[0].state, STEP_DONE);
	assert_int_equal(r->steps[1].state, STEP_NOT_DONE);
}

static void
a_second_is_waited_for(void **state)
{
	struct change *c = begin(CHANGE_SAVED, 1);

	(void)state;
	t.record.refuse = STORE_UNAVAILABLE;
	t.record.retry_after = 1;    /* the vault's pace */
	change_uris(c, three, 3);
	change_intent(c, &move);
	change_stored(c, on_stored, &t);
	run_ms(100);
	assert_int_equal(t.told, 0);
	t.record.refuse = 0;
	until(&t.told, 1);
	assert_int_equal(t.word, CHANGE_STORED);
	change_end(&c);
}

static void
what_cannot_be_kept_is_refused(void **state)
{
	struct change *c = begin(CHANGE_SAVED, 1);
	const struct change_step far = {.kind = STEP_INSERT, .ids = (const uint32_t[]){70000}, .n_ids = 1};

	(void)state;
	t.record.refuse = STORE_FULL;
	change_intent(c, &move);
	store(c, CHANGE_REFUSED);
	assert_int_equal(changes_pending(t.w.changes), 0);
	change_intent(c, &move);
	store(c, CHANGE_REFUSED);
	change_end(&c);
	t.record.refuse = 0;
	c = begin(CHANGE_SAVED, 1);
	change_intent(c, &far);
	store(c, CHANGE_REFUSED);
	change_end(&c);
	run_ms(20);
	assert_int_equal(t.record.parts, 0);
}

static void
what_was_altered_is_there_and_no_more(void **state)
{
	uint8_t id[2][ID_BYTES];
	static const uint8_t other_key[SEAL_KEY_BYTES] = {2};

	(void)state;
	one_change(STEP_DONE, 1, id[0]);
	/* Another key opens nothing, and what is behind it is found all the same. */
	assert_ok(secret_set(&t.w.key, span_of(other_key, sizeof(other_key))));
	one_change(STEP_DONE, 1, id[1]);
	read_list(0, 1);
	assert_true(t.more && !t.records[0].spoilt);
	read_list(0, 10);
	assert_int_equal(t.n, 2);
	assert_true(t.records[1].spoilt && memcmp(t.records[1].id, id[0], ID_BYTES) == 0);
	assert_int_equal(t.unreadable, 2);
	assert_true(read_one(id[0])->spoilt);
}

static void
a_question_that_was_dropped_is_not_answered(void **state)
{
	struct changes_ask *ask = NULL;
	struct change *c = begin(CHANGE_SAVED, 1);
	uint8_t id[ID_BYTES];

	(void)state;
	one_change(STEP_DONE, 1, id);
	assert_ok(changes_read(&t.w, id, &t.arena, on_read, &t, &ask));
	changes_drop(&ask);
	assert_null(ask);
	assert_ok(changes_list(&t.w, 0, 10, &t.arena, on_read, &t, &ask));
	run_ms(1);
	changes_drop(&ask);
	/* Nor is who waits for a word that ends the change first. */
	change_intent(c, &move);
	change_stored(c, on_stored, &t);
	change_end(&c);
	run_ms(50);
	assert_int_equal(t.answers, 0);
	assert_int_equal(t.told, 1);
}

/* The vault ends a worker that asks before its last question was answered. */
static void
questions_go_to_the_vault_one_at_a_time(void **state)
{
	struct changes_ask *asks[3] = {NULL, NULL, NULL};
	uint8_t id[ID_BYTES];

	(void)state;
	one_change(STEP_DONE, 1, id);
	run_ms(20);
	assert_ok(changes_read(&t.w, id, &t.arena, on_read, &t, &asks[0]));
	assert_ok(changes_list(&t.w, 0, 10, &t.arena, on_read, &t, &asks[1]));
	assert_ok(changes_list(&t.w, 0, 5, &t.arena, on_read, &t, &asks[2]));
	assert_int_equal(t.record.asks, 1);
	changes_drop(&asks[0]);
	assert_int_equal(t.record.asks, 1);
	until(&t.answers, 2);
	assert_int_equal(t.record.asks, 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_told_is_read_back), T(details_are_read_back),
		T(odd_things_are_told_apart),
		T(a_long_change_comes_back_whole),
		T(a_list_tells_heads_and_marks),
		T(nothing_without_a_step_is_recorded),
		T(the_death_of_the_vault_is_survived),
		T(away_is_said_before_anything_is_sent),
		T(away_in_the_middle_ends_it_there),
		T(a_second_is_waited_for), T(what_cannot_be_kept_is_refused),
		T(what_was_altered_is_there_and_no_more),
		T(a_question_that_was_dropped_is_not_answered),
		T(questions_go_to_the_vault_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
