/* The record of changes of a worker's user; see changes.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/changes.h"
#include "shared/base/clock.h"

/* Version byte, nonce, tag: nothing sealed is shorter. */
#define SEALED_MIN 29
/* Seconds: the allowance has room again. */
#define PACE_S 1

struct change_op {
	struct worker *worker;      /* pinned */
	uint64_t request;
};

static const uint8_t nil_id[ID_BYTES];

static void
say_failed(struct worker *w, uint64_t request, enum store_why why, uint32_t retry_after)
{
	const struct msg_store_failed m = {.why = (uint8_t)why, .retry_after = retry_after};

	worker_sent(w, send_store_failed(w->ch, request, &m));
}

static bool
allowance(struct worker *w)
{
	const int64_t now = clock_mono_ms(), most = CHANGE_OPS_BURST * 1000;

	w->changes_left = w->changes_at == 0 ? most :
	    w->changes_left + (now - w->changes_at) * CHANGE_OPS_RATE;
	w->changes_at = now;
	if (w->changes_left > most)
		w->changes_left = most;
	if (w->changes_left < 1000)
		return false;
	w->changes_left -= 1000;
	return true;
}

/* A new operation; NULL: the worker was told to wait, or memory ran out. */
static struct change_op *
op_create(struct worker *w, uint64_t request)
{
	struct change_op *op = NULL;

	if (!allowance(w)) {
		say_failed(w, request, STORE_UNAVAILABLE, PACE_S);
		return NULL;
	}
	if (db_is_up(w->vault->db))
		op = calloc(1, sizeof(*op));
	if (op == NULL) {
		say_failed(w, request, STORE_UNAVAILABLE, RETRY_AFTER);
		return NULL;
	}
	op->worker = w;
	op->request = request;
	worker_pin(w);
	return op;
}

/* --- keeping --------------------------------------------------------------------- */

/* What tonearm.change_put says. */
enum put_outcome { PUT_KEPT, PUT_GONE, PUT_FULL, PUT_TAKEN };

static void
say_put(struct worker *w, uint64_t request, const struct db_answer *a)
{
	const struct msg_change_kept kept = {.none = 0};

	if (a->outcome != DB_DONE || a->rows != 1) {
		say_failed(w, request, STORE_UNAVAILABLE, RETRY_AFTER);
		return;
	}
	switch (db_get_int(a, 0, 0)) {
	case PUT_KEPT:
		w->vault->counts.changes++;
		worker_sent(w, send_change_kept(w->ch, request, &kept));
		break;
	case PUT_FULL:
		say_failed(w, request, STORE_FULL, 0);
		break;
	case PUT_TAKEN:
		say_failed(w, request, STORE_TAKEN, 0);
		break;
	default:
		say_failed(w, request, STORE_GONE, 0);
		/* No head, or perhaps the whole person is gone. */
		if (w->user != NULL && w->state == WORKER_BOUND)
			user_check_person(w->vault, w->user);
	}
}

static void
on_put(void *arg, const struct db_answer *a)
{
	struct change_op *op = arg;
	struct worker *w = op->worker;
	uint64_t request = op->request;

	free(op);
	w->open_changes--;
	if (w->ch != NULL)
		say_put(w, request, a);
	worker_unpin(w);
}

err_t
changes_on_put(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct change_op *op;
	struct msg_change_put m;
	err_t err = msg_get_change_put(f->body, &m);

	(void)ch;
	if (err == 0 && (m.sealed.n < SEALED_MIN || memcmp(m.id, nil_id, ID_BYTES) == 0 ||
	    ((m.part == 0 || m.part >= CHANGE_PART_MARKS) && m.sealed.n > CHANGE_MARK_MAX)))
		err = ERR_SYNTAX;
	if (err == 0 && (w->state != WORKER_BOUND || w->user == NULL))
		err = ERR_STATE;
	if (err == 0 && w->open_changes >= CHANGE_OPS_MAX)
		err = ERR_LIMIT;
	if (err != 0)
		return err;
	op = op_create(w, f->request);
	if (op == NULL)
		return 0;
	w->open_changes++;
	db_call(w->vault->db, ST_change_put, (struct db_value[]){DB_UUID(w->user->id),
	    DB_UUID(m.id), DB_INT4(m.part), DB_BYTES(m.sealed)}, on_put, op);
	return 0;
}

/* --- reading ---------------------------------------------------------------------- */

static void
say_parts(struct worker *w, uint64_t request, const struct db_answer *a)
{
	struct msg_change m = {.last = 1};
	int i;

	if (a->rows == 0)
		worker_sent(w, send_change(w->ch, request, &m));
	for (i = 0; i < a->rows && w->ch != NULL; i++) {
		m.last = i + 1 == a->rows;
		memcpy(m.id, db_get_fixed(a, i, 0), ID_BYTES);
		m.part = (uint16_t)db_get_int(a, i, 1);
		m.created_at = db_get_int(a, i, 2);
		m.sealed = db_get_span(a, i, 3);
		worker_sent(w, send_change(w->ch, request, &m));
	}
}

static void
on_read(void *arg, const struct db_answer *a)
{
	struct change_op *op = arg;
	struct worker *w = op->worker;
	uint64_t request = op->request;

	free(op);
	w->reading_changes = false;
	if (w->ch != NULL && a->outcome != DB_DONE)
		say_failed(w, request, STORE_UNAVAILABLE, RETRY_AFTER);
	else if (w->ch != NULL)
		say_parts(w, request, a);
	worker_unpin(w);
}

err_t
changes_on_ask(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct change_op *op;
	struct msg_changes_ask m;
	err_t err = msg_get_changes_ask(f->body, &m);

	(void)ch;
	if (err == 0 && (m.before < 0 || m.most == 0 || m.most > CHANGES_MOST))
		err = ERR_SYNTAX;
	if (err == 0 && (w->state != WORKER_BOUND || w->user == NULL))
		err = ERR_STATE;
	if (err == 0 && w->reading_changes)
		err = ERR_LIMIT;
	if (err != 0)
		return err;
	op = op_create(w, f->request);
	if (op == NULL)
		return 0;
	w->reading_changes = true;
	if (memcmp(m.id, nil_id, ID_BYTES) == 0)
		db_call(w->vault->db, ST_change_list, (struct db_value[]){DB_UUID(w->user->id),
		    DB_INT8(m.before), DB_INT4(m.most)}, on_read, op);
	else
		db_call(w->vault->db, ST_change_get, (struct db_value[]){DB_UUID(w->user->id),
		    DB_UUID(m.id)}, on_read, op);
	return 0;
}
