/*
 * The life of a worker: channels, binding, idleness, retirement.  Must not
 * know MCP, HTTP or Spotify; those hang on requests.h, mcp/ and spotify/.
 */
#include "config.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/fault/fault.h"
#include "shared/ipc/room.h"
#include "worker/changes.h"
#include "worker/credentials.h"
#include "worker/desk.h"
#include "worker/download.h"
#include "worker/life.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/mcp.h"
#include "worker/requests.h"
#include "worker/rows.h"
#include "worker/run.h"
#include "worker/spotify/spotify.h"

#define BIND_MS       5000
/* After so long without a request memory is given back: most workers wait most of
 * the time. */
#define REST_MS       2000
#define OLD_MS        (24LL * 3600 * 1000)
#define LOGS_A_SECOND 20
/* Without word from the vault for so long the database counts as away, and
 * the worker stays (C6). */
#define AWAY_MS       (3 * 60 * 1000)

void
worker_log(struct worker *w, enum worker_event event, int64_t a, int64_t b, int64_t c, int64_t d)
{
	struct life *l = life_of(w);
	const struct msg_worker_log m = {.event = (uint16_t)event, .a = a, .b = b, .c = c, .d = d};
	const int64_t second = clock_mono_ms() / 1000;

	if (l->log_second != second) {
		l->log_second = second;
		l->logged = 0;
	}
	if (w->front == NULL || l->logged >= LOGS_A_SECOND)
		return;
	l->logged++;
	if (send_worker_log(w->front, 0, &m) != 0)
		l->logged = LOGS_A_SECOND;
}

/* What the vault has not acknowledged yet, and what is still to come of calls whose
 * clients may be gone. */
static unsigned
unstored(const struct worker *w)
{
	return rows_pending(w->rows) + changes_pending(w->changes) + w->edits;
}

static void
leave(struct life *l, err_t err)
{
	l->result = err;
	loop_stop(l->w.loop);
}

err_t
worker_dial(struct worker *w, uint8_t host, uint64_t dial)
{
	const struct msg_dial m = {.host = host};
	err_t err;

	FAULT(worker_dials);
	if (w->egress == NULL)
		return ERR_AGAIN;
	err = send_dial(w->egress, dial, &m);
	/* Nobody asks again, so each request would wait for its end.  But for what
	 * is still to be stored there is nothing here worth keeping. */
	if (err == ERR_NOMEM && unstored(w) == 0)
		leave(life_of(w), err);
	return err;
}

/* After RETIRE: ends as soon as nothing is open and all is stored. */
static void
leave_if_done(struct life *l)
{
	/* Parked streams are front's from RETIRE on. */
	if (l->retiring && requests_open(l->w.requests, false) == 0 &&
	    unstored(&l->w) == 0)
		leave(l, 0);
}

static void
arm(struct life *l, int64_t ms)
{
	const struct timeval tv = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (ms % 1000) * 1000};

	l->due_ms = clock_mono_ms() + ms;
	(void)event_add(l->timer, &tv);
}

/* What the last requests needed is not needed now. */
static void
rest(struct life *l)
{
	l->rested = true;
	packet_room_rest();
	(void)malloc_trim(0);
}

/* How long the worker waits without work before it offers to retire. */
static int64_t
patience_ms(const struct life *l)
{
	/* What it knows is not true any more: not one request longer than it must. */
	if (l->refreshed)
		return 0;
	if (clock_mono_ms() - l->started_ms > OLD_MS)
		return 200;
	return l->idle_ms;
}

/*
 * The one timer: the bind's deadline while blank, later the idle time.  The
 * worker offers to retire; front decides.  As long as it does not answer, the
 * offer is repeated.
 */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct life *l = arg;
	const struct msg_idle m = {0};
	int64_t left, quiet;
	bool away;

	(void)fd;
	(void)what;
	if (!l->w.bound) {
		log_warn("bind_incomplete", LF_UINT("worker", l->w.id));
		leave(l, ERR_TIMEOUT);
		return;
	}
	if (l->retiring) {
		leave_if_done(l);
		arm(l, 200);
		return;
	}
	if (l->w.front == NULL && unstored(&l->w) == 0 &&
	    clock_mono_ms() - l->front_lost_ms >= l->idle_ms) {
		leave(l, 0);     /* nobody can be served: a new worker will be bound */
		return;
	}
	/* It is not set anew with each request: it fires, and waits for the rest. */
	quiet = clock_mono_ms() - l->busy_ms;
	left = patience_ms(l) - quiet;
	if (left > 0 && requests_open(l->w.requests, false) == 0) {
		if (!l->rested && quiet >= REST_MS)
			rest(l);
		arm(l, l->rested || left < REST_MS - quiet ? left : REST_MS - quiet);
		return;
	}
	away = l->w.vault == NULL || credentials_age_ms(l->w.credentials) > AWAY_MS;
	if (requests_open(l->w.requests, false) == 0 && l->w.front != NULL && !away &&
	    unstored(&l->w) == 0 && !mcp_busy(l->w.mcp)) {
		FAULT(worker_idle);
		if (send_idle(l->w.front, 0, &m) != 0)
			log_warn("idle_unsent", LF_UINT("worker", l->w.id));
		arm(l, l->idle_ms);
		return;
	}
	arm(l, unstored(&l->w) > 0 ? 1000 : l->idle_ms);
}

static void
on_requests_changed(struct worker *w)
{
	struct life *l = life_of(w);
	int64_t patience;

	l->busy_ms = clock_mono_ms();
	if (!w->bound)
		return;
	patience = patience_ms(l);
	if (patience > REST_MS)
		patience = REST_MS;
	l->rested = false;
	if (l->retiring)
		leave_if_done(l);
	else if (requests_open(w->requests, false) == 0 && (!event_pending(l->timer, EV_TIMEOUT, NULL) ||
	    l->due_ms > l->busy_ms + patience))
		arm(l, patience);
}

/* Something of a bind came: the rest must come in time. */
static void
bind_begins(struct worker *w)
{
	struct life *l = life_of(w);

	if (!w->bound && !event_pending(l->timer, EV_TIMEOUT, NULL))
		arm(l, BIND_MS);
}

static void
serve(struct worker *w, struct request *rq)
{
	/* A ticket is the portal's: not for the protocol. */
	if (rq->cred_kind == CRED_TICKET && rq->scopes != 0)
		desk_serve(rq);
	else if (rq->cred_kind == CRED_TICKET)
		download_serve(w->downloads, rq);
	else
		mcp_serve(w->mcp, rq);
}

static void
take(struct worker *w, struct request *rq, bool allowed)
{
	mcp_take_stream(w->mcp, rq, rq->note, allowed);
}

static const struct requests_owner requests_owner = {
	.serve = serve, .take = take, .first = bind_begins, .changed = on_requests_changed};

/* Identity and keys are there: do they name the same user? */
static err_t
bind_if_complete(struct life *l)
{
	struct worker *w = &l->w;
	struct buf tokens, sessions;
	err_t err;

	if (w->bound || !l->identity_ended || w->key.len == 0)
		return 0;
	if (memcmp(l->key_user, w->who.user, ID_BYTES) != 0) {
		log_error("bind_mismatch", LF_UINT("worker", w->id));
		leave(l, ERR_DENIED);
		return ERR_DENIED;
	}
	(void)event_del(l->timer);
	FAULT(worker_bound);
	buf_init(&tokens, 16384);
	buf_init(&sessions, 16384);
	err = rows_open(w->rows, ROW_SESSIONS, &sessions);
	if (err == 0)
		err = mcp_rows_ready(w->mcp, buf_span(&sessions));
	buf_free(&sessions);
	if (err == 0)
		err = rows_open(w->rows, ROW_TOKENS, &tokens);
	if (err != 0) {
		/* The next worker may read what this one could not. */
		buf_free(&tokens);
		leave(l, err);
		return 0;
	}
	w->bound = true;
	rows_forget_login_keys(w->rows);
	spotify_rows_ready(w->spotify, buf_span(&tokens));
	buf_free(&tokens);
	requests_bound(w->requests);
	on_requests_changed(w);
	return 0;
}

static err_t
copy_text(char *out, size_t room, struct span s)
{
	if (s.n >= room || memchr(s.p, '\0', s.n) != NULL)
		return ERR_SYNTAX;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return 0;
}

err_t
life_on_identity(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct identity who;
	struct msg_identity m;
	err_t err;

	(void)ch;
	memset(&who, 0, sizeof(who));
	err = msg_get_identity(f->body, &m);
	if (err == 0)
		err = copy_text(who.display_name, sizeof(who.display_name), m.display_name);
	if (err == 0)
		err = copy_text(who.spotify_id, sizeof(who.spotify_id), m.spotify_id);
	if (err == 0)
		err = copy_text(who.client_id, sizeof(who.client_id), m.client_id);
	if (err == 0)
		err = copy_text(who.spotify_scopes, sizeof(who.spotify_scopes), m.spotify_scopes);
	if (err != 0)
		return err;
	memcpy(who.user, m.user, sizeof(who.user));
	who.extended = m.mode != 0;
	who.authorized_at = m.authorized_at;
	/* A vault that was started anew may repeat who this is, never change it. */
	if (life_of(w)->identified && memcmp(who.user, w->who.user, ID_BYTES) != 0)
		return ERR_DENIED;
	life_of(w)->identified = true;
	FAULT(worker_identity);
	w->who = who;
	credentials_restart(w->credentials);
	bind_begins(w);
	return 0;
}

err_t
life_on_credential(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_credential m;
	err_t err;

	(void)ch;
	err = msg_get_credential(f->body, &m);
	if (err == 0 && credentials_add(w->credentials, &m) != 0)
		worker_log(w, WEV_protocol_error, ERR_LIMIT, MSG_CREDENTIAL, 0, 0);
	return err;
}

err_t
life_on_credential_gone(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_credential_gone m;
	err_t err;

	(void)ch;
	err = msg_get_credential_gone(f->body, &m);
	if (err != 0)
		return err;
	credentials_remove(w->credentials, m.hash);
	mcp_end_streams(w->mcp, m.hash);
	return 0;
}

err_t
life_on_identity_end(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;

	(void)ch;
	if (f->body.n != 0 || !life_of(w)->identified)
		return ERR_SYNTAX;
	credentials_commit(w->credentials);
	mcp_check_streams(w->mcp);
	life_of(w)->identity_ended = true;
	return bind_if_complete(life_of(w));
}

err_t
life_on_confirmed(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;

	(void)ch;
	credentials_confirm(w->credentials);
	return f->body.n == 0 ? 0 : ERR_SYNTAX;
}

/* The user signed in again: what is open is finished, then the next worker
 * reads the new rows. */
err_t
life_on_refreshed(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;

	(void)ch;
	life_of(w)->refreshed = true;
	mcp_end_streams(w->mcp, NULL);
	on_requests_changed(w);
	return f->body.n == 0 ? 0 : ERR_SYNTAX;
}

err_t
life_on_keys(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_keys m;
	err_t err;

	(void)ch;
	err = msg_get_keys(f->body, &m);
	if (err != 0)
		return err;
	if (w->key.len == 0) {
		memcpy(life_of(w)->key_user, m.user, ID_BYTES);
		err = secret_set(&w->key, span_of(m.key, sizeof(m.key)));
	} else {
		err = ERR_STATE;
	}
	explicit_bzero(&m, sizeof(m));
	if (err == 0) {
		bind_begins(w);
		err = bind_if_complete(life_of(w));
	}
	return err;
}

err_t
life_on_dialled(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	int fd = f->fds[0];

	(void)ch;
	if (f->body.n != 0)
		return ERR_SYNTAX;
	f->fds[0] = -1;
	spotify_dialled(w->spotify, f->request, fd);
	return 0;
}

err_t
life_on_dial_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_dial_failed m;
	err_t err;

	(void)ch;
	err = msg_get_dial_failed(f->body, &m);
	if (err == 0)
		spotify_dial_failed(w->spotify, f->request, m.why);
	return err;
}

err_t
life_on_retire(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct life *l = life_of(w);

	(void)ch;
	if (f->body.n != 0)
		return ERR_SYNTAX;
	FAULT(worker_retires);
	l->retiring = true;
	worker_log(w, WEV_retiring, (clock_mono_ms() - l->busy_ms) / 1000, 0, 0, 0);
	arm(l, 200);
	leave_if_done(l);
	return 0;
}

/* front is about to stop; requests may still come. */
err_t
life_on_streams_end(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;

	(void)ch;
	if (f->body.n != 0)
		return ERR_SYNTAX;
	mcp_end_streams(w->mcp, NULL);
	return 0;
}

/* The server stops: front has answered what it had, so what is left is to
 * store the rows. */
err_t
life_on_drain(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct life *l = life_of(w);
	struct msg_drain m;
	err_t err;

	(void)ch;
	err = msg_get_drain(f->body, &m);
	if (err != 0)
		return err;
	l->retiring = true;
	mcp_end_streams(w->mcp, NULL);
	if (w->bound)
		arm(l, 200);
	leave_if_done(l);
	return 0;
}

static err_t
create_parts(struct life *l)
{
	struct worker *w = &l->w;
	err_t err;

	l->timer = event_new(loop_base(w->loop), -1, 0, on_timer, l);
	if (l->timer == NULL)
		return ERR_NOMEM;
	err = credentials_create(&w->credentials);
	if (err == 0)
		err = rows_create(w, &w->rows);
	if (err == 0)
		err = changes_create(w, &w->changes);
	if (err == 0)
		err = requests_create(w, &requests_owner, &w->requests);
	if (err == 0)
		err = downloads_create(w, &w->downloads);
	if (err == 0)
		err = mcp_create(w, &w->mcp);
	return err == 0 ? spotify_create(w, &w->spotify) : err;
}

static void
destroy_parts(struct life *l)
{
	struct worker *w = &l->w;

	requests_destroy(&w->requests);
	downloads_destroy(&w->downloads);
	mcp_destroy(&w->mcp);
	spotify_destroy(&w->spotify);
	changes_destroy(&w->changes);
	rows_destroy(&w->rows);
	credentials_destroy(&w->credentials);
	secret_clear(&w->key);
	if (l->timer != NULL)
		event_free(l->timer);
	life_close_channels(l);
	loop_settle(w->loop);
	loop_destroy(&w->loop);
}

/* One life; confined: for good, in a process of its own. */
static err_t
live(const struct worker_start *start, bool confined)
{
	static struct life life;   /* the one of this process */
	struct life *l = &life;
	err_t err;

	memset(l, 0, sizeof(*l));
	l->w.id = start->id;
	l->w.conf = start->conf;
	l->w.ca_store = start->ca_store;
	l->w.catalog = &worker_catalog;
	l->started_ms = l->busy_ms = clock_mono_ms();
	l->idle_ms = conf_int(start->conf, "limits.worker_idle_seconds", 300) * 1000;
	if (l->idle_ms < 1000)
		l->idle_ms = 1000;
	err = loop_create(&l->w.loop);
	if (err != 0)
		return err;
	err = create_parts(l);
	if (err == 0)
		err = life_open_channels(l, start);
	if (err == 0 && confined)
		err = confine_worker();
	if (err == 0) {
		FAULT(worker_born);
		err = loop_run(l->w.loop);
	}
	if (err == 0)
		err = l->result;
	destroy_parts(l);
	return err;
}

err_t
worker_run(const struct worker_start *start)
{
	return live(start, true);
}

err_t
worker_practise(const struct worker_start *start)
{
	return live(start, false);
}
