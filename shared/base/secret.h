/*
 * The one type for secrets: a page of its own that is locked in memory, left
 * out of core files, zeroed in a forked child, and wiped when it goes.  No
 * format takes it, so it cannot be printed by mistake.
 */
#ifndef TONEARM_BASE_SECRET_H
#define TONEARM_BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

/* Longest secret that fits. */
#define SECRET_MAX 4000

struct secret {
	uint8_t *page;   /* NULL while empty; owned */
	size_t len;
};

/* Keeps a copy of s in *out, which is wiped first.  ERR_LIMIT past
 * SECRET_MAX, ERR_NOMEM.  The caller wipes its own copy. */
err_t secret_set(struct secret *out, struct span s) MUST_CHECK;

/* Wipes and gives the page back, perhaps to the next secret of this program;
 * *s is empty afterwards. */
void secret_clear(struct secret *s);

/* Gives up the pages that wait for a next secret: a forked child would find
 * them unlocked. */
void secret_settle(void);

/* View of the bytes; valid until the next set or clear. */
struct span secret_span(const struct secret *s);

/* Constant-time comparison of two views of equal length n. */
int secret_equal(const void *a, const void *b, size_t n);

#endif
