/* Arena allocator; see arena.h. */
#include "config.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/arena.h"

#define BLOCK_BYTES 4000   /* with malloc's and our head less than a page */

struct arena_block {
	struct arena_block *next;
	size_t len;                       /* bytes of room */
	size_t used;
	alignas(max_align_t) uint8_t room[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

void
arena_reset(struct arena *a)
{
	while (a->blocks != NULL) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		/* What was not handed out was never written. */
		explicit_bzero(b->room, b->used);
		free(b);
	}
	a->used = 0;
}

static err_t
add_block(struct arena *a, size_t need)
{
	size_t len = need > BLOCK_BYTES ? need : BLOCK_BYTES;
	struct arena_block *b = malloc(sizeof(*b) + len);

	if (b == NULL)
		return ERR_NOMEM;
	b->len = len;
	b->used = 0;
	b->next = a->blocks;
	a->blocks = b;
	return 0;
}

err_t
arena_alloc(struct arena *a, size_t n, void **out)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b;
	err_t err;

	if (n > a->max - a->used)
		return ERR_LIMIT;
	n = (n + align - 1) / align * align;
	if (n > a->max - a->used)
		return ERR_LIMIT;
	if (a->blocks == NULL || n > a->blocks->len - a->blocks->used) {
		err = add_block(a, n);
		if (err != 0)
			return err;
	}
	b = a->blocks;
	*out = memset(b->room + b->used, 0, n);
	b->used += n;
	a->used += n;
	return 0;
}

err_t
arena_strdup(struct arena *a, struct span s, char **out)
{
	void *p;
	err_t err;

	if (s.n == SIZE_MAX)
		return ERR_LIMIT;
	err = arena_alloc(a, s.n + 1, &p);
	if (err != 0)
		return err;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	*out = p;
	return 0;
}
