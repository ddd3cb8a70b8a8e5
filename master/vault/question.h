/*
 * One question to PostgreSQL and the lists it moves through; the inside of
 * db.c.  It must not know connections.
 */
#ifndef TONEARM_VAULT_QUESTION_H
#define TONEARM_VAULT_QUESTION_H

#include "master/vault/db.h"
#include "shared/base/buf.h"

struct question {
	struct question *next;
	enum statement st;
	db_done done;              /* NULL: nobody waits for it (any more) */
	void *arg;
	int64_t deadline;          /* monotonic ms */
	unsigned repeats;          /* how often its connection died */
	struct buf data;           /* the values, one after the other */
	size_t at[PARAMETERS_MAX];
	int length[PARAMETERS_MAX];
	PGresult *res;             /* what came before the sync */
	bool failed;
	bool passing;              /* failed, but for reasons that pass */
};

struct questions {
	struct question *first, **last;
	size_t n;
};

void questions_init(struct questions *l);
void questions_add(struct questions *l, struct question *q);
/* The first, taken out; NULL when empty. */
struct question *questions_take(struct questions *l);

/* Copies the values and sets the deadline; the caller frees *out.  ERR_STATE:
 * a value is not what the statement takes; ERR_LIMIT, ERR_NOMEM. */
err_t question_create(enum statement st, const struct db_value *values, db_done done,
    void *arg, struct question **out) MUST_CHECK;
/* Wipes and frees. */
void question_free(struct question *q);

/* Gives the answer to whoever waits, once. */
void question_answer(struct question *q, const struct db_answer *a);

#endif
