/* Pauses that Spotify orders, and what is left today; see limits.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "master/vault/ask.h"
#include "master/vault/limits.h"
#include "master/vault/permits.h"
#include "master/vault/rows.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* --- pauses ---------------------------------------------------------------------------- */

struct tell {
	const struct budget *b;
	struct msg_limit m;
};

static void
tell_one(void *arg, struct table_node *node)
{
	const struct tell *tell = arg;
	struct user *u = table_object(node, struct user, node);

	if (u->budget == tell->b && u->state == USER_BOUND)
		worker_sent(u->worker, send_limit(u->worker->ch, 0, &tell->m));
}

/* A pause until then (ms since 1970), if it is longer than what is known: every
 * worker of the application learns of it.  unsaid: the database is to be told. */
static void
learn(struct budget *b, uint8_t kind, uint8_t family, int64_t until, bool unsaid)
{
	struct tell tell = {.b = b, .m = {.kind = kind, .family = family, .until_ms = until}};
	struct budget_family *f = &b->families[family];
	int64_t *known = kind == LIMIT_RATE ? &b->rate_until : &f->quota_until;

	if (until <= *known)
		return;
	*known = until;
	if (kind == LIMIT_RATE)
		b->rate_unsaid |= unsaid;
	else
		f->unsaid |= unsaid;
	log_warn("spotify_limit", LF_INT("kind", kind), LF_INT("family", family),
	    LF_INT("seconds", (until - clock_wall_ms() + 999) / 1000));
	b->v->counts.limits++;
	table_each(&b->v->users, tell_one, &tell);
	permits_go_on(b);
}

void
limits_carry(const struct budget *from, struct budget *to)
{
	const int64_t now = clock_wall_ms();
	uint8_t i;

	if (from->rate_until > now)
		learn(to, LIMIT_RATE, 0, from->rate_until, true);
	for (i = 0; i < SP_FAMILY_COUNT; i++)
		if (from->families[i].quota_until > now)
			learn(to, LIMIT_QUOTA, i, from->families[i].quota_until, true);
}

struct put_ask {
	struct budget *b;
	uint8_t kind, family;
};

static void
on_put(void *arg, const struct db_answer *a)
{
	struct put_ask *ask = arg;
	struct budget *b = ask->b;

	b->settling--;
	if (a->outcome == DB_UNAVAILABLE && ask->kind == LIMIT_RATE)
		b->rate_unsaid = true;
	else if (a->outcome == DB_UNAVAILABLE)
		b->families[ask->family].unsaid = true;
	free(ask);
}

static void
put(struct budget *b, uint8_t kind, uint8_t family, int64_t until)
{
	struct put_ask *ask = until <= clock_wall_ms() ? NULL : calloc(1, sizeof(*ask));

	if (ask == NULL)
		return;
	*ask = (struct put_ask){.b = b, .kind = kind, .family = family};
	b->settling++;
	db_call(b->v->db, ST_limit_say, (struct db_value[]){DB_TEXT(budget_name(b)),
	    DB_INT2(kind), DB_INT2(family), DB_INT8(until)}, on_put, ask);
}

void
limits_store(struct budget *b)
{
	uint8_t i;

	if (b->client_id[0] == '\0' || !db_is_up(b->v->db))
		return;
	if (b->rate_unsaid) {
		b->rate_unsaid = false;
		put(b, LIMIT_RATE, 0, b->rate_until);
	}
	for (i = 0; i < SP_FAMILY_COUNT; i++)
		if (b->families[i].unsaid) {
			b->families[i].unsaid = false;
			put(b, LIMIT_QUOTA, i, b->families[i].quota_until);
		}
}

err_t
limits_on_seen(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_limit_seen m;
	struct budget *b;
	err_t err = msg_get_limit_seen(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (m.kind == LIMIT_NONE || m.kind >= LIMIT_COUNT || m.family >= SP_FAMILY_COUNT)
		return ERR_SYNTAX;
	if (w->state != WORKER_BOUND || w->user == NULL)
		return ERR_STATE;
	if (m.ms == 0 || !permits_allowance(w))
		return 0;
	if (m.ms > LIMIT_MOST_S * 1000)
		m.ms = LIMIT_MOST_S * 1000;
	b = w->user->budget;
	learn(b, m.kind, m.family, clock_wall_ms() + m.ms, true);
	limits_store(b);
	return 0;
}

static int64_t
known_until(const struct budget *b, unsigned kind, int family)
{
	return kind == LIMIT_RATE ? b->rate_until : b->families[family].quota_until;
}

/* "pause KIND FAMILY UNTIL CLIENT_ID", in ms; "limit ...", the same in seconds, is
 * what older vaults say and hear. */
bool
limits_note(struct vault *v, const char *payload)
{
	unsigned kind;
	int family, at = 0;
	long long until;
	struct budget *b;
	bool seconds = strncmp(payload, "limit ", 6) == 0;

	if ((!seconds && strncmp(payload, "pause ", 6) != 0) ||
	    sscanf(payload + 6, "%u %d %lld %n", &kind, &family, &until, &at) != 3 || at == 0)
		return false;
	payload += 6;
	if (seconds && until > INT64_MAX / 1000)
		return true;
	until *= seconds ? 1000 : 1;
	b = budget_find(v, span_str(payload + at));
	if (b != NULL && kind > LIMIT_NONE && kind < LIMIT_COUNT && family < SP_FAMILY_COUNT &&
	    (kind == LIMIT_RATE) == (family < 0) &&
	    (!seconds || until - known_until(b, kind, family) >= 1000))
		learn(b, (uint8_t)kind, (uint8_t)(family < 0 ? 0 : family), until, false);
	return true;
}

/* --- what is left today ------------------------------------------------------------------- */

static int64_t
in_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

/* Everything about an application; as messages in *m. */
static void
figure(const struct vault *v, const struct db_answer *a, const struct budget *b, bool extended,
    struct msg_quota m[SP_FAMILY_COUNT])
{
	const int64_t now = clock_wall_s();
	int64_t rate = b != NULL && in_seconds(b->rate_until) > now ? in_seconds(b->rate_until) : 0;
	int i;

	for (i = 0; i < SP_FAMILY_COUNT; i++)
		m[i] = (struct msg_quota){.family = (uint8_t)i, .last = i + 1 == SP_FAMILY_COUNT,
		    .allowed = i == SP_FAMILY_ACCOUNTS ? 0 : v->set.calls[extended].per_day};
	for (i = 0; i < a->rows; i++) {
		const int64_t family = db_get_int(a, i, 0), until = db_get_int(a, i, 2);

		if (family < 0) {
			rate = until > rate ? until : rate;
		} else if (family < SP_FAMILY_COUNT) {
			m[family].used = (uint32_t)db_get_int(a, i, 1);
			m[family].until = until;
		}
	}
	for (i = 0; i < SP_FAMILY_COUNT; i++) {
		const struct budget_family *f = b == NULL ? NULL : &b->families[i];

		if (f != NULL && in_seconds(f->quota_until) > now &&
		    in_seconds(f->quota_until) > m[i].until)
			m[i].until = in_seconds(f->quota_until);
		if (rate > m[i].until)
			m[i].until = rate;
		/* What this node has leased and not given is not used yet. */
		if (f != NULL)
			m[i].used += f->debt - (f->held < m[i].used ? f->held : m[i].used);
	}
}

struct quota_ask {
	struct worker *worker;      /* pinned */
	uint64_t request;
};

static void
say_unknown(struct worker *w, uint64_t request)
{
	const struct msg_quota m = {.last = 1, .family = SP_FAMILY_COUNT};

	worker_sent(w, send_quota(w->ch, request, &m));
}

static void
on_worker_quota(void *arg, const struct db_answer *a)
{
	struct quota_ask *ask = arg;
	struct worker *w = ask->worker;
	const struct budget *b = w->user == NULL ? NULL : w->user->budget;
	const uint64_t request = ask->request;
	struct msg_quota m[SP_FAMILY_COUNT];
	int i;

	free(ask);
	w->open_ops--;
	if (w->ch != NULL && (a->outcome != DB_DONE || b == NULL)) {
		say_unknown(w, request);
	} else if (w->ch != NULL) {
		figure(w->vault, a, b, b->extended, m);
		for (i = 0; i < SP_FAMILY_COUNT && w->ch != NULL; i++)
			worker_sent(w, send_quota(w->ch, request, &m[i]));
	}
	worker_unpin(w);
}

err_t
limits_on_quota_ask(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct quota_ask *ask;
	struct msg_quota_ask m;
	err_t err = msg_get_quota_ask(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (w->state != WORKER_BOUND || w->user == NULL)
		return ERR_STATE;
	if (w->open_ops >= WORKER_OPS_MAX)
		return ERR_LIMIT;
	ask = rows_allowance(w) && db_is_up(w->vault->db) && w->user->budget->client_id[0] != '\0' ?
	    calloc(1, sizeof(*ask)) : NULL;
	if (ask == NULL) {
		say_unknown(w, f->request);
		return 0;
	}
	ask->worker = w;
	ask->request = f->request;
	w->open_ops++;
	worker_pin(w);
	db_call(w->vault->db, ST_quota_show,
	    (struct db_value[]){DB_TEXT(budget_name(w->user->budget))}, on_worker_quota, ask);
	return 0;
}

/* Of the account page. */
struct page_ask {
	struct span client_id;
	bool extended;
};

static void
on_page_quota(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	const struct page_ask *own = q->own;
	struct msg_quota m[SP_FAMILY_COUNT];
	int i;

	if (a->outcome != DB_DONE) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return;
	}
	figure(q->v, a, budget_find(q->v, own->client_id), own->extended, m);
	for (i = 0; i < SP_FAMILY_COUNT; i++)
		ASK_ANSWER(q, quota, &m[i]);
	ask_free(q);
}

static void
on_page_account(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	struct page_ask *own = q->own;

	if (!ask_has_row(q, a, PORTAL_NO_SESSION))
		return;
	if (!ask_keep(q, a, 6, &own->client_id)) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return;
	}
	own->extended = span_is(db_get_span(a, 0, 7), "extended");
	db_call(q->v->db, ST_quota_show, (struct db_value[]){DB_TEXT(own->client_id)},
	    on_page_quota, q);
}

err_t
limits_on_quota_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_quota_get m;
	struct ask *q;
	err_t err = msg_get_quota_get(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create_with(owner, f, sizeof(struct page_ask));
	if (q != NULL)
		db_call(q->v->db, ST_account_show, (struct db_value[]){DB_HASH(m.session)},
		    on_page_account, q);
	return 0;
}
