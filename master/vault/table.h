/*
 * A hash table of objects that embed their node: workers by id, users by
 * theirs, credentials by hash.  It owns nothing but its slots.  Keys are
 * random or given by the supervisor, so no outsider can aim at one slot.
 */
#ifndef TONEARM_VAULT_TABLE_H
#define TONEARM_VAULT_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"

struct table_node {
	struct table_node *next;
	const void *key;          /* key_len bytes inside the object */
};

struct table {
	struct table_node **slots;
	size_t n_slots, n, key_len;
};

/* An empty table for keys of at least 8 bytes.  ERR_NOMEM. */
err_t table_init(struct table *t, size_t key_len) MUST_CHECK;
void table_free(struct table *t);

/* The node with this key, or NULL. */
struct table_node *table_find(const struct table *t, const void *key);

/* Adds a node whose key is not there yet.  Cannot fail: without memory to
 * grow, the chains get longer. */
void table_add(struct table *t, struct table_node *node, const void *key);
/* Takes out a node that is in the table. */
void table_remove(struct table *t, struct table_node *node);

/* Calls fn for every node; fn may take that node out, no other. */
void table_each(struct table *t, void (*fn)(void *arg, struct table_node *node), void *arg);

/* The object around a node. */
#define table_object(node, type, member) \
	((type *)(void *)((char *)(node) - offsetof(type, member)))

#endif
