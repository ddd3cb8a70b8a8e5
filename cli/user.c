/*
 * tonearm user: the people who signed in here.  Sees no secret: neither do the
 * functions that it asks give one out.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/db.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/user.h"
#include "cli/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define USERS "SELECT * FROM tonearm.admin_users($1)"

static const struct show list_columns[] = {
	{"ID", "id", SHOW_ID}, {"SPOTIFY ID", "spotify_id", SHOW_TEXT},
	{"NAME", "display_name", SHOW_TEXT}, {"SIGNED IN", "authorized_at", SHOW_TIME},
	{"LAST USED", "last_used_at", SHOW_TIME}, {"CLIENTS", "clients", SHOW_COUNT},
	{"TOKENS", "tokens", SHOW_COUNT},
};
static const struct show person_lines[] = {
	{"id", "id", SHOW_TEXT}, {"Spotify id", "spotify_id", SHOW_TEXT},
	{"name", "display_name", SHOW_TEXT}, {"first came", "created_at", SHOW_TIME},
	{"signed in", "authorized_at", SHOW_TIME}, {"last used", "last_used_at", SHOW_TIME},
	{"application", "client_id", SHOW_TEXT}, {"its mode", "mode", SHOW_TEXT},
	{"Spotify allows", "spotify_scopes", SHOW_TEXT},
};
static const struct show client_columns[] = {
	{"CLIENT", "client", SHOW_TEXT}, {"CLIENT ID", "client_id", SHOW_TEXT},
	{"SINCE", "created_at", SHOW_TIME}, {"LAST USED", "last_used_at", SHOW_TIME},
	{"MAY", "scopes", SHOW_TEXT},
};
static const struct show token_columns[] = {
	{"KIND", "kind", SHOW_TEXT}, {"LABEL", "label", SHOW_TEXT},
	{"MADE", "created_at", SHOW_TIME}, {"LAST USED", "last_used_at", SHOW_TIME},
	{"EXPIRES", "expires_at", SHOW_TIME}, {"MAY", "scopes", SHOW_TEXT},
};
static const struct show session_columns[] = {
	{"SIGNED IN", "created_at", SHOW_TIME}, {"SEEN", "seen_at", SHOW_TIME},
};

/* The one column of the one row: JSON that the server made. */
static bool
print_json(PGconn *db, const char *sql, const char *const *values, int n)
{
	PGresult *r = db_ask(db, "the question", sql, values, n);

	if (r == NULL)
		return false;
	(void)puts(PQgetvalue(r, 0, 0));
	PQclear(r);
	return true;
}

static void
say_several(const PGresult *r, const char *who)
{
	char name[USER_NAME_ROOM];
	int i;

	say_error("'%s' may mean %d people", who, PQntuples(r));
	for (i = 0; i < PQntuples(r) && i < 5; i++) {
		show_clean(PQgetvalue(r, i, PQfnumber(r, "spotify_id")), name, sizeof(name));
		say_hint("%s  %s", PQgetvalue(r, i, PQfnumber(r, "id")), name);
	}
	say_hint("Say the whole id.");
}

err_t
user_find(PGconn *db, const char *who, struct person *out)
{
	PGresult *r = db_ask(db, "looking for the user", USERS, &who, 1);
	char name[80], spotify[80];
	err_t err = ERR_NOTFOUND;

	if (r == NULL)
		return ERR_SYSTEM;
	if (PQntuples(r) == 1) {
		show_clean(PQgetvalue(r, 0, PQfnumber(r, "display_name")), name, sizeof(name));
		show_clean(PQgetvalue(r, 0, PQfnumber(r, "spotify_id")), spotify, sizeof(spotify));
		(void)snprintf(out->id, sizeof(out->id), "%s", PQgetvalue(r, 0, PQfnumber(r, "id")));
		(void)snprintf(out->name, sizeof(out->name), "%s (%s)", name, spotify);
		err = 0;
	} else if (PQntuples(r) > 1) {
		say_several(r, who);
	} else {
		say_error("there is no user '%s'", who);
		say_hint("A user is named by id, by Spotify id, or by four or more of the id's first");
		say_hint("characters; 'tonearm user list' shows them.");
	}
	PQclear(r);
	return err;
}

int
command_user_list(const struct command_args *a)
{
	static const char everybody[] = "";
	const char *const values[] = {everybody};
	struct words w;
	PGconn *db;
	PGresult *r;
	bool ok;

	if (!words_read(a, "user list [--json]", MAY_JSON, &w))
		return EXIT_USAGE;
	db = db_connect_admin(a->conf);
	if (db == NULL)
		return EXIT_FAILED;
	if (w.json) {
		ok = print_json(db, "SELECT jsonb_pretty(coalesce(jsonb_agg(u), '[]'))"
		    " FROM tonearm.admin_users($1) AS u", values, 1);
	} else {
		r = db_ask(db, "the list of users", USERS, values, 1);
		ok = r != NULL;
		if (ok)
			show_table(r, list_columns, COUNT(list_columns));
		PQclear(r);
	}
	PQfinish(db);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

/* A headline and a table. */
static bool
print_part(PGconn *db, const char *headline, const char *sql, const char *id,
    const struct show *columns, size_t n)
{
	PGresult *r = db_ask(db, headline, sql, &id, 1);

	if (r == NULL)
		return false;
	(void)printf("\n%s\n", headline);
	show_table(r, columns, n);
	PQclear(r);
	return true;
}

static bool
print_person(PGconn *db, const char *id)
{
	PGresult *r = db_ask(db, "the user", USERS, &id, 1);
	bool ok = r != NULL && PQntuples(r) == 1;

	if (ok)
		show_row(r, 0, person_lines, COUNT(person_lines));
	PQclear(r);
	return ok && print_part(db, "Clients", "SELECT * FROM tonearm.admin_connections($1::uuid)", id,
	    client_columns, COUNT(client_columns)) &&
	    print_part(db, "Tokens and link", "SELECT * FROM tonearm.admin_credentials($1::uuid)", id,
	    token_columns, COUNT(token_columns)) &&
	    print_part(db, "Browsers", "SELECT * FROM tonearm.admin_sessions($1::uuid)", id,
	    session_columns, COUNT(session_columns));
}

static bool
print_person_json(PGconn *db, const char *id)
{
	return print_json(db, "SELECT jsonb_pretty("
	    "(SELECT to_jsonb(u) FROM tonearm.admin_users($1) AS u) || jsonb_build_object("
	    "'connections', (SELECT coalesce(jsonb_agg(c), '[]')"
	    " FROM tonearm.admin_connections($1::uuid) AS c),"
	    "'credentials', (SELECT coalesce(jsonb_agg(c), '[]')"
	    " FROM tonearm.admin_credentials($1::uuid) AS c),"
	    "'browsers', (SELECT coalesce(jsonb_agg(s), '[]')"
	    " FROM tonearm.admin_sessions($1::uuid) AS s)))", &id, 1);
}

int
command_user_show(const struct command_args *a)
{
	struct person who;
	struct words w;
	PGconn *db;
	bool ok;

	if (!words_read(a, "user show USER [--json]", MAY_JSON | NEEDS_NAME, &w))
		return EXIT_USAGE;
	db = db_connect_admin(a->conf);
	ok = db != NULL && user_find(db, w.name, &who) == 0 &&
	    (w.json ? print_person_json(db, who.id) : print_person(db, who.id));
	PQfinish(db);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

int
command_user_delete(const struct command_args *a)
{
	char what[USER_NAME_ROOM + 80];
	int code = EXIT_FAILED;
	struct person who;
	const char *id = who.id;
	struct words w;
	PGresult *r;
	PGconn *db;

	if (!words_read(a, "user delete USER [--yes]", MAY_YES | NEEDS_NAME, &w))
		return EXIT_USAGE;
	db = db_connect_admin(a->conf);
	if (db == NULL || user_find(db, w.name, &who) != 0) {
		PQfinish(db);
		return EXIT_FAILED;
	}
	(void)snprintf(what, sizeof(what), "%s and all that is kept about them will be deleted",
	    who.name);
	if (words_sure(&w, what, &code)) {
		r = db_ask(db, "deleting", "SELECT deleted FROM tonearm.admin_delete_person($1::uuid)",
		    &id, 1);
		if (r != NULL) {
			(void)printf("%s: deleted\n", who.name);
			code = EXIT_DONE;
		}
		PQclear(r);
	}
	PQfinish(db);
	return code;
}
