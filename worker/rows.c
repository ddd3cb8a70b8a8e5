/* Sealed rows; see rows.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/crypto/seal.h"
#include "shared/fault/fault.h"
#include "worker/rows.h"
#include "worker/worker.h"

#define ROW_BYTES    16384
#define LOGINS       4
#define RETRY_FIRST  1      /* seconds until a failed store is repeated */
#define RETRY_MOST   30

struct login_key {
	uint8_t login[ID_BYTES];
	struct secret key;
};

/* One row.  A store and a question (lease, reread) may be open at once. */
struct row {
	struct rows *rows;
	uint8_t kind;
	bool there;
	uint64_t version;
	uint8_t login[ID_BYTES];    /* whose key seals `sealed` */
	struct buf sealed;          /* as it came; until it was opened */

	struct secret plain;        /* to be stored; empty: nothing is */
	uint64_t store_id;          /* number of the STORE under way; 0: none */
	bool again;                 /* plain changed while it was under way */
	row_answer stored;
	void *stored_arg;
	struct event *retry;
	unsigned wait_s;

	uint8_t question;           /* MSG_LEASE, MSG_REREAD or MSG_NONE */
	uint64_t question_id;
	row_answer answer;
	void *answer_arg;
};

struct rows {
	struct worker *worker;
	struct login_key logins[LOGINS];
	unsigned n_logins;
	struct row row[ROW_COUNT];
	uint64_t last_id;
};

static const uint8_t nobody[ID_BYTES];

static void store_now(struct row *row);

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	store_now(arg);
}

err_t
rows_create(struct worker *w, struct rows **out)
{
	struct rows *r = calloc(1, sizeof(*r));
	uint8_t k;

	if (r == NULL)
		return ERR_NOMEM;
	r->worker = w;
	for (k = 1; k < ROW_COUNT; k++) {
		struct row *row = &r->row[k];

		row->rows = r;
		row->kind = k;
		buf_init(&row->sealed, ROW_BYTES);
		row->retry = event_new(loop_base(w->loop), -1, 0, on_retry, row);
		if (row->retry == NULL) {
			rows_destroy(&r);
			return ERR_NOMEM;
		}
	}
	*out = r;
	return 0;
}

void
rows_forget_login_keys(struct rows *r)
{
	unsigned i;

	for (i = 0; i < r->n_logins; i++)
		secret_clear(&r->logins[i].key);
	r->n_logins = 0;
}

void
rows_destroy(struct rows **r)
{
	uint8_t k;

	if (*r == NULL)
		return;
	rows_forget_login_keys(*r);
	for (k = 1; k < ROW_COUNT; k++) {
		struct row *row = &(*r)->row[k];

		buf_free(&row->sealed);
		secret_clear(&row->plain);
		if (row->retry != NULL)
			event_free(row->retry);
	}
	free(*r);
	*r = NULL;
}

err_t
rows_on_login_key(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct login_key *k;
	struct msg_login_key m;
	err_t err;

	(void)ch;
	err = msg_get_login_key(f->body, &m);
	if (err != 0)
		return err;
	if (w->rows->n_logins == LOGINS) {
		err = ERR_LIMIT;
	} else {
		k = &w->rows->logins[w->rows->n_logins];
		memcpy(k->login, m.login, sizeof(k->login));
		err = secret_set(&k->key, span_of(m.key, sizeof(m.key)));
		if (err == 0)
			w->rows->n_logins++;
	}
	explicit_bzero(&m, sizeof(m));
	return err;
}

err_t
rows_on_row(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_row m;
	struct row *row;
	err_t err;

	(void)ch;
	err = msg_get_row(f->body, &m);
	if (err != 0)
		return err;
	if (m.kind == ROW_NONE)
		return ERR_SYNTAX;
	/* Bound: it goes on with what it has (REFRESHED).  A kind that a newer
	 * node has stored is left as it is. */
	if (w->bound || m.kind >= ROW_COUNT)
		return 0;
	row = &w->rows->row[m.kind];
	buf_clear(&row->sealed);
	err = buf_put_span(&row->sealed, m.sealed);
	row->there = err == 0;
	row->version = m.version;
	memcpy(row->login, m.login, sizeof(row->login));
	return err;
}

/* The key that opens what is sealed for this login, or for the user. */
static const struct secret *
key_of(const struct rows *r, const uint8_t login[ID_BYTES])
{
	unsigned i;

	if (memcmp(login, nobody, ID_BYTES) == 0)
		return &r->worker->key;
	for (i = 0; i < r->n_logins; i++)
		if (memcmp(r->logins[i].login, login, ID_BYTES) == 0)
			return &r->logins[i].key;
	return NULL;
}

static err_t
unseal(struct rows *r, uint8_t kind, uint64_t version, const uint8_t login[ID_BYTES],
    struct span sealed, struct buf *out)
{
	const struct secret *key = key_of(r, login);
	const bool own = memcmp(login, nobody, ID_BYTES) == 0;
	struct seal_place place = {.kind = kind, .version = own ? version : 0};

	if (key == NULL || key->len != SEAL_KEY_BYTES)
		return ERR_NOTFOUND;
	memcpy(place.owner, own ? r->worker->who.user : login, ID_BYTES);
	return open_row(key->page, &place, sealed, out);
}

err_t
rows_open(struct rows *r, uint8_t kind, struct buf *out)
{
	struct row *row = &r->row[kind];
	const size_t start = out->len;
	err_t err;

	if (!row->there)
		return 0;
	err = unseal(r, kind, row->version, row->login, buf_span(&row->sealed), out);
	buf_clear(&row->sealed);
	if (err != 0) {
		worker_log(r->worker, WEV_row_unreadable, kind, err, 0, 0);
		return err == ERR_NOMEM ? err : 0;
	}
	if (memcmp(row->login, nobody, ID_BYTES) != 0 &&
	    row_store(r->worker, kind, span_of(out->data + start, out->len - start), NULL, NULL) != 0)
		worker_log(r->worker, WEV_protocol_error, err, kind, 0, 0);
	return 0;
}

/* Seals and sends what is to be stored. */
static void
store_now(struct row *row)
{
	struct worker *w = row->rows->worker;
	struct seal_place place = {.kind = row->kind, .version = row->version + 1};
	struct msg_store m = {.kind = row->kind, .version = row->version};
	struct buf sealed;
	err_t err;

	if (row->plain.len == 0 || w->vault == NULL || w->key.len != SEAL_KEY_BYTES)
		return;
	buf_init(&sealed, ROW_BYTES);
	memcpy(place.owner, w->who.user, ID_BYTES);
	err = seal_row(w->key.page, &place, secret_span(&row->plain), &sealed);
	if (err == 0) {
		m.sealed = buf_span(&sealed);
		row->store_id = ++row->rows->last_id;
		row->again = false;
		FAULT(worker_store);
		err = send_store(w->vault, row->store_id, &m);
	}
	buf_free(&sealed);
	if (err != 0) {
		const struct timeval tv = {.tv_sec = RETRY_FIRST};

		row->store_id = 0;
		worker_log(w, WEV_protocol_error, err, row->kind, 0, 0);
		(void)event_add(row->retry, &tv);
	}
}

err_t
row_store(struct worker *w, uint8_t kind, struct span plain, row_answer fn, void *arg)
{
	struct row *row;
	err_t err;

	if (kind == ROW_NONE || kind >= ROW_COUNT || plain.n == 0)
		return ERR_STATE;
	row = &w->rows->row[kind];
	err = secret_set(&row->plain, plain);
	if (err != 0)
		return err;
	row->stored = fn;
	row->stored_arg = arg;
	row->again = true;
	/* While one is under way the next waits for its word: it carries the
	 * version that the answer tells. */
	if (row->store_id == 0)
		store_now(row);
	return 0;
}

static err_t
ask(struct worker *w, struct row *row)
{
	const struct msg_lease lease = {.kind = row->kind, .version = row->version};
	const struct msg_reread reread = {.kind = row->kind};

	if (w->vault == NULL)
		return 0;     /* asked when it is back */
	return row->question == MSG_LEASE ? send_lease(w->vault, row->question_id, &lease) :
	    send_reread(w->vault, row->question_id, &reread);
}

static err_t
question(struct worker *w, uint8_t kind, uint8_t type, row_answer fn, void *arg)
{
	struct row *row;
	err_t err;

	if (kind == ROW_NONE || kind >= ROW_COUNT)
		return ERR_STATE;
	row = &w->rows->row[kind];
	if (row->question != MSG_NONE || w->vault == NULL)
		return row->question != MSG_NONE ? ERR_STATE : ERR_AGAIN;
	row->question = type;
	row->question_id = ++w->rows->last_id;
	row->answer = fn;
	row->answer_arg = arg;
	err = ask(w, row);
	if (err != 0)
		row->question = MSG_NONE;
	return err;
}

err_t
row_lease(struct worker *w, uint8_t kind, row_answer fn, void *arg)
{
	FAULT(worker_lease);
	return question(w, kind, MSG_LEASE, fn, arg);
}

err_t
row_reread(struct worker *w, uint8_t kind, row_answer fn, void *arg)
{
	return question(w, kind, MSG_REREAD, fn, arg);
}

/* The row whose store or question has this number. */
static struct row *
find(struct rows *r, uint64_t id, bool *is_store)
{
	uint8_t k;

	for (k = 1; k < ROW_COUNT && id != 0; k++) {
		struct row *row = &r->row[k];

		if (row->store_id == id || (row->question != MSG_NONE && row->question_id == id)) {
			*is_store = row->store_id == id;
			return row;
		}
	}
	return NULL;
}

static void
answer(struct row *row, enum row_outcome outcome, struct span plain, uint32_t retry_ms)
{
	row_answer fn = row->answer;

	row->question = MSG_NONE;
	row->answer = NULL;
	if (fn != NULL)
		fn(row->answer_arg, outcome, plain, retry_ms);
}

/* A store is over; goes on with what was given meanwhile. */
static void
store_over(struct row *row, enum row_outcome outcome, struct span plain)
{
	row_answer fn = row->stored;

	row->store_id = 0;
	row->wait_s = 0;
	if (row->again) {
		store_now(row);
		return;
	}
	secret_clear(&row->plain);
	row->stored = NULL;
	if (fn != NULL)
		fn(row->stored_arg, outcome, plain, 0);
}

err_t
rows_on_stored(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_stored m;
	struct row *row;
	bool is_store;
	err_t err;

	(void)ch;
	err = msg_get_stored(f->body, &m);
	if (err != 0)
		return err;
	row = find(w->rows, f->request, &is_store);
	if (row == NULL || !is_store)
		return 0;
	row->version = m.version;
	row->there = true;
	store_over(row, ROW_DONE, span_of(NULL, 0));
	return 0;
}

/* What stands there now is newer, or what was asked for. */
static void
take_newer(struct rows *r, struct row *row, bool is_store, const struct msg_store_conflict *m)
{
	struct buf plain;
	err_t err;

	buf_init(&plain, ROW_BYTES);
	row->version = m->version;
	err = m->version == 0 ? ERR_NOTFOUND :
	    unseal(r, row->kind, m->version, m->login, m->sealed, &plain);
	if (is_store && m->version == 0) {
		row->again = true;      /* nothing there any more: store as the first */
		store_over(row, ROW_DONE, span_of(NULL, 0));
	} else if (err != 0) {
		/* Sealed for a login after this worker's keys came: the vault
		 * will have the worker retire; until then nothing is certain. */
		worker_log(r->worker, WEV_row_unreadable, row->kind, err, 0, 0);
		if (is_store) {
			row->again = false;
			store_over(row, ROW_AWAY, span_of(NULL, 0));
		} else {
			answer(row, ROW_AWAY, span_of(NULL, 0), 0);
		}
	} else if (!is_store) {
		answer(row, ROW_NEWER, buf_span(&plain), 0);
	} else if (span_eq(buf_span(&plain), secret_span(&row->plain))) {
		/* Our own, whose acknowledgement was lost with a channel. */
		row->again = false;
		store_over(row, ROW_DONE, span_of(NULL, 0));
	} else {
		row->again = false;
		store_over(row, ROW_NEWER, buf_span(&plain));
	}
	buf_free(&plain);
}

err_t
rows_on_conflict(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_store_conflict m;
	struct row *row;
	bool is_store;
	err_t err;

	(void)ch;
	err = msg_get_store_conflict(f->body, &m);
	if (err != 0)
		return err;
	row = find(w->rows, f->request, &is_store);
	if (row != NULL && m.kind == row->kind)
		take_newer(w->rows, row, is_store, &m);
	return 0;
}

err_t
rows_on_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct timeval tv = {0};
	struct msg_store_failed m;
	struct row *row;
	bool is_store;
	err_t err;

	(void)ch;
	err = msg_get_store_failed(f->body, &m);
	if (err != 0)
		return err;
	row = find(w->rows, f->request, &is_store);
	if (row == NULL)
		return 0;
	if (!is_store) {
		answer(row, ROW_AWAY, span_of(NULL, 0), m.retry_after * 1000);
		return 0;
	}
	row->store_id = 0;
	row->wait_s = row->wait_s == 0 ? RETRY_FIRST : row->wait_s * 2;
	if (row->wait_s < m.retry_after)
		row->wait_s = m.retry_after;
	if (row->wait_s > RETRY_MOST)
		row->wait_s = RETRY_MOST;
	tv.tv_sec = row->wait_s;
	(void)event_add(row->retry, &tv);
	worker_log(w, WEV_store_pending, rows_pending(w->rows), 0, 0, 0);
	if (row->stored != NULL)
		row->stored(row->stored_arg, ROW_AWAY, span_of(NULL, 0), row->wait_s * 1000);
	return 0;
}

err_t
rows_on_leased(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct row *row;
	bool is_store;

	(void)ch;
	row = find(w->rows, f->request, &is_store);
	if (row != NULL && !is_store)
		answer(row, ROW_DONE, span_of(NULL, 0), 0);
	return f->body.n == 0 ? 0 : ERR_SYNTAX;
}

err_t
rows_on_busy(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_lease_busy m;
	struct row *row;
	bool is_store;
	err_t err;

	(void)ch;
	err = msg_get_lease_busy(f->body, &m);
	if (err != 0)
		return err;
	row = find(w->rows, f->request, &is_store);
	if (row != NULL && !is_store)
		answer(row, ROW_BUSY, span_of(NULL, 0), m.retry_ms);
	return 0;
}

void
rows_vault_back(struct rows *r)
{
	uint8_t k;

	for (k = 1; k < ROW_COUNT; k++) {
		struct row *row = &r->row[k];

		row->store_id = 0;
		store_now(row);
		if (row->question != MSG_NONE && ask(r->worker, row) != 0)
			answer(row, ROW_AWAY, span_of(NULL, 0), 0);
	}
}

unsigned
rows_pending(const struct rows *r)
{
	unsigned n = 0;
	uint8_t k;

	for (k = 1; k < ROW_COUNT; k++)
		n += r->row[k].plain.len > 0;
	return n;
}
