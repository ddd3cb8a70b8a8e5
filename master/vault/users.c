/* Users, their credentials and what changes about them; see users.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/vault/bind.h"
#include "master/vault/breaker.h"
#include "master/vault/limits.h"
#include "master/vault/permits.h"
#include "master/vault/users.h"
#include "master/vault/worker.h"
#include "shared/base/ascii.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

struct user *
user_find(struct vault *v, const uint8_t id[ID_BYTES])
{
	struct table_node *node = table_find(&v->users, id);

	return node == NULL ? NULL : table_object(node, struct user, node);
}

err_t
user_create(struct vault *v, const uint8_t id[ID_BYTES], struct worker *w, struct user **out)
{
	struct user *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return ERR_NOMEM;
	memcpy(u->id, id, ID_BYTES);
	u->worker = w;
	/* Whose application it is comes with the identity. */
	if (permits_join(v, u, span_of(NULL, 0), false) != 0) {
		free(u);
		return ERR_NOMEM;
	}
	w->user = u;
	table_add(&v->users, &u->node, u->id);
	*out = u;
	return 0;
}

static void
drop_credentials(struct vault *v, struct user *u)
{
	size_t i;

	for (i = 0; i < u->n_creds; i++)
		table_remove(&v->creds, &u->creds[i].node);
	free(u->creds);
	u->creds = NULL;
	u->n_creds = 0;
}

void
user_free(struct vault *v, struct user **up)
{
	struct user *u = *up;
	uint8_t id[ID_BYTES];

	*up = NULL;
	memcpy(id, u->id, sizeof(id));
	drop_credentials(v, u);
	permits_leave(u);
	table_remove(&v->users, &u->node);
	u->worker->user = NULL;
	free(u);
	/* Its worker may have stored rows until now. */
	users_note(v, id);
	binds_wake(v, id);
}

const struct credential *
user_credential(const struct user *u, const uint8_t hash[HASH_BYTES])
{
	size_t i;

	for (i = 0; i < u->n_creds; i++)
		if (memcmp(u->creds[i].hash, hash, HASH_BYTES) == 0)
			return &u->creds[i];
	return NULL;
}

struct user *
user_from_memory(struct vault *v, const uint8_t hash[HASH_BYTES], uint8_t kind)
{
	struct table_node *node = table_find(&v->creds, hash);
	const struct credential *c;

	if (node == NULL)
		return NULL;
	c = table_object(node, struct credential, node);
	if (c->kind != kind || c->user->state != USER_BOUND || c->user->confirmed_at == 0 ||
	    clock_mono_ms() - c->user->confirmed_at > (int64_t)v->set.confirm_ms ||
	    (c->expires_at != 0 && c->expires_at <= clock_wall_s()))
		return NULL;
	return c->user;
}

void
credential_name(struct credential *c, struct span name)
{
	size_t n = name.n < CLIENT_NAME ? name.n : CLIENT_NAME;

	if (n > 0)
		memcpy(c->client, name.p, n);
	c->client[n] = '\0';
}

err_t
credentials_read(const struct db_answer *a, struct credential **out, size_t *n)
{
	struct credential *creds = NULL;
	int i;

	if (a->rows > 0) {
		creds = calloc((size_t)a->rows, sizeof(*creds));
		if (creds == NULL)
			return ERR_NOMEM;
	}
	for (i = 0; i < a->rows; i++) {
		memcpy(creds[i].hash, db_get_fixed(a, i, 0), HASH_BYTES);
		creds[i].kind = (uint8_t)db_get_int(a, i, 1);
		memcpy(creds[i].grant, db_get_fixed(a, i, 2), ID_BYTES);
		creds[i].scopes = (uint32_t)db_get_int(a, i, 3);
		creds[i].expires_at = db_get_int(a, i, 4);
		credential_name(&creds[i], db_get_span(a, i, 5));
	}
	*out = creds;
	*n = (size_t)a->rows;
	return 0;
}

void
user_set_credentials(struct vault *v, struct user *u, struct credential *creds, size_t n)
{
	size_t i;

	drop_credentials(v, u);
	u->creds = creds;
	u->n_creds = creds == NULL ? 0 : n;
	for (i = 0; i < u->n_creds; i++) {
		creds[i].user = u;
		table_add(&v->creds, &creds[i].node, creds[i].hash);
	}
	u->confirmed_at = clock_mono_ms();
}

/* --- telling what changed ------------------------------------------------------ */

static void
drop_route(struct vault *v, const uint8_t hash[HASH_BYTES])
{
	struct msg_route_drop m;

	if (v->front.ch == NULL)
		return;
	memcpy(m.hash, hash, HASH_BYTES);
	vault_sent(send_route_drop(v->front.ch, 0, &m), "front");
}

static bool
same(const struct credential *a, const struct credential *b)
{
	return a->kind == b->kind && a->scopes == b->scopes && a->expires_at == b->expires_at &&
	    memcmp(a->grant, b->grant, ID_BYTES) == 0;
}

/* Tells worker and front of those that are in the user's list and not in creds,
 * then the worker of entries that are new or changed: so its list never holds
 * more than either. */
static err_t
tell_difference(struct vault *v, const struct user *u, const struct credential *creds, size_t n)
{
	err_t err = 0;
	size_t i, k;

	for (i = 0; err == 0 && i < u->n_creds; i++) {
		struct msg_credential_gone m;

		for (k = 0; k < n; k++)
			if (memcmp(creds[k].hash, u->creds[i].hash, HASH_BYTES) == 0)
				break;
		if (k < n)
			continue;
		memcpy(m.hash, u->creds[i].hash, HASH_BYTES);
		err = send_credential_gone(u->worker->ch, 0, &m);
		drop_route(v, m.hash);
	}
	for (i = 0; creds != NULL && err == 0 && i < n; i++) {
		const struct credential *old = user_credential(u, creds[i].hash);

		if (old == NULL || !same(old, &creds[i]))
			err = credential_send(u->worker, &creds[i]);
	}
	return err;
}

static void
tell_confirmed(struct user *u)
{
	const struct msg_confirmed m = {.none = 0};

	worker_sent(u->worker, send_confirmed(u->worker->ch, 0, &m));
}

void
user_forget_credential(struct vault *v, const uint8_t hash[HASH_BYTES])
{
	struct table_node *node = table_find(&v->creds, hash);
	struct credential *c = node == NULL ? NULL : table_object(node, struct credential, node);
	struct msg_credential_gone m;

	drop_route(v, hash);
	/* Its entry stays until the list is read again, but fits nothing now. */
	if (c == NULL || c->kind == CRED_NONE)
		return;
	c->kind = CRED_NONE;
	if (c->user->state != USER_BOUND)
		return;
	memcpy(m.hash, hash, HASH_BYTES);
	worker_sent(c->user->worker, send_credential_gone(c->user->worker->ch, 0, &m));
}

/* --- reading anew ---------------------------------------------------------------- */

/* Names the user of a question; the answer finds out whether it is still the
 * same one with the same worker. */
struct user_ask {
	struct vault *v;
	uint8_t user[ID_BYTES];
	uint64_t worker;
};

static struct user_ask *
user_ask(struct vault *v, const struct user *u)
{
	struct user_ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->v = v;
	memcpy(a->user, u->id, ID_BYTES);
	a->worker = u->worker->id;
	return a;
}

static struct user *
asked_user(const struct user_ask *a)
{
	struct user *u = user_find(a->v, a->user);

	return u != NULL && u->worker->id == a->worker && u->state == USER_BOUND ? u : NULL;
}

static void
on_reloaded(void *arg, const struct db_answer *answer)
{
	struct user_ask *ask = arg;
	struct vault *v = ask->v;
	struct user *u = asked_user(ask);
	struct credential *creds = NULL;
	struct worker *w;
	size_t n = 0;
	err_t err;

	free(ask);
	if (u == NULL)
		return;
	u->loading = false;
	if (answer->outcome != DB_DONE || credentials_read(answer, &creds, &n) != 0) {
		/* users_retry takes it up again. */
		u->stale = true;
		return;
	}
	if (u->stale) {
		/* Something changed after the question left: this answer may be
		 * older than the change and must not be kept. */
		free(creds);
		user_reload(v, u);
		return;
	}
	w = u->worker;
	if (u->restoring) {
		user_set_credentials(v, u, creds, n);
		user_check_person(v, u);
		return;
	}
	worker_pin(w);
	err = tell_difference(v, u, creds, n);
	user_set_credentials(v, u, creds, n);
	worker_sent(w, err);
	if (listen_is_up(v->listen) && u->state == USER_BOUND)
		tell_confirmed(u);
	if (n == 0 && u->state == USER_BOUND)
		user_check_person(v, u);
	binds_wake(v, u->id);
	worker_unpin(w);
}

void
user_reload(struct vault *v, struct user *u)
{
	struct user_ask *ask;

	if (u->loading || u->state != USER_BOUND) {
		u->stale = true;
		return;
	}
	ask = user_ask(v, u);
	if (ask == NULL) {
		u->stale = true;
		return;
	}
	u->loading = true;
	u->stale = false;
	db_call(v->db, ST_credential_entries, (struct db_value[]){DB_UUID(ask->user)},
	    on_reloaded, ask);
}

/* A worker from before the vault's restart has an old list: it gets a whole
 * new one, as at its bind, which ends whatever was revoked meanwhile. */
static void
tell_all(struct vault *v, struct user *u, const struct db_answer *a)
{
	const struct msg_identity_end end = {.none = 0};
	struct worker *w = u->worker;
	struct msg_identity m;
	size_t i;
	err_t err;

	if (u->loading || u->stale)
		return;     /* the list comes again, and this after it */
	u->restoring = false;
	identity_read(&m, u->id, a, 0, 0);
	worker_pin(w);
	err = permits_join(v, u, m.client_id, m.mode != 0);
	if (err == 0)
		err = send_identity(w->ch, 0, &m);
	for (i = 0; err == 0 && i < u->n_creds; i++)
		err = credential_send(w, &u->creds[i]);
	if (err == 0)
		err = send_identity_end(w->ch, 0, &end);
	worker_sent(w, err);
	binds_wake(v, u->id);
	worker_unpin(w);
}

void
identity_read(struct msg_identity *m, const uint8_t user[ID_BYTES], const struct db_answer *a,
    int row, int first)
{
	memcpy(m->user, user, ID_BYTES);
	m->display_name = db_get_span(a, row, first);
	m->spotify_id = db_get_span(a, row, first + 1);
	m->client_id = db_get_span(a, row, first + 2);
	/* The quota mode of the person's Spotify application. */
	m->mode = span_is(db_get_span(a, row, first + 3), "extended") ? 1 : 0;
	m->spotify_scopes = db_get_span(a, row, first + 4);
	m->authorized_at = db_get_int(a, row, first + 5);
}

static void
on_checked(void *arg, const struct db_answer *answer)
{
	struct user_ask *ask = arg;
	struct vault *v = ask->v;
	struct user *u = asked_user(ask);
	int64_t authorized_at;
	bool again;

	free(ask);
	if (u == NULL)
		return;
	u->checking = false;
	if (answer->outcome != DB_DONE || u->check_again) {
		u->check_again = true;
		return;
	}
	if (answer->rows == 0) {
		user_revoked(v, u);
		return;
	}
	authorized_at = db_get_int(answer, 0, 5);
	again = u->authorized_at != 0 && authorized_at != u->authorized_at;
	u->authorized_at = authorized_at;
	if (again)
		user_refreshed(v, u);
	else if (u->restoring)
		tell_all(v, u, answer);
}

void
user_check_person(struct vault *v, struct user *u)
{
	struct user_ask *ask = u->checking ? NULL : user_ask(v, u);

	if (ask == NULL) {
		u->check_again = true;
		return;
	}
	u->checking = true;
	u->check_again = false;
	db_call(v->db, ST_person_get, (struct db_value[]){DB_UUID(ask->user)}, on_checked, ask);
}

void
user_refreshed(struct vault *v, struct user *u)
{
	const struct msg_refreshed m = {.none = 0};

	(void)v;
	if (u->refreshed || u->state != USER_BOUND)
		return;
	u->refreshed = true;
	worker_sent(u->worker, send_refreshed(u->worker->ch, 0, &m));
}

void
user_revoked(struct vault *v, struct user *u)
{
	size_t i;

	for (i = 0; i < u->n_creds; i++)
		drop_route(v, u->creds[i].hash);
	worker_condemn(u->worker, KILL_REVOKED);
}

static void
retry_one(void *arg, struct table_node *node)
{
	struct user *u = table_object(node, struct user, node);

	if (u->state != USER_BOUND)
		return;
	if (u->stale && !u->loading)
		user_reload(arg, u);
	if (u->state == USER_BOUND && u->check_again && !u->checking)
		user_check_person(arg, u);
}

void
users_retry(struct vault *v)
{
	if (db_is_up(v->db))
		table_each(&v->users, retry_one, v);
}

/* --- news ------------------------------------------------------------------------ */

void
users_note(struct vault *v, const uint8_t id[ID_BYTES])
{
	struct news *news = &v->news;

	if (id != NULL)
		memcpy(news->who[news->n % NEWS_KEPT], id, ID_BYTES);
	news->n++;
	if (id == NULL)
		news->all = news->n;
}

bool
users_noted(const struct vault *v, const uint8_t id[ID_BYTES], uint64_t since)
{
	const struct news *news = &v->news;

	if (since < news->all || news->n - since > NEWS_KEPT)
		return true;
	for (; since < news->n; since++)
		if (memcmp(news->who[since % NEWS_KEPT], id, ID_BYTES) == 0)
			return true;
	return false;
}

/* --- what LISTEN says ------------------------------------------------------------ */

static void
suspect(void *arg, struct table_node *node)
{
	struct user *u = table_object(node, struct user, node);

	user_reload(arg, u);
	if (u->state == USER_BOUND)
		user_check_person(arg, u);
}

/* Changes may have been missed: everything is confirmed anew. */
static void
on_listening(void *arg)
{
	struct vault *v = arg;

	log_info("db_listening");
	v->heard++;
	vault_tell_health(v);
	users_note(v, NULL);
	table_each(&v->users, suspect, v);
}

static void
confirm_one(void *arg, struct table_node *node)
{
	struct user *u = table_object(node, struct user, node);

	(void)arg;
	if (u->state != USER_BOUND || u->stale || u->loading)
		return;
	u->confirmed_at = clock_mono_ms();
	tell_confirmed(u);
}

static void
on_proved(void *arg)
{
	struct vault *v = arg;

	/* While the list of one cannot be read, the proof is not about it. */
	if (db_is_up(v->db))
		table_each(&v->users, confirm_one, v);
}

bool
users_read_id(const char *text, uint8_t id[ID_BYTES])
{
	size_t i, n = 0;

	for (i = 0; i < 36 && text[i] != '\0'; i++) {
		int d = ascii_hex((uint8_t)text[i]);

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (d < 0)
			return false;
		id[n / 2] = (uint8_t)(n % 2 == 0 ? d << 4 : id[n / 2] | d);
		n++;
	}
	return n == 2 * ID_BYTES && text[i] == '\0';
}

/* Front may keep streams of a credential whose person has no worker, or one
 * that leaves before the list is read again. */
static void
drop_noted(struct vault *v, const struct user *u, const char *hex)
{
	uint8_t hash[HASH_BYTES];

	if (!ascii_unhex(span_of(hex, strnlen(hex, 2 * HASH_BYTES)), hash, sizeof(hash)))
		return;
	/* One that nobody knows yet is new: it may be in use before its note comes. */
	if (u == NULL || u->state != USER_BOUND || user_credential(u, hash) != NULL)
		drop_route(v, hash);
}

/* "credential HEX PERSON" or "person PERSON", or what others know. */
static void
on_note(void *arg, const char *payload)
{
	struct vault *v = arg;
	const char *last = strrchr(payload, ' ');
	uint8_t id[ID_BYTES];
	struct user *u;

	if (limits_note(v, payload) || breaker_note(v, payload))
		return;
	if (last == NULL || !users_read_id(last + 1, id)) {
		log_warn("db_note_odd");
		return;
	}
	users_note(v, id);
	u = user_find(v, id);
	if (strncmp(payload, "credential ", 11) == 0)
		drop_noted(v, u, payload + 11);
	if (u == NULL)
		return;
	user_reload(v, u);
	if (strncmp(payload, "person ", 7) == 0 && u->state == USER_BOUND)
		user_check_person(v, u);
}

const struct listen_duty users_listen_duty = {
	.up = on_listening, .note = on_note, .proved = on_proved,
};
