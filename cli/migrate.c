/*
 * tonearm migrate: brings the schema up to date.  One migration is one
 * transaction; two runs at once wait for each other; what was applied and has
 * changed since is refused, because nobody could say what the database holds.
 * Everything but the roles is made as tonearm_owner.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "cli/commands.h"
#include "cli/db.h"
#include "cli/migrations.h"
#include "cli/say.h"

/* One run at a time, no surprises from the server's or the role's settings. */
static bool
prepare(PGconn *db)
{
	return db_run(db, "the session", "SET client_min_messages = warning;"
	    " SET standard_conforming_strings = on; SET search_path = pg_catalog;"
	    " SET client_encoding = 'UTF8'; SET lock_timeout = '60s'") &&
	    db_run(db, "another migration is running",
	    "SELECT pg_advisory_lock(hashtextextended('tonearm migrate', 0))");
}

/* Migration 0: roles and schema, where the right to make them is there. */
static bool
make_roles(PGconn *db, const struct migration *m)
{
	const char *super = PQparameterStatus(db, "is_superuser");

	if (super == NULL || strcmp(super, "on") != 0)
		return true;
	if (!db_run(db, m->name, "BEGIN") || !db_run(db, m->name, buf_cstr(&m->text)) ||
	    !db_run(db, m->name, "COMMIT"))
		return false;
	(void)puts("roles and schema are in place");
	return true;
}

static bool
become_owner(PGconn *db)
{
	if (db_run(db, "becoming tonearm_owner", "SET ROLE tonearm_owner") &&
	    db_run(db, "the list of migrations",
	    "CREATE TABLE IF NOT EXISTS tonearm.migration ("
	    " number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,"
	    " applied_at timestamptz NOT NULL DEFAULT now())"))
		return true;
	say_hint("Run the first migration as a superuser, later ones as tonearm_migrate:");
	say_hint("set database.admin_conninfo accordingly.");
	return false;
}

/* One row of the list against its file. */
static bool
check_applied(const struct migrations *m, const char *number, const char *name,
    const char *sha256)
{
	size_t i = strtoul(number, NULL, 10);

	if (i >= m->n) {
		say_error("the database has migration %s, which this version does not know", name);
		say_hint("It was migrated by a newer version; use that one.");
		return false;
	}
	if (strcmp(name, m->list[i].name) != 0 || strcmp(sha256, m->list[i].sha256) != 0) {
		say_error("%s was applied; the file %s.sql differs from it", name,
		    m->list[i].name);
		say_hint("A migration never changes once it is applied; restore the file.");
		return false;
	}
	return true;
}

/* Checks what was applied; *next is the first number that was not. */
static bool
check_all_applied(PGconn *db, const struct migrations *m, size_t *next)
{
	PGresult *r = PQexec(db,
	    "SELECT number, name, sha256 FROM tonearm.migration ORDER BY number");
	bool ok = PQresultStatus(r) == PGRES_TUPLES_OK;
	int i;

	if (!ok)
		db_say_error(db, "the list of migrations");
	*next = 1;
	for (i = 0; ok && i < PQntuples(r); i++) {
		ok = check_applied(m, PQgetvalue(r, i, 0), PQgetvalue(r, i, 1),
		    PQgetvalue(r, i, 2));
		if (ok && strtoul(PQgetvalue(r, i, 0), NULL, 10) != *next) {
			say_error("the list of migrations has a gap at %zu", *next);
			ok = false;
		}
		(*next)++;
	}
	PQclear(r);
	return ok;
}

static bool
note_applied(PGconn *db, const struct migration *m, size_t number)
{
	char text[24];
	const char *const values[] = {text, m->name, m->sha256};
	PGresult *r;
	bool ok;

	(void)snprintf(text, sizeof(text), "%zu", number);
	r = PQexecParams(db, "INSERT INTO tonearm.migration (number, name, sha256)"
	    " VALUES ($1::integer, $2, $3)", 3, NULL, values, NULL, NULL, 0);
	ok = PQresultStatus(r) == PGRES_COMMAND_OK;
	if (!ok)
		db_say_error(db, m->name);
	PQclear(r);
	return ok;
}

static bool
apply(PGconn *db, const struct migration *m, size_t number)
{
	bool ok = db_run(db, m->name, "BEGIN") && db_run(db, m->name, buf_cstr(&m->text));

	if (ok && PQtransactionStatus(db) != PQTRANS_INTRANS) {
		say_error("%s ends its own transaction, which a migration must not", m->name);
		say_hint("What it did until then stays; nothing of it is recorded.");
		return false;
	}
	ok = ok && note_applied(db, m, number) && db_run(db, m->name, "COMMIT");
	if (!ok) {
		say_hint("%s was rolled back; those before it stay.", m->name);
		return false;
	}
	(void)printf("%s: applied\n", m->name);
	return true;
}

static bool
migrate(PGconn *db, const struct migrations *m)
{
	size_t i, next;

	if (!prepare(db) || !make_roles(db, &m->list[0]) || !become_owner(db) ||
	    !check_all_applied(db, m, &next))
		return false;
	for (i = next; i < m->n; i++)
		if (!apply(db, &m->list[i], i))
			return false;
	if (next >= m->n)
		(void)printf("nothing to do: all %zu migrations are applied\n", m->n - 1);
	return true;
}

/* --sql-dir; false: wrong usage. */
static bool
read_arguments(const struct command_args *a, const char **folder)
{
	int i;

	for (i = 0; i < a->argc; i++) {
		if (strcmp(a->argv[i], "--sql-dir") == 0 && i + 1 < a->argc) {
			*folder = a->argv[++i];
		} else if (strncmp(a->argv[i], "--sql-dir=", 10) == 0) {
			*folder = a->argv[i] + 10;
		} else {
			say_error("'migrate' does not know '%s'", a->argv[i]);
			say_hint("usage: tonearm [-c FILE] migrate [--sql-dir DIR]");
			return false;
		}
	}
	return true;
}

int
command_migrate(const struct command_args *a)
{
	const char *folder = PKGDATADIR "/sql/migrations";
	struct migrations m = {0};
	PGconn *db;
	bool ok;

	if (!read_arguments(a, &folder))
		return EXIT_USAGE;
	if (migrations_read(folder, &m) != 0)
		return EXIT_FAILED;
	db = db_connect(db_conninfo(a->conf));
	ok = db != NULL && migrate(db, &m);
	PQfinish(db);
	migrations_free(&m);
	return ok ? EXIT_DONE : EXIT_FAILED;
}
