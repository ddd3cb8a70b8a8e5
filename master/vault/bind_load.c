/* What a fresh worker needs: collected, sent; see bind_load.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/bind_load.h"
#include "master/vault/keys.h"
#include "master/vault/worker.h"

/* Eight rows of 16 KiB, and texts. */
#define ARENA_MAX (192 * 1024)

static const uint8_t nil_id[ID_BYTES];

/* One answer less to wait for. */
static void
loaded_one(struct bind *b)
{
	b->open--;
	if (b->open == 0)
		b->then(b);
}

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

/* True when the answer has rows to read. */
static bool
usable(struct bind *b, const struct db_answer *a, bool needed)
{
	if (a->outcome != DB_DONE)
		b->failed = true;
	else if (needed && a->rows == 0)
		b->missing = true;
	return a->outcome == DB_DONE && a->rows > 0;
}

static void
on_person(void *arg, const struct db_answer *a)
{
	struct bind *b = arg;
	struct msg_identity *m = &b->identity;

	if (usable(b, a, true)) {
		identity_read(m, b->person, a);
		m->display_name = keep(b, m->display_name, 256);
		m->spotify_id = keep(b, m->spotify_id, 256);
		m->client_id = keep(b, m->client_id, 128);
		m->spotify_scopes = keep(b, m->spotify_scopes, 1024);
	}
	loaded_one(b);
}

static void
on_key(void *arg, const struct db_answer *a)
{
	struct bind *b = arg;

	if (usable(b, a, true)) {
		b->key_id = (uint32_t)db_get_int(a, 0, 0);
		b->wrapped = keep(b, db_get_span(a, 0, 1), 128);
	}
	loaded_one(b);
}

static void
on_credentials(void *arg, const struct db_answer *a)
{
	struct bind *b = arg;

	if (usable(b, a, true) && credentials_read(a, &b->creds, &b->n_creds) != 0)
		b->failed = true;
	loaded_one(b);
}

static void
on_rows(void *arg, const struct db_answer *a)
{
	struct bind *b = arg;
	int i;

	if (usable(b, a, false))
		for (i = 0; i < a->rows; i++) {
			struct bind_row *r = &b->rows[i];

			r->kind = (uint8_t)db_get_int(a, i, 0);
			r->version = (uint64_t)db_get_int(a, i, 1);
			memcpy(r->login, db_get_fixed(a, i, 2), ID_BYTES);
			r->sealed = keep(b, db_get_span(a, i, 3), VALUE_MAX);
			b->n_rows++;
		}
	loaded_one(b);
}

void
bind_unload(struct bind *b)
{
	arena_reset(&b->arena);
	free(b->creds);
	b->creds = NULL;
	b->n_creds = 0;
	b->n_rows = 0;
	b->failed = b->missing = false;
}

void
bind_load(struct bind *b, void (*done)(struct bind *b))
{
	struct db *db = b->v->db;

	bind_unload(b);
	arena_init(&b->arena, ARENA_MAX);
	b->then = done;
	/* One more than there are questions: an answer may come at once. */
	b->open = 5;
	db_call(db, ST_person_get, (struct db_value[]){DB_UUID(b->person)}, on_person, b);
	db_call(db, ST_key_get, (struct db_value[]){DB_UUID(b->person)}, on_key, b);
	db_call(db, ST_row_list, (struct db_value[]){DB_UUID(b->person)}, on_rows, b);
	db_call(db, ST_credential_list, (struct db_value[]){DB_UUID(b->person)},
	    on_credentials, b);
	loaded_one(b);
}

err_t
bind_send(struct bind *b)
{
	const struct msg_identity_end end = {.none = 0};
	struct channel *ch = b->worker->ch;
	err_t err = send_identity(ch, 0, &b->identity);
	unsigned i;
	size_t k;

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
