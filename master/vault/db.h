/*
 * The vault's questions to PostgreSQL: four pipelined connections and one
 * queue.  Every question is one prepared call of a function of schema tonearm
 * (statements.h), in a transaction of its own, and gets exactly one answer.
 * This layer must not know what a worker, a portal or a credential is.
 */
#ifndef TONEARM_VAULT_DB_H
#define TONEARM_VAULT_DB_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "master/vault/statements.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/loop/loop.h"

struct db;

/* One parameter; made by the DB_ macros below. */
struct db_value {
	char letter;          /* as in statements.h */
	struct span bytes;    /* u, h, b, t; a view used during db_call only */
	int64_t number;       /* o, s, i, l */
};

#define DB_UUID(p)  {.letter = 'u', .bytes = span_of((p), 16)}
#define DB_HASH(p)  {.letter = 'h', .bytes = span_of((p), 32)}
#define DB_BYTES(s) {.letter = 'b', .bytes = (s)}
#define DB_TEXT(s)  {.letter = 't', .bytes = (s)}
#define DB_BOOL(v)  {.letter = 'o', .number = (v) ? 1 : 0}
#define DB_INT2(v)  {.letter = 's', .number = (int64_t)(v)}
#define DB_INT4(v)  {.letter = 'i', .number = (int64_t)(v)}
#define DB_INT8(v)  {.letter = 'l', .number = (int64_t)(v)}

enum db_outcome {
	DB_DONE,         /* committed; the rows fit the statement's shape */
	DB_UNAVAILABLE,  /* no answer in time; a write may have happened or not */
	DB_FAILED        /* the function refused, or answered in another shape */
};

/* Valid during the call of db_done only. */
struct db_answer {
	enum db_outcome outcome;
	int rows;             /* 0 unless DB_DONE */
	const PGresult *res;  /* NULL unless DB_DONE */
};

typedef void (*db_done)(void *arg, const struct db_answer *a);

/* Values of an answer; row and column must exist and have the fitting letter
 * (the shape was checked). */
const uint8_t *db_get_fixed(const struct db_answer *a, int row, int col);
struct span db_get_span(const struct db_answer *a, int row, int col);
int64_t db_get_int(const struct db_answer *a, int row, int col);
bool db_get_bool(const struct db_answer *a, int row, int col);

struct db_figures {
	bool up;
	unsigned connections;       /* that are ready */
	size_t waiting, in_flight;  /* questions */
	uint64_t asked, failed, unavailable, repeated;
};

/*
 * Starts to connect to conninfo.  changed(arg, up) is called when the first
 * connection becomes ready and when the last is lost.  ERR_NOMEM.
 */
err_t db_create(struct loop *loop, const char *conninfo,
    void (*changed)(void *arg, bool up), void *arg, struct db **out) MUST_CHECK;
/* Drops the connections; what is open, and whatever is asked from now on, is
 * answered DB_UNAVAILABLE at once.  NULL is allowed. */
void db_end(struct db *db);
/* The same, and frees. */
void db_destroy(struct db **db);

/*
 * Asks: values, as many as the statement has parameters, are copied.  done is
 * called exactly once with the answer: within DB_DEADLINE_MS, and possibly
 * before db_call returns (then with DB_UNAVAILABLE), so a call is the last
 * thing that a step does with what arg points to.  done may be NULL.
 */
#define DB_DEADLINE_MS 5000
void db_call(struct db *db, enum statement st, const struct db_value *values,
    db_done done, void *arg);

/* Is at least one connection ready? */
bool db_is_up(const struct db *db);

void db_figures(const struct db *db, struct db_figures *out);

#endif
