/* Writing the record of changes; see changes.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/crypto/random.h"
#include "worker/changes_inside.h"

#define GATHER_MAX  (512u << 10) /* bytes of a change between two words of the vault */
#define QUEUE_MAX   (1u << 20)   /* bytes that wait for the vault */
#define AWAY_S      5            /* when to try again, where nobody said */

/* --- the vault as the store -------------------------------------------------------- */

static err_t
vault_put(struct worker *w, uint64_t request, const struct msg_change_put *m)
{
	return w->vault == NULL ? ERR_AGAIN : send_change_put(w->vault, request, m);
}

static err_t
vault_ask(struct worker *w, uint64_t request, const struct msg_changes_ask *m)
{
	return w->vault == NULL ? ERR_AGAIN : send_changes_ask(w->vault, request, m);
}

static const struct changes_store vault_store = {.put = vault_put, .ask = vault_ask};

void
changes_store_in(struct changes *c, const struct changes_store *store)
{
	c->store = store;
}

/* --- who waits ------------------------------------------------------------------------- */

static void
on_telling(void *arg)
{
	struct change *c = arg;
	change_answer fn = c->fn;

	c->fn = NULL;
	fn(c->arg, c->word, c->retry_s);
}

static void
tell(struct change *c, enum change_word word, uint32_t retry_s)
{
	if (c->fn == NULL || c->telling.queued)
		return;
	(void)event_del(c->timer);
	c->word = word;
	c->retry_s = retry_s;
	/* What was not stored is not carried out. */
	if (word != CHANGE_STORED)
		change_rest(c);
	loop_defer(c->all->worker->loop, &c->telling, on_telling, c);
}

/* Not even its head is known to be stored: it is as if it had never been.  If it
 * is stored all the same, an end says that nothing came of it. */
static void
withdraw(struct change *c)
{
	struct buf end;

	if (c->lost)
		return;
	c->lost = true;
	if (!changes_drop_parts(c->all, c->id))
		return;
	buf_init(&end, CHANGE_HEAD_MAX);
	if (change_put_end(&end, CHANGE_NOTHING, 0, NULL) == 0)
		(void)!changes_queue(c->all, NULL, c->id, CHANGE_PART_END, buf_span(&end));
	buf_free(&end);
}

static void
give_up(struct change *c, uint32_t retry_s)
{
	if (!c->kept)
		withdraw(c);
	tell(c, CHANGE_AWAY, retry_s);
}

static void
on_waited(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	give_up(arg, AWAY_S);
}

/* --- what the vault says ------------------------------------------------------------------ */

static struct change_part **
find(struct changes *all, uint64_t request)
{
	struct change_part **link;

	for (link = &all->first; *link != NULL; link = &(*link)->next)
		if ((*link)->sent && (*link)->request == request)
			return link;
	return NULL;
}

err_t
changes_on_kept(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct changes *all = w->changes;
	struct change_part **link = find(all, f->request);
	struct change *c;

	(void)ch;
	if (f->body.n != 0)
		return ERR_SYNTAX;
	if (link == NULL)
		return 0;
	c = (*link)->change;
	if (c != NULL && (*link)->part == 0)
		c->kept = true;
	changes_take_out(all, link);
	all->wait_s = 0;
	if (c != NULL && c->open == 0)
		tell(c, CHANGE_STORED, 0);
	changes_push(all);
	return 0;
}

static void
part_failed(struct changes *all, struct change_part *p, const struct msg_store_failed *m)
{
	struct change *c = p->change;

	p->sent = false;
	all->in_flight--;
	if (m->why != STORE_UNAVAILABLE) {
		uint8_t id[ID_BYTES];

		memcpy(id, p->id, ID_BYTES);
		(void)changes_drop_parts(all, id);
		if (c != NULL) {
			c->lost = true;
			tell(c, CHANGE_REFUSED, 0);
		}
		changes_push(all);
		return;
	}
	changes_later(all, m->retry_after);
	/* A second is the vault's pace; more than that is somebody's absence, for which
	 * nothing is begun.  What was begun waits a little longer. */
	if (m->retry_after <= 1)
		return;
	for (c = all->open; c != NULL; c = c->next)
		if (c->fn != NULL && !c->kept)
			give_up(c, m->retry_after);
	changes_asks_away(all, m->retry_after);
}

err_t
changes_on_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_store_failed m;
	struct change_part **link;
	err_t err = msg_get_store_failed(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	link = find(w->changes, f->request);
	if (link != NULL)
		part_failed(w->changes, *link, &m);
	else
		changes_ask_failed(w->changes, f->request, m.retry_after);
	return 0;
}

void
changes_vault_back(struct changes *all)
{
	struct change_part *p;

	for (p = all->first; p != NULL; p = p->next)
		p->sent = false;
	all->in_flight = 0;
	all->wait_s = 0;
	(void)event_del(all->retry);
	changes_push(all);
	changes_asks_again(all);
}

/* --- gathering ------------------------------------------------------------------------------ */

static void
trouble(struct change *c, err_t err)
{
	if (c->trouble == 0)
		c->trouble = err;
}

static void
change_free(struct change *c)
{
	loop_defer_cancel(c->all->worker->loop, &c->telling);
	if (c->timer != NULL)
		event_free(c->timer);
	buf_free(&c->plain);
	free(c);
}

err_t
change_begin(struct worker *w, const struct change_about *about, struct change **out)
{
	struct change *c = calloc(1, sizeof(*c));
	err_t err;

	if (c == NULL)
		return ERR_NOMEM;
	c->all = w->changes;
	buf_init(&c->plain, GATHER_MAX);
	c->planned = about->planned;
	if (about->thing != NULL && strlen(about->thing) < sizeof(c->thing))
		memcpy(c->thing, about->thing, strlen(about->thing));
	err = random_uuid(c->id);
	if (err == 0)
		err = change_put_head(&c->plain, about);
	if (err == 0) {
		c->timer = event_new(loop_base(w->loop), -1, 0, on_waited, c);
		err = c->timer == NULL ? ERR_NOMEM : 0;
	}
	if (err != 0) {
		change_free(c);
		return err;
	}
	c->next = c->all->open;
	c->all->open = c;
	*out = c;
	return 0;
}

void
change_uris(struct change *c, const char *const *uris, size_t n)
{
	if (c->n_uris + n > CHANGE_ENTRIES)
		trouble(c, ERR_LIMIT);
	else
		trouble(c, change_put_uris(&c->plain, uris, n));
	c->n_uris += n;
}

void
change_contents(struct change *c, size_t n_before, const uint32_t *after, size_t n_after)
{
	trouble(c, change_put_contents(&c->plain, n_before, after, n_after));
}

void
change_intent(struct change *c, const struct change_step *step)
{
	trouble(c, c->n_steps >= CHANGE_STEPS ? ERR_LIMIT : change_put_step(&c->plain, step));
	c->n_steps++;
}

void
change_outcome(struct change *c, enum change_step_state state)
{
	if (c->n_outcomes >= c->n_steps)
		return;
	trouble(c, change_put_outcome(&c->plain, state));
	c->n_outcomes++;
	c->n_done += state == STEP_DONE;
	c->n_unknown += state == STEP_UNKNOWN;
}

void
change_rest(struct change *c)
{
	while (c->n_outcomes < c->n_steps)
		change_outcome(c, STEP_NOT_DONE);
}

void
change_cut(struct change *c)
{
	c->cut = true;
}

void
change_unheard(struct change *c)
{
	c->unheard = true;
}

bool
changes_goes_on(const struct changes *all, const uint8_t *id)
{
	const struct change *c;

	for (c = all->open; c != NULL; c = c->next)
		if (c->unheard && (id == NULL || memcmp(c->id, id, ID_BYTES) == 0))
			return true;
	return false;
}

bool
changes_untold(const struct changes *all, const struct change_record *r)
{
	unsigned i;

	for (i = 0; i < CHANGES_TOLD; i++)
		if (memcmp(all->told[i], r->id, ID_BYTES) == 0)
			return false;
	return r->unheard && !r->undone;
}

void
changes_told(struct changes *all, const struct change_record *r)
{
	memcpy(all->told[all->n_told++ % CHANGES_TOLD], r->id, ID_BYTES);
}

void
change_thing(struct change *c, const char *uri)
{
	if (strlen(uri) >= sizeof(c->thing))
		return;
	memcpy(c->thing, uri, strlen(uri) + 1);
	trouble(c, change_put_thing(&c->plain, uri));
}

const uint8_t *
change_id(const struct change *c)
{
	return c->id;
}

bool
changes_running(const struct changes *all, const uint8_t id[ID_BYTES])
{
	const struct change *c;

	for (c = all->open; c != NULL; c = c->next)
		if (memcmp(c->id, id, ID_BYTES) == 0)
			return true;
	return false;
}

/* What was gathered becomes parts: the head by itself, then as many records as
 * one part holds. */
static err_t
pack(struct change *c)
{
	struct span text = buf_span(&c->plain);
	size_t n, one;
	err_t err = 0;

	while (text.n > 0 && err == 0) {
		n = change_record_bytes(text);
		while (c->parts > 0 && n < text.n) {
			one = change_record_bytes(span_of(text.p + n, text.n - n));
			if (n + one > CHANGE_PLAIN_MAX)
				break;
			n += one;
		}
		if (c->all->bytes > QUEUE_MAX || c->parts >= CHANGE_PART_MARKS)
			err = ERR_LIMIT;
		else
			err = changes_queue(c->all, c, c->id, c->parts++, span_of(text.p, n));
		text = span_of(text.p + n, text.n - n);
	}
	buf_clear(&c->plain);
	return err;
}

void
change_stored(struct change *c, change_answer fn, void *arg)
{
	const struct timeval wait = {.tv_sec = CHANGE_WAIT_MS / 1000};

	c->fn = fn;
	c->arg = arg;
	if (!c->lost)
		trouble(c, pack(c));
	if (c->lost || c->trouble != 0) {
		if (!c->kept)
			withdraw(c);
		tell(c, CHANGE_REFUSED, 0);
	} else if (c->open == 0)
		tell(c, CHANGE_STORED, 0);
	else if (event_add(c->timer, &wait) != 0)
		give_up(c, AWAY_S);
	changes_try(c->all);
	changes_push(c->all);
}

static enum change_state
state_of(const struct change *c)
{
	if (c->n_steps > 0 && c->n_done == c->n_steps && c->n_steps >= c->planned && !c->cut)
		return CHANGE_WHOLE;
	if (c->n_done == 0 && c->n_unknown == 0 && c->n_outcomes == c->n_steps)
		return CHANGE_NOTHING;
	return CHANGE_PARTLY;
}

/* What was gathered last goes with the end. */
static err_t
put_end(struct change *c)
{
	enum change_state state = state_of(c);
	struct buf end;
	err_t err = 0;

	if (c->unheard)
		c->all->worker->nothing_open = false;
	if (c->unheard && state == CHANGE_PARTLY)
		return pack(c);
	buf_init(&end, CHANGE_HEAD_MAX);
	if (c->plain.len > CHANGE_HEAD_MAX / 2)
		err = pack(c);
	if (err == 0)
		err = buf_put_span(&end, buf_span(&c->plain));
	if (err == 0)
		err = change_put_end(&end, state, c->n_done, c->thing);
	if (err == 0 && c->unheard && state == CHANGE_WHOLE)
		err = change_put_unheard(&end);
	if (err == 0)
		err = changes_queue(c->all, c, c->id, CHANGE_PART_END, buf_span(&end));
	buf_free(&end);
	return err;
}

void
change_end(struct change **change)
{
	struct change *c = *change, **link;
	struct change_part *p;
	struct changes *all;

	if (c == NULL)
		return;
	*change = NULL;
	all = c->all;
	if (c->parts > 0 && !c->lost && put_end(c) != 0)
		worker_log(all->worker, WEV_protocol_error, c->trouble, 0, 0, 0);
	for (link = &all->open; *link != c; link = &(*link)->next)
		;
	*link = c->next;
	for (p = all->first; p != NULL; p = p->next)
		if (p->change == c)
			p->change = NULL;
	change_free(c);
	changes_push(all);
}

err_t
changes_undone(struct worker *w, const uint8_t id[ID_BYTES], const uint8_t by[ID_BYTES])
{
	struct buf mark;
	err_t err;

	buf_init(&mark, CHANGE_HEAD_MAX);
	err = change_put_undone(&mark, by);
	if (err == 0)
		err = changes_queue(w->changes, NULL, id, CHANGE_PART_UNDONE, buf_span(&mark));
	buf_free(&mark);
	if (err == 0)
		changes_push(w->changes);
	return err;
}

err_t
changes_settled(struct worker *w, const uint8_t id[ID_BYTES], size_t done, const char *thing)
{
	struct buf mark;
	err_t err;

	buf_init(&mark, CHANGE_HEAD_MAX);
	err = change_put_end(&mark, CHANGE_WHOLE, done, thing);
	if (err == 0)
		err = changes_queue(w->changes, NULL, id, CHANGE_PART_END, buf_span(&mark));
	buf_free(&mark);
	if (err == 0)
		changes_push(w->changes);
	return err;
}

/* --- life --------------------------------------------------------------------------------------- */

err_t
changes_create(struct worker *w, struct changes **out)
{
	struct changes *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->worker = w;
	c->store = &vault_store;
	c->last = &c->first;
	c->retry = event_new(loop_base(w->loop), -1, 0, changes_on_retry, c);
	if (c->retry == NULL) {
		free(c);
		return ERR_NOMEM;
	}
	*out = c;
	return 0;
}

void
changes_destroy(struct changes **changes)
{
	struct changes *all = *changes;

	if (all == NULL)
		return;
	*changes = NULL;
	while (all->open != NULL) {
		struct change *c = all->open;

		all->open = c->next;
		change_free(c);
	}
	while (all->first != NULL) {
		all->first->change = NULL;
		changes_take_out(all, &all->first);
	}
	changes_asks_free(all);
	event_free(all->retry);
	free(all);
}
