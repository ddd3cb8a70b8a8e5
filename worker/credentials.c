/* The user's credentials; see credentials.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "worker/credentials.h"

#define FIRST_ROOM 4   /* most people have one or two */

struct list {
	struct credential *entry;   /* owned; room for `room` */
	size_t n, room;
};

struct credentials {
	struct list valid, coming;
	bool restarted;          /* entries go to `coming` */
	int64_t confirmed_ms;    /* monotonic */
};

err_t
credentials_create(struct credentials **out)
{
	struct credentials *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->confirmed_ms = clock_mono_ms();
	*out = c;
	return 0;
}

static void
list_free(struct list *l)
{
	if (l->entry != NULL)
		explicit_bzero(l->entry, l->room * sizeof(*l->entry));
	free(l->entry);
	*l = (struct list){.n = 0};
}

/* Room for one more. */
static err_t
list_grow(struct list *l)
{
	const size_t n = l->n, room = l->room == 0 ? FIRST_ROOM : 2 * l->room;
	struct credential *more;

	if (n < l->room)
		return 0;
	if (n == CREDENTIALS_MAX)
		return ERR_LIMIT;
	more = calloc(room, sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	if (n > 0)
		memcpy(more, l->entry, n * sizeof(*more));
	list_free(l);
	l->entry = more;
	l->n = n;
	l->room = room;
	return 0;
}

void
credentials_destroy(struct credentials **c)
{
	if (*c == NULL)
		return;
	list_free(&(*c)->valid);
	list_free(&(*c)->coming);
	explicit_bzero(*c, sizeof(**c));
	free(*c);
	*c = NULL;
}

void
credentials_restart(struct credentials *c)
{
	c->coming.n = 0;
	c->restarted = true;
}

void
credentials_commit(struct credentials *c)
{
	if (c->restarted) {
		list_free(&c->valid);
		c->valid = c->coming;
		c->coming = (struct list){.n = 0};
	}
	c->restarted = false;
	credentials_confirm(c);
}

static struct credential *
find(struct list *l, const uint8_t hash[HASH_BYTES])
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (memcmp(l->entry[i].hash, hash, HASH_BYTES) == 0)
			return &l->entry[i];
	return NULL;
}

err_t
credentials_add(struct credentials *c, const struct msg_credential *m)
{
	struct list *l = c->restarted ? &c->coming : &c->valid;
	struct credential *e = find(l, m->hash);

	if (e == NULL) {
		err_t err = list_grow(l);

		if (err != 0)
			return err;
		e = &l->entry[l->n++];
	}
	memcpy(e->hash, m->hash, sizeof(e->hash));
	memcpy(e->grant, m->grant, sizeof(e->grant));
	e->kind = m->cred_kind;
	e->scopes = m->scopes & SCOPE_ALL;
	e->expires_at = m->expires_at;
	if (m->client.n > 0)
		memcpy(e->client, m->client.p, m->client.n);
	e->client[m->client.n] = '\0';
	return 0;
}

static void
drop(struct list *l, const uint8_t hash[HASH_BYTES])
{
	struct credential *e = find(l, hash);

	if (e != NULL)
		*e = l->entry[--l->n];
}

void
credentials_remove(struct credentials *c, const uint8_t hash[HASH_BYTES])
{
	drop(&c->valid, hash);
	drop(&c->coming, hash);
}

void
credentials_confirm(struct credentials *c)
{
	c->confirmed_ms = clock_mono_ms();
}

int64_t
credentials_age_ms(const struct credentials *c)
{
	return clock_mono_ms() - c->confirmed_ms;
}

err_t
credentials_check(const struct credentials *c, const uint8_t hash[HASH_BYTES],
    uint8_t kind, const struct credential **out)
{
	const struct credential *found = NULL;
	size_t i;

	for (i = 0; i < c->valid.n; i++)
		if (secret_equal(c->valid.entry[i].hash, hash, HASH_BYTES))
			found = &c->valid.entry[i];
	if (found == NULL || found->kind != kind ||
	    (found->expires_at != 0 && found->expires_at <= clock_wall_s()))
		return ERR_DENIED;
	if (credentials_age_ms(c) > CONFIRMED_FOR_MS)
		return ERR_AGAIN;
	*out = found;
	return 0;
}

const char *
credentials_client(const struct credentials *c, const uint8_t grant[ID_BYTES])
{
	size_t i;

	for (i = 0; c != NULL && i < c->valid.n; i++)
		if (memcmp(c->valid.entry[i].grant, grant, ID_BYTES) == 0)
			return c->valid.entry[i].client;
	return "";
}
