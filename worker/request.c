/* The answer's way out, towards whichever sink; see request.h. */
#include "config.h"

#include <string.h>

#include "worker/request.h"

bool
request_field(const struct request *rq, const char *name, struct span *out)
{
	const struct request_field *f;

	for (f = rq->fields; f != NULL; f = f->next) {
		if (strcmp(f->name, name) == 0) {
			*out = f->value;
			return true;
		}
	}
	return false;
}

err_t
request_add_field(struct request *rq, struct span name, struct span v)
{
	struct request_field *fld;
	char *text;
	void *p;
	err_t err;

	while (v.n > 0 && (v.p[0] == ' ' || v.p[0] == '\t'))
		v = span_of(v.p + 1, v.n - 1);
	while (v.n > 0 && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
		v.n--;
	for (fld = rq->fields; fld != NULL; fld = fld->next)
		if (span_is(name, fld->name))
			break;
	if (fld != NULL) {
		err = arena_alloc(&rq->arena, fld->value.n + 2 + v.n + 1, &p);
		if (err != 0)
			return err;
		text = p;
		memcpy(text, fld->value.p, fld->value.n);
		memcpy(text + fld->value.n, ", ", 2);
		if (v.n > 0)
			memcpy(text + fld->value.n + 2, v.p, v.n);
		fld->value = span_of(text, fld->value.n + 2 + v.n);
		return 0;
	}
	err = arena_alloc(&rq->arena, sizeof(*fld), &p);
	if (err != 0)
		return err;
	fld = p;
	err = arena_strdup(&rq->arena, name, &fld->name);
	if (err == 0)
		err = arena_strdup(&rq->arena, v, &text);
	if (err != 0)
		return err;
	fld->value = span_of(text, v.n);
	fld->next = rq->fields;
	rq->fields = fld;
	return 0;
}

void
request_begin(struct request *rq, const struct answer *a)
{
	if (rq->head_sent)
		return;
	rq->head_sent = true;
	rq->sink->head(rq, a);
}

void
request_part(struct request *rq, struct span part)
{
	err_t err;

	if (rq->ended || rq->broken || part.n == 0)
		return;
	err = buf_put_span(&rq->out, part);
	rq->broken = err != 0;
	rq->starved = err == ERR_NOMEM;
	rq->sink->more(rq);
}

void
request_starve(struct request *rq)
{
	if (rq->ended || rq->broken)
		return;
	rq->broken = rq->starved = true;
	rq->sink->more(rq);
}

void
request_end(struct request *rq)
{
	rq->on_gone = NULL;
	if (rq->ended)
		return;
	rq->ended = true;
	rq->quiet = false;
	rq->sink->more(rq);
}

void
request_answer(struct request *rq, const struct answer *a, struct span body)
{
	request_answer_parts(rq, a, &body, 1);
}

/* Keeps the body until it may leave. */
static err_t
keep(struct request *rq, const struct span *parts, size_t n_parts)
{
	size_t i, len = 0;
	uint8_t *place;
	err_t err;

	for (i = 0; i < n_parts; i++)
		len += parts[i].n;
	if (len == 0)
		return 0;
	err = buf_room(&rq->out, len, &place);
	for (i = 0; err == 0 && i < n_parts; i++)
		err = buf_put_span(&rq->out, parts[i]);
	return err;
}

void
request_answer_parts(struct request *rq, const struct answer *a, const struct span *parts,
    size_t n_parts)
{
	static const struct answer none = {.status = 503, .retry_after = 1};

	rq->on_gone = NULL;
	if (rq->ended || rq->head_sent)
		return;
	if (rq->sink->whole != NULL && rq->sink->whole(rq, a, parts, n_parts)) {
		rq->ended = true;
		return;
	}
	/* Not by request_part: head, body and end leave as one. */
	if (keep(rq, parts, n_parts) != 0) {
		rq->starved = rq->head_sent;
		a = &none;
	}
	request_begin(rq, a);
	request_end(rq);
}

void
request_stream(struct request *rq, const struct stream_word *word)
{
	if (rq->ended)
		return;
	rq->quiet = word->parked;
	rq->unheard = false;
	rq->sink->stream(rq, word);
	/* Front keeps only what it knows of. */
	if (rq->unheard)
		rq->quiet = false;
}
