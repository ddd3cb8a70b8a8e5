/* Taking back one change among several; see merge.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "worker/tools/merge.h"

#define NONE UINT32_MAX

/* --- which entries of two lists are the same ---------------------------------------- */

enum way { WAY_BOTH, WAY_FIRST, WAY_SECOND };

/* The longest common subsequence of x and y, by the table of its lengths, of which
 * two rows are kept, and the way to each. */
static void
common(const uint64_t *x, size_t nx, const uint64_t *y, size_t ny, uint8_t *way, uint16_t *rows)
{
	uint16_t *above = rows, *row = rows + ny + 1, *swap;
	size_t i, k;

	memset(rows, 0, 2 * (ny + 1) * sizeof(*rows));
	for (i = 1; i <= nx; i++) {
		for (k = 1; k <= ny; k++) {
			uint8_t *w = &way[(i - 1) * ny + k - 1];

			if (x[i - 1] == y[k - 1]) {
				row[k] = (uint16_t)(above[k - 1] + 1);
				*w = WAY_BOTH;
			} else {
				*w = above[k] >= row[k - 1] ? WAY_FIRST : WAY_SECOND;
				row[k] = *w == WAY_FIRST ? above[k] : row[k - 1];
			}
		}
		swap = above;
		above = row;
		row = swap;
	}
}

/* Joins entries of x and y: of_x[i] is the number in y of what x[i] is there, or NONE,
 * and the other way about. */
static err_t
align(struct merge_list x, struct merge_list y, uint32_t *of_x, uint32_t *of_y)
{
	size_t head = 0, i, k, nx = x.n, ny = y.n;
	uint8_t *way;
	uint16_t *rows;

	memset(of_x, 0xff, x.n * sizeof(*of_x));
	memset(of_y, 0xff, y.n * sizeof(*of_y));
	for (; head < nx && head < ny && x.keys[head] == y.keys[head]; head++) {
		of_x[head] = (uint32_t)head;
		of_y[head] = (uint32_t)head;
	}
	for (; nx > head && ny > head && x.keys[nx - 1] == y.keys[ny - 1]; nx--, ny--) {
		of_x[nx - 1] = (uint32_t)(ny - 1);
		of_y[ny - 1] = (uint32_t)(nx - 1);
	}
	nx -= head;
	ny -= head;
	if (nx == 0 || ny == 0)
		return 0;
	way = malloc(nx * ny);
	rows = malloc(2 * (ny + 1) * sizeof(*rows));
	if (way != NULL && rows != NULL)
		common(x.keys + head, nx, y.keys + head, ny, way, rows);
	for (i = nx, k = ny; way != NULL && rows != NULL && i > 0 && k > 0;) {
		uint8_t w = way[(i - 1) * ny + k - 1];

		if (w == WAY_BOTH) {
			of_x[head + i - 1] = (uint32_t)(head + k - 1);
			of_y[head + k - 1] = (uint32_t)(head + i - 1);
		}
		i -= w != WAY_SECOND;
		k -= w != WAY_FIRST;
	}
	i = way == NULL || rows == NULL;
	free(way);
	free(rows);
	return i ? ERR_NOMEM : 0;
}

/* --- who is who ------------------------------------------------------------------------- */

enum fate { FATE_FOREIGN, FATE_GOES, FATE_TAKEN };

/* Numbers that are worked with, all from one arena. */
struct work {
	uint32_t *before_now;    /* for each of before: which of now it is */
	uint32_t *before_after, *after_before, *after_now, *now_other;
	uint8_t *fate;           /* of each of now */
	uint32_t *next;          /* the outcome as a list, from now.n + before.n on */
};

static err_t
room(struct arena *arena, size_t n, uint32_t **out)
{
	void *p = NULL;
	err_t err = arena_alloc(arena, (n + 1) * sizeof(**out), &p);

	if (err == 0)
		*out = p;
	return err;
}

static err_t
get_room(struct arena *arena, const struct merge *m, struct work *w)
{
	void *p = NULL;
	err_t err = room(arena, m->before.n, &w->before_now);

	if (err == 0)
		err = room(arena, m->before.n, &w->before_after);
	if (err == 0)
		err = room(arena, m->after.n, &w->after_before);
	if (err == 0)
		err = room(arena, m->after.n, &w->after_now);
	if (err == 0)
		err = room(arena, m->now.n, &w->now_other);
	if (err == 0)
		err = room(arena, m->now.n + m->before.n, &w->next);
	if (err == 0)
		err = arena_alloc(arena, m->now.n + 1, &p);
	w->fate = p;
	return err;
}

/* An entry of now that is free for what before had: rather one that goes anyway than
 * one that somebody put in since. */
static uint32_t
claim(const struct merge *m, const struct work *w, uint64_t key)
{
	uint32_t best = NONE;
	size_t i;

	for (i = 0; i < m->now.n; i++) {
		if (w->fate[i] == FATE_TAKEN || m->now.keys[i] != key)
			continue;
		if (w->fate[i] == FATE_GOES)
			return (uint32_t)i;
		if (best == NONE)
			best = (uint32_t)i;
	}
	return best;
}

static void
take(struct work *w, size_t b, uint32_t i)
{
	w->before_now[b] = i;
	if (i != NONE)
		w->fate[i] = FATE_TAKEN;
}

/* A whole change: what it left alone is followed through it, what it put in goes,
 * what it took out is wanted.  gone[b]: somebody else took it out since. */
static err_t
judge_whole(const struct merge *m, struct work *w, uint32_t *gone)
{
	size_t i;
	err_t err = align(m->before, m->after, w->before_after, w->after_before);

	if (err == 0)
		err = align(m->after, m->now, w->after_now, w->now_other);
	if (err != 0)
		return err;
	for (i = 0; i < m->after.n; i++)
		if (w->after_now[i] != NONE && w->after_before[i] == NONE)
			w->fate[w->after_now[i]] = FATE_GOES;
	for (i = 0; i < m->before.n; i++) {
		uint32_t a = w->before_after[i];

		w->before_now[i] = NONE;
		if (a != NONE)
			take(w, i, w->after_now[a]);
		gone[i] = a != NONE && w->after_now[a] == NONE;
	}
	for (i = 0; i < m->before.n; i++)
		if (w->before_after[i] == NONE)
			take(w, i, claim(m, w, m->before.keys[i]));
	return 0;
}

static size_t
count(struct merge_list list, uint64_t key)
{
	size_t i, n = 0;

	for (i = 0; i < list.n; i++)
		n += list.keys[i] == key;
	return n;
}

/* A change in part: all of before is wanted, and of the rest goes what the change
 * was to put in. */
static err_t
judge_part(const struct merge *m, struct work *w, uint32_t *gone)
{
	size_t i, k;
	err_t err = align(m->before, m->now, w->before_now, w->now_other);

	if (err != 0)
		return err;
	for (i = 0; i < m->before.n; i++) {
		gone[i] = 0;
		take(w, i, w->before_now[i]);
	}
	for (i = 0; i < m->before.n; i++)
		if (w->before_now[i] == NONE)
			take(w, i, claim(m, w, m->before.keys[i]));
	for (i = m->now.n; i-- > 0;) {
		uint64_t key = m->now.keys[i];
		size_t going = 1, had = count(m->before, key), meant = count(m->after, key);

		if (w->fate[i] != FATE_FOREIGN)
			continue;
		for (k = i + 1; k < m->now.n; k++)
			going += w->fate[k] == FATE_GOES && m->now.keys[k] == key;
		if (meant >= had + going)
			w->fate[i] = FATE_GOES;
	}
	return 0;
}

/* --- the outcome ------------------------------------------------------------------------ */

/* before in its order, as a list; the head's number is where it begins. */
static void
string_before(struct merge *m, struct work *w, const uint32_t *gone, uint32_t head)
{
	uint32_t last = head;
	size_t i;

	w->next[head] = NONE;
	for (i = 0; i < m->before.n; i++) {
		uint32_t node = w->before_now[i];

		if (node == NONE && gone[i])
			continue;
		if (node == NONE && m->before.fixed[i]) {
			m->lost++;
			continue;
		}
		if (node == NONE)
			node = (uint32_t)(m->now.n + i);
		w->next[last] = node;
		w->next[node] = NONE;
		last = node;
	}
}

/* What others put in, behind what it follows now and what is put back there. */
static void
string_foreign(struct merge *m, struct work *w, uint32_t head)
{
	uint32_t last = head;
	size_t i;

	for (i = 0; i < m->now.n; i++) {
		if (w->fate[i] == FATE_GOES && m->now.fixed[i]) {
			m->stuck++;
			w->fate[i] = FATE_FOREIGN;
		} else if (w->fate[i] == FATE_FOREIGN)
			m->foreign++;
		if (w->fate[i] == FATE_GOES)
			continue;
		if (w->fate[i] == FATE_FOREIGN) {
			while (w->next[last] != NONE && w->next[last] >= m->now.n)
				last = w->next[last];
			w->next[i] = w->next[last];
			w->next[last] = (uint32_t)i;
		}
		last = (uint32_t)i;
	}
}

err_t
merge_back(struct arena *arena, struct merge *m)
{
	const uint32_t head = (uint32_t)(m->now.n + m->before.n);
	struct work w = {0};
	uint32_t *gone = NULL, at;
	err_t err;

	if (m->before.n > MERGE_MAX || m->after.n > MERGE_MAX || m->now.n > MERGE_MAX)
		return ERR_LIMIT;
	m->n_out = m->lost = m->stuck = m->foreign = 0;
	err = get_room(arena, m, &w);
	if (err == 0)
		err = room(arena, m->before.n, &gone);
	if (err == 0)
		err = room(arena, head, &m->out);
	if (err == 0)
		err = m->in_part ? judge_part(m, &w, gone) : judge_whole(m, &w, gone);
	if (err != 0)
		return err;
	string_before(m, &w, gone, head);
	string_foreign(m, &w, head);
	for (at = w.next[head]; at != NONE; at = w.next[at])
		m->out[m->n_out++] = at;
	return 0;
}
