/* tonearm client list: the MCP clients that this server knows. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>

#include "cli/db.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/words.h"

static const struct show columns[] = {
	{"NAME", "name", SHOW_TEXT}, {"KIND", "kind", SHOW_TEXT}, {"PEOPLE", "people", SHOW_COUNT},
	{"SINCE", "created_at", SHOW_TIME}, {"LAST USED", "used_at", SHOW_TIME},
	{"CLIENT ID", "client_id", SHOW_TEXT},
};

int
command_client_list(const struct command_args *a)
{
	struct words w;
	PGresult *r;
	PGconn *db;

	if (!words_read(a, "client list [--json]", MAY_JSON, &w))
		return EXIT_USAGE;
	db = db_connect_admin(a->conf);
	if (db == NULL)
		return EXIT_FAILED;
	r = db_ask(db, "the list of clients", w.json ?
	    "SELECT jsonb_pretty(coalesce(jsonb_agg(c), '[]')) FROM tonearm.admin_clients() AS c" :
	    "SELECT * FROM tonearm.admin_clients()", NULL, 0);
	if (r != NULL && w.json)
		(void)puts(PQgetvalue(r, 0, 0));
	else if (r != NULL)
		show_table(r, columns, sizeof(columns) / sizeof(columns[0]));
	PQclear(r);
	PQfinish(db);
	return r == NULL ? EXIT_FAILED : EXIT_DONE;
}
