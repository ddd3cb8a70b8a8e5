/* Questions, their values and lists; see question.h. */
#include "config.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "master/vault/question.h"
#include "shared/base/clock.h"

#define VALUES_BYTES (96 * 1024)

/* --- lists ------------------------------------------------------------------ */

void
questions_init(struct questions *l)
{
	l->first = NULL;
	l->last = &l->first;
	l->n = 0;
}

void
questions_add(struct questions *l, struct question *q)
{
	q->next = NULL;
	*l->last = q;
	l->last = &q->next;
	l->n++;
}

struct question *
questions_take(struct questions *l)
{
	struct question *q = l->first;

	if (q == NULL)
		return NULL;
	l->first = q->next;
	if (l->first == NULL)
		l->last = &l->first;
	l->n--;
	return q;
}

void
question_free(struct question *q)
{
	PQclear(q->res);
	buf_free(&q->data);
	free(q);
}

void
question_answer(struct question *q, const struct db_answer *a)
{
	db_done done = q->done;

	q->done = NULL;
	if (done != NULL)
		done(q->arg, a);
}

/* --- values ------------------------------------------------------------------- */

static err_t
put_number(struct buf *b, int64_t v, size_t bytes)
{
	uint64_t be = htobe64((uint64_t)v);

	return buf_put(b, (const uint8_t *)&be + (8 - bytes), bytes);
}

static err_t
put_value(struct question *q, size_t i, char letter, const struct db_value *v)
{
	size_t before = q->data.len;
	err_t err;

	if (v->letter != letter)
		return ERR_STATE;
	switch (letter) {
	case 'o':
		err = put_number(&q->data, v->number, 1);
		break;
	case 's':
		err = put_number(&q->data, v->number, 2);
		break;
	case 'i':
		err = put_number(&q->data, v->number, 4);
		break;
	case 'l':
		err = put_number(&q->data, v->number, 8);
		break;
	default:
		err = buf_put_span(&q->data, v->bytes);
		break;
	}
	q->at[i] = before;
	q->length[i] = (int)(q->data.len - before);
	return err;
}

err_t
question_create(enum statement st, const struct db_value *values, db_done done, void *arg,
    struct question **out)
{
	const char *params = statement_shape(st)->params;
	struct question *q = calloc(1, sizeof(*q));
	size_t i;
	err_t err;

	if (q == NULL)
		return ERR_NOMEM;
	q->st = st;
	q->done = done;
	q->arg = arg;
	q->deadline = clock_mono_ms() + DB_DEADLINE_MS;
	buf_init(&q->data, VALUES_BYTES);
	/* One byte ahead, so that the buffer exists even without values. */
	err = buf_put_byte(&q->data, 0);
	for (i = 0; err == 0 && params[i] != '\0'; i++)
		err = put_value(q, i, params[i], &values[i]);
	if (err != 0) {
		question_free(q);
		return err;
	}
	*out = q;
	return 0;
}

const uint8_t *
db_get_fixed(const struct db_answer *a, int row, int col)
{
	return (const uint8_t *)PQgetvalue(a->res, row, col);
}

struct span
db_get_span(const struct db_answer *a, int row, int col)
{
	return span_of(PQgetvalue(a->res, row, col), (size_t)PQgetlength(a->res, row, col));
}

int64_t
db_get_int(const struct db_answer *a, int row, int col)
{
	struct span s = db_get_span(a, row, col);
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return s.n == 2 ? (int16_t)v : s.n == 4 ? (int32_t)v : (int64_t)v;
}

bool
db_get_bool(const struct db_answer *a, int row, int col)
{
	return *db_get_fixed(a, row, col) != 0;
}
