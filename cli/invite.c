/*
 * tonearm user invite: lets one more person use the operator's Spotify
 * application (apps.shared_access = invited).  The code is made here and shown
 * once; the database gets its hash.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/db.h"
#include "cli/say.h"
#include "cli/when.h"
#include "cli/words.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/random.h"

#define CODE_BYTES 32
#define LABEL_MAX  128

struct invitation {
	char code[B64URL_LEN(CODE_BYTES) + 1];
	char hash[2 + 2 * SHA256_BYTES + 1];   /* "\x…", as PostgreSQL reads it */
};

static bool
make_code(struct invitation *out)
{
	uint8_t bytes[CODE_BYTES], hash[SHA256_BYTES];
	bool ok = random_bytes(bytes, sizeof(bytes)) == 0;

	if (ok)
		b64url_encode(span_of(bytes, sizeof(bytes)), out->code);
	ok = ok && sha256(span_str(out->code), hash) == 0;
	if (ok) {
		memcpy(out->hash, "\\x", 2);
		hex_encode(span_of(hash, sizeof(hash)), out->hash + 2);
	} else {
		say_error("no code could be made");
	}
	explicit_bzero(bytes, sizeof(bytes));
	return ok;
}

static void
print_link(const struct command_args *a, const char *code, const char *ends)
{
	char when[WHEN_CHARS];

	when_text(strtoll(ends, NULL, 10), when);
	(void)printf("%s/invite?code=%s\n", conf_str(a->conf, "server.public_url"), code);
	(void)fflush(stdout);
	(void)fprintf(stderr, "For one person, until %s; it is not shown again.\n", when);
	if (strcmp(conf_str(a->conf, "apps.shared_access"), "anyone") == 0)
		(void)fputs("With apps.shared_access = anyone nobody needs it.\n", stderr);
}

int
command_user_invite(const struct command_args *a)
{
	struct invitation made;
	const char *values[2] = {made.hash, ""};
	PGresult *r = NULL;
	struct words w;
	PGconn *db;

	if (!words_read(a, "user invite [LABEL]", MAY_NAME, &w))
		return EXIT_USAGE;
	if (w.name != NULL)
		values[1] = w.name;
	if (strlen(values[1]) > LABEL_MAX) {
		say_error("the label is longer than %d bytes", LABEL_MAX);
		return EXIT_USAGE;
	}
	db = db_connect_admin(a->conf);
	if (db != NULL && make_code(&made))
		r = db_ask(db, "inviting", "SELECT expires_at FROM tonearm.admin_invite($1::bytea, $2)",
		    values, 2);
	if (r != NULL)
		print_link(a, made.code, PQgetvalue(r, 0, 0));
	explicit_bzero(&made, sizeof(made));
	PQfinish(db);
	if (r == NULL)
		return EXIT_FAILED;
	PQclear(r);
	return EXIT_DONE;
}
