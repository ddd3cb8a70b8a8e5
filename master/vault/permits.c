/* Who gets the permits of an application; see permits.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/breaker.h"
#include "master/vault/limits.h"
#include "master/vault/permits.h"
#include "shared/base/clock.h"

/* A user's calls of late are counted in slots of so long. */
#define USE_SLOT_MS 10000
/* Others who had nothing for so long are idle; for longer, are not there. */
#define BUSY_MS 30000
#define THERE_MS 3600000
/* A permit is worth nothing after this. */
#define GOOD_MS 60000
/* What to wait when nothing better is known. */
#define WAIT_MS 1000
#define AWAY_WAIT_MS 5000

struct permit_ask {
	struct permit_ask *next;
	struct worker *worker;      /* whose end takes the question out */
	uint64_t request;
	uint8_t family, n, given;
	bool bulk;
	int64_t asked_at;           /* monotonic ms */
	uint64_t served;            /* by then */
};

/* --- a user's share ---------------------------------------------------------------------- */

/* Calls of the last half minute and a little more. */
static uint32_t
use_of(struct user *u, int64_t now)
{
	const int64_t slot = now / USE_SLOT_MS;
	uint32_t sum = 0;
	int64_t i;

	for (i = u->use_slot + 1; i <= slot && i <= u->use_slot + USE_SLOTS; i++)
		u->use[i % USE_SLOTS] = 0;
	u->use_slot = slot;
	for (i = 0; i < USE_SLOTS; i++)
		sum += u->use[i];
	return sum;
}

/* While others use the same application, nobody gets more than half of its 30
 * seconds, and not the last quarter while they could: their next call is not to
 * wait for the 30 seconds to be over.  Nor is one's own: bulk leaves a quarter. */
static bool
has_share(const struct budget *b, struct user *u, bool bulk, int64_t now)
{
	const uint32_t pace = budget_pace(b), use = use_of(u, now);
	const int64_t others_at = budget_others_at(b, u->id);
	uint32_t share;

	if (others_at != 0 && now - others_at < BUSY_MS)
		share = pace / 2;
	else if (b->users > 1 || (others_at != 0 && now - others_at < THERE_MS))
		share = pace - pace / 4;
	else
		return true;    /* alone: what there is */
	return pace < 2 || use < share - (bulk ? share / 4 : 0);
}

/* A permit goes to its worker. */
static void
note_given(struct budget *b, struct user *u, uint8_t family, int64_t now)
{
	struct given *g = &u->given[family];

	if (g->hour != b->families[family].hour || now - g->at >= GOOD_MS)
		g->n = 0;
	if (g->n++ == 0) {
		g->at = now;
		g->hour = b->families[family].hour;
	}
	u->use[u->use_slot % USE_SLOTS]++;
	budget_count(b, u->id, family, now);
	b->served++;
}

/* The last part of a family's day is for interactive calls of those who had less
 * than an equal part of it. */
static bool
is_last(const struct budget *b, const struct permit_ask *ask, int64_t now)
{
	return ask->bulk || budget_sated(b, ask->worker->user->id, ask->family, now);
}

/* --- in which order ------------------------------------------------------------------------ */

static bool
may_go(const struct budget *b, const struct permit_ask *ask, int64_t now)
{
	struct msg_permit why;

	return ask->given < ask->n && b->closed_until[ask->bulk] <= now &&
	    has_share(b, ask->worker->user, ask->bulk, now) &&
	    !budget_barred(b, ask->family, is_last(b, ask, now), &why);
}

/* Interactive before bulk, then who had least, then who came first. */
static struct permit_ask *
best(const struct budget *b, int64_t now)
{
	struct permit_ask *ask, *found = NULL;
	uint32_t least = 0;

	for (ask = b->asks; ask != NULL; ask = ask->next) {
		const uint32_t use = use_of(ask->worker->user, now);

		if (!may_go(b, ask, now) || (found != NULL && ask->bulk && !found->bulk))
			continue;
		if (found == NULL || (found->bulk && !ask->bulk) || use < least) {
			found = ask;
			least = use;
		}
	}
	return found;
}

/* One permit after the other, until whose turn it is can get none. */
static struct permit_ask *
give(struct budget *b, int64_t now)
{
	struct permit_ask *ask;

	while ((ask = best(b, now)) != NULL && budget_take(b, ask->family, now)) {
		ask->given++;
		note_given(b, ask->worker->user, ask->family, now);
	}
	return ask;
}

/* --- answers ------------------------------------------------------------------------------ */

static uint32_t
wait_until(int64_t end, int64_t now, int64_t least)
{
	const int64_t ms = end - now > least ? end - now : least;

	return (uint32_t)(ms < 60000 ? ms : 60000);
}

/* Is there an answer now, and which? */
static bool
answer_of(const struct budget *b, const struct permit_ask *ask, int64_t now, struct msg_permit *m)
{
	const int64_t closed = b->closed_until[ask->bulk];

	*m = (struct msg_permit){.given = ask->given};
	if (ask->given > 0 || budget_barred(b, ask->family, is_last(b, ask, now), m))
		return true;
	if (!has_share(b, ask->worker->user, ask->bulk, now)) {
		m->why = PERMIT_SHARE;
		m->wait_ms = wait_until((now / USE_SLOT_MS + 1) * USE_SLOT_MS, now, WAIT_MS);
	} else if (budget_away(b, now)) {
		m->why = PERMIT_AWAY;
		m->wait_ms = AWAY_WAIT_MS;
	} else if (closed - now > PERMIT_HOLD_MS || now - ask->asked_at > PERMIT_HOLD_MS) {
		m->why = b->served > ask->served ? PERMIT_SHARE : PERMIT_PACE;
		m->wait_ms = wait_until(closed, now, WAIT_MS);
	} else {
		return false;
	}
	return true;
}

static void
say(struct permit_ask *ask, const struct msg_permit *m)
{
	struct worker *w = ask->worker;
	const uint64_t request = ask->request;
	struct vault_counts *counts = &w->vault->counts;

	free(ask);
	w->open_permits--;
	counts->permits += m->given;
	counts->permits_refused += m->given == 0;
	worker_sent(w, send_permit(w->ch, request, m));
}

/* Answers all who can be.  From the start after each: a worker that does not
 * read its answer is ended, and its other questions with it. */
static void
answer(struct budget *b, int64_t now)
{
	struct permit_ask **p = &b->asks, *ask;
	struct msg_permit m;

	while ((ask = *p) != NULL) {
		if (!answer_of(b, ask, now, &m)) {
			p = &ask->next;
			continue;
		}
		*p = ask->next;
		say(ask, &m);
		p = &b->asks;
	}
}

void
permits_go_on(struct budget *b)
{
	const int64_t now = clock_mono_ms();
	const struct permit_ask *ask, *next;
	uint32_t wanted = 0;
	bool last;

	(void)give(b, now);
	answer(b, now);
	next = best(b, now);
	if (next == NULL || b->leasing || budget_away(b, now))
		return;
	last = is_last(b, next, now);
	for (ask = b->asks; ask != NULL; ask = ask->next)
		if (ask->family == next->family && ask->bulk == next->bulk &&
		    is_last(b, ask, now) == last)
			wanted += ask->n;
	budget_lease(b, next->family, next->bulk, last, wanted, permits_go_on);
}

/* --- what a worker says --------------------------------------------------------------------- */

bool
permits_allowance(struct worker *w)
{
	const int64_t now = clock_mono_ms(), most = PERMIT_ASKS_BURST * 1000;

	w->permits_left = w->permits_at == 0 ? most :
	    w->permits_left + (now - w->permits_at) * PERMIT_ASKS_RATE;
	w->permits_at = now;
	if (w->permits_left > most)
		w->permits_left = most;
	if (w->permits_left < 1000)
		return false;
	w->permits_left -= 1000;
	return true;
}

err_t
permits_on_ask(void *owner, struct channel *ch, const struct frame *f)
{
	static const struct msg_permit later = {.why = PERMIT_SHARE, .wait_ms = WAIT_MS};
	struct worker *w = owner;
	struct permit_ask *ask, **p;
	struct msg_permit_ask m;
	struct budget *b;
	err_t err = msg_get_permit_ask(f->body, &m);

	(void)ch;
	if (err == 0 && (m.family >= SP_FAMILY_COUNT || m.calls == 0 || m.calls > PERMITS_MOST || m.bulk > 1))
		err = ERR_SYNTAX;
	if (err == 0 && (w->state != WORKER_BOUND || w->user == NULL))
		err = ERR_STATE;
	if (err == 0 && w->open_permits >= PERMIT_ASKS_MAX)
		err = ERR_LIMIT;
	if (err != 0)
		return err;
	ask = permits_allowance(w) ? calloc(1, sizeof(*ask)) : NULL;
	if (ask == NULL) {
		w->vault->counts.permits_refused++;
		worker_sent(w, send_permit(w->ch, f->request, &later));
		return 0;
	}
	b = w->user->budget;
	*ask = (struct permit_ask){.worker = w, .request = f->request, .family = m.family,
	    .n = m.calls, .bulk = m.bulk != 0, .asked_at = clock_mono_ms(), .served = b->served};
	for (p = &b->asks; *p != NULL; p = &(*p)->next)
		;
	*p = ask;
	w->open_permits++;
	permits_go_on(b);
	return 0;
}

err_t
permits_on_back(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_permit_back m;
	struct given *g;
	uint32_t n, i;
	err_t err = msg_get_permit_back(f->body, &m);

	(void)ch;
	if (err == 0 && (m.family >= SP_FAMILY_COUNT || m.calls == 0 || m.calls > PERMITS_MOST))
		err = ERR_SYNTAX;
	if (err == 0 && (w->state != WORKER_BOUND || w->user == NULL))
		err = ERR_STATE;
	if (err != 0 || !permits_allowance(w))
		return err;
	g = &w->user->given[m.family];
	/* No more than it can have. */
	n = clock_mono_ms() - g->at < GOOD_MS ? g->n : 0;
	n = m.calls < n ? m.calls : n;
	g->n -= n;
	budget_back(w->user->budget, m.family, n, g->hour);
	budget_uncount(w->user->budget, w->user->id, m.family, n);
	for (i = USE_SLOTS; i-- > 0 && n > 0;) {
		uint32_t *use = &w->user->use[(w->user->use_slot + i + 1) % USE_SLOTS];
		const uint32_t some = n < *use ? n : *use;

		*use -= some;
		n -= some;
	}
	permits_go_on(w->user->budget);
	return 0;
}

/* --- coming and going ------------------------------------------------------------------------ */

/* Takes a worker's questions out; says to each that it may ask again. */
static void
drop_asks(struct budget *b, struct worker *w, bool say_so)
{
	static const struct msg_permit again = {.why = PERMIT_SHARE, .wait_ms = WAIT_MS};
	struct permit_ask **p = &b->asks, *ask;

	while ((ask = *p) != NULL) {
		if (ask->worker != w) {
			p = &ask->next;
			continue;
		}
		*p = ask->next;
		if (say_so && w->ch != NULL) {
			say(ask, &again);
			p = &b->asks;
		} else {
			free(ask);
			w->open_permits--;
		}
	}
}

err_t
permits_join(struct vault *v, struct user *u, struct span client_id, bool extended)
{
	struct budget *b, *before = u->budget;
	err_t err = budget_get(v, client_id, u->id, &b);

	if (err != 0)
		return err;
	b->extended = extended;
	if (b == before)
		return 0;
	u->budget = b;
	b->users++;
	memset(u->given, 0, sizeof(u->given));
	if (before == NULL)
		return 0;
	before->users--;
	before->idle_at = clock_mono_ms();
	/* From here on the worker, and so the user, may end by it. */
	drop_asks(before, u->worker, true);
	if (budget_name(before).n == 0) {
		budget_carry(before, b);
		limits_carry(before, b);
		budget_free(before);
	}
	return 0;
}

void
permits_leave(struct user *u)
{
	if (u->budget == NULL)
		return;
	drop_asks(u->budget, u->worker, false);
	u->budget->users--;
	u->budget->idle_at = clock_mono_ms();
	u->budget = NULL;
}

void
permits_gone(struct worker *w)
{
	if (w->user != NULL && w->user->budget != NULL)
		drop_asks(w->user->budget, w, false);
}

/* --- the clock ---------------------------------------------------------------------------- */

static void
tick_one(void *arg, struct table_node *node)
{
	const int64_t now = *(const int64_t *)arg;
	struct budget *b = table_object(node, struct budget, node);

	if (b->asks != NULL)
		permits_go_on(b);
	if (now < b->v->next_second)
		return;
	limits_store(b);
	breaker_tick(b, now);
	budget_settle(b, now);
	(void)budget_over(b, now);
}

void
permits_tick(struct vault *v, int64_t now)
{
	table_each(&v->budgets, tick_one, &now);
}

static void
end_one(void *arg, struct table_node *node)
{
	struct budget *b = table_object(node, struct budget, node);

	(void)arg;
	while (b->asks != NULL) {
		struct permit_ask *ask = b->asks;

		b->asks = ask->next;
		free(ask);
	}
	budget_free(b);
}

void
permits_end(struct vault *v)
{
	table_each(&v->budgets, end_one, NULL);
}
