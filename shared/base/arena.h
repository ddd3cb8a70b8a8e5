/*
 * Memory by lifetime: everything taken from an arena is given back at once,
 * wiped, when the request it belongs to ends.
 */
#ifndef TONEARM_BASE_ARENA_H
#define TONEARM_BASE_ARENA_H

#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;  /* newest first */
	size_t used;                 /* bytes handed out */
	size_t max;                  /* used never exceeds this */
};

/* Makes an empty arena that hands out at most max bytes. */
void arena_init(struct arena *a, size_t max);

/* Wipes and frees everything; the arena is empty and usable afterwards. */
void arena_reset(struct arena *a);

/* n zeroed bytes, aligned for any type; ERR_LIMIT or ERR_NOMEM. */
err_t arena_alloc(struct arena *a, size_t n, void **out) MUST_CHECK;

/* Copy of a view, NUL-terminated; errors as arena_alloc. */
err_t arena_strdup(struct arena *a, struct span s, char **out) MUST_CHECK;

#endif
