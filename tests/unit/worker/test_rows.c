/* The worker's sealed rows: what is stored, asked, kept and given up, with the
 * vault played by the test at the other end of the channel. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "shared/crypto/seal.h"
#include "tests/unit/unit.h"
#include "worker/rows.h"
#include "worker/worker.h"

static const uint8_t user[ID_BYTES] = {7}, login[ID_BYTES] = {9}, stranger[ID_BYTES] = {5};
static const uint8_t nobody[ID_BYTES];
static const uint8_t user_key[SEAL_KEY_BYTES] = {1}, login_key[SEAL_KEY_BYTES] = {2};

static struct {
	struct worker w;
	int vault;              /* the vault's end */
	unsigned calls;         /* answers so far; the last: */
	enum row_outcome outcome;
	char plain[64];
	uint32_t retry_ms;
	unsigned unreadable;
	/* The frame that the vault got last. */
	uint8_t packet[65536], type;
	uint64_t request;
	struct span body;
} t;

void
worker_log(struct worker *w, enum worker_event event, int64_t a, int64_t b, int64_t c, int64_t d)
{
	(void)w;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	t.unreadable += event == WEV_row_unreadable;
}

static void
on_answer(void *arg, enum row_outcome outcome, struct span plain, uint32_t retry_ms)
{
	assert_ptr_equal(arg, &t);
	assert_true(plain.n < sizeof(t.plain));
	t.calls++;
	t.outcome = outcome;
	if (plain.n > 0)
		memcpy(t.plain, plain.p, plain.n);
	t.plain[plain.n] = '\0';
	t.retry_ms = retry_ms;
}

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	(void)why;
}

static void
join_vault(void)
{
	static const struct channel_table table = {.peer = "vault", .max_queue = 1024 * 1024};
	int fds[2];

	assert_ok(channel_pair(fds));
	assert_ok(channel_open(t.w.loop, fds[0], &table, &t.w, on_end, &t.w.vault));
	t.vault = fds[1];
}

static void
vault_away(void)
{
	channel_close(&t.w.vault);
	(void)close(t.vault);
	t.vault = -1;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	assert_ok(loop_create(&t.w.loop));
	memcpy(t.w.who.user, user, sizeof(user));
	assert_ok(secret_set(&t.w.key, span_of(user_key, sizeof(user_key))));
	join_vault();
	assert_ok(rows_create(&t.w, &t.w.rows));
	return 0;
}

/* Memory of closed channels goes at the end of a turn. */
static void
stop_loop(void *arg)
{
	loop_stop(arg);
}

static int
tear_down(void **state)
{
	struct deferred last = {0};

	(void)state;
	vault_away();
	loop_defer(t.w.loop, &last, stop_loop, t.w.loop);
	assert_ok(loop_run(t.w.loop));
	rows_destroy(&t.w.rows);
	rows_destroy(&t.w.rows);
	secret_clear(&t.w.key);
	loop_destroy(&t.w.loop);
	return 0;
}

/* What the vault hears next; MSG_NONE: nothing. */
static uint8_t
hear(void)
{
	ssize_t n;

	channel_flush(t.w.vault);
	n = recv(t.vault, t.packet, sizeof(t.packet), MSG_DONTWAIT);
	t.type = MSG_NONE;
	if (n < FRAME_HEAD)
		return MSG_NONE;
	t.type = t.packet[1];
	memcpy(&t.request, t.packet + 8, sizeof(t.request));
	t.body = span_of(t.packet + FRAME_HEAD, (size_t)n - FRAME_HEAD);
	return t.type;
}

/* Gives a body to a handler as the answer to `request`. */
static err_t
give(err_t (*handler)(void *, struct channel *, const struct frame *), uint64_t request,
    const struct buf *body)
{
	const struct frame f = {.request = request, .body = buf_span(body)};

	return handler(&t.w, t.w.vault, &f);
}

static err_t
say_stored(uint64_t version)
{
	const struct msg_stored m = {.version = version};
	struct buf b;
	err_t err;

	buf_init(&b, 4096);
	assert_ok(msg_put_stored(&b, &m));
	err = give(rows_on_stored, t.request, &b);
	buf_free(&b);
	return err;
}

static void
say_failed(uint32_t retry_after)
{
	const struct msg_store_failed m = {.why = 1, .retry_after = retry_after};
	struct buf b;

	buf_init(&b, 4096);
	assert_ok(msg_put_store_failed(&b, &m));
	assert_ok(give(rows_on_failed, t.request, &b));
	buf_free(&b);
}

/* Seals text as the row's version, for the user or for a login. */
static void
seal_text(struct buf *out, const uint8_t owner[ID_BYTES], uint64_t version, const char *text)
{
	const bool own = memcmp(owner, nobody, ID_BYTES) == 0;
	struct seal_place place = {.kind = ROW_TOKENS, .version = own ? version : 0};

	memcpy(place.owner, own ? user : owner, ID_BYTES);
	buf_init(out, 16384);
	assert_ok(seal_row(own ? user_key : login_key, &place, span_str(text), out));
}

static void
say_conflict(uint8_t kind, const uint8_t owner[ID_BYTES], uint64_t version, const char *text)
{
	struct msg_store_conflict m = {.kind = kind, .version = version};
	struct buf b, sealed;

	seal_text(&sealed, owner, version, text);
	memcpy(m.login, owner, sizeof(m.login));
	m.sealed = buf_span(&sealed);
	buf_init(&b, 20000);
	assert_ok(msg_put_store_conflict(&b, &m));
	assert_ok(give(rows_on_conflict, t.request, &b));
	buf_free(&b);
	buf_free(&sealed);
}

static void
store(const char *text)
{
	assert_ok(row_store(&t.w, ROW_TOKENS, span_str(text), on_answer, &t));
}

/* The vault hears a STORE on top of this version; it holds this text. */
static void
expect_store(uint64_t version, const char *text)
{
	struct seal_place place = {.kind = ROW_TOKENS, .version = version + 1};
	struct msg_store m;
	struct buf plain;

	assert_int_equal(hear(), MSG_STORE);
	assert_ok(msg_get_store(t.body, &m));
	assert_true(m.version == version);
	memcpy(place.owner, user, sizeof(user));
	buf_init(&plain, 16384);
	assert_ok(open_row(user_key, &place, m.sealed, &plain));
	assert_string_equal(buf_cstr(&plain), text);
	buf_free(&plain);
}

static void
expect_answer(unsigned calls, enum row_outcome outcome, const char *plain)
{
	assert_int_equal(t.calls, calls);
	assert_int_equal(t.outcome, outcome);
	assert_string_equal(t.plain, plain);
}

static void
a_store_is_over_when_the_vault_says_so(void **state)
{
	(void)state;
	store("one");
	expect_store(0, "one");
	assert_int_equal(rows_pending(t.w.rows), 1);
	assert_int_equal(t.calls, 0);
	assert_ok(say_stored(1));
	expect_answer(1, ROW_DONE, "");
	assert_int_equal(rows_pending(t.w.rows), 0);
	/* The same word again means nothing. */
	assert_ok(say_stored(5));
	assert_int_equal(t.calls, 1);
	store("two");
	expect_store(1, "two");
	assert_int_equal(row_store(&t.w, ROW_NONE, span_str("x"), on_answer, &t), ERR_STATE);
	assert_int_equal(row_store(&t.w, ROW_COUNT, span_str("x"), on_answer, &t), ERR_STATE);
	assert_int_equal(row_store(&t.w, ROW_TOKENS, span_str(""), on_answer, &t), ERR_STATE);
}

static void
a_store_during_a_store_follows_it(void **state)
{
	(void)state;
	store("one");
	expect_store(0, "one");
	store("two");
	assert_int_equal(hear(), MSG_NONE);
	assert_ok(say_stored(1));
	expect_store(1, "two");
	assert_int_equal(t.calls, 0);
	assert_ok(say_stored(2));
	expect_answer(1, ROW_DONE, "");
}

static void
a_failed_store_is_kept_and_repeated(void **state)
{
	unsigned i;

	(void)state;
	store("one");
	expect_store(0, "one");
	say_failed(0);
	expect_answer(1, ROW_AWAY, "");
	assert_int_equal(t.retry_ms, 1000);
	assert_int_equal(rows_pending(t.w.rows), 1);
	/* By its timer. */
	assert_int_equal(event_base_loop(loop_base(t.w.loop), EVLOOP_ONCE), 0);
	expect_store(0, "one");
	say_failed(0);
	assert_int_equal(t.retry_ms, 2000);
	for (i = 0; i < 6; i++) {
		rows_vault_back(t.w.rows);
		expect_store(0, "one");
		say_failed(i == 0 ? 7 : 0);
		assert_true(t.retry_ms >= 7000 && t.retry_ms <= 30000);
	}
	assert_int_equal(t.retry_ms, 30000);
	rows_vault_back(t.w.rows);
	expect_store(0, "one");
	assert_ok(say_stored(1));
	expect_answer(9, ROW_DONE, "");
}

static void
a_store_without_a_vault_waits_for_it(void **state)
{
	(void)state;
	vault_away();
	store("one");
	assert_int_equal(rows_pending(t.w.rows), 1);
	assert_int_equal(row_lease(&t.w, ROW_TOKENS, on_answer, &t), ERR_AGAIN);
	join_vault();
	rows_vault_back(t.w.rows);
	expect_store(0, "one");
	/* The answer is lost with the channel; the vault has it already. */
	vault_away();
	join_vault();
	rows_vault_back(t.w.rows);
	expect_store(0, "one");
	say_conflict(ROW_TOKENS, nobody, 1, "one");
	expect_answer(1, ROW_DONE, "");
	store("two");
	expect_store(1, "two");
}

static void
what_somebody_else_stored_first_is_told(void **state)
{
	(void)state;
	store("mine");
	expect_store(0, "mine");
	say_conflict(ROW_COUNT - 1 == ROW_TOKENS ? ROW_COUNT : ROW_COUNT - 1, nobody, 3, "other kind");
	assert_int_equal(t.calls, 0);
	say_conflict(ROW_TOKENS, nobody, 3, "theirs");
	expect_answer(1, ROW_NEWER, "theirs");
	assert_int_equal(rows_pending(t.w.rows), 0);
	store("next");
	expect_store(3, "next");
}

static void
a_row_that_has_gone_is_stored_as_the_first(void **state)
{
	(void)state;
	store("mine");
	expect_store(0, "mine");
	say_conflict(ROW_TOKENS, nobody, 4, "theirs");
	store("again");
	expect_store(4, "again");
	say_conflict(ROW_TOKENS, nobody, 0, "");
	expect_store(0, "again");
	assert_ok(say_stored(1));
	expect_answer(2, ROW_DONE, "");
}

static void
a_newer_row_that_cannot_be_read_decides_nothing(void **state)
{
	(void)state;
	store("mine");
	expect_store(0, "mine");
	say_conflict(ROW_TOKENS, stranger, 2, "sealed for a login");
	expect_answer(1, ROW_AWAY, "");
	assert_int_equal(t.unreadable, 1);
	assert_ok(row_reread(&t.w, ROW_TOKENS, on_answer, &t));
	assert_int_equal(hear(), MSG_REREAD);
	say_conflict(ROW_TOKENS, stranger, 2, "sealed for a login");
	expect_answer(2, ROW_AWAY, "");
	assert_int_equal(t.unreadable, 2);
}

static void
a_question_is_answered_once(void **state)
{
	const struct msg_lease_busy busy = {.retry_ms = 250};
	struct buf none, b;

	(void)state;
	buf_init(&none, 16);
	buf_init(&b, 64);
	assert_ok(msg_put_lease_busy(&b, &busy));
	assert_ok(row_lease(&t.w, ROW_TOKENS, on_answer, &t));
	assert_int_equal(row_reread(&t.w, ROW_TOKENS, on_answer, &t), ERR_STATE);
	assert_int_equal(row_lease(&t.w, ROW_COUNT, on_answer, &t), ERR_STATE);
	assert_int_equal(row_lease(&t.w, ROW_NONE, on_answer, &t), ERR_STATE);
	assert_int_equal(hear(), MSG_LEASE);
	assert_ok(give(rows_on_leased, t.request + 100, &none));
	assert_int_equal(t.calls, 0);
	assert_ok(give(rows_on_leased, t.request, &none));
	expect_answer(1, ROW_DONE, "");
	assert_ok(give(rows_on_leased, t.request, &none));
	assert_int_equal(t.calls, 1);

	assert_ok(row_lease(&t.w, ROW_TOKENS, on_answer, &t));
	assert_int_equal(hear(), MSG_LEASE);
	assert_ok(give(rows_on_busy, t.request, &b));
	expect_answer(2, ROW_BUSY, "");
	assert_int_equal(t.retry_ms, 250);
	assert_ok(give(rows_on_busy, t.request, &b));

	assert_ok(row_reread(&t.w, ROW_TOKENS, on_answer, &t));
	assert_int_equal(hear(), MSG_REREAD);
	vault_away();
	join_vault();
	rows_vault_back(t.w.rows);
	assert_int_equal(hear(), MSG_REREAD);
	say_conflict(ROW_TOKENS, nobody, 6, "there");
	expect_answer(3, ROW_NEWER, "there");

	assert_ok(row_lease(&t.w, ROW_TOKENS, on_answer, &t));
	assert_int_equal(hear(), MSG_LEASE);
	assert_ok(say_stored(9));      /* no answer to a question */
	assert_int_equal(t.calls, 3);
	say_failed(3);
	expect_answer(4, ROW_AWAY, "");
	assert_int_equal(t.retry_ms, 3000);
	say_failed(3);
	assert_int_equal(t.calls, 4);
	buf_free(&none);
	buf_free(&b);
}

static err_t
give_row(uint8_t kind, const uint8_t owner[ID_BYTES], uint64_t version, const char *text)
{
	struct msg_row m = {.kind = kind, .version = version};
	struct buf b, sealed;
	err_t err;

	seal_text(&sealed, owner, version, text);
	memcpy(m.login, owner, sizeof(m.login));
	m.sealed = buf_span(&sealed);
	buf_init(&b, 20000);
	assert_ok(msg_put_row(&b, &m));
	err = give(rows_on_row, 0, &b);
	buf_free(&b);
	buf_free(&sealed);
	return err;
}

static err_t
give_login_key(void)
{
	struct msg_login_key m = {.none = 0};
	struct buf b;
	err_t err;

	memcpy(m.login, login, sizeof(m.login));
	memcpy(m.key, login_key, sizeof(m.key));
	buf_init(&b, 128);
	assert_ok(msg_put_login_key(&b, &m));
	err = give(rows_on_login_key, 0, &b);
	buf_free(&b);
	return err;
}

static void
opens_as(const char *text)
{
	struct buf out;

	buf_init(&out, 16384);
	assert_ok(rows_open(t.w.rows, ROW_TOKENS, &out));
	assert_string_equal(buf_cstr(&out), text);
	buf_free(&out);
}

static void
the_users_row_is_opened(void **state)
{
	(void)state;
	opens_as("");
	assert_int_equal(give_row(ROW_NONE, nobody, 3, "x"), ERR_SYNTAX);
	assert_ok(give_row(ROW_COUNT, nobody, 3, "of a newer node"));
	assert_ok(give_row(ROW_TOKENS, nobody, 3, "mine"));
	opens_as("mine");
	assert_int_equal(hear(), MSG_NONE);
	/* Bound, it goes on with what it has. */
	t.w.bound = true;
	assert_ok(give_row(ROW_TOKENS, nobody, 9, "other"));
	store("next");
	expect_store(3, "next");
}

static void
a_row_under_a_login_is_stored_anew_under_the_user(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_ok(give_login_key());
	assert_int_equal(give_login_key(), ERR_LIMIT);
	assert_ok(give_row(ROW_TOKENS, login, 5, "fresh"));
	opens_as("fresh");
	expect_store(5, "fresh");
	/* Nobody asked for the answer. */
	assert_ok(say_stored(6));
	assert_int_equal(t.calls, 0);
	rows_forget_login_keys(t.w.rows);
	assert_ok(give_row(ROW_TOKENS, login, 7, "later"));
	opens_as("");
	assert_int_equal(t.unreadable, 1);
}

static void
a_body_of_another_length_is_refused(void **state)
{
	err_t (*const handlers[])(void *, struct channel *, const struct frame *) = {
		rows_on_login_key, rows_on_row, rows_on_stored, rows_on_conflict, rows_on_failed,
		rows_on_leased, rows_on_busy,
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 16);
	assert_ok(buf_put_str(&b, "abc"));
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		assert_int_equal(give(handlers[i], 1, &b), ERR_SYNTAX);
	buf_free(&b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_store_is_over_when_the_vault_says_so), T(a_store_during_a_store_follows_it),
		T(a_failed_store_is_kept_and_repeated), T(a_store_without_a_vault_waits_for_it),
		T(what_somebody_else_stored_first_is_told), T(a_row_that_has_gone_is_stored_as_the_first),
		T(a_newer_row_that_cannot_be_read_decides_nothing), T(a_question_is_answered_once),
		T(the_users_row_is_opened), T(a_row_under_a_login_is_stored_anew_under_the_user),
		T(a_body_of_another_length_is_refused),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
