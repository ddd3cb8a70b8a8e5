/* A person's own download, asked for by their worker; and that a credential is
 * in use. */
#include "config.h"

#include <string.h>

#include "master/vault/rows.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

/* Asks with this ticket; the whole text to out, or nothing. */
static void
export(struct end *w, uint64_t request, const uint8_t ticket[HASH_BYTES], struct buf *out)
{
	struct msg_export_ask m;
	struct msg_export part;

	memcpy(m.ticket, ticket, HASH_BYTES);
	assert_ok(send_export_ask(w->ch, request, &m));
	buf_clear(out);
	do {
		assert_ok(msg_get_export(rig_take(w, MSG_EXPORT, request), &part));
		assert_ok(buf_put_span(out, part.text));
	} while (part.last == 0);
}

static void
a_ticket_is_good_once_and_for_its_own_person(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r}, other = {.rig = r};
	uint8_t hash[HASH_BYTES], ticket[HASH_BYTES];
	struct person p, q;
	struct buf text;

	buf_init(&text, 1 << 20);
	(void)bind_person(r, &p, hash, &w);
	(void)bind_person(r, &q, hash, &other);
	person_credential(&p, CRED_TICKET, ticket);
	/* A worker names no user: it gets nothing with another's ticket. */
	export(&other, 1, ticket, &text);
	assert_int_equal(text.len, 0);
	assert_int_equal(pg_number("SELECT count(*) FROM tonearm.credential WHERE kind = 4"), 1);
	export(&w, 1, ticket, &text);
	assert_true(text.len > 100 && buf_cstr(&text)[0] == '{');
	assert_non_null(strstr(buf_cstr(&text), "\"tokens_and_link\""));
	assert_int_equal(pg_number("SELECT count(*) FROM tonearm.credential WHERE kind = 4"), 0);
	export(&w, 2, ticket, &text);
	assert_int_equal(text.len, 0);
	/* Nor with a token, or one whose half minute is over. */
	export(&other, 2, hash, &text);
	assert_int_equal(text.len, 0);
	person_credential(&p, CRED_TICKET, ticket);
	pg_run("UPDATE tonearm.credential SET expires_at = now() WHERE kind = 4");
	export(&w, 3, ticket, &text);
	assert_int_equal(text.len, 0);
	pg_run("DELETE FROM tonearm.credential WHERE kind = 4");
	buf_free(&text);
	rig_close(&w);
	rig_close(&other);
}

static void
much_comes_in_parts_that_fit(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	uint8_t hash[HASH_BYTES], ticket[HASH_BYTES];
	struct person p;
	struct buf text;

	buf_init(&text, 1 << 20);
	(void)bind_person(r, &p, hash, &w);
	pg_run("INSERT INTO tonearm.web_session (hash, person) SELECT sha256((i || '%s')::bytea), '%s' "
	    "FROM generate_series(1, 300) AS i", pg_hex(p.id, ID_BYTES), pg_hex(p.id, ID_BYTES));
	person_credential(&p, CRED_TICKET, ticket);
	export(&w, 1, ticket, &text);
	assert_true(text.len > VALUE_MAX);
	assert_int_equal(buf_cstr(&text)[text.len - 1], '}');
	buf_free(&text);
	rig_close(&w);
}

/* A worker that is bound by a ticket is its person's as by any credential. */
static void
a_ticket_finds_its_persons_worker(void **state)
{
	struct rig *r = *state;
	struct end w = {.rig = r};
	struct msg_bound bound;
	uint8_t ticket[HASH_BYTES];
	struct person p;
	uint64_t id = rig_worker(r, &w);

	person_make(&p);
	person_credential(&p, CRED_TICKET, ticket);
	expect_refused(r, front_bind(r, ticket, CRED_PERSONAL, id), BIND_UNKNOWN);
	expect_refused(r, front_bind(r, ticket, CRED_LINK, id), BIND_UNKNOWN);
	expect_refused(r, front_bind(r, ticket, CRED_OAUTH, id), BIND_UNKNOWN);
	assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND,
	    front_bind(r, ticket, CRED_TICKET, id)), &bound));
	assert_int_equal(bound.worker, id);
	rig_close(&w);
}

static void
a_flood_of_questions_gets_nothing(void **state)
{
	static const uint8_t ticket[HASH_BYTES] = {1};
	struct rig *r = *state;
	struct end w = {.rig = r};
	uint8_t hash[HASH_BYTES];
	struct person p;
	struct buf text;
	uint64_t i;

	buf_init(&text, 1 << 20);
	(void)bind_person(r, &p, hash, &w);
	/* Beyond its allowance the database is not asked any more. */
	for (i = 1; i < 2 * WORKER_OPS_BURST; i++) {
		export(&w, i, ticket, &text);
		assert_int_equal(text.len, 0);
	}
	buf_free(&text);
	rig_close(&w);
}

static bool
was_used(void *arg)
{
	return pg_number("SELECT count(*) FROM tonearm.credential WHERE hash = '\\x%s' "
	    "AND last_used_at > now() - interval '1 minute'", pg_hex(arg, HASH_BYTES)) == 1;
}

static void
what_front_says_is_used_counts_as_used(void **state)
{
	struct rig *r = *state;
	struct msg_used m;
	struct person p;
	uint8_t hash[HASH_BYTES];

	person_make(&p);
	person_credential(&p, CRED_PERSONAL, hash);
	assert_false(was_used(hash));
	memcpy(m.hash, hash, HASH_BYTES);
	assert_ok(send_used(r->front.ch, 0, &m));
	rig_until(r, was_used, hash);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

const struct CMUnitTest export_tests[] = {
	T(a_ticket_is_good_once_and_for_its_own_person),
	T(much_comes_in_parts_that_fit),
	T(a_ticket_finds_its_persons_worker),
	T(a_flood_of_questions_gets_nothing),
	T(what_front_says_is_used_counts_as_used),
};
const size_t export_tests_n = COUNT(export_tests);
