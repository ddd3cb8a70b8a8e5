/* PostgreSQL for the command line; see db.h. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "cli/db.h"
#include "cli/say.h"

#define ADMIN "tonearm_admin"

void
db_say_error(PGconn *db, const char *what)
{
	/* libpq ends its sentences with a line feed. */
	const char *why = PQerrorMessage(db);
	size_t n = strlen(why);

	while (n > 0 && why[n - 1] == '\n')
		n--;
	say_error("%s: %.*s", what, (int)n, why);
}

bool
db_run(PGconn *db, const char *what, const char *sql)
{
	PGresult *r = PQexec(db, sql);
	ExecStatusType status = PQresultStatus(r);
	bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (!ok)
		db_say_error(db, what);
	PQclear(r);
	return ok;
}

PGresult *
db_ask(PGconn *db, const char *what, const char *sql, const char *const *values, int n)
{
	PGresult *r = PQexecParams(db, sql, n, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(r) == PGRES_TUPLES_OK)
		return r;
	db_say_error(db, what);
	PQclear(r);
	return NULL;
}

const char *
db_conninfo(const struct conf_values *conf)
{
	const char *own = conf_str(conf, "database.admin_conninfo");

	return *own == '\0' ? conf_str(conf, "database.conninfo") : own;
}

PGconn *
db_connect(const char *conninfo)
{
	const char *const names[] = {"dbname", "fallback_application_name", "connect_timeout", NULL};
	const char *const values[] = {conninfo, "tonearm", "10", NULL};
	PGconn *db = PQconnectdbParams(names, values, 1);

	if (PQstatus(db) == CONNECTION_OK)
		return db;
	db_say_error(db, "no connection to PostgreSQL");
	say_hint("See database.admin_conninfo (else database.conninfo) in the configuration.");
	PQfinish(db);
	return NULL;
}

PGconn *
db_connect_admin(const struct conf_values *conf)
{
	PGconn *db = db_connect(db_conninfo(conf));
	const char *user = db == NULL ? NULL : PQuser(db);

	if (db == NULL)
		return NULL;
	/* Whoever it is, from here on it can do what this role can and no more. */
	if ((user != NULL && strcmp(user, ADMIN) == 0) ||
	    db_run(db, "becoming " ADMIN, "SET ROLE " ADMIN)) {
		if (db_run(db, "the session", "SET search_path = pg_catalog;"
		    " SET client_encoding = 'UTF8'; SET lock_timeout = '10s';"
		    " SET statement_timeout = '120s'"))
			return db;
	} else {
		say_hint("This command works as " ADMIN ": let database.admin_conninfo name that role,");
		say_hint("or a superuser, or set TONEARM_DATABASE_ADMIN_CONNINFO for this run.");
	}
	PQfinish(db);
	return NULL;
}
