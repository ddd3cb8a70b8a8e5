/* The vault's SQL vocabulary and the check of what comes back; see
 * statements.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "master/vault/statements.h"
#include "shared/ipc/messages.h"

static const struct statement_shape shapes[ST_COUNT] = {
#define X(name_, params_, columns_, rows_, repeat_) \
	[ST_##name_] = {.name = #name_, .params = (params_), .columns = (columns_), \
	    .max_rows = (rows_), .repeat = (repeat_)},
	STATEMENTS(X)
#undef X
};

/* Type number and, where it is fixed, length of each letter. */
static const struct letter {
	char letter;
	Oid type;
	int length;   /* -1: any up to VALUE_MAX */
} letters[] = {
	{'u', 2950, ID_BYTES}, {'h', 17, HASH_BYTES}, {'b', 17, -1}, {'t', 25, -1},
	{'o', 16, 1}, {'s', 21, 2}, {'i', 23, 4}, {'l', 20, 8},
};

static const struct letter *
find_letter(char c)
{
	size_t i;

	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].letter == c)
			return &letters[i];
	return NULL;
}

const struct statement_shape *
statement_shape(enum statement st)
{
	return &shapes[st];
}

Oid
statement_type(char c)
{
	const struct letter *l = find_letter(c);

	return l == NULL ? 0 : l->type;
}

static bool
prepare_one(PGconn *pg, const struct statement_shape *s)
{
	char sql[160], marks[64] = "";
	Oid types[PARAMETERS_MAX];
	size_t i, n = strlen(s->params), at = 0;

	for (i = 0; i < n; i++) {
		types[i] = statement_type(s->params[i]);
		at += (size_t)snprintf(marks + at, sizeof(marks) - at, "%s$%zu",
		    i == 0 ? "" : ",", i + 1);
	}
	(void)snprintf(sql, sizeof(sql), "SELECT * FROM tonearm.%s(%s)", s->name, marks);
	return PQsendPrepare(pg, s->name, sql, (int)n, types) == 1;
}

bool
statements_prepare(PGconn *pg)
{
	size_t i;

	for (i = 0; i < ST_COUNT; i++)
		if (!prepare_one(pg, &shapes[i]))
			return false;
	return true;
}

static bool
value_fits(const PGresult *res, int row, int col, const struct letter *l)
{
	int length = PQgetlength(res, row, col);

	if (PQgetisnull(res, row, col))
		return false;
	return l->length >= 0 ? length == l->length : length <= VALUE_MAX;
}

bool
statement_fits(enum statement st, const PGresult *res)
{
	const struct statement_shape *s = &shapes[st];
	int rows = PQntuples(res), cols = (int)strlen(s->columns), row, col;

	if (PQnfields(res) != cols || rows > s->max_rows)
		return false;
	for (col = 0; col < cols; col++) {
		const struct letter *l = find_letter(s->columns[col]);

		if (l == NULL || PQftype(res, col) != l->type || PQfformat(res, col) != 1)
			return false;
		for (row = 0; row < rows; row++)
			if (!value_fits(res, row, col, l))
				return false;
	}
	return true;
}
