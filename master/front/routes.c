/*
 * Routes; see routes.h.  Knows no user and decides nothing about credentials.
 *
 * A question to the vault offers a blank worker.  Until the answer is there
 * nobody knows whether that worker is still blank, so if the vault dies in
 * between the worker is ended.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master/front/relay.h"
#include "master/front/routes.h"
#include "master/front/streams.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/fault/fault.h"

#define ANSWER_MS 30000   /* the vault may hold a bind while an old worker leaves */
#define RETRY_MS  20
#define BUSY_MAX  3
#define USED_MS   (5 * 60 * 1000)

static struct route **
row_of(struct front *f, const uint8_t hash[HASH_BYTES])
{
	return &f->rows[((size_t)hash[0] << 8 | hash[1]) % FRONT_ROUTE_ROWS];
}

static struct route *
find(struct front *f, const uint8_t hash[HASH_BYTES], uint8_t kind)
{
	struct route *r = *row_of(f, hash);

	while (r != NULL && (r->cred_kind != kind || memcmp(r->hash, hash, HASH_BYTES) != 0))
		r = r->chain;
	return r;
}

static void
set_state(struct route *r, enum route_state state)
{
	list_remove(&r->front->routes[r->state], &r->link);
	r->state = state;
	r->since = clock_mono_ms();
	list_add(&r->front->routes[state], &r->link);
}

static struct route *
create(struct front *f, const struct request *q)
{
	struct route *r = calloc(1, sizeof(*r));
	struct route **row = row_of(f, q->hash);

	if (r == NULL)
		return NULL;
	r->front = f;
	memcpy(r->hash, q->hash, HASH_BYTES);
	r->cred_kind = q->cred_kind;
	list_init(&r->waiting);
	r->chain = *row;
	*row = r;
	r->state = ROUTE_WANTING;
	r->since = clock_mono_ms();
	list_add(&f->routes[r->state], &r->link);
	return r;
}

/* Nobody finds it any more. */
static void
unchain(struct route *r)
{
	struct route **at = row_of(r->front, r->hash);

	while (*at != NULL && *at != r)
		at = &(*at)->chain;
	if (*at != NULL)
		*at = r->chain;
	r->chain = NULL;
}

/* Frees a route that nobody waits for. */
static void
destroy(struct route *r)
{
	unchain(r);
	if (r->worker != NULL)
		list_remove(&r->worker->routes, &r->by_worker);
	list_remove(&r->front->routes[r->state], &r->link);
	free(r);
}

/* A token that once was good fails on its own account, not on its address's:
 * the first bytes of its hash, in the form of no address that there is. */
static struct address
account_of(const uint8_t hash[HASH_BYTES])
{
	struct address a;

	memcpy(a.bytes, hash, sizeof(a.bytes));
	a.bytes[10] = a.bytes[11] = 0xff;
	return a;
}

/* Everybody who waits gets this answer, and the route is forgotten. */
static void
fail(struct route *r, unsigned status, const char *message, uint32_t retry_after)
{
	const struct address account = account_of(r->hash);

	/* Out of the table first: an answer may bring its client's next request,
	 * and that one is to ask anew. */
	unchain(r);
	while (r->waiting.n > 0) {
		struct request *q = LINK_OWNER(list_first(&r->waiting), struct request, held_by);

		if (status == 401) {
			failures_count(&r->front->failures, &account, clock_mono_ms());
			r->front->counts.auth_failures++;
		}
		request_fail(q, status, message, retry_after);
	}
	destroy(r);
}

/* The worker that was offered is not needed, if it is still there. */
static void
take_back(struct route *r)
{
	struct worker *w = workers_find(r->front, r->offered);

	r->offered = 0;
	if (w != NULL && w->state == WORKER_OFFERED)
		workers_set_state(w, WORKER_BLANK);
}

static void
ask(struct route *r)
{
	struct front *f = r->front;
	struct worker *w = f->vault == NULL ? NULL : workers_offer(f);
	struct msg_bind m = {.cred_kind = r->cred_kind};

	if (w == NULL) {
		if (r->state != ROUTE_WANTING)
			set_state(r, ROUTE_WANTING);
		return;
	}
	memcpy(m.hash, r->hash, HASH_BYTES);
	m.worker = r->offered = w->id;
	r->question = ++f->last_question;
	set_state(r, ROUTE_ASKING);
	if (send_bind(f->vault, r->question, &m) != 0) {
		take_back(r);
		fail(r, 503, "the server is busy; ask again", 2);
		return;
	}
	FAULT_SENT(f->vault, front_asks);
}

/* Requests that wait go to the worker, in their order. */
static void
send_waiting(struct route *r)
{
	struct worker *w = r->worker;

	while (r->waiting.n > 0) {
		struct request *q = LINK_OWNER(list_first(&r->waiting), struct request, held_by);

		routes_forget_request(q);
		relay_send(q, w);
	}
}

/* The vault sees binds only; a route may be used for hours.  What it is not told
 * now it is told with the next request. */
static void
say_used(struct route *r)
{
	const int64_t now = clock_mono_ms();
	struct msg_used m;

	if (now - r->told < USED_MS || r->front->vault == NULL)
		return;
	memcpy(m.hash, r->hash, sizeof(m.hash));
	if (send_used(r->front->vault, 0, &m) == 0)
		r->told = now;
}

void
routes_find_worker(struct request *q)
{
	struct front *f = q->front;
	struct route *r = find(f, q->hash, q->cred_kind);
	const struct address account = account_of(q->hash);
	bool fresh;

	if (r != NULL && r->state == ROUTE_KNOWN && !channel_is_open(r->worker->ch)) {
		/* It has just died and nothing of this request went to it. */
		routes_drop_worker(r->worker);
		r = NULL;
	}
	fresh = r == NULL;
	if (r != NULL && r->state == ROUTE_KNOWN) {
		say_used(r);
		relay_send(q, r->worker);
		return;
	}
	if (fresh && !failures_allow(&f->failures, &account, clock_mono_ms())) {
		request_fail(q, 429, "too many requests with a token that is not valid any more", 10);
		return;
	}
	if (fresh)
		r = create(f, q);
	if (r == NULL || r->waiting.n >= f->conf.requests_per_user) {
		request_fail(q, r == NULL ? 503 : 429, "too many requests at once", 1);
		return;
	}
	q->route = r;
	list_add(&r->waiting, &q->held_by);
	if (fresh)
		ask(r);
}

void
routes_forget_request(struct request *q)
{
	list_remove(&q->route->waiting, &q->held_by);
	q->route = NULL;
}

void
routes_drop_worker(struct worker *w)
{
	while (w->routes.n > 0)
		destroy(LINK_OWNER(list_first(&w->routes), struct route, by_worker));
}

/* To be asked again in a moment. */
static void
retry(struct route *r)
{
	set_state(r, ROUTE_RETRY);
	front_hurry(r->front, RETRY_MS);
}

static struct route *
asked(struct front *f, uint64_t question)
{
	struct link *l;

	for (l = list_first(&f->routes[ROUTE_ASKING]); l != NULL;
	    l = list_next(&f->routes[ROUTE_ASKING], l)) {
		struct route *r = LINK_OWNER(l, struct route, link);

		if (r->question == question)
			return r;
	}
	return NULL;
}

/* Known ones only: whoever waits gets the answer that is under way. */
static void
drop(struct front *f, const uint8_t hash[HASH_BYTES])
{
	struct route *r = *row_of(f, hash), *next;

	for (; r != NULL; r = next) {
		next = r->chain;
		if (r->state == ROUTE_KNOWN && memcmp(r->hash, hash, HASH_BYTES) == 0)
			destroy(r);
	}
}

static err_t
on_bound(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct route *r = asked(f, fr->request);
	struct msg_bound m;
	struct worker *w;
	uint8_t hash[HASH_BYTES], kind;
	err_t err = msg_get_bound(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (r == NULL) {
		f->counts.late_frames++;
		return 0;
	}
	FAULT(front_bound);
	w = workers_find(f, m.worker);
	if (m.worker != r->offered)
		take_back(r);
	if (w != NULL && (w->state == WORKER_BLANK || w->state == WORKER_OFFERED))
		workers_bound(w, m.fresh == 1);
	if (w == NULL || w->state != WORKER_BOUND) {
		/* Gone, leaving, or not announced yet. */
		retry(r);
		return 0;
	}
	r->worker = w;
	list_add(&w->routes, &r->by_worker);
	r->told = clock_mono_ms();
	set_state(r, ROUTE_KNOWN);
	/* The route may be gone when these have their answer. */
	memcpy(hash, r->hash, sizeof(hash));
	kind = r->cred_kind;
	send_waiting(r);
	/* A ticket is good for what came with it. */
	if (kind == CRED_TICKET)
		drop(f, hash);
	else
		streams_hand_back(f, m.worker, hash, kind);
	routes_go_on(f);
	return 0;
}

/* Its workers crashed again and again: there is a pause now. */
static void
fail_crashed(struct route *r, uint32_t seconds)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "the process that serves you ended unexpectedly several "
	    "times; to protect others it is started again in %u seconds; ask again then", seconds);
	fail(r, 503, text, seconds);
}

static err_t
on_bind_refused(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct route *r = asked(f, fr->request);
	struct msg_bind_refused m;
	uint8_t hash[HASH_BYTES];
	err_t err = msg_get_bind_refused(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (r == NULL) {
		f->counts.late_frames++;
		return 0;
	}
	take_back(r);
	if (m.why == BIND_BUSY && r->busy++ < BUSY_MAX) {
		/* The worker has gone meanwhile, say: another one will do. */
		retry(r);
		return 0;
	}
	memcpy(hash, r->hash, sizeof(hash));
	if (m.why == BIND_UNKNOWN) {
		fail(r, 401, "this token is not valid any more", 0);
		streams_end_of(f, hash);
	} else if (m.why == BIND_CRASHED) {
		fail_crashed(r, m.retry_after);
	} else {
		fail(r, 503, "the server cannot look the token up now; ask again",
		    m.retry_after > 0 ? m.retry_after : 2);
	}
	routes_go_on(f);
	return 0;
}

static err_t
on_route_drop(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct msg_route_drop m;
	err_t err = msg_get_route_drop(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	drop(f, m.hash);
	streams_end_of(f, m.hash);
	return 0;
}

static err_t
on_route_drop_all(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;

	(void)ch;
	(void)fr;
	while (f->routes[ROUTE_KNOWN].n > 0)
		destroy(LINK_OWNER(list_first(&f->routes[ROUTE_KNOWN]), struct route, link));
	streams_doubt(f);
	return 0;
}

static err_t
on_check_key(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct msg_check_key m;
	err_t err = msg_get_check_key(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	memcpy(f->check_key, m.key, sizeof(f->check_key));
	explicit_bzero(&m, sizeof(m));
	f->have_key = true;
	return 0;
}

static err_t
on_health(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct msg_health m;
	err_t err = msg_get_health(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	f->database = m.database == 1;
	f->keyring = m.keyring == 1;
	if (m.heard != f->heard)
		streams_doubt(f);
	f->heard = m.heard;
	return 0;
}

static const struct channel_rule vault_rules[] = {
	{.type = MSG_BOUND, .handle = on_bound},
	{.type = MSG_BIND_REFUSED, .handle = on_bind_refused},
	{.type = MSG_ROUTE_DROP, .handle = on_route_drop},
	{.type = MSG_ROUTE_DROP_ALL, .handle = on_route_drop_all},
	{.type = MSG_CHECK_KEY, .handle = on_check_key},
	{.type = MSG_HEALTH, .handle = on_health},
};

const struct channel_table routes_table = {
	.peer = "vault", .vital = true, .rules = vault_rules,
	.n_rules = sizeof(vault_rules) / sizeof(vault_rules[0]),
	.max_queue = 4 * 1024 * 1024,
};

void
routes_go_on(struct front *f)
{
	while (f->vault != NULL && f->routes[ROUTE_WANTING].n > 0 &&
	    f->workers[WORKER_BLANK].n > 0)
		ask(LINK_OWNER(list_first(&f->routes[ROUTE_WANTING]), struct route, link));
}

void
routes_vault_came(struct front *f)
{
	routes_go_on(f);
}

void
routes_vault_lost(struct front *f)
{
	while (f->routes[ROUTE_ASKING].n > 0) {
		struct route *r = LINK_OWNER(list_first(&f->routes[ROUTE_ASKING]), struct route, link);
		struct worker *w = workers_find(f, r->offered);

		r->offered = 0;
		set_state(r, ROUTE_WANTING);
		if (w != NULL && w->state == WORKER_OFFERED)
			workers_kill(w, KILL_BIND);
	}
	f->database = f->keyring = false;
	streams_doubt(f);
}

static void
sweep_one(struct route *r)
{
	struct worker *w = workers_find(r->front, r->offered);

	if (r->state == ROUTE_ASKING) {
		log_warn("bind_not_answered", LF_UINT("worker", r->offered));
		if (w != NULL && w->state == WORKER_OFFERED)
			workers_kill(w, KILL_BIND);
		fail(r, 503, "the server is busy; ask again", 2);
	} else if (r->waiting.n == 0) {
		destroy(r);
	} else if (r->state == ROUTE_RETRY) {
		ask(r);
	} else {
		set_state(r, r->state);
	}
}

void
routes_sweep(struct front *f, int64_t now_ms)
{
	static const int64_t state_ms[ROUTE_STATES] = {
		[ROUTE_ASKING] = ANSWER_MS, [ROUTE_WANTING] = 1000, [ROUTE_RETRY] = RETRY_MS,
	};
	unsigned s;

	for (s = ROUTE_ASKING; s < ROUTE_STATES; s++) {
		size_t rounds = f->routes[s].n;

		for (; rounds > 0 && f->routes[s].n > 0; rounds--) {
			struct route *r = LINK_OWNER(list_first(&f->routes[s]), struct route, link);

			if (now_ms - r->since < state_ms[s])
				break;
			sweep_one(r);
		}
	}
}

void
routes_end(struct front *f)
{
	unsigned s;

	for (s = 0; s < ROUTE_STATES; s++)
		while (f->routes[s].n > 0)
			destroy(LINK_OWNER(list_first(&f->routes[s]), struct route, link));
}
