/* What a fresh worker needs: collected, sent; see bind_load.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/bind_load.h"
#include "master/vault/keys.h"
#include "master/vault/permits.h"
#include "master/vault/worker.h"

/* Eight rows of 16 KiB, and texts. */
#define ARENA_MAX (192 * 1024)

static const uint8_t nil_id[ID_BYTES];

/* Columns and parts of bind_load (sql/migrations/0014_client_names.sql). */
enum column { COL_PART, COL_ID, COL_KIND, COL_NUMBER, COL_BYTES, COL_TEXTS, COL_NAME = COL_TEXTS,
	COL_BIG = 10 };
enum part { PART_PERSON, PART_CREDENTIAL, PART_ROW };

/* A copy that outlives the answer; what does not fit into max bytes could not
 * be sent later. */
static struct span
keep(struct bind *b, struct span s, size_t max)
{
	void *copy;

	if (s.n > max || arena_alloc(&b->arena, s.n + 1, &copy) != 0) {
		b->failed = true;
		return span_of(NULL, 0);
	}
	memcpy(copy, s.p, s.n);
	return span_of(copy, s.n);
}

static void
read_person(struct bind *b, const struct db_answer *a, int row)
{
	const uint8_t *id = db_get_fixed(a, row, COL_ID);
	struct msg_identity *m = &b->identity;

	if (b->state == BIND_RESOLVING)
		memcpy(b->person, id, ID_BYTES);
	else if (memcmp(b->person, id, ID_BYTES) != 0)
		b->missing = true;
	identity_read(m, b->person, a, row, COL_TEXTS);
	m->display_name = keep(b, m->display_name, 256);
	m->spotify_id = keep(b, m->spotify_id, 256);
	m->client_id = keep(b, m->client_id, 128);
	m->spotify_scopes = keep(b, m->spotify_scopes, 1024);
	b->key_id = (uint32_t)db_get_int(a, row, COL_NUMBER);
	b->wrapped = keep(b, db_get_span(a, row, COL_BYTES), 128);
}

static void
read_credential(struct bind *b, const struct db_answer *a, int row)
{
	const struct span hash = db_get_span(a, row, COL_BYTES);
	struct credential *c;

	/* creds has an entry for each row of the answer but the person's. */
	if (hash.n != HASH_BYTES || b->n_creds >= CREDENTIALS_MAX) {
		b->failed = true;
		return;
	}
	c = &b->creds[b->n_creds++];
	memcpy(c->hash, hash.p, HASH_BYTES);
	c->kind = (uint8_t)db_get_int(a, row, COL_KIND);
	memcpy(c->grant, db_get_fixed(a, row, COL_ID), ID_BYTES);
	c->scopes = (uint32_t)db_get_int(a, row, COL_NUMBER);
	c->expires_at = db_get_int(a, row, COL_BIG);
	credential_name(c, db_get_span(a, row, COL_NAME));
}

static void
read_row(struct bind *b, const struct db_answer *a, int row)
{
	struct bind_row *r;

	if (b->n_rows >= ROWS_MAX) {
		b->failed = true;
		return;
	}
	r = &b->rows[b->n_rows++];
	r->kind = (uint8_t)db_get_int(a, row, COL_KIND);
	r->version = (uint64_t)db_get_int(a, row, COL_BIG);
	memcpy(r->login, db_get_fixed(a, row, COL_ID), ID_BYTES);
	r->sealed = keep(b, db_get_span(a, row, COL_BYTES), VALUE_MAX);
}

/* The person's row comes first and once; everything else is that person's. */
static void
read_all(struct bind *b, const struct db_answer *a)
{
	int i;

	if (a->rows == 0 || db_get_int(a, 0, COL_PART) != PART_PERSON) {
		/* Without a key, for example, nobody can be served. */
		b->missing = true;
		return;
	}
	b->creds = calloc((size_t)a->rows, sizeof(*b->creds));
	if (b->creds == NULL) {
		b->failed = true;
		return;
	}
	read_person(b, a, 0);
	for (i = 1; i < a->rows; i++) {
		const int64_t part = db_get_int(a, i, COL_PART);

		if (part == PART_CREDENTIAL)
			read_credential(b, a, i);
		else if (part == PART_ROW)
			read_row(b, a, i);
		else
			b->failed = true;
	}
}

static void
on_answer(void *arg, const struct db_answer *a)
{
	struct bind *b = arg;

	if (a->outcome == DB_DONE)
		read_all(b, a);
	else
		b->failed = true;
	b->then(b);
}

void
bind_unload(struct bind *b)
{
	arena_reset(&b->arena);
	free(b->creds);
	b->creds = NULL;
	b->n_creds = 0;
	b->n_rows = 0;
	b->loaded = b->failed = b->missing = false;
}

void
bind_load(struct bind *b, void (*done)(struct bind *b))
{
	bind_unload(b);
	arena_init(&b->arena, ARENA_MAX);
	b->then = done;
	b->asked = b->v->news.n;
	db_call(b->v->db, ST_bind_load, (struct db_value[]){DB_HASH(b->hash), DB_INT2(b->kind)},
	    on_answer, b);
}

err_t
bind_send(struct bind *b)
{
	const struct msg_identity_end end = {.none = 0};
	struct channel *ch = b->worker->ch;
	err_t err = permits_join(b->v, b->worker->user, b->identity.client_id, b->identity.mode != 0);
	unsigned i;
	size_t k;

	if (err == 0)
		err = send_identity(ch, 0, &b->identity);
	for (k = 0; err == 0 && k < b->n_creds; k++)
		err = credential_send(b->worker, &b->creds[k]);
	for (i = 0; err == 0 && i < b->n_rows; i++) {
		struct msg_row m = {.kind = b->rows[i].kind, .version = b->rows[i].version,
		    .sealed = b->rows[i].sealed};

		memcpy(m.login, b->rows[i].login, ID_BYTES);
		err = send_row(ch, 0, &m);
	}
	if (err == 0)
		err = send_identity_end(ch, 0, &end);
	return err;
}

static void
on_key_answer(void *arg, const struct key_answer *a)
{
	struct bind *b = arg;

	if (a != NULL && a->outcome != KEY_DONE)
		b->keys_failed = true;
	b->keys_open--;
	if (b->keys_open == 0)
		b->then(b);
}

/* Is this login's key asked for already, by an earlier row? */
static bool
seen_login(const struct bind *b, unsigned i)
{
	unsigned k;

	for (k = 0; k < i; k++)
		if (memcmp(b->rows[k].login, b->rows[i].login, ID_BYTES) == 0)
			return true;
	return memcmp(b->rows[i].login, nil_id, ID_BYTES) == 0;
}

void
bind_key(struct bind *b, void (*done)(struct bind *b))
{
	unsigned i;

	b->then = done;
	b->keys_failed = false;
	/* The keyring closes its channel to the worker behind the user's key, so
	 * that comes last.  One more than questions: an answer may come at once. */
	b->keys_open = 1;
	for (i = 0; i < b->n_rows; i++)
		if (!seen_login(b, i)) {
			b->keys_open++;
			keys_login_for_worker(b->v, b->worker->id, b->rows[i].login,
			    on_key_answer, b);
		}
	b->keys_open++;
	keys_for_worker(b->v, b->worker->id, b->person, b->key_id, b->wrapped,
	    on_key_answer, b);
	on_key_answer(b, NULL);
}
