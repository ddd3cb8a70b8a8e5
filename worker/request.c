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
	rq->sink->more(rq);
}

void
request_answer(struct request *rq, const struct answer *a, struct span body)
{
	static const struct answer none = {.status = 503, .retry_after = 1};

	rq->on_gone = NULL;
	if (rq->ended || rq->head_sent)
		return;
	/* Not by request_part: head, body and end leave as one. */
	if (body.n > 0 && buf_put_span(&rq->out, body) != 0)
		a = &none;
	request_begin(rq, a);
	request_end(rq);
}

void
request_answer_take(struct request *rq, const struct answer *a, struct buf *body)
{
	rq->on_gone = NULL;
	if (rq->ended || rq->head_sent) {
		buf_free(body);
		return;
	}
	request_begin(rq, a);
	buf_free(&rq->out);
	rq->out = *body;
	rq->out.max = REQUEST_ANSWER_MAX;
	buf_init(body, 0);
	request_end(rq);
}

void
request_calm(struct request *rq)
{
	rq->quiet = true;
	rq->sink->calm(rq);
}
