/* Plans of changes; see plan.h and edit.h. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/tools/plan.h"

#define GROUP 10     /* URIs that are taken out together to be put back in part */

/* --- what a part makes of contents ---------------------------------------------------- */

static bool
among(const struct edit *e, uint32_t id, const uint32_t *ids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ids[i] == id || strcmp(e->uris[ids[i]], e->uris[id]) == 0)
			return true;
	return false;
}

static size_t
apply(const struct edit *e, const struct edit_part *p, const uint32_t *in, size_t n, uint32_t *out)
{
	size_t i, k = 0;

	switch (p->kind) {
	case EDIT_REMOVE:
		for (i = 0; i < n; i++)
			if (!among(e, in[i], p->ids, p->n))
				out[k++] = in[i];
		break;
	case EDIT_INSERT:
		memcpy(out, in, p->at * sizeof(*out));
		memcpy(out + p->at, p->ids, p->n * sizeof(*out));
		memcpy(out + p->at + p->n, in + p->at, (n - p->at) * sizeof(*out));
		k = n + p->n;
		break;
	case EDIT_MOVE:
		for (i = 0; i <= n; i++) {
			if (i == p->to) {
				memcpy(out + k, in + p->at, p->n * sizeof(*out));
				k += p->n;
			}
			if (i < n && (i < p->at || i >= p->at + p->n))
				out[k++] = in[i];
		}
		break;
	case EDIT_REPLACE:
		memcpy(out, p->ids, p->n * sizeof(*out));
		k = p->n;
		break;
	}
	return k;
}

void
plan_apply(struct edit *e, const struct edit_part *p)
{
	e->n_then = apply(e, p, e->now, e->n_now, e->then);
}

static err_t
put_uris(const struct edit *e, const struct edit_part *p, struct buf *out)
{
	size_t i;
	err_t err = buf_put_str(out, p->kind == EDIT_REMOVE ? "\"items\":[" : "\"uris\":[");

	for (i = 0; i < p->n && err == 0; i++) {
		if (i > 0)
			err = buf_put_byte(out, ',');
		if (err == 0 && p->kind == EDIT_REMOVE)
			err = buf_put_str(out, "{\"uri\":");
		if (err == 0)
			err = json_write_str(out, span_str(e->uris[p->ids[i]]));
		if (err == 0 && p->kind == EDIT_REMOVE)
			err = buf_put_byte(out, '}');
	}
	return err != 0 ? err : buf_put_byte(out, ']');
}

err_t
plan_body(const struct edit *e, const struct edit_part *p, struct buf *out)
{
	err_t err = buf_put_byte(out, '{');

	if (err == 0 && p->kind == EDIT_MOVE)
		err = buf_printf(out, "\"range_start\":%u,\"range_length\":%u,\"insert_before\":%u", p->at,
		    p->n, p->to);
	else if (err == 0)
		err = put_uris(e, p, out);
	if (err == 0 && p->kind == EDIT_INSERT)
		err = buf_printf(out, ",\"position\":%u", p->at);
	return err != 0 ? err : buf_put_byte(out, '}');
}

/* --- making parts ------------------------------------------------------------------------ */

bool
plan_begin(struct call *c, struct edit *e)
{
	size_t i, room = e->list.n + EDIT_ADDED;

	e->room = room;
	e->n_room = EDIT_REQUESTS;
	if ((e->uris = call_alloc(c, room * sizeof(*e->uris))) == NULL ||
	    (e->plan = call_alloc(c, room * sizeof(*e->plan))) == NULL ||
	    (e->now = call_alloc(c, room * sizeof(*e->now))) == NULL ||
	    (e->then = call_alloc(c, room * sizeof(*e->then))) == NULL ||
	    (e->before = call_alloc(c, room * sizeof(*e->before))) == NULL ||
	    (e->parts = call_alloc(c, e->n_room * sizeof(*e->parts))) == NULL)
		return false;
	for (i = 0; i < e->list.n; i++) {
		e->uris[i] = e->list.all[i].uri;
		e->before[i] = e->plan[i] = e->now[i] = (uint32_t)i;
	}
	e->n_uris = e->n_plan = e->n_now = e->list.n;
	return true;
}

const uint32_t *
plan_before(const struct edit *e)
{
	return e->before;
}

/* Appends a part and makes the plan's contents those after it.  The caller saw to
 * it that there is room. */
static bool
append(struct call *c, struct edit_part p)
{
	struct edit *e = c->state;
	uint32_t *scratch = e->then;

	if (e->n == e->n_room) {
		call_broken(c, ERR_LIMIT);
		return false;
	}
	e->n_then = apply(e, &p, e->plan, e->n_plan, scratch);
	e->then = e->plan;
	e->plan = scratch;
	e->n_plan = e->n_then;
	e->parts[e->n++] = p;
	return true;
}

/* Numbers for URIs that come in; NULL: the call is over. */
static uint32_t *
number(struct call *c, const char *const *uris, size_t n)
{
	struct edit *e = c->state;
	uint32_t *ids = call_alloc(c, n * sizeof(*ids));
	size_t i;

	if (ids != NULL && e->n_uris + n > e->room) {
		call_broken(c, ERR_LIMIT);
		return NULL;
	}
	for (i = 0; ids != NULL && i < n; i++) {
		ids[i] = (uint32_t)e->n_uris;
		e->uris[e->n_uris++] = uris[i];
	}
	return ids;
}

/* Appends parts that insert these, each bound to the next; last_bound: the last too. */
static bool
insert_ids(struct call *c, size_t at, const uint32_t *ids, size_t n, bool bound, bool last_bound)
{
	size_t i, k;

	for (i = 0; i < n; i += k) {
		k = n - i < EDIT_PART ? n - i : EDIT_PART;
		if (!append(c, (struct edit_part){.kind = EDIT_INSERT, .at = (uint32_t)(at + i),
		    .n = (uint32_t)k, .ids = ids + i, .bound = i + k < n ? bound : last_bound}))
			return false;
	}
	return true;
}

bool
edit_insert(struct call *c, size_t at, const char *const *uris, size_t n)
{
	const uint32_t *ids = number(c, uris, n);

	return ids != NULL && insert_ids(c, at, ids, n, false, false);
}

bool
edit_move(struct call *c, size_t from, size_t n, size_t to)
{
	if (n == 0 || (to >= from && to <= from + n))
		return true;
	return append(c, (struct edit_part){.kind = EDIT_MOVE, .at = (uint32_t)from, .n = (uint32_t)n,
	    .to = (uint32_t)to});
}

bool
edit_replace(struct call *c, const char *const *uris, size_t n)
{
	const uint32_t *ids = number(c, uris, n);
	size_t first = n < EDIT_PART ? n : EDIT_PART;

	return ids != NULL && append(c, (struct edit_part){.kind = EDIT_REPLACE, .ids = ids,
	    .n = (uint32_t)first, .bound = n > first}) &&
	    insert_ids(c, first, ids + first, n - first, true, false);
}

/* --- dropping some of several ---------------------------------------------------------------- */

/* Is another entry of the same URI as entry i to stay? */
static bool
others_stay(const struct edit *e, const bool *drop, size_t i)
{
	size_t k;

	for (k = 0; k < e->list.n; k++)
		if (!drop[k] && strcmp(e->uris[k], e->uris[i]) == 0)
			return true;
	return false;
}

/* The first marked entry of each URI, of those whose others stay or do not. */
static size_t
heads(const struct edit *e, const bool *drop, bool mixed, uint32_t *out)
{
	size_t i, k, n = 0;

	for (i = 0; i < e->list.n; i++) {
		if (!drop[i] || others_stay(e, drop, i) != mixed)
			continue;
		for (k = 0; k < n && strcmp(e->uris[out[k]], e->uris[i]) != 0; k++)
			;
		if (k == n)
			out[n++] = (uint32_t)i;
	}
	return n;
}

/* Runs of entries of the group that stay: their requests; writes them into the plan if
 * make.  -1: the call is over. */
static int64_t
put_back_runs(struct call *c, const bool *drop, const uint32_t *group, size_t n, bool make,
    uint32_t *goal)
{
	struct edit *e = c->state;
	size_t i, k, n_goal = 0;
	int64_t requests = 0;

	/* The contents without what is dropped. */
	for (i = 0; i < e->n_plan; i++)
		if (!drop[e->plan[i]] || !among(e, e->plan[i], group, n))
			goal[n_goal++] = e->plan[i];
	if (make && !append(c, (struct edit_part){.kind = EDIT_REMOVE, .ids = group, .n = (uint32_t)n,
	    .bound = true}))
		return -1;
	for (i = 0; i < n_goal; i = k + 1) {
		size_t later;

		for (k = i; k < n_goal && among(e, goal[k], group, n); k++)
			;
		if (k == i)
			continue;
		requests += (int64_t)((k - i + EDIT_PART - 1) / EDIT_PART);
		for (later = k; later < n_goal && !among(e, goal[later], group, n); later++)
			;
		if (make && !insert_ids(c, i, goal + i, k - i, true, later < n_goal))
			return -1;
	}
	return requests;
}

static bool
drop_mixed(struct call *c, const bool *drop, const uint32_t *ids, size_t n, size_t *put_back)
{
	struct edit *e = c->state;
	size_t i, k, m;

	for (i = 0; i < n; i += k) {
		uint32_t *goal = call_alloc(c, e->room * sizeof(*goal));
		int64_t cost = 0;

		if (goal == NULL)
			return false;
		/* As many together as fit. */
		for (k = n - i < GROUP ? n - i : GROUP; k > 0; k--) {
			cost = put_back_runs(c, drop, ids + i, k, false, goal);
			if ((size_t)cost + 1 <= edit_room(c))
				break;
		}
		if (k == 0) {
			e->left += n - i;
			return true;
		}
		for (m = 0; m < e->list.n; m++)
			*put_back += !drop[m] && among(e, (uint32_t)m, ids + i, k);
		if (put_back_runs(c, drop, ids + i, k, true, goal) < 0)
			return false;
	}
	return true;
}

bool
edit_drop(struct call *c, const bool *drop, size_t *put_back)
{
	struct edit *e = c->state;
	uint32_t *whole = call_alloc(c, (e->list.n + 1) * sizeof(*whole)), *mixed;
	size_t i, k, n;

	*put_back = 0;
	if (whole == NULL || (mixed = call_alloc(c, (e->list.n + 1) * sizeof(*mixed))) == NULL)
		return false;
	n = heads(e, drop, false, whole);
	for (i = 0; i < n; i += k) {
		k = n - i < EDIT_PART ? n - i : EDIT_PART;
		if (!append(c, (struct edit_part){.kind = EDIT_REMOVE, .ids = whole + i,
		    .n = (uint32_t)k}))
			return false;
	}
	return drop_mixed(c, drop, mixed, heads(e, drop, true, mixed), put_back);
}

/* --- another order ------------------------------------------------------------------------------ */

/* Marks, in keep, entries of the plan that form a longest rising sequence of ranks:
 * they need not move.  scratch has room for 2 n. */
static void
mark_rising(const struct edit *e, const uint32_t *rank, bool *stays, uint32_t *scratch)
{
	uint32_t *ends = scratch, *before = scratch + e->n_plan;
	size_t i, len = 0, at;
	uint32_t none = UINT32_MAX;

	for (i = 0; i < e->n_plan; i++) {
		size_t lo = 0, hi = len;

		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (rank[e->plan[ends[mid]]] < rank[e->plan[i]])
				lo = mid + 1;
			else
				hi = mid;
		}
		before[i] = lo > 0 ? ends[lo - 1] : none;
		ends[lo] = (uint32_t)i;
		if (lo == len)
			len++;
	}
	for (at = len > 0 ? ends[len - 1] : none; at != none; at = before[at])
		stays[e->plan[at]] = true;
}

void
edit_forget(struct edit *e)
{
	size_t i;

	for (i = 0; i < e->list.n; i++)
		e->plan[i] = (uint32_t)i;
	e->n_plan = e->n_uris = e->list.n;
	e->n = e->left = 0;
}

static size_t
where(const struct edit *e, uint32_t id)
{
	size_t i;

	for (i = 0; i < e->n_plan && e->plan[i] != id; i++)
		;
	return i;
}

bool
edit_order(struct call *c, const uint32_t *order)
{
	struct edit *e = c->state;
	size_t n = e->n_plan, i, k, from, to;
	uint32_t *rank = call_alloc(c, e->n_uris * sizeof(*rank)), *scratch;
	bool *stays;

	if (rank == NULL || (scratch = call_alloc(c, 2 * n * sizeof(*scratch))) == NULL ||
	    (stays = call_alloc(c, e->n_uris * sizeof(*stays))) == NULL)
		return false;
	for (i = 0; i < n; i++)
		rank[order[i]] = (uint32_t)i;
	mark_rising(e, rank, stays, scratch);
	for (i = 0; i < n; i += k) {
		k = 1;
		if (stays[order[i]])
			continue;
		from = where(e, order[i]);
		/* Neighbours that go on together. */
		while (i + k < n && !stays[order[i + k]] && from + k < n && e->plan[from + k] == order[i + k])
			k++;
		if (edit_room(c) == 0) {
			e->left++;
			continue;
		}
		to = i == 0 ? 0 : where(e, order[i - 1]) + 1;
		if (!edit_move(c, from, k, to))
			return false;
	}
	return true;
}
