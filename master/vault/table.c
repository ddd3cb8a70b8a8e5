/* Chained hash table of embedded nodes; see table.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/vault/table.h"

#define SLOTS_FIRST 256

static size_t
slot_of(const struct table *t, const void *key)
{
	uint64_t h;

	memcpy(&h, key, sizeof(h));
	h *= 0x9e3779b97f4a7c15u;
	return (size_t)(h >> 32) & (t->n_slots - 1);
}

err_t
table_init(struct table *t, size_t key_len)
{
	*t = (struct table){.n_slots = SLOTS_FIRST, .key_len = key_len};
	t->slots = calloc(t->n_slots, sizeof(struct table_node *));
	return t->slots == NULL ? ERR_NOMEM : 0;
}

void
table_free(struct table *t)
{
	free(t->slots);
	*t = (struct table){.n = 0};
}

struct table_node *
table_find(const struct table *t, const void *key)
{
	struct table_node *node = t->slots[slot_of(t, key)];

	while (node != NULL && memcmp(node->key, key, t->key_len) != 0)
		node = node->next;
	return node;
}

static void
grow(struct table *t)
{
	struct table_node **old = t->slots, **slots;
	size_t i, n_old = t->n_slots;

	slots = calloc(n_old * 2, sizeof(struct table_node *));
	if (slots == NULL)
		return;
	t->slots = slots;
	t->n_slots = n_old * 2;
	for (i = 0; i < n_old; i++)
		while (old[i] != NULL) {
			struct table_node *node = old[i];
			size_t to = slot_of(t, node->key);

			old[i] = node->next;
			node->next = slots[to];
			slots[to] = node;
		}
	free(old);
}

void
table_add(struct table *t, struct table_node *node, const void *key)
{
	size_t slot;

	if (t->n >= t->n_slots)
		grow(t);
	slot = slot_of(t, key);
	node->key = key;
	node->next = t->slots[slot];
	t->slots[slot] = node;
	t->n++;
}

void
table_remove(struct table *t, struct table_node *node)
{
	struct table_node **p = &t->slots[slot_of(t, node->key)];

	while (*p != node)
		p = &(*p)->next;
	*p = node->next;
	node->next = NULL;
	t->n--;
}

void
table_each(struct table *t, void (*fn)(void *arg, struct table_node *node), void *arg)
{
	size_t i;

	for (i = 0; i < t->n_slots; i++) {
		struct table_node *node = t->slots[i];

		while (node != NULL) {
			struct table_node *next = node->next;

			fn(arg, node);
			node = next;
		}
	}
}
