/*
 * The client as a whole; see api.h and spotify.h.
 *
 * A fetch is one request on its way, in one list, with those who wait for it.
 * Its steps: begin (is the answer known?) -> go (token, governor) -> sent ->
 * on_answer -> go once more (again.h), or deliver.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "worker/spotify/again.h"
#include "worker/spotify/answer.h"
#include "worker/spotify/api.h"
#include "worker/spotify/cache.h"
#include "worker/spotify/governor.h"
#include "worker/spotify/home.h"
#include "worker/spotify/known.h"
#include "worker/spotify/tokens.h"
#include "worker/spotify/transfer.h"
#include "worker/worker.h"

#define TARGET_MAX 16384
#define BODY_MAX (1024 * 1024)
#define TOKEN_WAITS 4

struct fetch {
	struct spotify *s;
	struct fetch *next, **prev;
	enum sp_op op;
	struct buf target, body;
	struct sp_wait *waits;
	struct token_wait token;
	struct pass pass;
	unsigned generation;         /* of the token used */
	unsigned ticket;             /* of the cache */
	bool fresh;                  /* what the cache has is not good enough */
	bool changing;               /* the cache was told of the change */
	int64_t asked_ms;
	struct again again;
	unsigned token_waits;
	bool delivering;
	struct transfer *transfer;
	struct deferred begin;       /* the first step */
	struct event *timer;
};

struct sp_wait {
	struct fetch *fetch;
	struct sp_wait *next, **prev;
	sp_done done;
	void *arg;
};

struct spotify {
	struct worker *w;
	struct transfers *ts;
	struct tokens *tokens;
	struct governor *governor;
	struct cache *cache;
	struct fetch *fetches;
	char *login_url;
};

static void go(struct fetch *f);

/* --- lists ---------------------------------------------------------------------------- */

static void
wait_unlink(struct sp_wait *w)
{
	*w->prev = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	w->next = NULL;
	w->prev = NULL;
}

static void
fetch_free(struct fetch *f)
{
	struct sp_wait *w;

	*f->prev = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	while ((w = f->waits) != NULL) {
		wait_unlink(w);
		free(w);
	}
	tokens_unwait(&f->token);
	governor_unpass(&f->pass);
	transfer_cancel(&f->transfer);
	loop_defer_cancel(f->s->w->loop, &f->begin);
	if (f->timer != NULL)
		event_free(f->timer);
	buf_free(&f->target);
	buf_free(&f->body);
	free(f);
}

/* --- the end of a fetch ------------------------------------------------------------------ */

static void
deliver(struct fetch *f, const struct sp_answer *a)
{
	struct sp_wait *w;

	if (a->error.problem != SP_OK)
		worker_log(f->s->w, WEV_spotify_failed, a->error.status, a->error.curl,
		    (int64_t)f->op, 0);
	if (f->changing)
		cache_changed(f->s->cache, f->op, clock_mono_ms());
	/* Nobody can join it from here on. */
	*f->prev = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	f->next = NULL;
	f->prev = &f->next;
	f->delivering = true;
	while ((w = f->waits) != NULL) {
		wait_unlink(w);
		w->done(w->arg, a);
		free(w);
	}
	fetch_free(f);
}

static void
deliver_error(struct fetch *f, const struct sp_error *e)
{
	struct sp_answer a = {.error = *e};

	a.error.op = f->op;
	deliver(f, &a);
}

static void
deliver_problem(struct fetch *f, enum sp_problem p, int curl)
{
	struct sp_error e = {.problem = p, .curl = curl, .retry_after = -1};

	deliver_error(f, &e);
}

/* --- what was answered a moment ago ---------------------------------------------------------- */

/* The first step. */
static void
begin(void *arg)
{
	struct fetch *f = arg;
	struct sp_answer a = {.error = {.op = f->op, .status = 200, .retry_after = -1}};
	struct span body;

	f->asked_ms = clock_mono_ms();
	f->changing = strcmp(sp_op_info(f->op)->method, "GET") != 0;
	if (f->changing)
		cache_changing(f->s->cache, f->op);
	f->ticket = cache_ticket(f->s->cache, f->op);
	if (f->changing || f->fresh ||
	    !cache_find(f->s->cache, f->op, buf_span(&f->target), f->asked_ms, &body) ||
	    json_parse(body, &json_from_spotify, &a.json) != 0) {
		go(f);
		return;
	}
	deliver(f, &a);
	json_object_put(a.json);
}

/* --- waiting and repeating ------------------------------------------------------------------ */

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go(arg);
}

static void
go_after(struct fetch *f, int64_t ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (evtimer_add(f->timer, &tv) != 0)
		deliver_problem(f, SP_LOCAL, 0);
}

/* It failed: on_answer and on_pass end here. */
static void
failed(struct fetch *f, bool sent, struct sp_error *e)
{
	int64_t ms = 0;

	switch (again_judge(&f->again, sent, e, &ms)) {
	case AGAIN_NO:
		deliver_error(f, e);
		break;
	case AGAIN_NOW:
		go(f);
		break;
	case AGAIN_LATER:
		go_after(f, ms);
		break;
	}
}

static void
on_answer(void *arg, const struct transfer_answer *a)
{
	struct fetch *f = arg;
	struct spotify *s = f->s;
	struct sp_answer answer = {.json = NULL};

	f->transfer = NULL;
	answer_read(f->op, a, &answer.error, &answer.json);
	governor_note(s->governor, &answer.error);
	if (answer.error.problem == SP_TOKEN_REFUSED)
		tokens_refused(s->tokens, f->generation);
	if (answer.error.problem != SP_OK) {
		failed(f, a->end != TRANSFER_NOT_SENT, &answer.error);
		return;
	}
	if (answer.json != NULL)
		cache_put(s->cache, f->op, buf_span(&f->target), a->body, f->ticket, f->asked_ms,
		    clock_mono_ms());
	deliver(f, &answer);
	json_object_put(answer.json);
}

/* --- sending ------------------------------------------------------------------------------- */

static void
on_token(void *arg, const struct sp_error *why)
{
	struct fetch *f = arg;

	if (why != NULL)
		deliver_error(f, why);
	else
		go(f);
}

static void
send_now(struct fetch *f, struct span access)
{
	const struct sp_op_info *info = sp_op_info(f->op);
	struct transfer_ask ask = {.host = DIAL_API, .method = info->method,
	    .target = buf_span(&f->target), .bearer = access, .body = buf_span(&f->body),
	    .content_type = f->body.len > 0 ? "application/json" : "",
	    .repeatable = info->repeatable};

	if (f->op == SP_OP_PLAYLIST_COVER)
		ask.content_type = "image/jpeg";
	if (transfer_start(f->s->ts, &ask, on_answer, f, &f->transfer) != 0)
		deliver_problem(f, SP_LOCAL, 0);
}

static void
on_pass(void *arg, const struct sp_error *why)
{
	struct fetch *f = arg;
	struct sp_error e;

	f->pass.permitted = why == NULL;
	if (why == NULL) {
		go(f);
		return;
	}
	e = *why;
	failed(f, false, &e);
}

/* One step on the way out: a token first, then the governor's word. */
static void
go(struct fetch *f)
{
	struct spotify *s = f->s;
	struct sp_error why;
	struct span access;
	int64_t ms = 0;

	if (!tokens_now(s->tokens, &access, &f->generation)) {
		/* Tokens that are never fresh would make this a loop. */
		if (++f->token_waits > TOKEN_WAITS) {
			deliver_problem(f, SP_TOKEN_REFUSED, 0);
			return;
		}
		tokens_wait(s->tokens, &f->token, on_token, f);
		return;
	}
	switch (governor_pass(s->governor, f->op, &f->pass, on_pass, f, &ms, &why)) {
	case PASS_GO:
		send_now(f, access);
		break;
	case PASS_WAIT:
		go_after(f, ms);
		break;
	case PASS_NO:
		deliver_error(f, &why);
		break;
	case PASS_LATER:
		break;
	}
}

/* An answer from before a change is no answer to what is asked after it. */
static bool
same_question(const struct fetch *f, enum sp_op op, struct span target)
{
	return f->op == op && f->ticket == cache_ticket(f->s->cache, op) &&
	    span_eq(buf_span(&f->target), target);
}

static err_t
fetch_new(struct spotify *s, const struct sp_ask *ask, struct buf *target, struct fetch **out)
{
	struct fetch *f = calloc(1, sizeof(*f));
	err_t err;

	if (f == NULL)
		return ERR_NOMEM;
	f->s = s;
	f->op = ask->op;
	f->ticket = cache_ticket(s->cache, ask->op);
	f->pass.bulk = ask->bulk;
	f->pass.more = ask->more;
	f->target = *target;
	buf_init(target, TARGET_MAX);
	buf_init(&f->body, BODY_MAX);
	f->next = s->fetches;
	f->prev = &s->fetches;
	if (f->next != NULL)
		f->next->prev = &f->next;
	s->fetches = f;
	err = buf_put_span(&f->body, ask->body);
	f->timer = evtimer_new(loop_base(s->w->loop), on_timer, f);
	if (f->timer == NULL)
		err = ERR_NOMEM;
	/* The first step is taken at the end of the turn: done never comes from
	 * inside. */
	if (err == 0)
		loop_defer(s->w->loop, &f->begin, begin, f);
	if (err != 0)
		fetch_free(f);
	else
		*out = f;
	return err;
}

err_t
spotify_ask(struct spotify *s, const struct sp_ask *ask, sp_done done, void *arg,
    struct sp_wait **out)
{
	struct fetch *f = NULL;
	struct sp_wait *w = calloc(1, sizeof(*w));
	struct buf target;
	err_t err;

	buf_init(&target, TARGET_MAX);
	err = w == NULL ? ERR_NOMEM : sp_op_target(ask->op, ask->id, ask->query, &target);
	if (err != 0)
		goto out;
	if (strcmp(sp_op_info(ask->op)->method, "GET") == 0)
		for (f = s->fetches; f != NULL; f = f->next)
			if (same_question(f, ask->op, buf_span(&target)))
				break;
	if (f == NULL)
		err = fetch_new(s, ask, &target, &f);
	if (err != 0)
		goto out;
	f->fresh = f->fresh || ask->fresh;
	/* Somebody waits for it now. */
	f->pass.bulk = f->pass.bulk && ask->bulk;
	w->fetch = f;
	w->done = done;
	w->arg = arg;
	w->next = f->waits;
	w->prev = &f->waits;
	if (w->next != NULL)
		w->next->prev = &w->next;
	f->waits = w;
	*out = w;
	w = NULL;
out:
	free(w);
	buf_free(&target);
	return err;
}

void
spotify_drop(struct sp_wait **wp)
{
	struct sp_wait *w = *wp;
	struct fetch *f;

	*wp = NULL;
	if (w == NULL || w->prev == NULL)
		return;   /* it is being told just now */
	f = w->fetch;
	wait_unlink(w);
	free(w);
	if (f->waits == NULL && !f->delivering && strcmp(sp_op_info(f->op)->method, "GET") == 0)
		fetch_free(f);
}

/* --- what is known ---------------------------------------------------------------------------- */

err_t
spotify_error_text(struct spotify *s, const struct sp_error *e, struct buf *out)
{
	const struct sp_error_facts facts = {.login_url = s->login_url, .now = clock_wall_s()};

	return sp_error_text(e, &facts, out);
}

void
spotify_state(const struct spotify *s, struct spotify_state *out)
{
	known_state(s->w, s->tokens, governor_limits(s->governor), out);
	out->login_url = s->login_url;
}

/* --- the worker's side --------------------------------------------------------------------------- */

err_t
spotify_create(struct worker *w, struct spotify **out)
{
	const struct transfers_conf conf = {
	    .api_url = conf_str(w->conf, "spotify.api_url"),
	    .accounts_url = conf_str(w->conf, "spotify.accounts_url"),
	    .ca_store = w->ca_store, .allow_http = conf_bool(w->conf, "spotify.sandbox"),
	    .dial = home_dial, .owner = w};
	const struct tokens_env env = home_tokens_env(w);
	struct spotify *s = calloc(1, sizeof(*s));
	struct buf url;
	err_t err;

	if (s == NULL)
		return ERR_NOMEM;
	s->w = w;
	buf_init(&url, 2048);
	err = governor_create(w, conf_int(w->conf, "limits.spotify_per_second", 4), &s->governor);
	if (err == 0)
		err = buf_printf(&url, "%s/login", conf_str(w->conf, "server.public_url"));
	if (err == 0 && (s->login_url = strdup(buf_cstr(&url))) == NULL)
		err = ERR_NOMEM;
	buf_free(&url);
	if (err == 0)
		err = cache_create(w->loop, (size_t)conf_int(w->conf, "limits.spotify_cache",
		    256) * 1024, &s->cache);
	if (err == 0)
		err = transfers_create(w->loop, &conf, &s->ts);
	if (err == 0)
		err = tokens_create(w->loop, s->ts, &env, &s->tokens);
	if (err != 0)
		spotify_destroy(&s);
	else
		*out = s;
	return err;
}

void
spotify_destroy(struct spotify **sp)
{
	struct spotify *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	while (s->fetches != NULL)
		fetch_free(s->fetches);
	tokens_destroy(&s->tokens);
	governor_destroy(&s->governor);
	transfers_destroy(&s->ts);
	cache_destroy(&s->cache);
	free(s->login_url);
	free(s);
}

struct governor *
spotify_governor(struct spotify *s)
{
	return s->governor;
}

void
spotify_rows_ready(struct spotify *s, struct span tokens)
{
	tokens_load(s->tokens, tokens);
}

void
spotify_dialled(struct spotify *s, uint64_t dial, int fd)
{
	transfers_dialled(s->ts, dial, fd);
}

void
spotify_dial_failed(struct spotify *s, uint64_t dial, uint8_t why)
{
	(void)why;
	transfers_dial_failed(s->ts, dial);
}

void
spotify_egress_back(struct spotify *s)
{
	transfers_egress_changed(s->ts);
}
