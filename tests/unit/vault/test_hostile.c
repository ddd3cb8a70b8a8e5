/*
 * Conquered programs around the vault: each says valid messages in any order,
 * with what it has seen.  The vault lives, and somebody else's worker, row and
 * key are what they were.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/hostile.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define SEALED "0123456789012345678901234567890123456789"
#define FRAMES 3000

/* Who speaks: the peer, what it is joined as, and its number. */
struct raider {
	struct end *end;
	uint8_t kind;
	uint64_t id;
	unsigned violations, spoken;
};

struct raid {
	struct rig *rig;
	struct end worker, blank, enroll;
	struct raider raiders[6];
	struct hostile hostile;
	struct person victim;
	uint64_t victims_worker;
};

/* Joins it (again): workers and enroll programs as new ones. */
static void
join(struct raid *raid, struct raider *r)
{
	rig_close(r->end);
	if (r->kind == PEER_WORKER || r->kind == PEER_ENROLL) {
		if (r->id != 0)
			rig_gone(raid->rig, r->id);
		r->id = ++raid->rig->next_worker;
		if (r->kind == PEER_ENROLL)
			r->id |= 1ULL << 63;
		raid->hostile.numbers[2 + hostile_next(&raid->hostile) % 4] = r->id;
	}
	rig_join(raid->rig, r->end, r->kind, r->id);
}

/* Nobody but the victim's own worker is told of the victim, or gets the key. */
static void
check_said(const struct raid *raid)
{
	const struct seen *s;
	struct msg_kill_worker kill;
	struct msg_identity who;
	struct msg_key_for key;
	size_t i;

	for (s = raid->rig->supervisor.first; s != NULL; s = s->next)
		if (s->type == MSG_KILL_WORKER) {
			assert_ok(msg_get_kill_worker(buf_span(&s->body), &kill));
			assert_true(kill.worker != raid->victims_worker);
		}
	for (s = raid->rig->keyring.first; s != NULL; s = s->next)
		if (s->type == MSG_KEY_FOR) {
			assert_ok(msg_get_key_for(buf_span(&s->body), &key));
			assert_memory_not_equal(key.user, raid->victim.id, ID_BYTES);
		}
	for (i = 0; i < COUNT(raid->raiders); i++)
		for (s = raid->raiders[i].end->first; s != NULL; s = s->next)
			if (s->type == MSG_IDENTITY) {
				assert_ok(msg_get_identity(buf_span(&s->body), &who));
				assert_memory_not_equal(who.user, raid->victim.id, ID_BYTES);
			}
}

static void
speak(struct raid *raid, struct raider *r)
{
	if (r->end->closed || r->end->ch == NULL) {
		check_said(raid);
		r->violations++;
		join(raid, r);
	}
	if (hostile_say(&raid->hostile, r->end->ch) == 0)
		r->spoken++;
}

/* What the raiders have seen: their own things and the victim's names. */
static void
begin(struct raid *raid, struct end *victims)
{
	struct rig *r = raid->rig;
	uint8_t hash[HASH_BYTES];
	struct person own;
	const struct raider raiders[6] = {
		{.end = &r->front, .kind = PEER_FRONT}, {.end = &r->portal, .kind = PEER_PORTAL},
		{.end = &r->keyring, .kind = PEER_KEYRING}, {.end = &raid->worker, .kind = PEER_WORKER},
		{.end = &raid->blank, .kind = PEER_WORKER}, {.end = &raid->enroll, .kind = PEER_ENROLL},
	};

	raid->worker.rig = raid->blank.rig = raid->enroll.rig = r;
	memcpy(raid->raiders, raiders, sizeof(raiders));
	raid->victims_worker = bind_person(r, &raid->victim, hash, victims);
	(void)rig_take(&r->keyring, MSG_KEY_FOR, ANY_REQUEST);
	raid->raiders[3].id = bind_person(r, &own, hash, &raid->worker);
	raid->hostile = (struct hostile){.seed = 20261122, .n_numbers = 6,
		.numbers = {raid->victims_worker, raid->raiders[3].id}, .n_bytes = 4};
	memcpy(raid->hostile.bytes[0], hash, HASH_BYTES);
	memcpy(raid->hostile.bytes[1], own.session, HASH_BYTES);
	memcpy(raid->hostile.bytes[2], own.id, ID_BYTES);
	memcpy(raid->hostile.bytes[3], raid->victim.id, ID_BYTES);
	join(raid, &raid->raiders[4]);
	join(raid, &raid->raiders[5]);
}

static void
conquered_programs_get_nothing_of_others(void **state)
{
	const struct msg_store store = {.kind = ROW_TOKENS, .version = 1, .sealed = span_str(SEALED)};
	struct rig *r = *state;
	struct raid *raid = calloc(1, sizeof(*raid));
	struct end victims = {.rig = r};
	unsigned i;

	assert_non_null(raid);
	raid->rig = r;
	begin(raid, &victims);
	for (i = 0; i < FRAMES; i++) {
		speak(raid, &raid->raiders[hostile_next(&raid->hostile) % COUNT(raid->raiders)]);
		if (i % 8 == 7)
			rig_turn(r);
	}
	check_said(raid);
	for (i = 0; i < COUNT(raid->raiders); i++) {
		assert_true(raid->raiders[i].spoken > 50);
		assert_true(raid->raiders[i].violations > 10);
	}
	assert_int_equal(pg_number("SELECT version FROM tonearm.sealed WHERE person = '%s'",
	    pg_hex(raid->victim.id, ID_BYTES)), 1);
	assert_false(victims.closed);
	assert_ok(send_store(victims.ch, 1, &store));
	(void)rig_take(&victims, MSG_STORED, 1);
	for (i = 3; i < COUNT(raid->raiders); i++)
		rig_close(raid->raiders[i].end);
	rig_close(&victims);
	free(raid);
}

const struct CMUnitTest hostile_tests[] = {
	cmocka_unit_test_setup_teardown(conquered_programs_get_nothing_of_others, rig_setup,
	    rig_teardown),
};
const size_t hostile_tests_n = COUNT(hostile_tests);
