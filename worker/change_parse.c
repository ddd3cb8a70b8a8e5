/* Reading the records of a change; see change_form.h.  The text was sealed by a
 * worker of this user, but perhaps by a newer or an older one. */
#include "config.h"

#include <string.h>

#include "worker/change_form.h"

#define ID_CHARS 22

/* What is left to be read of one record. */
struct reader {
	struct span left;
	bool bad;                /* it was too short */
};

static uint64_t
take_le(struct reader *r, size_t bytes)
{
	uint64_t v = 0;
	size_t i;

	if (r->left.n < bytes) {
		r->bad = true;
		return 0;
	}
	for (i = 0; i < bytes; i++)
		v |= (uint64_t)r->left.p[i] << (8 * i);
	r->left = span_of(r->left.p + bytes, r->left.n - bytes);
	return v;
}

static struct span
take(struct reader *r, size_t n)
{
	struct span s = span_of(r->left.p, n);

	if (r->left.n < n) {
		r->bad = true;
		return span_of(NULL, 0);
	}
	r->left = span_of(r->left.p + n, r->left.n - n);
	return s;
}

static err_t
take_text(struct reader *r, struct arena *arena, const char **out)
{
	size_t n = (size_t)take_le(r, 2);
	char *copy = NULL;
	err_t err = arena_strdup(arena, take(r, n), &copy);

	*out = copy;
	return r->bad ? ERR_SYNTAX : err;
}

/* 0, 1, or -1: no part of the change. */
static int
take_truth(struct reader *r)
{
	uint64_t v = take_le(r, 1);

	return v > 1 ? -1 : (int)v;
}

static err_t
take_details(struct reader *r, struct arena *arena, struct change_details *d)
{
	unsigned has = (unsigned)take_le(r, 1);
	err_t err = take_text(r, arena, &d->name);

	if (err == 0)
		err = take_text(r, arena, &d->description);
	if ((has & 1) == 0)
		d->name = NULL;
	if ((has & 2) == 0)
		d->description = NULL;
	d->is_public = take_truth(r);
	d->collaborative = take_truth(r);
	return err;
}

static err_t
read_head(struct reader *r, struct arena *arena, struct change_record *out)
{
	static const uint8_t nothing[ID_BYTES];
	struct span undoes;
	const char **texts[] = {&out->thing, &out->name, &out->tool, &out->client};
	uint8_t kind = (uint8_t)take_le(r, 1);
	size_t i;
	err_t err = 0;

	out->kind = kind < CHANGE_KINDS ? (enum change_kind)kind : CHANGE_NONE;
	out->planned = (size_t)take_le(r, 2);
	out->position = (int64_t)take_le(r, 8);
	out->total = (int64_t)take_le(r, 8);
	undoes = take(r, ID_BYTES);
	if (undoes.n == ID_BYTES) {
		memcpy(out->undoes, undoes.p, ID_BYTES);
		out->undoing = memcmp(out->undoes, nothing, ID_BYTES) != 0;
	}
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]) && err == 0; i++)
		err = take_text(r, arena, texts[i]);
	if (err == 0)
		err = take_details(r, arena, &out->details_before);
	if (err == 0)
		err = take_details(r, arena, &out->details_after);
	return err != 0 ? err : r->bad ? ERR_SYNTAX : 0;
}

/* --- things --------------------------------------------------------------------- */

/* One thing, as URI into the arena; with out NULL it is only passed over. */
static err_t
take_uri(struct reader *r, struct arena *arena, const char **out)
{
	const struct change_sort *s;
	char letter = (char)take_le(r, 1), uri[64], *copy = NULL;
	const char *head = "";
	struct span rest = span_of(NULL, 0);
	size_t n;
	err_t err;

	for (s = change_sorts; s->head != NULL && s->letter != letter; s++)
		;
	if (letter == 'x')
		rest = take(r, (size_t)take_le(r, 1));
	else if (letter != '0') {
		head = letter == 'l' ? CHANGE_LOCAL_MARK : s->head;
		rest = take(r, ID_CHARS);
	}
	if (r->bad || head == NULL)
		return ERR_SYNTAX;
	if (out == NULL)
		return 0;
	n = strlen(head);
	if (n == 0) {
		err = arena_strdup(arena, rest, &copy);
	} else {
		memcpy(uri, head, n);
		memcpy(uri + n, rest.p, rest.n);
		err = arena_strdup(arena, span_of(uri, n + rest.n), &copy);
	}
	*out = copy;
	return err;
}

static err_t
read_uris(struct reader *r, struct arena *arena, struct change_record *out, const char **uris,
    size_t room)
{
	err_t err = 0;

	while (r->left.n > 0 && err == 0) {
		if (uris != NULL && out->n_uris >= room)
			return ERR_LIMIT;
		err = take_uri(r, arena, uris == NULL ? NULL : &uris[out->n_uris]);
		out->n_uris++;
	}
	return err;
}

static err_t
read_numbers(struct reader *r, size_t n_uris, uint32_t *out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		out[i] = (uint32_t)take_le(r, 2);
		if (out[i] >= n_uris)
			return ERR_SYNTAX;
	}
	return r->bad ? ERR_SYNTAX : 0;
}

static err_t
read_step(struct reader *r, struct arena *arena, size_t n_uris, struct change_step *s)
{
	uint8_t kind = (uint8_t)take_le(r, 1);
	void *ids = NULL;
	err_t err;

	s->kind = kind < STEP_KINDS ? (enum change_step_kind)kind : STEP_NONE;
	s->state = STEP_BEGUN;
	s->at = (uint32_t)take_le(r, 4);
	s->to = (uint32_t)take_le(r, 4);
	s->n = (uint32_t)take_le(r, 4);
	s->n_ids = r->left.n / 2;
	err = arena_alloc(arena, s->n_ids * sizeof(uint32_t), &ids);
	s->ids = ids;
	if (err == 0)
		err = read_numbers(r, n_uris, ids, s->n_ids);
	return r->bad ? ERR_SYNTAX : err;
}

/* --- the whole -------------------------------------------------------------------- */

/* Where the tables of a record are filled. */
struct filling {
	struct arena *arena;
	struct change_record *out;
	const char **uris;
	uint32_t *after;
	struct change_step *steps;
	size_t room_uris, n_outcomes;
	bool head;
};

static err_t
read_end(struct reader *r, struct arena *arena, struct change_record *out)
{
	uint8_t state = (uint8_t)take_le(r, 1);
	const char *thing = NULL;
	err_t err;

	(void)take_le(r, 2);
	err = take_text(r, arena, &thing);
	out->state = state > CHANGE_NOTHING ? CHANGE_PARTLY : (enum change_state)state;
	if (err == 0 && thing[0] != '\0')
		out->thing = thing;
	return err;
}

static void
read_outcome(struct reader *r, struct filling *f)
{
	uint8_t state = (uint8_t)take_le(r, 1);

	if (f->n_outcomes < f->out->n_steps && state <= STEP_UNKNOWN && !r->bad)
		f->steps[f->n_outcomes++].state = (enum change_step_state)state;
}

static err_t
read_undone(struct reader *r, struct change_record *out)
{
	struct span by = take(r, ID_BYTES);

	if (by.n != ID_BYTES)
		return ERR_SYNTAX;
	memcpy(out->undone_by, by.p, ID_BYTES);
	out->undone = true;
	return 0;
}

static err_t
fill_one(struct filling *f, char letter, struct reader *r)
{
	struct change_record *out = f->out;
	const char *thing = NULL;
	size_t n;
	err_t err = 0;

	switch (letter) {
	case 'H':
		f->head = true;
		return read_head(r, f->arena, out);
	case 'U':
		return read_uris(r, f->arena, out, f->uris, f->room_uris);
	case 'B':
		out->contents = true;
		out->n_before = (size_t)take_le(r, 2);
		return out->n_before > f->room_uris ? ERR_SYNTAX : 0;
	case 'A':
		n = r->left.n / 2;
		err = read_numbers(r, f->room_uris, f->after + out->n_after, n);
		out->n_after += n;
		return err;
	case 'S':
		err = read_step(r, f->arena, f->room_uris, &f->steps[out->n_steps]);
		out->n_steps++;
		return err;
	case 'O':
		read_outcome(r, f);
		return 0;
	case 'T':
		err = take_text(r, f->arena, &thing);
		if (err == 0)
			out->thing = thing;
		return err;
	case 'E':
		return read_end(r, f->arena, out);
	case 'N':
		out->unheard = true;
		return 0;
	case 'D':
		return read_undone(r, out);
	default:
		return 0;
	}
}

/* How much room the tables need. */
static err_t
make_room(struct span text, struct filling *f)
{
	size_t n, n_after = 0, n_steps = 0;
	void *uris = NULL, *after = NULL, *steps = NULL;
	struct change_record counted = {.n_uris = 0};
	err_t err = 0;

	for (; (n = change_record_bytes(text)) > 0; text = span_of(text.p + n, text.n - n)) {
		struct reader r = {.left = span_of(text.p + 3, n - 3)};

		if (text.p[0] == 'U')
			err = read_uris(&r, f->arena, &counted, NULL, 0);
		n_after += text.p[0] == 'A' ? (n - 3) / 2 : 0;
		n_steps += text.p[0] == 'S';
		if (err != 0)
			return err;
	}
	if (text.n > 0)
		return ERR_SYNTAX;
	f->room_uris = counted.n_uris;
	err = arena_alloc(f->arena, (counted.n_uris + 1) * sizeof(*f->uris), &uris);
	if (err == 0)
		err = arena_alloc(f->arena, (n_after + 1) * sizeof(*f->after), &after);
	if (err == 0)
		err = arena_alloc(f->arena, (n_steps + 1) * sizeof(*f->steps), &steps);
	f->uris = uris;
	f->after = after;
	f->steps = steps;
	return err;
}

err_t
change_read(struct span text, struct arena *arena, struct change_record *out)
{
	struct filling f = {.arena = arena, .out = out};
	size_t n;
	err_t err = make_room(text, &f);

	out->thing = out->name = out->tool = out->client = "";
	out->position = out->total = -1;
	for (; err == 0 && (n = change_record_bytes(text)) > 0; text = span_of(text.p + n, text.n - n)) {
		struct reader r = {.left = span_of(text.p + 3, n - 3)};

		err = fill_one(&f, (char)text.p[0], &r);
		if (err == 0 && r.bad)
			err = ERR_SYNTAX;
	}
	out->uris = f.uris;
	out->after = f.after;
	out->steps = f.steps;
	if (err == 0 && !f.head)
		err = ERR_NOTFOUND;
	return err;
}
