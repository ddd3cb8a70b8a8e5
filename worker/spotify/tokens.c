/*
 * Keeping an access token; see tokens.h.  A renewal goes through named steps:
 * renew -> on_lease -> send_refresh -> on_answer -> (on_reread -> on_said) -> settle.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "worker/spotify/tokens.h"

#define EARLY_S 240          /* renewed this long before its end */
#define GRACE_S 15           /* in the worst case used until then */
#define LEASE_MS 8000        /* a lease is ours for at least so long */
#define ROUNDS_MAX 8         /* leases and re-readings of one renewal */
#define AWAY_MS 15000        /* after the database was away: no try for so long */
#define RECHECK_MS 30000     /* a finished sign-in is looked at again after that */
#define PLAIN_MAX 16000

enum step { IDLE, LEASING, PAUSING, SENDING, REREADING, DOUBTING };

struct tokens {
	struct loop *loop;
	struct transfers *ts;
	struct tokens_env env;
	struct grant grant;
	bool present;             /* grant holds tokens */
	bool refused;             /* Spotify refused the access token */
	unsigned generation;
	enum step step;
	unsigned rounds;
	enum sp_problem over;     /* SP_OK, or why the sign-in has ended */
	int64_t over_ms;          /* when that was found, or asked again */
	int64_t believed_ms;      /* when the vault said to believe it */
	int64_t not_before_ms;    /* no early renewal before */
	int64_t leased_ms;        /* a lease that was not used up is ours until then */
	int64_t early_s, grace_s; /* EARLY_S and GRACE_S, less for a short life */
	struct sp_error refusal;  /* what the refresh said, while re-reading */
	struct transfer *transfer;
	struct event *timer;
	struct token_wait *waiting;
	struct deferred begin;
};

static void renew(struct tokens *t);
static void ask_lease(struct tokens *t);
static void ask_reread(struct tokens *t);

static struct sp_error
problem(enum sp_problem p)
{
	return (struct sp_error){.problem = p, .op = SP_OP_TOKEN, .retry_after = -1};
}

/* Can the access token still be used, if need be? */
static bool
still_good(const struct tokens *t)
{
	return t->present && !t->refused && t->grant.expires_at > clock_wall_s() + t->grace_s;
}

/* Is there no reason to renew it? */
static bool
fresh(const struct tokens *t)
{
	int64_t margin = clock_mono_ms() < t->not_before_ms ? t->grace_s : t->early_s;

	return still_good(t) && t->grant.expires_at > clock_wall_s() + margin;
}

bool
tokens_now(struct tokens *t, struct span *access, unsigned *generation)
{
	if (!fresh(t))
		return false;
	*access = secret_span(&t->grant.access);
	*generation = t->generation;
	return true;
}

/* The renewal is over: everybody is told. */
static void
settle(struct tokens *t, const struct sp_error *why)
{
	struct token_wait *told = t->waiting, *w;

	t->step = IDLE;
	t->rounds = 0;
	/* Who asks again from inside waits for the next round. */
	t->waiting = NULL;
	if (told != NULL)
		told->prev = &told;
	while ((w = told) != NULL) {
		tokens_unwait(w);
		w->fn(w->arg, why);
	}
}

static void
settle_problem(struct tokens *t, enum sp_problem p)
{
	struct sp_error e = problem(p);

	settle(t, &e);
}

/* It could not be renewed for now; what is there serves while it lasts. */
static void
settle_later(struct tokens *t, const struct sp_error *why)
{
	t->not_before_ms = clock_mono_ms() + AWAY_MS;
	settle(t, still_good(t) ? NULL : why);
}

static void
adopt(struct tokens *t, struct grant *g)
{
	grant_clear(&t->grant);
	t->grant = *g;
	memset(g, 0, sizeof(*g));
	t->present = true;
	t->refused = false;
	t->over = SP_OK;
	t->generation++;
}

/* --- storing ----------------------------------------------------------------------- */

static void store(struct tokens *t);

/* Somebody else stored first. */
static void
on_conflict(struct tokens *t, struct span plain)
{
	struct grant theirs = {.expires_at = 0};

	if (grant_read(plain, &theirs) != 0)
		return;
	if (theirs.authorized_at > t->grant.authorized_at)
		adopt(t, &theirs);            /* the person signed in anew */
	else if (!grant_same_refresh(&theirs, &t->grant))
		store(t);                     /* ours is the newer of this sign-in */
	else if (theirs.expires_at > t->grant.expires_at)
		adopt(t, &theirs);
	grant_clear(&theirs);
}

static void
on_stored(void *arg, enum row_outcome outcome, struct span plain, uint32_t retry_ms)
{
	(void)retry_ms;
	if (outcome == ROW_NEWER)
		on_conflict(arg, plain);
}

static void
store(struct tokens *t)
{
	struct buf row;
	err_t err;

	buf_init(&row, PLAIN_MAX);
	err = grant_write(&t->grant, &row);
	if (err == 0)
		err = t->env.store(t->env.owner, buf_span(&row), on_stored, t);
	if (err != 0)
		t->env.log(t->env.owner, WEV_store_pending, 1, err);
	buf_free(&row);
}

/* --- renewing ----------------------------------------------------------------------- */

/* Takes over a row that somebody else wrote.  True if its access token can be
 * used as it is. */
static bool
take_row(struct tokens *t, struct span plain)
{
	struct grant g = {.expires_at = 0};
	bool changed;

	if (plain.n == 0 || grant_read(plain, &g) != 0)
		return false;
	changed = !t->present || !grant_same(&g, &t->grant);
	if (changed)
		adopt(t, &g);
	grant_clear(&g);
	return changed && still_good(t);
}

static void
set_margins(struct tokens *t, int64_t life)
{
	t->early_s = life / 10 < EARLY_S ? life / 10 : EARLY_S;
	t->grace_s = life / 20 < GRACE_S ? life / 20 : GRACE_S;
}

static void
on_refreshed(struct tokens *t, const struct transfer_answer *a)
{
	struct grant before = {.expires_at = 0};
	bool rotated;

	if (secret_set(&before.refresh, secret_span(&t->grant.refresh)) != 0 ||
	    grant_renew(a->body, clock_wall_s(), &t->grant) != 0) {
		struct sp_error e = problem(SP_UNREADABLE);

		grant_clear(&before);
		settle_later(t, &e);
		return;
	}
	rotated = !grant_same_refresh(&before, &t->grant);
	set_margins(t, t->grant.expires_at - clock_wall_s());
	t->leased_ms = 0;
	grant_clear(&before);
	t->refused = false;
	t->generation++;
	t->env.log(t->env.owner, WEV_token_refreshed, rotated, 0);
	store(t);
	settle(t, NULL);
}

static void
on_answer(void *arg, const struct transfer_answer *a)
{
	struct tokens *t = arg;
	struct sp_error e;

	t->transfer = NULL;
	if (a->end != TRANSFER_ANSWERED) {
		e = problem(a->end == TRANSFER_NOT_SENT ? SP_UNREACHABLE : SP_ACCOUNTS_DOWN);
		e.curl = a->curl;
		settle_later(t, &e);
		return;
	}
	sp_classify(SP_OP_TOKEN, a->status, a->content_type, a->body, a->retry_after, &e);
	if (e.problem == SP_OK)
		on_refreshed(t, a);
	else if (sp_grant_over(e.problem)) {
		t->refusal = e;
		ask_reread(t);
	} else {
		t->env.log(t->env.owner, WEV_token_refused, a->status, 0);
		settle_later(t, &e);
	}
}

static err_t
put_form(struct tokens *t, struct buf *form)
{
	err_t err = sp_query_put(form, "grant_type", span_str("refresh_token"));

	if (err == 0)
		err = sp_query_put(form, "refresh_token", secret_span(&t->grant.refresh));
	if (err == 0)
		err = sp_query_put(form, "client_id", span_str(t->env.client_id(t->env.owner)));
	return err;
}

static void
send_refresh(struct tokens *t)
{
	struct transfer_ask ask = {.host = DIAL_ACCOUNTS, .method = "POST",
	    .target = span_str(sp_op_info(SP_OP_TOKEN)->path),
	    .content_type = "application/x-www-form-urlencoded"};
	struct buf form;
	err_t err;

	t->step = SENDING;
	buf_init(&form, PLAIN_MAX);
	err = put_form(t, &form);
	ask.body = buf_span(&form);
	if (err == 0)
		err = transfer_start(t->ts, &ask, on_answer, t, &t->transfer);
	buf_free(&form);
	if (err != 0)
		settle_problem(t, SP_LOCAL);
}

/* The sign-in is over, or seems to be. */
static void
end_grant(struct tokens *t, enum sp_problem why)
{
	struct sp_error e = t->refusal;

	e.problem = why;
	t->over = why;
	t->over_ms = clock_mono_ms();
	settle(t, &e);
}

/* It was believed before, and nothing is different. */
static bool
known_over(const struct tokens *t)
{
	return t->over != SP_OK && t->over == t->refusal.problem;
}

static void
on_said(void *arg, enum grant_say say)
{
	struct tokens *t = arg;
	struct sp_error away = problem(SP_STORE_AWAY);

	if (known_over(t)) {
		/* Doubted since: Spotify is asked once more, the next time. */
		end_grant(t, say == GRANT_DOUBT ? SP_GRANT_DOUBTED : t->over);
		return;
	}
	if (say == GRANT_UNHEARD) {
		settle_later(t, &away);
		return;
	}
	if (say == GRANT_BELIEVE)
		t->believed_ms = clock_mono_ms();
	t->env.log(t->env.owner, WEV_token_refused, t->refusal.status, say == GRANT_BELIEVE);
	if (say == GRANT_DOUBT && still_good(t)) {
		settle_later(t, NULL);
		return;
	}
	end_grant(t, say == GRANT_BELIEVE ? t->refusal.problem : SP_GRANT_DOUBTED);
}

/* invalid_grant, and the row was read again. */
static void
on_reread(void *arg, enum row_outcome outcome, struct span plain, uint32_t retry_ms)
{
	struct tokens *t = arg;
	unsigned generation = t->generation;
	struct sp_error away = problem(SP_STORE_AWAY);

	(void)retry_ms;
	if (outcome != ROW_NEWER) {
		/* Not confirmed: it may have been renewed elsewhere. */
		settle_later(t, &away);
		return;
	}
	if (take_row(t, plain)) {
		settle(t, NULL);
		return;
	}
	if (t->generation != generation && ++t->rounds < ROUNDS_MAX) {
		ask_lease(t);
		return;
	}
	t->step = DOUBTING;
	if (t->env.doubt(t->env.owner, known_over(t) ? clock_mono_ms() - t->believed_ms + 1 : 0,
	    on_said, t) != 0) {
		if (known_over(t))
			end_grant(t, t->over);
		else
			settle_later(t, &away);
	}
}

static void
ask_reread(struct tokens *t)
{
	t->step = REREADING;
	if (t->env.reread(t->env.owner, on_reread, t) != 0)
		settle_problem(t, SP_LOCAL);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask_lease(arg);
}

static void
on_lease(void *arg, enum row_outcome outcome, struct span plain, uint32_t retry_ms)
{
	struct tokens *t = arg;
	struct sp_error away = problem(SP_STORE_AWAY);
	struct timeval tv;

	if (outcome == ROW_DONE) {
		t->leased_ms = clock_mono_ms() + LEASE_MS;
		send_refresh(t);
		return;
	}
	if (outcome == ROW_AWAY || ++t->rounds >= ROUNDS_MAX) {
		settle_later(t, &away);
		return;
	}
	if (outcome == ROW_NEWER) {
		if (take_row(t, plain))
			settle(t, NULL);
		else
			ask_lease(t);
		return;
	}
	if (retry_ms < 50)
		retry_ms = 50;
	if (retry_ms > 3000)
		retry_ms = 3000;
	tv = (struct timeval){.tv_sec = retry_ms / 1000, .tv_usec = retry_ms % 1000 * 1000};
	t->step = PAUSING;
	(void)evtimer_add(t->timer, &tv);
}

static void
ask_lease(struct tokens *t)
{
	t->step = LEASING;
	if (clock_mono_ms() < t->leased_ms)
		send_refresh(t);
	else if (t->env.lease(t->env.owner, on_lease, t) != 0)
		settle_problem(t, SP_LOCAL);
}

static void
renew(struct tokens *t)
{
	if (t->step != IDLE || t->waiting == NULL)
		return;
	if (t->over != SP_OK) {
		if (clock_mono_ms() - t->over_ms < RECHECK_MS)
			settle_problem(t, t->over);
		else if (t->over == SP_GRANT_DOUBTED) {
			t->over = SP_OK;
			ask_lease(t);
		} else {
			/* Somebody may have signed in again meanwhile. */
			t->refusal = problem(t->over);
			ask_reread(t);
		}
	} else if (!t->present)
		settle_problem(t, SP_NOT_SIGNED_IN);
	else if (fresh(t))
		settle(t, NULL);
	else
		ask_lease(t);
}

/* --- the public part ------------------------------------------------------------------ */

static void
on_begin(void *arg)
{
	renew(arg);
}

void
tokens_wait(struct tokens *t, struct token_wait *w, void (*fn)(void *, const struct sp_error *),
    void *arg)
{
	w->fn = fn;
	w->arg = arg;
	w->next = t->waiting;
	w->prev = &t->waiting;
	if (w->next != NULL)
		w->next->prev = &w->next;
	t->waiting = w;
	if (t->step == IDLE)
		loop_defer(t->loop, &t->begin, on_begin, t);
}

void
tokens_unwait(struct token_wait *w)
{
	if (w->prev == NULL)
		return;
	*w->prev = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	w->next = NULL;
	w->prev = NULL;
}

void
tokens_refused(struct tokens *t, unsigned generation)
{
	if (generation == t->generation)
		t->refused = true;
}

void
tokens_load(struct tokens *t, struct span row)
{
	struct grant g = {.expires_at = 0};

	if (row.n > 0 && grant_read(row, &g) == 0)
		adopt(t, &g);
	grant_clear(&g);
}

const struct grant *
tokens_grant(const struct tokens *t)
{
	return t->present ? &t->grant : NULL;
}

enum sp_problem
tokens_over(const struct tokens *t)
{
	return t->over;
}

err_t
tokens_create(struct loop *loop, struct transfers *ts, const struct tokens_env *env,
    struct tokens **out)
{
	struct tokens *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	t->loop = loop;
	t->ts = ts;
	t->env = *env;
	t->early_s = EARLY_S;
	t->grace_s = GRACE_S;
	t->timer = evtimer_new(loop_base(loop), on_pause_over, t);
	if (t->timer == NULL) {
		free(t);
		return ERR_NOMEM;
	}
	*out = t;
	return 0;
}

void
tokens_destroy(struct tokens **tp)
{
	struct tokens *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	transfer_cancel(&t->transfer);
	loop_defer_cancel(t->loop, &t->begin);
	event_free(t->timer);
	while (t->waiting != NULL)
		tokens_unwait(t->waiting);
	grant_clear(&t->grant);
	free(t);
}
