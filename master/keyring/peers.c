/* Whom keys can go to; see peers.h. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "master/keyring/peers.h"
#include "shared/base/log.h"
#include "shared/ipc/words.h"

#define QUEUE_MAX (64 * 1024)

static struct key_peer **
peer_place(struct keyring *k, uint64_t id)
{
	/* The slot is in the low 16 bits, the generation above. */
	struct key_peer **p = &k->peers[(id ^ id >> 16) % PEER_BUCKETS];

	while (*p != NULL && (*p)->id != id)
		p = &(*p)->next;
	return p;
}

static void
peer_ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct key_peer *p = owner;
	const struct msg_kill_worker m = {.worker = p->id, .reason = KILL_VIOLATION};

	(void)ch;
	channel_close(&p->ch);
	if (why == CHANNEL_VIOLATION && p->keyring->control != NULL &&
	    send_kill_worker(p->keyring->control, 0, &m) != 0)
		log_error("kill_not_sent", LF_UINT("worker", p->id));
}

/* Nothing is ever said to the keyring from there. */
static const struct channel_table peer_table = {.peer = "worker", .max_queue = QUEUE_MAX};

static void
peer_forget(struct key_peer **place)
{
	struct key_peer *p = *place;

	*place = p->next;
	channel_close(&p->ch);
	free(p);
}

/* The entry of a program; a new one if need be.  ERR_NOMEM. */
static err_t
peer_entry(struct keyring *k, const struct msg_peer *m, struct key_peer **out, bool *fresh)
{
	struct key_peer **place = peer_place(k, m->worker);

	*fresh = *place == NULL;
	if (*fresh) {
		*place = calloc(1, sizeof(**place));
		if (*place == NULL)
			return ERR_NOMEM;
		**place = (struct key_peer){.keyring = k, .id = m->worker, .kind = m->kind};
	}
	*out = *place;
	return 0;
}

err_t
peer_install(struct keyring *k, const struct msg_peer *m, int fd)
{
	struct key_peer *p;
	bool fresh;
	err_t err = peer_entry(k, m, &p, &fresh);

	if (err != 0)
		goto unwanted;
	/* One that has its user has had its key, perhaps from an earlier keyring. */
	if (m->bound != 0)
		channel_close(&p->ch);
	if (m->bound != 0 || (!fresh && p->ch == NULL))
		goto unwanted;
	channel_close(&p->ch);
	p->login_keys = 0;
	return channel_open(k->loop, fd, &peer_table, p, peer_ended, &p->ch);
unwanted:
	(void)close(fd);
	return err;
}

unsigned
peer_waiting(struct keyring *k, uint64_t id, uint8_t kind, struct key_peer **out)
{
	struct key_peer *p = *peer_place(k, id);

	if (p == NULL || p->kind != kind)
		return KEY_WHY_WORKER;
	*out = p;
	return p->ch == NULL ? KEY_WHY_GIVEN : 0;
}

unsigned
peer_finish(struct key_peer *p, err_t queued)
{
	bool out = false;

	if (queued == 0) {
		channel_flush(p->ch);
		out = channel_drained(p->ch);
	}
	channel_close(&p->ch);
	return out ? 0 : KEY_WHY_SYSTEM;
}

void
peer_gone(struct keyring *k, uint64_t id)
{
	struct key_peer **place = peer_place(k, id);

	if (*place != NULL)
		peer_forget(place);
}

void
peers_end(struct keyring *k)
{
	size_t i;

	for (i = 0; i < PEER_BUCKETS; i++)
		while (k->peers[i] != NULL)
			peer_forget(&k->peers[i]);
}
