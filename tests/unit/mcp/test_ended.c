/* Sessions that were ended: when DELETE is answered, what is stored, what a new
 * worker makes of it (docs/protocol.md L-8, L-9). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/mcp/ended.h"
#include "worker/mcp/session.h"

#define LIST "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"
#define DAY  (24LL * 3600)

static void
end(struct bench *b, const char *session)
{
	send_raw(b, METHOD_DELETE, FIELDS("mcp-session-id", session), "");
}

static void
assert_valid(struct bench *b, const char *session)
{
	legacy(b, session, LIST);
	assert_result(b);
}

static void
assert_gone(struct bench *b, const char *session)
{
	legacy(b, session, LIST);
	assert_error(b, 404, -32001);
}

static void
assert_later(struct bench *b)
{
	assert_true(b->reply.ended);
	assert_int_equal(b->reply.status, 503);
	assert_true(b->reply.retry_after > 0);
}

/* What the vault says to the store under way. */
static void
say(struct bench *b, enum row_outcome outcome, struct span plain, uint32_t retry_ms)
{
	row_answer fn = stores.fn;

	assert_non_null(fn);
	if (outcome != ROW_AWAY)
		stores.fn = NULL;
	fn(stores.arg, outcome, plain, retry_ms);
	turn(b);
}

static void
done(struct bench *b)
{
	say(b, ROW_DONE, span_of(NULL, 0), 0);
}

/* A worker that comes after this one, with this row. */
static void
new_worker(struct bench *b, const void *row, size_t n)
{
	client_gone(b);
	mcp_destroy(&b->worker.mcp);
	assert_int_equal(mcp_create(&b->worker, &b->worker.mcp), 0);
	assert_int_equal(mcp_rows_ready(b->worker.mcp, span_of(row, n)), 0);
}

/* As the row has them. */
static size_t
write_entry(uint8_t *row, size_t at, uint64_t session, int64_t when)
{
	unsigned i;

	for (i = 0; i < 8; i++) {
		row[at + i] = (uint8_t)(session >> (8 * i));
		row[at + 8 + i] = (uint8_t)((uint64_t)when >> (8 * i));
	}
	return at + 16;
}

static void
delete_is_answered_when_the_row_is_stored(void **state)
{
	struct bench *b = *state;
	struct kept *kept;
	char one[200];

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	end(b, one);
	assert_false(b->reply.head);
	assert_int_equal(stores.calls, 1);
	kept = keep(b);
	/* Nothing is promised yet. */
	assert_valid(b, one);
	done(b);
	back(b, kept);
	assert_true(b->reply.ended);
	assert_int_equal(b->reply.status, 200);
	assert_gone(b, one);
	end(b, one);
	assert_int_equal(b->reply.status, 404);
	assert_int_equal(stores.calls, 1);
}

static void
a_store_that_fails_now_is_503_and_goes_on(void **state)
{
	struct bench *b = *state;
	char one[200];

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	end(b, one);
	say(b, ROW_AWAY, span_of(NULL, 0), 7500);
	assert_later(b);
	assert_int_equal(b->reply.retry_after, 8);
	assert_valid(b, one);
	/* It tries again and waits for the same store. */
	end(b, one);
	assert_false(b->reply.head);
	done(b);
	assert_int_equal(b->reply.status, 200);
	assert_int_equal(stores.n, 1 + 16);
	assert_gone(b, one);
}

static void
a_store_that_succeeds_after_503_ends_the_session(void **state)
{
	struct bench *b = *state;
	char one[200];

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	end(b, one);
	say(b, ROW_AWAY, span_of(NULL, 0), 1000);
	assert_later(b);
	done(b);
	assert_gone(b, one);
	end(b, one);
	assert_int_equal(b->reply.status, 404);
}

static int
wake(const struct event_base *base, const struct event *ev, void *arg)
{
	struct timeval due;

	(void)base;
	(void)arg;
	if (event_pending(ev, EV_TIMEOUT, &due))
		event_active((struct event *)(uintptr_t)ev, EV_TIMEOUT, 1);
	return 0;
}

static void
a_store_without_answer_is_503_after_a_while(void **state)
{
	struct bench *b = *state;
	char one[200];

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	end(b, one);
	assert_false(b->reply.head);
	assert_int_equal(event_base_foreach_event(loop_base(b->worker.loop), wake, NULL), 0);
	turn(b);
	assert_later(b);
	assert_valid(b, one);
	done(b);
	assert_gone(b, one);
}

static void
without_the_vault_or_memory_it_is_503_and_nothing_is_kept(void **state)
{
	struct bench *b = *state;
	struct channel *vault = b->worker.vault;
	char one[200], two[200];

	start_session(b, "2025-11-25", one);
	start_session(b, "2025-11-25", two);
	b->worker.vault = NULL;
	end(b, one);
	assert_later(b);
	b->worker.vault = vault;
	stores.fails = ERR_NOMEM;
	end(b, one);
	assert_later(b);
	assert_int_equal(stores.calls, 0);
	stores.fails = 0;
	end(b, two);
	assert_int_equal(b->reply.status, 200);
	assert_int_equal(stores.n, 1 + 16);
	assert_valid(b, one);
	assert_gone(b, two);
}

static void
deletes_at_once_share_a_store(void **state)
{
	struct bench *b = *state;
	char one[200], two[200];
	struct kept *first, *again;

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	start_session(b, "2025-11-25", two);
	end(b, one);
	first = keep(b);
	end(b, one);
	again = keep(b);
	end(b, two);
	assert_int_equal(stores.n, 1 + 2 * 16);
	done(b);
	assert_int_equal(b->reply.status, 200);
	back(b, again);
	assert_int_equal(b->reply.status, 200);
	back(b, first);
	assert_int_equal(b->reply.status, 200);
	assert_gone(b, one);
	assert_gone(b, two);
}

static void
a_new_worker_knows_what_was_ended(void **state)
{
	struct bench *b = *state;
	char one[200], two[200];
	uint8_t row[64];
	size_t n;

	start_session(b, "2025-11-25", one);
	start_session(b, "2025-03-26", two);
	end(b, one);
	assert_int_equal(b->reply.status, 200);
	n = stores.n;
	assert_in_range(n, 1, sizeof(row));
	memcpy(row, stores.row, n);
	new_worker(b, row, n);
	assert_gone(b, one);
	assert_valid(b, two);
	end(b, two);
	assert_int_equal(b->reply.status, 200);
	assert_int_equal(stores.n, 1 + 2 * 16);
	assert_gone(b, one);
	assert_gone(b, two);
	assert_int_equal(stores.calls, 2);
}

static void
who_ended_nothing_pays_nothing(void **state)
{
	struct bench *b = *state;
	char one[200];

	new_worker(b, NULL, 0);
	start_session(b, "2025-11-25", one);
	assert_valid(b, one);
	assert_int_equal(stores.calls, 0);
}

static void
two_nodes_make_one_list(void **state)
{
	struct bench *b = *state;
	uint8_t theirs[33] = {1};
	char one[200];

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	end(b, one);
	(void)write_entry(theirs, write_entry(theirs, 1, 11, clock_wall_s() - DAY), 12,
	    clock_wall_s() + 60);
	say(b, ROW_NEWER, span_of(theirs, sizeof(theirs)), 0);
	assert_false(b->reply.head);
	assert_int_equal(stores.calls, 2);
	assert_int_equal(stores.n, 1 + 3 * 16);
	assert_memory_equal(stores.row, theirs, 17);
	assert_memory_equal(stores.row + 33, theirs + 17, 16);
	done(b);
	assert_int_equal(b->reply.status, 200);
	assert_gone(b, one);
	assert_true(ended_has(b->worker.mcp, 11));
	assert_true(ended_has(b->worker.mcp, 12));
}

static void
what_expired_is_forgotten(void **state)
{
	struct bench *b = *state;
	uint8_t row[33] = {1};
	char one[200];

	(void)write_entry(row, write_entry(row, 1, 11, clock_wall_s() - SESSION_DAYS * DAY - 1), 12,
	    clock_wall_s() - SESSION_DAYS * DAY + 60);
	new_worker(b, row, sizeof(row));
	assert_false(ended_has(b->worker.mcp, 11));
	assert_true(ended_has(b->worker.mcp, 12));
	start_session(b, "2025-11-25", one);
	end(b, one);
	assert_int_equal(stores.n, 1 + 2 * 16);
	assert_memory_equal(stores.row + 1, row + 17, 16);
}

static void
of_too_many_the_oldest_go(void **state)
{
	static uint8_t row[1 + 16 * 300];
	struct bench *b = *state;
	size_t at = 1;
	char one[200];
	uint64_t i;

	row[0] = 1;
	for (i = 1; i <= 300; i++)
		at = write_entry(row, at, i, clock_wall_s() - 1000 + (int64_t)i);
	new_worker(b, row, sizeof(row));
	assert_false(ended_has(b->worker.mcp, 44));
	assert_true(ended_has(b->worker.mcp, 45));
	assert_true(ended_has(b->worker.mcp, 300));
	start_session(b, "2025-11-25", one);
	end(b, one);
	assert_int_equal(stores.n, ENDED_ROW_MAX);
	assert_false(ended_has(b->worker.mcp, 45));
	assert_true(ended_has(b->worker.mcp, 46));
	assert_gone(b, one);
}

static void
a_row_that_is_not_understood_is_left_alone(void **state)
{
	struct bench *b = *state;
	uint8_t row[1 + 16 + 9] = {2};

	(void)write_entry(row, 1, 11, clock_wall_s());
	new_worker(b, row, 17);
	assert_false(ended_has(b->worker.mcp, 11));
	row[0] = 1;
	new_worker(b, row, sizeof(row));
	assert_true(ended_has(b->worker.mcp, 11));
	new_worker(b, row, 1);
	assert_false(ended_has(b->worker.mcp, 11));
}

static void
the_stream_of_an_ended_session_ends_when_that_is_stored(void **state)
{
	struct bench *b = *state;
	struct kept *mine, *others;
	char one[200], two[200];

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	start_session(b, "2025-11-25", two);
	send_raw(b, METHOD_GET, FIELDS("mcp-session-id", one), "");
	assert_int_equal(b->reply.status, 200);
	mine = keep(b);
	send_raw(b, METHOD_GET, FIELDS("mcp-session-id", two), "");
	others = keep(b);
	end(b, one);
	back(b, mine);
	assert_false(b->reply.ended);
	mine = keep(b);
	done(b);
	back(b, mine);
	assert_true(b->reply.ended);
	back(b, others);
	assert_false(b->reply.ended);
}

static void
a_client_that_went_has_ended_its_session(void **state)
{
	struct bench *b = *state;
	char one[200], two[200];
	struct kept *kept;

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	start_session(b, "2025-11-25", two);
	end(b, two);
	kept = keep(b);
	end(b, one);
	client_gone(b);
	done(b);
	assert_gone(b, one);
	back(b, kept);
	assert_int_equal(b->reply.status, 200);
}

static void
a_worker_may_end_while_one_waits(void **state)
{
	struct bench *b = *state;
	char one[200];

	stores.by_hand = true;
	start_session(b, "2025-11-25", one);
	end(b, one);
	assert_false(b->reply.head);
	mcp_destroy(&b->worker.mcp);
	assert_null(b->rq->on_gone);
	assert_int_equal(mcp_create(&b->worker, &b->worker.mcp), 0);
}

const struct CMUnitTest ended_tests[] = {
	T(delete_is_answered_when_the_row_is_stored),
	T(a_store_that_fails_now_is_503_and_goes_on),
	T(a_store_that_succeeds_after_503_ends_the_session),
	T(a_store_without_answer_is_503_after_a_while),
	T(without_the_vault_or_memory_it_is_503_and_nothing_is_kept),
	T(deletes_at_once_share_a_store),
	T(a_new_worker_knows_what_was_ended),
	T(who_ended_nothing_pays_nothing),
	T(two_nodes_make_one_list),
	T(what_expired_is_forgotten),
	T(of_too_many_the_oldest_go),
	T(a_row_that_is_not_understood_is_left_alone),
	T(the_stream_of_an_ended_session_ends_when_that_is_stored),
	T(a_client_that_went_has_ended_its_session),
	T(a_worker_may_end_while_one_waits),
};
const size_t ended_tests_n = sizeof(ended_tests) / sizeof(ended_tests[0]);
