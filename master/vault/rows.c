/* A worker's questions about its user's rows; see rows.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/rows.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/fault/fault.h"

/* Version byte, nonce, tag: no sealed row is shorter. */
#define SEALED_MIN 29
/* A store whose worker died is tried for this long. */
#define ORPHAN_MS (15 * 60 * 1000)

struct row_op {
	struct row_op *next;        /* among the orphans */
	struct worker *worker;      /* pinned */
	uint8_t user[ID_BYTES];
	uint64_t request;
	uint8_t kind;
	uint64_t version;
	struct buf sealed;          /* of a store */
	int64_t give_up;
};

static const uint8_t nil_id[ID_BYTES];

bool
rows_allowance(struct worker *w)
{
	const int64_t now = clock_mono_ms(), most = WORKER_OPS_BURST * 1000;

	w->ops_left = w->ops_at == 0 ? most : w->ops_left + (now - w->ops_at) * WORKER_OPS_RATE;
	w->ops_at = now;
	if (w->ops_left > most)
		w->ops_left = most;
	if (w->ops_left < 1000)
		return false;
	w->ops_left -= 1000;
	return true;
}

/* A question of this worker, if it may have one more.  ERR_STATE: it has no
 * user; ERR_LIMIT: too many are open; ERR_SYNTAX: no such kind of row; ERR_AGAIN:
 * too many come, and the worker was told to wait. */
static err_t
op_create(struct worker *w, const struct frame *f, uint8_t kind, uint64_t version,
    struct row_op **out)
{
	const struct msg_store_failed wait = {.why = STORE_UNAVAILABLE, .retry_after = RETRY_AFTER};
	struct row_op *op;

	if (w->state != WORKER_BOUND || w->user == NULL)
		return ERR_STATE;
	if (w->open_ops >= WORKER_OPS_MAX)
		return ERR_LIMIT;
	if (kind == ROW_NONE || kind >= ROW_COUNT || version > INT64_MAX - 1)
		return ERR_SYNTAX;
	if (!rows_allowance(w)) {
		worker_sent(w, send_store_failed(w->ch, f->request, &wait));
		return ERR_AGAIN;
	}
	op = calloc(1, sizeof(*op));
	if (op == NULL)
		return ERR_NOMEM;
	op->worker = w;
	memcpy(op->user, w->user->id, ID_BYTES);
	op->request = f->request;
	op->kind = kind;
	op->version = version;
	op->give_up = clock_mono_ms() + ORPHAN_MS;
	buf_init(&op->sealed, VALUE_MAX);
	w->open_ops++;
	worker_pin(w);
	*out = op;
	return 0;
}

/* The last thing done with an operation; may free the worker. */
static void
op_free(struct row_op *op)
{
	struct worker *w = op->worker;

	buf_free(&op->sealed);
	free(op);
	w->open_ops--;
	worker_unpin(w);
}

static void
say_failed(const struct row_op *op, enum store_why why)
{
	struct msg_store_failed m = {.why = (uint8_t)why, .retry_after = RETRY_AFTER};

	worker_sent(op->worker, send_store_failed(op->worker->ch, op->request, &m));
}

/* The row as it stands; the columns version, login, sealed begin at col. */
static void
say_row(const struct row_op *op, const struct db_answer *a, int col)
{
	struct msg_store_conflict m = {.kind = op->kind};

	m.version = (uint64_t)db_get_int(a, 0, col);
	memcpy(m.login, db_get_fixed(a, 0, col + 1), ID_BYTES);
	m.sealed = db_get_span(a, 0, col + 2);
	worker_sent(op->worker, send_store_conflict(op->worker->ch, op->request, &m));
}

/* Answers what needs no look at the rows; true if that was all. */
static bool
settled(struct row_op *op, const struct db_answer *a)
{
	if (op->worker->ch == NULL)
		return true;
	if (a->outcome != DB_DONE) {
		say_failed(op, STORE_UNAVAILABLE);
		return true;
	}
	if (a->rows == 0) {
		/* No row: perhaps the whole person is gone. */
		say_failed(op, STORE_GONE);
		if (op->worker->user != NULL && op->worker->state == WORKER_BOUND)
			user_check_person(op->worker->vault, op->worker->user);
		return true;
	}
	return false;
}

/* --- store ------------------------------------------------------------------------ */

static void store_now(struct row_op *op);

/* Not stored since the row is newer; but it may be newer because the very
 * same store was committed and its answer lost. */
static bool
is_ours(const struct row_op *op, const struct db_answer *a)
{
	return (uint64_t)db_get_int(a, 0, 1) == op->version + 1 &&
	    memcmp(db_get_fixed(a, 0, 2), nil_id, ID_BYTES) == 0 &&
	    span_eq(db_get_span(a, 0, 3), buf_span(&op->sealed));
}

static void
on_stored(void *arg, const struct db_answer *a)
{
	struct row_op *op = arg;
	struct worker *w = op->worker;
	struct vault *v = w->vault;

	FAULT(vault_stored);
	if (w->ch == NULL && a->outcome == DB_UNAVAILABLE && clock_mono_ms() < op->give_up) {
		/* Nobody is left to repeat it: the vault does. */
		op->next = v->orphans;
		v->orphans = op;
		return;
	}
	if (w->ch == NULL && a->outcome != DB_DONE)
		log_error("store_lost", LF_UINT("worker", w->id));
	if (settled(op, a)) {
		op_free(op);
		return;
	}
	v->counts.stores++;
	if (db_get_bool(a, 0, 0) || is_ours(op, a)) {
		struct msg_stored m = {.version = op->version + 1};

		w->leased_kind = w->leased_kind == op->kind ? 0 : w->leased_kind;
		worker_sent(w, send_stored(w->ch, op->request, &m));
	} else {
		v->counts.conflicts++;
		say_row(op, a, 1);
	}
	op_free(op);
}

static void
store_now(struct row_op *op)
{
	struct vault *v = op->worker->vault;

	FAULT(vault_store);
	db_call(v->db, ST_row_store, (struct db_value[]){DB_UUID(op->user), DB_INT2(op->kind),
	    DB_INT8(op->version), DB_BYTES(buf_span(&op->sealed))}, on_stored, op);
}

err_t
rows_on_store(void *owner, struct channel *ch, const struct frame *f)
{
	struct row_op *op = NULL;
	struct msg_store m;
	err_t err;

	(void)ch;
	err = msg_get_store(f->body, &m);
	if (err == 0 && m.sealed.n < SEALED_MIN)
		err = ERR_SYNTAX;
	if (err == 0)
		err = op_create(owner, f, m.kind, m.version, &op);
	if (err != 0)
		return err == ERR_AGAIN ? 0 : err;
	err = buf_put_span(&op->sealed, m.sealed);
	if (err != 0) {
		op_free(op);
		return err;
	}
	store_now(op);
	return 0;
}

/* --- lease ------------------------------------------------------------------------ */

enum lease_outcome { LEASE_GIVEN, LEASE_TAKEN, LEASE_NEWER };

static void
on_leased(void *arg, const struct db_answer *a)
{
	struct row_op *op = arg;
	struct worker *w = op->worker;
	int64_t outcome;

	FAULT(vault_leased);
	/* Without an answer it may be there all the same. */
	if (a->outcome == DB_UNAVAILABLE ||
	    (a->outcome == DB_DONE && a->rows == 1 && db_get_int(a, 0, 0) == LEASE_GIVEN)) {
		w->leased_kind = op->kind;
		w->leased_version = op->version;
		if (w->ch == NULL)
			rows_release(w);
	}
	if (settled(op, a)) {
		op_free(op);
		return;
	}
	outcome = db_get_int(a, 0, 0);
	if (outcome == LEASE_GIVEN) {
		const struct msg_leased m = {.none = 0};

		w->vault->counts.leases++;
		worker_sent(w, send_leased(w->ch, op->request, &m));
	} else if (outcome == LEASE_TAKEN) {
		struct msg_lease_busy m = {.retry_ms = (uint32_t)db_get_int(a, 0, 4)};

		worker_sent(w, send_lease_busy(w->ch, op->request, &m));
	} else {
		say_row(op, a, 1);
	}
	op_free(op);
}

/* The name under which this worker holds leases.  A vault that was started anew
 * gives it the same: it may ask again for a lease that it has. */
static err_t
name_holder(struct worker *w)
{
	const int64_t run = w->vault->set.run;

	if (run == 0)
		return vault_random_id(w->holder);
	memcpy(w->holder, &run, sizeof(run));
	memcpy(w->holder + sizeof(run), &w->id, sizeof(w->id));
	return 0;
}

err_t
rows_on_lease(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct row_op *op;
	struct msg_lease m;
	err_t err;

	(void)ch;
	err = msg_get_lease(f->body, &m);
	if (err == 0 && memcmp(w->holder, nil_id, ID_BYTES) == 0)
		err = name_holder(w);
	if (err == 0)
		err = op_create(w, f, m.kind, m.version, &op);
	if (err != 0)
		return err == ERR_AGAIN ? 0 : err;
	db_call(w->vault->db, ST_row_lease, (struct db_value[]){DB_UUID(op->user),
	    DB_INT2(op->kind), DB_INT8(op->version), DB_INT4(LEASE_SECONDS),
	    DB_UUID(w->holder)}, on_leased, op);
	return 0;
}

void
rows_release(struct worker *w)
{
	if (w->leased_kind == 0 || w->user == NULL)
		return;
	db_call(w->vault->db, ST_row_release, (struct db_value[]){DB_UUID(w->user->id),
	    DB_INT2(w->leased_kind), DB_INT8(w->leased_version), DB_UUID(w->holder)},
	    NULL, NULL);
	w->leased_kind = 0;
}

/* --- reread ----------------------------------------------------------------------- */

static void
on_reread(void *arg, const struct db_answer *a)
{
	struct row_op *op = arg;

	if (!settled(op, a))
		say_row(op, a, 0);
	op_free(op);
}

err_t
rows_on_reread(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct row_op *op;
	struct msg_reread m;
	err_t err;

	(void)ch;
	err = msg_get_reread(f->body, &m);
	if (err == 0)
		err = op_create(w, f, m.kind, 0, &op);
	if (err != 0)
		return err == ERR_AGAIN ? 0 : err;
	db_call(w->vault->db, ST_row_get,
	    (struct db_value[]){DB_UUID(op->user), DB_INT2(op->kind)}, on_reread, op);
	return 0;
}

/* --- stores of dead workers --------------------------------------------------------- */

void
rows_retry(struct vault *v)
{
	struct row_op *op = v->orphans;

	if (op == NULL || !db_is_up(v->db))
		return;
	v->orphans = NULL;
	while (op != NULL) {
		struct row_op *next = op->next;

		store_now(op);
		op = next;
	}
}

void
rows_end(struct vault *v)
{
	while (v->orphans != NULL) {
		struct row_op *op = v->orphans;

		v->orphans = op->next;
		op_free(op);
	}
}
