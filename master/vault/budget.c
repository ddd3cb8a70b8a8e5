/* Counting what an application may be asked; see budget.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/breaker.h"
#include "master/vault/budget.h"
#include "shared/base/clock.h"

/* The ledger is not asked again sooner after it said that a day is used up. */
#define DAY_ASK_MS  10000
/* A forgotten application is kept so long. */
#define IDLE_MS     60000
/* Nor for this long where it refuses what it ought to give. */
#define SKEW_MS     1000
#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* Of 30 seconds, what bulk leaves to others; of a day, what it and those leave
 * who had their part. */
#define PACE_KEPT(most) ((most) / 4)
#define DAY_KEPT(most)  ((most) / 5)
/* Without the database: half of 30 seconds, a tenth of a day; of that, what one
 * person may have of an application that is not known: Spotify lets five use one
 * in Development Mode. */
#define AWAY_PACE 2
#define AWAY_DAY 10
#define AWAY_PEOPLE 5
#define AWAY_WINDOW_MS  30000

static void
pad(struct span client_id, char key[CLIENT_ID_MAX])
{
	memset(key, 0, CLIENT_ID_MAX);
	if (client_id.n > 0)
		memcpy(key, client_id.p, client_id.n < CLIENT_ID_MAX ? client_id.n : CLIENT_ID_MAX);
}

struct budget *
budget_find(const struct vault *v, struct span client_id)
{
	char key[CLIENT_ID_MAX];
	struct table_node *node;

	pad(client_id, key);
	node = table_find(&v->budgets, key);
	return node == NULL ? NULL : table_object(node, struct budget, node);
}

err_t
budget_get(struct vault *v, struct span client_id, const uint8_t person[ID_BYTES],
    struct budget **out)
{
	char alone[1 + ID_BYTES] = "";
	struct budget *b;

	/* Together they could be in each other's way, whatever application they use. */
	memcpy(alone + 1, person, ID_BYTES);
	if (client_id.n == 0)
		client_id = span_of(alone, sizeof(alone));
	b = budget_find(v, client_id);
	if (b == NULL) {
		b = calloc(1, sizeof(*b));
		if (b == NULL)
			return ERR_NOMEM;
		b->v = v;
		pad(client_id, b->client_id);
		b->idle_at = clock_mono_ms();
		table_add(&v->budgets, &b->node, b->client_id);
	}
	*out = b;
	return 0;
}

struct span
budget_name(const struct budget *b)
{
	return span_of(b->client_id, strnlen(b->client_id, CLIENT_ID_MAX));
}

uint32_t
budget_day(const struct budget *b, uint8_t family)
{
	/* Signing in is no part of the Web API's quota. */
	return family == SP_FAMILY_ACCOUNTS ? 0 : b->v->set.calls[b->extended].per_day;
}

uint32_t
budget_pace(const struct budget *b)
{
	return b->v->set.calls[b->extended].per_30s;
}

bool
budget_away(const struct budget *b, int64_t now)
{
	return b->client_id[0] == '\0' || !db_is_up(b->v->db) || now < b->away_until ||
	    (b->leasing && now - b->lease_at > AWAY_MS);
}

static uint32_t
away_part(const struct budget *b, uint32_t most, uint32_t parts)
{
	const uint32_t n = most / (budget_name(b).n > 0 ? parts : parts * AWAY_PEOPLE);

	return n > 0 ? n : 1;
}

/* One of the few that may be given without asking the ledger. */
static bool
take_away(struct budget *b, uint8_t family, int64_t now)
{
	struct budget_family *f = &b->families[family];
	const uint32_t day = budget_day(b, family), pace = budget_pace(b);

	if (now - b->away_window >= AWAY_WINDOW_MS) {
		b->away_window = now;
		b->away_given = 0;
	}
	if (pace > 0 && b->away_given >= away_part(b, pace, AWAY_PACE))
		return false;
	if (f->held > 0)
		f->held--;
	else if (day == 0 || f->debt < away_part(b, day, AWAY_DAY))
		f->debt++;
	else
		return false;
	b->away_given++;
	b->v->counts.permits_away++;
	return true;
}

bool
budget_take(struct budget *b, uint8_t family, int64_t now)
{
	struct budget_family *f = &b->families[family];
	const bool paced = budget_pace(b) > 0;

	if (f->held > 0 && (!paced || (b->pace_held > 0 && now < b->pace_end))) {
		f->held--;
		f->held_at = now;
		b->pace_held -= paced ? 1 : 0;
		return true;
	}
	return budget_away(b, now) && take_away(b, family, now);
}

static struct day_share *
find_share(const struct budget *b, const uint8_t person[ID_BYTES])
{
	size_t i;

	for (i = 0; i < b->n_shares; i++)
		if (memcmp(b->shares[i].person, person, ID_BYTES) == 0)
			return &b->shares[i];
	return NULL;
}

void
budget_count(struct budget *b, const uint8_t person[ID_BYTES], uint8_t family, int64_t now)
{
	struct day_share *s = find_share(b, person);

	if (memcmp(b->taker, person, ID_BYTES) != 0) {
		b->other_at = b->taken_at;
		memcpy(b->taker, person, ID_BYTES);
	}
	b->taken_at = now;
	/* Nothing to share where there is no bound. */
	if (budget_day(b, family) == 0)
		return;
	if (b->shares == NULL)
		b->shares = calloc(DAY_SHARES_MAX, sizeof(*b->shares));
	if (s == NULL && b->shares != NULL && b->n_shares < DAY_SHARES_MAX) {
		s = &b->shares[b->n_shares++];
		memcpy(s->person, person, ID_BYTES);
		s->since = now;
	}
	if (s == NULL)
		return;
	if (now - s->since > DAY_MS) {
		memset(s->used, 0, sizeof(s->used));
		s->since = now;
	}
	s->used[family]++;
}

void
budget_uncount(struct budget *b, const uint8_t person[ID_BYTES], uint8_t family, uint32_t n)
{
	struct day_share *s = find_share(b, person);

	if (s != NULL)
		s->used[family] -= n < s->used[family] ? n : s->used[family];
}

bool
budget_sated(const struct budget *b, const uint8_t person[ID_BYTES], uint8_t family, int64_t now)
{
	const struct day_share *s = find_share(b, person);
	uint32_t people = 0;
	size_t i;

	if (s == NULL || now - s->since > DAY_MS)
		return false;
	for (i = 0; i < b->n_shares; i++)
		people += now - b->shares[i].since <= DAY_MS;
	return people > 1 && s->used[family] >= budget_day(b, family) / people;
}

int64_t
budget_others_at(const struct budget *b, const uint8_t person[ID_BYTES])
{
	const int64_t here = memcmp(b->taker, person, ID_BYTES) == 0 ? b->other_at : b->taken_at;

	return here > b->elsewhere_at ? here : b->elsewhere_at;
}

/* One that would last longer than any is of a clock that was set back since. */
static bool
runs(int64_t until, int64_t now)
{
	return until > now && until - now <= (LIMIT_MOST_S + 60) * INT64_C(1000);
}

bool
budget_barred(const struct budget *b, uint8_t family, bool last, struct msg_permit *m)
{
	const struct budget_family *f = &b->families[family];
	const int64_t now = clock_wall_ms();

	if (runs(b->rate_until, now))
		*m = (struct msg_permit){.why = PERMIT_RATE, .until_ms = b->rate_until};
	else if (runs(f->quota_until, now))
		*m = (struct msg_permit){.why = PERMIT_QUOTA, .until_ms = f->quota_until};
	else if (f->day_until[last] > now && (last || f->held == 0) &&
	    clock_mono_ms() - f->day_asked[last] < DAY_ASK_MS)
		*m = (struct msg_permit){.why = PERMIT_DAY, .until_ms = f->day_until[last]};
	else
		return false;
	return true;
}

/* --- the ledger ------------------------------------------------------------------------ */

struct lease_ask {
	struct budget *b;
	void (*answered)(struct budget *b);
};

static void
take_lease(struct budget *b, const struct db_answer *a, int64_t now)
{
	struct budget_family *f = &b->families[b->lease_family];
	const int64_t why = db_get_int(a, 0, 2), until = db_get_int(a, 0, 4);
	const int64_t others = db_get_int(a, 0, 6);
	const bool bulk = b->lease_bulk;
	struct msg_permit m;

	b->away_until = 0;
	if (others >= 0 && now - others > b->elsewhere_at)
		b->elsewhere_at = now - others;
	if (why == PERMIT_GIVEN) {
		f->held += (uint32_t)db_get_int(a, 0, 0);
		f->held_at = now;
		f->hour = db_get_int(a, 0, 5);
		if (now >= b->pace_end)
			b->pace_held = 0;
		b->pace_held += (uint32_t)db_get_int(a, 0, 1);
		if (db_get_int(a, 0, 1) > 0)
			b->pace_end = now + PACE_MS;
	} else if (why == PERMIT_PACE) {
		/* Where there is none for interactive calls is none for bulk. */
		b->closed_until[1] = now + db_get_int(a, 0, 3);
		if (!bulk)
			b->closed_until[0] = b->closed_until[1];
	} else if (why == PERMIT_DAY) {
		f->day_until[1] = f->day_until[1] > until ? f->day_until[1] : until;
		f->day_asked[1] = now;
		if (!b->lease_last) {
			f->day_until[0] = until;
			f->day_asked[0] = now;
		}
	} else if (why == PERMIT_QUOTA) {
		f->quota_until = f->quota_until > until ? f->quota_until : until;
	} else {
		b->rate_until = b->rate_until > until ? b->rate_until : until;
	}
	/* The database's clock goes otherwise than ours: not again at once. */
	if (why >= PERMIT_DAY && !budget_barred(b, b->lease_family, b->lease_last, &m))
		b->closed_until[0] = b->closed_until[1] = now + SKEW_MS;
}

static void
on_leased(void *arg, const struct db_answer *a)
{
	struct lease_ask *ask = arg;
	struct budget *b = ask->b;
	void (*answered)(struct budget *b) = ask->answered;
	const int64_t now = clock_mono_ms();

	free(ask);
	b->leasing = false;
	/* No row: the application's last user has just left it. */
	if (a->outcome == DB_DONE && a->rows == 1)
		take_lease(b, a, now);
	else
		b->away_until = now + AWAY_MS;
	answered(b);
}

void
budget_lease(struct budget *b, uint8_t family, bool bulk, bool last, uint32_t wanted,
    void (*answered)(struct budget *b))
{
	const struct budget_family *f = &b->families[family];
	const uint32_t day = budget_day(b, family), pace = budget_pace(b);
	/* A small day is not all in one node's hand. */
	const uint32_t block = day == 0 || day / 10 > BLOCK ? BLOCK : day / 10 > 0 ? day / 10 : 1;
	const uint32_t most = pace == 0 ? PERMITS_MOST : BLOCK;
	const uint32_t many = wanted < most ? wanted : most;
	const uint32_t n = f->held > 0 ? 0 : many > block ? many : block;
	const int64_t now = clock_mono_ms();
	const uint32_t paced = now < b->pace_end ? b->pace_held : 0;
	struct lease_ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL) {
		b->away_until = now + AWAY_MS;
		return;
	}
	*ask = (struct lease_ask){.b = b, .answered = answered};
	b->leasing = true;
	b->lease_family = family;
	b->lease_bulk = bulk;
	b->lease_last = last;
	b->lease_at = now;
	b->v->counts.permit_leases++;
	db_call(b->v->db, ST_permit_take, (struct db_value[]){DB_TEXT(budget_name(b)),
	    DB_INT2(family), DB_INT4(n), DB_INT4(day), DB_INT4(last ? DAY_KEPT(day) : 0),
	    DB_INT4(pace == 0 || paced > 0 ? 0 : many), DB_INT4(pace),
	    DB_INT4(bulk ? PACE_KEPT(pace) : 0), DB_INT8(b->v->set.run)}, on_leased, ask);
}

struct debt {
	struct budget *b;
	uint8_t family;
	uint32_t n;
};

static void
on_paid(void *arg, const struct db_answer *a)
{
	struct debt *debt = arg;
	struct budget *b = debt->b;

	b->settling--;
	/* Perhaps it is counted twice then: rather that than not at all. */
	if (a->outcome != DB_DONE)
		b->families[debt->family].debt += debt->n;
	free(debt);
}

static void
pay(struct budget *b, uint8_t family)
{
	struct debt *debt = calloc(1, sizeof(*debt));

	if (debt == NULL)
		return;
	*debt = (struct debt){.b = b, .family = family, .n = b->families[family].debt};
	b->families[family].debt = 0;
	b->settling++;
	db_call(b->v->db, ST_permit_settle, (struct db_value[]){DB_TEXT(budget_name(b)),
	    DB_INT2(family), DB_INT4(debt->n)}, on_paid, debt);
}

void
budget_back(struct budget *b, uint8_t family, uint32_t n, int64_t hour)
{
	struct budget_family *f = &b->families[family];
	const int64_t now = clock_mono_ms();

	/* Those of another lease are lost: nobody knows their hour any more. */
	if (f->debt > 0) {
		const uint32_t some = n < f->debt ? n : f->debt;

		f->debt -= some;
		n -= some;
	} else if (hour != 0 && hour == f->hour) {
		f->held_at = f->held == 0 ? now : f->held_at;
		f->held += n;
	}
}

void
budget_settle(struct budget *b, int64_t now)
{
	uint8_t i;

	if (budget_away(b, now))
		return;
	for (i = 0; i < SP_FAMILY_COUNT; i++) {
		struct budget_family *f = &b->families[i];

		if (f->debt > 0)
			pay(b, i);
		if (f->held > 0 && now - f->held_at > HELD_MS) {
			const int64_t n = f->held;

			f->held = 0;
			db_call(b->v->db, ST_permit_back, (struct db_value[]){
			    DB_TEXT(budget_name(b)), DB_INT2(i), DB_INT4(n), DB_INT8(f->hour)},
			    NULL, NULL);
		}
	}
}

/* --- the end --------------------------------------------------------------------------- */

void
budget_free(struct budget *b)
{
	breaker_free(b);
	free(b->shares);
	table_remove(&b->v->budgets, &b->node);
	free(b);
}

void
budget_carry(struct budget *from, struct budget *to)
{
	int i;

	for (i = 0; i < SP_FAMILY_COUNT; i++) {
		to->families[i].debt += from->families[i].debt;
		from->families[i].debt = 0;
	}
}

bool
budget_over(struct budget *b, int64_t now)
{
	size_t i;

	if (b->users > 0 || b->asks != NULL || b->leasing || b->settling > 0 || b->rate_unsaid ||
	    b->n_overs > 0 || now - b->idle_at < IDLE_MS)
		return false;
	/* Who is not known yet is in nobody's ledger. */
	for (i = 0; i < SP_FAMILY_COUNT && b->client_id[0] != '\0'; i++)
		if (b->families[i].held > 0 || b->families[i].debt > 0 || b->families[i].unsaid)
			return false;
	budget_free(b);
	return true;
}
