/* Slots and ids; see slots.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/supervisor/slots.h"

err_t
slots_init(struct slots *s, uint32_t n, uint64_t mark)
{
	memset(s, 0, sizeof(*s));
	s->used = calloc(n, sizeof(*s->used));
	if (s->used == NULL)
		return ERR_NOMEM;
	s->n = n;
	s->mark = mark;
	return 0;
}

void
slots_free(struct slots *s)
{
	free(s->used);
	memset(s, 0, sizeof(*s));
}

err_t
slots_take(struct slots *s, void *holder, uint64_t *id)
{
	uint32_t i;

	if (s->taken == s->n)
		return ERR_LIMIT;
	while (s->used[s->next] != NULL)
		s->next = (s->next + 1) % s->n;
	i = s->next;
	s->next = (s->next + 1) % s->n;
	s->used[i] = holder;
	s->taken++;
	*id = s->mark | ++s->generation << 16 | i;
	return 0;
}

void *
slots_find(const struct slots *s, uint64_t id, uint64_t (*id_of)(const void *))
{
	void *holder = slot_of(id) < s->n ? s->used[slot_of(id)] : NULL;

	return holder != NULL && id_of(holder) == id ? holder : NULL;
}

void
slots_give(struct slots *s, uint64_t id)
{
	if (slot_of(id) < s->n && s->used[slot_of(id)] != NULL) {
		s->used[slot_of(id)] = NULL;
		s->taken--;
	}
}
