/* Several questions at a time; see fan.h. */
#include "config.h"

#include "worker/tools/fan.h"
#include "worker/worker.h"

static void fill(struct fan *f);

void
fan_stop(struct fan *f)
{
	size_t i;

	f->over = true;
	f->busy = 0;
	((struct errand *)f->call->state)->fan = NULL;
	for (i = 0; i < FAN_WIDTH; i++)
		if (f->slots[i].wait != NULL)
			spotify_drop(&f->slots[i].wait);
}

static void
on_answer(void *arg, const struct sp_answer *a)
{
	struct fan_slot *slot = arg;
	struct fan *f = slot->fan;

	slot->wait = NULL;
	f->busy--;
	errand_tell(f->call);
	f->answered(f->call, slot->number, a);
	fill(f);
}

/* Asks one question.  false: there is none, or the call is over. */
static bool
ask(struct fan *f, struct fan_slot *slot)
{
	struct fan_question q = {.op = f->op};
	struct sp_ask question;
	struct call *c = f->call;
	bool there = false;
	err_t err;

	if (!errand_may(c, 1 + f->spare) || call_left_ms(c) <= f->spare_ms)
		return false;
	buf_init(&q.query, FAN_QUERY);
	slot->fan = f;
	err = f->next(c, &q, &there);
	if (err == 0 && there) {
		slot->number = q.number;
		if (f->expected > 0)
			f->expected--;
		question = (struct sp_ask){.op = q.op, .id = span_str(q.id),
		    .query = buf_span(&q.query), .more = (unsigned)f->expected,
		    .bulk = c->tool != NULL ? c->tool->bulk : c->background,
		    .fresh = c->tool != NULL && !c->tool->read_only};
		err = spotify_ask(c->worker->spotify, &question, on_answer, slot, &slot->wait);
	}
	buf_free(&q.query);
	if (err != 0) {
		fan_stop(f);
		call_broken(c, err);
		return false;
	}
	if (!there)
		return false;
	c->requests++;
	f->busy++;
	return true;
}

static void
fill(struct fan *f)
{
	size_t i;

	for (i = 0; i < FAN_WIDTH && !f->over; i++)
		if (f->slots[i].wait == NULL && !ask(f, &f->slots[i]))
			break;
	if (f->busy == 0 && !f->over) {
		fan_stop(f);
		f->done(f->call);
	}
}

void
fan_start(struct call *c, struct fan *f, errand_step done)
{
	f->call = c;
	f->done = done;
	f->busy = 0;
	f->over = false;
	((struct errand *)c->state)->fan = f;
	fill(f);
}
