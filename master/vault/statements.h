/*
 * The whole vocabulary that the vault speaks to PostgreSQL: one entry for each
 * function of schema tonearm.  Each is prepared once on every connection;
 * there is no other SQL in the program but LISTEN and its probe (listen.c).
 *
 * Letters for values, in parameters and result columns alike; everything
 * travels in binary form:
 *   u uuid (16 bytes)    h bytea of exactly 32 bytes    b bytea, any length
 *   t text               o boolean     s int2     i int4     l int8
 * No column is ever NULL.
 */
#ifndef TONEARM_VAULT_STATEMENTS_H
#define TONEARM_VAULT_STATEMENTS_H

#include <stdbool.h>

#include <libpq-fe.h>

/* The least number of the last migration that this code works with. */
#define SCHEMA_WANTED 15

/* X(name of the function, parameters, columns, most rows, may be repeated) */
#define STATEMENTS(X) \
	X(schema_version,      "",           "i",      1, true) \
	X(login_begin,         "uhhtttoub",  "st",     1, false) \
	X(login_consume,       "hh",         "utt",    1, false) \
	X(enroll,              "uuibttttbhoo", "suout", 1, false) \
	X(bind_load,           "hs",         "susibtttttl", BIND_ROWS_MAX, true) \
	X(person_get,          "u",          "tttttl", 1, true) \
	X(credential_entries,  "u",          "hsuilt", CREDENTIALS_MAX, true) \
	X(row_get,             "us",         "lub",    1, true) \
	X(row_store,           "uslb",       "olub",   1, true) \
	X(row_lease,           "usliu",      "slubi",  1, true) \
	X(row_release,         "uslu",       "o",      1, true) \
	X(account_show,        "h",          "utttlltts", 1, true) \
	X(account_entries,     "h",          "usillltt", CREDENTIALS_MAX, true) \
	X(client_get,          "t",          "ssttto", 1, true) \
	X(client_put,          "tssttthbi",  "tl",     1, false) \
	X(auth_begin,          "uhttobti",   "s",      1, false) \
	X(auth_get,            "uhh",        "tsttttobiiiol", 1, true) \
	X(auth_consent,        "uhhi",       "o",      1, true) \
	X(auth_grant,          "uhhh",       "su",     1, false) \
	X(auth_end,            "uh",         "o",      1, false) \
	X(code_redeem,         "hthtthh",    "suuii",  1, true) \
	X(token_refresh,       "hthihhb",    "suuiib", 1, true) \
	X(token_revoke,        "hth",        "suu",    1, true) \
	X(credential_create,   "hhsitl",     "suub",   1, false) \
	X(credential_revoke,   "hu",         "sub",    1, false) \
	X(credential_touch,    "h",          "o",      1, true) \
	X(session_end,         "h",          "u",      1, false) \
	X(person_delete,       "h",          "u",      1, false) \
	X(invitation_show,     "h",          "tslo",   1, true) \
	X(invitation_list,     "h",          "utlll",  8, true) \
	X(invitation_create,   "hht",        "s",      1, false) \
	X(invitation_drop,     "hu",         "s",      1, false) \
	X(janitor,             "",           "lll",    1, true) \
	X(janitor_apps,        "",           "ll",     1, true) \
	X(permit_take,         "tsiiiiiil",  "iisilll", 1, true) \
	X(permit_settle,       "tsi",        "o",      1, false) \
	X(permit_back,         "tsil",       "o",      1, false) \
	X(limit_say,           "tssl",       "l",      1, true) \
	X(quota_show,          "t",          "sil",    65, true) \
	X(grant_over,          "tu",         "o",      1, true) \
	X(janitor_quota,       "",           "ll",     1, true) \
	X(change_put,          "uuib",       "s",      1, true) \
	X(change_list,         "uli",        "uilb",   CHANGE_ROWS_MAX, true) \
	X(change_get,          "uu",         "uilb",   CHANGE_ROWS_MAX, true) \
	X(janitor_changes,     "",           "l",      1, true) \
	X(person_export,       "uh",         "b",      EXPORT_PARTS, false)

/* Most credentials of one person; a worker's list takes as many. */
#define CREDENTIALS_MAX 128
/* Most sealed rows of one person. */
#define ROWS_MAX 8
/* Most rows of bind_load: the person, credentials, sealed rows. */
#define BIND_ROWS_MAX (1 + CREDENTIALS_MAX + ROWS_MAX)
/* Most parts of a person's download, of VALUE_MAX bytes each: all of them fit
 * into the queue towards a worker. */
#define EXPORT_PARTS 24
/* Most parts of the record of one change, or heads and marks of a list. */
#define CHANGE_ROWS_MAX 400
/* Most parameters of a statement. */
#define PARAMETERS_MAX 12
/* Longest text or bytea in a result. */
#define VALUE_MAX 16384

enum statement {
#define X(name, params, columns, rows, repeat) ST_##name,
	STATEMENTS(X)
#undef X
	ST_COUNT
};

struct statement_shape {
	const char *name;     /* of the prepared statement and the function */
	const char *params;
	const char *columns;
	int max_rows;
	bool repeat;          /* harmless to run twice */
};

/* The entry of a statement; never NULL for a value below ST_COUNT. */
const struct statement_shape *statement_shape(enum statement st);

/* PostgreSQL's number for the type of a letter; 0 for none. */
Oid statement_type(char letter);

/* Asks libpq (in pipeline mode) to prepare every statement; false when it
 * cannot queue them. */
bool statements_prepare(PGconn *pg);

/* Does a result have the columns, types, lengths and number of rows that the
 * statement's entry says? */
bool statement_fits(enum statement st, const PGresult *res);

#endif
