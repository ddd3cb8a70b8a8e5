/*
 * Lists of things that carry their own link.  A client, request, worker or
 * route is in exactly one list, and the list is its state; entries stand in
 * the order in which they came, so the oldest is first and deadlines are
 * found at the front.
 */
#ifndef TONEARM_FRONT_LIST_H
#define TONEARM_FRONT_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *prev, *next;   /* to itself, or NULL, while in no list */
};

struct list {
	struct link head;
	size_t n;
};

/* The struct of the given type whose member `link` is at l. */
#define LINK_OWNER(l, type, member) \
	((type *)(void *)((char *)(l) - offsetof(type, member)))

static inline void
list_init(struct list *l)
{
	l->head.prev = l->head.next = &l->head;
	l->n = 0;
}

static inline void
list_add(struct list *l, struct link *e)
{
	e->prev = l->head.prev;
	e->next = &l->head;
	e->prev->next = e;
	l->head.prev = e;
	l->n++;
}

static inline void
list_remove(struct list *l, struct link *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
	e->prev = e->next = NULL;
	l->n--;
}

/* The first entry; NULL if there is none. */
static inline struct link *
list_first(const struct list *l)
{
	return l->n == 0 ? NULL : l->head.next;
}

/* The entry behind e; NULL at the end. */
static inline struct link *
list_next(const struct list *l, const struct link *e)
{
	return e->next == &l->head ? NULL : e->next;
}

#endif
