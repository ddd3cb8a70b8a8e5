/* What a bound worker may do with the record of its user's changes. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "master/vault/changes.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define SEALED_A "a sealed part of at least twenty-nine bytes"
#define SEALED_B "b sealed part of at least twenty-nine bytes"

static struct msg_change_put
part_of(uint8_t change, uint16_t part, const char *sealed)
{
	return (struct msg_change_put){.id = {change}, .part = part, .sealed = span_str(sealed)};
}

static void
kept(struct end *w, uint64_t request, uint8_t change, uint16_t part, const char *sealed)
{
	const struct msg_change_put m = part_of(change, part, sealed);

	assert_ok(send_change_put(w->ch, request, &m));
	(void)rig_take(w, MSG_CHANGE_KEPT, request);
}

static void
refused(struct end *w, uint64_t request, const struct msg_change_put *m, enum store_why why)
{
	struct msg_store_failed failed;

	assert_ok(send_change_put(w->ch, request, m));
	assert_ok(msg_get_store_failed(rig_take(w, MSG_STORE_FAILED, request), &failed));
	assert_int_equal(failed.why, why);
}

/* Asks and reads all of the answer as text: "change:part=sealed ...". */
static void
read_all(struct end *w, uint64_t request, uint8_t change, uint16_t most, char *out, size_t n)
{
	const struct msg_changes_ask ask = {.id = {change}, .most = most};
	struct msg_change m;
	size_t len = 0;

	out[0] = '\0';
	assert_ok(send_changes_ask(w->ch, request, &ask));
	do {
		assert_ok(msg_get_change(rig_take(w, MSG_CHANGE, request), &m));
		if (m.sealed.n > 0)
			len += (size_t)snprintf(out + len, n - len, "%s%u:%u=%.1s", len > 0 ? " " : "",
			    m.id[0], m.part, (const char *)m.sealed.p);
	} while (m.last == 0);
}

static void
parts_are_kept_once_and_read_in_order(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_change_put m;
	struct person p;
	uint8_t hash[HASH_BYTES];
	char text[256];

	(void)bind_person(r, &p, hash, &w);
	m = part_of(1, 1, SEALED_A);
	refused(&w, 1, &m, STORE_GONE);       /* no head yet */
	kept(&w, 2, 1, 0, SEALED_A);
	kept(&w, 3, 1, 2, SEALED_B);
	kept(&w, 4, 1, 1, SEALED_A);
	kept(&w, 5, 1, 1, SEALED_A);          /* as after a lost acknowledgement */
	m = part_of(1, 1, SEALED_B);
	refused(&w, 6, &m, STORE_TAKEN);
	kept(&w, 7, 1, 65535, SEALED_A);
	kept(&w, 8, 2, 0, SEALED_B);
	read_all(&w, 9, 1, 1, text, sizeof(text));
	assert_string_equal(text, "1:0=a 1:1=a 1:2=b 1:65535=a");
	read_all(&w, 10, 0, 10, text, sizeof(text));
	assert_string_equal(text, "2:0=b 1:0=a 1:65535=a");
	read_all(&w, 11, 0, 1, text, sizeof(text));
	assert_string_equal(text, "2:0=b");
	read_all(&w, 12, 3, 1, text, sizeof(text));
	assert_string_equal(text, "");
	rig_close(&w);
}

static void
a_worker_reaches_its_own_changes_only(void **state)
{
	struct rig *r = *state;
	struct end a = {.rig = r}, b = {.rig = r};
	struct msg_change_put m = part_of(1, 1, SEALED_B);
	struct person p, q;
	uint8_t hash[HASH_BYTES];
	char text[256];

	(void)bind_person(r, &p, hash, &a);
	(void)bind_person(r, &q, hash, &b);
	kept(&a, 1, 1, 0, SEALED_A);
	refused(&b, 1, &m, STORE_GONE);
	read_all(&b, 2, 1, 1, text, sizeof(text));
	assert_string_equal(text, "");
	read_all(&b, 3, 0, 10, text, sizeof(text));
	assert_string_equal(text, "");
	kept(&b, 4, 1, 0, SEALED_B);
	read_all(&a, 5, 1, 1, text, sizeof(text));
	assert_string_equal(text, "1:0=a");
	assert_int_equal(pg_number("SELECT count(*) FROM tonearm.change WHERE person = '%s'",
	    pg_hex(q.id, ID_BYTES)), 1);
	rig_close(&a);
	rig_close(&b);
}

static void
a_full_change_takes_its_end(void **state)
{
	static char much[16001];
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_change_put m;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint16_t i;

	memset(much, 'x', sizeof(much) - 1);
	(void)bind_person(r, &p, hash, &w);
	kept(&w, 1, 1, 0, SEALED_A);
	for (i = 1; i <= 16; i++)
		kept(&w, 1u + i, 1, i, much);
	m = part_of(1, 17, much);
	refused(&w, 30, &m, STORE_FULL);
	kept(&w, 31, 1, 65535, SEALED_A);
	rig_close(&w);
}

static void
expect_violation(struct rig *r, struct end *w, uint64_t id)
{
	struct msg_kill_worker m;

	rig_until_closed(w);
	assert_ok(msg_get_kill_worker(rig_take(&r->supervisor, MSG_KILL_WORKER, ANY_REQUEST), &m));
	assert_int_equal(m.worker, id);
	assert_int_equal(m.reason, KILL_VIOLATION);
	rig_close(w);
	rig_settle(r);
}

static void
what_no_worker_may_say_ends_that_worker(void **state)
{
	static char long_head[CHANGE_MARK_MAX + 2];
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct person p;
	uint8_t hash[HASH_BYTES];
	struct msg_change_put put;
	struct msg_changes_ask ask;
	uint64_t id;
	int i;

	memset(long_head, 'x', sizeof(long_head) - 1);
	/* Parts that are none, no change, questions for nothing or too much. */
	for (i = 0; i < 7; i++) {
		id = bind_person(r, &p, hash, &w);
		put = part_of(i == 1 ? 0 : 1, 0, i == 0 ? "short" : i == 2 ? long_head : SEALED_A);
		if (i < 3)
			assert_ok(send_change_put(w.ch, 1, &put));
		ask = (struct msg_changes_ask){.most = i == 3 ? 0 : i == 4 ? CHANGES_MOST + 1 : 1,
		    .before = i == 5 ? -1 : 0};
		if (i >= 3)
			assert_ok(send_changes_ask(w.ch, 1, &ask));
		if (i == 6)
			assert_ok(send_changes_ask(w.ch, 2, &ask));   /* before its answer */
		expect_violation(r, &w, id);
	}
	id = bind_person(r, &p, hash, &w);
	for (i = 0; i <= CHANGE_OPS_MAX; i++) {
		put = part_of((uint8_t)(i + 1), 0, SEALED_A);
		assert_ok(send_change_put(w.ch, (uint64_t)i, &put));
	}
	expect_violation(r, &w, id);
}

/* Nothing of it is in an edit's way: the allowance is one of its own. */
static void
a_worker_that_never_stops_writing_waits_a_second(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	const struct msg_reread reread = {.kind = ROW_TOKENS};
	const struct msg_change_put m = part_of(1, 0, SEALED_A);
	struct msg_store_failed failed;
	struct person p;
	uint8_t hash[HASH_BYTES];
	uint64_t i;

	(void)bind_person(r, &p, hash, &w);
	for (i = 1; i < 1000 && !rig_has(&w, MSG_STORE_FAILED); i++) {
		assert_ok(send_change_put(w.ch, i, &m));
		while (!rig_has(&w, MSG_CHANGE_KEPT) && !rig_has(&w, MSG_STORE_FAILED))
			rig_turn(r);
		if (rig_has(&w, MSG_CHANGE_KEPT))
			(void)rig_take(&w, MSG_CHANGE_KEPT, i);
	}
	assert_in_range(i, CHANGE_OPS_BURST, 999);
	assert_ok(msg_get_store_failed(rig_take(&w, MSG_STORE_FAILED, i - 1), &failed));
	assert_int_equal(failed.why, STORE_UNAVAILABLE);
	assert_int_equal(failed.retry_after, 1);
	assert_false(rig_has(&r->supervisor, MSG_KILL_WORKER));
	assert_ok(send_reread(w.ch, i, &reread));
	(void)rig_take(&w, MSG_STORE_CONFLICT, i);
	rig_close(&w);
}

static void
a_download_and_a_deletion_know_the_record(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_export_ask ask;
	struct msg_export part;
	struct person p;
	struct buf text;
	uint8_t hash[HASH_BYTES];

	buf_init(&text, 1 << 20);
	(void)bind_person(r, &p, hash, &w);
	kept(&w, 1, 1, 0, SEALED_A);
	person_credential(&p, CRED_TICKET, ask.ticket);
	assert_ok(send_export_ask(w.ch, 2, &ask));
	do {
		assert_ok(msg_get_export(rig_take(&w, MSG_EXPORT, 2), &part));
		assert_ok(buf_put_span(&text, part.text));
	} while (part.last == 0);
	assert_non_null(strstr(buf_cstr(&text), "\"changes\""));
	assert_non_null(strstr(buf_cstr(&text), "\"bytes_kept_sealed\": 43"));
	buf_free(&text);
	pg_run("DELETE FROM tonearm.person WHERE id = '%s'", pg_hex(p.id, ID_BYTES));
	assert_int_equal(pg_number("SELECT count(*) FROM tonearm.change_part WHERE person = '%s'",
	    pg_hex(p.id, ID_BYTES)), 0);
	rig_close(&w);
}

static void
without_a_database_it_is_said_at_once(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_change_put m = part_of(1, 0, SEALED_A);
	const struct msg_changes_ask ask = {.most = 1};
	struct msg_store_failed failed;
	struct person p;
	uint8_t hash[HASH_BYTES];

	(void)bind_person(r, &p, hash, &w);
	pg_stop();
	while (db_is_up(r->root.vault->db))
		rig_turn(r);
	assert_ok(send_change_put(w.ch, 1, &m));
	assert_ok(msg_get_store_failed(rig_take(&w, MSG_STORE_FAILED, 1), &failed));
	assert_int_equal(failed.why, STORE_UNAVAILABLE);
	assert_int_equal(failed.retry_after, RETRY_AFTER);
	assert_ok(send_changes_ask(w.ch, 2, &ask));
	(void)rig_take(&w, MSG_STORE_FAILED, 2);
	pg_start();
	while (!db_is_up(r->root.vault->db))
		rig_turn(r);
	kept(&w, 3, 1, 0, SEALED_A);
	rig_close(&w);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest changes_tests[] = {
	T(parts_are_kept_once_and_read_in_order),
	T(a_worker_reaches_its_own_changes_only),
	T(a_full_change_takes_its_end),
	T(what_no_worker_may_say_ends_that_worker),
	T(a_worker_that_never_stops_writing_waits_a_second),
	T(a_download_and_a_deletion_know_the_record),
	T(without_a_database_it_is_said_at_once),
};
const size_t changes_tests_n = COUNT(changes_tests);
