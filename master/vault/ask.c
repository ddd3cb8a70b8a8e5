/* Questions of the portal; see ask.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/ask.h"
#include "master/vault/portal.h"
#include "master/vault/users.h"

#define ASKS_MAX  512
/* Texts and own data of one question. */
#define ARENA_MAX 8192

bool
ask_is_open(const struct ask *q)
{
	return q->v->portal.ch != NULL && q->v->portal.epoch == q->epoch;
}

void
ask_free(struct ask *q)
{
	q->v->n_asks--;
	arena_reset(&q->arena);
	explicit_bzero(q->id, sizeof(q->id));
	free(q);
}

void
ask_fail(struct ask *q, enum portal_why why)
{
	portal_say_failed(q->v, q->epoch, q->request, why,
	    why == PORTAL_UNAVAILABLE ? RETRY_AFTER : 0);
	ask_free(q);
}

void
ask_succeed(struct ask *q)
{
	const struct msg_portal_ok m = {.none = 0};

	ASK_ANSWER(q, portal_ok, &m);
	ask_free(q);
}

struct ask *
ask_create(struct vault *v, const struct frame *f)
{
	struct ask *q = v->n_asks >= ASKS_MAX || !db_is_up(v->db) ? NULL : calloc(1, sizeof(*q));

	if (q == NULL) {
		portal_say_failed(v, v->portal.epoch, f->request, PORTAL_UNAVAILABLE, RETRY_AFTER);
		return NULL;
	}
	v->n_asks++;
	q->v = v;
	q->epoch = v->portal.epoch;
	q->request = f->request;
	arena_init(&q->arena, ARENA_MAX);
	return q;
}

struct ask *
ask_create_with(struct vault *v, const struct frame *f, size_t size)
{
	struct ask *q = ask_create(v, f);

	if (q != NULL && arena_alloc(&q->arena, size, &q->own) != 0) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return NULL;
	}
	return q;
}

bool
ask_has_row(struct ask *q, const struct db_answer *a, enum portal_why without)
{
	if (a->outcome == DB_DONE && a->rows > 0)
		return true;
	ask_fail(q, a->outcome == DB_DONE ? without : PORTAL_UNAVAILABLE);
	return false;
}

bool
ask_keep(struct ask *q, const struct db_answer *a, int col, struct span *out)
{
	char *copy;

	if (arena_strdup(&q->arena, db_get_span(a, 0, col), &copy) != 0)
		return false;
	*out = span_of(copy, db_get_span(a, 0, col).n);
	return true;
}

void
ask_changed(struct vault *v, const uint8_t person[ID_BYTES])
{
	struct user *u = user_find(v, person);

	users_note(v, person);
	if (u != NULL)
		user_reload(v, u);
}

void
ask_forget(struct vault *v, const uint8_t person[ID_BYTES], const uint8_t *grant)
{
	uint8_t hashes[CREDENTIALS_MAX][HASH_BYTES];
	const struct user *u = user_find(v, person);
	size_t i, n = 0;

	/* The hashes first: telling a worker may end it, and its user. */
	for (i = 0; u != NULL && i < u->n_creds && n < CREDENTIALS_MAX; i++)
		if (grant == NULL || memcmp(u->creds[i].grant, grant, ID_BYTES) == 0)
			memcpy(hashes[n++], u->creds[i].hash, HASH_BYTES);
	for (i = 0; i < n; i++)
		user_forget_credential(v, hashes[i]);
	ask_changed(v, person);
}

bool
ask_graphic(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return s.n > 0;
}
