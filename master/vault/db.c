/*
 * Pipelined questions to PostgreSQL; see db.h.  A question is in exactly one
 * list, and the list is its state: waiting (for a connection), or sent on one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/vault/db.h"
#include "master/vault/pglink.h"
#include "master/vault/question.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define CONNECTIONS 4
#define IN_FLIGHT_MAX 64       /* on one connection */
#define WAITING_MAX 8192
#define REPEATS_MAX 2          /* a question may be what kills the server */
#define TICK_MS 250
/* Without a word for so long while something is asked, a connection hangs:
 * statement_timeout is 2 s.  What may be asked again then still can be. */
#define HANG_MS 3500
/* Without a word for so long it is not given more, if another one is there. */
#define STALL_MS 1000

enum conn_state { CONN_DOWN, CONN_SETUP, CONN_READY };

struct conn {
	struct db *db;
	struct pglink *link;
	enum conn_state state;
	struct questions sent;
	int64_t heard;             /* monotonic ms, of the last answer, or of the
	                            * first question after a silence */
};

struct db {
	struct loop *loop;
	struct conn conns[CONNECTIONS];
	struct questions waiting;
	struct event *tick;
	void (*changed)(void *arg, bool up);
	void *arg;
	bool closing;              /* nothing is asked any more */
	struct db_figures figures;
};

static const struct db_answer unavailable = {.outcome = DB_UNAVAILABLE};

/* --- sending ------------------------------------------------------------------ */

static bool
send_on(struct conn *c, struct question *q)
{
	const struct statement_shape *s = statement_shape(q->st);
	PGconn *pg = pglink_pg(c->link);
	const char *at[PARAMETERS_MAX];
	int binary[PARAMETERS_MAX], n = (int)strlen(s->params), i;

	for (i = 0; i < n; i++) {
		at[i] = (const char *)q->data.data + q->at[i];
		binary[i] = 1;
	}
	if (pg == NULL || PQsendQueryPrepared(pg, s->name, n, at, q->length, binary, 1) != 1 ||
	    PQpipelineSync(pg) != 1) {
		pglink_drop(c->link, "send");
		return false;
	}
	return true;
}

static bool
is_stalled(const struct conn *c, int64_t now)
{
	return c->sent.first != NULL && now - c->heard > STALL_MS;
}

/* The ready connection with the least to do, one that answers before one that
 * does not; NULL if none has room. */
static struct conn *
pick(struct db *db, int64_t now)
{
	struct conn *best = NULL;
	size_t i;

	for (i = 0; i < CONNECTIONS; i++) {
		struct conn *c = &db->conns[i];

		if (c->state != CONN_READY || pglink_pg(c->link) == NULL ||
		    c->sent.n >= IN_FLIGHT_MAX)
			continue;
		if (best == NULL || is_stalled(c, now) < is_stalled(best, now) ||
		    (is_stalled(c, now) == is_stalled(best, now) && c->sent.n < best->sent.n))
			best = c;
	}
	return best;
}

static void
dispatch(struct db *db)
{
	const int64_t now = clock_mono_ms();
	struct conn *c;

	while (db->waiting.first != NULL && (c = pick(db, now)) != NULL) {
		struct question *q = questions_take(&db->waiting);

		if (c->sent.first == NULL)
			c->heard = now;
		/* A failed send drops the connection, and with it q is dealt with
		 * like the others that were sent. */
		questions_add(&c->sent, q);
		if (send_on(c, q))
			pglink_flush(c->link);
	}
}

void
db_call(struct db *db, enum statement st, const struct db_value *values, db_done done, void *arg)
{
	struct question *q;
	err_t err = db->closing ? ERR_CLOSED : db->waiting.n >= WAITING_MAX ? ERR_LIMIT :
	    question_create(st, values, done, arg, &q);

	db->figures.asked++;
	if (err != 0) {
		db->figures.unavailable++;
		if (!db->closing)
			log_warn("db_call_refused", LF_STR("statement", statement_shape(st)->name),
		    LF_STR("error", err_text(err)));
		if (done != NULL)
			done(arg, &unavailable);
		return;
	}
	questions_add(&db->waiting, q);
	dispatch(db);
}

/* --- receiving ------------------------------------------------------------------ */

/* Does an error pass by itself (the server is away, busy or a standby)? */
static bool
is_passing(const char *state)
{
	static const char *const passing[] = {"08", "53", "57", "40", "58", "55P03", "25006", "XX"};
	size_t i;

	if (state == NULL)
		return true;
	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strncmp(state, passing[i], strlen(passing[i])) == 0)
			return true;
	return false;
}

/* Notes what came for the question before its sync.  ERR_SYNTAX: it is no
 * answer to one question, and so nothing that follows is. */
static err_t
note_result(struct conn *c, struct question *q, PGresult *res)
{
	const char *state;

	if (PQresultStatus(res) == PGRES_TUPLES_OK && q->res == NULL && !q->failed) {
		q->res = res;
		return 0;
	}
	/* Never the message: it may quote a value. */
	state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	q->failed = true;
	q->passing = is_passing(state);
	/* read_only_sql_transaction: this server is a standby by now. */
	if (state != NULL && strcmp(state, "25006") == 0)
		pglink_drop(c->link, "read-only");
	if (state != NULL)
		log_warn("db_statement_failed", LF_STR("statement", statement_shape(q->st)->name),
		    LF_STR("sqlstate", state));
	PQclear(res);
	/* PostgreSQL's own errors have a code. */
	return state == NULL ? ERR_SYNTAX : 0;
}

/* The sync came: the transaction is committed, or has failed.  ERR_SYNTAX as
 * above; the question stays where it is if nothing came for it. */
static err_t
finish_first(struct conn *c)
{
	struct db_answer a = {.outcome = DB_DONE};
	struct question *q = c->sent.first;
	err_t err = 0;

	if (!q->failed && q->res == NULL)
		return ERR_SYNTAX;
	q = questions_take(&c->sent);
	c->heard = clock_mono_ms();
	if (q->failed) {
		a.outcome = q->passing ? DB_UNAVAILABLE : DB_FAILED;
	} else if (!statement_fits(q->st, q->res)) {
		log_error("db_shape_wrong", LF_STR("statement", statement_shape(q->st)->name));
		a.outcome = DB_FAILED;
		/* Perhaps another question's.  Nothing more is asked here. */
		pglink_drop(c->link, "shape");
		err = ERR_SYNTAX;
	} else {
		a.rows = PQntuples(q->res);
		a.res = q->res;
	}
	if (a.outcome == DB_FAILED)
		c->db->figures.failed++;
	if (a.outcome == DB_UNAVAILABLE)
		c->db->figures.unavailable++;
	question_answer(q, &a);
	question_free(q);
	return err;
}

static bool
any_ready(const struct db *db)
{
	size_t i;

	for (i = 0; i < CONNECTIONS; i++)
		if (db->conns[i].state == CONN_READY)
			return true;
	return false;
}

static void
tell_change(struct db *db)
{
	bool up = any_ready(db);

	if (up == db->figures.up)
		return;
	db->figures.up = up;
	log_info(up ? "db_up" : "db_lost");
	db->changed(db->arg, up);
}

/* A result during set-up: of a PREPARE, of schema_version, or the sync. */
static err_t
on_setup_result(struct conn *c, const PGresult *res)
{
	struct db_answer a = {.outcome = DB_DONE, .rows = 1, .res = res};
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
		return 0;
	case PGRES_TUPLES_OK:
		if (statement_fits(ST_schema_version, res) && PQntuples(res) == 1 &&
		    db_get_int(&a, 0, 0) >= SCHEMA_WANTED)
			return 0;
		log_error("db_schema_too_old", LF_INT("wanted", SCHEMA_WANTED));
		return ERR_CONFIG;
	case PGRES_PIPELINE_SYNC:
		c->state = CONN_READY;
		pglink_proved(c->link);
		tell_change(c->db);
		dispatch(c->db);
		return 0;
	default:
		if (!is_passing(state))
			log_error("db_schema_unusable", LF_STR("sqlstate", state));
		return ERR_CONFIG;
	}
}

static err_t
on_result(struct conn *c, PGresult *res)
{
	err_t err = 0;

	if (c->state == CONN_SETUP) {
		err = on_setup_result(c, res);
		PQclear(res);
	} else if (c->sent.first == NULL) {
		PQclear(res);
		err = ERR_STATE;
	} else if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
		PQclear(res);
		err = finish_first(c);
	} else {
		err = note_result(c, c->sent.first, res);
	}
	return err;
}

static err_t
on_readable(void *owner, PGconn *pg)
{
	struct conn *c = owner;
	bool gap = false;
	err_t err = 0;

	/* Without a question open there is nothing to fetch, and libpq would
	 * answer NULL for ever; one NULL stands between two questions. */
	while (err == 0 && (c->state == CONN_SETUP || c->sent.first != NULL) && PQisBusy(pg) == 0) {
		PGresult *res = PQgetResult(pg);

		if (res == NULL && gap)
			break;
		gap = res == NULL;
		if (res != NULL)
			err = on_result(c, res);
	}
	dispatch(c->db);
	return err;
}

static err_t
on_up(void *owner, PGconn *pg)
{
	struct conn *c = owner;

	c->state = CONN_SETUP;
	c->heard = clock_mono_ms();
	if (PQenterPipelineMode(pg) != 1 || !statements_prepare(pg) ||
	    PQsendQueryPrepared(pg, "schema_version", 0, NULL, NULL, NULL, 1) != 1 ||
	    PQpipelineSync(pg) != 1)
		return ERR_SYSTEM;
	return 0;
}

/* What was on the way when the connection died: repeated if that is
 * harmless and its time is not over; the fate of the rest is unknown. */
static void
on_down(void *owner)
{
	struct conn *c = owner;
	struct db *db = c->db;
	struct questions lost = c->sent;
	struct question *q;

	if (lost.first == NULL)
		lost.last = &lost.first;
	c->state = CONN_DOWN;
	questions_init(&c->sent);
	tell_change(db);
	while ((q = questions_take(&lost)) != NULL) {
		if (q->done != NULL && q->repeats < REPEATS_MAX && statement_shape(q->st)->repeat) {
			PQclear(q->res);
			q->res = NULL;
			q->failed = q->passing = false;
			q->repeats++;
			db->figures.repeated++;
			questions_add(&db->waiting, q);
			continue;
		}
		db->figures.unavailable += q->done != NULL;
		question_answer(q, &unavailable);
		question_free(q);
	}
	dispatch(db);
}

/* --- deadlines ------------------------------------------------------------------ */

/* Nobody waits any more for what was sent too long ago; its result is still
 * to be fetched, so it stays where it is.  If nothing comes at all, the
 * connection hangs. */
static void
check_sent(struct conn *c, int64_t now)
{
	struct question *q;

	if ((c->state == CONN_SETUP || c->sent.first != NULL) && now - c->heard > HANG_MS)
		pglink_drop(c->link, "hanging");
	for (q = c->sent.first; q != NULL; q = q->next)
		if (q->done != NULL && now >= q->deadline) {
			c->db->figures.unavailable++;
			question_answer(q, &unavailable);
		}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct db *db = arg;
	int64_t now = clock_mono_ms();
	size_t i, n;

	(void)fd;
	(void)what;
	for (i = 0; i < CONNECTIONS; i++)
		check_sent(&db->conns[i], now);
	/* Each of those that wait now is looked at once; an answer may add more. */
	for (n = db->waiting.n; n > 0 && db->waiting.first != NULL; n--) {
		struct question *q = questions_take(&db->waiting);

		if (now < q->deadline) {
			questions_add(&db->waiting, q);
			continue;
		}
		db->figures.unavailable++;
		question_answer(q, &unavailable);
		question_free(q);
	}
}

/* --- the whole ------------------------------------------------------------------ */

static const struct pglink_duty duty = {.up = on_up, .readable = on_readable, .down = on_down};

err_t
db_create(struct loop *loop, const char *conninfo, void (*changed)(void *, bool), void *arg,
    struct db **out)
{
	const struct timeval tick = {.tv_usec = TICK_MS * 1000};
	struct db *db = calloc(1, sizeof(*db));
	size_t i;
	err_t err = 0;

	if (db == NULL)
		return ERR_NOMEM;
	db->loop = loop;
	db->changed = changed;
	db->arg = arg;
	questions_init(&db->waiting);
	for (i = 0; i < CONNECTIONS; i++) {
		db->conns[i].db = db;
		questions_init(&db->conns[i].sent);
	}
	for (i = 0; err == 0 && i < CONNECTIONS; i++)
		err = pglink_create(loop, conninfo, &duty, &db->conns[i], &db->conns[i].link);
	db->tick = event_new(loop_base(loop), -1, EV_PERSIST, on_tick, db);
	if (err == 0 && (db->tick == NULL || event_add(db->tick, &tick) != 0))
		err = ERR_NOMEM;
	if (err != 0) {
		db_destroy(&db);
		return err;
	}
	*out = db;
	return 0;
}

static void
end_questions(struct questions *l)
{
	struct question *q;

	while ((q = questions_take(l)) != NULL) {
		question_answer(q, &unavailable);
		question_free(q);
	}
}

void
db_end(struct db *db)
{
	size_t i;

	if (db == NULL)
		return;
	db->closing = true;
	for (i = 0; i < CONNECTIONS; i++) {
		pglink_destroy(&db->conns[i].link);
		db->conns[i].state = CONN_DOWN;
		end_questions(&db->conns[i].sent);
	}
	end_questions(&db->waiting);
}

void
db_destroy(struct db **dbp)
{
	struct db *db = *dbp;

	if (db == NULL)
		return;
	*dbp = NULL;
	db_end(db);
	if (db->tick != NULL)
		event_free(db->tick);
	free(db);
}

bool
db_is_up(const struct db *db)
{
	return db->figures.up;
}

void
db_figures(const struct db *db, struct db_figures *out)
{
	size_t i;

	*out = db->figures;
	out->waiting = db->waiting.n;
	out->connections = 0;
	out->in_flight = 0;
	for (i = 0; i < CONNECTIONS; i++) {
		out->connections += db->conns[i].state == CONN_READY;
		out->in_flight += db->conns[i].sent.n;
	}
}
