/* Parts of the record of changes on their way to the vault: sealed, sent in order,
 * sent again; see changes.h.  Must not know what a part says. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/crypto/seal.h"
#include "worker/changes_inside.h"

#define IN_FLIGHT   16           /* the vault takes some more at once */
#define RETRY_MOST  30
#define TRY_MS      1000         /* between two attempts, whoever waits */

uint64_t
changes_request(struct changes *c)
{
	return CHANGES_BIT | ++c->last_request;
}

bool
changes_is_ours(uint64_t request)
{
	return (request & CHANGES_BIT) != 0;
}

err_t
changes_seal(struct changes *c, const uint8_t id[ID_BYTES], uint16_t part, struct span plain,
    struct buf *out)
{
	struct worker *w = c->worker;
	struct seal_change_place place = {.part = part};

	if (w->key.len != SEAL_KEY_BYTES)
		return ERR_STATE;
	memcpy(place.owner, w->who.user, ID_BYTES);
	memcpy(place.change, id, ID_BYTES);
	return seal_change(w->key.page, &place, plain, out);
}

/* Seals a part and puts it at the end of the queue. */
err_t
changes_queue(struct changes *all, struct change *c, const uint8_t id[ID_BYTES], uint16_t number,
    struct span plain)
{
	struct change_part *p = NULL;
	struct buf sealed;
	err_t err;

	buf_init(&sealed, CHANGE_PLAIN_MAX + SEAL_EXTRA);
	err = changes_seal(all, id, number, plain, &sealed);
	if (err == 0) {
		p = calloc(1, sizeof(*p) + sealed.len);
		err = p == NULL ? ERR_NOMEM : 0;
	}
	if (err == 0) {
		p->change = c;
		memcpy(p->id, id, ID_BYTES);
		p->part = number;
		p->n = sealed.len;
		memcpy(p->sealed, sealed.data, sealed.len);
		*all->last = p;
		all->last = &p->next;
		all->waiting++;
		all->bytes += p->n;
		if (c != NULL)
			c->open++;
	}
	buf_free(&sealed);
	return err;
}

/* Takes the part behind the link out of the queue and frees it. */
void
changes_take_out(struct changes *all, struct change_part **link)
{
	struct change_part *p = *link;

	*link = p->next;
	if (p->next == NULL)
		all->last = link;
	all->waiting--;
	all->bytes -= p->n;
	if (p->sent)
		all->in_flight--;
	if (p->change != NULL)
		p->change->open--;
	free(p);
}

/* Takes all parts of a change out; was any of them ever sent? */
bool
changes_drop_parts(struct changes *all, const uint8_t id[ID_BYTES])
{
	struct change_part **link = &all->first;
	bool tried = false;

	while (*link != NULL)
		if (memcmp((*link)->id, id, ID_BYTES) == 0) {
			tried = tried || (*link)->tried;
			changes_take_out(all, link);
		} else
			link = &(*link)->next;
	return tried;
}

/* Is the head of this part's change still ahead of it?  Nothing is stored of a
 * change whose head is not. */
static bool
head_is_ahead(const struct changes *all, const struct change_part *p)
{
	const struct change_part *q;

	for (q = all->first; q != p; q = q->next)
		if (q->part == 0 && memcmp(q->id, p->id, ID_BYTES) == 0)
			return true;
	return false;
}

void
changes_later(struct changes *all, unsigned least_s)
{
	struct timeval tv = {0};

	all->failed_ms = clock_mono_ms();
	if (event_pending(all->retry, EV_TIMEOUT, NULL))
		return;
	all->wait_s = all->wait_s == 0 ? 1 : all->wait_s * 2;
	if (all->wait_s < least_s)
		all->wait_s = least_s;
	if (all->wait_s > RETRY_MOST)
		all->wait_s = RETRY_MOST;
	tv.tv_sec = all->wait_s;
	(void)event_add(all->retry, &tv);
}

void
changes_try(struct changes *all)
{
	int64_t ms = all->failed_ms + TRY_MS - clock_mono_ms();
	struct timeval tv = {0};

	if (!event_pending(all->retry, EV_TIMEOUT, NULL))
		return;
	if (ms > 0)
		tv = (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	(void)event_add(all->retry, &tv);
}

/* Sends what may go. */
void
changes_push(struct changes *all)
{
	struct change_part *p;

	if (event_pending(all->retry, EV_TIMEOUT, NULL))
		return;
	for (p = all->first; p != NULL && all->in_flight < IN_FLIGHT; p = p->next) {
		struct msg_change_put m = {.part = p->part, .sealed = span_of(p->sealed, p->n)};
		err_t err;

		if (p->sent || head_is_ahead(all, p))
			continue;
		memcpy(m.id, p->id, ID_BYTES);
		p->request = changes_request(all);
		err = all->store->put(all->worker, p->request, &m);
		if (err != 0) {
			changes_later(all, 1);
			return;
		}
		p->sent = p->tried = true;
		all->in_flight++;
	}
	if (all->first == NULL)
		changes_asks_go(all);
}

void
changes_on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	changes_push(arg);
}

unsigned
changes_pending(const struct changes *c)
{
	return c == NULL ? 0 : (unsigned)c->waiting;
}
