/*
 * Makes people by the thousand for tests of size and time: for each line on
 * standard input it goes the way of a sign-in through the vault's own database
 * functions, seals the row as the person's worker would have done at its first
 * bind, and prints a personal token.
 *
 * Usage: people CONFIGURATION < LINES > TOKENS
 *
 * A line has six fields, separated by tabs: account id, Spotify id, display
 * name, access token, refresh token, scopes.  The access token is taken to live
 * an hour from now.  Holds all master keys, as no program of the server does;
 * it is built for tests only and never installed.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "master/keyring/derive.h"
#include "shared/conf/file.h"
#include "shared/crypto/token.h"
#include "shared/ipc/words.h"

#define FIELDS 6
#define A_BATCH 50              /* people in one transaction */
#define LIFE_S 3600

enum field { ACCOUNT, SPOTIFY, NAME, ACCESS, REFRESH, SCOPES };

struct maker {
	PGconn *pg;
	struct masters masters;
	uint8_t check_key[KEY_BYTES];
	const char *client_id, *mode;
};

/* Everything about one person before it is stored. */
struct person {
	char *field[FIELDS];
	uint8_t id[ID_BYTES], login[ID_BYTES];
	uint8_t state[HASH_BYTES], cookie[HASH_BYTES], session[HASH_BYTES];
	uint8_t wrapped[WRAPPED_BYTES], hash[HASH_BYTES];
	uint32_t key_id;
	struct buf sealed;
	char token[TOKEN_CHARS + 1];
};

/* The parameters of a query, text and binary. */
struct call {
	const char *values[12];
	int lengths[12], formats[12], n;
};

static void
put_bytes(struct call *c, const void *p, size_t n)
{
	c->values[c->n] = p;
	c->lengths[c->n] = (int)n;
	c->formats[c->n++] = 1;
}

static void
put_text(struct call *c, const char *s)
{
	c->values[c->n] = s;
	c->formats[c->n++] = 0;
}

/* Runs sql; its first column must read as wanted (NULL: whatever). */
static bool
run(struct maker *m, const char *sql, const struct call *c, const char *wanted)
{
	PGresult *r = PQexecParams(m->pg, sql, c->n, NULL, c->values, c->lengths, c->formats, 0);
	bool ok = PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK;

	if (ok && wanted != NULL)
		ok = PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), wanted) == 0;
	if (!ok)
		(void)fprintf(stderr, "people: %s: %s\n", sql,
		    PQresultStatus(r) == PGRES_TUPLES_OK ? "not the answer of a sign-in" :
		    PQresultErrorMessage(r));
	PQclear(r);
	return ok;
}

static bool
run_plain(struct maker *m, const char *sql)
{
	const struct call none = {.n = 0};

	return run(m, sql, &none, NULL);
}

/* The row of the tokens, sealed under the person's own key as version 2. */
static err_t
seal(struct maker *m, struct person *p)
{
	struct seal_place place = {.kind = ROW_TOKENS, .version = 2};
	uint8_t key[KEY_BYTES];
	struct buf plain;
	const long long now = (long long)time(NULL);
	err_t err;

	buf_init(&plain, 8192);
	buf_init(&p->sealed, 16384);
	memcpy(place.owner, p->id, ID_BYTES);
	err = derive_data_key(&m->masters, p->id, p->key_id,
	    span_of(p->wrapped, WRAPPED_BYTES), key);
	if (err == 0)
		err = buf_printf(&plain, "{\"access\":\"%s\",\"refresh\":\"%s\",\"expires_at\":%lld,"
		    "\"authorized_at\":%lld,\"scope\":\"%s\"}", p->field[ACCESS],
		    p->field[REFRESH], now + LIFE_S, now, p->field[SCOPES]);
	if (err == 0)
		err = seal_row(key, &place, buf_span(&plain), &p->sealed);
	explicit_bzero(key, sizeof(key));
	buf_free(&plain);
	return err;
}

static err_t
invent(struct maker *m, struct person *p)
{
	err_t err = random_uuid(p->id);

	if (err == 0)
		err = random_uuid(p->login);
	if (err == 0)
		err = random_bytes(p->state, sizeof(p->state));
	if (err == 0)
		err = random_bytes(p->cookie, sizeof(p->cookie));
	if (err == 0)
		err = random_bytes(p->session, sizeof(p->session));
	if (err == 0)
		err = derive_new_wrapped(&m->masters, p->id, &p->key_id, p->wrapped);
	if (err == 0)
		err = seal(m, p);
	if (err == 0)
		err = token_make(CRED_PERSONAL, p->id, m->check_key, p->token);
	return err != 0 ? err : token_hash(span_str(p->token), p->hash);
}

static bool
sign_in(struct maker *m, const struct person *p)
{
	struct call begin = {.n = 0}, consume = {.n = 0}, enroll = {.n = 0};
	char key_id[12];

	put_bytes(&begin, p->login, ID_BYTES);
	put_bytes(&begin, p->state, HASH_BYTES);
	put_bytes(&begin, p->cookie, HASH_BYTES);
	put_text(&begin, m->client_id);
	put_text(&begin, m->mode);
	put_bytes(&consume, p->state, HASH_BYTES);
	put_bytes(&consume, p->cookie, HASH_BYTES);
	(void)snprintf(key_id, sizeof(key_id), "%u", p->key_id);
	put_bytes(&enroll, p->login, ID_BYTES);
	put_bytes(&enroll, p->id, ID_BYTES);
	put_text(&enroll, key_id);
	put_bytes(&enroll, p->wrapped, WRAPPED_BYTES);
	put_text(&enroll, p->field[ACCOUNT]);
	put_text(&enroll, p->field[SPOTIFY]);
	put_text(&enroll, p->field[NAME]);
	put_text(&enroll, p->field[SCOPES]);
	put_bytes(&enroll, p->sealed.data, p->sealed.len);
	put_bytes(&enroll, p->session, HASH_BYTES);
	return run(m, "SELECT * FROM tonearm.login_begin($1,$2,$3,$4,$5)", &begin, "t") &&
	    run(m, "SELECT client_id FROM tonearm.login_consume($1,$2)", &consume, m->client_id) &&
	    run(m, "SELECT fresh FROM tonearm.enroll($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", &enroll, "t");
}

static bool
store_row_and_token(struct maker *m, const struct person *p)
{
	struct call row = {.n = 0}, credential = {.n = 0};
	char scopes[12];

	(void)snprintf(scopes, sizeof(scopes), "%u", SCOPE_ALL);
	put_bytes(&row, p->id, ID_BYTES);
	put_bytes(&row, p->sealed.data, p->sealed.len);
	put_bytes(&credential, p->session, HASH_BYTES);
	put_bytes(&credential, p->hash, HASH_BYTES);
	put_text(&credential, scopes);
	return run(m, "SELECT stored FROM tonearm.row_store($1,1::smallint,1,$2)", &row, "t") &&
	    run(m, "SELECT outcome FROM tonearm.credential_create($1,$2,1::smallint,$3,'tests',0)",
	    &credential, "0");
}

static bool
split(char *line, char *field[FIELDS])
{
	int i;

	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < FIELDS; i++)
		field[i] = strsep(&line, "\t");
	return field[FIELDS - 1] != NULL && line == NULL &&
	    strpbrk(field[ACCESS], "\"\\") == NULL && strpbrk(field[REFRESH], "\"\\") == NULL;
}

static bool
make_one(struct maker *m, char *line)
{
	struct person p = {.key_id = 0};
	bool ok = split(line, p.field);

	if (!ok)
		(void)fprintf(stderr, "people: a line needs six fields\n");
	else if (invent(m, &p) != 0) {
		(void)fprintf(stderr, "people: the keys could not be used\n");
		ok = false;
	}
	ok = ok && sign_in(m, &p) && store_row_and_token(m, &p);
	if (ok)
		(void)printf("%s\n", p.token);
	buf_free(&p.sealed);
	explicit_bzero(&p, sizeof(p));
	return ok;
}

static bool
make_all(struct maker *m)
{
	char *line = NULL;
	size_t room = 0, n = 0;
	bool ok = true;

	while (ok && getline(&line, &room, stdin) > 0) {
		if (n % A_BATCH == 0)
			ok = (n == 0 || run_plain(m, "COMMIT")) && run_plain(m, "BEGIN");
		ok = ok && make_one(m, line);
		n++;
	}
	ok = ok && (n == 0 || run_plain(m, "COMMIT")) && fflush(stdout) == 0;
	free(line);
	return ok;
}

static bool
open_all(struct maker *m, const struct conf *conf)
{
	const char *path = conf_str(&conf->values, "keys.file");
	size_t line = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	err_t err = fd < 0 ? ERR_SYSTEM : masters_read(fd, &m->masters, &line);

	if (fd >= 0)
		(void)close(fd);
	if (err == 0)
		err = derive_check_key(&m->masters, m->check_key);
	if (err != 0) {
		(void)fprintf(stderr, "people: %s cannot be read\n", path);
		return false;
	}
	m->client_id = conf_str(&conf->values, "spotify.client_id");
	m->mode = conf_str(&conf->values, "spotify.mode");
	m->pg = PQconnectdb(conf_str(&conf->values, "database.conninfo"));
	if (PQstatus(m->pg) != CONNECTION_OK) {
		(void)fprintf(stderr, "people: %s", PQerrorMessage(m->pg));
		return false;
	}
	return run_plain(m, "SET synchronous_commit = off");
}

int
main(int argc, char **argv)
{
	struct maker m = {.pg = NULL};
	struct conf conf;
	struct buf errors;
	bool ok;

	buf_init(&errors, 65536);
	if (argc != 2) {
		(void)fprintf(stderr, "Usage: people CONFIGURATION < LINES > TOKENS\n");
		return 2;
	}
	if (conf_load(argv[1], &conf, &errors) != 0) {
		(void)fprintf(stderr, "%s", buf_cstr(&errors));
		return 2;
	}
	ok = open_all(&m, &conf) && make_all(&m);
	PQfinish(m.pg);
	explicit_bzero(m.check_key, sizeof(m.check_key));
	masters_wipe(&m.masters);
	conf_free(&conf);
	buf_free(&errors);
	return ok ? 0 : 1;
}
