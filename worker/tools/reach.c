/* The way to given contents; see reach.h. */
#include "config.h"

#include "worker/tools/reach.h"

/* Drops what is not in goal, and brings the rest into its order. */
static bool
keep_and_order(struct call *c, const uint32_t *goal, size_t n)
{
	struct edit *e = c->state;
	bool *drop = call_alloc(c, e->list.n * sizeof(*drop));
	uint32_t *order = call_alloc(c, e->list.n * sizeof(*order));
	size_t i, kept = 0, put_back;

	if (drop == NULL || order == NULL)
		return false;
	for (i = 0; i < e->list.n; i++)
		drop[i] = true;
	for (i = 0; i < n; i++)
		if (goal[i] < e->list.n) {
			drop[goal[i]] = false;
			order[kept++] = goal[i];
		}
	if (!edit_drop(c, drop, &put_back))
		return false;
	return e->left > 0 || edit_order(c, order);
}

/* Puts in what is fresh, run by run. */
static bool
put_in(struct call *c, const uint32_t *goal, size_t n, const char *const *fresh)
{
	struct edit *e = c->state;
	const char **run = call_alloc(c, n * sizeof(*run));
	size_t i, k, at = 0, added = 0;

	if (run == NULL)
		return false;
	for (i = 0; i < n; i += k) {
		for (k = 0; i + k < n && goal[i + k] >= e->list.n; k++)
			run[k] = fresh[goal[i + k] - e->list.n];
		if (k == 0) {
			k = 1;
			at++;
		} else if ((k + EDIT_PART - 1) / EDIT_PART > edit_room(c) || added + k > EDIT_ADDED) {
			e->left++;
		} else {
			if (!edit_insert(c, at, run, k))
				return false;
			at += k;
			added += k;
		}
	}
	return true;
}

/* All of it, written anew: only if nothing in it is a local file or the like. */
static bool
may_write_anew(const struct edit *e, size_t n)
{
	size_t i;

	for (i = 0; i < e->list.n; i++)
		if (!entry_movable(&e->list.all[i]))
			return false;
	return n <= EDIT_ADDED;
}

static bool
write_anew(struct call *c, const uint32_t *goal, size_t n, const char *const *fresh)
{
	struct edit *e = c->state;
	const char **uris = call_alloc(c, n * sizeof(*uris));
	size_t i;

	if (uris == NULL)
		return false;
	for (i = 0; i < n; i++)
		uris[i] = goal[i] < e->list.n ? e->list.all[goal[i]].uri : fresh[goal[i] - e->list.n];
	edit_forget(e);
	return edit_replace(c, uris, n);
}

bool
edit_reach(struct call *c, const uint32_t *goal, size_t n, const char *const *fresh, bool *anew)
{
	struct edit *e = c->state;

	*anew = false;
	if (!keep_and_order(c, goal, n))
		return false;
	if (e->left == 0 && !put_in(c, goal, n, fresh))
		return false;
	if (e->left == 0 && e->n <= REACH_FINE)
		return true;
	if (e->n + e->left <= (n + EDIT_PART - 1) / EDIT_PART || !may_write_anew(e, n))
		return true;
	*anew = true;
	return write_anew(c, goal, n, fresh);
}
