/* Names as people give them; see names.h. */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "worker/spotify/text.h"
#include "worker/tools/names.h"

#define NAME_MAX_FOLDED 4096

#define ELLIPSIS "\xE2\x80\xA6"

enum rank { RANK_NONE, RANK_PREFIX, RANK_FOLDED, RANK_EXACT };

/* A name that was cut for an answer may be given back as it stood there. */
static void
without_ellipsis(struct buf *name)
{
	const size_t n = sizeof(ELLIPSIS) - 1;

	if (name->len > n && memcmp(name->data + name->len - n, ELLIPSIS, n) == 0)
		buf_cut(name, name->len - n);
}

static err_t
rank_of(const char *wanted, struct span name, enum rank *out)
{
	struct buf a, b;
	err_t err;

	if (span_is(name, wanted)) {
		*out = RANK_EXACT;
		return 0;
	}
	buf_init(&a, NAME_MAX_FOLDED);
	buf_init(&b, NAME_MAX_FOLDED);
	err = text_fold(span_str(wanted), &a);
	if (err == 0)
		err = text_fold(name, &b);
	if (err == 0) {
		without_ellipsis(&a);
		if (a.len == 0 || b.len < a.len || memcmp(a.data, b.data, a.len) != 0)
			*out = RANK_NONE;
		else
			*out = a.len == b.len ? RANK_FOLDED : RANK_PREFIX;
	}
	buf_free(&a);
	buf_free(&b);
	return err;
}

void
names_begin(struct name_finder *f, const char *wanted)
{
	memset(f, 0, sizeof(*f));
	f->wanted = wanted;
}

static void
count(struct name_rank *r, size_t i)
{
	if (r->n++ == 0)
		r->first = i;
}

err_t
names_try(struct name_finder *f, size_t i, struct span name)
{
	enum rank rank;
	err_t err = rank_of(f->wanted, name, &rank);

	if (err != 0)
		return err;
	if (rank == RANK_EXACT)
		count(&f->exact, i);
	else if (rank == RANK_FOLDED)
		count(&f->folded, i);
	else if (rank == RANK_PREFIX)
		count(&f->prefix, i);
	return 0;
}

static const struct name_rank *
best(const struct name_finder *f, enum rank *rank)
{
	if (f->exact.n > 0) {
		*rank = RANK_EXACT;
		return &f->exact;
	}
	if (f->folded.n > 0) {
		*rank = RANK_FOLDED;
		return &f->folded;
	}
	*rank = f->prefix.n > 0 ? RANK_PREFIX : RANK_NONE;
	return &f->prefix;
}

enum name_match
names_end(const struct name_finder *f, size_t *i)
{
	enum rank rank;
	const struct name_rank *r = best(f, &rank);

	if (r->n == 0)
		return NAME_NONE;
	*i = r->first;
	return r->n == 1 ? NAME_ONE : NAME_SEVERAL;
}

bool
names_among(const struct name_finder *f, struct span name)
{
	enum rank rank, its;

	(void)best(f, &rank);
	return rank != RANK_NONE && rank_of(f->wanted, name, &its) == 0 && its == rank;
}

bool
names_hold(struct span name, const char *part, err_t *trouble)
{
	struct buf a, b;
	bool held = false;
	size_t i;
	err_t err;

	buf_init(&a, NAME_MAX_FOLDED);
	buf_init(&b, NAME_MAX_FOLDED);
	err = text_fold(span_str(part), &a);
	if (err == 0)
		err = text_fold(name, &b);
	if (err == ERR_NOMEM)
		*trouble = err;
	if (err == 0)
		for (i = 0; i + a.len <= b.len && !held; i++)
			held = a.len == 0 || memcmp(b.data + i, a.data, a.len) == 0;
	buf_free(&a);
	buf_free(&b);
	return held;
}
