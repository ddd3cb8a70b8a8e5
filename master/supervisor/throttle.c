/* Waits that double; see throttle.h. */
#include "config.h"

#include <string.h>

#include "master/supervisor/throttle.h"

int64_t
throttle_died(struct throttle *t, int64_t lived_ms)
{
	if (t->wait_ms == 0 || lived_ms >= THROTTLE_SUCCESS_MS)
		t->wait_ms = THROTTLE_FIRST_MS;
	else
		t->wait_ms *= 2;
	if (t->wait_ms > THROTTLE_MOST_MS)
		t->wait_ms = THROTTLE_MOST_MS;
	return t->wait_ms;
}

static struct crash *
find(const struct crashes *c, const uint8_t handle[ID_BYTES])
{
	size_t i;

	for (i = 0; i < CRASHES_KEPT; i++)
		if (c->list[i].n > 0 && memcmp(c->list[i].handle, handle, ID_BYTES) == 0)
			return (struct crash *)&c->list[i];
	return NULL;
}

/* A free entry, or the one that was quiet longest. */
static struct crash *
room(struct crashes *c)
{
	struct crash *best = &c->list[0];
	size_t i;

	for (i = 0; i < CRASHES_KEPT; i++) {
		if (c->list[i].n == 0)
			return &c->list[i];
		if (c->list[i].last_ms < best->last_ms)
			best = &c->list[i];
	}
	return best;
}

void
crashes_add(struct crashes *c, const uint8_t handle[ID_BYTES], int64_t now_ms)
{
	struct crash *e = find(c, handle);
	int64_t wait = 0;
	unsigned i;

	if (e == NULL) {
		e = room(c);
		memset(e, 0, sizeof(*e));
		memcpy(e->handle, handle, ID_BYTES);
	} else if (now_ms - e->last_ms > CRASH_MEMORY_MS) {
		e->n = 0;
	}
	e->n++;
	e->last_ms = now_ms;
	if (e->n >= CRASH_PAUSE_AT) {
		wait = CRASH_PAUSE_MS;
	} else if (e->n > 1) {
		for (wait = CRASH_FIRST_MS, i = 2; i < e->n && wait < CRASH_MOST_MS; i++)
			wait *= 2;
	}
	e->until_ms = now_ms + wait;
}

/* Nobody complained: its user starts anew. */
static void
settle(struct crashes *c, struct left *l)
{
	struct crash *e = l->at_ms == 0 ? NULL : find(c, l->handle);

	if (e != NULL && e->last_ms <= l->at_ms)
		memset(e, 0, sizeof(*e));
	l->at_ms = 0;
}

void
crashes_left(struct crashes *c, uint64_t worker, const uint8_t handle[ID_BYTES], int64_t now_ms)
{
	struct left *l = &c->left[c->left_next++ % LEFT_KEPT];

	settle(c, l);
	l->worker = worker;
	memcpy(l->handle, handle, ID_BYTES);
	l->at_ms = now_ms;
}

void
crashes_settle(struct crashes *c, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < LEFT_KEPT; i++)
		if (now_ms - c->left[i].at_ms >= LEFT_MS)
			settle(c, &c->left[i]);
}

bool
crashes_accuse(struct crashes *c, uint64_t worker, uint8_t handle[ID_BYTES])
{
	size_t i;

	for (i = 0; i < LEFT_KEPT; i++) {
		struct left *l = &c->left[i];

		if (l->at_ms == 0 || l->worker != worker)
			continue;
		memcpy(handle, l->handle, ID_BYTES);
		l->at_ms = 0;
		return true;
	}
	return false;
}

int64_t
crashes_wait(const struct crashes *c, const uint8_t handle[ID_BYTES], int64_t now_ms)
{
	const struct crash *e = find(c, handle);

	return e == NULL || e->until_ms <= now_ms ? 0 : e->until_ms - now_ms;
}
