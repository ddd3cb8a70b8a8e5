/* A person's own download; see export.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/export.h"
#include "master/vault/rows.h"
#include "shared/base/log.h"

struct export_ask {
	struct worker *worker;      /* pinned */
	uint64_t request;
};

/* There is none: the ticket is not this user's, or used, or the database away. */
static void
say_none(struct worker *w, uint64_t request)
{
	const struct msg_export m = {.last = 1};

	worker_sent(w, send_export(w->ch, request, &m));
}

static void
say_all(struct worker *w, uint64_t request, const struct db_answer *a)
{
	int i;

	for (i = 0; i < a->rows && w->ch != NULL; i++) {
		const struct msg_export m = {.last = i + 1 == a->rows, .text = db_get_span(a, i, 0)};

		worker_sent(w, send_export(w->ch, request, &m));
	}
}

static void
on_exported(void *arg, const struct db_answer *a)
{
	struct export_ask *ask = arg;
	struct worker *w = ask->worker;
	uint64_t request = ask->request;

	free(ask);
	w->open_ops--;
	if (w->ch != NULL && (a->outcome != DB_DONE || a->rows == 0))
		say_none(w, request);
	else if (w->ch != NULL)
		say_all(w, request, a);
	worker_unpin(w);
}

err_t
export_on_ask(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct export_ask *ask;
	struct msg_export_ask m;
	err_t err = msg_get_export_ask(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (w->state != WORKER_BOUND || w->user == NULL)
		return ERR_STATE;
	if (w->open_ops >= WORKER_OPS_MAX)
		return ERR_LIMIT;
	ask = rows_allowance(w) && db_is_up(w->vault->db) ? calloc(1, sizeof(*ask)) : NULL;
	if (ask == NULL) {
		say_none(w, f->request);
		return 0;
	}
	ask->worker = w;
	ask->request = f->request;
	w->open_ops++;
	worker_pin(w);
	db_call(w->vault->db, ST_person_export,
	    (struct db_value[]){DB_UUID(w->user->id), DB_HASH(m.ticket)}, on_exported, ask);
	return 0;
}
