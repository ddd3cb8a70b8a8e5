/*
 * tonearm revoke, user revoke, client revoke: ends what was handed out.  The
 * rows go, PostgreSQL tells the vaults of all nodes, and sessions and streams
 * end with them.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/db.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/user.h"
#include "cli/when.h"
#include "cli/words.h"

#define WHAT_ROOM 400

/* "3 clients, 1 token or link, 2 browsers" of columns with these names. */
static void
print_ended(const PGresult *r)
{
	static const struct { const char *column, *one, *more; } kinds[] = {
		{"connections", "client's access", "clients' accesses"},
		{"credentials", "token or link", "tokens and links"},
		{"sessions", "browser session", "browser sessions"},
		{"clients", "client registration", "client registrations"},
		{"invitations", "invitation", "invitations"},
	};
	bool any = false;
	size_t i;

	(void)fputs("ended: ", stdout);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int col = PQfnumber(r, kinds[i].column);
		const char *n = col < 0 ? "0" : PQgetvalue(r, 0, col);

		if (strcmp(n, "0") == 0)
			continue;
		(void)printf("%s%s %s", any ? ", " : "", n,
		    strcmp(n, "1") == 0 ? kinds[i].one : kinds[i].more);
		any = true;
	}
	(void)puts(any ? "" : "nothing, there was nothing");
}

static bool
end_it(PGconn *db, const char *sql, const char *value)
{
	PGresult *r = db_ask(db, "revoking", sql, &value, 1);
	bool ok = r != NULL && PQntuples(r) == 1;
	int given = r == NULL ? -1 : PQfnumber(r, "given");

	if (ok)
		print_ended(r);
	else if (r != NULL)
		say_error("there is nothing of that name any more");
	if (ok && given >= 0 && strcmp(PQgetvalue(r, 0, given), "0") != 0)
		say_hint("%s clients that you entered yourself used a secret: give them new ones.",
		    PQgetvalue(r, 0, given));
	PQclear(r);
	return ok;
}

static int
revoke_person(PGconn *db, const struct words *w, const char *name)
{
	char what[WHAT_ROOM];
	int code = EXIT_FAILED;
	struct person who;

	if (user_find(db, name, &who) != 0)
		return EXIT_FAILED;
	(void)snprintf(what, sizeof(what), "All clients, tokens, the link and the browser sessions of "
	    "%s will be ended; the account stays", who.name);
	if (words_sure(w, what, &code) &&
	    end_it(db, "SELECT * FROM tonearm.admin_revoke_person($1::uuid)", who.id))
		code = EXIT_DONE;
	return code;
}

/* forget: its registration goes as well. */
static int
revoke_client(PGconn *db, const struct words *w, const char *client, bool forget)
{
	PGresult *r = db_ask(db, "looking for the client",
	    "SELECT name, people FROM tonearm.admin_clients() WHERE client_id = $1", &client, 1);
	char what[WHAT_ROOM], name[80], id[120];
	int code = EXIT_FAILED;

	if (r == NULL)
		return EXIT_FAILED;
	if (PQntuples(r) == 0) {
		PQclear(r);
		say_error("there is no client '%s'", client);
		say_hint("A client is named by its whole id; 'tonearm client list' shows them.");
		return EXIT_FAILED;
	}
	show_clean(PQgetvalue(r, 0, 0), name, sizeof(name));
	show_clean(client, id, sizeof(id));
	(void)snprintf(what, sizeof(what), "The access of %s (%s) to the accounts of %s people will be "
	    "ended%s", name, id, PQgetvalue(r, 0, 1), forget ? ", its registration deleted" : "");
	PQclear(r);
	if (words_sure(w, what, &code) && end_it(db, forget ?
	    "SELECT * FROM tonearm.admin_revoke_client($1, true)" :
	    "SELECT * FROM tonearm.admin_revoke_client($1, false)", client))
		code = EXIT_DONE;
	return code;
}

/* since 0: everything. */
static int
revoke_since(PGconn *db, const struct words *w, int64_t since)
{
	char what[WHAT_ROOM], seconds[24], when[WHEN_CHARS];
	int code = EXIT_FAILED;

	(void)snprintf(seconds, sizeof(seconds), "%lld", (long long)since);
	when_text(since, when);
	if (since == 0)
		(void)snprintf(what, sizeof(what), "All clients, tokens, links and browser sessions of "
		    "everybody will be ended; accounts stay");
	else
		(void)snprintf(what, sizeof(what), "What clients' accesses, tokens and links were made or "
		    "used since %s will be ended, and all browser sessions, open sign-ins and invitations",
		    when);
	if (words_sure(w, what, &code) &&
	    end_it(db, "SELECT * FROM tonearm.admin_revoke_since($1::bigint)", seconds))
		code = EXIT_DONE;
	return code;
}

int
command_revoke(const struct command_args *a)
{
	struct words w;
	PGconn *db;
	int code;

	if (!words_read(a, "revoke --all|--user USER|--client CLIENT|--active-since TIME [--yes]",
	    MAY_SCOPE | MAY_YES, &w))
		return EXIT_USAGE;
	db = db_connect_admin(a->conf);
	if (db == NULL)
		return EXIT_FAILED;
	if (w.user != NULL)
		code = revoke_person(db, &w, w.user);
	else if (w.client != NULL)
		code = revoke_client(db, &w, w.client, false);
	else
		code = revoke_since(db, &w, w.all ? 0 : w.since);
	PQfinish(db);
	return code;
}

int
command_user_revoke(const struct command_args *a)
{
	struct words w;
	PGconn *db;
	int code;

	if (!words_read(a, "user revoke USER [--yes]", NEEDS_NAME | MAY_YES, &w))
		return EXIT_USAGE;
	db = db_connect_admin(a->conf);
	code = db == NULL ? EXIT_FAILED : revoke_person(db, &w, w.name);
	PQfinish(db);
	return code;
}

int
command_client_revoke(const struct command_args *a)
{
	struct words w;
	PGconn *db;
	int code;

	if (!words_read(a, "client revoke CLIENT [--yes]", NEEDS_NAME | MAY_YES, &w))
		return EXIT_USAGE;
	db = db_connect_admin(a->conf);
	code = db == NULL ? EXIT_FAILED : revoke_client(db, &w, w.name, true);
	PQfinish(db);
	return code;
}
