/* What was sent on legacy streams; see trail.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/crypto/b64.h"
#include "shared/crypto/random.h"
#include "worker/mcp/trail.h"

struct trail_event {
	struct trail_event *next;
	uint64_t n;
	size_t len;
	uint8_t text[];
};

err_t
trail_create(const uint8_t *raw, uint64_t n, struct trail **out)
{
	struct trail *t = calloc(1, sizeof(*t));
	err_t err = 0;

	if (t == NULL)
		return ERR_NOMEM;
	if (raw != NULL)
		memcpy(t->raw, raw, sizeof(t->raw));
	else
		err = random_bytes(t->raw, sizeof(t->raw));
	if (err != 0) {
		free(t);
		return err;
	}
	b64url_encode(span_of(t->raw, sizeof(t->raw)), t->name);
	t->n = n;
	t->last = &t->first;
	*out = t;
	return 0;
}

static void
drop_first(struct trail *t)
{
	struct trail_event *e = t->first;

	t->first = e->next;
	if (t->first == NULL)
		t->last = &t->first;
	t->bytes -= e->len;
	free(e);
}

void
trail_free(struct trail *t)
{
	if (t == NULL)
		return;
	while (t->first != NULL)
		drop_first(t);
	free(t);
}

void
trail_next_id(const struct trail *t, char out[TRAIL_ID_CHARS])
{
	(void)snprintf(out, TRAIL_ID_CHARS, "%s-%llu", t->name, (unsigned long long)t->n + 1);
}

void
trail_add(struct trail *t, struct span text)
{
	struct trail_event *e;

	t->n++;
	e = text.n > TRAIL_BYTES ? NULL : malloc(sizeof(*e) + text.n);
	if (e == NULL) {
		/* What comes later must not pass for all there was. */
		while (t->first != NULL)
			drop_first(t);
		t->torn = true;
		return;
	}
	while (t->bytes + text.n > TRAIL_BYTES)
		drop_first(t);
	e->next = NULL;
	e->n = t->n;
	e->len = text.n;
	memcpy(e->text, text.p, text.n);
	*t->last = e;
	t->last = &e->next;
	t->bytes += e->len;
}

bool
trail_read_id(struct span id, struct span *name, uint64_t *n)
{
	uint64_t v = 0;
	size_t i;

	if (id.n < TRAIL_NAME_CHARS + 2 || id.n > TRAIL_NAME_CHARS + 1 + 19 ||
	    id.p[TRAIL_NAME_CHARS] != '-')
		return false;
	for (i = TRAIL_NAME_CHARS + 1; i < id.n; i++) {
		if (id.p[i] < '0' || id.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(id.p[i] - '0');
	}
	*name = span_of(id.p, TRAIL_NAME_CHARS);
	*n = v;
	return true;
}

void
trail_replay(const struct trail *t, uint64_t n, void (*give)(struct span event, void *arg),
    void *arg)
{
	const struct trail_event *e;

	for (e = t->first; e != NULL; e = e->next)
		if (e->n > n)
			give(span_of(e->text, e->len), arg);
}
