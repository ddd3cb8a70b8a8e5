/*
 * PostgreSQL as the command line uses it: one connection, one question after
 * the other.  What goes wrong is said here.  Knows no table and no function.
 */
#ifndef TONEARM_CLI_DB_H
#define TONEARM_CLI_DB_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "cli/commands.h"

/* The connection string of the command line: database.admin_conninfo, else
 * database.conninfo. */
const char *db_conninfo(const struct conf_values *conf);

/* A connection, the caller's to PQfinish; NULL: said already. */
PGconn *db_connect(const char *conninfo);

/* The same as role tonearm_admin: because the string says so, or because who it
 * names may become it.  NULL: said already. */
PGconn *db_connect_admin(const struct conf_values *conf);

/* What the server said last, behind `what`. */
void db_say_error(PGconn *db, const char *what);

/* Runs statements without parameters or result.  False: said already. */
bool db_run(PGconn *db, const char *what, const char *sql);

/* Asks with text parameters; the result is the caller's to PQclear.  NULL: said
 * already. */
PGresult *db_ask(PGconn *db, const char *what, const char *sql, const char *const *values,
    int n);

#endif
