/*
 * tonearm client add: an MCP client that the operator makes known, for clients
 * whose makers want an id (and secret) to be typed in.  Both are made here; the
 * secret is shown once, the database gets its hash.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/db.h"
#include "cli/say.h"
#include "shared/base/buf.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/random.h"
#include "shared/http/redirects.h"

#define ID_BYTES_MADE 16
#define SECRET_BYTES  32
#define NAME_BYTES    128
#define HEX_HASH      (2 + 2 * SHA256_BYTES + 1)   /* "\x...", as PostgreSQL reads it */

struct made {
	char id[2 * ID_BYTES_MADE + 1], secret[B64URL_LEN(SECRET_BYTES) + 1];
	char digest[HEX_HASH], hash[HEX_HASH];
};

static bool
hash_of(const char *text, char out[HEX_HASH])
{
	uint8_t hash[SHA256_BYTES];

	if (sha256(span_str(text), hash) != 0)
		return false;
	memcpy(out, "\\x", 2);
	hex_encode(span_of(hash, sizeof(hash)), out + 2);
	return true;
}

static bool
make(bool secret, struct made *out)
{
	uint8_t id[ID_BYTES_MADE], raw[SECRET_BYTES];
	bool ok = random_bytes(id, sizeof(id)) == 0 && random_bytes(raw, sizeof(raw)) == 0;

	if (ok) {
		hex_encode(span_of(id, sizeof(id)), out->id);
		b64url_encode(span_of(raw, sizeof(raw)), out->secret);
		/* Nobody says the same of itself as a client with this id. */
		ok = hash_of(out->id, out->digest) && hash_of(out->secret, out->hash);
	}
	if (!secret)
		(void)snprintf(out->hash, sizeof(out->hash), "\\x");
	if (!ok)
		say_error("no id could be made");
	explicit_bzero(raw, sizeof(raw));
	return ok;
}

/* The words: --public anywhere, the name, addresses.  False: said already. */
static bool
read_words(const struct command_args *a, const char **name, bool *secret, struct buf *redirects)
{
	err_t err = 0;
	int i;

	*name = NULL;
	*secret = true;
	for (i = 0; i < a->argc && err == 0; i++) {
		if (strcmp(a->argv[i], "--public") == 0) {
			*secret = false;
		} else if (a->argv[i][0] == '-') {
			say_error("there is no option '%s'", a->argv[i]);
			return false;
		} else if (*name == NULL) {
			*name = a->argv[i];
		} else if (redirect_kind(span_str(a->argv[i])) == REDIRECT_NONE) {
			say_error("'%s' is no address that a client may be sent back to", a->argv[i]);
			say_hint("Say one that begins with https://, http://localhost or http://127.0.0.1, or "
			    "with the scheme of a program that is known, without fragment and user.");
			return false;
		} else {
			err = redirects->len == 0 ? 0 : buf_put_byte(redirects, '\n');
			if (err == 0)
				err = buf_put_str(redirects, a->argv[i]);
		}
	}
	if (*name != NULL && **name != '\0' && strlen(*name) <= NAME_BYTES && redirects->len > 0 &&
	    err == 0)
		return true;
	say_error("usage: tonearm client add NAME ADDRESS... [--public]");
	say_hint("NAME, of at most %d bytes, is what people see when they are asked.", NAME_BYTES);
	return false;
}

static int
add(const struct command_args *a, const char *name, bool secret, const char *redirects)
{
	struct made made;
	const char *values[] = {made.id, secret ? "1" : "0", name, redirects, made.digest, made.hash};
	PGconn *db = db_connect_admin(a->conf);
	PGresult *r = NULL;

	if (db != NULL && make(secret, &made))
		r = db_ask(db, "adding the client", "SELECT tonearm.admin_client_add($1, $2::smallint, $3, "
		    "$4, $5::bytea, $6::bytea)", values, 6);
	if (r != NULL) {
		(void)printf("client id: %s\n", made.id);
		if (secret)
			(void)printf("client secret: %s\n", made.secret);
		(void)fflush(stdout);
		if (secret)
			(void)fputs("The secret is not shown again.\n", stderr);
	}
	explicit_bzero(&made, sizeof(made));
	PQfinish(db);
	PQclear(r);
	return r == NULL ? EXIT_FAILED : EXIT_DONE;
}

int
command_client_add(const struct command_args *a)
{
	struct buf redirects;
	const char *name;
	bool secret;
	int code = EXIT_USAGE;

	buf_init(&redirects, REDIRECTS_BYTES);
	if (read_words(a, &name, &secret, &redirects))
		code = add(a, name, secret, buf_cstr(&redirects));
	buf_free(&redirects);
	return code;
}
